//! Makes private keys.

use super::{KeyError, SignatureScheme, wrap};
use crate::cms::{encode, oid};
use crate::digest::DigestAlgorithm;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use rsa::pkcs8::EncodePrivateKey;
use zeroize::Zeroizing;

/// The kinds of keys that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyAlgorithm {
    /// By which scheme a key of this kind signs the request for its certificate.
    pub(super) const fn scheme(self) -> SignatureScheme {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
            Self::P256 => SignatureScheme::EcdsaP256,
            Self::P384 => SignatureScheme::EcdsaP384,
            Self::Ed25519 => SignatureScheme::Ed25519,
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7; RFC 3279 section 2.3.1, RFC 5480 section 2, RFC 8410 section 4) of a
    /// public key: RSAPublicKey in DER, the point, or the 32 octets.
    pub(super) fn public_key_info(self, key: &[u8]) -> Vec<u8> {
        let ec = |curve| encode::sequence(&[&encode::oid(&oid::EC_PUBLIC_KEY), &encode::oid(curve)]);
        let identifier = match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => {
                encode::sequence(&[&encode::oid(&oid::RSA_ENCRYPTION), &encode::NULL])
            }
            Self::P256 => ec(&oid::P256),
            Self::P384 => ec(&oid::P384),
            Self::Ed25519 => encode::sequence(&[&encode::oid(&oid::ED25519)]),
        };
        encode::sequence(&[&identifier, &encode::bit_string(key)])
    }
}

/// Random bytes.
pub fn random_bytes<const N: usize>(random: &dyn SecureRandom) -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes).map_err(|_| KeyError::GenerationFailed)?;
    Ok(bytes)
}

/// A new private key, as PKCS#8 in DER. An RSA key takes up to some seconds.
pub fn generate(algorithm: KeyAlgorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let random = SystemRandom::new();
    let failed = |_| KeyError::GenerationFailed;
    let document = match algorithm {
        KeyAlgorithm::Rsa2048 => return rsa(2048),
        KeyAlgorithm::Rsa3072 => return rsa(3072),
        KeyAlgorithm::Rsa4096 => return rsa(4096),
        KeyAlgorithm::P256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random),
        KeyAlgorithm::P384 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &random),
        KeyAlgorithm::Ed25519 => {
            let document = Ed25519KeyPair::generate_pkcs8(&random).map_err(failed)?;
            // ring adds the public key in a way that openssl 3.0 does not read
            return wrap::without_public_key(document.as_ref()).map_err(|_| KeyError::GenerationFailed);
        }
    };
    document.map(|d| Zeroizing::new(d.as_ref().to_vec())).map_err(failed)
}

fn rsa(bits: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let key = rsa::PrivateKey::new(&mut rand::rng(), bits).map_err(|_| KeyError::GenerationFailed)?;
    let document = key.to_pkcs8_der().map_err(|_| KeyError::GenerationFailed)?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}
