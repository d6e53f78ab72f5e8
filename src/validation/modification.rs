//! Whether what changed after a signature is permitted (ISO 32000-2 12.8.2): by the certification of the document
//! (DocMDP), and by the fields that the signature locks (FieldMDP).

use super::format_checking::PdfSignature;
use super::report::{ChangeReport, MOST_CHANGES, Modification, Remark};
use crate::pdf::changes::{Changes, Doubt, Kind};
use crate::pdf::document::Document;
use crate::pdf::findings::{self, Finding};

/// What changed after the signatures of a document.
pub struct Modifications {
    changes: Changes,
    findings: Vec<Finding>,
    /// Why the revisions could not be looked at.
    unreadable: Option<String>,
}

/// Which changes a signature permits.
struct Permissions<'a> {
    /// DocMDP P in force when it was made; 2 without certification.
    certification: u8,
    signature: &'a PdfSignature,
}

/// Sentences about forbidden changes after one signature.
const MOST_SAID: usize = 5;

impl Modifications {
    /// Those of a document.
    pub fn of(doc: &Document, signatures: &[PdfSignature]) -> Self {
        let first = signatures.iter().filter_map(|s| s.byte_range.revision).min();
        let last = doc.revisions().len().saturating_sub(1);
        let first = first.unwrap_or(last);
        let gaps: Vec<_> =
            signatures.iter().filter_map(|s| s.byte_range.covered).map(|c| c.gap_start..c.gap_end).collect();
        let (findings, unreadable) = match findings::find(doc, first, &gaps) {
            Ok(findings) => (findings, None),
            Err(error) => (Vec::new(), Some(format!("the revisions of the document cannot be read: {error}"))),
        };
        Self { changes: Changes::since(doc, first), findings, unreadable }
    }

    /// What changed after a signature, in words: first what is odd about how the file is laid out, then what is forbidden.
    pub fn told(&self, signatures: &[PdfSignature], index: usize) -> Vec<ChangeReport> {
        let mut all: Vec<ChangeReport> = Vec::new();
        let Some(signature) = signatures.get(index) else { return all };
        let Some(revision) = signature.byte_range.revision else { return all };
        let odd = self.findings.iter().filter(|f| f.since > revision).take(MOST_SAID);
        all.extend(odd.map(|f| ChangeReport {
            page: None,
            permitted: false,
            visible: false,
            structural: true,
            said: f.oddity.said(),
        }));
        let permissions = Permissions::of(signatures, signature, index);
        for permitted in [false, true] {
            let changes = self.changes.after(revision).filter(|c| c.kind != Kind::FileStructure);
            for change in changes.filter(|change| permissions.judge(&change.kind).is_ok() == permitted) {
                let visible = matches!(change.kind, Kind::FieldFilled(_) | Kind::Annotation);
                let (page, said) = (change.page, change.what.clone());
                let told = ChangeReport { page, permitted, visible, structural: false, said };
                if all.len() < MOST_CHANGES && !all.contains(&told) {
                    all.push(told);
                }
            }
        }
        all
    }

    /// What is odd about what a signature signed.
    pub fn odd(&self, signature: &PdfSignature) -> Vec<Remark> {
        let revision = signature.byte_range.revision;
        let signed = self.findings.iter().filter(|f| f.oddity.is_ambiguous() && revision.is_some_and(|r| f.since <= r));
        let remark = |finding: &Finding| Remark { code: "AMBIGUOUS_REVISION", message: finding.oddity.said().en };
        signed.map(remark).take(MOST_SAID).collect()
    }

    /// Permitted changes after a signature that a person has to look at.
    pub fn doubts(&self, signature: &PdfSignature) -> Vec<Remark> {
        let Some(revision) = signature.byte_range.revision else { return Vec::new() };
        let remark = |(doubt, name): (Doubt, String)| match doubt {
            Doubt::CoversPage => Remark {
                code: "FIELD_COVERS_PAGE",
                message: format!(
                    "the field {name}, filled after signing, covers much of its page and may hide what was signed"
                ),
            },
            Doubt::CoverPageTogether => Remark {
                code: "FIELD_COVERS_PAGE",
                message: format!(
                    "the signatures {name}, added after signing, cover much of a page together and may hide what was signed"
                ),
            },
            Doubt::ShownOtherwise => Remark {
                code: "FIELD_SHOWN_OTHERWISE",
                message: format!(
                    "the field {name} was filled after signing; whether what it shows is its value has to be looked at"
                ),
            },
        };
        self.changes.doubts(revision).into_iter().map(remark).take(MOST_SAID).collect()
    }

    /// What changed after a signature that ends a revision, and what of it is forbidden.
    pub fn after(&self, signatures: &[PdfSignature], index: usize) -> (Modification, Vec<String>) {
        let Some(signature) = signatures.get(index) else { return (Modification::None, Vec::new()) };
        let Some(revision) = signature.byte_range.revision else { return (Modification::Forbidden, Vec::new()) };
        let permissions = Permissions::of(signatures, signature, index);
        let mut strongest = Modification::None;
        let mut forbidden: Vec<String> = self.unreadable.iter().cloned().collect();
        let odd = self.findings.iter().filter(|f| f.since > revision).map(|f| f.oddity.said().en);
        forbidden.extend(odd.take(MOST_SAID));
        if !forbidden.is_empty() {
            strongest = Modification::Forbidden;
        }
        for change in self.changes.after(revision) {
            match permissions.judge(&change.kind) {
                Ok(modification) => strongest = strongest.max(modification),
                Err(why) => {
                    strongest = Modification::Forbidden;
                    if forbidden.len() < 2 * MOST_SAID {
                        forbidden.push(format!("changed after signing: {}{why}", change.what.en));
                    }
                }
            }
        }
        (strongest, forbidden)
    }
}

impl<'a> Permissions<'a> {
    /// Those of a signature, the one with this index.
    fn of(signatures: &[PdfSignature], signature: &'a PdfSignature, index: usize) -> Self {
        // the certification is the first signature, but for document time-stamps
        let earlier = signatures.iter().take(index.saturating_add(1));
        let certification = earlier.filter_map(|s| s.certification).min().unwrap_or(2);
        Self { certification, signature }
    }

    /// What a change is, if it is permitted; else why not.
    fn judge(&self, kind: &Kind) -> Result<Modification, String> {
        let certified = |what: &str| format!(", and {what}");
        match kind {
            Kind::FileStructure => Ok(Modification::None),
            Kind::Maintenance => Ok(Modification::LtaUpdate),
            Kind::FormDefaults => Ok(Modification::FormFill),
            Kind::NewSignature if self.certification >= 2 => Ok(Modification::FormFill),
            Kind::FieldSigned(name) | Kind::FieldFilled(name) if self.certification >= 2 => {
                if self.signature.lock.as_ref().is_some_and(|lock| lock.covers(name)) {
                    return Err(certified(&format!("the signature locks the field {name}")));
                }
                Ok(Modification::FormFill)
            }
            Kind::NewSignature | Kind::FieldSigned(_) | Kind::FieldFilled(_) => {
                Err(certified("the document is certified to have no changes"))
            }
            Kind::Annotation if self.certification == 3 => Ok(Modification::Annotation),
            Kind::Annotation => Err(certified("no certification permits annotations")),
            Kind::Forbidden => Err(String::new()),
        }
    }
}
