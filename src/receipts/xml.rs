//! The XML of a receipt (Thông tư 91/2026/TT-BTC art. 18: business data and signature).
//!
//! The tax office's schema for receipts is not published; the tags follow the habits of its e-invoice schema:
//! the initials of the Vietnamese words, the last word kept. They are all here and nowhere else.

use super::content::{Content, TITLE, iso_date, replacement_words};
use super::words::in_words;
use crate::limits::Limits;
use crate::xml::write::Writer;
use crate::xml::{Document, XmlError, children, text};

/// The version of the format (`PBan`).
pub const VERSION: &str = "1.0";

/// A receipt's XML before it is signed.
pub struct Unsigned {
    /// The document, UTF-8.
    pub text: String,
    /// The byte offset where `ds:Signature` belongs: within `DSCKS/TCThu`.
    pub signature_at: usize,
}

/// Writes a receipt.
pub fn write(content: &Content) -> Unsigned {
    let mut w = Writer::new();
    w.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w.start("BLai", &[]);
    w.start("DLBLai", &[("Id", "data")]);
    general(&mut w, content);
    w.start("NDBLai", &[]);
    parties(&mut w, content);
    fees(&mut w, content);
    w.end("NDBLai");
    w.end("DLBLai");
    w.start("DSCKS", &[]);
    w.start("TCThu", &[]);
    let signature_at = w.position();
    w.end("TCThu");
    w.end("DSCKS");
    w.end("BLai");
    Unsigned { text: w.finish(), signature_at }
}

/// Name and tax code of the collecting body as the receipt says them.
pub fn collecting_body(xml: &[u8]) -> Result<(String, String), XmlError> {
    let document = Document::parse(xml, Limits::in_force())?;
    let at = |path: [&'static str; 4]| {
        path.into_iter().try_fold(document.root(), |parent, child| {
            let found = children(parent).find(|node| node.has_tag_name(child));
            found.ok_or_else(|| XmlError::Missing { parent: parent.tag_name().name().to_owned(), child })
        })
    };
    Ok((text(at(["DLBLai", "NDBLai", "TCThu", "Ten"])?)?, text(at(["DLBLai", "NDBLai", "TCThu", "MST"])?)?))
}

fn general(w: &mut Writer, content: &Content) {
    w.start("TTChung", &[]);
    w.element("PBan", VERSION);
    w.element("TBLai", TITLE);
    w.element("KHMSBLai", content.id.series.form.as_str());
    w.element("KHBLai", content.id.series.symbol.as_str());
    w.element("SBLai", &content.id.number.to_string());
    w.element("NLap", &iso_date(content.date()));
    w.element("DVTTe", "VND");
    w.element("HTTToan", content.payment.method.vietnamese());
    if let Some(replaced) = &content.replaces {
        w.start("TTLQuan", &[]);
        w.element("KHMSBLCLQuan", replaced.id.series.form.as_str());
        w.element("KHBLCLQuan", replaced.id.series.symbol.as_str());
        w.element("SBLCLQuan", &replaced.id.number.to_string());
        w.element("NLBLCLQuan", &iso_date(replaced.date));
        w.element("GChu", &replacement_words(replaced));
        w.end("TTLQuan");
    }
    further(w, content);
    w.end("TTChung");
}

/// What the law does not ask for, in the e-invoice schema's place for it.
fn further(w: &mut Writer, content: &Content) {
    w.start("TTKhac", &[]);
    let delegate = content.delegate.as_ref().map(|d| format!("{}, {}", d.name, d.address));
    for (name, value) in [
        ("Mã tra cứu", Some(&content.code)),
        ("Trang tra cứu", Some(&content.check_url)),
        ("Mã hồ sơ", content.dossier.as_ref()),
        ("Mã tham chiếu thanh toán", content.payment.reference.as_ref()),
        ("Đơn vị được ủy quyền thu", delegate.as_ref()),
        ("Ghi chú", content.note.as_ref()),
    ] {
        if let Some(value) = value {
            w.start("TTin", &[]);
            w.element("TTruong", name);
            w.element("KDLieu", "string");
            w.element("DLieu", value);
            w.end("TTin");
        }
    }
    w.end("TTKhac");
}

fn parties(w: &mut Writer, content: &Content) {
    let optional = |w: &mut Writer, name: &str, value: Option<&String>| {
        if let Some(value) = value {
            w.element(name, value);
        }
    };
    w.start("TCThu", &[]);
    w.element("Ten", &content.body.name);
    w.element("MST", &content.body.tax_code);
    w.element("DChi", &content.body.address);
    optional(w, "SDThoai", content.body.phone.as_ref());
    optional(w, "STKNHang", content.body.account.as_ref());
    w.end("TCThu");
    w.start("NNop", &[]);
    w.element("Ten", &content.payer.name);
    optional(w, "MST", content.payer.tax_code.as_ref());
    optional(w, "CCCDan", content.payer.personal_id.as_ref());
    optional(w, "DChi", content.payer.address.as_ref());
    optional(w, "SDThoai", content.payer.phone.as_ref());
    optional(w, "DCTDTu", content.payer.email.as_ref());
    w.end("NNop");
}

fn fees(w: &mut Writer, content: &Content) {
    w.start("DSKThu", &[]);
    for (index, line) in content.lines.iter().enumerate() {
        w.start("KThu", &[]);
        w.element("STT", &(index + 1).to_string());
        w.element("MKThu", &line.fee);
        w.element("TKThu", &line.name);
        if let Some(unit) = &line.unit {
            w.element("DVTinh", unit);
        }
        w.element("SLuong", &line.quantity.to_string());
        w.element("DGia", &line.unit_price.get().to_string());
        if let Some(reduction) = &line.reduction {
            w.element("STMGiam", &reduction.amount.get().to_string());
            w.element("LDMGiam", &reduction.reason);
        }
        w.element("ThTien", &line.amount.get().to_string());
        w.end("KThu");
    }
    w.end("DSKThu");
    w.start("TToan", &[]);
    w.element("TgTTTBSo", &content.total.get().to_string());
    w.element("TgTTTBChu", &in_words(content.total));
    w.end("TToan");
}
