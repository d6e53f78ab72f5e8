//! Signature methods: from those of keys and CMS to those of XML-DSig (RFC 9231), and back.

use super::XadesError;
use crate::cms::ber::{Reader, tag};
use crate::cms::{CmsError, Oid, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::keys::SignatureScheme;
use crate::limits::Limits;
use crate::xml::dsig;

/// The algorithm URI for signatures by a key's scheme.
pub(super) fn method_uri(scheme: SignatureScheme) -> Result<&'static str, XadesError> {
    let method = match scheme {
        SignatureScheme::RsaPkcs1(digest) => dsig::SignatureMethod { scheme: dsig::SignatureScheme::RsaPkcs1, digest },
        SignatureScheme::RsaPss(digest) => dsig::SignatureMethod { scheme: dsig::SignatureScheme::RsaPss, digest },
        SignatureScheme::EcdsaP256 | SignatureScheme::EcdsaP384 => {
            dsig::SignatureMethod { scheme: dsig::SignatureScheme::Ecdsa, digest: scheme.digest() }
        }
        SignatureScheme::Ed25519 => {
            dsig::SignatureMethod { scheme: dsig::SignatureScheme::Ed25519, digest: scheme.digest() }
        }
    };
    method.uri().ok_or(XadesError::NoSignatureMethod(scheme.name()))
}

/// A signature as the key gives it, as XML-DSig has it.
pub(super) fn to_xml(scheme: SignatureScheme, signature: &[u8]) -> Result<Vec<u8>, XadesError> {
    let order_len = match scheme {
        SignatureScheme::EcdsaP256 => 32,
        SignatureScheme::EcdsaP384 => 48,
        _ => return Ok(signature.to_vec()),
    };
    raw_ecdsa(signature, order_len).map_err(|_| XadesError::BadSignatureValue(scheme.name()))
}

/// Ecdsa-Sig-Value (RFC 3279 section 2.2.3) to r and s, each `order_len` octets, one after the other.
fn raw_ecdsa(signature: &[u8], order_len: usize) -> Result<Vec<u8>, CmsError> {
    let what = "the ECDSA signature";
    let mut members = Reader::new(signature, &Limits::DEFAULT).sequence(what)?;
    let mut raw = Vec::new();
    for _ in 0..2 {
        let number = members.next(what)?.unsigned(what)?;
        let missing = order_len.checked_sub(number.len()).ok_or(CmsError::Malformed { what })?;
        raw.resize(raw.len().saturating_add(missing), 0);
        raw.extend_from_slice(number);
    }
    Ok(raw)
}

/// The AlgorithmIdentifier (DER) and the signature value as CMS has them, for a signature as XML-DSig has it.
/// None if the value cannot be one.
pub(super) fn to_cms(method: dsig::SignatureMethod, value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    Some(match method.scheme {
        dsig::SignatureScheme::RsaPkcs1 => {
            (SignatureScheme::RsaPkcs1(method.digest).algorithm_identifier(), value.to_vec())
        }
        dsig::SignatureScheme::RsaPss => {
            (SignatureScheme::RsaPss(method.digest).algorithm_identifier(), value.to_vec())
        }
        dsig::SignatureScheme::Ed25519 => (SignatureScheme::Ed25519.algorithm_identifier(), value.to_vec()),
        dsig::SignatureScheme::Ecdsa => {
            let (r, s) = value.split_at_checked(value.len() / 2).filter(|(r, s)| r.len() == s.len())?;
            let algorithm = encode::sequence(&[&encode::tlv(tag::OID, &[ecdsa_oid(method.digest)?.as_bytes()])]);
            (algorithm, encode::sequence(&[&encode::unsigned(r), &encode::unsigned(s)]))
        }
    })
}

/// The object identifier of ECDSA with a digest (RFC 5758 section 3.2; SHA-1: RFC 3279).
fn ecdsa_oid(digest: DigestAlgorithm) -> Option<Oid> {
    Some(match digest {
        DigestAlgorithm::Sha1 => oid::ECDSA_WITH_SHA1,
        DigestAlgorithm::Sha224 => oid::ECDSA_WITH_SHA224,
        DigestAlgorithm::Sha256 => oid::ECDSA_WITH_SHA256,
        DigestAlgorithm::Sha384 => oid::ECDSA_WITH_SHA384,
        DigestAlgorithm::Sha512 => oid::ECDSA_WITH_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecdsa_values_go_both_ways() {
        let method = dsig::SignatureMethod { scheme: dsig::SignatureScheme::Ecdsa, digest: DigestAlgorithm::Sha256 };
        for (r, s) in [(1_u8, 0xff_u8), (0x80, 0x7f)] {
            let mut raw = vec![0; 64];
            raw[31] = r;
            raw[63] = s;
            let (_, der) = to_cms(method, &raw).unwrap();
            assert_eq!(to_xml(SignatureScheme::EcdsaP256, &der).unwrap(), raw);
        }
        assert_eq!(to_cms(method, &[1, 2, 3]), None);
        let too_long = encode::sequence(&[&encode::unsigned(&[1; 33]), &encode::unsigned(&[1])]);
        assert!(to_xml(SignatureScheme::EcdsaP256, &too_long).is_err());
    }
}
