//! Money: whole dong in 64 bits, checked. Vietnamese dong has no minor unit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in whole dong, from 0 to 9,223,372,036,854,775,807.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Dong(i64);

impl Dong {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount; none below zero.
    pub const fn new(amount: i64) -> Option<Self> {
        if amount < 0 { None } else { Some(Self(amount)) }
    }

    /// The amount as a number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, if it fits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::new)
    }

    /// A price times a quantity, if it fits.
    pub fn checked_mul(self, quantity: i64) -> Option<Self> {
        self.0.checked_mul(quantity).and_then(Self::new)
    }
}

impl TryFrom<i64> for Dong {
    type Error = &'static str;
    fn try_from(amount: i64) -> Result<Self, Self::Error> {
        Self::new(amount).ok_or("an amount cannot be negative")
    }
}

impl From<Dong> for i64 {
    fn from(amount: Dong) -> Self {
        amount.0
    }
}

/// As people in Vietnam write it: `1.234.567`.
impl fmt::Display for Dong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&grouped(self.0))
    }
}

/// A number with points between its groups of three digits.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_in_groups_of_three() {
        for (amount, written) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.000"),
            (20_000, "20.000"),
            (1_234_567, "1.234.567"),
            (i64::MAX, "9.223.372.036.854.775.807"),
        ] {
            assert_eq!(Dong(amount).to_string(), written);
            assert_eq!(grouped(-amount), if amount == 0 { written.to_owned() } else { format!("-{written}") });
        }
        assert_eq!(grouped(i64::MIN), "-9.223.372.036.854.775.808");
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Dong::new(-1), None);
        assert_eq!(Dong(i64::MAX).checked_add(Dong(1)), None);
        assert_eq!(Dong(i64::MAX).checked_mul(2), None);
        assert_eq!(Dong(5).checked_mul(-1), None);
        assert_eq!(Dong(2_000).checked_mul(3), Some(Dong(6_000)));
        assert!(serde_json::from_str::<Dong>("-1").is_err());
        assert!(serde_json::from_str::<Dong>("1.5").is_err());
    }
}
