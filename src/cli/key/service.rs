//! `dauson key unlock`, `approve` and `lock`: keys of a running service, in whose memory they are open; and `terms`, where two people have
//! to agree.

use crate::cli::output;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::net::http::Http;
use crate::net::{ChosenBy, Fetch as _, NetError, Request, shown};
use crate::people::keys::terms::Change;
use crate::secret;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Bytes of the longest answer.
const LONGEST: usize = 64 << 10;

/// Which service, and as whom.
#[derive(Debug, clap::Args)]
pub struct ServiceOptions {
    /// The service's address [default: http:// and serve.address]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The custodian's token is the first line of this file
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

#[derive(Serialize)]
struct Unlock<'a> {
    pin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<u32>,
}

#[derive(Serialize)]
#[allow(clippy::option_option)] // nothing, null and a number are three things
struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    two_person: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_hour: Option<Option<u32>>,
}

/// As much of an answer as is told.
#[derive(Deserialize, Default)]
struct Key {
    lock: Option<String>,
    until: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// Opens a key for so many hours.
pub async fn unlock(
    name: &str,
    pin_file: Option<&PathBuf>,
    hours: Option<u32>,
    service: &ServiceOptions,
    config: &Config,
) -> Result<()> {
    let pin = match pin_file {
        Some(file) => Some(secret::read(file)?),
        None => secret::ask(&format!("PIN of the key {name}: "))?,
    };
    let missing =
        || Error::new(Kind::Usage, "key.pin", format!("key {name}"), "its PIN is not said").hint("--pin-file");
    let pin = pin.ok_or_else(missing)?;
    let bug = |error| Error::new(Kind::Bug, "key.request", format!("key {name}"), error);
    let body = Zeroizing::new(serde_json::to_vec(&Unlock { pin: &pin, hours }).map_err(bug)?);
    service.ask(name, "unlock", &body, config).await
}

impl ServiceOptions {
    /// This service, and its default without an address; as whose token is in the file.
    pub const fn new(server: Option<String>, token_file: PathBuf) -> Self {
        Self { server, token_file }
    }

    /// Has the service open or lock a key, and tells what came of it.
    pub async fn ask(&self, name: &str, act: &str, body: &[u8], config: &Config) -> Result<()> {
        let (key, _) = self.call(name, act, body, config).await?;
        let until = key.until.map(|until| format!(" until {until}")).unwrap_or_default();
        output::text(&match key.lock.as_deref() {
            Some("open") => format!("{name}: open{until}\n"),
            Some("asked") => format!("{name}: a second custodian has to approve{until}: dauson key approve {name}\n"),
            _ => format!("{name}: locked\n"),
        })
    }

    /// Has the service change how a key may be used, and tells what came of it.
    pub async fn change_terms(&self, name: &str, change: Change, config: &Config) -> Result<()> {
        let Change { two_person, per_hour } = change;
        let bug = |error| Error::new(Kind::Bug, "key.request", format!("key {name}"), error);
        let body = serde_json::to_vec(&Terms { two_person, per_hour }).map_err(bug)?;
        let (_, is_asked) = self.call(name, "terms", &body, config).await?;
        output::text(&if is_asked {
            format!("{name}: that is looser than before; it counts once somebody else has asked for the same\n")
        } else {
            format!("{name}: has these terms now\n")
        })
    }

    /// The service's answer, and whether somebody else has to agree.
    async fn call(&self, name: &str, act: &str, body: &[u8], config: &Config) -> Result<(Key, bool)> {
        let server = self.server.clone().unwrap_or_else(|| format!("http://{}", config.serve_address));
        let url = format!("{}/api/v1/keys/{name}/{act}", server.trim_end_matches('/'));
        let token = secret::read(&self.token_file)?;
        let authorization = Zeroizing::new(format!("Bearer {}", token.trim()));
        let http = Http::new("", true, Duration::from_secs(config.net_seconds))?;
        let asked = Request {
            url: &url,
            chosen_by: ChosenBy::Operator,
            authorization: Some(&authorization),
            body: Some(("application/json", body)),
            most: LONGEST,
        };
        let (answer, is_asked) = match http.fetch(&asked).await {
            Ok(answer) => (answer, false),
            Err(NetError::Status { status: 202, body }) => (body, true),
            Err(NetError::Status { status, body }) => return Err(refused(name, status, &body)),
            Err(error) => return Err(Error::from(error).about(shown(&url))),
        };
        Ok((serde_json::from_slice(&answer).unwrap_or_default(), is_asked))
    }
}

fn refused(name: &str, status: u16, body: &[u8]) -> Error {
    let kind = match status {
        401 | 403 | 429 => Kind::NotAllowed,
        404 => Kind::NotFound,
        409 => Kind::Conflict,
        400..500 => Kind::Usage,
        _ => Kind::Unavailable,
    };
    let why = serde_json::from_slice::<Problem>(body).map_or_else(|_| format!("status {status}"), |said| said.detail);
    Error::new(kind, "key.service", format!("key {name}"), format!("the service answers: {why}"))
}
