//! The life of a series and of a receipt: which number is next and when, what may follow an issued receipt.
//! Pure rules; the store keeps what they decide, within one transaction.

use super::ReceiptError;
use super::series::{Number, ReceiptId, SeriesId};
use serde::{Deserialize, Serialize};
use time::Date;

/// How many numbers are left, if it is less than a tenth.
pub fn runs_low(first: u32, next: u32, last: u32) -> Option<u32> {
    let (left, all) = (last.saturating_add(1).saturating_sub(next), last.saturating_add(1).saturating_sub(first));
    (u64::from(left) * 10 < u64::from(all)).then_some(left)
}

/// A series as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Form and symbol.
    pub id: SeriesId,
    /// The number of the next receipt; one more than the last number when all are used.
    pub next: u32,
    /// Its last number.
    pub last: Number,
    /// Whether receipts are issued from it.
    pub is_open: bool,
}

impl Series {
    /// A new series. Numbers run from 1 (Thông tư 91/2026/TT-BTC Appendix II.2).
    pub const fn new(id: SeriesId) -> Self {
        Self { id, next: 1, last: Number::LAST, is_open: true }
    }

    /// Takes the next number for a receipt issued on this day in Vietnam: from 1 January to 31 December of the
    /// series' year.
    pub fn take(&mut self, today: Date) -> Result<Number, ReceiptError> {
        if !self.is_open {
            return Err(ReceiptError::SeriesClosed(self.id.clone()));
        }
        if self.id.symbol.year() != today.year() {
            return Err(ReceiptError::WrongYear { series: self.id.clone(), year: today.year() });
        }
        let number = Number::new(self.next)
            .filter(|number| *number <= self.last)
            .ok_or_else(|| ReceiptError::SeriesFull(self.id.clone()))?;
        self.next += 1;
        Ok(number)
    }
}

/// What has become of a receipt. What was signed stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It holds.
    Issued,
    /// Another receipt has taken its place (Thông tư 91/2026/TT-BTC art. 20).
    Replaced,
    /// The payment was reversed.
    Voided,
}

impl State {
    /// As it is written in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Replaced => "replaced",
            Self::Voided => "voided",
        }
    }

    /// What has become of a receipt, in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Issued => "có hiệu lực",
            Self::Replaced => "đã bị thay thế",
            Self::Voided => "đã bị hủy",
        }
    }

    /// The state that is written so.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Issued, Self::Replaced, Self::Voided].into_iter().find(|state| state.as_str() == text)
    }

    /// The state after a receipt that replaces this one. A replaced receipt's successor is replaced, not the
    /// receipt itself again.
    pub fn replace(self, id: &ReceiptId) -> Result<Self, ReceiptError> {
        self.leave(id, Self::Replaced)
    }

    /// The state after the payment was reversed.
    pub fn void(self, id: &ReceiptId) -> Result<Self, ReceiptError> {
        self.leave(id, Self::Voided)
    }

    /// Refuses a receipt that another one replaced, or that is void.
    pub fn in_force(self, id: &ReceiptId) -> Result<(), ReceiptError> {
        self.leave(id, self).map(|_| ())
    }

    fn leave(self, id: &ReceiptId, to: Self) -> Result<Self, ReceiptError> {
        match self {
            Self::Issued => Ok(to),
            Self::Replaced | Self::Voided => Err(ReceiptError::NotInForce { id: id.clone(), state: self }),
        }
    }
}

/// The code under which anyone can check a receipt: 128 random bits in 26 letters and digits that nobody
/// mistakes for each other (Crockford's base32, lower case).
pub fn check_code(random: [u8; 16]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = u128::from_be_bytes(random);
    // 26 × 5 = 130 bits: the first character carries the top three
    (0..26)
        .rev()
        .filter_map(|index| usize::try_from(bits >> (index * 5) & 31).ok())
        .filter_map(|digit| ALPHABET.get(digit))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn numbers_run_from_one_without_gap_to_the_last() {
        let mut series = Series::new("EBL01/26TAA".parse().unwrap());
        for expected in 1..=3 {
            assert_eq!(series.take(date!(2026 - 11 - 24)).unwrap().get(), expected);
        }
        series.next = 99_999_999;
        assert_eq!(series.take(date!(2026 - 12 - 31)).unwrap(), Number::LAST);
        assert!(matches!(series.take(date!(2026 - 12 - 31)), Err(ReceiptError::SeriesFull(_))));
    }

    #[test]
    fn a_series_is_used_in_its_year_while_it_is_open() {
        let mut series = Series::new("EBL01/26TAA".parse().unwrap());
        assert!(matches!(series.take(date!(2027 - 01 - 01)), Err(ReceiptError::WrongYear { year: 2027, .. })));
        series.is_open = false;
        assert!(matches!(series.take(date!(2026 - 11 - 24)), Err(ReceiptError::SeriesClosed(_))));
        assert_eq!(series.next, 1, "a refused number is not used up");
    }

    #[test]
    fn what_is_replaced_or_voided_stays_so() {
        let id = "EBL01/26TAA/1".parse().unwrap();
        assert_eq!(State::Issued.replace(&id), Ok(State::Replaced));
        assert_eq!(State::Issued.void(&id), Ok(State::Voided));
        for state in [State::Replaced, State::Voided] {
            assert!(state.replace(&id).is_err());
            assert!(state.void(&id).is_err());
        }
    }

    #[test]
    fn check_codes_keep_all_bits() {
        assert_eq!(check_code([0; 16]), "0".repeat(26));
        assert_eq!(check_code([0xff; 16]), format!("7{}", "z".repeat(25)));
        assert_ne!(check_code([1; 16]), check_code([2; 16]));
    }
}
