//! `dauson audit`: the log's checkpoint, its proofs, and whether everything agrees.

use super::output::{self, Paint};
use super::progress::Progress;
use super::{block_on, folder, input};
use crate::audit::entry::{Action, Entry};
use crate::audit::witness::Witness;
use crate::audit::{check, publish, rotation};
use crate::config::Config;
use crate::data_folder::{BLOBS, DATABASE, DataFolder};
use crate::error::{Error, Kind, Result};
use crate::store::Store;
use crate::store::blobs::{Blobs, FolderBlobs};
use crate::store::sqlite::SqliteStore;
use crate::tlog::{Checkpoint, VerifierKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of the largest checkpoint.
const LARGEST_CHECKPOINT: u64 = 1 << 20;

/// Arguments of `dauson audit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the newest checkpoint, a C2SP signed note
    Checkpoint {
        /// Print the log's verifier key instead, which others check the log with
        #[arg(long)]
        key: bool,
    },
    /// Change the log's key: old and new sign side by side until --finish
    RotateKey {
        /// The old key signs no more
        #[arg(long)]
        finish: bool,
    },
    /// Print the verifier key of this service as a witness of other units' logs
    WitnessKey,
    /// Recompute the log, and hold every stored signature and every receipt number against it
    Verify {
        /// The log's verifier key, kept from earlier; with it nothing secret of the data folder is read
        #[arg(long, value_name = "VKEY")]
        log_key: Option<String>,
        /// A checkpoint that was kept from earlier: the log must still begin with what it says
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the proof that something is in the log
    Prove {
        /// A receipt's number, the SHA-256 of a signature value, or an entry's index
        id: String,
        /// One JSON object with the entry
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    folder::require(config)?;
    block_on(async {
        match &args.command {
            Command::Checkpoint { key } => {
                let folder = folder::open_existing(config).await?;
                let text =
                    if *key { format!("{}\n", folder.log.verifier_key()) } else { folder.log.checkpoint().await? };
                output::text(&text)?;
            }
            Command::RotateKey { finish } => rotate(&folder::open_existing(config).await?, *finish).await?,
            Command::WitnessKey => {
                let folder = folder::open_existing(config).await?;
                let witness = Witness::open(&*folder.store, &folder.master, &*folder.random).await?;
                output::text(&format!("{}\n", witness.verifier_key()))?;
            }
            Command::Verify { log_key, checkpoint, json } => {
                return verify(config, log_key.as_deref(), checkpoint, *json).await;
            }
            Command::Prove { id, json } => prove(&folder::open_existing(config).await?, id, *json).await?,
        }
        Ok(0)
    })
}

async fn rotate(folder: &DataFolder, finish: bool) -> Result<()> {
    let actor = folder.log.pseudonym(&folder::local_actor());
    let entry = Entry { actor: Some(actor), ..Entry::new(Action::LogKeyChanged, folder.now())? };
    let key = if finish {
        rotation::finish(&folder.log, &folder.master, entry).await?
    } else {
        rotation::begin(&folder.log, &folder.master, &*folder.random, entry).await?
    };
    output::text(&format!("{key}\n"))
}

async fn verify(config: &Config, log_key: Option<&str>, kept: &[PathBuf], json: bool) -> Result<u8> {
    let (key, store, blobs): (VerifierKey, Arc<dyn Store>, Arc<dyn Blobs>) = match log_key {
        Some(key) => {
            let wrong = |error| Error::new(Kind::Usage, "audit.log_key", "--log-key", error);
            let store = SqliteStore::open(&config.data.join(DATABASE)).await?;
            let blobs = FolderBlobs::new(config.data.join(BLOBS));
            (key.parse().map_err(wrong)?, Arc::new(store), Arc::new(blobs))
        }
        None => {
            let folder = folder::open_existing(config).await?;
            (folder.log.verifier_key().clone(), folder.store, folder.blobs)
        }
    };
    let mut checkpoints = Vec::new();
    for file in kept {
        let note = String::from_utf8_lossy(&input::read(file, LARGEST_CHECKPOINT)?).into_owned();
        let opened = Checkpoint::open(&note, &key);
        checkpoints.push(opened.map_err(|error| Error::from(error).about(file.display().to_string()))?);
    }
    let progress = Progress::new(0);
    let findings = check::verify(&key, &*store, &*blobs, &checkpoints, &|done, all| progress.set_of(done, all)).await?;
    drop(progress);
    let good = findings.faults == 0;
    if json {
        output::json(&findings)?;
    } else {
        let paint = Paint::stdout();
        for fault in &findings.named {
            output::text(&format!("{}\n", paint.red(fault)))?;
        }
        let verdict = match findings.faults {
            0 => paint.green("everything agrees"),
            1 => paint.red("one thing does not agree"),
            many => paint.red(&format!("{many} things do not agree")),
        };
        output::text(&format!(
            "{verdict}: {}, {}, {} of the log {}\n",
            counted(findings.entries, "log entry", "log entries"),
            counted(findings.receipts, "receipt", "receipts"),
            counted(findings.documents, "signed document in store", "signed documents in store"),
            findings.origin
        ))?;
    }
    Ok(u8::from(!good))
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What `prove --json` prints.
#[derive(Serialize)]
struct Proven {
    origin: String,
    index: u64,
    size: u64,
    entry: serde_json::Value,
    entry_base64: String,
    proof: String,
}

async fn prove(folder: &DataFolder, id: &str, json: bool) -> Result<()> {
    let index = publish::find(&*folder.store, id).await?;
    let logged = folder.log.prove(index).await?;
    if !json {
        return output::text(&logged.proof);
    }
    output::json(&Proven {
        entry: serde_json::from_slice(&logged.entry).unwrap_or_default(),
        entry_base64: STANDARD.encode(&logged.entry),
        origin: logged.origin,
        index: logged.index,
        size: logged.size,
        proof: logged.proof,
    })
}
