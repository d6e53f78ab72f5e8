//! That entries' times go forward: what is older than what the log had already was back-dated, or the clock was set back.

use crate::auditor::entry::Entry;
use serde::{Deserialize, Serialize};
use time::{Date, Month, Time};

/// Seconds that an entry may be earlier than one before it: acts take a while, and clocks are put right.
const LEEWAY: i64 = 3_600;

/// When an entry says that it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds from the first day of the Julian calendar on, UTC.
    seconds: i64,
    /// It says that the clock was ahead until then.
    corrects: bool,
}

impl Moment {
    /// That of an entry: `2026-11-24T01:30:15Z`, and nothing else.
    pub fn of(entry: &Entry<'_>) -> Option<Self> {
        let text = <&[u8; 20]>::try_from(entry.time.as_bytes()).ok()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2, b'Z'] = text else {
            return None;
        };
        let two = |tens: &u8, ones: &u8| {
            let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| tens.wrapping_mul(10).wrapping_add(ones))
        };
        let year = i32::from(two(y1, y2)?).checked_mul(100)?.checked_add(i32::from(two(y3, y4)?))?;
        let date = Date::from_calendar_date(year, Month::try_from(two(m1, m2)?).ok()?, two(d1, d2)?).ok()?;
        let time = Time::from_hms(two(h1, h2)?, two(i1, i2)?, two(s1, s2)?).ok()?;
        let (hours, minutes, seconds) = time.as_hms();
        let seconds_of_day = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
        let seconds = i64::from(date.to_julian_day()).checked_mul(86_400)?.checked_add(seconds_of_day)?;
        Some(Self { seconds, corrects: entry.action == "clock.corrected" })
    }
}

impl Moment {
    /// The hour, counted from no matter when.
    pub const fn hour(self) -> i64 {
        self.seconds.div_euclid(3_600)
    }
}

/// The latest time so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Timeline(Option<i64>);

impl Timeline {
    /// Takes the next entry; says what is wrong with its time.
    pub fn enter(&mut self, index: u64, moment: Moment) -> Option<String> {
        let behind = self.0.map_or(0, |latest| latest.saturating_sub(moment.seconds));
        if moment.corrects || behind < 0 || self.0.is_none() {
            self.0 = Some(moment.seconds);
            return None;
        }
        (behind > LEEWAY).then(|| {
            format!("entry {index}: its time is {behind} s before one that came earlier: it was back-dated, or the clock was set back")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_forward_unless_the_log_says_why_not() {
        let moment = |time: &str, action: &str| {
            let text = format!(r#"{{"action":"{action}","time":"{time}","v":1}}"#);
            Moment::of(&Entry::parse(text.as_bytes()).unwrap())
        };
        for wrong in ["", "2026-13-24T01:30:15Z", "2026-11-24T01:30:15", "2026-11-24T01:30:1:Z", "2026-11-24T01:30:15z"]
        {
            assert_eq!(moment(wrong, "a"), None, "{wrong}");
        }
        let mut timeline = Timeline::default();
        for (time, action, is_right) in [
            ("2026-11-24T01:30:15Z", "a", true),
            ("2026-11-24T00:30:15Z", "a", true),
            ("2026-11-24T00:30:14Z", "a", false),
            ("2027-01-01T00:00:00Z", "a", true),
            ("2026-12-31T22:59:59Z", "a", false),
            ("2026-11-25T00:00:00Z", "clock.corrected", true),
            ("2026-11-25T00:00:01Z", "a", true),
            ("2026-11-24T23:00:00Z", "a", false),
        ] {
            assert_eq!(timeline.enter(7, moment(time, action).unwrap()).is_none(), is_right, "{time}");
        }
    }
}
