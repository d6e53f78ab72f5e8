//! The daily report 01/TH-BLĐT as it is sent to the tax office: XML signed by the unit's key for receipts, and a PDF that shows it, carries
//! it, and is signed as well. The first of a day, and an amendment each time that the day has changed since.

use super::daily::{self, Row, Totals};
use super::paper::{Column, Form, Paper};
use super::sheet::Cell;
use super::{daily_xml, signing};
use crate::audit::entry::Action;
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::SigningKey;
use crate::people::units;
use crate::receipts::amount::grouped;
use crate::receipts::content::{iso_date, short_date};
use crate::receipts::issue::Counter;
use crate::receipts::register;
use crate::store::accounts::FilingRow;
use crate::store::outgoing::OutgoingKind;
use crate::store::people::UnitRow;
use crate::store::{Sha256, Transaction};
use std::io::Read;
use time::{Date, Duration};

/// Rows of a report that are drawn at most: what is longer is for spreadsheets.
const MOST_DRAWN: u64 = 20_000;
/// Days that are looked after once they are over: as long as a service may have stood still.
const LOOKED_AFTER: i64 = 31;

/// The name of a report, as the log and the queue have it.
pub fn item(filing: &FilingRow) -> String {
    format!("{}/{}/{}", filing.unit, iso_date(filing.day), filing.amendment)
}

/// The report of a day: the newest that was signed if the day is still as it says, else a new one, which is put on its way.
pub async fn file(counter: &Counter<'_>, unit: &str, day: Date) -> Result<FilingRow> {
    let folder = counter.folder;
    let today = folder.today();
    if day > today {
        return Err(Error::new(Kind::Usage, "report.day", "daily report", format!("{day} has not come yet")));
    }
    let mut tx = folder.write().await?;
    // of a day before its unit was merged, the one that has its place reports
    let body = units::standing(&mut *tx, unit).await?;
    let (said, _) = said(&mut *tx, unit, day).await?;
    let content_sha256 = sha256(said.as_bytes());
    let newest = tx.newest_filing(unit, day).await?;
    if let Some(newest) = newest.as_ref().filter(|newest| newest.content_sha256 == content_sha256) {
        return Ok(newest.clone());
    }
    let amendment = newest.map_or(0, |newest| newest.amendment.saturating_add(1));
    let key = counter.key_of(&body).await?;
    let (document, at) = daily_xml::document(&body, day, amendment, today, &said);
    let about = format!("01-TH-BLDT/{}/{amendment}", iso_date(day));
    let mut filing = FilingRow {
        unit: unit.to_owned(),
        day,
        amendment,
        content_sha256,
        xml_sha256: Sha256::default(),
        pdf_sha256: None,
        log_index: 0,
        made: folder.now(),
        last_event: tx.last_event_on(unit, day).await?.unwrap_or_default(),
    };
    let entry = counter.entry(Action::ReportFiled, unit)?.about(&about).on_row(row::filing(&filing)?);
    let (xml, logged) = signing::sign_xml(folder, &mut *tx, &*key, (&document, at), entry).await?;
    (filing.xml_sha256, filing.log_index) = (sha256(&xml), logged.index);
    let mut files = vec![filing.xml_sha256];
    folder.blobs.wait(&[(&filing.xml_sha256, &xml)]).await?;
    if let Some(paper) = paper(&mut *tx, (&body, &*key), &filing, xml).await? {
        let entry = counter.entry(Action::ReportRendered, unit)?.about(&about);
        let (pdf, signed) = signing::sign_pdf(folder, &mut *tx, &*key, paper.draw()?, entry).await?;
        folder.blobs.wait(&[(&signed.sha256, &pdf)]).await?;
        filing.pdf_sha256 = Some(signed.sha256);
        files.push(signed.sha256);
    }
    tx.put_filing(&filing).await?;
    tx.put_outgoing(unit, OutgoingKind::Report, &item(&filing), folder.now()).await?;
    folder.commit(tx, &files).await?;
    Ok(filing)
}

/// A report that could not be made.
#[derive(Debug)]
pub struct NotFiled {
    /// The unit.
    pub unit: String,
    /// The day.
    pub day: Date,
    /// Why.
    pub why: Error,
}

/// Makes the reports of days that are over, of all units: of each day on which something happened to receipts and that has no report yet,
/// or has changed since. Several services may do so at once. Gives those that could not be made.
pub async fn file_ended(counter: &Counter<'_>) -> Result<Vec<NotFiled>> {
    let folder = counter.folder;
    let today = folder.today();
    let mut wanted = Vec::new();
    let mut tx = folder.store.read().await?;
    for unit in tx.units().await? {
        let days = (1..=LOOKED_AFTER).rev().filter_map(|days| today.checked_sub(Duration::days(days)));
        // from the day on when another one has its place, that one reports
        for day in days.filter(|day| unit.closed.is_none_or(|closed| *day < closed) || unit.successor.is_none()) {
            let Some(last) = tx.last_event_on(&unit.id, day).await? else { continue };
            if tx.newest_filing(&unit.id, day).await?.is_none_or(|newest| newest.last_event < last) {
                wanted.push((unit.id.clone(), day));
            }
        }
    }
    drop(tx);
    let mut failed = Vec::new();
    for (unit, day) in wanted {
        if let Err(why) = file(counter, &unit, day).await {
            failed.push(NotFiled { unit, day, why });
        }
    }
    Ok(failed)
}

/// The report that was signed last, if the day is still as it says.
pub async fn current(folder: &DataFolder, unit: &str, day: Date) -> Result<Option<FilingRow>> {
    let mut tx = folder.store.read().await?;
    let content = sha256(said(&mut *tx, unit, day).await?.0.as_bytes());
    Ok(tx.newest_filing(unit, day).await?.filter(|newest| newest.content_sha256 == content))
}

async fn said(tx: &mut dyn Transaction, unit: &str, day: Date) -> Result<(String, Totals)> {
    let mut body = daily_xml::Body::new();
    let totals = daily::each(tx, unit, day, &mut |row| {
        body.row(row);
        Ok(())
    })
    .await?;
    Ok((body.finish(&totals), totals))
}

/// The signed XML.
pub async fn xml(folder: &DataFolder, filing: &FilingRow) -> Result<Vec<u8>> {
    stored(folder, filing, &filing.xml_sha256).await
}

/// The signed PDF, which carries that XML.
pub async fn pdf(folder: &DataFolder, filing: &FilingRow) -> Result<Vec<u8>> {
    let none = || {
        let why = format!("it has no PDF: only reports of at most {MOST_DRAWN} rows have one");
        Error::new(Kind::Usage, "report.too_long", format!("daily report {}", item(filing)), why).hint("as XLSX or CSV")
    };
    stored(folder, filing, filing.pdf_sha256.as_ref().ok_or_else(none)?).await
}

async fn stored(folder: &DataFolder, filing: &FilingRow, sha256: &Sha256) -> Result<Vec<u8>> {
    let damaged = |why: String| {
        Error::new(Kind::BadInput, "store.damaged", format!("daily report {}", item(filing)), why)
            .hint("dauson audit verify")
    };
    let mut bytes = Vec::new();
    let file = register::open(folder, sha256).await?;
    let mut file = file.ok_or_else(|| damaged("its file is missing or was changed in the store".to_owned()))?;
    file.read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(bytes)
}

/// The report to be drawn for print; none if it is too long for that.
async fn paper(
    tx: &mut dyn Transaction,
    (unit, key): (&UnitRow, &dyn SigningKey),
    filing: &FilingRow,
    xml: Vec<u8>,
) -> Result<Option<Paper>> {
    let mut rows = Vec::new();
    let totals = daily::each(tx, &filing.unit, filing.day, &mut |row| {
        if row.no <= MOST_DRAWN {
            rows.push(shown(row));
        }
        Ok(())
    })
    .await?;
    if totals.rows > MOST_DRAWN {
        return Ok(None);
    }
    let amendment = match filing.amendment {
        0 => "[x] Lần đầu   [ ] Bổ sung lần thứ ...".to_owned(),
        nth => format!("[ ] Lần đầu   [x] Bổ sung lần thứ {nth}"),
    };
    let sums = daily::Change::ALL.map(|change| {
        let sum = totals.of(change);
        format!("{}: {} biên lai, {} đ", change.vietnamese(), sum.receipts, dong(sum.amount))
    });
    Ok(Some(Paper {
        form: Some(Form::of(unit, key)?),
        title: daily_xml::TITLE.to_owned(),
        size: (841.89, 595.28),
        head: vec![
            format!("Mẫu số: {}", daily_xml::FORM),
            format!("Kỳ dữ liệu: ngày {}", short_date(filing.day)),
            amendment,
            format!("Tên người nộp thuế (cơ quan thu): {}", unit.name),
            format!("Mã số thuế: {}", unit.tax_code),
        ],
        columns: COLUMNS.to_vec(),
        rows,
        closing: vec![
            sums.join("; "),
            format!("Đã bị thay thế: {} đ", dong(totals.superseded.amount)),
            format!("Tổng cộng thu trong ngày: {} đ", dong(totals.net())),
            "Bản thể hiện có chữ ký số của cơ quan thu; dữ liệu gốc đã ký số là tệp XML đính kèm.".to_owned(),
            format!("SHA-256 của tệp XML: {}", hex::encode(filing.xml_sha256)),
        ],
        author: unit.name.clone(),
        id: format!("01-TH-BLDT {}", item(filing)),
        time: filing.made,
        attachment: Some(("bang-tong-hop.xml", xml)),
    }))
}

const COLUMNS: [Column; 12] = [
    Column { name: "STT", share: 3.0, is_number: true },
    Column { name: "Mẫu số", share: 5.0, is_number: false },
    Column { name: "Ký hiệu", share: 5.0, is_number: false },
    Column { name: "Số", share: 7.0, is_number: false },
    Column { name: "Ngày lập", share: 7.0, is_number: false },
    Column { name: "Loại phí, lệ phí", share: 20.0, is_number: false },
    Column { name: "Số tiền", share: 9.0, is_number: true },
    Column { name: "Mức thu", share: 8.0, is_number: true },
    Column { name: "Trạng thái", share: 7.0, is_number: false },
    Column { name: "Kỳ điều chỉnh", share: 7.0, is_number: false },
    Column { name: "Biên lai liên quan", share: 10.0, is_number: false },
    Column { name: "Giải thích, ghi chú", share: 14.0, is_number: false },
];

fn dong(amount: i128) -> String {
    i64::try_from(amount).map_or_else(|_| amount.to_string(), grouped)
}

fn shown(row: &Row) -> Vec<String> {
    let mut cells: Vec<String> = row
        .cells()
        .into_iter()
        .map(|cell| match cell {
            Cell::Text(text) => text,
            Cell::Number(number) => dong(number),
        })
        .collect();
    // explanation and note share a column
    let note = cells.pop().unwrap_or_default();
    if let Some(explanation) = cells.last_mut().filter(|_| !note.is_empty()) {
        *explanation = format!("{explanation} {note}").trim().to_owned();
    }
    cells
}
