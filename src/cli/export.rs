//! `dauson receipt export`: the signed files of a receipt or of its notices, and copies, written out.

use super::receipt::{archive, id};
use super::{legacy, output};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::output::write_file;
use crate::receipts::issue::Counter;
use crate::receipts::legacy::is_legacy;
use crate::receipts::style::{Paper, Style};
use crate::receipts::{copy, register};
use crate::store::Sha256;
use crate::store::receipts::ReceiptRow;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Arguments of `dauson receipt export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Its number
    number: String,
    /// Where the PDF goes
    #[arg(long, value_name = "FILE", required_unless_present_any = ["xml", "copy", "slip"])]
    pdf: Option<PathBuf>,
    /// Where the XML goes
    #[arg(long, value_name = "FILE")]
    xml: Option<PathBuf>,
    /// Where a copy goes: drawn anew, stamped if the receipt was replaced or voided; not signed itself, the XML in it is
    #[arg(long, value_name = "FILE")]
    copy: Option<PathBuf>,
    /// The paper of the copy
    #[arg(long, value_enum, default_value = "a5", requires = "copy")]
    paper: Paper,
    /// The copy's labels are in English too
    #[arg(long)]
    bilingual: bool,
    /// Where a copy for a thermal printer goes, 80 mm wide
    #[arg(long, value_name = "FILE")]
    slip: Option<PathBuf>,
    /// The files of its nth notice of an error (form 04/SS-CTĐT), instead of its own
    #[arg(long, value_name = "N", conflicts_with_all = ["copy", "slip"])]
    notice: Option<usize>,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    /// The unit that keeps it, where several have one of the law before with this number
    #[arg(long)]
    unit: Option<String>,
}

/// Runs `dauson receipt export`.
pub async fn export(args: &ExportArgs, counter: &Counter<'_>) -> Result<u8> {
    let ExportArgs { number, pdf, xml, copy, paper, bilingual, slip, notice, force, unit } = args;
    if is_legacy(number) {
        if copy.is_some() || slip.is_some() || notice.is_some() {
            let why = "of a receipt of the law before there are the files that came in, and no copies";
            return Err(Error::new(Kind::Usage, "usage", format!("receipt {number}"), why));
        }
        let files = [("pdf", pdf.as_ref()), ("xml", xml.as_ref())];
        return legacy::export(&archive(counter, unit.as_deref()), &number.parse()?, files, *force).await;
    }
    let row = counter.show(&id(number)?).await?;
    let signed = match notice {
        None => [(pdf, &row.pdf_sha256), (xml, &row.xml_sha256)],
        Some(nth) => {
            let paper = register::notice(&row, *nth)?;
            [(pdf, &paper.pdf_sha256), (xml, &paper.xml_sha256)]
        }
    };
    for (file, sha256) in signed {
        if let Some(file) = file {
            write_signed(counter.folder, &row, sha256, file, *force).await?;
            output::text(&format!("{}\n", file.display()))?;
        }
    }
    for (file, paper) in [(copy, *paper), (slip, Paper::Slip)] {
        if let Some(file) = file {
            let style = Style { paper, bilingual: *bilingual };
            write_file(file, &copy::draw(counter.folder, &row, style).await?, *force)?;
            output::text(&format!("{}\n", file.display()))?;
        }
    }
    Ok(0)
}

/// Writes a signed file of a receipt to where it is wanted.
pub async fn write_signed(
    folder: &DataFolder,
    row: &ReceiptRow,
    sha256: &Sha256,
    file: &Path,
    force: bool,
) -> Result<()> {
    let mut bytes = Vec::new();
    let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "data folder", error);
    register::file(folder, row, sha256).await?.read_to_end(&mut bytes).map_err(unreadable)?;
    write_file(file, &bytes, force)
}
