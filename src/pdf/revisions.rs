//! The revisions of a file (ISO 32000-2, 7.5.6): its cross-reference sections, each with the bytes that were saved with it.

use super::PdfError;
use super::document::Document;
use super::object::Dictionary;
use super::parser::{Parser, is_space};
use super::source::Source;
use super::window;
use super::xref::{Section, XrefKind};
use crate::limits::Limits;

/// One revision: what one save added to the file.
#[derive(Debug, Clone)]
pub struct Revision {
    /// How its cross-reference section is written.
    pub xref: XrefKind,
    /// Position of its (newest) cross-reference section.
    pub startxref: u64,
    /// First byte.
    pub start: u64,
    /// Behind its `%%EOF` and the end of that line.
    pub end: u64,
    /// Its trailer dictionary.
    pub trailer: Dictionary,
    /// Number of cross-reference sections up to and including this revision.
    pub(super) sections: usize,
}

/// Reads the last `startxref`; gives the position it states, in the file.
pub(super) fn startxref(source: &dyn Source, base: u64, limits: &Limits) -> Result<u64, PdfError> {
    for reach in [1_024, 1 << 16] {
        let start = source.len().saturating_sub(reach);
        let window = source.read_up_to(start, usize::try_from(reach).unwrap_or_default())?;
        let Some(at) = window.windows(9).rposition(|w| w == b"startxref") else { continue };
        let mut parser = Parser::new(&window, at.saturating_add(9), true, limits);
        let stated = parser.unsigned().map_err(|stop| window::at(start, stop))?;
        return stated
            .checked_add(base)
            .filter(|p| *p < source.len())
            .ok_or(PdfError::Malformed { position: start, what: "startxref points outside of the file" });
    }
    Err(PdfError::NoStartxref)
}

/// Groups the sections, oldest first, into revisions. The two sections of a linearized file are one: the newer one in the chain
/// stands before the older one in the file.
pub(super) fn group(source: &dyn Source, sections: &[Section], limits: &Limits) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let number = index.saturating_add(1);
        match revisions.last_mut() {
            Some(last) if section.position < last.end => {
                last.sections = number;
                last.startxref = section.position;
                last.trailer = section.trailer.clone();
            }
            last => {
                let start = last.map_or(0, |l| l.end);
                revisions.push(Revision {
                    xref: section.kind,
                    startxref: section.position,
                    start,
                    end: end_of_revision(source, section.end, limits)?,
                    trailer: section.trailer.clone(),
                    sections: number,
                });
            }
        }
    }
    Ok(revisions)
}

/// Behind the first `%%EOF`, and the end of its line, after a cross-reference section; its own end if there is none near.
fn end_of_revision(source: &dyn Source, section_end: u64, limits: &Limits) -> Result<u64, PdfError> {
    let window = source.read_up_to(section_end, 1_024)?;
    let mut parser = Parser::new(&window, 0, true, limits);
    // behind a cross-reference stream
    while matches!(parser.keyword(b"endstream"), Ok(true)) || matches!(parser.keyword(b"endobj"), Ok(true)) {}
    let from = parser.position();
    let Some(at) = window.get(from..).and_then(|w| w.windows(5).position(|w| w == b"%%EOF")) else {
        return Ok(section_end);
    };
    let end = from.saturating_add(at).saturating_add(5);
    let line_end = match (window.get(end), window.get(end.saturating_add(1))) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        _ => 0,
    };
    Ok(section_end.saturating_add(u64::try_from(end.saturating_add(line_end)).unwrap_or_default()))
}

impl Document {
    /// Where the document that ends at a position has its cross-reference section, by its own account.
    pub fn stated_xref(&self, end: u64) -> Result<Option<u64>, PdfError> {
        let source = self.source();
        let start = end.saturating_sub(1_024);
        let tail = source.read_up_to(start, usize::try_from(end.saturating_sub(start)).unwrap_or_default())?;
        let Some(at) = tail.windows(9).rposition(|w| w == b"startxref") else { return Ok(None) };
        let stated = Parser::new(&tail, at.saturating_add(9), true, self.limits()).unsigned().ok();
        let Some(position) = stated.and_then(|s| s.checked_add(self.header_offset())) else { return Ok(None) };
        if position >= source.len() {
            return Ok(None);
        }
        // white space before it belongs to nobody
        let blank = source.read_up_to(position, 64)?.iter().take_while(|b| is_space(**b)).count();
        Ok(position.checked_add(u64::try_from(blank).unwrap_or_default()))
    }
}
