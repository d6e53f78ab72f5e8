//! Requests that are sent again because no answer came: `Idempotency-Key` makes them the same one, within the unit.

use super::problem::{Answer, Problem};
use crate::digest::sha256;
use crate::messages::both;
use crate::registry::Once;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::Value;

/// The header.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The key of a request, if it has one.
pub fn idempotency_key(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()));
    let why = || both!("Idempotency-Key gồm 1 đến 200 ký tự ASCII", "Idempotency-Key has 1 to 200 ASCII characters");
    let wrong = || Problem::unprocessable("request.idempotency_key", why().to_string());
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}

/// The key of a request at the registry, and where it was sent.
pub struct Repeat {
    key: Option<String>,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Repeat {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self { key: idempotency_key(&parts.headers)?, path: parts.uri.path().to_owned() })
    }
}

impl Repeat {
    /// With what was sent.
    pub fn of(self, said: &[&[u8]]) -> Option<Once> {
        let mut all = sha256(self.path.as_bytes()).to_vec();
        for piece in said {
            all.extend(sha256(piece));
        }
        Some(Once { key: self.key?, sha256: sha256(&all) })
    }

    /// With JSON.
    pub fn of_json(self, body: &[u8]) -> Option<Once> {
        self.of(&[without_pin(body).as_bytes()])
    }

    /// With a file and the JSON beside it.
    pub fn of_file(self, file: &[u8], said: &[u8]) -> Option<Once> {
        self.of(&[file, without_pin(said).as_bytes()])
    }
}

/// What JSON says but for a PIN: of a secret no digest is kept.
fn without_pin(body: &[u8]) -> String {
    let mut said: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(said) = said.as_object_mut() {
        said.remove("pin");
    }
    said.to_string()
}
