//! `dauson extend`: the level of signatures raised, archives renewed; each file logged before it appears.

use super::level_options::{LevelInputs, LevelOptions, check_outputs, output_of};
use super::output::{self, Paint};
use super::progress::Progress;
use super::{folder, trust};
use super::{frame, input};
use crate::audit::entry::{Action, Entry};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::extend::{Added, Ending, Extended, NO_SIGNATURE, ending, extend};
use crate::documents::services::Services;
use crate::documents::sign::Raise;
use crate::error::{Error, Kind, Result};
use crate::net::ChosenBy;
use crate::output::OutputFile;
use crate::pades::Level;
use crate::receipts::view::LogPlace;
use crate::secret;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

/// The exit code where there is no signature in the file.
const NO_SIGNATURE_CODE: u8 = 3;

/// Arguments of `dauson extend`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Signed PDFs, or signed XML such as receipts; with --extend-before also folders of them
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// The extended file; for one input
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir", required_unless_present_any = ["out_dir", "extend_before"])]
    output: Option<PathBuf>,
    /// The folder for the extended files, which keep their names
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Overwrite outputs that are there
    #[arg(long)]
    force: bool,
    /// Baseline level that all signatures of the document are raised to (XML: B-T or B-LT); at B-LTA already, it is renewed
    #[arg(long, value_enum, required_unless_present = "extend_before")]
    level: Option<Level>,
    /// Only files whose last time-stamp proves nothing any more after this day, because its certificate or an algorithm of it
    /// ends: lists them; renews them where -o or --out-dir is given
    #[arg(long, value_name = "DATE", value_parser = trust::parse_date)]
    extend_before: Option<OffsetDateTime>,
    #[command(flatten)]
    services: LevelOptions,
    /// The password of encrypted PDFs is the first line of this file
    #[arg(long, value_name = "FILE")]
    pdf_password_file: Option<PathBuf>,
    /// One JSON object for each output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints for each output.
#[derive(Serialize)]
struct Done<'a> {
    input: String,
    output: String,
    level: &'static str,
    /// What was added, in this order.
    added: Vec<&'static str>,
    sha256: String,
    /// Nothing where nothing was added.
    log: Option<LogPlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<&'a str>,
}

/// What `--json` prints for each file whose time-stamp ends.
#[derive(Serialize)]
struct Listed<'a> {
    input: String,
    time_stamped: String,
    ends: &'a str,
}

/// What all files of one run have in common.
struct Job<'a> {
    args: &'a Args,
    folder: &'a DataFolder,
    services: &'a Services<'a>,
    password: Option<Zeroizing<String>>,
    actor: String,
    level: Level,
}

/// Extends each input; the exit code is that of the worst.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let level = args.level.unwrap_or(Level::Lta);
    if level == Level::B {
        let why = "a signature is at B-B as it was made";
        return Err(Error::new(Kind::Usage, "usage", "dauson extend", why).hint("B-T, B-LT or B-LTA"));
    }
    let inputs = if args.extend_before.is_some() { files(&args.inputs)? } else { args.inputs.clone() };
    check_outputs(&inputs, args.output.as_ref(), args.out_dir.as_ref(), "dauson extend")?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    let LevelInputs { trust, given, outside } = args.services.read(config)?;
    frame::block_on(async {
        let folder = folder::open(config).await?;
        let services = Services::new(&folder, &trust, &given, &outside).await?;
        let (folder, services, actor) = (&folder, &services, folder::local_actor());
        let job = Job { args, folder, services, password, actor, level };
        let progress = Progress::new(inputs.len());
        let mut worst = 0;
        for input in &inputs {
            let result = job.extend(input).await;
            worst = worst.max(progress.suspend(|| job.report(input, result))?);
            progress.advance();
        }
        Ok(worst)
    })
}

/// The files, and of each folder its PDFs.
fn files(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in inputs {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let failed = |error| Error::new(Kind::BadInput, "input.unreadable", path.display().to_string(), error);
        let mut inside: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.is_file() && file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf")) {
                inside.push(file);
            }
        }
        inside.sort();
        found.extend(inside);
    }
    Ok(found)
}

/// What became of a file.
enum Outcome {
    /// It needs nothing yet.
    Lasting,
    /// It is among those that end.
    Ending(Ending),
    /// It was extended.
    Extended(PathBuf, Extended, Option<Ending>),
}

impl Job<'_> {
    async fn extend(&self, input: &Path) -> Result<Outcome> {
        let source = Arc::new(input::open(input)?);
        let password = self.password.as_ref().map(|p| p.as_bytes());
        let about = |error: Error| {
            let what = format!("{}: {}", input.display(), error.what);
            if error.kind == Kind::CannotWrite { error } else { error.about(what) }
        };
        let mut ends = None;
        if let Some(before) = self.args.extend_before {
            ends = ending(source.clone(), password, before).map_err(about)?;
            match ends {
                None => return Ok(Outcome::Lasting),
                Some(ending) if self.args.output.is_none() && self.args.out_dir.is_none() => {
                    return Ok(Outcome::Ending(ending));
                }
                Some(_) => {}
            }
        }
        let output = output_of(input, self.args.output.as_ref(), self.args.out_dir.as_ref())?;
        let mut out = OutputFile::create(&output, self.args.force)?;
        let mut entry = Entry::new(Action::DocumentExtended, self.folder.now())?;
        entry.actor = Some(self.folder.log.pseudonym(&self.actor));
        let raise = Raise { to: self.level, services: self.services, chosen_by: ChosenBy::Certificate };
        let extended = extend(self.folder, source, raise, password, entry, &mut out).await.map_err(about)?;
        out.commit()?;
        Ok(Outcome::Extended(output, extended, ends))
    }

    fn report(&self, input: &Path, result: Result<Outcome>) -> Result<u8> {
        let (output, extended, ends) = match result {
            Ok(Outcome::Lasting) => return Ok(0),
            Ok(Outcome::Ending(ending)) => return self.list(input, &ending),
            Ok(Outcome::Extended(output, extended, ends)) => (output, extended, ends),
            Err(error) if error.code == NO_SIGNATURE => {
                frame::report(&error);
                return Ok(NO_SIGNATURE_CODE);
            }
            Err(error) => return Ok(frame::report(&error)),
        };
        if self.args.json {
            output::json(&Done {
                input: input.display().to_string(),
                output: output.display().to_string(),
                level: self.level.name(),
                added: extended.added.iter().map(|a| a.name()).collect(),
                sha256: hex::encode(extended.sha256),
                log: extended.logged.map(|l| LogPlace { origin: l.origin, index: l.index, size: l.size }),
                ends: ends.as_ref().map(|e| e.why.as_str()),
            })?;
            return Ok(0);
        }
        let added: Vec<&str> = extended.added.iter().map(|a| words(*a)).collect();
        let (name, level) = (output.display(), self.level.name());
        output::text(&match extended.logged {
            None => format!("{name}: it is at {level} already, nothing was added\n"),
            Some(logged) => format!(
                "{name}: {} to {level} by {}; entry {} of the log {}\n",
                Paint::stdout().green("extended"),
                added.join(", "),
                logged.index,
                logged.origin
            ),
        })?;
        Ok(0)
    }

    fn list(&self, input: &Path, ending: &Ending) -> Result<u8> {
        let time_stamped = ending.time_stamped.format(&Rfc3339).unwrap_or_default();
        let (input, ends) = (input.display().to_string(), ending.why.as_str());
        if self.args.json {
            output::json(&Listed { input, time_stamped, ends })?;
        } else {
            output::text(&format!("{input}: time-stamped at {time_stamped}; {ends}\n"))?;
        }
        Ok(0)
    }
}

const fn words(added: Added) -> &'static str {
    match added {
        Added::TimeStamp => "a document time-stamp",
        Added::SignatureTimeStamp => "a signature time-stamp",
        Added::ValidationData => "validation data",
        Added::LogProof => "a log proof that more witnesses have signed",
    }
}
