//! What pages consist of besides themselves: the style sheet, the script, the seal. All of it is in the program. Their addresses hold the
//! digest of what they are, so that browsers fetch each once and never ask again.

use crate::digest::sha256;
use crate::http::problem::{Answer, Problem};
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// What every page looks like.
const STYLE: &str =
    concat!(include_str!("page.css"), include_str!("receipts/receipts.css"), include_str!("compare.css"));

/// Name, media type, bytes.
const ASSETS: &[(&str, &str, &[u8])] = &[
    ("page.css", "text/css; charset=utf-8", STYLE.as_bytes()),
    ("page.js", "text/javascript; charset=utf-8", include_bytes!("page.js")),
    ("counter.js", "text/javascript; charset=utf-8", include_bytes!("receipts/counter.js")),
    ("check.js", "text/javascript; charset=utf-8", include_bytes!("check.js")),
    ("passkeys.js", "text/javascript; charset=utf-8", include_bytes!("passkeys.js")),
    ("seal.svg", "image/svg+xml", include_bytes!("seal.svg")),
];

static ADDRESSES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let address = |bytes: &[u8], name: &str| {
        let digest: String = hex::encode(sha256(bytes)).chars().take(16).collect();
        format!("/assets/{name}?v={digest}")
    };
    ASSETS.iter().map(|(name, _, bytes)| (*name, address(bytes, name))).collect()
});

/// The address of an asset.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.iter().find(|(known, _)| *known == name).map_or("", |(_, address)| address)
}

/// An asset.
pub async fn asset(Path(name): Path<String>) -> Answer<Response> {
    let (_, media_type, bytes) = ASSETS.iter().find(|(known, ..)| *known == name).ok_or_else(Problem::not_found)?;
    let headers = [(CONTENT_TYPE, *media_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, *bytes).into_response())
}
