//! What somebody with nothing but SQL changes, removes or adds in the database is named by the audit, table by table: rows that security
//! decisions and reports are made from, the schema, and what an earlier audit has left unread.

use crate::audit_receipts::{copy, issued};
use crate::auditing::append;
use crate::byzantine::{rebuild, rebuild_by};
use crate::key_pins::in_database;
use crate::office::{Office, UNIT};
use crate::program::{command, finish, run};
use crate::server::sample_pdf;
use dauson::people::permissions::Role;
use dauson::tlog::Signer;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use std::path::{Path, PathBuf};

/// Runs statements as whoever can write to the file: without SQLite's own checks.
fn tamper(data: &Path, statements: impl IntoIterator<Item = &'static str>) {
    let options = SqliteConnectOptions::new().filename(data.join("dauson.db")).foreign_keys(false);
    in_runtime(async {
        let pool = SqlitePool::connect_with(options).await.unwrap();
        for statement in statements {
            let done = sqlx::query(statement).execute(&pool).await.unwrap();
            let is_of_rows = !["CREATE", "DROP"].iter().any(|word| statement.starts_with(word));
            assert!(!is_of_rows || done.rows_affected() > 0, "{statement}");
        }
        pool.close().await;
    });
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A folder in which something of every kind was done.
fn lived_in(office: &Office) -> PathBuf {
    let data = issued(office);
    let does = |arguments: &[&str]| run(&data, arguments).expect(0);
    let other = office.other_series.as_str();
    let range = ["receipt", "range", "delegate", other, "--to", UNIT, "--first", "5", "--last", "9"];
    does(&range);
    does(&["user", "add", "mau", "--name", "Nguyễn Thị Mẫu", "--unit", UNIT]);
    does(&["user", "office", "mau", "--unit", UNIT, "--role", "clerk", "--title", "Văn thư"]);
    does(&["key", "stop", "xa-khac.leader", "--reason", "mất máy"]);
    let server = office.serve();
    let (clerk, officer) = (office.token(Role::Clerk), office.other_token(Role::Officer));
    let mut request = office.receipt_request(2_000);
    request["series"] = other.into();
    let issue = server.post("/api/v1/receipts").token(officer).header("idempotency-key", "k-1").json(&request);
    issue.send().expect(201);
    for _ in 0..2 {
        let stored = server.post("/api/v1/documents").token(clerk).pdf(&sample_pdf()).send().expect(201);
        let id = stored.json()["id"].as_str().unwrap().to_owned();
        let sign = server.post(&format!("/api/v1/documents/{id}/sign")).token(clerk).json(&json!({"level": "B-B"}));
        sign.send().expect(200);
    }
    drop(server);
    does(&["receipt", "shift", "close", "--counted", "0", "--unit", UNIT]);
    let today = time::OffsetDateTime::now_utc().to_offset(time::UtcOffset::from_hms(7, 0, 0).unwrap()).date();
    let (today, xml) = (today.to_string(), data.join("day.xml").display().to_string());
    does(&["receipt", "report", "--unit", UNIT, "--form", "01-TH-BLDT", "--date", &today, "--xml", &xml]);
    data
}

/// What was done, and what the audit says of it, in English and in Vietnamese.
type Cases = &'static [(&'static str, &'static str, &'static str)];

/// One row of each kind changed; another one removed; one added.
const CHANGED: Cases = &[
    (
        "UPDATE series SET last = 50 WHERE symbol LIKE '%AA'",
        "TAA: its unit, last number, channel, registration, or when it was opened or closed is not as the log records it",
        "TAA: đơn vị, số cuối, kênh thu, thông tin đăng ký, hoặc việc mở và đóng không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE series SET channel = 'portal' WHERE symbol LIKE '%BB'",
        "TBB: its unit, last number, channel",
        "dải biên lai EBL01/",
    ),
    (
        "UPDATE series_range SET delegate = 'xa-khac'",
        "TBB/00000005: its last number, its delegate",
        "khoảng số ủy quyền từ EBL01/",
    ),
    (
        "UPDATE key_control SET stopped = NULL, reason = NULL WHERE key = 'xa-khac.leader'",
        "signing key xa-khac.leader: its unit, certificate, PIN, custodians, quota, or whether it was stopped, replaced or destroyed is not as the log records it",
        "khóa ký xa-khac.leader: đơn vị, chứng thư số, mã PIN, người giữ khóa, hạn mức, hoặc việc dừng, thay, hủy khóa không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE signing_key SET unit = 'xa-khac' WHERE id = 'xa-son-mau.seal'",
        "signing key xa-son-mau.seal: its unit",
        "",
    ),
    (
        "UPDATE key_control SET two_person = 1, has_pin = 1 WHERE key = 'xa-son-mau.leader'",
        "signing key xa-son-mau.leader: its unit",
        "",
    ),
    (
        "UPDATE signing_key SET certificate = (SELECT certificate FROM signing_key WHERE id = 'tsa') WHERE id = 'xa-khac.receipt'",
        "signing key xa-khac.receipt: its unit",
        "",
    ),
    (
        "UPDATE user SET sealed = x'00' WHERE login = 'mau'",
        "account mau: its name, unit, password and second factor, or whether it is disabled is not as the log records it",
        "tài khoản mau: tên, đơn vị, mật khẩu",
    ),
    (
        "UPDATE office SET role = 'leader'",
        "who holds it, its unit, role, title, key or days is not as the log records it",
        "vai trò, chức danh, khóa ký hoặc thời hạn không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE authority_ca SET signing_key = 'tsa' WHERE name = 'root'",
        "built-in CA root: its key is not as",
        "CA nội bộ root: khóa của CA",
    ),
    (
        "UPDATE authority_ca SET crl_created = '2099-01-01T00:00:00Z' WHERE name = 'issuing'",
        "built-in CA issuing: its revocation list was not made when the database says",
        "",
    ),
    (
        "UPDATE issued_certificate SET revoked = NULL, reason = NULL WHERE revoked IS NOT NULL",
        "or whether, when and why it was revoked is not as the log records it",
        "chứng thư số, hoặc việc thu hồi và lý do không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE document SET name = 'khac.pdf', unit = 'xa-khac' WHERE id = (SELECT min(id) FROM document)",
        "version 0: its unit, name, file, pages, signatures, place or time is not as the log records it",
        "bản 0: đơn vị, tên, tệp, số trang, số chữ ký, thứ tự hoặc thời điểm không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE document_version SET signatures = 9 WHERE version = 1 AND document = (SELECT min(id) FROM document)",
        "version 1: its unit, name, file, pages",
        "",
    ),
    (
        "UPDATE receipt SET idempotency_key = 'xa-khac/other' WHERE idempotency_key IS NOT NULL",
        "the request that it was issued for, its channel or its items of the state budget is not as",
        "yêu cầu đã lập biên lai, kênh thu hoặc mục lục ngân sách không đúng như nhật ký đã ghi",
    ),
    (
        "UPDATE collected SET channel = 'portal' WHERE symbol LIKE '%AA' AND number = 1",
        "00000001: the request that it was issued",
        "",
    ),
    (
        "UPDATE collected SET budget_item = '2716' WHERE symbol LIKE '%AA' AND number = 4",
        "00000004: the request that it was issued",
        "",
    ),
    ("UPDATE shift SET last_event = 1", "shift 1: its unit, cashier, time, or the last event", "ca thu 1: "),
    ("UPDATE filing SET last_event = 99", "or the last event that it tells of is not as", "bảng tổng hợp ngày "),
    (
        "INSERT INTO log_retired_key VALUES ('log.dauson/x+00000000+AQID')",
        "former key of the log log.dauson/x",
        "khóa cũ của nhật ký",
    ),
    (
        "CREATE TRIGGER quiet AFTER INSERT ON receipt BEGIN DELETE FROM token; END",
        "the database has the trigger quiet",
        "có trigger quiet",
    ),
    (
        "DROP INDEX receipt_reference",
        "the index receipt_reference is missing, or was changed",
        "index receipt_reference bị thiếu",
    ),
];

const REMOVED: Cases = &[
    (
        "DELETE FROM series_range",
        "is about delegated numbers, which is not in the database any more",
        "nói về một khoảng số ủy quyền",
    ),
    ("DELETE FROM office", "is about an office, which is not", "nói về một chức vụ, nay không còn"),
    (
        "DELETE FROM signing_key WHERE id = 'ocsp'",
        "is about a signing key, which is not",
        "nói về một khóa ký, nay không còn",
    ),
    ("DELETE FROM authority_ca WHERE name = 'root'", "is about a built-in CA, which is not", "nói về một CA nội bộ"),
    (
        "DELETE FROM issued_certificate WHERE revoked IS NOT NULL",
        "is about a certificate of a built-in CA, which is not",
        "nói về một chứng thư số do CA nội bộ cấp",
    ),
    (
        "DELETE FROM series WHERE symbol LIKE '%BB'",
        "is about a series, which is not in the database any more",
        "nói về một dải biên lai",
    ),
    (
        "DELETE FROM document_version WHERE version = 1 AND document = (SELECT max(id) FROM document)",
        "the log records 4 versions of stored documents, the database has 3",
        "nhật ký ghi 4 bản của các văn bản đã lưu, cơ sở dữ liệu có 3",
    ),
    ("DELETE FROM unit WHERE id = 'xa-khac'", "unit xa-khac: the log has it, and it is not in the database", ""),
    ("DELETE FROM filing", "the log records 1 daily reports, the database has 0", ""),
    ("DELETE FROM shift", "the log records 1 shifts, the database has 0", ""),
];

const ADDED: Cases = &[
    (
        "INSERT INTO series SELECT 'EBL02', symbol, unit, 1, is_open, created, last, channel, registration, closed, 5000 FROM series WHERE symbol LIKE '%AA'",
        "series EBL02/",
        "có trong cơ sở dữ liệu nhưng nhật ký không ghi",
    ),
    (
        "INSERT INTO series_range SELECT form, symbol, 20, 30, 20, delegate, is_open, created FROM series_range",
        "TBB/00000020: it is in the database, and the log does not have it",
        "",
    ),
    (
        "INSERT INTO office SELECT 'evil', user, unit, 'leader', title, signing_key, since, until, ended FROM office",
        "office evil: it is in the database, and the log does not have it",
        "",
    ),
    (
        "INSERT INTO user SELECT 'evil', 'evil', name, unit, created, disabled, sealed, 0, NULL, 0, NULL, NULL, NULL, NULL FROM user",
        "account evil: it is in the database, and the log does not have it",
        "",
    ),
    (
        "INSERT INTO signing_key SELECT 'evil', unit, certificate, chain, sealed, created FROM signing_key WHERE id = 'xa-son-mau.leader'",
        "signing key evil: it is in the database, and the log does not have it",
        "khóa ký evil: có trong cơ sở dữ liệu nhưng nhật ký không ghi",
    ),
    (
        "INSERT INTO authority_ca SELECT 'evil', signing_key, crl, crl_number, crl_created FROM authority_ca WHERE name = 'root'",
        "built-in CA evil: it is in",
        "",
    ),
    (
        "INSERT INTO issued_certificate SELECT ca, x'7777', certificate, revoked, reason FROM issued_certificate WHERE ca = 'issuing' LIMIT 1",
        "certificate 7777 of the built-in CA issuing: it is in",
        "chứng thư số 7777",
    ),
    (
        "INSERT INTO unit (id, name, tax_code, address, phone, account, receipt_key, parent, logo) SELECT 'xa-ma', name, tax_code, address, phone, account, receipt_key, parent, logo FROM unit WHERE id = 'xa-khac'",
        "unit xa-ma: it is in the database, and the log does not have it",
        "đơn vị xa-ma: có trong",
    ),
    (
        "INSERT INTO document_version SELECT document, 7, sha256, size, pages, signatures, log_index, created, kept FROM document_version WHERE version = 1",
        "version 7: its unit, name, file",
        "",
    ),
    (
        "INSERT INTO document_version SELECT document, 8, sha256, size, pages, signatures, NULL, created, NULL FROM document_version WHERE version = 1",
        "version 8: it is in the database, and the log does not have it",
        "",
    ),
    (
        "INSERT INTO receipt (form, symbol, number, unit, date, state, total, code, xml_sha256, pdf_sha256, log_index, log_size, request_sha256) SELECT 'EBL09', '26TZZ', 1, unit, date, 'issued', 1, 'made-up', xml_sha256, pdf_sha256, log_index, log_size, request_sha256 FROM receipt WHERE number = 1 LIMIT 1",
        "the table receipt has rows that name rows of the table series which are not there",
        "bảng receipt có dòng trỏ tới dòng không tồn tại của bảng series",
    ),
];

#[test]
fn each_table_is_held_against_the_log() {
    let office = Office::new();
    let data = lived_in(&office);
    // one of the certificates that the authority issued is revoked
    let leader = data.join("leader.der");
    std::fs::write(&leader, in_database(&data, certificate_of)).unwrap();
    run(&data, ["pki", "revoke", leader.to_str().unwrap(), "--reason", "keyCompromise"]).expect(0);
    run(&data, ["audit", "verify"]).expect(0);
    let key = run(&data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned();
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    for cases in [CHANGED, REMOVED, ADDED] {
        copy(&data, &tampered);
        tamper(&tampered, cases.iter().map(|(statement, ..)| *statement));
        // with nothing but the log's key, as an auditor has it
        std::fs::remove_file(tampered.join("master.key")).unwrap();
        let verify = ["audit", "verify", "--log-key", &key];
        let english = run(&tampered, verify).expect(1).stdout;
        let vietnamese = finish(command(&tampered).env("LANG", "vi_VN.UTF-8").args(verify).spawn().unwrap());
        let vietnamese = vietnamese.expect(1).stdout;
        for (statement, en, vi) in cases {
            assert!(english.contains(en), "{statement}\n{english}");
            assert!(vietnamese.contains(vi), "{statement}\n{vietnamese}");
        }
    }
}

async fn certificate_of(pool: &SqlitePool) -> Vec<u8> {
    sqlx::query_scalar("SELECT certificate FROM signing_key WHERE id = 'xa-khac.leader'").fetch_one(pool).await.unwrap()
}

/// Entries of programs that named no rows: what they say holds, and what they do not say is no fault.
#[test]
fn a_folder_from_before_entries_named_rows_still_verifies() {
    let office = Office::new();
    let data = lived_in(&office);
    in_runtime(rebuild(&data, |entries| {
        for entry in entries.iter_mut() {
            let entry = entry.as_object_mut().unwrap();
            entry.remove("row");
            // others in their place, so that all stay where the database says they are
            if ["document.kept", "certificate.issued", "authority.created"].contains(&entry["action"].as_str().unwrap())
            {
                *entry = json!({"action": "export.made", "time": entry["time"], "v": 1}).as_object().unwrap().clone();
            }
        }
    }));
    tamper(&data, ["UPDATE document_version SET kept = NULL"]);
    let faults = || {
        let ran = run(&data, ["audit", "verify", "--json"]);
        let all = ran.json()["named"].as_array().unwrap().clone();
        // files carry the proofs of the log that was
        all.into_iter().filter(|fault| !fault.as_str().unwrap().contains("proof")).collect::<Vec<_>>()
    };
    let left: Vec<_> = faults().into_iter().filter(|fault| !fault.to_string().contains("it was rewritten")).collect();
    assert_eq!(left, Vec::<serde_json::Value>::new());
    tamper(
        &data,
        [
            "INSERT INTO signing_key SELECT 'evil', 'xa-khac', certificate, chain, sealed, created FROM signing_key WHERE id = 'tsa'",
        ],
    );
    assert!(faults().iter().any(|fault| fault.to_string().contains("signing key evil: it is in the database")));
    // what is done from now on names its row
    run(&data, ["key", "stop", "xa-son-mau.leader", "--reason", "x"]).expect(0);
    tamper(&data, ["UPDATE key_control SET stopped = NULL WHERE key = 'xa-son-mau.leader'"]);
    assert!(faults().iter().any(|fault| fault.to_string().contains("signing key xa-son-mau.leader: its unit")));
}

/// What an audit has read earlier is not believed when the next one goes on from there.
#[test]
fn what_was_verified_earlier_and_rewritten_since_is_found() {
    let office = Office::new();
    let data = issued(&office);
    append(&data, 300);
    let work = tempfile::tempdir().unwrap();
    let state = work.path().join("state.json").display().to_string();
    let since = crate::auditing::keep(&data, &work.path().join("since.txt"));
    run(&data, ["audit", "verify", "--state", &state]).expect(0);
    let tampered = work.path().join("data");
    for (statements, named) in [
        (
            // a voided receipt counts again: its entry is not found, or says something else
            [
                "UPDATE log_entry SET receipt = NULL WHERE instr(CAST(entry AS TEXT), 'receipt.voided')",
                "UPDATE receipt SET state = 'issued', reason = NULL, void_request = NULL WHERE number = 3",
                "DELETE FROM receipt_event WHERE kind = 'voided'",
            ],
            "the database's index does not agree with what it says",
        ),
        (
            [
                "UPDATE log_entry SET entry = CAST(replace(CAST(entry AS TEXT), 'receipt.voided', 'receipt.praised') AS BLOB) WHERE instr(CAST(entry AS TEXT), 'receipt.voided')",
                "UPDATE receipt SET state = 'issued', reason = NULL, void_request = NULL WHERE number = 3",
                "DELETE FROM receipt_event WHERE kind = 'voided'",
            ],
            "is not the one that was verified earlier",
        ),
    ] {
        copy(&data, &tampered);
        tamper(&tampered, statements);
        for how in [["--state", &state], ["--since", &since]] {
            let copied = work.path().join("copied.json").display().to_string();
            std::fs::copy(&state, &copied).unwrap();
            let how = if how[0] == "--state" { ["--state", copied.as_str()] } else { how };
            let ran = run(&tampered, ["audit", "verify", how[0], how[1]]).expect(1);
            assert!(ran.stdout.contains(named), "{how:?}: {ran:?}");
        }
    }
}

/// Who has the database, and neither the log's key nor the master key, signs another log with a key that he slips in among those of before.
#[test]
fn a_log_that_a_slipped_in_key_has_signed_is_not_believed() {
    let office = Office::new();
    let data = issued(&office);
    let own = [7; 32];
    in_runtime(rebuild_by(&data, Some(own), |entries| {
        let voided = entries.iter().position(|entry| entry["action"] == "receipt.voided").unwrap();
        entries[voided] = json!({"action": "role.granted", "time": entries[voided]["time"], "v": 1});
    }));
    let note: String = in_database(&data, async |pool| {
        sqlx::query_scalar("SELECT checkpoint FROM log_head").fetch_one(pool).await.unwrap()
    });
    let key = Signer::from_seed(note.lines().next().unwrap(), &own).unwrap().verifier_key().to_string();
    in_database(&data, async |pool| {
        sqlx::query("INSERT INTO log_retired_key VALUES (?)").bind(&key).execute(pool).await.unwrap()
    });
    let found = run(&data, ["audit", "verify"]).expect(1).stdout;
    assert!(found.contains("is signed by a key that the log does not use any more, and by no other"), "{found}");
    assert!(found.contains(&format!("former key of the log {key}")), "{found}");
}
