//! The layout of a signature or a document time-stamp in a file: its dictionary, ByteRange and the gap for `/Contents`.

use super::field::{lock_dictionary, place};
use super::{PadesError, SignOptions, SubFilter, rules};
use crate::digest::{DigestAlgorithm, Hasher};
use crate::pdf::PdfError;
use crate::pdf::date;
use crate::pdf::document::Document;
use crate::pdf::increment::Increment;
use crate::pdf::object::{Dictionary, Object, ObjectId, PdfString};
use crate::pdf::source::Source;
use crate::pdf::writer::push_hex;
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;

/// `/Filter`: the handler that every reader knows.
pub const FILTER: &str = "Adobe.PPKLite";
/// Bytes copied and hashed at a time.
const BLOCK: usize = 256 << 10;
/// An integer in `/ByteRange` before it is known: as wide as any file's length.
const UNKNOWN: i64 = 9_999_999_999;

/// A laid-out signature, ready to be hashed.
pub struct Prepared {
    /// What is appended to the document.
    pub layout: Layout,
    source: Arc<dyn Source>,
}

/// What a laid-out signature adds to its document.
#[derive(Clone)]
pub struct Layout {
    /// Fully qualified name of the field.
    pub field: String,
    /// The incremental update.
    pub update: Vec<u8>,
    /// `/Contents` in the update, with its delimiters.
    pub gap: Range<usize>,
    /// Digest algorithm of the signed bytes.
    pub digest: DigestAlgorithm,
}

/// What came out of the one pass over the bytes.
pub struct Hashed {
    /// Digest of all bytes but `/Contents`.
    pub digest: Vec<u8>,
    /// SHA-256 of the file up to `/Contents`.
    file: Hasher,
}

/// Lays out a signature, or a document time-stamp, of `reserved` bytes of CMS at most.
pub fn prepare(doc: &Document, options: &SignOptions, reserved: usize) -> Result<Prepared, PadesError> {
    let fields = doc.signature_fields()?;
    // no certification forbids document time-stamps (ISO 32000-2 table 257)
    if options.sub_filter != SubFilter::TimeStamp {
        rules::certification(doc, &fields, options.certify.is_some())?;
    }
    let mut increment = Increment::new(doc);
    let value = increment.add(Object::Null);
    let placed = place(doc, &fields, options, value, &mut increment)?;
    let mut references = Vec::new();
    if let Some(certify) = options.certify {
        let mut parameters = Dictionary::new();
        parameters.set(b"P", certify.permission());
        references.push(transform("DocMDP", parameters));
        let catalog_id = doc.catalog_id().ok_or(PdfError::Missing { what: "the trailer names no document catalog" })?;
        let mut catalog = increment.get(catalog_id)?.as_dictionary().cloned().unwrap_or_default();
        let mut permissions = doc.value(&catalog, b"Perms")?.as_dictionary().cloned().unwrap_or_default();
        permissions.set(b"DocMDP", value);
        catalog.set(b"Perms", permissions);
        increment.set(catalog_id, catalog);
    }
    if let Some(lock) = placed.lock.or_else(|| options.lock.as_ref().map(lock_dictionary)) {
        let mut parameters = Dictionary::new();
        for key in [b"Action".as_slice(), b"Fields"] {
            if let Some(entry) = lock.get(key) {
                parameters.set(key, entry.clone());
            }
        }
        references.push(transform("FieldMDP", parameters));
    }
    increment.set(value, signature_dictionary(options, references, reserved));
    lay_out(doc, increment, value, placed.name, options)
}

fn lay_out(
    doc: &Document,
    increment: Increment<'_>,
    value: ObjectId,
    field: String,
    options: &SignOptions,
) -> Result<Prepared, PadesError> {
    let seed = format!("{}{}{field}", options.signing_time, doc.len());
    let mut update = increment.finish(id_seed(seed.as_bytes()))?;
    let bug = || PdfError::Missing { what: "the signature's place was not found again" };
    let object = update.objects.get(&value.number).cloned().ok_or_else(bug)?;
    let find = |bytes: &[u8], range: Range<usize>, word: &[u8]| {
        let at = bytes.get(range.clone())?.windows(word.len()).position(|w| w == word)?;
        range.start.checked_add(at)?.checked_add(word.len())
    };
    // both keys stand before any text of the signer
    let start = find(&update.bytes, object.clone(), b"/Contents").ok_or_else(bug)?;
    let end = find(&update.bytes, start..object.end, b">").ok_or_else(bug)?;
    let range_start = find(&update.bytes, object.clone(), b"/ByteRange[").ok_or_else(bug)?;
    let range_end = find(&update.bytes, range_start..object.end, b"]").ok_or_else(bug)?.saturating_sub(1);

    let origin = doc.len();
    let position = |at: usize| origin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
    let total = position(update.bytes.len());
    let numbers = format!("0 {} {} {}", position(start), position(end), total.saturating_sub(position(end)));
    let slot = update.bytes.get_mut(range_start..range_end).ok_or_else(bug)?;
    if numbers.len() > slot.len() {
        return Err(PdfError::TooLarge { what: "the file" }.into());
    }
    slot.fill(b' ');
    for (to, from) in slot.iter_mut().zip(numbers.bytes()) {
        *to = from;
    }
    let layout = Layout { field, update: update.bytes, gap: start..end, digest: options.digest };
    Ok(layout.of(Arc::clone(doc.source())))
}

fn transform(method: &str, mut parameters: Dictionary) -> Object {
    parameters.set(b"Type", Object::name("TransformParams"));
    parameters.set(b"V", Object::name("1.2"));
    let mut reference = Dictionary::new();
    reference.set(b"Type", Object::name("SigRef"));
    reference.set(b"TransformMethod", Object::name(method));
    reference.set(b"TransformParams", parameters);
    Object::Dictionary(reference)
}

fn signature_dictionary(options: &SignOptions, references: Vec<Object>, reserved: usize) -> Dictionary {
    let mut dictionary = Dictionary::new();
    let is_time_stamp = options.sub_filter == SubFilter::TimeStamp;
    dictionary.set(b"Type", Object::name(if is_time_stamp { "DocTimeStamp" } else { "Sig" }));
    dictionary.set(b"Filter", Object::name(FILTER));
    dictionary.set(b"SubFilter", Object::name(options.sub_filter.name()));
    dictionary.set(b"ByteRange", [0, UNKNOWN, UNKNOWN, UNKNOWN].map(Object::Integer).to_vec());
    dictionary.set(b"Contents", PdfString { bytes: vec![0; reserved], hexadecimal: true });
    // a time-stamp says itself when it was made (ISO 32000-2 12.8.5)
    if !is_time_stamp {
        dictionary.set(b"M", Object::string(date::format(options.signing_time)));
    }
    let texts = [
        (b"Name".as_slice(), &options.name),
        (b"Reason", &options.reason),
        (b"Location", &options.location),
        (b"ContactInfo", &options.contact),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            dictionary.set(key, Object::text(text));
        }
    }
    if !references.is_empty() {
        dictionary.set(b"Reference", references);
    }
    dictionary
}

impl Layout {
    /// With the document that it was made for: another one gives another digest.
    pub fn of(self, source: Arc<dyn Source>) -> Prepared {
        Prepared { layout: self, source }
    }
}

impl Prepared {
    /// Bytes of CMS that fit.
    pub fn reserved(&self) -> usize {
        self.layout.gap.len().saturating_sub(2) / 2
    }

    /// Bytes of the signed file.
    pub fn file_len(&self) -> u64 {
        self.source.len().saturating_add(u64::try_from(self.layout.update.len()).unwrap_or(u64::MAX))
    }

    /// Writes the file, its `/Contents` still zero, and hashes it: each byte is read once and hashed once (once more where the digest
    /// is not SHA-256, the digest of the file).
    pub fn write(&self, out: &mut impl Write) -> Result<Hashed, PadesError> {
        let mut signed = Hasher::new(self.layout.digest);
        let mut file = (self.layout.digest != DigestAlgorithm::Sha256).then(|| Hasher::new(DigestAlgorithm::Sha256));
        copy(&*self.source, out, |piece| {
            signed.update(piece);
            if let Some(file) = &mut file {
                file.update(piece);
            }
        })?;
        self.write_update(signed, file, out)
    }

    /// Appends the update to `out`, which holds the document already and whose SHA-256 so far is `so_far`; the digest of a
    /// document time-stamp is therefore SHA-256, and no byte is hashed again.
    pub fn append(&self, so_far: Hasher, out: &mut (impl Write + Seek)) -> Result<Hashed, PadesError> {
        out.seek(SeekFrom::Start(self.source.len())).map_err(PadesError::Write)?;
        self.write_update(so_far, None, out)
    }

    fn write_update(
        &self,
        mut signed: Hasher,
        mut file: Option<Hasher>,
        out: &mut impl Write,
    ) -> Result<Hashed, PadesError> {
        let before = self.layout.update.get(..self.layout.gap.start).unwrap_or_default();
        signed.update(before);
        if let Some(file) = &mut file {
            file.update(before);
        }
        let file = file.unwrap_or_else(|| signed.clone());
        signed.update(self.layout.update.get(self.layout.gap.end..).unwrap_or_default());
        out.write_all(&self.layout.update).map_err(PadesError::Write)?;
        Ok(Hashed { digest: signed.finish(), file })
    }

    /// Writes the CMS into the gap of the file that [`write`](Self::write) wrote to `out` from its beginning; gives the running
    /// SHA-256 of the file.
    pub fn finish(&self, cms: &[u8], hashed: Hashed, out: &mut (impl Write + Seek)) -> Result<Hasher, PadesError> {
        let reserved = self.reserved();
        if cms.len() > reserved {
            return Err(PadesError::NoRoom { needed: cms.len(), reserved });
        }
        let mut contents = Vec::with_capacity(self.layout.gap.len());
        contents.push(b'<');
        push_hex(&mut contents, cms);
        contents.resize(self.layout.gap.len().saturating_sub(1), b'0');
        contents.push(b'>');
        let at = self.source.len().saturating_add(u64::try_from(self.layout.gap.start).unwrap_or(u64::MAX));
        out.seek(SeekFrom::Start(at)).map_err(PadesError::Write)?;
        out.write_all(&contents).map_err(PadesError::Write)?;
        let mut file = hashed.file;
        file.update(&contents);
        file.update(self.layout.update.get(self.layout.gap.end..).unwrap_or_default());
        Ok(file)
    }
}

/// Copies a file piece by piece, each of which is shown on the way.
pub fn copy(source: &dyn Source, out: &mut impl Write, mut show: impl FnMut(&[u8])) -> Result<(), PadesError> {
    let mut block = vec![0; usize::try_from(source.len()).unwrap_or(BLOCK).min(BLOCK)];
    let mut position = 0;
    while position < source.len() {
        let length = usize::try_from(source.len().saturating_sub(position)).unwrap_or(usize::MAX).min(BLOCK);
        let Some(piece) = block.get_mut(..length) else { break };
        source.read_exact_at(position, piece).map_err(PdfError::Io)?;
        show(piece);
        out.write_all(piece).map_err(PadesError::Write)?;
        position = position.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// The part of `/ID` that tells one revision from another, from what tells them apart.
pub fn id_seed(what: &[u8]) -> [u8; 16] {
    let mut seed = [0; 16];
    for (to, from) in seed.iter_mut().zip(crate::digest::sha256(what)) {
        *to = from;
    }
    seed
}
