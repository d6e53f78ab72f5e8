//! The numbers that a receipt is issued from: which series, and whether from the unit's own part of it or from a range that was
//! delegated (Nghị định 254/2026/NĐ-CP art. 25).
//!
//! A series ends with its year: from 1 January on, in Vietnam, whoever names it means the one with the same letters of the new year, which
//! opens by itself. A range ends with its series; it is delegated anew.

use super::ReceiptError;
use super::book;
use super::life::{Series, runs_low};
use super::request::Channel;
use super::series::{Form, Number, SeriesId};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::store::Transaction;
use crate::store::receipts::{RangeRow, SeriesRow};
use time::{Date, OffsetDateTime};

/// Who asks for a number, and when.
pub(super) struct Asking<'a> {
    /// The data folder.
    pub folder: &'a DataFolder,
    /// What the request says of the series: all, the form, or nothing.
    pub series: Option<&'a str>,
    /// The unit that issues; none: each series' own.
    pub unit: Option<&'a str>,
    /// Where the fee is collected.
    pub channel: Channel,
    /// Who issues.
    pub actor: &'a str,
    /// When.
    pub now: OffsetDateTime,
}

/// A series, and the part of it that numbers are taken from.
pub(super) struct Stock {
    /// Which series.
    pub id: SeriesId,
    /// As it is stored.
    pub series: SeriesRow,
    /// The delegated range, if it is not the unit's own part.
    pub range: Option<RangeRow>,
}

impl Asking<'_> {
    fn today(&self) -> Date {
        self.now.to_offset(VIETNAM).date()
    }

    /// Finds the stock; opens the series of a new year.
    pub async fn find(&self, tx: &mut dyn Transaction) -> Result<Stock> {
        let named = match self.series.filter(|text| text.contains('/')) {
            Some(text) => book::find(tx, &text.parse()?).await?,
            None => self.only(tx).await?,
        };
        let series = self.of_this_year(tx, named).await?;
        let id: SeriesId = format!("{}/{}", series.form, series.symbol).parse()?;
        let refused = |why: Text| Error::new(Kind::NotAllowed, "receipt.unit", format!("ký hiệu {id}"), why);
        let range = match self.unit.filter(|unit| *unit != series.unit) {
            None => None,
            Some(unit) => {
                let all = tx.ranges(&series.form, &series.symbol).await?;
                let mut own = all.into_iter().filter(|range| range.delegate == unit).peekable();
                if own.peek().is_none() {
                    return Err(refused(both!("ký hiệu này là của đơn vị khác", "it is another unit's")));
                }
                let open = own.find(|range| range.is_open && range.next <= range.last);
                let none = || {
                    both!(
                        "đơn vị {unit} không còn số được ủy quyền",
                        "the unit {unit} has no delegated numbers left in it"
                    )
                };
                Some(open.ok_or_else(|| refused(none()))?)
            }
        };
        if series.channel.as_deref().is_some_and(|channel| channel != self.channel.as_str()) {
            let channel = series.channel.unwrap_or_default();
            let why = both!("chỉ dùng cho kênh {channel}", "it is for the {channel} only");
            return Err(Error::new(Kind::Conflict, "receipt.channel", format!("ký hiệu {id}"), why));
        }
        Ok(Stock { id, series, range })
    }

    /// The open series that fits, if the request does not name one: of one form the oldest that has numbers left.
    async fn only(&self, tx: &mut dyn Transaction) -> Result<SeriesRow> {
        let form = self.series.map(|text| match text {
            "EBL01" => Ok(Form::Ebl01),
            "EBL02" => Ok(Form::Ebl02),
            _ => Err(ReceiptError::BadSeries(text.chars().take(40).collect())),
        });
        let form = form.transpose()?;
        let mut all = tx.all_series(self.unit).await?;
        for range in tx.ranges_of(self.unit.unwrap_or_default()).await?.into_iter().filter(|range| range.is_open) {
            all.extend(tx.series(&range.form, &range.symbol).await?);
        }
        all.dedup();
        all.retain(|row| {
            row.is_open
                && form.is_none_or(|form| form.as_str() == row.form)
                && row.channel.as_deref().is_none_or(|channel| channel == self.channel.as_str())
                && year(row) <= self.today().year()
        });
        // the newest year's, and of those the ones that are for this channel only
        let newest = all.iter().map(year).max();
        all.retain(|row| Some(year(row)) == newest);
        let mut left = Vec::new();
        for row in &all {
            if self.has_left(tx, row).await? {
                left.push(row.clone());
            }
        }
        if !left.is_empty() {
            all = left;
        }
        if all.iter().any(|row| row.channel.is_some()) {
            all.retain(|row| row.channel.is_some());
        }
        let several: Vec<String> = all.iter().map(|row| format!("{}/{}", row.form, row.symbol)).collect();
        let kind = |row: &SeriesRow| (row.form.clone(), row.unit.clone(), row.denomination);
        let is_one = all.iter().all(|row| all.first().is_some_and(|first| kind(first) == kind(row)));
        match all.into_iter().min_by_key(|row| row.created) {
            Some(row) if is_one => Ok(row),
            None => {
                let why = both!("không có ký hiệu đang mở nào phù hợp", "there is no open one that fits");
                Err(Error::new(Kind::NotFound, "receipt.no_series", "ký hiệu", why)
                    .hint("dauson receipt series create: mở một ký hiệu / opens one"))
            }
            _ => {
                let why = both!("có nhiều ký hiệu đang mở: {all}", "several are open: {all}", all = several.join(", "));
                Err(Error::new(Kind::Usage, "receipt.series", "ký hiệu", why)
                    .hint("yêu cầu phải nêu một ký hiệu / the request has to name one of them"))
            }
        }
    }

    /// Whether there are numbers left in a series for who asks; of the new year's there will be.
    async fn has_left(&self, tx: &mut dyn Transaction, row: &SeriesRow) -> Result<bool> {
        let ranges = tx.ranges(&row.form, &row.symbol).await?;
        Ok(match self.unit.filter(|unit| *unit != row.unit) {
            _ if year(row) < self.today().year() => true,
            None => next_own(row, &ranges) <= row.last,
            Some(unit) => ranges.iter().any(|r| r.delegate == unit && r.is_open && r.next <= r.last),
        })
    }

    /// The series itself, or the one that follows it in the new year.
    async fn of_this_year(&self, tx: &mut dyn Transaction, old: SeriesRow) -> Result<SeriesRow> {
        if year(&old) >= self.today().year() {
            return Ok(old);
        }
        let id: SeriesId = format!("{}/{}", old.form, old.symbol).parse()?;
        let new = SeriesId { form: id.form, symbol: id.symbol.of_year(self.today().year()) };
        if let Some(row) = tx.series(&old.form, new.symbol.as_str()).await? {
            if row.unit == old.unit {
                return Ok(row);
            }
            return Err(ReceiptError::WrongYear { series: id, year: self.today().year() }.into());
        }
        if !old.is_open {
            return Err(ReceiptError::SeriesClosed(id).into());
        }
        let row = SeriesRow { symbol: new.symbol.to_string(), next: 1, created: self.now, closed: None, ..old.clone() };
        book::end(self.folder, tx, &id, old, self.actor).await?;
        book::begin(self.folder, tx, &new, &row, self.actor).await?;
        Ok(row)
    }
}

fn year(row: &SeriesRow) -> i32 {
    row.symbol.get(..2).and_then(|digits| digits.parse::<i32>().ok()).map_or(0, |year| 2000 + year)
}

/// The next number of the unit's own part of a series: what was delegated is passed over.
fn next_own(series: &SeriesRow, ranges: &[RangeRow]) -> u32 {
    let behind = |next: u32, range: &RangeRow| {
        if (range.first..=range.last).contains(&next) { range.last.saturating_add(1) } else { next }
    };
    ranges.iter().fold(series.next, behind)
}

impl Stock {
    /// Takes the next number; a receipt is never dated before its predecessor.
    pub async fn take(&mut self, tx: &mut dyn Transaction, today: Date) -> Result<Number> {
        let (form, symbol) = (self.series.form.clone(), self.series.symbol.clone());
        let before = match &self.range {
            Some(range) => range.next.saturating_sub(1),
            None => self.series.next.saturating_sub(1),
        };
        let mut rules = Series { is_open: self.series.is_open, ..Series::new(self.id.clone()) };
        if let Some(range) = &self.range {
            (rules.next, rules.last) = (range.next, Number::new(range.last).unwrap_or(Number::LAST));
        } else {
            rules.next = next_own(&self.series, &tx.ranges(&form, &symbol).await?);
            rules.last = Number::new(self.series.last).unwrap_or(Number::LAST);
        }
        let number = rules.take(today)?;
        let previous = match &self.range {
            Some(range) if before < range.first => None,
            _ => tx.receipt(&form, &symbol, before).await?,
        };
        if let Some(previous) = previous.filter(|previous| previous.date > today) {
            let why = both!(
                "đồng hồ chỉ ngày {today}, biên lai liền trước lập ngày {day}",
                "the clock says {today}, and the last receipt is of {day}",
                day = previous.date
            );
            return Err(Error::new(Kind::Conflict, "receipt.clock", format!("ký hiệu {}", self.id), why));
        }
        match &mut self.range {
            Some(range) => range.next = rules.next,
            None => self.series.next = rules.next,
        }
        Ok(number)
    }

    /// Keeps what was taken.
    pub async fn keep(&self, tx: &mut dyn Transaction) -> Result<()> {
        match &self.range {
            Some(range) => tx.update_range(range).await?,
            None => tx.update_series(&self.series).await?,
        }
        Ok(())
    }

    /// What to say if few numbers are left.
    pub fn alarm(&self) -> Option<String> {
        let (first, next, last) = match &self.range {
            Some(range) => (range.first, range.next, range.last),
            None => (1, self.series.next, self.series.last),
        };
        let id = &self.id;
        runs_low(first, next, last)
            .map(|left| both!("ký hiệu {id} chỉ còn {left} số", "series {id}: {left} numbers are left").to_string())
    }
}
