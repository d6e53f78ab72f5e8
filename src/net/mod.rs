//! The network: time-stamps from TSAs, revocation data and certificates from the addresses that certificates name.
//!
//! | file | what |
//! | --- | --- |
//! | `http` | fetches over HTTP and HTTPS, within limits |
//! | `address` | which addresses are nobody's business |
//! | `tsp` | asks TSAs for time-stamps (RFC 3161) |
//! | `signing_service` | asks remote signing services (Cloud Signature Consortium) |
//! | `smtp` | letters by e-mail |
//! | `status` | asks for OCSP responses, revocation lists, issuers' certificates |
//! | `cache` | answers that are kept until newer ones are to be had |
//!
//! All that is asked goes through [`Fetch`]; there is no clock here but for how long a fetch may take.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod address;
pub mod cache;
pub mod http;
mod signing_service;
pub mod smtp;
pub mod status;
pub mod tsp;

use crate::error::{Error, Kind};
use async_trait::async_trait;
use std::net::IpAddr;
use std::time::Duration;
use zeroize::Zeroizing;

/// What fetches.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The body of the answer, which has status 200.
    async fn fetch(&self, request: &Request<'_>) -> Result<Vec<u8>, NetError>;
}

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where: `http` or `https`; a user name and password in it are sent as Basic authentication (RFC 7617).
    pub url: &'a str,
    /// Who wants it to be fetched from there.
    pub chosen_by: ChosenBy,
    /// What is sent as `Authorization`, a secret as the body is then: no redirect leads them to another server.
    pub authorization: Option<&'a str>,
    /// What is sent: its media type and the bytes (POST); nothing (GET).
    pub body: Option<(&'a str, &'a [u8])>,
    /// The most bytes of the answer.
    pub most: usize,
}

/// Who chose an address. What a certificate names, an attacker may have written: it must not lead to the services of
/// this machine and its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenBy {
    /// Whoever runs the program: any address will do.
    Operator,
    /// A certificate: public addresses only, unless the settings say otherwise.
    Certificate,
}

/// Why nothing could be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// The address is not one of HTTP or HTTPS.
    #[error("it is not an http or https address: {why}")]
    Url {
        /// Why.
        why: String,
    },
    /// The address leads to this machine or its network.
    #[error("{address} is not a public address")]
    Private {
        /// The address.
        address: IpAddr,
    },
    /// There is no address for the host's name.
    #[error("no address is found for {host}: {why}")]
    Resolve {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
    /// There is no connection.
    #[error("it cannot be reached: {why}")]
    Unreachable {
        /// Why.
        why: String,
    },
    /// The proxy does not connect.
    #[error("the proxy does not connect: {why}")]
    Proxy {
        /// Why.
        why: String,
    },
    /// TLS fails: the server's certificate is not trusted, or there is no common version.
    #[error("TLS: {why}")]
    Tls {
        /// Why.
        why: String,
    },
    /// What comes is no HTTP.
    #[error("its answer cannot be read: {why}")]
    Protocol {
        /// Why.
        why: String,
    },
    /// The answer has another status than 200.
    #[error("it answers with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// The beginning of what it says.
        body: Vec<u8>,
    },
    /// It leads to another place, and that is not gone to.
    #[error("it redirects, {why}")]
    Redirect {
        /// Why not.
        why: &'static str,
    },
    /// The answer is longer than what is wanted has reason to be.
    #[error("its answer is longer than {most} bytes")]
    TooLong {
        /// The limit.
        most: usize,
    },
    /// The answer does not come in time.
    #[error("it does not answer within {} s", .limit.as_secs_f32())]
    Slow {
        /// The limit.
        limit: Duration,
    },
}

impl From<NetError> for Error {
    fn from(error: NetError) -> Self {
        let (kind, code) = match error {
            NetError::Url { .. } => (Kind::Usage, "net.url"),
            NetError::Private { .. } => (Kind::Unavailable, "net.private"),
            NetError::Slow { .. } => (Kind::Unavailable, "net.slow"),
            _ => (Kind::Unavailable, "net.unavailable"),
        };
        let private = matches!(error, NetError::Private { .. });
        let error = Self::new(kind, code, "the network", error);
        if private { error.hint("the setting net.allow_private lets certificates name such addresses") } else { error }
    }
}

/// An address with this password, if it names a user and no password.
pub fn with_password(url: &str, password: &str) -> Zeroizing<String> {
    match url::Url::parse(url) {
        Ok(mut url) if !url.username().is_empty() && url.password().is_none() => {
            // there is a user name, and so a host
            let _ = url.set_password(Some(password));
            Zeroizing::new(url.into())
        }
        _ => Zeroizing::new(url.to_owned()),
    }
}

/// An address as it may be shown: without user name, password and query.
pub fn shown(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            // refused only where there is no host, and so no user name
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        }
        Err(_) => "(not an address)".to_owned(),
    }
}
