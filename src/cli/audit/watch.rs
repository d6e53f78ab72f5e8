//! `dauson audit watch`: follows a log, and raises an alarm when it is not what it was.

use super::subject::{self, WitnessOptions};
use crate::auditor::Checkpoint;
use crate::auditor::watch::{Seen, look};
use crate::cli::{block_on, output};
use crate::config::Config;
use crate::error::{Result, plain};
use crate::output::write_file;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Arguments of `dauson audit watch`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The log: a server's address, or a folder of tiles
    #[arg(value_name = "URL")]
    url: String,
    /// The log's verifier key (repeatable, while a log changes its key)
    #[arg(long, value_name = "VKEY", required = true)]
    log_key: Vec<String>,
    #[command(flatten)]
    witnesses: WitnessOptions,
    /// The checkpoint that was seen last; evidence is kept beside it
    #[arg(long, value_name = "FILE", default_value = "dauson-watch.txt")]
    state: PathBuf,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Raise the alarm as well when the log has not grown for so long: it may be showing an old state
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..))]
    grows_within: Option<u32>,
    /// Look once
    #[arg(long)]
    once: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let keys = subject::keys(&args.log_key)?;
    let witnesses = args.witnesses.read()?;
    let source = crate::auditor::source::open(&args.url, || subject::http(config))?;
    let mut last = if args.state.exists() { Some(subject::checkpoint(&args.state, &keys)?) } else { None };
    block_on(async {
        loop {
            match look(&*source, &keys, &witnesses, last.as_ref()).await {
                Ok(Seen::Good(new)) => {
                    // the same log with other cosignatures has not grown
                    if last.as_ref().map(|last| last.size) != Some(new.size) {
                        write_file(&args.state, new.note.as_bytes(), true)?;
                        let before = last.as_ref().map_or(0, |last| last.size);
                        output::text(&format!(
                            "{}: {before} -> {} entries, consistent\n",
                            plain(&new.origin),
                            new.size
                        ))?;
                    } else if args.once {
                        output::text(&format!("{}: {} entries, as before\n", plain(&new.origin), new.size))?;
                    }
                    last = Some(new);
                    if let Some(hours) = args.grows_within.filter(|hours| stands_still(&args.state, *hours)) {
                        let why = format!("the log has not grown for {hours} hours: it may be showing an old state");
                        output::text(&format!("ALARM: {}: {why}\n", source.name()))?;
                        return Ok(1);
                    }
                }
                Ok(Seen::Alarm { why, note }) => {
                    let files = keep_evidence(&args.state, last.as_ref(), &note)?;
                    output::text(&format!("ALARM: {}: {} (evidence: {files})\n", source.name(), plain(&why)))?;
                    return Ok(1);
                }
                Err(error) if args.once => return Err(error),
                Err(error) => tracing::warn!("{error}; trying again in {} s", args.every),
            }
            if args.once {
                return Ok(0);
            }
            tokio::time::sleep(Duration::from_secs(args.every)).await;
        }
    })
}

/// Whether what was seen last was written so long ago, and has been the same since.
fn stands_still(state: &Path, hours: u32) -> bool {
    let written = std::fs::metadata(state).and_then(|about| about.modified()).ok();
    let age = written.and_then(|written| SystemTime::now().duration_since(written).ok());
    age.is_some_and(|age| age > Duration::from_secs(u64::from(hours) * 3_600))
}

/// Keeps both checkpoints, which together are the proof.
fn keep_evidence(state: &Path, last: Option<&Checkpoint>, note: &str) -> Result<String> {
    let mut files = Vec::new();
    let kept = [("seen", last.map(|last| last.note.as_str())), ("now", Some(note))];
    for (what, note) in kept {
        let Some(note) = note else { continue };
        let digest = hex::encode(crate::digest::sha256(note.as_bytes()));
        let mut name = state.file_name().unwrap_or_default().to_os_string();
        // by its digest, so that no evidence takes the place of another
        name.push(format!(".{what}-{}.txt", digest.get(..12).unwrap_or_default()));
        let path = state.with_file_name(name);
        if !path.exists() {
            write_file(&path, note.as_bytes(), false)?;
        }
        files.push(path.display().to_string());
    }
    Ok(files.join(", "))
}
