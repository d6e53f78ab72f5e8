//! The price of a fee, as a rule: so much for each, for each with tiers and a cap, for the case, a percentage, or so much for each in a
//! foreign currency.
//!
//! Written as it is said: `10000` · `2000 from 3 at 1000 max 200000` · `case 100000` · `0.5% min 100000 max 5000000` · `25 USD`.

use super::amount::Dong;
use super::currency::{Currency, Decimal, Exchange, ForeignPrice};
use crate::messages::{Text, both};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// Tiers of one price.
const MOST_TIERS: usize = 16;
/// Hundredths of a per cent in the whole.
const WHOLE: i64 = 10_000;

/// A price rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Price {
    /// So much for each unit of measure; from some number on another price; at most so much in all.
    Each {
        /// The price of each, from the first on.
        first: Dong,
        /// From which number on each costs how much, ascending.
        tiers: Vec<(i64, Dong)>,
        /// The most that all of them cost.
        most: Option<Dong>,
    },
    /// So much for the case, however large it is.
    Case(Dong),
    /// A percentage of a value.
    Percent {
        /// How much of it.
        percent: Percent,
        /// The least that is taken.
        least: Option<Dong>,
        /// The most that is taken.
        most: Option<Dong>,
    },
    /// So much for each in a foreign currency, where the law sets the fee in it.
    Foreign(ForeignPrice),
}

/// A part of what is to be paid: so many at one price, less what a cap takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub quantity: i64,
    /// The price of one.
    pub price: Dong,
    /// What the cap takes away.
    pub capped: Dong,
    /// The price of one in a foreign currency.
    pub foreign: Option<Decimal>,
}

/// Why a rule gives no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceError {
    /// At which rate?
    NoRate(Currency),
    /// It does not fit in 64 bits.
    TooLarge,
    /// A percentage of what?
    NoValue,
    /// Nothing depends on a value.
    UselessValue,
    /// Of cases and values there is one a line.
    NotOne,
}

impl PriceError {
    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::NoRate(currency) => both!(
                "mức thu tính bằng {currency}: `exchange` nêu tỷ giá quy ra đồng",
                "the fee is set in {currency}: `exchange` says at which rate it becomes dong"
            ),
            Self::TooLarge => both!("số tiền quá lớn", "the amount does not fit in 64 bits"),
            Self::NoValue => both!(
                "mức thu tính theo tỷ lệ: `value` nêu giá trị tính phí",
                "the fee is a percentage: `value` says of how many dong"
            ),
            Self::UselessValue => {
                both!(
                    "mức thu không tính theo tỷ lệ nên không có `value`",
                    "the fee is no percentage: there is no `value`"
                )
            }
            Self::NotOne => both!(
                "phải là 1 vì mức thu tính theo vụ việc hoặc theo tỷ lệ",
                "must be 1 for a fee that is taken for the case or as a percentage"
            ),
        }
    }
}

impl Price {
    /// The price of the first one, where prices are given for each or for the case.
    pub fn first(&self) -> Option<Dong> {
        match self {
            Self::Each { first, .. } => Some(*first),
            Self::Case(price) => Some(*price),
            Self::Percent { .. } | Self::Foreign(_) => None,
        }
    }

    /// As people say it; `unit` is what is counted.
    pub fn said(&self, unit: Option<&str>) -> Text {
        let each = unit.map(|unit| format!("/{unit}")).unwrap_or_default();
        let mut said = match self {
            Self::Each { first, .. } => both!("{first} đ{each}", "{first} đ{each}"),
            Self::Case(price) => both!("{price} đ mỗi hồ sơ", "{price} đ a case"),
            Self::Percent { percent, .. } => {
                both!("{percent} giá trị", "{percent} of the value", percent = percent.vietnamese())
            }
            Self::Foreign(price) => both!("{price}{each}", "{price}{each}"),
        };
        if let Self::Each { tiers, .. } = self {
            for (from, price) in tiers {
                // writing to a String cannot fail
                let _ = write!(said.vi, ", từ số {from}: {price} đ");
                let _ = write!(said.en, ", from {from} on {price} đ");
            }
        }
        if let Some(most) = self.most() {
            let _ = write!(said.vi, ", tối đa {most} đ");
            let _ = write!(said.en, ", at most {most} đ");
        }
        said
    }

    /// The most that is taken.
    pub fn most(&self) -> Option<Dong> {
        match self {
            Self::Each { most, .. } | Self::Percent { most, .. } => *most,
            Self::Case(_) | Self::Foreign(_) => None,
        }
    }

    /// What so many, or this value, cost: one part for each price that is used. The rate is wanted where the price is in its currency.
    pub fn parts(
        &self,
        quantity: i64,
        value: Option<Dong>,
        exchange: Option<&Exchange>,
    ) -> Result<Vec<Part>, PriceError> {
        if value.is_some() && !matches!(self, Self::Percent { .. }) {
            return Err(PriceError::UselessValue);
        }
        if quantity != 1 && !matches!(self, Self::Each { .. } | Self::Foreign(_)) {
            return Err(PriceError::NotOne);
        }
        let one = |price| vec![Part { quantity: 1, price, capped: Dong::ZERO, foreign: None }];
        match self {
            Self::Case(price) => Ok(one(*price)),
            Self::Foreign(ForeignPrice { currency, price }) => {
                let exchange = exchange.filter(|exchange| exchange.currency == *currency);
                let in_dong = exchange.ok_or(PriceError::NoRate(*currency))?.dong(*price);
                let in_dong = in_dong.ok_or(PriceError::TooLarge)?;
                Ok(vec![Part { quantity, price: in_dong, capped: Dong::ZERO, foreign: Some(*price) }])
            }
            Self::Percent { percent, least, most } => {
                let part = percent.of(value.ok_or(PriceError::NoValue)?).ok_or(PriceError::TooLarge)?;
                let part = least.map_or(part, |least| part.max(least));
                Ok(one(most.map_or(part, |most| part.min(most))))
            }
            Self::Each { first, tiers, most } => {
                let ends = tiers.iter().map(|(from, _)| from - 1).chain([i64::MAX]);
                let prices = [*first].into_iter().chain(tiers.iter().map(|(_, price)| *price));
                let (mut parts, mut done, mut room) = (Vec::new(), 0, *most);
                for (end, price) in ends.zip(prices) {
                    let here = quantity.min(end).saturating_sub(done);
                    if here <= 0 {
                        break;
                    }
                    let amount = price.checked_mul(here).ok_or(PriceError::TooLarge)?;
                    let taken = room.map_or(amount, |room| amount.min(room));
                    room = room.and_then(|room| room.checked_sub(taken));
                    let capped = amount.checked_sub(taken).unwrap_or_default();
                    parts.push(Part { quantity: here, price, capped, foreign: None });
                    done += here;
                }
                Ok(parts)
            }
        }
    }
}

/// A percentage from 0.01 to 100, in hundredths of a per cent; written as `12.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(i64);

impl Percent {
    /// So much of an amount, to the nearest dong.
    pub fn of(self, amount: Dong) -> Option<Dong> {
        let exact = i128::from(amount.get()) * i128::from(self.0);
        i64::try_from((exact + i128::from(WHOLE / 2)) / i128::from(WHOLE)).ok().and_then(Dong::new)
    }

    /// As Vietnamese texts have it, with a comma: `0,5%`.
    pub fn vietnamese(self) -> String {
        self.to_string().replace('.', ",")
    }
}

impl FromStr for Percent {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let read = || {
            let number = text.strip_suffix('%')?;
            let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
            if !digits(whole) || !digits(part) || whole.len() > 3 || part.len() > 2 {
                return None;
            }
            let part: i64 = format!("{part:0<2}").parse().ok()?;
            let hundredths = whole.parse::<i64>().ok()? * 100 + part;
            (1..=WHOLE).contains(&hundredths).then_some(Self(hundredths))
        };
        read().ok_or("a percentage is from 0.01% to 100%")
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match (part, part % 10) {
            (0, _) => write!(f, "{whole}%"),
            (_, 0) => write!(f, "{whole}.{}%", part / 10),
            _ => write!(f, "{whole}.{part:02}%"),
        }
    }
}

impl TryFrom<String> for Percent {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        percent.to_string()
    }
}

/// A text that is no price rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} không phải mức thu / {0:?} is no price: 10000, or 2000 from 3 at 1000 max 200000, or case 100000, or 0.5% min 100000 max 5000000, or 25 USD"
)]
pub struct BadPrice(String);

impl FromStr for Price {
    type Err = BadPrice;
    fn from_str(text: &str) -> Result<Self, BadPrice> {
        read(text).ok_or_else(|| BadPrice(text.chars().take(80).collect()))
    }
}

fn read(text: &str) -> Option<Price> {
    let dong = |word: &str| {
        let is_number = word.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| word.parse().ok()).flatten().and_then(Dong::new)
    };
    let mut words = text.split_whitespace();
    let first = words.next()?;
    if first == "case" {
        let price = dong(words.next()?)?;
        return words.next().is_none().then_some(Price::Case(price));
    }
    if let [price, currency] = text.split_whitespace().collect::<Vec<_>>().as_slice()
        && let (Ok(price), Ok(currency)) = (price.parse(), currency.parse())
    {
        return Some(Price::Foreign(ForeignPrice { currency, price }));
    }
    let percent = first.parse::<Percent>().ok();
    let (mut tiers, mut least, mut most) = (Vec::<(i64, Dong)>::new(), None, None);
    while let Some(word) = words.next() {
        let value = dong(words.next()?)?;
        match word {
            "from" if percent.is_none() && most.is_none() && tiers.len() < MOST_TIERS => {
                let after = tiers.last().map_or(1, |(from, _)| *from);
                if value.get() <= after || words.next()? != "at" {
                    return None;
                }
                tiers.push((value.get(), dong(words.next()?)?));
            }
            "min" if percent.is_some() && least.is_none() && most.is_none() => least = Some(value),
            "max" if most.is_none() && least.is_none_or(|least| least <= value) => most = Some(value),
            _ => return None,
        }
    }
    match percent {
        Some(percent) => Some(Price::Percent { percent, least, most }),
        None => Some(Price::Each { first: dong(first)?, tiers, most }),
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = match self {
            Self::Each { first, tiers, most } => {
                write!(f, "{}", first.get())?;
                for (from, price) in tiers {
                    write!(f, " from {from} at {}", price.get())?;
                }
                (&None, most)
            }
            Self::Case(price) => {
                write!(f, "case {}", price.get())?;
                (&None, &None)
            }
            // with a point: what people see has a comma
            Self::Foreign(ForeignPrice { currency, price }) => {
                write!(f, "{price} {currency}")?;
                (&None, &None)
            }
            Self::Percent { percent, least, most } => {
                write!(f, "{percent}")?;
                (least, most)
            }
        };
        for (word, bound) in [("min", least), ("max", most)] {
            if let Some(bound) = bound {
                write!(f, " {word} {}", bound.get())?;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Price {
    type Error = BadPrice;
    fn try_from(text: String) -> Result<Self, BadPrice> {
        text.parse()
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        price.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cost(rule: &str, quantity: i64, value: Option<i64>) -> i64 {
        let parts = rule.parse::<Price>().unwrap().parts(quantity, value.and_then(Dong::new), None).unwrap();
        parts.iter().map(|p| p.quantity * p.price.get() - p.capped.get()).sum()
    }

    #[test]
    fn copies_cost_less_from_the_third_page_on() {
        let rule = "2000 from 3 at 1000 max 200000";
        for (pages, amount) in [(1, 2_000), (2, 4_000), (3, 5_000), (10, 12_000), (198, 200_000), (500, 200_000)] {
            assert_eq!(cost(rule, pages, None), amount, "{pages} pages");
        }
        let parts = rule.parse::<Price>().unwrap().parts(5, None, None).unwrap();
        assert_eq!(parts.iter().map(|p| (p.quantity, p.price.get())).collect::<Vec<_>>(), [(2, 2_000), (3, 1_000)]);
    }

    #[test]
    fn percentages_and_cases() {
        let rule = "0.5% min 100000 max 5000000";
        for (value, amount) in [(1, 100_000), (500_000_000, 2_500_000), (i64::MAX, 5_000_000)] {
            assert_eq!(cost(rule, 1, Some(value)), amount);
        }
        assert_eq!(cost("12.5%", 1, Some(4)), 1, "to the nearest dong");
        assert_eq!(cost("case 100000", 1, None), 100_000);
        let price = |rule: &str| rule.parse::<Price>().unwrap();
        assert_eq!(price(rule).parts(1, None, None), Err(PriceError::NoValue));
        assert_eq!(price("case 1").parts(2, None, None), Err(PriceError::NotOne));
        assert_eq!(price("1").parts(2, Some(Dong::ZERO), None), Err(PriceError::UselessValue));
        assert_eq!(price("25.5 USD").parts(1, None, None), Err(PriceError::NoRate("USD".parse().unwrap())));
        assert_eq!(price("25.5 USD").to_string(), "25.50 USD");
        assert_eq!(price("2").parts(i64::MAX, None, None), Err(PriceError::TooLarge));
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for bad in [
            "",
            "-1",
            "+1",
            "1.000",
            "2000 from 1 at 5",
            "2000 from 3 at 1 from 3 at 1",
            "2000 from 3",
            "2000 max",
            "case",
            "case 1 2",
            "0%",
            "101%",
            "1.234%",
            "%",
            "5% from 2 at 1",
            "5% min 2 max 1",
            "max 5",
            "2000 min 5",
            "9223372036854775808",
            "25 usd",
            "25 VND",
            "25.123 USD",
            "25 USD max 3",
        ] {
            assert!(bad.parse::<Price>().is_err(), "{bad}");
        }
        assert_eq!("0,5 %".replace(' ', "").parse::<Price>().unwrap().to_string(), "0.5%");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = text.parse::<Price>();
        }

        #[test]
        fn a_rule_is_read_as_it_was_written(first in 0..i64::MAX, steps in prop::collection::vec((1..1000i64, 0..9_999_999i64), 0..5), most in prop::option::of(0..i64::MAX)) {
            let mut from = 1;
            let tiers = steps.into_iter().map(|(step, price)| { from += step; (from, Dong::new(price).unwrap()) }).collect();
            let rule = Price::Each { first: Dong::new(first).unwrap(), tiers, most: most.and_then(Dong::new) };
            prop_assert_eq!(rule.to_string().parse::<Price>().unwrap(), rule);
        }

        #[test]
        fn all_are_counted_once_and_a_cap_holds(quantity in 1..100_000i64, most in 0..1_000_000i64) {
            let rule = format!("2000 from 3 at 1000 from 10 at 500 max {most}").parse::<Price>().unwrap();
            let parts = rule.parts(quantity, None, None).unwrap();
            prop_assert_eq!(parts.iter().map(|p| p.quantity).sum::<i64>(), quantity);
            let whole: i64 = parts.iter().map(|p| p.quantity * p.price.get()).sum();
            let net: i64 = parts.iter().map(|p| p.quantity * p.price.get() - p.capped.get()).sum();
            prop_assert_eq!(net, whole.min(most));
        }
    }
}
