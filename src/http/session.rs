//! Signing in, and what a session is: a cookie that scripts do not see and other sites do not send.

use super::auth::{SignedIn, cookie};
use super::body::secret;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use crate::error::Result;
use crate::messages::at;
use crate::people::users::invitation::{self, Enrolment};
use crate::people::users::sessions::{self, Session};
use crate::people::users::sign_in::{Claim, Entrance, sign_in};
use crate::store::users::{OfficeRow, SessionRow};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Who is refused is told so a multiple of this after asking, so that the time tells nothing.
const REFUSAL: Duration = Duration::from_millis(500);

/// An office that is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfficeView {
    /// Its identifier.
    id: String,
    /// The unit.
    unit: String,
    /// What it permits.
    role: String,
    /// What it is called.
    title: String,
    /// The key its holder signs with.
    key: Option<String>,
    /// The first day.
    since: String,
    /// The last day.
    until: Option<String>,
    /// When it ended before that, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
}

impl From<OfficeRow> for OfficeView {
    fn from(row: OfficeRow) -> Self {
        Self {
            id: row.id,
            unit: row.unit,
            role: row.role,
            title: row.title,
            key: row.signing_key,
            since: row.since.to_string(),
            until: row.until.map(|day| day.to_string()),
            ended: row.ended.map(at),
        }
    }
}

/// Who has signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// The login.
    login: String,
    /// The full name.
    name: String,
    /// The office that is acted in.
    office: OfficeView,
    /// All offices that are held today.
    offices: Vec<OfficeView>,
    /// When the session ends, however much it is used; RFC 3339.
    expires: String,
}

impl SessionView {
    /// That of a session.
    pub(super) async fn of(house: &House, session: &Session) -> Result<Self> {
        let offices = sessions::offices(&house.folder, session).await?;
        Ok(Self {
            login: session.user.login.clone(),
            name: session.user.name.clone(),
            office: session.office.clone().into(),
            offices: offices.into_iter().map(OfficeView::from).collect(),
            expires: at(session.row.expires),
        })
    }
}

/// Who wants to sign in. Unknown keys are refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The login.
    login: String,
    /// The password.
    password: String,
    /// The code that the telephone shows, or a recovery code.
    code: String,
    /// The office to act in; the first of those that are held, if none is named.
    office: Option<String>,
}

/// What the browser calls itself.
pub(super) fn agent(headers: &HeaderMap) -> String {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned()
}

/// Signs in: the answer sets a cookie. Wrong logins, passwords and codes get the same answer.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignInRequest,
    responses((status = 201, body = SessionView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn begin(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let wanted = "it has to be login, password and code, texts; office, a text, may be given";
    let SignInRequest { login, password, code, office } = secret(&headers, &body, wanted)?;
    let password = Zeroizing::new(password);
    let agent = agent(&headers);
    let job = async move |house: &House| {
        let claim = Claim { login: &login, password: &password, code: &code };
        let entrance = Entrance { office: office.as_deref(), agent: &agent };
        let (session, text) = sign_in(&house.folder, claim, entrance, house.session_terms).await?;
        Ok((SessionView::of(house, &session).await?, text))
    };
    let begun = Instant::now();
    let (view, text) = match house.work_for_public(job).await {
        Ok(done) => done,
        Err(problem) => {
            // a try of an account that there is was written down, and took longer
            let steps = begun.elapsed().as_millis() / REFUSAL.as_millis() + 1;
            tokio::time::sleep_until(begun + REFUSAL * u32::try_from(steps).unwrap_or(u32::MAX)).await;
            return Err(problem);
        }
    };
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie(&house, &text))], Json(view)).into_response())
}

/// Who has signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 200, body = SessionView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(SignedIn(session): SignedIn, State(house): State<Arc<House>>) -> Answer<Json<SessionView>> {
    Ok(Json(SessionView::of(&house, &session).await?))
}

/// Which office to go on in. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeChange {
    /// The office.
    office: String,
}

/// Goes on in another office of the same person.
#[utoipa::path(put, path = "/api/v1/session", tag = "session", security(("session" = [])), request_body = OfficeChange,
    responses((status = 200, body = SessionView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn change(
    SignedIn(session): SignedIn,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<SessionView>> {
    let OfficeChange { office } = super::json(&headers, &body)?;
    let session = sessions::change_office(&house.folder, session, &office).await?;
    Ok(Json(SessionView::of(&house, &session).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn end(SignedIn(session): SignedIn, State(house): State<Arc<House>>) -> Answer<Response> {
    sessions::end(&house.folder, &session, &session.row.id).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie(&house, ""))]).into_response())
}

/// A session of the same person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OtherSession {
    /// Its identifier.
    id: String,
    /// What the browser calls itself.
    agent: String,
    /// How it was begun: `password`, `passkey` or `oidc`.
    how: String,
    /// When it began, RFC 3339.
    created: String,
    /// When it was used last, within a minute.
    used: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// All sessions of who has signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Sessions {
    /// The oldest first.
    items: Vec<OtherSession>,
}

/// The sessions of who has signed in.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", security(("session" = [])),
    responses((status = 200, body = Sessions), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(SignedIn(session): SignedIn, State(house): State<Arc<House>>) -> Answer<Json<Sessions>> {
    let all = sessions::list(&house.folder, &session.user.id, house.session_terms).await?;
    let view = |row: SessionRow| OtherSession {
        current: row.id == session.row.id,
        created: at(row.created),
        used: at(row.used),
        id: row.id,
        agent: row.agent,
        how: row.how,
    };
    Ok(Json(Sessions { items: all.into_iter().map(view).collect() }))
}

/// Ends a session of who has signed in.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 204), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn end_other(
    SignedIn(session): SignedIn,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    sessions::end(&house.folder, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A password for who was invited. Unknown keys are refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The text of the invitation.
    invitation: String,
    /// The password.
    password: String,
}

/// Sets a password by an invitation, and gives the secret for the telephone. It counts once a code was confirmed.
#[utoipa::path(post, path = "/api/v1/invitation", tag = "session", request_body = NewPassword,
    responses((status = 200, body = Enrolment), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn accept(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Enrolment>> {
    let NewPassword { invitation, password } = secret(&headers, &body, "it has to be invitation and password, texts")?;
    let (invitation, password) = (Zeroizing::new(invitation), Zeroizing::new(password));
    let job = async move |house: &House| invitation::accept(&house.folder, &invitation, &password).await;
    Ok(Json(house.work_for_public(job).await?))
}

/// A code of the telephone. Unknown keys are refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The text of the invitation.
    invitation: String,
    /// The code that the telephone shows.
    code: String,
}

/// What is signed in with when the telephone is lost.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Recovery {
    /// Codes that count once each; they are shown this once.
    recovery_codes: Vec<String>,
}

/// Puts password and second factor in force.
#[utoipa::path(post, path = "/api/v1/invitation/confirm", tag = "session", request_body = ConfirmRequest,
    responses((status = 200, body = Recovery), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn confirm(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Recovery>> {
    let ConfirmRequest { invitation, code } = secret(&headers, &body, "it has to be invitation and code, texts")?;
    let invitation = Zeroizing::new(invitation);
    let job = async move |house: &House| invitation::confirm(&house.folder, &invitation, &code).await;
    Ok(Json(Recovery { recovery_codes: house.work_for_public(job).await? }))
}
