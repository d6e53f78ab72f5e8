//! `dauson verify`: whether signatures hold, who made them, when, and what proves it.

mod extract;
mod words;

pub(super) use words::tell as tell_file;

use super::frame::report;
use super::output::{self, Paint};
use super::progress::Progress;
use super::trust::TrustArgs;
use super::{block_on, folder, input, secret};
use crate::config::Config;
use crate::documents::verify::{Basis, verify};
use crate::error::{Error, Kind, Result};
use crate::pdf::source::Source;
use crate::receipts::scan;
use crate::tlog::VerifierKey;
use crate::validation::report::{Remark, Report};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the largest file that may be a receipt's.
const LARGEST_RECEIPT: u64 = 4 << 20;

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
    /// Also give back the file exactly as it was when its signature N was made; signatures count from 1, in the order of the
    /// report. Needs --output, and one FILE
    #[arg(long, value_name = "N", requires = "output", conflicts_with = "qr")]
    extract_revision: Option<usize>,
    /// Where --extract-revision writes
    #[arg(short, long, value_name = "F.pdf", requires = "extract_revision")]
    output: Option<PathBuf>,
    /// Overwrite the output if it exists
    #[arg(long, requires = "output")]
    force: bool,
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
    let basis = Basis {
        trust: &trust.material,
        revocation: trust.revocation,
        at: trust.at,
        log_keys: &log_keys,
        password: password.as_ref().map(|p| p.as_bytes()),
    };
    if let (Some(number), Some(output)) = (args.extract_revision, &args.output) {
        let [file] = args.files.as_slice() else {
            let why = "it takes one file at a time";
            return Err(Error::new(Kind::Usage, "verify.revision", "--extract-revision", why));
        };
        extract::extract(file, number, output, args.force, basis.password)?;
    }
    let mut worst = 0;
    let mut take = |judged: Result<Report>| -> Result<()> {
        let code = match judged {
            Ok(judged) => {
                if args.json {
                    output::json(&judged)?;
                } else {
                    let paint = Paint::stdout();
                    for remark in judged.warnings.iter().filter(|w| [scan::REPLACED, scan::VOIDED].contains(&w.code)) {
                        output::text(&format!("{}\n", paint.red(&format!("NO LONGER IN FORCE: {}", remark.message))))?;
                    }
                    output::text(&tell_file(&judged, paint))?;
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
        let judged = validate_file(file, &basis).and_then(|report| with_standing(report, file, config));
        progress.suspend(|| take(judged))?;
        progress.advance();
    }
    for text in &args.qr {
        take(validate_text(text, &basis, config))?;
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

/// The report, with what the data folder knows of the receipt whose file it is.
fn with_standing(mut report: Report, file: &Path, config: &Config) -> Result<Report> {
    let size = std::fs::metadata(file).map_or(u64::MAX, |m| m.len());
    if size <= LARGEST_RECEIPT && folder::require(config).is_ok() {
        let sha256 = crate::digest::sha256(&input::read(file, LARGEST_RECEIPT)?);
        let known = block_on(async { scan::standing(&folder::open_existing(config).await?, &sha256).await })?;
        report.warnings.extend(known);
    }
    Ok(report)
}

/// The report on one file.
pub(super) fn validate_file(path: &Path, basis: &Basis<'_>) -> Result<Report> {
    let source: Arc<dyn Source> = Arc::new(input::open(path)?);
    let mut report = verify(path.display().to_string(), &source, basis)?;
    if basis.trust.anchors.is_empty() && !report.signatures.is_empty() {
        let message =
            "there are no trust anchors, so no certificate can be believed; give them with --trust".to_owned();
        report.warnings.push(Remark { code: "NO_TRUST_ANCHORS", message });
    }
    Ok(report)
}

/// The report on the text of a QR code, with the receipt if the data folder holds it.
fn validate_text(text: &str, basis: &Basis<'_>, config: &Config) -> Result<Report> {
    if folder::require(config).is_ok() {
        block_on(async { scan::check(&folder::open_existing(config).await?, text, basis).await })
    } else {
        scan::alone(text)
    }
}
