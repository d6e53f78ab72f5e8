//! ECDSA signatures (FIPS 186-5 section 6.4; CMS and X.509 encoding: RFC 5480, RFC 5639).

use super::{CryptoError, Signed};
use crate::cms::{Oid, oid};
use crate::digest::DigestAlgorithm;
use ::ecdsa::VerifyingKey;
use ::ecdsa::der::Signature as DerSignature;
use ::ecdsa::signature::hazmat::PrehashVerifier;
use ring::signature as ring_ecdsa;
use ring::signature::{UnparsedPublicKey, VerificationAlgorithm};

/// A curve on which signatures can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    BrainpoolP256r1,
    BrainpoolP384r1,
}

impl Curve {
    pub(super) fn known(oid: &Oid) -> Option<Self> {
        let all = [
            (oid::P256, Self::P256),
            (oid::P384, Self::P384),
            (oid::P521, Self::P521),
            (oid::BRAINPOOL_P256R1, Self::BrainpoolP256r1),
            (oid::BRAINPOOL_P384R1, Self::BrainpoolP384r1),
        ];
        all.into_iter().find(|(known, _)| known == oid).map(|(_, curve)| curve)
    }

    pub(super) const fn scheme(self) -> &'static str {
        match self {
            Self::P256 => "ecdsa-p256",
            Self::P384 => "ecdsa-p384",
            Self::P521 => "ecdsa-p521",
            Self::BrainpoolP256r1 => "ecdsa-brainpoolP256r1",
            Self::BrainpoolP384r1 => "ecdsa-brainpoolP384r1",
        }
    }

    pub(super) const fn bits(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256r1 => 256,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::P521 => 521,
        }
    }
}

/// Verifies a signature, a DER `SEQUENCE { r INTEGER, s INTEGER }`, with a public key, a point.
pub(super) fn verify(
    curve: Curve,
    point: &[u8],
    digest: DigestAlgorithm,
    signed: Signed<'_>,
    signature: &[u8],
) -> Result<(), CryptoError> {
    // ring reads uncompressed points only
    if let Signed::Message(message) = signed
        && point.first() == Some(&4)
        && let Some(algorithm) = ring_algorithm(curve, digest)
    {
        let key = UnparsedPublicKey::new(algorithm, point);
        return key.verify(message, signature).map_err(|_| CryptoError::Invalid);
    }
    let digest = signed.digest(digest);
    match curve {
        Curve::P256 => with_p256(point, &digest, signature),
        Curve::P384 => with_p384(point, &digest, signature),
        Curve::P521 => with_p521(point, &digest, signature),
        Curve::BrainpoolP256r1 => with_bp256(point, &digest, signature),
        Curve::BrainpoolP384r1 => with_bp384(point, &digest, signature),
    }
}

fn ring_algorithm(curve: Curve, digest: DigestAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    match (curve, digest) {
        (Curve::P256, DigestAlgorithm::Sha256) => Some(&ring_ecdsa::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, DigestAlgorithm::Sha384) => Some(&ring_ecdsa::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, DigestAlgorithm::Sha256) => Some(&ring_ecdsa::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, DigestAlgorithm::Sha384) => Some(&ring_ecdsa::ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}

/// The digest as an integer of at least the order's length. The crates refuse digests under half that length
/// (SHA-1 on P-384), which the standard does not: leading zeros don't change the integer.
fn widened(digest: &[u8], order_len: usize) -> Vec<u8> {
    let mut wide = vec![0; order_len.saturating_sub(digest.len())];
    wide.extend_from_slice(digest);
    wide
}

macro_rules! with_curve {
    ($name:ident, $curve:path, $order_len:literal) => {
        fn $name(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
            let key = VerifyingKey::<$curve>::from_sec1_bytes(point)
                .map_err(|_| CryptoError::Malformed { what: "the point that is the public key" })?;
            let signature = DerSignature::<$curve>::try_from(signature).map_err(|_| CryptoError::Invalid)?;
            key.verify_prehash(&widened(digest, $order_len), &signature).map_err(|_| CryptoError::Invalid)
        }
    };
}

with_curve!(with_p256, p256::NistP256, 32);
with_curve!(with_p384, p384::NistP384, 48);
with_curve!(with_p521, p521::NistP521, 66);
with_curve!(with_bp256, bp256::BrainpoolP256r1, 32);
with_curve!(with_bp384, bp384::BrainpoolP384r1, 48);
