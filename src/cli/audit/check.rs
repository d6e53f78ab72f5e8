//! `dauson audit check`: whether a proof is that of an entry, without the log.

use super::subject;
use crate::auditor::entry::Entry;
use crate::auditor::note::Proof;
use crate::cli::{folder, input, language, output};
use crate::config::Config;
use crate::error::{Error, Kind, Result, plain};
use crate::limits::Limits;
use crate::messages::acts::act;
use crate::reports::auditing::log_keys;
use serde::Serialize;
use std::path::PathBuf;

/// Bytes of the longest entry (C2SP tlog-tiles).
const LONGEST_ENTRY: u64 = 65_535;

/// Arguments of `dauson audit check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proof, as audit prove prints it
    proof: PathBuf,
    /// The entry, its very bytes
    #[arg(long, value_name = "FILE")]
    entry: PathBuf,
    /// The log's verifier key, kept from earlier (repeatable); without it that of the data folder
    #[arg(long, value_name = "VKEY")]
    log_key: Vec<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Checked<'a> {
    origin: &'a str,
    index: u64,
    size: u64,
    entry: serde_json::Value,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let given = subject::keys(&args.log_key)?;
    let keys = if given.is_empty() {
        crate::cli::block_on(async { log_keys(&folder::open_for_audit(config).await?) })?
    } else {
        given
    };
    let most = u64::try_from(Limits::in_force().tlog_proof_bytes).unwrap_or(u64::MAX);
    let text = String::from_utf8_lossy(&input::read(&args.proof, most)?).into_owned();
    let bytes = input::read(&args.entry, LONGEST_ENTRY)?;
    let proof = match Proof::open(&text, &bytes, &keys) {
        Ok(proof) => proof,
        Err(why) => {
            output::text(&format!("{}: {}\n", args.proof.display(), plain(&why)))?;
            return Ok(1);
        }
    };
    let (origin, size) = (proof.checkpoint.origin.as_str(), proof.checkpoint.size);
    if args.json {
        let entry = serde_json::from_slice(&bytes).unwrap_or_default();
        output::json(&Checked { origin, index: proof.index, size, entry })?;
        return Ok(0);
    }
    let wrong = |why| Error::new(Kind::BadInput, "audit.entry", args.entry.display().to_string(), why);
    let entry = Entry::parse(&bytes).map_err(wrong)?;
    output::text(&format!(
        "entry {} of the log {origin}, which had {size}: {}, {}\n",
        proof.index,
        plain(act(&entry.action).of(language())),
        plain(&entry.time)
    ))?;
    Ok(0)
}
