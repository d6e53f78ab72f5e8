//! What somebody with write access to the data folder can change of receipts is named by the audit; what a receipt has become is told to
//! whoever checks it.

use crate::office::Office;
use crate::program::run;
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
    run(data, ["receipt", "cancel", &id(3), "--reason", "Hoàn tiền", "--approved-by", "kế toán"]).expect(0);
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
