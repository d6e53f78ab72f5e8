//! Signatures of digests that somebody else computed, which `ring` does not make: by the crates `rsa` (blinded), `p256` and
//! `p384` (nonces of RFC 6979, with random numbers beside them).

use super::PrivateKey;
use crate::digest::DigestAlgorithm::{Sha256, Sha384, Sha512};
use crate::keys::public::Algorithm;
use crate::keys::{KeyError, SignatureScheme};
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner as _;
use rsa::pkcs1::DecodeRsaPrivateKey as _;

/// A private key that signs digests.
pub(super) enum DigestSigner {
    Rsa(Box<rsa::PrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

impl DigestSigner {
    /// None for kinds of keys that sign no digests.
    pub(super) fn new(private: &PrivateKey) -> Option<Self> {
        let key = &private.key;
        Some(match private.algorithm {
            Algorithm::Rsa => Self::Rsa(Box::new(rsa::PrivateKey::from_pkcs1_der(key).ok()?)),
            Algorithm::P256 => Self::P256(p256::ecdsa::SigningKey::from_slice(&super::scalar(key, 32).ok()?).ok()?),
            Algorithm::P384 => Self::P384(p384::ecdsa::SigningKey::from_slice(&super::scalar(key, 48).ok()?).ok()?),
            Algorithm::Ed25519 | Algorithm::Other(_) => return None,
        })
    }

    /// Signs a digest that is as long as the scheme's.
    pub(super) fn sign(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = &mut rand::rng();
        let rsa = |value: rsa::Result<Vec<u8>>| value.map_err(|_| KeyError::SigningFailed);
        match (self, scheme) {
            (Self::Rsa(key), SignatureScheme::RsaPkcs1(Sha256)) => {
                rsa(key.pkcs1v15_sign_prehash::<sha2::Sha256>(digest))
            }
            (Self::Rsa(key), SignatureScheme::RsaPkcs1(Sha384)) => {
                rsa(key.pkcs1v15_sign_prehash::<sha2::Sha384>(digest))
            }
            (Self::Rsa(key), SignatureScheme::RsaPkcs1(Sha512)) => {
                rsa(key.pkcs1v15_sign_prehash::<sha2::Sha512>(digest))
            }
            (Self::Rsa(key), SignatureScheme::RsaPss(Sha256)) => rsa(key.pss_sign_prehash::<sha2::Sha256>(digest)),
            (Self::Rsa(key), SignatureScheme::RsaPss(Sha384)) => rsa(key.pss_sign_prehash::<sha2::Sha384>(digest)),
            (Self::Rsa(key), SignatureScheme::RsaPss(Sha512)) => rsa(key.pss_sign_prehash::<sha2::Sha512>(digest)),
            (Self::P256(key), SignatureScheme::EcdsaP256) => {
                let value: p256::ecdsa::DerSignature =
                    key.sign_prehash_with_rng(random, digest).map_err(|_| KeyError::SigningFailed)?;
                Ok(value.as_bytes().to_vec())
            }
            (Self::P384(key), SignatureScheme::EcdsaP384) => {
                let value: p384::ecdsa::DerSignature =
                    key.sign_prehash_with_rng(random, digest).map_err(|_| KeyError::SigningFailed)?;
                Ok(value.as_bytes().to_vec())
            }
            _ => Err(KeyError::SigningFailed),
        }
    }
}
