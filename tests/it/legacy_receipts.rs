//! Receipts of the law before: taken in, verified, kept byte for byte, found, verified again; apart from those that are issued here.

use crate::audit_log::open;
use crate::audit_receipts::{change, copy};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::{Ran, run};
use dauson::keys::SigningKey as _;
use dauson::people::keys;
use dauson::people::permissions::Role;
use dauson::xades::{Parameters, prepare};
use serde_json::json;
use std::path::{Path, PathBuf};
use time::macros::datetime;

const ID: &str = "01BLP0-001/AA-26E/0000007";

/// A receipt as programs of the law before wrote it.
fn unsigned(number: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BLai><DLBLai Id=\"data\"><TTChung><PBan>2.0.0</PBan><TBLai>Biên lai thu phí</TBLai>\
         <KHMSBLai>01BLP0-001</KHMSBLai><KHBLai>AA-26E</KHBLai><SBLai>{number}</SBLai><NLap>2026-03-05</NLap><DVTTe>VND</DVTTe></TTChung>\
         <NDBLai><TCThu><Ten>UBND huyện Cũ</Ten><MST>6109999990</MST></TCThu><NNop><Ten>Trần Thị Bé</Ten><CCCDan>062090001234</CCCDan></NNop>\
         <TToan><TgTTTBSo>20000</TgTTTBSo><TgTTTBChu>Hai mươi nghìn đồng</TgTTTBChu></TToan></NDBLai></DLBLai><DSCKS><TCThu></TCThu></DSCKS></BLai>"
    )
}

/// The same signed by the office's key for receipts.
fn signed(office: &Office, number: &str) -> String {
    let (folder, text) = (office.folder.path().to_owned(), unsigned(number));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let data = open(&folder).await;
        let key = keys::load(&data, &format!("{UNIT}.receipt")).await.unwrap();
        let scheme = key.schemes()[0];
        let parameters = Parameters {
            certificate: key.certificate(),
            chain: key.chain(),
            scheme,
            signing_time: datetime!(2026-03-05 08:00 +7),
            description: None,
        };
        let at = text.find("</TCThu></DSCKS>").unwrap();
        let prepared = prepare(&text, at, &parameters).unwrap();
        prepared.finish(&key.sign(scheme, prepared.to_be_signed()).await.unwrap(), None).unwrap()
    })
}

struct Case {
    office: Office,
    inbox: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { office: Office::new(), inbox: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> &Path {
        self.office.folder.path()
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.inbox.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&self, file: &Path, more: &[&str]) -> Ran {
        let file = file.display().to_string();
        run(self.data(), [&["receipt", "import", "--json", "--unit", UNIT, &file], more].concat())
    }

    /// Refuses a file with these words.
    #[track_caller]
    fn refuses(&self, name: &str, bytes: impl AsRef<[u8]>, more: &[&str], words: &str) {
        let ran = self.import(&self.file(name, bytes), more).expect(65);
        assert!(ran.error_line().contains(words), "{ran:?} lacks {words}");
    }
}

#[test]
fn a_receipt_of_the_law_before_is_kept_and_found_and_verified_again() {
    let case = Case::new();
    let xml = signed(&case.office, "0000007");
    let file = case.file("a.xml", &xml);
    let first = case.import(&file, &[]).expect(0).json();
    assert_eq!(
        (&first["id"], &first["total"], &first["verdict"]),
        (&json!(ID), &json!(20_000), &json!("TOTAL-PASSED"))
    );
    assert_eq!((&first["before"], &first["payer"]["name"]), (&json!(false), &json!("Trần Thị Bé")));
    // twice is one
    let again = case.import(&file, &[]).expect(0).json();
    assert_eq!((&again["before"], &again["code"]), (&json!(true), &first["code"]));
    let list = |more: &[&str]| run(case.data(), [&["receipt", "imported", "--json"], more].concat()).expect(0).stdout;
    assert_eq!(list(&[]).lines().count(), 1);
    for (what, value, found) in [
        ("--payer", "Trần Thị Bé", 1),
        ("--payer", "062090001234", 1),
        ("--payer", "Trần Thị", 0),
        ("--amount", "20000", 1),
        ("--from", "2026-03-06", 0),
        ("--to", "2026-03-05", 1),
        ("--unit", OTHER_UNIT, 0),
    ] {
        assert_eq!(list(&[what, value]).lines().count(), found, "{what} {value}");
    }
    let out = case.inbox.path().join("out.xml").display().to_string();
    run(case.data(), ["receipt", "export", ID, "--xml", &out]).expect(0);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), xml);
    run(case.data(), ["receipt", "export", ID, "--pdf", &out, "--force"]).expect(66);
    run(case.data(), ["receipt", "export", ID, "--slip", &out]).expect(64);
    // verified again, with what is trusted now
    let show = || run(case.data(), ["receipt", "show", ID, "--json"]).expect(0).json();
    assert_eq!(show()["files"][0]["verdict_now"], "TOTAL-PASSED");
    std::fs::rename(&case.office.root, case.data().join("root.pem")).unwrap();
    let shown = show();
    let file = &shown["files"][0];
    assert_eq!((&file["verdict"], &file["verdict_now"]), (&json!("TOTAL-PASSED"), &json!("INDETERMINATE")), "{shown}");
    assert_eq!(file["sub_indication_now"], "NO_CERTIFICATE_CHAIN_FOUND");
    std::fs::rename(case.data().join("root.pem"), &case.office.root).unwrap();
    assert!(run(case.data(), ["receipt", "show", ID]).expect(0).stdout.contains("Nghị định 123/2020/NĐ-CP"));
    // never issued, replaced, notified or voided
    let request = case.file("request.json", case.office.receipt_request(1_000).to_string()).display().to_string();
    for arguments in [
        vec!["cancel", ID, "--reason", "x"],
        vec!["notify", ID, "--reason", "x"],
        vec!["replace", ID, &request, "--reason", "x"],
    ] {
        run(case.data(), [&["receipt"], arguments.as_slice()].concat()).expect(77);
    }
    // in no series, no gap, no report
    let listed = run(case.data(), ["receipt", "series", "list"]).expect(0).stdout;
    assert!(!listed.contains("BLP"), "{listed}");
    run(case.data(), ["receipt", "series", "create", "01BLP0-001/AA-26E", "--unit", UNIT]).expect(65);
    let books = run(case.data(), ["audit", "receipts"]).expect(0).stdout;
    assert!(!books.contains("BLP") && books.contains("0 missing"), "{books}");
    let ledger = ["receipt", "report", "--form", "ledger", "--unit", UNIT];
    assert_eq!(run(case.data(), ledger).expect(0).stdout, "");
    let audit = run(case.data(), ["audit", "verify"]).expect(0).stdout;
    assert!(audit.contains("1 receipt of the law before"), "{audit}");
    let logged = run(case.data(), ["audit", "show", "--action", "receipt.imported", "--json"]).expect(0).stdout;
    assert!(logged.lines().count() == 1 && logged.contains(ID) && !logged.contains("Trần"), "{logged}");
}

#[test]
fn a_pdf_is_the_receipt_that_it_is_said_to_be() {
    let case = Case::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf");
    let pdf = case.inbox.path().join("b.pdf");
    let key = format!("{UNIT}.seal");
    let names = [sample.display().to_string(), pdf.display().to_string()];
    run(case.data(), ["sign", &names[0], "-o", &names[1], "--key-id", &key]).expect(0);
    let signed_pdf = std::fs::read(&pdf).unwrap();
    case.refuses("b.pdf", &signed_pdf, &[], "does not say which receipt it is");
    case.refuses("b.pdf", &signed_pdf, &["--number", ID], "needs its date and total");
    let all = ["--number", ID, "--date", "2026-03-05", "--total", "20000"];
    case.refuses("b.pdf", &signed_pdf, &["--number", ID, "--date", "2026-07-01", "--total", "1"], "the law of today");
    case.refuses("c.pdf", std::fs::read(&sample).unwrap(), &all, "it has no signature");
    assert_eq!(case.import(&pdf, &all).expect(0).json()["verdict"], "TOTAL-PASSED");
    // its XML comes later, and must say the same
    let xml = signed(&case.office, "0000007");
    let joined = case.import(&case.file("x.xml", &xml), &[]).expect(0).json();
    assert_eq!(joined["files"].as_array().unwrap().len(), 2, "{joined}");
    // and what only it says is found from then on
    assert_eq!(joined["body"], "UBND huyện Cũ");
    assert!(run(case.data(), ["receipt", "imported", "--payer", "062090001234"]).expect(0).stdout.contains(ID));
    // a rendering nobody signed, beside a signed XML of the same name
    case.file("d.xml", signed(&case.office, "8"));
    let rendering = case.file("d.pdf", std::fs::read(&sample).unwrap());
    let both = case.import(&rendering, &[&case.inbox.path().join("d.xml").display().to_string()]).expect(0);
    let last = both.json();
    assert_eq!((&last["id"], &last["verdict"]), (&json!("01BLP0-001/AA-26E/0000008"), &json!("NO-SIGNATURE")));
    // another file for the same receipt
    case.refuses("y.xml", signed(&case.office, "0000007"), &[], "another XML of the receipt");
    run(case.data(), ["audit", "verify"]).expect(0);
}

#[test]
fn hostile_files_are_refused_with_the_reason() {
    let case = Case::new();
    let xml = signed(&case.office, "0000007");
    let data = &xml[xml.find("<DLBLai").unwrap()..xml.find("<DSCKS>").unwrap()];
    let forged = data.replace("20000", "90000").replace("Id=\"data\"", "Id=\"other\"");
    let wrapped = xml.replacen(data, &forged, 1).replacen("</BLai>", &format!("<Cu>{data}</Cu></BLai>"), 1);
    for (bytes, words) in [
        (xml.replacen("<BLai>", "<!DOCTYPE BLai><BLai>", 1), "document type declaration"),
        (xml.replacen("<BLai>", "<!DOCTYPE BLai [<!ENTITY a \"b\">]><BLai>", 1), "document type declaration"),
        (xml.replace("<BLai>", "<HDon>").replace("</BLai>", "</HDon>"), "HDon, not BLai"),
        (xml.replacen(data, &format!("{data}{data}"), 1), "second DLBLai"),
        (xml.replacen("20000", "90000", 1), "not as it was signed"),
        (wrapped.clone(), "not as it was signed"),
        (wrapped.replacen("URI=\"\"", "URI=\"#data\"", 1), "does not cover what the receipt says"),
        (unsigned("0000007"), "it has no signature"),
        (xml.replacen("01BLP0-001", "EBL01", 1), "the number of a receipt"),
        (xml[..xml.len() / 2].to_owned(), "not well-formed"),
    ] {
        case.refuses("h.xml", bytes, &[], words);
    }
    case.refuses("h.xml", &xml, &["--number", "01BLP0-001/AA-26E/0000009"], "it is 01BLP0-001/AA-26E/0000007");
    case.refuses("large.xml", format!("<BLai>{}</BLai>", " ".repeat(17 << 20)), &[], "more than the limit of 16777216");
    case.refuses("larger.xml", vec![b' '; 65 << 20], &[], "it is larger than 67108864 bytes");
    assert_eq!(run(case.data(), ["receipt", "imported"]).expect(0).stdout, "");
    run(case.data(), ["audit", "verify"]).expect(0);
}

#[test]
fn it_is_taken_in_and_shown_over_http() {
    let case = Case::new();
    let (officer, auditor) = (case.office.token(Role::Officer), case.office.token(Role::Auditor));
    let xml = signed(&case.office, "0000007");
    let server = case.office.serve();
    let path = "/api/v1/legacy-receipts";
    let post = |token: &str| server.post(path).token(token).body("application/xml", xml.as_bytes()).send();
    assert_eq!(post(auditor).problem(403), "auth.role");
    let taken = post(officer).expect(201);
    assert_eq!(taken.header("location"), Some(format!("{path}/{ID}").as_str()));
    let view = taken.json();
    assert_eq!(post(officer).expect(200).json(), view);
    let masked = server.get(&format!("{path}/{ID}")).token(auditor).send().expect(200).json();
    assert_eq!(
        (&masked["payer"]["name"], &masked["files"][0]["verdict_now"]),
        (&json!("T** T** B**"), &json!("TOTAL-PASSED"))
    );
    let bytes = server.get(&format!("{path}/{ID}.xml")).token(auditor).send().expect(200).body;
    assert_eq!(bytes, xml.as_bytes());
    server.get(&format!("{path}/{ID}.pdf")).token(auditor).send().problem(404);
    server.get(&format!("{path}/{ID}")).token(case.office.other_token(Role::Auditor)).send().problem(404);
    server.get(&format!("{path}/EBL01/26TAA/1")).token(auditor).send().problem(404);
    let found = |query: &str| {
        let found = server.get(&format!("{path}?{query}")).token(officer).send().expect(200).json();
        found["items"].as_array().map(Vec::len)
    };
    assert_eq!((found("payer=062090001234&limit=1"), found("amount=1")), (Some(1), Some(0)));
    // not among those that are issued here
    let issued = server.get("/api/v1/receipts").token(officer).send().expect(200).json();
    assert_eq!(issued["items"], json!([]));
    server.get(&format!("/api/v1/receipts/{ID}")).token(officer).send().problem(404);
    assert_eq!(
        server.post(path).token(officer).body("application/xml", b"<!DOCTYPE a><a/>").send().problem(422),
        "xml.unreadable"
    );
    let page = |lang: &str| {
        server.get(&format!("/v/{}?lang={lang}", view["code"].as_str().unwrap())).send().expect(200).text()
    };
    let (vietnamese, english) = (page("vi"), page("en"));
    assert!(vietnamese.contains("Nghị định 123/2020/NĐ-CP") && vietnamese.contains("UBND huyện Cũ"), "{vietnamese}");
    assert!(english.contains("A receipt of the law before") && english.contains("20.000 đ"), "{english}");
    assert!(!vietnamese.contains("Trần") && !english.contains("Trần"));
}

#[tokio::test]
async fn what_is_changed_of_it_is_found() {
    let case = tokio::task::spawn_blocking(|| {
        let case = Case::new();
        let xml = signed(&case.office, "0000007");
        case.import(&case.file("a.xml", xml), &[]).expect(0);
        case
    });
    let case = case.await.unwrap();
    for (statement, words) in [
        ("UPDATE legacy_receipt SET total = 1", "the total in the database is not that of the XML"),
        ("UPDATE legacy_receipt SET date = '2026-03-06'", "the date in the database is not that of the XML"),
        ("UPDATE legacy_file SET sha256 = zeroblob(32)", "is about something else"),
        ("UPDATE legacy_file SET log_index = 0", "is about something else"),
        (
            "UPDATE legacy_file SET verdict = 'TOTAL-FAILED'",
            "or what was found when it came in is not as the log records it",
        ),
        ("DELETE FROM legacy_file", "the log records 1 files of receipts of the law before, the database has 0"),
    ] {
        let changed = case.inbox.path().join("changed");
        copy(case.data(), &changed);
        change(&changed, statement).await;
        let found = run(&changed, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains(words), "{statement}: {found}");
    }
}
