//! A PDF as its sequence of revisions (ISO 32000-2, 7.5.6). Objects are read when they are asked for.

use super::PdfError;
use super::budget::Budget;
use super::crypt::{Encryption, each_string};
use super::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use super::parser::{Parser, is_space};
use super::revisions::{Revision, group, startxref};
use super::source::{Prefix, Source};
use super::window::read_indirect;
use super::xref::{self, Entry, Section, XrefKind};
use super::{filters, recover};
use crate::limits::Limits;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

/// Bytes that a byte of an object may become in memory, roughly.
const IN_MEMORY: usize = 8;
/// References followed from one to the next, and `/Length` looked up while an object is looked up.
const INDIRECTIONS: u32 = 16;

/// An opened PDF. Keeps what it has read, so it is for one thread at a time.
pub struct Document {
    source: Arc<dyn Source>,
    limits: Limits,
    base: u64,
    version: (u8, u8),
    sections: Arc<Vec<Section>>,
    /// Sections in force: fewer than all in a view of an older revision.
    in_force: usize,
    revisions: Arc<Vec<Revision>>,
    /// Revisions in force, as above.
    present: usize,
    encryption: Option<Arc<Encryption>>,
    recovered: Option<String>,
    objects: RefCell<Cache<ObjectId, Object>>,
    streams: RefCell<Cache<u32, ObjectStream>>,
    depth: Cell<u32>,
    /// Where the last search for `endstream` began, and what it found.
    searched: Cell<Option<(u64, Option<u64>)>>,
    /// What may still be parsed or decoded, of the document and of all views of it.
    budget: Arc<Budget>,
}

/// What was read, as much of it as may be kept.
struct Cache<K, V> {
    kept: HashMap<K, Arc<V>>,
    bytes: usize,
    most: usize,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// What one entry takes besides its content.
    const ENTRY: usize = 128;

    fn new(most: usize) -> Self {
        Self { kept: HashMap::new(), bytes: 0, most }
    }

    fn get(&self, key: &K) -> Option<Arc<V>> {
        self.kept.get(key).map(Arc::clone)
    }

    fn insert(&mut self, key: K, value: Arc<V>, bytes: usize) {
        let bytes = bytes.saturating_add(Self::ENTRY);
        if self.bytes.saturating_add(bytes) > self.most {
            self.clear();
        }
        // what does not fit at all takes the whole place, alone
        self.bytes = self.bytes.saturating_add(bytes);
        self.kept.insert(key, value);
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }
}

/// A decoded object stream (7.5.7).
struct ObjectStream {
    /// Object number and offset of each object.
    index: Vec<(u32, usize)>,
    data: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("len", &self.len())
            .field("revisions", &self.revisions.len())
            .finish_non_exhaustive()
    }
}

impl Document {
    /// Opens a file as it is written. `password` is that of an encrypted file; the empty user password is tried without one.
    pub fn open(source: Arc<dyn Source>, password: Option<&[u8]>, limits: Limits) -> Result<Self, PdfError> {
        Self::open_within(source, password, limits, &Arc::new(Budget::new(&limits)))
    }

    /// Opens a file, or a part of it, with what is left of what the file may cost.
    pub fn open_within(
        source: Arc<dyn Source>,
        password: Option<&[u8]>,
        limits: Limits,
        budget: &Arc<Budget>,
    ) -> Result<Self, PdfError> {
        let (base, version) = header(&*source)?;
        let start = startxref(&*source, base, &limits)?;
        let sections = xref::read_chain(&*source, base, start, budget, &limits)?;
        let revisions = group(&*source, &sections, &limits)?;
        Self::assemble(source, password, &limits, budget, base, version, sections, revisions, None)
    }

    /// Opens a file to sign it: one whose cross-reference table is damaged is read with a table that is rebuilt, and
    /// [`recovered`](Self::recovered) then says why.
    pub fn open_or_recover(source: Arc<dyn Source>, password: Option<&[u8]>, limits: Limits) -> Result<Self, PdfError> {
        let usable = |doc: Self| match doc.page(0) {
            Ok(_) => Ok(doc),
            Err(why) => Err(why),
        };
        let why = match Self::open(Arc::clone(&source), password, limits).and_then(usable) {
            Ok(doc) => return Ok(doc),
            Err(
                why @ (PdfError::Io(_)
                | PdfError::NoHeader
                | PdfError::PasswordNeeded
                | PdfError::WrongPassword
                | PdfError::UnsupportedEncryption { .. }),
            ) => return Err(why),
            Err(why) => why,
        };
        let (base, version) = header(&*source)?;
        let budget = Arc::new(Budget::new(&limits));
        let section = recover::rebuild(&*source, &budget, &limits)?;
        let revision = Revision {
            xref: XrefKind::Table,
            startxref: 0,
            start: 0,
            end: source.len(),
            trailer: section.trailer.clone(),
            sections: 1,
        };
        let why = why.to_string();
        let (sections, revisions) = (vec![section], vec![revision]);
        let doc = Self::assemble(source, password, &limits, &budget, base, version, sections, revisions, Some(why))?;
        usable(doc)
    }

    #[allow(clippy::too_many_arguments)] // private, called twice
    fn assemble(
        source: Arc<dyn Source>,
        password: Option<&[u8]>,
        limits: &Limits,
        budget: &Arc<Budget>,
        base: u64,
        version: (u8, u8),
        sections: Vec<Section>,
        revisions: Vec<Revision>,
        recovered: Option<String>,
    ) -> Result<Self, PdfError> {
        let mut doc = Self {
            source,
            limits: *limits,
            base,
            version,
            in_force: sections.len(),
            sections: Arc::new(sections),
            present: revisions.len(),
            revisions: Arc::new(revisions),
            encryption: None,
            recovered,
            objects: RefCell::new(Cache::new(limits.pdf_cache_bytes)),
            streams: RefCell::new(Cache::new(limits.pdf_cache_bytes)),
            depth: Cell::new(0),
            searched: Cell::new(None),
            budget: Arc::clone(budget),
        };
        if let Some(entry) = doc.trailer().get(b"Encrypt").filter(|e| !e.is_null()).cloned() {
            let resolved = doc.resolve(&entry)?;
            let dictionary =
                resolved.as_dictionary().ok_or(PdfError::Missing { what: "/Encrypt is not a dictionary" })?;
            let first_id = match doc.trailer().get(b"ID").map(|id| doc.resolve(id)).transpose()? {
                Some(id) => {
                    id.as_array().and_then(|a| a.first()).and_then(Object::as_string).unwrap_or_default().to_vec()
                }
                None => Vec::new(),
            };
            let encryption = Encryption::open(dictionary, &first_id, password)?;
            doc.encryption = Some(Arc::new(encryption));
            // what was read so far was read without decryption
            doc.objects.borrow_mut().clear();
            if let Some(id) = entry.as_reference() {
                // strings of /Encrypt itself are not encrypted
                doc.objects.borrow_mut().insert(id, resolved, 0);
            }
        }
        if !doc.trailer().contains(b"Root") {
            return Err(PdfError::Missing { what: "the trailer names no document catalog" });
        }
        Ok(doc)
    }

    /// The document as it was at the end of a revision, oldest 0.
    pub fn at_revision(&self, revision: usize) -> Result<Self, PdfError> {
        let newest = self.revisions().get(revision).ok_or(PdfError::Missing { what: "there is no such revision" })?;
        let present = revision.saturating_add(1);
        // what was added later cannot be part of what was there
        let source: Arc<dyn Source> = if present < self.present {
            Arc::new(Prefix::new(Arc::clone(&self.source), newest.end))
        } else {
            Arc::clone(&self.source)
        };
        Ok(Self {
            source,
            limits: self.limits,
            base: self.base,
            version: self.version,
            sections: Arc::clone(&self.sections),
            in_force: newest.sections,
            revisions: Arc::clone(&self.revisions),
            present,
            encryption: self.encryption.clone(),
            recovered: self.recovered.clone(),
            objects: RefCell::new(Cache::new(self.limits.pdf_cache_bytes)),
            streams: RefCell::new(Cache::new(self.limits.pdf_cache_bytes)),
            depth: Cell::new(0),
            searched: Cell::new(None),
            budget: Arc::clone(&self.budget),
        })
    }

    /// The bytes.
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.source.len()
    }

    /// True without a byte (which no opened document is).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The limits it was opened with.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Bytes before `%PDF`, to which all offsets in the file are relative; 0 in honest files.
    pub const fn header_offset(&self) -> u64 {
        self.base
    }

    /// Version of the header, (1, 7) for `%PDF-1.7`; the catalog's `/Version` may be higher.
    pub const fn version(&self) -> (u8, u8) {
        self.version
    }

    /// The revisions, oldest first.
    pub fn revisions(&self) -> &[Revision] {
        self.revisions.get(..self.present).unwrap_or_default()
    }

    /// Why the cross-reference table had to be rebuilt, if it had.
    pub fn recovered(&self) -> Option<&str> {
        self.recovered.as_deref()
    }

    /// The key of an encrypted file.
    pub fn encryption(&self) -> Option<&Encryption> {
        self.encryption.as_deref()
    }

    fn in_force(&self) -> &[Section] {
        self.sections.get(..self.in_force).unwrap_or_default()
    }

    /// The newest trailer dictionary.
    pub fn trailer(&self) -> &Dictionary {
        static EMPTY: Dictionary = Dictionary::new();
        self.in_force().last().map_or(&EMPTY, |s| &s.trailer)
    }

    /// The identity of the document catalog, if the trailer refers to it (it must).
    pub fn catalog_id(&self) -> Option<ObjectId> {
        self.trailer().get(b"Root").and_then(Object::as_reference)
    }

    /// The document catalog.
    pub fn catalog(&self) -> Result<Arc<Object>, PdfError> {
        let root =
            self.trailer().get(b"Root").ok_or(PdfError::Missing { what: "the trailer names no document catalog" })?;
        let catalog = self.resolve(root)?;
        match *catalog {
            Object::Dictionary(_) => Ok(catalog),
            _ => Err(PdfError::Missing { what: "the document catalog is not a dictionary" }),
        }
    }

    /// The highest object number in use or announced.
    pub fn highest_object_number(&self) -> u32 {
        let used =
            self.in_force().iter().flat_map(Section::ranges).map(|(first, count)| first.saturating_add(count)).max();
        let sizes = self.in_force().iter().filter_map(|s| s.trailer.get(b"Size")?.as_integer());
        let announced = sizes.filter_map(|n| u32::try_from(n).ok()).filter(|n| *n <= self.limits.pdf_objects).max();
        used.max(announced).unwrap_or_default().saturating_sub(1)
    }

    /// The cross-reference sections of a revision, the oldest first.
    pub(super) fn sections_of(&self, revision: usize) -> &[Section] {
        let Some(end) = self.revisions().get(revision).map(|r| r.sections) else { return &[] };
        let start = revision.checked_sub(1).and_then(|r| self.revisions().get(r)).map_or(0, |r| r.sections);
        self.sections.get(start..end).unwrap_or_default()
    }

    /// The object numbers that the cross-reference sections of a revision say something of.
    pub fn changed_objects(&self, revision: usize) -> Vec<u32> {
        let ranges = self.sections_of(revision).iter().flat_map(Section::ranges);
        let mut numbers: Vec<u32> = ranges.flat_map(|(f, c)| f..f.saturating_add(c)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Where an object is; `None` if no section says anything of it.
    pub fn location(&self, number: u32) -> Result<Option<Entry>, PdfError> {
        for section in self.in_force().iter().rev() {
            if let Some(entry) = section.lookup(&*self.source, self.base, number)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// An object by its identity; null if there is none (7.3.10).
    pub fn get(&self, id: ObjectId) -> Result<Arc<Object>, PdfError> {
        if let Some(object) = self.objects.borrow().get(&id) {
            return Ok(object);
        }
        let depth = self.depth.get();
        if depth >= INDIRECTIONS {
            return Err(PdfError::TooLarge { what: "a chain of references" });
        }
        self.depth.set(depth.saturating_add(1));
        let object = self.read(id);
        self.depth.set(depth);
        let (object, length) = object?;
        let object = Arc::new(object);
        self.objects.borrow_mut().insert(id, Arc::clone(&object), length.saturating_mul(IN_MEMORY));
        Ok(object)
    }

    /// The object that this one stands for: itself, or what its reference leads to.
    pub fn resolve(&self, object: &Object) -> Result<Arc<Object>, PdfError> {
        let Object::Reference(id) = object else { return Ok(Arc::new(object.clone())) };
        let mut found = self.get(*id)?;
        for _ in 0..INDIRECTIONS {
            let Object::Reference(next) = *found else { return Ok(found) };
            found = self.get(next)?;
        }
        Err(PdfError::TooLarge { what: "a chain of references" })
    }

    /// The value of a dictionary's key, resolved; null if it is absent.
    pub fn value(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Arc<Object>, PdfError> {
        dictionary.get(key).map_or_else(|| Ok(Arc::new(Object::Null)), |v| self.resolve(v))
    }

    /// Reads an object; gives also how many bytes it is written in.
    fn read(&self, id: ObjectId) -> Result<(Object, usize), PdfError> {
        let location = self.location(id.number)?.filter(|entry| entry.generation() == Some(id.generation));
        match location {
            None | Some(Entry::Free) => Ok((Object::Null, 0)),
            Some(Entry::InFile { offset, .. }) => {
                let (object, end) = self.read_at(id, offset)?;
                // the data of a stream stays in the file
                let end = match &object {
                    Object::Stream(Stream { data: StreamData::InFile(data), .. }) => data.start,
                    _ => end,
                };
                Ok((object, usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX)))
            }
            Some(Entry::InStream { stream, index }) => self.read_in_stream(id, stream, index),
        }
    }

    /// A reference that leads to an object of another generation: null by the standard, but not for every reader.
    pub(super) fn misses_generation(&self, id: ObjectId) -> Result<bool, PdfError> {
        let generation = self.location(id.number)?.and_then(Entry::generation);
        Ok(generation.is_some_and(|generation| generation != id.generation))
    }

    /// Reads an object that stands in the file's body; also gives where it ends, behind `endobj`.
    pub(super) fn read_at(&self, id: ObjectId, offset: u64) -> Result<(Object, u64), PdfError> {
        let wrong = PdfError::WrongObject { expected: id, position: offset };
        if offset >= self.len() {
            return Err(wrong);
        }
        // nothing is parsed that is another object
        let window = self.source.read_up_to(offset, 64)?;
        if !Parser::new(&window, 0, true, &self.limits).unsigned().is_ok_and(|n| n == u64::from(id.number)) {
            return Err(wrong);
        }
        let read = read_indirect(&*self.source, offset, &self.limits);
        self.budget.work(read.as_ref().map_or(self.limits.pdf_object_bytes, |(indirect, _)| indirect.end))?;
        let (indirect, start) = read?;
        if indirect.id.number != id.number {
            return Err(wrong);
        }
        let position = |at: usize| start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        let (mut object, end) = match (indirect.object, indirect.stream_start) {
            (Object::Dictionary(dictionary), Some(at)) => {
                let (data, end) = self.stream_extent(&dictionary, position(at))?;
                (Object::Stream(Stream { dictionary, data: StreamData::InFile(data) }), end)
            }
            (object, _) => (object, position(indirect.end)),
        };
        if let Some(encryption) = &self.encryption {
            each_string(&mut object, &mut |bytes| {
                *bytes = encryption.decrypt_string(indirect.id, bytes)?;
                Ok(())
            })?;
        }
        let window = self.source.read_up_to(end, 64)?;
        let mut parser = Parser::new(&window, 0, true, &self.limits);
        let end = match parser.keyword(b"endobj") {
            Ok(true) => end.saturating_add(u64::try_from(parser.position()).unwrap_or_default()),
            _ => end,
        };
        Ok((object, end))
    }

    /// Where a stream's data is and where `endstream` ends. A `/Length` that does not lead to `endstream` is not believed:
    /// the keyword is looked for.
    fn stream_extent(&self, dictionary: &Dictionary, start: u64) -> Result<(Range<u64>, u64), PdfError> {
        let length = match dictionary.get(b"Length") {
            Some(Object::Integer(n)) => u64::try_from(*n).ok(),
            Some(reference @ Object::Reference(_)) => {
                self.resolve(reference).ok().and_then(|n| n.as_integer()).and_then(|n| u64::try_from(n).ok())
            }
            _ => None,
        };
        if let Some(end) = length.and_then(|n| start.checked_add(n)).filter(|e| *e <= self.len()) {
            let window = self.source.read_up_to(end, 32)?;
            let skipped = window.iter().take_while(|b| is_space(**b)).count();
            if window.get(skipped..).is_some_and(|w| w.starts_with(b"endstream")) {
                let behind = u64::try_from(skipped).unwrap_or_default().saturating_add(9);
                return Ok((start..end, end.saturating_add(behind)));
            }
        }
        // from anywhere before a place that was found, that one is the next
        let known = self.searched.get().filter(|(from, at)| start >= *from && at.is_none_or(|at| start <= at));
        let found = match known {
            Some((_, found)) => found,
            None => recover::find(&*self.source, start, b"endstream", &self.budget)?,
        };
        if known.is_none() {
            self.searched.set(Some((start, found)));
        }
        let found = found.ok_or(PdfError::Malformed { position: start, what: "a stream does not end" })?;
        // the end of line before the keyword is not data
        let tail_start = found.saturating_sub(2).max(start);
        let tail = self
            .source
            .read_up_to(tail_start, usize::try_from(found.saturating_sub(tail_start)).unwrap_or_default())?;
        let end_of_line = match tail.as_slice() {
            [.., b'\r', b'\n'] => 2,
            [.., b'\r' | b'\n'] => 1,
            _ => 0,
        };
        Ok((start..found.saturating_sub(end_of_line), found.saturating_add(9)))
    }

    fn read_in_stream(&self, id: ObjectId, stream: u32, index: u32) -> Result<(Object, usize), PdfError> {
        let malformed = PdfError::Missing { what: "an object is not in the object stream that should hold it" };
        if stream == id.number || matches!(self.location(stream)?, Some(Entry::InStream { .. })) {
            return Err(malformed);
        }
        let holder = self.object_stream(stream)?;
        let by_index = usize::try_from(index).ok().and_then(|i| holder.index.get(i)).filter(|(n, _)| *n == id.number);
        let (_, offset) =
            by_index.or_else(|| holder.index.iter().rev().find(|(n, _)| *n == id.number)).ok_or(malformed)?;
        let mut parser = Parser::new(&holder.data, *offset, true, &self.limits);
        let object = parser.object();
        let length = parser.position().saturating_sub(*offset);
        self.budget.work(length)?;
        Ok((object?, length))
    }

    fn object_stream(&self, number: u32) -> Result<Arc<ObjectStream>, PdfError> {
        if let Some(stream) = self.streams.borrow().get(&number) {
            return Ok(stream);
        }
        let id = ObjectId::new(number);
        let object = self.get(id)?;
        let stream = object.as_stream().ok_or(PdfError::Missing { what: "an object stream is not a stream" })?;
        let integer = |key: &[u8]| -> Result<usize, PdfError> {
            let value = self.value(&stream.dictionary, key)?.as_integer().and_then(|n| usize::try_from(n).ok());
            value.ok_or(PdfError::Missing { what: "an object stream's /N or /First is not an integer" })
        };
        let (count, first) = (integer(b"N")?, integer(b"First")?);
        let data = self.decoded(id, stream, self.limits.pdf_object_stream_bytes)?;
        if count > self.limits.pdf_elements {
            return Err(PdfError::TooLarge { what: "an object stream" });
        }
        let mut parser = Parser::new(&data, 0, true, &self.limits);
        let mut index = Vec::new();
        for _ in 0..count {
            let (Ok(number), Ok(offset)) = (parser.unsigned(), parser.unsigned()) else { break };
            let (Ok(number), Ok(offset)) = (u32::try_from(number), usize::try_from(offset)) else { break };
            index.push((number, offset.saturating_add(first)));
        }
        let size = data.len().saturating_add(index.len().saturating_mul(16));
        let stream = Arc::new(ObjectStream { index, data });
        self.streams.borrow_mut().insert(number, Arc::clone(&stream), size);
        Ok(stream)
    }

    /// The object numbers in an object stream, in its order.
    pub fn object_stream_numbers(&self, number: u32) -> Result<Vec<u32>, PdfError> {
        Ok(self.object_stream(number)?.index.iter().map(|(n, _)| *n).collect())
    }

    /// Pays for what is made of what was read, as if it were bytes parsed again.
    pub(super) fn pay(&self, bytes: usize) -> Result<(), PdfError> {
        self.budget.work(bytes)
    }

    /// The decrypted and decoded bytes of a stream, whose identity is `id`.
    pub fn stream_data(&self, id: ObjectId, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        self.decoded(id, stream, self.limits.pdf_stream_bytes)
    }

    fn decoded(&self, id: ObjectId, stream: &Stream, most: usize) -> Result<Vec<u8>, PdfError> {
        let mut stream = stream.clone();
        for key in [b"Filter".as_slice(), b"DecodeParms"] {
            if let Some(value) = stream.dictionary.get(key) {
                let mut value = (*self.resolve(value)?).clone();
                if let Object::Array(elements) = &mut value {
                    for element in elements.iter_mut().take(self.limits.pdf_filters.saturating_add(1)) {
                        *element = (*self.resolve(element)?).clone();
                    }
                }
                stream.dictionary.set(key, value);
            }
        }
        let encryption = self.encryption().map(|e| (e, id));
        filters::decode(&*self.source, &stream, encryption, most, &self.budget, &self.limits)
    }

    /// The bytes of the file that an object takes, from its number to behind `endobj`; an error if it is not in the file's body.
    pub fn object_span(&self, id: ObjectId) -> Result<Range<u64>, PdfError> {
        match self.location(id.number)? {
            Some(Entry::InFile { offset, .. }) => Ok(offset..self.read_at(id, offset)?.1),
            _ => Err(PdfError::Missing { what: "it is not an object of its own" }),
        }
    }
}

/// Finds the header; gives the bytes before it and its version.
fn header(source: &dyn Source) -> Result<(u64, (u8, u8)), PdfError> {
    let window = source.read_up_to(0, 1024)?;
    let at = window.windows(5).position(|w| w == b"%PDF-").ok_or(PdfError::NoHeader)?;
    let digit = |i: usize| window.get(at.saturating_add(i)).filter(|b| b.is_ascii_digit()).map_or(0, |b| b - b'0');
    Ok((u64::try_from(at).unwrap_or_default(), (digit(5), digit(7))))
}
