//! A unit's fee catalogue changed and shown, row by row; as a table.
//!
//! The past stays as it was: of a row whose period has begun only the end can be set, not before today; a new price is a new row from
//! tomorrow on at the earliest, and ends the row before it. Periods of one code do not overlap.

use super::fees::{Fee, FeeReduction};
use super::{csv, spreadsheet};
use crate::audit::entry::{Action, Entry, catalogue_digest};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::units;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;
use time::macros::format_description;

/// Rows of one change.
const MOST_ROWS: usize = 10_000;
/// The columns of a table.
pub const HEAD: [&str; 11] = [
    "code",
    "name",
    "kind",
    "legal_basis",
    "unit",
    "price",
    "portal_price",
    "valid_from",
    "valid_to",
    "reductions",
    "budget_item",
];

/// A fee and whose catalogue it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FeeOf {
    /// The unit whose catalogue it is in.
    pub of: String,
    /// The fee.
    #[serde(flatten)]
    pub fee: Fee,
}

/// What becomes of a row that is handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RowReport {
    /// The line of the file, or the place in the list, from 1.
    pub row: usize,
    /// The code, if it can be read.
    pub code: Option<String>,
    /// `new`, `changed`, `ended` or `unchanged`.
    pub change: Option<&'static str>,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// A row that is handed in, if it can be read, and where it is.
pub type Given = (usize, std::result::Result<Fee, String>);

/// All fees in force for a unit on a day, today if none is given: its own and what it inherits.
pub async fn in_force(folder: &DataFolder, unit: &str, day: Option<Date>) -> Result<Vec<FeeOf>> {
    let day = day.unwrap_or_else(|| folder.today());
    let rows = folder.store.read().await?.fees_in_force(unit, day).await?;
    rows.iter().map(|row| Ok(FeeOf { of: row.unit.clone(), fee: Fee::of(row)? })).collect()
}

/// Every row of a unit's own catalogue.
pub async fn own(folder: &DataFolder, unit: &str) -> Result<Vec<FeeOf>> {
    units::get(folder, unit).await?;
    let rows = folder.store.read().await?.fees_of(unit).await?;
    rows.iter().map(|row| Ok(FeeOf { of: row.unit.clone(), fee: Fee::of(row)? })).collect()
}

/// The newest row of a code in a unit's own catalogue.
pub async fn newest(folder: &DataFolder, unit: &str, code: &str) -> Result<Fee> {
    let found = own(folder, unit).await?.into_iter().rev().find(|listed| listed.fee.code == code);
    let missing =
        || Error::new(Kind::NotFound, "fee.not_found", format!("fee {code}"), "the unit has none of that code");
    found.map(|listed| listed.fee).ok_or_else(missing)
}

/// Changes a unit's catalogue, all rows or none. With one fault, or if it is only tried, nothing is changed.
pub async fn put(
    folder: &DataFolder,
    unit: &str,
    given: Vec<Given>,
    dry_run: bool,
    actor: &str,
) -> Result<Vec<RowReport>> {
    if given.len() > MOST_ROWS {
        let why = format!("there are more than {MOST_ROWS} rows");
        return Err(Error::new(Kind::BadInput, "fee.rows", "fee catalogue", why));
    }
    units::get(folder, unit).await?;
    let mut tx = folder.store.write().await?;
    let mut catalogue = Catalogue { today: folder.today(), rows: BTreeMap::new(), touched: BTreeSet::new() };
    for row in tx.fees_of(unit).await? {
        catalogue.rows.insert((row.code.clone(), row.valid_from), Fee::of(&row)?);
    }
    let (mut reports, mut seen) = (Vec::with_capacity(given.len()), BTreeSet::new());
    for (row, fee) in given {
        let code = fee.as_ref().ok().map(|fee| fee.code.clone());
        let done = fee.and_then(|fee| fee.checked().map_err(|error| error.to_string())).and_then(|fee| {
            if !seen.insert((fee.code.clone(), fee.valid_from)) {
                return Err(
                    both!("mã và ngày đầu này đã có ở trên", "the same code and first day came before").to_string()
                );
            }
            catalogue.put(fee)
        });
        let (change, fault) = (done.as_ref().ok().copied(), done.err());
        reports.push(RowReport { row, code, change, fault });
    }
    if dry_run || reports.iter().any(|report| report.fault.is_some()) || catalogue.touched.is_empty() {
        return Ok(reports);
    }
    for key in &catalogue.touched {
        if let Some(fee) = catalogue.rows.get(key) {
            tx.put_fee(&fee.row(unit)?).await?;
        }
    }
    let mut entry = Entry::new(Action::FeesChanged, folder.now())?.of_unit(unit);
    entry.actor = Some(folder.log.pseudonym(actor));
    entry.digest = Some(catalogue_digest(&tx.fees_of(unit).await?)?);
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    Ok(reports)
}

/// A unit's own rows while they are changed.
struct Catalogue {
    today: Date,
    rows: BTreeMap<(String, Date), Fee>,
    touched: BTreeSet<(String, Date)>,
}

impl Catalogue {
    fn put(&mut self, fee: Fee) -> std::result::Result<&'static str, String> {
        let key = (fee.code.clone(), fee.valid_from);
        let change = match self.rows.get(&key) {
            Some(old) if *old == fee => return Ok("unchanged"),
            Some(old) if old.valid_from <= self.today => {
                if (Fee { valid_to: fee.valid_to, ..old.clone() }) != fee {
                    let why = both!(
                        "đã áp dụng từ {from}: chỉ đặt được ngày cuối; giá mới là dòng mới, sớm nhất từ ngày mai",
                        "it began on {from}: only its end can be set; a new price is a new row from tomorrow on at the earliest",
                        from = old.valid_from
                    );
                    return Err(why.to_string());
                }
                if [old.valid_to, fee.valid_to].into_iter().flatten().any(|to| to < self.today) {
                    return Err(both!("ngày cuối đã qua", "its end is in the past, or would be").to_string());
                }
                "ended"
            }
            Some(_) => "changed",
            None => {
                if fee.valid_from <= self.today && self.of_code(&fee.code).next().is_some() {
                    let why = both!(
                        "mã này đã có trong danh mục: dòng mới áp dụng sớm nhất từ ngày mai",
                        "the code is in the catalogue: a new row begins tomorrow at the earliest"
                    );
                    return Err(why.to_string());
                }
                self.end_before(&fee);
                "new"
            }
        };
        let meets = |other: &Fee| {
            other.valid_from != fee.valid_from
                && fee.valid_to.is_none_or(|to| other.valid_from <= to)
                && other.valid_to.is_none_or(|to| to >= fee.valid_from)
        };
        if let Some(other) = self.of_code(&fee.code).find(|other| meets(other)) {
            let why = both!(
                "thời hạn chồng lên dòng từ {from}",
                "its period overlaps with that of the row from {from}",
                from = other.valid_from
            );
            return Err(why.to_string());
        }
        self.touched.insert(key.clone());
        self.rows.insert(key, fee);
        Ok(change)
    }

    fn of_code<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Fee> {
        self.rows.values().filter(move |fee| fee.code == code)
    }

    /// A row without an end ends where a new one begins.
    fn end_before(&mut self, fee: &Fee) {
        for (key, old) in &mut self.rows {
            if old.code == fee.code && old.valid_to.is_none() && old.valid_from < fee.valid_from {
                old.valid_to = fee.valid_from.previous_day();
                self.touched.insert(key.clone());
            }
        }
    }
}

/// The row of a table.
pub fn cells(fee: &Fee) -> [String; 11] {
    let reductions: Vec<String> = fee
        .reductions
        .iter()
        .map(|FeeReduction { code, percent, reason }| format!("{code}={percent} {reason}"))
        .collect();
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        fee.code.clone(),
        fee.name.clone(),
        fee.kind.as_str().to_owned(),
        fee.legal_basis.clone(),
        text(fee.unit.clone()),
        fee.price.to_string(),
        text(fee.portal_price.as_ref().map(ToString::to_string)),
        fee.valid_from.to_string(),
        text(fee.valid_to.map(|to| to.to_string())),
        reductions.join(" | "),
        text(fee.budget_item.as_ref().map(ToString::to_string)),
    ]
}

/// A catalogue as CSV.
pub fn write_csv<'a>(fees: impl IntoIterator<Item = &'a Fee>) -> String {
    let mut text = "\u{feff}".to_owned();
    csv::write(&mut text, &HEAD);
    for fee in fees {
        csv::write(&mut text, &cells(fee).each_ref().map(String::as_str));
    }
    text
}

/// Reads a catalogue from a table, CSV or XLSX. The first row names the columns, in any order; a row that cannot be read says why.
pub fn read(bytes: &[u8]) -> Result<Vec<Given>> {
    let wrong = |why: String| Error::new(Kind::BadInput, "fee.table", "fee catalogue", why);
    let mut rows = spreadsheet::read(bytes).map_err(|error| wrong(error.to_string()))?.into_iter();
    let head = rows.next().ok_or_else(|| wrong("it is empty".to_owned()))?.cells;
    if let Some(name) = head.iter().find(|name| !HEAD.contains(&name.as_str())) {
        let why = both!(
            "không có cột {name:?}; các cột là {all}",
            "{name:?} is no column; those are {all}",
            all = HEAD.join(", ")
        );
        return Err(wrong(why.to_string()));
    }
    Ok(rows.map(|row| (row.line, read_row(&head, &row.cells))).collect())
}

fn read_row(head: &[String], cells: &[String]) -> std::result::Result<Fee, String> {
    if cells.len() > head.len() {
        return Err(format!("it has {} cells, the first row {}", cells.len(), head.len()));
    }
    let cell = |name: &str| {
        let at = head.iter().position(|column| column == name);
        at.and_then(|at| cells.get(at)).map(String::as_str).filter(|cell| !cell.is_empty())
    };
    let needed = |name: &str| cell(name).ok_or_else(|| format!("{name}: {}", both!("phải có", "must be given")));
    let price = |text: &str| text.parse().map_err(|error: super::price::BadPrice| error.to_string());
    Ok(Fee {
        code: needed("code")?.to_owned(),
        name: needed("name")?.to_owned(),
        kind: needed("kind")?.parse()?,
        legal_basis: needed("legal_basis")?.to_owned(),
        unit: cell("unit").map(str::to_owned),
        price: price(needed("price")?)?,
        portal_price: cell("portal_price").map(price).transpose()?,
        valid_from: read_day(needed("valid_from")?)?,
        valid_to: cell("valid_to").map(read_day).transpose()?,
        budget_item: cell("budget_item").map(|text| text.parse().map_err(|why: &str| why.to_owned())).transpose()?,
        reductions: cell("reductions").map_or(Ok(Vec::new()), |text| text.split('|').map(read_reduction).collect())?,
    })
}

/// Reads `HN=50% Hộ nghèo`.
pub fn read_reduction(text: &str) -> std::result::Result<FeeReduction, String> {
    let given = text.trim();
    let wrong = || {
        both!("{given:?} không phải miễn giảm như HN=50% Hộ nghèo", "{given:?} is no reduction such as HN=50% Hộ nghèo")
            .to_string()
    };
    let (code, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (percent, reason) = rest.trim().split_once(' ').ok_or_else(wrong)?;
    let percent = percent.parse().map_err(|why: &str| why.to_owned())?;
    Ok(FeeReduction { code: code.trim().to_owned(), percent, reason: reason.trim().to_owned() })
}

/// Reads `2026-11-24`.
pub fn read_day(text: &str) -> std::result::Result<Date, String> {
    let parsed = Date::parse(text, format_description!("[year]-[month]-[day]"));
    parsed.map_err(|_| {
        both!("{text:?} không phải ngày như 2026-11-24", "{text:?} is not a day such as 2026-11-24").to_string()
    })
}
