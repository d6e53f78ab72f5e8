//! What a receipt says: the one model from which its XML, its PDF and its check text are made.

use super::amount::Dong;
use super::currency::Exchange;
use super::order::Line;
use super::request::{Payer, Payment};
use super::series::ReceiptId;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

pub use crate::data_folder::VIETNAM;

/// The receipt's name.
pub const TITLE: &str = "Biên lai thu phí, lệ phí điện tử";

/// The collecting body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectingBody {
    /// Its name.
    pub name: String,
    /// Its tax code.
    pub tax_code: String,
    /// Its address.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its account: number and bank or treasury.
    pub account: Option<String>,
}

/// Who collects for the collecting body (Nghị định 254/2026/NĐ-CP art. 25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegate {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// The receipt that one replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its identity.
    pub id: ReceiptId,
    /// Its date.
    pub date: Date,
}

/// Everything a receipt says (Nghị định 254/2026/NĐ-CP art. 23.2, and what we add).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Form, symbol and number.
    pub id: ReceiptId,
    /// When it was issued and signed.
    pub time: OffsetDateTime,
    /// The collecting body.
    pub body: CollectingBody,
    /// Who collects for it.
    pub delegate: Option<Delegate>,
    /// Who pays.
    pub payer: Payer,
    /// What is paid.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Dong,
    /// The rate of the day, where a fee is set in a foreign currency.
    pub exchange: Option<Exchange>,
    /// How it is paid.
    pub payment: Payment,
    /// Dossier code.
    pub dossier: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// The receipt that this one replaces.
    pub replaces: Option<Replaced>,
    /// The code under which anyone can check it: 128 random bits.
    pub code: String,
    /// The address of the public page that checks it.
    pub check_url: String,
}

impl Content {
    /// The date in Vietnam.
    pub fn date(&self) -> Date {
        self.time.to_offset(VIETNAM).date()
    }
}

/// `24/11/2026`.
pub fn short_date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), u8::from(date.month()), date.year())
}

/// `2026-11-24`.
pub fn iso_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `Thay thế cho biên lai Mẫu số EBL01 ký hiệu 26TAA số 00000001 ngày 24/11/2026` (TT 91/2026 art. 20).
pub fn replacement_words(replaced: &Replaced) -> String {
    let id = &replaced.id;
    format!(
        "Thay thế cho biên lai Mẫu số {} ký hiệu {} số {} ngày {}",
        id.series.form,
        id.series.symbol,
        id.number,
        short_date(replaced.date)
    )
}
