//! HTTP/1.1 (RFC 9112), plain and over TLS: one connection for each fetch, to the very address that was checked.

use super::address::is_public;
use super::{ChosenBy, Fetch, NetError, Request};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 3;
/// Bytes that are read of an answer that refuses.
const LONGEST_REFUSAL: u64 = 1 << 10;
/// Bytes of a proxy's answer to CONNECT.
const LONGEST_PROXY_ANSWER: usize = 8 << 10;

/// Fetches over HTTP and HTTPS. Servers of HTTPS are trusted as the system trusts them.
pub struct Http {
    proxy: Option<Url>,
    allow_private: bool,
    limit: Duration,
    tls: OnceLock<Result<TlsConnector, NetError>>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// An answer.
struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

impl Http {
    /// Through a proxy, unless its address is empty; `allow_private` lets certificates name addresses that are not
    /// public; `limit` is how long one fetch may take.
    pub fn new(proxy: &str, allow_private: bool, limit: Duration) -> Result<Self, NetError> {
        let proxy = if proxy.is_empty() { None } else { Some(parse(proxy)?) };
        if proxy.as_ref().is_some_and(|proxy| proxy.scheme() != "http") {
            return Err(NetError::Url { why: "a proxy is spoken to by http".to_owned() });
        }
        Ok(Self { proxy, allow_private, limit, tls: OnceLock::new() })
    }

    async fn follow(&self, request: &Request<'_>) -> Result<Vec<u8>, NetError> {
        let first = parse(request.url)?;
        let mut url = first.clone();
        for _ in 0..=MOST_REDIRECTS {
            // another host is one that the first chose
            let chosen_by = if url.host() == first.host() { request.chosen_by } else { ChosenBy::Certificate };
            let answer = self.exchange(&url, chosen_by, request).await?;
            // a POST goes elsewhere unchanged or not at all
            let redirects = match answer.status {
                200 => return Ok(answer.body),
                307 | 308 => true,
                301..=303 => request.body.is_none(),
                _ => false,
            };
            let Some(location) = answer.location.filter(|_| redirects) else {
                return Err(NetError::Status { status: answer.status, body: answer.body });
            };
            let next = url.join(&location).ok().and_then(|next| parse(next.as_str()).ok());
            let mut next = next.ok_or(NetError::Redirect { why: "to what is no http or https address" })?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(NetError::Redirect { why: "from https to http" });
            }
            if request.authorization.is_some() && next.origin() != url.origin() {
                return Err(NetError::Redirect { why: "to another server, which is not told what is a secret" });
            }
            if next.origin() == url.origin() {
                // the same server is told who asks, no other one is
                let _ = next.set_username(url.username());
                let _ = next.set_password(url.password());
            }
            url = next;
        }
        Err(NetError::Redirect { why: "again and again" })
    }

    async fn exchange(&self, url: &Url, chosen_by: ChosenBy, request: &Request<'_>) -> Result<Answer, NetError> {
        let proxy = self.proxy.as_ref().filter(|_| !is_near(url));
        let mut stream = match proxy {
            // the proxy finds the address, and decides what it lets through
            Some(proxy) => connect(proxy, true).await.map_err(|error| NetError::Proxy { why: error.to_string() })?,
            None => connect(url, self.allow_private || chosen_by == ChosenBy::Operator).await?,
        };
        if url.scheme() == "https" {
            if let Some(proxy) = proxy {
                tunnel(&mut stream, proxy, url).await?;
            }
            let failed = |error: &dyn Display| NetError::Tls { why: error.to_string() };
            let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(name).map_err(|error| failed(&error))?;
            let connector = self.tls.get_or_init(connector).clone()?;
            let stream = connector.connect(name, stream).await.map_err(|error| failed(&error))?;
            return talk(stream, message(url, None, request)?, request.most).await;
        }
        talk(stream, message(url, proxy, request)?, request.most).await
    }
}

#[async_trait]
impl Fetch for Http {
    async fn fetch(&self, request: &Request<'_>) -> Result<Vec<u8>, NetError> {
        let slow = |_| NetError::Slow { limit: self.limit };
        tokio::time::timeout(self.limit, self.follow(request)).await.map_err(slow)?
    }
}

fn parse(url: &str) -> Result<Url, NetError> {
    let url = Url::parse(url).map_err(|error| NetError::Url { why: error.to_string() })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NetError::Url { why: format!("{} is something else", url.scheme()) });
    }
    Ok(url)
}

/// The host, if it is an address and not a name.
fn ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

/// Whether the host is by its very name one that no proxy leads to.
fn is_near(url: &Url) -> bool {
    ip(url).map_or_else(|| url.host_str() == Some("localhost"), |address| !is_public(address))
}

/// Connects to the first address that may be connected to and answers.
async fn connect(url: &Url, allow_private: bool) -> Result<TcpStream, NetError> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match ip(url) {
        Some(address) => vec![(address, port).into()],
        None => tokio::net::lookup_host((host, port))
            .await
            .map_err(|error| NetError::Resolve { host: host.to_owned(), why: error.to_string() })?
            .collect(),
    };
    let mut failure = NetError::Resolve { host: host.to_owned(), why: "there is none".to_owned() };
    for address in addresses {
        if !allow_private && !is_public(address.ip()) {
            failure = NetError::Private { address: address.ip() };
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = NetError::Unreachable { why: error.to_string() },
        }
    }
    Err(failure)
}

/// Has the proxy connect to the host (RFC 9110 section 9.3.6).
async fn tunnel(stream: &mut TcpStream, proxy: &Url, url: &Url) -> Result<(), NetError> {
    let failed = |why: String| NetError::Proxy { why };
    let target = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let who = basic(proxy).map(|basic| format!("Proxy-Authorization: {basic}\r\n")).unwrap_or_default();
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{who}\r\n");
    stream.write_all(head.as_bytes()).await.map_err(|error| failed(error.to_string()))?;
    // octet by octet: what follows is the server's
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= LONGEST_PROXY_ANSWER {
            return Err(failed("its answer is too long".to_owned()));
        }
        answer.push(stream.read_u8().await.map_err(|error| failed(error.to_string()))?);
    }
    let line = String::from_utf8_lossy(answer.split(|b| *b == b'\r').next().unwrap_or_default()).into_owned();
    match line.split(' ').nth(1) {
        Some("200") if line.starts_with("HTTP/1.") => Ok(()),
        Some(status) if line.starts_with("HTTP/1.") => Err(failed(format!("it answers with status {status}"))),
        _ => Err(failed("it does not speak HTTP".to_owned())),
    }
}

/// What is sent: to a proxy with the whole address.
fn message(url: &Url, proxy: Option<&Url>, request: &Request<'_>) -> Result<hyper::Request<Full<Bytes>>, NetError> {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = format!("{}{port}", url.host_str().unwrap_or_default());
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut target = format!("{}{query}", url.path());
    if proxy.is_some() {
        target = format!("http://{host}{target}");
    }
    let method = if request.body.is_some() { "POST" } else { "GET" };
    let mut message = hyper::Request::builder().method(method).uri(target).header(HOST, host);
    message = message.header(USER_AGENT, concat!("dauson/", env!("CARGO_PKG_VERSION")));
    let own = request.authorization.map(str::to_owned).or_else(|| basic(url));
    for (name, value) in [(AUTHORIZATION, own), (PROXY_AUTHORIZATION, proxy.and_then(basic))] {
        if let Some(Ok(mut value)) = value.map(|value| HeaderValue::from_str(&value)) {
            value.set_sensitive(true);
            message = message.header(name, value);
        }
    }
    let mut body = Bytes::new();
    if let Some((kind, bytes)) = request.body {
        message = message.header(CONTENT_TYPE, kind);
        body = Bytes::copy_from_slice(bytes);
    }
    message.body(Full::new(body)).map_err(|error| NetError::Url { why: error.to_string() })
}

/// Basic authentication (RFC 7617) with the user name and password in an address.
fn basic(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let password = decoded(url.password().unwrap_or_default());
    let pair = [&decoded(url.username())[..], b":", &password].concat();
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

/// Sends a message, and reads the answer to it.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    message: hyper::Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, NetError> {
    let failed = |error: hyper::Error| NetError::Protocol { why: error.to_string() };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut work = pin!(async move {
        let answer = sender.send_request(message).await.map_err(failed)?;
        let status = answer.status().as_u16();
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if status != 200 {
            // what is not known to be short is not waited for: the status says enough
            let is_short = answer.body().size_hint().upper().is_some_and(|most| most <= LONGEST_REFUSAL);
            let body = if is_short { answer.into_body().collect().await.ok() } else { None };
            let body = body.map(|all| all.to_bytes().to_vec()).unwrap_or_default();
            return Ok(Answer { status, location, body });
        }
        let too_long = NetError::TooLong { most };
        if answer.body().size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(too_long);
        }
        let all = Limited::new(answer.into_body(), most).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { too_long } else { NetError::Protocol { why: error.to_string() } }
        })?;
        let body = all.to_bytes().to_vec();
        Ok(Answer { status, location, body })
    });
    tokio::select! {
        answer = &mut work => answer,
        // closed by the server: what has arrived is still to be read
        _ = connection => work.await,
    }
}

fn connector() -> Result<TlsConnector, NetError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(NetError::Tls { why: "the system has no trusted certificates".to_owned() });
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| NetError::Tls { why: error.to_string() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
