//! The service as a witness of other units' logs (C2SP tlog-witness).

use super::house::House;
use super::problem::{Answer, Problem};
use crate::audit::witness::{Refusal, Witness};
use crate::digest::sha256;
use crate::error::Error;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";
/// The media type of the answer that says which size was cosigned last.
pub const TREE_SIZE: &str = "text/x.tlog.size";

/// Cosigns a checkpoint of a log that is watched here, if it is consistent with what was cosigned before.
#[utoipa::path(post, path = "/add-checkpoint", tag = "log",
    request_body(content = String, content_type = "text/plain", description = "the old size, a consistency proof, an empty line, the checkpoint"),
    responses((status = 200, description = "a signature line", body = String),
              (status = 400, description = "it is not such a request"),
              (status = 403, description = "no known key of the log has signed it"),
              (status = 404, description = "the log is not watched here"),
              (status = 409, description = "the log was last cosigned at another size, which is the answer"),
              (status = 422, description = "it is not consistent with what was cosigned")))]
pub async fn add_checkpoint(State(house): State<Arc<House>>, body: String) -> Answer<Response> {
    let answer = house
        .work_for_public(async move |house: &House| {
            let folder = &house.folder;
            let witness = Witness::open(&*folder.store, &folder.master, &*folder.random).await?;
            Ok(witness.add_checkpoint(&*folder.store, &house.watched_logs, &body, folder.now()).await)
        })
        .await?;
    let refusal = match answer {
        Ok(line) => return Ok(([(CONTENT_TYPE, TEXT)], line).into_response()),
        Err(refusal) => refusal,
    };
    let (status, code) = match refusal {
        Refusal::OtherSize(size) => {
            return Ok((StatusCode::CONFLICT, [(CONTENT_TYPE, TREE_SIZE)], format!("{size}\n")).into_response());
        }
        Refusal::Store(error) => return Err(Error::from(error).into()),
        Refusal::Malformed(_) | Refusal::Shrunk => (StatusCode::BAD_REQUEST, "witness.malformed"),
        Refusal::Unsigned(_) => (StatusCode::FORBIDDEN, "witness.unsigned"),
        Refusal::UnknownLog => (StatusCode::NOT_FOUND, "witness.unknown_log"),
        Refusal::Inconsistent(_) => (StatusCode::UNPROCESSABLE_ENTITY, "witness.inconsistent"),
    };
    Err(Problem::new(status, code, refusal.to_string()))
}

/// The newest checkpoint of a watched log that was cosigned here; `log` is the SHA-256 of its name, hexadecimal.
#[utoipa::path(get, path = "/witness/{log}/checkpoint", tag = "log", params(("log" = String, Path, description = "SHA-256 of the log's name")),
    responses((status = 200, description = "the cosigned checkpoint", body = String), (status = 404, description = "there is none")))]
pub async fn checkpoint(State(house): State<Arc<House>>, Path(log): Path<String>) -> Answer<impl IntoResponse> {
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let rows = tx.witnessed_logs().await.map_err(Error::from)?;
    let row = rows.into_iter().find(|row| hex::encode(sha256(row.origin.as_bytes())) == log);
    let row = row.ok_or_else(Problem::not_found)?;
    Ok(([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "public, max-age=60")], row.checkpoint))
}
