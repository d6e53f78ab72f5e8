//! The check text in a receipt's QR code: the address of the public page, and in its fragment, which no
//! server sees, what the receipt says, so that a phone without a line can compare it with the paper.
//!
//! `https://HOST/v/CODE#1.EBL01/26TAA/00000001.20261124.6000.0102357802.BASE64URL`, the last part the SHA-256
//! of the signed XML.

use super::ReceiptError;
use super::amount::Dong;
use super::content::Content;
use super::series::ReceiptId;
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use time::{Date, Month};

/// What the check text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckText {
    /// The address of the public page.
    pub check_url: String,
    /// The receipt.
    pub id: ReceiptId,
    /// Its date.
    pub date: Date,
    /// Its total.
    pub total: Dong,
    /// Tax code of the collecting body.
    pub tax_code: String,
    /// SHA-256 of the signed XML.
    pub xml_sha256: [u8; 32],
}

impl CheckText {
    /// The check text of a receipt.
    pub fn new(content: &Content, xml_sha256: [u8; 32]) -> Self {
        Self {
            check_url: content.check_url.clone(),
            id: content.id.clone(),
            date: content.date(),
            total: content.total,
            tax_code: content.body.tax_code.clone(),
            xml_sha256,
        }
    }

    /// Reads a check text.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let bad = || ReceiptError::BadCheckText;
        if text.len() > Limits::in_force().qr_bytes {
            return Err(bad());
        }
        let (check_url, record) = text.trim().split_once('#').ok_or_else(bad)?;
        let parts: Vec<&str> = record.split('.').collect();
        let ["1", id, date, total, tax_code, digest] = parts.as_slice() else { return Err(bad()) };
        let number = |from: usize, to: usize| date.get(from..to).and_then(|n| n.parse::<u16>().ok()).ok_or_else(bad);
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let month = u8::try_from(number(4, 6)?).ok().and_then(|m| Month::try_from(m).ok()).ok_or_else(bad)?;
        let day = u8::try_from(number(6, 8)?).map_err(|_| bad())?;
        let digest = URL_SAFE_NO_PAD.decode(digest).map_err(|_| bad())?;
        Ok(Self {
            check_url: check_url.to_owned(),
            id: id.parse()?,
            date: Date::from_calendar_date(i32::from(number(0, 4)?), month, day).map_err(|_| bad())?,
            total: total.parse().ok().and_then(Dong::new).ok_or_else(bad)?,
            tax_code: (*tax_code).to_owned(),
            xml_sha256: digest.try_into().map_err(|_| bad())?,
        })
    }
}

impl fmt::Display for CheckText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}#1.{}.{:04}{:02}{:02}.{}.{}.{}",
            self.check_url,
            self.id,
            self.date.year(),
            u8::from(self.date.month()),
            self.date.day(),
            self.total.get(),
            self.tax_code,
            URL_SAFE_NO_PAD.encode(self.xml_sha256)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_text_is_read_as_it_was_written() {
        let text = CheckText {
            check_url: "https://bienlai.example/v/abc".into(),
            id: "EBL01/26TAA/7".parse().unwrap(),
            date: Date::from_calendar_date(2026, Month::November, 24).unwrap(),
            total: Dong::new(6_000).unwrap(),
            tax_code: "0102357802-001".into(),
            xml_sha256: [7; 32],
        };
        let written = text.to_string();
        assert!(
            written.starts_with("https://bienlai.example/v/abc#1.EBL01/26TAA/00000007.20261124.6000.0102357802-001.")
        );
        assert_eq!(CheckText::parse(&written).unwrap(), text);
        for bad in [
            "",
            "#",
            "x#1",
            "x#2.a.b.c.d.e",
            &written.replace("20261124", "20261324"),
            &written.replace(".6000", ".-6"),
        ] {
            assert!(CheckText::parse(bad).is_err(), "{bad}");
        }
    }
}
