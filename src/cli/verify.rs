//! `dauson verify`: whether signatures hold, who made them, when, and what proves it.

mod words;

use super::frame::report;
use super::output;
use super::trust::{Trust, TrustArgs};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::source::{FileSource, Source};
use crate::pki::algorithms::AlgorithmPolicy;
use crate::receipts::check::CheckText;
use crate::validation::report::{InputKind, Remark, Report, Verdict};
use crate::validation::{Inputs, validate_pdf, validate_xml};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Arguments of `dauson verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Signed PDF documents, signed XML receipts
    #[arg(value_name = "FILE", required_unless_present = "qr")]
    files: Vec<PathBuf>,
    /// The text of a receipt's QR code
    #[arg(long, value_name = "TEXT")]
    qr: Vec<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Ask nobody over the network: the default
    #[arg(long)]
    offline: bool,
    /// Public key of an audit log, to check the proofs that signatures carry
    #[arg(long, value_name = "VKEY")]
    log_key: Vec<String>,
    /// The password of encrypted PDF documents is the first line of this file
    #[arg(long, value_name = "FILE")]
    pdf_password_file: Option<PathBuf>,
    /// One JSON object per file
    #[arg(long)]
    json: bool,
}

/// Work that takes longer than this shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let trust = args.trust.read(config)?;
    let password = args.pdf_password_file.as_deref().map(password).transpose()?;
    let algorithms = AlgorithmPolicy::default();
    let Trust { anchors, certificates, crls, ocsps, at, revocation } = &trust;
    let inputs = Inputs {
        password: password.as_deref(),
        anchors,
        certificates,
        crls,
        ocsps,
        revocation: *revocation,
        at: *at,
        log_keys: &args.log_key,
        algorithms: &algorithms,
        limits: &Limits::DEFAULT,
    };
    let mut worst = 0;
    let mut take = |judged: Result<Report>| -> Result<()> {
        let code = match judged {
            Ok(judged) => {
                if args.json {
                    output::json(&judged)?;
                } else {
                    output::text(&words::tell(&judged, output::Paint::stdout()))?;
                }
                judged.verdict.exit_code()
            }
            Err(error) => report(&error),
        };
        if severity(code) > severity(worst) {
            worst = code;
        }
        Ok(())
    };
    let progress = Progress::new(args.files.len());
    for file in &args.files {
        let judged = verify(file, &inputs);
        progress.pause(|| take(judged))?;
    }
    for text in &args.qr {
        take(verify_qr(text))?;
    }
    Ok(worst)
}

/// Which of two exit codes is the worse one: what could not be read, then what failed, then what is not decided.
const fn severity(code: u8) -> u8 {
    match code {
        0 => 0,
        3 => 1,
        2 => 2,
        1 => 3,
        other => other,
    }
}

fn verify(path: &Path, inputs: &Inputs<'_>) -> Result<Report> {
    let name = path.display().to_string();
    let failed = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Kind::NotFound, "verify.not_found", &name, "it does not exist"),
        _ => Error::new(Kind::BadInput, "verify.unreadable", &name, error),
    };
    let source = File::open(path).and_then(FileSource::new).map_err(|e| failed(&e))?;
    let source: Arc<dyn Source> = Arc::new(source);
    let head = source.read_up_to(0, 1024).map_err(|e| failed(&e))?;
    let (kind, signatures) = if is_xml(&head) {
        let most = inputs.limits.xml_bytes.saturating_add(1);
        let xml = source.read_up_to(0, most).map_err(|e| failed(&e))?;
        (InputKind::Xml, validate_xml(&xml, inputs).map_err(|e| Error::from(e).about(&name))?)
    } else {
        (InputKind::Pdf, validate_pdf(&source, inputs).map_err(|e| Error::from(e).about(&name))?)
    };
    let mut report = Report::new(name, kind, signatures);
    if inputs.anchors.is_empty() && !report.signatures.is_empty() {
        let message =
            "there are no trust anchors, so no certificate can be believed; give them with --trust".to_owned();
        report.warnings.push(Remark { code: "NO_TRUST_ANCHORS", message });
    }
    Ok(report)
}

/// Whether a file that begins so is XML.
fn is_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<") && !head.windows(5).any(|w| w == b"%PDF-")
}

/// The text of a QR code is not signed: it says which receipt to look for and what it has to be.
fn verify_qr(text: &str) -> Result<Report> {
    let check = CheckText::parse(text)?;
    let message = format!(
        "the text can be read; it names the receipt {} of {} over {} dong by the body with tax code {}, whose signed XML \
         has the SHA-256 {}; the receipt itself was not at hand, so neither its signature nor its content was checked",
        check.id,
        check.date,
        check.total.get(),
        check.tax_code,
        hex::encode(check.xml_sha256)
    );
    let mut report = Report::new(text.to_owned(), InputKind::Qr, Vec::new());
    report.verdict = Verdict::Indeterminate;
    report.warnings.push(Remark { code: "RECEIPT_NOT_AT_HAND", message });
    Ok(report)
}

/// The first line of a file.
fn password(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file).map_err(|error| {
        let kind = if error.kind() == std::io::ErrorKind::NotFound { Kind::NotFound } else { Kind::BadInput };
        Error::new(kind, "verify.password_file", file.display().to_string(), error)
    })?;
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}

/// How far the work is, on a terminal, once it takes long.
struct Progress {
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(files: usize) -> Self {
        let wanted = files > 1 && std::io::stderr().is_terminal();
        let bar = wanted.then(|| {
            let bar = ProgressBar::hidden();
            bar.set_length(u64::try_from(files).unwrap_or_default());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} files, {eta} left") {
                bar.set_style(style);
            }
            bar
        });
        Self { start: Instant::now(), bar }
    }

    /// Prints one file's result above the bar.
    fn pause<T>(&self, print: impl FnOnce() -> T) -> T {
        let Some(bar) = &self.bar else { return print() };
        if bar.is_hidden() && self.start.elapsed() > PATIENCE {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
        let printed = bar.suspend(print);
        bar.inc(1);
        printed
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
