//! Receipts of the law before (Nghị định 123/2020/NĐ-CP art. 32): their identity, and what their XML says. None is issued here any more;
//! what there is of them is kept, found and verified.

use super::ReceiptError;
use super::amount::Dong;
use super::request::Payer;
use crate::limits::Limits;
use crate::xml::{Document, Node, XmlError, children, text};
use std::fmt;
use std::str::FromStr;
use time::Date;
use time::macros::{date, format_description};

/// The day from which on receipts are issued by the law of today.
pub const FIRST_DAY_AFTER: Date = date!(2026 - 07 - 01);

/// Form, symbol and number: `01BLP0-001/AA-26E/0000001`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyId {
    /// The form code: kind of receipt, copies, and which template of that kind.
    pub form: String,
    /// The symbol: two letters, the year, E for electronic.
    pub symbol: String,
    /// The number, shown with seven digits.
    pub number: u32,
}

/// Whether a text begins as the identity of a receipt of the law before does, so that it is not taken for one of today.
pub fn is_legacy(text: &str) -> bool {
    text.get(2..5) == Some("BLP")
}

impl FromStr for LegacyId {
    type Err = ReceiptError;
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let bad = || ReceiptError::BadLegacy(text.chars().take(40).collect());
        let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        let (series, number) = text.rsplit_once('/').ok_or_else(bad)?;
        let (form, symbol) = series.split_once('/').ok_or_else(bad)?;
        let form_is_right = match form.as_bytes() {
            [b'0', b'1' | b'2', b'B', b'L', b'P', copies, b'-', rest @ ..] => {
                copies.is_ascii_digit() && rest.len() == 3 && digits(rest)
            }
            _ => false,
        };
        let symbol_is_right = match symbol.as_bytes() {
            [a, b, b'-', year @ .., b'E'] => {
                a.is_ascii_uppercase() && b.is_ascii_uppercase() && year.len() == 2 && digits(year)
            }
            _ => false,
        };
        let number_is_right = (1..=7).contains(&number.len()) && digits(number.as_bytes());
        if !form_is_right || !symbol_is_right || !number_is_right {
            return Err(bad());
        }
        let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(bad)?;
        Ok(Self { form: form.to_owned(), symbol: symbol.to_owned(), number })
    }
}

impl fmt::Display for LegacyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{:07}", self.form, self.symbol, self.number)
    }
}

/// What a receipt's XML says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacySaid {
    /// Form, symbol and number.
    pub id: LegacyId,
    /// Its date.
    pub date: Date,
    /// What was paid.
    pub total: Dong,
    /// Name and tax code of the collecting body.
    pub body: Option<(String, String)>,
    /// Who paid.
    pub payer: Option<Payer>,
}

/// The element that holds what is said, a child of the root.
pub const DATA: &str = "DLBLai";

/// Reads a receipt. The tags are those of today's, which have the e-invoice schema's habits from then; each is there once, so that no
/// two readers take different ones.
pub fn read(xml: &[u8]) -> Result<LegacySaid, ReceiptError> {
    let document = Document::parse(xml, Limits::in_force()).map_err(|error| ReceiptError::Legacy(error.to_string()))?;
    let root = document.root();
    if root.tag_name().name() != "BLai" {
        let name: String = root.tag_name().name().chars().take(40).collect();
        return Err(ReceiptError::Legacy(format!("its root element is {name}, not BLai")));
    }
    said(root).map_err(|error| ReceiptError::Legacy(error.to_string()))
}

fn said(root: Node<'_, '_>) -> Result<LegacySaid, XmlError> {
    let bad = |element: &str, expected| XmlError::BadValue { element: element.to_owned(), expected };
    let data = one(root, DATA)?;
    let (general, what) = (one(data, "TTChung")?, one(data, "NDBLai")?);
    let value = |parent, name| text(one(parent, name)?).map(|text| text.trim().to_owned());
    let maybe = |parent, name| match at_most_one(parent, name)? {
        Some(node) => text(node).map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        None => Ok(None),
    };
    let (form, symbol, number) = (value(general, "KHMSBLai")?, value(general, "KHBLai")?, value(general, "SBLai")?);
    let id = format!("{form}/{symbol}/{number}").parse();
    let day = value(general, "NLap")?;
    let total = value(one(what, "TToan")?, "TgTTTBSo")?;
    // some programs wrote whole dong with decimals
    let whole = total
        .split_once('.')
        .map_or(total.as_str(), |(whole, rest)| if rest.bytes().all(|b| b == b'0') { whole } else { total.as_str() });
    let body = match at_most_one(what, "TCThu")? {
        Some(body) => maybe(body, "Ten")?.zip(maybe(body, "MST")?),
        None => None,
    };
    let payer = match at_most_one(what, "NNop")? {
        None => None,
        Some(payer) => {
            let (tax_code, personal_id) = (maybe(payer, "MST")?, maybe(payer, "CCCDan")?);
            let (address, email) = (maybe(payer, "DChi")?, maybe(payer, "DCTDTu")?);
            let (phone, account) = (maybe(payer, "SDThoai")?, maybe(payer, "STKNHang")?);
            maybe(payer, "Ten")?.map(|name| Payer { name, tax_code, personal_id, address, email, phone, account })
        }
    };
    Ok(LegacySaid {
        id: id.map_err(|_| bad("SBLai", "the number of a receipt such as 01BLP0-001, AA-26E, 0000001"))?,
        date: Date::parse(&day, format_description!("[year]-[month]-[day]")).map_err(|_| bad("NLap", "a date"))?,
        total: whole.parse().ok().and_then(Dong::new).ok_or_else(|| bad("TgTTTBSo", "an amount of whole dong"))?,
        body,
        payer,
    })
}

fn at_most_one<'a, 'input>(parent: Node<'a, 'input>, name: &'static str) -> Result<Option<Node<'a, 'input>>, XmlError> {
    let mut found = children(parent).filter(|node| node.tag_name().name() == name);
    let first = found.next();
    match found.next() {
        Some(_) => Err(XmlError::Unexpected {
            parent: parent.tag_name().name().chars().take(40).collect(),
            child: format!("second {name}"),
        }),
        None => Ok(first),
    }
}

fn one<'a, 'input>(parent: Node<'a, 'input>, name: &'static str) -> Result<Node<'a, 'input>, XmlError> {
    let missing = || XmlError::Missing { parent: parent.tag_name().name().chars().take(40).collect(), child: name };
    at_most_one(parent, name)?.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_and_written() {
        for (text, written) in [
            ("01BLP0-001/AA-26E/0000001", "01BLP0-001/AA-26E/0000001"),
            ("02BLP2-123/ZZ-21E/42", "02BLP2-123/ZZ-21E/0000042"),
        ] {
            assert_eq!(text.parse::<LegacyId>().unwrap().to_string(), written);
            assert!(is_legacy(text));
        }
        for wrong in [
            "01BLP0-001/AA-26E/0",
            "01BLP0-001/AA-26E/00000001",
            "01BLP0-001/AA-26T/0000001",
            "01BLP0-001/26TAA/0000001",
            "03BLP0-001/AA-26E/0000001",
            "01BLP0-01/AA-26E/0000001",
            "EBL01/26TAA/00000001",
            "01BLP0-001/AA-26E",
            "",
        ] {
            assert!(wrong.parse::<LegacyId>().is_err(), "{wrong}");
        }
        assert!(!is_legacy("EBL01/26TAA/00000001") && !is_legacy("é") && !is_legacy(""));
    }

    #[test]
    fn each_element_is_there_once() {
        let xml = "<BLai><DLBLai><TTChung><KHMSBLai>01BLP0-001</KHMSBLai><KHBLai>AA-26E</KHBLai><SBLai>7</SBLai><NLap>2026-03-05</NLap></TTChung>\
                   <NDBLai><NNop><Ten>A</Ten></NNop><TToan><TgTTTBSo>6000.00</TgTTTBSo></TToan></NDBLai></DLBLai></BLai>";
        let said = read(xml.as_bytes()).unwrap();
        assert_eq!((said.id.to_string().as_str(), said.total.get()), ("01BLP0-001/AA-26E/0000007", 6_000));
        for (from, to, why) in [
            ("<SBLai>7</SBLai>", "<SBLai>7</SBLai><SBLai>8</SBLai>", "second SBLai"),
            ("<DLBLai>", "<DLBLai/><DLBLai>", "second DLBLai"),
            ("6000.00", "6000.50", "TgTTTBSo"),
            ("6000.00", "-1", "TgTTTBSo"),
            ("01BLP0-001", "EBL01", "SBLai"),
            ("2026-03-05", "5/3/2026", "NLap"),
            ("<NNop>", "<!-- c --><NNop>", ""),
        ] {
            match read(xml.replace(from, to).as_bytes()) {
                Ok(_) => assert!(why.is_empty(), "{to}"),
                Err(error) => assert!(!why.is_empty() && error.to_string().contains(why), "{error}"),
            }
        }
        let other = read(b"<HDon/>").unwrap_err().to_string();
        assert!(other.contains("HDon, not BLai"), "{other}");
    }
}
