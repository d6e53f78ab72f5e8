//! The requests of the protocol, and what must be so before any of them is looked at: it is for this very machine (the `Host`
//! header: a name that was rebound to it is not it), and comes from a page whose origin the user has approved.

use super::checked::SignRequest;
use super::consent::{Consent, Question};
use super::origins::{Origin, Origins, Standing};
use crate::error::{Error, Kind, Result};
use crate::http::{Answer, Problem, json};
use crate::keys::{AnyKey, SigningKey as _};
use crate::pki::certificate::Certificate;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HOST,
    HeaderName, ORIGIN, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// The version of the protocol.
const PROTOCOL: u32 = 1;
/// Bytes of the largest request.
const LARGEST: usize = 256 << 10;
/// Requests at the same time; whoever waits for the officer counts.
const MOST_REQUESTS: usize = 16;
/// How long a request may take in all: two answers of the officer, and a token that asks for its PIN.
const LONGEST: Duration = Duration::from_mins(6);

/// A browser asks before it lets a public page reach a private address (Private Network Access).
const REQUEST_PRIVATE: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// What signs, for whom, and who is asked.
pub struct Agent {
    key: AnyKey,
    signer: String,
    origins: Origins,
    consent: Consent,
    /// What the `Host` header may say.
    hosts: Vec<String>,
    /// For one question at a time.
    asking: Semaphore,
    turns: Semaphore,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("signer", &self.signer).finish_non_exhaustive()
    }
}

impl Agent {
    /// One that listens at this address, which has to be a loopback address.
    pub fn new(key: AnyKey, origins: Origins, consent: Consent, address: SocketAddr) -> Result<Self> {
        if !address.ip().is_loopback() {
            let why = "it is not an address of this very machine";
            return Err(Error::new(Kind::Usage, "agent.address", address.to_string(), why).hint("127.0.0.1:8787"));
        }
        let signer = Certificate::parse(key.certificate())?.display();
        let hosts = vec![address.to_string(), format!("localhost:{}", address.port())];
        let (asking, turns) = (Semaphore::new(1), Semaphore::new(MOST_REQUESTS));
        Ok(Self { key, signer, origins, consent, hosts, asking, turns })
    }

    /// The turn to ask the officer something.
    fn turn(&self) -> Answer<SemaphorePermit<'_>> {
        let busy = |_| Problem::new(StatusCode::TOO_MANY_REQUESTS, "agent.busy", "another request waits for an answer");
        self.asking.try_acquire().map_err(busy)
    }

    /// Whether it is for this machine, by a name that nobody else can give.
    fn is_meant(&self, request: &Request) -> bool {
        let is_ours = |host: &str| self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host));
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let named = request.uri().authority().is_none_or(|authority| is_ours(authority.as_str()));
        host.is_some_and(is_ours) && hosts.next().is_none() && named
    }

    /// Whose pages may ask: at first contact the user says so.
    async fn admit(&self, origin: &Origin) -> Answer<()> {
        let refused = || Problem::new(StatusCode::FORBIDDEN, "agent.origin", format!("{origin} is not approved here"));
        match self.origins.standing(origin) {
            Standing::Allowed => return Ok(()),
            Standing::Refused => return Err(refused()),
            Standing::New => {}
        }
        let _turn = self.turn()?;
        // it may have been answered while this one waited
        if self.origins.standing(origin) == Standing::Allowed {
            return Ok(());
        }
        if self.consent.ask(&Question::Allow { origin }).await? {
            return Ok(self.origins.allow(origin)?);
        }
        self.origins.refuse(origin);
        Err(refused())
    }
}

/// All that the agent answers.
pub fn router(agent: Arc<Agent>) -> Router {
    Router::new()
        .route("/v1/info", get(info))
        .route("/v1/certificates", post(certificates))
        .route("/v1/sign", post(sign))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::of_status(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state(Arc::clone(&agent), around))
        .with_state(agent)
}

/// What must be so before a request is looked at, and what is said of each answer.
async fn around(State(agent): State<Arc<Agent>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match timeout(LONGEST, admitted(&agent, request, next)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::of_status(StatusCode::REQUEST_TIMEOUT).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    tracing::info!(%method, path, status = response.status().as_u16(), "request");
    response
}

async fn admitted(agent: &Agent, mut request: Request, next: Next) -> Answer<Response> {
    let busy = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "http.busy", "too much is going on; try again");
    let _turn = agent.turns.try_acquire().map_err(busy)?;
    if !agent.is_meant(&request) {
        let why = "the request is for another host";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "agent.host", why));
    }
    let nobody = || Problem::new(StatusCode::FORBIDDEN, "agent.origin", "it is not said which page asks");
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok()).ok_or_else(nobody)?;
    let origin: Origin = origin
        .parse()
        .map_err(|why| Problem::new(StatusCode::FORBIDDEN, "agent.origin", format!("no such page may ask: {why}")))?;
    let allowed = HeaderValue::from_str(&origin.to_string()).map_err(|_| nobody())?;
    if request.method() == Method::OPTIONS {
        if agent.origins.standing(&origin) == Standing::Refused {
            return Err(nobody());
        }
        return Ok(preflight(request.headers(), allowed));
    }
    agent.admit(&origin).await?;
    request.extensions_mut().insert(origin);
    let mut response = next.run(request).await;
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    Ok(response)
}

/// What a browser asks before a request (Fetch, CORS preflight). It says nothing but that an agent is here: the user is asked at the
/// request itself.
fn preflight(asked: &HeaderMap, allowed: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    if asked.contains_key(REQUEST_PRIVATE) {
        headers.insert(ALLOW_PRIVATE, HeaderValue::from_static("true"));
    }
    response
}

/// What answers here.
#[derive(Debug, Serialize)]
struct Info {
    name: &'static str,
    version: &'static str,
    protocol: u32,
}

async fn info() -> Json<Info> {
    Json(Info { name: "dauson-agent", version: env!("CARGO_PKG_VERSION"), protocol: PROTOCOL })
}

/// The certificates that the agent signs with.
#[derive(Debug, Serialize)]
struct Certificates {
    certificates: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    /// DER in base64.
    certificate: String,
    /// Its issuers', each DER in base64.
    chain: Vec<String>,
    subject: String,
    issuer: String,
    /// Hexadecimal.
    serial: String,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    /// Hexadecimal.
    sha256: String,
    schemes: Vec<Scheme>,
}

#[derive(Debug, Serialize)]
struct Scheme {
    scheme: &'static str,
    digest: &'static str,
}

/// A request without anything in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The JSON of a body that arrived whole.
fn body<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Answer<T> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(u64::try_from(LARGEST).unwrap_or(u64::MAX)),
        status => Problem::of_status(status),
    })?;
    json(headers, &body)
}

async fn certificates(
    State(agent): State<Arc<Agent>>,
    headers: HeaderMap,
    bytes: std::result::Result<Bytes, BytesRejection>,
) -> Answer<Json<Certificates>> {
    let Nothing {} = body(&headers, bytes)?;
    let certificate = Certificate::parse(agent.key.certificate()).map_err(Error::from)?;
    let schemes = agent.key.schemes().iter();
    let shown = Shown {
        certificate: STANDARD.encode(certificate.der()),
        chain: agent.key.chain().iter().map(|der| STANDARD.encode(der)).collect(),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        not_after: certificate.not_after(),
        sha256: hex::encode(certificate.sha256()),
        schemes: schemes.map(|s| Scheme { scheme: s.name(), digest: s.digest().name() }).collect(),
    };
    Ok(Json(Certificates { certificates: vec![shown] }))
}

/// A signature that was made.
#[derive(Debug, Serialize)]
struct Signed {
    /// The value, base64; of ECDSA in DER.
    signature: String,
}

async fn sign(
    State(agent): State<Arc<Agent>>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    bytes: std::result::Result<Bytes, BytesRejection>,
) -> Answer<Json<Signed>> {
    let checked = body::<SignRequest>(&headers, bytes)?.check(agent.key.public())?;
    let _turn = agent.turn()?;
    let digest = format!("{}:{}", checked.scheme.digest().name(), hex::encode(&checked.digest));
    let question = Question::Sign { origin: &origin, name: &checked.name, digest: &digest, signer: &agent.signer };
    if !agent.consent.ask(&question).await? {
        return Err(Problem::new(StatusCode::FORBIDDEN, "agent.refused", "the user did not agree"));
    }
    let signature = agent.key.sign(checked.scheme, &checked.attributes).await.map_err(Error::from)?;
    Ok(Json(Signed { signature: STANDARD.encode(signature) }))
}
