//! What is looked up is what x509-parser reads entry by entry.

use super::*;
use crate::cms::encode;
use proptest::prelude::*;
use time::macros::datetime;
use x509_parser::prelude::{CertificateRevocationList, FromDer, ParsedExtension};

const NOW: OffsetDateTime = datetime!(2026-11-24 08:00 UTC);

/// An entry to be written.
#[derive(Debug, Clone)]
struct Written {
    serial: Vec<u8>,
    days: u16,
    reason: Option<u8>,
    invalid_since: Option<u16>,
    /// certificateIssuer: the number of a CA.
    issuer: Option<u8>,
}

fn days(before: u16) -> OffsetDateTime {
    NOW - time::Duration::days(before.into())
}

fn extension(last: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    encode::sequence(&[&[6, 3, 0x55, 0x1D, last], critical, &encode::octet_string(value)])
}

fn name(ca: u8) -> Vec<u8> {
    let attribute = encode::sequence(&[&[6, 3, 0x55, 4, 3], &encode::tlv(0x0C, &[format!("CA {ca}").as_bytes()])]);
    encode::sequence(&[&encode::tlv(0x31, &[&attribute])])
}

impl Written {
    fn encode(&self) -> Vec<u8> {
        let reason = self.reason.map(|r| extension(21, false, &[10, 1, r])).unwrap_or_default();
        let since = self.invalid_since.map(|d| extension(24, false, &encode::generalized_time(days(d))));
        let issuer = self.issuer.map(|ca| {
            let directory = encode::tlv(0xA4, &[&name(ca)]);
            extension(29, true, &encode::sequence(&[&directory]))
        });
        let all = [reason, since.unwrap_or_default(), issuer.unwrap_or_default()].concat();
        let extensions = if all.is_empty() { all } else { encode::sequence(&[&all]) };
        encode::sequence(&[&encode::tlv(2, &[&self.serial]), &encode::time(days(self.days)), &extensions])
    }
}

/// A list of CA 0 with these entries; nobody signed it.
fn list(entries: &[u8], indirect: bool) -> CertificateList {
    let algorithm = encode::sequence(&[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]]);
    let scope = extension(28, true, &encode::sequence(&[&[0x84, 1, 0xFF]]));
    let number = extension(20, false, &encode::integer(1));
    let extensions = encode::sequence(&[&number, if indirect { &scope } else { &[] }]);
    let revoked = if entries.is_empty() { Vec::new() } else { encode::sequence(&[entries]) };
    let times = [encode::time(NOW), encode::time(NOW + time::Duration::DAY)].concat();
    let extensions = encode::tlv(0xA0, &[&extensions]);
    let tbs = encode::sequence(&[&encode::integer(1), &algorithm, &name(0), &times, &revoked, &extensions]);
    encode::sequence(&[&tbs, &algorithm, &encode::bit_string(&[0; 64])]).into()
}

/// A certificate with this serial number.
fn certificate(ca: u8, serial: &[u8]) -> Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.serial_number = Some(rcgen::SerialNumber::from_slice(serial));
    let issuer = {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, format!("CA {ca}"));
        rcgen::Issuer::new(parameters, rcgen::KeyPair::generate().unwrap())
    };
    Certificate::parse(parameters.signed_by(&key, &issuer).unwrap().der()).unwrap()
}

/// The same by a full parse.
fn slow(list: &CertificateList, indirect: bool, ca: u8, serial: &[u8]) -> Option<(OffsetDateTime, Option<u8>)> {
    let (_, parsed) = CertificateRevocationList::from_der(list.der()).unwrap();
    let mut concerns = ca == 0;
    for entry in parsed.iter_revoked_certificates() {
        let mut time = entry.revocation_date.to_datetime();
        let (mut reason, mut since) = (None, None);
        for extension in entry.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::ReasonCode(code) => reason = Some(code.0),
                ParsedExtension::InvalidityDate(date) => since = Some(date.to_datetime()),
                _ if indirect && extension.oid.to_id_string() == "2.5.29.29" => {
                    concerns = extension.value.ends_with(&name(ca));
                }
                _ => {}
            }
        }
        if concerns && entry.raw_serial() == serial {
            if matches!(reason, Some(1 | 2)) {
                time = since.map_or(time, |since| time.min(since));
            }
            return Some((time, reason));
        }
    }
    None
}

fn found(list: &CertificateList, certificate: &Certificate) -> Option<(OffsetDateTime, Option<u8>)> {
    list.find(certificate).unwrap().map(|entry| (entry.time, entry.reason))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn a_look_up_finds_what_a_full_parse_finds(
        entries in prop::collection::vec(
            (
                // few serial numbers, many alike at the end
                prop::sample::select(vec![&[1][..], &[2], &[1, 0, 0, 0, 1], &[2, 0, 0, 0, 1], &[0, 0x80], &[9; 20]]),
                0..400_u16,
                prop::option::of(0..11_u8),
                prop::option::of(0..400_u16),
                prop::option::weighted(0.3, 0..3_u8),
            ),
            0..12,
        ),
        indirect: bool,
    ) {
        let written = entries.into_iter().map(|(serial, days, reason, invalid_since, issuer)| {
            let issuer = issuer.filter(|_| indirect);
            Written { serial: serial.to_vec(), days, reason, invalid_since, issuer }.encode()
        });
        let list = list(&written.collect::<Vec<_>>().concat(), indirect);
        for ca in 0..3 {
            for serial in [&[1][..], &[2], &[1, 0, 0, 0, 1], &[0, 0x80], &[9; 20], &[7]] {
                prop_assert_eq!(found(&list, &asked(ca, serial)), slow(&list, indirect, ca, serial));
            }
        }
    }
}

/// Certificates are made once.
fn asked(ca: u8, serial: &[u8]) -> Certificate {
    use std::collections::HashMap;
    use std::sync::Mutex;
    type Made = HashMap<(u8, Vec<u8>), Certificate>;
    static MADE: Mutex<Option<Made>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap();
    let all = made.get_or_insert_default();
    all.entry((ca, serial.to_vec())).or_insert_with(|| certificate(ca, serial)).clone()
}

#[test]
fn what_may_not_be_passed_over_spoils_the_list_for_all() {
    let plain = Written { serial: vec![1], days: 3, reason: None, invalid_since: None, issuer: None };
    let named = Written { issuer: Some(1), ..plain.clone() };
    let unknown = encode::sequence(&[
        &encode::integer(2),
        &encode::time(NOW),
        &encode::sequence(&[&extension(99, true, &[5, 0])]),
    ]);
    let (one, other) = (asked(0, &[1]), asked(0, &[9; 20]));
    for (entries, indirect) in [
        ([plain.encode(), unknown].concat(), false),
        // only an indirect list speaks of others' certificates
        ([plain.encode(), named.encode()].concat(), false),
        ([plain.encode(), vec![0x30, 0]].concat(), true),
        ([plain.encode(), vec![0x30, 5, 2, 1, 1]].concat(), true),
    ] {
        let list = list(&entries, indirect);
        assert!(list.find(&one).is_err() && list.find(&other).is_err());
    }
    assert!(list(&[plain.encode(), named.encode()].concat(), true).find(&one).unwrap().is_some());
}

#[test]
fn among_a_million_the_first_the_middle_and_the_last_are_found() {
    let serial = |n: u32| [&[0x11_u8; 12][..], &n.wrapping_mul(0x9E37_79B1).to_be_bytes()].concat();
    // written twice, and their serial numbers put in
    let [with, without] = [Some(4), None]
        .map(|reason| Written { serial: vec![0x11; 16], days: 1, reason, invalid_since: None, issuer: None }.encode());
    let mut entries = Vec::new();
    for n in 0..1_000_000_u32 {
        let start = entries.len();
        entries.extend_from_slice(if n % 2 == 0 { &with } else { &without });
        entries[start + 16..start + 20].copy_from_slice(&serial(n)[12..]);
    }
    let list = list(&entries, false);
    assert!(list.der().len() > 40_000_000);
    for n in [0, 500_001, 999_999] {
        let reason = (n % 2 == 0).then_some(4);
        assert_eq!(found(&list, &asked(0, &serial(n))), Some((days(1), reason)));
    }
    assert_eq!(found(&list, &asked(0, &serial(1_000_000))), None);
    assert_eq!(found(&list, &asked(0, &serial(0)[1..])), None);
    assert_eq!(found(&list, &asked(1, &serial(0))), None);
}
