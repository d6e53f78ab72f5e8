//! What the service is, and access tokens for it.

use super::documents::{ENVELOPES, FORMAT, LEVELS};
use super::fault::{Answer, Fault, FaultBody};
use super::parameters::Parameters;
use crate::digest::DigestAlgorithm::{Sha256, Sha384, Sha512};
use crate::documents::services::Services;
use crate::http::body::is_kind;
use crate::http::house::House;
use crate::keys::SignatureScheme;
use crate::pades::Level;
use crate::people::tokens;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the service is and can do (section 11.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Info {
    /// The version of the API.
    specs: &'static str,
    /// Its name.
    name: &'static str,
    /// Where it is: it has no picture.
    logo: String,
    /// Its country.
    region: &'static str,
    /// The language of what it says.
    lang: &'static str,
    /// What it is.
    description: &'static str,
    /// How one shows who one is: tokens as they are, or access tokens for them.
    #[serde(rename = "authType")]
    auth_type: [&'static str; 2],
    /// What `oauth2/token` is under.
    oauth2: String,
    /// Whether signatures can come later.
    #[serde(rename = "asynchronousOperationMode")]
    asynchronous: bool,
    /// What there is of the API.
    methods: [&'static str; 10],
    /// How digests are signed.
    #[serde(rename = "signAlgorithms")]
    sign_algorithms: Algorithms,
    /// How documents are signed.
    signature_formats: Formats,
    /// The levels that there are: beyond the first one a TSA is needed.
    conformance_levels: Vec<&'static str>,
}

/// Signature algorithms.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Algorithms {
    /// Their object identifiers.
    algos: Vec<String>,
}

/// Formats of documents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Formats {
    /// `P`: PAdES.
    formats: [&'static str; 1],
    /// How its signatures stand in a document.
    envelope_properties: [[&'static str; 2]; 1],
}

/// What the service is and can do, for anybody.
#[utoipa::path(post, path = "/csc/v2/info", tag = "csc",
    request_body(content = Option<serde_json::Value>, description = "`lang`, or nothing"),
    responses((status = 200, body = Info), (status = "default", body = FaultBody)))]
pub async fn info(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Info>> {
    Parameters::read(&headers, &body)?.end()?;
    let schemes = [
        SignatureScheme::RsaPkcs1(Sha256),
        SignatureScheme::RsaPkcs1(Sha384),
        SignatureScheme::RsaPkcs1(Sha512),
        SignatureScheme::RsaPss(Sha256),
        SignatureScheme::EcdsaP256,
        SignatureScheme::EcdsaP384,
    ];
    let trust = house.trust()?;
    let stamps = Services::new(&house.folder, &trust, &[], &house.outside).await?.has_tsa();
    let algos = std::iter::once(crate::cms::oid::RSA_ENCRYPTION.to_string());
    Ok(Json(Info {
        specs: "2.0.0.2",
        name: "Dauson",
        logo: house.public_url.clone(),
        region: "VN",
        lang: "en-US",
        description: "Signatures by the keys of agencies, each in an audit log that anybody can check",
        auth_type: ["external", "oauth2client"],
        oauth2: format!("{}/csc/v2", house.public_url),
        asynchronous: true,
        methods: [
            "info",
            "oauth2/token",
            "credentials/list",
            "credentials/info",
            "credentials/authorize",
            "credentials/extendTransaction",
            "signatures/signHash",
            "signatures/signDoc",
            "signatures/signPolling",
            "signatures/timestamp",
        ],
        sign_algorithms: Algorithms { algos: algos.chain(schemes.map(SignatureScheme::oid)).collect() },
        signature_formats: Formats { formats: [FORMAT], envelope_properties: [ENVELOPES] },
        conformance_levels: LEVELS.into_iter().filter(|(_, level)| stamps || *level == Level::B).map(|l| l.0).collect(),
    }))
}

/// An access token (RFC 6749 section 5.1).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Grant {
    /// The token, for `Authorization: Bearer`.
    #[serde(serialize_with = "super::clear")]
    #[schema(value_type = String)]
    access_token: Zeroizing<String>,
    /// `Bearer`.
    token_type: &'static str,
    /// How many seconds it lasts.
    expires_in: i64,
}

/// An access token for an hour (client credentials, RFC 6749 section 4.4): `client_id` is the identifier of a token and
/// `client_secret` the token, in the form or as Basic authentication.
#[utoipa::path(post, path = "/csc/v2/oauth2/token", tag = "csc",
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "`grant_type` (client_credentials), `client_id`, `client_secret`, `scope` (service)"),
    responses((status = 200, body = Grant), (status = "default", body = FaultBody)))]
pub async fn token(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Grant>> {
    is_kind(&headers, "application/x-www-form-urlencoded")
        .map_err(|_| Fault::invalid("The request has to be application/x-www-form-urlencoded"))?;
    let mut form = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(&body) {
        if form.insert(name.into_owned(), Zeroizing::new(value.into_owned())).is_some() {
            return Err(Fault::invalid("A parameter is repeated"));
        }
    }
    let missing = |name: &str| Fault::invalid(format!("Missing parameter {name}"));
    let basic = basic(&headers)?;
    match form.get("grant_type").map(|grant| grant.as_str()) {
        None => return Err(missing("grant_type")),
        Some("client_credentials") => {}
        Some(_) => return Err(Fault::parameter("grant_type")),
    }
    if form.get("scope").is_some_and(|scope| scope.as_str() != "service") {
        return Err(Fault::scope());
    }
    let id = form.get("client_id").or(basic.as_ref().map(|(id, _)| id)).ok_or_else(|| missing("client_id"))?;
    let secret = match (form.get("client_secret"), &basic) {
        (Some(secret), None) => secret,
        (None, Some((basic_id, secret))) if basic_id == id => secret,
        (None, None) => return Err(Fault::invalid("Client authorization required")),
        _ => return Err(Fault::parameter("client_id")),
    };
    match tokens::access(&house.folder, id, secret).await {
        Ok((access_token, lifetime)) => {
            let expires_in = lifetime.whole_seconds();
            Ok(Json(Grant { access_token, token_type: "Bearer", expires_in }))
        }
        Err(error) if error.code == "auth.token" => Err(Fault::parameter("client_secret")),
        Err(error) => Err(error.into()),
    }
}

type Pair = (Zeroizing<String>, Zeroizing<String>);

/// Identifier and secret as Basic authentication (RFC 6749 section 2.3.1): each encoded as in a form.
fn basic(headers: &HeaderMap) -> Answer<Option<Pair>> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let malformed = || Fault::invalid("Malformed authorization header");
    let (scheme, pair) = header.to_str().ok().and_then(|h| h.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let pair = Zeroizing::new(STANDARD.decode(pair.trim()).map_err(|_| malformed())?);
    let (id, secret) = std::str::from_utf8(&pair).ok().and_then(|pair| pair.split_once(':')).ok_or_else(malformed)?;
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().map(|text| Zeroizing::new(text.into_owned()))
    };
    Ok(Some((decoded(id).map_err(|_| malformed())?, decoded(secret).map_err(|_| malformed())?)))
}
