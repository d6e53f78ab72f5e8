//! A private key in this process, from its PKCS#8 encoding.

mod digests;

use super::public::{Algorithm, PublicHalf, PublicKey};
use super::request::{self, Subject};
use super::{KeyAlgorithm, KeyError, SignatureScheme, SigningKey, generate, wrap};
use crate::cms::ber::{Reader, tag};
use crate::cms::{AlgorithmIdentifier, CmsError};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use async_trait::async_trait;
use digests::DigestSigner;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use std::fmt;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// A key whose private part is in this process.
pub struct LocalKey {
    public: PublicHalf,
    pair: Pair,
    random: SystemRandom,
    pkcs8: Zeroizing<Vec<u8>>,
    /// Made when the first digest is to be signed.
    digests: OnceLock<Option<DigestSigner>>,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Pair {
    /// A pair that [`generate`] made.
    fn made(algorithm: KeyAlgorithm, pkcs8: &[u8], random: &SystemRandom) -> Result<Self, KeyError> {
        let failed = |_| KeyError::GenerationFailed;
        let ecdsa = |curve| EcdsaKeyPair::from_pkcs8(curve, pkcs8, random).map(Box::new).map_err(failed);
        Ok(match algorithm {
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
                Self::Rsa(Box::new(RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?))
            }
            KeyAlgorithm::P256 => Self::Ecdsa(ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)?),
            KeyAlgorithm::P384 => Self::Ecdsa(ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING)?),
            KeyAlgorithm::Ed25519 => {
                Self::Ed25519(Box::new(Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(failed)?))
            }
        })
    }

    /// The public key: RSAPublicKey in DER, the point, or the 32 octets.
    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public().as_ref(),
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8], random: &SystemRandom) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::SigningFailed;
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let encoding = rsa_encoding(scheme).ok_or(KeyError::SigningFailed)?;
                pair.sign(encoding, random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Ecdsa(pair) => Ok(pair.sign(random, message).map_err(failed)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

/// A new private key as PKCS#8, and the request for its certificate (PKCS#10), both in DER. An RSA key takes up to some seconds.
pub fn generate_for(algorithm: KeyAlgorithm, subject: &Subject) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), KeyError> {
    let (pkcs8, random) = (generate(algorithm)?, SystemRandom::new());
    let pair = Pair::made(algorithm, &pkcs8, &random)?;
    let (scheme, to_sign) = (algorithm.scheme(), request::to_sign(subject, &algorithm.public_key_info(pair.public())));
    let value = pair.sign(scheme, &to_sign, &random)?;
    Ok((pkcs8, request::signed(&to_sign, scheme, &value)))
}

impl LocalKey {
    /// From a PKCS#8 PrivateKeyInfo (RFC 5208, RFC 5958) in DER, the certificate of that very key, and its
    /// issuers' certificates. RSA of 2048 to 4096 bits, P-256, P-384, Ed25519.
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Vec<u8>, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        let private = PrivateKey::read(pkcs8).map_err(|_| KeyError::Unreadable { what: "the private key" })?;
        let public = PublicKey::of_certificate(&certificate)?;
        if private.algorithm != public.algorithm {
            return Err(KeyError::Mismatch);
        }
        let random = SystemRandom::new();
        let pair = match private.algorithm {
            Algorithm::Rsa => Pair::Rsa(rsa(&private, &public)?),
            Algorithm::P256 => Pair::Ecdsa(ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, 32, &private, &public, &random)?),
            Algorithm::P384 => Pair::Ecdsa(ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, 48, &private, &public, &random)?),
            Algorithm::Ed25519 => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(&private.key, &public.key)
                    .map_err(|_| KeyError::Mismatch)?;
                Pair::Ed25519(Box::new(pair))
            }
            Algorithm::Other(oid) => {
                return Err(KeyError::Unsupported { what: format!("a key of algorithm {oid}") });
            }
        };
        let public = PublicHalf::new(certificate, chain)?;
        Ok(Self { public, pair, random, pkcs8: Zeroizing::new(pkcs8.to_vec()), digests: OnceLock::new() })
    }

    /// Its PKCS#8, to be sealed in the key store.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// With these certificates of its issuers.
    pub(super) fn with_chain(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.public = self.public.with_chain(chain);
        self
    }
}

/// Never shows the private key.
impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[async_trait]
impl SigningKey for LocalKey {
    fn public(&self) -> &PublicHalf {
        &self.public
    }

    async fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.public.offers(scheme)?;
        self.pair.sign(scheme, message, &self.random)
    }

    async fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.public.offers_digest(scheme, digest)?;
        let signer =
            self.digests.get_or_init(|| PrivateKey::read(&self.pkcs8).ok().and_then(|k| DigestSigner::new(&k)));
        let value = signer.as_ref().ok_or(KeyError::SigningFailed)?.sign(scheme, digest)?;
        // whatever a fault did to it does not leave
        self.public.check_digest(scheme, digest, &value).map_err(|_| KeyError::SigningFailed)?;
        Ok(value)
    }
}

fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static dyn RsaEncoding> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    match scheme {
        SignatureScheme::RsaPkcs1(Sha256) => Some(&RSA_PKCS1_SHA256),
        SignatureScheme::RsaPkcs1(Sha384) => Some(&RSA_PKCS1_SHA384),
        SignatureScheme::RsaPkcs1(Sha512) => Some(&RSA_PKCS1_SHA512),
        SignatureScheme::RsaPss(Sha256) => Some(&RSA_PSS_SHA256),
        SignatureScheme::RsaPss(Sha384) => Some(&RSA_PSS_SHA384),
        SignatureScheme::RsaPss(Sha512) => Some(&RSA_PSS_SHA512),
        _ => None,
    }
}

fn rsa(private: &PrivateKey, public: &PublicKey) -> Result<Box<RsaKeyPair>, KeyError> {
    let unreadable = |_| KeyError::Unreadable { what: "the RSA key" };
    // spares a file with many keys and certificates the costly check of keys that can't be the right one
    if wrap::rsa_modulus(&private.key).map_err(unreadable)? != public.modulus()? {
        return Err(KeyError::Mismatch);
    }
    // says how large it may be, which ring does not
    public.schemes()?;
    let pair = RsaKeyPair::from_der(&private.key)
        .map_err(|e| KeyError::Unsupported { what: format!("this RSA key ({e})") })?;
    // both are the DER of an RSAPublicKey
    if pair.public().as_ref() != public.key {
        return Err(KeyError::Mismatch);
    }
    Ok(Box::new(pair))
}

fn ecdsa(
    algorithm: &'static EcdsaSigningAlgorithm,
    scalar_len: usize,
    private: &PrivateKey,
    public: &PublicKey,
    random: &SystemRandom,
) -> Result<Box<EcdsaKeyPair>, KeyError> {
    let scalar = scalar(&private.key, scalar_len)?;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, &scalar, &public.key, random)
        .map(Box::new)
        .map_err(|_| KeyError::Mismatch)
}

/// An ECPrivateKey's scalar has the length of the order, but some writers drop leading zeros.
fn scalar(key: &[u8], len: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let missing = len.checked_sub(key.len()).ok_or(KeyError::Unreadable { what: "the private key" })?;
    let mut scalar = Zeroizing::new(Vec::with_capacity(len));
    scalar.resize(missing, 0);
    scalar.extend_from_slice(key);
    Ok(scalar)
}

/// A private key taken out of its PKCS#8: RSAPrivateKey in DER, the scalar, or the seed.
struct PrivateKey {
    algorithm: Algorithm,
    key: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    fn read(pkcs8: &[u8]) -> Result<Self, CmsError> {
        let what = "the private key";
        let mut members = Reader::new(pkcs8, &Limits::DEFAULT).sequence(what)?;
        members.expect(tag::INTEGER, what)?;
        let algorithm = Algorithm::of(&AlgorithmIdentifier::read(&mut members, what)?)?;
        // attributes and the public key may follow: Windows writes a key usage there
        let octets = Zeroizing::new(members.octet_string(what)?.into_owned());
        let mut inner = Reader::new(&octets, &Limits::DEFAULT);
        let key = match algorithm {
            Algorithm::P256 | Algorithm::P384 => {
                let mut ec = inner.sequence(what)?;
                ec.expect(tag::INTEGER, what)?;
                Zeroizing::new(ec.octet_string(what)?.into_owned())
            }
            // CurvePrivateKey (RFC 8410 section 7)
            Algorithm::Ed25519 => Zeroizing::new(inner.octet_string(what)?.into_owned()),
            Algorithm::Rsa | Algorithm::Other(_) => octets.clone(),
        };
        Ok(Self { algorithm, key })
    }
}

#[cfg(test)]
mod tests;
