//! `--extract-revision`: gives back the file as it was signed.

use crate::cli::input;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::output::{OutputFile, cannot_write};
use crate::pdf::source::Source;
use crate::validation::signed_revisions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Bytes copied at a time.
const BLOCK: usize = 256 << 10;

/// Writes what the signature with this number, from 1, was made over.
pub fn extract(input: &Path, number: usize, output: &Path, force: bool, password: Option<&[u8]>) -> Result<()> {
    let source: Arc<dyn Source> = Arc::new(input::open(input)?);
    let name = input.display().to_string();
    let refuse = |why: String| Error::new(Kind::Usage, "verify.revision", &name, why);
    let revisions =
        signed_revisions(&source, password, Limits::in_force()).map_err(|error| Error::from(error).about(&name))?;
    let signed = number.checked_sub(1).and_then(|index| revisions.get(index)).copied();
    let signed = signed
        .ok_or_else(|| refuse(format!("it has {} signatures, and none with number {number}", revisions.len())))?;
    let length = signed.map(|revision| revision.length);
    let length =
        length.ok_or_else(|| refuse(format!("signature {number} does not cover a whole revision of the file")))?;
    let mut file = OutputFile::create(output, force)?;
    let mut position = 0;
    while position < length {
        let left = usize::try_from(length.saturating_sub(position)).unwrap_or(usize::MAX);
        let block = source.read_up_to(position, left.min(BLOCK));
        let block = block.map_err(|error| Error::new(Kind::BadInput, "verify.unreadable", &name, error))?;
        file.file().write_all(&block).map_err(|error| cannot_write(output, error))?;
        position = position.saturating_add(u64::try_from(block.len().max(1)).unwrap_or(u64::MAX));
    }
    file.commit()
}
