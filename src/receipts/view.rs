//! What is told of a receipt.

use super::amount::Dong;
use super::payers;
use super::request::Payer;
use super::words::in_words;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::names;
use crate::store::accounts::CollectedRow;
use crate::store::receipts::{Notice, ReceiptRow, VoidRequest};
use serde::Serialize;
use time::OffsetDateTime;
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
    /// Who paid; masked for who need not know.
    pub payer: Payer,
    /// Dossier code.
    pub dossier: Option<String>,
    /// Reference of the payment.
    pub payment_reference: Option<String>,
    /// The unit that issued it for the collecting body.
    pub delegate: Option<String>,
    /// Errors that were notified, the oldest first.
    pub notices: Vec<Remark>,
    /// That somebody asked that it be voided.
    pub void_requested: Option<VoidAsked>,
    /// What was paid, how, and who took it, where one receipt is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Its entry in the log.
    pub log: LogPlace,
    /// What somebody should look at, when it is issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// An error of a receipt that was notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Remark {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub at: OffsetDateTime,
    /// What is wrong, and what would be right.
    pub reason: String,
    /// The notice on form 04/SS-CTĐT; none where it was given before there were such papers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<RemarkPaper>,
}

/// A notice on form 04/SS-CTĐT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RemarkPaper {
    /// Which notice of the receipt it is, from 1.
    pub nth: usize,
    /// SHA-256 of the signed XML, hexadecimal.
    pub xml_sha256: String,
    /// SHA-256 of the signed PDF, hexadecimal.
    pub pdf_sha256: String,
    /// The log entry of the XML's signature.
    pub log_index: u64,
}

impl Remark {
    fn of((at, notice): (usize, &Notice)) -> Self {
        let paper = notice.paper.as_ref().map(|paper| RemarkPaper {
            nth: at.saturating_add(1),
            xml_sha256: hex::encode(paper.xml_sha256),
            pdf_sha256: hex::encode(paper.pdf_sha256),
            log_index: paper.log_index,
        });
        Self { at: notice.at, reason: notice.reason.clone(), paper }
    }
}

/// What was paid with a receipt, how, and who took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Details {
    /// Its lines.
    pub lines: Vec<LineView>,
    /// `cash`, `transfer` or `portal`.
    pub method: String,
    /// Who issued it: by the full name, by that of the token, or the user of the command line.
    pub cashier: String,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// Code of the fee.
    pub fee: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, whole dong.
    pub unit_price: i64,
    /// Whole dong.
    pub amount: i64,
}

impl Details {
    /// Those of a receipt; none if nothing was counted of it.
    pub async fn of(folder: &DataFolder, row: &ReceiptRow) -> Result<Option<Self>> {
        let mut tx = folder.store.read().await?;
        let lines = tx.collected(&row.form, &row.symbol, row.number).await?;
        let Some(first) = lines.first() else { return Ok(None) };
        let (cashier, method) = (names::of(&mut *tx, &first.cashier).await?, first.method.clone());
        let line = |CollectedRow { fee, name, quantity, unit_price, amount, .. }: CollectedRow| LineView {
            fee,
            name,
            quantity,
            unit_price,
            amount,
        };
        Ok(Some(Self { method, cashier, lines: lines.into_iter().map(line).collect() }))
    }
}

/// That somebody asked that a receipt be voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VoidAsked {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub at: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// Who: by the full name, by that of the token, or the user of the command line.
    pub by: String,
}

/// How much somebody sees of who paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All.
    Full,
    /// So much that a receipt is told from another one.
    Masked,
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
    pub fn new(folder: &DataFolder, row: ReceiptRow, public_url: &str, sight: Sight) -> Result<Self> {
        let damaged = || Error::new(Kind::BadInput, "store.damaged", "data folder", "a receipt's total is negative");
        let total = Dong::new(row.total).ok_or_else(damaged)?;
        let date = row.date.format(format_description!("[year]-[month]-[day]")).unwrap_or_default();
        let payer = payers::open(folder, &row)?;
        Ok(Self {
            payer: if sight == Sight::Full { payer } else { payers::masked(&payer) },
            dossier: row.dossier.clone(),
            payment_reference: row.reference.clone(),
            delegate: row.delegate.clone(),
            notices: row.notices.iter().enumerate().map(Remark::of).collect(),
            void_requested: row.void_request.clone().map(|VoidRequest { at, by, reason }| VoidAsked { at, reason, by }),
            warnings: Vec::new(),
            details: None,
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

/// Says by their names who asked that receipts be voided.
pub async fn name_askers(folder: &DataFolder, views: &mut [ReceiptView]) -> Result<()> {
    if views.iter().all(|view| view.void_requested.is_none()) {
        return Ok(());
    }
    let mut tx = folder.store.read().await?;
    for view in views {
        if let Some(asked) = &mut view.void_requested {
            asked.by = names::of(&mut *tx, &asked.by).await?;
        }
    }
    Ok(())
}

/// The identity of a stored receipt.
pub fn identity(row: &ReceiptRow) -> String {
    format!("{}/{}/{:08}", row.form, row.symbol, row.number)
}

/// The address of a receipt's public page.
pub fn check_url(public_url: &str, code: &str) -> String {
    format!("{public_url}/v/{code}")
}
