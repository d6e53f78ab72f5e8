//! What a certificate says of its key, and keys of which no more than that is here.

use super::{KeyError, SignatureScheme, SigningKey};
use crate::cms::ber::Reader;
use crate::cms::{AlgorithmIdentifier, CmsError, Oid, ess, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use crate::pki::crypto::{self, Signed};
use async_trait::async_trait;
use std::fmt;

/// Of an RSA key.
pub(super) const RSA_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384),
    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha256),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha384),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha512),
];

/// Of a key whose certificate says that it is for PSS only (RFC 4055 section 1.2).
const RSA_PSS_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::RsaPss(DigestAlgorithm::Sha256),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha384),
    SignatureScheme::RsaPss(DigestAlgorithm::Sha512),
];

/// What kind of key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    P256,
    P384,
    Ed25519,
    Other(Oid),
}

impl Algorithm {
    pub(super) fn of(identifier: &AlgorithmIdentifier) -> Result<Self, CmsError> {
        let oid = &identifier.oid;
        // a key restricted to PSS is an RSA key
        Ok(if *oid == oid::RSA_ENCRYPTION || *oid == oid::RSASSA_PSS {
            Self::Rsa
        } else if *oid == oid::ED25519 {
            Self::Ed25519
        } else if *oid == oid::EC_PUBLIC_KEY {
            let parameters = identifier.parameters.as_deref().unwrap_or_default();
            let curve = Oid::read(&mut Reader::new(parameters, &Limits::DEFAULT), "the curve")?;
            if curve == oid::P256 {
                Self::P256
            } else if curve == oid::P384 {
                Self::P384
            } else {
                Self::Other(curve)
            }
        } else {
            Self::Other(oid.clone())
        })
    }
}

/// The public key of a certificate: RSAPublicKey in DER, the point, or the 32 octets.
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    pss_only: bool,
    pub(super) key: Vec<u8>,
}

impl PublicKey {
    pub(super) fn of_certificate(certificate: &[u8]) -> Result<Self, KeyError> {
        Self::read(certificate).map_err(|_| KeyError::Unreadable { what: "the certificate" })
    }

    fn read(certificate: &[u8]) -> Result<Self, CmsError> {
        let what = "the certificate's public key";
        let spki = ess::subject_public_key_info(certificate, &Limits::DEFAULT)?;
        let mut members = Reader::new(spki, &Limits::DEFAULT).sequence(what)?;
        let identifier = AlgorithmIdentifier::read(&mut members, what)?;
        let key = members.next(what)?.bit_string_octets(what)?.to_vec();
        Ok(Self { algorithm: Algorithm::of(&identifier)?, pss_only: identifier.oid == oid::RSASSA_PSS, key })
    }
    /// What the key can sign with here, the preferred one first.
    pub(super) fn schemes(&self) -> Result<&'static [SignatureScheme], KeyError> {
        Ok(match &self.algorithm {
            Algorithm::Rsa => {
                let bits = self.modulus_bits()?;
                if !(2048..=4096).contains(&bits) {
                    return Err(KeyError::Unsupported {
                        what: format!("an RSA key of {bits} bits (2048 to 4096 are)"),
                    });
                }
                if self.pss_only { RSA_PSS_SCHEMES } else { RSA_SCHEMES }
            }
            Algorithm::P256 => &[SignatureScheme::EcdsaP256],
            Algorithm::P384 => &[SignatureScheme::EcdsaP384],
            Algorithm::Ed25519 => &[SignatureScheme::Ed25519],
            Algorithm::Other(oid) => return Err(KeyError::Unsupported { what: format!("a key of algorithm {oid}") }),
        })
    }

    /// The modulus of an RSA key, without leading zeros.
    pub(super) fn modulus(&self) -> Result<&[u8], KeyError> {
        let what = "the RSA public key";
        let mut members =
            Reader::new(&self.key, &Limits::DEFAULT).sequence(what).map_err(|_| KeyError::Unreadable { what })?;
        members.next(what).and_then(|n| n.unsigned(what)).map_err(|_| KeyError::Unreadable { what })
    }

    fn modulus_bits(&self) -> Result<usize, KeyError> {
        let modulus = self.modulus()?;
        let leading = modulus.first().map_or(0, |b| usize::try_from(b.leading_zeros()).unwrap_or(0));
        Ok(modulus.len().saturating_mul(8).saturating_sub(leading))
    }

    /// The most bytes that a signature by this scheme takes.
    pub(super) fn signature_len(&self, scheme: SignatureScheme) -> usize {
        match scheme {
            // SEQUENCE of two INTEGERs of up to 33 or 49 octets
            SignatureScheme::EcdsaP256 => 72,
            SignatureScheme::EcdsaP384 => 104,
            SignatureScheme::Ed25519 => 64,
            SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) => self.modulus().map_or(0, <[u8]>::len),
        }
    }
}

/// A key of which only the certificate is here. It says all that must be known before a signature, and judges the signature
/// values that come from wherever the private key is; [`sign`](SigningKey::sign) is refused.
pub struct PublicHalf {
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: PublicKey,
    schemes: &'static [SignatureScheme],
}

impl PublicHalf {
    /// From the certificate and its issuers' certificates, DER. RSA of 2048 to 4096 bits, P-256, P-384, Ed25519.
    pub fn new(certificate: Vec<u8>, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        let key = PublicKey::of_certificate(&certificate)?;
        let schemes = key.schemes()?;
        Ok(Self { certificate, chain, key, schemes })
    }

    /// The same from a file (PEM or DER) that begins with the certificate, and one with further certificates of its issuers.
    pub fn read(certificate: &[u8], chain: Option<&[u8]>) -> Result<Self, KeyError> {
        let mut all = super::pem::certificates(certificate)?;
        if let Some(chain) = chain {
            all.extend(super::pem::certificates(chain)?);
        }
        let own = all.first().ok_or(KeyError::NoCertificate)?.clone();
        let others: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        let chain = super::pkcs12::chain(&own, &others);
        Self::new(own, chain)
    }

    /// With these certificates of its issuers.
    pub(super) fn with_chain(self, chain: Vec<Vec<u8>>) -> Self {
        Self { chain, ..self }
    }

    /// The certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The issuers' certificates, in DER.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// What the key can sign with, the preferred one first.
    pub const fn schemes(&self) -> &[SignatureScheme] {
        self.schemes
    }

    /// The most bytes a signature by this scheme takes.
    pub fn signature_len(&self, scheme: SignatureScheme) -> usize {
        self.key.signature_len(scheme)
    }

    /// Whether the value is this key's signature of the message.
    pub fn check(&self, scheme: SignatureScheme, message: &[u8], value: &[u8]) -> Result<(), KeyError> {
        self.verify(scheme, Signed::Message(message), value)
    }

    /// Whether it is this key's signature of what has this digest.
    pub fn check_digest(&self, scheme: SignatureScheme, digest: &[u8], value: &[u8]) -> Result<(), KeyError> {
        self.verify(scheme, Signed::Digest(digest), value)
    }

    fn verify(&self, scheme: SignatureScheme, signed: Signed<'_>, value: &[u8]) -> Result<(), KeyError> {
        let spki = ess::subject_public_key_info(&self.certificate, &Limits::DEFAULT)
            .map_err(|_| KeyError::Unreadable { what: "the certificate" })?;
        crypto::verify(spki, &scheme.algorithm_identifier(), None, signed, value)
            .map(|_| ())
            .map_err(|_| KeyError::WrongSignature)
    }

    /// Refuses a digest that the key cannot sign by this scheme.
    pub(super) fn offers_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<(), KeyError> {
        self.offers(scheme)?;
        if scheme == SignatureScheme::Ed25519 {
            return Err(KeyError::Unsupported { what: "an Ed25519 signature of a digest".to_owned() });
        }
        if digest.len() != scheme.digest().size() {
            return Err(KeyError::Unreadable { what: "the digest" });
        }
        Ok(())
    }

    /// Refuses a scheme that is not the key's.
    pub(super) fn offers(&self, scheme: SignatureScheme) -> Result<(), KeyError> {
        if self.schemes.contains(&scheme) {
            return Ok(());
        }
        Err(KeyError::SchemeNotOffered {
            asked: scheme.name().to_owned(),
            offered: self.schemes.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "),
        })
    }
}

impl fmt::Debug for PublicHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicHalf").field("schemes", &self.schemes).finish_non_exhaustive()
    }
}

#[async_trait]
impl SigningKey for PublicHalf {
    fn public(&self) -> &PublicHalf {
        self
    }

    async fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Elsewhere)
    }

    async fn sign_digest(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Elsewhere)
    }
}
