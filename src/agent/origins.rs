//! Which web pages may ask: those of an origin (RFC 6454) that the user of the computer has approved.

use crate::data_folder::make_private_folder;
use crate::error::{Error, Kind, Result};
use crate::keys::is_confidential;
use crate::output::write_file;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// Bytes of the longest origin.
const LONGEST: usize = 255;
/// Origins that the user refused: after these, no new one is asked for until the agent is started again.
const MOST_REFUSED: usize = 20;
/// Bytes of the settings file.
const LARGEST: u64 = 1 << 20;

/// The origin of a web page: `https://` and a host, or `http://` and this very machine, which nobody on the network can pretend to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl TryFrom<String> for Origin {
    type Error = String;
    fn try_from(text: String) -> std::result::Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Origin {
    type Err = String;

    /// As a browser writes it: nothing behind the port.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || "it is not https:// and a host, or http:// and this very machine".to_owned();
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let url = Url::parse(text).map_err(|_| wrong())?;
        let origin = url.origin().ascii_serialization();
        if !is_confidential(&url) || !origin.eq_ignore_ascii_case(text) {
            return Err(wrong());
        }
        Ok(Self(origin))
    }
}

/// How an origin stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The user approved it.
    Allowed,
    /// The user refused it, or so many that no more are asked for.
    Refused,
    /// The user was not asked yet.
    New,
}

/// What the settings file keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    origins: BTreeSet<Origin>,
}

/// The origins that were approved: on the command line for as long as the agent runs, by an answer for good.
#[derive(Debug)]
pub struct Origins {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    allowed: BTreeSet<Origin>,
    refused: BTreeSet<Origin>,
}

impl Origins {
    /// Those of the settings file, if there is one, and these.
    pub fn open(file: &Path, given: &[Origin]) -> Result<Self> {
        let mut allowed = read(file)?.origins;
        allowed.extend(given.iter().cloned());
        Ok(Self { file: file.to_owned(), state: Mutex::new(State { allowed, refused: BTreeSet::new() }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How an origin stands.
    pub fn standing(&self, origin: &Origin) -> Standing {
        let state = self.state();
        if state.allowed.contains(origin) {
            Standing::Allowed
        } else if state.refused.contains(origin) || state.refused.len() >= MOST_REFUSED {
            Standing::Refused
        } else {
            Standing::New
        }
    }

    /// Keeps for good that the user approved it.
    pub fn allow(&self, origin: &Origin) -> Result<()> {
        let mut state = self.state();
        state.allowed.insert(origin.clone());
        // another agent may have written it since
        let mut settings = read(&self.file)?;
        settings.origins.insert(origin.clone());
        let unwritable = |error: serde_json::Error| Error::new(Kind::Bug, "agent.settings", "the settings", error);
        let text = serde_json::to_vec_pretty(&settings).map_err(unwritable)?;
        if let Some(folder) = self.file.parent() {
            make_private_folder(folder)?;
        }
        write_file(&self.file, &text, true)
    }

    /// Keeps until the end that the user refused it.
    pub fn refuse(&self, origin: &Origin) {
        self.state().refused.insert(origin.clone());
    }
}

fn read(file: &Path) -> Result<Settings> {
    let unreadable =
        |why: &dyn fmt::Display| Error::new(Kind::BadInput, "agent.settings", file.display().to_string(), why);
    let opened = match std::fs::File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
        opened => opened.map_err(|error| unreadable(&error))?,
    };
    let mut bytes = Vec::new();
    opened.take(LARGEST).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&error).hint("removed, it is made anew"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_one_that_nobody_on_the_network_can_pretend_to_be() {
        for good in [
            "https://bienlai.example.vn",
            "https://a.example:8443",
            "https://192.0.2.1",
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:80",
        ] {
            let origin = good.parse::<Origin>();
            // a port that goes without saying is not said
            assert_eq!(origin.is_ok(), !good.ends_with(":80"), "{good}");
        }
        let long = format!("https://{}.example", "a".repeat(LONGEST));
        for bad in [
            "null",
            "",
            "https://",
            "http://bienlai.example.vn",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "file:///",
            "https://a.example/",
            "https://a.example/path",
            "https://user@a.example",
            "chrome-extension://abcdef",
            "*",
            &long,
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_approved_is_remembered_and_what_was_refused_is_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/agent.json");
        let origin = |n: usize| format!("https://{n}.example").parse::<Origin>().unwrap();
        let origins = Origins::open(&file, &[origin(0)]).unwrap();
        assert_eq!((origins.standing(&origin(0)), origins.standing(&origin(1))), (Standing::Allowed, Standing::New));
        origins.allow(&origin(1)).unwrap();
        origins.refuse(&origin(2));
        assert_eq!(origins.standing(&origin(2)), Standing::Refused);
        let again = Origins::open(&file, &[]).unwrap();
        let standings = [0, 1, 2].map(|n| again.standing(&origin(n)));
        assert_eq!(standings, [Standing::New, Standing::Allowed, Standing::New]);
        for n in 3..3 + MOST_REFUSED {
            again.refuse(&origin(n));
        }
        assert_eq!(again.standing(&origin(100)), Standing::Refused);
        std::fs::write(&file, "{\"origins\": [\"http://a.example\"]}").unwrap();
        assert_eq!(Origins::open(&file, &[]).unwrap_err().kind, Kind::BadInput);
    }
}
