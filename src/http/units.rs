//! Units, for administrators: those of the own unit and below it are seen; those below it made, renamed, merged, closed.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::date;
use crate::people::permissions::{Caller, Permission};
use crate::people::units::view::{PlanView, UnitHistory, UnitView};
use crate::people::units::{self, UnitKind};
use crate::people::users::Administrator;
use crate::reform::{self, Carry, Consequences, Ending, plans};
use crate::store::people::UnitRow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Units.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Units {
    /// By their identifiers; those that ended, too.
    items: Vec<UnitView>,
}

/// Who cares for units.
fn administrator(caller: &Caller) -> Answer<Administrator> {
    caller.may(Permission::ManageUnits)?;
    Ok(Administrator { actor: caller.id.clone(), unit: Some(caller.unit.clone()) })
}

/// The own unit and all below it.
#[utoipa::path(get, path = "/api/v1/units", tag = "units", security(("token" = [])),
    responses((status = 200, body = Units), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(Who(caller): Who, State(house): State<Arc<House>>) -> Answer<Json<Units>> {
    let all = units::cared_for(&house.folder, &administrator(&caller)?).await?;
    Ok(Json(Units { items: all.into_iter().map(UnitView::from).collect() }))
}

/// One of them, with what became of it.
#[utoipa::path(get, path = "/api/v1/units/{id}", tag = "units", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = UnitHistory), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<UnitHistory>> {
    let by = administrator(&caller)?;
    by.cares_for(&mut *house.folder.store.read().await.map_err(crate::error::Error::from)?, &id, "unit", &id).await?;
    Ok(Json(units::history(&house.folder, &id).await?))
}

/// A unit that is to be. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitRequest {
    /// A short identifier: small letters, digits, `-`, `.` and `_`.
    #[schema(example = "xa-dak-ha")]
    id: String,
    /// Its name, as documents and receipts have it.
    #[schema(example = "ỦY BAN NHÂN DÂN XÃ ĐĂK HÀ")]
    name: String,
    /// Of which kind it is.
    #[schema(inline)]
    kind: Option<UnitKind>,
    /// Its agency code (QCVN 102:2016/BTTTT).
    #[schema(example = "H34.12")]
    code: Option<String>,
    /// Its tax code.
    #[schema(example = "6100000001")]
    tax_code: String,
    /// Its address.
    #[schema(example = "Thôn 1, xã Đăk Hà")]
    address: String,
    /// Its telephone number.
    phone: Option<String>,
    /// Its account: number and bank or treasury.
    account: Option<String>,
    /// The unit above it: the caller's or one below; the caller's, if none is named.
    parent: Option<String>,
}

/// Makes a unit below the own one.
#[utoipa::path(post, path = "/api/v1/units", tag = "units", security(("token" = [])), request_body = UnitRequest,
    responses((status = 201, body = UnitView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn create(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<UnitView>)> {
    let by = administrator(&caller)?;
    let asked: UnitRequest = json(&headers, &body)?;
    let unit = UnitRow {
        id: asked.id,
        name: asked.name,
        tax_code: asked.tax_code,
        address: asked.address,
        phone: asked.phone,
        account: asked.account,
        parent: Some(asked.parent.unwrap_or(caller.unit)),
        kind: asked.kind.map(|kind| kind.as_str().to_owned()),
        code: asked.code,
        ..UnitRow::default()
    };
    units::create(&house.folder, &unit, &by).await?;
    Ok((StatusCode::CREATED, Json(unit.into())))
}

/// A name that a unit is to have. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameRequest {
    /// The name.
    name: String,
    /// The first day of it, `2026-11-24`, today, if none is given. On one to come it is planned, and done then.
    day: Option<String>,
    /// The decision that it is by.
    #[schema(example = "Nghị quyết 1660/NQ-UBTVQH15")]
    basis: String,
}

/// Gives a unit below the own one another name. What was issued before has the old one. On a day to come it is `planned`.
#[utoipa::path(post, path = "/api/v1/units/{id}/rename", tag = "units", params(("id" = String, Path)), security(("token" = [])),
    request_body = RenameRequest,
    responses((status = 200, body = UnitHistory), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn rename(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<UnitHistory>> {
    let by = administrator(&caller)?;
    let RenameRequest { name, day, basis } = json(&headers, &body)?;
    let day = date("day", day.as_deref())?;
    reform::rename(&house.folder, &id, &name, (day, &basis), &by).await?;
    Ok(Json(units::history(&house.folder, &id).await?))
}

/// Units that are to end. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The units that end.
    sources: Vec<String>,
    /// The unit that has their place from then on.
    successor: String,
    /// The first day of that, `2026-11-24`, today, if none is given. On one to come it is planned, and done then.
    day: Option<String>,
    /// The decision that it is by.
    #[schema(example = "Nghị quyết 1660/NQ-UBTVQH15")]
    basis: String,
    /// `seen` of the dry run that was looked at: without it nothing is done, and it is only said what would follow.
    seen: Option<String>,
}

/// A unit that is to end. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// The first day on which it is none any more, `2026-11-24`, today, if none is given. On one to come it is planned, and done then.
    day: Option<String>,
    /// The decision that it is by.
    #[schema(example = "Quyết định 12/QĐ-UBND")]
    basis: String,
    /// `seen` of the dry run that was looked at: without it nothing is done, and it is only said what would follow.
    seen: Option<String>,
}

fn carry(seen: Option<&str>) -> Carry<'_> {
    seen.map_or(Carry::Rehearse, Carry::AsSeen)
}

/// Merges units below the own one into another one: what follows is said first (a dry run), and done when that is shown to have been seen.
#[utoipa::path(post, path = "/api/v1/units/merge", tag = "units", security(("token" = [])), request_body = MergeRequest,
    responses((status = 200, body = Consequences), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn merge(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Consequences>> {
    let by = administrator(&caller)?;
    let asked: MergeRequest = json(&headers, &body)?;
    let day = date("day", asked.day.as_deref())?;
    let ending = Ending { sources: &asked.sources, successor: Some(&asked.successor), day, basis: &asked.basis };
    Ok(Json(reform::end(&house.folder, &ending, &by, carry(asked.seen.as_deref())).await?))
}

/// Closes a unit below the own one, in whose place there is none: said first, done when that was seen.
#[utoipa::path(post, path = "/api/v1/units/{id}/close", tag = "units", params(("id" = String, Path)), security(("token" = [])),
    request_body = CloseRequest,
    responses((status = 200, body = Consequences), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn close(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Consequences>> {
    let by = administrator(&caller)?;
    let asked: CloseRequest = json(&headers, &body)?;
    let day = date("day", asked.day.as_deref())?;
    let ending = Ending { sources: &[id], successor: None, day, basis: &asked.basis };
    Ok(Json(reform::end(&house.folder, &ending, &by, carry(asked.seen.as_deref())).await?))
}

/// What is planned of units.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Plans {
    /// By their days; those that were withdrawn or done, too.
    items: Vec<PlanView>,
}

/// What is planned to become of units below the own one on days to come, and what came of it.
#[utoipa::path(get, path = "/api/v1/units/plans", tag = "units", security(("token" = [])),
    responses((status = 200, body = Plans), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn plans(Who(caller): Who, State(house): State<Arc<House>>) -> Answer<Json<Plans>> {
    let all = plans::list(&house.folder, &administrator(&caller)?).await?;
    Ok(Json(Plans { items: all.into_iter().map(PlanView::from).collect() }))
}

/// Withdraws a plan that waits for its day.
#[utoipa::path(post, path = "/api/v1/units/plans/{id}/withdraw", tag = "units", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = PlanView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn withdraw(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<PlanView>> {
    Ok(Json(plans::withdraw(&house.folder, &id, &administrator(&caller)?).await?.into()))
}
