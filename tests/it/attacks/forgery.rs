//! Universal signature forgery: `/Contents` or `/ByteRange` of the signature are missing or of a kind that readers may stumble
//! over, written into the file in place or by a further revision.

use super::lab::*;

const CONTENTS: [&str; 10] = [
    "",
    "/Contents null",
    "/Contents<>",
    "/Contents<00>",
    "/Contents()",
    "/Contents 0",
    "/Contents[]",
    "/Contents<</A 1>>",
    "/Contents/Name",
    "/Contents 99 0 R",
];

const RANGES: [&str; 14] = [
    "",
    "/ByteRange null",
    "/ByteRange[]",
    "/ByteRange[0 0 0 0]",
    "/ByteRange[0]",
    "/ByteRange[0 10]",
    "/ByteRange[0 -1 10 10]",
    "/ByteRange[-1 -1 -1 -1]",
    "/ByteRange[null null null null]",
    "/ByteRange[0 99999999999 99999999999 99999999999]",
    "/ByteRange[(0)(1)(2)(3)]",
    "/ByteRange 4",
    "/ByteRange/All",
    "/ByteRange 99 0 R",
];

/// The signature dictionary without these keys, with others.
fn dictionary(file: &[u8], without: &str, with: &str) -> String {
    let (value, _) = signature_of(file);
    let text = again(file, value, "");
    let at = text.find(without).unwrap();
    let close = if without == "/Contents" { '>' } else { ']' };
    let end = at + text[at..].find(close).unwrap() + 1;
    format!("{}{with}{}", &text[..at], &text[end..])
}

#[test]
fn odd_signature_dictionaries_do_not_pass() {
    for how in ALL {
        let file = signed(how);
        let (value, _) = signature_of(&file);
        for with in CONTENTS {
            let changed = dictionary(&file, "/Contents", with);
            assert_never_passes(update(&file, &[(value.number, &changed)], how), &format!("{how:?} {with}"));
        }
        for with in RANGES {
            let changed = dictionary(&file, "/ByteRange", with);
            assert_never_passes(update(&file, &[(value.number, &changed)], how), &format!("{how:?} {with}"));
        }
        for value_of_field in ["null", "4 0 R", "(signed)", "<<>>", "<</Type/Sig>>", "99 0 R"] {
            let (_, field) = signature_of(&file);
            let text = again(&file, field, "");
            let at = text.find("/V").unwrap();
            let end = at + 2 + text[at + 2..].find('R').unwrap() + 1;
            let changed = format!("{}/V {value_of_field}{}", &text[..at], &text[end..]);
            assert_never_passes(update(&file, &[(field.number, &changed)], how), &format!("{how:?} {value_of_field}"));
        }
    }
}

/// The same in the place of what was there, so that no byte moves.
#[test]
fn odd_signature_dictionaries_in_their_place_do_not_pass() {
    let file = signed(Xref::Table);
    for (key, end, all) in [(b"/Contents<".as_slice(), b'>', &CONTENTS[..]), (b"/ByteRange[", b']', &RANGES[..])] {
        let at = place_of(&file, key);
        let length = file[at..].iter().position(|b| *b == end).unwrap() + 1;
        for with in all {
            if with.len() <= length {
                let mut changed = file.clone();
                changed.splice(at..at + length, format!("{with:length$}").bytes());
                assert_never_passes(changed, with);
            }
        }
    }
    // the keys a second time, in front and behind
    for (more, word) in [("/Contents<00>", "/Contents<"), ("/ByteRange[0 0 0 0]", "/ByteRange[")] {
        let at = place_of(&file, word.as_bytes());
        let mut changed = file.clone();
        changed.splice(at..at, more.bytes());
        assert_never_passes(changed, more);
    }
}

#[test]
fn sub_filters_that_do_not_fit_do_not_pass() {
    let file = signed(Xref::Table);
    let at = place_of(&file, b"/ETSI.CAdES.detached");
    for name in ["/adbe.pkcs7.sha1", "/adbe.x509.rsa_sha1", "/ETSI.RFC3161", "/Unknown", "/Adobe.PPKLite"] {
        let mut changed = file.clone();
        changed.splice(at..at + 20, format!("{name:20}").bytes());
        assert_never_passes(changed, name);
    }
}
