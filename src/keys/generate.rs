//! Makes private keys.

use super::{KeyError, wrap};
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
