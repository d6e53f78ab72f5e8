//! What the bytes of a revision are: listed objects, cross-references, and what stands between them.

use super::{MOST_OF_A_KIND, Oddity, Search, Step, header};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Object, ObjectId, Stream, StreamData};
use crate::pdf::parser::{Parser, is_space};
use crate::pdf::xref::XrefKind;
use std::ops::Range;

/// Bytes looked at in one piece.
const BLOCK: usize = 64 << 10;

impl Search<'_> {
    /// What the bytes of a revision are.
    pub(super) fn bytes(&mut self, step: &Step<'_>, mut listed: Vec<(u64, ObjectId)>) -> Result<(), PdfError> {
        let Step { index, revision, view, .. } = step;
        let index = *index;
        listed.sort_unstable_by_key(|(offset, id)| (*offset, id.number));
        listed.dedup();
        let mut spans: Vec<(Range<u64>, Option<u32>)> = Vec::new();
        for (offset, id) in listed {
            let Ok((object, end)) = view.read_at(id, offset) else {
                self.add(Oddity::Unreadable(id.number), index);
                continue;
            };
            self.references(step, id.number, &object)?;
            if let Object::Stream(stream) = &object
                && !is_as_long_as_it_says(view, stream)
            {
                self.add(Oddity::OtherLength(id.number), index);
            }
            let is_signature =
                object.as_dictionary().is_some_and(|d| d.contains(b"ByteRange") && d.contains(b"Contents"));
            let is_known = || {
                self.signatures.contains(&id.number) || self.gaps.iter().any(|gap| (offset..end).contains(&gap.start))
            };
            if is_signature && !is_known() {
                self.add(Oddity::LostSignature(id.number), index);
            }
            let window = view.source().read_up_to(offset, 64)?;
            if header(&window, view).is_some_and(|found| found.generation != id.generation) {
                self.add(Oddity::OtherGeneration(id.number), index);
            }
            spans.push((offset..end, Some(id.number)));
        }
        let (source, base) = (&**self.doc.source(), self.doc.header_offset());
        for section in self.doc.sections_of(index) {
            spans.push((section.position..self.end_of_section(section.kind, section.end)?, None));
            if let Some((_, extent)) = section.hybrid(source, base)? {
                spans.push((extent.start..self.end_of_section(XrefKind::Stream, extent.end)?, None));
            }
        }
        // of what begins at the same place, the section, which its own table may list
        spans.sort_by_key(|(span, number)| (span.start, number.is_some()));
        spans.dedup_by_key(|(span, _)| span.start);
        let mut last: (u64, Option<u32>) = (revision.start, None);
        for (span, number) in &spans {
            if span.start < last.0 {
                if let (Some(inner), Some(outer)) = (number, last.1) {
                    self.add(Oddity::Overlaps(*inner, outer), index);
                }
            } else {
                self.between(view, index, last.0..span.start)?;
            }
            if span.end > last.0 {
                last = (span.end, *number);
            }
        }
        self.between(view, index, last.0..revision.end)
    }

    /// Behind the `endobj` of a cross-reference stream; a table's trailer ends where it ends.
    fn end_of_section(&self, kind: XrefKind, end: u64) -> Result<u64, PdfError> {
        if kind != XrefKind::Stream {
            return Ok(end);
        }
        let window = self.doc.source().read_up_to(end, 64)?;
        let mut parser = Parser::new(&window, 0, true, self.doc.limits());
        for word in [b"endstream".as_slice(), b"endobj"] {
            let _ = parser.keyword(word);
        }
        Ok(end.saturating_add(u64::try_from(parser.position()).unwrap_or_default()))
    }

    /// Bytes between what the tables tell of: white space, comments and `startxref`, in honest files.
    fn between(&mut self, view: &Document, index: usize, bytes: Range<u64>) -> Result<(), PdfError> {
        let mut position = bytes.start;
        for _ in 0..=MOST_OF_A_KIND {
            let Some(at) = self.first_solid(position..bytes.end)? else { return Ok(()) };
            let length = usize::try_from(bytes.end.saturating_sub(at)).unwrap_or(usize::MAX).min(64);
            let window = view.source().read_up_to(at, length)?;
            let mut parser = Parser::new(&window, 0, true, view.limits());
            position = if let Some(id) = header(&window, view) {
                let end = view.read_at(id, at).map_or(bytes.end, |(_, end)| end);
                self.add(Oddity::Unlisted(id.number, at), index);
                end
            } else if window.starts_with(b"startxref") {
                let _ = (parser.keyword(b"startxref"), parser.unsigned());
                at.saturating_add(u64::try_from(parser.position()).unwrap_or_default())
            } else if window.starts_with(b"xref") || window.starts_with(b"trailer") {
                self.add(Oddity::UnlistedXref(at), index);
                return Ok(());
            } else {
                self.add(Oddity::Stray(at), index);
                return Ok(());
            };
        }
        Ok(())
    }

    /// The first byte that is neither white space nor in a comment without words that mean something.
    fn first_solid(&self, bytes: Range<u64>) -> Result<Option<u64>, PdfError> {
        // what a reader that looks through the whole file takes for part of it
        let words = [b"obj".as_slice(), b"xref", b"trailer", b"endstream"];
        let (mut position, mut comment, mut said) = (bytes.start, false, Vec::new());
        while position < bytes.end {
            let length = usize::try_from(bytes.end.saturating_sub(position)).unwrap_or(usize::MAX).min(BLOCK);
            let block = self.doc.source().read_up_to(position, length)?;
            if block.is_empty() {
                break;
            }
            for (offset, byte) in (position..).zip(&block) {
                match byte {
                    b'\r' | b'\n' => (comment, said) = (false, Vec::new()),
                    _ if comment => {
                        if said.len() == 16 {
                            said.remove(0);
                        }
                        said.push(*byte);
                        if words.iter().any(|word| said.ends_with(word)) {
                            return Ok(Some(offset));
                        }
                    }
                    _ if is_space(*byte) => {}
                    b'%' => comment = true,
                    _ => return Ok(Some(offset)),
                }
            }
            position = position.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        }
        Ok(None)
    }
}

fn is_as_long_as_it_says(view: &Document, stream: &Stream) -> bool {
    let stated = view.value(&stream.dictionary, b"Length").ok().and_then(|l| u64::try_from(l.as_integer()?).ok());
    match &stream.data {
        StreamData::InFile(bytes) => stated == Some(bytes.end.saturating_sub(bytes.start)),
        StreamData::InMemory(_) => true,
    }
}
