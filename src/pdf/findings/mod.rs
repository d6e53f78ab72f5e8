//! What is odd about the revisions of a file: objects that stand in no table or in two, cross-references that lead where
//! honest writers' never do. A reader that goes by the tables sees none of it; another reader, or the same one when a
//! further revision is added, may.
//!
//! A finding concerns those who signed before it: [`Finding::since`].

mod bytes;
mod oddity;

pub use oddity::Oddity;

use super::PdfError;
use super::document::Document;
use super::object::{Object, ObjectId};
use super::parser::Parser;
use super::revisions::Revision;
use super::xref::{Entry, Section};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

/// Findings of one kind that are told.
const MOST_OF_A_KIND: usize = 10;
/// Objects that a file may have for readers of today (annex C.2 names 8,388,607 as the limit of one).
const MOST_OBJECTS: u32 = 8_388_608;

/// One odd thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub oddity: Oddity,
    /// The revision that brought it; a signature of an earlier revision did not sign it. `usize::MAX` if nobody did.
    pub since: usize,
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
        end: 0,
        holders: HashMap::new(),
    };
    let mut before = None;
    for (index, revision) in doc.revisions().iter().enumerate() {
        let step = Step { index, revision, view: doc.at_revision(index)?, before };
        search.order(index)?;
        let ranges = doc.sections_of(index).iter().flat_map(Section::ranges).filter(|(_, count)| *count > 0);
        search.end = ranges.map(|(first, count)| first.saturating_add(count)).fold(search.end, u32::max);
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
    /// Above the highest number that the cross-references so far have something of.
    end: u32,
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
            let flaws = section.flaws(&**self.doc.source())?;
            for flaw in flaws.into_iter().chain(self.wrong_size(section)).chain(lost_information(step)) {
                self.add(Oddity::Flawed(section.position, flaw), step.index);
            }
            self.references(step, 0, &Object::Dictionary(section.trailer.clone()))?;
        }
        Ok(())
    }

    /// Readers that find fault with `/Size` look through the whole file for objects instead of going by its tables (7.5.5, annex C.2).
    fn wrong_size(&self, section: &Section) -> Option<&'static str> {
        let size = section.trailer.get(b"Size").and_then(|size| match size {
            Object::Integer(size) => u32::try_from(*size).ok(),
            _ => None,
        });
        match size {
            None => Some("has a /Size that is no number of objects"),
            Some(size) if size < self.end => Some("has a /Size below the numbers of its objects"),
            Some(size) if size > MOST_OBJECTS => Some("has a /Size of more objects than readers take"),
            Some(_) => None,
        }
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
}

/// A trailer that names information about the document (`/Info`) that is not there, where the one before named what was.
fn lost_information(step: &Step<'_>) -> Option<&'static str> {
    let is_lost = |view: &Document| {
        let info = view.trailer().get(b"Info").and_then(Object::as_reference);
        info.is_some_and(|info| !view.get(info).is_ok_and(|object| object.as_dictionary().is_some()))
    };
    let was_lost = step.before.as_ref().is_some_and(is_lost);
    (is_lost(&step.view) && !was_lost).then_some("has a trailer whose /Info is not there")
}

/// `12 0 obj` at the beginning of a window.
fn header(window: &[u8], doc: &Document) -> Option<ObjectId> {
    let mut parser = Parser::new(window, 0, true, doc.limits());
    let (number, generation) = (parser.unsigned().ok()?, parser.unsigned().ok()?);
    let is_object = parser.keyword(b"obj").ok()?;
    is_object.then_some(())?;
    Some(ObjectId { number: u32::try_from(number).ok()?, generation: u16::try_from(generation).ok()? })
}
