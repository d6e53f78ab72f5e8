//! What goes out to the tax office and to payers: what is queued, sent, and failed.

use super::auth::Who;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::{Page, Params, cursor, limit};
use crate::error::Error;
use crate::people::permissions::Permission;
use crate::reports::sending::{self, OutgoingView};
use crate::store::outgoing::OutgoingState;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use std::sync::Arc;

/// What is looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SentParams {
    /// queued, sent or failed.
    #[param(inline)]
    state: Option<OutgoingState>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items on the page, 1 to 500.
    limit: Option<u32>,
}

/// What the unit sends: daily reports to the tax office, letters to payers by e-mail; the newest first.
#[utoipa::path(get, path = "/api/v1/reports/sent", tag = "reports", params(SentParams), security(("token" = [])),
    responses((status = 200, body = Page<OutgoingView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<SentParams>,
) -> Answer<Json<Page<OutgoingView>>> {
    caller.may(Permission::ReadReceipts)?;
    let limit = limit(asked.limit)?;
    let before = cursor(asked.cursor.as_deref(), |text| text.parse().ok())?;
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let rows = tx.outgoing_of(&caller.unit, asked.state, before, limit.saturating_add(1)).await.map_err(Error::from)?;
    Ok(Json(Page::new(rows, limit, |row| row.id.to_string(), |row| Ok(OutgoingView::from(row)))?))
}

/// Sends again what failed; what is queued is sent at once. What was sent is not sent again.
#[utoipa::path(post, path = "/api/v1/reports/sent/{id}/retry", tag = "reports", params(("id" = i64, Path)), security(("token" = [])),
    responses((status = 200, body = OutgoingView), (status = 409, description = "it was sent", body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn retry(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<i64>,
) -> Answer<Json<OutgoingView>> {
    caller.may(Permission::SendAgain)?;
    Ok(Json(sending::retry(&house.folder, Some(&caller.unit), id).await?.into()))
}
