//! Opening a signed PDF: its newest revision, or the newest one that can be read.

use super::format_checking::PdfSignature;
use super::report::SignatureReport;
use crate::indication::{Problem, SubIndication};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::budget::Budget;
use crate::pdf::document::Document;
use crate::pdf::source::{Prefix, Source};
use std::sync::Arc;

/// Bytes read in one piece.
const BLOCK: usize = 256 << 10;
/// Ends of older revisions that are tried where the newest one cannot be read.
const MOST_ENDS: usize = 16;
/// How far from the end of the file they are looked for.
const REACH: u64 = 64 << 20;

/// Opens the file and reads its signatures. If its newest revision cannot be read, the newest one that can counts, and
/// what follows it makes its signatures fail.
pub fn open(
    file: &Arc<dyn Source>,
    password: Option<&[u8]>,
    limits: &Limits,
) -> Result<(Document, Vec<PdfSignature>), PdfError> {
    let limits = *limits;
    // what was read in vain counts as well
    let budget = Arc::new(Budget::new(&limits));
    let why = match Document::open_within(Arc::clone(file), password, limits, &budget).and_then(|d| read(d, file)) {
        Ok(found) => return Ok(found),
        Err(
            why @ (PdfError::Malformed { .. }
            | PdfError::NoStartxref
            | PdfError::Missing { .. }
            | PdfError::WrongObject { .. }),
        ) => why,
        Err(why) => return Err(why),
    };
    for end in ends_of_revisions(&**file)? {
        let prefix: Arc<dyn Source> = Arc::new(Prefix::new(Arc::clone(file), end));
        let opened = Document::open_within(prefix, password, limits, &budget).and_then(|d| read(d, file));
        let (doc, mut signatures) = match opened {
            Ok(found) => found,
            Err(error @ PdfError::TooLarge { .. }) => return Err(error),
            Err(_) => continue,
        };
        if signatures.is_empty() {
            break;
        }
        for signature in &mut signatures {
            let message = format!("what was added behind byte {end} is no revision that can be read: {why}");
            signature.problems.push(Problem::new(SubIndication::FormatFailure, message));
        }
        return Ok((doc, signatures));
    }
    Err(why)
}

/// A document without signatures. A signature behind its last revision is one of a file that is cut off or patched up.
pub fn no_signatures(doc: &Document, file: &dyn Source) -> Result<Vec<SignatureReport>, PdfError> {
    let end = doc.revisions().last().map_or(0, |r| r.end);
    let rest = usize::try_from(file.len().saturating_sub(end)).unwrap_or(usize::MAX);
    let tail = file.read_up_to(end, rest.min(BLOCK))?;
    if tail.windows(10).any(|w| w == b"/ByteRange") {
        let what = "a signature lies behind the last revision that can be read";
        return Err(PdfError::Malformed { position: end, what });
    }
    Ok(Vec::new())
}

fn read(doc: Document, file: &Arc<dyn Source>) -> Result<(Document, Vec<PdfSignature>), PdfError> {
    let mut signatures = Vec::new();
    for field in doc.signature_fields()? {
        match &field.value {
            Some((_, dictionary)) => signatures.push(PdfSignature::read(&doc, &**file, &field, dictionary)),
            None if field.broken_value => signatures.push(PdfSignature::broken(&field)),
            None => {}
        }
    }
    signatures
        .sort_by_key(|s| s.byte_range.ranges.last().map_or(u64::MAX, |(start, length)| start.saturating_add(*length)));
    Ok((doc, signatures))
}

/// Positions behind the `%%EOF`s before the last one, the last first.
fn ends_of_revisions(file: &dyn Source) -> Result<Vec<u64>, PdfError> {
    let word = b"%%EOF";
    let mut ends = Vec::new();
    let mut until = file.len();
    let first = file.len().saturating_sub(REACH);
    while until > first && ends.len() <= MOST_ENDS {
        let step = u64::try_from(BLOCK).unwrap_or(u64::MAX);
        let start = until.saturating_sub(step).max(first);
        let overlap = u64::try_from(word.len()).unwrap_or_default() - 1;
        let length = usize::try_from(until.saturating_sub(start).saturating_add(overlap)).unwrap_or_default();
        let window = file.read_up_to(start, length)?;
        let places: Vec<usize> =
            window.windows(word.len()).enumerate().filter(|(_, w)| w == word).map(|(at, _)| at).collect();
        for at in places.into_iter().rev() {
            let end = u64::try_from(at.saturating_add(word.len())).unwrap_or_default();
            ends.push(start.saturating_add(end));
        }
        until = start;
    }
    if ends.first() == Some(&file.len()) {
        ends.remove(0);
    }
    ends.truncate(MOST_ENDS);
    Ok(ends)
}
