//! Official documents out: each act is a request of its own; of many documents together `many`.

pub mod many;

use super::auth::Who;
use super::body::{Received, json, receive};
use super::deferred::{FinishRequest, KeyElsewhere, Padding};
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Page, Params, cursor, date, limit};
use super::repeat::Repeat;
use crate::error::{Error, Kind};
use crate::people::permissions::{Caller, Permission};
use crate::registry::checks::Verdict;
use crate::registry::copies::{self, NewCopy};
use crate::registry::elsewhere::{self, ActRequest, Elsewhere, Value};
use crate::registry::ink::Place;
use crate::registry::kinds::Words;
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{self, NewDraft, RegisterRequest, SignatureRequest};
use crate::registry::trail::{self, TrailView};
use crate::registry::view::{self, DispatchView};
use crate::registry::{Desk, HandedIn, LARGEST, Once, levels, register};
use crate::secret::Secret;
use crate::store::registry::{DispatchFilter, DispatchRow};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A document after an act.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Acted {
    /// The document.
    #[serde(flatten)]
    pub document: DispatchView,
    /// What whoever acted should know.
    pub warnings: Vec<String>,
}

/// A reason, or a comment. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    pub reason: String,
}

/// Does something at the registry, as the caller.
pub async fn at_desk<T, F>(house: &Arc<House>, caller: Caller, once: Option<Once>, job: F) -> Answer<T>
where
    F: AsyncFnOnce(&Desk<'_>) -> crate::error::Result<T> + Send + 'static,
    T: Send + 'static,
{
    house
        .work_with_services(async move |house, services| {
            let (telling, level) = (&house.telling, house.registry_level);
            job(&Desk { folder: &house.folder, caller: &caller, services, telling, level, once: once.as_ref() }).await
        })
        .await
}

/// Does an act at the registry, and tells what became of the document; a request that was answered before is not done again.
pub async fn act<F>(house: &Arc<House>, caller: Caller, once: Option<Once>, job: F) -> Answer<Json<Acted>>
where
    F: AsyncFnOnce(&Desk<'_>) -> crate::error::Result<(DispatchRow, Vec<String>)> + Send + 'static,
{
    let acted = at_desk(house, caller, once, async move |desk| {
        let (row, warnings) = match desk.answered().await? {
            Some(row) => (row, Vec::new()),
            None => job(desk).await?,
        };
        Ok(Acted { document: DispatchView::new(desk.folder, row).await?, warnings })
    });
    Ok(Json(acted.await?))
}

/// 201 with the place of what was made.
fn created(Json(acted): Json<Acted>) -> Response {
    let location = format!("/api/v1/outgoing/{}", acted.document.id);
    (StatusCode::CREATED, [(LOCATION, location)], Json(acted)).into_response()
}

/// A file that arrives, in memory, and what stands beside it; what makes that request the same one when it is sent again.
pub async fn handed_in<T: DeserializeOwned>(
    house: &House,
    request: Request,
) -> Answer<(HandedIn, Option<T>, Option<Once>)> {
    let (mut parts, body) = request.into_parts();
    let repeat = Repeat::from_request_parts(&mut parts, house).await?;
    let request = Request::from_parts(parts, body);
    let Received { upload, name, options } = receive(house, request, &["application/pdf"]).await?;
    let said = options.clone().unwrap_or_default();
    let wrong = |error: serde_json::Error| Problem::unprocessable("request.json", error.to_string());
    let options = options.map(|options| serde_json::from_slice(&options).map_err(wrong)).transpose()?;
    let mut upload = upload;
    if upload.size() > LARGEST {
        return Err(Problem::too_large(LARGEST));
    }
    let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "the upload", error);
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let bytes = upload.source()?.read_up_to(0, most).map_err(unreadable)?;
    let once = repeat.of_file(&bytes, &said);
    Ok((HandedIn { name, bytes }, options, once))
}

/// What is told where a form lacks its options.
pub fn options_missing() -> Problem {
    Problem::unprocessable("request.form", "a form with the parts file and options (JSON) is wanted")
}

/// Whether a PDF is fit to become an official document; nothing is kept.
#[utoipa::path(post, path = "/api/v1/outgoing/check", tag = "registry", security(("token" = [])),
    request_body(description = "the PDF, or a form with the part file", content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 200, body = Verdict), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn check(Who(caller): Who, State(house): State<Arc<House>>, request: Request) -> Answer<Json<Verdict>> {
    caller.may(Permission::PrepareDocuments)?;
    let (file, ..) = handed_in::<serde_json::Value>(&house, request).await?;
    Ok(Json(house.work(async move |_| outgoing::check(file)).await?.0))
}

/// Hands in a draft: a form with the parts `file` (the PDF) and `options` (JSON). What is not fit is refused with each failing check.
#[utoipa::path(post, path = "/api/v1/outgoing", tag = "registry", security(("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")),
    request_body(description = "file and options", content_type = "multipart/form-data", content = NewDraft),
    responses((status = 201, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn draft(Who(caller): Who, State(house): State<Arc<House>>, request: Request) -> Answer<Response> {
    caller.may(Act::Draft.permission())?;
    let (file, new, once) = handed_in::<NewDraft>(&house, request).await?;
    let new = new.ok_or_else(options_missing)?;
    let job = async move |desk: &Desk<'_>| Ok((outgoing::draft(desk, &new, file).await?, Vec::new()));
    Ok(created(act(&house, caller, once, job).await?))
}

/// What is looked for in a register.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindParams {
    /// In this state.
    state: Option<String>,
    /// Of this kind, by its abbreviation.
    kind: Option<String>,
    /// Of this day or later, `2026-11-01`.
    from: Option<String>,
    /// Of this day or earlier.
    to: Option<String>,
    /// With this in subject, symbol or names.
    text: Option<String>,
    /// Urgent ones only.
    #[serde(default)]
    urgent: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Documents on the page, 1 to 500.
    limit: Option<u32>,
}

/// A page of a register.
pub async fn page(house: &House, caller: &Caller, book: Book, asked: FindParams) -> Answer<Json<Page<DispatchView>>> {
    caller.may(Permission::ReadDocuments)?;
    let limit = limit(asked.limit)?;
    let after = cursor(asked.cursor.as_deref(), |text| {
        let (time, id) = text.split_once(' ')?;
        Some((OffsetDateTime::parse(time, &Rfc3339).ok()?, id.to_owned()))
    })?;
    let filter = DispatchFilter {
        unit: caller.unit.clone(),
        book: book.as_str().to_owned(),
        state: asked.state,
        kind: asked.kind,
        from: date("from", asked.from.as_deref())?,
        to: date("to", asked.to.as_deref())?,
        numbered: false,
        urgent: asked.urgent,
        copies: false,
        text: asked.text,
        after,
    };
    let rows = register::find(&house.folder, caller, filter, limit.saturating_add(1)).await?;
    let views = DispatchView::many(&house.folder, rows).await?;
    let place = |view: &DispatchView| format!("{} {}", view.created.format(&Rfc3339).unwrap_or_default(), view.id);
    Ok(Json(Page::new(views, limit, place, Ok)?))
}

/// The unit's documents out, the newest first.
#[utoipa::path(get, path = "/api/v1/outgoing", tag = "registry", params(FindParams), security(("token" = [])),
    responses((status = 200, body = Page<DispatchView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn find(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FindParams>,
) -> Answer<Json<Page<DispatchView>>> {
    page(&house, &caller, Book::Out, asked).await
}

/// One document out.
#[utoipa::path(get, path = "/api/v1/outgoing/{id}", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = DispatchView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<DispatchView>> {
    let row = view::get(&house.folder, &caller, Book::Out, &id).await?;
    Ok(Json(DispatchView::new(&house.folder, row).await?))
}

/// Which version of a file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileParams {
    /// One of before; the newest without it.
    version: Option<u32>,
}

/// The bytes of a file.
pub async fn bytes(house: &House, row: DispatchRow, file: u32, asked: &FileParams) -> Answer<Response> {
    let (file, bytes) = view::file(&house.folder, &row, file, asked.version).await?;
    // what came with an edXML package need not be a PDF
    let kind = if file.pages > 0 { "application/pdf" } else { "application/octet-stream" };
    let told = [
        (CONTENT_TYPE, kind.to_owned()),
        (axum::http::header::CONTENT_DISPOSITION, super::file::disposition(&file.name)),
    ];
    Ok((told, bytes).into_response())
}

/// A file: 0 is the document itself, 1, 2, ... what comes with it.
#[utoipa::path(get, path = "/api/v1/outgoing/{id}/files/{file}", tag = "registry",
    params(("id" = String, Path), ("file" = u32, Path), FileParams), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn file(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((id, file)): Path<(String, u32)>,
    Params(asked): Params<FileParams>,
) -> Answer<Response> {
    let row = view::get(&house.folder, &caller, Book::Out, &id).await?;
    bytes(&house, row, file, &asked).await
}

/// A new draft in the place of the one before.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/revise", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body(description = "the PDF, or a form with the part file", content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn revise(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Json<Acted>> {
    caller.may(Act::Revise.permission())?;
    let (file, _, once) = handed_in::<serde_json::Value>(&house, request).await?;
    act(&house, caller, once, async move |desk| Ok((outgoing::revise(desk, &id, file).await?, Vec::new()))).await
}

/// A file of its own that comes with a draft; one with the same name takes the place of the one before.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/files", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body(description = "the PDF, or a form with the part file", content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn attach(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Json<Acted>> {
    caller.may(Act::Attach.permission())?;
    let (file, _, once) = handed_in::<serde_json::Value>(&house, request).await?;
    act(&house, caller, once, async move |desk| Ok((outgoing::attach(desk, &id, file).await?, Vec::new()))).await
}

/// Initials of the drafting department: a signature where the token has a key, and in any case an entry of the log over the file.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/initial", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = SignatureRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn initial(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Initial.permission())?;
    let asked: SignatureRequest = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| outgoing::initial(desk, &id, &asked).await).await
}

/// Signed by whom it is for to sign, in the own capacity, or by a delegation in force (`words`).
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/sign", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = SignatureRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Sign.permission())?;
    let asked: SignatureRequest = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| outgoing::sign(desk, &id, &asked).await).await
}

/// Number, day and month: the next of the unit's series of this kind and year.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/number", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = SignatureRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn number(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Number.permission())?;
    let asked: SignatureRequest = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| outgoing::number(desk, &id, &asked).await).await
}

/// The unit's signature on the document and on each file that comes with it.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/seal", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = SignatureRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn seal(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Seal.permission())?;
    let asked: SignatureRequest = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| outgoing::seal(desk, &id, &asked).await).await
}

/// Into the register: to whom it goes, who keeps the original.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/register", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = RegisterRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn enter(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Register.permission())?;
    let asked: RegisterRequest = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| {
        Ok((outgoing::register(desk, &id, &asked).await?, Vec::new()))
    })
    .await
}

/// Issued: it goes to its recipients. What it replaces is replaced from now on.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/issue", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn issue(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
) -> Answer<Json<Acted>> {
    caller.may(Act::Issue.permission())?;
    act(&house, caller, repeat.of(&[]), async move |desk| outgoing::issue(desk, &id).await).await
}

/// Raises the level of the signatures of what was issued below it, because TSA or CA could not be reached then. The service does so by itself,
/// again and again; this is for who does not want to wait.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/raise", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn raise(Who(caller): Who, State(house): State<Arc<House>>, Path(id): Path<String>) -> Answer<Json<Acted>> {
    caller.may(Act::Raise.permission())?;
    act(&house, caller, None, async move |desk| levels::raise(desk, &id).await).await
}

/// An act that a key elsewhere signs. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareAct {
    /// `initial`, `sign`, `number` or `seal`.
    #[schema(inline)]
    act: Act,
    /// The certificate of the key: base64 of its DER, or PEM.
    certificate: String,
    /// The certificates of its issuers, each as the certificate itself.
    #[serde(default)]
    chain: Vec<String>,
    /// The digest algorithm: `sha256`, `sha384`, `sha512`; left out, it is the key's preferred one.
    digest: Option<String>,
    /// The padding of an RSA signature: `pkcs1` or `pss`.
    scheme: Option<Padding>,
    /// For how many hours the signature is awaited, 72 unless it is said, at most 720.
    valid_hours: Option<u32>,
    /// SHA-256 of the file that the signer has seen, hexadecimal: another one is not signed.
    seen: Option<String>,
    /// Where the signature is seen, instead of where the page's own text says.
    #[serde(default)]
    places: Vec<Place>,
    /// Its image, a PNG in base64.
    image: Option<String>,
    /// Of the leader's signature: in whose place, by a delegation in force, such as `KT`; `TM` needs none.
    #[schema(inline)]
    words: Option<Words>,
    /// With `TM`: the body that decides together.
    title: Option<String>,
}

/// The values of all signatures of an act. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishAct {
    /// One for each request that was prepared.
    signatures: Vec<FinishRequest>,
}

/// Refuses who does no act that signs.
fn may_sign(caller: &Caller) -> crate::error::Result<()> {
    caller.may(Act::Sign.permission()).or_else(|_| caller.may(Act::Seal.permission()))
}

/// Lays out what an act signs for a key that is elsewhere, and says what is to be signed: one request for each file. Nothing is done to the document
/// before the values are there.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/prepare", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = PrepareAct,
    responses((status = 200, body = ActRequest), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn prepare(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<ActRequest>> {
    may_sign(&caller)?;
    let asked: PrepareAct = json(&headers, &body)?;
    caller.may(asked.act.permission())?;
    let PrepareAct { act, certificate, chain, digest, scheme, valid_hours, seen, places, image, words, title } = asked;
    let (key, scheme, lifetime) = KeyElsewhere { certificate, chain, digest, scheme, valid_hours }.read()?;
    let asked = SignatureRequest { seen, places, image, words, title, pin: None };
    let by = Elsewhere { key, scheme, lifetime };
    let job = async move |desk: &Desk<'_>| elsewhere::prepare(desk, act, &id, &asked, by).await;
    Ok(Json(at_desk(&house, caller, None, job).await?))
}

/// Does the act that the same caller prepared, with the values of all its signatures. They are verified before anything is done.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/finish", tag = "registry", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = FinishAct,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn finish(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    may_sign(&caller)?;
    let FinishAct { signatures } = json(&headers, &body)?;
    let mut values = Vec::with_capacity(signatures.len());
    for one in &signatures {
        values.push(Value { request: one.request.clone(), signature: one.value()? });
    }
    let job = async move |desk: &Desk<'_>| elsewhere::finish(desk, &id, &values).await;
    act(&house, caller, repeat.of_json(&body), job).await
}

/// Sends a draft back, with a comment.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/return", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = Reason,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn send_back(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Return.permission())?;
    let Reason { reason } = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| {
        Ok((outgoing::send_back(desk, &id, &reason).await?, Vec::new()))
    })
    .await
}

/// Gives up a document before it is issued; a number that it has stays its own.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/cancel", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = Reason,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn cancel(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Cancel.permission())?;
    let Reason { reason } = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| {
        Ok((outgoing::cancel(desk, &id, &reason).await?, Vec::new()))
    })
    .await
}

/// Withdraws what was issued: its recipients are told to remove it.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/withdraw", tag = "registry", params(("id" = String, Path), 
    ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")), security(("token" = [])),
    request_body = Reason,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn withdraw(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    repeat: Repeat,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Withdraw.permission())?;
    let Reason { reason } = json(&headers, &body)?;
    act(&house, caller, repeat.of_json(&body), async move |desk| {
        Ok((outgoing::withdraw(desk, &id, &reason).await?, Vec::new()))
    })
    .await
}

/// A copy (SY, SL, TrS) with a number of its own and the unit's signature: of a document here (JSON), or of a paper or an extract that comes
/// as a form with the parts `file` and `options`.
#[utoipa::path(post, path = "/api/v1/copies", tag = "registry", security(("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")),
    request_body(description = "what is copied", content((NewCopy = "application/json"), (NewCopy = "multipart/form-data"))),
    responses((status = 201, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn copy(Who(caller): Who, State(house): State<Arc<House>>, request: Request) -> Answer<Response> {
    caller.may(Act::Copy.permission())?;
    let headers = request.headers().clone();
    let (file, new, once) = if super::body::is_json(&headers).is_ok() {
        let most = usize::try_from(house.most_body_bytes).unwrap_or(usize::MAX);
        let (mut parts, body) = request.into_parts();
        let repeat = Repeat::from_request_parts(&mut parts, &house).await?;
        let body = axum::body::to_bytes(body, most).await;
        let body = body.map_err(|_| Problem::too_large(house.most_body_bytes))?;
        (None, Some(json(&headers, &body)?), repeat.of_json(&body))
    } else {
        let (file, new, once) = handed_in::<NewCopy>(&house, request).await?;
        (Some(file), new, once)
    };
    let new = new.ok_or_else(options_missing)?;
    Ok(created(act(&house, caller, once, async move |desk| copies::copy(desk, &new, file).await).await?))
}

/// The history of a document: who did what, when, to which bytes, with the log's entry and proof of each act.
#[utoipa::path(get, path = "/api/v1/outgoing/{id}/trail", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = TrailView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn history(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<TrailView>> {
    let row = view::get(&house.folder, &caller, Book::Out, &id).await?;
    Ok(Json(trail::of(&house.folder, &caller, &row).await?))
}

/// The same as a PDF that the caller's key signs, entries and proofs within it as XML.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/trail", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn signed_history(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Response> {
    signed_trail(&house, (caller, None), Book::Out, id).await
}

/// The trail of a document as a PDF that the caller's key signs, opened by its PIN for this alone where one is given.
pub async fn signed_trail(
    house: &Arc<House>,
    (caller, pin): (Caller, Option<Secret>),
    book: Book,
    id: String,
) -> Answer<Response> {
    caller.may(Permission::SignDocuments)?;
    let name = format!("nhat-ky-{id}.pdf");
    let (signed, file) = house
        .work_with_services(async move |house, services| {
            let row = view::get(&house.folder, &caller, book, &id).await?;
            let mut out = house.folder.blobs.start().await?;
            let hand = (&caller, pin.as_ref().map(Secret::reveal));
            let signed = trail::signed(&house.folder, hand, services, &row, &mut out).await?;
            Ok((signed, out.written()?))
        })
        .await?;
    let media_type = "application/pdf";
    Ok(FileAnswer { file, size: signed.size, sha256: signed.sha256, media_type, name: &name }.into_response())
}
