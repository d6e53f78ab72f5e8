//! A cashier's shift closed: what was taken since the last closing, by fee and way of payment, held against the receipts and against the
//! cash that the cashier counted. It is kept, logged, and signed as a PDF to print.

use super::paper::{Column, Paper};
use super::{name_of, signing, unit_of};
use crate::audit::entry::Action;
use crate::audit::row;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::units;
use crate::receipts::amount::grouped;
use crate::receipts::content::short_date;
use crate::receipts::field::{NOTE, text};
use crate::receipts::issue::Counter;
use crate::receipts::request::PaymentMethod;
use crate::store::accounts::{EventCount, EventKind, ShiftRow, TakingRow};
use crate::store::people::UnitRow;
use crate::store::{Sha256, Transaction};
use serde::{Deserialize, Serialize};
use std::fs::File;
use time::OffsetDateTime;

/// What was counted when a shift was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Summary {
    /// What was taken and given back, by fee and way of payment.
    pub lines: Vec<Line>,
    /// Receipts that were issued.
    pub issued: u64,
    /// Receipts that lost their place to others.
    pub replaced: u64,
    /// Receipts that were voided.
    pub voided: u64,
    /// Whole dong in cash that there must be.
    pub cash: i64,
    /// Whole dong by transfer.
    pub transfer: i64,
    /// Whole dong through the portal.
    pub portal: i64,
    /// Whole dong in cash that the cashier counted.
    pub counted: i64,
    /// What was counted less what there must be.
    pub difference: i64,
    /// Of each series the first and the last number that was issued.
    #[serde(default)]
    pub numbers: Vec<Numbers>,
    /// What the cashier has to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What was issued of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Numbers {
    /// Form and symbol.
    pub series: String,
    /// The first number.
    pub first: u32,
    /// The last number.
    pub last: u32,
}

/// One fee paid in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// Code of the fee.
    pub fee: String,
    /// Its name.
    pub name: String,
    /// `cash`, `transfer` or `portal`.
    pub method: String,
    /// Receipts that were issued.
    pub receipts: u64,
    /// What they were over, whole dong.
    pub taken: i64,
    /// What replaced and voided receipts were over, whole dong.
    pub given_back: i64,
    /// The difference.
    pub net: i64,
}

/// A shift as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ShiftView {
    /// Its number.
    pub id: i64,
    /// The cashier's unit.
    pub unit: String,
    /// The cashier's token.
    pub cashier: String,
    /// What the token is called.
    pub name: String,
    /// When it was closed.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub closed: OffsetDateTime,
    /// What was counted.
    pub summary: Summary,
    /// SHA-256 of the signed PDF, hexadecimal.
    pub pdf_sha256: String,
    /// Its entry in the log.
    pub log_index: u64,
}

impl ShiftView {
    /// A shift as the store has it.
    pub async fn new(folder: &DataFolder, row: ShiftRow) -> Result<Self> {
        let summary = serde_json::from_str(&row.summary)
            .map_err(|error| Error::new(Kind::BadInput, "store.damaged", format!("shift {}", row.id), error))?;
        Ok(Self {
            id: row.id,
            unit: row.unit,
            name: name_of(folder, &row.cashier).await?,
            cashier: row.cashier,
            closed: row.closed,
            summary,
            pdf_sha256: hex::encode(row.pdf_sha256),
            log_index: row.log_index,
        })
    }
}

/// What was taken since the last closing, and up to which event.
struct Taken {
    summary: Summary,
    last_event: i64,
    before: Option<ShiftRow>,
}

async fn taken(tx: &mut dyn Transaction, cashier: &str, counted: i64, note: Option<&str>) -> Result<Taken> {
    if counted < 0 {
        let why = both!("số tiền kiểm đếm không được âm", "what was counted is not negative");
        return Err(Error::new(Kind::Usage, "shift.counted", "ca thu", why));
    }
    let before = tx.last_shift(cashier).await?;
    let after = before.as_ref().map_or(0, |shift| shift.last_event);
    let last = tx.last_event_of(cashier).await?.unwrap_or_default();
    if last <= after {
        let why = both!(
            "chưa lập, thay thế hay hủy biên lai nào kể từ lần chốt ca trước",
            "nothing was issued, replaced or voided since the last closing"
        );
        return Err(Error::new(Kind::Conflict, "shift.empty", "ca thu", why));
    }
    let takings = tx.takings(cashier, after, last).await?;
    let mut summary = sum_up(&takings, counted)?;
    let counts = tx.event_counts_of(cashier, after, last).await?;
    let count = |kind| counts.iter().find(|(found, _)| *found == kind).map_or(0, |(_, count)| *count);
    summary.issued = count(EventKind::Issued);
    summary.replaced = count(EventKind::Replaced);
    summary.voided = count(EventKind::Voided);
    summary.numbers = tx.numbers_issued_by(cashier, after, last).await?.into_iter().map(Numbers::of).collect();
    summary.note = note.map(|note| text("note", note, NOTE)).transpose()?;
    Ok(Taken { summary, last_event: last, before })
}

/// What a shift would be closed with now; nothing is closed. Where nothing was counted yet, that is taken for what there must be.
pub async fn preview(counter: &Counter<'_>, counted: Option<i64>) -> Result<Summary> {
    let mut tx = counter.folder.store.read().await?;
    let mut summary = taken(&mut *tx, counter.actor, counted.unwrap_or_default(), None).await?.summary;
    if counted.is_none() {
        (summary.counted, summary.difference) = (summary.cash, 0);
    }
    Ok(summary)
}

/// Closes the shift of whoever acts at the counter, in this unit: from the last closing on, or from the first receipt. `note` is printed.
pub async fn close(counter: &Counter<'_>, unit: &str, counted: i64, note: Option<&str>) -> Result<ShiftRow> {
    let (folder, cashier) = (counter.folder, counter.actor);
    let name = name_of(folder, cashier).await?;
    let mut tx = folder.write().await?;
    let unit = unit_of(&mut *tx, unit).await?;
    let Taken { summary, last_event, before } = taken(&mut *tx, cashier, counted, note).await?;
    let key = counter.key_of(&sealing(&mut *tx, &unit).await?).await?;
    let paper = paper(&unit, &name, before.map(|shift| shift.closed), folder.now(), &summary);
    let json = serde_json::to_string(&summary).map_err(|error| Error::new(Kind::Bug, "shift.json", "shift", error))?;
    let mut row = ShiftRow {
        id: 0,
        unit: unit.id.clone(),
        cashier: cashier.to_owned(),
        last_event,
        closed: folder.now(),
        summary: String::new(),
        pdf_sha256: Sha256::default(),
        log_index: 0,
    };
    let mut entry = counter.entry(Action::ShiftClosed, &unit.id)?.on_row(row::shift(&row)?);
    entry.related = Some(format!("sha256:{}", hex::encode(crate::digest::sha256(json.as_bytes()))));
    let (pdf, signed) = signing::sign_pdf(folder, &mut *tx, &*key, paper.draw()?, entry).await?;
    folder.blobs.wait(&[(&signed.sha256, &pdf)]).await?;
    (row.summary, row.pdf_sha256, row.log_index) = (json, signed.sha256, signed.logged.index);
    row.id = tx.put_shift(&row).await?;
    folder.commit(tx, &[row.pdf_sha256]).await?;
    Ok(row)
}

/// Whose key signs for a unit: its own, or, where it has none and issues from a delegated range, that of the unit whose range it is.
async fn sealing(tx: &mut dyn Transaction, unit: &UnitRow) -> Result<UnitRow> {
    if unit.receipt_key.is_none() {
        for range in tx.ranges_of(&unit.id).await? {
            let Some(series) = tx.series(&range.form, &range.symbol).await? else { continue };
            if let Some(above) = tx.unit(&series.unit).await?.filter(|above| above.receipt_key.is_some()) {
                return Ok(above);
            }
        }
    }
    Ok(unit.clone())
}

impl Numbers {
    fn of(EventCount { form, symbol, first, last, .. }: EventCount) -> Self {
        Self { series: format!("{form}/{symbol}"), first, last }
    }
}

fn too_large() -> Error {
    let why = both!("tổng số tiền quá lớn", "what was taken does not fit in 64 bits");
    Error::new(Kind::BadInput, "shift.amount", "ca thu", why)
}

fn sum_up(takings: &[TakingRow], counted: i64) -> Result<Summary> {
    let mut lines: Vec<Line> = Vec::new();
    for taking in takings {
        let amount = i64::try_from(taking.amount).map_err(|_| too_large())?;
        if lines.last().is_none_or(|line| line.fee != taking.fee || line.method != taking.method) {
            lines.push(Line {
                fee: taking.fee.clone(),
                name: taking.name.clone(),
                method: taking.method.clone(),
                receipts: 0,
                taken: 0,
                given_back: 0,
                net: 0,
            });
        }
        let Some(line) = lines.last_mut() else { continue };
        if taking.kind == EventKind::Issued {
            (line.receipts, line.taken) = (taking.receipts, amount);
        } else {
            line.given_back = line.given_back.checked_add(amount).ok_or_else(too_large)?;
        }
        line.net = line.taken.checked_sub(line.given_back).ok_or_else(too_large)?;
    }
    let of = |method: PaymentMethod| {
        let mut nets = lines.iter().filter(|line| line.method == method.as_str()).map(|line| line.net);
        nets.try_fold(0_i64, i64::checked_add).ok_or_else(too_large)
    };
    let [cash, transfer, portal] = PaymentMethod::ALL;
    let (cash, transfer, portal) = (of(cash)?, of(transfer)?, of(portal)?);
    let difference = counted.checked_sub(cash).ok_or_else(too_large)?;
    let (numbers, note) = (Vec::new(), None);
    Ok(Summary { lines, issued: 0, replaced: 0, voided: 0, cash, transfer, portal, counted, difference, numbers, note })
}

fn moment(time: OffsetDateTime) -> String {
    let time = time.to_offset(VIETNAM);
    format!("{:02}:{:02} ngày {}", time.hour(), time.minute(), short_date(time.date()))
}

fn paper(unit: &UnitRow, name: &str, from: Option<OffsetDateTime>, to: OffsetDateTime, summary: &Summary) -> Paper {
    let method = |method: &str| {
        let known = PaymentMethod::ALL.into_iter().find(|known| known.as_str() == method);
        known.map_or_else(|| method.to_owned(), |known| known.vietnamese().to_owned())
    };
    let column = |name, share, is_number| Column { name, share, is_number };
    Paper {
        form: None,
        title: "Biên bản chốt ca thu phí, lệ phí".to_owned(),
        size: (595.28, 841.89),
        head: vec![
            format!("Cơ quan thu: {} (mã số thuế {})", unit.name, unit.tax_code),
            format!("Cán bộ thu: {name}"),
            format!("Từ: {}", from.map_or_else(|| "biên lai đầu tiên".to_owned(), moment)),
            format!("Đến: {}", moment(to)),
        ],
        columns: vec![
            column("STT", 4.0, true),
            column("Loại phí, lệ phí", 28.0, false),
            column("Hình thức", 12.0, false),
            column("Số biên lai", 8.0, true),
            column("Đã thu", 13.0, true),
            column("Hoàn lại", 13.0, true),
            column("Còn lại", 13.0, true),
        ],
        rows: summary
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                vec![
                    (index + 1).to_string(),
                    format!("{} – {}", line.fee, line.name),
                    method(&line.method),
                    line.receipts.to_string(),
                    grouped(line.taken),
                    grouped(line.given_back),
                    grouped(line.net),
                ]
            })
            .collect(),
        closing: [
            format!(
                "Biên lai đã lập: {}; bị thay thế: {}; bị hủy: {}",
                summary.issued, summary.replaced, summary.voided
            ),
            format!("Tiền mặt theo biên lai: {} đ", grouped(summary.cash)),
            format!("Chuyển khoản: {} đ; cổng dịch vụ công: {} đ", grouped(summary.transfer), grouped(summary.portal)),
            format!("Tiền mặt kiểm đếm: {} đ", grouped(summary.counted)),
            format!("Chênh lệch: {} đ", grouped(summary.difference)),
        ]
        .into_iter()
        .chain(
            summary
                .numbers
                .iter()
                .map(|Numbers { series, first, last }| format!("Biên lai {series}: từ số {first:08} đến số {last:08}")),
        )
        .chain(summary.note.iter().map(|note| format!("Giải trình: {note}")))
        .chain(["Cán bộ thu: ……………………   Kế toán: ……………………   Người nhận tiền: ……………………".to_owned()])
        .collect(),
        author: unit.name.clone(),
        id: format!("Chốt ca {} {}", unit.id, moment(to)),
        time: to,
        attachment: None,
    }
}

/// The signed PDF of a shift.
pub async fn pdf(folder: &DataFolder, shift: &ShiftRow) -> Result<File> {
    let damaged = || {
        let why = "its file is missing or was changed in the store";
        Error::new(Kind::BadInput, "store.damaged", format!("shift {}", shift.id), why).hint("dauson audit verify")
    };
    crate::receipts::register::open(folder, &shift.pdf_sha256).await?.ok_or_else(damaged)
}

/// A shift of a unit, or of any.
pub async fn show(folder: &DataFolder, unit: Option<&str>, id: i64) -> Result<ShiftRow> {
    let mut tx = folder.store.read().await?;
    if let Some(shift) = tx.shift(id).await?
        && match unit {
            None => true,
            Some(unit) => units::answers_for(&mut *tx, unit, &shift.unit).await?,
        }
    {
        return Ok(shift);
    }
    let why = both!("không có ca thu này", "there is no such shift");
    Err(Error::new(Kind::NotFound, "shift.not_found", format!("ca thu {id}"), why))
}
