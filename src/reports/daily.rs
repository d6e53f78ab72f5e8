//! What happened to a unit's receipts on a day, as form 01/TH-BLĐT tells it (Thông tư 91/2026/TT-BTC): one row for each line of a
//! receipt that was issued, notified or voided on it. Rows come one by one, however many there are.

use super::sheet::{Cell, Sheet};
use crate::error::Result;
use crate::receipts::catalogue::read_day;
use crate::receipts::content::{iso_date, short_date};
use crate::store::Transaction;
use crate::store::accounts::{EventKind, EventRow};
use crate::store::receipts::ReceiptRow;
use serde::Serialize;
use time::Date;

/// Events that are read at a time.
const CHUNK: u32 = 256;

/// The columns of the table.
pub const HEAD: [&str; 13] = [
    "STT",
    "Mẫu số",
    "Ký hiệu",
    "Số",
    "Ngày lập",
    "Loại phí, lệ phí",
    "Số tiền",
    "Mức thu",
    "Trạng thái",
    "Kỳ dữ liệu điều chỉnh",
    "Biên lai liên quan",
    "Giải thích",
    "Ghi chú",
];

/// What became of a receipt on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Mới: it was issued.
    New,
    /// Thay thế: it was issued in the place of the related one.
    Replaced,
    /// Điều chỉnh: an error of it was notified, and the amount stays.
    Adjusted,
    /// Hủy: it was voided.
    Cancelled,
}

impl Change {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::New, Self::Replaced, Self::Adjusted, Self::Cancelled];

    /// As the report says it.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::New => "Mới",
            Self::Replaced => "Thay thế",
            Self::Adjusted => "Điều chỉnh",
            Self::Cancelled => "Hủy",
        }
    }

    /// Its place in [`Self::ALL`].
    const fn index(self) -> usize {
        match self {
            Self::New => 0,
            Self::Replaced => 1,
            Self::Adjusted => 2,
            Self::Cancelled => 3,
        }
    }
}

/// A row of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Row {
    /// Which row, from 1.
    pub no: u64,
    /// Form code.
    pub form: String,
    /// Symbol.
    pub symbol: String,
    /// Number.
    pub number: u32,
    /// The day on which the receipt was issued.
    pub date: String,
    /// Name of the fee.
    pub fee: String,
    /// Whole dong; 0 where only texts were wrong.
    pub amount: i64,
    /// Price of one, whole dong.
    pub rate: i64,
    /// What became of it.
    #[schema(inline)]
    pub state: Change,
    /// The day of the receipt that is changed, where that is an earlier one.
    pub period_adjusted: Option<String>,
    /// The receipt that this one replaces.
    pub related: Option<String>,
    /// Why.
    pub explanation: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

impl Row {
    /// The row of the table, for people.
    pub fn cells(&self) -> Vec<Cell> {
        vec![
            self.no.into(),
            self.form.as_str().into(),
            self.symbol.as_str().into(),
            format!("{:08}", self.number).into(),
            for_people(&self.date).into(),
            self.fee.as_str().into(),
            self.amount.into(),
            self.rate.into(),
            self.state.vietnamese().into(),
            self.period_adjusted.as_deref().map(for_people).into(),
            self.related.clone().into(),
            self.explanation.clone().into(),
            self.note.clone().into(),
        ]
    }
}

/// `24/11/2026` of `2026-11-24`.
fn for_people(day: &str) -> String {
    read_day(day).map_or_else(|_| day.to_owned(), short_date)
}

/// How many receipts, over how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Sum {
    /// Receipts.
    pub receipts: u64,
    /// Whole dong.
    pub amount: i128,
}

impl Sum {
    fn add(&mut self, amount: i64) {
        self.receipts = self.receipts.saturating_add(1);
        self.amount = self.amount.saturating_add(amount.into());
    }
}

/// What the rows come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Rows.
    pub rows: u64,
    changes: [Sum; 4],
    /// Receipts that lost their place to those that replace them.
    pub superseded: Sum,
}

impl Totals {
    /// Of the receipts that this became of.
    pub fn of(&self, change: Change) -> Sum {
        self.changes.get(change.index()).copied().unwrap_or_default()
    }

    /// What was collected on the day, less what was given back.
    pub fn net(&self) -> i128 {
        self.of(Change::New).amount + self.of(Change::Replaced).amount
            - self.of(Change::Cancelled).amount
            - self.superseded.amount
    }
}

/// Tells the rows of a unit's day one by one, and what they come to.
pub async fn each(
    tx: &mut dyn Transaction,
    unit: &str,
    day: Date,
    row: &mut (dyn FnMut(&Row) -> Result<()> + Send),
) -> Result<Totals> {
    let (mut totals, mut after) = (Totals::default(), 0);
    loop {
        let events = tx.events(unit, day, after, CHUNK).await?;
        let Some(last) = events.last() else { return Ok(totals) };
        after = last.id;
        for event in &events {
            let Some(receipt) = tx.receipt(&event.form, &event.symbol, event.number).await? else { continue };
            let change = match event.kind {
                EventKind::Issued if receipt.replaces.is_some() => Change::Replaced,
                EventKind::Issued => Change::New,
                EventKind::Notified => Change::Adjusted,
                EventKind::Voided => Change::Cancelled,
                EventKind::Replaced => {
                    totals.superseded.add(receipt.total);
                    continue;
                }
            };
            let amount = if change == Change::Adjusted { 0 } else { receipt.total };
            if let Some(sum) = totals.changes.get_mut(change.index()) {
                sum.add(amount);
            }
            let (changed, explanation) = changed(tx, event, &receipt).await?;
            for line in tx.collected(&event.form, &event.symbol, event.number).await? {
                totals.rows = totals.rows.saturating_add(1);
                row(&Row {
                    no: totals.rows,
                    form: line.form,
                    symbol: line.symbol,
                    number: line.number,
                    date: iso_date(receipt.date),
                    fee: line.name,
                    amount: if change == Change::Adjusted { 0 } else { line.amount },
                    rate: line.unit_price,
                    state: change,
                    period_adjusted: changed.filter(|date| *date != day).map(iso_date),
                    related: receipt.replaces.clone().filter(|_| change == Change::Replaced),
                    explanation: explanation.clone(),
                    note: None,
                })?;
            }
        }
    }
}

/// The day of the receipt that an event changes, and why it was changed.
async fn changed(
    tx: &mut dyn Transaction,
    event: &EventRow,
    receipt: &ReceiptRow,
) -> Result<(Option<Date>, Option<String>)> {
    if event.kind != EventKind::Issued {
        return Ok((Some(receipt.date), event.reason.clone()));
    }
    let Some((series, number)) = receipt.replaces.as_deref().and_then(|id| id.rsplit_once('/')) else {
        return Ok((None, None));
    };
    let (form, symbol) = series.split_once('/').unwrap_or_default();
    let old = tx.receipt(form, symbol, number.parse().unwrap_or_default()).await?;
    Ok(old.map_or((None, None), |old| (Some(old.date), old.reason)))
}

/// Writes the rows of the table.
pub async fn write(tx: &mut dyn Transaction, unit: &str, day: Date, mut sheet: Sheet<'_>) -> Result<Totals> {
    let totals = each(tx, unit, day, &mut |row| sheet.row(&row.cells())).await?;
    sheet.finish()?;
    Ok(totals)
}
