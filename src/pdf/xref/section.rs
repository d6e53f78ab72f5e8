//! One cross-reference section with its trailer: a classic table, a cross-reference stream, or a table with a stream beside
//! it for newer readers (a hybrid, 7.5.8.4).

use super::{Entries, Entry, stream, table};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::budget::Budget;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::parser::is_space;
use crate::pdf::source::Source;
use crate::pdf::window::add;
use std::collections::HashMap;
use std::ops::Range;

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
    pub(in crate::pdf) flaws: Vec<&'static str>,
    entries: Box<dyn Entries>,
    hybrid: Option<Hybrid>,
}

/// What a cross-reference stream beside a table says of objects, and from where to where it is.
type Beside = (Vec<(u32, Entry)>, Range<u64>);

/// The cross-reference stream that a classic table leads to with `/XRefStm` (7.5.8.4).
#[derive(Debug)]
struct Hybrid {
    position: u64,
    end: u64,
    entries: Box<dyn Entries>,
}
impl Section {
    /// A section that was rebuilt by looking at the whole file.
    pub fn rebuilt(trailer: Dictionary, entries: HashMap<u32, Entry>, end: u64) -> Self {
        let (kind, entries, flaws) = (XrefKind::Table, Box::new(entries), Vec::new());
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
        flaws.extend(self.entries.flaw(source)?);
        if let Some(hybrid) = &self.hybrid {
            flaws.extend(hybrid.entries.flaw(source)?);
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

    /// Bytes that it keeps in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let hybrid = self.hybrid.iter().map(|h| h.entries.weight());
        hybrid.fold(self.entries.weight(), usize::saturating_add)
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
    pub fn read(
        source: &dyn Source,
        base: u64,
        position: u64,
        budget: &Budget,
        limits: &Limits,
    ) -> Result<Self, PdfError> {
        let window = source.read_up_to(position, 64)?;
        let start = window.iter().position(|b| !is_space(*b)).unwrap_or_default();
        let position = add(position, start)?;
        if window.get(start..).is_some_and(|w| w.starts_with(b"xref")) {
            Self::read_table(source, base, position, budget, limits)
        } else {
            Self::read_stream(source, position, budget, limits)
        }
    }

    fn read_table(
        source: &dyn Source,
        base: u64,
        position: u64,
        budget: &Budget,
        limits: &Limits,
    ) -> Result<Self, PdfError> {
        let table::Read { entries, trailer, end, mut flaws } = table::read(source, base, position, limits)?;
        let hybrid = match trailer.get(b"XRefStm").and_then(Object::as_integer).and_then(|p| u64::try_from(p).ok()) {
            Some(at) => {
                let Self { position, end, entries, flaws: beside, .. } =
                    Self::read_stream(source, at.saturating_add(base), budget, limits)?;
                flaws.extend(beside);
                Some(Hybrid { position, end, entries })
            }
            None => None,
        };
        let kind = if hybrid.is_some() { XrefKind::Hybrid } else { XrefKind::Table };
        if trailer.has_duplicate_keys() {
            flaws.push("has a trailer with a key twice");
        }
        Ok(Self { kind, position, end, trailer, flaws, entries, hybrid })
    }

    fn read_stream(source: &dyn Source, position: u64, budget: &Budget, limits: &Limits) -> Result<Self, PdfError> {
        let stream::Read { rows, dictionary: trailer, end, flaws } = stream::read(source, position, budget, limits)?;
        Ok(Self { kind: XrefKind::Stream, position, end, trailer, flaws, entries: Box::new(rows), hybrid: None })
    }
}
