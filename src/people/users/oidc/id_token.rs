//! What a provider says of who has logged in there (OpenID Connect Core 1.0 section 3.1.3.7): a JSON Web Token (RFC 7515, 7519) that one of
//! its keys has signed. All that is not said rightly is refused; what is not known in it is passed over.

use super::super::identities::is_subject;
use crate::keys::{BareAlgorithm, BareKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Characters of the longest token.
const LONGEST: usize = 32_768;
/// Keys of a provider that are looked at.
const MOST_KEYS: usize = 64;
/// Seconds that clocks may be apart.
const SKEW: i64 = 60;
/// Seconds since it was issued: it comes straight from the provider.
const FRESH: i64 = 600;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It names a key that the provider did not have when it was asked last.
    UnknownKey,
    /// It is not as it has to be.
    Wrong(&'static str),
}

/// What is known of a token before it comes.
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// What this service is to the provider.
    pub client: &'a str,
    /// What was sent with the question that it answers.
    pub nonce: &'a str,
    /// Which claim says who it is.
    pub claim: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// A public key of a provider (RFC 7517).
pub struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    public: BareKey,
}

#[derive(Deserialize)]
struct WrittenKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

impl Key {
    /// The keys of a set that signatures can be verified with; none if it is no set.
    pub fn set(bytes: &[u8]) -> Option<Vec<Self>> {
        let set: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        let all = set.get("keys")?.as_array()?;
        Some(all.iter().take(MOST_KEYS).filter_map(Self::of).collect())
    }

    fn of(written: &Value) -> Option<Self> {
        let written = WrittenKey::deserialize(written).ok()?;
        if written.r#use.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let part = |part: Option<String>| decoded(&part?);
        let public = match (written.kty.as_str(), written.crv.as_deref()) {
            ("EC", Some("P-256")) => BareKey::p256(&part(written.x)?, &part(written.y)?)?,
            ("EC", Some("P-384")) => BareKey::p384(&part(written.x)?, &part(written.y)?)?,
            ("OKP", Some("Ed25519")) => BareKey::ed25519(&part(written.x)?)?,
            ("RSA", _) => BareKey::rsa(&part(written.n)?, &part(written.e)?)?,
            _ => return None,
        };
        Some(Self { id: written.kid, algorithm: written.alg, public })
    }
}

/// A token's head. What it asks to be understood (`crit`) is not.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Who has logged in: the claim that says it.
pub fn subject(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<String, Fault> {
    let wrong = Fault::Wrong;
    let parts: Vec<&str> = token.split('.').collect();
    let ([head, claims, signature], true) = (parts.as_slice(), token.len() <= LONGEST) else {
        return Err(wrong("it is no signed token"));
    };
    let read = |part: &str| decoded(part).ok_or(wrong("it is no signed token"));
    let head_bytes = read(head)?;
    let parsed: Head = serde_json::from_slice(&head_bytes).map_err(|_| wrong("its head cannot be read"))?;
    if parsed.crit.is_some() || parsed.typ.as_ref().is_some_and(|kind| !kind.eq_ignore_ascii_case("JWT")) {
        return Err(wrong("it is a token of another kind"));
    }
    let algorithm = match parsed.alg.as_str() {
        "RS256" => BareAlgorithm::Rs256,
        "PS256" => BareAlgorithm::Ps256,
        "ES256" => BareAlgorithm::Es256,
        "ES384" => BareAlgorithm::Es384,
        "EdDSA" => BareAlgorithm::EdDsa,
        // no signature, and those by a secret that both sides have, are none
        _ => return Err(wrong("it is not signed by a public key that can be verified with")),
    };
    let is_named = |key: &&Key| parsed.kid.is_none() || key.id == parsed.kid;
    let fits = |key: &&Key| {
        key.public.signs_by(algorithm) && key.algorithm.as_ref().is_none_or(|algorithm| *algorithm == parsed.alg)
    };
    if parsed.kid.is_some() && !keys.iter().any(|key| is_named(&key)) {
        return Err(Fault::UnknownKey);
    }
    let fitting: Vec<&Key> = keys.iter().filter(is_named).filter(fits).collect();
    if parsed.kid.is_none() && fitting.len() != 1 {
        return Err(wrong("it does not say which of the keys has signed it"));
    }
    let message = token.get(..head.len().saturating_add(1).saturating_add(claims.len())).unwrap_or_default();
    let signature = read(signature)?;
    if !fitting.iter().any(|key| key.public.verifies(algorithm, message.as_bytes(), &signature)) {
        return Err(wrong("its signature does not hold"));
    }
    let claims: Map<String, Value> =
        serde_json::from_slice(&read(claims)?).map_err(|_| wrong("its claims cannot be read"))?;
    judged(&claims, expected).map_err(wrong)
}

/// Whether the claims, which the provider has signed, are for us, of now, and the answer to our question; who it is.
fn judged(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<String, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != Some(expected.issuer) {
        return Err("it is of another provider");
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client,
        // others are none that we trust
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|one| one.as_str() == Some(expected.client)),
        _ => false,
    };
    if !is_for_us || claims.get("azp").is_some_and(|azp| azp.as_str() != Some(expected.client)) {
        return Err("it is for another service");
    }
    let (Some(expires), Some(issued)) = (number("exp"), number("iat")) else {
        return Err("it does not say from when to when it counts");
    };
    let (soonest, latest) = (expected.now.saturating_sub(SKEW), expected.now.saturating_add(SKEW));
    if expires <= soonest {
        return Err("it has expired");
    }
    let is_early = claims.get("nbf").is_some_and(|from| from.as_i64().is_none_or(|from| from > latest));
    if issued > latest || issued < soonest.saturating_sub(FRESH) || is_early {
        return Err("it was not issued now");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("it answers another question");
    }
    if !text("sub").is_some_and(is_subject) {
        return Err("it does not say who it is");
    }
    // anybody can claim an address; what counts is that the provider has tried it
    if expected.claim == "email" && claims.get("email_verified") != Some(&Value::Bool(true)) {
        return Err("the provider has not verified the e-mail address");
    }
    let who = text(expected.claim).filter(|who| is_subject(who));
    who.map(str::to_owned).ok_or("it has no such claim as says who it is: the setting oidc.claim")
}
