//! `dauson audit export`: the log as one bundle, which a court or an inspector verifies alone.

use super::show::time;
use crate::cli::progress::Progress;
use crate::cli::{block_on, folder, output};
use crate::config::Config;
use crate::error::Result;
use crate::output::OutputFile;
use crate::reports::auditing;
use std::path::PathBuf;
use time::Time;

/// Arguments of `dauson audit export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The bundle, a ZIP file
    #[arg(short, long, value_name = "BUNDLE")]
    output: PathBuf,
    /// Only the entries from then on, a day in Vietnam, 2026-11-24, or a time, RFC 3339; of those before it the hashes of the tree
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// Overwrite it
    #[arg(long)]
    force: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command. That the log was given away is in the log, and so in the bundle.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let since = args.since.as_deref().map(|text| time(text, Time::MIDNIGHT)).transpose()?;
    block_on(async {
        let folder = folder::open_for_audit(config).await?;
        let mut out = OutputFile::create(&args.output, args.force)?;
        let progress = Progress::new(0);
        let show = |done, all| progress.set_of(done, all);
        let exported = auditing::bundle(&folder, &folder::local_actor(), since, out.file(), &show).await?;
        drop(progress);
        out.commit()?;
        if args.json {
            output::json(&exported)?;
        } else {
            output::text(&format!(
                "{}: {} entries of the log {}, certificates: {}, of others that are named only their digests: {}\n",
                args.output.display(),
                exported.entries,
                exported.origin,
                exported.certificates,
                exported.unknown
            ))?;
        }
        Ok(0)
    })
}
