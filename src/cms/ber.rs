//! Reads BER (ITU-T X.690): one tag-length-value after the other, borrowed from the input.
//!
//! Accepted beyond DER: indefinite lengths, lengths with leading zeros, strings in pieces.

use super::CmsError;
use super::encode;
use crate::limits::Limits;
use std::borrow::Cow;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// Identifier octets (X.690 section 8.1.2).
pub mod tag {
    #![allow(missing_docs)]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0A;
    pub const UTF8_STRING: u8 = 0x0C;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// The bit that says that a value consists of values.
    pub const CONSTRUCTED: u8 = 0x20;
    /// `[n] EXPLICIT`, or `[n] IMPLICIT` of something constructed; n up to 30.
    pub const fn context(n: u8) -> u8 {
        0xA0 | n
    }
    /// `[n] IMPLICIT` of something primitive; n up to 30.
    pub const fn context_primitive(n: u8) -> u8 {
        0x80 | n
    }
}

/// One value: its identifier octet, its contents, and all its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Tlv<'a> {
    /// The first identifier octet. Tag numbers above 30 (low five bits set) match no tag in use here.
    pub tag: u8,
    /// The contents, without the end-of-contents octets of an indefinite length.
    pub contents: &'a [u8],
    /// The whole value as it stands in the input.
    pub raw: &'a [u8],
    /// How deep values within this one may nest.
    depth: usize,
    caps: Caps,
}

/// The limits that concern this reader.
#[derive(Debug, Clone, Copy)]
struct Caps {
    depth: usize,
    elements: usize,
}

impl<'a> Tlv<'a> {
    /// Whether it consists of values.
    pub const fn is_constructed(&self) -> bool {
        self.tag & tag::CONSTRUCTED != 0
    }

    /// Reads the values that it consists of.
    pub fn children(&self) -> Result<Reader<'a>, CmsError> {
        let depth = self.depth.checked_sub(1).ok_or(CmsError::TooDeep { limit: self.caps.depth })?;
        Ok(Reader { rest: self.contents, left: self.caps.elements, depth, caps: self.caps })
    }

    /// The bytes of an OCTET STRING, whose pieces are put together if it was written in pieces. The tag is
    /// the caller's business, because it may be an implicit one.
    pub fn octets(&self, what: &'static str) -> Result<Cow<'a, [u8]>, CmsError> {
        if !self.is_constructed() {
            return Ok(Cow::Borrowed(self.contents));
        }
        let mut all = Vec::new();
        let mut pieces = self.children()?;
        while !pieces.is_empty() {
            let piece = pieces.next(what)?;
            if piece.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
                return Err(CmsError::Malformed { what });
            }
            all.extend_from_slice(&piece.octets(what)?);
        }
        Ok(Cow::Owned(all))
    }

    /// The bytes of a BIT STRING that has no unused bits.
    pub fn bit_string_octets(&self, what: &'static str) -> Result<&'a [u8], CmsError> {
        match self.contents.split_first() {
            Some((0, octets)) if self.tag == tag::BIT_STRING => Ok(octets),
            _ => Err(CmsError::Malformed { what }),
        }
    }

    /// The magnitude of a non-negative INTEGER, without leading zeros; empty for zero.
    pub fn unsigned(&self, what: &'static str) -> Result<&'a [u8], CmsError> {
        match self.contents.first() {
            Some(first) if self.tag == tag::INTEGER && first & 0x80 == 0 => {
                let zeros = self.contents.iter().take_while(|b| **b == 0).count();
                Ok(self.contents.get(zeros..).unwrap_or_default())
            }
            _ => Err(CmsError::Malformed { what }),
        }
    }

    /// A non-negative INTEGER below 2^64.
    pub fn small_integer(&self, what: &'static str) -> Result<u64, CmsError> {
        let magnitude = self.unsigned(what)?;
        if magnitude.len() > 8 {
            return Err(CmsError::Malformed { what });
        }
        Ok(magnitude.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    /// A BOOLEAN. BER lets every octet but zero be true.
    pub fn boolean(&self, what: &'static str) -> Result<bool, CmsError> {
        match self.contents {
            [octet] if self.tag == tag::BOOLEAN => Ok(*octet != 0),
            _ => Err(CmsError::Malformed { what }),
        }
    }

    /// A UTCTime or GeneralizedTime. A fraction of a second is kept to the nanosecond.
    pub fn time(&self, what: &'static str) -> Result<OffsetDateTime, CmsError> {
        let parsed = match self.tag {
            tag::UTC_TIME => parse_time(self.contents, 2),
            tag::GENERALIZED_TIME => parse_time(self.contents, 4),
            _ => None,
        };
        parsed.ok_or(CmsError::Malformed { what })
    }

    /// The same value with definite lengths and strings in one piece: DER, but for the order of SET OFs
    /// and the form of primitive values.
    pub fn to_definite(&self) -> Result<Vec<u8>, CmsError> {
        if !self.is_constructed() {
            return Ok(encode::tlv(self.tag, &[self.contents]));
        }
        if self.tag == tag::OCTET_STRING | tag::CONSTRUCTED {
            return Ok(encode::tlv(tag::OCTET_STRING, &[&self.octets("an OCTET STRING")?]));
        }
        let mut contents = Vec::new();
        let mut children = self.children()?;
        while !children.is_empty() {
            contents.extend(children.next("a value")?.to_definite()?);
        }
        Ok(encode::tlv(self.tag, &[&contents]))
    }
}

/// Reads one value after the other.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// How many values may still be read.
    left: usize,
    depth: usize,
    caps: Caps,
}

impl<'a> Reader<'a> {
    /// Reads values from these bytes, nested up to `Limits::der_depth`, up to `Limits::der_elements` in each.
    pub const fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        let caps = Caps { depth: limits.der_depth, elements: limits.der_elements };
        Self { rest: bytes, left: caps.elements, depth: caps.depth, caps }
    }

    /// How many values one value may consist of.
    pub(super) const fn element_limit(&self) -> usize {
        self.caps.elements
    }

    /// Whether all is read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is not yet read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The identifier octet of the next value.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, of any type.
    pub fn next(&mut self, what: &'static str) -> Result<Tlv<'a>, CmsError> {
        self.left = self.left.checked_sub(1).ok_or(CmsError::TooMany { what, limit: self.caps.elements })?;
        let header = Header::read(self.rest, what)?;
        let (contents_len, raw_len) = match header.len {
            Some(len) => {
                let end = header.octets.checked_add(len).ok_or(CmsError::Truncated { what })?;
                (len, end)
            }
            None => {
                let body = self.rest.get(header.octets..).unwrap_or_default();
                let len = self.indefinite_len(body, what)?;
                (len, header.octets.saturating_add(len).saturating_add(2))
            }
        };
        let (raw, rest) = self.rest.split_at_checked(raw_len).ok_or(CmsError::Truncated { what })?;
        let contents =
            raw.get(header.octets..header.octets.saturating_add(contents_len)).ok_or(CmsError::Truncated { what })?;
        self.rest = rest;
        Ok(Tlv { tag: header.tag, contents, raw, depth: self.depth, caps: self.caps })
    }

    /// The next value, which must have this identifier octet.
    pub fn expect(&mut self, wanted: u8, what: &'static str) -> Result<Tlv<'a>, CmsError> {
        let value = self.next(what)?;
        if value.tag == wanted { Ok(value) } else { Err(CmsError::UnexpectedTag { what, wanted, found: value.tag }) }
    }

    /// The next value if it has this identifier octet.
    pub fn optional(&mut self, wanted: u8, what: &'static str) -> Result<Option<Tlv<'a>>, CmsError> {
        if self.peek() == Some(wanted) { self.next(what).map(Some) } else { Ok(None) }
    }

    /// The members of the SEQUENCE that comes next.
    pub fn sequence(&mut self, what: &'static str) -> Result<Self, CmsError> {
        self.expect(tag::SEQUENCE, what)?.children()
    }

    /// The next value, an OCTET STRING.
    pub fn octet_string(&mut self, what: &'static str) -> Result<Cow<'a, [u8]>, CmsError> {
        let value = self.next(what)?;
        if value.tag & !tag::CONSTRUCTED == tag::OCTET_STRING {
            value.octets(what)
        } else {
            Err(CmsError::UnexpectedTag { what, wanted: tag::OCTET_STRING, found: value.tag })
        }
    }

    /// Refuses bytes that are left.
    pub const fn finish(&self, what: &'static str) -> Result<(), CmsError> {
        if self.rest.is_empty() { Ok(()) } else { Err(CmsError::TrailingBytes { what }) }
    }

    /// Bytes of an indefinite-length value's contents, up to its end-of-contents octets. One pass, whatever
    /// the nesting.
    fn indefinite_len(&self, body: &[u8], what: &'static str) -> Result<usize, CmsError> {
        let mut at = 0_usize;
        let mut open = 1_usize;
        loop {
            let rest = body.get(at..).unwrap_or_default();
            if rest.starts_with(&[0, 0]) {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok(at);
                }
                at = at.saturating_add(2);
                continue;
            }
            let header = Header::read(rest, what)?;
            at = at.saturating_add(header.octets).saturating_add(header.len.unwrap_or(0));
            if header.len.is_none() {
                open = open.saturating_add(1);
                if open > self.depth {
                    return Err(CmsError::TooDeep { limit: self.caps.depth });
                }
            }
        }
    }
}

/// Identifier and length octets.
struct Header {
    tag: u8,
    octets: usize,
    /// None: indefinite.
    len: Option<usize>,
}

impl Header {
    fn read(bytes: &[u8], what: &'static str) -> Result<Self, CmsError> {
        // nearly all are so short
        if let [tag, len @ 0..=0x7F, ..] = bytes
            && tag & 0x1F != 0x1F
        {
            return Ok(Self { tag: *tag, octets: 2, len: Some(usize::from(*len)) });
        }
        let truncated = CmsError::Truncated { what };
        let malformed = CmsError::Malformed { what };
        let (&tag, mut rest) = bytes.split_first().ok_or(truncated.clone())?;
        if tag & 0x1F == 0x1F {
            // a tag number above 30 goes on while the high bit is set; four octets are more than anyone uses
            let more = rest.iter().take(4).position(|b| b & 0x80 == 0).ok_or(malformed.clone())?;
            rest = rest.get(more.saturating_add(1)..).unwrap_or_default();
        }
        let (&first, mut rest) = rest.split_first().ok_or(truncated.clone())?;
        let len = match first {
            0x80 if tag & tag::CONSTRUCTED != 0 => None,
            0..=0x7F => Some(usize::from(first)),
            0x80 | 0xFF => return Err(malformed),
            _ => {
                let (octets, after) = rest.split_at_checked(usize::from(first & 0x7F)).ok_or(truncated.clone())?;
                rest = after;
                let mut len = 0_usize;
                for octet in octets {
                    len = len.checked_mul(256).ok_or(truncated.clone())?.saturating_add(usize::from(*octet));
                }
                Some(len)
            }
        };
        Ok(Self { tag, octets: bytes.len().saturating_sub(rest.len()), len })
    }
}

/// `[YY]YYMMDDhhmm[ss[.f...]](Z|+hhmm|-hhmm)`; two digits of the year mean 1950 to 2049 (RFC 5280, 4.1.2.5.1).
fn parse_time(text: &[u8], year_digits: usize) -> Option<OffsetDateTime> {
    let mut rest = text;
    let mut number = |digits: usize| -> Option<u32> {
        let (head, tail) = rest.split_at_checked(digits)?;
        rest = tail;
        head.iter().try_fold(0_u32, |n, b| Some(n * 10 + char::from(*b).to_digit(10)?))
    };
    let mut year = number(year_digits)?;
    if year_digits == 2 {
        year += if year < 50 { 2000 } else { 1900 };
    }
    let (month, day, hour, minute) = (number(2)?, number(2)?, number(2)?, number(2)?);
    let second = if rest.first().is_some_and(u8::is_ascii_digit) {
        let (head, tail) = rest.split_at_checked(2)?;
        rest = tail;
        std::str::from_utf8(head).ok()?.parse().ok()?
    } else {
        0_u8
    };
    let mut nanosecond = 0;
    if let [b'.' | b',', digits @ ..] = rest {
        let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 || year_digits == 2 {
            return None;
        }
        let (head, tail) = digits.split_at_checked(count)?;
        rest = tail;
        let mut place = 100_000_000_u32;
        for digit in head.iter().take(9) {
            nanosecond += place * char::from(*digit).to_digit(10)?;
            place /= 10;
        }
    }
    let offset = match rest {
        b"Z" => UtcOffset::UTC,
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 => {
            let all: i8 = std::str::from_utf8(digits.get(..2)?).ok()?.parse().ok()?;
            let minutes: i8 = std::str::from_utf8(digits.get(2..)?).ok()?.parse().ok()?;
            let flip = if *sign == b'-' { -1 } else { 1 };
            UtcOffset::from_hms(all.checked_mul(flip)?, minutes.checked_mul(flip)?, 0).ok()?
        }
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    // 60 is a leap second; time has none, so it becomes the last moment of the minute
    let time = Time::from_hms_nano(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        second.min(59),
        if second == 60 { 999_999_999 } else { nanosecond },
    )
    .ok()
    .filter(|_| second <= 60)?;
    OffsetDateTime::new_in_offset(date, time, offset).checked_to_offset(UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn read(bytes: &[u8]) -> Result<Tlv<'_>, CmsError> {
        Reader::new(bytes, &Limits::DEFAULT).next("a value")
    }

    #[test]
    fn definite_and_indefinite_lengths_give_the_same_contents() {
        let definite = [0x30, 5, 4, 3, 1, 2, 3];
        let long = [0x30, 0x83, 0, 0, 5, 4, 3, 1, 2, 3];
        let indefinite = [0x30, 0x80, 0x24, 0x80, 4, 2, 1, 2, 4, 1, 3, 0, 0, 0, 0, 0xFF];
        for bytes in [&definite[..], &long, &indefinite] {
            let mut reader = read(bytes).unwrap().children().unwrap();
            assert_eq!(*reader.octet_string("octets").unwrap(), [1, 2, 3]);
            reader.finish("the sequence").unwrap();
            assert_eq!(read(bytes).unwrap().to_definite().unwrap(), definite);
        }
        assert_eq!(read(&indefinite).unwrap().raw.len(), indefinite.len() - 1);
    }

    #[test]
    fn what_is_cut_short_or_too_deep_is_refused() {
        for bytes in [&[][..], &[0x30], &[0x30, 5, 1], &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], &[0x30, 0x80, 4, 1, 1]] {
            assert!(matches!(read(bytes), Err(CmsError::Truncated { .. })), "{bytes:?}");
        }
        assert!(matches!(read(&[0x04, 0x80, 0, 0]), Err(CmsError::Malformed { .. })), "primitive and indefinite");
        assert!(matches!(read(&[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255]), Err(CmsError::Truncated { .. })));
        let nested = [0x30, 0x80].repeat(100_000);
        assert_eq!(read(&nested).unwrap_err(), CmsError::TooDeep { limit: 64 });
        let mut deep = vec![0x05, 0];
        for _ in 0..100 {
            deep = encode::tlv(tag::SEQUENCE, &[&deep]);
        }
        assert_eq!(read(&deep).unwrap().to_definite().unwrap_err(), CmsError::TooDeep { limit: 64 });
    }

    #[test]
    fn times_with_fractions_offsets_and_two_digit_years() {
        let time = |tag, text: &str| read(&encode::tlv(tag, &[text.as_bytes()])).unwrap().time("a time").ok();
        let utc = |text| time(tag::UTC_TIME, text);
        let general = |text| time(tag::GENERALIZED_TIME, text);
        assert_eq!(utc("261124083015Z"), Some(datetime!(2026-11-24 08:30:15 UTC)));
        assert_eq!(utc("500101000000Z"), Some(datetime!(1950-01-01 00:00 UTC)));
        assert_eq!(utc("2611240830Z"), Some(datetime!(2026-11-24 08:30 UTC)));
        assert_eq!(utc("261124153015+0700"), Some(datetime!(2026-11-24 08:30:15 UTC)));
        assert_eq!(general("20261124083015.25Z"), Some(datetime!(2026-11-24 08:30:15.25 UTC)));
        assert_eq!(general("20261124083015.1234567891Z"), Some(datetime!(2026-11-24 08:30:15.123456789 UTC)));
        assert_eq!(general("20261124083060Z"), Some(datetime!(2026-11-24 08:30:59.999999999 UTC)));
        for bad in
            ["", "Z", "20261324083015Z", "20261124083061Z", "20261124083015", "20261124083015.Z", "2026112408301Z"]
        {
            assert_eq!(general(bad), None, "{bad}");
        }
        assert_eq!(general("20261124083015+99999"), None);
        assert_eq!(general("99991231235959-2359"), None);
        assert_eq!(utc("261124083015.5Z"), None);
    }

    #[test]
    fn integers() {
        let integer = |bytes: &[u8]| read(&encode::tlv(tag::INTEGER, &[bytes])).unwrap().small_integer("n").ok();
        assert_eq!(integer(&[0]), Some(0));
        assert_eq!(integer(&[0, 0x80]), Some(128));
        assert_eq!(integer(&[0, 255, 255, 255, 255, 255, 255, 255, 255]), Some(u64::MAX));
        assert_eq!(integer(&[0x80]), None);
        assert_eq!(integer(&[]), None);
        assert_eq!(integer(&[1; 9]), None);
    }
}
