//! Revisions after a signature that readers do not all take alike: a strict one, one that goes by the tables, and one that
//! looks through the file find different documents. Whatever two readers could read differently makes the signature fail.

use super::lab::*;
use dauson::validation::report::{Modification, SignatureReport, Verdict};

/// A file being added to.
struct Added {
    file: Vec<u8>,
    previous: usize,
    /// Where the text of the first page is in the signed file.
    original: usize,
    /// Where another one is, which is added.
    other: usize,
}

impl Added {
    /// The signed file, and behind it another text for the first page.
    fn to_signed() -> Self {
        let file = signed(Xref::Table);
        let (previous, original) = (number_behind(&file, b"startxref"), place_of(&file, b"\n4 0 obj") + 1);
        let mut added = Self { other: file.len(), file, previous, original };
        added.bytes(&format!("4 0 obj\n{}\nendobj\n", stream("", "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET")));
        added
    }

    /// The same without the other text.
    fn plain() -> Self {
        let mut added = Self::to_signed();
        added.file.truncate(added.other);
        added
    }

    fn bytes(&mut self, bytes: &str) -> usize {
        let at = self.file.len();
        self.file.extend(bytes.bytes());
        at
    }

    /// Ends it with a table of these lines.
    fn table(self, lines: &str) -> Vec<u8> {
        self.table_with(lines, "")
    }

    fn table_with(mut self, lines: &str, trailer: &str) -> Vec<u8> {
        let previous = self.previous;
        let at = self
            .bytes(&format!("xref\n{lines}trailer\n<</Size 9000/Root 1 0 R/ID[<01><02>]/Prev {previous}{trailer}>>\n"));
        self.bytes(&format!("startxref\n{at}\n%%EOF\n"));
        self.file
    }

    /// Ends it with a cross-reference stream, object 8000, of these rows.
    fn stream(mut self, index: &str, rows: &[(u8, usize, u16)], change: impl Fn(String) -> String) -> Vec<u8> {
        let (at, previous) = (self.file.len(), self.previous);
        let mut data = Vec::new();
        for (kind, place, third) in rows.iter().copied().chain([(1, at, 0)]) {
            data.push(kind);
            data.extend((place as u32).to_be_bytes());
            data.extend(third.to_be_bytes());
        }
        let dictionary = format!(
            "<</Type/XRef/Size 9000/W[1 4 2]/Index[{index} 8000 1]/Root 1 0 R/ID[<01><02>]/Prev {previous}/Length {}>>",
            data.len()
        );
        self.bytes(&format!("8000 0 obj\n{}\nstream\n", change(dictionary)));
        self.file.extend(data);
        self.bytes(&format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n"));
        self.file
    }
}

fn entry(at: usize) -> String {
    format!("{at:010} 00000 n \n")
}

#[test]
fn tables_are_read_strictly() {
    let a = Added::plain();
    let harmless = "<</Producer(A writer)>>";
    let info = |mut a: Added| {
        let at = a.bytes(&format!("7000 0 obj\n{harmless}\nendobj\n"));
        (a, at)
    };
    let (b, at) = info(a);
    assert_passes(b.table(&format!("7000 1\n{}", entry(at))), Modification::None, "the honest twin");
    for (lines, words) in [
        ("7000 1\nXXXXXXXXXX 00000 n\n", "entries that are not 20 bytes each"),
        ("% more\n7000 1\nXXXXXXXXXX 00000 n \n", "something between its subsections"),
        ("7000 1\nXXXXXXXXXX 00000 n \n% more\n", "something before its trailer"),
        ("7000 1\nXXXXXXXXXX 00000 n \n7000 1\nXXXXXXXXXX 00000 n \n", "lists an object twice"),
        ("7000 1\nXXXXXXXXXX 00000 n \n7100 1\n0000000000 00000 n \n", "not as the standard has it"),
        ("7000 1\nXXXXXXXXXX-00000 n \n", "not as the standard has it"),
        ("7000 3\nXXXXXXXXXX 00000 n \n00000000x0 00001 f \n0000000000 00001 f \n", "not as the standard has it"),
        ("1 1\n0000000000 65535 f \n7000 1\nXXXXXXXXXX 00000 n \n", "under the number 1"),
    ] {
        let (b, at) = info(Added::plain());
        assert_caught(b.table(&lines.replace("XXXXXXXXXX", &format!("{at:010}"))), words, lines);
    }
    let (b, at) = info(Added::plain());
    let again = format!("/Prev {}", b.previous);
    assert_caught(b.table_with(&format!("7000 1\n{}", entry(at)), &again), "a key twice", "two /Prev");
}

/// The other text stands in the file, and the table leads to the one that was signed, or to both.
#[test]
fn an_object_has_one_place() {
    let a = Added::to_signed();
    let (original, other) = (entry(a.original), entry(a.other));
    assert_caught(a.table(&format!("4 1\n{original}4 1\n{other}")), "lists an object twice", "the signed one first");
    let a = Added::to_signed();
    assert_caught(a.table(&format!("4 1\n{other}4 1\n{original}")), "lists an object twice", "the other one first");
    let a = Added::to_signed();
    assert_caught(a.table(&format!("4 1\n{original}")), "stands in no cross-reference table", "the signed one only");
    let a = Added::to_signed();
    let lines = format!("4 1\n{}\n", original.trim_end());
    assert_caught(a.table(&lines), "entries that are not 20 bytes each", "in 19 bytes");
    // a comment is nothing, but not to who looks for objects
    for comment in ["%4 0 obj\r<<>>\n", "% 4 0 obj (900) endobj\n", "%xref\n", "%trailer\n", "%startxref\n"] {
        let mut a = Added::plain();
        a.bytes(comment);
        assert_caught(a.table("7000 1\n0000000000 00001 f \n"), "belong to no object", comment);
    }
    let mut a = Added::plain();
    a.bytes("% by a writer\n");
    assert_passes(a.table("7000 1\n0000000000 00001 f \n"), Modification::None, "a comment that is one");
}

#[test]
fn cross_reference_streams_are_read_strictly() {
    let same = |d: String| d;
    assert_passes(Added::plain().stream("7000 1", &[(0, 0, 1)], same), Modification::None, "the honest twin");
    let a = Added::to_signed();
    let rows = [(1, a.original, 0), (1, a.other, 0)];
    assert_caught(a.stream("4 1 4 1", &rows, same), "lists an object twice", "two rows of an object");
    let cut = |d: String| d.replace("/Length 14", "/Length 7");
    let file = Added::plain().stream("7000 1", &[(0, 0, 1)], cut);
    assert_caught(file, "more or fewer rows", "a length that ends before the last row");
    let file = Added::plain().stream("7000 1", &[(0, 0, 1)], cut);
    assert_caught(file, "does not end where its /Length says", "the same");
    let file = Added::plain().stream("7000 2", &[(0, 0, 1)], same);
    assert_caught(file, "more or fewer rows", "a row that is missing");
    let wide = |d: String| d.replace("[1 4 2]", "[1 4 1 1]");
    assert_caught(Added::plain().stream("7000 1", &[(0, 0, 1)], wide), "not three numbers", "four widths");
    assert_caught(Added::plain().stream("7000 1", &[(3, 9, 0)], same), "not as the standard", "a kind that is none");
    let beside = |d: String| d.replace("/Root", "/XRefStm 9/Root");
    assert_caught(Added::plain().stream("7000 1", &[(0, 0, 1)], beside), "/XRefStm", "a stream beside a stream");
    let twice = |d: String| d.replace("/W[1 4 2]", "/W[1 2 4]/W[1 4 2]");
    assert_never_passes(Added::plain().stream("7000 1", &[(0, 0, 1)], twice), "two /W");
}

#[test]
fn an_object_stream_holds_an_object_once() {
    let page = objects()[&3].clone();
    let other = page.replace("0 0 300 200", "0 0 600 400");
    for (held, index, words) in [
        (vec![(3, &page), (3, &other)], 0, "holds object 3 twice"),
        (vec![(3, &other), (3, &page)], 1, "holds object 3 twice"),
        (vec![(7000, &page), (3, &page)], 0, "is not where the cross-reference says"),
        (vec![(3, &page)], 7, "is not where the cross-reference says"),
    ] {
        let mut a = Added::plain();
        let (mut header, mut data) = (String::new(), String::new());
        for (number, text) in &held {
            header += &format!("{number} {} ", data.len());
            data += &format!("{text} ");
        }
        let dictionary = format!("/Type/ObjStm/N {}/First {}", held.len(), header.len());
        let at = a.bytes(&format!("7500 0 obj\n{}\nendobj\n", stream(&dictionary, &(header + &data))));
        let file = a.stream("3 1 7500 1", &[(2, 7500, index), (1, at, 0)], |d| d);
        assert_caught(file, words, &format!("{held:?}"));
    }
}

/// Some readers believe `/Length`, some look for the keyword.
#[test]
fn streams_end_where_they_say() {
    for (length, ends) in [(5, true), (5_000_000, false)] {
        let file = signed(Xref::Table);
        let text = format!("<</Length {length}>>\nstream\n0123456789\nendstream");
        let file = update(&file, &[(7000, &text)], Xref::Table);
        assert_caught(file, "does not end where its /Length says", &format!("{length} {ends}"));
    }
}

/// A reference by another generation is null by the standard (7.3.10), and to some readers the object.
#[test]
fn references_have_the_generation_of_their_object() {
    for how in ALL {
        let file = signed(how);
        let words = "by another generation than it has";
        assert_caught(update(&file, &[(7000, "[4 1 R]")], how), words, "from an object");
        let trailer = "/Root 1 0 R/ID[<01><02>]/Info 4 1 R";
        assert_caught(update_with(&file, &[], how, trailer), words, "from the trailer");
    }
}

/// What was asked for by another generation first is not null for good.
#[test]
fn a_wrong_reference_does_not_hide_its_object() {
    for how in ALL {
        let mut all = objects();
        // a length that is looked up before the page is
        all.insert(9, shown_with_length("4 1 R"));
        all.insert(30, "[4 1 R]".into());
        let file = sign(&file(&all, how), &options());
        let other = stream("", "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET");
        assert_caught(update(&file, &[(4, &other)], how), "page 1:", "the text of the page");
    }
}

fn shown_with_length(length: &str) -> String {
    let text = stream("/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>", &shows("100"));
    let at = text.find("/Length ").unwrap() + 8;
    let end = at + text[at..].find('>').unwrap();
    format!("{}{length}{}", &text[..at], &text[end..])
}

#[test]
fn what_cannot_be_read_is_not_replaced() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for odd in ["/Foo<zz>", "/Foo 1 2", &format!("/Foo{deep}")] {
        let text = |content: &str| format!("<</Length {}{odd}>>\nstream\n{content}\nendstream", content.len());
        let mut all = objects();
        all.insert(20, text("BT /F 12 Tf 20 150 Td (Pay 100 dong) Tj ET"));
        let file = sign(&file(&all, Xref::Table), &options());
        let changed = update(&file, &[(20, &text("BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET"))], Xref::Table);
        assert_caught(changed, "object 20 cannot be read", odd);
    }
}

/// A signature field that nobody signed shows nothing, for any reader.
#[test]
fn a_new_signature_field_shows_nothing() {
    let seal = |more: &str| format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(More)/F 4/P 3 0 R{more}>>");
    let with = |field: &str, appearance: &str| {
        let file = signed(Xref::Table);
        let (page, form) = (dauson::pdf::object::ObjectId::new(3), dauson::pdf::object::ObjectId::new(6));
        let more = |text: String, key: &str| {
            let at = text.find(key).unwrap_or_else(|| panic!("{key} in {text}")) + key.len();
            format!("{} 7000 0 R{}", &text[..at], &text[at..])
        };
        let page = more(again(&file, page, ""), "/Annots[7 0 R 8 0 R");
        let form = more(again(&file, form, ""), "/Fields[7 0 R 8 0 R");
        update(&file, &[(3, &page), (6, &form), (7000, field), (7001, appearance)], Xref::Table)
    };
    let whole = "/Rect[0 0 300 200]";
    let nothing = stream("/Subtype/Form/BBox[0 0 300 200]", "q Q");
    let painted = "1 g 0 0 300 200 re f";
    let passes = [
        (seal("/Rect[0 0 0 0]"), "null".to_owned()),
        (seal(whole), "null".to_owned()),
        (seal(&format!("{whole}/MK<<>>/Border[0 0 0]")), "null".to_owned()),
        (seal(&format!("{whole}/AP<</N 7001 0 R>>")), nothing.clone()),
    ];
    for (field, appearance) in passes {
        assert_passes(with(&field, &appearance), Modification::FormFill, &field);
    }
    for more in [
        "/MK<</BG[1 1 1]>>",
        "/MK<</CA(Paid)>>",
        "/MK<</BC[1 0 0]>>/BS<</W 500>>",
        "/BS<</W 500/S/S>>",
        "/Border[0 0 900]",
        "/AP<</D 7001 0 R>>",
        "/AP<</R 7001 0 R>>",
        "/AP<</N 7001 1 R>>",
        "/AP<</N<</On 7001 0 R>>>>/AS/On",
        "/AP 4 1 R",
    ] {
        assert_caught(with(&seal(&format!("{whole}{more}")), &stream("/Subtype/Form", painted)), "More", more);
    }
    let hex = painted.bytes().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
    for (filter, data) in [
        ("/Filter/Unknown", painted),
        ("/Filter/Crypt/DecodeParms<</Name/Identity>>", painted),
        ("/Filter/AHx", &hex),
        ("/Filter/ASCIIHexDecode", &format!("{hex}zz>")),
        ("/Filter/ASCII85Decode", "zzzz\u{7f}~>"),
        ("/Filter/FlateDecode", "no zlib"),
        ("/F(elsewhere)", " "),
    ] {
        let appearance = stream(&format!("/Subtype/Form/BBox[0 0 300 200]{filter}"), data);
        assert_caught(with(&seal(&format!("{whole}/AP<</N 7001 0 R>>")), &appearance), "More", filter);
    }
}

/// Who fills a field may let it show its value in ways that only a person can judge: permitted, and the reader is told.
#[test]
fn what_a_filled_field_shows_is_told_or_to_be_looked_at() {
    let judged = |dictionary: &str, content: &str, font: &str| {
        let file = sign(&file(&objects(), Xref::Table), &options());
        let resources = format!("/Resources<</Font<</Helv {font}>>>>");
        let dictionary =
            if dictionary.contains("/BBox") { dictionary.to_owned() } else { format!("{dictionary}/BBox[0 0 100 20]") };
        let shown = stream(&format!("/Subtype/Form{dictionary}{resources}"), content);
        let field = again(&file, dauson::pdf::object::ObjectId::new(7), "").replace("(100)", "(120)");
        let (verdict, signatures) = judge(update(&file, &[(7, &field), (9, &shown)], Xref::Table)).unwrap();
        assert_eq!(signatures[0].modification, Modification::FormFill, "{content}: {:?}", signatures[0].errors);
        assert_eq!(verdict, dauson::validation::report::Verdict::Passed);
        signatures[0].warnings.iter().any(|w| w.code == "FIELD_SHOWN_OTHERWISE" && w.message.contains("Amount"))
    };
    let plain = shows("120");
    let changed = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[48/nine/five]>>>>";
    let honest =
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[24/breve 48/zero/one/two 128/bullet]>>>>";
    assert!(!judged("", &plain, "5 0 R") && !judged("", &plain, honest));
    assert!(!judged(
        "",
        "1 g 0 0 100 20 re f 0.5 G 1 w 1 1 98 18 re s /Tx BMC q 2 2 96 16 re W n BT 0 g /Helv 12 Tf 2 5 Td (12) Tj 9 0 Td (0) Tj ET Q EMC",
        "5 0 R"
    ));
    assert!(judged("", &plain, changed));
    assert!(judged("", &plain, "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"));
    assert!(judged("/Matrix[0 1 -1 0 0 0]", &plain, "5 0 R"));
    assert!(judged("/OC 17 0 R", &plain, "5 0 R"));
    assert!(judged("/BBox[0 0 1 1]", &plain, "5 0 R"));
    // the box, or a clip within it, leaves some of the letters unseen
    assert!(judged("/BBox[0 0 14 20]", &plain, "5 0 R"));
    assert!(judged("/BBox[0 0 100 8]", &plain, "5 0 R"));
    for content in [
        "BT /Helv 12 Tf 3 Tr 2 5 Td (120) Tj ET",
        "BT /Helv 12 Tf 1 g 2 5 Td (120) Tj ET",
        "BT /Helv 12 Tf 0 0 0 0 k 2 5 Td (120) Tj ET",
        "BT /Helv 0.01 Tf 2 5 Td (120) Tj ET",
        "BT /Helv 12 Tf 2 500 Td (120) Tj ET",
        "BT /Helv 12 Tf 20 5 Td (12) Tj -18 0 Td (0) Tj ET",
        "BT /Helv 12 Tf 2 5 Td [(12) 2000 (0)] TJ ET",
        "BT /Helv 12 Tf 0 1 -1 0 20 5 Tm (120) Tj ET",
        "BT /Helv 12 Tf 2 5 Td (120) Tj ET 1 g 0 0 100 20 re f",
        "/Span <</ActualText(999)>> BDC BT /Helv 12 Tf 2 5 Td (120) Tj ET EMC",
        "0 1 -1 0 0 0 cm BT /Helv 12 Tf 2 5 Td (120) Tj ET",
        "q 2 2 12 16 re W n BT /Helv 12 Tf 2 5 Td (120) Tj ET Q",
        "q 2 2 96 16 re W n 2 2 9 16 re W* n BT /Helv 12 Tf 2 5 Td (120) Tj ET Q",
        "q 0 0 m 14 0 l 14 20 l 0 20 l h W n BT /Helv 12 Tf 2 5 Td (120) Tj ET Q",
        "BT /Helv 12 Tf 2 5 Td [(12) -9000 (0)] TJ ET",
        "BT /Helv 12 Tf 2 5 Td 90 Tc (120) Tj ET",
    ] {
        assert!(judged("", content, "5 0 R"), "{content}");
    }
}

/// A further signature may show itself, but not cover what stands on the page: sneaky signatures, at one go or in pieces.
#[test]
fn a_further_signature_does_not_cover_the_page() {
    use dauson::pades::{PadesError, SignOptions};
    use dauson::pdf::appearance::Visible;
    let signed = sign(&file(&objects(), Xref::Table), &options());
    let later = |rect| {
        let visible = Visible { text: Some("x".to_owned()), ..Visible::new(0, rect) };
        SignOptions { field: Some("Later".to_owned()), visible: Some(visible), ..options() }
    };
    assert_passes(sign(&signed, &later([20.0, 100.0, 100.0, 60.0])), Modification::FormFill, "a seal");
    // what would be taken for an attack is not signed here
    let document = dauson::pdf::document::Document::open(
        std::sync::Arc::new(signed.clone()),
        None,
        dauson::limits::Limits::DEFAULT,
    );
    let refused = dauson::pades::prepare(&document.unwrap(), &later([0.0, 0.0, 300.0, 60.0]), 4_096);
    assert!(matches!(refused, Err(PadesError::CoversPage { page: 1 })));
    let page = |widgets: &str| {
        let page = again(&signed, dauson::pdf::object::ObjectId::new(3), "");
        let end = page.find("/Annots").unwrap();
        let end = end + page[end..].find(']').unwrap();
        format!("{} {widgets}{}", &page[..end], &page[end..])
    };
    let form = |widgets: &str| {
        let form = again(&signed, dauson::pdf::object::ObjectId::new(6), "");
        let end = form.find("/Fields").unwrap();
        let end = end + form[end..].find(']').unwrap();
        format!("{} {widgets}{}", &form[..end], &form[end..])
    };
    let widget = |name: &str, rect: &str| {
        format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/V 93 0 R/Rect{rect}/P 3 0 R/F 4/AP<</N 92 0 R>>>>")
    };
    let look = stream("/Subtype/Form/BBox[0 0 300 200]", "1 g 0 0 300 200 re f");
    let value = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 1]/Contents<00>>>";
    for rects in [["[0 0 300 200]", "[0 0 0 0]"], ["[0 0 300 60]", "[0 0 0 0]"], ["[0 0 100 100]", "[100 0 200 100]"]] {
        let (first, second) = (widget("Later", rects[0]), widget("More", rects[1]));
        let (page, form) = (page("90 0 R 91 0 R"), form("90 0 R 91 0 R"));
        let objects = [(3, page.as_str()), (6, &form), (90, &first), (91, &second), (92, &look), (93, value)];
        let changed = update(&signed, &objects, Xref::Table);
        assert_caught(changed, "a signature field “Later”, a signature field “More” was laid over it", rects[0]);
    }
}

/// Signatures that cover little each, one revision after the other, cover much together: the reader is told.
#[test]
fn further_signatures_that_cover_the_page_together_are_told_of() {
    use dauson::pades::SignOptions;
    use dauson::pdf::appearance::Visible;
    let mut file = sign(&file(&objects(), Xref::Table), &options());
    for (index, told) in [(0, false), (1, false), (2, true)] {
        let rect = [100.0 * f64::from(index), 100.0, 95.0, 60.0];
        let visible = Visible { text: Some("x".to_owned()), ..Visible::new(0, rect) };
        file = sign(&file, &SignOptions { field: Some(format!("Later{index}")), visible: Some(visible), ..options() });
        let (_, signatures) = judge(file.clone()).unwrap();
        assert!(signatures[0].errors.is_empty(), "{:?}", signatures[0].errors);
        let mut warnings = signatures[0].warnings.iter().filter(|w| w.code == "FIELD_COVERS_PAGE");
        assert_eq!(warnings.any(|w| w.message.contains("Later0, Later1, Later2,")), told, "{index}");
    }
}

/// ISO 32000 permits it; the reader is told.
#[test]
fn a_field_that_covers_its_page_is_told_of() {
    let warned = |rect: &str| {
        let mut all = objects();
        let field = all[&7].replace("[20 20 120 40]", rect);
        all.insert(7, field);
        let file = sign(&file(&all, Xref::Table), &options());
        let shown = stream("/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>", &shows("200"));
        let field = again(&file, dauson::pdf::object::ObjectId::new(7), "").replace("(100)", "(200)");
        let (_, signatures) = judge(update(&file, &[(7, &field), (9, &shown)], Xref::Table)).unwrap();
        let told = |s: &SignatureReport| {
            let mut warnings = s.warnings.iter().filter(|w| w.code == "FIELD_COVERS_PAGE");
            warnings.any(|w| w.message.contains("Amount"))
        };
        assert!(signatures[0].errors.is_empty(), "{:?}", signatures[0].errors);
        told(&signatures[0])
    };
    assert!(warned("[0 0 300 200]"));
    assert!(!warned("[20 20 120 40]"));
}

#[test]
fn a_field_is_seen_after_signing_as_it_was_before() {
    let field = |flags: &str| objects()[&7].replace("/F 4/", flags);
    // 2 is Hidden, 4 is Print, 32 is NoView
    for (then, now) in
        [("/F 2/", "/F 4/"), ("/F 6/", "/F 4/"), ("/F 32/", "/F 4/"), ("/F 4/", "/F 6/"), ("/F 4/", "/F 36/")]
    {
        let mut all = objects();
        all.insert(7, field(then));
        let file = sign(&file(&all, Xref::Table), &options());
        assert_never_passes(update(&file, &[(7, &field(now))], Xref::Table), &format!("{then} {now}"));
    }
}

#[test]
fn what_is_seen_at_the_place_of_a_signature_is_signed() {
    let file = signed(Xref::Table);
    let field = objects()[&8].replace("/Rect[0 0 0 0]", "/Rect[0 0 0 0]/AP<</N 9 0 R>>");
    assert_never_passes(update(&file, &[(8, &field)], Xref::Table), "an appearance without a signature");
}

#[test]
fn a_box_is_ticked_as_its_value_says() {
    let tick = |value: &str, state: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Btn/T(Agreed)/V/{value}/AS/{state}/Rect[150 20 170 40]/P 3 0 R/F 4\
             /AP<</N<</Yes 41 0 R/Off 42 0 R>>>>>>"
        )
    };
    let form = "/Subtype/Form/BBox[0 0 20 20]";
    let mut all = objects();
    let (fields, page) = (all[&6].replace("8 0 R]", "8 0 R 40 0 R]"), all[&3].replace("8 0 R]", "8 0 R 40 0 R]"));
    all.extend([(6, fields), (3, page), (40, tick("Off", "Off"))]);
    all.extend([(41, stream(form, "q 2 2 16 16 re f Q")), (42, stream(form, ""))]);
    let file = sign(&file(&all, Xref::Table), &options());
    for (value, state, is_odd) in [("Yes", "Yes", false), ("Off", "Yes", true), ("Yes", "Off", true)] {
        let (verdict, signatures) = judge(update(&file, &[(40, &tick(value, state))], Xref::Table)).unwrap();
        assert_eq!(verdict, Verdict::Passed, "{value} {state}: {signatures:#?}");
        let is_told = signatures[0].warnings.iter().any(|warning| warning.code == "FIELD_SHOWN_OTHERWISE");
        assert_eq!(is_told, is_odd, "{value} {state}: {signatures:#?}");
        assert!(signatures[0].looks_different());
    }
}
