//! The text of a receipt's QR code held against the receipt itself. The text is not signed: it names the receipt and what it has
//! to be; the receipt's signed XML proves it.

use super::check::CheckText;
use super::life::State;
use super::view::identity;
use crate::data_folder::DataFolder;
use crate::documents::verify::{Basis, verify};
use crate::error::Result;
use crate::pdf::source::{FileSource, Source};
use crate::store::Sha256;
use crate::store::receipts::ReceiptRow;
use crate::validation::report::{InputKind, Remark, Report, Verdict};
use std::sync::Arc;

/// The report on a text where the receipt is not at hand.
pub fn alone(text: &str) -> Result<Report> {
    let check = CheckText::parse(text)?;
    let message = format!(
        "the text can be read; it names the receipt {} of {} over {} dong by the body with tax code {}, whose signed XML \
         has the SHA-256 {}; the receipt itself was not at hand, so neither its signature nor its content was checked",
        check.id,
        check.date,
        check.total.get(),
        check.tax_code,
        hex::encode(check.xml_sha256)
    );
    let mut report = Report::new(text.to_owned(), InputKind::Qr, Vec::new());
    report.verdict = Verdict::Indeterminate;
    report.warnings.push(Remark { code: "RECEIPT_NOT_AT_HAND", message });
    Ok(report)
}

/// The report on a text where the data folder may hold the receipt.
pub async fn check(folder: &DataFolder, text: &str, basis: &Basis<'_>) -> Result<Report> {
    let check = CheckText::parse(text)?;
    let (form, symbol) = (check.id.series.form.as_str(), check.id.series.symbol.as_str());
    let mut tx = folder.store.read().await?;
    let Some(row) = tx.receipt(form, symbol, check.id.number.get()).await? else { return alone(text) };
    let Some(unit) = tx.unit(&row.unit).await? else { return alone(text) };
    let Some(xml) = folder.blobs.open(&row.xml_sha256).await? else { return alone(text) };
    let source: Arc<dyn Source> = Arc::new(FileSource::new(xml).map_err(crate::pdf::PdfError::from)?);
    let mut report = verify(text.to_owned(), &source, basis)?;
    report.kind = InputKind::Qr;
    for (what, differs) in [
        ("the date", check.date != row.date),
        ("the total", check.total.get() != row.total),
        ("the tax code of the collecting body", check.tax_code != unit.tax_code),
        ("the digest of the signed XML", check.xml_sha256 != row.xml_sha256),
        ("the code", !check.check_url.ends_with(&format!("/v/{}", row.code))),
    ] {
        if differs {
            report.verdict = Verdict::Failed;
            let message = format!("{what} is not that of the receipt {} as it was issued", identity(&row));
            report.warnings.push(Remark { code: "RECEIPT_DIFFERS", message });
        }
    }
    report.warnings.extend(no_longer_in_force(&row));
    Ok(report)
}

/// What a verdict on a receipt's file does not say: that the receipt was replaced or voided since. For files that are no
/// receipt of this data folder there is nothing to say.
pub async fn standing(folder: &DataFolder, sha256: &Sha256) -> Result<Option<Remark>> {
    Ok(folder.store.read().await?.receipt_by_file(sha256).await?.and_then(|row| no_longer_in_force(&row)))
}

/// The code of the remark on a replaced receipt.
pub const REPLACED: &str = "RECEIPT_REPLACED";
/// The code of the remark on a voided receipt.
pub const VOIDED: &str = "RECEIPT_VOIDED";

/// What the holder of a receipt must know that was replaced or voided.
fn no_longer_in_force(row: &ReceiptRow) -> Option<Remark> {
    let id = identity(row);
    if row.state == State::Replaced.as_str() {
        let by = row.replaced_by.as_deref().unwrap_or("another");
        return Some(Remark { code: REPLACED, message: format!("the receipt {id} was replaced by {by}") });
    }
    let voided = || Remark { code: VOIDED, message: format!("the receipt {id} was voided") };
    (row.state == State::Voided.as_str()).then(voided)
}
