//! The registers, out and in (Nghị định 30/2020/NĐ-CP, Appendix IV): searched page by page, and as tables with the columns of the decree, for
//! spreadsheets and on paper.

use super::case::particulars;
use super::facts::Particulars;
use super::kinds;
use super::machine::{Book, State};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::messages::registry as words;
use crate::messages::{both, unaccented};
use crate::people::permissions::{Caller, Permission};
use crate::people::units;
use crate::receipts::content::short_date;
use crate::reports::paper::{Column, Paper};
use crate::reports::sheet::{Cell, Sheet};
use crate::store::Transaction;
use crate::store::people::UnitRow;
use crate::store::registry::{DispatchFilter, DispatchRow};
use time::Date;

/// Rows that are read at a time.
const CHUNK: u32 = 500;
/// Rows of the longest register that is drawn, and of the longest table.
const MOST_ON_PAPER: usize = 5_000;
const MOST_ROWS: usize = 200_000;
/// A4 across, points.
const ACROSS: (f32, f32) = (841.89, 595.28);

/// Columns with their parts of the width.
type Columns = &'static [(&'static str, f32)];

/// Of documents out.
const OUT: Columns = &[
    ("Số, ký hiệu văn bản", 11.0),
    ("Ngày, tháng văn bản", 9.0),
    ("Tên loại và trích yếu nội dung", 28.0),
    ("Người ký", 14.0),
    ("Nơi nhận văn bản", 16.0),
    ("Đơn vị, người nhận bản lưu", 11.0),
    ("Số lượng bản", 6.0),
    ("Ghi chú", 11.0),
];
/// Of documents in.
const IN: Columns = &[
    ("Ngày đến", 8.0),
    ("Số đến", 6.0),
    ("Tác giả", 14.0),
    ("Số, ký hiệu", 10.0),
    ("Ngày, tháng", 8.0),
    ("Tên loại và trích yếu nội dung", 26.0),
    ("Đơn vị hoặc người nhận", 12.0),
    ("Ngày chuyển", 8.0),
    ("Ký nhận", 8.0),
    ("Ghi chú", 10.0),
];

const fn columns(book: Book) -> Columns {
    match book {
        Book::Out => OUT,
        Book::In => IN,
    }
}

/// What is looked for in the caller's register. A text is looked for in subject, symbol and names.
pub async fn find(folder: &DataFolder, caller: &Caller, filter: DispatchFilter, most: u32) -> Result<Vec<DispatchRow>> {
    caller.may(Permission::ReadDocuments)?;
    if let Some(state) = filter.state.as_deref().filter(|state| State::named(state).is_none()) {
        let what = both!("trạng thái {state:?}", "state {state:?}", state = state).to_string();
        let why = both!("không có trạng thái này", "there is no such state");
        return Err(Error::new(Kind::Usage, "registry.state", what, why));
    }
    let text = filter.text.as_deref().map(unaccented);
    let mut tx = folder.store.read().await?;
    let mut all = Vec::new();
    // documents of units whose place the caller's has are in its hands, too
    for unit in units::line(&mut *tx, &caller.unit).await? {
        all.extend(tx.dispatches(&DispatchFilter { unit, text: text.clone(), ..filter.clone() }, most).await?);
    }
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(all)
}

/// The unit whose register is looked into: the caller's, or one whose place that has.
async fn whose(folder: &DataFolder, caller: &Caller, unit: Option<&str>) -> Result<UnitRow> {
    let mut tx = folder.store.read().await?;
    let unit = unit.unwrap_or(&caller.unit);
    let missing = || {
        let why = both!("không có đơn vị này", "there is none of that name");
        Error::new(
            Kind::NotFound,
            "people.not_found",
            both!("đơn vị {unit}", "unit {unit}", unit = unit).to_string(),
            why,
        )
    };
    match tx.unit(unit).await? {
        Some(row) if units::answers_for(&mut *tx, &caller.unit, unit).await? => Ok(row),
        _ => Err(missing()),
    }
}

/// What is wanted of a register.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of which unit whose place the caller's has; none: of the caller's.
    pub unit: Option<String>,
    /// Of this day or later.
    pub from: Option<Date>,
    /// Of this day or earlier.
    pub to: Option<Date>,
}

/// The register of some days: what has a number, in the order of numbers.
async fn rows(folder: &DataFolder, caller: &Caller, book: Book, wanted: &Wanted) -> Result<Vec<DispatchRow>> {
    caller.may(Permission::ReadDocuments)?;
    let (from, to) = (wanted.from, wanted.to);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        let why = both!("từ ngày sau đến ngày", "from is after to");
        return Err(Error::new(Kind::Usage, "request.date", both!("sổ", "register").to_string(), why));
    }
    let (unit, book) = (whose(folder, caller, wanted.unit.as_deref()).await?.id, book.as_str().to_owned());
    let mut filter = DispatchFilter { unit, book, from, to, numbered: true, ..DispatchFilter::default() };
    let mut all = Vec::new();
    let mut tx = folder.store.read().await?;
    loop {
        let more = tx.dispatches(&filter, CHUNK).await?;
        let Some(last) = more.last() else { break };
        filter.after = Some((last.created, last.id.clone()));
        all.extend(more);
        if all.len() > MOST_ROWS {
            return Err(too_long(MOST_ROWS));
        }
    }
    all.sort_by_key(|row| row.number.as_ref().map(|n| (n.year, n.series.clone(), n.number)));
    Ok(all)
}

fn too_long(most: usize) -> Error {
    let why = both!(
        "sổ có hơn {most} dòng; hãy chọn ít ngày hơn",
        "it has more than {most} rows; ask for fewer days",
        most = most
    );
    Error::new(Kind::Usage, "registry.too_long", both!("sổ", "register").to_string(), why)
}

/// How many official documents of a unit are neither issued nor given up.
pub async fn unfinished(tx: &mut dyn Transaction, unit: &str) -> Result<u64> {
    let mut count = 0_u64;
    for state in State::ALL.iter().filter(|state| state.is_unfinished()) {
        for book in Book::ALL {
            let (unit, book) = (unit.to_owned(), book.as_str().to_owned());
            let state = Some(state.as_str().to_owned());
            let mut filter = DispatchFilter { unit, book, state, ..DispatchFilter::default() };
            loop {
                let more = tx.dispatches(&filter, CHUNK).await?;
                let Some(last) = more.last() else { break };
                filter.after = Some((last.created, last.id.clone()));
                count = count.saturating_add(u64::try_from(more.len()).unwrap_or(u64::MAX));
            }
        }
    }
    Ok(count)
}

fn day(date: Option<Date>) -> String {
    date.map(short_date).unwrap_or_default()
}

fn written_day(text: Option<&str>) -> String {
    let mut parts = text.unwrap_or_default().split('-').rev();
    match (parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year)) => format!("{day}/{month}/{year}"),
        _ => String::new(),
    }
}

/// The cells of a row, in the order of the columns.
fn cells(row: &DispatchRow) -> Result<Vec<String>> {
    let said: Particulars = particulars(row)?;
    let about = format!("{}: {}", kinds::name(&row.kind), row.subject);
    // what is as it should be needs no word
    let state = match State::named(&row.state) {
        Some(State::Issued | State::Accepted | State::Assigned) | None => None,
        Some(state) => Some(words::state(state.as_str()).vi),
    };
    let urgent = row.urgent.then(|| "Khẩn".to_owned());
    let note = [urgent, state, said.note].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(if row.book == Book::Out.as_str() {
        let recipients: Vec<&str> = said.recipients.iter().map(|recipient| recipient.name.as_str()).collect();
        let copies = said.copies.map(|copies| copies.to_string()).unwrap_or_default();
        vec![
            text(&row.symbol),
            day(row.date),
            about,
            text(&said.signer),
            recipients.join("; "),
            text(&said.keeper),
            copies,
            note,
        ]
    } else {
        let arrived = short_date(row.created.to_offset(VIETNAM).date());
        let number = row.number.as_ref().map(|number| number.number.to_string()).unwrap_or_default();
        let passed = written_day(said.passed.as_deref());
        vec![
            arrived,
            number,
            text(&said.author),
            text(&row.symbol),
            day(row.date),
            about,
            text(&said.charge),
            passed,
            String::new(),
            note,
        ]
    })
}

/// The names of the columns.
pub fn head(book: Book) -> Vec<&'static str> {
    columns(book).iter().map(|(name, _)| *name).collect()
}

/// Writes the register of some days into a table.
pub async fn table(folder: &DataFolder, caller: &Caller, book: Book, wanted: &Wanted, sheet: Sheet<'_>) -> Result<()> {
    let mut sheet = sheet;
    for row in rows(folder, caller, book, wanted).await? {
        sheet.row(&cells(&row)?.into_iter().map(Cell::Text).collect::<Vec<_>>())?;
    }
    sheet.finish()
}

/// Draws the register of some days.
pub async fn paper(folder: &DataFolder, caller: &Caller, book: Book, wanted: &Wanted) -> Result<Vec<u8>> {
    let rows = rows(folder, caller, book, wanted).await?;
    if rows.len() > MOST_ON_PAPER {
        return Err(too_long(MOST_ON_PAPER));
    }
    let unit = whose(folder, caller, wanted.unit.as_deref()).await?;
    let events = folder.store.read().await?.unit_events(&unit.id).await?;
    // the unit is called in its register what it was called on the last day in it
    let name = wanted.to.map_or(unit.name.as_str(), |day| units::name_on(&unit, &events, day));
    let title = match book {
        Book::Out => "Sổ đăng ký văn bản đi",
        Book::In => "Sổ đăng ký văn bản đến",
    };
    let days = match (wanted.from, wanted.to) {
        (None, None) => "Tất cả các ngày".to_owned(),
        (from, to) => format!(
            "Từ ngày {} đến ngày {}",
            from.map_or("…".to_owned(), short_date),
            to.map_or("…".to_owned(), short_date)
        ),
    };
    let count = rows.len();
    Paper {
        form: None,
        title: title.to_owned(),
        size: ACROSS,
        head: vec![format!("Đơn vị: {name}"), days],
        columns: columns(book).iter().map(|(name, share)| Column { name, share: *share, is_number: false }).collect(),
        rows: rows.iter().map(cells).collect::<Result<_>>()?,
        closing: vec![format!("Cộng: {count} văn bản")],
        author: name.to_owned(),
        id: format!("{title} {}", unit.id),
        time: folder.now(),
        attachment: None,
    }
    .draw()
}
