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

/// A log that somebody else keeps, as this service has last cosigned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessedRow {
    /// The log's name.
    pub origin: String,
    /// Number of its entries.
    pub size: u64,
    /// The root hash.
    pub root: Hash,
    /// The checkpoint with its log's signature and the cosignature.
    pub checkpoint: String,
}

/// Entries, tiles and head; and what witnesses have signed.
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

    /// At most `most` of the entries before an index that are found by another signature or receipt than they say.
    async fn misindexed(&mut self, before: u64, most: u32) -> Result<Vec<u64>, StoreError>;

    /// The newest checkpoint with cosignatures, and the size of its log.
    async fn log_cosigned(&mut self) -> Result<Option<(u64, String)>, StoreError>;

    /// Keeps a checkpoint with cosignatures, unless one of a larger log is kept.
    async fn put_log_cosigned(&mut self, size: u64, checkpoint: &str) -> Result<(), StoreError>;

    /// The size of the log that a witness has last cosigned, 0 if none.
    async fn log_witness(&mut self, name: &str) -> Result<u64, StoreError>;

    /// Keeps the size of the log that a witness has last cosigned.
    async fn put_log_witness(&mut self, name: &str, size: u64) -> Result<(), StoreError>;

    /// A log of somebody else, as it was last cosigned here.
    async fn witnessed_log(&mut self, origin: &str) -> Result<Option<WitnessedRow>, StoreError>;

    /// Keeps what was cosigned here of somebody else's log.
    async fn put_witnessed_log(&mut self, row: &WitnessedRow) -> Result<(), StoreError>;

    /// All logs that were cosigned here, by name.
    async fn witnessed_logs(&mut self) -> Result<Vec<WitnessedRow>, StoreError>;

    /// The verifier keys that the log has signed with before.
    async fn log_retired_keys(&mut self) -> Result<Vec<String>, StoreError>;

    /// Keeps a verifier key that the log does not sign with any more.
    async fn put_log_retired_key(&mut self, vkey: &str) -> Result<(), StoreError>;
}
