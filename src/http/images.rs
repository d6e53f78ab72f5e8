//! Images that signatures are seen with: the caller's own signature and initials, the seal of the caller's unit.

use super::auth::Who;
use super::body::is_kind;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use crate::registry::images::{self, ImageKind};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The media type.
const PNG: &str = "image/png";

/// An image: `signature` and `initials` are the caller's own, `seal` is that of the caller's unit.
#[utoipa::path(get, path = "/api/v1/images/{kind}", tag = "registry", params(("kind" = String, Path, description = "signature, initials or seal")), security(("token" = [])),
    responses((status = 200, description = "the PNG", content_type = "image/png"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(Who(caller): Who, State(house): State<Arc<House>>, Path(kind): Path<ImageKind>) -> Answer<Response> {
    let png = images::get(&house.folder, &caller, kind).await?;
    Ok(([(CONTENT_TYPE, PNG)], png).into_response())
}

/// Keeps an image, which signatures are seen with from now on unless another is handed in: a PNG with transparent ground, blue, a seal red.
#[utoipa::path(put, path = "/api/v1/images/{kind}", tag = "registry", params(("kind" = String, Path, description = "signature, initials or seal")), security(("token" = [])),
    request_body(description = "the PNG, at most 512 KiB", content_type = "image/png"),
    responses((status = 204, description = "it is kept"), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn keep(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(kind): Path<ImageKind>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    caller.may(kind.act().permission())?;
    is_kind(&headers, PNG)?;
    house.work(async move |house| images::set(&house.folder, &caller, kind, Some(&body)).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an image away.
#[utoipa::path(delete, path = "/api/v1/images/{kind}", tag = "registry", params(("kind" = String, Path, description = "signature, initials or seal")), security(("token" = [])),
    responses((status = 204, description = "it is gone"), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn remove(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(kind): Path<ImageKind>,
) -> Answer<StatusCode> {
    images::set(&house.folder, &caller, kind, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
