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
    let filter = DispatchFilter { unit: caller.unit.clone(), text, ..filter };
    Ok(folder.store.read().await?.dispatches(&filter, most).await?)
}

/// The register of some days: what has a number, in the order of numbers.
async fn rows(
    folder: &DataFolder,
    caller: &Caller,
    book: Book,
    (from, to): (Option<Date>, Option<Date>),
) -> Result<Vec<DispatchRow>> {
    caller.may(Permission::ReadDocuments)?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        let why = both!("từ ngày sau đến ngày", "from is after to");
        return Err(Error::new(Kind::Usage, "request.date", both!("sổ", "register").to_string(), why));
    }
    let (unit, book) = (caller.unit.clone(), book.as_str().to_owned());
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
pub async fn table(
    folder: &DataFolder,
    caller: &Caller,
    book: Book,
    days: (Option<Date>, Option<Date>),
    sheet: Sheet<'_>,
) -> Result<()> {
    let mut sheet = sheet;
    for row in rows(folder, caller, book, days).await? {
        sheet.row(&cells(&row)?.into_iter().map(Cell::Text).collect::<Vec<_>>())?;
    }
    sheet.finish()
}

/// Draws the register of some days.
pub async fn paper(
    folder: &DataFolder,
    caller: &Caller,
    book: Book,
    days: (Option<Date>, Option<Date>),
) -> Result<Vec<u8>> {
    let rows = rows(folder, caller, book, days).await?;
    if rows.len() > MOST_ON_PAPER {
        return Err(too_long(MOST_ON_PAPER));
    }
    let unit = units::get(folder, &caller.unit).await?;
    let title = match book {
        Book::Out => "Sổ đăng ký văn bản đi",
        Book::In => "Sổ đăng ký văn bản đến",
    };
    let (from, to) = days;
    let days = match (from, to) {
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
        head: vec![format!("Đơn vị: {}", unit.name), days],
        columns: columns(book).iter().map(|(name, share)| Column { name, share: *share, is_number: false }).collect(),
        rows: rows.iter().map(cells).collect::<Result<_>>()?,
        closing: vec![format!("Cộng: {count} văn bản")],
        author: unit.name,
        id: format!("{title} {}", unit.id),
        time: folder.now(),
        attachment: None,
    }
    .draw()
}
