//! `--compare`: a page that shows what was signed beside what the file is now, for each signature after which something
//! changed that a person might see.

mod align;
mod page;
mod pairs;

use crate::cli::input;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::Language;
use crate::output::{OutputFile, cannot_write};
use crate::pdf::PdfError;
use crate::pdf::source::Source;
use crate::validation::report::{InputKind, Modification, Report};
use crate::validation::signed_revisions;
use pairs::Signed;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Signatures that the file is compared with: the earliest, since what came after a later one came after these.
const MOST_SIGNATURES: usize = 6;
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
    let source: Arc<dyn Source> = Arc::new(input::open(input)?);
    let failed = |error: PdfError| Error::from(error).about(&name);
    let revisions = signed_revisions(&source, password, Limits::in_force()).map_err(failed)?;
    let mut signed: Vec<Signed<'_>> = report
        .signatures
        .iter()
        .zip(revisions)
        .enumerate()
        .filter(|(_, (signature, _))| !matches!(signature.modification, Modification::None | Modification::LtaUpdate))
        .map(|(index, (report, revision))| Signed {
            number: index.saturating_add(1),
            report,
            revision,
            pages: Vec::new(),
        })
        .collect();
    let left_out = signed.split_off(signed.len().min(MOST_SIGNATURES)).len();
    let bytes = Arc::new(input::read(input, LARGEST)?);
    let not_compared =
        if signed.is_empty() { 0 } else { pairs::draw(&bytes, password, &mut signed).map_err(failed)? };
    let page = page::Page { language, report, signed: &signed, left_out, not_compared, file: &bytes };
    out.write_all(page.html().as_bytes()).map_err(|error| cannot_write(output, error))?;
    out.commit()
}
