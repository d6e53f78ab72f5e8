//! `dauson sign`: PDFs signed, each logged before it appears.

pub mod appearance;
mod deferred;

use super::claim_options::ClaimOptions;
use super::folder;
use super::key_options::{ChosenKey, KeyOptions, SchemeOptions};
use super::level_options::{LevelOptions, check_outputs, output_of};
use super::output::{self, Paint};
use super::progress::Progress;
use super::{frame, input};
use crate::audit::entry::{Action, Entry};
use crate::cms::Attribute;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::services::Services;
use crate::documents::sign::{Order, Raise, Signed, sign_at};
use crate::documents::signer;
use crate::error::{Error, Kind, Result, plain};
use crate::keys::{AnyKey, SignatureScheme, SigningKey};
use crate::messages::Text;
use crate::net::ChosenBy;
use crate::output::{OutputFile, sync_folder_of};
use crate::pades::{Certify, Level, Lock, SignOptions, SubFilter};
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use crate::receipts::content::VIETNAM;
use crate::secret;
use appearance::{AppearanceOptions, Seen};
use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use time::OffsetDateTime;

/// Threads for each processor: while one waits for the disk, another signs.
const PER_PROCESSOR: usize = 2;
/// Files on a thread that wait for the log together: their entries become one durable write.
const IN_FLIGHT: usize = 8;

/// Arguments of `dauson sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The PDFs
    #[arg(value_name = "INPUT", required_unless_present = "finish", conflicts_with = "finish")]
    inputs: Vec<PathBuf>,
    /// The signed file; for one input
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir", required_unless_present_any = ["out_dir", "prepare", "dry_run"])]
    output: Option<PathBuf>,
    /// The folder for the signed files, which keep their names
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Overwrite outputs that are there
    #[arg(long)]
    force: bool,
    /// Lay out one PDF for a key that is elsewhere: what it shall sign is written into this new folder
    #[arg(long, value_name = "STATE", requires = "certificate", conflicts_with_all = ["output", "out_dir", "force", "which_key"], help_heading = "Key elsewhere")]
    prepare: Option<PathBuf>,
    /// The certificate of that key, PEM or DER; its issuers' may follow in the file
    #[arg(long, value_name = "FILE", requires = "prepare", help_heading = "Key elsewhere")]
    certificate: Option<PathBuf>,
    /// For how many hours the signature of --prepare is awaited
    #[arg(long, value_name = "N", default_value_t = 72, help_heading = "Key elsewhere")]
    valid_hours: u32,
    /// Make the signed PDF of what was laid out there
    #[arg(long, value_name = "STATE", requires = "signature", conflicts_with_all = ["prepare", "out_dir", "which_key"], help_heading = "Key elsewhere")]
    finish: Option<PathBuf>,
    /// The signature value for --finish: the bytes that the key gave (ECDSA in DER)
    #[arg(long, value_name = "FILE", requires = "finish", help_heading = "Key elsewhere")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    scheme: SchemeOptions,
    /// PAdES baseline level
    #[arg(long, value_enum, default_value_t = Level::B)]
    level: Level,
    #[command(flatten)]
    services: LevelOptions,
    /// The field: an existing empty one, else a new one [default: a new one]
    #[arg(long, value_name = "NAME", help_heading = "Signature")]
    field: Option<String>,
    /// Why the document is signed
    #[arg(long, value_name = "TEXT", help_heading = "Signature")]
    reason: Option<String>,
    /// Where
    #[arg(long, value_name = "TEXT", help_heading = "Signature")]
    location: Option<String>,
    /// How the signer can be reached
    #[arg(long, value_name = "TEXT", help_heading = "Signature")]
    contact: Option<String>,
    /// Name of the signer, if not that of the certificate
    #[arg(long, value_name = "TEXT", help_heading = "Signature")]
    name: Option<String>,
    /// Certify the document: what may change afterwards (DocMDP P = 1, 2, 3)
    #[arg(long, value_enum, value_name = "CHANGES", help_heading = "Signature")]
    certify: Option<Permitted>,
    /// Lock fields: all, include:F,G or exclude:F,G
    #[arg(long, value_parser = parse_lock, value_name = "FIELDS", help_heading = "Signature")]
    lock: Option<Lock>,
    /// What /Contents holds: PAdES, or what older readers know
    #[arg(long, value_enum, default_value_t, help_heading = "Signature")]
    sub_filter: Filter,
    #[command(flatten)]
    claims: ClaimOptions,
    #[command(flatten)]
    appearance: AppearanceOptions,
    /// The password of encrypted PDFs is the first line of this file
    #[arg(long, value_name = "FILE")]
    pdf_password_file: Option<PathBuf>,
    /// One JSON object for each output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Permitted {
    /// None
    NoChanges,
    /// Filling forms and signing
    FormFill,
    /// Also annotations
    Annotate,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Filter {
    /// ETSI.CAdES.detached
    #[default]
    Pades,
    /// adbe.pkcs7.detached
    Adbe,
}

fn parse_lock(text: &str) -> std::result::Result<Lock, String> {
    let names = |list: &str| -> std::result::Result<Vec<String>, String> {
        let names: Vec<String> = list.split(',').map(str::to_owned).collect();
        if names.iter().any(String::is_empty) { Err("a field name is empty".to_owned()) } else { Ok(names) }
    };
    match text.split_once(':') {
        None if text == "all" => Ok(Lock::All),
        Some(("include", list)) => names(list).map(Lock::Include),
        Some(("exclude", list)) => names(list).map(Lock::Exclude),
        _ => Err("it is not all, include:F,G or exclude:F,G".to_owned()),
    }
}

/// A file that was signed.
struct Done {
    output: PathBuf,
    signed: Signed,
    warnings: Vec<Text>,
}

/// What `--json` prints for each output.
#[derive(Serialize)]
struct Told<'a> {
    input: String,
    output: String,
    field: &'a str,
    level: &'static str,
    sha256: String,
    log: LogPlace<'a>,
}

#[derive(Serialize)]
struct LogPlace<'a> {
    origin: &'a str,
    index: u64,
    size: u64,
}

/// What all files of one run have in common.
struct Job<'a> {
    args: &'a Args,
    folder: &'a DataFolder,
    services: &'a Services<'a>,
    key: Arc<AnyKey>,
    scheme: SignatureScheme,
    options: SignOptions,
    seen: Seen,
    /// The certificate's name.
    signer: String,
    attributes: Vec<Attribute>,
    password: Option<zeroize::Zeroizing<String>>,
    actor: String,
    now: OffsetDateTime,
}

/// Signs each input; the exit code is that of the worst.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    match args {
        Args { prepare: Some(state), certificate: Some(certificate), .. } => {
            return deferred::prepare(args, config, state, certificate);
        }
        Args { finish: Some(state), signature: Some(signature), .. } => {
            return deferred::finish(args, config, state, signature);
        }
        _ => {}
    }
    if args.appearance.dry_run {
        return dry_run(args, config);
    }
    check_outputs(&args.inputs, args.output.as_ref(), args.out_dir.as_ref(), "dauson sign")?;
    // a mistake in a file's name is told before a password is tried
    if let [input] = args.inputs.as_slice() {
        input::open(input)?;
    }
    let chosen = args.key.read(config)?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    let seen = args.appearance.read(args.inputs.len())?;
    let given = args.services.read(config)?;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = args.inputs.len().min(processors.saturating_mul(PER_PROCESSOR));
    let runtime = frame::runtime(workers > 1)?;
    let (folder, key) = runtime.block_on(async {
        let folder = folder::open(config).await?;
        let key = match chosen {
            ChosenKey::Given(key) => Arc::from(key),
            ChosenKey::Stored(id, pin) => folder::stored_key(&folder, id, pin).await?,
        };
        Ok::<_, Error>((folder, key))
    })?;
    let scheme = args.scheme.choose(&*key)?;
    let now = folder.now().to_offset(VIETNAM);
    let services = runtime.block_on(Services::new(&folder, &given.trust, &given.given, &given.outside))?;
    // whoever signs chose the certificate
    let warnings = runtime.block_on(signer::check(&*key, &services, ChosenBy::Operator, now))?;
    let warnings = RefCell::new(warnings);
    let options = args.options(scheme, now);
    let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
    let attributes = args.claims.attributes(scheme.digest())?;
    let actor = folder::local_actor();
    let (folder, services) = (&folder, &services);
    let job = Job { args, folder, services, key, scheme, options, seen, signer, attributes, password, actor, now };
    let report = |input: &Path, result: Result<Done>| {
        if result.is_ok() {
            // once, and only where something came of it: a failure is one line
            for warning in warnings.take() {
                tracing::warn!("{warning}");
            }
        }
        job.report(input, result)
    };
    if workers == 1 {
        let mut worst = 0;
        for input in &args.inputs {
            let result = runtime.block_on(job.sign(input)).and_then(|done| sync_folder_of(&done.output).map(|()| done));
            worst = worst.max(report(input, result)?);
        }
        return Ok(worst);
    }
    job.sign_all(&runtime, workers, report)
}

/// Says what would be seen where on each input; the exit code is that of the worst.
fn dry_run(args: &Args, config: &Config) -> Result<u8> {
    let seen = args.appearance.read(args.inputs.len())?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    // the signer's name helps to find the place, but is not asked for
    let signer = match args.key.read(config) {
        Ok(ChosenKey::Given(key)) => Certificate::parse(key.certificate())?.common_name().unwrap_or_default(),
        _ => String::new(),
    };
    let now = OffsetDateTime::now_utc().to_offset(VIETNAM);
    let mut worst = 0;
    for path in &args.inputs {
        let place = || -> Result<()> {
            let source: Arc<dyn Source> = Arc::new(input::open(path)?);
            let password = password.as_ref().map(|p| p.as_bytes());
            let placed = seen.place(&source, password, &signer, now);
            match placed.map_err(|error| error.about(path.display().to_string()))? {
                Some(placed) => args.appearance.tell(path, &placed, args.json),
                None => Ok(()),
            }
        };
        worst = worst.max(place().map_or_else(|error| frame::report(&error), |()| 0));
    }
    Ok(worst)
}

impl Args {
    fn options(&self, scheme: SignatureScheme, now: OffsetDateTime) -> SignOptions {
        SignOptions {
            field: self.field.clone(),
            reason: self.reason.clone(),
            location: self.location.clone(),
            contact: self.contact.clone(),
            name: self.name.clone(),
            signing_time: now,
            certify: self.certify.map(|changes| match changes {
                Permitted::NoChanges => Certify::NoChanges,
                Permitted::FormFill => Certify::FormFill,
                Permitted::Annotate => Certify::Annotate,
            }),
            lock: self.lock.clone(),
            visible: None,
            sub_filter: match self.sub_filter {
                Filter::Pades => SubFilter::Pades,
                Filter::Adbe => SubFilter::Adbe,
            },
            digest: scheme.digest(),
        }
    }
}

impl Args {
    /// Says what was signed.
    fn tell(&self, input: &str, output: &Path, signed: &Signed) -> Result<()> {
        if let Some(why) = &signed.recovered {
            tracing::warn!("{input}: its cross-reference data was damaged ({why}) and has been rebuilt");
        }
        let logged = &signed.logged;
        if self.json {
            return output::json(&Told {
                input: input.to_owned(),
                output: output.display().to_string(),
                field: &signed.field,
                level: self.level.name(),
                sha256: hex::encode(signed.sha256),
                log: LogPlace { origin: &logged.origin, index: logged.index, size: logged.size },
            });
        }
        let paint = Paint::stdout();
        output::text(&format!(
            "{}: {} in the field {}; entry {} of the log {}\n",
            output.display(),
            paint.green("signed"),
            plain(&signed.field),
            logged.index,
            logged.origin
        ))
    }
}

impl Job<'_> {
    async fn sign(&self, input: &Path) -> Result<Done> {
        let output = output_of(input, self.args.output.as_ref(), self.args.out_dir.as_ref())?;
        let file = input::open(input)?;
        let mut out = OutputFile::create(&output, self.args.force)?;
        let about = |error: Error| {
            if error.kind == Kind::CannotWrite { error } else { error.about(input.display().to_string()) }
        };
        let mut entry = Entry::new(Action::DocumentSigned, self.now)?;
        entry.actor = Some(self.folder.log.pseudonym(&self.actor));
        let source: Arc<dyn Source> = Arc::new(file);
        let password = self.password.as_ref().map(|p| p.as_bytes());
        let (visible, warnings) = self.seen.on(&source, password, &self.signer, self.now).map_err(about)?;
        let options = SignOptions { visible, ..self.options.clone() };
        let (attributes, scheme) = (&self.attributes, self.scheme);
        let order = Order { key: &*self.key, scheme, options, attributes, password, entry };
        let raise = Raise { to: self.args.level, services: self.services, chosen_by: ChosenBy::Operator };
        let signed = sign_at(self.folder, source, order, Some(raise), &mut out).await.map_err(about)?;
        out.appear()?;
        Ok(Done { output, signed, warnings })
    }

    /// Several at the same time, all into one folder; the results in the order of the inputs.
    fn sign_all(
        &self,
        runtime: &tokio::runtime::Runtime,
        workers: usize,
        report: impl Fn(&Path, Result<Done>) -> Result<u8>,
    ) -> Result<u8> {
        let inputs = &self.args.inputs;
        let next = AtomicUsize::new(0);
        let (results, finished) = mpsc::channel();
        let progress = Progress::new(inputs.len());
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (next, results) = (&next, results.clone());
                scope.spawn(move || {
                    let mine =
                        std::iter::from_fn(|| inputs.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)));
                    let signing = stream::iter(mine)
                        .map(|(index, input)| async move { (index, self.sign(input).await) })
                        .buffer_unordered(IN_FLIGHT);
                    // the receiver has gone only when printing has failed, and then that is what is told
                    runtime.block_on(signing.for_each(|result| {
                        let _ = results.send(result);
                        ready(())
                    }));
                });
            }
            drop(results);
            let (mut worst, mut printed, mut waiting) = (0, 0, BTreeMap::new());
            while let Ok(first) = finished.recv() {
                // what has appeared by now shares one synchronisation of the folder
                let together: Vec<_> = std::iter::once(first).chain(finished.try_iter()).collect();
                if let Some((_, Ok(done))) = together.iter().find(|(_, result)| result.is_ok()) {
                    sync_folder_of(&done.output)?;
                }
                for (index, result) in together {
                    progress.advance();
                    waiting.insert(index, result);
                }
                while let (Some(result), Some(input)) = (waiting.remove(&printed), inputs.get(printed)) {
                    worst = worst.max(progress.suspend(|| report(input, result))?);
                    printed = printed.saturating_add(1);
                }
            }
            Ok(worst)
        })
    }

    fn report(&self, input: &Path, result: Result<Done>) -> Result<u8> {
        let done = match result {
            Ok(done) => done,
            Err(error) => return Ok(frame::report(&error)),
        };
        let input = input.display().to_string();
        for warning in &done.warnings {
            tracing::warn!("{input}: {}", warning.of(frame::language()));
        }
        self.args.tell(&input, &done.output, &done.signed)?;
        Ok(0)
    }
}
