//! Files that commands are given.

use crate::error::{Error, Kind, Result};
use crate::pdf::source::FileSource;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// A file to be read by position.
pub fn open(path: &Path) -> Result<FileSource> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Error::new(Kind::BadInput, "input.unreadable", path.display().to_string(), "it is a folder"));
    }
    FileSource::unchanging(file).map_err(|error| unreadable(path, &error))
}

/// The bytes of a small file, or of standard input if it is named `-`.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let input: Box<dyn Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(File::open(path).map_err(failed)?) };
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > most) {
        let why = format!("it is larger than {most} bytes");
        return Err(Error::new(Kind::BadInput, "input.too_large", path.display().to_string(), why));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let path = path.display().to_string();
    match error.kind() {
        ErrorKind::NotFound => Error::new(Kind::NotFound, "input.missing", path, "there is no such file"),
        _ => Error::new(Kind::BadInput, "input.unreadable", path, format!("it cannot be read: {error}")),
    }
}
