//! What a PDF signature covers (ISO 32000-2 12.8.1): `/ByteRange` and `/Contents`, checked byte by byte.
//!
//! The ranges are two, the first one begins with the file, and what lies between them is the hexadecimal string
//! of `/Contents` and nothing else: whatever else lay there could be changed by anyone. The second one ends with
//! a revision, and behind the last revision there is nothing that a reader could take for content.

use super::digests::CoveredRange;
use super::report::Coverage;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::fields::SignatureField;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::parser::is_space;
use crate::pdf::source::Source;

/// What `/ByteRange` says, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct ByteRange {
    /// Offset and length of each range, as far as they lie in the file one behind the other: they can be hashed.
    pub ranges: Vec<(u64, u64)>,
    /// The same, if it has the form that it must have.
    pub covered: Option<CoveredRange>,
    /// How much it covers.
    pub coverage: Coverage,
    /// The revision with which it ends.
    pub revision: Option<usize>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Ranges of one signature that are looked at.
const MOST_RANGES: usize = 64;

impl ByteRange {
    /// Checks the signature dictionary that is the value of a field. `file` is the whole file.
    pub fn check(doc: &Document, file: &dyn Source, field: &SignatureField, dictionary: &Dictionary) -> Self {
        let mut found = Self {
            ranges: Vec::new(),
            covered: None,
            coverage: Coverage::Invalid,
            revision: None,
            problems: Vec::new(),
        };
        if let Err(why) = found.read(doc, file, dictionary) {
            found.problems.push(why);
            return found;
        }
        let [(0, first), (second, length)] = found.ranges.as_slice() else {
            found.problems.push(format!(
                "/ByteRange has {} ranges, where two that begin with the file are needed",
                found.ranges.len()
            ));
            return found;
        };
        let range = CoveredRange { gap_start: *first, gap_end: *second, end: second.saturating_add(*length) };
        if let Err(why) = gap(doc, file, field, dictionary, &range) {
            found.problems.push(why);
            return found;
        }
        found.covered = Some(range);
        found.revision = revision_that_ends(doc, file, range.end);
        found.coverage = match found.revision {
            _ if range.end == file.len() => Coverage::WholeFile,
            Some(_) => Coverage::WholeRevision,
            None => {
                let message = "the signature does not cover its revision to the end: what follows can be changed";
                found.problems.push(message.to_owned());
                Coverage::Partial
            }
        };
        if let Some(revision) = found.revision.and_then(|r| doc.revisions().get(r))
            && doc.stated_xref(range.end).ok().flatten() != Some(revision.startxref)
        {
            // readers of the newer document find other objects than readers of the one that was signed
            let message = "the document is read by another cross-reference than the one that was signed";
            found.problems.push(message.to_owned());
            (found.revision, found.coverage) = (None, Coverage::Partial);
        }
        if found.revision.is_none() && found.coverage == Coverage::WholeFile {
            found.problems.push("the signed bytes do not end with a revision of the document".to_owned());
            found.coverage = Coverage::Partial;
        }
        found
    }

    /// Reads the ranges: each lies behind the one before, and in the file.
    fn read(&mut self, doc: &Document, file: &dyn Source, dictionary: &Dictionary) -> Result<(), String> {
        let value = doc.value(dictionary, b"ByteRange").map_err(|e| format!("/ByteRange cannot be read: {e}"))?;
        let elements = match &*value {
            Object::Array(elements) if !elements.is_empty() => elements,
            Object::Null => return Err("there is no /ByteRange".to_owned()),
            _ => return Err("/ByteRange is not an array of integers".to_owned()),
        };
        if elements.len() % 2 == 1 || elements.len() > 2 * MOST_RANGES {
            return Err(format!("/ByteRange has {} numbers", elements.len()));
        }
        let mut numbers = Vec::with_capacity(elements.len());
        for element in elements {
            let number = doc.resolve(element).ok().and_then(|e| e.as_integer()).and_then(|n| u64::try_from(n).ok());
            numbers.push(number.ok_or("/ByteRange is not an array of integers from 0 on")?);
        }
        let mut last = 0;
        for pair in numbers.chunks_exact(2) {
            let [start, length] = pair else { continue };
            if *start < last {
                self.ranges.clear();
                return Err("the ranges of /ByteRange overlap".to_owned());
            }
            last = start.saturating_add(*length);
            // what there is of a range that reaches beyond the file can still be hashed
            if *start <= file.len() {
                self.ranges.push((*start, last.min(file.len()).saturating_sub(*start)));
            }
        }
        if last > file.len() { Err("/ByteRange reaches beyond the file".to_owned()) } else { Ok(()) }
    }
}

/// The gap is the hexadecimal string of `/Contents`, with its delimiters, in the object that holds the dictionary.
fn gap(
    doc: &Document,
    file: &dyn Source,
    field: &SignatureField,
    dictionary: &Dictionary,
    range: &CoveredRange,
) -> Result<(), String> {
    let most = doc.limits().cms_bytes.saturating_mul(2).saturating_add(2);
    let length = usize::try_from(range.gap_end.saturating_sub(range.gap_start)).unwrap_or(usize::MAX);
    if length > most {
        return Err("what /ByteRange leaves out is larger than any signature".to_owned());
    }
    let unreadable = |e: std::io::Error| format!("the file cannot be read: {e}");
    let bytes = file.read_up_to(range.gap_start, length).map_err(unreadable)?;
    let Some(digits) = bytes.strip_prefix(b"<").and_then(|b| b.strip_suffix(b">")) else {
        return Err("what /ByteRange leaves out is not exactly /Contents with its delimiters".to_owned());
    };
    let digits: Vec<u8> = digits.iter().copied().filter(|b| !is_space(*b)).collect();
    let value =
        hex::decode(&digits).map_err(|_| "what /ByteRange leaves out is not a hexadecimal string".to_owned())?;
    match dictionary.get(b"Contents") {
        Some(Object::String(contents)) if contents.hexadecimal && contents.bytes == value => {}
        _ => return Err("what /ByteRange leaves out is not the signature's /Contents".to_owned()),
    }
    let before = range.gap_start.saturating_sub(64);
    let lead = usize::try_from(range.gap_start.saturating_sub(before)).unwrap_or_default();
    let lead = file.read_up_to(before, lead).map_err(unreadable)?;
    if !lead.trim_ascii_end().ends_with(b"/Contents") {
        return Err("what /ByteRange leaves out does not stand behind the key /Contents".to_owned());
    }
    let holder = field.value.as_ref().and_then(|(id, _)| *id).or(field.id);
    let span = holder.map(|id| doc.object_span(id));
    match span {
        Some(Ok(span)) if span.start < range.gap_start && range.gap_end <= span.end => Ok(()),
        Some(Err(PdfError::Missing { .. })) | None => {
            Err("the signature dictionary is not in an object of its own".to_owned())
        }
        _ => Err("what /ByteRange leaves out does not lie in the signature's own dictionary".to_owned()),
    }
}

/// The revision that ends at a position, white space more or less.
fn revision_that_ends(doc: &Document, file: &dyn Source, end: u64) -> Option<usize> {
    doc.revisions().iter().position(|revision| {
        let (from, to) = (end.min(revision.end), end.max(revision.end));
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        // behind %%EOF some writers leave more than one end of line
        length <= 1024
            && file
                .read_up_to(from, length)
                .is_ok_and(|b| b.iter().all(|b| matches!(b, b'\r' | b'\n' | b' ' | b'\t' | 0)))
    })
}

/// White space and comments behind the last `%%EOF`, at most: many readers look for it in the last 1,024 bytes.
const MOST_BLANK: usize = 512;

/// What follows the last revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// Nothing, or not more than ends of lines.
    Nothing,
    /// A little white space, comments of no meaning.
    Blank,
    /// Something else, or so much of that that readers, who look for the end of the file near its end, do not find it and look through the
    /// whole file for objects.
    Something,
}

/// What follows the last revision of the document in the file.
pub fn behind_last_revision(doc: &Document, file: &dyn Source) -> Behind {
    let end = doc.revisions().last().map_or(0, |r| r.end);
    if end >= file.len() {
        return Behind::Nothing;
    }
    let Ok(all) = file.read_up_to(end, MOST_BLANK + 1) else { return Behind::Something };
    if all.len() > MOST_BLANK {
        return Behind::Something;
    }
    let mut comment = false;
    for byte in &all {
        match byte {
            b'\r' | b'\n' => comment = false,
            _ if comment => {}
            b'%' => comment = true,
            _ if is_space(*byte) => {}
            _ => return Behind::Something,
        }
    }
    // what readers look for, of which they find the last
    let means = |word: &[u8]| all.windows(word.len()).any(|bytes| bytes == word);
    if [b"obj".as_slice(), b"xref", b"trailer", b"stream"].into_iter().any(means) {
        Behind::Something
    } else {
        Behind::Blank
    }
}
