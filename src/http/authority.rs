//! The built-in authority, where its certificates say it is: time-stamps (RFC 3161 section 3.4), OCSP (RFC 6960
//! appendix A), revocation lists and CA certificates (RFC 5280 sections 4.2.1.13 and 4.2.2.1).

use super::body::is_kind;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use crate::trust_services;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// How long others may keep what they fetched: a revocation shall be known soon.
const A_WHILE: &str = "public, max-age=300";

/// A time-stamp (RFC 3161), or the reason why there is none.
#[utoipa::path(post, path = "/tsa", tag = "authority",
    request_body(content = Vec<u8>, content_type = "application/timestamp-query", description = "a TimeStampReq"),
    responses((status = 200, description = "a TimeStampResp", content_type = "application/timestamp-reply"),
              (status = "default", description = "there is no authority here, or the request is none", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn tsa(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<impl IntoResponse> {
    is_kind(&headers, "application/timestamp-query")?;
    let response = house.work(async move |house| trust_services::time_stamp(&house.folder, &body).await).await?;
    Ok(([(CONTENT_TYPE, "application/timestamp-reply"), (CACHE_CONTROL, "no-store")], response))
}

/// How certificates of the issuing CA stand (RFC 6960).
#[utoipa::path(post, path = "/ocsp", tag = "authority",
    request_body(content = Vec<u8>, content_type = "application/ocsp-request", description = "an OCSPRequest"),
    responses((status = 200, description = "an OCSPResponse", content_type = "application/ocsp-response"),
              (status = "default", description = "there is no authority here, or the request is none", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ocsp(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<impl IntoResponse> {
    is_kind(&headers, "application/ocsp-request")?;
    answer(&house, body.into(), "no-store").await
}

/// The same, with the OCSPRequest in Base64 as the end of the path.
#[utoipa::path(get, path = "/ocsp/{request}", tag = "authority", params(("request" = String, Path, description = "an OCSPRequest in Base64")),
    responses((status = 200, description = "an OCSPResponse", content_type = "application/ocsp-response"),
              (status = "default", description = "there is no authority here, or the request is none", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ocsp_in_path(State(house): State<Arc<House>>, Path(request): Path<String>) -> Answer<impl IntoResponse> {
    // what is no Base64 is no request either: the responder says so
    answer(&house, STANDARD.decode(request).unwrap_or_default(), A_WHILE).await
}

async fn answer(house: &Arc<House>, request: Vec<u8>, cache: &'static str) -> Answer<impl IntoResponse + use<>> {
    let response = house.work(async move |house| trust_services::ocsp(&house.folder, &request).await).await?;
    Ok(([(CONTENT_TYPE, "application/ocsp-response"), (CACHE_CONTROL, cache)], response))
}

/// A CA's revocation list, DER.
#[utoipa::path(get, path = "/crl/{file}", tag = "authority", params(("file" = String, Path, description = "the CA's name and .crl")),
    responses((status = 200, description = "the list", content_type = "application/pkix-crl"), (status = "default", description = "there is none", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn crl(State(house): State<Arc<House>>, Path(file): Path<String>) -> Answer<impl IntoResponse> {
    let name = file.strip_suffix(".crl").ok_or_else(Problem::not_found)?.to_owned();
    let list = house.work(async move |house| trust_services::crl(&house.folder, &name).await).await.map_err(unnamed)?;
    Ok(([(CONTENT_TYPE, "application/pkix-crl"), (CACHE_CONTROL, A_WHILE)], list))
}

/// A CA's certificate, DER.
#[utoipa::path(get, path = "/ca/{file}", tag = "authority", params(("file" = String, Path, description = "the CA's name and .cer")),
    responses((status = 200, description = "the certificate", content_type = "application/pkix-cert"), (status = "default", description = "there is none", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn certificate(State(house): State<Arc<House>>, Path(file): Path<String>) -> Answer<impl IntoResponse> {
    let name = file.strip_suffix(".cer").ok_or_else(Problem::not_found)?;
    let certificate = trust_services::ca_certificate(&house.folder, name).await;
    let certificate = certificate.map_err(|error| unnamed(error.into()))?;
    Ok(([(CONTENT_TYPE, "application/pkix-cert"), (CACHE_CONTROL, A_WHILE)], certificate))
}

/// What was asked for is not repeated.
fn unnamed(problem: Problem) -> Problem {
    if problem.status() == StatusCode::NOT_FOUND { Problem::not_found() } else { problem }
}
