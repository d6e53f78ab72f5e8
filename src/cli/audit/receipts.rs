//! `dauson audit receipts`: the books of receipts as the log alone has them.

use super::subject::{Options, Subject};
use crate::auditor::verify::{self, Plan};
use crate::cli::block_on;
use crate::cli::language;
use crate::cli::output::{self, Paint};
use crate::cli::progress::Progress;
use crate::config::Config;
use crate::error::{Result, plain};

/// Arguments of `dauson audit receipts`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: Options,
    /// One JSON object: what was found, with the books under `series`
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    block_on(async {
        let (subject, keys, _) = args.subject.open(config).await?;
        let log = Subject::into_log(subject).await?;
        let progress = Progress::new(0);
        let plan = Plan { progress: &|done, all| progress.set_of(done, all), ..Plan::new(&keys) };
        let findings = verify::log(&*log, &plan).await?;
        drop(progress);
        let code = u8::from(findings.faults > 0);
        if args.json {
            output::json(&findings)?;
            return Ok(code);
        }
        let paint = Paint::stdout();
        for series in &findings.series {
            let numbers = match series.first {
                0 => "no number".to_owned(),
                first => format!("{first:08}..{:08}", series.last),
            };
            output::text(&format!(
                "{}: {numbers}, {} issued, {} replaced, {} voided, {} missing, {} doubles{}\n",
                paint.bold(&plain(&series.series)),
                series.issued,
                series.replaced,
                series.voided,
                series.missing,
                series.doubles,
                if series.closed { ", closed" } else { "" }
            ))?;
        }
        if findings.series.is_empty() {
            output::text("the log has no series of receipts\n")?;
        }
        for fault in &findings.named {
            output::text(&format!("{}\n", paint.red(&plain(fault.of(language())))))?;
        }
        Ok(code)
    })
}
