//! Changes that hide behind what signing tools do to a tagged file: they write the structure tree anew at each signature, add
//! an element for the new field, renew the description. Nothing else may change with it.

use super::lab::*;
use dauson::pdf::object::ObjectId;
use dauson::validation::report::Modification;

/// What a tool writes that adds a signature field to a tagged file: field, page, form, the whole tree in new objects.
fn tree(file: &[u8]) -> Objects {
    let (_, own) = signature_of(file);
    let text = |number: u32| again(file, ObjectId::new(number), "");
    // an element more in the list behind a key
    let longer = |text: &str, key: &str, more: &str| {
        let at = text.find(key).unwrap();
        let mut depth = 0;
        let end = text[at..].find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            c == ']' && depth == 0
        });
        let end = at + end.unwrap();
        format!("{} {more}{}", &text[..end], &text[end..])
    };
    let mut changed = Objects::new();
    changed.insert(3, longer(&text(3), "/Annots", "60 0 R"));
    assert!(text(6).contains(&format!("{own} R")));
    changed.insert(6, longer(&text(6), "/Fields", "60 0 R"));
    changed
        .insert(60, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Next)/Rect[0 0 0 0]/P 3 0 R/F 132/StructParent 9>>".into());
    changed.insert(61, "<</Type/StructElem/S/Form/P 13 0 R/K<</Type/OBJR/Obj 60 0 R/Pg 3 0 R>>/Pg 3 0 R>>".into());
    // the parent tree in new objects
    changed.insert(
        12,
        "<</Type/StructTreeRoot/K 13 0 R/ParentTree 66 0 R/ParentTreeNextKey 10/RoleMap<</Clause/P>>>>".into(),
    );
    changed.insert(13, longer(&text(13), "/K", "61 0 R"));
    changed.insert(14, text(14));
    changed.insert(15, text(15));
    changed.insert(66, "<</Kids[67 0 R]>>".into());
    changed.insert(67, longer(&text(16), "/Nums", "9 61 0 R").replace("<<", "<</Limits[0 9]"));
    changed.insert(18, stream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'> </x:xmpmeta>"));
    changed
}

fn write(file: &[u8], changed: &Objects, how: Xref) -> Vec<u8> {
    let objects: Vec<(u32, &str)> = changed.iter().map(|(n, t)| (*n, t.as_str())).collect();
    update(file, &objects, how)
}

#[test]
fn a_tree_written_anew_passes_and_nothing_hides_in_it() {
    let attacks: [(u32, &str, &str, &str); 22] = [
        (14, "(Pay 100)", "(Pay 900)", "the text that is read out and copied in place of what is seen was changed"),
        (14, "/ActualText(Pay 100)", "", "the text that is read out and copied in place of what is seen was removed"),
        (15, "/K 1", "/K 1/ActualText(x)", "the text that is read out and copied in place of what is seen was added"),
        (15, "(A sum)", "(No sum)", "the description that is read out in place of what is seen was changed"),
        (14, "/K 0", "/K 0/Alt(nothing)", "the description that is read out"),
        (14, "/K 0", "/K 0/E(expanded)", "what is read out for an abbreviation was added"),
        (14, "(vi)", "(en)", "the language in which the document is read out was changed"),
        (14, "/S/Clause", "/S/Artifact", "what the parts of the document stand for"),
        (14, "/K 0", "/K 1", "the order in which the document is read out"),
        (14, "/Pg 3 0 R", "/Pg 19 0 R", ""),
        (14, "/K 0", "/K 0/A<</O/Layout/BBox[0 0 0 0]>>", "the structure of the document"),
        (14, "/K 0", "/K 0/AF[<</Type/Filespec>>]", "the structure of the document"),
        (13, "[14 0 R 15 0 R", "[15 0 R 14 0 R", "the order in which the document is read out"),
        (13, "[14 0 R 15 0 R", "[14 0 R", "the order in which the document is read out"),
        (13, "61 0 R]", "61 0 R 68 0 R]", "the order in which the document is read out"),
        (12, "/Clause/P", "/Clause/Artifact", "what the parts of the document stand for"),
        (12, "/Clause/P", "/Clause/P/P/Span", "what the parts of the document stand for"),
        (12, "/RoleMap", "/ClassMap<</C<</O/Layout>>>>/RoleMap", "what the parts of the document stand for"),
        (67, "[14 0 R 15 0 R]", "[15 0 R 14 0 R]", "which part of the document its contents belong to"),
        (67, "9 61 0 R", "9 61 0 R 11 14 0 R", "which part of the document its contents belong to"),
        (61, "/S/Form", "/S/P/ActualText(Pay 900)", ""),
        (61, "/K<</Type/OBJR/Obj 60 0 R/Pg 3 0 R>>", "/K[0 1]", ""),
    ];
    for how in ALL {
        let file = signed(how);
        let honest = tree(&file);
        assert_passes(write(&file, &honest, how), Modification::FormFill, &format!("{how:?}: the honest tree"));
        for (number, from, to, words) in attacks {
            let mut changed = honest.clone();
            let text = &honest[&number];
            assert!(text.contains(from), "{text} {from}");
            changed.insert(number, text.replacen(from, to, 1));
            changed.insert(68, "<</Type/StructElem/S/P/P 13 0 R/ActualText(Pay 900)/Pg 3 0 R>>".into());
            assert_caught(write(&file, &changed, how), words, &format!("{how:?}: {from} → {to}"));
        }
        // the old tree, in its place
        for (number, from, to) in [(14, "(Pay 100)", "(Pay 900)"), (15, "(A sum)", "(x)"), (16, "[14 0 R", "[15 0 R")] {
            let text = objects()[&number].replace(from, to);
            assert_caught(update(&file, &[(number, &text)], how), "", &format!("{how:?}: {from} in place"));
        }
    }
}

#[test]
fn the_description_is_renewed_and_nothing_is_drawn_with_it() {
    for how in ALL {
        let file = signed(how);
        let catalog =
            again(&file, ObjectId::new(1), "/Version/2.0/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>>>");
        assert_passes(update(&file, &[(1, &catalog)], how), Modification::LtaUpdate, "a version");
        let info = "<</Title(Another)/ModDate(D:20261124)>>";
        let changed = update_with(&file, &[(70, info)], how, "/Root 1 0 R/Info 70 0 R/ID[<01><02>]");
        assert_passes(changed, Modification::LtaUpdate, "information");
        // a description that is something else
        let drawn = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "1 g 0 0 9 9 re f");
        assert_caught(update(&file, &[(18, &drawn)], how), "the description of the document", "a drawing");
        for (from, to) in
            [("/Marked true", "/Marked false"), ("/MarkInfo", "/ViewerPreferences<</HideToolbar true>>/MarkInfo")]
        {
            let catalog = again(&file, ObjectId::new(1), "").replace(from, to);
            assert_caught(update(&file, &[(1, &catalog)], how), "a setting of the whole document", to);
        }
    }
}
