//! Dates (ISO 32000-2 7.9.4): `D:20261124083015+07'00'`.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Writes a date with its offset from UTC.
pub fn format(time: OffsetDateTime) -> String {
    let (hours, minutes, _) = time.offset().as_hms();
    let sign = if time.offset().is_negative() { '-' } else { '+' };
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}{sign}{:02}'{:02}'",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        hours.unsigned_abs(),
        minutes.unsigned_abs()
    )
}

/// Reads a date; parts that are left out have their first value, a missing offset is UTC. `None` if it is no date.
pub fn parse(bytes: &[u8]) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (clock, offset) = text.split_at_checked(digits)?;
    let number = |from: usize, to: usize, missing: u8| match clock.get(from..to) {
        Some(part) => part.parse().ok(),
        None if clock.len() <= from => Some(missing),
        None => None,
    };
    let year = clock.get(..4)?.parse().ok()?;
    let month = Month::try_from(number(4, 6, 1)?).ok()?;
    let date = Date::from_calendar_date(year, month, number(6, 8, 1)?).ok()?;
    let time = Time::from_hms(number(8, 10, 0)?, number(10, 12, 0)?, number(12, 14, 0)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(parse_offset(offset)?))
}

fn parse_offset(text: &str) -> Option<UtcOffset> {
    let sign = match text.chars().next() {
        None | Some('Z') => return Some(UtcOffset::UTC),
        Some('+') => 1,
        Some('-') => -1,
        _ => return None,
    };
    let mut parts = text.get(1..)?.split('\'');
    let hours: i8 = parts.next()?.parse().ok()?;
    let minutes: i8 = parts.next().filter(|m| !m.is_empty()).map_or(Some(0), |m| m.parse().ok())?;
    UtcOffset::from_hms(hours.checked_mul(sign)?, minutes.checked_mul(sign)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn dates_are_written_and_read() {
        for time in
            [datetime!(2026-11-24 08:30:15 +7), datetime!(1999-01-02 03:04:05 -4:30), datetime!(2026-1-1 0:00 UTC)]
        {
            assert_eq!(parse(format(time).as_bytes()), Some(time));
        }
        assert_eq!(format(datetime!(2026-11-24 08:30:15 +7)), "D:20261124083015+07'00'");
        assert_eq!(parse(b"D:2026"), Some(datetime!(2026-1-1 0:00 UTC)));
        assert_eq!(parse(b"D:20261124083015Z"), Some(datetime!(2026-11-24 08:30:15 UTC)));
        for wrong in
            [&b""[..], b"D:", b"D:20261324", b"D:2026112", b"yesterday", b"D:20261124083015+99'00'", b"\xFF\xFE"]
        {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
