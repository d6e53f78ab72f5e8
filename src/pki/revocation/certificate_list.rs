//! Revocation lists as they are written (RFC 5280 section 5), and the entries in them. The lists of national CAs have a million
//! entries: they are gone through once, nothing is kept of them but where they lie, and a certificate is found among them without
//! going through them again.

use crate::cms::CmsError;
use crate::cms::ber::{Reader, Tlv, tag};
use crate::digest::sha256;
use crate::limits::Limits;
use crate::pki::certificate::{Certificate, GeneralName, Signed};
use crate::pki::crypto;
use crate::pki::distribution::{IssuingDistributionPoint, general_names, read_issuing};
use crate::pki::name::Name;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use time::OffsetDateTime;

const KEY_COMPROMISE: u8 = 1;
const CA_COMPROMISE: u8 = 2;

/// As many entries as fit in the bytes: little is kept of them.
const LIMITS: Limits = Limits { der_elements: usize::MAX, ..Limits::DEFAULT };

/// From so many bytes on the digest is worth being kept, although a signature over one takes longer to verify.
const LARGE: usize = 256 << 10;

/// A revocation list, DER; cheap to clone. What was once read of it is there for whoever asks next.
#[derive(Debug, Clone)]
pub struct CertificateList(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    sha256: OnceLock<[u8; 32]>,
    parsed: OnceLock<Option<Parsed>>,
    /// The digest of what is signed.
    digest: OnceLock<Vec<u8>>,
    index: OnceLock<Result<Index, CmsError>>,
}

/// A list, but for its entries.
#[derive(Debug)]
pub struct Parsed {
    tbs: Range<usize>,
    /// The AlgorithmIdentifier of the signature, DER.
    pub algorithm: Vec<u8>,
    /// The signature value.
    pub signature: Vec<u8>,
    pub issuer: Name,
    pub this_update: OffsetDateTime,
    pub next_update: Option<OffsetDateTime>,
    /// The contents of revokedCertificates.
    entries: Range<usize>,
    pub number: Option<Vec<u8>>,
    /// BaseCRLNumber of a delta list.
    pub base: Option<Vec<u8>>,
    pub authority_key_identifier: Option<Vec<u8>>,
    pub scope: IssuingDistributionPoint,
    /// expiredCertsOnCRL (X.509 clause 9.5.2.8).
    pub expired_since: Option<OffsetDateTime>,
    pub unknown_critical: bool,
}

/// What a list says about a certificate.
pub struct Entry {
    pub time: OffsetDateTime,
    pub reason: Option<u8>,
}

/// Where the entries lie.
#[derive(Debug, Default)]
struct Index {
    /// Of each entry the last four octets of its serial number and where it starts, in this order.
    entries: Vec<(u32, u32)>,
    /// Where the entries start that say whose certificates they and those behind them are: in an indirect list.
    issuers: Vec<u32>,
}

impl From<Vec<u8>> for CertificateList {
    fn from(der: Vec<u8>) -> Self {
        Self(Arc::new(Inner {
            der,
            sha256: OnceLock::new(),
            parsed: OnceLock::new(),
            digest: OnceLock::new(),
            index: OnceLock::new(),
        }))
    }
}

impl PartialEq for CertificateList {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for CertificateList {}

impl CertificateList {
    /// The list in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the list.
    pub fn sha256(&self) -> [u8; 32] {
        *self.0.sha256.get_or_init(|| sha256(&self.0.der))
    }

    /// When it was made; none if it is malformed.
    pub fn this_update(&self) -> Option<OffsetDateTime> {
        self.parsed().map(|parsed| parsed.this_update)
    }

    /// Whether it says that a certificate is revoked, or held; a malformed list says nothing.
    pub fn lists(&self, certificate: &Certificate) -> bool {
        matches!(self.find(certificate), Ok(Some(_)))
    }

    /// The list, read; `None` if it is malformed.
    pub(super) fn parsed(&self) -> Option<&Parsed> {
        self.0.parsed.get_or_init(|| Parsed::read(&self.0.der).ok().flatten()).as_ref()
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }

    /// What its signature is over, for a verification with this key.
    pub(super) fn message(&self, parsed: &Parsed, spki: &[u8]) -> crypto::Signed<'_> {
        let tbs = self.part(&parsed.tbs);
        if tbs.len() < LARGE {
            return crypto::Signed::Message(tbs);
        }
        match crypto::facts(spki, &parsed.algorithm, None) {
            // Ed25519 is over the message itself
            Ok(facts) if facts.scheme != "ed25519" => {
                let digest = self.0.digest.get_or_init(|| facts.digest.hash(tbs));
                crypto::Signed::Digest(digest)
            }
            _ => crypto::Signed::Message(tbs),
        }
    }

    /// The certificate's entry. An error if the list has an entry that may not be passed over.
    pub(super) fn find(&self, certificate: &Certificate) -> Result<Option<Entry>, CmsError> {
        let what = "an entry of the revocation list";
        let Some(parsed) = self.parsed() else { return Ok(None) };
        let entries = self.part(&parsed.entries);
        let index = self.0.index.get_or_init(|| Index::new(entries, parsed.scope.indirect));
        let index = index.as_ref().map_err(Clone::clone)?;
        let key = tail(certificate.serial());
        let first = index.entries.partition_point(|(other, _)| *other < key);
        let alike = index.entries.get(first..).unwrap_or_default().iter().take_while(|(other, _)| *other == key);
        for (_, at) in alike {
            let (serial, entry) = RawEntry::at(entries, *at)?;
            if serial == certificate.serial() && index.concerns(entries, *at, &parsed.issuer, certificate)? {
                return entry.read(what).map(Some);
            }
        }
        Ok(None)
    }
}

impl Parsed {
    fn read(der: &[u8]) -> Result<Option<Self>, CmsError> {
        let what = "the revocation list";
        let signed = Signed::read(der)?;
        let place = |part: &[u8]| {
            // all parts lie in what they are parts of
            let start = part.as_ptr().addr().saturating_sub(der.as_ptr().addr());
            start..start.saturating_add(part.len())
        };
        let mut members = Reader::new(signed.tbs, &LIMITS).sequence(what)?;
        members.optional(tag::INTEGER, what)?;
        members.expect(tag::SEQUENCE, what)?;
        let Some(issuer) = Name::parse(members.expect(tag::SEQUENCE, what)?.raw) else { return Ok(None) };
        let this_update = members.next(what)?.time(what)?;
        let is_time = |peeked| matches!(peeked, Some(tag::UTC_TIME | tag::GENERALIZED_TIME));
        let next_update = if is_time(members.peek()) { Some(members.next(what)?.time(what)?) } else { None };
        let entries = members.optional(tag::SEQUENCE, what)?;
        let mut list = Self {
            tbs: place(signed.tbs),
            algorithm: signed.algorithm.to_vec(),
            signature: signed.signature.to_vec(),
            issuer,
            this_update,
            next_update,
            entries: entries.map(|entries| place(entries.contents)).unwrap_or_default(),
            number: None,
            base: None,
            authority_key_identifier: None,
            scope: IssuingDistributionPoint::default(),
            expired_since: None,
            unknown_critical: false,
        };
        if let Some(extensions) = members.optional(tag::context(0), what)? {
            let mut extensions = extensions.children()?.sequence(what)?;
            let mut seen = BTreeSet::new();
            while !extensions.is_empty() {
                let extension = Extension::read(&mut extensions)?;
                if !seen.insert(extension.oid) {
                    return Ok(None);
                }
                list.take_in(&extension)?;
            }
        }
        members.finish(what)?;
        Ok(Some(list))
    }

    fn take_in(&mut self, extension: &Extension<'_>) -> Result<(), CmsError> {
        let what = "an extension of the revocation list";
        match extension.oid {
            [0x55, 0x1D, 20] => self.number = Some(extension.value()?.unsigned(what)?.to_vec()),
            [0x55, 0x1D, 27] => self.base = Some(extension.value()?.unsigned(what)?.to_vec()),
            [0x55, 0x1D, 60] => self.expired_since = Some(extension.value()?.time(what)?),
            [0x55, 0x1D, 28] => self.scope = read_issuing(extension.contents, &self.issuer)?,
            [0x55, 0x1D, 35] => {
                let id = extension.value()?.children()?.optional(tag::context_primitive(0), what)?;
                self.authority_key_identifier = id.map(|id| id.contents.to_vec());
            }
            // issuerAltName, freshestCRL
            [0x55, 0x1D, 18 | 46] => {}
            _ => self.unknown_critical |= extension.critical,
        }
        Ok(())
    }
}

/// The last four octets of a serial number. The lists' makers choose what they are, but only those of an entry's own CA.
fn tail(serial: &[u8]) -> u32 {
    serial.iter().rev().take(4).rev().fold(0, |key, octet| key << 8 | u32::from(*octet))
}

impl Index {
    fn new(entries: &[u8], indirect: bool) -> Result<Self, CmsError> {
        let what = "an entry of the revocation list";
        let mut index = Self::default();
        let mut rest = Reader::new(entries, &LIMITS);
        while !rest.is_empty() {
            let start = entries.len().saturating_sub(rest.rest().len());
            let at = u32::try_from(start).map_err(|_| CmsError::TooMany { what, limit: LIMITS.der_elements })?;
            let (serial, entry) = RawEntry::next(&mut rest)?;
            index.entries.push((tail(serial), at));
            if entry.check(indirect)? {
                index.issuers.push(at);
            }
        }
        index.entries.sort_unstable();
        Ok(index)
    }

    /// Whether the entry is about a certificate of this one's issuer: in an indirect list the last certificateIssuer up to it
    /// says so, and the list's issuer before the first (section 5.3.3).
    fn concerns(&self, entries: &[u8], at: u32, issuer: &Name, certificate: &Certificate) -> Result<bool, CmsError> {
        let named = self.issuers.partition_point(|named| *named <= at).checked_sub(1);
        let Some(named) = named.and_then(|last| self.issuers.get(last)) else {
            return Ok(issuer == certificate.issuer());
        };
        let (_, entry) = RawEntry::at(entries, *named)?;
        let mut extensions = entry.extensions()?;
        let mut concerns = false;
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions)?;
            if extension.oid == CERTIFICATE_ISSUER {
                let issuer = GeneralName::Directory(certificate.issuer().clone());
                concerns = general_names(&extension.value()?)?.contains(&issuer);
            }
        }
        Ok(concerns)
    }
}

const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1D, 29];

/// An entry behind its serial number.
struct RawEntry<'a> {
    time: Tlv<'a>,
    extensions: Option<Tlv<'a>>,
}

impl<'a> RawEntry<'a> {
    /// The next entry and its serial number.
    fn next(entries: &mut Reader<'a>) -> Result<(&'a [u8], Self), CmsError> {
        let what = "an entry of the revocation list";
        let mut members = entries.sequence(what)?;
        let serial = members.expect(tag::INTEGER, what)?.contents;
        let time = members.next(what)?;
        Ok((serial, Self { time, extensions: members.optional(tag::SEQUENCE, what)? }))
    }

    fn at(entries: &'a [u8], at: u32) -> Result<(&'a [u8], Self), CmsError> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        Self::next(&mut Reader::new(entries.get(at..).unwrap_or_default(), &LIMITS))
    }

    fn extensions(&self) -> Result<Reader<'a>, CmsError> {
        self.extensions.as_ref().map_or_else(|| Ok(Reader::new(&[], &LIMITS)), Tlv::children)
    }

    /// Refuses what may not be passed over, whomever it is about. Whether it names an issuer, which only in an indirect list
    /// it may.
    fn check(&self, indirect: bool) -> Result<bool, CmsError> {
        let mut names_issuer = false;
        let mut extensions = self.extensions()?;
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions)?;
            match extension.oid {
                CERTIFICATE_ISSUER if indirect => names_issuer = true,
                // reasonCode, holdInstructionCode, invalidityDate
                [0x55, 0x1D, 21 | 23 | 24] => {}
                _ if extension.critical => {
                    return Err(CmsError::Malformed { what: "a critical extension not known" });
                }
                _ => {}
            }
        }
        Ok(names_issuer)
    }

    fn read(&self, what: &'static str) -> Result<Entry, CmsError> {
        let mut time = self.time.time(what)?;
        let (mut reason, mut invalid_since) = (None, None);
        let mut extensions = self.extensions()?;
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions)?;
            match extension.oid {
                [0x55, 0x1D, 21] => reason = extension.value()?.contents.first().copied(),
                [0x55, 0x1D, 24] => invalid_since = Some(extension.value()?),
                _ => {}
            }
        }
        // section 5.3.2: since when the key is known or thought to be compromised
        if let (Some(since), Some(KEY_COMPROMISE | CA_COMPROMISE)) = (invalid_since, reason) {
            time = time.min(since.time(what)?);
        }
        Ok(Entry { time, reason })
    }
}

/// An extension of a list or an entry.
struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    contents: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(extensions: &mut Reader<'a>) -> Result<Self, CmsError> {
        let what = "an extension of the revocation list";
        let mut members = extensions.sequence(what)?;
        let oid = members.expect(tag::OID, what)?.contents;
        let critical = members.optional(tag::BOOLEAN, what)?.map(|b| b.boolean(what)).transpose()?.unwrap_or(false);
        let contents = members.expect(tag::OCTET_STRING, what)?.contents;
        members.finish(what)?;
        Ok(Self { oid, critical, contents })
    }

    fn value(&self) -> Result<Tlv<'a>, CmsError> {
        Reader::new(self.contents, &LIMITS).next("an extension of the revocation list")
    }
}

#[cfg(test)]
mod tests;
