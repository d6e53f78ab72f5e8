//! Accounts and offices, for administrators: of the own unit and all below it.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::oidc::IdentityView;
use super::passkeys::PasskeyView;
use super::problem::{Answer, Problem, ProblemBody};
use super::session::OfficeView;
use crate::people::permissions::{Caller, Permission, Role};
use crate::people::users::accounts::Account;
use crate::people::users::offices::NewOffice;
use crate::people::users::{Administrator, accounts, offices};
use crate::receipts::catalogue::read_day;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::Date;

/// An account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserView {
    /// The name to sign in with.
    login: String,
    /// The full name.
    name: String,
    /// The unit whose administrator cares for it.
    unit: String,
    /// `invited`, `active` or `disabled`.
    state: &'static str,
    /// The offices, past and future ones too.
    offices: Vec<OfficeView>,
    /// The passkeys that are in force.
    passkeys: Vec<PasskeyView>,
    /// Who it is to the provider of identities.
    identities: Vec<IdentityView>,
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        let state = account.state();
        let Account { user, offices, passkeys, identities } = account;
        Self {
            login: user.login,
            name: user.name,
            unit: user.unit,
            state,
            offices: offices.into_iter().map(OfficeView::from).collect(),
            passkeys: passkeys.into_iter().map(PasskeyView::from).collect(),
            identities: identities.into_iter().map(IdentityView::from).collect(),
        }
    }
}

/// Accounts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Users {
    /// By their logins.
    items: Vec<UserView>,
}

/// Who cares for accounts.
pub(super) fn administrator(caller: &Caller) -> Answer<Administrator> {
    Ok(Administrator::of(caller, Permission::ManagePeople)?)
}

/// The accounts of the unit and all below it.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", security(("token" = [])),
    responses((status = 200, body = Users), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(Who(caller): Who, State(house): State<Arc<House>>) -> Answer<Json<Users>> {
    let all = accounts::list(&house.folder, &administrator(&caller)?).await?;
    Ok(Json(Users { items: all.into_iter().map(UserView::from).collect() }))
}

/// Who is to have an account. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRequest {
    /// The name to sign in with: small letters, digits, `-`, `.`, `_` and `@`.
    login: String,
    /// The full name.
    name: String,
    /// The unit; the caller's, if none is named.
    unit: Option<String>,
}

/// An account and how its holder gets in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Invited {
    /// The login.
    login: String,
    /// To be given to that person alone; counts once, for seven days.
    invitation: String,
}

/// Makes an account.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", security(("token" = [])), request_body = UserRequest,
    responses((status = 201, body = Invited), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn create(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<Invited>)> {
    let by = administrator(&caller)?;
    let UserRequest { login, name, unit } = json(&headers, &body)?;
    let unit = unit.unwrap_or(caller.unit);
    let (user, invitation) = accounts::create(&house.folder, &login, &name, &unit, &by).await?;
    Ok((StatusCode::CREATED, Json(Invited { login: user.login, invitation: invitation.to_string() })))
}

/// Invites somebody anew, who has forgotten the password or lost the telephone.
#[utoipa::path(post, path = "/api/v1/users/{login}/invite", tag = "users", params(("login" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Invited), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn invite(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(login): Path<String>,
) -> Answer<Json<Invited>> {
    let invitation = accounts::invite(&house.folder, &login, &administrator(&caller)?).await?;
    Ok(Json(Invited { login, invitation: invitation.to_string() }))
}

/// Disables an account; its sessions end.
#[utoipa::path(post, path = "/api/v1/users/{login}/disable", tag = "users", params(("login" = String, Path)), security(("token" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn disable(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(login): Path<String>,
) -> Answer<StatusCode> {
    accounts::set_disabled(&house.folder, &login, true, &administrator(&caller)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enables an account again.
#[utoipa::path(post, path = "/api/v1/users/{login}/enable", tag = "users", params(("login" = String, Path)), security(("token" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn enable(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(login): Path<String>,
) -> Answer<StatusCode> {
    accounts::set_disabled(&house.folder, &login, false, &administrator(&caller)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An office to be given. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeRequest {
    /// The unit; the caller's, if none is named.
    unit: Option<String>,
    /// What it permits.
    role: Role,
    /// What it is called, such as Chủ tịch.
    title: String,
    /// The key its holder signs with.
    key: Option<String>,
    /// The first day, `2026-11-24`; today, if none is given.
    since: Option<String>,
    /// The last day.
    until: Option<String>,
}

/// The last day of an office. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// The last day, `2026-11-24`; without it the office ends at once.
    last: Option<String>,
}

fn day(text: Option<&str>) -> Answer<Option<Date>> {
    text.map(|text| read_day(text).map_err(|why| Problem::unprocessable("request.day", why))).transpose()
}

/// Gives somebody an office.
#[utoipa::path(post, path = "/api/v1/users/{login}/offices", tag = "users", params(("login" = String, Path)), security(("token" = [])),
    request_body = OfficeRequest,
    responses((status = 201, body = OfficeView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn give(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(login): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<OfficeView>)> {
    let by = administrator(&caller)?;
    let OfficeRequest { unit, role, title, key, since, until } = json(&headers, &body)?;
    let (since, until) = (day(since.as_deref())?, day(until.as_deref())?);
    let new = NewOffice { unit: unit.unwrap_or(caller.unit), role, title, signing_key: key, since, until };
    let office = offices::give(&house.folder, &login, new, &by).await?;
    Ok((StatusCode::CREATED, Json(office.into())))
}

/// Ends an office.
#[utoipa::path(post, path = "/api/v1/offices/{id}/end", tag = "users", params(("id" = String, Path)), security(("token" = [])),
    request_body = EndRequest,
    responses((status = 200, body = OfficeView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn end(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<OfficeView>> {
    let by = administrator(&caller)?;
    let EndRequest { last } = json(&headers, &body)?;
    Ok(Json(offices::end(&house.folder, &id, day(last.as_deref())?, &by).await?.into()))
}
