//! The entries of a classic cross-reference table (7.5.4). They are not read into memory: an entry is looked up by its
//! position in the file.

use super::lookup::Lookup;
use super::{Entries, Entry};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::object::Dictionary;
use crate::pdf::parser::{Parser, is_space};
use crate::pdf::source::Source;
use crate::pdf::window::{add, at, read_dictionary};
use std::collections::HashMap;

/// Bytes of an entry of a classic table.
const ENTRY: u64 = 20;
/// Entries of a classic table that are read in one piece.
const ENTRIES_AT_ONCE: usize = 4_096;

/// Subsections of entries of exactly 20 bytes.
#[derive(Debug)]
struct Table {
    /// First object number, number of entries, position of the first entry of each.
    subsections: Vec<(u32, u32, u64)>,
    lookup: Lookup,
}

/// A table with its trailer.
pub struct Read {
    /// What it says of objects.
    pub entries: Box<dyn Entries>,
    /// The trailer dictionary.
    pub trailer: Dictionary,
    /// Behind the trailer dictionary.
    pub end: u64,
    /// What strict readers take offence at.
    pub flaws: Vec<&'static str>,
}

/// Reads the table whose `xref` stands at a position, and its trailer.
pub fn read(source: &dyn Source, base: u64, position: u64, limits: &Limits) -> Result<Read, PdfError> {
    let mut subsections = Vec::new();
    let mut loose: Option<HashMap<u32, Entry>> = None;
    let mut flaws = Vec::new();
    let mut at = position.saturating_add(4);
    let trailer = loop {
        let window = source.read_up_to(at, 256)?;
        let mut parser = Parser::new(&window, 0, true, limits);
        let is_plain = |end: usize| {
            let digits_or_space = |b: &u8| b.is_ascii_digit() || matches!(b, b' ' | b'\r' | b'\n');
            window
                .get(..end)
                .is_some_and(|read| read.strip_suffix(b"trailer").unwrap_or(read).iter().all(digits_or_space))
        };
        if parser.keyword(b"trailer")? {
            if !is_plain(parser.position()) {
                flaws.push("has something before its trailer");
            }
            break add(at, parser.position())?;
        }
        let first = parser.unsigned()?;
        let count = parser.unsigned()?;
        if !is_plain(parser.position()) {
            flaws.push("has something between its subsections");
        }
        let (first, count) = match (u32::try_from(first), u32::try_from(count)) {
            (Ok(f), Ok(c)) if f.checked_add(c).is_some_and(|n| n <= limits.pdf_objects) => (f, c),
            _ => return Err(PdfError::TooLarge { what: "the cross-reference table" }),
        };
        parser.skip_space();
        at = add(at, parser.position())?;
        let end = at.saturating_add(u64::from(count).saturating_mul(ENTRY));
        if count > 0 && !regular_entries(source, at, end, limits)? {
            flaws.push("has entries that are not 20 bytes each");
            at = read_loose(source, base, at, first, count, loose.get_or_insert_default(), limits)?;
            continue;
        }
        // a table that begins with object 0's entry under the number 1: an old writers' mistake
        let shift = first == 1 && count > 0 && source.read_up_to(at, 18)?.starts_with(b"0000000000 65535 f");
        if shift {
            flaws.push("begins with the entry of object 0 under the number 1");
        }
        subsections.push((if shift { 0 } else { first }, count, at));
        if subsections.len() > limits.pdf_elements {
            return Err(PdfError::TooLarge { what: "the cross-reference table" });
        }
        at = end;
    };
    let (trailer, end) = read_dictionary(source, trailer, limits)?;
    let lookup = Lookup::new(subsections.iter().copied(), ENTRY);
    let table = Table { subsections, lookup };
    let entries: Box<dyn Entries> = match loose {
        None => Box::new(table),
        Some(mut all) => {
            for (first, count) in table.ranges() {
                for number in first..first.saturating_add(count) {
                    if let Some(entry) = table.lookup(source, base, number)? {
                        all.entry(number).or_insert(entry);
                    }
                }
            }
            Box::new(all)
        }
    };
    Ok(Read { entries, trailer, end, flaws })
}

impl Entries for Table {
    fn lookup(&self, source: &dyn Source, base: u64, number: u32) -> Result<Option<Entry>, PdfError> {
        let Some(at) = self.lookup.place(number) else { return Ok(None) };
        let mut entry = [0; 20];
        source.read_exact_at(at, &mut entry)?;
        Ok(parse_entry(&entry, base))
    }

    fn all(&self, source: &dyn Source, base: u64) -> Result<Vec<(u32, Entry)>, PdfError> {
        let mut all = Vec::new();
        for (first, count, at) in &self.subsections {
            let mut at = *at;
            let mut numbers = *first..first.saturating_add(*count);
            while !numbers.is_empty() {
                let block = source.read_up_to(at, ENTRIES_AT_ONCE * 20)?;
                if block.len() < 20 {
                    break;
                }
                let entries = block.as_chunks().0.iter().map(|entry| parse_entry(entry, base));
                all.extend(entries.zip(numbers.by_ref()).filter_map(|(e, n)| Some((n, e?))));
                at = at.saturating_add(u64::try_from(ENTRIES_AT_ONCE * 20).unwrap_or(u64::MAX));
            }
        }
        Ok(all)
    }

    fn flaw(&self, source: &dyn Source) -> Result<Option<&'static str>, PdfError> {
        for (_, count, at) in &self.subsections {
            let mut at = *at;
            let mut left = u64::from(*count);
            while left > 0 {
                let block = source.read_up_to(at, ENTRIES_AT_ONCE * 20)?;
                let entries = block.as_chunks::<20>().0;
                let here = u64::try_from(entries.len()).unwrap_or(u64::MAX).min(left);
                if here == 0 {
                    return Ok(Some("is cut off"));
                }
                if !entries.iter().take(usize::try_from(here).unwrap_or(usize::MAX)).all(is_strict_entry) {
                    return Ok(Some("has an entry that is not as the standard has it"));
                }
                left = left.saturating_sub(here);
                at = at.saturating_add(here.saturating_mul(ENTRY));
            }
        }
        Ok(None)
    }

    fn ranges(&self) -> Vec<(u32, u32)> {
        self.subsections.iter().map(|(first, count, _)| (*first, *count)).collect()
    }

    fn weight(&self) -> usize {
        self.subsections.len().saturating_mul(16).saturating_add(self.lookup.weight())
    }
}

/// True if the entries are 20 bytes each: the first and the last one look like entries, and a subsection or the trailer follows.
fn regular_entries(source: &dyn Source, start: u64, end: u64, limits: &Limits) -> Result<bool, PdfError> {
    if end > source.len() {
        return Ok(false);
    }
    for position in [start, end.saturating_sub(ENTRY)] {
        let mut entry = [0; 20];
        source.read_exact_at(position, &mut entry)?;
        // an entry of 19 bytes shows the first byte of what follows it as its last
        if parse_entry(&entry, 0).is_none() || !entry.iter().skip(18).all(|b| is_space(*b)) {
            return Ok(false);
        }
    }
    let window = source.read_up_to(end, 64)?;
    let mut parser = Parser::new(&window, 0, true, limits);
    Ok(parser.keyword(b"trailer").unwrap_or_default() || (parser.unsigned().is_ok() && parser.unsigned().is_ok()))
}

/// `0000000017 00000 n` and two bytes of line end.
fn parse_entry(entry: &[u8; 20], base: u64) -> Option<Entry> {
    let digits = |range: std::ops::Range<usize>| -> Option<u64> {
        let digits = entry.get(range).filter(|d| d.iter().all(u8::is_ascii_digit))?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let offset = digits(0..10)?;
    let generation = digits(11..16)?;
    let kind = entry.get(17).filter(|_| entry.get(16) == Some(&b' '))?;
    in_use(*kind, offset, generation, base)
}

/// An entry exactly as 7.5.4 has it.
fn is_strict_entry(entry: &[u8; 20]) -> bool {
    let [head @ .., b' ', kind @ (b'n' | b'f'), a, b] = entry else { return false };
    let (Some((offset, generation)), ends) = (head.split_at_checked(10), [*a, *b]) else { return false };
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let in_use = *kind == b'f' || offset.iter().any(|d| *d != b'0');
    let generation = generation.strip_prefix(b" ").is_some_and(digits);
    digits(offset) && generation && in_use && matches!(&ends, b" \n" | b" \r" | b"\r\n")
}

fn in_use(kind: u8, offset: u64, generation: u64, base: u64) -> Option<Entry> {
    match kind {
        b'f' => Some(Entry::Free),
        // offset 0 is the header: some writers mark free objects so
        b'n' if offset == 0 => Some(Entry::Free),
        b'n' => Some(Entry::InFile { offset: offset.checked_add(base)?, generation: u16::try_from(generation).ok()? }),
        _ => None,
    }
}

/// Reads entries that are not 20 bytes long, token by token; gives the position behind the last.
fn read_loose(
    source: &dyn Source,
    base: u64,
    start: u64,
    first: u32,
    count: u32,
    entries: &mut HashMap<u32, Entry>,
    limits: &Limits,
) -> Result<u64, PdfError> {
    // an entry takes at least 4 bytes, `0 0 n`, at most some 24 in any file that was seen
    let most = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(24).saturating_add(64);
    let window = source.read_up_to(start, most.min(limits.pdf_stream_bytes))?;
    let mut parser = Parser::new(&window, 0, true, limits);
    let mut shift = 0;
    for index in 0..count {
        let before = parser.position();
        if parser.keyword(b"trailer")? {
            // fewer entries than announced
            return add(start, before);
        }
        let offset = parser.unsigned().map_err(|s| at(start, s))?;
        let generation = parser.unsigned().map_err(|s| at(start, s))?;
        let kind = if parser.keyword(b"n")? {
            b'n'
        } else if parser.keyword(b"f")? {
            b'f'
        } else {
            b'?'
        };
        let malformed =
            PdfError::Malformed { position: start, what: "an entry of the cross-reference table is malformed" };
        if index == 0 && first == 1 && kind == b'f' && generation == 65_535 {
            shift = 1;
        }
        let entry = in_use(kind, offset, generation.min(65_535), base).ok_or(malformed)?;
        if entries.len() >= limits.pdf_elements {
            return Err(PdfError::TooLarge {
                what: "a cross-reference table that is not written in entries of 20 bytes",
            });
        }
        entries.entry(first.saturating_add(index).saturating_sub(shift)).or_insert(entry);
    }
    add(start, parser.position())
}
