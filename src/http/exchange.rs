//! edXML (QCVN 102:2016/BTTTT) for the systems that documents are exchanged with: packages out and in, how documents stand.

use super::auth::Who;
use super::body::{is_kind, json};
use super::house::House;
use super::incoming::ArrivalView;
use super::outgoing::at_desk;
use super::problem::{Answer, Problem, ProblemBody};
use crate::registry::Desk;
use crate::registry::edxml::StatusCode as Standing;
use crate::registry::exchange::{self, Taken};
use crate::registry::machine::{Act, Book};
use crate::registry::view::DispatchView;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A message as it goes out.
fn xml(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/xml")], bytes).into_response()
}

/// The package of a document that was issued, for other systems, signed by the key of the token if there is one; of one that was withdrawn, with which it
/// is asked for back.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/edxml", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, description = "the package", body = String, content_type = "application/xml"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn package(Who(caller): Who, State(house): State<Arc<House>>, Path(id): Path<String>) -> Answer<Response> {
    caller.may(Act::Report.permission())?;
    let job = async move |desk: &Desk<'_>| exchange::package(desk, &id).await;
    Ok(xml(at_desk(&house, caller, None, job).await?))
}

/// What came of a message that was taken in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TakenView {
    /// The document in that a package became.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrival: Option<ArrivalView>,
    /// The document of which something was said: how it stands with a receiver, or that its sender wants it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DispatchView>,
}

/// Takes a message of another system in: a package becomes a document in, with the verdict over its signatures; a status is kept with the document that
/// it is about.
#[utoipa::path(post, path = "/api/v1/edxml", tag = "registry", security(("token" = [])),
    request_body(description = "a package or a status message", content = String, content_type = "application/xml"),
    responses((status = 201, description = "a document came in", body = TakenView), (status = 200, description = "something was said of a document", body = TakenView),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn take(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Act::Receive.permission())?;
    is_kind(&headers, "application/xml")?;
    if body.is_empty() {
        return Err(Problem::unprocessable("request.empty", "the message is empty"));
    }
    let job = async move |desk: &Desk<'_>| {
        Ok(match exchange::take(desk, body.to_vec()).await? {
            Taken::Arrived(arrival) => {
                TakenView { arrival: Some(ArrivalView::new(desk, *arrival).await?), document: None }
            }
            Taken::Heard(row) => {
                TakenView { arrival: None, document: Some(DispatchView::new(desk.folder, *row).await?) }
            }
        })
    };
    let view = at_desk(&house, caller, None, job).await?;
    Ok(match view.arrival.as_ref().map(|arrival| format!("/api/v1/incoming/{}", arrival.document.id)) {
        Some(location) => (StatusCode::CREATED, [(LOCATION, location)], Json(view)).into_response(),
        None => Json(view).into_response(),
    })
}

/// How a document stands. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {
    /// 01 arrived, 02 refused, 03 received, 04 assigned, 05 in progress, 06 done, 15 recall agreed, 16 recall refused; of a document out 13, recall asked.
    #[schema(example = "03")]
    status: String,
    /// Why, or anything else.
    note: Option<String>,
}

async fn told(
    house: &Arc<House>,
    caller: crate::people::permissions::Caller,
    book: Book,
    id: String,
    asked: StatusRequest,
) -> Answer<Response> {
    let unknown = || Problem::unprocessable("edxml.status", "status is 01 to 06, 13, 15 or 16");
    let code = Standing::of(&asked.status).ok_or_else(unknown)?;
    let job = async move |desk: &Desk<'_>| exchange::report(desk, book, &id, code, asked.note.as_deref()).await;
    Ok(xml(at_desk(house, caller, None, job).await?))
}

/// The message that tells the sender of a document in how it stands.
#[utoipa::path(post, path = "/api/v1/incoming/{id}/status", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = StatusRequest,
    responses((status = 200, description = "the status message", body = String, content_type = "application/xml"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn incoming_status(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Act::Report.permission())?;
    let asked = json(&headers, &body)?;
    told(&house, caller, Book::In, id, asked).await
}

/// The message that asks the receivers of a document out to give it back.
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/status", tag = "registry", params(("id" = String, Path)), security(("token" = [])),
    request_body = StatusRequest,
    responses((status = 200, description = "the status message", body = String, content_type = "application/xml"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn outgoing_status(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Act::Report.permission())?;
    let asked = json(&headers, &body)?;
    told(&house, caller, Book::Out, id, asked).await
}
