//! What one file may cost in all. What is read again, or by another view of the document, or after a failed try, is paid for
//! again: small files that refer to the same large thing from many places would else take minutes.

use super::PdfError;
use crate::limits::Limits;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is left for one file. Shared by all documents that are opened of it.
#[derive(Debug)]
pub struct Budget {
    /// Bytes parsed as objects or looked through for a word.
    work: AtomicU64,
    /// Bytes that come out of streams, and go into their decoders.
    decoded: AtomicU64,
}

impl Budget {
    /// The whole of it.
    pub const fn new(limits: &Limits) -> Self {
        Self { work: AtomicU64::new(limits.pdf_work_bytes), decoded: AtomicU64::new(limits.pdf_decoded_bytes) }
    }

    /// Pays for bytes that are parsed or looked through.
    pub fn work(&self, bytes: usize) -> Result<(), PdfError> {
        take(&self.work, bytes)
    }

    /// Pays for bytes that are decoded.
    pub fn decode(&self, bytes: usize) -> Result<(), PdfError> {
        take(&self.decoded, bytes)
    }

    /// Bytes that may still be decoded.
    pub fn left_to_decode(&self) -> usize {
        usize::try_from(self.decoded.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }
}

fn take(left: &AtomicU64, bytes: usize) -> Result<(), PdfError> {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let before = left.load(Ordering::Relaxed);
    left.store(before.saturating_sub(bytes), Ordering::Relaxed);
    if before < bytes { Err(PdfError::TooLarge { what: "what has to be read" }) } else { Ok(()) }
}
