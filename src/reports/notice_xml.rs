//! The XML of a notice of an error, form 04/SS-CTĐT, `assets/schemas/thong-bao-sai-sot-1.0.xsd`. The tax office's schema for it is not published:
//! the tags follow the habits of its e-invoice schemas, as those of receipts do.

use crate::data_folder::VIETNAM;
use crate::receipts::content::iso_date;
use crate::store::people::UnitRow;
use crate::store::receipts::ReceiptRow;
use crate::xml::write::Writer;
use time::OffsetDateTime;

/// The form code of the notice.
pub const FORM: &str = "04/SS-CTĐT";
/// Its name.
pub const TITLE: &str = "Thông báo chứng từ điện tử có sai sót";
/// What is done about the error: there is no new receipt (Thông tư 91/2026/TT-BTC art. 20).
pub const TREATMENT: &str = "Giải trình";

/// What a notice says.
pub struct Said<'a> {
    /// The collecting body.
    pub unit: &'a UnitRow,
    /// The receipt.
    pub receipt: &'a ReceiptRow,
    /// Which notice of this receipt it is, from 1.
    pub nth: usize,
    /// When it is given.
    pub time: OffsetDateTime,
    /// What is wrong, and what would be right.
    pub reason: &'a str,
}

/// The notice before it is signed, and where its signature belongs.
pub fn document(said: &Said<'_>) -> (String, usize) {
    let Said { unit, receipt, nth, time, reason } = said;
    let mut w = Writer::new();
    w.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w.start("TBSSot", &[]);
    w.start("DLTBSSot", &[("Id", "data")]);
    w.start("TTChung", &[]);
    w.element("PBan", "1.0");
    w.element("MSo", FORM);
    w.element("Ten", TITLE);
    w.element("NTBao", &iso_date(time.to_offset(VIETNAM).date()));
    w.element("TNNT", &unit.name);
    w.element("MST", &unit.tax_code);
    w.element("DVTTe", "VND");
    w.end("TTChung");
    w.start("NDTBSSot", &[]);
    w.element("KHMSBLai", &receipt.form);
    w.element("KHBLai", &receipt.symbol);
    w.element("SBLai", &format!("{:08}", receipt.number));
    w.element("NLap", &iso_date(receipt.date));
    w.element("TTien", &receipt.total.to_string());
    w.element("LTBao", &nth.to_string());
    w.element("TCTBao", TREATMENT);
    w.element("LDo", reason);
    w.end("NDTBSSot");
    w.end("DLTBSSot");
    w.start("DSCKS", &[]);
    w.start("TCThu", &[]);
    let signature_at = w.position();
    w.end("TCThu");
    w.end("DSCKS");
    w.end("TBSSot");
    (w.finish(), signature_at)
}
