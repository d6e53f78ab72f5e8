//! Objects that no table tells of or two tables tell of, cross-references that lead where honest writers' never do.

use super::lab::*;
use dauson::validation::report::{Modification, Verdict};

const OTHER: &str = "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET";

fn other() -> String {
    format!("4 0 obj\n{}\nendobj\n", stream("", OTHER))
}

/// A revision of a classic table with these entries behind these bytes; `{at}` in an entry is where the bytes begin.
fn with_table(file: &[u8], bytes: &str, entries: &[(u32, usize)], trailer: &str) -> Vec<u8> {
    let mut changed = [file, bytes.as_bytes()].concat();
    let start = changed.len();
    let mut table = String::from("xref\n");
    for (number, offset) in entries {
        table += &format!("{number} 1\n{offset:010} 00000 n \n");
    }
    let previous = number_behind(file, b"startxref");
    let size = number_behind(file, b"/Size").max(300);
    table += &format!(
        "trailer\n<</Size {size}/Root 1 0 R/ID[<01><02>]/Prev {previous}{trailer}>>\nstartxref\n{start}\n%%EOF\n"
    );
    changed.extend(table.bytes());
    changed
}

#[test]
fn further_revisions_of_all_kinds_pass() {
    for base in ALL {
        let file = signed(base);
        assert_passes(file.clone(), Modification::None, "the file itself");
        for how in ALL {
            let metadata = stream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'> </x:xmpmeta>");
            let changed = update(&file, &[(18, &metadata)], how);
            assert_passes(changed.clone(), Modification::LtaUpdate, &format!("{base:?} {how:?}: metadata"));
            let twice = update(&changed, &[(30, "(unused)")], how);
            assert_passes(twice, Modification::LtaUpdate, &format!("{base:?} {how:?}: a third revision"));
            let second = sign(&changed, &options());
            assert_passes(second, Modification::FormFill, &format!("{base:?} {how:?}: a second signature"));
        }
    }
}

#[test]
fn objects_that_no_table_tells_of_are_named() {
    for how in ALL {
        let file = signed(how);
        let start = file.len();
        let hidden = other();
        // the table tells of one object, and before, behind or between lies another
        let listed = "30 0 obj\n(x)\nendobj\n";
        for (bytes, at) in [
            (format!("{hidden}{listed}"), start + hidden.len()),
            (format!("{listed}{hidden}"), start),
            (format!("{listed}% comment\n{hidden}{hidden}"), start),
        ] {
            let changed = with_table(&file, &bytes, &[(30, at)], "");
            assert_caught(changed, "object 4 at byte", &format!("{how:?}"));
        }
        let stray = with_table(&file, "30 0 obj\n(x)\nendobj\nstray words\n", &[(30, start)], "");
        assert_caught(stray, "belong to no object", &format!("{how:?}"));
        let comment = with_table(&file, "30 0 obj\n(x)\nendobj\n% a comment\n\n", &[(30, start)], "");
        assert_passes(comment, Modification::None, "a comment is nothing");
        // a revision that the last one leaves out
        let first = update(&file, &[(4, &stream("", OTHER))], Xref::Table);
        let mut skipped = first.clone();
        append(&mut skipped, &Objects::new(), Xref::Table, "/Root 1 0 R", Some(number_behind(&file, b"startxref")));
        assert_caught(skipped, "stands in no cross-reference table", &format!("{how:?}"));
    }
}

#[test]
fn two_places_of_one_object_are_named() {
    for how in ALL {
        let file = signed(how);
        let start = file.len();
        let honest = "30 0 obj\n(x)\nendobj\n";
        let twice =
            with_table(&file, &format!("{honest}30 0 obj\n(y)\nendobj\n"), &[(30, start), (30, start + 19)], "");
        assert_caught(twice, "two places for object 30", &format!("{how:?}"));
        // an object in the data of another one
        let data = "31 0 obj (y) endobj";
        let holder = format!("30 0 obj\n{}\nendobj\n", stream("", data));
        let inner = start + holder.find(data).unwrap();
        let nested = with_table(&file, &holder, &[(30, start), (31, inner)], "");
        assert_caught(nested, "object 31 begins within object 30", &format!("{how:?}"));
        let generation = with_table(&file, "30 7 obj\n(x)\nendobj\n", &[(30, start)], "");
        assert_caught(generation, "object 30 has another generation", &format!("{how:?}"));
    }
}

#[test]
fn cross_references_into_other_revisions_are_named() {
    for how in ALL {
        // a second version of an object, which a later table brings out
        let mut base = file(&objects(), how);
        let at = base.len();
        base.extend(other().bytes());
        let first = number_behind(&base, b"startxref");
        base.extend(format!("startxref\n{first}\n%%EOF\n").bytes());
        let base = sign(&base, &options());
        assert_passes(base.clone(), Modification::None, "an object that nothing leads to");
        let back = with_table(&base, "", &[(4, at)], "");
        assert_caught(back, "leads object 4 back to an older revision", &format!("{how:?}"));
        // the same place as before is no news
        let offset = place_of(&base, b"\n4 0 obj") + 1;
        assert_passes(with_table(&base, "", &[(4, offset)], ""), Modification::None, "the same again");
    }
    // an entry that leads behind the end of the file when it is signed, and to an object later
    let mut all = objects();
    all.insert(3, all[&3].replace("/Contents 4 0 R", "/Contents[4 0 R 40 0 R]"));
    let mut ahead = file(&all, Xref::Table);
    let start = ahead.len();
    let previous = number_behind(&ahead, b"startxref");
    let room = 60_000;
    ahead.extend(
        format!("xref\n40 1\n{room:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n")
            .bytes(),
    );
    let signed = sign(&ahead, &options());
    assert_passes(signed.clone(), Modification::None, "an entry that leads nowhere");
    let filler = format!("50 0 obj\n{}\nendobj\n", stream("", &"x".repeat(room - signed.len() - 52)));
    let mut bytes = format!("{filler}{}", " ".repeat(room - signed.len() - filler.len()));
    bytes += &format!("40 0 obj\n{}\nendobj\n", stream("", OTHER));
    let found = with_table(&signed, &bytes, &[(50, signed.len())], "");
    assert_caught(found, "object 40 was put where an earlier cross-reference already led to", "ahead");
}

#[test]
fn cross_references_into_a_signature_are_named() {
    for how in ALL {
        let file = signed(how);
        let gap = place_of(&file, b"/Contents<") + 10;
        assert_caught(with_table(&file, "", &[(30, gap + 40)], ""), "object 30 begins within", &format!("{how:?}"));
    }
}

#[test]
fn previous_cross_references_are_those_of_the_revision_before() {
    for how in ALL {
        let file = signed(how);
        // each one goes on from the first again: the signed revision is left out
        let oldest = {
            let text = &file[..number_behind(&file, b"startxref")];
            number_behind(&text[..text.len()], b"startxref")
        };
        let mut left_out = file.clone();
        append(&mut left_out, &Objects::new(), how, "/Root 1 0 R", Some(oldest));
        assert_never_passes(left_out, &format!("{how:?}: the signature is left out"));
        // a circle, a place in the middle of nowhere, beyond the file
        for previous in [file.len(), 0, 17, file.len() * 9] {
            let mut broken = file.clone();
            append(&mut broken, &Objects::new(), how, "/Root 1 0 R", Some(previous));
            assert_never_passes(broken, &format!("{how:?}: /Prev {previous}"));
        }
    }
}

#[test]
fn hybrid_sections_agree() {
    for how in ALL {
        let file = signed(how);
        let start = file.len();
        let one = format!("30 0 obj\n{}\nendobj\n", stream("", OTHER));
        let two = "30 0 obj\n(two)\nendobj\n";
        let at = start + one.len() + two.len();
        let entry = |offset: usize| [&[1], &(offset as u32).to_be_bytes()[..], &[0]].concat();
        let section = |offset: usize| -> String {
            let data: String = entry(offset).into_iter().chain(entry(at)).map(char::from).collect();
            format!("<</Type/XRef/Size 300/W[1 4 1]/Index[30 1 31 1]/Root 1 0 R/Length 12>>\nstream\n{data}\nendstream")
        };
        let hybrid = |offset: usize| {
            let mut bytes = [file.as_slice(), one.as_bytes(), two.as_bytes()].concat();
            let beside: Vec<u8> = format!("31 0 obj\n{}\nendobj\n", section(offset)).chars().map(|c| c as u8).collect();
            bytes.extend(beside);
            let table = bytes.len();
            let previous = number_behind(&file, b"startxref");
            bytes.extend(
                format!(
                    "xref\n30 1\n{start:010} 00000 n \n40 1\n{:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}\
                     /XRefStm {at}>>\nstartxref\n{table}\n%%EOF\n",
                    start + one.len()
                )
                .bytes(),
            );
            bytes
        };
        assert_caught(hybrid(start + one.len()), "different places for object 30", &format!("{how:?}"));
    }
}

#[test]
fn object_streams_are_not_replaced() {
    let file = signed(Xref::Packed);
    // the first object stream, written anew with the same objects but one
    let at = place_of(&file, b"/Type/ObjStm");
    let number = file[..at].windows(6).rposition(|w| w == b" 0 obj").unwrap();
    let digits = file[..number].iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let holder: u32 = String::from_utf8_lossy(&file[number - digits..number]).parse().unwrap();
    let end = at + place_of(&file[at..], b"\nendobj");
    let text = String::from_utf8_lossy(&file[number + 7..end]).into_owned();
    let changed = text.replace("/OFF[17 0 R]", "/ON[17 0 R] ");
    assert!(changed != text);
    for how in [Xref::Table, Xref::Stream] {
        assert_caught(
            update(&file, &[(holder, &changed)], how),
            &format!("object stream {holder} was replaced"),
            "anew",
        );
    }
    // an entry that names another place in the stream than the object's
    let misplaced = {
        let mut bytes = file.clone();
        let held = format!("60 0 obj\n{}\nendobj\n", stream("/Type/ObjStm/N 2/First 10", "61 0 62 4 (a) (b)"));
        let (start, own) = (bytes.len(), bytes.len() + held.len());
        bytes.extend(held.bytes());
        let row = |kind: u8, second: usize, third: u8| [&[kind], &(second as u32).to_be_bytes()[..], &[third]].concat();
        let data = [row(1, start, 0), row(2, 60, 1), row(2, 60, 0), row(1, own, 0)].concat();
        let previous = number_behind(&file, b"startxref");
        bytes.extend(
            format!(
                "63 0 obj\n<</Type/XRef/Size 300/W[1 4 1]/Index[60 4]/Root 1 0 R/Prev {previous}/Length 24>>\nstream\n"
            )
            .bytes(),
        );
        bytes.extend(data);
        bytes.extend(format!("\nendstream\nendobj\nstartxref\n{own}\n%%EOF\n").bytes());
        bytes
    };
    assert_caught(misplaced, "is not where the cross-reference says", "misplaced");
}

/// A second signature that its field no longer leads to, so that nobody would miss it.
#[test]
fn a_signature_that_no_field_leads_to_is_named() {
    for how in ALL {
        let first = signed(how);
        let second = sign(&first, &options());
        let doc = dauson::pdf::document::Document::open(
            std::sync::Arc::new(second.clone()),
            None,
            dauson::limits::Limits::DEFAULT,
        );
        let fields = doc.unwrap().signature_fields().unwrap();
        let value = fields.last().unwrap().value.clone().unwrap().0.unwrap().to_string();
        let reference = format!("/V {value} R");
        let at = second.windows(reference.len()).rposition(|w| w == reference.as_bytes()).unwrap();
        let mut lost = second.clone();
        lost[at + 3..at + reference.len()].fill(b' ');
        lost[at + 3..at + 7].copy_from_slice(b"null");
        let (verdict, signatures) = judge(lost).unwrap();
        assert_eq!((verdict, signatures.len()), (Verdict::Failed, 1), "{how:?}");
        assert!(signatures[0].errors.iter().any(|e| e.message.contains("a signature that no field leads to")));
    }
}

/// What readers may read in two ways is said, although it was signed so.
#[test]
fn what_is_ambiguous_when_it_is_signed_is_said() {
    let mut base = file(&objects(), Xref::Table);
    let start = base.len();
    let previous = number_behind(&base, b"startxref");
    base.extend(
        format!(
            "30 0 obj\n(x)\nendobj\n30 0 obj\n(y)\nendobj\nxref\n30 1\n{start:010} 00000 n \n30 1\n{:010} 00000 n \n",
            start + 19
        )
        .bytes(),
    );
    let table = base.len() - place_of(&base.iter().rev().copied().collect::<Vec<_>>(), b"ferx") - 4;
    base.extend(format!("trailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n").bytes());
    let (verdict, signatures) = judge(sign(&base, &options())).unwrap();
    assert_eq!(verdict, Verdict::Passed);
    assert!(signatures[0].warnings.iter().any(|w| w.code == "AMBIGUOUS_REVISION"), "{signatures:#?}");
}
