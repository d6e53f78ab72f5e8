//! Objects at a position of the file. It is read in windows, which grow until the object fits.

use super::PdfError;
use super::object::{Dictionary, Object};
use super::parser::{Indirect, Parser, Stop};
use super::source::Source;
use crate::limits::Limits;

/// Reads an indirect object at a position; gives it and where its window begins. The window grows until the object fits.
pub fn read_indirect(source: &dyn Source, position: u64, limits: &Limits) -> Result<(Indirect, u64), PdfError> {
    let mut length = 2048;
    loop {
        let window = source.read_up_to(position, length)?;
        let complete = add(position, window.len())? >= source.len();
        match Parser::new(&window, 0, complete, limits).indirect() {
            Ok(indirect) => return Ok((indirect, position)),
            Err(Stop::Incomplete) if length < limits.pdf_object_bytes => length = length.saturating_mul(8),
            Err(stop) => return Err(at(position, stop)),
        }
    }
}

/// Reads a trailer dictionary; gives it and the position behind it.
pub fn read_dictionary(source: &dyn Source, position: u64, limits: &Limits) -> Result<(Dictionary, u64), PdfError> {
    let mut length = 2048;
    loop {
        let window = source.read_up_to(position, length)?;
        let complete = add(position, window.len())? >= source.len();
        let mut parser = Parser::new(&window, 0, complete, limits);
        match parser.object() {
            Ok(Object::Dictionary(dictionary)) => return Ok((dictionary, add(position, parser.position())?)),
            Ok(_) => return Err(PdfError::Malformed { position, what: "the trailer is not a dictionary" }),
            Err(Stop::Incomplete) if length < limits.pdf_object_bytes => length = length.saturating_mul(8),
            Err(stop) => return Err(at(position, stop)),
        }
    }
}

/// What the parser says of a window, as a position in the file.
pub fn at(position: u64, stop: Stop) -> PdfError {
    match stop {
        Stop::Incomplete => PdfError::TooLarge { what: "an object" },
        Stop::TooLarge(what) => PdfError::TooLarge { what },
        Stop::Malformed(offset, what) => {
            PdfError::Malformed { position: position.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX)), what }
        }
    }
}

impl From<Stop> for PdfError {
    fn from(stop: Stop) -> Self {
        at(0, stop)
    }
}

/// A position further on.
pub fn add(position: u64, by: usize) -> Result<u64, PdfError> {
    u64::try_from(by)
        .ok()
        .and_then(|by| position.checked_add(by))
        .ok_or(PdfError::Malformed { position, what: "a position overflows" })
}
