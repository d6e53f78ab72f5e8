//! `dauson audit export`: the log as one bundle, which a court or an inspector verifies alone.

use super::subject::own_keys;
use crate::audit::entry::{Action, Entry};
use crate::auditor::export::export;
use crate::auditor::source::Database;
use crate::cli::progress::Progress;
use crate::cli::{block_on, folder, output};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::output::OutputFile;
use crate::store::Transaction;
use std::path::PathBuf;

/// Arguments of `dauson audit export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The bundle, a ZIP file
    #[arg(short, long, value_name = "BUNDLE")]
    output: PathBuf,
    /// Overwrite it
    #[arg(long)]
    force: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command. That the log was given away is in the log, and so in the bundle.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        let mut out = OutputFile::create(&args.output, args.force)?;
        let mut entry = Entry::new(Action::ExportMade, folder.now())?;
        entry.actor = Some(folder.log.pseudonym(&folder::local_actor()));
        folder.log.record(entry).await?;
        let mut witnesses = Vec::new();
        if let Some(watching) = folder.log.witnesses() {
            watching.show(&folder.log).await?;
            let bug = |why| Error::new(Kind::Bug, "audit.witness_key", "the key of a witness", why);
            witnesses = watching.keys().map(|key| key.to_string().parse().map_err(bug)).collect::<Result<_>>()?;
        }
        let mut view = folder.store.read().await?;
        let known = certificates(&mut *view).await?;
        let progress = Progress::new(0);
        let source = Database::new(view);
        let keys = own_keys(&folder)?;
        let exported =
            export(&source, &keys, &witnesses, &known, out.file(), &|done, all| progress.set_of(done, all)).await?;
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

/// Certificates that entries may name, as far as the data folder has them.
async fn certificates(view: &mut dyn Transaction) -> Result<Vec<Vec<u8>>> {
    Ok(view.signing_keys().await?.into_iter().map(|key| key.certificate).collect())
}
