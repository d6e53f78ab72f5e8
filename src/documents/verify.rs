//! What somebody hands in, judged with what the data folder holds.

use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pdf::source::Source;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::material::TrustMaterial;
use crate::pki::path::RevocationMode;
use crate::tlog::LogPolicy;
use crate::validation::report::{InputKind, Report, SignatureReport};
use crate::validation::{Inputs, validate_pdf, validate_record, validate_xml};
use crate::xades::Record;
use std::sync::Arc;
use time::OffsetDateTime;

/// What a verdict is based on, besides the file.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Anchors, certificates, revocation data.
    pub trust: &'a TrustMaterial,
    /// What is done about revocation.
    pub revocation: RevocationMode,
    /// The time as of which is judged.
    pub at: OffsetDateTime,
    /// The logs that are believed.
    pub log: LogPolicy<'a>,
    /// Opens an encrypted PDF.
    pub password: Option<&'a [u8]>,
}

impl<'a> Basis<'a> {
    fn inputs(&self, algorithms: &'a AlgorithmPolicy) -> Inputs<'a> {
        Inputs {
            password: self.password,
            anchors: &self.trust.anchors,
            certificates: &self.trust.certificates,
            crls: &self.trust.crls,
            ocsps: &self.trust.ocsps,
            revocation: self.revocation,
            at: self.at,
            log: self.log,
            algorithms,
            limits: Limits::in_force(),
        }
    }

    /// What tells this basis from others: SHA-256 over the lines of [`TrustMaterial::lines`] in the order of their bytes, each ended by a newline,
    /// behind a first line `revocation` with `require`, `if-available` or `ignore`. Two who have the same have judged by the same.
    pub fn digest(&self) -> [u8; 32] {
        let mode = match self.revocation {
            RevocationMode::Require => "require",
            RevocationMode::IfAvailable => "if-available",
            RevocationMode::Ignore => "ignore",
        };
        let mut text = format!("revocation {mode}\n");
        for line in self.trust.lines() {
            text.extend([&line, "\n"]);
        }
        sha256(text.as_bytes())
    }

    /// Judges a signature by this certificate (DER) whose document is not at hand.
    pub fn judge_record(&self, record: &Record<'_>, certificate: &[u8]) -> SignatureReport {
        let algorithms = AlgorithmPolicy::default();
        validate_record(record, certificate, &self.inputs(&algorithms))
    }
}

/// Judges a PDF or an XML document.
pub fn verify(name: String, source: &Arc<dyn Source>, basis: &Basis<'_>) -> Result<Report> {
    let unreadable = |error| Error::new(Kind::BadInput, "verify.unreadable", &name, error);
    let about = |error: Error| error.about(&name);
    let algorithms = AlgorithmPolicy::default();
    let inputs = basis.inputs(&algorithms);
    let (kind, signatures) = if is_xml(&source.read_up_to(0, 1024).map_err(unreadable)?) {
        let most = inputs.limits.xml_bytes.saturating_add(1);
        let xml = source.read_up_to(0, most).map_err(unreadable)?;
        (InputKind::Xml, validate_xml(&xml, &inputs).map_err(|e| about(e.into()))?)
    } else {
        (InputKind::Pdf, validate_pdf(source, &inputs).map_err(|e| about(e.into()))?)
    };
    Ok(Report::new(name, kind, signatures))
}

/// Whether a file that begins so is XML.
fn is_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<") && !head.windows(5).any(|w| w == b"%PDF-")
}
