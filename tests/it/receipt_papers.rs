//! What stands beside receipts: a unit's logo, the fee catalogue as a workbook, items of the state budget, reports as PDF; and what
//! somebody changes in daily reports, shifts and lines.

use crate::audit_receipts::{change, copy};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::{Ran, run};
use crate::verapdf::assert_conforms;
use crate::xml_signature::has;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

fn today() -> String {
    time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date().to_string()
}

fn issue(office: &Office, price: i64) -> Ran {
    let data = office.folder.path();
    let request = data.join("request.json");
    std::fs::write(&request, office.receipt_request(price).to_string()).unwrap();
    run(data, ["receipt", "issue", "--json", request.to_str().unwrap()]).expect(0)
}

pub fn png(width: u32, height: u32, colour: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    let samples = if colour == png::ColorType::Rgba { 4 } else { 1 };
    let pixels: Vec<u8> = (0..width * height * samples).map(|at| (at / 7 % 251) as u8).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn a_units_logo_stands_on_its_receipts() {
    let office = Office::new();
    let data = office.folder.path();
    let file = |name: &str| data.join(name).display().to_string();
    let put = |bytes: &[u8]| {
        std::fs::write(file("logo.png"), bytes).unwrap();
        run(data, ["unit", "put", UNIT, "--logo", &file("logo.png")])
    };
    for (bytes, words) in [
        (b"no PNG".to_vec(), "logo"),
        (png(1_001, 1_000, png::ColorType::Grayscale), "pixels"),
        (vec![0; (256 << 10) + 1], "more than 262144 bytes"),
    ] {
        let ran = put(&bytes).expect(65);
        assert!(ran.error_line().contains(words), "{ran:?}");
    }
    let images = |name: &str| {
        let listed = Command::new("pdfimages").args(["-list", &file(name)]).output().unwrap();
        String::from_utf8(listed.stdout).unwrap().lines().count().saturating_sub(2)
    };
    let export = |number: u32, name: &str| {
        let id = format!("{}/{number:08}", office.series);
        let [a, b, c, d] = ["a5", "a4", "slip", "signed"].map(|paper| file(&format!("{name}-{paper}.pdf")));
        run(data, ["receipt", "export", &id, "--copy", &a, "--slip", &c, "--pdf", &d]).expect(0);
        run(data, ["receipt", "export", &id, "--copy", &b, "--paper", "a4", "--bilingual"]).expect(0);
    };
    for (number, (name, colour)) in (1..).zip([("rgba", png::ColorType::Rgba), ("grey", png::ColorType::Grayscale)]) {
        put(&png(160, 120, colour)).expect(0);
        issue(&office, 1_000);
        export(number, name);
        let papers = ["a5", "a4", "slip", "signed"].map(|paper| data.join(format!("{name}-{paper}.pdf")));
        assert_conforms("3b", &papers);
        assert_conforms("ua1", &papers[..2]);
        if has("pdfimages") {
            let with = |paper: &str| images(&format!("{name}-{paper}.pdf")) > 0;
            assert_eq!([with("a5"), with("a4"), with("signed"), with("slip")], [true, true, true, false], "{name}");
        }
        let signed = std::fs::read(data.join(format!("{name}-signed.pdf"))).unwrap();
        run(data, ["verify", "--trust", &office.root.display().to_string(), &file(&format!("{name}-signed.pdf"))])
            .expect(0);
        assert!(signed.starts_with(b"%PDF-"));
    }
    run(data, ["unit", "put", UNIT, "--no-logo"]).expect(0);
    issue(&office, 1_000);
    export(3, "none");
    if has("pdfimages") {
        assert_eq!(images("none-a5.pdf"), 0);
    }
    run(data, ["audit", "verify"]).expect(0);
}

/// A workbook with its sheet changed.
fn with_sheet(workbook: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let (name, mut text) = (part.name().unwrap().to_string(), String::new());
        part.read_to_string(&mut text).unwrap();
        to.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(change(&text).as_bytes()).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn the_catalogue_comes_and_goes_as_a_workbook() {
    let office = Office::new();
    let data = office.folder.path();
    let file = |name: &str| data.join(name).display().to_string();
    let csv = "code,name,kind,legal_basis,unit,price,portal_price,valid_from,valid_to,reductions,budget_item\n\
               CTBS,\"Phí chứng thực, bản sao\",phí,TT 226,trang,2000 from 3 at 1000 max 200000,,2020-01-01,,,2700-2716\n\
               DKCT,Lệ phí đăng ký cư trú,lệ phí,TT 75,lần,20000,10000,2020-01-01,2999-12-31,TE=100% Trẻ em | HN=50% Hộ nghèo,760-2750-2767\n\
               VISA,Phí thị thực,phí,TT 62,,25.50 USD,,2020-01-01,,,\n";
    std::fs::write(file("fees.csv"), csv).unwrap();
    let import = |name: &str, unit: &str, more: &[&str]| {
        run(data, [&["fee", "import", &file(name), "--unit", unit], more].concat())
    };
    import("fees.csv", UNIT, &[]).expect(0);
    run(data, ["fee", "export", &file("fees.xlsx"), "--unit", UNIT]).expect(0);
    run(data, ["fee", "export", &file("fees.xlsx"), "--unit", UNIT]).expect(73);
    let unchanged = import("fees.xlsx", UNIT, &[]).expect(0).stdout;
    assert_eq!(unchanged.matches("unchanged").count(), 3, "{unchanged}");
    import("fees.xlsx", OTHER_UNIT, &[]).expect(0);
    let own = |unit: &str| run(data, ["fee", "export", "--unit", unit]).expect(0).stdout;
    assert_eq!(own(UNIT), own(OTHER_UNIT));
    // the same faults, row by row
    let wrong = |text: &str| {
        text.replace("2700-2716", "27-16").replace("lệ phí,TT 75", "thuế,TT 75").replace(">lệ phí<", ">thuế<")
    };
    std::fs::write(file("bad.csv"), wrong(csv)).unwrap();
    std::fs::write(file("bad.xlsx"), with_sheet(&std::fs::read(file("fees.xlsx")).unwrap(), wrong)).unwrap();
    for name in ["bad.csv", "bad.xlsx"] {
        let faults = import(name, OTHER_UNIT, &["--dry-run"]).expect(65).stdout;
        assert!(
            faults.contains("row 2  -  a budget item is") && faults.contains("the kind is phí or lệ phí"),
            "{faults}"
        );
    }
    std::fs::write(file("bad.xlsx"), b"PK\x03\x04").unwrap();
    assert!(import("bad.xlsx", UNIT, &[]).expect(65).error_line().contains("workbook"));
    // what the fees belong to in the state budget
    let issue = |fee: &str, quantity: u32| {
        let mut request = office.receipt_request(1);
        request["lines"] = json!([{"fee": fee, "quantity": quantity}]);
        std::fs::write(file("request.json"), request.to_string()).unwrap();
        run(data, ["receipt", "issue", &file("request.json")]).expect(0);
    };
    issue("CTBS", 2);
    issue("CTBS", 1);
    issue("DKCT", 1);
    let ledger = |more: &[&str]| {
        let arguments = ["receipt", "report", "--form", "ledger", "--unit", UNIT, "--by", "budget", "--json"];
        let told = run(data, [&arguments, more].concat()).expect(0).stdout;
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let rows = ledger(&[]);
    assert_eq!((&rows[0]["key"], &rows[0]["amount"]), (&json!("2700-2716"), &json!(6_000)), "{rows:?}");
    assert_eq!((&rows[1]["key"], &rows[1]["amount"]), (&json!("760-2750-2767"), &json!(20_000)), "{rows:?}");
    let one = ledger(&["--budget-item", "2700-2716"]);
    assert!(one.len() == 1 && one[0]["receipts"] == json!(2), "{one:?}");
    run(data, ["receipt", "report", "--form", "ledger", "--budget-item", "x"]).expect(64);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn reports_are_pdfs_and_the_daily_one_is_signed() {
    let office = Office::new();
    let data = office.folder.path();
    let file = |name: &str| data.join(name).display().to_string();
    issue(&office, 1_000);
    let today = today();
    let report =
        |form: &str, more: &[&str]| run(data, [&["receipt", "report", "--unit", UNIT, "--form", form], more].concat());
    report("bc26", &["--from", &today, "--to", &today, "--pdf", &file("use.pdf")]).expect(0);
    report("01-TH-BLDT", &["--date", &today, "--pdf", &file("day.pdf"), "--xml", &file("day.xml")]).expect(0);
    report("ledger", &["--pdf", &file("no.pdf")]).expect(64);
    assert_conforms("3b", &["use.pdf", "day.pdf"].map(|name| data.join(name)));
    let verified =
        run(data, ["verify", "--json", "--trust", &office.root.display().to_string(), &file("day.pdf")]).expect(0);
    assert_eq!(verified.json()["signatures"].as_array().map(Vec::len), Some(1));
    if has("pdftotext") {
        let shown = |name: &str| {
            let output = Command::new("pdftotext").args(["-layout", &file(name), "-"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let xml = hex::encode(dauson::digest::sha256(&std::fs::read(file("day.xml")).unwrap()));
        assert!(shown("day.pdf").contains(&xml), "{}", shown("day.pdf"));
        assert!(
            shown("use.pdf").contains("99.999.998") && shown("use.pdf").contains(&office.series),
            "{}",
            shown("use.pdf")
        );
    }
    // the same again is the same file
    let first = std::fs::read(file("day.pdf")).unwrap();
    report("01-TH-BLDT", &["--date", &today, "--pdf", &file("day.pdf"), "--force"]).expect(0);
    assert_eq!(std::fs::read(file("day.pdf")).unwrap(), first);
    run(data, ["audit", "verify"]).expect(0);
}

/// Flips a byte of a stored file.
pub fn damage(data: &Path, sha256: &str) {
    let find = |folder: &Path| {
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else if entry.path().display().to_string().replace('/', "").ends_with(sha256) {
                    return entry.path();
                }
            }
        }
        panic!("{sha256} is not stored")
    };
    let path = find(&data.join("blobs"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
}

#[tokio::test]
async fn what_is_changed_in_daily_reports_shifts_and_lines_is_found() {
    let (office, day, shift) = tokio::task::spawn_blocking(|| {
        let office = Office::new();
        let data = office.folder.path();
        issue(&office, 1_000);
        let (today, pdf, xml) = (today(), data.join("day.pdf"), data.join("day.xml"));
        let files = ["--pdf", pdf.to_str().unwrap(), "--xml", xml.to_str().unwrap()];
        let report = ["receipt", "report", "--unit", UNIT, "--form", "01-TH-BLDT", "--date", &today];
        run(data, [&report[..], &files[..]].concat()).expect(0);
        let close = ["receipt", "shift", "close", "--counted", "3000", "--unit", UNIT, "--json"];
        let shift = run(data, close).expect(0).json()["pdf_sha256"].as_str().unwrap().to_owned();
        run(data, ["audit", "verify"]).expect(0);
        let day = [pdf, xml].map(|path| hex::encode(dauson::digest::sha256(&std::fs::read(path).unwrap())));
        (office, day, shift)
    })
    .await
    .unwrap();
    let changed = office.folder.path().with_extension("changed");
    for (statement, words) in [
        ("UPDATE filing SET amendment = 1", "is about something else"),
        ("UPDATE filing SET day = '2026-01-01'", "is about something else"),
        ("UPDATE filing SET unit = 'xa-khac'", "is about something else"),
        (
            "UPDATE filing SET xml_sha256 = (SELECT xml_sha256 FROM receipt)",
            "its signature is not the one that the log records",
        ),
        ("UPDATE filing SET xml_sha256 = zeroblob(32)", "is not in the store"),
        (
            "UPDATE filing SET pdf_sha256 = (SELECT pdf_sha256 FROM receipt)",
            "does not have the signature that log entry",
        ),
        ("UPDATE filing SET pdf_sha256 = NULL", "its PDF: the log has one, the database has none"),
        ("DELETE FROM filing", "the log records 1 daily reports, the database has 0"),
        (
            "UPDATE shift SET summary = replace(summary, '\"counted\":3000', '\"counted\":2000')",
            "is about something else",
        ),
        ("UPDATE shift SET unit = 'xa-khac'", "is about something else"),
        (
            "UPDATE shift SET pdf_sha256 = (SELECT pdf_sha256 FROM receipt)",
            "does not have the signature that log entry",
        ),
        ("DELETE FROM shift", "the log records 1 shifts, the database has 0"),
        ("UPDATE collected SET amount = amount - 1", "reports count the amount 2999, the receipt's is 3000"),
        ("UPDATE collected SET unit = 'xa-khac'", "reports count the unit xa-khac, the receipt's is xa-son-mau"),
        ("UPDATE collected SET day = '2026-01-01'", "reports count the day 2026-01-01, the receipt's is"),
        ("DELETE FROM collected", "reports count 0 lines of it, its signed XML has"),
    ] {
        copy(office.folder.path(), &changed);
        change(&changed, statement).await;
        let found = run(&changed, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains(words), "{statement}: {found}");
    }
    for (sha256, words) in [
        (&day[0], "its PDF was changed in the store"),
        (&day[1], "amendment 0 was changed in the store"),
        (&shift, "shift 1 was changed in the store"),
    ] {
        copy(office.folder.path(), &changed);
        damage(&changed, sha256);
        let found = run(&changed, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains(words), "{found}");
    }
    std::fs::remove_dir_all(&changed).unwrap();
}
