//! Series and receipts as they are kept.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// A series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// The unit that issues from it.
    pub unit: String,
    /// The number of the next receipt.
    pub next: u32,
    /// Whether receipts are issued from it.
    pub is_open: bool,
    /// When it was made.
    pub created: OffsetDateTime,
}

/// A receipt, without what its XML alone holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// The unit that issued it.
    pub unit: String,
    /// The day in Vietnam on which it was issued.
    pub date: Date,
    /// `issued`, `replaced` or `voided`.
    pub state: String,
    /// Whole dong.
    pub total: i64,
    /// The code of its public page.
    pub code: String,
    /// Its signed XML.
    pub xml_sha256: Sha256,
    /// Its signed PDF.
    pub pdf_sha256: Sha256,
    /// The log entry of its XML's signature.
    pub log_index: u64,
    /// The size of the log that the proof in its XML is for.
    pub log_size: u64,
    /// The receipt that it replaces.
    pub replaces: Option<String>,
    /// The receipt that replaces it.
    pub replaced_by: Option<String>,
    /// Why it was replaced or voided.
    pub reason: Option<String>,
    /// What makes a repeated request the same one.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the request.
    pub request_sha256: Sha256,
}

/// Which receipts are looked for; what is not given is not asked.
#[derive(Debug, Clone, Default)]
pub struct ReceiptFilter {
    /// Of this unit.
    pub unit: Option<String>,
    /// Of this series: form and symbol.
    pub series: Option<(String, String)>,
    /// In this state.
    pub state: Option<String>,
    /// Issued on this day or later.
    pub from: Option<Date>,
    /// Issued on this day or earlier.
    pub to: Option<Date>,
    /// Behind this one, in the order of form, symbol and number.
    pub after: Option<(String, String, u32)>,
}

/// How many receipts of one series are in one state, and over how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptTotal {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// `issued`, `replaced` or `voided`.
    pub state: String,
    /// How many.
    pub count: u64,
    /// The sum of their totals, whole dong.
    pub total: i128,
}

/// Series and receipts.
#[async_trait]
pub trait ReceiptTable {
    /// Keeps a new series.
    async fn put_series(&mut self, series: &SeriesRow) -> Result<(), StoreError>;

    /// A series.
    async fn series(&mut self, form: &str, symbol: &str) -> Result<Option<SeriesRow>, StoreError>;

    /// All series, of one unit if it is given, by form and symbol.
    async fn all_series(&mut self, unit: Option<&str>) -> Result<Vec<SeriesRow>, StoreError>;

    /// Keeps what changes of a series: the next number, and whether it is open.
    async fn update_series(&mut self, series: &SeriesRow) -> Result<(), StoreError>;

    /// Keeps a new receipt.
    async fn put_receipt(&mut self, receipt: &ReceiptRow) -> Result<(), StoreError>;

    /// A receipt.
    async fn receipt(&mut self, form: &str, symbol: &str, number: u32) -> Result<Option<ReceiptRow>, StoreError>;

    /// The receipt with this code.
    async fn receipt_by_code(&mut self, code: &str) -> Result<Option<ReceiptRow>, StoreError>;

    /// The receipt whose signed XML or signed PDF has this digest.
    async fn receipt_by_file(&mut self, sha256: &Sha256) -> Result<Option<ReceiptRow>, StoreError>;

    /// The receipt that was issued for this request.
    async fn receipt_by_idempotency_key(&mut self, key: &str) -> Result<Option<ReceiptRow>, StoreError>;

    /// At most `most` receipts in the order of form, symbol and number.
    async fn receipts(&mut self, filter: &ReceiptFilter, most: u32) -> Result<Vec<ReceiptRow>, StoreError>;

    /// Counts and sums of a unit's receipts that were issued in these days, by form, symbol and state.
    async fn receipt_totals(
        &mut self,
        unit: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<ReceiptTotal>, StoreError>;

    /// Keeps what changes of a receipt: its state, what replaces it, and why.
    async fn update_receipt(&mut self, receipt: &ReceiptRow) -> Result<(), StoreError>;
}
