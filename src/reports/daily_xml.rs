//! The XML of the daily report 01/TH-BLĐT, `assets/schemas/bang-tong-hop-1.0.xsd`. The tax office's schema for it is not published: the
//! tags follow the habits of its e-invoice schemas, as those of receipts do.

use super::daily::{Change, Row, Totals};
use crate::receipts::content::iso_date;
use crate::store::people::UnitRow;
use crate::xml::write::Writer;
use time::Date;

/// The form code of the report.
pub const FORM: &str = "01/TH-BLĐT";
/// Its name.
pub const TITLE: &str = "Bảng tổng hợp dữ liệu biên lai điện tử";

/// A report's rows while they are written.
pub struct Body(Writer);

impl Body {
    /// No rows yet.
    pub fn new() -> Self {
        Self(Writer::new())
    }

    /// Adds a row.
    pub fn row(&mut self, row: &Row) {
        let w = &mut self.0;
        w.start("DLieu", &[]);
        w.element("STT", &row.no.to_string());
        w.element("KHMSBLai", &row.form);
        w.element("KHBLai", &row.symbol);
        w.element("SBLai", &format!("{:08}", row.number));
        w.element("NLap", &row.date);
        w.element("TKThu", &row.fee);
        w.element("TTien", &row.amount.to_string());
        w.element("MThu", &row.rate.to_string());
        w.element("TThai", row.state.vietnamese());
        for (name, value) in [
            ("KDLDChinh", &row.period_adjusted),
            ("BLLQuan", &row.related),
            ("GThich", &row.explanation),
            ("GChu", &row.note),
        ] {
            if let Some(value) = value {
                w.element(name, value);
            }
        }
        w.end("DLieu");
    }

    /// The rows and what they come to: what the report says, whatever its amendment.
    pub fn finish(self, totals: &Totals) -> String {
        let rows = self.0.finish();
        let mut w = Writer::new();
        w.start("DSDLieu", &[]);
        w.raw(&rows);
        w.end("DSDLieu");
        w.start("TToan", &[]);
        for change in Change::ALL {
            let sum = totals.of(change);
            w.start("TTThai", &[]);
            w.element("TThai", change.vietnamese());
            w.element("SLuong", &sum.receipts.to_string());
            w.element("TTien", &sum.amount.to_string());
            w.end("TTThai");
        }
        w.element("TTBThe", &totals.superseded.amount.to_string());
        w.element("TgTTien", &totals.net().to_string());
        w.end("TToan");
        w.finish()
    }
}

/// The report before it is signed, and where its signature belongs.
pub fn document(unit: &UnitRow, day: Date, amendment: u32, made: Date, said: &str) -> (String, usize) {
    let mut w = Writer::new();
    w.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w.start("BTHop", &[]);
    w.start("DLBTHop", &[("Id", "data")]);
    w.start("TTChung", &[]);
    w.element("PBan", "1.0");
    w.element("MSo", FORM);
    w.element("Ten", TITLE);
    w.element("LKDLieu", "N");
    w.element("KDLieu", &iso_date(day));
    w.element("LDau", if amendment == 0 { "1" } else { "0" });
    w.element("BSLThu", &amendment.to_string());
    w.element("NLap", &iso_date(made));
    w.element("TNNT", &unit.name);
    w.element("MST", &unit.tax_code);
    w.element("DVTTe", "VND");
    w.end("TTChung");
    w.start("NDBTHop", &[]);
    w.raw(said);
    w.end("NDBTHop");
    w.end("DLBTHop");
    w.start("DSCKS", &[]);
    w.start("TCThu", &[]);
    let signature_at = w.position();
    w.end("TCThu");
    w.end("DSCKS");
    w.end("BTHop");
    (w.finish(), signature_at)
}
