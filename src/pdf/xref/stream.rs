//! The entries of a cross-reference stream (7.5.8). It is decoded once and looked up in its decoded bytes.

use super::lookup::Lookup;
use super::{Entries, Entry};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::budget::Budget;
use crate::pdf::filters;
use crate::pdf::object::{Dictionary, Object, Stream, StreamData};
use crate::pdf::source::Source;
use crate::pdf::window::{add, read_indirect};

/// First object number and number of entries of each subsection, field widths, decoded entries.
#[derive(Debug)]
pub struct Rows {
    index: Vec<(u32, u32)>,
    /// The row of each object.
    lookup: Lookup,
    widths: [usize; 3],
    data: Vec<u8>,
}

/// A cross-reference stream.
pub struct Read {
    /// What it says of objects.
    pub rows: Rows,
    /// Its dictionary, which is the trailer, too.
    pub dictionary: Dictionary,
    /// Behind its data.
    pub end: u64,
    /// What strict readers take offence at.
    pub flaws: Vec<&'static str>,
}

/// Reads the stream whose object number stands at a position.
pub fn read(source: &dyn Source, position: u64, budget: &Budget, limits: &Limits) -> Result<Read, PdfError> {
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
    let widths = widths(&dictionary).ok_or(malformed("the cross-reference stream's /W is not three small integers"))?;
    let stream = Stream { dictionary: dictionary.clone(), data: StreamData::InFile(start..end) };
    let mut data = filters::decode(source, &stream, None, limits.pdf_xref_bytes, budget, limits)?;
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
    let mut before = 0_u64;
    let with_rows = index.iter().map(|(first, count)| {
        let row = before;
        before = before.saturating_add(u64::from(*count));
        (*first, *count, row)
    });
    let lookup = Lookup::new(with_rows, 1);
    Ok(Read { rows: Rows { index, lookup, widths, data }, dictionary, end, flaws })
}

impl Entries for Rows {
    fn lookup(&self, _: &dyn Source, base: u64, number: u32) -> Result<Option<Entry>, PdfError> {
        let row = self.lookup.place(number).and_then(|row| usize::try_from(row).ok());
        Ok(row.and_then(|row| stream_entry(&self.data, self.widths, row, base)))
    }

    fn all(&self, _: &dyn Source, base: u64) -> Result<Vec<(u32, Entry)>, PdfError> {
        let numbers = self.ranges().into_iter().flat_map(|(first, count)| first..first.saturating_add(count));
        let entry = |(row, number)| Some((number, stream_entry(&self.data, self.widths, row, base)?));
        Ok(numbers.enumerate().filter_map(entry).collect())
    }

    fn flaw(&self, source: &dyn Source) -> Result<Option<&'static str>, PdfError> {
        let [kind, second, _] = self.widths;
        let strict = |row: &[u8]| {
            let number =
                |bytes: Option<&[u8]>| bytes.unwrap_or_default().iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
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
        let width = self.widths.iter().sum::<usize>().max(1);
        Ok((!self.data.chunks_exact(width).all(strict)).then_some("has an entry that is not as the standard has it"))
    }

    fn ranges(&self) -> Vec<(u32, u32)> {
        let mut rows = self.data.len() / self.widths.iter().sum::<usize>().max(1);
        let mut ranges = Vec::new();
        for (first, count) in &self.index {
            let here = usize::try_from(*count).unwrap_or(usize::MAX).min(rows);
            rows = rows.saturating_sub(here);
            ranges.push((*first, u32::try_from(here).unwrap_or(u32::MAX)));
        }
        ranges
    }

    fn weight(&self) -> usize {
        self.data.len().saturating_add(self.index.len().saturating_mul(8)).saturating_add(self.lookup.weight())
    }
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
