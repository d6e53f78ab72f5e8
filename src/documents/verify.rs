//! What somebody hands in, judged with what the data folder holds.

use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::source::Source;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::material::TrustMaterial;
use crate::pki::path::RevocationMode;
use crate::validation::report::{InputKind, Report};
use crate::validation::{Inputs, validate_pdf, validate_xml};
use std::sync::Arc;
use time::OffsetDateTime;

/// Judges a PDF or an XML document as of a time. `log_keys` are those of the logs that are believed.
pub fn verify(
    name: String,
    source: &Arc<dyn Source>,
    trust: &TrustMaterial,
    revocation: RevocationMode,
    log_keys: &[String],
    at: OffsetDateTime,
) -> Result<Report> {
    let unreadable = |error| Error::new(Kind::Unavailable, "verify.unreadable", "the file", error);
    let inputs = Inputs {
        password: None,
        anchors: &trust.anchors,
        certificates: &trust.certificates,
        crls: &trust.crls,
        ocsps: &trust.ocsps,
        revocation,
        at,
        log_keys,
        algorithms: &AlgorithmPolicy::default(),
        limits: &Limits::DEFAULT,
    };
    let (kind, signatures) = if is_xml(&source.read_up_to(0, 1024).map_err(unreadable)?) {
        let most = inputs.limits.xml_bytes.saturating_add(1);
        let xml = source.read_up_to(0, most).map_err(unreadable)?;
        (InputKind::Xml, validate_xml(&xml, &inputs)?)
    } else {
        (InputKind::Pdf, validate_pdf(source, &inputs)?)
    };
    Ok(Report::new(name, kind, signatures))
}

/// Whether a file that begins so is XML.
fn is_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<") && !head.windows(5).any(|w| w == b"%PDF-")
}
