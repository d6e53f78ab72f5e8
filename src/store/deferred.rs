//! Documents that are laid out and wait for a signature from elsewhere.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::OffsetDateTime;

/// A document that waits for its signature, or had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeferredRow {
    /// Its name.
    pub id: String,
    /// What was laid out, as the office writes it.
    pub terms: String,
    /// What is appended to the document.
    pub increment: Vec<u8>,
    /// Until when the signature is taken.
    pub expires: OffsetDateTime,
    /// The log's entry and SHA-256 of the signature value, once there is an entry.
    pub logged: Option<(u64, Sha256)>,
    /// When the signed file had appeared.
    pub finished: Option<OffsetDateTime>,
}

/// Documents that wait for a signature from elsewhere.
#[async_trait]
pub trait DeferredTable {
    /// Keeps a new one.
    async fn put_deferred(&mut self, row: &DeferredRow) -> Result<(), StoreError>;

    /// One of them.
    async fn deferred(&mut self, id: &str) -> Result<Option<DeferredRow>, StoreError>;

    /// Keeps that the log has an entry of it; false if there was one already.
    async fn log_deferred(&mut self, id: &str, entry: u64, signature: &Sha256) -> Result<bool, StoreError>;

    /// Keeps that the signed file has appeared.
    async fn finish_deferred(&mut self, id: &str, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Forgets those that expired before this time.
    async fn forget_deferred(&mut self, before: OffsetDateTime) -> Result<(), StoreError>;
}
