//! How series were used in a period, by the numbers (the report that was BC26 on paper).

use super::paper::{Column, Paper};
use super::sheet::{Cell, Sheet};
use super::unit_of;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::people::units;
use crate::receipts::amount::grouped;
use crate::receipts::content::short_date;
use crate::store::accounts::{EventCount, EventKind};
use serde::Serialize;
use time::Date;

/// The columns of the table.
pub const HEAD: [&str; 13] = [
    "series",
    "opening",
    "added",
    "issued",
    "first_number",
    "last_number",
    "replaced",
    "voided",
    "withdrawn",
    "closing",
    "next_number",
    "state",
    "delegated",
];

/// How one series was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SeriesUse {
    /// The series.
    pub series: String,
    /// Numbers that were not used when the period began.
    pub opening: u64,
    /// Numbers of a series that was opened in the period.
    pub added: u64,
    /// Numbers that were used in it.
    pub issued: u64,
    /// The least of them.
    pub first_number: Option<u32>,
    /// The greatest of them.
    pub last_number: Option<u32>,
    /// Receipts that another one replaced in it.
    pub replaced: u64,
    /// Receipts that were voided in it.
    pub voided: u64,
    /// Numbers that were left when the series was closed in it.
    pub withdrawn: u64,
    /// Numbers that were not used when it ended: opening + added - issued - withdrawn.
    pub closing: u64,
    /// The unit's next number now.
    pub next_number: u32,
    /// Whether it is open now.
    pub open: bool,
    /// Its delegated ranges, as they are now.
    pub delegated: Vec<RangeUse>,
}

/// How a delegated range was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RangeUse {
    /// The unit that issues from it.
    pub unit: String,
    /// The first number.
    pub first: u32,
    /// The last number.
    pub last: u32,
    /// Its next number.
    pub next: u32,
    /// Whether it is open.
    pub open: bool,
}

impl SeriesUse {
    /// The row of the table.
    pub fn cells(&self) -> Vec<Cell> {
        let ranges: Vec<String> =
            self.delegated.iter().map(|r| format!("{:08}-{:08} {}", r.first, r.last, r.unit)).collect();
        let number = |number: Option<u32>| Cell::from(number.map(|number| format!("{number:08}")));
        vec![
            self.series.as_str().into(),
            self.opening.into(),
            self.added.into(),
            self.issued.into(),
            number(self.first_number),
            number(self.last_number),
            self.replaced.into(),
            self.voided.into(),
            self.withdrawn.into(),
            self.closing.into(),
            self.next_number.into(),
            if self.open { "open" } else { "closed" }.into(),
            ranges.join("; ").into(),
        ]
    }
}

/// Refuses a period that ends before it begins.
pub fn check_period(from: Option<Date>, to: Option<Date>) -> Result<()> {
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Error::new(Kind::Usage, "report.period", "report", "its first day is after its last"));
    }
    Ok(())
}

/// How a unit's series were used in these days.
pub async fn of_series(folder: &DataFolder, unit: &str, from: Date, to: Date) -> Result<Vec<SeriesUse>> {
    check_period(Some(from), Some(to))?;
    let mut tx = folder.store.read().await?;
    unit_of(&mut *tx, unit).await?;
    let within = tx.event_counts(unit, Some(from), Some(to)).await?;
    let before = match from.previous_day() {
        Some(day) => tx.event_counts(unit, None, Some(day)).await?,
        None => Vec::new(),
    };
    let mut all = Vec::new();
    // those of units whose place it has are reported by it, too
    let mut series = Vec::new();
    for unit in units::line(&mut *tx, unit).await? {
        series.extend(tx.all_series(Some(&unit)).await?);
    }
    for series in series {
        let opened = series.created.to_offset(VIETNAM).date();
        let closed = series.closed.map(|time| time.to_offset(VIETNAM).date());
        if opened > to || closed.is_some_and(|day| day < from) {
            continue;
        }
        let find = |counts: &[EventCount], kind| {
            counts.iter().find(|c| c.kind == kind && c.form == series.form && c.symbol == series.symbol).cloned()
        };
        let count = |counts: &[EventCount], kind| find(counts, kind).map_or(0, |c| c.count);
        let issued = find(&within, EventKind::Issued);
        let used = issued.as_ref().map_or(0, |c| c.count);
        let stock = u64::from(series.last).saturating_sub(count(&before, EventKind::Issued));
        let (opening, added) = if opened < from { (stock, 0) } else { (0, stock) };
        let left = stock.saturating_sub(used);
        let withdrawn = if closed.is_some_and(|day| day <= to) { left } else { 0 };
        let ranges = tx.ranges(&series.form, &series.symbol).await?;
        all.push(SeriesUse {
            series: format!("{}/{}", series.form, series.symbol),
            opening,
            added,
            issued: used,
            first_number: issued.as_ref().map(|c| c.first),
            last_number: issued.as_ref().map(|c| c.last),
            replaced: count(&within, EventKind::Replaced),
            voided: count(&within, EventKind::Voided),
            withdrawn,
            closing: left.saturating_sub(withdrawn),
            next_number: series.next,
            open: series.is_open,
            delegated: ranges
                .into_iter()
                .map(|r| RangeUse { unit: r.delegate, first: r.first, last: r.last, next: r.next, open: r.is_open })
                .collect(),
        });
    }
    Ok(all)
}

/// Writes the rows of the table.
pub fn write(rows: &[SeriesUse], mut sheet: Sheet<'_>) -> Result<()> {
    for row in rows {
        sheet.row(&row.cells())?;
    }
    sheet.finish()
}

const COLUMNS: [Column; 11] = [
    Column { name: "STT", share: 3.0, is_number: true },
    Column { name: "Mẫu số, ký hiệu", share: 11.0, is_number: false },
    Column { name: "Tồn đầu kỳ", share: 9.0, is_number: true },
    Column { name: "Phát hành trong kỳ", share: 9.0, is_number: true },
    Column { name: "Đã lập", share: 8.0, is_number: true },
    Column { name: "Từ số – đến số", share: 14.0, is_number: false },
    Column { name: "Thay thế", share: 7.0, is_number: true },
    Column { name: "Hủy", share: 6.0, is_number: true },
    Column { name: "Thu hồi khi đóng", share: 8.0, is_number: true },
    Column { name: "Tồn cuối kỳ", share: 9.0, is_number: true },
    Column { name: "Ủy quyền (từ số – đến số, đơn vị)", share: 16.0, is_number: false },
];

/// The report for print as PDF/A-3b and PDF/UA-1.
pub async fn draw(folder: &DataFolder, unit: &str, (from, to): (Date, Date), rows: &[SeriesUse]) -> Result<Vec<u8>> {
    let unit = unit_of(&mut *folder.store.read().await?, unit).await?;
    let whole = |number: u64| i64::try_from(number).map_or_else(|_| number.to_string(), grouped);
    let cells = |(index, row): (usize, &SeriesUse)| {
        let used = row.first_number.zip(row.last_number).map(|(first, last)| format!("{first:08} – {last:08}"));
        let ranges: Vec<String> =
            row.delegated.iter().map(|r| format!("{:08} – {:08}, {}", r.first, r.last, r.unit)).collect();
        vec![
            index.saturating_add(1).to_string(),
            row.series.clone(),
            whole(row.opening),
            whole(row.added),
            whole(row.issued),
            used.unwrap_or_default(),
            whole(row.replaced),
            whole(row.voided),
            whole(row.withdrawn),
            whole(row.closing),
            ranges.join("; "),
        ]
    };
    let sum = |of: fn(&SeriesUse) -> u64| whole(rows.iter().map(of).fold(0, u64::saturating_add));
    Paper {
        form: None,
        title: "Báo cáo tình hình sử dụng biên lai điện tử".to_owned(),
        size: (841.89, 595.28),
        head: vec![
            format!("Kỳ báo cáo: từ ngày {} đến ngày {}", short_date(from), short_date(to)),
            format!("Cơ quan thu: {}", unit.name),
            format!("Mã số thuế: {}", unit.tax_code),
        ],
        columns: COLUMNS.to_vec(),
        rows: rows.iter().enumerate().map(cells).collect(),
        closing: vec![
            format!(
                "Tổng cộng: đã lập {}; bị thay thế {}; bị hủy {}",
                sum(|row| row.issued),
                sum(|row| row.replaced),
                sum(|row| row.voided)
            ),
            format!("Lập ngày {}", short_date(folder.today())),
            "Người lập: ……………………   Thủ trưởng đơn vị: ……………………".to_owned(),
        ],
        author: unit.name.clone(),
        id: format!("BC26 {} {from} {to}", unit.id),
        time: folder.now(),
        attachment: None,
    }
    .draw()
}
