//! `--compare`: a page that shows what was signed beside what the file is now, for each signature after which something
//! changed that a person might see.

mod page;

use crate::cli::input;
use crate::documents::compare::{Bounds, compare as compared};
use crate::error::{Error, Kind, Result};
use crate::messages::Language;
use crate::output::{OutputFile, cannot_write};
use crate::validation::report::{InputKind, Report};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Bytes of the largest file that is drawn.
const LARGEST: u64 = 256 << 20;

/// Writes the page about a file, whose report this is.
pub fn compare(
    report: &Report,
    input: &Path,
    output: &Path,
    force: bool,
    password: Option<&[u8]>,
    language: Language,
) -> Result<()> {
    let name = input.display().to_string();
    if report.kind != InputKind::Pdf {
        return Err(Error::new(Kind::Usage, "verify.compare", &name, "only the pages of a PDF can be compared"));
    }
    let mut out = OutputFile::create(output, force)?;
    let bytes = Arc::new(input::read(input, LARGEST)?);
    let comparison = compared(report, &bytes, password, &Bounds::for_a_file());
    let comparison = comparison.map_err(|error| Error::from(error).about(&name))?;
    let page = page::Page { language, report, comparison: &comparison, file: &bytes };
    out.write_all(page.html().as_bytes()).map_err(|error| cannot_write(output, error))?;
    out.commit()
}
