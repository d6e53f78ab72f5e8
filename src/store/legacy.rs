//! Receipts of the law before, as they were handed in.

use super::receipts::{PayerDigest, SealedPayer};
use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// A receipt of the law before: what it says of itself, and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyRow {
    /// The unit that keeps it.
    pub unit: String,
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// Its date.
    pub date: Date,
    /// Whole dong.
    pub total: i64,
    /// Name of the collecting body.
    pub body: String,
    /// Tax code of the collecting body.
    pub tax_code: String,
    /// The code of its public page.
    pub code: String,
    /// Who paid; empty where nothing is known.
    pub payer: SealedPayer,
    /// Its files.
    pub files: Vec<LegacyFile>,
}

/// A file of such a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyFile {
    /// `xml` or `pdf`.
    pub kind: String,
    /// Its digest.
    pub sha256: Sha256,
    /// What the verification said when it came in.
    pub verdict: String,
    /// The sub-indication, where it was not valid without reserve.
    pub why: Option<String>,
    /// When it came in.
    pub imported: OffsetDateTime,
    /// Its entry in the log.
    pub log_index: u64,
}

/// Which of them are looked for; what is not given is not asked.
#[derive(Debug, Clone, Default)]
pub struct LegacyFilter {
    /// Of this unit.
    pub unit: Option<String>,
    /// Of this form, symbol and number.
    pub id: Option<(String, String, u32)>,
    /// Over this amount.
    pub total: Option<i64>,
    /// Of this payer.
    pub payer: Option<PayerDigest>,
    /// Of this day or later.
    pub from: Option<Date>,
    /// Of this day or earlier.
    pub to: Option<Date>,
    /// Behind this one, in the order of unit, form, symbol and number.
    pub after: Option<(String, String, String, u32)>,
}

/// Receipts of the law before.
#[async_trait]
pub trait LegacyTable {
    /// Keeps a new one, and its files.
    async fn put_legacy(&mut self, receipt: &LegacyRow) -> Result<(), StoreError>;

    /// Keeps what its XML says beyond what was known: collecting body and payer.
    async fn update_legacy(&mut self, receipt: &LegacyRow) -> Result<(), StoreError>;

    /// Keeps one more file of one.
    async fn put_legacy_file(&mut self, receipt: &LegacyRow, file: &LegacyFile) -> Result<(), StoreError>;

    /// At most `most` of them in the order of unit, form, symbol and number.
    async fn legacies(&mut self, filter: &LegacyFilter, most: u32) -> Result<Vec<LegacyRow>, StoreError>;

    /// The one with this code.
    async fn legacy_by_code(&mut self, code: &str) -> Result<Option<LegacyRow>, StoreError>;
}
