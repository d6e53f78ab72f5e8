//! Signature wrapping: the second part of what was signed is moved towards the end, and the room that comes about holds
//! other objects. A reader that hashes what a second `/ByteRange` says finds the right digest.

use super::lab::*;
use dauson::validation::report::Modification;

/// First and second part of the signed bytes.
fn parts(file: &[u8]) -> (usize, usize) {
    let at = place_of(file, b"/Contents<") + 9;
    (at, at + file[at..].iter().position(|b| *b == b'>').unwrap() + 1)
}

#[test]
fn moved_bytes_do_not_pass() {
    for how in ALL {
        let file = signed(how);
        let (gap, second) = parts(&file);
        assert_passes(file.clone(), Modification::None, "the file itself");
        let other = format!("4 0 obj\n{}\nendobj\n", stream("", "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET"));
        let tail = &file[second..];
        for (index, (before, after)) in [
            // a second /ByteRange in the room; the room is closed as an object, and what was signed follows as rubbish
            ("/ByteRange[0 GAP MOVED TAIL]>>\nendobj\n", "90 0 obj\n<</A 1"),
            ("/ByteRange[0 GAP MOVED TAIL]/X(", ")"),
            ("/ByteRange[0 GAP MOVED TAIL]", ""),
            (">>\nendobj\n", "90 0 obj\n<</ByteRange[0 GAP MOVED TAIL]"),
            ("", ""),
            ("/X<", ">"),
        ]
        .into_iter()
        .enumerate()
        {
            for hidden in [other.as_str(), ""] {
                let length = |text: &str| text.len() + hidden.len();
                let mut moved = second + length(before) + length(after);
                let mut filled = (String::new(), String::new());
                for _ in 0..3 {
                    let fill = |text: &str| {
                        text.replace("GAP", &gap.to_string())
                            .replace("MOVED", &moved.to_string())
                            .replace("TAIL", &tail.len().to_string())
                    };
                    filled = (fill(before), fill(after));
                    moved = second + filled.0.len() + hidden.len() + filled.1.len();
                }
                let middle = format!("{}{hidden}{}", filled.0, filled.1);
                if middle.is_empty() {
                    continue;
                }
                let wrapped = [&file[..second], middle.as_bytes(), tail].concat();
                assert_never_passes(wrapped.clone(), &format!("{how:?} {index}"));
                // and with a cross-reference for what was put in between
                let start = wrapped.len();
                let table = format!(
                    "xref\n4 1\n{:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {}>>\nstartxref\n{start}\n%%EOF\n",
                    second + filled.0.len(),
                    number_behind(&file, b"startxref"),
                );
                assert_never_passes([&wrapped, table.as_bytes()].concat(), &format!("{how:?} {index} with a table"));
            }
        }
    }
}

/// The room of `/Contents` holds an object beside the signature.
#[test]
fn nothing_hides_in_the_room_of_the_signature() {
    let file = signed(Xref::Table);
    let (gap, end) = parts(&file);
    let zeros = file[gap..end].iter().rposition(|b| !matches!(b, b'0' | b'>')).unwrap() + gap + 3;
    for hidden in ["><4 0 obj<</A", "> /X (hidden) /Y <", "00 11 22", "FF", "0g"] {
        let mut changed = file.clone();
        changed.splice(zeros..zeros + hidden.len(), hidden.bytes());
        assert_never_passes(changed, hidden);
    }
    // white space between the digits hides nothing, but was not there: nobody can tell that from a change
    let mut blank = file.clone();
    blank[zeros] = b'0';
    assert_passes(blank, Modification::None, "zeros");
}
