//! What a province counts, as JSON, CSV or XLSX; what units and the portal hand in for it.

use super::auth::Who;
use super::body::{is_kind, json};
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Params, date};
use super::reports::{Table, table};
use crate::people::permissions::Permission;
use crate::reports::figures::handed::{self, Given, Hand, Taken};
use crate::reports::figures::period::Period;
use crate::reports::figures::{self, By, Report};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Of what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FigureParams {
    /// The unit: the own one, or one below it.
    unit: Option<String>,
    /// A month, `2026-11`, a quarter, `2026-Q4`, or a year, `2026`; left out with the days, too, it is this year.
    period: Option<String>,
    /// Instead of a period: from this day on.
    from: Option<String>,
    /// Up to and with this day.
    to: Option<String>,
    /// What a table has a row for each of: unit, fee or month.
    #[serde(default)]
    #[param(inline)]
    by: By,
    /// json, which has all of it; csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Table,
}

/// The period that is asked for.
pub fn period(house: &House, named: Option<&str>, from: Option<&str>, to: Option<&str>) -> Answer<Period> {
    match (named, date("from", from)?, date("to", to)?) {
        (Some(named), None, None) => Ok(named.parse()?),
        (None, Some(from), Some(to)) => Ok(Period::new(from, to)?),
        (None, None, None) => Ok(Period::year_of(house.folder.today())),
        _ => Err(Problem::unprocessable("request.date", "a period is wanted, or from and to")),
    }
}

/// What was counted of the unit and all below it in a period, against targets and the period before. No personal data.
#[utoipa::path(get, path = "/api/v1/reports/figures", tag = "reports", params(FigureParams), security(("token" = [])),
    responses((status = 200, content((Report = "application/json"), (String = "text/csv"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FigureParams>,
) -> Answer<Response> {
    caller.may(Permission::ReadFigures)?;
    let period = period(&house, asked.period.as_deref(), asked.from.as_deref(), asked.to.as_deref())?;
    let unit = figures::asked(&house.folder, &caller.unit, asked.unit.as_deref()).await?;
    let report = figures::of_unit(&house.folder, &unit, period).await?;
    let Some(format) = asked.format.format() else { return Ok(Json(report).into_response()) };
    let head = asked.by.head();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&house, format, "so-lieu", &head, async |sheet| asked.by.write(&report, sheet)).await
}

/// What is handed in. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FiguresHandedIn {
    /// The rows.
    rows: Vec<Given>,
}

/// Takes counts of months and, from a leader, targets, for the unit and those below it: all rows or none. A table has the columns unit, period,
/// name and value.
#[utoipa::path(post, path = "/api/v1/reports/figures", tag = "reports", security(("token" = [])),
    request_body(content((FiguresHandedIn = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = Taken), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn hand_in(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Taken>> {
    caller.may(Permission::HandInFigures)?;
    let rows = match is_kind(&headers, "text/csv") {
        Ok(()) => handed::read(&body)?,
        Err(_) => json::<FiguresHandedIn>(&headers, &body)?.rows,
    };
    let sets_targets = caller.role.permissions().contains(&Permission::SetTargets);
    let hand = Hand { actor: &caller.id, unit: Some(&caller.unit), sets_targets };
    Ok(Json(handed::take(&house.folder, &hand, &rows).await?))
}
