//! What somebody with write access to the data folder can change of receipts is named by the audit; what a receipt has become is told to
//! whoever checks it.

use crate::office::Office;
use crate::program::run;
use dauson::people::permissions::Role;
use std::path::Path;

/// Copies the data folder, so that each case begins with an honest one.
pub fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub async fn change(data: &Path, statement: &'static str) {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    let done = sqlx::query(statement).execute(&pool).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{statement}");
    pool.close().await;
}

/// A file with the token of the unit's chief accountant.
pub fn accountant_token(office: &Office) -> String {
    let file = office.folder.path().join("accountant.token");
    std::fs::write(&file, format!("{}\n", office.token(Role::Accountant))).unwrap();
    file.display().to_string()
}

/// Four receipts: one in force, one replaced by another, one voided; and the series closed.
pub fn issued(office: &Office) -> std::path::PathBuf {
    let data = office.folder.path();
    let request = data.join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    let request = request.display().to_string();
    let id = |number: u32| format!("{}/{number:08}", office.series);
    for _ in 0..3 {
        run(data, ["receipt", "issue", &request]).expect(0);
    }
    run(data, ["receipt", "replace", &id(2), &request, "--reason", "Sai số tiền"]).expect(0);
    let token = accountant_token(office);
    run(data, ["receipt", "cancel", &id(3), "--reason", "Hoàn tiền", "--approval-token-file", &token]).expect(0);
    run(data, ["receipt", "series", "close", &office.series]).expect(0);
    data.to_owned()
}

#[tokio::test]
async fn each_change_in_the_database_is_named() {
    let office = Office::new();
    let data = issued(&office);
    run(&data, ["audit", "verify"]).expect(0);
    let key = run(&data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned();
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    for (statement, named) in [
        ("UPDATE receipt SET total = 99000 WHERE number = 1", "its total in the database"),
        ("UPDATE receipt SET date = '2026-01-02' WHERE number = 1", "its date in the database"),
        ("UPDATE receipt SET code = 'abc' WHERE number = 1", "its code in the database"),
        ("UPDATE receipt SET reason = 'khác' WHERE number = 3", "its reason is not the one"),
        ("UPDATE receipt SET state = 'issued' WHERE number = 3", "the database has it as issued, the log as voided"),
        ("UPDATE receipt SET replaced_by = NULL WHERE number = 2", "the log as replaced"),
        ("DELETE FROM receipt WHERE number = 4", "it is not in the database"),
        ("UPDATE series SET is_open = 1 WHERE symbol LIKE '%AA'", "the database has it as open, the log as closed"),
        ("UPDATE series SET next = 9 WHERE symbol LIKE '%AA'", "the next number is 9"),
    ] {
        copy(&data, &tampered);
        change(&tampered, statement).await;
        // with nothing but the log's key, as an auditor has it
        std::fs::remove_file(tampered.join("master.key")).unwrap();
        let ran = run(&tampered, ["audit", "verify", "--log-key", &key]).expect(1);
        assert!(ran.stdout.contains(named), "{statement}: {ran:?}");
    }
    // without its master key a folder in use is not given another one
    run(&tampered, ["audit", "verify"]).expect(77).error_line();
    assert!(!tampered.join("master.key").exists());
}

/// What reports are made from, who acted, who paid, units and tokens: each is held against the signed XML or the log.
#[tokio::test]
async fn what_reports_count_and_who_did_it_is_held_against_xml_and_log() {
    let office = Office::new();
    let data = office.folder.path().to_owned();
    let mut request = office.receipt_request(2_000);
    request["payment"] = serde_json::json!({"method": "transfer", "reference": "FT-1"});
    request["dossier"] = "H-1".into();
    let file = data.join("request.json").display().to_string();
    std::fs::write(&file, request.to_string()).unwrap();
    let id = |number: u32| format!("{}/{number:08}", office.series);
    run(&data, ["receipt", "issue", &file]).expect(0);
    // the one that replaces it is for the same payment, without saying so
    request["payment"] = serde_json::json!({"method": "transfer"});
    request["payer"]["name"] = "Trần Thị B".into();
    std::fs::write(&file, request.to_string()).unwrap();
    run(&data, ["receipt", "replace", &id(1), &file, "--reason", "Sai tên"]).expect(0);
    run(&data, ["receipt", "notify", &id(2), "--reason", "Sai địa chỉ"]).expect(0);
    let logo = data.join("logo.png").display().to_string();
    std::fs::write(&logo, crate::receipt_papers::png(16, 12, png::ColorType::Rgba)).unwrap();
    run(&data, ["unit", "put", crate::office::UNIT, "--logo", &logo]).expect(0);
    run(&data, ["unit", "put", crate::office::UNIT, "--address", "Thôn 3"]).expect(0);
    run(&data, ["audit", "verify"]).expect(0);
    let key = run(&data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned();
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    copy(&data, &tampered);
    // whether it is seen with the log's key alone
    let changes = [
        (
            "UPDATE collected SET method = 'cash' WHERE number = 2",
            true,
            "00000002, line 1: reports count the way of payment cash, the receipt's is transfer",
        ),
        (
            "UPDATE collected SET name = 'Khác' WHERE number = 1",
            true,
            "00000001, line 1: reports count the name Khác, the receipt's is Phí chứng thực bản sao",
        ),
        (
            "UPDATE collected SET cashier = 'local:x' WHERE number = 2",
            false,
            "00000002, line 1: reports count it for the cashier local:x, the log for somebody else",
        ),
        (
            "UPDATE receipt_event SET actor = 'local:x' WHERE kind = 'notified'",
            false,
            "reports have it done by local:x, the log by somebody else",
        ),
        (
            "UPDATE receipt_event SET reason = 'khác' WHERE kind = 'notified'",
            true,
            "its reason for reports, \"khác\", is not the one",
        ),
        (
            "UPDATE receipt_event SET day = '2020-01-01' WHERE kind = 'issued' AND number = 2",
            true,
            "issued on 2020-01-01: the log has it on",
        ),
        (
            "DELETE FROM receipt_event WHERE kind = 'replaced'",
            true,
            "00000001: what happened to it for reports is issued, in the log issued, replaced",
        ),
        (
            "INSERT INTO receipt_event SELECT 99, unit, day, kind, form, symbol, 99, actor, reason FROM receipt_event WHERE number = 1",
            true,
            "00000099: there are lines or events of it for reports",
        ),
        (
            "UPDATE receipt SET reference = 'FT-9', payment = 'ft-9' WHERE number = 1",
            true,
            "00000001: its payment reference in the database is FT-9, that of its signed XML is FT-1",
        ),
        (
            "UPDATE receipt SET payment = 'ft-8' WHERE number = 2",
            true,
            "00000002: what its payment is known by in the database is \"ft-8\"",
        ),
        (
            "UPDATE receipt SET dossier = NULL WHERE number = 2",
            true,
            "00000002: its dossier in the database is none, that of its signed XML is H-1",
        ),
        (
            "UPDATE receipt SET payer = (SELECT payer FROM receipt WHERE number = 1) WHERE number = 2",
            false,
            "00000002: who paid cannot be read",
        ),
        ("UPDATE receipt SET payer_name = x'00' WHERE number = 1", false, "00000001: the payer's name is not found by"),
        (
            "DELETE FROM payer_word WHERE of_number = 1 AND word = (SELECT max(word) FROM payer_word WHERE of_number = 1)",
            false,
            "00000001: the payer's name is not found by",
        ),
        (
            "UPDATE unit SET tax_code = '0102357802' WHERE id = 'xa-son-mau'",
            true,
            "unit xa-son-mau: its name, tax code (0102357802)",
        ),
        ("UPDATE unit SET logo = NULL WHERE id = 'xa-son-mau'", true, "unit xa-son-mau: its logo is not the one"),
        (
            "UPDATE token SET role = 'accountant' WHERE role = 'officer' AND unit = 'xa-khac'",
            true,
            "its role in the database is accountant, in the log officer",
        ),
        (
            "UPDATE token SET expires = '2099-01-01T00:00:00Z' WHERE role = 'leader' AND unit = 'xa-khac'",
            false,
            "its secret, name, role, key or expiry is not as",
        ),
        (
            "UPDATE token SET revoked = created WHERE role = 'auditor' AND unit = 'xa-khac'",
            true,
            "the database has it as revoked, the log as in force",
        ),
        (
            "DELETE FROM token WHERE role = 'accountant' AND unit = 'xa-son-mau'",
            true,
            "the log has it, and it is not so in the database",
        ),
    ];
    for (statement, ..) in changes {
        change(&tampered, statement).await;
    }
    let seen = run(&tampered, ["audit", "verify"]).expect(1).stdout;
    std::fs::remove_file(tampered.join("master.key")).unwrap();
    let seen_without = run(&tampered, ["audit", "verify", "--log-key", &key]).expect(1).stdout;
    for (statement, always, named) in changes {
        assert!(seen.contains(named), "{statement}: {seen}");
        assert!(!always || seen_without.contains(named), "{statement}: {seen_without}");
    }
    assert!(!seen.contains("Trần") && !seen.contains("Nguyễn"), "{seen}");
}

#[tokio::test]
async fn a_log_that_was_cut_back_does_not_fit_a_checkpoint_that_was_kept() {
    let office = Office::new();
    let data = issued(&office);
    let work = tempfile::tempdir().unwrap();
    let kept = work.path().join("kept.txt").display().to_string();
    std::fs::write(&kept, run(&data, ["audit", "checkpoint"]).expect(0).stdout).unwrap();
    run(&data, ["audit", "verify", "--checkpoint", &kept]).expect(0);
    run(&data, ["token", "create", "--name", "x", "--unit", crate::office::UNIT, "--role", "auditor"]).expect(0);
    run(&data, ["audit", "verify", "--checkpoint", &kept]).expect(0);
    // another office's log
    let other = Office::new();
    run(other.folder.path(), ["audit", "verify", "--checkpoint", &kept]).expect(65).error_line();
    // the log of an earlier day, as whole as it was then
    let earlier = work.path().join("earlier");
    copy(&data, &earlier);
    let now = work.path().join("now.txt").display().to_string();
    run(&data, ["token", "create", "--name", "y", "--unit", crate::office::UNIT, "--role", "auditor"]).expect(0);
    std::fs::write(&now, run(&data, ["audit", "checkpoint"]).expect(0).stdout).unwrap();
    run(&earlier, ["audit", "verify"]).expect(0);
    let ran = run(&earlier, ["audit", "verify", "--checkpoint", &now]).expect(1);
    assert!(ran.stdout.contains("it was cut short"), "{ran:?}");
}

#[test]
fn a_folder_that_is_not_there_is_a_mistake() {
    let work = tempfile::tempdir().unwrap();
    let missing = work.path().join("missing");
    for arguments in
        [&["audit", "verify"][..], &["audit", "checkpoint"], &["receipt", "series", "list"], &["key", "list"]]
    {
        run(&missing, arguments).expect(66).error_line();
    }
    assert!(!missing.exists());
}

#[test]
fn who_checks_a_file_learns_what_has_become_of_the_receipt() {
    let office = Office::new();
    let data = issued(&office);
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name).display().to_string();
    let id = |number: u32| format!("{}/{number:08}", office.series);
    for (number, code) in [(1, None), (2, Some("RECEIPT_REPLACED")), (3, Some("RECEIPT_VOIDED")), (4, None)] {
        let (xml, pdf) = (path("r.xml"), path("r.pdf"));
        run(&data, ["receipt", "export", &id(number), "--xml", &xml, "--pdf", &pdf, "--force"]).expect(0);
        for file in [&xml, &pdf] {
            let report = run(&data, ["verify", "--json", file]).expect(0).json();
            assert_eq!(report["warnings"][0]["code"].as_str(), code, "{number}: {report}");
            let told = run(&data, ["verify", file]).expect(0).stdout;
            assert_eq!(told.starts_with("NO LONGER IN FORCE"), code.is_some(), "{told}");
        }
    }
    // a copy has no signature of its own, and carries the one of its XML
    let (copy, root) = (path("copy.pdf"), office.root.display().to_string());
    for (number, state) in [(1, "issued"), (3, "voided")] {
        run(&data, ["receipt", "export", &id(number), "--copy", &copy, "--paper", "a4", "--force"]).expect(0);
        let report = run(&data, ["verify", "--json", &copy, "--trust", &root]).expect(3).json();
        assert_eq!((&report["kind"], &report["verdict"]), (&"pdf".into(), &"NO-SIGNATURE".into()), "{report}");
        assert_eq!(report["warnings"][0]["code"], "RECEIPT_COPY", "{report}");
        let said = report["warnings"][0]["message"].as_str().unwrap();
        assert!(said.contains("TOTAL-PASSED") && said.contains(&id(number)) && said.contains("6000 dong"), "{said}");
        assert_eq!((&report["receipt"]["state"], &report["receipt"]["total"]), (&state.into(), &6_000.into()));
    }
    let csv = path("all.csv");
    run(&data, ["verify", &copy, "--trust", &root, "--csv", &csv]).expect(3);
    let rows = std::fs::read_to_string(&csv).unwrap();
    assert!(rows.trim_end().ends_with(&format!("{},6000,voided", id(3))), "{rows}");
    let mut command = crate::program::command(&data);
    command.env("LANG", "vi_VN.UTF-8").args(["verify", &copy, "--trust", &root]);
    let told = crate::program::finish(command.spawn().unwrap()).expect(3).stdout;
    assert!(told.contains("Biên lai đã bị hủy.") && told.contains("bản thể hiện lại"), "{told}");
    assert!(!told.lines().next().unwrap().contains("voided"), "{told}");
    // on a machine that has no data folder
    let elsewhere = work.path().join("elsewhere");
    let report =
        run(&elsewhere, ["verify", "--json", &copy, "--trust", &root, "--revocation", "if-available"]).expect(3).json();
    assert!(report["warnings"].to_string().contains("RECEIPT_COPY"), "{report}");
    // a file that was changed in the store is not handed out
    let view = run(&data, ["receipt", "show", &id(1), "--json"]).expect(0).json();
    let digest = view["pdf_sha256"].as_str().unwrap().to_owned();
    let blob = data.join("blobs").join(&digest[..2]).join(&digest[2..]);
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes.push(b' ');
    std::fs::write(&blob, bytes).unwrap();
    run(&data, ["receipt", "export", &id(1), "--pdf", &path("new.pdf")]).expect(65).error_line();
    assert!(!work.path().join("new.pdf").exists());
}

#[test]
fn a_unit_keeps_what_is_not_given_and_signs_with_its_own_certificate() {
    let office = Office::new();
    let data = office.folder.path();
    run(data, ["unit", "put", crate::office::UNIT, "--address", "Thôn 9"]).expect(0);
    let listed = run(data, ["unit", "list", "--json"]).expect(0).stdout;
    let unit = listed.lines().find(|l| l.contains(crate::office::UNIT)).unwrap();
    let unit: serde_json::Value = serde_json::from_str(unit).unwrap();
    assert_eq!(unit["address"], "Thôn 9");
    assert_eq!(unit["receipt_key"], format!("{}.receipt", crate::office::UNIT));
    run(data, ["unit", "put", "new", "--name", "Mới"]).expect(64).error_line();
    run(data, ["unit", "put", "new", "--name", "Mới", "--address", "A", "--tax-code", "61"]).expect(64).error_line();
    let make = ["unit", "put", "new", "--name", "Mới", "--address", "A", "--tax-code", "0102357802"];
    run(data, make).expect(0);
    let key = format!("{}.receipt", crate::office::UNIT);
    run(data, ["unit", "put", "new", "--receipt-key", &key]).expect(77).error_line();
}

/// A value that nothing can be made of is named with what it belongs to, and everything else is looked at all the same.
#[tokio::test]
async fn a_value_that_cannot_be_read_silences_nothing_else() {
    let office = Office::new();
    let (data, request) = (office.folder.path(), office.folder.path().join("request.json"));
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    run(data, ["receipt", "issue", request.to_str().unwrap()]).expect(0);
    run(data, ["audit", "verify"]).expect(0);
    change(data, "UPDATE receipt SET total = 1 WHERE number = 1").await;
    change(data, "UPDATE unit SET closed = 'x' WHERE id = 'xa-khac'").await;
    let ran = run(data, ["audit", "verify", "--json"]).expect(1).json();
    let named = ran["named"].to_string();
    assert!(named.contains("units and tokens: ") && named.contains("/00000001"), "{ran}");
}
