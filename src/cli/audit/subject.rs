//! Which log is to be looked at, and with which keys.

use crate::auditor::source::{self, BundleFile, Database, Source};
use crate::auditor::{Checkpoint, LogKey, WitnessKey, Witnesses, checkpoints_of};
use crate::cli::{folder, input};
use crate::config::Config;
use crate::data_folder::{BLOBS, DATABASE, DataFolder};
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::net::http::Http;
use crate::pdf::source::Source as _;
use crate::reports::auditing::log_keys;
use crate::store::Store;
use crate::store::blobs::{Blobs, FolderBlobs};
use crate::store::sqlite::SqliteStore;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// Which log, and with which keys.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The log: a server's address, a folder of tiles, or a bundle; without it the data folder
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// The log's verifier key, kept from earlier (repeatable); with it nothing secret of the data folder is read
    #[arg(long, value_name = "VKEY")]
    pub log_key: Vec<String>,
}

/// A log that is published somewhere, or a data folder.
pub enum Subject {
    /// A data folder: its database and its files, and, where its secrets may be read, all of it.
    Data(Arc<dyn Store>, Arc<dyn Blobs>, Option<Box<DataFolder>>),
    /// What is published.
    Published(Box<dyn Source>),
}

impl Subject {
    /// The log alone.
    pub async fn into_log(self) -> Result<Box<dyn Source>> {
        Ok(match self {
            Self::Data(store, ..) => Box::new(Database::new(store.read().await?)),
            Self::Published(source) => source,
        })
    }
}

impl Options {
    /// The log, the keys, and whether the keys are but what the log itself brings along.
    pub async fn open(&self, config: &Config) -> Result<(Subject, Vec<LogKey>, bool)> {
        let given = keys(&self.log_key)?;
        let Some(name) = &self.source else {
            folder::require(config)?;
            if given.is_empty() {
                let folder = folder::open_for_audit(config).await?;
                let keys = log_keys(&folder)?;
                let (store, blobs) = (Arc::clone(&folder.store), Arc::clone(&folder.blobs));
                return Ok((Subject::Data(store, blobs, Some(Box::new(folder))), keys, false));
            }
            let store = SqliteStore::open(&config.data.join(DATABASE)).await?;
            let blobs = FolderBlobs::new(config.data.join(BLOBS));
            return Ok((Subject::Data(Arc::new(store), Arc::new(blobs), None), given, false));
        };
        let source = source::open(name, || http(config))?;
        if !given.is_empty() {
            return Ok((Subject::Published(source), given, false));
        }
        let origin = source.checkpoint().await?.lines().next().unwrap_or_default().to_owned();
        if folder::require(config).is_ok() {
            let keys = log_keys(&folder::open_for_audit(config).await?)?;
            if keys.iter().any(|key| key.name == origin) {
                return Ok((Subject::Published(source), keys, false));
            }
        }
        let path = Path::new(name);
        let brought = if path.is_file() { BundleFile::open(path)?.own_keys()? } else { Vec::new() };
        if brought.is_empty() {
            let why = "the log's key is not known";
            return Err(Error::new(Kind::Usage, "audit.no_key", source.name(), why)
                .hint("--log-key KEY names it; the log's operator tells it: dauson audit checkpoint --key"));
        }
        Ok((Subject::Published(source), brought, true))
    }
}

/// Who must have cosigned a log's checkpoint.
#[derive(Debug, clap::Args)]
pub struct WitnessOptions {
    /// Public key of a witness (repeatable): the log's checkpoint must be cosigned by it
    #[arg(long, value_name = "VKEY")]
    witness_key: Vec<String>,
    /// How many of these witnesses must have cosigned; one, if nothing is said
    #[arg(long, value_name = "N", requires = "witness_key")]
    witness_quorum: Option<usize>,
}

impl WitnessOptions {
    /// The witnesses that are named.
    pub fn read(&self) -> Result<Witnesses> {
        let wrong = |option: &str, why: &str| Error::new(Kind::Usage, "audit.witness_key", option, why);
        let keys: Vec<WitnessKey> = self
            .witness_key
            .iter()
            .map(|text| text.parse().map_err(|why| wrong("--witness-key", why)))
            .collect::<Result<_>>()?;
        let quorum = self.witness_quorum.unwrap_or_else(|| usize::from(!keys.is_empty()));
        if quorum > keys.len() {
            return Err(wrong("--witness-quorum", "it is more than there are witnesses"));
        }
        Ok(Witnesses::new(keys, quorum, OffsetDateTime::now_utc))
    }
}

/// Log keys as they are given.
pub fn keys(texts: &[String]) -> Result<Vec<LogKey>> {
    let wrong = |error| Error::new(Kind::Usage, "audit.log_key", "--log-key", error);
    texts.iter().map(|text| text.parse().map_err(wrong)).collect()
}

/// What fetches.
pub fn http(config: &Config) -> Result<Http> {
    let http = Http::new(&config.net_proxy.0, config.net_allow_private, Duration::from_secs(config.net_seconds));
    http.map_err(|error| Error::new(Kind::Usage, "config.bad", "net.proxy", error))
}

/// The checkpoint that somebody has kept in a file; or those that a signed document carries with its proofs.
pub fn checkpoints(file: &Path, keys: &[LogKey]) -> Result<Vec<Checkpoint>> {
    let wrong = |why| Error::new(Kind::BadInput, "audit.checkpoint", file.display().to_string(), why);
    let most = Limits::in_force().tlog_note_bytes;
    let source = input::open(file)?;
    let beginning = source.read_up_to(0, most).map_err(|error| wrong(error.to_string()))?;
    if beginning.starts_with(b"%PDF") || beginning.starts_with(b"<") {
        let found = checkpoints_of(source, keys).map_err(wrong)?;
        return if found.is_empty() { Err(wrong("no signature in it carries a proof".to_owned())) } else { Ok(found) };
    }
    Ok(vec![checkpoint(file, keys)?])
}

/// The checkpoint that somebody has kept in a file.
pub fn checkpoint(file: &Path, keys: &[LogKey]) -> Result<Checkpoint> {
    let most = u64::try_from(Limits::in_force().tlog_note_bytes).unwrap_or(u64::MAX);
    let note = String::from_utf8_lossy(&input::read(file, most)?).into_owned();
    let wrong = |why| Error::new(Kind::BadInput, "audit.checkpoint", file.display().to_string(), why);
    Checkpoint::open(&note, keys).map_err(wrong)
}
