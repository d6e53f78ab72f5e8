//! Fee catalogues: what is in force, and changes.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Params, date};
use crate::people::permissions::Permission;
use crate::receipts::catalogue::{self, FeeOf, RowReport};
use crate::receipts::fees::Fee;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Faults that a refusal names.
const NAMED: usize = 20;

/// Which fees.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FeeParams {
    /// In force on this day, `2026-11-24`; left out it is today.
    date: Option<String>,
}

/// Fees in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Fees {
    /// The fees, by their codes.
    items: Vec<FeeOf>,
}

/// The fees in force for the unit: its own and those that it inherits.
#[utoipa::path(get, path = "/api/v1/fees", tag = "fees", params(FeeParams), security(("token" = [])),
    responses((status = 200, body = Fees), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FeeParams>,
) -> Answer<Json<Fees>> {
    caller.may(Permission::ReadFees)?;
    let day = date("date", asked.date.as_deref())?;
    Ok(Json(Fees { items: catalogue::in_force(&house.folder, &caller.unit, day).await? }))
}

/// Rows for the unit's own catalogue. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeesRequest {
    /// The rows.
    fees: Vec<Fee>,
    /// Only say what would become of each row.
    #[serde(default)]
    dry_run: bool,
}

/// What became of each row.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeesChanged {
    /// One for each row.
    rows: Vec<RowReport>,
}

/// Changes the unit's own catalogue: all rows or none. What has been collected already keeps its price.
#[utoipa::path(put, path = "/api/v1/fees", tag = "fees", security(("token" = [])), request_body = FeesRequest,
    responses((status = 200, body = FeesChanged), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn put(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<FeesChanged>> {
    caller.may(Permission::ManageFees)?;
    let FeesRequest { fees, dry_run } = json(&headers, &body)?;
    let given = fees.into_iter().enumerate().map(|(index, fee)| (index.saturating_add(1), Ok(fee))).collect();
    let rows = catalogue::put(&house.folder, &caller.unit, given, dry_run, &caller.id).await?;
    let faults: Vec<String> =
        rows.iter().filter_map(|r| Some(format!("row {}: {}", r.row, r.fault.as_ref()?))).take(NAMED).collect();
    if !dry_run && !faults.is_empty() {
        return Err(Problem::unprocessable("fee.rows", faults.join("; ")));
    }
    Ok(Json(FeesChanged { rows }))
}
