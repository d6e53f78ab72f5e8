//! The pages that citizens see.

use crate::office::Office;
use crate::server::sample_pdf;
use dauson::people::permissions::Role;
use serde_json::json;

#[test]
fn public_pages_speak_plainly_and_name_no_payer() {
    let office = Office::new();
    let server = office.serve();
    let officer = office.token(Role::Officer);
    let issued = server.post("/api/v1/receipts").token(officer).header("idempotency-key", "a");
    let receipt = issued.json(&office.receipt_request(2_000)).send().expect(201).json();
    let code = receipt["code"].as_str().unwrap();
    let page = server.get(&format!("/v/{code}")).send().expect(200).text();
    for words in [
        "Biên lai có hiệu lực",
        "6.000 đ",
        "Sáu nghìn đồng",
        "00000001",
        "Ủy ban nhân dân xa-son-mau",
        "<html lang=\"vi\">",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for secret in ["Nguyễn Văn A", "000175000001", "Thôn 2"] {
        assert!(!page.contains(secret), "{secret}");
    }
    let english = server.get(&format!("/v/{}?lang=en", code.to_uppercase())).send().expect(200).text();
    assert!(english.contains("The receipt is in force") && english.contains("<html lang=\"en\">"));
    let path = format!("/api/v1/receipts/{}/cancel", receipt["id"].as_str().unwrap());
    server.post(&path).token(officer).json(&json!({"reason": "Hoàn tiền"})).send().expect(202);
    server.post(&format!("{path}/approve")).token(office.token(Role::Accountant)).send().expect(200);
    assert!(server.get(&format!("/v/{code}")).send().expect(200).text().contains("Biên lai đã bị hủy"));
    for code in ["0".repeat(26).as_str(), "x", "%3Cscript%3E", "..%2f.."] {
        let page = server.get(&format!("/v/{code}")).send().expect(404);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        assert!(page.text().contains("Không tìm thấy biên lai") && !page.text().contains("<script>"));
    }

    // from the bare address by what is typed
    let home = server.get("/").send().expect(200).text();
    assert!(
        home.contains("Tra cứu") && home.contains("href=\"/verify?lang=vi\"") && !home.contains("<script>"),
        "{home}"
    );
    assert!(server.get("/?lang=en").send().expect(200).text().contains("without an account"));
    let (first, rest) = code.split_at(9);
    for typed in [
        code.to_owned(),
        format!("{}+-{rest}", first.to_uppercase()),
        format!("https%3A%2F%2Fx.example%2Fv%2F{code}%3Flang%3Den%231.EBL"),
    ] {
        let led = server.get(&format!("/v?lang=en&code={typed}")).send().expect(303);
        assert_eq!(led.header("location"), Some(format!("/v/{code}?lang=en").as_str()), "{typed}");
    }
    for typed in ["code=abc", "code=%3Cscript%3E", "", "code=%0d%0aset-cookie:a"] {
        let page = server.get(&format!("/v?{typed}")).send().expect(404).text();
        assert!(page.contains("Không tìm thấy biên lai") && !page.contains("<script>"), "{page}");
    }
    server.get("/verify?utm_source=a&lang=xx").send().expect(200);
    let form = server.get("/verify").send().expect(200);
    assert!(form.text().contains("Kiểm tra chữ ký số") && !form.text().contains("<script>"));
    assert!(form.header("content-security-policy").unwrap().contains("style-src 'self'"));
    let unsigned = server.post("/verify").form(&[("file", Some("a.pdf"), &sample_pdf())]).send().expect(200).text();
    assert!(unsigned.contains("Tệp không có chữ ký số"), "{unsigned}");
    let signed =
        server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send().expect(200).body;
    let page = server.post("/verify").form(&[("file", Some("a.pdf"), &signed)]).send().expect(200).text();
    assert!(page.contains("Chữ ký hợp lệ") && page.contains("Nguyễn Thị Mẫu"), "{page}");
    let page = server.post("/verify?lang=en").form(&[("file", Some("a.pdf"), &signed)]).send().expect(200).text();
    assert!(page.contains("The signature is valid"), "{page}");
    let mut changed = signed.clone();
    let at = changed.len() / 4;
    changed[at] ^= 1;
    let page = server.post("/verify").form(&[("file", Some("a.pdf"), &changed)]).send();
    assert!(page.text().contains("Chữ ký không hợp lệ"), "{}", page.text());
    assert!(
        server.post("/verify").form(&[("file", Some(""), b"")]).send().expect(422).text().contains("Chưa chọn tệp")
    );
    assert!(
        server
            .post("/verify")
            .form(&[("file", Some("a"), b"x")])
            .send()
            .expect(422)
            .text()
            .contains("Không đọc được tệp")
    );
}
