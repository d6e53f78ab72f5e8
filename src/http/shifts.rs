//! Shifts of cashiers: closed, listed, shown.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Page, Paging, Params, cursor, limit};
use super::receipts::counter;
use crate::error::Error;
use crate::people::permissions::Permission;
use crate::reports::shift::{self, ShiftView, Summary};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::io::Read;
use std::sync::Arc;

/// What the cashier counted. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// Whole dong in cash; a dry run does without.
    #[serde(default)]
    counted: Option<i64>,
    /// What there is to say about it, printed on the PDF; 1 to 1,000 characters.
    #[serde(default)]
    note: Option<String>,
}

/// Whether it is closed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CloseParams {
    /// Only say what there must be; nothing is closed.
    #[serde(default)]
    dry_run: bool,
}

/// Closes the caller's shift: what was taken since the last closing, against the cash that was counted.
#[utoipa::path(post, path = "/api/v1/shifts/close", tag = "shifts", params(CloseParams), security(("token" = [])), request_body = CloseRequest,
    responses((status = 201, body = ShiftView), (status = 200, description = "a dry run: what there must be", body = Summary), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn close(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(CloseParams { dry_run }): Params<CloseParams>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Permission::IssueReceipts)?;
    let CloseRequest { counted, note } = json(&headers, &body)?;
    if dry_run {
        let summary = shift::preview(&counter(&house, &*house.trust()?, &caller), counted).await?;
        return Ok(Json(summary).into_response());
    }
    let counted = counted.ok_or_else(|| Problem::unprocessable("shift.counted", "counted: must be given"))?;
    let view = house
        .work(async move |house| {
            let row = shift::close(&counter(house, &*house.trust()?, &caller), &caller.unit, counted, note.as_deref())
                .await?;
            ShiftView::new(&house.folder, row).await
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// The unit's shifts, the oldest first.
#[utoipa::path(get, path = "/api/v1/shifts", tag = "shifts", params(Paging), security(("token" = [])),
    responses((status = 200, body = Page<ShiftView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<Paging>,
) -> Answer<Json<Page<ShiftView>>> {
    caller.may(Permission::ReadReceipts)?;
    let limit = limit(asked.limit)?;
    let after = cursor(asked.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or_default();
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let rows = tx.shifts(Some(&caller.unit), after, limit.saturating_add(1)).await.map_err(Error::from)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        views.push(ShiftView::new(&house.folder, row).await?);
    }
    Ok(Json(Page::new(views, limit, |view| view.id.to_string(), Ok)?))
}

/// One shift.
#[utoipa::path(get, path = "/api/v1/shifts/{id}", tag = "shifts", params(("id" = i64, Path)), security(("token" = [])),
    responses((status = 200, body = ShiftView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(Who(caller): Who, State(house): State<Arc<House>>, Path(id): Path<i64>) -> Answer<Json<ShiftView>> {
    caller.may(Permission::ReadReceipts)?;
    let row = shift::show(&house.folder, Some(&caller.unit), id).await?;
    Ok(Json(ShiftView::new(&house.folder, row).await?))
}

/// Its signed PDF.
#[utoipa::path(get, path = "/api/v1/shifts/{id}/file", tag = "shifts", params(("id" = i64, Path)), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn file(Who(caller): Who, State(house): State<Arc<House>>, Path(id): Path<i64>) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    let row = shift::show(&house.folder, Some(&caller.unit), id).await?;
    let mut bytes = Vec::new();
    let unreadable = |error| Error::new(crate::error::Kind::Unavailable, "store.unreadable", "data folder", error);
    shift::pdf(&house.folder, &row).await?.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(([(CONTENT_TYPE, "application/pdf")], bytes).into_response())
}
