//! Anybody checks a file, a code or a photograph of one, with a telephone: a good one, a changed one, one that was replaced, one that is unknown.

use crate::attacks::lab::{self, TEXT, Xref};
use crate::browser::{Browser, DESK, PHONE, Page};
use crate::office::Office;
use crate::server::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::limits::Limits;
use dauson::pdf::document::Document;
use dauson::pdf::picture::Picture;
use dauson::people::permissions::Role;
use dauson::render::Pages;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

fn issue(office: &Office, server: &Server, key: &str) -> Value {
    let officer = office.token(Role::Officer);
    let request = server.post("/api/v1/receipts").token(officer).header("idempotency-key", key);
    request.json(&office.receipt_request(2_000)).send().expect(201).json()
}

fn file_of(office: &Office, server: &Server, receipt: &Value, kind: &str) -> Vec<u8> {
    let path = format!("/api/v1/receipts/{}.{kind}", receipt["id"].as_str().unwrap());
    server.get(&path).token(office.token(Role::Officer)).send().expect(200).body
}

/// What a telephone sees of the QR code on a receipt's first page: nearer, a little turned, and from the side, in uneven light.
fn photo_of(pdf: &[u8]) -> Vec<u8> {
    let doc = Document::open(Arc::new(pdf.to_vec()), None, Limits::DEFAULT).unwrap();
    let page = doc.pages().unwrap()[0].id;
    let picture = Pages::open(pdf.to_vec(), b"").unwrap().draw(page, 2_300, &Limits::DEFAULT).unwrap();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let dark = |x: usize, y: usize| picture.rgb[(y * width + x) * 3];
    let mut found = rqrr::PreparedImage::prepare_from_greyscale(width, height, dark);
    let bounds = found.detect_grids().first().expect("the page has a code").bounds;
    let middle = |of: fn(&rqrr::Point) -> i32| f64::from(bounds.iter().map(of).sum::<i32>()) / 4.0;
    let (x0, y0) = (middle(|p| p.x), middle(|p| p.y));
    let (side, near) = (1_100_u32, 1.9);
    let (sin, cos) = 0.13_f64.sin_cos();
    let at = |x: f64, y: f64| {
        let (x, y) = (x.clamp(0.0, width as f64 - 2.0), y.clamp(0.0, height as f64 - 2.0));
        let (left, top) = (x.floor() as usize, y.floor() as usize);
        let (right, down) = (x - x.floor(), y - y.floor());
        let of = |x, y| f64::from(dark(x, y));
        let upper = of(left, top) * (1.0 - right) + of(left + 1, top) * right;
        let lower = of(left, top + 1) * (1.0 - right) + of(left + 1, top + 1) * right;
        upper * (1.0 - down) + lower * down
    };
    let half = f64::from(side) / 2.0;
    let samples = (0..side)
        .flat_map(|y| (0..side).map(move |x| (f64::from(x) - half, f64::from(y) - half)))
        .map(|(x, y)| {
            let depth = 1.0 + x * 0.000_12 - y * 0.000_08;
            let (u, v) = (x / near / depth, y / near / depth);
            let light = 0.72 + 0.2 * (x + half) / f64::from(side);
            (30.0 + at(x0 + u * cos + v * sin, y0 - u * sin + v * cos) * light * 0.85) as u8
        })
        .collect();
    let photo = Picture { width: side, height: side, colours: 1, alpha: false, samples, pixels_per_metre: None };
    photo.png().unwrap()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The same picture as JPEG, as the browser makes it.
fn as_jpeg(page: &Page, png: &[u8]) -> Vec<u8> {
    let script = format!(
        "(async () => {{ const p = new Image(); p.src = 'data:image/png;base64,{}'; await p.decode(); \
         const c = document.createElement('canvas'); [c.width, c.height] = [p.width, p.height]; \
         c.getContext('2d').drawImage(p, 0, 0); return c.toDataURL('image/jpeg', 0.8).split(',')[1]; }})()",
        STANDARD.encode(png)
    );
    STANDARD.decode(page.eval(&script).as_str().unwrap()).unwrap()
}

/// Three taps: the page, the file, and with it the answer.
fn check(page: &Page, field: &str, file: &Path) {
    page.go("/");
    page.choose(field, file);
    page.until_at("/verify");
}

#[test]
fn a_visitor_with_a_telephone_checks_files_codes_and_photographs() {
    let office = Office::named();
    let server = office.serve();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| put(folder.path(), name, bytes);
    let good = issue(&office, &server, "a");
    let (pdf, xml) = (file_of(&office, &server, &good, "pdf"), file_of(&office, &server, &good, "xml"));
    let replaced = issue(&office, &server, "b");
    let old = file_of(&office, &server, &replaced, "pdf");
    let body = json!({"reason": "Sai số lượng", "request": office.receipt_request(3_000)});
    let path = format!("/api/v1/receipts/{}/replace", replaced["id"].as_str().unwrap());
    server.post(&path).token(office.token(Role::Officer)).json(&body).send().expect(201);
    let Some(browser) = Browser::start() else { return };
    let page = browser.visitor(&server, PHONE);
    page.go("/");
    page.until_says("Quét mã QR trên biên lai");
    page.look("check-home-phone-vi");

    // good files
    check(&page, "#file", &put("bien-lai.pdf", &pdf));
    page.until_says("Chữ ký hợp lệ");
    page.until_says("Biên lai có hiệu lực");
    assert!(!page.text().contains("Nguyễn Văn A"), "nobody is told who paid");
    page.look("check-good-phone-vi");
    page.show("page-check-phone-vi", 900.0);
    check(&page, "#file", &put("bien-lai.xml", &xml));
    page.until_says("Chữ ký hợp lệ");

    // a photograph of its code
    let photo = photo_of(&pdf);
    let start = Instant::now();
    check(&page, "#photo", &put("anh.png", &photo));
    page.until_says("Biên lai có hiệu lực");
    eprintln!("a photograph is judged after {:?}", start.elapsed());
    page.until_says("Mã QR");
    page.look("check-photo-phone-vi");
    let jpeg = as_jpeg(&page, &photo);
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    let judged = server.post("/verify").form(&[("file", Some("a.jpg"), &jpeg)]).send().expect(200).text();
    assert!(judged.contains("Biên lai có hiệu lực") && judged.contains("00000001"), "{judged}");
    let none = photo_of_nothing();
    check(&page, "#photo", &put("trang.png", &none));
    page.until_says("Không đọc được mã QR");
    page.look("check-no-code-phone-vi");

    // one that was replaced, by its file and by its photograph
    check(&page, "#file", &put("cu.pdf", &old));
    page.until_says("Biên lai đã bị thay thế");
    page.look("check-replaced-phone-vi");
    check(&page, "#photo", &put("anh-cu.png", &photo_of(&old)));
    page.until_says("Biên lai đã bị thay thế");

    // a changed document: what was changed is shown
    let changed =
        lab::update(&lab::signed(Xref::Table), &[(4, &lab::stream("", &TEXT.replace("100", "900")))], Xref::Table);
    check(&page, "#file", &put("sua.pdf", &changed));
    page.until_says("Chữ ký không hợp lệ");
    page.until_says("Chỗ đã bị thay đổi");
    assert_eq!(page.eval("document.querySelectorAll('.pair figure svg').length"), 2);
    page.look("check-changed-phone-vi");
    let mut broken = pdf.clone();
    let at = broken.len() / 4;
    broken[at] ^= 1;
    check(&page, "#file", &put("hong.pdf", &broken));
    page.until_says("Chữ ký không hợp lệ");

    // unknown ones
    page.go("/v/00000000000000000000000000");
    page.until_says("Không tìm thấy biên lai");
    page.look("check-unknown-phone-vi");
    let elsewhere = Office::new();
    let their = elsewhere.serve();
    let foreign = file_of(&elsewhere, &their, &issue(&elsewhere, &their, "a"), "pdf");
    check(&page, "#file", &put("la.pdf", &foreign));
    page.until_says("Chưa đủ căn cứ để kết luận");
    page.look("check-foreign-phone-vi");

    // at a desk, in English
    page.resize(DESK);
    page.go("/verify?lang=en");
    page.until_says("Check a PDF or XML file");
    page.look("check-desk-en");
    page.choose("#file", &put("bien-lai.pdf", &pdf));
    page.until_says("The signature is valid");
    page.until_says("The receipt is in force");
    page.look("check-good-desk-en");
}

fn photo_of_nothing() -> Vec<u8> {
    let samples = (0..400 * 300_u32).map(|at| (at % 251) as u8).collect();
    Picture { width: 400, height: 300, colours: 1, alpha: false, samples, pixels_per_metre: None }.png().unwrap()
}

/// Without a script, and without a browser.
#[test]
fn codes_are_judged_and_strange_ones_refused() {
    let office = Office::new();
    let server = office.serve();
    let good = issue(&office, &server, "a");
    let xml = file_of(&office, &server, &good, "xml");
    let text = dauson::receipts::copy::Original::read(xml).unwrap().check().to_string();
    let ask = |text: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("text", text).finish();
        server.post("/verify/code").body("application/x-www-form-urlencoded", form.as_bytes()).send()
    };
    let page = ask(&text).expect(200).text();
    assert!(page.contains("Biên lai có hiệu lực") && !page.contains("Nguyễn Văn A"), "{page}");
    assert!(!page.contains("không khớp"), "{page}");
    let page = ask(&text.replace(".6000.", ".60000.")).expect(200).text();
    assert!(page.contains("Mã QR không khớp với biên lai đã lập") && page.contains("6.000 đ"), "{page}");
    let page = ask(&text.replace("/00000001.", "/00000002.")).expect(200).text();
    assert!(page.contains("không do hệ thống này phát hành"), "{page}");
    // only the address: it leads to the receipt
    let led = ask(text.split('#').next().unwrap()).expect(303);
    assert_eq!(led.header("location"), Some(&*format!("/v/{}?lang=vi", good["code"].as_str().unwrap())));
    for strange in ["", "https://evil.example/", "WIFI:S:x;;", "<script>", &"1".repeat(5_000)] {
        let page = ask(strange).expect(422).text();
        assert!(page.contains("Không đọc được mã QR") && !page.contains("evil"), "{page}");
    }
    // pictures that are none, or are meant to cost time
    let finder = |x: u32, y: u32| {
        let (x, y) = (x % 9, y % 9);
        if x > 6 || y > 6 {
            return 255;
        }
        let ring = x.min(y).min(6 - x).min(6 - y);
        if ring == 1 { 255 } else { 0 }
    };
    let side = 1_500;
    let samples = (0..side).flat_map(|y| (0..side).map(move |x| finder(x, y))).collect();
    let costly =
        Picture { width: side, height: side, colours: 1, alpha: false, samples, pixels_per_metre: None }.png().unwrap();
    let start = Instant::now();
    for bad in [&costly[..], &[0xff, 0xd8, 0xff, 0xe0, 0, 16], b"\x89PNG\r\n\x1a\nxxxx"] {
        let page = server.post("/verify").form(&[("file", Some("a.png"), bad)]).send().expect(422).text();
        assert!(page.contains("Không đọc được mã QR"), "{page}");
    }
    eprintln!("a picture that is all corners costs {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 60);
}
