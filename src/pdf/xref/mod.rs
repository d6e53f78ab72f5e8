//! Cross-reference sections (ISO 32000-2, 7.5.4 and 7.5.8) and the chain of revisions they form.
//!
//! | file | what |
//! | --- | --- |
//! | `section` | one section with its trailer, hybrid ones included |
//! | `table` | the entries of a classic table |
//! | `stream` | the entries of a cross-reference stream |
//! | `lookup` | which subsection has an object |
//! | `chain` | the sections of a file, along `/Prev` |

mod chain;
mod lookup;
mod section;
mod stream;
mod table;

pub use chain::read_chain;
pub use section::{Section, XrefKind};

use super::PdfError;
use super::source::Source;
use std::collections::HashMap;
use std::fmt::Debug;

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

impl Entry {
    /// The generation that references to the object name, in an object stream 0 (7.5.7); none if it is not in use.
    pub const fn generation(self) -> Option<u16> {
        match self {
            Self::Free => None,
            Self::InFile { generation, .. } => Some(generation),
            Self::InStream { .. } => Some(0),
        }
    }
}

/// The entries of one section, however they are written. `base` is the position of the header, from which offsets count.
trait Entries: Debug + Send + Sync {
    /// What it says of an object; `None` if nothing.
    fn lookup(&self, source: &dyn Source, base: u64, number: u32) -> Result<Option<Entry>, PdfError>;

    /// All that it says of objects, in its order.
    fn all(&self, source: &dyn Source, base: u64) -> Result<Vec<(u32, Entry)>, PdfError>;

    /// An entry that readers take differently.
    fn flaw(&self, source: &dyn Source) -> Result<Option<&'static str>, PdfError>;

    /// The object numbers that it says something of, as ranges of first number and count.
    fn ranges(&self) -> Vec<(u32, u32)>;

    /// Bytes that it keeps in memory, roughly.
    fn weight(&self) -> usize;
}

/// Entries read one by one: of a table that is not written in entries of 20 bytes, or found by looking at the whole file.
impl Entries for HashMap<u32, Entry> {
    fn lookup(&self, _: &dyn Source, _: u64, number: u32) -> Result<Option<Entry>, PdfError> {
        Ok(self.get(&number).copied())
    }

    fn all(&self, _: &dyn Source, _: u64) -> Result<Vec<(u32, Entry)>, PdfError> {
        Ok(self.iter().map(|(number, entry)| (*number, *entry)).collect())
    }

    /// What is odd about them was told when they were read.
    fn flaw(&self, _: &dyn Source) -> Result<Option<&'static str>, PdfError> {
        Ok(None)
    }

    fn ranges(&self) -> Vec<(u32, u32)> {
        self.keys().map(|number| (*number, 1)).collect()
    }

    fn weight(&self) -> usize {
        self.len().saturating_mul(64)
    }
}
