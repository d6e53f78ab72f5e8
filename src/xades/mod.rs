//! XAdES baseline signatures (ETSI EN 319 132-1), enveloped in the document they sign.
//!
//! Writing ([`Prepared`]) is two steps around the key. One profile is written: the whole document by the
//! reference `""` with the enveloped-signature transform, exclusive C14N, SigningCertificateV2, SigningTime,
//! DataObjectFormat, and the audit log's proof as an unsigned signature property.
//!
//! Reading ([`verify`]) tells facts; whom to believe is for the validation to say.
//!
//! | file | what |
//! | --- | --- |
//! | `sign` | B-B signatures |
//! | `verify` | what a signature covers, whether it holds, who made it |
//! | `unsigned` | time-stamps and validation data: B-T and B-LT |
//! | `record` | whether a signature holds whose document is not at hand |
//! | `algorithm` | signature methods of XML-DSig and of CMS |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod algorithm;
mod record;
mod sign;
mod unsigned;
mod verify;

pub use record::{Record, verify_record};
pub use sign::{Parameters, Prepared, prepare};
pub use unsigned::{SignatureTimeStamp, Unsigned, add_time_stamp, add_values, put_log_proof, to_be_time_stamped};
pub use verify::{Covered, XmlSignature, verify};

use crate::error::{Error, Kind};
use crate::xml::XmlError;

/// The namespace of XAdES.
const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// The type of the reference to the signed properties.
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
/// The namespace of the log proof: id-dauson-logProof, which also names it in CMS.
const LOG_PROOF: &str = "urn:oid:2.25.215352992128100304521953582387647812664";

/// What can go wrong with an XML signature before anything can be said about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XadesError {
    /// The document cannot be read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The key's scheme has no XML-DSig algorithm.
    #[error("XML-DSig has no name for signatures by {0}")]
    NoSignatureMethod(&'static str),
    /// The key gave something that is not a signature of its scheme.
    #[error("the key gave a value that is no {0} signature")]
    BadSignatureValue(&'static str),
    /// Nothing can be added to the signature.
    #[error("the signature cannot be extended: {0}")]
    CannotExtend(&'static str),
}

impl From<XadesError> for Error {
    fn from(error: XadesError) -> Self {
        let (kind, code) = match &error {
            XadesError::Xml(_) => (Kind::BadInput, "xml.unreadable"),
            XadesError::CannotExtend(_) => (Kind::BadInput, "extend.xml"),
            XadesError::NoSignatureMethod(_) => (Kind::Usage, "xml.scheme"),
            XadesError::BadSignatureValue(_) => (Kind::Bug, "xml.signature_value"),
        };
        Self::new(kind, code, "the XML document", error)
    }
}
