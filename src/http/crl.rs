//! Revocation lists of the built-in authority, where its certificates say they are (RFC 5280 section 4.2.1.13).

use super::house::House;
use super::problem::{Answer, Problem};
use crate::pki::anchors::values_in;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use std::sync::Arc;

/// Longest name of an authority.
const LONGEST: usize = 64;

/// An authority's revocation list, DER.
#[utoipa::path(get, path = "/crl/{file}", tag = "authority", params(("file" = String, Path, description = "the authority's name and .crl")),
    responses((status = 200, description = "the list", content_type = "application/pkix-crl"), (status = 404, description = "there is none")))]
pub async fn crl(State(house): State<Arc<House>>, Path(file): Path<String>) -> Answer<impl IntoResponse> {
    let name = file.strip_suffix(".crl").filter(|name| is_name(name)).ok_or_else(Problem::not_found)?;
    let path = house.folder.path.join("crls").join(format!("{name}.crl"));
    if !path.is_file() {
        return Err(Problem::not_found());
    }
    let list = house.work(async move |_| Ok(values_in(&path, "X509 CRL")?.into_iter().next())).await?;
    let headers = [(CONTENT_TYPE, "application/pkix-crl"), (CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, list.ok_or_else(Problem::not_found)?))
}

/// Letters, digits, `-` and `_`: nothing that leads out of the folder.
fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits)
}
