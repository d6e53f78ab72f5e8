//! `dauson init`: makes the data folder, and says which log it keeps. Other commands that write make one as well.

use super::{block_on, folder, output};
use crate::config::Config;
use crate::error::Result;
use serde::Serialize;

/// Arguments of `dauson init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// A data folder and its log.
#[derive(Serialize)]
struct Told {
    data: String,
    /// Whether it was made just now.
    made: bool,
    /// The name of the log (C2SP tlog-checkpoint).
    origin: String,
    /// What auditors verify its checkpoints with: the newest key, as C2SP signed-note writes it.
    log_key: String,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let made = folder::require(config).is_err();
    let folder = block_on(folder::open(config))?;
    let key = folder.log.verifier_key();
    let (origin, log_key) = (key.name().to_owned(), key.to_string());
    let told = Told { data: config.data.display().to_string(), made, origin, log_key };
    if args.json {
        output::json(&told)?;
    } else {
        let Told { data, origin, log_key, .. } = told;
        let what = if made { "made" } else { "is there" };
        output::text(&format!("{data}: {what}; its log is {origin}\n  log key  {log_key}\n"))?;
    }
    Ok(0)
}
