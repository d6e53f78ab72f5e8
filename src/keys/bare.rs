//! Public keys without certificates, as passkeys (COSE, RFC 9053) and providers of identities (JOSE, RFC 7518) have them, and what they
//! verify. Secret keys (`HS256`) and no keys at all (`none`) are not among the algorithms, so nothing can be talked into them.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

/// Bytes of an RSA modulus: 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// Bytes of the longest public exponent.
const LONGEST_EXPONENT: usize = 8;

/// How something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BareKey {
    /// On P-256: the point, uncompressed.
    P256(Vec<u8>),
    /// On P-384.
    P384(Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// RSA: modulus and exponent, without zeros before them.
    Rsa(Vec<u8>, Vec<u8>),
}

/// A point on a curve whose coordinates have `length` bytes.
fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [&[4], x, y].concat())
}

impl BareKey {
    /// A key on P-256 by its coordinates.
    pub fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        point(x, y, 32).map(Self::P256)
    }

    /// A key on P-384 by its coordinates.
    pub fn p384(x: &[u8], y: &[u8]) -> Option<Self> {
        point(x, y, 48).map(Self::P384)
    }

    /// A key of Ed25519.
    pub fn ed25519(x: &[u8]) -> Option<Self> {
        (x.len() == 32).then(|| Self::Ed25519(x.to_vec()))
    }

    /// An RSA key of 2048 to 4096 bits.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let short = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let (modulus, exponent) = (short(modulus), short(exponent));
        let fits = MODULUS.contains(&modulus.len()) && (1..=LONGEST_EXPONENT).contains(&exponent.len());
        fits.then_some(Self::Rsa(modulus, exponent))
    }

    /// Whether signatures by this algorithm can be of the key.
    pub const fn signs_by(&self, algorithm: BareAlgorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::P256(_), BareAlgorithm::Es256)
                | (Self::P384(_), BareAlgorithm::Es384)
                | (Self::Ed25519(_), BareAlgorithm::EdDsa)
                | (Self::Rsa(..), BareAlgorithm::Rs256 | BareAlgorithm::Ps256)
        )
    }

    /// Whether a signature holds, in whose value ECDSA has its numbers one behind the other, as in JOSE.
    pub fn verifies(&self, algorithm: BareAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.holds(algorithm, (&ECDSA_P256_SHA256_FIXED, &ECDSA_P384_SHA384_FIXED), message, signature)
    }

    /// The same where ECDSA is in DER, as in WebAuthn.
    pub fn verifies_der(&self, algorithm: BareAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.holds(algorithm, (&ECDSA_P256_SHA256_ASN1, &ECDSA_P384_SHA384_ASN1), message, signature)
    }

    fn holds(
        &self,
        algorithm: BareAlgorithm,
        (p256, p384): (&'static dyn VerificationAlgorithm, &'static dyn VerificationAlgorithm),
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let by = |with: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(with, key).verify(message, signature).is_ok()
        };
        match (self, algorithm) {
            (Self::P256(key), BareAlgorithm::Es256) => by(p256, key),
            (Self::P384(key), BareAlgorithm::Es384) => by(p384, key),
            (Self::Ed25519(key), BareAlgorithm::EdDsa) => by(&ED25519, key),
            (Self::Rsa(n, e), BareAlgorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            (Self::Rsa(n, e), BareAlgorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, message, signature).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_verifies_by_its_own_algorithms_only() {
        let all = [
            BareAlgorithm::Es256,
            BareAlgorithm::Es384,
            BareAlgorithm::EdDsa,
            BareAlgorithm::Rs256,
            BareAlgorithm::Ps256,
        ];
        let keys = [
            BareKey::p256(&[1; 32], &[1; 32]).unwrap(),
            BareKey::p384(&[1; 48], &[1; 48]).unwrap(),
            BareKey::ed25519(&[1; 32]).unwrap(),
            BareKey::rsa(&[1; 256], &[0, 1, 0, 1]).unwrap(),
        ];
        for key in keys {
            let by = all.iter().filter(|algorithm| key.signs_by(**algorithm)).count();
            assert_eq!(by, if matches!(key, BareKey::Rsa(..)) { 2 } else { 1 });
            assert!(all.iter().all(|algorithm| !key.verifies(*algorithm, b"x", &[0; 64])));
        }
        assert!(BareKey::p256(&[1; 31], &[1; 33]).is_none() && BareKey::ed25519(&[1; 31]).is_none());
        assert!(BareKey::rsa(&[1; 128], &[3]).is_none() && BareKey::rsa(&[1; 256], &[0]).is_none());
    }
}
