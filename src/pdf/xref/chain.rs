//! The sections of a file, along `/Prev`.

use super::Section;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::budget::Budget;
use crate::pdf::object::Object;
use crate::pdf::source::Source;
use std::collections::HashSet;

/// Follows the chain of sections from `startxref`; gives them oldest first.
pub fn read_chain(
    source: &dyn Source,
    base: u64,
    start: u64,
    budget: &Budget,
    limits: &Limits,
) -> Result<Vec<Section>, PdfError> {
    let mut kept = 0_usize;
    let mut sections = Vec::new();
    let mut visited = HashSet::new();
    let mut next = Some(start);
    while let Some(position) = next {
        if !visited.insert(position) {
            return Err(PdfError::Malformed { position, what: "the chain of /Prev runs in a circle" });
        }
        if sections.len() >= limits.pdf_revisions {
            return Err(PdfError::TooLarge { what: "the chain of /Prev" });
        }
        let section = Section::read(source, base, position, budget, limits)?;
        kept = kept.saturating_add(section.weight());
        if kept > limits.pdf_xref_bytes {
            return Err(PdfError::TooLarge { what: "the chain of /Prev" });
        }
        next = match section.trailer.get(b"Prev") {
            None | Some(Object::Null) => None,
            Some(prev) => {
                let prev = prev.as_integer().and_then(|p| u64::try_from(p).ok()).and_then(|p| p.checked_add(base));
                Some(
                    prev.filter(|p| *p < source.len())
                        .ok_or(PdfError::Malformed { position, what: "/Prev points outside of the file" })?,
                )
            }
        };
        sections.push(section);
    }
    sections.reverse();
    Ok(sections)
}
