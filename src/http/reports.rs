//! Statistics, without personal data: JSON, or CSV where `Accept` asks for it.

use super::auth::Who;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Params, date};
use crate::people::permissions::Permission;
use crate::receipts::register;
use crate::store::receipts::ReceiptTotal;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::sync::Arc;

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
