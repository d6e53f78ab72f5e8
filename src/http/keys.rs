//! Keys: how they stand, opened for a shift by their keepers, locked, stopped; how they may be used.

use super::auth::Who;
use super::body::{json, secret};
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use crate::people::keys::shift::{self, Unlocked};
use crate::people::keys::terms::{self, Change, Changed};
use crate::people::keys::view::{self, KeyView};
use crate::people::keys::{control, pin};
use crate::people::permissions::{Caller, Permission};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// The unit's keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Keys {
    /// The keys, by their names.
    items: Vec<KeyView>,
}

/// The unit's keys: whether each may sign, and whether it is open in this service, until when.
#[utoipa::path(get, path = "/api/v1/keys", tag = "keys", security(("token" = [])),
    responses((status = 200, body = Keys), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(Who(caller): Who, State(house): State<Arc<House>>) -> Answer<Json<Keys>> {
    caller.may(Permission::SeeKeys)?;
    let all = view::list(&house.folder, Some(&caller.unit)).await?;
    Ok(Json(Keys { items: all.into_iter().map(|key| key.in_service(&house.folder)).collect() }))
}

/// A key of the caller's unit.
async fn own(house: &House, caller: &Caller, id: &str) -> Answer<KeyView> {
    Ok(view::show_of(&house.folder, &caller.unit, id).await?)
}

/// A key that the caller may open.
async fn kept(house: &House, caller: &Caller, id: &str) -> Answer<()> {
    own(house, caller, id).await?;
    Ok(shift::may_keep(&house.folder, caller, id).await?)
}

/// Refuses whoever opens no keys at all.
fn opens_keys(caller: &Caller) -> Answer<()> {
    Ok(caller.may(Permission::KeepKeys).or_else(|_| caller.may(Permission::UnlockOwnKey))?)
}

/// How a key is opened. Unknown keys are refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlockRequest {
    /// The key's PIN.
    pin: String,
    /// For how many hours; without it and without `until` for as long as the service allows (`keys.shift_hours`).
    hours: Option<u32>,
    /// Until when, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>)]
    until: Option<OffsetDateTime>,
}

/// Opens a key for a shift, in the memory of this process. Where two custodians are needed, 202: another one has to approve.
#[utoipa::path(post, path = "/api/v1/keys/{id}/unlock", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    request_body = UnlockRequest, responses((status = 200, body = KeyView), (status = 202, description = "a second custodian has to approve", body = KeyView),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn unlock(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    opens_keys(&caller)?;
    let wanted = "pin is a text; hours, a number, or until, a time, may be given";
    let UnlockRequest { pin, hours, until } = secret(&headers, &body, wanted)?;
    let pin = Zeroizing::new(pin);
    let until = match (hours, until) {
        (Some(_), Some(_)) => return Err(Problem::unprocessable("request.json", wanted)),
        (Some(hours), None) => Some(house.folder.now().saturating_add(Duration::hours(hours.into()))),
        (None, until) => until,
    };
    kept(&house, &caller, &id).await?;
    let (who, name) = (caller.clone(), id.clone());
    let job = async move |house: &House| shift::unlock(&house.folder, &caller, &id, &pin, until).await;
    let status = match house.work(job).await? {
        Unlocked::Open(_) => StatusCode::OK,
        Unlocked::Asked(_) => StatusCode::ACCEPTED,
    };
    Ok((status, Json(own(&house, &who, &name).await?)).into_response())
}

/// Approves, as the second custodian, that a key is opened which another one has asked for.
#[utoipa::path(post, path = "/api/v1/keys/{id}/unlock/approve", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = KeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn approve(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<KeyView>> {
    opens_keys(&caller)?;
    kept(&house, &caller, &id).await?;
    shift::approve(&house.folder, &caller, &id).await?;
    Ok(Json(own(&house, &caller, &id).await?))
}

/// Ends the shift for which a key is open.
#[utoipa::path(post, path = "/api/v1/keys/{id}/lock", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = KeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn lock(Who(caller): Who, State(house): State<Arc<House>>, Path(id): Path<String>) -> Answer<Json<KeyView>> {
    opens_keys(&caller)?;
    kept(&house, &caller, &id).await?;
    shift::lock(&house.folder, &id, &caller.id).await?;
    Ok(Json(own(&house, &caller, &id).await?))
}

/// Why a key is stopped. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Why.
    reason: String,
}

/// Stops a key at once, in all processes.
#[utoipa::path(post, path = "/api/v1/keys/{id}/stop", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    request_body = StopRequest,
    responses((status = 200, body = KeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn stop(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<KeyView>> {
    caller.may(Permission::StopKeys)?;
    let StopRequest { reason } = json(&headers, &body)?;
    own(&house, &caller, &id).await?;
    control::stop(&house.folder, &id, &reason, &caller.id).await?;
    shift::lock(&house.folder, &id, &caller.id).await?;
    Ok(Json(own(&house, &caller, &id).await?))
}

/// How a key may be used. What is not said stays; unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::option_option)] // nothing, null and a number are three things
pub struct TermsRequest {
    /// Whether two custodians open it.
    two_person: Option<bool>,
    /// Signatures that it may make in an hour; null: as many as there are.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<u32>)]
    per_hour: Option<Option<u32>>,
}

/// A value that is there, if only as null.
#[allow(clippy::option_option)]
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(from).map(Some)
}

/// Changes how a key may be used. Where that is looser than before, 202: somebody else has to ask for the same.
#[utoipa::path(post, path = "/api/v1/keys/{id}/terms", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    request_body = TermsRequest, responses((status = 200, body = KeyView), (status = 202, description = "a second person has to ask for the same", body = KeyView),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn change_terms(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Permission::ChangeTerms)?;
    let TermsRequest { two_person, per_hour } = json(&headers, &body)?;
    own(&house, &caller, &id).await?;
    let status = match terms::change(&house.folder, &id, Change { two_person, per_hour }, &caller).await? {
        Changed::Now => StatusCode::OK,
        Changed::Asked(_) => StatusCode::ACCEPTED,
    };
    Ok((status, Json(own(&house, &caller, &id).await?)).into_response())
}

/// Lets a stopped key sign again; one with a PIN has to be opened again.
#[utoipa::path(post, path = "/api/v1/keys/{id}/resume", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = KeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn resume(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<KeyView>> {
    caller.may(Permission::ResumeKeys)?;
    own(&house, &caller, &id).await?;
    control::resume(&house.folder, &id, &caller.id).await?;
    Ok(Json(own(&house, &caller, &id).await?))
}

/// Lets a key take PINs again, after too many wrong ones.
#[utoipa::path(post, path = "/api/v1/keys/{id}/unblock", tag = "keys", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = KeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn unblock(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<KeyView>> {
    caller.may(Permission::ResumeKeys)?;
    own(&house, &caller, &id).await?;
    pin::unblock(&house.folder, &id, &caller.id).await?;
    Ok(Json(own(&house, &caller, &id).await?))
}
