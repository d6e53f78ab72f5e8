//! The check text in a receipt's QR code: the address of the public page, and in its fragment, which no server sees, a record of
//! what the receipt says and the signature of the receipt's XML, so that whoever has the collecting body's certificate can verify
//! the paper without a line.
//!
//! `https://HOST/v/CODE#1.EBL01/26TAA/00000001.20261124083015.6000.0102357802.CERTIFICATE.DIGEST.SIGNATURE`
//!
//! | part | what |
//! | --- | --- |
//! | identity, time of signing in Vietnam, total, tax code of the collecting body | what a person can compare |
//! | CERTIFICATE | which certificate it is: the first eight octets of its SHA-256 |
//! | DIGEST | the digest of the canonical XML without its signature, as the signature's first reference has it |
//! | SIGNATURE | the value of the XML's signature |
//!
//! What stands before CERTIFICATE is the `Description` in the signature's signed properties, so the one signature that the log
//! knows proves both the XML and the text. Octets are written as decimal digits, which a QR code packs the closest: each seven
//! octets as one number of 17 digits, what is left as one number of as few as it needs.

use super::ReceiptError;
use super::amount::Dong;
use super::content::{Content, VIETNAM};
use super::series::ReceiptId;
use crate::digest::sha256;
use crate::limits::Limits;
use crate::xades::Record;
use std::fmt::{self, Write as _};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// How the time is written.
const TIME: &[FormatItem<'_>] = format_description!("[year][month][day][hour][minute][second]");

/// What the check text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckText {
    /// What is signed of it.
    pub said: Said,
    /// The first eight octets of the SHA-256 of the signer's certificate.
    pub certificate: [u8; 8],
    /// The digest of the canonical XML without its signature.
    pub document_digest: Vec<u8>,
    /// The value of the XML's signature.
    pub signature: Vec<u8>,
}

/// What a check text says of a receipt, as the signature's `Description` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The address of the public page.
    pub check_url: String,
    /// The receipt.
    pub id: ReceiptId,
    /// When it was signed.
    pub time: OffsetDateTime,
    /// Its total.
    pub total: Dong,
    /// Tax code of the collecting body.
    pub tax_code: String,
}

impl Said {
    /// What is said of a receipt.
    pub fn new(content: &Content) -> Self {
        Self {
            check_url: content.check_url.clone(),
            id: content.id.clone(),
            time: content.time.to_offset(VIETNAM),
            total: content.total,
            tax_code: content.body.tax_code.clone(),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.format(TIME).map_err(|_| fmt::Error)?;
        write!(f, "{}#1.{}.{time}.{}.{}", self.check_url, self.id, self.total.get(), self.tax_code)
    }
}

impl CheckText {
    /// The check text of a signed receipt.
    pub fn new(said: Said, certificate: &[u8], document_digest: &[u8], signature: Vec<u8>) -> Self {
        let mut first = [0; 8];
        first.iter_mut().zip(sha256(certificate)).for_each(|(to, octet)| *to = octet);
        Self { said, certificate: first, document_digest: document_digest.to_vec(), signature }
    }

    /// Reads a check text.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let bad = || ReceiptError::BadCheckText;
        if text.len() > Limits::in_force().qr_bytes {
            return Err(bad());
        }
        let (check_url, record) = text.trim().split_once('#').ok_or_else(bad)?;
        let parts: Vec<&str> = record.split('.').collect();
        let ["1", id, time, total, tax_code, certificate, digest, signature] = parts.as_slice() else {
            return Err(bad());
        };
        let read = Self {
            said: Said {
                check_url: check_url.to_owned(),
                id: id.parse()?,
                time: PrimitiveDateTime::parse(time, TIME).map_err(|_| bad())?.assume_offset(VIETNAM),
                total: total.parse().ok().and_then(Dong::new).ok_or_else(bad)?,
                tax_code: (*tax_code).to_owned(),
            },
            certificate: octets(certificate).and_then(|octets| octets.try_into().ok()).ok_or_else(bad)?,
            document_digest: octets(digest).ok_or_else(bad)?,
            signature: octets(signature).ok_or_else(bad)?,
        };
        // there is one way to write a text, so that what is signed is what is read
        if read.to_string() == text.trim() { Ok(read) } else { Err(bad()) }
    }

    /// Whether the text names this certificate.
    pub fn names(&self, certificate: &[u8]) -> bool {
        sha256(certificate).starts_with(&self.certificate)
    }

    /// What its signature signs.
    pub fn record<'a>(&'a self, description: &'a str) -> Record<'a> {
        let Self { said, document_digest, signature, .. } = self;
        Record { description, signing_time: said.time, document_digest, signature }
    }
}

impl fmt::Display for CheckText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { said, certificate, document_digest, signature } = self;
        write!(f, "{said}.{}.{}.{}", digits(certificate), digits(document_digest), digits(signature))
    }
}

/// Octets that become one number, and the digits that the largest of so many octets has.
const CHUNK: usize = 7;
const DIGITS: [usize; CHUNK + 1] = [0, 3, 5, 8, 10, 13, 15, 17];

fn digits(octets: &[u8]) -> String {
    let mut digits = String::new();
    for chunk in octets.chunks(CHUNK) {
        let number = chunk.iter().fold(0_u64, |number, octet| (number << 8) | u64::from(*octet));
        let width = DIGITS.get(chunk.len()).copied().unwrap_or_default();
        // writing to a String cannot fail
        let _ = write!(digits, "{number:0width$}");
    }
    digits
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    for chunk in digits.as_bytes().chunks(DIGITS[CHUNK]) {
        let count = DIGITS.iter().position(|digits| *digits == chunk.len())?;
        let number: u64 =
            std::str::from_utf8(chunk).ok().filter(|c| c.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        let bytes = number.to_be_bytes();
        let (zeros, own) = bytes.split_at_checked(bytes.len().checked_sub(count)?)?;
        if zeros.iter().any(|octet| *octet != 0) {
            return None;
        }
        octets.extend_from_slice(own);
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn a_check_text_is_read_as_it_was_written() {
        let said = Said {
            check_url: "https://bienlai.example/v/abc".into(),
            id: "EBL01/26TAA/7".parse().unwrap(),
            time: datetime!(2026-11-24 08:30:15 +7),
            total: Dong::new(6_000).unwrap(),
            tax_code: "0102357802-001".into(),
        };
        let text = CheckText::new(said, b"certificate", &[7; 32], vec![9; 64]);
        let written = text.to_string();
        let start = "https://bienlai.example/v/abc#1.EBL01/26TAA/00000007.20261124083015.6000.0102357802-001.";
        assert!(written.starts_with(start));
        assert_eq!(CheckText::parse(&written).unwrap(), text);
        assert!(text.names(b"certificate") && !text.names(b"another"));
        let last = written.len() - 1;
        for bad in [
            "",
            "#",
            "x#1",
            "x#2.a.b.c.d.e.f.g",
            &written.replace("20261124", "20261324"),
            &written.replace(".6000", ".-6"),
            &written.replace(".6000", ".06000"),
            &written.replace("00000007", "7"),
            &written[..last],
            &format!("{written}0"),
        ] {
            assert!(CheckText::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn octets_become_digits_and_octets_again(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let written = digits(&bytes);
            prop_assert!(written.len() <= bytes.len() * 17 / 7 + 3);
            prop_assert_eq!(octets(&written), Some(bytes));
        }
    }
}
