//! Incremental saving attacks: something is appended to the signed file, with a cross-reference or without, with objects of the
//! same number several times, with the signature copied.

use super::lab::*;
use dauson::validation::report::Modification;

const OTHER: &str = "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET";

fn page(old: &str, new: &str) -> String {
    let page = objects()[&3].replace(old, new);
    assert_ne!(page, objects()[&3]);
    page
}

#[test]
fn what_is_drawn_is_not_changed_by_a_further_revision() {
    let over = stream("", &format!("{TEXT} {OTHER}"));
    let under = stream("", &format!("q 1 g 0 0 300 200 re f Q {TEXT}"));
    let image = stream("", &format!("{TEXT} q 100 0 0 50 20 140 cm /Im Do Q"));
    let text = stream("", &TEXT.replace("100", "900"));
    let none = stream("", " ");
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>";
    let changes: Vec<(Vec<(u32, &str)>, &str)> = vec![
        (vec![(4, &over)], "page 1: text was laid over what is on it (/Contents, object 4 0)"),
        (vec![(4, &under)], "page 1: lines or areas was put beneath what is on it"),
        (vec![(4, &image)], "page 1: an image was laid over what is on it"),
        (vec![(4, &text)], "page 1: the text on it was changed"),
        (vec![(4, &none)], "page 1: all that was drawn on it was removed"),
        (vec![(5, font)], "page 1: a font that its text is shown in was changed"),
    ];
    for base in ALL {
        let file = signed(base);
        for how in ALL {
            for (objects, words) in &changes {
                assert_caught(update(&file, objects, how), words, &format!("{base:?} {how:?} {words}"));
            }
        }
    }
    let file = signed(Xref::Table);
    for (from, to, words) in [
        ("/Contents 4 0 R", "/Contents[4 0 R 90 0 R]", "page 1: text was laid over"),
        ("/Contents 4 0 R", "/Contents 90 0 R", "page 1: the text on it was changed"),
        ("[0 0 300 200]", "[0 0 300 100]", "page 1: what part of it is seen was changed"),
        ("/Parent", "/Rotate 180/Parent", "page 1: which way up it is shown was changed"),
        ("/Parent", "/AA<</O<</S/JavaScript/JS(x)>>>>/Parent", "page 1: what it does when it is shown"),
        ("/Im 11 0 R", "/Im 91 0 R", "page 1: an image"),
        ("/F 5 0 R", "/F 92 0 R", "page 1: a font"),
    ] {
        let page = page(from, to);
        let image = objects()[&11].replace("\nx", "\ny");
        let more = [(3, page.as_str()), (90, &stream("", OTHER)), (91, &image), (92, font)];
        assert_caught(update(&file, &more, Xref::Table), words, to);
    }
}

#[test]
fn pages_stay_what_and_where_they_are() {
    let second = objects()[&19].replace("20 0 R", "95 0 R");
    let other = stream("", OTHER);
    for how in ALL {
        let file = signed(how);
        for (kids, words) in [
            ("[3 0 R 19 0 R 90 0 R]/Count 3", "pages (1) of the document were added: page 3"),
            ("[3 0 R]/Count 1", "pages (1) of the document were removed: page 2"),
            ("[19 0 R 3 0 R]/Count 2", "the pages were put in another order"),
            ("[3 0 R 90 0 R]/Count 2", "page 2: the text on it was changed"),
            ("[3 0 R 19 0 R]/Count 2/Rotate 90", "which way up it is shown"),
        ] {
            let pages = format!("<</Type/Pages/Kids{kids}>>");
            assert_caught(update(&file, &[(2, &pages), (90, &second), (95, &other)], how), words, kids);
        }
        // another catalog, in its place and beside it
        let catalog = objects()[&1].replace("2 0 R", "93 0 R");
        let pages = "<</Type/Pages/Kids[90 0 R]/Count 1>>";
        let changed = update(&file, &[(1, &catalog), (93, pages), (90, &second)], how);
        assert_never_passes(changed, "another page tree");
        let beside = [(94, catalog.as_str()), (93, pages), (90, &second)];
        assert_never_passes(update_with(&file, &beside, how, "/Root 94 0 R"), "another catalog");
        for (key, words) in [
            ("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", "an action that runs when the document is opened"),
            (
                "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(x)>>]>>>>",
                "a setting of the whole document was added",
            ),
            ("/AF[<</Type/Filespec>>]", "an attached file"),
            ("/Lang(en)", "the language that the document states"),
        ] {
            let id = dauson::pdf::object::ObjectId::new(1);
            assert_caught(update(&file, &[(1, &again(&file, id, key))], how), words, key);
        }
    }
}

/// Without a cross-reference of their own, objects are found only by readers that repair files.
#[test]
fn appended_objects_without_a_table_do_not_pass() {
    let object = format!("4 0 obj\n{}\nendobj\n", stream("", OTHER));
    for how in ALL {
        let file = signed(how);
        let start = number_behind(&file, b"startxref");
        let trailer = format!("trailer\n<</Size 300/Root 1 0 R/Prev {start}>>\n");
        let duplicated = format!("4 0 obj\n{}\nendobj\n", objects()[&4]);
        let again = String::from_utf8_lossy(&file[..1_000]).replace("%PDF", "%pdf");
        for (index, tail) in [
            object.clone(),
            format!("{object}startxref\n{start}\n%%EOF\n"),
            format!("{object}{trailer}startxref\n{start}\n%%EOF\n"),
            format!("{object}xref\n{trailer}startxref\n{}\n%%EOF\n", file.len() + object.len()),
            format!("{duplicated}{object}startxref\n{start}\n%%EOF\n"),
            format!("{duplicated}{object}{duplicated}{trailer}"),
            format!("{object}%%EOF\n"),
            format!("{trailer}%%EOF\n"),
            again,
            "\u{0}\u{0}4 0 obj".to_owned(),
        ]
        .into_iter()
        .enumerate()
        {
            let changed = [file.as_slice(), tail.as_bytes()].concat();
            assert_never_passes(changed, &format!("{how:?}: tail {index}"));
        }
        // the honest twin: nothing but blanks and comments
        assert_passes([&file[..], b"\n  % a comment\n"].concat(), Modification::None, "a comment");
    }
}

#[test]
fn the_same_object_twice_in_one_revision_does_not_pass() {
    for how in ALL {
        let file = signed(how);
        let (start, previous) = (file.len(), number_behind(&file, b"startxref"));
        let (one, two) = (stream("", TEXT), stream("", OTHER));
        let (one, two) = (format!("4 0 obj\n{one}\nendobj\n"), format!("4 0 obj\n{two}\nendobj\n"));
        for (first, second, at) in
            [(&one, &two, start), (&two, &one, start + two.len()), (&one, &two, start + one.len())]
        {
            let mut changed = [file.as_slice(), first.as_bytes(), second.as_bytes()].concat();
            let table = changed.len();
            changed.extend(
                format!(
                    "xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n"
                )
                .bytes(),
            );
            assert_never_passes(changed, &format!("{how:?} {at}"));
        }
    }
}

/// The signature is copied to the end, so that a careless reader finds one that covers all.
#[test]
fn a_copied_signature_does_not_pass() {
    for how in ALL {
        let file = signed(how);
        let (value, field) = signature_of(&file);
        let dictionary = again(&file, value, "");
        let dictionary = dictionary.strip_suffix(">>").unwrap().to_owned() + ">>";
        let changed_text = stream("", OTHER);
        for objects in [
            vec![(4, changed_text.as_str()), (value.number, dictionary.as_str())],
            vec![(value.number, dictionary.as_str())],
            vec![(4, changed_text.as_str()), (80, dictionary.as_str())],
        ] {
            assert_never_passes(update(&file, &objects, how), &format!("{how:?}"));
        }
        // a further field that shows the same signature
        let widget = again(&file, field, "").replace("(Signature1)", "(Other)");
        let form = objects()[&6].replace("[7 0 R 8 0 R]", &format!("[7 0 R 8 0 R {field} R 81 0 R]"));
        let page = page("8 0 R]", &format!("8 0 R {field} R 81 0 R]"));
        let objects = [(81, widget.as_str()), (6, &form), (3, &page)];
        assert_never_passes(update(&file, &objects, how), &format!("{how:?}: shown twice"));
    }
}
