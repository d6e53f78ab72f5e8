//! Documents and their versions as they are kept.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::OffsetDateTime;

/// A document in its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its identifier.
    pub id: String,
    /// The unit that stored it.
    pub unit: String,
    /// The file's name, if one was given.
    pub name: Option<String>,
    /// When it was stored.
    pub created: OffsetDateTime,
    /// Its newest version.
    pub newest: VersionRow,
}

/// One state of a document: as it was stored, or after a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// 0 as it was stored, then one more for each signature.
    pub version: u32,
    /// Its bytes.
    pub sha256: Sha256,
    /// Number of bytes.
    pub size: u64,
    /// Number of pages.
    pub pages: u32,
    /// Number of signatures.
    pub signatures: u32,
    /// The log entry of its newest signature, if it was made here.
    pub log_index: Option<u64>,
    /// The log entry that says that it is kept; none if it was kept before entries said so.
    pub kept: Option<u64>,
    /// When it came into being.
    pub created: OffsetDateTime,
}

/// Documents.
#[async_trait]
pub trait DocumentTable {
    /// Keeps a new document.
    async fn put_document(&mut self, document: &DocumentRow) -> Result<(), StoreError>;

    /// A document.
    async fn document(&mut self, id: &str) -> Result<Option<DocumentRow>, StoreError>;

    /// At most `most` documents of a unit, the newest first, those behind `after` (its time and identifier) only.
    async fn documents(
        &mut self,
        unit: &str,
        after: Option<(OffsetDateTime, &str)>,
        most: u32,
    ) -> Result<Vec<DocumentRow>, StoreError>;

    /// Adds a version; false, and nothing is changed, if the newest is not the one before it.
    async fn put_version(&mut self, document: &str, version: &VersionRow) -> Result<bool, StoreError>;

    /// At most `most` versions, in the order of documents and versions, behind `after`.
    async fn versions(
        &mut self,
        after: Option<(&str, u32)>,
        most: u32,
    ) -> Result<Vec<(String, VersionRow)>, StoreError>;

    /// How many entries versions name as those that say that they are kept.
    async fn kept_versions(&mut self) -> Result<u64, StoreError>;
}
