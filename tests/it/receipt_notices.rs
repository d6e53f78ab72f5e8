//! Errors of receipts notified on form 04/SS-CTĐT: a signed XML and a signed PDF of their own, sent, shown, written out, audited.

use crate::audit_receipts::{change, copy};
use crate::office::{Office, UNIT};
use crate::program::{command, finish, run};
use crate::verapdf::assert_conforms;
use crate::xml_signature::{assert_valid, assert_xmlsec1_trusts, has};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::process::Command;

const REASON: &str = "Sai địa chỉ: “Thôn 2” đúng là “Thôn 3” & <tổ 4>";

/// A receipt with one notice, given on the command line; and its number.
fn notified(office: &Office) -> (Value, String) {
    let data = office.folder.path();
    let file = data.join("request.json").display().to_string();
    std::fs::write(&file, office.receipt_request(2_000).to_string()).unwrap();
    let id = run(data, ["receipt", "issue", "--json", &file]).expect(0).json()["id"].as_str().unwrap().to_owned();
    (run(data, ["receipt", "notify", &id, "--reason", REASON, "--json"]).expect(0).json(), id)
}

#[test]
fn a_notice_is_a_signed_paper_of_its_own() {
    let office = Office::new();
    let data = office.folder.path();
    let path = |name: &str| data.join(name);
    let file = |name: &str| path(name).display().to_string();
    let (told, id) = notified(&office);
    assert_eq!((&told["state"], &told["notices"][0]["reason"]), (&json!("issued"), &json!(REASON)), "{told}");
    let paper = &told["notices"][0]["paper"];
    assert_eq!(paper["nth"], json!(1));
    let shown = run(data, ["receipt", "show", &id]).expect(0).stdout;
    assert!(shown.contains(REASON) && shown.contains("04/SS-CTĐT, --notice 1"), "{shown}");
    let export = ["receipt", "export", &id, "--notice", "1", "--pdf", &file("n.pdf"), "--xml", &file("n.xml")];
    run(data, export).expect(0);
    run(data, export).expect(73);
    let missing = run(data, ["receipt", "export", &id, "--notice", "2", "--pdf", &file("m.pdf")]).expect(66);
    assert!(missing.error_line().contains("không có thông báo sai sót thứ 2"), "{missing:?}");
    run(data, ["receipt", "export", &id, "--notice", "1", "--copy", &file("m.pdf")]).expect(64);
    for (name, sha256) in [("n.xml", &paper["xml_sha256"]), ("n.pdf", &paper["pdf_sha256"])] {
        assert_eq!(json!(hex::encode(dauson::digest::sha256(&std::fs::read(path(name)).unwrap()))), *sha256, "{name}");
    }
    let xml = std::fs::read_to_string(path("n.xml")).unwrap();
    assert!(xml.contains("<MSo>04/SS-CTĐT</MSo>") && xml.contains("<TTien>6000</TTien><LTBao>1</LTBao>"), "{xml}");
    assert!(!xml.contains("Nguyễn Văn A"), "{xml}");
    if has("xmllint") {
        assert_valid(&[path("n.xml")], &tempfile::tempdir().unwrap());
    }
    if has("xmlsec1") {
        assert_xmlsec1_trusts(&[path("n.xml")], &office.root);
    }
    let root = office.root.display().to_string();
    let key = run(data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned();
    for name in ["n.xml", "n.pdf"] {
        let report = run(data, ["verify", "--json", "--trust", &root, "--log-key", &key, &file(name)]).expect(0).json();
        assert_eq!(report["signatures"][0]["log"]["status"], "proven", "{report}");
    }
    assert_conforms("3b", &[path("n.pdf")]);
    if has("pdftotext") {
        let output = Command::new("pdftotext").args(["-raw", &file("n.pdf"), "-"]).output().unwrap();
        let text: String = String::from_utf8(output.stdout).unwrap().split_whitespace().collect();
        for words in ["THÔNG BÁO CHỨNG TỪ ĐIỆN TỬ CÓ SAI SÓT", "Mẫu số: 04/SS-CTĐT", REASON, "6.000", "6109999990"]
        {
            assert!(text.contains(&words.split_whitespace().collect::<String>()), "{words}: {text}");
        }
    }
    // the tax office gets it
    let mut send = command(data);
    send.env("DAUSON_RECEIPTS_TAX_OFFICE_FOLDER", file("drop")).args(["receipt", "send"]);
    let sent = finish(send.spawn().unwrap()).expect(0);
    assert!(sent.stdout.contains(&format!("{id}/1  sent")), "{sent:?}");
    let dropped = path("drop").join(format!("04-SS-CTDT-{}-1.xml", id.replace('/', "-")));
    assert_eq!(std::fs::read_to_string(dropped).unwrap(), xml);
    let listed = run(data, ["receipt", "sent", "--unit", UNIT]).expect(0).stdout;
    assert!(listed.contains(&format!("notice  {id}/1  sent")), "{listed}");
    // and over HTTP, the next one
    let server = office.serve();
    let at = format!("/api/v1/receipts/{id}");
    let post = |reason: &str| {
        let body = json!({ "reason": reason });
        server.post(&format!("{at}/notify")).token(office.token(Role::Officer)).json(&body).send()
    };
    assert_eq!(post("Sai tên 😀").problem(422), "receipt.reason");
    let second = post("Sai tên").expect(200).json();
    assert_eq!(second["notices"][1]["paper"]["nth"], json!(2), "{second}");
    let get = |path: &str| server.get(&format!("{at}/notices/{path}")).token(office.token(Role::Auditor)).send();
    assert_eq!(get("1?format=xml").expect(200).text(), xml);
    let pdf = get("2").expect(200);
    assert!(pdf.body.starts_with(b"%PDF-") && pdf.header("content-type") == Some("application/pdf"));
    assert_eq!([get("3").problem(404), get("0").problem(404)], ["receipt.no_notice", "receipt.no_notice"]);
    get("x").problem(404);
    let other = server.get(&format!("{at}/notices/1")).token(office.other_token(Role::Auditor)).send();
    assert_eq!(other.problem(404), "receipt.not_found");
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn without_a_key_nothing_is_notified() {
    let office = Office::new();
    let data = office.folder.path();
    let (_, id) = notified(&office);
    let before = run(data, ["audit", "verify"]).expect(0).stdout;
    run(data, ["key", "stop", &format!("{UNIT}.receipt"), "--reason", "mất"]).expect(0);
    run(data, ["receipt", "notify", &id, "--reason", "Sai tên"]).expect(77);
    let shown = run(data, ["receipt", "show", &id, "--json"]).expect(0).json();
    assert_eq!(shown["notices"].as_array().map(Vec::len), Some(1));
    assert_ne!(run(data, ["audit", "verify"]).expect(0).stdout, before, "only that the key was stopped");
}

#[tokio::test]
async fn what_is_changed_in_a_notice_is_found() {
    let (office, paper) = tokio::task::spawn_blocking(|| {
        let office = Office::new();
        let (told, _) = notified(&office);
        run(office.folder.path(), ["audit", "verify"]).expect(0);
        (office, told["notices"][0]["paper"].clone())
    })
    .await
    .unwrap();
    let changed = office.folder.path().with_extension("changed");
    for (statement, words) in [
        ("UPDATE receipt SET notices = json_remove(notices, '$[0].paper')", "the log records 1 notices of errors"),
        ("UPDATE receipt SET notices = '[]'", "the log records 1 notices of errors"),
        ("UPDATE receipt SET notices = json_set(notices, '$[0].reason', 'khác')", "it says something else"),
        ("UPDATE receipt SET notices = json_set(notices, '$[0].paper.log_index', 1)", "is about something else"),
        (
            "UPDATE receipt SET notices = json_set(notices, '$[0].paper.xml_sha256', lower(hex(xml_sha256)))",
            "its signature is not the one that the log records",
        ),
        (
            "UPDATE receipt SET notices = json_set(notices, '$[0].paper.pdf_sha256', lower(hex(pdf_sha256)))",
            "does not have the signature that log entry",
        ),
        (
            "UPDATE receipt SET notices = json_set(notices, '$[0].paper.pdf_sha256', lower(hex(zeroblob(32))))",
            "its PDF is not in the store",
        ),
    ] {
        copy(office.folder.path(), &changed);
        change(&changed, statement).await;
        let found = run(&changed, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains(words), "{statement}: {found}");
    }
    for (file, words) in
        [("xml_sha256", "its notice 1 was changed in the store"), ("pdf_sha256", "its PDF was changed in the store")]
    {
        copy(office.folder.path(), &changed);
        crate::receipt_papers::damage(&changed, paper[file].as_str().unwrap());
        let found = run(&changed, ["audit", "verify"]).expect(1).stdout;
        assert!(found.contains(words), "{found}");
    }
    std::fs::remove_dir_all(&changed).unwrap();
}
