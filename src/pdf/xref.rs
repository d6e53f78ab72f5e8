//! Cross-reference sections (ISO 32000-2, 7.5.4 and 7.5.8) and the chain of revisions they form.
//!
//! A classic table is not read into memory: an entry is looked up by its position in the file. A cross-reference
//! stream is decoded once and looked up in its decoded bytes.

use super::PdfError;
use super::filters;
use super::object::{Dictionary, Object, Stream, StreamData};
use super::parser::{Parser, Stop, is_space};
use super::source::Source;
use crate::limits::Limits;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Where an object is, by a cross-reference section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It is not in use.
    Free,
    /// At this byte of the file.
    InFile {
        /// Position of its object number in the file.
        offset: u64,
        /// Generation number.
        generation: u16,
    },
    /// In an object stream.
    InStream {
        /// Object number of the stream.
        stream: u32,
        /// Index in the stream.
        index: u32,
    },
}

/// How a cross-reference section is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XrefKind {
    /// A classic table.
    Table,
    /// A cross-reference stream.
    Stream,
    /// A classic table with `/XRefStm`.
    Hybrid,
}

/// One cross-reference section with its trailer.
#[derive(Debug)]
pub struct Section {
    /// How it is written.
    pub kind: XrefKind,
    /// Position of `xref` or of the stream's object number in the file.
    pub position: u64,
    /// Behind the trailer dictionary or the stream's dictionary.
    pub end: u64,
    /// The trailer dictionary, or that of the stream.
    pub trailer: Dictionary,
    /// What strict readers take offence at; they then read the file otherwise.
    pub(super) flaws: Vec<&'static str>,
    entries: Entries,
    hybrid: Option<Hybrid>,
}

/// What a cross-reference stream beside a table says of objects, and from where to where it is.
type Beside = (Vec<(u32, Entry)>, Range<u64>);

/// The cross-reference stream that a classic table leads to with `/XRefStm` (7.5.8.4).
#[derive(Debug)]
struct Hybrid {
    position: u64,
    end: u64,
    entries: Entries,
}

#[derive(Debug)]
enum Entries {
    /// First object number, number of entries, position of the first entry, in entries of exactly 20 bytes.
    Table(Vec<(u32, u32, u64)>),
    /// Entries of a table that is not written in 20-byte entries.
    Loose(HashMap<u32, Entry>),
    /// First object number and number of entries of each subsection, field widths, decoded entries.
    Stream { index: Vec<(u32, u32)>, widths: [usize; 3], data: Vec<u8> },
    /// Rebuilt by looking at the whole file.
    Rebuilt(HashMap<u32, Entry>),
}

/// Bytes of an entry of a classic table.
const ENTRY: u64 = 20;
/// Entries of a classic table that are read in one piece.
const ENTRIES_AT_ONCE: usize = 4_096;

impl Section {
    /// A section that was rebuilt by looking at the whole file.
    pub fn rebuilt(trailer: Dictionary, entries: HashMap<u32, Entry>, end: u64) -> Self {
        let (kind, entries, flaws) = (XrefKind::Table, Entries::Rebuilt(entries), Vec::new());
        Self { kind, position: 0, end, trailer, flaws, entries, hybrid: None }
    }

    /// What this section says of an object; `None` if nothing.
    pub fn lookup(&self, source: &dyn Source, base: u64, number: u32) -> Result<Option<Entry>, PdfError> {
        let found = self.entries.lookup(source, base, number)?;
        match (&self.hybrid, found) {
            // an object hidden from readers of tables only is free in the table (7.5.8.4)
            (Some(hybrid), None | Some(Entry::Free)) => Ok(hybrid.entries.lookup(source, base, number)?.or(found)),
            _ => Ok(found),
        }
    }

    /// What strict readers take offence at, entries included; they then read the file otherwise.
    pub fn flaws(&self, source: &dyn Source) -> Result<Vec<&'static str>, PdfError> {
        let mut flaws = self.flaws.clone();
        flaws.extend(self.entries.flaws(source)?);
        if let Some(hybrid) = &self.hybrid {
            flaws.extend(hybrid.entries.flaws(source)?);
        }
        let mut ranges: Vec<(u32, u32)> = self.entries.ranges().into_iter().filter(|(_, count)| *count > 0).collect();
        ranges.sort_unstable();
        let overlaps =
            |pair: &[(u32, u32)]| matches!(pair, [(first, count), (next, _)] if first.saturating_add(*count) > *next);
        if ranges.windows(2).any(overlaps) {
            flaws.push("lists an object twice");
        }
        Ok(flaws)
    }

    /// The object numbers that it says something of, as ranges of first number and count.
    pub fn ranges(&self) -> Vec<(u32, u32)> {
        let mut ranges = self.entries.ranges();
        ranges.extend(self.hybrid.iter().flat_map(|h| h.entries.ranges()));
        ranges
    }

    /// All that it says of objects, in its order; of one object it may say something twice.
    pub fn entries(&self, source: &dyn Source, base: u64) -> Result<Vec<(u32, Entry)>, PdfError> {
        self.entries.all(source, base)
    }

    /// What the cross-reference stream of a hybrid section says, and from where to where that stream is.
    pub fn hybrid(&self, source: &dyn Source, base: u64) -> Result<Option<Beside>, PdfError> {
        let Some(hybrid) = &self.hybrid else { return Ok(None) };
        Ok(Some((hybrid.entries.all(source, base)?, hybrid.position..hybrid.end)))
    }

    /// Reads the section at a position of the file.
    pub fn read(source: &dyn Source, base: u64, position: u64, limits: &Limits) -> Result<Self, PdfError> {
        let window = source.read_up_to(position, 64)?;
        let start = window.iter().position(|b| !is_space(*b)).unwrap_or_default();
        let position = add(position, start)?;
        if window.get(start..).is_some_and(|w| w.starts_with(b"xref")) {
            Self::read_table(source, base, position, limits)
        } else {
            Self::read_stream(source, position, limits)
        }
    }

    fn read_table(source: &dyn Source, base: u64, position: u64, limits: &Limits) -> Result<Self, PdfError> {
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
        let hybrid = match trailer.get(b"XRefStm").and_then(Object::as_integer).and_then(|p| u64::try_from(p).ok()) {
            Some(at) => {
                let Self { position, end, entries, flaws: beside, .. } =
                    Self::read_stream(source, at.saturating_add(base), limits)?;
                flaws.extend(beside);
                Some(Hybrid { position, end, entries })
            }
            None => None,
        };
        let kind = if hybrid.is_some() { XrefKind::Hybrid } else { XrefKind::Table };
        let entries = match loose {
            None => Entries::Table(subsections),
            Some(mut all) => {
                let table = Entries::Table(subsections);
                for (first, count) in table.ranges() {
                    for number in first..first.saturating_add(count) {
                        if let Some(entry) = table.lookup(source, base, number)? {
                            all.entry(number).or_insert(entry);
                        }
                    }
                }
                Entries::Loose(all)
            }
        };
        if trailer.has_duplicate_keys() {
            flaws.push("has a trailer with a key twice");
        }
        Ok(Self { kind, position, end, trailer, flaws, entries, hybrid })
    }

    fn read_stream(source: &dyn Source, position: u64, limits: &Limits) -> Result<Self, PdfError> {
        let (indirect, window_start) = read_indirect(source, position, limits)?;
        let malformed = |what| PdfError::Malformed { position, what };
        let Object::Dictionary(dictionary) = indirect.object else {
            return Err(malformed("neither a cross-reference table nor a cross-reference stream"));
        };
        let start = indirect.stream_start.filter(|_| dictionary.is_type(b"XRef"));
        let start = start.ok_or(malformed("neither a cross-reference table nor a cross-reference stream"))?;
        let start = add(window_start, start)?;
        let length = dictionary.get(b"Length").and_then(Object::as_integer).and_then(|n| u64::try_from(n).ok());
        let length = length.ok_or(malformed("the cross-reference stream's /Length is not an integer"))?;
        let end = start.checked_add(length).filter(|e| *e <= source.len());
        let end = end.ok_or(malformed("the cross-reference stream ends beyond the file"))?;
        let widths =
            widths(&dictionary).ok_or(malformed("the cross-reference stream's /W is not three small integers"))?;
        let stream = Stream { dictionary: dictionary.clone(), data: StreamData::InFile(start..end) };
        let mut data = filters::decode(source, &stream, None, limits)?;
        let index = index(&dictionary, limits).ok_or(malformed("the cross-reference stream's /Index is malformed"))?;
        let width: usize = widths.iter().sum();
        let total: u64 = index.iter().map(|(_, count)| u64::from(*count)).sum();
        // a stream that is shorter than its /Index: what is there counts
        if total
            > u64::try_from(data.len() / width.max(1)).unwrap_or_default().saturating_add(u64::from(limits.pdf_objects))
        {
            return Err(PdfError::TooLarge { what: "the cross-reference stream's /Index" });
        }
        let mut flaws = Vec::new();
        let rows = usize::try_from(total).unwrap_or(usize::MAX).saturating_mul(width);
        if data.len() != rows {
            flaws.push("has more or fewer rows than its /Index says");
        }
        data.truncate(rows);
        data.shrink_to_fit();
        if dictionary.get(b"W").and_then(Object::as_array).is_none_or(|w| w.len() != 3) {
            flaws.push("has a /W of not three numbers");
        }
        if dictionary.get(b"Index").and_then(Object::as_array).is_some_and(|all| all.len() % 2 == 1) {
            flaws.push("has an /Index of an odd length");
        }
        if dictionary.has_duplicate_keys() {
            flaws.push("has a dictionary with a key twice");
        }
        if dictionary.contains(b"XRefStm") {
            flaws.push("is a stream with an /XRefStm");
        }
        let behind = source.read_up_to(end, 16)?;
        let behind = behind.strip_prefix(b"\r").unwrap_or(&behind);
        if !behind.strip_prefix(b"\n").unwrap_or(behind).starts_with(b"endstream") {
            flaws.push("does not end where its /Length says");
        }
        let entries = Entries::Stream { index, widths, data };
        Ok(Self { kind: XrefKind::Stream, position, end, trailer: dictionary, flaws, entries, hybrid: None })
    }
}

impl Entries {
    fn lookup(&self, source: &dyn Source, base: u64, number: u32) -> Result<Option<Entry>, PdfError> {
        match self {
            Self::Loose(map) | Self::Rebuilt(map) => Ok(map.get(&number).copied()),
            Self::Table(subsections) => {
                let found = subsections.iter().find(|(first, count, _)| number >= *first && number - first < *count);
                let Some((first, _, at)) = found else { return Ok(None) };
                let mut entry = [0; 20];
                source.read_exact_at(at.saturating_add(u64::from(number - first).saturating_mul(ENTRY)), &mut entry)?;
                Ok(parse_entry(&entry, base))
            }
            Self::Stream { index, widths, data } => {
                let mut before = 0_usize;
                for (first, count) in index {
                    if number >= *first && number - first < *count {
                        let row = before.saturating_add(usize::try_from(number - first).unwrap_or(usize::MAX));
                        return Ok(stream_entry(data, *widths, row, base));
                    }
                    before = before.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
                }
                Ok(None)
            }
        }
    }

    fn all(&self, source: &dyn Source, base: u64) -> Result<Vec<(u32, Entry)>, PdfError> {
        let mut all = Vec::new();
        match self {
            Self::Loose(map) | Self::Rebuilt(map) => all.extend(map.iter().map(|(number, entry)| (*number, *entry))),
            Self::Table(subsections) => {
                for (first, count, at) in subsections {
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
            }
            Self::Stream { widths, data, .. } => {
                let numbers = self.ranges().into_iter().flat_map(|(first, count)| first..first.saturating_add(count));
                all.extend(
                    numbers
                        .enumerate()
                        .filter_map(|(row, number)| Some((number, stream_entry(data, *widths, row, base)?))),
                );
            }
        }
        Ok(all)
    }

    /// Entries that readers take differently.
    fn flaws(&self, source: &dyn Source) -> Result<Option<&'static str>, PdfError> {
        match self {
            // told when it was read
            Self::Loose(_) | Self::Rebuilt(_) => Ok(None),
            Self::Table(subsections) => {
                for (_, count, at) in subsections {
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
            Self::Stream { widths, data, .. } => {
                let [kind, second, _] = *widths;
                let strict = |row: &[u8]| {
                    let number = |bytes: Option<&[u8]>| {
                        bytes.unwrap_or_default().iter().fold(0_u64, |n, b| n << 8 | u64::from(*b))
                    };
                    let end = kind.saturating_add(second);
                    let (kind_of, place) = (number(row.get(..kind)), number(row.get(kind..end)));
                    let (kind_of, place) = (if kind == 0 { 1 } else { kind_of }, place);
                    match kind_of {
                        0 => true,
                        1 => place > 0 && place < source.len(),
                        2 => u32::try_from(place).is_ok(),
                        _ => false,
                    }
                };
                let width = widths.iter().sum::<usize>().max(1);
                Ok((!data.chunks_exact(width).all(strict)).then_some("has an entry that is not as the standard has it"))
            }
        }
    }

    fn ranges(&self) -> Vec<(u32, u32)> {
        match self {
            Self::Table(subsections) => subsections.iter().map(|(first, count, _)| (*first, *count)).collect(),
            Self::Loose(map) | Self::Rebuilt(map) => map.keys().map(|number| (*number, 1)).collect(),
            Self::Stream { index, widths, data } => {
                let mut rows = data.len() / widths.iter().sum::<usize>().max(1);
                let mut ranges = Vec::new();
                for (first, count) in index {
                    let here = usize::try_from(*count).unwrap_or(usize::MAX).min(rows);
                    rows = rows.saturating_sub(here);
                    ranges.push((*first, u32::try_from(here).unwrap_or(u32::MAX)));
                }
                ranges
            }
        }
    }
}

/// Follows the chain of sections from `startxref`; gives them oldest first.
pub fn read_chain(source: &dyn Source, base: u64, start: u64, limits: &Limits) -> Result<Vec<Section>, PdfError> {
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
        let section = Section::read(source, base, position, limits)?;
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

/// Reads an indirect object at a position; gives it and where its window begins. The window grows until the object fits.
pub fn read_indirect(
    source: &dyn Source,
    position: u64,
    limits: &Limits,
) -> Result<(super::parser::Indirect, u64), PdfError> {
    let mut length = 2048;
    loop {
        let window = source.read_up_to(position, length)?;
        let complete = add(position, window.len())? >= source.len();
        match Parser::new(&window, 0, complete, limits).indirect() {
            Ok(indirect) => return Ok((indirect, position)),
            Err(Stop::Incomplete) if length < limits.pdf_object_bytes => length = length.saturating_mul(8),
            Err(stop) => return Err(at(position, stop)),
        }
    }
}

fn read_dictionary(source: &dyn Source, position: u64, limits: &Limits) -> Result<(Dictionary, u64), PdfError> {
    let mut length = 2048;
    loop {
        let window = source.read_up_to(position, length)?;
        let complete = add(position, window.len())? >= source.len();
        let mut parser = Parser::new(&window, 0, complete, limits);
        match parser.object() {
            Ok(Object::Dictionary(dictionary)) => return Ok((dictionary, add(position, parser.position())?)),
            Ok(_) => return Err(PdfError::Malformed { position, what: "the trailer is not a dictionary" }),
            Err(Stop::Incomplete) if length < limits.pdf_object_bytes => length = length.saturating_mul(8),
            Err(stop) => return Err(at(position, stop)),
        }
    }
}

/// What the parser says of a window, as a position in the file.
pub fn at(position: u64, stop: Stop) -> PdfError {
    match stop {
        Stop::Incomplete => PdfError::TooLarge { what: "an object" },
        Stop::TooLarge(what) => PdfError::TooLarge { what },
        Stop::Malformed(offset, what) => {
            PdfError::Malformed { position: position.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX)), what }
        }
    }
}

impl From<Stop> for PdfError {
    fn from(stop: Stop) -> Self {
        at(0, stop)
    }
}

fn add(position: u64, by: usize) -> Result<u64, PdfError> {
    u64::try_from(by)
        .ok()
        .and_then(|by| position.checked_add(by))
        .ok_or(PdfError::Malformed { position, what: "a position overflows" })
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
        entries.entry(first.saturating_add(index).saturating_sub(shift)).or_insert(entry);
    }
    add(start, parser.position())
}

fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let widths = dictionary.get(b"W")?.as_array()?;
    let mut fields = [0; 3];
    for (field, width) in fields.iter_mut().zip(widths.get(..3)?) {
        *field = usize::try_from(width.as_integer()?).ok().filter(|w| *w <= 8)?;
    }
    // without the second field an entry says nothing
    (fields.get(1) != Some(&0)).then_some(fields)
}

fn index(dictionary: &Dictionary, limits: &Limits) -> Option<Vec<(u32, u32)>> {
    let numbers: Vec<u32> = match dictionary.get(b"Index") {
        Some(index) => index
            .as_array()?
            .iter()
            .map(|n| n.as_integer().and_then(|n| u32::try_from(n).ok()))
            .collect::<Option<_>>()?,
        None => vec![0, u32::try_from(dictionary.get(b"Size")?.as_integer()?).ok()?],
    };
    let pairs: Vec<(u32, u32)> = numbers.chunks_exact(2).filter_map(|p| Some((*p.first()?, *p.get(1)?))).collect();
    let fits = |(first, count): &(u32, u32)| first.checked_add(*count).is_some_and(|n| n <= limits.pdf_objects);
    pairs.iter().all(fits).then_some(pairs)
}

fn stream_entry(data: &[u8], widths: [usize; 3], row: usize, base: u64) -> Option<Entry> {
    let width: usize = widths.iter().sum();
    let start = row.checked_mul(width)?;
    let mut rest = data.get(start..start.checked_add(width)?)?;
    let mut fields = [0_u64; 3];
    for (field, width) in fields.iter_mut().zip(widths) {
        let (bytes, tail) = rest.split_at_checked(width)?;
        *field = bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b));
        rest = tail;
    }
    let [kind, second, third] = fields;
    // without a first field all entries are in use (7.5.8.3)
    let kind = if widths.first() == Some(&0) { 1 } else { kind };
    match kind {
        1 if second == 0 => Some(Entry::Free),
        1 => Some(Entry::InFile {
            offset: second.checked_add(base)?,
            generation: u16::try_from(third).unwrap_or(u16::MAX),
        }),
        2 => Some(Entry::InStream { stream: u32::try_from(second).ok()?, index: u32::try_from(third).ok()? }),
        // type 0 is free; other types are references to the null object (table 18)
        _ => Some(Entry::Free),
    }
}
