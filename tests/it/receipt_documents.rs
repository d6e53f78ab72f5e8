//! What a receipt's XML and PDF are, judged by xmlsec1, xmllint, qpdf and poppler.

use crate::verapdf::assert_conforms;
use crate::xml_signature::{assert_valid, assert_xmlsec1_accepts, has, key};
use dauson::keys::SigningKey as _;
use dauson::receipts::check::{CheckText, Said};
use dauson::receipts::content::{CollectingBody, Content, Replaced};
use dauson::receipts::copy::Original;
use dauson::receipts::layout::Standing;
use dauson::receipts::request::Request;
use dauson::receipts::style::{Paper, Style};
use dauson::receipts::{pdf, xml};
use dauson::xades::{Parameters, prepare};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use time::macros::{date, datetime};

/// A receipt with this payer and these lines.
fn content(payer: &Value, lines: &Value) -> Content {
    let request = json!({"series": "EBL01/26TAA", "payer": payer, "lines": lines,
        "payment": {"method": "portal", "reference": "VTB-2611240091"}, "dossier": "H34.15-261124-0012", "note": "Có chữ & <dấu>"});
    let order = Request::parse(request.to_string().as_bytes()).unwrap().check().unwrap();
    Content {
        id: "EBL01/26TAA/00000042".parse().unwrap(),
        // in Vietnam it is the next day already
        time: datetime!(2026-11-23 18:30:15 UTC),
        body: CollectingBody {
            name: "Ủy ban nhân dân phường Quyết Thắng".into(),
            tax_code: "6100123456".into(),
            address: "Số 1 đường Nguyễn Huệ, phường Quyết Thắng, tỉnh Kon Tum".into(),
            phone: Some("0260 3862 123".into()),
            account: Some("3711.0.1234567 tại Kho bạc Nhà nước".into()),
        },
        delegate: None,
        payer: order.payer,
        lines: order.lines,
        total: order.total,
        exchange: order.exchange,
        payment: order.payment,
        dossier: order.dossier,
        note: order.note,
        replaces: Some(Replaced { id: "EBL01/26TAA/00000012".parse().unwrap(), date: date!(2026 - 11 - 20) }),
        code: "7k3q9d2m5x8r1c6v0t4w7z2a9e".into(),
        check_url: "https://bienlai.example.vn/v/7k3q9d2m5x8r1c6v0t4w7z2a9e".into(),
    }
}

fn line(name: &str, quantity: i64, unit_price: i64) -> Value {
    json!({"fee": "CTBS", "name": name, "unit": "trang", "quantity": quantity, "unit_price": unit_price})
}

fn samples() -> Vec<Content> {
    let long = "Công ty Trách nhiệm hữu hạn Một thành viên Đầu tư Thương mại Dịch vụ Nguyễn Thị Thanh Huyền và Cộng sự";
    let payer = json!({"name": "Nguyễn Văn Ạ", "personal_id": "062090001234", "address": "Số 12, tổ 4", "account": "0071000123456 VCB"});
    let company = json!({"name": long, "tax_code": "6100123456-001", "email": "a@b.vn", "phone": "+84 905 123 456"});
    let fee = "Phí chứng thực bản sao từ bản chính";
    let unbroken = json!({"name": "W".repeat(300)});
    vec![
        content(&payer, &json!([line(fee, 3, 2_000)])),
        content(&company, &json!([line(fee, 1, 0)])),
        content(&payer, &(0..30).map(|i| line(fee, i + 1, 2_000)).collect()),
        content(&company, &(0..200).map(|i| line(long, i + 1, 1_000_000)).collect()),
        content(&payer, &json!([line(fee, 1, 1_000_000_000_000_000), line(fee, 9_000, 1)])),
        content(&unbroken, &json!([line(&"M".repeat(300), 1, i64::MAX)])),
    ]
}

async fn sign(content: &Content, key: &dauson::keys::LocalKey) -> String {
    let unsigned = xml::write(content);
    let scheme = key.schemes()[0];
    let said = Said::new(content);
    let parameters = Parameters {
        certificate: key.certificate(),
        chain: key.chain(),
        scheme,
        signing_time: said.time,
        description: Some(&said.to_string()),
    };
    let prepared = prepare(&unsigned.text, unsigned.signature_at, &parameters).unwrap();
    prepared.finish(&key.sign(scheme, prepared.to_be_signed()).await.unwrap(), None).unwrap()
}

async fn original(content: &Content, key: &dauson::keys::LocalKey) -> Original {
    Original::read(sign(content, key).await.into_bytes()).unwrap()
}

#[tokio::test]
async fn the_xml_is_what_its_schema_says_and_its_signature_holds() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["p256", "rsa2048"] {
        let Some(key) = key(name) else { return };
        for content in samples() {
            let path = folder.path().join("receipt.xml");
            std::fs::write(&path, sign(&content, &key).await).unwrap();
            if has("xmllint") {
                assert_valid(std::slice::from_ref(&path), &folder);
            }
            if has("xmlsec1") {
                assert_xmlsec1_accepts(&path);
            }
        }
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .arg(path)
        .args(["-"].iter().filter(|_| program == "pdftotext"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test]
async fn what_a_receipt_says_is_read_again_from_its_xml() {
    let Some(key) = key("p256") else { return };
    for content in samples() {
        assert_eq!(original(&content, &key).await.content(), &content);
    }
}

/// Every paper, both languages, every state.
fn renderings() -> Vec<(Style, Standing)> {
    let mut all = Vec::new();
    for paper in [Paper::A5, Paper::A4, Paper::Slip] {
        for bilingual in [false, true] {
            for standing in [Standing::InForce, Standing::Replaced("EBL01/26TAA/00000043".into()), Standing::Voided] {
                all.push((Style { paper, bilingual }, standing));
            }
        }
    }
    all
}

/// Those for each sample: all for the first, one for the others.
fn renderings_of() -> Vec<Vec<(Style, Standing)>> {
    let all = renderings();
    let rest = [1, 8, 3, 13, 10].map(|index| vec![all[index].clone()]);
    std::iter::once(all).chain(rest).collect()
}

#[tokio::test]
async fn the_pdf_shows_all_that_the_law_asks_for_and_carries_the_xml() {
    let Some(key) = key("p256") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (content, renderings) in samples().into_iter().zip(renderings_of()) {
        let original = original(&content, &key).await;
        let bytes = pdf::draw(&original.signed(), Style::default()).unwrap();
        assert_eq!(bytes, pdf::draw(&original.signed(), Style::default()).unwrap(), "it is the same each time");
        let path = folder.path().join("receipt.pdf");
        std::fs::write(&path, &bytes).unwrap();
        if has("qpdf") {
            run("qpdf", &["--check"], &path);
        }
        if has("pdfdetach") {
            let saved = folder.path().join("saved.xml");
            run("pdfdetach", &["-save", "1", "-o", saved.to_str().unwrap()], &path);
            assert_eq!(std::fs::read(&saved).unwrap(), original.signed().xml);
        }
        assert!(bytes.windows(b"/AFRelationship/Source".len()).any(|w| w == b"/AFRelationship/Source"));
        if !has("pdftotext") {
            continue;
        }
        for (style, standing) in renderings {
            std::fs::write(&path, pdf::draw_copy(&original.signed(), style, &standing).unwrap()).unwrap();
            let shown: String = run("pdftotext", &["-raw"], &path).split_whitespace().collect();
            let says = |text: &str| shown.contains(&text.split_whitespace().collect::<String>());
            let mut wanted = vec![
                "BIÊN LAI THU PHÍ, LỆ PHÍ ĐIỆN TỬ".to_owned(),
                "00000042".to_owned(),
                "ỦY BAN NHÂN DÂN PHƯỜNG QUYẾT THẮNG".to_owned(),
                content.payer.name.clone(),
                content.total.to_string(),
                dauson::receipts::words::in_words(content.total),
                "Cổng dịch vụ công".to_owned(),
                "Ký bởi: Signer p256".to_owned(),
                "24/11/2026 01:30:15".to_owned(),
                "Thay thế cho biên lai Mẫu số EBL01 ký hiệu 26TAA số 00000012 ngày 20/11/2026".to_owned(),
                "bản gốc đã ký số là tệp XML đính kèm".to_owned(),
            ];
            if style.paper != Paper::Slip {
                wanted.extend(content.payer.account.clone());
            }
            if style.paper != Paper::Slip && !style.bilingual {
                wanted.extend(
                    ["Mẫu số: EBL01", "Ký hiệu: 26TAA", "Số: 00000042", "Mã số thuế: 6100123456", "Người nộp: "]
                        .map(str::to_owned),
                );
                wanted.push("Ngày 24 tháng 11 năm 2026".to_owned());
                wanted.push("Độc lập – Tự do – Hạnh phúc".to_owned());
            }
            for text in wanted {
                assert!(says(&text), "{text} is not shown by {style:?}: {shown}");
            }
            assert_eq!(says("(Payer)"), style.bilingual);
            for stamp in ["ĐÃ THAY THẾ", "ĐÃ HỦY"] {
                assert_eq!(says(stamp), standing.stamp() == Some(stamp), "{stamp}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_drawn_conforms_to_pdf_a_3b_and_pdf_ua_1() {
    let Some(key) = key("p256") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (content, renderings) in samples().into_iter().zip(renderings_of()) {
        let original = original(&content, &key).await;
        for (style, standing) in renderings {
            let path = folder.path().join(format!("{}.pdf", files.len()));
            std::fs::write(&path, pdf::draw_copy(&original.signed(), style, &standing).unwrap()).unwrap();
            files.push(path);
        }
    }
    assert!(files.len() >= 20);
    if let Ok(kept) = std::env::var("DAUSON_KEEP_RENDERINGS") {
        for file in &files {
            std::fs::copy(file, Path::new(&kept).join(file.file_name().unwrap())).unwrap();
        }
    }
    assert_conforms("3b", &files);
    assert_conforms("ua1", &files);
}

/// The QR codes of a page as it is printed with so many dots per inch.
fn scan(path: &Path, dots: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("page");
    let arguments = ["-r", dots, "-png", "-gray", "-singlefile"];
    assert!(Command::new("pdftoppm").args(arguments).arg(path).arg(&image).status().unwrap().success());
    run("zbarimg", &["-q", "--raw"], &folder.path().join("page.png")).trim_end().to_owned()
}

#[tokio::test]
async fn the_qr_code_scans_from_a_coarse_print() {
    if !has("zbarimg") || !has("pdftoppm") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.pdf");
    for (name, dots) in [("p256", ["150", "300"]), ("rsa2048", ["200", "300"])] {
        let Some(key) = key(name) else { continue };
        let original = original(&samples()[0], &key).await;
        for paper in [Paper::A5, Paper::A4, Paper::Slip] {
            let style = Style { paper, bilingual: false };
            std::fs::write(&path, pdf::draw(&original.signed(), style).unwrap()).unwrap();
            for dots in dots {
                let scanned = CheckText::parse(&scan(&path, dots)).unwrap();
                assert_eq!(&scanned, original.check(), "{name} {paper:?} {dots}");
            }
        }
    }
}
