//! Electronic receipts for fees and charges (Nghị định 254/2026/NĐ-CP, Thông tư 91/2026/TT-BTC): series and
//! numbers, what a receipt says, its signed XML and its signed PDF/A-3b; issued, replaced, voided.

pub mod amount;
pub mod book;
pub mod budget;
pub mod catalogue;
pub mod check;
pub mod content;
pub mod copy;
pub mod csv;
pub mod currency;
pub mod fees;
pub mod field;
mod flow;
mod form;
pub mod import;
pub mod issue;
pub mod layout;
pub mod legacy;
pub mod letter;
pub mod life;
pub mod order;
pub mod payers;
pub mod pdf;
pub mod photo;
pub mod press;
pub mod price;
pub mod quote;
pub mod register;
pub mod request;
pub mod scan;
pub mod search;
pub mod series;
mod slip;
pub mod spreadsheet;
pub mod stock;
pub mod style;
mod table;
pub mod view;
pub mod voiding;
pub mod words;
pub mod xml;

use crate::error::{Error, Kind};
use crate::messages::Text;
use life::State;
use series::{ReceiptId, SeriesId};
use time::Date;

/// What can go wrong with a receipt, besides what the rooms below say. A cashier reads it: in Vietnamese, with English beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The request is not the JSON that the contract asks for.
    #[error("{0}")]
    Json(Text),
    /// A field of the request is wrong.
    #[error("{field}: {why}")]
    Field {
        /// Its path, such as `lines[0].amount`.
        field: String,
        /// Why.
        why: Text,
    },
    /// The unit has a fee catalogue, and the fee is not in it.
    #[error(
        "lines[{line}].fee: {code} không có trong danh mục phí ngày {day} / {code} is not in the fee catalogue on {day}"
    )]
    NoFee {
        /// Which line.
        line: usize,
        /// The code.
        code: String,
        /// The day of collection.
        day: Date,
    },
    /// Not a symbol.
    #[error(
        "{0:?} không phải ký hiệu: hai chữ số của năm, chữ T, hai chữ cái trong A B C D E G H K L M N P Q R S T U V X Y / is not a symbol: two digits of the year, T, two of these letters"
    )]
    BadSymbol(String),
    /// Not a series.
    #[error("{0:?} không phải mẫu số và ký hiệu như EBL01/26TAA / is not a series such as EBL01/26TAA")]
    BadSeries(String),
    /// Not the identity of a receipt.
    #[error("{0:?} không phải số biên lai như EBL01/26TAA/00000001 / is not the number of a receipt")]
    BadIdentity(String),
    /// Not the identity of a receipt of the law before.
    #[error(
        "{0:?} không phải số biên lai theo quy định cũ như 01BLP0-001/AA-26E/0000001 / is not the number of a receipt of the law before"
    )]
    BadLegacy(String),
    /// The XML is not that of a receipt of the law before.
    #[error("không phải XML của biên lai theo quy định cũ / it is not the XML of a receipt of the law before: {0}")]
    Legacy(String),
    /// Not the text of a receipt's QR code.
    #[error("không phải nội dung mã QR của biên lai / it is not the text of a receipt's QR code")]
    BadCheckText,
    /// No receipts are issued from the series any more.
    #[error("ký hiệu {0} đã đóng, không lập biên lai được nữa / the series {0} is closed")]
    SeriesClosed(SeriesId),
    /// All numbers of the series are used.
    #[error("ký hiệu {0} đã dùng hết số / the series {0} has no numbers left")]
    SeriesFull(SeriesId),
    /// The series belongs to another year.
    #[error("ký hiệu {series} không phải của năm {year} / the series {series} is not of {year}")]
    WrongYear {
        /// The series.
        series: SeriesId,
        /// The year in Vietnam.
        year: i32,
    },
    /// The receipt was replaced or voided before.
    #[error("biên lai {id} {} từ trước / the receipt {id} is {} already", state.vietnamese(), state.as_str())]
    NotInForce {
        /// The receipt.
        id: ReceiptId,
        /// What has become of it.
        state: State,
    },
    /// The PDF could not be drawn.
    #[error("the PDF could not be drawn: {0}")]
    Pdf(String),
}

impl From<ReceiptError> for Error {
    fn from(error: ReceiptError) -> Self {
        let (kind, code) = match &error {
            ReceiptError::Json(_) => (Kind::BadInput, "receipt.request"),
            ReceiptError::NoFee { .. } => (Kind::BadInput, "receipt.fee"),
            ReceiptError::Field { .. } => (Kind::BadInput, "receipt.field"),
            ReceiptError::BadSymbol(_) | ReceiptError::BadSeries(_) => (Kind::BadInput, "receipt.series"),
            ReceiptError::BadCheckText => (Kind::BadInput, "receipt.qr"),
            ReceiptError::SeriesClosed(_) => (Kind::Conflict, "receipt.series_closed"),
            ReceiptError::SeriesFull(_) => (Kind::Conflict, "receipt.series_full"),
            ReceiptError::WrongYear { .. } => (Kind::Conflict, "receipt.series_year"),
            ReceiptError::NotInForce { .. } => (Kind::Conflict, "receipt.not_in_force"),
            ReceiptError::Pdf(_) => (Kind::Bug, "receipt.pdf"),
            ReceiptError::Legacy(_) => (Kind::BadInput, "legacy.xml"),
            ReceiptError::BadLegacy(_) | ReceiptError::BadIdentity(_) => (Kind::Usage, "receipt.number"),
        };
        Self::new(kind, code, "biên lai", error)
    }
}
