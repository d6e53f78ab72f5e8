//! `dauson draw-pages`: what `documents::pictures` starts to draw the pages of one file. People have no use for it.

use crate::documents::pictures;
use crate::error::{Error, Kind, Result};

/// Runs the command.
pub fn run() -> Result<u8> {
    pictures::serve(std::io::stdin(), std::io::stdout())
        .map_err(|error| Error::new(Kind::BadInput, "draw.input", "what is to be drawn", error))?;
    Ok(0)
}
