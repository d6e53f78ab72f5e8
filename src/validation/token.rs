//! A signature or a time-stamp as the processes see it: what the building blocks that look at nothing but it found.

use super::cryptographic_verification::Verified;
use super::poe::Identity;
use super::signing_certificate::SigningCertificate;
use crate::digest::DigestAlgorithm;
use crate::indication::Problem;
use crate::pki::path::Purpose;

/// A signature, a document time-stamp, or a time-stamp of a signature.
#[derive(Debug)]
pub struct Token {
    /// What proofs of its existence are about: the SHA-256 of its signature value.
    pub identity: Identity,
    /// What its signer's certificate is used for.
    pub purpose: Purpose,
    /// Format checking (clause 5.2.2).
    pub format: Vec<Problem>,
    /// Identification of the signing certificate (clause 5.2.3).
    pub certificate: SigningCertificate,
    /// Cryptographic verification (clause 5.2.7).
    pub verified: Verified,
    /// Digest algorithm of what is signed or time-stamped, besides that of the signature value.
    pub data: Option<(DigestAlgorithm, Data)>,
}

/// What a digest is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// Something that its author could choose.
    Document,
    /// A signature value.
    SignatureValue,
}
