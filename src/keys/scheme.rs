//! Signature schemes that keys offer.

use super::KeyError;
use crate::cms::{Oid, encode, oid};
use crate::digest::DigestAlgorithm;

/// A signature scheme together with its digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) with SHA-256, SHA-384 or SHA-512.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 section 8.1), MGF1 with the same digest, salt as long as the digest.
    RsaPss(DigestAlgorithm),
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl SignatureScheme {
    /// The scheme's name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaPkcs1(_) => "rsa-pkcs1",
            Self::RsaPss(_) => "rsa-pss",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The digest algorithm, also that of a CMS made with this scheme (Ed25519: SHA-512, RFC 8419 section 2.3).
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss(digest) => digest,
            Self::EcdsaP256 => DigestAlgorithm::Sha256,
            Self::EcdsaP384 => DigestAlgorithm::Sha384,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// The signatureAlgorithm of a SignerInfo or certificate, in DER.
    pub fn algorithm_identifier(self) -> Vec<u8> {
        let plain = |oid: &Oid| encode::sequence(&[&encode::oid(oid)]);
        match self {
            Self::RsaPkcs1(digest) => {
                let oid = match digest {
                    DigestAlgorithm::Md5 => oid::MD5_WITH_RSA,
                    DigestAlgorithm::Sha1 => oid::SHA1_WITH_RSA,
                    DigestAlgorithm::Sha224 => oid::SHA224_WITH_RSA,
                    DigestAlgorithm::Sha256 => oid::SHA256_WITH_RSA,
                    DigestAlgorithm::Sha384 => oid::SHA384_WITH_RSA,
                    DigestAlgorithm::Sha512 => oid::SHA512_WITH_RSA,
                    DigestAlgorithm::Sha3_224 => oid::SHA3_224_WITH_RSA,
                    DigestAlgorithm::Sha3_256 => oid::SHA3_256_WITH_RSA,
                    DigestAlgorithm::Sha3_384 => oid::SHA3_384_WITH_RSA,
                    DigestAlgorithm::Sha3_512 => oid::SHA3_512_WITH_RSA,
                };
                // parameters NULL (RFC 8017 appendix A.2.4)
                encode::sequence(&[&encode::oid(&oid), &encode::NULL])
            }
            Self::RsaPss(digest) => {
                encode::sequence(&[&encode::oid(&oid::RSASSA_PSS), &encode::pss_parameters(digest)])
            }
            Self::EcdsaP256 => plain(&oid::ECDSA_WITH_SHA256),
            Self::EcdsaP384 => plain(&oid::ECDSA_WITH_SHA384),
            Self::Ed25519 => plain(&oid::ED25519),
        }
    }

    /// Its object identifier, dotted: `1.2.840.113549.1.1.11`. That of RSASSA-PSS names no digest algorithm.
    pub fn oid(self) -> String {
        match self {
            Self::RsaPkcs1(DigestAlgorithm::Sha384) => oid::SHA384_WITH_RSA,
            Self::RsaPkcs1(DigestAlgorithm::Sha512) => oid::SHA512_WITH_RSA,
            Self::RsaPkcs1(_) => oid::SHA256_WITH_RSA,
            Self::RsaPss(_) => oid::RSASSA_PSS,
            Self::EcdsaP256 => oid::ECDSA_WITH_SHA256,
            Self::EcdsaP384 => oid::ECDSA_WITH_SHA384,
            Self::Ed25519 => oid::ED25519,
        }
        .to_string()
    }

    /// The scheme to use among those a key offers: with this digest and this padding if they are asked for,
    /// else the key's preferred one. RSA paddings don't concern other keys.
    pub fn choose(offered: &[Self], digest: Option<DigestAlgorithm>, pss: Option<bool>) -> Result<Self, KeyError> {
        let fits = |scheme: &Self| {
            let padding = match scheme {
                Self::RsaPkcs1(_) => pss != Some(true),
                Self::RsaPss(_) => pss != Some(false),
                _ => pss.is_none(),
            };
            padding && digest.is_none_or(|d| d == scheme.digest())
        };
        offered.iter().copied().find(fits).ok_or_else(|| {
            let padding = pss.map(|pss| if pss { "PSS" } else { "PKCS#1" });
            let asked: Vec<&str> = padding.into_iter().chain(digest.map(DigestAlgorithm::name)).collect();
            let offered: Vec<String> = offered.iter().map(|s| format!("{} {}", s.name(), s.digest().name())).collect();
            KeyError::SchemeNotOffered { asked: asked.join(" and "), offered: offered.join(", ") }
        })
    }
}
