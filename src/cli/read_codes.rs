//! `dauson read-codes`: what `receipts::photo` starts to read the codes of one photograph. People have no use for it.

use crate::error::{Error, Kind, Result};
use crate::receipts::photo;

/// Runs the command.
pub fn run() -> Result<u8> {
    photo::serve(std::io::stdin(), std::io::stdout())
        .map_err(|error| Error::new(Kind::BadInput, "photo.input", "what is to be read", error))?;
    Ok(0)
}
