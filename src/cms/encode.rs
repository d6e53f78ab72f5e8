//! Writes DER (ITU-T X.690).

use super::Oid;
use super::ber::tag;
use crate::digest::DigestAlgorithm;
use time::{OffsetDateTime, UtcOffset};

/// A value made of these parts, one behind the other.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|p| p.len()).sum();
    let mut out = Vec::with_capacity(tlv_len(len));
    header(&mut out, tag, len);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Bytes that a value with contents of this length takes.
pub const fn tlv_len(contents: usize) -> usize {
    contents.saturating_add(1).saturating_add(length_len(contents))
}

/// Bytes of the length octets for contents of this length.
const fn length_len(contents: usize) -> usize {
    let mut len = 1;
    if contents >= 0x80 {
        let mut rest = contents;
        while rest > 0 {
            len += 1;
            rest >>= 8;
        }
    }
    len
}

/// Appends identifier and length octets.
fn header(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.push(tag);
    match u8::try_from(len) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = len.to_be_bytes();
            let significant = octets.iter().skip_while(|b| **b == 0);
            // at most eight octets
            out.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or(0));
            out.extend(significant);
        }
    }
}

/// A SEQUENCE.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, parts)
}

/// A SET OF: the values in the order of their encodings (X.690 section 11.6).
pub fn set_of(tag: u8, mut values: Vec<Vec<u8>>) -> Vec<u8> {
    values.sort_unstable();
    let parts: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

/// An OBJECT IDENTIFIER.
pub fn oid(oid: &Oid) -> Vec<u8> {
    tlv(tag::OID, &[oid.as_bytes()])
}

/// An OCTET STRING.
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, &[bytes])
}

/// An INTEGER from its magnitude, most significant byte first.
pub fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|b| **b == 0).count();
    let significant = magnitude.get(zeros..).unwrap_or_default();
    match significant.first() {
        None => tlv(tag::INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => tlv(tag::INTEGER, &[&[0], significant]),
        Some(_) => tlv(tag::INTEGER, &[significant]),
    }
}

/// An INTEGER.
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// An ENUMERATED of one octet.
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[&[value]])
}

/// A BIT STRING of whole octets.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], octets])
}

/// A BIT STRING of named bits of which this one is set: trailing zero bits are left out (X.690 section 11.2.2).
pub fn named_bit(bit: u8) -> Vec<u8> {
    let mut octets = vec![0; usize::from(bit / 8)];
    octets.push(0x80_u8 >> (bit % 8));
    tlv(tag::BIT_STRING, &[&[7 - bit % 8], &octets])
}

/// NULL.
pub const NULL: [u8; 2] = [tag::NULL, 0];

/// The AlgorithmIdentifier of a digest algorithm, parameters absent (RFC 5754 section 2).
pub fn digest_algorithm(digest: DigestAlgorithm) -> Vec<u8> {
    sequence(&[&tlv(tag::OID, &[digest.oid().as_bytes()])])
}

/// RSASSA-PSS-params (RFC 4055 section 3.1): this hash, MGF1 with it, a salt as long as its value, parameters NULL.
pub fn pss_parameters(digest: DigestAlgorithm) -> Vec<u8> {
    let hash = sequence(&[&tlv(tag::OID, &[digest.oid().as_bytes()]), &NULL]);
    let mgf = sequence(&[&oid(&super::oid::MGF1), &hash]);
    let salt = integer(u64::try_from(digest.size()).unwrap_or_default());
    sequence(&[&tlv(tag::context(0), &[&hash]), &tlv(tag::context(1), &[&mgf]), &tlv(tag::context(2), &[&salt])])
}

/// The CMS Time of an instant: UTCTime until 2049, then GeneralizedTime (RFC 5652 section 11.3), in whole seconds.
pub fn time(instant: OffsetDateTime) -> Vec<u8> {
    if (1950..2050).contains(&instant.to_offset(UtcOffset::UTC).year()) {
        let text = digits(instant);
        tlv(tag::UTC_TIME, &[text.get(2..).unwrap_or_default().as_bytes(), b"Z"])
    } else {
        generalized_time(instant)
    }
}

/// A GeneralizedTime in whole seconds.
pub fn generalized_time(instant: OffsetDateTime) -> Vec<u8> {
    tlv(tag::GENERALIZED_TIME, &[digits(instant).as_bytes(), b"Z"])
}

fn digits(instant: OffsetDateTime) -> String {
    let t = instant.to_offset(UtcOffset::UTC);
    let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", t.hour(), t.minute(), t.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal_and_foretold() {
        for len in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 24] {
            let value = octet_string(&vec![7; len]);
            assert_eq!(value.len(), tlv_len(len), "{len}");
        }
        assert_eq!(octet_string(&[0; 128])[..3], [4, 0x81, 0x80]);
        assert_eq!(octet_string(&[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn integers_have_no_superfluous_octets() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(unsigned(&[0, 0, 1, 0]), [2, 2, 1, 0]);
    }

    #[test]
    fn a_named_bit_has_no_zeros_behind_it() {
        assert_eq!(named_bit(0), [3, 2, 7, 0x80]);
        assert_eq!(named_bit(2), [3, 2, 5, 0x20]);
        assert_eq!(named_bit(25), [3, 5, 6, 0, 0, 0, 0x40]);
    }

    #[test]
    fn times_change_their_type_in_2050() {
        let t = time::macros::datetime!(2049-12-31 23:59:59 UTC);
        assert_eq!(time(t), b"\x17\x0d491231235959Z");
        assert_eq!(time(t + time::Duration::SECOND), b"\x18\x0f20500101000000Z");
        assert_eq!(time(time::macros::datetime!(2026-11-24 08:30:15.9 +7)), b"\x17\x0d261124013015Z");
    }
}
