//! Receipts issued from a table, one row a line of a receipt. What was issued from a row is issued once: the same table again, byte for byte,
//! gives the same receipts. A table that was edited is another one.

use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::receipts::field::payment_of;
use crate::receipts::issue::{Asked, Counter, Issued, Rehearsed};
use crate::receipts::press::issue_together;
use crate::receipts::request::{PaymentMethod, Request};
use crate::receipts::spreadsheet;
use crate::receipts::view::identity;
use crate::store::Sha256;
use crate::store::receipts::{ReceiptFilter, ReceiptRow};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// Receipts that are read at a time.
const CHUNK: u32 = 256;
/// What idempotency keys of tables begin with.
const KEY: &str = "batch-";

/// The columns of a table.
pub const HEAD: [&str; 20] = [
    "key",
    "series",
    "payer_name",
    "tax_code",
    "personal_id",
    "address",
    "email",
    "phone",
    "account",
    "fee",
    "name",
    "unit",
    "quantity",
    "unit_price",
    "value",
    "reduction",
    "method",
    "reference",
    "dossier",
    "note",
];

/// A receipt that a table asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The lines of the file.
    pub lines: Vec<usize>,
    /// What makes it the same when the table comes again.
    pub key: String,
    /// The request, or why the rows give none.
    pub request: std::result::Result<Request, String>,
}

/// Reads a table: CSV or XLSX whose first row names columns, in any order. Rows with the same `key` are lines of one receipt; a row without one
/// is a receipt of its own.
pub fn read(bytes: &[u8]) -> Result<Vec<Wanted>> {
    let wrong = |why: Text| Error::new(Kind::BadInput, "batch.table", "bảng", why);
    let unreadable = |error| wrong(both!("không đọc được bảng: {error}", "{error}"));
    let mut rows = spreadsheet::read(bytes).map_err(unreadable)?.into_iter();
    let head = rows.next().ok_or_else(|| wrong(both!("bảng trống", "it is empty")))?.cells;
    if let Some(name) = head.iter().find(|name| !HEAD.contains(&name.as_str())) {
        return Err(wrong(both!(
            "không có cột {name:?}; các cột là {all}",
            "{name:?} is no column; those are {all}",
            all = HEAD.join(", ")
        )));
    }
    let table = hex::encode(sha256(bytes));
    let mut all: Vec<(Wanted, Option<Value>)> = Vec::new();
    let mut places = HashMap::<String, usize>::new();
    for row in rows {
        let cell = |name: &str| {
            let at = head.iter().position(|column| column == name);
            at.and_then(|at| row.cells.get(at)).map(String::as_str).filter(|cell| !cell.is_empty())
        };
        let asked = if row.cells.len() > head.len() {
            let (cells, columns) = (row.cells.len(), head.len());
            Err(both!("có {cells} ô, dòng đầu có {columns}", "it has {cells} cells, the first row {columns}")
                .to_string())
        } else {
            request_of(&cell)
        };
        if let Some(at) = cell("key").and_then(|key| places.get(key).copied())
            && let Some((wanted, first)) = all.get_mut(at)
        {
            wanted.lines.push(row.line);
            *first = match (first.take(), asked) {
                (Some(first), Ok(asked)) => match joined(first, asked) {
                    Ok(both) => Some(both),
                    Err(why) => {
                        wanted.request = Err(why);
                        None
                    }
                },
                (_, Err(why)) => {
                    wanted.request = Err(why);
                    None
                }
                (None, _) => None,
            };
            continue;
        }
        if let Some(key) = cell("key") {
            places.insert(key.to_owned(), all.len());
        }
        // the same row twice is meant twice, and so is one of another table
        let key = format!("{KEY}{table}-{}", row.line);
        let (request, first) = match asked {
            Ok(asked) => (Err(String::new()), Some(asked)),
            Err(why) => (Err(why), None),
        };
        all.push((Wanted { lines: vec![row.line], key, request }, first));
    }
    Ok(all.into_iter().map(|(wanted, asked)| finished(wanted, asked)).collect())
}

fn finished(mut wanted: Wanted, asked: Option<Value>) -> Wanted {
    if let Some(asked) = asked {
        wanted.request = Request::parse(asked.to_string().as_bytes()).map_err(|error| error.to_string());
    }
    wanted
}

/// What a row asks for, or all that is wrong with its cells.
fn request_of<'a>(cell: &impl Fn(&str) -> Option<&'a str>) -> std::result::Result<Value, String> {
    let mut wrong: Vec<String> = ["payer_name", "fee"]
        .into_iter()
        .filter(|name| cell(name).is_none())
        .map(|name| format!("{name}: {}", both!("phải có", "must be given")))
        .collect();
    for name in ["quantity", "unit_price", "value"] {
        if let Some(text) = cell(name).filter(|text| text.parse::<i64>().is_err()) {
            let why = both!("{text:?} không phải số nguyên", "{text:?} is not a whole number");
            wrong.push(format!("{name}: {why}"));
        }
    }
    let methods = PaymentMethod::ALL.map(PaymentMethod::as_str);
    if let Some(text) = cell("method").filter(|text| !methods.contains(text)) {
        let why = both!("{text:?} không phải {all}", "{text:?} is none of {all}", all = methods.join(", "));
        wrong.push(format!("method: {why}"));
    }
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    let number = |name: &str| cell(name).and_then(|text| text.parse::<i64>().ok());
    let mut line = Map::new();
    line.insert("fee".to_owned(), cell("fee").into());
    line.insert("quantity".to_owned(), number("quantity").unwrap_or(1).into());
    for name in ["name", "unit"] {
        line.insert(name.to_owned(), cell(name).into());
    }
    for name in ["unit_price", "value"] {
        if let Some(number) = number(name) {
            line.insert(name.to_owned(), number.into());
        }
    }
    if let Some(code) = cell("reduction") {
        line.insert("reduction".to_owned(), json!({ "code": code }));
    }
    Ok(json!({
        "series": cell("series"),
        "payer": {
            "name": cell("payer_name"), "tax_code": cell("tax_code"), "personal_id": cell("personal_id"),
            "address": cell("address"), "email": cell("email"), "phone": cell("phone"), "account": cell("account"),
        },
        "lines": [line],
        "payment": {"method": cell("method").unwrap_or("cash"), "reference": cell("reference")},
        "dossier": cell("dossier"),
        "note": cell("note"),
    }))
}

/// Two rows of one receipt: all but the lines must agree.
fn joined(mut first: Value, mut other: Value) -> std::result::Result<Value, String> {
    let lines = |value: &mut Value| value.get_mut("lines").map(Value::take).unwrap_or_default();
    let (Value::Array(mut all), Value::Array(more)) = (lines(&mut first), lines(&mut other)) else {
        return Err(both!("các dòng không có khoản thu", "the rows have no lines").to_string());
    };
    if first != other {
        let why = both!(
            "các dòng cùng key phải giống nhau, trừ khoản thu",
            "rows with the same key differ in more than the fee"
        );
        return Err(why.to_string());
    }
    all.extend(more);
    if let Some(lines) = first.get_mut("lines") {
        *lines = Value::Array(all);
    }
    Ok(first)
}

/// What is to be said of the receipts of a table, by their places in it.
#[derive(Debug, Default)]
pub struct Judged {
    /// Why one cannot be issued.
    pub faults: Vec<(usize, String)>,
    /// What somebody should look at.
    pub warnings: Vec<(usize, String)>,
}

/// What is wrong with each receipt of a table, if they are issued one after the other; nothing is issued.
pub async fn try_out(counter: &Counter<'_>, table: &[Wanted], progress: &dyn Fn()) -> Result<Judged> {
    let (mut all, mut payments, mut issued) = (Judged::default(), HashSet::new(), HashMap::new());
    let mut rehearsal = counter.rehearsal().await?;
    for (index, wanted) in table.iter().enumerate() {
        progress();
        let fault = match &wanted.request {
            Err(why) => Some(why.clone()),
            Ok(request) => {
                let payment = request.payment.reference.as_deref().map(payment_of);
                if payment.is_some_and(|payment| !payments.insert(payment)) {
                    let why = both!("một biên lai khác trong bảng đã dùng", "another receipt of the table has it");
                    Some(format!("payment.reference: {why}"))
                } else {
                    match rehearsal.of(request, &wanted.key).await {
                        Err(error) if matches!(error.kind, Kind::Unavailable | Kind::Bug) => return Err(error),
                        Err(error) => Some(error.why),
                        Ok(None) => None,
                        Ok(Some(Rehearsed { unit, request_sha256, warnings })) => {
                            all.warnings.extend(warnings.into_iter().map(|warning| (index, warning)));
                            if !issued.contains_key(&unit) {
                                issued.insert(unit.clone(), from_tables_today(counter, &unit).await?);
                            }
                            if let Some(receipt) = issued.get(&unit).and_then(|known| known.get(&request_sha256)) {
                                let why = both!(
                                    "hôm nay {receipt} đã được lập từ một dòng giống hệt của bảng khác",
                                    "{receipt} was issued today from an equal row of another table"
                                );
                                all.warnings.push((index, why.to_string()));
                            }
                            None
                        }
                    }
                }
            }
        };
        all.faults.extend(fault.map(|why| (index, why)));
    }
    Ok(all)
}

/// The receipts of a unit that tables gave today, by what was asked for.
async fn from_tables_today(counter: &Counter<'_>, unit: &str) -> Result<HashMap<Sha256, String>> {
    let today = Some(counter.folder.today());
    let mut filter = ReceiptFilter { unit: Some(unit.to_owned()), from: today, to: today, ..ReceiptFilter::default() };
    let (mut tx, mut known) = (counter.folder.store.read().await?, HashMap::new());
    loop {
        let rows = tx.receipts(&filter, CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(known) };
        filter.after = Some((last.form.clone(), last.symbol.clone(), last.number));
        let is_of_table = |row: &&ReceiptRow| {
            let key = row.idempotency_key.as_deref().and_then(|key| key.split_once('/'));
            key.is_some_and(|(_, key)| key.starts_with(KEY))
        };
        known.extend(rows.iter().filter(is_of_table).map(|row| (row.request_sha256, identity(row))));
    }
}

/// Issues receipts of a table; [`TOGETHER`](crate::receipts::press::TOGETHER) of them share one durable write.
pub async fn issue(counter: &Counter<'_>, wanted: &[Wanted]) -> Result<Vec<Result<Issued>>> {
    let bad = |why: &String| Error::new(Kind::BadInput, "batch.row", "bảng", why);
    let mut asked = Vec::with_capacity(wanted.len());
    for one in wanted {
        let request = one.request.as_ref().map_err(bad)?;
        asked.push(Asked { counter: *counter, request, idempotency_key: Some(&one.key), replaces: None });
    }
    Ok(issue_together(&asked).await)
}
