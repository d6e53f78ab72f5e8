//! The book of series: opened, listed, closed; ranges of their numbers delegated and given back.

use super::ReceiptError;
use super::amount::Dong;
use super::field::{text, wrong};
use super::life::runs_low;
use super::request::Channel;
use super::series::{Form, Number, SeriesId, Symbol};
use crate::audit::entry::{Action, Entry, reason_digest};
use crate::audit::row;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::people::units;
use crate::store::Transaction;
use crate::store::receipts::{RangeRow, SeriesRow};

/// Longest text about a registration.
const REGISTRATION: usize = 200;

/// What a new series may have of its own.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// Its last number, where fewer are registered than the law allows.
    pub last: Option<Number>,
    /// Where it is used, if not everywhere.
    pub channel: Option<Channel>,
    /// Its registration with the tax office: number and date.
    pub registration: Option<String>,
    /// What each of its receipts is over, where that is printed on them: of form EBL02, and of no other.
    pub denomination: Option<Dong>,
}

/// Opens a series of a unit. Its numbers begin with 1.
pub async fn create(
    folder: &DataFolder,
    id: &SeriesId,
    unit: &str,
    opening: &Opening,
    actor: &str,
) -> Result<SeriesRow> {
    let now = folder.now();
    let registration = opening.registration.as_deref().map(|given| text("registration", given, REGISTRATION));
    let registration = registration.transpose()?;
    let is_printed = opening.denomination.is_some_and(|dong| dong > Dong::ZERO);
    if is_printed != (id.form == Form::Ebl02) || is_printed != opening.denomination.is_some() {
        let why = both!(
            "mẫu EBL02 là biên lai in sẵn mệnh giá nên phải có mệnh giá lớn hơn 0; mẫu EBL01 thì không có",
            "the form EBL02 has its denomination printed, which must be given and more than 0; EBL01 has none"
        );
        return Err(wrong("denomination", why).into());
    }
    let mut tx = folder.store.write().await?;
    exists(&mut *tx, unit).await?;
    if tx.series(id.form.as_str(), id.symbol.as_str()).await?.is_some() {
        let why = both!("đã có ký hiệu này", "it is there already");
        return Err(Error::new(Kind::Conflict, "receipt.series_exists", format!("ký hiệu {id}"), why));
    }
    let row = SeriesRow {
        form: id.form.to_string(),
        symbol: id.symbol.to_string(),
        unit: unit.to_owned(),
        next: 1,
        last: opening.last.unwrap_or(Number::LAST).get(),
        is_open: true,
        channel: opening.channel.map(|channel| channel.as_str().to_owned()),
        registration,
        denomination: opening.denomination.map(Dong::get),
        created: now,
        closed: None,
    };
    begin(folder, &mut *tx, id, &row, actor).await?;
    tx.commit().await?;
    Ok(row)
}

/// Keeps a new series, and logs that it is open, within a transaction.
pub(super) async fn begin(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &SeriesId,
    row: &SeriesRow,
    actor: &str,
) -> Result<()> {
    tx.put_series(row).await?;
    let entry = Entry::new(Action::SeriesOpened, row.created)?.of_unit(&row.unit).about(id).on_row(row::series(row)?);
    folder.log.append_one(tx, entry.by(folder.log.pseudonym(actor))).await?;
    Ok(())
}

/// What becomes of the numbers of a unit that ends.
#[derive(Debug, Default)]
pub struct Ended {
    /// Its series, which are closed with what is left of them.
    pub closed: Vec<SeriesRow>,
    /// Numbers of others' series that it had been delegated, which are given back.
    pub given_back: Vec<RangeRow>,
    /// The series that are opened for the unit that has its place: one of each kind that it has none of.
    pub opened: Vec<SeriesRow>,
}

/// Closes the series of a unit that ends, gives back what it was delegated, and opens series for the one that has its place, in a
/// transaction that is under way.
pub async fn follow(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &str,
    successor: Option<&str>,
    actor: &str,
) -> Result<Ended> {
    let mut ended = Ended::default();
    for range in tx.ranges_of(unit).await?.into_iter().filter(|range| range.is_open) {
        let series = tx.series(&range.form, &range.symbol).await?;
        let whose = series.map_or_else(|| unit.to_owned(), |series| series.unit);
        ended.given_back.push(end_range(folder, tx, range, &whose, actor).await?);
    }
    for row in tx.all_series(Some(unit)).await?.into_iter().filter(|row| row.is_open) {
        let id: SeriesId = format!("{}/{}", row.form, row.symbol).parse()?;
        ended.closed.push(end(folder, tx, &id, row, actor).await?);
    }
    let Some(successor) = successor else { return Ok(ended) };
    let year = folder.now().to_offset(VIETNAM).year();
    for old in &ended.closed {
        let is_same = |row: &SeriesRow| {
            row.is_open && (&row.form, &row.channel, row.denomination) == (&old.form, &old.channel, old.denomination)
        };
        if tx.all_series(Some(successor)).await?.iter().any(is_same) {
            continue;
        }
        let form = format!("{}/{}", old.form, old.symbol).parse::<SeriesId>()?.form;
        let id = SeriesId { form, symbol: free_symbol(tx, form, year).await? };
        let row = SeriesRow {
            symbol: id.symbol.to_string(),
            unit: successor.to_owned(),
            next: 1,
            last: Number::LAST.get(),
            is_open: true,
            registration: None,
            created: folder.now(),
            closed: None,
            ..old.clone()
        };
        begin(folder, tx, &id, &row, actor).await?;
        ended.opened.push(row);
    }
    Ok(ended)
}

/// The first symbol of a year that no series of the form has.
async fn free_symbol(tx: &mut dyn Transaction, form: Form, year: i32) -> Result<Symbol> {
    for symbol in Symbol::all_of(year) {
        if tx.series(form.as_str(), symbol.as_str()).await?.is_none() {
            return Ok(symbol);
        }
    }
    let why = both!("không còn ký hiệu nào cho năm {year}", "no symbol of {year} is left");
    Err(Error::new(Kind::Conflict, "receipt.series_exists", format!("mẫu {form}"), why))
}

/// All series, of one unit if it is given.
pub async fn list(folder: &DataFolder, unit: Option<&str>) -> Result<Vec<SeriesRow>> {
    Ok(folder.store.read().await?.all_series(unit).await?)
}

/// Numbers that a unit issues from: of a series of its own, or of a range that another one delegated to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The series.
    pub series: SeriesRow,
    /// The range, where it is not the unit's own part.
    pub range: Option<RangeRow>,
    /// The ranges of the unit's own series that others issue from, or did.
    pub delegated: Vec<RangeRow>,
    /// Whether receipts are issued from it.
    pub is_open: bool,
    /// Its next number.
    pub next: u32,
    /// Numbers that are left.
    pub left: u32,
    /// Less than a tenth of them is left.
    pub is_low: bool,
}

/// All that a unit issues from, or did: its own series, then ranges of others.
pub async fn holdings(folder: &DataFolder, unit: &str) -> Result<Vec<Holding>> {
    let mut tx = folder.store.read().await?;
    let mut all = Vec::new();
    for series in tx.all_series(Some(unit)).await? {
        let delegated = tx.ranges(&series.form, &series.symbol).await?;
        let ahead = delegated.iter().filter(|range| range.first >= series.next);
        let passed_over: u32 = ahead.map(|range| range.last.saturating_add(1).saturating_sub(range.first)).sum();
        let left = series.last.saturating_add(1).saturating_sub(series.next).saturating_sub(passed_over);
        let is_low = series.is_open && runs_low(1, series.next, series.last).is_some();
        let (is_open, next) = (series.is_open, series.next);
        all.push(Holding { series, range: None, delegated, is_open, next, left, is_low });
    }
    for range in tx.ranges_of(unit).await? {
        let Some(series) = tx.series(&range.form, &range.symbol).await? else { continue };
        let left = range.last.saturating_add(1).saturating_sub(range.next);
        let is_open = range.is_open && series.is_open;
        let is_low = is_open && runs_low(range.first, range.next, range.last).is_some();
        let next = range.next;
        all.push(Holding { series, range: Some(range), delegated: Vec::new(), is_open, next, left, is_low });
    }
    Ok(all)
}

/// Closes a series for good: no receipt is issued from it any more, nor from its ranges.
pub async fn close(folder: &DataFolder, id: &SeriesId, actor: &str) -> Result<SeriesRow> {
    let mut tx = folder.store.write().await?;
    let row = find(&mut *tx, id).await?;
    if !row.is_open {
        return Err(ReceiptError::SeriesClosed(id.clone()).into());
    }
    let row = end(folder, &mut *tx, id, row, actor).await?;
    tx.commit().await?;
    Ok(row)
}

/// The same, within a transaction.
pub(super) async fn end(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &SeriesId,
    mut row: SeriesRow,
    actor: &str,
) -> Result<SeriesRow> {
    for range in tx.ranges(&row.form, &row.symbol).await?.into_iter().filter(|range| range.is_open) {
        end_range(folder, tx, range, &row.unit, actor).await?;
    }
    row.is_open = false;
    row.closed = Some(folder.now());
    tx.update_series(&row).await?;
    let entry = Entry::new(Action::SeriesClosed, folder.now())?.of_unit(&row.unit).about(id);
    let mut entry = entry.on_row(row::series(&row)?);
    entry.actor = Some(folder.log.pseudonym(actor));
    folder.log.append_one(tx, entry).await?;
    Ok(row)
}

/// Numbers that are to be delegated.
#[derive(Debug, Clone)]
pub struct Delegation<'a> {
    /// The series.
    pub series: &'a SeriesId,
    /// The branch or third party, a unit of its own.
    pub to: &'a str,
    /// The first number.
    pub first: Number,
    /// The last number.
    pub last: Number,
}

/// Delegates numbers of a series, none of which is used or delegated yet.
pub async fn delegate(folder: &DataFolder, asked: &Delegation<'_>, actor: &str) -> Result<RangeRow> {
    let Delegation { series: id, to, first, last } = asked;
    let refused = |why: Text| Error::new(Kind::Conflict, "receipt.range", format!("ký hiệu {id}"), why);
    let mut tx = folder.store.write().await?;
    let series = find(&mut *tx, id).await?;
    if !series.is_open {
        return Err(ReceiptError::SeriesClosed((*id).clone()).into());
    }
    exists(&mut *tx, to).await?;
    if series.unit == *to {
        return Err(refused(both!("ký hiệu này là của chính đơn vị", "it is the unit's own")));
    }
    if first > last || first.get() < series.next || last.get() > series.last {
        return Err(refused(both!(
            "các số chưa dùng là từ {next} đến {last}",
            "its free numbers are {next} to {last}",
            next = series.next,
            last = series.last
        )));
    }
    let others = tx.ranges(&series.form, &series.symbol).await?;
    if let Some(other) = others.iter().find(|other| other.first <= last.get() && other.last >= first.get()) {
        return Err(refused(both!(
            "số {first} đến {last} đã ủy quyền cho {unit}",
            "{first} to {last} were delegated to {unit}",
            first = other.first,
            last = other.last,
            unit = other.delegate
        )));
    }
    let row = RangeRow {
        form: series.form,
        symbol: series.symbol,
        first: first.get(),
        last: last.get(),
        next: first.get(),
        delegate: (*to).to_owned(),
        is_open: true,
        created: folder.now(),
    };
    tx.put_range(&row).await?;
    let entry = range_entry(folder, Action::RangeDelegated, &row, &series.unit, actor)?;
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    Ok(row)
}

/// Takes a range back with what is left of it, which nobody issues any more.
pub async fn take_back(folder: &DataFolder, id: &SeriesId, first: Number, actor: &str) -> Result<RangeRow> {
    let mut tx = folder.store.write().await?;
    let series = find(&mut *tx, id).await?;
    let found = tx.ranges(&series.form, &series.symbol).await?.into_iter().find(|range| range.first == first.get());
    let missing = |why: Text| Error::new(Kind::NotFound, "receipt.range", format!("dải số {id}/{first}"), why);
    let none = || both!("không có dải số nào bắt đầu từ số này", "there is none that begins with this number");
    let range = found.ok_or_else(|| missing(none()))?;
    if !range.is_open {
        return Err(missing(both!("dải số đã được trả lại", "it was given back already")));
    }
    let range = end_range(folder, &mut *tx, range, &series.unit, actor).await?;
    tx.commit().await?;
    Ok(range)
}

/// The ranges of all series, or of one.
pub async fn ranges(folder: &DataFolder, of: Option<&SeriesId>) -> Result<Vec<RangeRow>> {
    let mut tx = folder.store.read().await?;
    let mut all = Vec::new();
    for series in tx.all_series(None).await? {
        if of.is_none_or(|id| id.form.as_str() == series.form && id.symbol.as_str() == series.symbol) {
            all.extend(tx.ranges(&series.form, &series.symbol).await?);
        }
    }
    Ok(all)
}

async fn end_range(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    mut range: RangeRow,
    unit: &str,
    actor: &str,
) -> Result<RangeRow> {
    range.is_open = false;
    tx.update_range(&range).await?;
    let entry = range_entry(folder, Action::RangeClosed, &range, unit, actor)?;
    folder.log.append_one(tx, entry).await?;
    Ok(range)
}

/// A range is named by its first number; its last one is related, and the delegate is known by a digest.
fn range_entry(folder: &DataFolder, action: Action, range: &RangeRow, unit: &str, actor: &str) -> Result<Entry> {
    let number = |number: u32| format!("{}/{}/{number:08}", range.form, range.symbol);
    let entry = Entry::new(action, folder.now())?.of_unit(unit).about(&number(range.first));
    let mut entry = entry.on_row(row::range(range)?);
    entry.related = Some(number(range.last));
    entry.digest = Some(reason_digest(&range.delegate));
    entry.actor = Some(folder.log.pseudonym(actor));
    Ok(entry)
}

/// Refuses a unit that there is not, or that has ended.
async fn exists(tx: &mut dyn Transaction, unit: &str) -> Result<()> {
    match units::open(tx, unit).await {
        Err(error) if error.kind == Kind::NotFound => {
            let why = both!("không có đơn vị này", "there is none of that name");
            Err(Error::new(Kind::NotFound, "receipt.unit", format!("đơn vị {unit}"), why).hint("dauson unit put"))
        }
        found => found.map(drop),
    }
}

/// A series as the store has it.
pub(super) async fn find(tx: &mut dyn Transaction, id: &SeriesId) -> Result<SeriesRow> {
    tx.series(id.form.as_str(), id.symbol.as_str()).await?.ok_or_else(|| {
        let why = both!("không có ký hiệu này", "there is no such series");
        Error::new(Kind::NotFound, "receipt.no_series", format!("ký hiệu {id}"), why)
            .hint("dauson receipt series list: các ký hiệu hiện có / shows those there are")
    })
}
