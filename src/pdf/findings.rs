//! What is odd about the revisions of a file: objects that stand in no table or in two, cross-references that lead where
//! honest writers' never do. A reader that goes by the tables sees none of it; another reader, or the same one when a
//! further revision is added, may.
//!
//! A finding concerns those who signed before it: [`Finding::since`].

use super::PdfError;
use super::document::Document;
use super::object::{Object, ObjectId, Stream, StreamData};
use super::parser::{Parser, is_space};
use super::revisions::Revision;
use super::xref::{Entry, XrefKind};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::Range;

/// Findings of one kind that are told.
const MOST_OF_A_KIND: usize = 10;
/// Bytes looked at in one piece.
const BLOCK: usize = 64 << 10;

/// One odd thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub oddity: Oddity,
    /// The revision that brought it; a signature of an earlier revision did not sign it. `usize::MAX` if nobody did.
    pub since: usize,
}

/// The odd things that are looked for. Numbers are object numbers, positions bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// An object that no cross-reference tells of.
    Unlisted(u32, u64),
    /// Bytes that belong to no object and no cross-reference.
    Stray(u64),
    /// A cross-reference that no other leads to.
    UnlistedXref(u64),
    /// An object that one cross-reference section places twice.
    PlacedTwice(u32),
    /// An object that begins within another one.
    Overlaps(u32, u32),
    /// An object that a later revision slips under an entry that was there before.
    LedAhead(u32),
    /// An object of an older revision that a newer cross-reference brings back.
    LedBack(u32),
    /// An object within the bytes that a signature leaves out.
    InSignature(u32),
    /// An object that readers of tables and readers of cross-reference streams find at different places.
    HybridDisagrees(u32),
    /// A cross-reference stream of another revision that a table leads to.
    HybridElsewhere(u64),
    /// Cross-reference sections that do not stand one behind the other.
    OutOfOrder(u64),
    /// A revision that goes on from another cross-reference than the one that ended the revision before.
    OtherPrevious(u64),
    /// An object stream that was written anew, and with it the objects in it.
    StreamOverridden(u32),
    /// An object that is not where its cross-reference says in the object stream, or is not in it.
    Misplaced(u32),
    /// A signature that is the value of no field.
    LostSignature(u32),
    /// An object whose generation is not the one of its cross-reference.
    OtherGeneration(u32),
    /// A cross-reference section that strict readers refuse, and why.
    Flawed(u64, &'static str),
    /// An object that cannot be read here, but perhaps elsewhere.
    Unreadable(u32),
    /// A stream that does not end where its `/Length` says.
    OtherLength(u32),
    /// An object stream that holds an object twice.
    HeldTwice(u32, u32),
    /// A reference to an object by another generation than it has.
    ReferenceMisses(u32, u32),
}

impl Oddity {
    /// Readers that are all right may find different documents in the file.
    pub const fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::PlacedTwice(_)
                | Self::Overlaps(..)
                | Self::HybridDisagrees(_)
                | Self::Misplaced(_)
                | Self::OtherGeneration(_)
                | Self::HeldTwice(..)
        )
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted(number, at) => write!(f, "object {number} at byte {at} stands in no cross-reference table"),
            Self::Stray(at) => write!(f, "the bytes from {at} on belong to no object of the revision"),
            Self::UnlistedXref(at) => write!(f, "no other cross-reference leads to the one at byte {at}"),
            Self::PlacedTwice(number) => write!(f, "one cross-reference table has two places for object {number}"),
            Self::Overlaps(number, other) => write!(f, "object {number} begins within object {other}"),
            Self::LedAhead(number) => {
                write!(f, "object {number} was put where an earlier cross-reference already led to")
            }
            Self::LedBack(number) => write!(f, "the cross-reference leads object {number} back to an older revision"),
            Self::InSignature(number) => write!(f, "object {number} begins within what a signature leaves out"),
            Self::HybridDisagrees(number) => {
                write!(
                    f,
                    "the cross-reference table and the stream beside it have different places for object {number}"
                )
            }
            Self::HybridElsewhere(at) => {
                write!(f, "a table leads to a cross-reference stream of another revision, at byte {at}")
            }
            Self::OutOfOrder(at) => {
                write!(f, "the cross-reference at byte {at} stands before the older one that it goes on from")
            }
            Self::OtherPrevious(at) => {
                write!(f, "the revision goes on from the cross-reference at byte {at}, which ended no revision")
            }
            Self::StreamOverridden(number) => write!(f, "object stream {number} was replaced, with the objects in it"),
            Self::Misplaced(number) => {
                write!(f, "object {number} is not where the cross-reference says in its object stream")
            }
            Self::Flawed(at, what) => write!(f, "the cross-reference at byte {at} {what}"),
            Self::Unreadable(number) => write!(f, "object {number} cannot be read"),
            Self::OtherLength(number) => write!(f, "stream {number} does not end where its /Length says"),
            Self::HeldTwice(number, stream) => write!(f, "object stream {stream} holds object {number} twice"),
            Self::ReferenceMisses(0, number) => {
                write!(f, "the trailer refers to object {number} by another generation than it has")
            }
            Self::ReferenceMisses(from, number) => {
                write!(f, "object {from} refers to object {number} by another generation than it has")
            }
            Self::LostSignature(number) => write!(f, "object {number} is a signature that no field leads to"),
            Self::OtherGeneration(number) => {
                write!(f, "object {number} has another generation than its cross-reference says")
            }
        }
    }
}

/// Looks for odd things. Cross-references are looked at in all revisions, bytes in those behind the revision `signed`. `gaps` are the
/// bytes that signatures leave out.
pub fn find(doc: &Document, signed: usize, gaps: &[Range<u64>]) -> Result<Vec<Finding>, PdfError> {
    if doc.recovered().is_some() {
        return Ok(Vec::new());
    }
    let signatures = doc.signature_fields()?.into_iter().filter_map(|f| Some(f.value?.0?.number)).collect();
    let mut search = Search {
        doc,
        signed,
        gaps,
        signatures,
        found: BTreeMap::new(),
        alike: HashMap::new(),
        entries: 0,
        holders: HashMap::new(),
    };
    let mut before = None;
    for (index, revision) in doc.revisions().iter().enumerate() {
        let step = Step { index, revision, view: doc.at_revision(index)?, before };
        search.order(index)?;
        let listed = search.tables(&step)?;
        if index > signed {
            search.syntax(&step)?;
            search.bytes(&step, listed)?;
        }
        before = Some(step.view);
    }
    Ok(search.found.into_iter().map(|(oddity, since)| Finding { oddity, since }).collect())
}

/// One revision, and the documents with it and without it.
struct Step<'a> {
    index: usize,
    revision: &'a Revision,
    view: Document,
    before: Option<Document>,
}

struct Search<'a> {
    doc: &'a Document,
    signed: usize,
    gaps: &'a [Range<u64>],
    /// Objects that are signatures of fields.
    signatures: HashSet<u32>,
    found: BTreeMap<Oddity, usize>,
    /// How many there are of a kind in a revision.
    alike: HashMap<(std::mem::Discriminant<Oddity>, usize), usize>,
    entries: usize,
    /// Object streams, and the revision that first had objects in them.
    holders: HashMap<u32, usize>,
}

impl Search<'_> {
    fn add(&mut self, oddity: Oddity, since: usize) {
        let alike = self.alike.entry((std::mem::discriminant(&oddity), since)).or_default();
        *alike = alike.saturating_add(1);
        if *alike <= MOST_OF_A_KIND {
            self.found.entry(oddity).or_insert(since);
        }
    }

    /// Sections one behind the other, each going on from the end of the revision before.
    fn order(&mut self, index: usize) -> Result<(), PdfError> {
        let doc = self.doc;
        let sections = doc.sections_of(index);
        // the two sections of a linearized file (Annex F): the first one to be read stands at its beginning
        let linearized = index == 0 && sections.len() == 2;
        for section in sections.iter().skip(1).filter(|_| !linearized) {
            self.add(Oddity::OutOfOrder(section.position), index);
        }
        if let Some(before) = index.checked_sub(1).and_then(|i| doc.revisions().get(i))
            && doc.stated_xref(before.end)?.is_some_and(|stated| stated != before.startxref)
        {
            self.add(Oddity::OtherPrevious(before.startxref), index);
        }
        Ok(())
    }

    /// How the cross-reference sections of a revision are written.
    fn syntax(&mut self, step: &Step<'_>) -> Result<(), PdfError> {
        for section in self.doc.sections_of(step.index) {
            for flaw in section.flaws(&**self.doc.source())? {
                self.add(Oddity::Flawed(section.position, flaw), step.index);
            }
            self.references(step, 0, &Object::Dictionary(section.trailer.clone()))?;
        }
        Ok(())
    }

    /// References by another generation than the object has.
    fn references(&mut self, step: &Step<'_>, from: u32, object: &Object) -> Result<(), PdfError> {
        match object {
            Object::Reference(id) => {
                if id.generation != 0 {
                    self.count(step.index)?;
                    if step.view.misses_generation(*id)? {
                        self.add(Oddity::ReferenceMisses(from, id.number), step.index);
                    }
                }
                Ok(())
            }
            Object::Array(elements) => elements.iter().try_for_each(|e| self.references(step, from, e)),
            Object::Dictionary(dictionary) => dictionary.iter().try_for_each(|(_, v)| self.references(step, from, v)),
            Object::Stream(stream) => stream.dictionary.iter().try_for_each(|(_, v)| self.references(step, from, v)),
            _ => Ok(()),
        }
    }

    /// What the cross-reference sections of a revision say; gives the objects in its own bytes.
    fn tables(&mut self, step: &Step<'_>) -> Result<Vec<(u64, ObjectId)>, PdfError> {
        let (source, base) = (&**self.doc.source(), self.doc.header_offset());
        let mut entries = Vec::new();
        for section in self.doc.sections_of(step.index) {
            let mut all = section.entries(source, base)?;
            self.count(all.len())?;
            all.sort_by_key(|(number, _)| *number);
            for pair in all.windows(2) {
                if let [(number, one), (other, two)] = pair
                    && number == other
                    && one != two
                {
                    self.add(Oddity::PlacedTwice(*number), step.index);
                }
            }
            if let Some((more, extent)) = section.hybrid(source, base)? {
                self.count(more.len())?;
                if extent.start < step.revision.start {
                    self.add(Oddity::HybridElsewhere(extent.start), step.index);
                } else if extent.end > step.revision.end {
                    let since = self.revision_at(extent.start).unwrap_or(step.index);
                    self.add(Oddity::HybridElsewhere(extent.start), since);
                }
                for (number, entry) in more {
                    let at = all.partition_point(|(n, _)| *n < number);
                    match all.get(at).filter(|(n, _)| *n == number) {
                        Some((_, listed)) if *listed != Entry::Free && entry != Entry::Free && *listed != entry => {
                            self.add(Oddity::HybridDisagrees(number), step.index);
                        }
                        // hidden from readers of tables (7.5.8.4)
                        _ => entries.push((number, entry)),
                    }
                }
            }
            entries.extend(all);
        }
        let (mut own, mut held) = (Vec::new(), BTreeMap::<u32, Vec<(u32, u32)>>::new());
        for (number, entry) in entries {
            if self.holders.get(&number).is_some_and(|first| *first < step.index)
                && self.known(step, number)? != Some(entry)
            {
                self.add(Oddity::StreamOverridden(number), step.index);
            }
            match entry {
                Entry::InFile { offset, generation } if self.is_own(step, number, entry, offset)? => {
                    own.push((offset, ObjectId { number, generation }));
                }
                Entry::Free | Entry::InFile { .. } => {}
                Entry::InStream { stream, index } => held.entry(stream).or_default().push((number, index)),
            }
        }
        for (stream, members) in held {
            self.holders.entry(stream).or_insert(step.index);
            let Ok(numbers) = step.view.object_stream_numbers(stream) else {
                self.add(Oddity::Unreadable(stream), step.index);
                continue;
            };
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            for pair in sorted.windows(2) {
                if let [one, other] = pair
                    && one == other
                {
                    self.add(Oddity::HeldTwice(*one, stream), step.index);
                }
            }
            for (number, index) in members {
                if step.index > self.signed {
                    match step.view.get(ObjectId::new(number)) {
                        Ok(object) => self.references(step, number, &object)?,
                        Err(_) => self.add(Oddity::Unreadable(number), step.index),
                    }
                }
                if usize::try_from(index).ok().and_then(|at| numbers.get(at)) != Some(&number) {
                    self.add(Oddity::Misplaced(number), step.index);
                }
            }
        }
        Ok(own)
    }

    fn count(&mut self, entries: usize) -> Result<(), PdfError> {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > self.doc.limits().pdf_xref_entries {
            Err(PdfError::TooLarge { what: "the cross-references" })
        } else {
            Ok(())
        }
    }

    /// Where an object was before.
    fn known(&mut self, step: &Step<'_>, number: u32) -> Result<Option<Entry>, PdfError> {
        self.count(step.index)?;
        Ok(step.before.as_ref().map(|b| b.location(number)).transpose()?.flatten())
    }

    /// The entry leads into the bytes of its own revision.
    fn is_own(&mut self, step: &Step<'_>, number: u32, entry: Entry, offset: u64) -> Result<bool, PdfError> {
        if self.gaps.iter().any(|gap| gap.contains(&offset)) {
            self.add(Oddity::InSignature(number), usize::MAX);
        } else if offset < step.revision.start {
            if self.known(step, number)? != Some(entry) && self.stands_at(number, offset)? {
                self.add(Oddity::LedBack(number), step.index);
            }
        } else if offset < step.revision.end {
            return Ok(true);
        } else if let Some(later) = self.revision_at(offset).filter(|later| *later > step.index)
            && self.stands_at(number, offset)?
        {
            self.add(Oddity::LedAhead(number), later);
        }
        Ok(false)
    }

    fn revision_at(&self, position: u64) -> Option<usize> {
        let revisions = self.doc.revisions();
        let found = revisions.partition_point(|r| r.end <= position);
        revisions.get(found).map(|_| found)
    }

    /// The object really stands there.
    fn stands_at(&self, number: u32, position: u64) -> Result<bool, PdfError> {
        let window = self.doc.source().read_up_to(position, 64)?;
        Ok(header(&window, self.doc).is_some_and(|id| id.number == number))
    }

    /// What the bytes of a revision are.
    fn bytes(&mut self, step: &Step<'_>, mut listed: Vec<(u64, ObjectId)>) -> Result<(), PdfError> {
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

/// `12 0 obj` at the beginning of a window.
fn header(window: &[u8], doc: &Document) -> Option<ObjectId> {
    let mut parser = Parser::new(window, 0, true, doc.limits());
    let (number, generation) = (parser.unsigned().ok()?, parser.unsigned().ok()?);
    let is_object = parser.keyword(b"obj").ok()?;
    is_object.then_some(())?;
    Some(ObjectId { number: u32::try_from(number).ok()?, generation: u16::try_from(generation).ok()? })
}
