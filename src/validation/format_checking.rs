//! Format checking (clause 5.2.2): whether a PDF signature is what ISO 32000-2 12.8 and EN 319 142-1 say it is.
//!
//! Facts are collected as far as the format lets them be, also of a signature that is not right: the report then
//! still says who seems to have signed, and whether the bytes it does cover were changed.

use super::byte_range::ByteRange;
use super::report::{Remark, SignatureType};
use crate::cms::tsp::TimeStampToken;
use crate::cms::{CmsError, SignedData, SignerInfo, bare_signature, oid};
use crate::indication::{Problem, SubIndication};
use crate::pdf::date;
use crate::pdf::document::Document;
use crate::pdf::fields::{FieldLock, SignatureField};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::source::Source;
use time::OffsetDateTime;

/// `/SubFilter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubFilter {
    /// ETSI.CAdES.detached: PAdES.
    Pades,
    /// adbe.pkcs7.detached.
    Detached,
    /// adbe.pkcs7.sha1: the CMS signs a SHA-1 digest that it contains.
    Sha1,
    /// adbe.x509.rsa_sha1: a bare PKCS#1 value.
    Bare,
    /// ETSI.RFC3161: a time-stamp token.
    TimeStamp,
}

/// What `/Contents` holds.
#[derive(Debug)]
pub enum Content {
    /// A CMS SignedData.
    Cms(Box<SignedData>),
    /// A time-stamp token.
    TimeStamp(Box<TimeStampToken>),
    /// A PKCS#1 value and the certificates of `/Cert`.
    Bare {
        /// The signature value.
        value: Vec<u8>,
        /// The signer's certificate first, DER.
        certificates: Vec<Vec<u8>>,
    },
    /// Nothing that can be read.
    Nothing,
}

/// A PDF signature, read.
#[derive(Debug)]
pub struct PdfSignature {
    /// Fully qualified name of its field.
    pub field: String,
    /// What kind it is.
    pub kind: SignatureType,
    /// `/SubFilter` as written.
    pub sub_filter_name: Option<String>,
    /// The same, if it is known.
    pub sub_filter: Option<SubFilter>,
    /// `/M`.
    pub claimed: Option<OffsetDateTime>,
    /// DocMDP permission, if it is a certification.
    pub certification: Option<u8>,
    /// The fields that it locks.
    pub lock: Option<FieldLock>,
    /// What it covers.
    pub byte_range: ByteRange,
    /// What it consists of.
    pub content: Content,
    /// What is wrong with the format.
    pub problems: Vec<Problem>,
    /// What is odd.
    pub warnings: Vec<Remark>,
}

impl PdfSignature {
    /// Reads the value of a field. `file` is the whole file.
    pub fn read(doc: &Document, file: &dyn Source, field: &SignatureField, dictionary: &Dictionary) -> Self {
        let name = |key: &[u8]| {
            let value = doc.value(dictionary, key).ok()?;
            value.as_name().map(|n| String::from_utf8_lossy(n).into_owned())
        };
        let sub_filter_name = name(b"SubFilter");
        let sub_filter = sub_filter_name.as_deref().and_then(SubFilter::known);
        let is_time_stamp = sub_filter == Some(SubFilter::TimeStamp);
        let claimed = doc.value(dictionary, b"M").ok().and_then(|m| date::parse(m.as_string()?));
        let mut signature = Self {
            field: field.name.clone(),
            kind: if is_time_stamp { SignatureType::DocumentTimestamp } else { SignatureType::Signature },
            sub_filter_name,
            sub_filter,
            claimed,
            certification: doc.doc_mdp(dictionary).unwrap_or(Some(1)),
            lock: doc.field_mdp(dictionary).unwrap_or(Some(FieldLock::All)),
            byte_range: ByteRange::check(doc, file, field, dictionary),
            content: Content::Nothing,
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        if dictionary.has_duplicate_keys() {
            signature.wrong("the signature dictionary has a key twice");
        }
        let type_name = name(b"Type");
        if type_name.as_deref().is_some_and(|t| t != if is_time_stamp { "DocTimeStamp" } else { "Sig" }) {
            signature.wrong("/Type of the signature dictionary does not go with its /SubFilter");
        }
        for problem in signature.byte_range.problems.clone() {
            signature.wrong(problem);
        }
        signature.read_contents(doc, dictionary);
        signature
    }

    /// A field whose value is no signature dictionary.
    pub fn broken(field: &SignatureField) -> Self {
        use super::report::Coverage;
        let byte_range = ByteRange {
            ranges: Vec::new(),
            covered: None,
            coverage: Coverage::Invalid,
            revision: None,
            problems: Vec::new(),
        };
        let mut signature = Self {
            field: field.name.clone(),
            kind: SignatureType::Signature,
            sub_filter_name: None,
            sub_filter: None,
            claimed: None,
            certification: None,
            lock: None,
            byte_range,
            content: Content::Nothing,
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        signature.wrong("the value of the signature field is no signature dictionary");
        signature
    }

    fn wrong(&mut self, message: impl Into<String>) {
        self.problems.push(Problem::new(SubIndication::FormatFailure, message));
    }

    fn warn(&mut self, code: &'static str, message: &str) {
        self.warnings.push(Remark { code, message: message.to_owned() });
    }

    /// The CMS, if there is one.
    pub fn signed_data(&self) -> Option<&SignedData> {
        match &self.content {
            Content::Cms(signed_data) => Some(signed_data),
            Content::TimeStamp(token) => Some(&token.signed_data),
            _ => None,
        }
    }

    /// Its only signer.
    pub fn signer(&self) -> Option<&SignerInfo> {
        self.signed_data().and_then(|s| s.signer().ok())
    }

    /// The signature value.
    pub fn value(&self) -> &[u8] {
        match &self.content {
            Content::Bare { value, .. } => value,
            _ => self.signer().map(|s| s.signature.as_slice()).unwrap_or_default(),
        }
    }

    fn read_contents(&mut self, doc: &Document, dictionary: &Dictionary) {
        let Ok(contents) = doc.value(dictionary, b"Contents") else {
            return self.wrong("/Contents cannot be read");
        };
        let Some(bytes) = contents.as_string() else {
            return self.wrong("/Contents is not a string");
        };
        let limits = doc.limits();
        let Some(sub_filter) = self.sub_filter else {
            let message = match &self.sub_filter_name {
                Some(name) => format!("the /SubFilter {name} is not known"),
                None => "there is no /SubFilter".to_owned(),
            };
            return self.wrong(message);
        };
        let read = match sub_filter {
            SubFilter::TimeStamp => {
                TimeStampToken::parse(bytes, limits).map(|(t, n)| (Content::TimeStamp(Box::new(t)), n))
            }
            SubFilter::Bare => bare_signature(bytes, limits)
                .map(|(value, n)| (Content::Bare { value, certificates: certificates(doc, dictionary) }, n)),
            _ => SignedData::parse(bytes, limits).map(|(s, n)| (Content::Cms(Box::new(s)), n)),
        };
        match read {
            Err(error) => self.wrong(format!("/Contents does not hold what its /SubFilter says: {error}")),
            Ok((content, length)) => {
                if bytes.get(length..).unwrap_or_default().iter().any(|b| *b != 0) {
                    self.wrong("other bytes than zeros follow the signature in /Contents");
                }
                self.content = content;
                self.check_cms(sub_filter);
            }
        }
    }

    /// What PDF asks of a SignedData (ISO 32000-2 12.8.3.3 and 12.8.3.4).
    fn check_cms(&mut self, sub_filter: SubFilter) {
        let Some(signed_data) = self.signed_data() else { return };
        let mut wrong = Vec::new();
        if let Err(error) = signed_data.signer() {
            wrong.push(format!("the CMS has {error}"));
        }
        let detached = matches!(sub_filter, SubFilter::Pades | SubFilter::Detached);
        if detached && signed_data.content.is_some() {
            wrong.push("the CMS should be detached and contains what it signs".to_owned());
        }
        if detached && signed_data.content_type != oid::DATA {
            wrong.push("the content type of the CMS is not id-data".to_owned());
        }
        if sub_filter == SubFilter::Sha1 && signed_data.content.as_ref().is_none_or(|c| c.len() != 20) {
            wrong.push("the CMS does not contain a SHA-1 digest".to_owned());
        }
        if let Ok(signer) = signed_data.signer() {
            match signed_data.signed_digest() {
                // a digest that is too short or too long is a digest that is not the right one
                Ok(_) | Err(CmsError::DigestLength { .. }) => {}
                Err(error) => wrong.push(error.to_string()),
            }
            if sub_filter == SubFilter::Pades && signer.signed_attributes.is_none() {
                wrong.push("a PAdES signature must have signed attributes".to_owned());
            }
            if !signer.signed_attributes_der {
                self.warn("SIGNED_ATTRIBUTES_NOT_DER", "the signed attributes are not in DER (RFC 5652 section 5.3)");
            }
        }
        for message in wrong {
            self.wrong(message);
        }
    }
}

impl SubFilter {
    fn known(name: &str) -> Option<Self> {
        Some(match name {
            "ETSI.CAdES.detached" => Self::Pades,
            "adbe.pkcs7.detached" => Self::Detached,
            "adbe.pkcs7.sha1" => Self::Sha1,
            "adbe.x509.rsa_sha1" => Self::Bare,
            "ETSI.RFC3161" => Self::TimeStamp,
            _ => return None,
        })
    }
}

/// Certificates in one `/Cert`.
const MOST_CERTIFICATES: usize = 64;

/// `/Cert`: a string or an array of strings.
fn certificates(doc: &Document, dictionary: &Dictionary) -> Vec<Vec<u8>> {
    let Ok(value) = doc.value(dictionary, b"Cert") else { return Vec::new() };
    match &*value {
        Object::String(one) => vec![one.bytes.clone()],
        Object::Array(many) => many
            .iter()
            .take(MOST_CERTIFICATES)
            .filter_map(|c| doc.resolve(c).ok()?.as_string().map(<[u8]>::to_vec))
            .collect(),
        _ => Vec::new(),
    }
}
