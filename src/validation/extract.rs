//! The file as it was when a signature was made: its first bytes, up to the end of what the signature covers.

use super::opening::open;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::source::Source;
use std::sync::Arc;

/// A revision that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedRevision {
    /// Its number, the oldest 0.
    pub number: usize,
    /// Bytes of the file up to its end.
    pub length: u64,
}

/// The revision that each signature signed, in the order of the report; `None` for a signature that does not cover one
/// from the first byte to the last (ISO 32000-2 12.8.1).
pub fn signed_revisions(
    file: &Arc<dyn Source>,
    password: Option<&[u8]>,
    limits: &Limits,
) -> Result<Vec<Option<SignedRevision>>, PdfError> {
    let (_, signatures) = open(file, password, limits)?;
    let ranges = signatures.iter().map(|s| &s.byte_range);
    let signed = ranges.map(|range| Some(SignedRevision { number: range.revision?, length: range.covered?.end }));
    Ok(signed.collect())
}
