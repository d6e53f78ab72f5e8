//! The reports on what is given: on a file, and on the text of a QR code; with what the data folder knows of a receipt.

use crate::cli::{block_on, folder, input};
use crate::config::Config;
use crate::digest::sha256;
use crate::documents::record::{Recorder, record};
use crate::documents::verify::{Basis, verify};
use crate::error::Result;
use crate::pdf::source::Source;
use crate::receipts::pdf::XML_NAME;
use crate::receipts::scan;
use crate::validation::report::{InputKind, Remark, Report};
use std::path::Path;
use std::sync::Arc;

/// Bytes of the largest file that may be a receipt's.
const LARGEST_RECEIPT: u64 = 1 << 20;

/// The report on one file.
pub fn file(path: &Path, basis: &Basis<'_>) -> Result<Report> {
    judge(path, &(Arc::new(input::open(path)?) as Arc<dyn Source>), basis)
}

/// The same, with what the data folder knows of the receipt whose file it may be; on record in its log, where that is asked for.
pub fn file_or_receipt(path: &Path, basis: &Basis<'_>, config: &Config, on_record: bool) -> Result<Report> {
    let (source, mut report) = with_receipt(path, basis, config)?;
    if on_record {
        let actor = folder::local_actor();
        let who = Recorder { actor: &actor, unit: None };
        block_on(async { record(&folder::open_existing(config).await?, &*source, basis, &mut report, who).await })?;
    }
    Ok(report)
}

fn with_receipt(path: &Path, basis: &Basis<'_>, config: &Config) -> Result<(Arc<dyn Source>, Report)> {
    let size = std::fs::metadata(path).map_or(u64::MAX, |m| m.len());
    if size > LARGEST_RECEIPT || folder::require(config).is_err() {
        let source: Arc<dyn Source> = Arc::new(input::open(path)?);
        let mut report = judge(path, &source, basis)?;
        if size <= LARGEST_RECEIPT {
            let _ = scan::copied(&source, basis, &mut report);
        }
        return Ok((source, report));
    }
    let bytes = Arc::new(input::read(path, LARGEST_RECEIPT)?);
    let source: Arc<dyn Source> = Arc::<Vec<u8>>::clone(&bytes);
    let mut report = judge(path, &source, basis)?;
    // a receipt's PDF names the XML that it carries
    let name = XML_NAME.as_bytes();
    if report.kind == InputKind::Xml || bytes.windows(name.len()).any(|w| w == name) {
        let sha256 = scan::copied(&source, basis, &mut report).unwrap_or_else(|| sha256(&bytes));
        block_on(async { scan::standing(&folder::open_existing(config).await?, &sha256, &mut report).await })?;
    }
    Ok((source, report))
}

/// The report on the text of a QR code, with the receipt if the data folder holds it.
pub fn text(text: &str, basis: &Basis<'_>, config: &Config) -> Result<Report> {
    if folder::require(config).is_ok() {
        block_on(async { scan::check(&folder::open_existing(config).await?, text, basis).await })
    } else {
        scan::alone(text, basis)
    }
}

fn judge(path: &Path, source: &Arc<dyn Source>, basis: &Basis<'_>) -> Result<Report> {
    let mut report = verify(path.display().to_string(), source, basis)?;
    if basis.trust.anchors.is_empty() && !report.signatures.is_empty() {
        let message =
            "there are no trust anchors, so no certificate can be believed; give them with --trust".to_owned();
        report.warnings.push(Remark { code: "NO_TRUST_ANCHORS", message });
    }
    Ok(report)
}
