//! A cross-reference table for a damaged file, from a look at the whole file: where each `12 0 obj` stands, the later one of two
//! counting. Used to open files for signing only; what is verified is read as it is written.

use super::PdfError;
use super::budget::Budget;
use super::filters;
use super::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use super::parser::{Parser, is_space};
use super::source::Source;
use super::window::read_indirect;
use super::xref::{Entry, Section};
use crate::limits::Limits;
use std::collections::HashMap;

const BLOCK: usize = 1 << 20;
/// Where a word is looked for at first: it is near, in most files.
const FIRST_BLOCK: usize = 4 << 10;
/// Bytes that a pattern may need before and behind a place in the file.
const OVERLAP: usize = 64;

/// Rebuilds the table.
pub fn rebuild(source: &dyn Source, budget: &Budget, limits: &Limits) -> Result<Section, PdfError> {
    let mut entries: HashMap<u32, Entry> = HashMap::new();
    let mut trailers: Vec<u64> = Vec::new();
    scan(source, |position, window, at| {
        let rest = window.get(at..).unwrap_or_default();
        if rest.starts_with(b"obj") {
            if let Some((number, generation, digits)) = object_header(window, at)
                && number > 0
                && number <= limits.pdf_objects
            {
                let offset = position.saturating_sub(u64::try_from(at.saturating_sub(digits)).unwrap_or_default());
                entries.insert(number, Entry::InFile { offset, generation });
            }
        } else if rest.starts_with(b"trailer") {
            trailers.push(position.saturating_add(7));
        }
        if entries.len() > limits.pdf_elements || trailers.len() > limits.pdf_revisions {
            return Err(PdfError::TooLarge { what: "the number of objects" });
        }
        Ok(())
    })?;
    let mut trailer = Dictionary::new();
    for position in trailers {
        let window = source.read_up_to(position, 4_096)?;
        if let Ok(Object::Dictionary(found)) = Parser::new(&window, 0, true, limits).object() {
            merge(&mut trailer, &found);
        }
    }
    let encrypted = trailer.contains(b"Encrypt");
    let mut places: Vec<(u32, u64)> = entries
        .iter()
        .filter_map(|(n, e)| if let Entry::InFile { offset, .. } = e { Some((*n, *offset)) } else { None })
        .collect();
    places.sort_unstable_by_key(|(_, offset)| *offset);
    let mut catalog = None;
    for (number, offset) in places {
        let Ok((indirect, start)) = read_indirect(source, offset, limits) else { continue };
        let Object::Dictionary(dictionary) = indirect.object else { continue };
        if dictionary.is_type(b"Catalog") {
            catalog = Some(indirect.id);
        } else if dictionary.is_type(b"XRef") {
            merge(&mut trailer, &dictionary);
        } else if let (true, false, Some(at)) = (dictionary.is_type(b"ObjStm"), encrypted, indirect.stream_start) {
            let data_start = start.saturating_add(u64::try_from(at).unwrap_or_default());
            add_object_stream(source, number, &dictionary, data_start, &mut entries, budget, limits)?;
        }
    }
    // whoever reads what is written after that goes by the generation, too
    let is_known = |id: ObjectId| entries.get(&id.number).and_then(|entry| entry.generation()) == Some(id.generation);
    if !trailer.get(b"Root").and_then(Object::as_reference).is_some_and(is_known) {
        let found =
            catalog.ok_or(PdfError::Missing { what: "it is too damaged: there is no document catalog in it" })?;
        trailer.set(b"Root", found);
    }
    for key in [b"Prev".as_slice(), b"XRefStm", b"W", b"Index", b"Filter", b"DecodeParms", b"Length", b"Type"] {
        trailer.remove(key);
    }
    Ok(Section::rebuilt(trailer, entries, source.len()))
}

/// Takes over what a later trailer says.
fn merge(trailer: &mut Dictionary, later: &Dictionary) {
    for key in [b"Root".as_slice(), b"Info", b"ID", b"Encrypt", b"Size"] {
        if let Some(value) = later.get(key) {
            trailer.set(key, value.clone());
        }
    }
}

fn add_object_stream(
    source: &dyn Source,
    number: u32,
    dictionary: &Dictionary,
    start: u64,
    entries: &mut HashMap<u32, Entry>,
    budget: &Budget,
    limits: &Limits,
) -> Result<(), PdfError> {
    let integer = |key: &[u8]| dictionary.get(key).and_then(Object::as_integer).and_then(|n| u64::try_from(n).ok());
    let stated = integer(b"Length").and_then(|n| start.checked_add(n)).filter(|e| *e <= source.len());
    let Some(end) = (match stated {
        Some(end) => Some(end),
        None => find(source, start, b"endstream", budget)?,
    }) else {
        return Ok(());
    };
    let stream = Stream { dictionary: dictionary.clone(), data: StreamData::InFile(start..end) };
    let decoded = filters::decode(source, &stream, None, limits.pdf_object_stream_bytes, budget, limits);
    let data = match decoded {
        Ok(data) => data,
        Err(error @ PdfError::TooLarge { .. }) => return Err(error),
        Err(_) => return Ok(()),
    };
    let mut parser = Parser::new(&data, 0, true, limits);
    for index in 0..integer(b"N").unwrap_or_default().min(100_000) {
        let (Ok(object), Ok(_)) = (parser.unsigned(), parser.unsigned()) else { return Ok(()) };
        let (Ok(object), Ok(index)) = (u32::try_from(object), u32::try_from(index)) else { return Ok(()) };
        if object > 0 && object <= limits.pdf_objects && entries.len() < limits.pdf_elements {
            entries.entry(object).or_insert(Entry::InStream { stream: number, index });
        }
    }
    Ok(())
}

/// The first place of a word in a window.
fn place(window: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut from = 0_usize;
    loop {
        let rest = window.get(from..)?;
        let at = from.saturating_add(rest.iter().position(|b| *b == first)?);
        if window.get(at..)?.starts_with(word) {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}

/// The first place of a word from a position on.
pub fn find(source: &dyn Source, from: u64, word: &[u8], budget: &Budget) -> Result<Option<u64>, PdfError> {
    let mut start = from;
    let mut length = FIRST_BLOCK;
    while start < source.len() {
        let window = source.read_up_to(start, length)?;
        budget.work(window.len())?;
        if let Some(at) = place(&window, word) {
            return Ok(Some(start.saturating_add(u64::try_from(at).unwrap_or_default())));
        }
        let step = window.len().saturating_sub(word.len().saturating_sub(1));
        if step == 0 || window.len() < length {
            return Ok(None);
        }
        length = length.saturating_mul(4).min(BLOCK);
        start = start.saturating_add(u64::try_from(step).unwrap_or(u64::MAX));
    }
    Ok(None)
}

/// Calls `visit` with each place of an `o` or `t` that may begin `obj` or `trailer`: its position in the file, a window around it, and its place there.
fn scan(source: &dyn Source, mut visit: impl FnMut(u64, &[u8], usize) -> Result<(), PdfError>) -> Result<(), PdfError> {
    let mut start = 0_u64;
    let mut first = 0_usize;
    while start < source.len() {
        let window = source.read_up_to(start, BLOCK)?;
        let last = start.saturating_add(u64::try_from(window.len()).unwrap_or(u64::MAX)) >= source.len();
        let until = if last { window.len() } else { window.len().saturating_sub(OVERLAP) };
        for (at, byte) in window.iter().enumerate().take(until).skip(first) {
            if matches!(byte, b'o' | b't') {
                visit(start.saturating_add(u64::try_from(at).unwrap_or_default()), &window, at)?;
            }
        }
        if last {
            break;
        }
        // the next window begins a little earlier than what is new in it
        let next = until.saturating_sub(OVERLAP);
        first = until.saturating_sub(next);
        start = start.saturating_add(u64::try_from(next).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Reads backwards from `obj`: generation and object number; gives also where the number begins in the window.
fn object_header(window: &[u8], at: usize) -> Option<(u32, u16, usize)> {
    let back = |mut position: usize, wanted: fn(u8) -> bool| {
        while position > 0 && window.get(position - 1).is_some_and(|b| wanted(*b)) {
            position -= 1;
        }
        position
    };
    let digit = |b: u8| b.is_ascii_digit();
    let generation_end = back(at, is_space);
    let generation_start = back(generation_end, digit);
    let number_end = back(generation_start, is_space);
    let number_start = back(number_end, digit);
    if generation_start == generation_end || number_start == number_end || number_end == generation_start {
        return None;
    }
    let text = |from: usize, to: usize| std::str::from_utf8(window.get(from..to)?).ok();
    let number = text(number_start, number_end)?.parse().ok()?;
    let generation = text(generation_start, generation_end)?.parse().ok()?;
    Some((number, generation, number_start))
}
