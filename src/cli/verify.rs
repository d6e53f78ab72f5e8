//! `dauson verify`: whether signatures hold, who made them, when, and what proves it.

mod words;

pub(super) use words::tell as tell_file;

use super::frame::report;
use super::output::{self, Paint};
use super::progress::Progress;
use super::secret;
use super::trust::{Trust, TrustArgs};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::source::{FileSource, Source};
use crate::pki::algorithms::AlgorithmPolicy;
use crate::receipts::check::CheckText;
use crate::tlog::VerifierKey;
use crate::validation::report::{InputKind, Remark, Report, Verdict};
use crate::validation::{Inputs, validate_pdf, validate_xml};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let trust = args.trust.read(config)?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    let log_keys = args.log_key.iter().map(|key| key.parse()).collect::<std::result::Result<Vec<VerifierKey>, _>>();
    let log_keys = log_keys.map_err(|error| Error::new(Kind::Usage, "verify.log_key", "--log-key", error))?;
    let password = password.as_ref().map(|p| p.as_bytes());
    let mut worst = 0;
    let mut take = |judged: Result<Report>| -> Result<()> {
        let code = match judged {
            Ok(judged) => {
                if args.json {
                    output::json(&judged)?;
                } else {
                    output::text(&tell_file(&judged, Paint::stdout()))?;
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
        let judged = validate_file(file, &trust, password, &log_keys);
        progress.suspend(|| take(judged))?;
        progress.advance();
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

/// The report on one file.
pub(super) fn validate_file(
    path: &Path,
    trust: &Trust,
    password: Option<&[u8]>,
    log_keys: &[VerifierKey],
) -> Result<Report> {
    let inputs = Inputs {
        password,
        anchors: &trust.material.anchors,
        certificates: &trust.material.certificates,
        crls: &trust.material.crls,
        ocsps: &trust.material.ocsps,
        revocation: trust.revocation,
        at: trust.at,
        log_keys,
        algorithms: &AlgorithmPolicy::default(),
        limits: &Limits::DEFAULT,
    };
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
        (InputKind::Xml, validate_xml(&xml, &inputs).map_err(|e| Error::from(e).about(&name))?)
    } else {
        (InputKind::Pdf, validate_pdf(&source, &inputs).map_err(|e| Error::from(e).about(&name))?)
    };
    Ok(Report::new(name, kind, signatures))
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
