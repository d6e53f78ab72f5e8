//! Periods that figures are of: a month, a quarter, a year, or from one day to another, in Vietnam.

use super::super::usage::check_period;
use crate::error::{Error, Kind, Result};
use crate::messages::Language;
use crate::receipts::content::short_date;
use std::fmt;
use std::str::FromStr;
use time::{Date, Duration, Month};

/// The longest period, in days: ten years.
const LONGEST: i64 = 3660;

/// From one day to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// The first day of a month that is so many months away from January of a year.
fn first(year: i32, months: i32) -> Option<Date> {
    let month = u8::try_from(months.rem_euclid(12)).ok()?.checked_add(1)?;
    Date::from_calendar_date(year.checked_add(months.div_euclid(12))?, Month::try_from(month).ok()?, 1).ok()
}

impl Period {
    /// From one day to another, ten years at most.
    pub fn new(from: Date, to: Date) -> Result<Self> {
        check_period(Some(from), Some(to))?;
        if (to - from).whole_days() > LONGEST {
            let why = "it is longer than ten years";
            return Err(Error::new(Kind::Usage, "report.period", "report", why));
        }
        Ok(Self { from, to })
    }

    /// So many months from a month on, counted from January of a year.
    fn months(year: i32, month: i32, count: i32) -> Option<Self> {
        let (from, behind) = (first(year, month)?, first(year, month.checked_add(count)?)?);
        Some(Self { from, to: behind.previous_day()? })
    }

    /// The year of a day.
    pub fn year_of(day: Date) -> Self {
        Self::months(day.year(), 0, 12).unwrap_or(Self { from: day, to: day })
    }

    /// The twelve months that end with the one of a day.
    pub fn year_ending(day: Date) -> Self {
        let month = i32::from(u8::from(day.month()));
        Self::months(day.year(), month.saturating_sub(12), 12).unwrap_or(Self { from: day, to: day })
    }

    /// How many months it is, and the first of them counted from January; none if it does not begin with one and end with one.
    fn whole_months(self) -> Option<(i32, i32)> {
        let behind = self.to.next_day()?;
        let number = |day: Date| i32::from(u8::from(day.month()));
        let years = behind.year().checked_sub(self.from.year())?;
        let count = years.checked_mul(12)?.checked_add(number(behind))?.checked_sub(number(self.from))?;
        (self.from.day() == 1 && behind.day() == 1).then_some((number(self.from).checked_sub(1)?, count))
    }

    /// The period before it: as many months, or as many days.
    pub fn previous(self) -> Option<Self> {
        if let Some((month, count)) = self.whole_months() {
            return Self::months(self.from.year(), month.checked_sub(count)?, count);
        }
        let days = Duration::days((self.to - self.from).whole_days().checked_add(1)?);
        Some(Self { from: self.from.checked_sub(days)?, to: self.to.checked_sub(days)? })
    }

    /// Whether it has another one within it.
    pub fn contains(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// What people call it.
    pub fn words(self, language: Language) -> String {
        let (year, month) = (self.from.year(), u8::from(self.from.month()));
        match (self.whole_months(), language) {
            (Some((_, 1)), Language::Vi) => format!("tháng {month}/{year}"),
            (Some((_, 1)), Language::En) => format!("{} {year}", self.from.month()),
            (Some((first, 3)), Language::Vi) if first % 3 == 0 => format!("quý {}/{year}", roman(first)),
            (Some((first, 3)), Language::En) if first % 3 == 0 => format!("quarter {}/{year}", roman(first)),
            (Some((0, 12)), Language::Vi) => format!("năm {year}"),
            (Some((0, 12)), Language::En) => format!("year {year}"),
            (_, Language::Vi) => format!("từ {} đến {}", short_date(self.from), short_date(self.to)),
            (_, Language::En) => format!("{} to {}", short_date(self.from), short_date(self.to)),
        }
    }
}

/// The quarter that begins with a month counted from January.
const fn roman(month: i32) -> &'static str {
    match month / 3 {
        0 => "I",
        1 => "II",
        2 => "III",
        _ => "IV",
    }
}

/// `2026`, `2026-Q4`, `2026-11`; else both days, `2026-11-03/2026-11-05`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.from.year();
        match self.whole_months() {
            Some((0, 12)) => write!(f, "{year:04}"),
            Some((month, 3)) if month % 3 == 0 => write!(f, "{year:04}-Q{}", month / 3 + 1),
            Some((_, 1)) => write!(f, "{year:04}-{:02}", u8::from(self.from.month())),
            _ => write!(f, "{}/{}", self.from, self.to),
        }
    }
}

impl FromStr for Period {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let why = format!(
                "{text:?} is neither a year such as 2026, a quarter such as 2026-Q4 nor a month such as 2026-11"
            );
            Error::new(Kind::Usage, "report.period", "period", why)
        };
        let digits = |text: &str, count: usize| {
            let is_so = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
            is_so.then(|| text.parse::<i32>().ok()).flatten()
        };
        let (year, rest) = text.split_once('-').map_or((text, None), |(year, rest)| (year, Some(rest)));
        let year = digits(year, 4).ok_or_else(wrong)?;
        let period = match rest {
            None => Self::months(year, 0, 12),
            Some(rest) => match rest.strip_prefix('Q') {
                Some(quarter) => digits(quarter, 1)
                    .filter(|quarter| (1..=4).contains(quarter))
                    .and_then(|quarter| Self::months(year, quarter.saturating_sub(1).saturating_mul(3), 3)),
                None => digits(rest, 2)
                    .filter(|month| (1..=12).contains(month))
                    .and_then(|month| Self::months(year, month.saturating_sub(1), 1)),
            },
        };
        period.ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn periods_are_read_written_and_have_a_predecessor() {
        for (text, previous, words) in [
            ("2026", "2025", "năm 2026"),
            ("2026-Q1", "2025-Q4", "quý I/2026"),
            ("2026-Q4", "2026-Q3", "quý IV/2026"),
            ("2026-01", "2025-12", "tháng 1/2026"),
            ("2024-02", "2024-01", "tháng 2/2024"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.previous().unwrap().to_string(), previous);
            assert_eq!(period.words(Language::Vi), words);
            assert!(period.contains(period) && !period.contains(period.previous().unwrap()));
        }
        for wrong in ["", "26", "2026-Q5", "2026-13", "2026-1", "2026-11-01", "2026-q1", "+026"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
        let days = Period::new(date!(2026 - 11 - 03), date!(2026 - 11 - 05)).unwrap();
        assert_eq!(days.previous().unwrap().to_string(), "2026-10-31/2026-11-02");
        assert_eq!(days.words(Language::Vi), "từ 03/11/2026 đến 05/11/2026");
        let five = Period::new(date!(2026 - 01 - 01), date!(2026 - 05 - 31)).unwrap();
        assert_eq!(five.previous().unwrap().to_string(), "2025-08-01/2025-12-31");
        assert!(Period::new(date!(2026 - 01 - 02), date!(2026 - 01 - 01)).is_err());
        assert!(Period::new(date!(1999 - 01 - 01), date!(2026 - 01 - 01)).is_err());
    }
}
