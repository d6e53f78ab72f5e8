//! Cryptographic Message Syntax (RFC 5652): SignedData as PDF signatures and time-stamps use it.
//!
//! Reading ([`SignedData::parse`]) accepts BER, because signatures made by others are BER now and then:
//! indefinite lengths, constructed OCTET STRINGs, unsorted SET OFs. What was signed is kept byte for byte
//! ([`SignerInfo::signed_message`]); nothing that is verified is ever encoded again from parsed values,
//! but for the one case the standard asks for it (signed attributes not in DER, RFC 5652 section 5.4).
//! Parsing is structural; each accessor checks what it returns (exactly one attribute, exactly one value,
//! RFC 5652 section 11), so that the caller decides what is a failure.
//!
//! Writing ([`SignedDataBuilder`]) is DER throughout, in two steps around the key: the signed attributes,
//! then the whole with the signature value and the unsigned attributes. [`SignedDataBuilder::encoded_len`]
//! tells the exact size beforehand, because a PDF reserves room for its signature before it is hashed.
//!
//! | file | what |
//! | --- | --- |
//! | `ber` | reads one tag-length-value after the other, within limits |
//! | `encode` | writes DER |
//! | `oid` | object identifiers, and the names of those that matter here |
//! | `algorithm` | AlgorithmIdentifier |
//! | `signed_data` | SignedData and SignerInfo |
//! | `attributes` | attributes and what they say |
//! | `ess` | signing-certificate (RFC 2634) and signing-certificate-v2 (RFC 5035) |
//! | `claims` | signed attributes in which the signer says more |
//! | `build` | makes a SignedData |
//! | `amend` | adds unsigned attributes to a SignedData made by anyone |
//! | `tsp` | time-stamps (RFC 3161) |
//! | `ocsp` | OCSP requests and responses (RFC 6960) |
//! | `logproof` | the audit log's proof as an attribute |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod algorithm;
pub mod amend;
pub mod attributes;
pub mod ber;
pub mod build;
pub mod claims;
pub mod encode;
pub mod ess;
pub mod logproof;
pub mod ocsp;
pub mod oid;
pub mod signed_data;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod tsp;

pub use algorithm::AlgorithmIdentifier;
pub use attributes::{Attribute, Attributes};
pub use build::SignedDataBuilder;
pub use oid::Oid;
pub use signed_data::{SignedData, SignerIdentifier, SignerInfo, bare_signature};

use crate::error::{Error, Kind};

/// What can be wrong with a CMS structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// A value goes on behind the end of what there is.
    #[error("{what} is cut short")]
    Truncated {
        /// What was being read.
        what: &'static str,
    },
    /// Values are nested deeper than the limit.
    #[error("values are nested more than {limit} deep")]
    TooDeep {
        /// The limit in force (`Limits::der_depth`).
        limit: usize,
    },
    /// One value consists of more values than the limit.
    #[error("more than {limit} elements where {what} is read")]
    TooMany {
        /// What was being read.
        what: &'static str,
        /// The limit in force (`Limits::der_elements`).
        limit: usize,
    },
    /// It is longer than the limit.
    #[error("{len} bytes are more than the limit of {limit}")]
    TooLong {
        /// Bytes there are.
        len: usize,
        /// The limit in force (`Limits::cms_bytes`).
        limit: usize,
    },
    /// Another tag was found than the standard asks for.
    #[error("{what} has tag {found:#04x} instead of {wanted:#04x}")]
    UnexpectedTag {
        /// What was being read.
        what: &'static str,
        /// The identifier octet the standard asks for.
        wanted: u8,
        /// The identifier octet that is there.
        found: u8,
    },
    /// A value does not have the form that the standard asks for.
    #[error("{what} is malformed")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
    /// There are bytes behind the last member of a structure.
    #[error("{what} has bytes behind its end")]
    TrailingBytes {
        /// What was being read.
        what: &'static str,
    },
    /// The ContentInfo holds something else than SignedData.
    #[error("the content is of type {found}, not signedData")]
    NotSignedData {
        /// The content type.
        found: Oid,
    },
    /// There is not exactly one SignerInfo, as PDF (ISO 32000-2, 12.8.3.3.1) and RFC 3161 ask for.
    #[error("{found} signers instead of one")]
    SignerCount {
        /// How many there are.
        found: usize,
    },
    /// An attribute that may appear once appears more often (RFC 5652 section 11).
    #[error("the attribute {attribute} appears {found} times")]
    DuplicateAttribute {
        /// The attribute's name.
        attribute: &'static str,
        /// How often it appears.
        found: usize,
    },
    /// An attribute that must have one value has none or several (RFC 5652 section 11).
    #[error("the attribute {attribute} has {found} values instead of one")]
    AttributeValues {
        /// The attribute's name.
        attribute: &'static str,
        /// How many values it has.
        found: usize,
    },
    /// An attribute that must be there is not.
    #[error("the attribute {attribute} is missing")]
    MissingAttribute {
        /// The attribute's name.
        attribute: &'static str,
    },
    /// The signed content-type attribute names another type than the content has (RFC 5652 section 11.1).
    #[error("the signed content type {signed} is not that of the content, {content}")]
    ContentTypeMismatch {
        /// What the attribute says.
        signed: Oid,
        /// What encapContentInfo says.
        content: Oid,
    },
    /// The signer's digest algorithm is not among digestAlgorithms (RFC 5652 section 5.1).
    #[error("the signer's digest algorithm is not among those that the CMS lists")]
    UnlistedDigest,
    /// A version number is not the one that goes with the rest (RFC 5652 sections 5.1 and 5.3).
    #[error("{what} has version {found}, which does not go with what is in it")]
    Version {
        /// What has it.
        what: &'static str,
        /// The version.
        found: u64,
    },
    /// The message-digest attribute is not as long as its algorithm's digests.
    #[error("the message digest has {found} bytes, {algorithm} has {wanted}")]
    DigestLength {
        /// The digest algorithm.
        algorithm: &'static str,
        /// Bytes of its digests.
        wanted: usize,
        /// Bytes there are.
        found: usize,
    },
}

impl From<CmsError> for Error {
    fn from(error: CmsError) -> Self {
        Self::new(Kind::BadInput, "cms.malformed", "the signature", error)
    }
}
