//! The API of the Cloud Signature Consortium, version 2.0: other programs have digests signed by the key that is bound to their
//! token. The names that version 1.0 has for parameters are understood as well.
//!
//! | file | what |
//! | --- | --- |
//! | `service` | `info`, `oauth2/token` |
//! | `credentials` | `credentials/list`, `info`, `authorize`, `extendTransaction` |
//! | `signatures` | `signatures/signHash`, `signPolling`, `timestamp` |
//! | `later` | signatures that are fetched later |
//! | `documents` | `signatures/signDoc` |
//! | `parameters` | what a request says |
//! | `fault` | errors as that API has them |
//!
//! Left out, and not in `methods` of `info`: one-time passwords that are sent (apps show those of keys that want some), logins of people.

pub mod credentials;
pub mod documents;
mod fault;
mod later;
mod parameters;
pub mod service;
pub mod signatures;

pub use fault::Fault;
pub use later::Later;

use super::house::House;
use crate::people::permissions::Caller;
use crate::people::tokens;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::Serializer;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where it is.
pub const ROOT: &str = "/csc/v2/";

/// Somebody whose token, or access token, is in force.
pub struct Who(pub Caller);

impl FromRequestParts<Arc<House>> for Who {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Fault> {
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(Fault::no_token)?;
        let malformed = || Fault::invalid("Malformed authorization header");
        let (scheme, token) = header.to_str().ok().and_then(|h| h.split_once(' ')).ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
            return Err(malformed());
        }
        Ok(Self(tokens::authenticate_access(&house.folder, token.trim()).await?))
    }
}

/// Writes a secret into an answer.
fn clear<S: Serializer>(secret: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret)
}
