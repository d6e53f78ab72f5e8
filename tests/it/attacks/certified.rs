//! Evil annotations, sneaky signatures, and the permissions of certified documents.

use super::lab::*;
use dauson::pades::{Certify, Lock, SignOptions};
use dauson::pdf::object::ObjectId;
use dauson::validation::report::{Modification, Verdict};

fn certified(certify: Option<Certify>, how: Xref) -> Vec<u8> {
    sign(&file(&objects(), how), &SignOptions { certify, ..options() })
}

const LEVELS: [Option<Certify>; 4] = [None, Some(Certify::NoChanges), Some(Certify::FormFill), Some(Certify::Annotate)];

/// The first page with one more annotation.
fn with_annotation(file: &[u8], annotation: &str, how: Xref) -> Vec<u8> {
    let page = again(file, ObjectId::new(3), "");
    let end = page.find("/Annots").unwrap() + page[page.find("/Annots").unwrap()..].find(']').unwrap();
    let page = format!("{} 90 0 R{}", &page[..end], &page[end..]);
    let look = stream("/Subtype/Form/BBox[0 0 300 200]", "1 g 0 0 300 200 re f");
    update(file, &[(3, &page), (90, annotation), (91, &look)], how)
}

#[test]
fn annotations_are_permitted_by_level_three_only() {
    for (subtype, word) in [
        ("Text", "a note"),
        ("FreeText", "a text box"),
        ("Stamp", "a stamp"),
        ("Redact", "a blacking-out"),
        ("Highlight", "a marking of text"),
        ("Ink", "a drawing"),
        ("Square", "a drawing"),
        ("Link", "a link"),
        ("FileAttachment", "an attached file"),
    ] {
        for certify in LEVELS {
            for how in [Xref::Table, Xref::Packed] {
                let file = certified(certify, how);
                let annotation = format!(
                    "<</Type/Annot/Subtype/{subtype}/Rect[0 0 300 200]/Contents(Pay 900)/F 196/AP<</N 91 0 R>>>>"
                );
                let changed = with_annotation(&file, &annotation, how);
                if certify == Some(Certify::Annotate) {
                    assert_passes(changed, Modification::Annotation, subtype);
                } else {
                    assert_caught(
                        changed,
                        &format!("page 1: {word} was laid over it"),
                        &format!("{subtype} {certify:?}"),
                    );
                }
            }
        }
    }
    // what level three does not permit either
    for annotation in [
        "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/JS(x)>>>>",
        "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(x)>>>>",
        "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(x)/Next<</S/JavaScript/JS(x)>>>>>>",
        "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/AA<</E<</S/JavaScript/JS(x)>>>>>>",
        "<</Type/Annot/Subtype/Screen/Rect[0 0 9 9]>>",
        "<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(New)/V(900)/Rect[0 0 300 200]/AP<</N 91 0 R>>>>",
        "<</Type/Annot/Rect[0 0 9 9]/AP<</N 91 0 R>>>>",
    ] {
        let file = certified(Some(Certify::Annotate), Xref::Table);
        assert_caught(with_annotation(&file, annotation, Xref::Table), "page 1:", annotation);
    }
    // and text is no annotation
    let file = certified(Some(Certify::Annotate), Xref::Table);
    let text = stream("", &TEXT.replace("100", "900"));
    assert_caught(update(&file, &[(4, &text)], Xref::Table), "page 1: the text", "text");
}

#[test]
fn filling_and_signing_are_permitted_from_level_two_on() {
    let filled = objects()[&7].replace("/V(100)", "/V(250)");
    let look = stream("/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>", &shows("250"));
    for certify in LEVELS {
        for how in ALL {
            let file = certified(certify, how);
            let changed = update(&file, &[(7, &filled), (9, &look)], how);
            if certify == Some(Certify::NoChanges) {
                assert_caught(changed, "the field “Amount” was changed from “100” to “250”", &format!("{certify:?}"));
                // what keeps signatures valid is never forbidden
                let metadata =
                    stream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'> </x:xmpmeta>");
                assert_passes(update(&file, &[(18, &metadata)], how), Modification::LtaUpdate, "metadata");
            } else {
                assert_passes(changed.clone(), Modification::FormFill, &format!("{certify:?} {how:?}"));
                assert_passes(
                    sign(&changed, &options()),
                    Modification::FormFill,
                    &format!("{certify:?} {how:?} signed"),
                );
            }
        }
    }
}

#[test]
fn locked_fields_stay_what_they_are() {
    let filled = objects()[&7].replace("/V(100)", "/V(250)");
    let look = stream("/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>", &shows("250"));
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    for (lock, locked) in [
        (Lock::All, true),
        (Lock::Include(names(&["Amount"])), true),
        (Lock::Include(names(&["Seal"])), false),
        (Lock::Exclude(names(&["Amount"])), false),
        (Lock::Exclude(names(&["Seal"])), true),
        (Lock::Include(names(&["Amo"])), false),
    ] {
        let what = format!("{lock:?}");
        let file = sign(&file(&objects(), Xref::Table), &SignOptions { lock: Some(lock), ..options() });
        let changed = update(&file, &[(7, &filled), (9, &look)], Xref::Table);
        if locked {
            assert_caught(changed.clone(), "the signature locks the field Amount", &what);
            assert_never_passes_first(&sign(&changed, &options()), &what);
        } else {
            assert_passes(changed, Modification::FormFill, &what);
        }
    }
}

#[track_caller]
fn assert_never_passes_first(file: &[u8], what: &str) {
    let (verdict, signatures) = judge(file.to_vec()).unwrap();
    assert_eq!((verdict, signatures[0].modification), (Verdict::Failed, Modification::Forbidden), "{what}");
}

/// A signature field that shows something, or whose signature is none.
#[test]
fn sneaky_signatures_are_told() {
    let form = objects()[&6].replace("8 0 R]", "8 0 R 90 0 R]");
    for certify in LEVELS {
        for how in ALL {
            let file = certified(certify, how);
            let (_, own) = signature_of(&file);
            let form = form.replace("90 0 R]", &format!("{own} R 90 0 R]"));
            let look = stream("/Subtype/Form/BBox[0 0 300 200]", "1 g 0 0 300 200 re f 0 g BT (Pay 900) Tj ET");
            let page = again(&file, ObjectId::new(3), "");
            let end = page.find("/Annots").unwrap() + page[page.find("/Annots").unwrap()..].find(']').unwrap();
            let page = format!("{} 90 0 R{}", &page[..end], &page[end..]);
            for (field, more) in [
                (
                    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sneaky)/Rect[0 0 300 200]/P 3 0 R/AP<</N 91 0 R>>>>",
                    "unsigned",
                ),
                (
                    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sneaky)/Rect[0 0 300 200]/P 3 0 R/AP<</N 91 0 R>>/V 92 0 R>>",
                    "no signature",
                ),
                (
                    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sneaky)/Rect[0 0 300 200]/P 3 0 R/AP<</N 91 0 R>>/A<</S/JavaScript/JS(x)>>>>",
                    "acts",
                ),
            ] {
                let value =
                    "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents<00>/ByteRange[0 0 0 0]>>";
                let objects = [(6, form.as_str()), (3, &page), (90, field), (91, &look), (92, value)];
                let changed = update(&file, &objects, how);
                let (verdict, _) = judge(changed).unwrap();
                assert_eq!(verdict, Verdict::Failed, "{certify:?} {how:?} {more}");
            }
            // the signature of somebody who is not trusted: told, and the whole is not valid
            if certify != Some(Certify::NoChanges) {
                let stranger = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
                let certificate = rcgen::CertificateParams::default().self_signed(&stranger).unwrap().der().to_vec();
                let stranger =
                    dauson::keys::LocalKey::from_pkcs8(&stranger.serialize_der(), certificate, Vec::new()).unwrap();
                let (verdict, signatures) = judge(sign_by(&file, &stranger, &options())).unwrap();
                assert_eq!((verdict, signatures[0].modification), (Verdict::Indeterminate, Modification::FormFill));
            }
        }
    }
}

/// A later certification cannot loosen an earlier one, nor can its dictionary be taken away.
#[test]
fn certifications_stay_in_force() {
    let text = "<</Type/Annot/Subtype/Text/Rect[9 9 20 20]/Contents(x)>>";
    for (certify, how) in [(Certify::NoChanges, Xref::Table), (Certify::FormFill, Xref::Stream)] {
        let file = certified(Some(certify), how);
        let catalog = again(&file, ObjectId::new(1), "");
        let at = catalog.find("/Perms").unwrap();
        let end = at + catalog[at..].find(">>").unwrap() + 2;
        let without = format!("{}{}", &catalog[..at], &catalog[end..]);
        assert_caught(update(&file, &[(1, &without)], how), "what the document permits", "without /Perms");
        let other = format!("{}/Perms<</DocMDP 95 0 R>>{}", &catalog[..at], &catalog[end..]);
        let loose = "<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]>>";
        let changed = update(&file, &[(1, &other), (95, loose)], how);
        assert_caught(changed.clone(), "what the document permits", "another certification");
        assert_never_passes(with_annotation(&changed, text, how), "another certification, and an annotation");
    }
}
