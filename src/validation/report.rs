//! The report of a validation: its JSON is a promise to other programs (`dauson verify --json`, `POST /api/v1/verify`).

use super::block::Block;
use crate::indication::{Indication, Problem};
use crate::messages::Text;
use crate::pdf::object::ObjectId;
use crate::pki::certificate::Certificate;
use crate::pki::path::MissingIssuer;
use serde::{Serialize, Serializer};

/// What kind of input was validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A PDF document.
    Pdf,
    /// A receipt's XML.
    Xml,
    /// The text of a receipt's QR code.
    Qr,
}

/// The verdict over a whole file: the worst of its signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Every signature passed.
    #[serde(rename = "TOTAL-PASSED")]
    Passed,
    /// One signature at least failed.
    #[serde(rename = "TOTAL-FAILED")]
    Failed,
    /// None failed, one at least could not be decided.
    #[serde(rename = "INDETERMINATE")]
    Indeterminate,
    /// There is no signature.
    #[serde(rename = "NO-SIGNATURE")]
    NoSignature,
}

impl Verdict {
    /// The verdict over these signatures.
    pub fn of(signatures: &[SignatureReport]) -> Self {
        match signatures.iter().map(|s| s.indication).max() {
            None => Self::NoSignature,
            Some(Indication::Passed) => Self::Passed,
            Some(Indication::Indeterminate) => Self::Indeterminate,
            Some(Indication::Failed) => Self::Failed,
        }
    }

    /// The process exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Indeterminate => 2,
            Self::NoSignature => 3,
        }
    }

    /// As spelled in the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "TOTAL-PASSED",
            Self::Failed => "TOTAL-FAILED",
            Self::Indeterminate => "INDETERMINATE",
            Self::NoSignature => "NO-SIGNATURE",
        }
    }
}

/// The report over one file.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The file's name as it was given.
    pub file: String,
    /// What kind of input it is.
    pub kind: InputKind,
    /// The worst of the signatures.
    pub verdict: Verdict,
    /// One for each signature, in the order of their revisions.
    pub signatures: Vec<SignatureReport>,
    /// What the reader should know of the whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Remark>,
    /// The receipt that it is, or carries, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// Where the log has this verdict, if somebody had it recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordReport>,
}

/// What is known of the receipt that a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptReport {
    /// Its number, `EBL01/26TAA/00000001`.
    pub number: String,
    /// Whole dong.
    pub total: i64,
    /// `issued`, `replaced` or `voided`; none where the receipt is not at hand.
    pub state: Option<String>,
    /// What the signed XML is that a copy carries, which has no signature of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml_verdict: Option<Verdict>,
}

/// Where the log has a verdict, and the proof of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordReport {
    /// The log's name.
    pub origin: String,
    /// The entry's index in the log.
    pub index: u64,
    /// The entry, canonical JSON: the bytes that the proof is of.
    pub entry: String,
    /// The C2SP tlog-proof.
    pub proof: String,
}

impl Report {
    /// The report over these signatures.
    pub fn new(file: String, kind: InputKind, signatures: Vec<SignatureReport>) -> Self {
        Self {
            file,
            kind,
            verdict: Verdict::of(&signatures),
            signatures,
            warnings: Vec::new(),
            receipt: None,
            record: None,
        }
    }

    /// The same as JSON, with `blocks` in each signature: what each building block found.
    pub fn detailed(&self) -> serde_json::Result<serde_json::Value> {
        let mut all = serde_json::to_value(self)?;
        let signatures = all.get_mut("signatures").and_then(serde_json::Value::as_array_mut);
        for (shown, signature) in signatures.into_iter().flatten().zip(&self.signatures) {
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("blocks".to_owned(), serde_json::to_value(&signature.blocks)?);
            }
        }
        Ok(all)
    }
}

/// `signature` or `document-timestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureType {
    /// A signature of a person or a unit.
    Signature,
    /// A document time-stamp (ISO 32000-2 12.8.5).
    DocumentTimestamp,
}

/// Whether the signed bytes are the ones that were signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Integrity {
    /// Digest and signature value agree.
    Intact,
    /// They do not, or could not be computed.
    Broken,
}

/// How much of the file the ByteRange covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// All bytes but `/Contents`.
    WholeFile,
    /// All bytes up to the end of its revision but `/Contents`; later revisions follow.
    WholeRevision,
    /// Less than its revision.
    Partial,
    /// The ByteRange is not one.
    Invalid,
}

/// The strongest kind of change after a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modification {
    /// Nothing changed.
    None,
    /// Validation data or document time-stamps were added.
    LtaUpdate,
    /// Form fields were filled or further signatures added.
    FormFill,
    /// Annotations were changed where the certification permits it.
    Annotation,
    /// Something changed that no rule permits.
    Forbidden,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// Common name of the subject.
    pub common_name: Option<String>,
    /// Organization of the subject.
    pub organization: Option<String>,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Tax code from `UID=MST:...`.
    pub tax_code: Option<String>,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
}

impl From<&Certificate> for Signer {
    fn from(certificate: &Certificate) -> Self {
        Self {
            common_name: certificate.common_name(),
            organization: certificate.organization(),
            serial: certificate.serial_hex(),
            tax_code: certificate.tax_code(),
            sha256: hex::encode(certificate.sha256()),
        }
    }
}

/// A time-stamp that was found and judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimestampReport {
    /// `signature` or `document`.
    pub kind: &'static str,
    /// The time it states, RFC 3339.
    pub time: Option<String>,
    /// Whether it can be believed.
    pub indication: Indication,
}

/// Whether the stapled log proof shows that this very signature was logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// `proven`, `absent`, `invalid`, or `no-key` when there is a proof and no key to check it with.
    pub status: &'static str,
    /// The log's name.
    pub origin: Option<String>,
    /// The entry's index in the log.
    pub index: Option<u64>,
    /// The known witnesses that have cosigned the log's checkpoint.
    pub witnesses: Vec<String>,
}

impl LogReport {
    /// No proof in the signature.
    pub const ABSENT: Self = Self { status: "absent", origin: None, index: None, witnesses: Vec::new() };
    /// A proof that proves nothing.
    pub const INVALID: Self = Self { status: "invalid", origin: None, index: None, witnesses: Vec::new() };
}

/// A remark with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// For errors the sub-indication, for warnings a stable word.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

impl From<Problem> for Remark {
    fn from(problem: Problem) -> Self {
        Self { code: problem.sub_indication.as_str(), message: problem.message }
    }
}

/// Changes after one signature that a report tells of; there may be more.
pub const MOST_CHANGES: usize = 50;

/// One change after a signature. In JSON it is what is said of it, in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeReport {
    /// The page that it is on, if it is on one.
    pub page: Option<ObjectId>,
    /// The signature permits it.
    pub permitted: bool,
    /// A reader sees it, although it may be permitted: a field was filled, something was written or drawn on a page.
    pub visible: bool,
    /// It is about how the file is laid out, so that any object may be another one for other readers.
    pub structural: bool,
    /// What changed.
    pub said: Text,
}

impl Serialize for ChangeReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.said.en)
    }
}

impl SignatureReport {
    /// Whether what a reader sees is not what was signed, though all of it is permitted.
    pub fn looks_different(&self) -> bool {
        self.changes.iter().any(|change| change.permitted && change.visible)
    }
}

/// The report over one signature.
#[derive(Debug, Clone, Serialize)]
pub struct SignatureReport {
    /// Fully qualified name of the field, or the Id of an XML signature.
    pub field: String,
    /// What kind of signature.
    #[serde(rename = "type")]
    pub kind: SignatureType,
    /// `/SubFilter` of a PDF signature.
    pub sub_filter: Option<String>,
    /// PAdES or XAdES baseline level, `None` if not even B-B.
    pub level: Option<&'static str>,
    /// The verdict.
    pub indication: Indication,
    /// Its main reason.
    pub sub_indication: Option<&'static str>,
    /// Whether digest and signature value agree.
    pub integrity: Integrity,
    /// How much of the file it covers.
    pub coverage: Coverage,
    /// What changed after it.
    pub modification: Modification,
    /// Digest algorithm.
    pub digest: Option<String>,
    /// Signature scheme.
    pub scheme: Option<String>,
    /// Who signed, if the certificate was found.
    pub signer: Option<Signer>,
    /// Claimed time, RFC 3339.
    pub signing_time: Option<String>,
    /// Proven time, RFC 3339.
    pub best_signature_time: Option<String>,
    /// DocMDP permission of a certification signature: 1, 2 or 3.
    pub certification: Option<u8>,
    /// The time-stamps that belong to it.
    pub timestamps: Vec<TimestampReport>,
    /// The stapled log proof.
    pub log: LogReport,
    /// What was changed in the file after it: what is forbidden first.
    pub changes: Vec<ChangeReport>,
    /// What keeps it from passing.
    pub errors: Vec<Remark>,
    /// What the reader should know all the same.
    pub warnings: Vec<Remark>,
    /// The issuer whose certificate would have to be given for the path to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_issuer: Option<MissingIssuer>,
    /// What each building block found: not part of the JSON that programs are promised.
    #[serde(skip)]
    pub blocks: Vec<Block>,
    /// What further reports name.
    #[serde(skip)]
    pub facts: Facts,
}

/// What a report in XML names besides.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The signature value.
    pub value: Vec<u8>,
    /// Digest of what was signed.
    pub digest: Option<Vec<u8>>,
    /// The chain of certificates, the signer's first, as far as it was found.
    pub chain: Vec<Certificate>,
}
