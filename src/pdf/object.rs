//! PDF objects (ISO 32000-2, 7.3). Numbers keep the text they were written with, so that an object
//! written again into an incremental update is the same object.

use std::ops::Range;
use std::sync::Arc;

/// An indirect object's identity: object number and generation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// Object number, from 1.
    pub number: u32,
    /// Generation number, 0 for all but very old files.
    pub generation: u16,
}

impl ObjectId {
    /// Generation 0, as every object that we write has.
    pub const fn new(number: u32) -> Self {
        Self { number, generation: 0 }
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.generation)
    }
}

/// Any PDF object.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `null`, also what an undefined reference means (7.3.10).
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// An integer that fits 64 bits.
    Integer(i64),
    /// Any other number, as it was written (`595.276`, `.5`, `-00.10`).
    Real(Box<str>),
    /// A name, `#xx` resolved, without the slash.
    Name(Vec<u8>),
    /// A string, decoded and, in an encrypted file, decrypted.
    String(PdfString),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream: its dictionary and where its encoded bytes are.
    Stream(Stream),
    /// `12 0 R`.
    Reference(ObjectId),
}

/// A string and the way it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfString {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Written as `<...>`.
    pub hexadecimal: bool,
}

/// A stream (7.3.8).
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// The stream dictionary.
    pub dictionary: Dictionary,
    /// Its bytes as stored: encoded, and encrypted in an encrypted file.
    pub data: StreamData,
}

/// Where a stream's stored bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamData {
    /// In the file, at these byte positions.
    InFile(Range<u64>),
    /// In memory: a stream that we make. Not yet encrypted.
    InMemory(Arc<[u8]>),
}

/// A dictionary (7.3.7). Order is kept; of a key given twice the last one counts for [`get`](Self::get),
/// and [`has_duplicate_keys`](Self::has_duplicate_keys) tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dictionary {
    entries: Vec<(Vec<u8>, Object)>,
    duplicates: bool,
}

impl Dictionary {
    /// An empty dictionary.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), duplicates: false }
    }

    /// The value of a key, unresolved; `None` if it is absent.
    pub fn get(&self, key: &[u8]) -> Option<&Object> {
        self.entries.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Like [`get`](Self::get), to change it.
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut Object> {
        self.entries.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// True if the key is there.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.get(key).is_some()
    }

    /// Sets a key, in its place if it is there, else at the end.
    pub fn set(&mut self, key: &[u8], value: impl Into<Object>) {
        match self.get_mut(key) {
            Some(slot) => *slot = value.into(),
            None => self.entries.push((key.to_vec(), value.into())),
        }
    }

    /// Sets a key as read from a file: the last of two counts, and that there were two is remembered.
    pub fn set_parsed(&mut self, key: Vec<u8>, value: Object) {
        if let Some(slot) = self.get_mut(&key) {
            *slot = value;
            self.duplicates = true;
        } else {
            self.entries.push((key, value));
        }
    }

    /// A key given again: the last value counts, and that there were two is remembered.
    pub fn replace_parsed(&mut self, index: usize, value: Object) {
        if let Some((_, slot)) = self.entries.get_mut(index) {
            *slot = value;
        }
        self.duplicates = true;
    }

    /// Adds a key that is known to be new, without looking (the parser checks duplicates itself in large dictionaries).
    pub fn push_unique(&mut self, key: Vec<u8>, value: Object) {
        self.entries.push((key, value));
    }

    /// Removes a key and gives its value.
    pub fn remove(&mut self, key: &[u8]) -> Option<Object> {
        let index = self.entries.iter().position(|(k, _)| k == key)?;
        Some(self.entries.remove(index).1)
    }

    /// True if some key stood twice in the file: readers disagree on which one counts.
    pub fn has_duplicate_keys(&self) -> bool {
        self.duplicates
    }

    /// Keys and values in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(k, v)| (k.as_slice(), v))
    }

    /// Like [`iter`](Self::iter), to change the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&[u8], &mut Object)> {
        self.entries.iter_mut().map(|(k, v)| (k.as_slice(), v))
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without a key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True if `/Type` is this name.
    pub fn is_type(&self, name: &[u8]) -> bool {
        self.get(b"Type").and_then(Object::as_name) == Some(name)
    }
}

impl Object {
    /// A name.
    pub fn name(name: impl AsRef<[u8]>) -> Self {
        Self::Name(name.as_ref().to_vec())
    }

    /// A literal string with these bytes.
    pub fn string(bytes: impl AsRef<[u8]>) -> Self {
        Self::String(PdfString { bytes: bytes.as_ref().to_vec(), hexadecimal: false })
    }

    /// A text string (7.9.2.2): plain ASCII as it is, anything else UTF-16BE with byte order mark.
    pub fn text(text: &str) -> Self {
        if text.is_ascii() {
            return Self::string(text);
        }
        let mut bytes = vec![0xFE, 0xFF];
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        Self::string(bytes)
    }

    /// The integer, if it is one.
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(i) => Some(*i),
            _ => None,
        }
    }

    /// The number as a float, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            // a coordinate beyond 2^53 has no meaning that could be lost
            #[allow(clippy::cast_precision_loss, clippy::as_conversions)]
            Self::Integer(i) => Some(*i as f64),
            Self::Real(text) => parse_real(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(b) => Some(*b),
            _ => None,
        }
    }

    /// The name, if it is one.
    pub fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(n) => Some(n),
            _ => None,
        }
    }

    /// The string's bytes, if it is one.
    pub fn as_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(s) => Some(&s.bytes),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(a) => Some(a),
            _ => None,
        }
    }

    /// The dictionary, if it is one or a stream.
    pub const fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(d) => Some(d),
            Self::Stream(s) => Some(&s.dictionary),
            _ => None,
        }
    }

    /// The stream, if it is one.
    pub const fn as_stream(&self) -> Option<&Stream> {
        match self {
            Self::Stream(s) => Some(s),
            _ => None,
        }
    }

    /// The target, if it is a reference.
    pub const fn as_reference(&self) -> Option<ObjectId> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }

    /// True for `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// Reads a PDF real as lenient readers do: `--5`, `.`, `5.-3` are seen in real files.
fn parse_real(text: &str) -> Option<f64> {
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']);
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let digits = digits.get(..end)?;
    let value = if digits.is_empty() || digits == "." { 0.0 } else { digits.parse::<f64>().ok()? };
    Some(if negative { -value } else { value })
}

/// The text of a text string (7.9.2.2): UTF-16BE or UTF-8 by their marks, else PDFDocEncoding
/// (whose letters beyond ASCII are read as Latin-1).
pub fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> =
                rest.chunks_exact(2).map(|p| p.iter().fold(0, |a, b| a << 8 | u16::from(*b))).collect();
            String::from_utf16_lossy(&units)
        }
        [0xFF, 0xFE, rest @ ..] => {
            let units: Vec<u16> =
                rest.chunks_exact(2).map(|p| p.iter().rev().fold(0, |a, b| a << 8 | u16::from(*b))).collect();
            String::from_utf16_lossy(&units)
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Object {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
from!(bool => Boolean, i64 => Integer, PdfString => String, Vec<Object> => Array, Dictionary => Dictionary, Stream => Stream, ObjectId => Reference);
