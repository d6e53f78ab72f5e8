//! What surrounds every request: its identifier, its turn, its time, security headers, counting.

use super::csc::{self, Fault};
use super::house::House;
use super::pages::{self, Language};
use super::problem::{MEDIA_TYPE, Problem};
use super::witness;
use crate::people::users::oidc::CALLBACK;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, REFERRER_POLICY, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::any::Any;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;
use tokio::time::timeout;

/// The identifier of a request, in the log and in its answer.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest identifier that is taken over from a proxy.
const LONGEST_ID: usize = 64;
/// What is answered however busy it is, since it tells others about that.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// Where strangers become somebody.
const DOORS: [(Method, &str); 10] = [
    (Method::POST, "/api/v1/session"),
    (Method::POST, "/api/v1/session/passkey"),
    (Method::POST, "/api/v1/session/passkey/options"),
    (Method::GET, "/api/v1/session/oidc"),
    (Method::GET, CALLBACK),
    (Method::POST, "/api/v1/invitation"),
    (Method::POST, "/api/v1/invitation/confirm"),
    (Method::POST, "/api/v1/invitation/passkey"),
    (Method::POST, "/api/v1/invitation/passkey/options"),
    (Method::POST, "/api/v1/invitation/oidc"),
];
/// The route of what leads nowhere.
const NOWHERE: &str = "other";
/// Nothing that is answered may load anything or be shown within another page; a page says what it needs.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Works on one request. The log gets the route and not the address, which may hold codes; no header is logged.
pub async fn around(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(&house, request.headers());
    let (method, uri, asked) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let route = request.extensions().get::<MatchedPath>().map_or(NOWHERE, MatchedPath::as_str).to_owned();
    let is_csc = route.starts_with(csc::ROOT);
    let is_page = pages::is_page(&route) || (route == NOWHERE && wants_page(&uri, &asked));
    let mut response = match timed(&house, request, next, &route).await {
        Ok(response) => response,
        Err(problem) if is_csc => Fault::from(problem).into_response(),
        Err(problem) => problem.into_response(),
    };
    if is_bare_error(&response, is_csc) {
        let told = Problem::of_status(response.status());
        let told = if is_csc { Fault::from(told).into_response() } else { told.into_response() };
        let (parts, _) = response.into_parts();
        response = told;
        // what the framework says besides, such as Allow, stays
        for (name, value) in &parts.headers {
            if !response.headers().contains_key(name) && name != CONTENT_LENGTH {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    if is_page && let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = pages::refused(&house, &uri, &asked, problem).await;
    }
    if is_page || is_html(response.headers()) || route.starts_with(pages::ASSETS) {
        response = packed(response, &asked).await;
    }
    let headers = response.headers_mut();
    if pages::is_room(&route)
        && let Some(language) = Language::asked(&uri)
        && let Ok(cookie) = HeaderValue::try_from(language.cookie())
    {
        headers.append(SET_COOKIE, cookie);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    let status = response.status();
    house.metrics.count(&method, &route, status);
    tracing::info!(%id, %method, route, status = status.as_u16(), ms = begun.elapsed().as_millis(), "request");
    response
}

async fn timed(house: &House, request: Request, next: Next, route: &str) -> Result<Response, Problem> {
    let _turn = if ALWAYS.contains(&route) {
        None
    } else {
        let busy = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "http.busy", "too much is going on; try again");
        // without a token one gets no further than here on these routes, but for signing in
        let is_door = DOORS.iter().any(|(method, door)| *door == route && request.method() == method);
        let with_token =
            (route.starts_with("/api/") && !is_door) || route.starts_with(csc::ROOT) || pages::is_room(route);
        let public = if with_token { None } else { Some(house.public_turns.try_acquire().map_err(busy)?) };
        Some((house.turns.try_acquire().map_err(busy)?, public))
    };
    timeout(house.request_time, next.run(request)).await.map_err(|_| {
        let seconds = house.request_time.as_secs();
        Problem::new(StatusCode::REQUEST_TIMEOUT, "http.timeout", format!("it took longer than {seconds} s"))
    })
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The same with its text packed, where the browser takes that: lines are slow. No secret of a session stands in a page beside what others
/// choose, so its length tells nothing.
async fn packed(response: Response, asked: &HeaderMap) -> Response {
    let text = |headers: &HeaderMap, name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let kind = text(response.headers(), CONTENT_TYPE).unwrap_or_default();
    let takes = text(asked, ACCEPT_ENCODING).is_some_and(|takes| takes.split(',').any(|one| one.trim() == "gzip"));
    if !takes || !kind.starts_with("text/") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // it was made in memory
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(bytes) = packer.write_all(&bytes).and_then(|()| packer.finish()) else {
        return Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, bytes.into())
}

/// Whether somebody at a browser asks for what is not there.
fn wants_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html") && !uri.path().starts_with("/api/")
}

/// The proxy's identifier, or a new one.
fn request_id(house: &House, headers: &HeaderMap) -> String {
    let fits = |id: &&str| {
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(fits) {
        Some(id) => id.to_owned(),
        None => house.folder.random::<8>().map(hex::encode).unwrap_or_default(),
    }
}

/// An error that is neither a problem document nor a page, nor what the protocols of witnesses and of other programs' signatures say:
/// extractors and the framework make such.
fn is_bare_error(response: &Response, is_csc: bool) -> bool {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_told = if is_csc {
        kind == "application/json"
    } else {
        [MEDIA_TYPE, witness::TREE_SIZE].contains(&kind) || kind.starts_with("text/html")
    };
    (status.is_client_error() || status.is_server_error()) && !is_told
}

/// The answer where a handler panicked. What it says is in the log, by the panic hook.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug.panic", "something is wrong here").into_response()
}
