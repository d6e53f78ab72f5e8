//! The signatures and document time-stamps that a document has, as far as raising their level needs them.

use super::SubFilter;
use crate::cms::tsp::TimeStampToken;
use crate::cms::{SignedData, SignerIdentifier};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::Object;
use crate::pki::certificate::Certificate;
use std::ops::Range;
use time::OffsetDateTime;

/// Signature time-stamps that are looked at in one signature.
const MOST_TIME_STAMPS: usize = 16;

/// A time-stamp token, or a signature.
#[derive(Debug)]
pub enum Kind {
    /// A signature with a CMS.
    Signature {
        /// The CMS.
        cms: Box<SignedData>,
        /// Its signature time-stamps.
        time_stamps: Vec<TimeStampToken>,
    },
    /// A document time-stamp.
    TimeStamp(Box<TimeStampToken>),
    /// Something that no validation data can be found for: there is no CMS in it.
    Other,
}

/// A signature or document time-stamp.
#[derive(Debug)]
pub struct Existing {
    /// Fully qualified name of its field.
    pub field: String,
    /// `/Contents`, with the zeros behind the CMS.
    pub contents: Vec<u8>,
    /// Where `/Contents` is in the file, with its delimiters.
    pub gap: Range<u64>,
    /// Behind the last byte that it covers.
    pub end: u64,
    /// What it is.
    pub kind: Kind,
}

/// All, in the order in which they were made.
pub fn read(doc: &Document) -> Result<Vec<Existing>, PdfError> {
    let mut found = Vec::new();
    for field in doc.signature_fields()? {
        let Some((_, dictionary)) = field.value else { continue };
        let contents = doc.value(&dictionary, b"Contents")?.as_string().unwrap_or_default().to_vec();
        let range = doc.value(&dictionary, b"ByteRange")?;
        let number = |at: usize| {
            let number = range.as_array()?.get(at).and_then(Object::as_integer)?;
            u64::try_from(number).ok()
        };
        let end = number(2).zip(number(3)).map_or(u64::MAX, |(start, length)| start.saturating_add(length));
        let gap =
            number(0).zip(number(1)).map_or(0, |(start, length)| start.saturating_add(length))..number(2).unwrap_or(0);
        let sub_filter = doc.value(&dictionary, b"SubFilter")?;
        let is_time_stamp = sub_filter.as_name() == Some(SubFilter::TimeStamp.name().as_bytes());
        let limits = doc.limits();
        let kind = if is_time_stamp {
            TimeStampToken::parse(&contents, limits).map_or(Kind::Other, |(token, _)| Kind::TimeStamp(Box::new(token)))
        } else {
            SignedData::parse(&contents, limits).map_or(Kind::Other, |(cms, _)| {
                let tokens = cms.signer().into_iter().flat_map(|s| s.unsigned_attributes.time_stamps());
                let tokens = tokens.take(MOST_TIME_STAMPS).filter_map(|t| TimeStampToken::parse(t, limits).ok());
                let time_stamps = tokens.map(|(token, _)| token).collect();
                Kind::Signature { cms: Box::new(cms), time_stamps }
            })
        };
        found.push(Existing { field: field.name, contents, gap, end, kind });
    }
    found.sort_by_key(|e| e.end);
    Ok(found)
}

impl Existing {
    /// What it proves the existence of all it covers at: of a document time-stamp its time.
    pub fn proves(&self) -> Option<OffsetDateTime> {
        match &self.kind {
            Kind::TimeStamp(token) => Some(token.info.gen_time),
            _ => None,
        }
    }

    /// The time of its first signature time-stamp.
    pub fn time_stamped(&self) -> Option<OffsetDateTime> {
        match &self.kind {
            Kind::Signature { time_stamps, .. } => time_stamps.iter().map(|t| t.info.gen_time).min(),
            _ => None,
        }
    }
}

/// The certificate that a SignedData says it was signed with, and the others in it.
pub fn certificates(cms: &SignedData, known: &[Certificate]) -> (Option<Certificate>, Vec<Certificate>) {
    let mut all: Vec<Certificate> = cms.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    let Ok(signer) = cms.signer() else { return (None, all) };
    let limits = crate::limits::Limits::DEFAULT;
    let is_signer = |certificate: &Certificate| match &signer.identifier {
        SignerIdentifier::IssuerAndSerialNumber { .. } => signer.names(certificate.der(), &limits) == Some(true),
        SignerIdentifier::SubjectKeyIdentifier(id) => certificate.subject_key_identifier() == Some(id),
    };
    if let Some(at) = all.iter().position(is_signer) {
        return (Some(all.swap_remove(at)), all);
    }
    (known.iter().find(|c| is_signer(c)).cloned(), all)
}
