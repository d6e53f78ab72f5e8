//! `dauson audit`: the log's checkpoint, its proofs, and whether everything agrees.

mod check;
mod export;
mod receipts;
mod show;
mod subject;
mod verify;
mod watch;

use super::output;
use super::{block_on, folder};
use crate::audit::entry::{Action, Entry};
use crate::audit::witness::Witness;
use crate::audit::{publish, rotation};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::Result;
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
    /// Change the log's key: old and new sign side by side until --finish
    RotateKey {
        /// The old key signs no more
        #[arg(long)]
        finish: bool,
    },
    /// Say in the log that the clock was ahead until now and is right: where the clock is behind the log, nothing is signed
    ClockCorrected,
    /// Print the verifier key of this service as a witness of other units' logs
    WitnessKey,
    /// Recompute a log; of a data folder, hold every stored signature and every receipt number against it
    Verify(verify::Args),
    /// The books of receipts as the log alone has them: each number once, none missing
    Receipts(receipts::Args),
    /// Show entries: of a unit, of somebody, about a document or a receipt, of a time
    Show(Box<show::Args>),
    /// Write the log as one bundle that anybody verifies without a network, in a browser, too
    Export(export::Args),
    /// Follow a log; raise an alarm, and keep the evidence, when it does not continue what it was
    Watch(watch::Args),
    /// Check a proof that something is in the log, with nothing but the log's key
    Check(check::Args),
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
    match &args.command {
        Command::Show(args) => return show::run(args, config),
        Command::Export(args) => return export::run(args, config),
        Command::Verify(args) => return verify::run(args, config),
        Command::Receipts(args) => return receipts::run(args, config),
        Command::Watch(args) => return watch::run(args, config),
        Command::Check(args) => return check::run(args, config),
        Command::Checkpoint { key } => block_on(async {
            let folder = folder::open_for_audit(config).await?;
            let text = if *key { format!("{}\n", folder.log.verifier_key()) } else { folder.log.checkpoint().await? };
            output::text(&text)
        })?,
        Command::RotateKey { finish } => {
            block_on(async { rotate(&folder::open_for_audit(config).await?, *finish).await })?;
        }
        Command::ClockCorrected => {
            block_on(async { correct_clock(&folder::open_for_audit(config).await?).await })?;
        }
        Command::WitnessKey => block_on(async {
            let folder = folder::open_for_audit(config).await?;
            let witness = Witness::open(&*folder.store, &folder.master, &*folder.random).await?;
            output::text(&format!("{}\n", witness.verifier_key()))
        })?,
        Command::Prove { id, json } => {
            block_on(async { prove(&folder::open_for_audit(config).await?, id, *json).await })?;
        }
    }
    Ok(0)
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

async fn correct_clock(folder: &DataFolder) -> Result<()> {
    let actor = folder.log.pseudonym(&folder::local_actor());
    let entry = Entry { actor: Some(actor), ..Entry::new(Action::ClockCorrected, folder.now())? };
    let logged = folder.log.record(entry).await?;
    output::text(&format!("entry {} of the log {}: the clock is right from now on\n", logged.index, logged.origin))
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
