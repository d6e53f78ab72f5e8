//! The XML of a receipt (Thông tư 91/2026/TT-BTC art. 18: business data and signature).
//!
//! The tax office's schema for receipts is not published; the tags follow the habits of its e-invoice schema:
//! the initials of the Vietnamese words, the last word kept. They are all here and nowhere else.

use super::amount::Dong;
use super::content::{CollectingBody, Content, Delegate, Replaced, TITLE, iso_date, replacement_words};
use super::currency::{Currency, Exchange, ForeignPrice};
use super::order::{Line, Reduction};
use super::request::{Payer, Payment, PaymentMethod};
use super::series::ReceiptId;
use super::words::in_words;
use crate::limits::Limits;
use crate::xml::write::Writer;
use crate::xml::{Document, Node, XmlError, children, text};
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// The version of the format (`PBan`).
pub const VERSION: &str = "1.2";

/// Names of what the law does not ask for (`TTKhac`).
const CODE: &str = "Mã tra cứu";
const CHECK_URL: &str = "Trang tra cứu";
const DOSSIER: &str = "Mã hồ sơ";
const REFERENCE: &str = "Mã tham chiếu thanh toán";
const DELEGATE: &str = "Đơn vị được ủy quyền thu";
const DELEGATE_ADDRESS: &str = "Địa chỉ đơn vị được ủy quyền thu";
const NOTE: &str = "Ghi chú";

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

/// Reads a receipt that was signed at this time.
pub fn read(xml: &[u8], time: OffsetDateTime) -> Result<Content, XmlError> {
    let document = Document::parse(xml, Limits::in_force())?;
    let data = Element(document.root()).child("DLBLai")?;
    let (general, what) = (data.child("TTChung")?, data.child("NDBLai")?);
    let (body, payer) = (what.child("TCThu")?, what.child("NNop")?);
    let further = general.further()?;
    let further = |name: &str| further.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let missing = |child| XmlError::Missing { parent: "TTKhac".to_owned(), child };
    let method = general.text("HTTToan")?;
    let exchange = general.exchange()?;
    let currency = exchange.as_ref().map(|exchange| exchange.currency);
    let lines = children(what.child("DSKThu")?.0).map(|line| Element(line).line(currency)).collect::<Result<_, _>>()?;
    Ok(Content {
        id: general.identity(["KHMSBLai", "KHBLai", "SBLai"])?,
        time,
        body: CollectingBody {
            name: body.text("Ten")?,
            tax_code: body.text("MST")?,
            address: body.text("DChi")?,
            phone: body.optional("SDThoai")?,
            account: body.optional("STKNHang")?,
        },
        delegate: match (further(DELEGATE), further(DELEGATE_ADDRESS)) {
            (Some(name), Some(address)) => Some(Delegate { name, address }),
            _ => None,
        },
        payer: Payer {
            name: payer.text("Ten")?,
            tax_code: payer.optional("MST")?,
            personal_id: payer.optional("CCCDan")?,
            address: payer.optional("DChi")?,
            email: payer.optional("DCTDTu")?,
            phone: payer.optional("SDThoai")?,
            account: payer.optional("STKNHang")?,
        },
        lines,
        exchange,
        total: what.child("TToan")?.dong("TgTTTBSo")?,
        payment: Payment {
            method: PaymentMethod::ALL
                .into_iter()
                .find(|known| known.vietnamese() == method)
                .ok_or_else(|| bad("HTTToan", "a way of payment"))?,
            reference: further(REFERENCE),
        },
        dossier: further(DOSSIER),
        note: further(NOTE),
        replaces: general.replaced()?,
        code: further(CODE).ok_or_else(|| missing(CODE))?,
        check_url: further(CHECK_URL).ok_or_else(|| missing(CHECK_URL))?,
    })
}

/// Name and tax code of the collecting body as the receipt says them.
pub fn collecting_body(xml: &[u8]) -> Result<(String, String), XmlError> {
    let document = Document::parse(xml, Limits::in_force())?;
    let body = Element(document.root()).child("DLBLai")?.child("NDBLai")?.child("TCThu")?;
    Ok((body.text("Ten")?, body.text("MST")?))
}

fn bad(element: &str, expected: &'static str) -> XmlError {
    XmlError::BadValue { element: element.to_owned(), expected }
}

/// An element that is read.
#[derive(Clone, Copy)]
struct Element<'a, 'input>(Node<'a, 'input>);

impl Element<'_, '_> {
    fn find(&self, name: &str) -> Option<Self> {
        children(self.0).find(|node| node.has_tag_name(name)).map(Self)
    }

    fn child(&self, name: &'static str) -> Result<Self, XmlError> {
        let missing = || XmlError::Missing { parent: self.0.tag_name().name().to_owned(), child: name };
        self.find(name).ok_or_else(missing)
    }

    fn text(&self, name: &'static str) -> Result<String, XmlError> {
        text(self.child(name)?.0)
    }

    fn optional(&self, name: &'static str) -> Result<Option<String>, XmlError> {
        self.find(name).map(|child| text(child.0)).transpose()
    }

    fn number(&self, name: &'static str) -> Result<i64, XmlError> {
        self.text(name)?.parse().map_err(|_| bad(name, "a whole number"))
    }

    fn dong(&self, name: &'static str) -> Result<Dong, XmlError> {
        Dong::new(self.number(name)?).ok_or_else(|| bad(name, "an amount"))
    }

    fn identity(&self, [form, symbol, number]: [&'static str; 3]) -> Result<ReceiptId, XmlError> {
        let id = format!("{}/{}/{}", self.text(form)?, self.text(symbol)?, self.text(number)?);
        id.parse().map_err(|_| bad(number, "the number of a receipt"))
    }

    fn exchange(&self) -> Result<Option<Exchange>, XmlError> {
        let Some(currency) = self.optional("NTe")? else { return Ok(None) };
        Ok(Some(Exchange {
            currency: currency.parse().map_err(|_| bad("NTe", "a currency"))?,
            rate: self.text("TGia")?.parse().map_err(|_| bad("TGia", "a rate"))?,
            source: self.text("NTGia")?,
        }))
    }

    fn line(&self, currency: Option<Currency>) -> Result<Line, XmlError> {
        Ok(Line {
            fee: self.text("MKThu")?,
            name: self.text("TKThu")?,
            unit: self.optional("DVTinh")?,
            quantity: self.number("SLuong")?,
            unit_price: self.dong("DGia")?,
            foreign: match (currency, self.optional("DGNTe")?) {
                (Some(currency), Some(price)) => {
                    Some(ForeignPrice { currency, price: price.parse().map_err(|_| bad("DGNTe", "a price"))? })
                }
                _ => None,
            },
            reduction: match (self.find("STMGiam"), self.optional("LDMGiam")?) {
                (Some(_), Some(reason)) => Some(Reduction { amount: self.dong("STMGiam")?, reason }),
                _ => None,
            },
            amount: self.dong("ThTien")?,
        })
    }

    fn replaced(&self) -> Result<Option<Replaced>, XmlError> {
        let Some(old) = self.find("TTLQuan") else { return Ok(None) };
        let date = old.text("NLBLCLQuan")?;
        Ok(Some(Replaced {
            id: old.identity(["KHMSBLCLQuan", "KHBLCLQuan", "SBLCLQuan"])?,
            date: Date::parse(&date, format_description!("[year]-[month]-[day]"))
                .map_err(|_| bad("NLBLCLQuan", "a date"))?,
        }))
    }

    /// Names and values of what the law does not ask for.
    fn further(&self) -> Result<Vec<(String, String)>, XmlError> {
        let all = children(self.child("TTKhac")?.0).map(Element);
        all.map(|entry| Ok((entry.text("TTruong")?, entry.text("DLieu")?))).collect()
    }
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
    if let Some(exchange) = &content.exchange {
        w.element("NTe", &exchange.currency.to_string());
        w.element("TGia", &exchange.rate.to_string());
        w.element("NTGia", &exchange.source);
    }
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
    for (name, value) in [
        (CODE, Some(&content.code)),
        (CHECK_URL, Some(&content.check_url)),
        (DOSSIER, content.dossier.as_ref()),
        (REFERENCE, content.payment.reference.as_ref()),
        (DELEGATE, content.delegate.as_ref().map(|delegate| &delegate.name)),
        (DELEGATE_ADDRESS, content.delegate.as_ref().map(|delegate| &delegate.address)),
        (NOTE, content.note.as_ref()),
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
    optional(w, "STKNHang", content.payer.account.as_ref());
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
        if let Some(foreign) = &line.foreign {
            w.element("DGNTe", &foreign.price.to_string());
        }
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
