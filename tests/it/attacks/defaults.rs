//! What fields are drawn with, and whether what they show is their value.

use super::lab::*;
use dauson::pdf::object::ObjectId;
use dauson::validation::report::Modification;

const LOOK: &str = "/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>";

#[test]
fn what_fields_are_drawn_with_stays() {
    for how in ALL {
        let file = signed(how);
        let form = again(&file, ObjectId::new(6), "");
        // the honest twins: what was not there before, and nothing asks for
        for (from, to) in [
            ("/DR<</Font<<", "/DR<</Font<</TiRo 5 0 R"),
            ("/DR<<", "/DR<</XObject<</FRM 9 0 R>>"),
            ("/DA", "/NeedAppearances false/DA"),
        ] {
            assert!(form.contains(from), "{form}");
            let changed = update(&file, &[(6, &form.replacen(from, to, 1))], how);
            assert_passes(changed, Modification::FormFill, &format!("{how:?} {to}"));
        }
        for (from, to) in [
            ("(/Helv 0 Tf 0 g)", "(/Helv 0 Tf 1 g)"),
            ("/Helv 5 0 R", "/Helv 70 0 R"),
            ("/Helv 5 0 R", ""),
            ("/DA", "/NeedAppearances true/DA"),
            ("/DA", "/Q 2/DA"),
            ("/DA", "/CO[7 0 R]/DA"),
            ("/DA", "/XFA(x)/DA"),
        ] {
            assert!(form.contains(from), "{form}");
            let font = "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>";
            let changed = update(&file, &[(6, &form.replacen(from, to, 1)), (70, font)], how);
            assert_caught(changed, "form", &format!("{how:?} {to}"));
        }
    }
    // a resource that a field asks for by name, and that the signed form has not
    let mut all = objects();
    all.insert(6, "<</Fields[7 0 R 8 0 R]>>".into());
    let file = sign(&file(&all, Xref::Table), &options());
    let form = again(&file, ObjectId::new(6), "/DR<</Font<</Helv 70 0 R>>>>");
    let font = "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>";
    assert_caught(
        update(&file, &[(6, &form), (70, font)], Xref::Table),
        "how the fields of the form are drawn",
        "asked for",
    );
    let form = again(&file, ObjectId::new(6), "/DR<</Font<</Other 70 0 R>>>>/DA(/Other 0 Tf)");
    assert_passes(update(&file, &[(6, &form), (70, font)], Xref::Table), Modification::FormFill, "not asked for");
}

#[test]
fn a_filled_field_shows_its_value() {
    let field = objects()[&7].replace("(100)", "(250)");
    for how in ALL {
        let file = signed(how);
        let fill = |look: &str, field: &str| {
            let more = stream("/Subtype/Form/BBox[0 0 100 20]", "BT (900) Tj ET");
            let font =
                "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/CharProcs<<>>/Encoding<<>>/FontMatrix[1 0 0 1 0 0]>>";
            update(&file, &[(7, field), (9, look), (70, &more), (71, font)], how)
        };
        for honest in [
            shows("250"),
            "/Tx BMC 1 g 0 0 100 20 re f 0 G 0 0 99 19 re S q BT /Helv 12 Tf 2 5 Td [(2) -20 (50)] TJ ET Q EMC"
                .to_owned(),
            "BT /Helv 12 Tf 2 5 Td (2) Tj 10 0 Td (5) Tj 10 0 Td (0) Tj ET".to_owned(),
        ] {
            assert_passes(fill(&stream(LOOK, &honest), &field), Modification::FormFill, &format!("{how:?}: {honest}"));
        }
        for (look, data) in [
            (LOOK, shows("900")),
            (LOOK, shows("2500")),
            (LOOK, String::new()),
            (LOOK, "BT /Helv 12 Tf (250) Tj ET /Fm Do".to_owned()),
            (LOOK, "BT /Helv 12 Tf (250) Tj ET BI /W 1 /H 1 /BPC 8 /CS /G ID x EI".to_owned()),
            (LOOK, "BT /Helv 12 Tf (250) Tj ET 0 0 m 1 2 3 4 5 6 c f".to_owned()),
            ("/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</Helv 71 0 R>>>>", shows("250")),
        ] {
            let caught = fill(&stream(look, &data), &field);
            assert_caught(caught, "it was made to show something else than its value", &format!("{how:?}: {data}"));
        }
        // the appearance alone
        let same = objects()[&7].clone();
        assert_caught(fill(&stream(LOOK, &shows("900")), &same), "the field “Amount”", "the appearance alone");
        // what filling does not change
        for (from, to) in [
            ("[20 20 120 40]", "[0 0 300 200]"),
            ("/F 4", "/F 4/A<</S/JavaScript/JS(x)>>"),
            ("/F 4", "/F 4/AA<</C<</S/JavaScript/JS(x)>>>>"),
            ("/T(Amount)", "/T(Total)"),
            ("/FT/Tx", "/FT/Sig"),
            ("/P 3 0 R", "/P 19 0 R"),
        ] {
            let changed = objects()[&7].replace(from, to);
            assert_never_passes(update(&file, &[(7, &changed)], how), &format!("{how:?} {to}"));
        }
    }
}
