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
/// Bytes that the words which are looked for can take up with the numbers before them.
const LONGEST_WORDS: usize = 64;
/// Ends of lines and blanks between `startxref`, the number and `%%EOF`.
const MOST_BLANKS: usize = 4;
/// What is said of a cross-reference stream that readers may find other objects in.
const HIDES: &str = "holds what looks like other objects";

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
            if self.holds_words(offset..end)? {
                self.add(Oddity::Hides(id.number), index);
            }
            spans.push((offset..end, Some(id.number)));
        }
        let (source, base) = (&**self.doc.source(), self.doc.header_offset());
        for section in self.doc.sections_of(index) {
            let hybrid = section.hybrid(source, base)?.map(|(_, extent)| (XrefKind::Stream, extent));
            for (kind, extent) in [Some((section.kind, section.position..section.end)), hybrid].into_iter().flatten() {
                let extent = extent.start..self.end_of_section(kind, extent.end)?;
                if kind == XrefKind::Stream && self.holds_words(extent.clone())? {
                    self.add(Oddity::Flawed(extent.start, HIDES), index);
                }
                spans.push((extent, None));
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

    /// The bytes of an object hold what a reader that looks through the whole file takes for other objects, or for the end of this one.
    fn holds_words(&self, bytes: Range<u64>) -> Result<bool, PdfError> {
        let mut position = bytes.start;
        // what is cut by the end of a block is seen again with the next one
        let mut block: Vec<u8> = Vec::new();
        let mut first = true;
        while position < bytes.end {
            let length = usize::try_from(bytes.end.saturating_sub(position)).unwrap_or(usize::MAX).min(BLOCK);
            let read = self.doc.source().read_up_to(position, length)?;
            if read.is_empty() {
                break;
            }
            position = position.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
            let kept = block.len().saturating_sub(LONGEST_WORDS.saturating_mul(2));
            block.drain(..kept);
            block.extend(read);
            let is_last = position >= bytes.end;
            if has_words(&block, first, is_last) {
                return Ok(true);
            }
            first = false;
        }
        Ok(false)
    }

    /// Bytes between what the tables tell of: white space, comments and `startxref`, in honest files.
    fn between(&mut self, view: &Document, index: usize, bytes: Range<u64>) -> Result<(), PdfError> {
        let mut position = bytes.start;
        for _ in 0..=MOST_OF_A_KIND {
            let Some(at) = self.first_solid(position..bytes.end)? else { return Ok(()) };
            let length = usize::try_from(bytes.end.saturating_sub(at)).unwrap_or(usize::MAX).min(64);
            let window = view.source().read_up_to(at, length)?;
            position = if let Some(id) = header(&window, view) {
                let end = view.read_at(id, at).map_or(bytes.end, |(_, end)| end);
                self.add(Oddity::Unlisted(id.number, at), index);
                end
            } else if let Some(length) = end_of_revision(&window) {
                at.saturating_add(length)
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

/// Between the header of an object and its end stand words that begin or end something else. What stands at the end of a block that is not
/// the last is looked at with the next one.
fn has_words(block: &[u8], is_first: bool, is_last: bool) -> bool {
    let is_blank =
        |from: usize, to: usize| block.get(from..to).is_some_and(|bytes| bytes.iter().copied().all(is_space));
    // the object's own words
    let head = if is_first { places(block, b"obj").next() } else { None };
    let last = if is_last { places(block, b"endobj").last() } else { None };
    let tail = last.and_then(|last| {
        let end = places(block, b"endstream").filter(|at| *at < last).last()?;
        is_blank(end.saturating_add(b"endstream".len()), last).then_some(end)
    });
    let seen = if is_last { block.len() } else { block.len().saturating_sub(LONGEST_WORDS) };
    let mut objects = places(block, b"obj").filter(|at| *at < seen && Some(*at) != head);
    objects.any(|at| {
        let before = block.get(..at).unwrap_or_default();
        if before.ends_with(b"end") { last.is_none_or(|last| last.saturating_add(3) != at) } else { is_header(before) }
    }) || places(block, b"endstream").any(|at| at < seen && Some(at) != tail)
        || places(block, b"startxref").any(|at| at < seen)
        || places(block, b"trailer").filter(|at| *at < seen).any(|at| {
            let behind = block.get(at.saturating_add(b"trailer".len())..).unwrap_or_default();
            behind.trim_ascii_start().starts_with(b"<<")
        })
}

/// `12 0 ` at the end.
fn is_header(bytes: &[u8]) -> bool {
    let trimmed =
        |bytes: &[u8]| bytes.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last.saturating_add(1));
    // where the number at the end begins
    let number = |bytes: &[u8], end: usize| {
        let digits = bytes.get(..end)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0).then(|| end.saturating_sub(digits))
    };
    let Some(generation) = number(bytes, trimmed(bytes)) else { return false };
    let before = bytes.get(..generation).unwrap_or_default();
    let end = trimmed(before);
    end < generation && number(before, end).is_some()
}

fn places<'a>(bytes: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(word.len()).enumerate().filter(move |(_, window)| *window == word).map(|(at, _)| at)
}

/// The length of `startxref`, a number and `%%EOF` at the beginning of a window, with nothing else between them than ends of lines: what readers
/// look for at the end of a file, and without which some look through the whole of it.
fn end_of_revision(window: &[u8]) -> Option<u64> {
    let rest = window.strip_prefix(b"startxref")?;
    let blanks = |bytes: &[u8]| bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n' | b' ')).count();
    let before = blanks(rest);
    let rest = rest.get(before..)?;
    let number = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = rest.get(number..)?;
    let after = blanks(rest);
    let rest = rest.get(after..)?;
    let is_plain = (1..=MOST_BLANKS).contains(&before) && number > 0 && (1..=MOST_BLANKS).contains(&after);
    (is_plain && rest.starts_with(b"%%EOF")).then_some(())?;
    u64::try_from(window.len().saturating_sub(rest.len())).ok()
}
