//! What a receipt's XML and PDF are, judged by xmlsec1, xmllint, qpdf and poppler.

use crate::xml_signature::{assert_valid, assert_xmlsec1_accepts, has, key};
use dauson::keys::SigningKey as _;
use dauson::receipts::check::CheckText;
use dauson::receipts::content::{CollectingBody, Content, Replaced};
use dauson::receipts::layout::Seal;
use dauson::receipts::request::Request;
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
    let payer = json!({"name": "Nguyễn Văn Ạ", "personal_id": "062090001234", "address": "Số 12, tổ 4"});
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
    let parameters =
        Parameters { certificate: key.certificate(), chain: key.chain(), scheme, signing_time: content.time };
    let prepared = prepare(&unsigned.text, unsigned.signature_at, &parameters).unwrap();
    prepared.finish(&key.sign(scheme, prepared.to_be_signed()).await.unwrap(), None).unwrap()
}

fn seal() -> Seal {
    Seal { signer: "ỦY BAN NHÂN DÂN PHƯỜNG QUYẾT THẮNG".into(), time: datetime!(2026-11-23 18:30:15 UTC) }
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
                assert_valid(&path, &folder);
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

#[test]
fn the_pdf_shows_all_that_the_law_asks_for_and_carries_the_xml() {
    let folder = tempfile::tempdir().unwrap();
    for content in samples() {
        let xml = xml::write(&content).text;
        let bytes = pdf::draw(&content, xml.as_bytes(), &seal()).unwrap();
        assert_eq!(bytes, pdf::draw(&content, xml.as_bytes(), &seal()).unwrap(), "it is the same each time");
        let path = folder.path().join("receipt.pdf");
        std::fs::write(&path, &bytes).unwrap();
        if has("qpdf") {
            run("qpdf", &["--check"], &path);
        }
        if has("pdftotext") {
            let shown: String = run("pdftotext", &[], &path).split_whitespace().collect();
            for text in [
                "BIÊN LAI THU PHÍ, LỆ PHÍ ĐIỆN TỬ",
                "Mẫu số: EBL01",
                "Ký hiệu: 26TAA",
                "Số: 00000042",
                "Ngày 24 tháng 11 năm 2026",
                "ỦY BAN NHÂN DÂN PHƯỜNG QUYẾT THẮNG",
                "Mã số thuế: 6100123456",
                "Người nộp: ",
                &content.payer.name,
                &content.total.to_string(),
                &dauson::receipts::words::in_words(content.total),
                "Hình thức thanh toán: Cổng dịch vụ công",
                "Ký bởi: ỦY BAN NHÂN DÂN PHƯỜNG QUYẾT THẮNG",
                "24/11/2026 01:30:15",
                "Thay thế cho biên lai Mẫu số EBL01 ký hiệu 26TAA số 00000012 ngày 20/11/2026",
            ] {
                let text: String = text.split_whitespace().collect();
                assert!(shown.contains(&text), "{text} is not shown");
            }
        }
        if has("pdfdetach") {
            let saved = folder.path().join("saved.xml");
            run("pdfdetach", &["-save", "1", "-o", saved.to_str().unwrap()], &path);
            assert_eq!(std::fs::read_to_string(&saved).unwrap(), xml);
        }
        assert!(bytes.windows(b"/AFRelationship/Source".len()).any(|w| w == b"/AFRelationship/Source"));
    }
}

#[test]
fn the_qr_code_scans_from_a_coarse_print() {
    if !has("zbarimg") || !has("pdftoppm") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let content = samples().remove(0);
    let xml = xml::write(&content).text;
    let path = folder.path().join("receipt.pdf");
    std::fs::write(&path, pdf::draw(&content, xml.as_bytes(), &seal()).unwrap()).unwrap();
    let image = folder.path().join("page");
    let output = Command::new("pdftoppm").args(["-r", "150", "-png"]).arg(&path).arg(&image).output().unwrap();
    assert!(output.status.success());
    let scanned = run("zbarimg", &["-q", "--raw"], &folder.path().join("page-1.png"));
    let check = CheckText::parse(&scanned).unwrap();
    assert_eq!(check, CheckText::new(&content, dauson::digest::sha256(xml.as_bytes())));
}
