//! Message digests under their standard names; every floor may use them.

use der::oid::ObjectIdentifier;
use sha2::Digest as _;

/// A digest algorithm that is recognised. Whether it is good enough is the algorithm policy's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321): recognised in old files, never accepted.
    Md5,
    /// SHA-1 (FIPS 180-4): recognised in old files, judged by the policy.
    Sha1,
    /// SHA-224 (FIPS 180-4).
    Sha224,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

impl DigestAlgorithm {
    /// All that are recognised.
    pub const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name used in options and reports: `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest's length in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Its object identifier in CMS and X.509.
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Md5 => "1.2.840.113549.2.5",
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha224 => "2.16.840.1.101.3.4.2.4",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        })
    }

    /// The algorithm with this object identifier.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.oid() == *oid)
    }

    /// Digest of one piece.
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(data);
        hasher.finish()
    }
}

/// SHA-256 of one piece, the digest of the log and of everything that is kept.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, data).as_ref());
    out
}

/// A running digest.
#[derive(Clone)]
pub struct Hasher(Running);

#[derive(Clone)]
enum Running {
    Ring(ring::digest::Context),
    Md5(md5::Md5),
    Sha224(sha2::Sha224),
}

impl Hasher {
    /// Starts a digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
        Self(match algorithm {
            DigestAlgorithm::Md5 => Running::Md5(md5::Md5::new()),
            DigestAlgorithm::Sha1 => Running::Ring(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            DigestAlgorithm::Sha224 => Running::Sha224(sha2::Sha224::new()),
            DigestAlgorithm::Sha256 => Running::Ring(Context::new(&SHA256)),
            DigestAlgorithm::Sha384 => Running::Ring(Context::new(&SHA384)),
            DigestAlgorithm::Sha512 => Running::Ring(Context::new(&SHA512)),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Running::Ring(c) => c.update(data),
            Running::Md5(c) => c.update(data),
            Running::Sha224(c) => c.update(data),
        }
    }

    /// The digest.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Running::Ring(c) => c.finish().as_ref().to_vec(),
            Running::Md5(c) => c.finalize().to_vec(),
            Running::Sha224(c) => c.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_gives_the_published_digest_of_abc() {
        let expected = [
            "900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ];
        for (algorithm, want) in DigestAlgorithm::ALL.into_iter().zip(expected) {
            assert_eq!(hex::encode(algorithm.hash(b"abc")), want, "{algorithm:?}");
            assert_eq!(algorithm.size() * 2, want.len());
            assert_eq!(DigestAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
        }
    }
}
