//! `dauson audit verify`: whether everything agrees.

use super::subject::{self, Options, Subject, WitnessOptions};
use crate::auditor::verify::{Insight, Plan, Start, Verified};
use crate::auditor::{Findings, verify};
use crate::cli::output::{self, Paint};
use crate::cli::progress::Progress;
use crate::cli::{block_on, input, language};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::messages::audit::agreement;
use crate::output::write_file;
use std::path::{Path, PathBuf};

/// Bytes of the largest file that keeps how far a log was verified.
const LARGEST_STATE: u64 = 1 << 30;

/// Arguments of `dauson audit verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: Options,
    #[command(flatten)]
    witnesses: WitnessOptions,
    /// A checkpoint that was kept from earlier, or a signed document, which carries one: the log must still begin with what it
    /// says (repeatable)
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// A checkpoint that was kept from earlier; only what the log has had since is read
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "state")]
    since: Option<PathBuf>,
    /// Keep here how far the log was verified; where the file is there already, go on from there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let witnesses = args.witnesses.read()?;
    block_on(async {
        let (subject, keys, brought) = args.subject.open(config).await?;
        let mut kept = Vec::new();
        for file in &args.checkpoint {
            kept.extend(subject::checkpoints(file, &keys)?);
        }
        let start = match (&args.since, &args.state) {
            (Some(since), _) => Start::Since(subject::checkpoint(since, &keys)?),
            (None, Some(state)) if state.exists() => Start::Resumed(Box::new(read_state(state)?)),
            _ => Start::Beginning,
        };
        let progress = Progress::new(0);
        let keep = |verified: &Verified| match &args.state {
            Some(state) => write_state(state, verified),
            None => Ok(()),
        };
        let plan = Plan {
            witnesses: &witnesses,
            kept: &kept,
            start,
            progress: &|done, all| progress.set_of(done, all),
            keep: &keep,
            ..Plan::new(&keys)
        };
        let findings = match &subject {
            Subject::Data(store, blobs, folder) => {
                let insight = folder.as_deref().map(|folder| folder as &dyn Insight);
                verify::data(&**store, &**blobs, &plan, insight).await?
            }
            Subject::Published(source) => verify::log(&**source, &plan).await?,
        };
        drop(progress);
        if args.json {
            output::json(&findings)?;
        } else {
            tell(&findings, matches!(subject, Subject::Data(..)))?;
        }
        if args.since.is_some() && matches!(subject, Subject::Data(..)) {
            tracing::warn!(
                "units, tokens, keys, series, documents and fees were held against nothing: what the log says of them was not read (--state FILE keeps it for the next time)"
            );
        }
        if let Subject::Published(source) = &subject
            && let first @ 1.. = source.first()?
        {
            tracing::warn!(
                "it has the entries from {first} on; of those before it only the hashes of the tree: what they say was not read"
            );
        }
        if brought {
            tracing::warn!(
                "verified with the key that the bundle brings along, SHA-256 {}: that says nothing about whose log it is (--log-key)",
                keys.first().map(crate::auditor::LogKey::fingerprint).unwrap_or_default()
            );
        }
        Ok(u8::from(findings.faults > 0))
    })
}

fn tell(findings: &Findings, has_store: bool) -> Result<()> {
    let paint = Paint::stdout();
    for fault in &findings.named {
        output::text(&format!("{}\n", paint.red(&crate::error::plain(fault.of(language())))))?;
    }
    let verdict = agreement(findings.faults);
    let verdict = verdict.of(language());
    let verdict = if findings.faults == 0 { paint.green(verdict) } else { paint.red(verdict) };
    let mut what = vec![counted(findings.entries, "log entry", "log entries")];
    if findings.faults == 0 && findings.read < findings.entries {
        what.push(format!("{} of them read now", findings.read));
    }
    if has_store {
        what.push(counted(findings.receipts, "receipt", "receipts"));
        if findings.imported > 0 {
            what.push(counted(findings.imported, "receipt of the law before", "receipts of the law before"));
        }
        what.push(counted(findings.documents, "signed document in store", "signed documents in store"));
    } else {
        let receipts = findings.series.iter().map(|series| series.issued).sum();
        what.push(counted(receipts, "receipt number", "receipt numbers"));
    }
    output::text(&format!("{verdict}: {} of the log {}\n", what.join(", "), crate::error::plain(&findings.origin)))
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn read_state(path: &Path) -> Result<Verified> {
    let bytes = input::read(path, LARGEST_STATE)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let why = format!("it does not say how far a log was verified: {error}");
        Error::new(Kind::BadInput, "audit.state", path.display().to_string(), why)
    })
}

fn write_state(path: &Path, verified: &Verified) -> Result<()> {
    let bytes = serde_json::to_vec(verified);
    let bytes = bytes.map_err(|error| Error::new(Kind::Bug, "audit.state", path.display().to_string(), error))?;
    write_file(path, &bytes, true)
}
