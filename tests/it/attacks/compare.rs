//! `--compare`: what was signed beside what the file is now.

use super::lab::*;
use crate::program::{Ran, run};
use std::io::Write as _;
use std::path::Path;

fn compare(folder: &Path, file: &[u8], name: &str, more: &[&str]) -> (Ran, String) {
    let root = dauson::keys::pem::encode("CERTIFICATE", &authority().root.certificate);
    std::fs::write(folder.join("root.pem"), root.as_bytes()).unwrap();
    std::fs::write(folder.join(name), file).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let all =
        ["verify", "--trust", &path("root.pem"), "--revocation", "ignore", "--compare", &path("out.html"), &path(name)];
    let ran = run(folder, all.iter().chain(more));
    (ran, std::fs::read_to_string(path("out.html")).unwrap_or_default())
}

/// Nothing is asked of anybody, and nothing runs.
fn is_self_contained(html: &str) {
    assert!(html.contains("default-src 'none'; img-src data:; style-src 'sha256-"), "{html}");
    for word in ["<script", "http:", "https:", "@import", "url(", " style=", " onload"] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn the_page_that_was_changed_is_shown_with_what_differs_framed() {
    let folder = tempfile::tempdir().unwrap();
    let attacked = update(&signed(Xref::Table), &[(4, &stream("", &TEXT.replace("100", "900")))], Xref::Table);
    let (ran, html) = compare(folder.path(), &attacked, "in.pdf", &[]);
    ran.expect(1);
    is_self_contained(&html);
    assert!(html.contains("<html lang=\"vi\">") && html.contains("Chữ ký không hợp lệ"), "{html}");
    assert!(html.contains("<h3>Trang 1</h3>") && !html.contains("<h3>Trang 2</h3>"), "{html}");
    assert_eq!(html.matches("data:image/png;base64,").count(), 2, "before and after");
    assert_eq!(html.matches("<rect").count(), 3, "one place, in both, and in the legend");
    assert!(html.contains("<li>trang 1"), "{html}");
    // what is there stays
    let (ran, _) = compare(folder.path(), &attacked, "in.pdf", &["--lang", "en"]);
    ran.expect(73);
    let (ran, html) = compare(folder.path(), &attacked, "in.pdf", &["--lang", "en", "--force"]);
    ran.expect(1);
    assert!(html.contains("<html lang=\"en\">") && html.contains("<h3>Page 1</h3>"), "{html}");
}

#[test]
fn what_did_not_change_is_said_and_not_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (ran, html) = compare(folder.path(), &signed(Xref::Stream), "in.pdf", &[]);
    ran.expect(0);
    is_self_contained(&html);
    assert!(html.contains("Không có gì thay đổi sau khi ký") && !html.contains("data:image"), "{html}");
    // a further signature that is not seen
    let twice = sign(&signed(Xref::Packed), &options());
    let (ran, html) = compare(folder.path(), &twice, "in.pdf", &["--force"]);
    ran.expect(0);
    assert!(html.contains("Các trang trông vẫn như lúc ký") && !html.contains("data:image"), "{html}");
}

#[test]
fn pages_that_came_and_pages_that_went_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let first = signed(Xref::Table);
    let fewer = update(&first, &[(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")], Xref::Table);
    let (ran, html) = compare(folder.path(), &fewer, "in.pdf", &[]);
    ran.expect(1);
    assert!(html.contains("<h3>Trang 2</h3>") && html.contains("đã bị bỏ đi sau khi ký"), "{html}");
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 20 0 R/Resources<</Font<</F 5 0 R>>>>>>";
    let more = [(2, "<</Type/Pages/Kids[3 0 R 19 0 R 90 0 R]/Count 3>>"), (90, page)];
    let (ran, html) = compare(folder.path(), &update(&first, &more, Xref::Table), "in.pdf", &["--force"]);
    ran.expect(1);
    assert!(html.contains("<h3>Trang 3</h3>") && html.contains("được thêm sau khi ký"), "{html}");
}

/// A signed file into which a page was put as the second, drawn by this content with these things; and the page behind it was
/// changed, too.
fn with_page(content: &str, resources: &str, more: &[(u32, String)]) -> Vec<u8> {
    let page = format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 91 0 R/Resources<<{resources}>>>>");
    let (content, last) = (stream("", content), stream("", "BT /F 12 Tf 20 150 Td (Another text) Tj ET"));
    let mut all =
        vec![(2, "<</Type/Pages/Kids[3 0 R 90 0 R 19 0 R]/Count 3>>"), (90, &*page), (91, &*content), (20, &*last)];
    all.extend(more.iter().map(|(number, text)| (*number, text.as_str())));
    update(&signed(Xref::Table), &all, Xref::Table)
}

fn form(name: u32, content: &str) -> String {
    stream(&format!("/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</X {name} 0 R>>>>"), content)
}

/// The hostile page costs itself, and is said to have; the page behind it is shown.
fn costs_itself_only(attacked: &[u8], what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let limits = "[limits]\nrender_seconds = 3\nrender_bytes = 500000000\n";
    std::fs::write(folder.path().join("dauson.toml"), limits).unwrap();
    let (ran, html) = compare(folder.path(), attacked, "in.pdf", &[]);
    ran.expect(1);
    let second =
        html.split("<h3>").find(|part| part.starts_with("Trang 2<")).unwrap_or_else(|| panic!("{what}: {html}"));
    assert!(second.contains("Không vẽ được trang này"), "{what}: {second}");
    let third = html.split("<h3>").find(|part| part.starts_with("Trang 3 (lúc ký là trang 2)"));
    assert_eq!(third.unwrap_or_else(|| panic!("{what}")).matches("<use").count(), 2, "{what}");
}

#[test]
fn a_page_that_is_drawn_without_end_costs_that_page_only() {
    let again = "/X Do ".repeat(20);
    let forms: Vec<(u32, String)> = (100..120).map(|number| (number, form(number + 1, &again))).collect();
    costs_itself_only(&with_page("/X Do", "/XObject<</X 100 0 R>>", &forms), "forms that draw forms");
}

#[test]
fn a_page_that_takes_all_memory_costs_that_page_only() {
    let deflated = |data: &[&[u8]]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        for piece in data {
            encoder.write_all(piece).unwrap();
        }
        encoder.finish().unwrap()
    };
    let (zeros, pieces) = (vec![0; 1 << 20], 450);
    let data = hex::encode(deflated(&[&deflated(&vec![&*zeros; pieces])])) + ">";
    let image = "/Type/XObject/Subtype/Image/Width 12000/Height 12000/ColorSpace/DeviceRGB/BitsPerComponent 8\
                 /Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]";
    let image = (100, stream(image, &data));
    costs_itself_only(&with_page("300 0 0 200 0 0 cm /X Do", "/XObject<</X 100 0 R>>", &[image]), "a large image");
}

#[test]
fn a_page_that_overflows_the_stack_costs_that_page_only() {
    // functions that consist of functions
    let function = |number: u32| {
        let next = number + 1;
        (number, format!("<</FunctionType 3/Domain[0 1]/Functions[{next} 0 R]/Bounds[]/Encode[0 1]>>"))
    };
    let mut more: Vec<(u32, String)> = (10_001..35_000).map(function).collect();
    let shading = "/ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 300 200]/Function 10001 0 R";
    more.push((100, format!("<<{shading}>>")));
    let attacked = with_page("/S sh", "/Shading<</S 100 0 R>>", &more);
    costs_itself_only(&attacked, "functions of functions");
}

#[test]
fn forms_that_draw_each_other_and_images_of_no_size_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let image =
        "/Type/XObject/Subtype/Image/Width 2000000000/Height 2000000000/ColorSpace/DeviceRGB/BitsPerComponent 16";
    let more = [(100, form(101, "/X Do /X Do")), (101, form(100, "/X Do /X Do")), (102, stream(image, "x"))];
    let attacked = with_page("/X Do 9000 0 0 9000 0 0 cm /I Do", "/XObject<</X 100 0 R/I 102 0 R>>", &more);
    let (ran, html) = compare(folder.path(), &attacked, "in.pdf", &[]);
    ran.expect(1);
    assert!(html.contains("<h3>Trang 2</h3>") && html.contains("<h3>Trang 3 ("), "{html}");
}

#[test]
fn pages_that_the_renderer_does_not_count_do_not_move_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = objects();
    // a page to us, an empty node of the tree to the renderer
    all.insert(90, "<</Type/Pages/Parent 2 0 R/MediaBox[0 0 300 200]>>".to_owned());
    all.insert(2, "<</Type/Pages/Kids[90 0 R 3 0 R 19 0 R]/Count 3>>".to_owned());
    let first = sign(&file(&all, Xref::Table), &options());
    let text = stream("", "BT /F 12 Tf 20 150 Td (Another text) Tj ET");
    let (ran, html) = compare(folder.path(), &update(&first, &[(20, &text)], Xref::Table), "in.pdf", &[]);
    ran.expect(1);
    assert!(
        html.contains("<h3>Trang 3</h3>") && !html.contains("<h3>Trang 2") && !html.contains("<h3>Trang 1"),
        "{html}"
    );
    assert_eq!(html.matches("data:image/png").count(), 2);
    let changed = [(20, &*text), (90, "<</Type/Pages/Parent 2 0 R/MediaBox[0 0 300 300]>>")];
    let (ran, html) = compare(folder.path(), &update(&first, &changed, Xref::Table), "in.pdf", &["--force"]);
    ran.expect(1);
    let page = html.split("<h3>").find(|part| part.starts_with("Trang 1<")).unwrap();
    assert!(page.contains("Không vẽ được trang này") && !page.contains("<use"), "{page}");
    assert!(html.contains("<h3>Trang 3</h3>") && !html.contains("<h3>Trang 2"), "{html}");
}

#[test]
fn what_was_changed_and_changed_back_is_shown_to_the_signer_who_saw_it() {
    let folder = tempfile::tempdir().unwrap();
    let other = update(&signed(Xref::Table), &[(4, &stream("", &TEXT.replace("100", "900")))], Xref::Table);
    let back = update(&sign(&other, &options()), &[(4, &stream("", TEXT))], Xref::Table);
    let (ran, html) = compare(folder.path(), &back, "in.pdf", &[]);
    ran.expect(1);
    let sections: Vec<&str> = html.split("<section class=\"card\">").skip(1).collect();
    let [first, second] = sections[..] else { panic!("{html}") };
    assert!(first.contains("Sau chữ ký 1") && !first.contains("<h3>"), "{first}");
    assert!(first.contains("Các trang trông vẫn như lúc ký"), "{first}");
    assert!(second.contains("Sau chữ ký 2") && second.contains("<h3>Trang 1</h3>"), "{second}");
}

#[test]
fn what_is_permitted_has_another_frame_than_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let appearance = "/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>";
    let field = objects()[&7].replace("/V(100)", "/V(900)");
    let filled = [(7, &*field), (9, &*stream(appearance, &shows("900")))];
    let filled = update(&signed(Xref::Table), &filled, Xref::Table);
    let (ran, html) = compare(folder.path(), &filled, "in.pdf", &[]);
    let ran = ran.expect(0);
    assert!(html.contains("<div class=\"pair permitted\">") && html.contains("Khung xanh"), "{html}");
    // it passes, and nobody is told that it is as it was
    assert!(ran.stdout.contains("looks different from what was signed"), "{ran:?}");
    assert!(html.contains("Chữ ký hợp lệ, nhưng tệp trông khác lúc ký"), "{html}");
    assert!(!html.contains("còn nguyên vẹn kể từ khi ký"), "{html}");
    assert!(!html.contains("Khung đỏ"), "{html}");
    assert!(html.contains("<li>trang 1: trường “Amount” đã bị đổi từ “100” thành “900”"), "{html}");
    // what is forbidden on another page does not colour this one
    let attacked = update(&filled, &[(20, &stream("", "BT /F 12 Tf 20 150 Td (Another text) Tj ET"))], Xref::Table);
    let (ran, html) = compare(folder.path(), &attacked, "in.pdf", &["--force", "--lang", "en"]);
    ran.expect(1);
    let page = |number: u32| html.split("<h3>").find(|part| part.starts_with(&format!("Page {number}<"))).unwrap();
    assert!(page(1).contains("<div class=\"pair permitted\">") && page(2).contains("<div class=\"pair\">"), "{html}");
    assert!(html.contains("Red frame") && html.contains("Blue broken frame"), "{html}");
    // what is forbidden in the whole document does
    let action = update(&filled, &[(1, &objects()[&1].replace(">>>>/Met", ">>>>/OpenAction 4 0 R/Met"))], Xref::Table);
    let (ran, html) = compare(folder.path(), &action, "in.pdf", &["--force"]);
    ran.expect(1);
    assert!(html.contains("<div class=\"pair\">") && !html.contains("pair permitted"), "{html}");
}

#[test]
fn texts_of_the_file_stay_texts() {
    let folder = tempfile::tempdir().unwrap();
    let mut named = options();
    named.field = Some("<img src=x onerror=alert(1)>".to_owned());
    let first = sign(&file(&objects(), Xref::Table), &named);
    let attacked =
        update(&first, &[(4, &stream("", "BT /F 12 Tf 20 150 Td (<script>alert\\(1\\)</script>) Tj ET"))], Xref::Table);
    let (ran, html) = compare(folder.path(), &attacked, "<b onclick='x'>&\".pdf", &[]);
    ran.expect(1);
    is_self_contained(&html);
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "{html}");
    for word in ["<img", "<b ", "onclick='"] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn only_one_pdf_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    run(folder.path(), ["verify", "--compare", &path("out.html"), &path("a.pdf"), &path("b.pdf")]).expect(64);
    assert!(!folder.path().join("out.html").exists());
}
