//! Forms, symbols, series and the identity of a receipt (Thông tư 91/2026/TT-BTC Appendix II.2):
//! `FORM/SYMBOL` is a series, `FORM/SYMBOL/NUMBER` a receipt.

use super::ReceiptError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The capital letters that a symbol may have.
const LETTERS: &str = "ABCDEGHKLMNPQRSTUVXY";

/// The form code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Form {
    /// `EBL01`: a receipt without printed denomination.
    Ebl01,
    /// `EBL02`: a receipt with printed denomination.
    Ebl02,
}

impl Form {
    /// The form code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ebl01 => "EBL01",
            Self::Ebl02 => "EBL02",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A symbol: two digits of the year, `T`, two letters that the issuer chooses: `26TAA`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol(String);

impl Symbol {
    /// The five characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same letters in another year.
    pub fn of_year(&self, year: i32) -> Self {
        Self(format!("{:02}{}", year.rem_euclid(100), self.0.get(2..).unwrap_or_default()))
    }

    /// All symbols of a year, in the order of their letters.
    pub fn all_of(year: i32) -> impl Iterator<Item = Self> {
        let pairs = LETTERS.chars().flat_map(|first| LETTERS.chars().map(move |second| (first, second)));
        pairs.map(move |(first, second)| Self(format!("{:02}T{first}{second}", year.rem_euclid(100))))
    }

    /// The year that its two digits stand for.
    pub fn year(&self) -> i32 {
        self.0.get(..2).and_then(|digits| digits.parse::<i32>().ok()).map_or(0, |year| 2000 + year)
    }
}

impl FromStr for Symbol {
    type Err = ReceiptError;
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let is_right = match text.as_bytes() {
            [a, b, b'T', x, y] => {
                a.is_ascii_digit() && b.is_ascii_digit() && [x, y].iter().all(|c| LETTERS.as_bytes().contains(c))
            }
            _ => false,
        };
        if is_right { Ok(Self(text.to_owned())) } else { Err(ReceiptError::BadSymbol(text.chars().take(40).collect())) }
    }
}

impl TryFrom<String> for Symbol {
    type Error = ReceiptError;
    fn try_from(text: String) -> Result<Self, ReceiptError> {
        text.parse()
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A series: a form and a symbol; its numbers run from 1 within one year.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SeriesId {
    /// The form code.
    pub form: Form,
    /// The symbol, with the year in it.
    pub symbol: Symbol,
}

impl FromStr for SeriesId {
    type Err = ReceiptError;
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let bad = || ReceiptError::BadSeries(text.chars().take(40).collect());
        let (form, symbol) = text.split_once('/').ok_or_else(bad)?;
        let form = match form {
            "EBL01" => Form::Ebl01,
            "EBL02" => Form::Ebl02,
            _ => return Err(bad()),
        };
        Ok(Self { form, symbol: symbol.parse()? })
    }
}

impl TryFrom<String> for SeriesId {
    type Error = ReceiptError;
    fn try_from(text: String) -> Result<Self, ReceiptError> {
        text.parse()
    }
}

impl From<SeriesId> for String {
    fn from(series: SeriesId) -> Self {
        series.to_string()
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.form, self.symbol)
    }
}

/// The number of a receipt within its series, 1 to 99,999,999; shown with eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Number(u32);

impl Number {
    /// The last number of a series.
    pub const LAST: Self = Self(99_999_999);

    /// A number from 1 to 99,999,999.
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 || number > Self::LAST.0 { None } else { Some(Self(number)) }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Number {
    type Error = &'static str;
    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a receipt number is from 1 to 99999999")
    }
}

impl From<Number> for u32 {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

/// The identity of a receipt: `EBL01/26TAA/00000001`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReceiptId {
    /// Its series.
    pub series: SeriesId,
    /// Its number.
    pub number: Number,
}

impl FromStr for ReceiptId {
    type Err = ReceiptError;
    /// Reads `EBL01/26TAA/00000001`; the leading zeros of the number may be left out.
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let bad = || ReceiptError::BadIdentity(text.chars().take(40).collect());
        let (series, number) = text.rsplit_once('/').ok_or_else(bad)?;
        if number.len() > 8 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let number = number.parse().ok().and_then(Number::new).ok_or_else(bad)?;
        Ok(Self { series: series.parse()?, number })
    }
}

impl TryFrom<String> for ReceiptId {
    type Error = ReceiptError;
    fn try_from(text: String) -> Result<Self, ReceiptError> {
        text.parse()
    }
}

impl From<ReceiptId> for String {
    fn from(id: ReceiptId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.series, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_and_written() {
        let id: ReceiptId = "EBL01/26TAA/00000001".parse().unwrap();
        assert_eq!(id.to_string(), "EBL01/26TAA/00000001");
        assert_eq!(id.series.symbol.year(), 2026);
        assert_eq!("EBL02/27TXY/1".parse::<ReceiptId>().unwrap().to_string(), "EBL02/27TXY/00000001");
        for bad in [
            "EBL01/26TAA/0",
            "EBL01/26TAA/000000001",
            "EBL01/26TAA/+1",
            "EBL01/26TAA/",
            "EBL03/26TAA/1",
            "EBL01/26EAA/1",
            "EBL01/26TAF/1",
            "EBL01/26TAO/1",
            "EBL01/26Taa/1",
            "EBL01/2६TAA/1",
            "ebl01/26TAA/1",
            "26TAA/1",
            "",
        ] {
            assert!(bad.parse::<ReceiptId>().is_err(), "{bad}");
        }
    }
}
