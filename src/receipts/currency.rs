//! Fees that the law sets in a foreign currency (Nghị định 254/2026/NĐ-CP art. 23.2): price, currency, and the rate at which they become
//! dong. A receipt's amounts are dong; the price in the currency and the rate stand beside them.

use super::ReceiptError;
use super::amount::{Dong, grouped};
use super::field::{NAME, text, wrong};
use crate::messages::both;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Hundredths in one.
const WHOLE: i64 = 100;

/// A number with two decimals, not negative: a price in a currency, or a rate in dong. Written as `25` or `26120.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(i64);

impl Decimal {
    /// As people in Vietnam write it: `26.120,50`, `25`.
    pub fn shown(self) -> String {
        let (whole, part) = (grouped(self.0 / WHOLE), self.0 % WHOLE);
        if part == 0 { whole } else { format!("{whole},{part:02}") }
    }
}

impl FromStr for Decimal {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let read = || {
            let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
            if !digits(whole) || !digits(part) || part.len() > 2 {
                return None;
            }
            let part: i64 = format!("{part:0<2}").parse().ok()?;
            whole.parse::<i64>().ok()?.checked_mul(WHOLE)?.checked_add(part).map(Self)
        };
        read().ok_or("is not a number with at most two decimals, such as 25 or 26120.5")
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / WHOLE, self.0 % WHOLE);
        if part == 0 { write!(f, "{whole}") } else { write!(f, "{whole}.{part:02}") }
    }
}

impl TryFrom<String> for Decimal {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map_err(|why| format!("{:?} {why}", text.chars().take(40).collect::<String>()))
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

/// A foreign currency: the three letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl FromStr for Currency {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) && text != "VND" => Ok(Self(letters)),
            _ => Err("a foreign currency is three letters of ISO 4217, such as USD"),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

/// A price in a foreign currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPrice {
    /// The currency.
    pub currency: Currency,
    /// Of one.
    pub price: Decimal,
}

/// As people in Vietnam write it: `25 USD`.
impl fmt::Display for ForeignPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.price.shown(), self.currency)
    }
}

/// The rate of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The currency, such as `USD`.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// Dong for one of it, a text with at most two decimals: `"26120.5"`.
    #[schema(value_type = String)]
    pub rate: Decimal,
    /// Whose rate it is, and of which day, as the receipt says it.
    pub source: String,
}

impl Exchange {
    /// The same with the source as it will be printed.
    pub fn checked(&self) -> Result<Self, ReceiptError> {
        if self.rate == Decimal(0) {
            return Err(wrong("exchange.rate", both!("phải lớn hơn 0", "must be more than 0")));
        }
        Ok(Self { source: text("exchange.source", &self.source, NAME)?, ..self.clone() })
    }

    /// A price in dong, to the nearest; none if it does not fit.
    pub fn dong(&self, price: Decimal) -> Option<Dong> {
        let exact = i128::from(price.0) * i128::from(self.rate.0);
        let scale = i128::from(WHOLE * WHOLE);
        i64::try_from((exact + scale / 2) / scale).ok().and_then(Dong::new)
    }

    /// `1 USD = 26.120,50 đồng (Vietcombank, 24/11/2026)`.
    pub fn words(&self) -> String {
        format!("1 {} = {} đồng ({})", self.currency, self.rate.shown(), self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_written_and_converted() {
        for (text, written, shown) in [
            ("25", "25", "25"),
            ("26120.5", "26120.50", "26.120,50"),
            ("0.05", "0.05", "0,05"),
            ("1000", "1000", "1.000"),
        ] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!((number.to_string().as_str(), number.shown().as_str()), (written, shown));
        }
        for wrong in ["", "-1", "1.", ".5", "1.234", "1,5", "1e3", "99999999999999999999", "92233720368547758.08"] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
        for wrong in ["usd", "US", "USDT", "VND", "", "Ä1"] {
            assert!(wrong.parse::<Currency>().is_err(), "{wrong}");
        }
        let at = |rate: &str| Exchange {
            currency: "USD".parse().unwrap(),
            rate: rate.parse().unwrap(),
            source: "Vietcombank".into(),
        };
        for (rate, price, dong) in
            [("26120", "25", 653_000), ("26120.5", "0.01", 261), ("0.05", "0.09", 0), ("0.5", "1", 1)]
        {
            assert_eq!(at(rate).dong(price.parse().unwrap()).unwrap().get(), dong, "{price} at {rate}");
        }
        assert_eq!(at("26120.5").dong(Decimal(i64::MAX)), None);
        assert_eq!(at("26120.5").words(), "1 USD = 26.120,50 đồng (Vietcombank)");
    }
}
