//! The audit log as anybody may fetch it (C2SP tlog-tiles): the checkpoint, tiles of hashes, bundles of entries.

use super::house::House;
use super::problem::{Answer, Problem};
use crate::audit::publish;
use crate::tlog::tile::{BundleId, TILE_WIDTH, TileId, TilePath};
use axum::extract::{Path, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use std::sync::Arc;

/// Full tiles never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// A partial tile does not change either, but nobody asks for it for long.
const A_DAY: &str = "public, max-age=86400, immutable";
/// A checkpoint is the newest for a moment only.
const A_MOMENT: &str = "public, max-age=5";

/// The newest checkpoint, a signed note; with the cosignatures of witnesses as soon as they have seen it.
#[utoipa::path(get, path = "/checkpoint", tag = "log", responses((status = 200, description = "the checkpoint", body = String)))]
pub async fn checkpoint(State(house): State<Arc<House>>) -> Answer<impl IntoResponse> {
    let checkpoint = house.folder.log.checkpoint().await?;
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, A_MOMENT), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    Ok((headers, checkpoint))
}

/// A tile of hashes (`<L>/<N>[.p/<W>]`) or a bundle of entries (`entries/<N>[.p/<W>]`).
#[utoipa::path(get, path = "/tile/{path}", tag = "log", params(("path" = String, Path, description = "level or entries, index, width")),
    responses((status = 200, description = "its bytes", content_type = "application/octet-stream"),
              (status = 404, description = "the log does not have it")))]
pub async fn tile(State(house): State<Arc<House>>, Path(path): Path<String>) -> Answer<impl IntoResponse> {
    let path: TilePath = format!("tile/{path}").parse().map_err(|_| Problem::not_found())?;
    let bytes = publish::tile(&*house.folder.store, path).await?.ok_or_else(Problem::not_found)?;
    let (TilePath::Hashes(TileId { width, .. }) | TilePath::Entries(BundleId { width, .. })) = path;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CACHE_CONTROL, if width == TILE_WIDTH { FOREVER } else { A_DAY }),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((headers, bytes))
}
