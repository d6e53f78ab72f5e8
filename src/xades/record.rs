//! Signatures without their document: where the digest of the document is known, the rest of what is signed can be written again,
//! because there is one way in which it is written here.

use super::XadesError;
use super::algorithm::{method_uri, to_cms};
use super::sign::{Parameters, signed_bytes};
use super::verify::{Covered, XmlSignature};
use crate::cms::ess;
use crate::digest::DigestAlgorithm;
use crate::indication::{Problem, SubIndication};
use crate::keys::SignatureScheme;
use crate::limits::Limits;
use crate::pki::crypto::{self, SchemeFacts, Signed};
use crate::xml::dsig;
use time::OffsetDateTime;

/// What is known of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The description of the document that is signed with it.
    pub description: &'a str,
    /// The claimed time, with the offset that it is written with.
    pub signing_time: OffsetDateTime,
    /// Digest of the document's canonical form.
    pub document_digest: &'a [u8],
    /// The signature value.
    pub signature: &'a [u8],
}

/// The schemes by which documents are signed here.
const SCHEMES: [SignatureScheme; 9] = [
    SignatureScheme::EcdsaP256,
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
    SignatureScheme::EcdsaP384,
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384),
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
    SignatureScheme::Ed25519,
    SignatureScheme::RsaPss(DigestAlgorithm::Sha256),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha384),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha512),
];

/// What is to be said of such a signature by this certificate; it proves what the record says, and that a document with this
/// digest was signed.
pub fn verify_record(record: &Record<'_>, certificate: &[u8], limits: &Limits) -> XmlSignature {
    let mut facts = XmlSignature::new(None);
    facts.certificate = Some(certificate.to_vec());
    facts.signing_time = Some(record.signing_time);
    facts.value = record.signature.to_vec();
    let Ok(spki) = ess::subject_public_key_info(certificate, limits) else {
        facts.problems.push(Problem::new(SubIndication::FormatFailure, "the certificate cannot be read"));
        return facts;
    };
    for scheme in SCHEMES {
        let digest = scheme.digest();
        if digest.size() != record.document_digest.len() {
            continue;
        }
        if let Ok(Some(scheme)) = by_scheme(record, certificate, spki, scheme) {
            facts.scheme = Some(scheme);
            facts.digest = Some(digest);
            facts.covered = Covered::Document;
            facts.is_baseline = true;
            return facts;
        }
    }
    let message = "the record was changed: its signature is not one of this certificate's over what it says";
    facts.problems.push(Problem::new(SubIndication::SigCryptoFailure, message));
    facts
}

/// What the scheme and key are, if the record is signed by them.
fn by_scheme(
    record: &Record<'_>,
    certificate: &[u8],
    spki: &[u8],
    scheme: SignatureScheme,
) -> Result<Option<SchemeFacts>, XadesError> {
    let parameters = Parameters {
        certificate,
        chain: &[],
        scheme,
        signing_time: record.signing_time,
        description: Some(record.description),
    };
    let message = signed_bytes(&parameters, record.document_digest)?;
    let method = dsig::SignatureMethod::from_uri(method_uri(scheme)?);
    let (algorithm, value) = method
        .and_then(|method| to_cms(method, record.signature))
        .ok_or(XadesError::BadSignatureValue(scheme.name()))?;
    Ok(crypto::verify(spki, &algorithm, None, Signed::Message(&message), &value).ok())
}
