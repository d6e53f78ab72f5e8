//! `--compare`: what was signed beside what the file is now.

use super::lab::*;
use crate::program::{Ran, run};
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
    assert_eq!(html.matches("<rect").count(), 2, "one place, in both");
    assert!(html.contains("<li>page 1"), "{html}");
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

#[test]
fn a_page_that_cannot_be_drawn_costs_that_page_only() {
    let folder = tempfile::tempdir().unwrap();
    // forms that draw each other without end, an image of a size that no memory holds
    let form = |other: u32| {
        stream(&format!("/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</X {other} 0 R>>>>"), "/X Do /X Do")
    };
    let image =
        "/Type/XObject/Subtype/Image/Width 2000000000/Height 2000000000/ColorSpace/DeviceRGB/BitsPerComponent 16";
    let page =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 93 0 R/Resources<</XObject<</X 91 0 R/I 94 0 R>>>>>>";
    let hostile = [
        (2, "<</Type/Pages/Kids[3 0 R 90 0 R 19 0 R]/Count 3>>"),
        (90, page),
        (91, &*form(92)),
        (92, &*form(91)),
        (93, &*stream("", "/X Do 9000 0 0 9000 0 0 cm /I Do")),
        (94, &*stream(image, "x")),
    ];
    let attacked = update(&signed(Xref::Table), &hostile, Xref::Table);
    let (ran, html) = compare(folder.path(), &attacked, "in.pdf", &[]);
    ran.expect(1);
    assert!(html.contains("<h3>Trang 3</h3>") && html.contains("được thêm sau khi ký"), "{html}");
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
