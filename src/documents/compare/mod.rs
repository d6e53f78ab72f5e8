//! What was signed beside what a PDF is now, as pictures: for each signature after which something changed that a person might see, the pages
//! that look other than then.

mod align;
mod pairs;

pub use pairs::{Pair, PairKind, Shown, Signed};

use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::source::Source;
use crate::validation::report::{InputKind, Modification, Report};
use crate::validation::signed_revisions;
use std::sync::Arc;

/// How much is compared and shown.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Signatures that the file is compared with: the earliest, since what came after a later one came after these.
    pub signatures: usize,
    /// Pairs of pictures.
    pub shown: usize,
    /// Pages that are drawn.
    pub pages: usize,
    /// Seconds for all of them.
    pub seconds: u64,
    /// Pixels across one picture.
    pub width: u16,
}

impl Bounds {
    /// For a page that somebody keeps as a file.
    pub fn for_a_file() -> Self {
        let limits = Limits::in_force();
        Self { signatures: 6, shown: 40, pages: limits.compared_pages, seconds: limits.compared_seconds, width: 900 }
    }

    /// For a stranger who waits for it at the end of a thin line.
    pub fn for_the_public() -> Self {
        let limits = Limits::in_force();
        Self {
            signatures: 2,
            shown: 2,
            pages: limits.compared_pages.min(12),
            seconds: limits.compared_seconds.min(10),
            width: 640,
        }
    }
}

/// What a file is now beside what was signed.
pub struct Comparison {
    /// The signatures after which something changed.
    pub signed: Vec<Signed>,
    /// Signatures of that kind that are not shown.
    pub left_out: usize,
    /// Pages that were not compared.
    pub not_compared: usize,
}

/// Compares a PDF, whose report this is, with what its signatures signed. Nothing is compared of other files.
pub fn compare(
    report: &Report,
    file: &Arc<Vec<u8>>,
    password: Option<&[u8]>,
    bounds: &Bounds,
) -> Result<Comparison, PdfError> {
    if report.kind != InputKind::Pdf {
        return Ok(Comparison { signed: Vec::new(), left_out: 0, not_compared: 0 });
    }
    let source: Arc<dyn Source> = Arc::<Vec<u8>>::clone(file);
    let revisions = signed_revisions(&source, password, Limits::in_force())?;
    let mut signed: Vec<Signed> = report
        .signatures
        .iter()
        .zip(revisions)
        .enumerate()
        .filter(|(_, (signature, _))| !matches!(signature.modification, Modification::None | Modification::LtaUpdate))
        .map(|(at, (_, revision))| Signed { at, revision, pages: Vec::new() })
        .collect();
    let left_out = signed.split_off(signed.len().min(bounds.signatures)).len();
    let not_compared =
        if signed.is_empty() { 0 } else { pairs::draw(file, password, &report.signatures, &mut signed, bounds)? };
    Ok(Comparison { signed, left_out, not_compared })
}
