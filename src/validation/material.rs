//! Certificates and revocation data: what the file brings along in its signatures and its DSS (EN 319 142-1 clause
//! 5.4.2), and what is given besides.

use super::Inputs;
use super::format_checking::{Content, PdfSignature};
use super::poe::Identity;
use super::report::SignatureType;
use crate::cms::tsp::TimeStampToken;
use crate::cms::{Attributes, SignedData, SignerInfo};
use crate::digest::sha256;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};
use crate::pki::CertificateList;
use crate::pki::certificate::Certificate;
use crate::xades::XmlSignature;
use std::collections::{HashMap, HashSet};

/// Values taken from one file.
const MOST_VALUES: usize = 4_000;
/// Bytes of all values taken from one file.
const MOST_BYTES: usize = 64 << 20;
/// References of the document security stores of all revisions that are followed.
const MOST_REFERENCES: usize = 20_000;

/// Where in a file something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the CMS of a signature or document time-stamp, by its index.
    Cms(usize),
    /// Among the attributes that a signature signs.
    Signed(usize),
    /// In the document security store of a revision.
    Dss(usize),
}

/// Certificates and revocation data of one file.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSP responses, DER.
    pub ocsps: Vec<Vec<u8>>,
    /// Where certificates, revocation data and time-stamps were found: what POEs are extracted from.
    pub places: Vec<(Identity, Place)>,
    seen: HashSet<[u8; 32]>,
    bytes: usize,
}

impl Material {
    /// What the file brings along.
    pub fn embedded(doc: Option<&Document>, signatures: &[PdfSignature], limits: &Limits) -> Self {
        let mut all = Self::default();
        for (index, signature) in signatures.iter().enumerate() {
            all.places.push((sha256(signature.value()), Place::Cms(index)));
            match &signature.content {
                Content::Bare { certificates, .. } => certificates.iter().for_each(|c| all.add_certificate(c)),
                _ => {
                    if let Some(signed_data) = signature.signed_data() {
                        all.add_signed_data(signed_data, index, limits);
                    }
                }
            }
        }
        if let Some(doc) = doc {
            all.add_stores(doc, signatures);
        }
        all
    }

    /// What the signatures of an XML document bring along.
    pub fn of_xml(signatures: &[XmlSignature], limits: &Limits) -> Self {
        let mut all = Self::default();
        for (index, signature) in signatures.iter().enumerate() {
            let (place, values) = (Place::Cms(index), &signature.unsigned.values);
            all.add_all(&signature.certificates, Self::add_certificate, place);
            all.add_all(&values.certificates, Self::add_certificate, place);
            all.add_all(&values.crls, Self::add_crl, place);
            all.add_all(&values.ocsps, Self::add_ocsp, place);
            for stamp in &signature.unsigned.time_stamps {
                if let Ok((token, _)) = TimeStampToken::parse(&stamp.token, limits) {
                    all.add_values(&token.signed_data, place);
                }
            }
        }
        all
    }

    /// The document security stores: the one in force, and those that document time-stamps cover.
    fn add_stores(&mut self, doc: &Document, signatures: &[PdfSignature]) {
        let last = doc.revisions().len().saturating_sub(1);
        let stamped = signatures.iter().filter(|s| s.kind == SignatureType::DocumentTimestamp);
        let mut revisions: Vec<usize> = stamped.filter_map(|s| s.byte_range.revision).filter(|r| *r != last).collect();
        revisions.sort_unstable();
        revisions.dedup();
        let mut stores = Stores { left: MOST_REFERENCES, read: HashMap::new() };
        // a store that cannot be read has nothing to say
        let _ = self.add_dss(doc, last, &mut stores);
        for revision in revisions {
            if let Ok(view) = doc.at_revision(revision) {
                let _ = self.add_dss(&view, revision, &mut stores);
            }
        }
    }

    /// The same with what is given besides.
    pub fn with(mut self, inputs: &Inputs<'_>) -> Self {
        for certificate in inputs.certificates {
            if self.seen.insert(certificate.sha256()) {
                self.certificates.push(certificate.clone());
            }
        }
        self.crls.extend(inputs.crls.iter().cloned());
        self.ocsps.extend(inputs.ocsps.iter().cloned());
        self
    }

    fn is_new(&mut self, der: &[u8]) -> bool {
        self.bytes = self.bytes.saturating_add(der.len());
        self.bytes <= MOST_BYTES && self.seen.len() < MOST_VALUES && self.seen.insert(sha256(der))
    }

    /// Adds a certificate, DER; what is no certificate is passed over.
    pub fn add_certificate(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.certificates.extend(Certificate::parse(der).ok());
        }
    }

    fn found(&mut self, der: &[u8], place: Place) {
        self.places.push((sha256(der), place));
    }

    fn add_crl(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.crls.push(der.to_vec().into());
        }
    }

    fn add_ocsp(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.ocsps.push(der.to_vec());
        }
    }

    fn add_all(&mut self, values: &[Vec<u8>], add: fn(&mut Self, &[u8]), place: Place) {
        for value in values {
            add(self, value);
            self.found(value, place);
        }
    }

    /// What is in a CMS, and in the time-stamps that it carries.
    fn add_signed_data(&mut self, signed_data: &SignedData, index: usize, limits: &Limits) {
        self.add_values(signed_data, Place::Cms(index));
        let Ok(signer) = signed_data.signer() else { return };
        let archival = signer.signed_attributes.as_ref().map(|a| a.revocation_info_archival(limits));
        if let Some(Ok(Some(archival))) = archival {
            for place in [Place::Cms(index), Place::Signed(index)] {
                self.add_all(&archival.crls, Self::add_crl, place);
                self.add_all(&archival.ocsps, Self::add_ocsp, place);
            }
        }
        for token in time_stamps(signer).take(super::time_stamp::MOST) {
            let Ok((token, _)) = TimeStampToken::parse(token, limits) else { continue };
            self.add_values(&token.signed_data, Place::Cms(index));
            let value = token.signed_data.signer().map(|s| sha256(&s.signature));
            self.places.extend(value.ok().map(|value| (value, Place::Cms(index))));
        }
    }

    fn add_values(&mut self, signed_data: &SignedData, place: Place) {
        self.add_all(&signed_data.certificates, Self::add_certificate, place);
        self.add_all(&signed_data.crls, Self::add_crl, place);
        self.add_all(&signed_data.ocsps, Self::add_ocsp, place);
    }

    /// The document security store of a revision.
    fn add_dss(&mut self, doc: &Document, revision: usize, stores: &mut Stores) -> Result<(), PdfError> {
        let catalog = doc.catalog()?;
        let Some(catalog) = catalog.as_dictionary() else { return Ok(()) };
        let dss = doc.value(catalog, b"DSS")?;
        let Some(dss) = dss.as_dictionary() else { return Ok(()) };
        self.add_store(doc, dss, [b"Certs", b"CRLs", b"OCSPs"], revision, stores)?;
        let vri = doc.value(dss, b"VRI")?;
        for (_, entry) in vri.as_dictionary().iter().flat_map(|v| v.iter()).take(MOST_VALUES) {
            let entry = doc.resolve(entry)?;
            if let Some(entry) = entry.as_dictionary() {
                self.add_store(doc, entry, [b"Cert", b"CRL", b"OCSP"], revision, stores)?;
            }
        }
        Ok(())
    }

    fn add_store(
        &mut self,
        doc: &Document,
        store: &Dictionary,
        keys: [&[u8]; 3],
        revision: usize,
        stores: &mut Stores,
    ) -> Result<(), PdfError> {
        let adders: [fn(&mut Self, &[u8]); 3] = [Self::add_certificate, Self::add_crl, Self::add_ocsp];
        for (key, add) in keys.into_iter().zip(adders) {
            let list = doc.value(store, key)?;
            for element in list.as_array().unwrap_or_default().iter().take(MOST_VALUES) {
                let Some(id) = element.as_reference() else { continue };
                let Some(left) = stores.left.checked_sub(1) else { return Ok(()) };
                stores.left = left;
                let Ok(start) = doc.object_span(id).map(|span| span.start) else { continue };
                if let Some(identity) = stores.read.get(&start) {
                    self.places.push((*identity, Place::Dss(revision)));
                    continue;
                }
                let value = doc.get(id)?;
                if let Object::Stream(stream) = &*value
                    && let Ok(der) = doc.stream_data(id, stream)
                {
                    add(self, &der);
                    self.found(&der, Place::Dss(revision));
                    stores.read.insert(start, sha256(&der));
                }
            }
        }
        Ok(())
    }
}

/// What was read of document security stores: objects by their position in the file, and how many more are looked at.
struct Stores {
    left: usize,
    read: HashMap<u64, Identity>,
}

/// The time-stamps in a signature: over its value, and over what it signs.
fn time_stamps(signer: &SignerInfo) -> impl Iterator<Item = &[u8]> {
    let content = signer.signed_attributes.iter().flat_map(Attributes::content_time_stamps);
    signer.unsigned_attributes.time_stamps().chain(content)
}
