//! Passkeys: signing in with one, registering, naming, revoking.

use super::auth::{SignedIn, Who, cookie};
use super::body::{json, secret};
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::session::{SessionView, agent};
use super::users::administrator;
use crate::error::Result;
use crate::messages::at;
use crate::people::users::passkeys;
use crate::people::users::sign_in::Entrance;
use crate::people::users::webauthn::{Assertion, CreationOptions, Party, Registration, RequestOptions};
use crate::store::users::PasskeyRow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A passkey.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PasskeyView {
    /// Its identifier.
    id: String,
    /// What its holder calls it.
    name: String,
    /// Whether it may be copied to other devices of the same person.
    copied: bool,
    /// When it was registered, RFC 3339.
    created: String,
    /// When somebody signed in with it last.
    used: Option<String>,
}

impl From<PasskeyRow> for PasskeyView {
    fn from(row: PasskeyRow) -> Self {
        Self { id: row.id, name: row.name, copied: row.copied, created: at(row.created), used: row.used.map(at) }
    }
}

/// Passkeys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Passkeys {
    /// The oldest first.
    items: Vec<PasskeyView>,
}

fn party(house: &House) -> Result<Party> {
    Party::of(&house.public_url)
}

/// What `navigator.credentials.get` needs to sign in with a passkey.
#[utoipa::path(post, path = "/api/v1/session/passkey/options", tag = "session",
    responses((status = 200, body = RequestOptions), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign_in_options(State(house): State<Arc<House>>) -> Answer<Json<RequestOptions>> {
    Ok(Json(passkeys::sign_in_options(&house.folder, &party(&house)?)?))
}

/// Who wants to sign in. Unknown keys are refused, but for what browsers say in `credential`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeySignIn {
    /// What the passkey has signed: `toJSON()` of what `navigator.credentials.get` gives.
    credential: Assertion,
    /// The office to act in; the first of those that are held, if none is named.
    office: Option<String>,
}

/// Signs in with a passkey: the answer sets a cookie.
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "session", request_body = PasskeySignIn,
    responses((status = 201, body = SessionView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign_in(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let PasskeySignIn { credential, office } = json(&headers, &body)?;
    let agent = agent(&headers);
    let job = async move |house: &House| {
        let entrance = Entrance { office: office.as_deref(), agent: &agent };
        let (session, text) =
            passkeys::sign_in(&house.folder, &party(house)?, &credential, entrance, house.session_terms).await?;
        Ok((SessionView::of(house, &session).await?, text))
    };
    let (view, text) = house.work_for_public(job).await?;
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie(&house, &text))], Json(view)).into_response())
}

/// The passkeys of who has signed in.
#[utoipa::path(get, path = "/api/v1/passkeys", tag = "session", security(("session" = [])),
    responses((status = 200, body = Passkeys), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(SignedIn(session): SignedIn, State(house): State<Arc<House>>) -> Answer<Json<Passkeys>> {
    let all = passkeys::list(&house.folder, &session.user.id).await?;
    Ok(Json(Passkeys { items: all.into_iter().map(PasskeyView::from).collect() }))
}

/// What `navigator.credentials.create` needs to make a passkey for who has signed in, within ten minutes, with password and code.
#[utoipa::path(post, path = "/api/v1/passkeys/options", tag = "session", security(("session" = [])),
    responses((status = 200, body = CreationOptions), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn options(SignedIn(session): SignedIn, State(house): State<Arc<House>>) -> Answer<Json<CreationOptions>> {
    Ok(Json(passkeys::options(&house.folder, &party(&house)?, &session).await?))
}

/// A passkey that was made. Unknown keys are refused, but for what browsers say in `credential`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What to call it, such as the device that it is on.
    name: String,
    /// `toJSON()` of what `navigator.credentials.create` gives.
    credential: Registration,
}

/// Registers a passkey.
#[utoipa::path(post, path = "/api/v1/passkeys", tag = "session", security(("session" = [])), request_body = NewPasskey,
    responses((status = 201, body = PasskeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn register(
    SignedIn(session): SignedIn,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<PasskeyView>)> {
    let NewPasskey { name, credential } = json(&headers, &body)?;
    let passkey = passkeys::register(&house.folder, &party(&house)?, &session, &name, &credential).await?;
    Ok((StatusCode::CREATED, Json(passkey.into())))
}

/// Another name for a passkey. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyName {
    /// What to call it.
    name: String,
}

/// Gives a passkey of who has signed in another name.
#[utoipa::path(put, path = "/api/v1/passkeys/{id}", tag = "session", params(("id" = String, Path)), security(("session" = [])),
    request_body = PasskeyName,
    responses((status = 200, body = PasskeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn rename(
    SignedIn(session): SignedIn,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<PasskeyView>> {
    let PasskeyName { name } = json(&headers, &body)?;
    Ok(Json(passkeys::rename(&house.folder, &session, &id, &name).await?.into()))
}

/// Revokes a passkey of who has signed in.
#[utoipa::path(delete, path = "/api/v1/passkeys/{id}", tag = "session", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn revoke_own(
    SignedIn(session): SignedIn,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    passkeys::revoke_own(&house.folder, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes somebody's passkey, which was lost.
#[utoipa::path(post, path = "/api/v1/users/{login}/passkeys/{id}/revoke", tag = "users",
    params(("login" = String, Path), ("id" = String, Path)), security(("token" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn revoke(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((login, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    passkeys::revoke(&house.folder, &login, &id, &administrator(&caller)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who was invited. Unknown keys are refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedRequest {
    /// The text of the invitation.
    pub invitation: String,
}

/// What `navigator.credentials.create` needs to make a passkey for who was invited.
#[utoipa::path(post, path = "/api/v1/invitation/passkey/options", tag = "session", request_body = InvitedRequest,
    responses((status = 200, body = CreationOptions), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn options_invited(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<CreationOptions>> {
    let InvitedRequest { invitation } = secret(&headers, &body, "it has to be invitation, a text")?;
    let invitation = Zeroizing::new(invitation);
    Ok(Json(passkeys::options_invited(&house.folder, &party(&house)?, &invitation).await?))
}

/// A passkey that was made by who was invited. Unknown keys are refused, but for what browsers say in `credential`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedPasskey {
    /// The text of the invitation.
    invitation: String,
    /// What to call it, such as the device that it is on.
    name: String,
    /// `toJSON()` of what `navigator.credentials.create` gives.
    credential: Registration,
}

/// Accepts an invitation with a passkey, in place of password and code.
#[utoipa::path(post, path = "/api/v1/invitation/passkey", tag = "session", request_body = InvitedPasskey,
    responses((status = 201, body = PasskeyView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn register_invited(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<PasskeyView>)> {
    let wanted = "it has to be invitation and name, texts, and credential, what the browser gives";
    let InvitedPasskey { invitation, name, credential } = secret(&headers, &body, wanted)?;
    let invitation = Zeroizing::new(invitation);
    let job = async move |house: &House| {
        passkeys::register_invited(&house.folder, &party(house)?, &invitation, &name, &credential).await
    };
    Ok((StatusCode::CREATED, Json(house.work_for_public(job).await?.into())))
}
