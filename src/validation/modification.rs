//! Whether what changed after a signature is permitted (ISO 32000-2 12.8.2).

use super::format_checking::PdfSignature;
use super::report::Modification;
use crate::pdf::document::Document;

/// What changed from one revision to the next, for all signatures of a document.
pub struct Modifications {
    revisions: Vec<Option<usize>>,
    last: usize,
}

impl Modifications {
    /// Those of a document.
    pub fn of(doc: &Document, signatures: &[PdfSignature]) -> Self {
        let revisions = signatures.iter().map(|s| s.byte_range.revision).collect();
        Self { revisions, last: doc.revisions().len().saturating_sub(1) }
    }

    /// What changed after a signature, and what of it is forbidden.
    pub fn after(&self, index: usize) -> (Modification, Vec<String>) {
        if self.revisions.get(index).copied().flatten() == Some(self.last) {
            return (Modification::None, Vec::new());
        }
        (Modification::Forbidden, vec!["the document was changed after it was signed".to_owned()])
    }
}
