//! Official documents in: taken in, registered or returned, assigned.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::outgoing::{
    Acted, FileParams, FindParams, Reason, act, at_desk, bytes, handed_in, options_missing, page, signed_trail,
};
use super::problem::{Answer, ProblemBody};
use super::query::{Page, Params};
use crate::error::Result;
use crate::people::permissions::Permission;
use crate::registry::Desk;
use crate::registry::incoming::{self, Arrival, NewArrival};
use crate::registry::machine::{Act, Book};
use crate::registry::trail::{self, TrailView};
use crate::registry::view::{self, DispatchView};
use crate::validation::report::Report;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A document that came in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArrivalView {
    /// The document.
    #[serde(flatten)]
    pub document: DispatchView,
    /// Documents in the same register with the very same file.
    duplicates: Vec<String>,
    /// What whoever takes it in should know.
    warnings: Vec<String>,
    /// What the verification says: the report of `POST /api/v1/verify`.
    #[schema(value_type = Object)]
    report: Report,
}

impl ArrivalView {
    /// As the desk has it.
    pub async fn new(desk: &Desk<'_>, arrival: Arrival) -> Result<Self> {
        let Arrival { row, report, duplicates, warnings } = arrival;
        Ok(Self { document: DispatchView::new(desk.folder, row).await?, duplicates, warnings, report })
    }
}

/// Takes a document in: a form with the parts `file` (the PDF) and `options` (JSON). The answer has the verdict over its signatures, and
/// tells whether the very same file came in before.
#[utoipa::path(post, path = "/api/v1/incoming", tag = "registry", security(("token" = [])),
    request_body(description = "file and options", content_type = "multipart/form-data", content = NewArrival),
    responses((status = 201, body = ArrivalView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn receive(Who(caller): Who, State(house): State<Arc<House>>, request: Request) -> Answer<Response> {
    caller.may(Act::Receive.permission())?;
    let (file, new, _) = handed_in::<NewArrival>(&house, request).await?;
    let new = new.ok_or_else(options_missing)?;
    let job = async move |desk: &Desk<'_>| ArrivalView::new(desk, incoming::receive(desk, &new, file).await?).await;
    let view = at_desk(&house, caller, None, job).await?;
    let location = format!("/api/v1/incoming/{}", view.document.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(view)).into_response())
}

/// Takes in a file that came with a document, before that is registered; the worst verdict over its files is that over the document.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/files", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body(description = "the PDF, or a form with the part file", content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 200, body = ArrivalView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn attach(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Json<ArrivalView>> {
    caller.may(Permission::KeepRegisters)?;
    let (file, ..) = handed_in::<serde_json::Value>(&house, request).await?;
    let job = async move |desk: &Desk<'_>| ArrivalView::new(desk, incoming::attach(desk, &id, file).await?).await;
    Ok(Json(at_desk(&house, caller, None, job).await?))
}

/// The unit's documents in, the newest first.
#[utoipa::path(get, path = "/api/v1/incoming", tag = "registry", params(FindParams), security(("token" = [])),
    responses((status = 200, body = Page<DispatchView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn find(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FindParams>,
) -> Answer<Json<Page<DispatchView>>> {
    page(&house, &caller, Book::In, asked).await
}

/// One document in.
#[utoipa::path(get, path = "/api/v1/incoming/{id}", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = DispatchView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<DispatchView>> {
    let row = view::get(&house.folder, &caller, Book::In, &id).await?;
    Ok(Json(DispatchView::new(&house.folder, row).await?))
}

/// Its file, as it came in.
#[utoipa::path(get, path = "/api/v1/incoming/{id}/files/{file}", tag = "registry",
    params(("id" = String, Path), ("file" = u32, Path), FileParams), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn file(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((id, file)): Path<(String, u32)>,
    Params(asked): Params<FileParams>,
) -> Answer<Response> {
    let row = view::get(&house.folder, &caller, Book::In, &id).await?;
    bytes(&house, row, file, &asked).await
}

/// What is said of a document that is registered. Unknown keys are refused.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AcceptRequest {
    /// Why it is registered although its signatures are not known to be good.
    reason: Option<String>,
}

/// Registers it with the next number in of the unit and the year; its receipt is confirmed to its author.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/register", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = AcceptRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn accept(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Accept.permission())?;
    let AcceptRequest { reason } = json(&headers, &body)?;
    act(&house, caller, None, async move |desk| incoming::accept(desk, &id, reason.as_deref()).await).await
}

/// Returns it to where it came from, with a reason.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/return", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = Reason,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn refuse(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Refuse.permission())?;
    let Reason { reason } = json(&headers, &body)?;
    act(&house, caller, None, async move |desk| Ok((incoming::refuse(desk, &id, &reason).await?, Vec::new()))).await
}

/// Who is in charge. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// The unit or the person.
    charge: String,
    /// What is to be done.
    note: Option<String>,
}

/// Passes it on to who is in charge, today.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/assign", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = AssignRequest,
    responses((status = 200, body = Acted), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn assign(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Acted>> {
    caller.may(Act::Assign.permission())?;
    let AssignRequest { charge, note } = json(&headers, &body)?;
    let job =
        async move |desk: &Desk<'_>| Ok((incoming::assign(desk, &id, &charge, note.as_deref()).await?, Vec::new()));
    act(&house, caller, None, job).await
}

/// The history of a document, with the log's entry and proof of each act.
#[utoipa::path(get, path = "/api/v1/incoming/{id}/trail", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = TrailView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn history(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<TrailView>> {
    let row = view::get(&house.folder, &caller, Book::In, &id).await?;
    Ok(Json(trail::of(&house.folder, &caller, &row).await?))
}

/// The same as a PDF that the caller's key signs.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/trail", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn signed_history(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Response> {
    signed_trail(&house, (caller, None), Book::In, id).await
}
