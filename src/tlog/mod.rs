//! The transparency log as formats and mathematics: RFC 6962 Merkle trees in C2SP tiles, signed notes,
//! checkpoints, and proofs that travel with what was logged.
//!
//! Nothing here keeps anything: whoever does, hands in a closure that fetches tiles. Functions that take
//! one are generic over its error, so that a failure of the storage comes through as it is.
//!
//! | file | what |
//! | --- | --- |
//! | `tree` | roots, inclusion and consistency proofs: made and verified (RFC 6962, RFC 9162) |
//! | `tile` | tiles and entry bundles, their paths; appending; subtrees from tiles (C2SP tlog-tiles) |
//! | `note` | signed notes, signers and verifier keys (C2SP signed-note) |
//! | `checkpoint` | what the log signs: origin, size and root (C2SP tlog-checkpoint) |
//! | `cosignature` | what witnesses sign of it (C2SP tlog-cosignature) |
//! | `proof` | a proof that is checked offline (C2SP tlog-proof) |
//! | `witness` | what witnesses are asked (C2SP tlog-witness) |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod checkpoint;
pub mod cosignature;
pub mod note;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod witness;

pub use checkpoint::Checkpoint;
pub use note::{Signer, VerifierKey};
pub use proof::{LogPolicy, Proof};

use crate::digest::sha256;
use crate::error::{Error, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A Merkle Tree Hash (RFC 6962 section 2.1), SHA-256.
pub type Hash = [u8; 32];

/// The root of a tree without leaves: the hash of nothing (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The hash of a leaf: SHA-256(0x00 || entry) (RFC 6962 section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry].concat())
}

/// The hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962 section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left.as_slice(), right].concat())
}

/// What can be wrong with a log, or with what claims to come from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    /// There is no such entry in a tree of this size.
    #[error("there is no entry {index} in a log of {size} entries")]
    NoSuchEntry {
        /// The entry's index, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a log of {new} entries cannot follow one of {old} entries")]
    Shrunk {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// The inclusion proof does not lead from the leaf to the root (RFC 9162 section 2.1.3.2).
    #[error("the inclusion proof does not lead from the entry to the log's root hash")]
    NotIncluded,
    /// The consistency proof does not lead to both roots (RFC 9162 section 2.1.4.2).
    #[error("the newer log does not contain the older one unchanged")]
    NotConsistent,
    /// A tile does not hold as many hashes as the tree has there.
    #[error("tile {index} of level {level} has {found} hashes where {expected} are needed")]
    WrongTile {
        /// Its level.
        level: u8,
        /// Its index within the level.
        index: u64,
        /// Hashes it has.
        found: usize,
        /// Hashes it must have, or at least have.
        expected: usize,
    },
    /// Something is not as its standard has it.
    #[error("{what}")]
    Malformed {
        /// What is wrong, as a sentence.
        what: &'static str,
    },
    /// Something is larger than the limits allow.
    #[error("{what} is larger than the limit of {limit}")]
    TooLarge {
        /// What it is, with its unit.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A verifier key is not one (C2SP signed-note, verifier keys).
    #[error("the log key is not a verifier key: {why}")]
    BadVerifierKey {
        /// Why.
        why: &'static str,
    },
    /// A private key cannot sign notes.
    #[error("the log's private key cannot be used: {why}")]
    BadSignerKey {
        /// Why.
        why: &'static str,
    },
    /// A signature by a known key does not verify.
    #[error("the signature of {name} does not verify")]
    BadSignature {
        /// The key's name.
        name: String,
    },
    /// None of the keys that are known has signed.
    #[error("it is signed by none of the known log keys")]
    NoKnownSignature,
    /// Fewer witnesses than are needed have cosigned the checkpoint.
    #[error("{found} of the known witnesses have cosigned its checkpoint, and {needed} must have")]
    NotWitnessed {
        /// How many have.
        found: usize,
        /// How many must have.
        needed: usize,
    },
    /// The checkpoint is of another log than its signer's.
    #[error("the checkpoint is of the log {origin}, whose own key has not signed it")]
    ForeignOrigin {
        /// The checkpoint's origin line.
        origin: String,
    },
}

impl From<TlogError> for Error {
    fn from(error: TlogError) -> Self {
        let (kind, code) = match &error {
            TlogError::NoSuchEntry { .. } => (Kind::NotFound, "tlog.no_such_entry"),
            TlogError::Shrunk { .. } | TlogError::NotConsistent => (Kind::BadInput, "tlog.inconsistent"),
            TlogError::NotIncluded => (Kind::BadInput, "tlog.not_included"),
            TlogError::WrongTile { .. } => (Kind::BadInput, "tlog.damaged"),
            TlogError::Malformed { .. } => (Kind::BadInput, "tlog.malformed"),
            TlogError::TooLarge { .. } => (Kind::BadInput, "tlog.limits"),
            TlogError::BadVerifierKey { .. } | TlogError::BadSignerKey { .. } => (Kind::BadInput, "tlog.key"),
            TlogError::BadSignature { .. } => (Kind::BadInput, "tlog.bad_signature"),
            TlogError::NoKnownSignature | TlogError::ForeignOrigin { .. } => (Kind::BadInput, "tlog.unknown_log"),
            TlogError::NotWitnessed { .. } => (Kind::BadInput, "tlog.not_witnessed"),
        };
        Self::new(kind, code, "the log", &error)
    }
}

/// Decimal digits without leading zeros, as sizes and indices are written in checkpoints, proofs and paths.
fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if canonical && digits { text.parse().ok() } else { None }
}

/// A hash in base64 (RFC 4648 section 4); only its one canonical spelling.
fn hash_from_base64(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_rfc_6962() {
        assert_eq!(EMPTY_ROOT, sha256(b""));
        // the reference implementation's leaf and node examples
        let leaf = leaf_hash(b"L123456");
        assert_eq!(hex::encode(leaf), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
        assert_eq!(
            sha256(b"\x01N123N456").to_vec(),
            hex::decode("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb").unwrap()
        );
        let (left, right) = (leaf_hash(b"N123"), leaf_hash(b"N456"));
        assert_eq!(node_hash(&left, &right), sha256(&[&[1][..], &left, &right].concat()));
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "18446744073709551616", "١"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }
}
