//! The auditor: recomputes the log from what it publishes, and holds the store against it. With no key material but public keys,
//! and sharing no code with what writes the log: it hashes, parses and verifies on its own (`tests/it/floors.rs` says so).
//!
//! | file | what |
//! | --- | --- |
//! | `merkle` | leaves, nodes, the compact range of a tree (RFC 6962) |
//! | `layout` | paths of tiles and bundles, and what is in them (C2SP tlog-tiles) |
//! | `note` | keys, signed notes, checkpoints, cosignatures, proofs (C2SP) |
//! | `entry` | what an entry says |
//! | `source/` | where a log is read: a database, a server, a folder of tiles, a bundle |
//! | `history` | that a log begins with what it was, from its tiles |
//! | `tree` | every entry and tile against the checkpoint |
//! | `told/` | what entries tell, from the log alone: receipt numbers, units, tokens, keys, rows of the database, times |
//! | `hashes` | what entries of signatures for other programs have to say |
//! | `verify` | all of that in one pass, which can be resumed |
//! | `stored/` | receipts, documents and their files against the log |
//! | `filter` | which entries somebody wants to see |
//! | `browse` | those of a database, the newest first, a page at a time |
//! | `watch` | following a log |
//! | `export` | one bundle for a court or an inspector, with a page that verifies it |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod browse;
pub mod entry;
pub mod export;
pub mod filter;
mod findings;
mod hashes;
mod history;
pub mod layout;
pub mod merkle;
pub mod note;
pub mod source;
mod stored;
mod told;
mod tree;
pub mod verify;
pub mod watch;

pub use findings::Findings;
pub use note::{Checkpoint, LogKey, WitnessKey, Witnesses};
pub use source::Source;
pub use stored::{checkpoints_of, digests_of};

use crate::error::Error;

/// Why a check does not get on.
#[derive(Debug)]
pub enum Trouble {
    /// What is read cannot be reached, or not be read at all.
    Source(Error),
    /// The log is not as it must be: one sentence.
    Log(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Source(error)
    }
}
