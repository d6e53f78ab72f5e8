//! Certification requests (PKCS#10, RFC 2986): what a key's holder sends to whoever certifies it.

use super::{KeyError, SignatureScheme};
use crate::cms::ber::{Reader, tag};
use crate::cms::{CmsError, Oid, encode};
use crate::limits::Limits;
use std::str::FromStr;

/// Bytes of the longest value of a name.
const LONGEST: usize = 200;
/// Values of a name.
const MOST: usize = 20;

/// Whose key it is: a distinguished name (RFC 5280 section 4.1.2.4) as it is written for people, `CN=...,O=...,C=VN`. The order
/// stays; a comma in a value is written `\,`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Vec<u8>);

impl Subject {
    /// With a common name only.
    pub fn common_name(name: &str) -> Result<Self, KeyError> {
        Self::of(&[("CN", name.to_owned())])
    }

    fn of(values: &[(&str, String)]) -> Result<Self, KeyError> {
        let wrong = |why: String| KeyError::Subject { why };
        if values.is_empty() || values.len() > MOST {
            return Err(wrong(format!("has no values, or more than {MOST}")));
        }
        let mut names = Vec::new();
        for (key, value) in values {
            if value.is_empty() || value.len() > LONGEST || value.chars().any(char::is_control) {
                return Err(wrong(format!("has a {key} that is empty, longer than {LONGEST} bytes or not printable")));
            }
            let known = ATTRIBUTES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(key));
            let (_, oid, kind) = known.ok_or_else(|| {
                let all: Vec<&str> = ATTRIBUTES.iter().map(|(name, ..)| *name).collect();
                wrong(format!("says {key}; known are {}", all.join(", ")))
            })?;
            if *kind != tag::UTF8_STRING && !value.is_ascii() {
                return Err(wrong(format!("has a {key} with letters that cannot stand there")));
            }
            let pair = encode::sequence(&[&encode::oid(oid), &encode::tlv(*kind, &[value.as_bytes()])]);
            names.extend(encode::tlv(tag::SET, &[&pair]));
        }
        Ok(Self(encode::sequence(&[&names])))
    }
}

/// PrintableString.
const PRINTABLE: u8 = 0x13;

/// What a name may say, and as which type of string.
const ATTRIBUTES: &[(&str, Oid, u8)] = &[
    ("CN", Oid::known(&[0x55, 0x04, 0x03]), tag::UTF8_STRING),
    ("O", Oid::known(&[0x55, 0x04, 0x0A]), tag::UTF8_STRING),
    ("OU", Oid::known(&[0x55, 0x04, 0x0B]), tag::UTF8_STRING),
    ("T", Oid::known(&[0x55, 0x04, 0x0C]), tag::UTF8_STRING),
    ("L", Oid::known(&[0x55, 0x04, 0x07]), tag::UTF8_STRING),
    ("ST", Oid::known(&[0x55, 0x04, 0x08]), tag::UTF8_STRING),
    ("C", Oid::known(&[0x55, 0x04, 0x06]), PRINTABLE),
    ("serialNumber", Oid::known(&[0x55, 0x04, 0x05]), PRINTABLE),
    ("UID", Oid::known(&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01]), tag::UTF8_STRING),
    ("emailAddress", Oid::known(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01]), tag::IA5_STRING),
];

impl FromStr for Subject {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut values = Vec::new();
        let (mut value, mut escaped) = (String::new(), false);
        for character in text.chars().chain([',']) {
            match character {
                _ if escaped => {
                    value.push(character);
                    escaped = false;
                }
                '\\' => escaped = true,
                ',' => values.push(std::mem::take(&mut value)),
                other => value.push(other),
            }
        }
        let pair = |value: &'_ String| -> Result<(String, String), KeyError> {
            let wrong = || KeyError::Subject { why: "is not written as CN=...,O=...,C=VN".to_owned() };
            let (key, value) = value.split_once('=').ok_or_else(wrong)?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        let pairs: Vec<(String, String)> = values.iter().map(pair).collect::<Result<_, _>>()?;
        let pairs: Vec<(&str, String)> = pairs.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        Self::of(&pairs)
    }
}

/// CertificationRequestInfo: what the key signs. No extensions are asked for: whoever certifies decides on them.
pub fn to_sign(subject: &Subject, public_key_info: &[u8]) -> Vec<u8> {
    encode::sequence(&[&encode::integer(0), &subject.0, public_key_info, &encode::tlv(tag::context(0), &[])])
}

/// The request with the signature value.
pub fn signed(to_sign: &[u8], scheme: SignatureScheme, value: &[u8]) -> Vec<u8> {
    encode::sequence(&[to_sign, &scheme.algorithm_identifier(), &encode::bit_string(value)])
}

/// The SubjectPublicKeyInfo of a request, in DER.
pub fn public_key_info(request: &[u8]) -> Result<&[u8], KeyError> {
    let what = "the certification request";
    let read = || -> Result<_, CmsError> {
        let mut members = Reader::new(request, &Limits::DEFAULT).sequence(what)?.sequence(what)?;
        members.expect(tag::INTEGER, what)?;
        members.next(what)?;
        Ok(members.next(what)?.raw)
    };
    read().map_err(|_| KeyError::Unreadable { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_people_do() {
        let subject: Subject = "CN=Nguyễn Thị Mẫu, O=UBND xã Sơn\\, Mẫu,C=VN".parse().unwrap();
        let text = String::from_utf8_lossy(&subject.0).into_owned();
        assert!(text.contains("Nguyễn Thị Mẫu") && text.contains("UBND xã Sơn, Mẫu"), "{text}");
        assert_eq!(Subject::common_name("a").unwrap(), "cn=a".parse().unwrap());
        for wrong in ["", "CN", "CN=", "colour=red", "C=Việt", "CN=a,", "CN=a\u{7}"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
        assert!(format!("CN={}", "a".repeat(LONGEST + 1)).parse::<Subject>().is_err());
    }
}
