//! Statistics and reports, without personal data: JSON, or CSV where `Accept` asks for it; tables, the signed daily report.

use super::auth::Who;
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Params, date};
use super::receipts::counter;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::{Error, Kind};
use crate::output::OutputFile;
use crate::people::permissions::{Caller, Permission};
use crate::receipts::register;
use crate::reports::daily::{self, Change};
use crate::reports::filing;
use crate::reports::ledger::{self, By, LedgerFilter};
use crate::reports::reconcile::{self, Reconciliation};
use crate::reports::sheet::{Format, Sheet};
use crate::reports::statement;
use crate::reports::usage::{self, SeriesUse};
use crate::store::receipts::ReceiptTotal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;
use time::Date;

/// The days of a report.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// From this day on, `2026-11-01`.
    from: Option<String>,
    /// Up to and with this day.
    to: Option<String>,
}

/// Counts and sums of receipts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReceiptReport {
    /// The unit.
    unit: String,
    /// The first day, if one was given.
    from: Option<String>,
    /// The last day, if one was given.
    to: Option<String>,
    /// One row for each series and state.
    rows: Vec<ReportRow>,
}

/// Receipts of one series in one state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReportRow {
    /// The series.
    series: String,
    /// `issued`, `replaced` or `voided`.
    state: String,
    /// How many.
    count: u64,
    /// The sum of their totals, whole dong.
    total: i128,
}

impl From<ReceiptTotal> for ReportRow {
    fn from(row: ReceiptTotal) -> Self {
        Self { series: format!("{}/{}", row.form, row.symbol), state: row.state, count: row.count, total: row.total }
    }
}

/// The unit's receipts of some days: how many and over how much, by series and state.
#[utoipa::path(get, path = "/api/v1/reports/receipts", tag = "reports", params(Period), security(("token" = [])),
    responses((status = 200, content((ReceiptReport = "application/json"), (String = "text/csv"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn receipts(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(period): Params<Period>,
    headers: HeaderMap,
) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    let (from, to) = (date("from", period.from.as_deref())?, date("to", period.to.as_deref())?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Problem::unprocessable("request.date", "from is after to"));
    }
    let rows = register::totals(&house.folder, &caller.unit, from, to).await?;
    let rows: Vec<ReportRow> = rows.into_iter().map(ReportRow::from).collect();
    if headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/csv")) {
        return Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8"), (VARY, "accept")], csv(&rows)).into_response());
    }
    let report = ReceiptReport { unit: caller.unit, from: period.from, to: period.to, rows };
    Ok(([(VARY, "accept")], Json(report)).into_response())
}

/// RFC 4180; no field needs quotes.
fn csv(rows: &[ReportRow]) -> String {
    let mut text = "series,state,count,total\r\n".to_owned();
    for row in rows {
        // writing to a String cannot fail
        let _ = write!(text, "{},{},{},{}\r\n", row.series, row.state, row.count, row.total);
    }
    text
}

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// JSON.
    #[default]
    Json,
    /// CSV.
    Csv,
    /// XLSX.
    Xlsx,
}

impl Table {
    /// How it is written; none: as JSON.
    pub const fn format(self) -> Option<Format> {
        match self {
            Self::Json => None,
            Self::Csv => Some(Format::Csv),
            Self::Xlsx => Some(Format::Xlsx),
        }
    }
}

/// A table that is written into a file, and from there sent piece by piece.
pub async fn table(
    house: &House,
    format: Format,
    name: &str,
    head: &[&str],
    write: impl AsyncFnOnce(Sheet<'_>) -> crate::error::Result<()>,
) -> Answer<Response> {
    let failed = |error: std::io::Error| Error::new(Kind::CannotWrite, "output.cannot_write", "the table", error);
    let folder = tempfile::tempdir_in(&house.folder.path).map_err(failed)?;
    let path = folder.path().join("table");
    let mut out = OutputFile::create_private(&path, false)?;
    write(Sheet::begin(&mut out, format, head)?).await?;
    out.commit()?;
    let mut file = File::open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let sha256 = digest_of(&mut file).map_err(failed)?;
    let name = &format!("{name}.{}", format.extension());
    Ok(FileAnswer { file, size, sha256, media_type: format.media_type(), name }.into_response())
}

/// The SHA-256 of a file, from its beginning; it is left there.
pub fn digest_of(file: &mut File) -> std::io::Result<[u8; 32]> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut block = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hasher.update(block.get(..read).unwrap_or_default());
    }
    file.rewind()?;
    hasher.finish().try_into().map_err(|_| std::io::ErrorKind::Other.into())
}

/// The days and the format of a report.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UseParams {
    /// From this day on, `2026-10-01`.
    from: Option<String>,
    /// Up to and with this day.
    to: Option<String>,
    /// json, csv, xlsx or pdf.
    #[serde(default)]
    #[param(inline)]
    format: UseFormat,
}

/// The format of the report on series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UseFormat {
    /// JSON.
    #[default]
    Json,
    /// CSV.
    Csv,
    /// XLSX.
    Xlsx,
    /// PDF for print.
    Pdf,
}

/// How series were used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UseReport {
    /// The unit.
    unit: String,
    /// One row for each series.
    rows: Vec<SeriesUse>,
}

/// How the unit's series were used in a period, by the numbers (the report that was BC26 on paper).
#[utoipa::path(get, path = "/api/v1/reports/use", tag = "reports", params(UseParams), security(("token" = [])),
    responses((status = 200, content((UseReport = "application/json"), (String = "text/csv"), (String = "application/pdf"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn series_use(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<UseParams>,
) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    let missing = || Problem::unprocessable("request.date", "from and to are wanted");
    let from = date("from", asked.from.as_deref())?.ok_or_else(missing)?;
    let to = date("to", asked.to.as_deref())?.ok_or_else(missing)?;
    let rows = usage::of_series(&house.folder, &caller.unit, from, to).await?;
    let format = match asked.format {
        UseFormat::Json => return Ok(Json(UseReport { unit: caller.unit, rows }).into_response()),
        UseFormat::Csv => Format::Csv,
        UseFormat::Xlsx => Format::Xlsx,
        UseFormat::Pdf => {
            let draw = async move |house: &House| usage::draw(&house.folder, &caller.unit, (from, to), &rows).await;
            return Ok(([(CONTENT_TYPE, "application/pdf")], house.work(draw).await?).into_response());
        }
    };
    table(&house, format, "su-dung-bien-lai", &usage::HEAD, async |sheet| usage::write(&rows, sheet)).await
}

/// Days, key and format of a ledger.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LedgerParams {
    /// unit, fee, channel, cashier, method, month or budget.
    #[param(inline)]
    by: Option<By>,
    /// Count only what belongs to this item of the state budget.
    budget_item: Option<String>,
    /// From this day on.
    from: Option<String>,
    /// Up to and with this day.
    to: Option<String>,
    /// json, csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Table,
}

/// A ledger.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LedgerReport {
    /// The unit.
    unit: String,
    /// One row for each key.
    rows: Vec<ledger::Entry>,
}

/// Sums of the unit's receipts, as they stand now. By unit, those of the units below it are there as well.
#[utoipa::path(get, path = "/api/v1/reports/ledger", tag = "reports", params(LedgerParams), security(("token" = [])),
    responses((status = 200, content((LedgerReport = "application/json"), (String = "text/csv"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ledgers(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<LedgerParams>,
) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    let (from, to) = (date("from", asked.from.as_deref())?, date("to", asked.to.as_deref())?);
    let by = asked.by.ok_or_else(|| Problem::unprocessable("request.query", "by is wanted"))?;
    let rows =
        ledger::entries(&house.folder, &caller.unit, by, &LedgerFilter { from, to, budget_item: asked.budget_item })
            .await?;
    let Some(format) = asked.format.format() else {
        return Ok(Json(LedgerReport { unit: caller.unit, rows }).into_response());
    };
    table(&house, format, "so-thu", &ledger::HEAD, async |sheet| ledger::write(&rows, sheet)).await
}

/// The format of a daily report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Daily {
    /// What it comes to, as JSON.
    #[default]
    Json,
    /// Its rows as CSV.
    Csv,
    /// Its rows as XLSX.
    Xlsx,
    /// Signed XML.
    Xml,
    /// Signed PDF, which carries that XML.
    Pdf,
}

/// Day and format.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DailyParams {
    /// The day, `2026-11-24`.
    date: Option<String>,
    /// json, csv, xlsx, xml or pdf.
    #[serde(default)]
    #[param(inline)]
    format: Daily,
}

/// What a daily report comes to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DailyReport {
    /// The unit.
    unit: String,
    /// The day.
    date: String,
    /// Rows.
    rows: u64,
    /// Receipts that were issued in nobody's place.
    new: daily::Sum,
    /// Receipts that were issued in the place of others.
    replaced: daily::Sum,
    /// Receipts of which an error was notified.
    adjusted: daily::Sum,
    /// Receipts that were voided.
    cancelled: daily::Sum,
    /// Receipts that lost their place to others.
    superseded: daily::Sum,
    /// What was collected less what was given back.
    total: i128,
}

/// The daily report 01/TH-BLĐT. As XML or PDF it is signed: the first of its day, or an amendment if the day has changed since.
#[utoipa::path(get, path = "/api/v1/reports/daily", tag = "reports", params(DailyParams), security(("token" = [])),
    responses((status = 200, content((DailyReport = "application/json"), (String = "application/xml"), (String = "text/csv"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn day(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<DailyParams>,
) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    let missing = || Problem::unprocessable("request.date", "date is wanted");
    let day = date("date", asked.date.as_deref())?.ok_or_else(missing)?;
    let format = match asked.format {
        Daily::Xml | Daily::Pdf => return filed(&house, caller, day, asked.format).await,
        Daily::Json => None,
        Daily::Csv => Some(Format::Csv),
        Daily::Xlsx => Some(Format::Xlsx),
    };
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    if let Some(format) = format {
        let write = async |sheet: Sheet<'_>| daily::write(&mut *tx, &caller.unit, day, sheet).await.map(drop);
        return table(&house, format, &format!("01-TH-BLDT-{day}"), &daily::HEAD, write).await;
    }
    let totals = daily::each(&mut *tx, &caller.unit, day, &mut |_| Ok(())).await?;
    let report = DailyReport {
        date: day.to_string(),
        rows: totals.rows,
        new: totals.of(Change::New),
        replaced: totals.of(Change::Replaced),
        adjusted: totals.of(Change::Adjusted),
        cancelled: totals.of(Change::Cancelled),
        superseded: totals.superseded,
        total: totals.net(),
        unit: caller.unit,
    };
    Ok(Json(report).into_response())
}

async fn filed(house: &Arc<House>, caller: Caller, day: Date, format: Daily) -> Answer<Response> {
    let bytes = house
        .work(async move |house| {
            let folder = &house.folder;
            let current = filing::current(folder, &caller.unit, day).await?;
            let filing = match current {
                Some(filing) => filing,
                // who only reads gets what was signed, and signs nothing
                None => {
                    caller.may(Permission::FileReports)?;
                    filing::file(&counter(house, &*house.trust()?, &caller), &caller.unit, day).await?
                }
            };
            match format {
                Daily::Pdf => filing::pdf(folder, &filing).await,
                _ => filing::xml(folder, &filing).await,
            }
        })
        .await?;
    let media_type = if format == Daily::Pdf { "application/pdf" } else { "application/xml" };
    Ok(([(CONTENT_TYPE, media_type)], bytes).into_response())
}

/// The days of a statement.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementParams {
    /// From this day on.
    from: Option<String>,
    /// Up to and with this day.
    to: Option<String>,
}

/// Holds the statement of a bank or of the portal against the unit's receipts: CSV with the columns date, reference, amount, text.
#[utoipa::path(post, path = "/api/v1/reports/reconcile", tag = "reports", params(StatementParams), security(("token" = [])),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Reconciliation), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn statement(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<StatementParams>,
    body: Bytes,
) -> Answer<Json<Reconciliation>> {
    caller.may(Permission::ReadReceipts)?;
    let missing = || Problem::unprocessable("request.date", "from and to are wanted");
    let from = date("from", asked.from.as_deref())?.ok_or_else(missing)?;
    let to = date("to", asked.to.as_deref())?.ok_or_else(missing)?;
    let payments = statement::read(&body)?;
    Ok(Json(reconcile::reconcile(&house.folder, &caller.unit, &payments, from, to).await?))
}
