//! Fees that the law sets in a foreign currency: priced at the rate of the day, whose source the receipt names; amounts are dong.

use crate::office::{Office, UNIT};
use crate::program::run;
use crate::xml_signature::{assert_valid, has};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::process::Command;

/// A request for a visa and for three copies; the rate as given.
fn request(office: &Office, exchange: &Value) -> Value {
    json!({
        "series": office.series, "payer": {"name": "John Smith"}, "payment": {"method": "cash"}, "exchange": exchange,
        "lines": [{"fee": "VISA", "quantity": 2}, {"fee": "CTBS", "quantity": 3}]
    })
}

#[test]
fn a_fee_in_dollars_is_paid_in_dong_at_the_rate_of_the_day() {
    let office = Office::new();
    let data = office.folder.path();
    let file = |name: &str| data.join(name).display().to_string();
    let csv = "code,name,kind,legal_basis,unit,price,valid_from\n\
               VISA,Phí cấp thị thực một lần,phí,TT 62/2023/TT-BTC,chiếc,25.50 USD,2020-01-01\nCTBS,Phí chứng thực bản sao,phí,TT 226,trang,2000,2020-01-01\n";
    std::fs::write(file("fees.csv"), csv).unwrap();
    run(data, ["fee", "import", &file("fees.csv"), "--unit", UNIT]).expect(0);
    let server = office.serve();
    let officer = office.token(Role::Officer);
    let ask = |key: &str, request: &Value| {
        server.post("/api/v1/receipts").token(officer).header("idempotency-key", key).json(request).send()
    };
    let usd =
        |rate: &str| json!({"currency": "USD", "rate": rate, "source": "Vietcombank, mua chuyển khoản, 24/11/2026"});
    let refused = |exchange: &Value, change: &dyn Fn(&mut Value)| {
        let mut request = request(&office, exchange);
        change(&mut request);
        ask("refused", &request).expect(422).json()["detail"].as_str().unwrap_or_default().to_owned()
    };
    let as_it_is = |_: &mut Value| ();
    for (exchange, change, words) in [
        (json!(null), &as_it_is as &dyn Fn(&mut Value), "exchange: VISA: mức thu tính bằng USD"),
        (json!({"currency": "EUR", "rate": "1", "source": "x"}), &as_it_is, "exchange: VISA: mức thu tính bằng USD"),
        (json!({"currency": "VND", "rate": "1", "source": "x"}), &as_it_is, "three letters of ISO 4217"),
        (usd("0"), &as_it_is, "exchange.rate: phải lớn hơn 0 / must be more than 0"),
        (usd("26120,5"), &as_it_is, "at most two decimals"),
        (json!({"currency": "USD", "rate": "1", "source": " "}), &as_it_is, "exchange.source: không được để trống"),
        (json!({"currency": "USD", "rate": "1"}), &as_it_is, "exchange.source: phải có / must be given"),
        (usd("26120.5"), &|r| r["lines"][0]["currency_price"] = json!("25"), "25 is not the price of VISA"),
        (usd("26120.5"), &|r| r["lines"][0]["unit_price"] = json!(666_000), "lines[0].unit_price"),
        (usd("26120.5"), &|r| r["lines"][1]["currency_price"] = json!("1"), "is not the price of CTBS"),
        (usd("26120.5"), &|r| drop(r["lines"].as_array_mut().unwrap().remove(0)), "no line is priced in USD"),
    ] {
        let detail = refused(&exchange, change);
        assert!(detail.contains(words), "{detail} lacks {words}");
    }
    // 25.50 × 26,120.50 is 666,072.75: to the nearest dong, then twice
    let issued = ask("a", &request(&office, &usd("26120.5"))).expect(201).json();
    assert_eq!(issued["total"], json!(2 * 666_073 + 6_000), "{issued}");
    assert_eq!(issued["total_words"], "Một triệu ba trăm ba mươi tám nghìn một trăm bốn mươi sáu đồng");
    let id = issued["id"].as_str().unwrap();
    let ledger = server.get("/api/v1/reports/ledger?by=fee").token(officer).send().expect(200).json();
    assert_eq!(
        (&ledger["rows"][1]["key"], &ledger["rows"][1]["amount"]),
        (&json!("VISA"), &json!(1_332_146)),
        "{ledger}"
    );
    drop(server);
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let arguments =
        ["receipt", "export", id, "--xml", &text("a.xml"), "--pdf", &text("a.pdf"), "--copy", &text("b.pdf")];
    run(data, [&arguments[..], &["--paper", "a4", "--bilingual", "--slip", &text("c.pdf")]].concat()).expect(0);
    let xml = std::fs::read_to_string(path("a.xml")).unwrap();
    for said in [
        "<PBan>1.2<",
        "<DVTTe>VND</DVTTe><NTe>USD</NTe><TGia>26120.50</TGia><NTGia>Vietcombank",
        "<DGNTe>25.50</DGNTe><DGia>666073</DGia>",
    ] {
        assert!(xml.contains(said), "{xml} lacks {said}");
    }
    if crate::corpus::folder().is_some() && has("xmllint") {
        assert_valid(&[path("a.xml")], &out);
    }
    crate::verapdf::assert_conforms("3b", &["a.pdf", "b.pdf", "c.pdf"].map(path));
    if has("pdftotext") {
        for name in ["a.pdf", "b.pdf", "c.pdf"] {
            let shown = Command::new("pdftotext").args(["-layout", &text(name), "-"]).output().unwrap();
            let shown = String::from_utf8(shown.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains("1 USD = 26.120,50 đồng"), "{name}: {shown}");
            assert!(shown.contains("25,50 USD"), "{name}: {shown}");
        }
    }
    run(data, ["verify", "--trust", &office.root.display().to_string(), &text("a.xml"), &text("a.pdf")]).expect(0);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn without_a_catalogue_the_request_says_the_price() {
    let office = Office::new();
    let data = office.folder.path();
    let file = data.join("request.json").display().to_string();
    let issue = |line: &Value| {
        let mut request = request(&office, &json!({"currency": "USD", "rate": "26000", "source": "Kho bạc Nhà nước"}));
        request["lines"] = json!([line]);
        std::fs::write(&file, request.to_string()).unwrap();
        run(data, ["receipt", "issue", "--json", &file])
    };
    let line = json!({"fee": "VISA", "name": "Phí thị thực", "quantity": 2, "currency_price": "25"});
    assert_eq!(issue(&line).expect(0).json()["total"], json!(1_300_000));
    let mut wrong = line.clone();
    wrong["unit_price"] = json!(1);
    let ran = issue(&wrong).expect(65);
    assert!(ran.stderr.contains("1 is not what currency_price comes to at the rate: 650000"), "{ran:?}");
    let mut large = line;
    large["currency_price"] = json!("90000000000000000");
    assert!(issue(&large).expect(65).stderr.contains("does not fit in 64 bits"));
}
