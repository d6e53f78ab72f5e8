//! Series and receipts as they are kept.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
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
    /// Its last number.
    pub last: u32,
    /// Whether receipts are issued from it.
    pub is_open: bool,
    /// `counter` or `portal`, if it is for one of them only.
    pub channel: Option<String>,
    /// Its registration with the tax office: number and date.
    pub registration: Option<String>,
    /// What each of its receipts is over, whole dong, where that is printed on them.
    pub denomination: Option<i64>,
    /// When it was made.
    pub created: OffsetDateTime,
    /// When it was closed.
    pub closed: Option<OffsetDateTime>,
}

/// Numbers of a series that another unit issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRow {
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// The first number.
    pub first: u32,
    /// The last number.
    pub last: u32,
    /// The next number.
    pub next: u32,
    /// The unit that issues them.
    pub delegate: String,
    /// Whether receipts are issued from it.
    pub is_open: bool,
    /// When it was delegated.
    pub created: OffsetDateTime,
}

/// Who paid: sealed, and a keyed digest of what is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealedPayer {
    /// All that is known, sealed.
    pub sealed: Vec<u8>,
    /// Of the whole name, where it is not found by its words.
    pub name: Option<Vec<u8>>,
    /// Of the tax code.
    pub tax_code: Option<Vec<u8>>,
    /// Of the personal identification number.
    pub personal_id: Option<Vec<u8>>,
}

/// An error of a receipt that was notified (form 04/SS-CTĐT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What is wrong, and what would be right.
    pub reason: String,
    /// The notice itself; none where it was given before there were such papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<NoticePaper>,
}

/// A notice as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePaper {
    /// Its signed XML.
    #[serde(with = "hexadecimal")]
    pub xml_sha256: Sha256,
    /// Its signed PDF.
    #[serde(with = "hexadecimal")]
    pub pdf_sha256: Sha256,
    /// The log entry of its XML's signature.
    pub log_index: u64,
}

/// A digest as text, by which SQL finds it.
mod hexadecimal {
    use crate::store::Sha256;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(sha256: &Sha256, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(sha256))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sha256, D::Error> {
        let bytes = hex::decode(String::deserialize(from)?).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_| D::Error::custom("it has not 32 bytes"))
    }
}

/// A request that a receipt be voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidRequest {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub by: String,
    /// Why.
    pub reason: String,
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
    /// The unit that issued it for the one whose it is.
    pub delegate: Option<String>,
    /// Dossier code.
    pub dossier: Option<String>,
    /// Reference of the payment.
    pub reference: Option<String>,
    /// What the payment is known by: its reference, whatever its letter case.
    pub payment: Option<String>,
    /// Who paid.
    pub payer: SealedPayer,
    /// Errors that were notified, the oldest first.
    pub notices: Vec<Notice>,
    /// The request that it be voided.
    pub void_request: Option<VoidRequest>,
}

/// Which receipts are looked for; what is not given is not asked.
#[derive(Debug, Clone, Default)]
pub struct ReceiptFilter {
    /// Of this unit.
    pub unit: Option<String>,
    /// Issued by this unit for another one.
    pub delegate: Option<String>,
    /// With this dossier code.
    pub dossier: Option<String>,
    /// For this payment.
    pub payment: Option<String>,
    /// With this code.
    pub code: Option<String>,
    /// Collected at `counter` or `portal`.
    pub channel: Option<String>,
    /// With this number, in whatever series.
    pub number: Option<u32>,
    /// Over this amount.
    pub total: Option<i64>,
    /// Of a payer with the words of the name, the tax code or the personal identification number of this digest.
    pub payer: Option<PayerDigest>,
    /// Of this series: form and symbol.
    pub series: Option<(String, String)>,
    /// In this state.
    pub state: Option<String>,
    /// In force, of this unit or of one below it, and to be voided if somebody approves it.
    pub void_requested_within: Option<String>,
    /// Issued on this day or later.
    pub from: Option<Date>,
    /// Issued on this day or earlier.
    pub to: Option<Date>,
    /// Behind this one.
    pub after: Option<(String, String, u32)>,
    /// The last ones first.
    pub newest_first: bool,
}

/// What a payer is looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayerDigest {
    /// The whole name, of a receipt of the law before.
    Name(Vec<u8>),
    /// Words of the name, all of them; digests of unit and word.
    Words(Vec<Vec<u8>>),
    /// The tax code.
    TaxCode(Vec<u8>),
    /// The personal identification number.
    PersonalId(Vec<u8>),
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

    /// Keeps what changes of a series: the next number, whether it is open, when it was closed.
    async fn update_series(&mut self, series: &SeriesRow) -> Result<(), StoreError>;

    /// Keeps a new range of a series.
    async fn put_range(&mut self, range: &RangeRow) -> Result<(), StoreError>;

    /// The ranges of a series, in the order of their numbers.
    async fn ranges(&mut self, form: &str, symbol: &str) -> Result<Vec<RangeRow>, StoreError>;

    /// The ranges that were delegated to a unit.
    async fn ranges_of(&mut self, delegate: &str) -> Result<Vec<RangeRow>, StoreError>;

    /// Keeps what changes of a range: the next number, and whether it is open.
    async fn update_range(&mut self, range: &RangeRow) -> Result<(), StoreError>;

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

    /// The receipt of a unit that this payment gave: the one in force, else the newest that was voided.
    async fn receipt_by_payment(&mut self, unit: &str, payment: &str) -> Result<Option<ReceiptRow>, StoreError>;

    /// At most `most` receipts: of a unit in the order of days, forms, symbols and numbers; of a series, or of all units, in that of
    /// forms, symbols and numbers.
    async fn receipts(&mut self, filter: &ReceiptFilter, most: u32) -> Result<Vec<ReceiptRow>, StoreError>;

    /// Counts and sums of a unit's receipts that were issued in these days, by form, symbol and state.
    async fn receipt_totals(
        &mut self,
        unit: &str,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<ReceiptTotal>, StoreError>;

    /// Has a receipt found by these words of its payer's name, and by a digest of the whole of it no longer.
    async fn put_payer_words(&mut self, receipt: &ReceiptRow, words: &[Vec<u8>]) -> Result<(), StoreError>;

    /// Whether a receipt is found by all of these words.
    async fn has_payer_words(&mut self, receipt: &ReceiptRow, words: &[Vec<u8>]) -> Result<bool, StoreError>;

    /// At most `most` receipts that are not found by words yet, because they are older than these.
    async fn receipts_without_words(&mut self, most: u32) -> Result<Vec<ReceiptRow>, StoreError>;

    /// Keeps what changes of a receipt: its state, what replaces it, why, and what was notified or asked for.
    async fn update_receipt(&mut self, receipt: &ReceiptRow) -> Result<(), StoreError>;
}
