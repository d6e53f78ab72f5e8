//! Certificates and revocation data: what the file brings along in its signatures and its DSS (EN 319 142-1 clause
//! 5.4.2), and what is given besides.

use super::Inputs;
use super::format_checking::{Content, PdfSignature};
use crate::cms::SignedData;
use crate::cms::tsp::TimeStampToken;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};
use crate::pki::certificate::Certificate;
use std::collections::HashSet;

/// Values taken from one file.
const MOST_VALUES: usize = 4_000;
/// Bytes of all values taken from one file.
const MOST_BYTES: usize = 64 << 20;

/// Certificates and revocation data of one file.
#[derive(Debug, Default)]
pub struct Material {
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Revocation lists, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsps: Vec<Vec<u8>>,
    seen: HashSet<[u8; 32]>,
    bytes: usize,
}

impl Material {
    /// What the file brings along.
    pub fn embedded(doc: Option<&Document>, signatures: &[PdfSignature], limits: &Limits) -> Self {
        let mut all = Self::default();
        for signature in signatures {
            match &signature.content {
                Content::Bare { certificates, .. } => certificates.iter().for_each(|c| all.add_certificate(c)),
                _ => {
                    if let Some(signed_data) = signature.signed_data() {
                        all.add_signed_data(signed_data, limits);
                    }
                }
            }
        }
        if let Some(doc) = doc {
            // a DSS that cannot be read has nothing to say
            let _ = all.add_dss(doc);
        }
        all
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
        self.bytes <= MOST_BYTES && self.seen.len() < MOST_VALUES && self.seen.insert(crate::digest::sha256(der))
    }

    /// Adds a certificate, DER; what is no certificate is passed over.
    pub fn add_certificate(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.certificates.extend(Certificate::parse(der).ok());
        }
    }

    fn add_crl(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.crls.push(der.to_vec());
        }
    }

    fn add_ocsp(&mut self, der: &[u8]) {
        if self.is_new(der) {
            self.ocsps.push(der.to_vec());
        }
    }

    /// What is in a CMS, and in the time-stamps that it carries.
    fn add_signed_data(&mut self, signed_data: &SignedData, limits: &Limits) {
        signed_data.certificates.iter().for_each(|c| self.add_certificate(c));
        signed_data.crls.iter().for_each(|c| self.add_crl(c));
        signed_data.ocsps.iter().for_each(|c| self.add_ocsp(c));
        let Ok(signer) = signed_data.signer() else { return };
        let archival = signer.signed_attributes.as_ref().map(|a| a.revocation_info_archival(limits));
        if let Some(Ok(Some(archival))) = archival {
            archival.crls.iter().for_each(|c| self.add_crl(c));
            archival.ocsps.iter().for_each(|c| self.add_ocsp(c));
        }
        for token in signer.unsigned_attributes.time_stamps().take(super::time_stamp::MOST) {
            let Ok((token, _)) = TimeStampToken::parse(token, limits) else { continue };
            token.signed_data.certificates.iter().for_each(|c| self.add_certificate(c));
            token.signed_data.crls.iter().for_each(|c| self.add_crl(c));
            token.signed_data.ocsps.iter().for_each(|c| self.add_ocsp(c));
        }
    }

    /// The document security store.
    fn add_dss(&mut self, doc: &Document) -> Result<(), PdfError> {
        let catalog = doc.catalog()?;
        let Some(catalog) = catalog.as_dictionary() else { return Ok(()) };
        let dss = doc.value(catalog, b"DSS")?;
        let Some(dss) = dss.as_dictionary() else { return Ok(()) };
        self.add_store(doc, dss, [b"Certs", b"CRLs", b"OCSPs"])?;
        let vri = doc.value(dss, b"VRI")?;
        for (_, entry) in vri.as_dictionary().iter().flat_map(|v| v.iter()).take(MOST_VALUES) {
            let entry = doc.resolve(entry)?;
            if let Some(entry) = entry.as_dictionary() {
                self.add_store(doc, entry, [b"Cert", b"CRL", b"OCSP"])?;
            }
        }
        Ok(())
    }

    fn add_store(&mut self, doc: &Document, store: &Dictionary, keys: [&[u8]; 3]) -> Result<(), PdfError> {
        let adders: [fn(&mut Self, &[u8]); 3] = [Self::add_certificate, Self::add_crl, Self::add_ocsp];
        for (key, add) in keys.into_iter().zip(adders) {
            let list = doc.value(store, key)?;
            for element in list.as_array().unwrap_or_default().iter().take(MOST_VALUES) {
                let value = doc.resolve(element)?;
                if let (Object::Stream(stream), Some(id)) = (&*value, element.as_reference())
                    && let Ok(der) = doc.stream_data(id, stream)
                {
                    add(self, &der);
                }
            }
        }
        Ok(())
    }
}
