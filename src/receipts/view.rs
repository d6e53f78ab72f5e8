//! What is told of a receipt (contract section 5).

use super::amount::Dong;
use super::words::in_words;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::store::receipts::ReceiptRow;
use serde::Serialize;
use time::macros::format_description;

/// A receipt as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReceiptView {
    /// Its identity: `EBL01/26TAA/00000001`.
    pub id: String,
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// The day in Vietnam on which it was issued, `2026-11-24`.
    pub date: String,
    /// `issued`, `replaced` or `voided`.
    pub state: String,
    /// Whole dong.
    pub total: i64,
    /// The total in words.
    pub total_words: String,
    /// SHA-256 of the signed XML, hexadecimal.
    pub xml_sha256: String,
    /// SHA-256 of the signed PDF, hexadecimal.
    pub pdf_sha256: String,
    /// The code of its public page.
    pub code: String,
    /// The address of its public page.
    pub check_url: String,
    /// The receipt that it replaces.
    pub replaces: Option<String>,
    /// The receipt that replaces it.
    pub replaced_by: Option<String>,
    /// Why it was replaced or voided.
    pub reason: Option<String>,
    /// Its entry in the log.
    pub log: LogPlace,
}

/// Where an entry is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LogPlace {
    /// The log's name.
    pub origin: String,
    /// The entry's index.
    pub index: u64,
    /// The size of the log that its proof is for.
    pub size: u64,
}

impl ReceiptView {
    /// A receipt as the store has it.
    pub fn new(folder: &DataFolder, row: ReceiptRow, public_url: &str) -> Result<Self> {
        let damaged = || Error::new(Kind::BadInput, "store.damaged", "data folder", "a receipt's total is negative");
        let total = Dong::new(row.total).ok_or_else(damaged)?;
        let date = row.date.format(format_description!("[year]-[month]-[day]")).unwrap_or_default();
        Ok(Self {
            id: identity(&row),
            number: row.number,
            date,
            total: row.total,
            total_words: in_words(total),
            xml_sha256: hex::encode(row.xml_sha256),
            pdf_sha256: hex::encode(row.pdf_sha256),
            check_url: check_url(public_url, &row.code),
            log: LogPlace { origin: folder.log.origin().to_owned(), index: row.log_index, size: row.log_size },
            form: row.form,
            symbol: row.symbol,
            state: row.state,
            code: row.code,
            replaces: row.replaces,
            replaced_by: row.replaced_by,
            reason: row.reason,
        })
    }
}

/// The identity of a stored receipt.
pub fn identity(row: &ReceiptRow) -> String {
    format!("{}/{}/{:08}", row.form, row.symbol, row.number)
}

/// The address of a receipt's public page.
pub fn check_url(public_url: &str, code: &str) -> String {
    format!("{public_url}/v/{code}")
}
