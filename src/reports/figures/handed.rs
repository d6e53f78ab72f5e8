//! What units and the portal hand in, since it is in no document and no receipt here: counts of a month (dossiers, what still is on paper) and
//! targets. Each row has its entry in the log; the newest counts.

use super::super::no_unit;
use super::period::Period;
use super::{Percent, Share};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::people::units;
use crate::receipts::spreadsheet;
use crate::store::Transaction;
use crate::store::figures::HandedRow;
use serde::{Deserialize, Serialize};

/// Rows that are handed in together.
const MOST_ROWS: usize = 20_000;
/// The largest count.
const LARGEST: u32 = 1_000_000_000;
/// The columns of a table.
pub const HEAD: [&str; 4] = ["unit", "period", "name", "value"];

/// Counts of a month that are handed in.
pub const COUNTS: [&str; 4] = ["dossiers", "dossiers_on_time", "paper_documents", "paper_receipts"];

/// A row. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Of which unit; left out it is the own one.
    pub unit: Option<String>,
    /// A month, `2026-11`; of targets also a quarter, `2026-Q4`, or a year, `2026`.
    pub period: String,
    /// `dossiers`, `dossiers_on_time`, `paper_documents`, `paper_receipts`; a target: `target.` and the name of a share, such as `target.on_time`.
    pub name: String,
    /// How many; of a target percent, `98.5`.
    #[schema(value_type = f64)]
    pub value: serde_json::Number,
}

/// Who hands in: for which unit and those below it, or on the command line for all; whether targets, too.
#[derive(Debug, Clone)]
pub struct Hand<'a> {
    /// What the log knows as a pseudonym.
    pub actor: &'a str,
    /// The unit; none: all, and each row names its own.
    pub unit: Option<&'a str>,
    /// Whether targets may be set.
    pub sets_targets: bool,
}

/// What became of what was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Taken {
    /// Rows.
    pub rows: usize,
    /// Rows that say something else than before.
    pub changed: usize,
}

/// Reads a table, CSV or XLSX: unit, period, name, value, in any order.
pub fn read(bytes: &[u8]) -> Result<Vec<Given>> {
    let wrong = |why: String| Error::new(Kind::BadInput, "figures.table", "the table", why);
    let rows = spreadsheet::read(bytes).map_err(|error| wrong(error.to_string()))?;
    let Some((head, rows)) = rows.split_first() else { return Err(wrong("it is empty".to_owned())) };
    let column = |name: &str| {
        let found = head.cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        found.ok_or_else(|| wrong(format!("it has no column {name}; its columns are {}", HEAD.join(", "))))
    };
    let [unit, period, name, value] = HEAD.map(column);
    let (unit, period, name, value) = (unit?, period?, name?, value?);
    let read = |row: &crate::receipts::csv::Row| {
        let cell = |at: usize| row.cells.get(at).cloned().unwrap_or_default();
        let number = cell(value).replace(',', ".").parse();
        let number = number.map_err(|_| wrong(format!("line {}: {:?} is no number", row.line, cell(value))))?;
        Ok(Given {
            unit: Some(cell(unit)).filter(|unit| !unit.is_empty()),
            period: cell(period),
            name: cell(name),
            value: number,
        })
    };
    rows.iter().map(read).collect()
}

/// A number of at most two decimals, in hundredths.
fn hundredths(number: &serde_json::Number) -> Option<u32> {
    let text = number.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_fit = !whole.is_empty() && whole.len() <= 10 && part.len() <= 2 && digits(whole) && digits(part);
    let part: u32 = if is_fit { format!("{part:0<2}").parse().ok()? } else { return None };
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)
}

impl Given {
    fn wrong(&self, code: &'static str, why: Text) -> Error {
        Error::new(Kind::Usage, code, format!("{} {}", self.period, self.name), why)
    }

    /// What it is as it is kept, for a unit.
    fn check(&self, folder: &DataFolder, hand: &Hand<'_>, unit: &str) -> Result<HandedRow> {
        let period: Period = self.period.parse()?;
        let value = if let Some(share) = self.name.strip_prefix("target.") {
            if !hand.sets_targets {
                let why = both!("chỉ lãnh đạo đơn vị đặt chỉ tiêu", "targets are set by a leader");
                return Err(Error::new(Kind::NotAllowed, "figures.target", &self.name, why));
            }
            if !Share::ALL.iter().any(|known| known.as_str() == share) {
                return Err(self.unknown());
            }
            let most = Percent::WHOLE.0;
            hundredths(&self.value).filter(|value| *value <= most).ok_or_else(|| {
                self.wrong(
                    "figures.value",
                    both!(
                        "chỉ tiêu là phần trăm từ 0 đến 100, nhiều nhất hai chữ số thập phân",
                        "a target is 0 to 100 percent with at most two decimals"
                    ),
                )
            })?
        } else {
            if !COUNTS.contains(&self.name.as_str()) {
                return Err(self.unknown());
            }
            if self.period.len() != "2026-11".len() || self.period.contains('Q') {
                return Err(self.wrong(
                    "figures.period",
                    both!("số liệu nộp theo tháng, ví dụ 2026-11", "counts are those of a month, such as 2026-11"),
                ));
            }
            if period.from > folder.today() {
                return Err(self.wrong("figures.period", both!("tháng này chưa tới", "that month has not come yet")));
            }
            let whole =
                self.value.as_u64().and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= LARGEST);
            whole.ok_or_else(|| {
                self.wrong("figures.value", both!("phải là số nguyên không âm", "it is no whole number from 0 on"))
            })?
        };
        let (unit, period, name) = (unit.to_owned(), self.period.clone(), self.name.clone());
        Ok(HandedRow { unit, period, name, value, handed: folder.now() })
    }

    fn unknown(&self) -> Error {
        let shares = Share::ALL.map(|share| format!("target.{}", share.as_str())).join(", ");
        let counts = COUNTS.join(", ");
        self.wrong(
            "figures.name",
            both!(
                "không có số liệu tên này; có: {counts}, {shares}",
                "there is none of that name; there are {counts}, {shares}"
            ),
        )
    }
}

/// Takes all rows or none.
pub async fn take(folder: &DataFolder, hand: &Hand<'_>, rows: &[Given]) -> Result<Taken> {
    if rows.len() > MOST_ROWS {
        let why = both!("mỗi lần nộp nhiều nhất {MOST_ROWS} dòng", "at most {MOST_ROWS} rows are handed in together");
        return Err(Error::new(Kind::Usage, "figures.rows", "figures", why));
    }
    let mut tx = folder.store.write().await?;
    let mut entries = Vec::new();
    let mut months: Vec<(String, String)> = Vec::new();
    for given in rows {
        let unit =
            given.unit.as_deref().or(hand.unit).ok_or_else(|| {
                given.wrong("figures.unit", both!("chưa nêu đơn vị", "it does not say of which unit"))
            })?;
        let is_own = match hand.unit {
            Some(own) => units::is_within(&mut *tx, unit, own).await?,
            None => true,
        };
        // another's unit is as if it were not there
        if !is_own || tx.unit(unit).await?.is_none() {
            return Err(no_unit(unit));
        }
        let row = given.check(folder, hand, unit)?;
        let before = tx.handed(&row.unit, &row.period, &row.name).await?;
        if before.is_some_and(|before| before.value == row.value) {
            continue;
        }
        tx.put_handed(&row).await?;
        let entry =
            Entry::new(Action::FigureHandedIn, row.handed)?.of_unit(&row.unit).by(folder.log.pseudonym(hand.actor));
        entries.push(entry.on_row(row::handed(&row)?));
        months.push((row.unit, row.period));
    }
    months.sort();
    months.dedup();
    for (unit, month) in &months {
        part_of(&mut *tx, unit, month).await?;
    }
    if !entries.is_empty() {
        folder.log.append(&mut *tx, &entries).await?;
        tx.commit().await?;
    }
    Ok(Taken { rows: rows.len(), changed: entries.len() })
}

/// No more dossiers are on time than there are.
async fn part_of(tx: &mut dyn Transaction, unit: &str, month: &str) -> Result<()> {
    let mut value = async |name: &str| Ok::<_, Error>(tx.handed(unit, month, name).await?.map_or(0, |row| row.value));
    let (all, on_time) = (value("dossiers").await?, value("dossiers_on_time").await?);
    if on_time <= all {
        return Ok(());
    }
    let why = both!(
        "{on_time} hồ sơ đúng hạn, nhưng cả thảy chỉ có {all} hồ sơ",
        "{on_time} dossiers are said to be on time, of {all} altogether"
    );
    Err(Error::new(Kind::Usage, "figures.value", format!("{unit} {month} dossiers_on_time"), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_two_decimals_at_most() {
        let read = |text: &str| text.parse().ok().and_then(|number| hundredths(&number));
        assert_eq!([read("98.25"), read("98.5"), read("98"), read("0")], [Some(9825), Some(9850), Some(9800), Some(0)]);
        assert_eq!([read("98.255"), read("-1"), read("99999999999")], [None; 3]);
    }

    #[test]
    fn a_table_names_its_columns() {
        let rows =
            read("name;unit;value;period\ntarget.signed;;98,5;2026\ndossiers;xa-a;12;2026-11\n".as_bytes()).unwrap();
        assert_eq!(
            (rows[0].unit.as_deref(), rows[0].value.to_string(), &*rows[0].period),
            (None, "98.5".to_owned(), "2026")
        );
        assert_eq!((rows[1].unit.as_deref(), rows[1].value.as_u64()), (Some("xa-a"), Some(12)));
        assert!(read(b"unit,period,value\n").unwrap_err().why.contains("no column name"));
        assert!(read(b"unit,period,name,value\na,2026,dossiers,many\n").unwrap_err().why.contains("line 2"));
    }
}
