//! Who it is: by a token (RFC 6750: `Authorization: Bearer`), or by the session of somebody who has signed in.

use super::house::House;
use super::problem::Problem;
use crate::people::permissions::Caller;
use crate::people::tokens;
use crate::people::users::sessions::{self, Session};
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;

/// What a browser says of where a request comes from.
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What is answered where nobody has shown who it is.
const CHALLENGE: &str = "Bearer realm=\"dauson\"";

/// Somebody whose token is in force, or who has signed in. What they may do, each endpoint asks with [`Caller::may`].
pub struct Who(pub Caller);

impl FromRequestParts<Arc<House>> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let missing = || Problem::unauthorized(CHALLENGE, "a token is needed: Authorization: Bearer");
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            let Some(text) = held(house, &parts.headers) else { return Err(missing()) };
            let session = session(house, &parts.method, &parts.headers, text).await?;
            return Ok(Self(session.caller()?));
        };
        let (scheme, token) = header.to_str().ok().and_then(|h| h.split_once(' ')).ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        match tokens::authenticate(&house.folder, token.trim()).await {
            Ok(caller) => Ok(Self(caller)),
            Err(error) if error.code == "auth.token" => {
                let challenge = "Bearer realm=\"dauson\", error=\"invalid_token\"";
                Err(Problem::unauthorized(challenge, "the token is not known, or not in force"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Somebody who has signed in, for what is about the session itself.
pub struct SignedIn(pub Session);

impl FromRequestParts<Arc<House>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        Ok(Self(signed_in(house, &parts.method, &parts.headers).await?))
    }
}

/// The session that a browser holds, if it has not ended, and a page of this service asks.
pub async fn signed_in(house: &House, method: &Method, headers: &HeaderMap) -> Result<Session, Problem> {
    session(house, method, headers, held(house, headers).ok_or_else(ended)?).await
}

fn ended() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "auth.session", "nobody has signed in, or the session has ended")
}

async fn session(house: &House, method: &Method, headers: &HeaderMap, text: &str) -> Result<Session, Problem> {
    if !method.is_safe() {
        from_own_page(house, headers)?;
    }
    match sessions::find(&house.folder, text, house.session_terms).await {
        Err(error) if error.code == "auth.session" => Err(ended()),
        found => Ok(found?),
    }
}

/// Refuses what a page of another site asks for.
pub fn from_own_page(house: &House, headers: &HeaderMap) -> Result<(), Problem> {
    if is_own_page(house, headers) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "auth.origin", "pages of other sites do nothing here"))
}

/// A request that changes something comes from a page of this very service. Cookies of this site are not sent from others (`SameSite`); this
/// holds where a browser does not know that.
fn is_own_page(house: &House, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(&ORIGIN), text(&SEC_FETCH_SITE)) {
        (_, Some(site)) if site != "same-origin" => false,
        (None, site) => site.is_some(),
        (Some(origin), _) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin == house.public_url || (host.is_some() && host == text(&HOST))
        }
    }
}

fn is_secure(house: &House) -> bool {
    house.public_url.starts_with("https://")
}

/// The name of the session's cookie, and of that which is carried to a provider of identities and back.
const SESSION: &str = "dauson";
const CARRIED: &str = "dauson-oidc";

/// The name of a cookie. The prefix has browsers take it from this host alone, and only encrypted (RFC 6265bis section 4.1.3.2).
fn name(house: &House, name: &str) -> String {
    format!("{}{name}", if is_secure(house) { "__Host-" } else { "" })
}

/// What the browser is to hold from now on; nothing any more, if the text is empty.
pub fn cookie(house: &House, text: &str) -> String {
    set(house, SESSION, text, "Strict")
}

/// What it is to carry to a provider of identities and back: it is sent when the provider sends it back here.
pub fn carried_cookie(house: &House, text: &str) -> String {
    set(house, CARRIED, text, "Lax")
}

fn set(house: &House, kind: &str, text: &str, same_site: &str) -> String {
    let age = if text.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if is_secure(house) { "; Secure" } else { "" };
    format!("{}={text}; Path=/; HttpOnly; SameSite={same_site}{secure}{age}", name(house, kind))
}

/// The session that the browser holds.
fn held<'a>(house: &House, headers: &'a HeaderMap) -> Option<&'a str> {
    sent(house, SESSION, headers)
}

/// What it has carried.
pub fn carried<'a>(house: &House, headers: &'a HeaderMap) -> Option<&'a str> {
    sent(house, CARRIED, headers)
}

fn sent<'a>(house: &House, kind: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = name(house, kind);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
}
