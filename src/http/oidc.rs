//! Signing in at a provider of identities (OpenID Connect): a browser is sent there, and comes back.

use super::auth::{Who, carried, carried_cookie, cookie};
use super::body::{json, secret};
use super::house::House;
use super::pages::html::escape;
use super::passkeys::InvitedRequest;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::Params;
use super::session::agent;
use super::users::administrator;
use crate::messages::{at, sign_in};
use crate::people::users::identities;
use crate::people::users::oidc::{self, Answered, Away, Back, Provider, Wanted};
use crate::store::users::IdentityRow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Goes on at another page.
static REFRESH: HeaderName = HeaderName::from_static("refresh");

fn provider(house: &House) -> Answer<&Provider> {
    let none = || Problem::new(StatusCode::NOT_FOUND, "oidc.off", "no provider of identities is set up here");
    house.oidc.as_ref().ok_or_else(none)
}

/// Where to go on behind the login. Unknown parameters are refused.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// The page of this service to go on at, a path; `/`, if none is named.
    to: Option<String>,
    /// The office to act in; the first of those that are held, if none is named.
    office: Option<String>,
}

/// Sends a browser to the provider of identities, to sign in there.
#[utoipa::path(get, path = "/api/v1/session/oidc", tag = "session", params(Leaving),
    responses((status = 303), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn leave(State(house): State<Arc<House>>, Params(leaving): Params<Leaving>) -> Answer<Response> {
    let wanted = Wanted { to: leaving.to.as_deref(), office: leaving.office.as_deref(), invitation: None };
    let Away { location, carried } = oidc::leave(&house.folder, provider(&house)?, wanted).await?;
    let headers = [(LOCATION, location), (SET_COOKIE, carried_cookie(&house, &carried))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Where a browser is to go.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Elsewhere {
    /// The address at the provider of identities.
    location: String,
}

/// Says where who was invited signs in at the provider of identities: who it is there is bound to the account, and counts from then on in
/// place of password and code.
#[utoipa::path(post, path = "/api/v1/invitation/oidc", tag = "session", request_body = InvitedRequest,
    responses((status = 200, body = Elsewhere), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn leave_invited(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let InvitedRequest { invitation } = secret(&headers, &body, "it has to be invitation, a text")?;
    let invitation = Zeroizing::new(invitation);
    let wanted = Wanted { invitation: Some(&invitation), ..Wanted::default() };
    let Away { location, carried } = oidc::leave(&house.folder, provider(&house)?, wanted).await?;
    Ok(([(SET_COOKIE, carried_cookie(&house, &carried))], Json(Elsewhere { location })).into_response())
}

/// Takes a browser that comes back from the provider: sets the session's cookie, and goes on. The page goes on by itself and is not a
/// redirect: cookies that other sites do not send are not sent behind one that began at the provider.
#[utoipa::path(get, path = "/api/v1/session/oidc/callback", tag = "session", params(Answered),
    responses((status = 200, content_type = "text/html"), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn come_back(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Params(answered): Params<Answered>,
) -> Response {
    let is_browser = headers.get(ACCEPT).and_then(|kinds| kinds.to_str().ok()).is_some_and(|k| k.contains("text/html"));
    let gone = carried_cookie(&house, "");
    match taken(&house, &headers, &answered).await {
        Ok(Back { to, begun }) => {
            let words = sign_in::went_on(begun.is_some());
            let mut cookies = vec![(SET_COOKIE, gone)];
            cookies.extend(begun.map(|(_, text)| (SET_COOKIE, cookie(&house, &text))));
            let refresh = HeaderValue::from_str(&format!("0; url={to}")).ok().map(|value| (REFRESH.clone(), value));
            let link = |text: &str| format!("<p><a href=\"{}\">{}</a></p>", escape(&to), escape(text));
            (
                AppendHeaders(cookies),
                AppendHeaders(refresh),
                page(StatusCode::OK, &[link(&words.vi), link(&words.en)].concat()),
            )
                .into_response()
        }
        Err(problem) if is_browser => {
            let words = sign_in::refused(problem.code());
            let text = |text: &str| format!("<p>{}</p>", escape(text));
            let home = format!("<p><a href=\"/\">{}</a></p>", escape(sign_in::HOME));
            let main = [text(&words.vi), text(&words.en), home].concat();
            ([(SET_COOKIE, gone)], page(problem.status(), &main)).into_response()
        }
        Err(problem) => ([(SET_COOKIE, gone)], problem).into_response(),
    }
}

async fn taken(house: &House, headers: &HeaderMap, answered: &Answered) -> Answer<Back> {
    let carried = carried(house, headers).unwrap_or_default();
    let (provider, agent) = (provider(house)?, agent(headers));
    Ok(oidc::come_back(&house.folder, provider, carried, answered, &agent, house.session_terms).await?)
}

/// A page without anything of the others, which say that they use no cookies.
fn page(status: StatusCode, main: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Dấu son</title></head><body>{main}</body></html>\n"
    );
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// Who somebody is to the provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IdentityView {
    /// Its identifier.
    id: String,
    /// The provider.
    issuer: String,
    /// What the provider calls that person.
    subject: String,
    /// When it was bound, RFC 3339.
    created: String,
}

impl From<IdentityRow> for IdentityView {
    fn from(row: IdentityRow) -> Self {
        Self { id: row.id, issuer: row.issuer, subject: row.subject, created: at(row.created) }
    }
}

/// Who somebody is to the provider. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityRequest {
    /// What the provider calls that person, in the claim of the setting `oidc.claim`.
    subject: String,
}

/// Binds who somebody is to the provider of identities to an account.
#[utoipa::path(post, path = "/api/v1/users/{login}/identities", tag = "users", params(("login" = String, Path)), security(("token" = [])),
    request_body = IdentityRequest,
    responses((status = 201, body = IdentityView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn bind(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(login): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<IdentityView>)> {
    let by = administrator(&caller)?;
    let IdentityRequest { subject } = json(&headers, &body)?;
    let issuer = &provider(&house)?.settings.issuer;
    let identity = identities::bind(&house.folder, &login, issuer, &subject, &by).await?;
    Ok((StatusCode::CREATED, Json(identity.into())))
}

/// Ends that: nobody signs in by it any more.
#[utoipa::path(post, path = "/api/v1/users/{login}/identities/{id}/end", tag = "users",
    params(("login" = String, Path), ("id" = String, Path)), security(("token" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn end(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((login, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    identities::end(&house.folder, &login, &id, &administrator(&caller)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
