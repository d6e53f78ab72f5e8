//! The text of a receipt's QR code: judged by its own signature, and held against the receipt where it is at hand.

use super::check::{CheckText, Said};
use super::content::iso_date;
use super::copy::Original;
use super::life::State;
use super::pdf::XML_NAME;
use super::register;
use super::view::identity;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::documents::verify::{Basis, verify};
use crate::error::Result;
use crate::limits::Limits;
use crate::pdf::document::Document;
use crate::pdf::object::decode_text;
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use crate::store::Sha256;
use crate::store::receipts::ReceiptRow;
use crate::validation::report::{InputKind, Integrity, ReceiptReport, Remark, Report, Verdict};
use std::io::Read;
use std::sync::Arc;
use time::OffsetDateTime;

/// The report on a text where there is no data folder: the signature in it, by the certificate that it names.
pub fn alone(text: &str, basis: &Basis<'_>) -> Result<Report> {
    let check = CheckText::parse(text)?;
    let trust = basis.trust;
    let mut known = trust.anchors.iter().chain(&trust.certificates);
    Ok(match known.find(|certificate| check.names(certificate.der())) {
        Some(certificate) => judged(text, &check, certificate.der(), basis),
        None => not_judged(text, &check),
    })
}

/// The report on a text where the data folder may hold the receipt.
pub async fn check(folder: &DataFolder, text: &str, basis: &Basis<'_>) -> Result<Report> {
    let check = CheckText::parse(text)?;
    let id = &check.said.id;
    let mut tx = folder.store.read().await?;
    let row = tx.receipt(id.series.form.as_str(), id.series.symbol.as_str(), id.number.get()).await?;
    let Some(row) = row else { return alone(text, basis) };
    let mut xml = Vec::new();
    let damaged = |error| register::damaged(&row, error);
    register::file(folder, &row, &row.xml_sha256).await?.read_to_end(&mut xml).map_err(damaged)?;
    let Some(original) = Original::read(xml) else { return alone(text, basis) };
    // the certificate is that of the receipt, whatever the text names
    let source: Arc<dyn Source> = Arc::new(original.signed().xml.to_vec());
    let mut report = verify(text.to_owned(), &source, basis)?;
    report.kind = InputKind::Qr;
    let (said, issued) = (&check.said, &original.check().said);
    for (what, differs) in [
        ("the address of the check page", said.check_url != issued.check_url),
        ("the time of signing", said.time != issued.time),
        ("the total", said.total != issued.total),
        ("the tax code of the collecting body", said.tax_code != issued.tax_code),
        ("the certificate", check.certificate != original.check().certificate),
        ("the digest of the XML", check.document_digest != original.check().document_digest),
        ("the signature", check.signature != original.check().signature),
    ] {
        if differs {
            report.verdict = Verdict::Failed;
            let message = format!("{what} is not that of the receipt {id} as it was issued");
            report.warnings.push(Remark { code: DIFFERS, message });
        }
    }
    report.warnings.extend(since_then(&row));
    Ok(report)
}

/// The code of the remark on a text that says something else than the receipt.
const DIFFERS: &str = "RECEIPT_DIFFERS";

fn judged(text: &str, check: &CheckText, certificate: &[u8], basis: &Basis<'_>) -> Report {
    let description = check.said.to_string();
    let signature = basis.judge_record(&check.record(&description), certificate);
    let is_intact = signature.integrity == Integrity::Intact;
    let mut report = Report::new(text.to_owned(), InputKind::Qr, vec![signature]);
    if let Some(holder) = Certificate::parse(certificate).ok().and_then(|c| c.tax_code())
        && is_intact
        && holder != check.said.tax_code
    {
        report.verdict = Verdict::Failed;
        let message = format!("the certificate is of the body with tax code {holder}, not {}", check.said.tax_code);
        report.warnings.push(Remark { code: DIFFERS, message });
    }
    if is_intact {
        let message = format!("{}; what has become of the receipt since is not in the text", said(check));
        report.warnings.push(Remark { code: "RECEIPT_SAID", message });
    }
    report
}

fn not_judged(text: &str, check: &CheckText) -> Report {
    let message = format!(
        "the text can be read, and nothing of it is proven: {}; the certificate that signed it is not among those given with \
         --trust and --cert (its SHA-256 begins with {})",
        said(check),
        hex::encode(check.certificate)
    );
    let mut report = Report::new(text.to_owned(), InputKind::Qr, Vec::new());
    report.verdict = Verdict::Indeterminate;
    report.warnings.push(Remark { code: "NO_SIGNING_CERTIFICATE_FOUND", message });
    report
}

fn said(check: &CheckText) -> String {
    let Said { id, time, total, tax_code, .. } = &check.said;
    format!("the receipt {id} of {} over {total} dong by the body with tax code {tax_code}", time.date())
}

/// Adds what a verdict on a receipt's file does not say: what has become of the receipt since. `sha256` is that of the file, or of the XML that
/// a copy carries. For files that are no receipt of this data folder there is nothing to say.
pub async fn standing(folder: &DataFolder, sha256: &Sha256, report: &mut Report) -> Result<()> {
    if let Some(row) = folder.store.read().await?.receipt_by_file(sha256).await? {
        let xml_verdict = report.receipt.as_ref().and_then(|receipt| receipt.xml_verdict);
        let (number, total, state) = (identity(&row), row.total, Some(row.state.clone()));
        report.receipt = Some(ReceiptReport { number, total, state, xml_verdict });
        report.warnings.extend(since_then(&row));
    }
    Ok(())
}

/// Judges the signed XML in a copy, a PDF that has no signature of its own, and adds what it says; gives the XML's SHA-256. None if the file is no
/// copy of a receipt.
pub fn copied(source: &Arc<dyn Source>, basis: &Basis<'_>, report: &mut Report) -> Option<Sha256> {
    if report.kind != InputKind::Pdf || report.verdict != Verdict::NoSignature {
        return None;
    }
    let xml = attached(source)?;
    let inner: Arc<dyn Source> = Arc::new(xml.clone());
    let verdict = verify(report.file.clone(), &inner, basis).ok()?.verdict;
    let sha256 = sha256(&xml);
    let content = Original::read(xml)?.content().clone();
    let (id, total) = (&content.id, content.total.get());
    let message = format!(
        "the PDF is a copy without a signature of its own; the signed XML in it is {}: the receipt {id} over {total} dong. What the copy shows counts \
         as far as it says the same",
        verdict.as_str()
    );
    report.warnings.push(Remark { code: COPY, message });
    report.receipt = Some(ReceiptReport { number: id.to_string(), total, state: None, xml_verdict: Some(verdict) });
    Some(sha256)
}

/// The XML of a receipt that a PDF carries.
fn attached(source: &Arc<dyn Source>) -> Option<Vec<u8>> {
    let doc = Document::open(Arc::clone(source), None, *Limits::in_force()).ok()?;
    let catalog = doc.catalog().ok()?;
    let files = doc.value(catalog.as_dictionary()?, b"AF").ok()?;
    for file in files.as_array()?.iter().take(MOST_ATTACHED) {
        let file = doc.resolve(file).ok()?;
        let Some(file) = file.as_dictionary() else { continue };
        let name = doc.value(file, b"UF").ok()?;
        if name.as_string().map(decode_text).as_deref() != Some(XML_NAME) {
            continue;
        }
        let embedded = doc.value(file, b"EF").ok()?;
        let id = embedded.as_dictionary()?.get(b"F")?.as_reference()?;
        let object = doc.get(id).ok()?;
        let data = doc.stream_data(id, object.as_stream()?).ok()?;
        return (data.len() <= Limits::in_force().xml_bytes).then_some(data);
    }
    None
}

/// Attached files of a PDF that are looked at.
const MOST_ATTACHED: usize = 8;
/// The code of the remark on a copy.
pub const COPY: &str = "RECEIPT_COPY";

/// The code of the remark on a replaced receipt.
pub const REPLACED: &str = "RECEIPT_REPLACED";
/// The code of the remark on a voided receipt.
pub const VOIDED: &str = "RECEIPT_VOIDED";
/// The code of the remark on a receipt of which an error was notified.
pub const NOTIFIED: &str = "RECEIPT_NOTIFIED";
/// The code of the remark on a receipt that is to be voided.
pub const VOID_REQUESTED: &str = "RECEIPT_VOID_REQUESTED";

/// What the holder of a receipt must know: that it was replaced or voided, or is to be; that errors of it were notified. The reasons are
/// nobody else's business.
fn since_then(row: &ReceiptRow) -> Vec<Remark> {
    let id = identity(row);
    let day = |time: OffsetDateTime| iso_date(time.to_offset(VIETNAM).date());
    let mut remarks = Vec::new();
    if row.state == State::Replaced.as_str() {
        let by = row.replaced_by.as_deref().unwrap_or("another");
        remarks.push(Remark { code: REPLACED, message: format!("the receipt {id} was replaced by {by}") });
    } else if row.state == State::Voided.as_str() {
        remarks.push(Remark { code: VOIDED, message: format!("the receipt {id} was voided") });
    } else if let Some(asked) = &row.void_request {
        let message =
            format!("somebody asked on {} that the receipt {id} be voided; it is not approved yet", day(asked.at));
        remarks.push(Remark { code: VOID_REQUESTED, message });
    }
    for notice in &row.notices {
        let message = format!("an error of the receipt {id} was notified on {} (form 04/SS-CTĐT)", day(notice.at));
        remarks.push(Remark { code: NOTIFIED, message });
    }
    remarks
}
