//! Incremental updates (ISO 32000-2, 7.5.6): changed and new objects behind the original bytes, with a cross-reference section of
//! the kind that the file has.

use super::PdfError;
use super::crypt::each_string;
use super::document::Document;
use super::object::{Dictionary, Object, ObjectId, StreamData};
use super::writer;
use super::xref::{Entry, XrefKind};
use crate::limits::Limits;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// An update that is being made.
pub struct Increment<'a> {
    doc: &'a Document,
    objects: BTreeMap<u32, (u16, Object)>,
    next: u32,
}

/// A finished update.
#[derive(Debug)]
pub struct Update {
    /// What is appended to the file.
    pub bytes: Vec<u8>,
    /// Where each object is in it, from its number to behind `endobj`.
    pub objects: BTreeMap<u32, Range<usize>>,
}

impl<'a> Increment<'a> {
    /// The limits that the document was opened with.
    pub const fn limits(&self) -> &Limits {
        self.doc.limits()
    }

    /// Starts an update of a document.
    pub fn new(doc: &'a Document) -> Self {
        Self { doc, objects: BTreeMap::new(), next: doc.highest_object_number().saturating_add(1) }
    }

    /// Adds a new object.
    pub fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        let id = ObjectId::new(self.next);
        self.next = self.next.saturating_add(1);
        self.objects.insert(id.number, (0, object.into()));
        id
    }

    /// Replaces an object.
    pub fn set(&mut self, id: ObjectId, object: impl Into<Object>) {
        self.objects.insert(id.number, (id.generation, object.into()));
    }

    /// An object as the update has it so far.
    pub fn get(&self, id: ObjectId) -> Result<Arc<Object>, PdfError> {
        match self.objects.get(&id.number) {
            Some((_, object)) => Ok(Arc::new(object.clone())),
            None => self.doc.get(id),
        }
    }

    /// Lays the update out. `id_seed` becomes the second half of the file identifier (and the first where there is none).
    pub fn finish(mut self, id_seed: [u8; 16]) -> Result<Update, PdfError> {
        let encryption = self.doc.trailer().get(b"Encrypt").and_then(Object::as_reference);
        if encryption.is_some_and(|id| self.objects.contains_key(&id.number)) {
            let what = "its encryption dictionary is a part of the document as well: nobody could open it any more";
            return Err(PdfError::Missing { what });
        }
        let mut bytes = Vec::new();
        let len = self.doc.len();
        let mut last = [0; 1];
        self.doc.source().read_exact_at(len.saturating_sub(1), &mut last)?;
        if !matches!(last, [b'\n' | b'\r']) {
            bytes.push(b'\n');
        }
        let origin = len.saturating_sub(self.doc.header_offset());
        let mut places = BTreeMap::new();
        let mut entries: BTreeMap<u32, Entry> = BTreeMap::new();
        for (number, (generation, object)) in &mut self.objects {
            let id = ObjectId { number: *number, generation: *generation };
            encrypt(self.doc, id, object)?;
            let start = bytes.len();
            bytes.extend(format!("{number} {generation} obj\n").bytes());
            writer::write(object, &mut bytes);
            bytes.extend(b"\nendobj\n");
            places.insert(*number, start..bytes.len());
            entries.insert(*number, Entry::InFile { offset: offset(origin, start), generation: *generation });
        }
        let mut kind = self.doc.revisions().last().map_or(XrefKind::Table, |r| r.xref);
        if self.doc.recovered().is_some() {
            kind = self.whole_file(&mut entries)?;
        }
        let trailer = self.trailer(id_seed)?;
        let start = offset(origin, bytes.len());
        if kind == XrefKind::Stream {
            self.xref_stream(trailer, entries, start, &mut bytes);
        } else {
            table(&entries, &mut bytes);
            bytes.extend(b"trailer\n");
            writer::write(&Object::Dictionary(trailer), &mut bytes);
        }
        bytes.extend(format!("\nstartxref\n{start}\n%%EOF\n").bytes());
        Ok(Update { bytes, objects: places })
    }

    /// A file whose cross-reference data is damaged gets new data for all its objects.
    fn whole_file(&self, entries: &mut BTreeMap<u32, Entry>) -> Result<XrefKind, PdfError> {
        let mut kind = XrefKind::Table;
        for number in self.doc.changed_objects(0) {
            let Some(mut entry) = self.doc.location(number)? else { continue };
            match &mut entry {
                Entry::InStream { .. } => kind = XrefKind::Stream,
                Entry::InFile { offset, .. } => *offset = offset.saturating_sub(self.doc.header_offset()),
                Entry::Free => {}
            }
            entries.entry(number).or_insert(entry);
        }
        Ok(kind)
    }

    fn trailer(&self, id_seed: [u8; 16]) -> Result<Dictionary, PdfError> {
        let old = self.doc.trailer();
        let mut trailer = Dictionary::new();
        trailer.set(b"Size", i64::from(self.next));
        for key in [b"Root".as_slice(), b"Info", b"Encrypt"] {
            if let Some(value) = old.get(key).filter(|v| !v.is_null()) {
                trailer.set(key, value.clone());
            }
        }
        let seed = Object::String(super::object::PdfString { bytes: id_seed.to_vec(), hexadecimal: true });
        let first = match old.get(b"ID") {
            Some(id) => self.doc.resolve(id)?.as_array().and_then(|a| a.first().cloned()),
            None => None,
        };
        trailer.set(b"ID", vec![first.unwrap_or_else(|| seed.clone()), seed]);
        if let (None, Some(revision)) = (self.doc.recovered(), self.doc.revisions().last()) {
            let previous = revision.startxref.saturating_sub(self.doc.header_offset());
            trailer.set(b"Prev", i64::try_from(previous).unwrap_or_default());
        }
        Ok(trailer)
    }

    fn xref_stream(&self, mut trailer: Dictionary, mut entries: BTreeMap<u32, Entry>, start: u64, bytes: &mut Vec<u8>) {
        let number = self.next;
        entries.insert(number, Entry::InFile { offset: start, generation: 0 });
        if self.doc.recovered().is_some() {
            entries.insert(0, Entry::Free);
        }
        trailer.set(b"Size", i64::from(number.saturating_add(1)));
        trailer.set(b"Type", Object::name("XRef"));
        let width = usize::try_from(8 - u64::from(start.leading_zeros() / 8)).unwrap_or(8).max(4);
        let w = [1, i64::try_from(width).unwrap_or(8), 2];
        trailer.set(b"W", w.into_iter().map(Object::Integer).collect::<Vec<_>>());
        let mut index = Vec::new();
        let mut data = Vec::new();
        for (first, run) in runs(&entries) {
            index.push(Object::Integer(i64::from(first)));
            index.push(Object::Integer(i64::try_from(run.len()).unwrap_or_default()));
            for entry in run {
                let (kind, second, third) = match entry {
                    Entry::Free => (0_u8, 0, u16::MAX),
                    Entry::InFile { offset, generation } => (1, offset, generation),
                    Entry::InStream { stream, index } => {
                        (2, u64::from(stream), u16::try_from(index).unwrap_or(u16::MAX))
                    }
                };
                data.push(kind);
                data.extend(second.to_be_bytes().iter().skip(8_usize.saturating_sub(width)));
                data.extend(third.to_be_bytes());
            }
        }
        trailer.set(b"Index", index);
        trailer.set(b"Length", i64::try_from(data.len()).unwrap_or_default());
        bytes.extend(format!("{number} 0 obj\n").bytes());
        let stream = super::object::Stream { dictionary: trailer, data: StreamData::InMemory(data.into()) };
        writer::write(&Object::Stream(stream), bytes);
        bytes.extend(b"\nendobj");
    }
}

fn offset(origin: u64, at: usize) -> u64 {
    origin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
}

/// Encrypts what is written into an encrypted file, and states a stream's length.
fn encrypt(doc: &Document, id: ObjectId, object: &mut Object) -> Result<(), PdfError> {
    if let Some(encryption) = doc.encryption() {
        each_string(object, &mut |bytes| {
            *bytes = encryption.encrypt_string(id, bytes)?;
            Ok(())
        })?;
        if let Object::Stream(stream) = object
            && let StreamData::InMemory(data) = &stream.data
        {
            let data = encryption.encrypt_stream(id, &stream.dictionary, data)?;
            stream.data = StreamData::InMemory(data.into());
        }
    }
    if let Object::Stream(stream) = object
        && let StreamData::InMemory(data) = &stream.data
    {
        stream.dictionary.set(b"Length", i64::try_from(data.len()).unwrap_or_default());
    }
    Ok(())
}

/// Entries with consecutive numbers, together.
fn runs(entries: &BTreeMap<u32, Entry>) -> Vec<(u32, Vec<Entry>)> {
    let mut runs: Vec<(u32, Vec<Entry>)> = Vec::new();
    let mut expected = None;
    for (number, entry) in entries {
        match runs.last_mut() {
            Some((_, run)) if expected == Some(*number) => run.push(*entry),
            _ => runs.push((*number, vec![*entry])),
        }
        expected = number.checked_add(1);
    }
    runs
}

fn table(entries: &BTreeMap<u32, Entry>, bytes: &mut Vec<u8>) {
    bytes.extend(b"xref\n");
    let mut entries = entries.clone();
    // the head of the list of free objects; every table that we write has it, like other writers' updates
    entries.insert(0, Entry::Free);
    for (first, run) in runs(&entries) {
        bytes.extend(format!("{first} {}\n", run.len()).bytes());
        for entry in run {
            match entry {
                Entry::InFile { offset, generation } => {
                    bytes.extend(format!("{offset:010} {generation:05} n\r\n").bytes());
                }
                _ => bytes.extend(b"0000000000 65535 f\r\n"),
            }
        }
    }
}
