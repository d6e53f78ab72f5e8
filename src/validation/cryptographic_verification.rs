//! Cryptographic verification (clause 5.2.7): the digest of what was signed, and the signature value.

use super::format_checking::{Content, PdfSignature, SubFilter};
use crate::cms::ber::{Reader, tag};
use crate::cms::{SignedData, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::indication::{Problem, SubIndication};
use crate::limits::Limits;
use crate::pki::crypto::{self, CryptoError, SchemeFacts, Signed};

/// What came of it.
#[derive(Debug, Default)]
pub struct Verified {
    /// Digest and signature value agree.
    pub intact: bool,
    /// Scheme and key.
    pub scheme: Option<SchemeFacts>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// The digest algorithm that a PDF signature needs of the bytes it covers; `None` if it is not known.
pub fn digest_needed(signature: &PdfSignature, key: Option<&[u8]>) -> Option<DigestAlgorithm> {
    match &signature.content {
        Content::Nothing => None,
        Content::Cms(_) if signature.sub_filter == Some(SubFilter::Sha1) => Some(DigestAlgorithm::Sha1),
        Content::Cms(signed_data) => signed_data.signer().ok()?.digest(),
        Content::TimeStamp(token) => token.info.imprint_algorithm.digest(),
        Content::Bare { value, .. } => {
            // the value itself says by which digest; SHA-1 by its name
            Some(crypto::pkcs1_digest(key?, value).unwrap_or(DigestAlgorithm::Sha1))
        }
    }
}

/// Verifies a PDF signature; `key` is the signer's, `digest` that of the bytes it covers, `None` if there are none to be hashed.
pub fn verify(signature: &PdfSignature, key: Option<&[u8]>, digest: Option<&[u8]>) -> Verified {
    let mut found = Verified::default();
    if matches!(signature.content, Content::Nothing) {
        return found;
    }
    let Some(digest) = digest else {
        let (sub_indication, message) = if digest_needed(signature, key).is_none() {
            (SubIndication::CryptoConstraintsFailureNoPoe, "the digest algorithm is not known")
        } else {
            (SubIndication::SignedDataNotFound, "there are no bytes that it could be a signature of")
        };
        found.problems.push(Problem::new(sub_indication, message));
        return found;
    };
    match &signature.content {
        Content::Nothing => {}
        Content::Bare { value, .. } => {
            let algorithm = encode::sequence(&[&encode::oid(&oid::RSA_ENCRYPTION), &encode::NULL]);
            let by = digest_needed(signature, key);
            found.check_value(key, &algorithm, by, Signed::Digest(digest), value);
        }
        Content::Cms(signed_data) if signature.sub_filter == Some(SubFilter::Sha1) => {
            let content = signed_data.content.as_deref().unwrap_or_default();
            if content != digest {
                found.problems.push(changed());
            }
            found.check_signer(signed_data, key, |algorithm| algorithm.hash(content));
        }
        Content::Cms(signed_data) => found.check_signer(signed_data, key, |_| digest.to_vec()),
        Content::TimeStamp(token) => {
            if token.info.imprint != digest {
                found.problems.push(changed());
            }
            let content = token.signed_data.content.as_deref().unwrap_or_default();
            found.check_signer(&token.signed_data, key, |algorithm| algorithm.hash(content));
        }
    }
    found.intact = found.problems.is_empty();
    found
}

/// Verifies the signature of a time-stamp token over its own content.
pub fn verify_token(signed_data: &SignedData, key: Option<&[u8]>) -> Verified {
    let mut found = Verified::default();
    let content = signed_data.content.as_deref().unwrap_or_default();
    found.check_signer(signed_data, key, |algorithm| algorithm.hash(content));
    found.intact = found.problems.is_empty();
    found
}

impl Verified {
    /// Checks message digest and value of the only signer; `digest` gives that of the content.
    fn check_signer(
        &mut self,
        signed_data: &SignedData,
        key: Option<&[u8]>,
        digest: impl FnOnce(DigestAlgorithm) -> Vec<u8>,
    ) {
        let Ok(signer) = signed_data.signer() else { return };
        let Some(algorithm) = signer.digest() else {
            let message = format!("the digest algorithm {} is not known", signer.digest_algorithm.oid);
            self.problems.push(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, message));
            return;
        };
        let digest = digest(algorithm);
        if let Some(attributes) = &signer.signed_attributes
            && attributes.message_digest().ok().flatten().is_none_or(|d| d != digest)
        {
            self.problems.push(changed());
        }
        if signer.signed_message().is_some_and(|m| !is_ordered(m)) {
            // RFC 5652 section 5.4: the value is over the DER encoding, whatever the order in the message
            let message = "the signed attributes were not signed in DER, in which they are verified";
            self.problems.push(Problem::new(SubIndication::SigCryptoFailure, message));
        }
        let what = signer.signed_message().map_or(Signed::Digest(&digest), Signed::Message);
        let identifier = &signer.signature_algorithm.raw;
        self.check_value(key, identifier, Some(algorithm), what, &signer.signature);
    }

    fn check_value(
        &mut self,
        key: Option<&[u8]>,
        algorithm: &[u8],
        hint: Option<DigestAlgorithm>,
        signed: Signed<'_>,
        value: &[u8],
    ) {
        let Some(key) = key else {
            // said where it was looked for
            let message = "without the signer's certificate the signature value cannot be verified";
            self.problems.push(Problem::new(SubIndication::NoSigningCertificateFound, message));
            return;
        };
        self.scheme = crypto::facts(key, algorithm, hint).ok();
        match crypto::verify(key, algorithm, hint, signed, value) {
            Ok(facts) => self.scheme = Some(facts),
            Err(CryptoError::Unsupported { what }) => {
                let message = format!("{what} cannot be verified");
                self.problems.push(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, message));
            }
            Err(error) => {
                let message = format!("the signature does not verify: {error}");
                self.problems.push(Problem::new(SubIndication::SigCryptoFailure, message));
            }
        }
    }
}

/// Whether the members of a SET OF are in the order of their encodings.
fn is_ordered(set: &[u8]) -> bool {
    let what = "an attribute";
    let Ok(mut members) = Reader::new(set, &Limits::DEFAULT).expect(tag::SET, what).and_then(|s| s.children()) else {
        return false;
    };
    let mut previous: &[u8] = &[];
    while !members.is_empty() {
        match members.next(what) {
            Ok(member) if member.raw >= previous => previous = member.raw,
            _ => return false,
        }
    }
    true
}

fn changed() -> Problem {
    let message = "the document was changed: its digest is not the one that was signed";
    Problem::new(SubIndication::HashFailure, message)
}
