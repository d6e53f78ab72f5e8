//! The file as it was when a signature was made: its first bytes, up to the end of what the signature covers.

use super::opening::open;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::source::Source;
use std::sync::Arc;

/// Where the revision that each signature signed ends, in the order of the report; `None` for a signature that does not
/// cover a revision from the first byte to the last (ISO 32000-2 12.8.1).
pub fn signed_lengths(
    file: &Arc<dyn Source>,
    password: Option<&[u8]>,
    limits: &Limits,
) -> Result<Vec<Option<u64>>, PdfError> {
    let (_, signatures) = open(file, password, limits)?;
    let ranges = signatures.iter().map(|s| &s.byte_range);
    Ok(ranges.map(|range| range.revision.and(range.covered).map(|covered| covered.end)).collect())
}
