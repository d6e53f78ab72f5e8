//! `dauson audit`: the log's checkpoint, its proofs, and whether everything agrees.

use super::output::{self, Paint};
use super::progress::Progress;
use super::{block_on, folder};
use crate::audit::check;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

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
    /// Recompute the log, and hold every stored signature and every receipt number against it
    Verify {
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
    block_on(async {
        let folder = folder::open(config).await?;
        match &args.command {
            Command::Checkpoint { key: true } => output::text(&format!("{}\n", folder.log.verifier_key()))?,
            Command::Checkpoint { key: false } => output::text(&folder.log.head().await?.checkpoint)?,
            Command::Verify { json } => return verify(&folder, *json).await,
            Command::Prove { id, json } => prove(&folder, id, *json).await?,
        }
        Ok(0)
    })
}

async fn verify(folder: &DataFolder, json: bool) -> Result<u8> {
    let progress = Progress::new(0);
    let findings = check::verify(&folder.log, &*folder.store, &*folder.blobs, &|done, all| {
        progress.set_of(done, all);
    })
    .await?;
    drop(progress);
    let good = findings.faults == 0;
    if json {
        output::json(&findings)?;
    } else {
        let paint = Paint::stdout();
        for fault in &findings.named {
            output::text(&format!("{}\n", paint.red(fault)))?;
        }
        let verdict = if good {
            paint.green("everything agrees")
        } else {
            paint.red(&format!("{} things do not agree", findings.faults))
        };
        output::text(&format!(
            "{verdict}: {} log entries, {} receipts, {} stored signed documents of the log {}\n",
            findings.entries, findings.receipts, findings.documents, findings.origin
        ))?;
    }
    Ok(u8::from(!good))
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
    let index = find(folder, id).await?;
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

/// The entry that somebody means: of a receipt the one of its issue.
async fn find(folder: &DataFolder, id: &str) -> Result<u64> {
    let not_found = || Error::new(Kind::NotFound, "audit.not_found", id, "there is no such entry in the log");
    if let Ok(index) = id.parse() {
        return Ok(index);
    }
    let mut tx = folder.store.read().await?;
    let found = match hex::decode(id).ok().and_then(|hash| <[u8; 32]>::try_from(hash).ok()) {
        Some(hash) => tx.log_entries_of_signature(&hash).await?,
        None => {
            let receipt: crate::receipts::series::ReceiptId = id.parse().map_err(|_| {
                not_found().hint("a receipt's number, the SHA-256 of a signature value, or an entry's index is wanted")
            })?;
            tx.log_entries_of_receipt(&receipt.to_string()).await?
        }
    };
    found.first().copied().ok_or_else(not_found)
}
