//! Shadow attacks: whoever prepared the document before it was signed left something in it to hide, replace, or bring out.

use super::lab::*;
use dauson::validation::report::Modification;

/// A document over whose text something lies.
fn covered(how: Xref) -> Vec<u8> {
    let mut all = objects();
    let page =
        all[&3].replace("/Contents 4 0 R", "/Contents[4 0 R 40 0 R]").replace("/Im 11 0 R", "/Im 11 0 R/Fm 41 0 R");
    all.insert(3, page);
    all.insert(40, stream("", "/OC /L BDC q 200 0 0 100 10 100 cm /Im Do Q EMC /Fm Do"));
    all.insert(41, stream("/Subtype/Form/BBox[0 0 300 200]/Resources<</Font<</F 5 0 R>>>>", "1 g 0 0 300 200 re f"));
    sign(&file(&all, how), &options())
}

#[test]
fn what_covers_a_text_is_not_taken_away() {
    for how in ALL {
        let file = covered(how);
        assert_passes(file.clone(), Modification::None, "the file itself");
        let (nothing, words) = (stream("", " "), "page 1:");
        let page = dauson::pdf::object::ObjectId::new(3);
        let plain = again(&file, page, "").replace("[4 0 R 40 0 R]", " 4 0 R");
        let form = stream("/Subtype/Form/BBox[0 0 0 0]/Resources<</Font<</F 5 0 R>>>>", "1 g 0 0 300 200 re f");
        let image = objects()[&11].replace("/Image", "/Form/BBox[0 0 0 0]");
        for (index, changes) in [
            vec![(40, nothing.as_str())],
            vec![(40, "null")],
            vec![(41, nothing.as_str())],
            vec![(41, form.as_str())],
            vec![(41, "null")],
            vec![(11, image.as_str())],
            vec![(11, "(no longer an image)")],
            vec![(3, plain.as_str())],
        ]
        .into_iter()
        .enumerate()
        {
            assert_caught(update(&file, &changes, how), words, &format!("{how:?} {index}"));
        }
        // the object is said to be free
        let mut freed = file.clone();
        let (start, previous) = (freed.len(), number_behind(&file, b"startxref"));
        freed.extend(
            format!("xref\n40 2\n0000000000 00001 f \n0000000000 00001 f \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n")
                .bytes(),
        );
        assert_caught(freed, words, &format!("{how:?} freed"));
        // the layer is switched
        for config in ["<</OCGs[17 0 R]/D<</ON[17 0 R]>>>>", "<</OCGs[17 0 R]/D<</BaseState/OFF>>>>", "<<>>"] {
            let catalog = again(&file, dauson::pdf::object::ObjectId::new(1), "");
            let at = catalog.find("/OCProperties").unwrap();
            let end = at + catalog[at..].find(">>>>").unwrap() + 4;
            let catalog = format!("{}/OCProperties{config}{}", &catalog[..at], &catalog[end..]);
            assert_caught(update(&file, &[(1, &catalog)], how), "which layers of the document are shown", config);
        }
        let layer = "<</Type/OCG/Name(Draft)/Usage<</View<</ViewState/OFF>>>>>>";
        assert_caught(update(&file, &[(17, layer)], how), "layer", "usage");
    }
}

#[test]
fn what_a_text_is_shown_in_is_not_replaced() {
    let mut all = objects();
    all.insert(5, "<</Type/Font/Subtype/TrueType/BaseFont/A/Encoding 42 0 R/FirstChar 32/LastChar 33/Widths 43 0 R/FontDescriptor 44 0 R/ToUnicode 46 0 R>>".into());
    all.insert(42, "<</Differences[49/one/two]>>".into());
    all.insert(43, "[500 500]".into());
    all.insert(44, "<</Type/FontDescriptor/FontName/A/Flags 32/FontFile2 45 0 R>>".into());
    all.insert(45, stream("", "a font program"));
    all.insert(46, stream("", "a map"));
    for how in ALL {
        let file = sign(&file(&all, how), &options());
        assert_passes(file.clone(), Modification::None, "the file itself");
        let (program, map) = (stream("", "another program"), stream("", "another"));
        for change in [
            (42, "<</Differences[49/nine/two]>>"),
            (43, "[500 0]"),
            (44, "<</Type/FontDescriptor/FontName/B/Flags 32/FontFile2 45 0 R>>"),
            (45, program.as_str()),
            (46, map.as_str()),
            (5, "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"),
        ] {
            assert_caught(update(&file, &[change], how), "a font that its text is shown in", &format!("{change:?}"));
        }
    }
}

/// Two documents in one file: the one that is signed, and one that a later trailer brings out.
#[test]
fn a_hidden_document_is_not_brought_out() {
    for how in ALL {
        let mut all = objects();
        all.insert(50, "<</Type/Catalog/Pages 51 0 R/AcroForm 6 0 R>>".into());
        all.insert(51, "<</Type/Pages/Kids[52 0 R]/Count 1>>".into());
        all.insert(
            52,
            "<</Type/Page/Parent 51 0 R/MediaBox[0 0 300 200]/Contents 53 0 R/Resources<</Font<</F 5 0 R>>>>>>".into(),
        );
        all.insert(53, stream("", "BT /F 12 Tf 20 150 Td (Pay 900 dong) Tj ET"));
        let file = sign(&file(&all, how), &options());
        assert_passes(file.clone(), Modification::None, "the file itself");
        assert_never_passes(update_with(&file, &[], how, "/Root 50 0 R"), "another root");
        let hidden = "<</Type/Catalog/Pages 51 0 R/AcroForm 6 0 R>>";
        assert_never_passes(update(&file, &[(1, hidden)], how), "another catalog under the same number");
        let page = all[&52].replace("51 0 R", "2 0 R");
        assert_caught(update(&file, &[(3, &page)], how), "page 1:", "the hidden page in the place of the other");
        let kids = "<</Type/Pages/Kids[52 0 R 19 0 R]/Count 2>>";
        assert_caught(update(&file, &[(2, kids)], how), "page", "the hidden page in the list of pages");
        // an entry that gives the number of one object the bytes of another
        if how == Xref::Table {
            let at = place_of(&file, b"\n53 0 obj") + 1;
            let start = file.len();
            let previous = number_behind(&file, b"startxref");
            let table = format!(
                "xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n"
            );
            assert_never_passes([&file, table.as_bytes()].concat(), "an entry that leads to another object");
        }
    }
}
