//! Readers that find fault with the end of a file, or with what its trailers say, look through the whole of it for objects instead of going
//! by its tables, and take the last one of a number. Nothing that is appended sends them there, and nothing lies in wait for them.

use super::lab::*;
use dauson::validation::report::Modification;

/// Another first page for who finds it.
const FORGED: &str = "x\nendstream\nendobj\n4 0 obj\n<</Length 42>>\nstream\nBT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET \nendstream\nendobj";

/// Validation data, whose certificate is this.
fn with_certificate(file: &[u8], data: &str, how: Xref) -> Vec<u8> {
    let catalog = objects()[&1].replace("/Pages", "/DSS 90 0 R/Pages");
    update(file, &[(1, &catalog), (90, "<</Type/DSS/Certs[91 0 R]>>"), (91, &stream("", data))], how)
}

/// The file with other bytes for the last of these.
fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = file.windows(from.len()).rposition(|bytes| bytes == from.as_bytes()).unwrap();
    [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
}

#[test]
fn no_objects_lie_in_wait_within_others() {
    for base in ALL {
        let file = signed(base);
        for how in ALL {
            let what = format!("{base:?} {how:?}");
            assert_passes(with_certificate(&file, "a certificate", how), Modification::LtaUpdate, &what);
            assert_caught(with_certificate(&file, FORGED, how), "hold what looks like other objects", &what);
            let numbered = format!("{}9 \0 0\robj", "x".repeat(70_000));
            assert_caught(with_certificate(&file, &numbered, how), "hold what looks like other objects", &what);
            let trailer = "x trailer <</Root 9 0 R>>";
            assert_caught(with_certificate(&file, trailer, how), "hold what looks like other objects", &what);
        }
    }
    // nor within the text of an object
    let file = signed(Xref::Table);
    let title = "<</Title(4 0 obj <</Length 0>> stream endstream endobj)>>";
    let trailer = "/Root 1 0 R/ID[<01><02>]/Info 95 0 R";
    assert_caught(update_with(&file, &[(95, title)], Xref::Table, trailer), "object 95 hold", "a title");
    assert_passes(
        update_with(&file, &[(95, "<</Title(An object)>>")], Xref::Table, trailer),
        Modification::LtaUpdate,
        "",
    );
}

#[test]
fn trailers_say_how_many_objects_there_are_and_where_what_they_name_is() {
    let file = with_certificate(&signed(Xref::Table), "a certificate", Xref::Table);
    let size = format!("/Size {} ", number_behind(&file, b"/Size"));
    for wrong in [
        "/Size 2147483646 ",
        "/Size 9000000 ",
        "/Size 20 ",
        "/Size 0 ",
        "/Size -1 ",
        "/Size 500.0 ",
        "/Size 4 0 R ",
        " ",
    ] {
        assert_caught(replaced(&file, &size, wrong), "has a /Size", wrong);
    }
    let trailer = "/Root 1 0 R/ID[<01><02>]/Info 999 0 R";
    let nowhere = update_with(&file, &[(90, "<</Type/DSS/Certs[91 0 R]>>")], Xref::Table, trailer);
    assert_caught(nowhere, "a trailer whose /Info is not there", "information that is nowhere");
}

#[test]
fn the_end_of_a_file_is_found_near_its_end() {
    let file = with_certificate(&signed(Xref::Table), "a certificate", Xref::Table);
    let start = format!("startxref\n{}\n%%EOF", number_behind(&file, b"startxref"));
    for wrong in ["startxref\n%c\n", "startxref%c\n", "%startxref\r%1\nstartxref\n", "startxref\n\n\n\n\n\n\n\n\n"] {
        assert_never_passes(replaced(&file, &start, &start.replace("startxref\n", wrong)), wrong);
    }
    let late = start.replace("\n%%EOF", &format!("{}%%EOF", "\n".repeat(2_000)));
    assert_never_passes(replaced(&file, &start, &late), "an end that comes late");
    for behind in [
        "%startxref\r%1".to_owned(),
        format!("%{}", "x".repeat(600)),
        "\n".repeat(5_000),
        "\0".repeat(5_000),
        " ".repeat(600),
    ] {
        let longer = [&file[..], behind.as_bytes()].concat();
        assert_caught(longer, "no revision follows the last revision", &behind[..1]);
    }
    assert_passes([&file[..], b"\r\n \n"].concat(), Modification::LtaUpdate, "ends of lines");
}
