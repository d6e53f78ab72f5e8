//! Whose token it is (RFC 6750: `Authorization: Bearer`).

use super::house::House;
use super::problem::Problem;
use crate::people::permissions::Caller;
use crate::people::tokens;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use std::sync::Arc;

/// Somebody whose token is in force. What they may do, each endpoint asks with [`Caller::may`].
pub struct Who(pub Caller);

impl FromRequestParts<Arc<House>> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let missing = || Problem::unauthorized("Bearer realm=\"dauson\"", "a token is needed: Authorization: Bearer");
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(missing)?;
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
