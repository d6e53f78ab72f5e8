//! The audit log as it is kept.

use super::StoreError;
use crate::tlog::Hash;
use async_trait::async_trait;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// The entry's bytes, as they are hashed.
    pub entry: Vec<u8>,
    /// SHA-256 of the signature value that it records, to be found by.
    pub signature: Option<Hash>,
    /// The receipt that it is about, to be found by.
    pub receipt: Option<String>,
}

/// The head of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// Number of entries.
    pub size: u64,
    /// The root hash.
    pub root: Hash,
    /// The signed checkpoint of this size and root.
    pub checkpoint: String,
}

/// Entries, tiles and head.
#[async_trait]
pub trait LogTable {
    /// The head; none before the log is made.
    async fn log_head(&mut self) -> Result<Option<LogHead>, StoreError>;

    /// Moves the head from a log of `from` entries (none: it is made) by compare-and-swap; false, and nothing is changed, if the
    /// head is another.
    async fn move_log_head(&mut self, from: Option<u64>, to: &LogHead) -> Result<bool, StoreError>;

    /// The hashes of a tile so far; empty if there are none.
    async fn log_tile(&mut self, level: u8, index: u64) -> Result<Vec<Hash>, StoreError>;

    /// Keeps the hashes of a tile so far.
    async fn put_log_tile(&mut self, level: u8, index: u64, hashes: &[Hash]) -> Result<(), StoreError>;

    /// Keeps entries whose indexes begin with `first`.
    async fn put_log_entries(&mut self, first: u64, rows: &[LogRow]) -> Result<(), StoreError>;

    /// At most `most` entries from `first` on, in order, with their indexes.
    async fn log_entries(&mut self, first: u64, most: u32) -> Result<Vec<(u64, LogRow)>, StoreError>;

    /// The indexes of the entries about a signature.
    async fn log_entries_of_signature(&mut self, signature: &Hash) -> Result<Vec<u64>, StoreError>;

    /// The indexes of the entries about a receipt.
    async fn log_entries_of_receipt(&mut self, receipt: &str) -> Result<Vec<u64>, StoreError>;
}
