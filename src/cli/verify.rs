//! `dauson verify`: whether signatures hold, who made them, when, and what proves it.

mod certificate;
mod compare;
mod csv;
mod extract;
mod files;
mod judge;
mod online;
mod words;

pub(super) use judge::file as validate_file;
pub(super) use words::tell as tell_file;

use self::certificate::Certificate;
use self::csv::Csv;
use super::folder;
use super::frame::report;
use super::output::{self, Paint};
use super::progress::Progress;
use super::trust::TrustArgs;
use crate::config::Config;
use crate::documents::verify::Basis;
use crate::error::{Error, Kind, Result};
use crate::messages::Language;
use crate::output::write_file;
use crate::secret;
use crate::tlog::note::KeyType;
use crate::tlog::{LogPolicy, VerifierKey};
use crate::validation::etsi_report;
use crate::validation::report::Report;
use online::Asking;
use std::path::PathBuf;

/// Arguments of `dauson verify`.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools)] // switches
pub struct Args {
    /// Signed PDF documents, signed XML receipts; of folders all that are in them and below
    #[arg(value_name = "FILE|DIR", required_unless_present = "qr")]
    files: Vec<PathBuf>,
    /// The text of a receipt's QR code
    #[arg(long, value_name = "TEXT")]
    qr: Vec<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Ask nobody over the network: the default
    #[arg(long, conflicts_with = "online")]
    offline: bool,
    /// Ask the addresses that certificates name for OCSP answers, revocation lists and issuers' certificates
    #[arg(long)]
    online: bool,
    /// Public key of an audit log, to check the proofs that signatures carry
    #[arg(long, value_name = "VKEY")]
    log_key: Vec<String>,
    /// Public key of a witness that watches audit logs; a proof counts if it, too, has signed
    #[arg(long, value_name = "VKEY")]
    witness_key: Vec<String>,
    /// How many of these witnesses must have signed; one, if nothing is said
    #[arg(long, value_name = "N", requires = "witness_key")]
    witness_quorum: Option<usize>,
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
    /// Enter what is found into the data folder's log: the file's SHA-256, the verdict, and the digest of what it was judged by; the
    /// entry and its proof are printed
    #[arg(long, conflicts_with_all = ["at", "qr"])]
    record: bool,
    /// One JSON object per file
    #[arg(long, help_heading = "Reports")]
    json: bool,
    /// The same with each constraint of each building block (ETSI EN 319 102-1)
    #[arg(long, help_heading = "Reports")]
    detail: bool,
    /// The language of what is printed [default: that of $LANG if it is Vietnamese, else English]
    #[arg(long, value_enum, help_heading = "Reports")]
    lang: Option<Language>,
    /// A validation report in XML (ETSI TS 119 102-2) over all files
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    report: Option<PathBuf>,
    /// A summary for spreadsheets: a row a signature
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    csv: Option<PathBuf>,
    /// A certificate of validation over the one file: a page in Vietnamese and English, PDF
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    certificate: Option<PathBuf>,
    /// A page in HTML over the one file that shows the pages which changed after signing, before and after: in Vietnamese,
    /// unless --lang says otherwise
    #[arg(long, value_name = "F.html", help_heading = "Reports")]
    compare: Option<PathBuf>,
    /// Sign the certificate of validation with a key of the data folder
    #[arg(long, value_name = "NAME", requires = "certificate", help_heading = "Reports")]
    key_id: Option<String>,
    /// The PIN of that key is the first line of this file; without it a terminal asks for it
    #[arg(long, value_name = "FILE", requires = "key_id", help_heading = "Reports")]
    pin_file: Option<PathBuf>,
    /// Overwrite outputs and reports that are there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let trust = args.trust.read(config)?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    let mut log_keys = verifier_keys(&args.log_key, "--log-key", KeyType::Ed25519)?;
    log_keys.extend(verifier_keys(&args.witness_key, "--witness-key", KeyType::Cosignature)?);
    let quorum = args.witness_quorum.unwrap_or_else(|| usize::from(!args.witness_key.is_empty()));
    let basis = Basis {
        trust: &trust.material,
        revocation: trust.revocation,
        at: trust.at,
        log: LogPolicy { keys: &log_keys, quorum },
        password: password.as_ref().map(|p| p.as_bytes()),
    };
    if args.record {
        folder::require(config)?;
    }
    let files = files::expand(&args.files)?;
    if args.certificate.is_some() && (files.len() != 1 || !args.qr.is_empty()) {
        let why = "a certificate of validation is about one file";
        return Err(Error::new(Kind::Usage, "usage", "dauson verify", why).hint("--certificate with one FILE"));
    }
    if args.compare.is_some() && (files.len() != 1 || !args.qr.is_empty()) {
        let why = "the pages of one file are compared";
        return Err(Error::new(Kind::Usage, "usage", "dauson verify", why).hint("--compare with one FILE"));
    }
    if let (Some(number), Some(output)) = (args.extract_revision, &args.output) {
        let [file] = files.as_slice() else {
            let why = "it takes one file at a time";
            return Err(Error::new(Kind::Usage, "verify.revision", "--extract-revision", why));
        };
        extract::extract(file, number, output, args.force, basis.password)?;
    }
    let mut told = Told { args, language: args.language(), worst: 0, csv: Csv::new(), reports: Vec::new() };
    let progress = Progress::new(files.len());
    let asking = if args.online { Some(Asking::new(config)?) } else { None };
    files::in_order(
        &files,
        |file| {
            let fetched = asking.as_ref().map(|asking| asking.fetch(file, &basis)).transpose()?;
            let basis = Basis { trust: fetched.as_ref().unwrap_or(basis.trust), ..basis };
            judge::file_or_receipt(file, &basis, config, args.record)
        },
        |file, judged| {
            progress.suspend(|| told.take(&file.display().to_string(), judged))?;
            progress.advance();
            Ok(())
        },
    )?;
    drop(progress);
    for text in &args.qr {
        told.take(text, judge::text(text, &basis, config))?;
    }
    told.write(&files, &basis, config)?;
    Ok(told.worst)
}

impl Args {
    fn language(&self) -> Language {
        self.lang.unwrap_or_else(super::language)
    }
}

/// What was told of the files so far, and what is still to be written.
struct Told<'a> {
    args: &'a Args,
    language: Language,
    worst: u8,
    csv: Csv,
    /// Kept where a report over all of them is wanted.
    reports: Vec<Report>,
}

impl Told<'_> {
    fn take(&mut self, name: &str, judged: Result<Report>) -> Result<()> {
        if self.args.csv.is_some() {
            self.csv.add(name, &judged);
        }
        let code = match judged {
            Ok(judged) => {
                if self.args.detail {
                    let detailed = judged.detailed().map_err(|error| {
                        Error::new(
                            Kind::Bug,
                            "output.json",
                            "the result",
                            format!("cannot be written as JSON: {error}"),
                        )
                    })?;
                    output::json(&detailed)?;
                } else if self.args.json {
                    output::json(&judged)?;
                } else {
                    output::text(&tell_file(&judged, self.language, Paint::stdout()))?;
                }
                let code = judged.verdict.exit_code();
                if self.args.report.is_some() || self.args.certificate.is_some() || self.args.compare.is_some() {
                    self.reports.push(judged);
                }
                code
            }
            Err(error) => report(&error),
        };
        if severity(code) > severity(self.worst) {
            self.worst = code;
        }
        Ok(())
    }

    /// The files that were asked for.
    fn write(&mut self, files: &[PathBuf], basis: &Basis<'_>, config: &Config) -> Result<()> {
        let (force, at) = (self.args.force, basis.at);
        if let Some(path) = &self.args.csv {
            let csv = std::mem::replace(&mut self.csv, Csv::new());
            write_file(path, csv.finish().as_bytes(), force)?;
        }
        if let Some(path) = self.args.report.as_ref().filter(|_| !self.reports.is_empty()) {
            let all: Vec<&Report> = self.reports.iter().collect();
            write_file(path, etsi_report::write(&all, at).as_bytes(), force)?;
        }
        if let (Some(path), [report], [file]) = (&self.args.compare, self.reports.as_slice(), files) {
            let language = self.args.lang.unwrap_or_default();
            compare::compare(report, file, path, force, basis.password, language)?;
        }
        if let (Some(path), [report], [file]) = (&self.args.certificate, self.reports.as_slice(), files) {
            let (key, pin_file) = (self.args.key_id.as_deref(), self.args.pin_file.as_deref());
            let certificate = Certificate { report, file, at, key, pin_file };
            certificate.write(path, force, config)?;
        }
        Ok(())
    }
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

/// Keys given on the command line, all of one type.
fn verifier_keys(given: &[String], option: &str, key_type: KeyType) -> Result<Vec<VerifierKey>> {
    let wrong = |why: &dyn std::fmt::Display| Error::new(Kind::Usage, "verify.log_key", option, why);
    let read = |text: &String| {
        let key: VerifierKey = text.parse().map_err(|error| wrong(&error))?;
        match (key.key_type() == key_type, key_type) {
            (true, _) => Ok(key),
            (false, KeyType::Ed25519) => Err(wrong(&"it is the key of a witness").hint("--witness-key")),
            (false, KeyType::Cosignature) => Err(wrong(&"it is not the key of a witness").hint("--log-key")),
        }
    };
    given.iter().map(read).collect()
}
