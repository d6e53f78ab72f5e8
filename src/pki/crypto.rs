//! Verifies signature values: which scheme it is, with which key, and whether it holds. Whether scheme, key
//! length and digest are good enough is the algorithm policy's business, not this module's.
//!
//! `ring` verifies what it can: RSA of 1024 to 8192 bits (PKCS#1; PSS with the salt as long as the digest),
//! ECDSA on P-256 and P-384 with SHA-256 and SHA-384, Ed25519. The rest goes through slower code: odd digests
//! and salts, digests computed before, P-521, brainpool, DSA.

mod dsa;
mod ecdsa;
mod rsa;

use crate::cms::ber::{Reader, tag};
use crate::cms::{AlgorithmIdentifier, CmsError, Oid, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind};
use crate::limits::Limits;
use ecdsa::Curve;
use rsa::Pss;
use std::borrow::Cow;

/// What was signed.
#[derive(Debug, Clone, Copy)]
pub enum Signed<'a> {
    /// The message itself.
    Message(&'a [u8]),
    /// Its digest, by the scheme's digest algorithm.
    Digest(&'a [u8]),
}

/// What an algorithm policy judges, and a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemeFacts {
    /// `rsa-pkcs1`, `rsa-pss`, `ecdsa-p256`, `ecdsa-brainpoolP256r1`, `ed25519`, `dsa`, ...
    pub scheme: &'static str,
    /// Length of the key in bits: of the modulus, the curve's order, or DSA's p.
    pub key_bits: usize,
    /// The digest algorithm; SHA-512 for Ed25519, which has it built in.
    pub digest: DigestAlgorithm,
}

/// Why a signature value could not be found good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The signature value does not belong to this message and key.
    #[error("the signature value is not right")]
    Invalid,
    /// The algorithm, curve or combination is not one that can be verified here.
    #[error("{what} cannot be verified")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// The signature algorithm is for another kind of key.
    #[error("the signature algorithm is not one of the key's kind")]
    WrongKind,
    /// A structure can't be read.
    #[error("{what} is malformed")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
    /// The key is so large that verifying with it would cost too much.
    #[error("the key has {bits} bits, more than the limit of {limit}")]
    KeyTooLarge {
        /// Bits it has.
        bits: usize,
        /// Bits allowed.
        limit: usize,
    },
}

impl From<CryptoError> for Error {
    fn from(error: CryptoError) -> Self {
        Self::new(Kind::BadInput, "signature.crypto", "the signature", error)
    }
}

impl From<CmsError> for CryptoError {
    fn from(error: CmsError) -> Self {
        Self::Malformed {
            what: match error {
                CmsError::Malformed { what } | CmsError::Truncated { what } | CmsError::UnexpectedTag { what, .. } => {
                    what
                }
                _ => "a structure",
            },
        }
    }
}

/// Verifies a signature value with a key. `spki` is a SubjectPublicKeyInfo and `algorithm` an
/// AlgorithmIdentifier, both encoded; `hint` is the digest algorithm for where the latter names none
/// (`rsaEncryption` in a SignerInfo).
pub fn verify(
    spki: &[u8],
    algorithm: &[u8],
    hint: Option<DigestAlgorithm>,
    signed: Signed<'_>,
    signature: &[u8],
) -> Result<SchemeFacts, CryptoError> {
    let key = PublicKey::read(spki)?;
    let scheme = Scheme::read(algorithm, hint, &key)?;
    let facts = key.facts(&scheme);
    if let Signed::Digest(digest) = signed
        && digest.len() != facts.digest.size()
    {
        return Err(CryptoError::Invalid);
    }
    match (&key, &scheme) {
        (PublicKey::Rsa(key), Scheme::RsaPkcs1(digest)) => rsa::verify_pkcs1(key, *digest, signed, signature)?,
        (PublicKey::Rsa(key), Scheme::RsaPss(pss)) => rsa::verify_pss(key, pss, signed, signature)?,
        (PublicKey::Ec { curve, point }, Scheme::Ecdsa(digest)) => {
            ecdsa::verify(*curve, point, *digest, signed, signature)?;
        }
        (PublicKey::Ed25519(key), Scheme::Ed25519) => {
            let Signed::Message(message) = signed else {
                return Err(CryptoError::Unsupported { what: "Ed25519 over a digest".to_owned() });
            };
            let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
            key.verify(message, signature).map_err(|_| CryptoError::Invalid)?;
        }
        (PublicKey::Dsa(key), Scheme::Dsa(digest)) => dsa::verify(key, *digest, signed, signature)?,
        _ => return Err(CryptoError::WrongKind),
    }
    Ok(facts)
}

/// What can be said of a signature before it is verified: also of one that turns out to be broken.
pub fn facts(spki: &[u8], algorithm: &[u8], hint: Option<DigestAlgorithm>) -> Result<SchemeFacts, CryptoError> {
    let key = PublicKey::read(spki)?;
    let scheme = Scheme::read(algorithm, hint, &key)?;
    Ok(key.facts(&scheme))
}

/// The digest algorithm that is named inside an RSA PKCS#1 signature value: adbe.x509.rsa_sha1 says it nowhere
/// else. None if the value is not one by this key.
pub fn pkcs1_digest(spki: &[u8], signature: &[u8]) -> Option<DigestAlgorithm> {
    let Ok(PublicKey::Rsa(key)) = PublicKey::read(spki) else { return None };
    rsa::digest_inside(&key, signature)
}

/// The digest algorithm of RSASSA-PSS-params, if MGF1 has the same and the salt is as long as its value.
pub fn usual_pss(parameters: &[u8]) -> Option<DigestAlgorithm> {
    Pss::read(parameters).ok().and_then(|pss| pss.usual())
}

/// A SubjectPublicKeyInfo whose parameters were left out, with those of its issuer's (RFC 5280 section 6.1.4
/// (e): DSA parameters may be inherited). The same if nothing is to be inherited.
pub fn inherit_parameters<'a>(spki: &'a [u8], issuer_spki: &[u8]) -> Cow<'a, [u8]> {
    let inherited = || -> Result<Option<Vec<u8>>, CmsError> {
        let what = "the public key";
        let mut members = Reader::new(spki, &Limits::DEFAULT).sequence(what)?;
        let own = AlgorithmIdentifier::read(&mut members, what)?;
        let key = members.next(what)?;
        let mut issuer = Reader::new(issuer_spki, &Limits::DEFAULT).sequence(what)?;
        let issuer = AlgorithmIdentifier::read(&mut issuer, what)?;
        let missing = own.oid == oid::DSA && own.parameters.as_ref().is_none_or(|p| p == &encode::NULL);
        if !missing || issuer.oid != own.oid {
            return Ok(None);
        }
        Ok(Some(encode::sequence(&[&issuer.raw, key.raw])))
    };
    match inherited() {
        Ok(Some(full)) => Cow::Owned(full),
        _ => Cow::Borrowed(spki),
    }
}

/// A public key, parsed.
enum PublicKey<'a> {
    Rsa(rsa::Key<'a>),
    Ec { curve: Curve, point: &'a [u8] },
    Ed25519(&'a [u8]),
    Dsa(dsa::Key<'a>),
}

impl<'a> PublicKey<'a> {
    fn read(spki: &'a [u8]) -> Result<Self, CryptoError> {
        let what = "the public key";
        let mut members = Reader::new(spki, &Limits::DEFAULT).sequence(what)?;
        let identifier = members.expect(tag::SEQUENCE, what)?;
        let algorithm = AlgorithmIdentifier::from_tlv(&identifier, what)?;
        let key = members.next(what)?.bit_string_octets(what)?;
        if algorithm.oid == oid::RSA_ENCRYPTION {
            return Ok(Self::Rsa(rsa::Key::read(key, None)?));
        }
        if algorithm.oid == oid::RSASSA_PSS {
            let restriction = algorithm.parameters.as_deref().map(Pss::read).transpose()?;
            return Ok(Self::Rsa(rsa::Key::read(key, restriction)?));
        }
        if algorithm.oid == oid::EC_PUBLIC_KEY {
            let mut parameters = Reader::new(algorithm.parameters.as_deref().unwrap_or_default(), &Limits::DEFAULT);
            if parameters.peek() != Some(tag::OID) {
                return Err(CryptoError::Unsupported { what: "a curve given by its parameters".to_owned() });
            }
            let oid = Oid::read(&mut parameters, "the curve")?;
            let curve = Curve::known(&oid);
            let curve = curve.ok_or_else(|| CryptoError::Unsupported { what: format!("the curve {oid}") })?;
            return Ok(Self::Ec { curve, point: key });
        }
        if algorithm.oid == oid::ED25519 {
            return Ok(Self::Ed25519(key));
        }
        if algorithm.oid == oid::DSA {
            // the parameters lie in spki, so that the key can borrow them
            let mut identifier = identifier.children()?;
            identifier.next(what)?;
            let parameters = if identifier.is_empty() { None } else { Some(identifier.next(what)?) };
            return Ok(Self::Dsa(dsa::Key::read(parameters, key)?));
        }
        Err(CryptoError::Unsupported { what: format!("a key of algorithm {}", algorithm.oid) })
    }

    fn facts(&self, scheme: &Scheme) -> SchemeFacts {
        let (name, key_bits) = match (self, scheme) {
            (Self::Rsa(key), Scheme::RsaPss(_)) => ("rsa-pss", key.bits()),
            (Self::Rsa(key), _) => ("rsa-pkcs1", key.bits()),
            (Self::Ec { curve, .. }, _) => (curve.scheme(), curve.bits()),
            (Self::Ed25519(_), _) => ("ed25519", 256),
            (Self::Dsa(key), _) => ("dsa", key.bits()),
        };
        SchemeFacts { scheme: name, key_bits, digest: scheme.digest() }
    }
}

/// A signature algorithm, parsed.
enum Scheme {
    RsaPkcs1(DigestAlgorithm),
    RsaPss(Pss),
    Ecdsa(DigestAlgorithm),
    Ed25519,
    Dsa(DigestAlgorithm),
}

impl Scheme {
    fn read(algorithm: &[u8], hint: Option<DigestAlgorithm>, key: &PublicKey<'_>) -> Result<Self, CryptoError> {
        use DigestAlgorithm::{Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};
        let what = "the signature algorithm";
        let mut reader = Reader::new(algorithm, &Limits::DEFAULT);
        let algorithm = AlgorithmIdentifier::read(&mut reader, what)?;
        let named = [
            (oid::SHA256_WITH_RSA, Self::RsaPkcs1(Sha256)),
            (oid::SHA384_WITH_RSA, Self::RsaPkcs1(Sha384)),
            (oid::SHA512_WITH_RSA, Self::RsaPkcs1(Sha512)),
            (oid::SHA224_WITH_RSA, Self::RsaPkcs1(Sha224)),
            (oid::SHA1_WITH_RSA, Self::RsaPkcs1(Sha1)),
            (oid::OIW_SHA1_WITH_RSA, Self::RsaPkcs1(Sha1)),
            (oid::MD5_WITH_RSA, Self::RsaPkcs1(Md5)),
            (oid::SHA3_224_WITH_RSA, Self::RsaPkcs1(Sha3_224)),
            (oid::SHA3_256_WITH_RSA, Self::RsaPkcs1(Sha3_256)),
            (oid::SHA3_384_WITH_RSA, Self::RsaPkcs1(Sha3_384)),
            (oid::SHA3_512_WITH_RSA, Self::RsaPkcs1(Sha3_512)),
            (oid::ECDSA_WITH_SHA256, Self::Ecdsa(Sha256)),
            (oid::ECDSA_WITH_SHA384, Self::Ecdsa(Sha384)),
            (oid::ECDSA_WITH_SHA512, Self::Ecdsa(Sha512)),
            (oid::ECDSA_WITH_SHA224, Self::Ecdsa(Sha224)),
            (oid::ECDSA_WITH_SHA1, Self::Ecdsa(Sha1)),
            (oid::ECDSA_WITH_SHA3_224, Self::Ecdsa(Sha3_224)),
            (oid::ECDSA_WITH_SHA3_256, Self::Ecdsa(Sha3_256)),
            (oid::ECDSA_WITH_SHA3_384, Self::Ecdsa(Sha3_384)),
            (oid::ECDSA_WITH_SHA3_512, Self::Ecdsa(Sha3_512)),
            (oid::ED25519, Self::Ed25519),
            (oid::DSA_WITH_SHA1, Self::Dsa(Sha1)),
            (oid::DSA_WITH_SHA224, Self::Dsa(Sha224)),
            (oid::DSA_WITH_SHA256, Self::Dsa(Sha256)),
        ];
        if let Some((_, scheme)) = named.into_iter().find(|(oid, _)| *oid == algorithm.oid) {
            return Ok(scheme);
        }
        if algorithm.oid == oid::RSASSA_PSS {
            let parameters = algorithm.parameters.as_deref().ok_or(CryptoError::Malformed { what })?;
            return Ok(Self::RsaPss(Pss::read(parameters)?));
        }
        // a SignerInfo may name just the kind of key (RFC 3370 section 3.2)
        let digest = hint.ok_or_else(|| CryptoError::Unsupported { what: format!("algorithm {}", algorithm.oid) })?;
        match key {
            PublicKey::Rsa(_) if algorithm.oid == oid::RSA_ENCRYPTION => Ok(Self::RsaPkcs1(digest)),
            PublicKey::Ec { .. } if algorithm.oid == oid::EC_PUBLIC_KEY => Ok(Self::Ecdsa(digest)),
            PublicKey::Dsa(_) if algorithm.oid == oid::DSA => Ok(Self::Dsa(digest)),
            _ => Err(CryptoError::Unsupported { what: format!("algorithm {}", algorithm.oid) }),
        }
    }

    const fn digest(&self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) | Self::Dsa(digest) => *digest,
            Self::RsaPss(pss) => pss.digest,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }
}

impl Signed<'_> {
    /// The digest that was signed.
    pub fn digest(self, algorithm: DigestAlgorithm) -> Vec<u8> {
        match self {
            Self::Message(message) => algorithm.hash(message),
            Self::Digest(digest) => digest.to_vec(),
        }
    }
}

/// Bits of a magnitude without leading zeros.
fn bits(magnitude: &[u8]) -> usize {
    let zeros = magnitude.first().map_or(0, |b| usize::try_from(b.leading_zeros()).unwrap_or(0));
    magnitude.len().saturating_mul(8).saturating_sub(zeros)
}

#[cfg(test)]
mod tests;
