//! What happens to receipts and their numbers: errors notified, voided by two persons, found again, ranges delegated, a new year.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server};
use dauson::data_folder::DataFolder;
use dauson::people::permissions::Role;
use dauson::pki::material::TrustMaterial;
use dauson::receipts::issue::{Counter, Issued};
use dauson::receipts::request::Request;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use time::OffsetDateTime;
use time::macros::datetime;

fn issue(server: &Server, token: &str, body: &Value) -> Answer {
    static KEY: AtomicU32 = AtomicU32::new(0);
    let key = format!("life-{}", KEY.fetch_add(1, Ordering::Relaxed));
    server.post("/api/v1/receipts").token(token).header("idempotency-key", &key).json(body).send()
}

fn merged(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn change(data: &Path, statement: &'static str) {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    sqlx::query(statement).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn an_error_is_notified_and_a_void_needs_two_persons() {
    let office = Office::new();
    let server = office.serve();
    let (officer, accountant) = (office.token(Role::Officer), office.token(Role::Accountant));
    let id =
        issue(&server, officer, &office.receipt_request(2_000)).expect(201).json()["id"].as_str().unwrap().to_owned();
    let act = |token: &str, what: &str, body: &Value| {
        server.post(&format!("/api/v1/receipts/{id}/{what}")).token(token).json(body).send()
    };
    let because = |reason: &str| json!({ "reason": reason });
    let noticed = act(officer, "notify", &because("Sai địa chỉ: thôn 3, không phải thôn 2")).expect(200).json();
    assert_eq!((&noticed["state"], noticed["notices"].as_array().unwrap().len()), (&json!("issued"), 1));
    act(officer, "notify", &because("Sai tên")).expect(200);
    assert_eq!(act(officer, "notify", &because(" ")).problem(422), "receipt.reason");
    assert_eq!(act(accountant, "notify", &because("x")).problem(403), "auth.role");
    let code = noticed["code"].as_str().unwrap();
    let page = server.get(&format!("/v/{code}?lang=en")).send().expect(200).text();
    assert!(page.contains("04/SS-CTĐT") && !page.contains("Sai địa chỉ"), "{page}");
    let get = |what: &str| server.get(&format!("/api/v1/receipts/{id}{what}")).token(officer).send().expect(200).body;
    let remarks = || {
        let report = server.post("/api/v1/verify").token(officer).body("application/xml", &get(".xml")).send();
        report.expect(200).json()["warnings"].to_string()
    };
    assert!(remarks().contains("RECEIPT_NOTIFIED") && !remarks().contains("Sai địa chỉ"), "{}", remarks());
    let (copy, slip) = (get("/copy.pdf"), get("/slip.pdf"));

    assert_eq!(act(accountant, "cancel/approve", &json!({})).problem(409), "receipt.no_void_request");
    let asked = act(officer, "cancel", &because("Hoàn tiền")).expect(202).json();
    assert_eq!((&asked["state"], &asked["void_requested"]["reason"]), (&json!("issued"), &json!("Hoàn tiền")));
    assert_eq!(act(officer, "cancel/approve", &json!({})).problem(403), "auth.role");
    // what waits is listed, with who asked; it is not asked for twice, and may be refused
    assert_eq!(act(officer, "cancel", &because("Khác")).problem(409), "receipt.void_requested");
    let another = json!({"request": office.receipt_request(2_000), "reason": "Sai tên"});
    assert_eq!(act(officer, "replace", &another).problem(409), "receipt.void_requested");
    let waiting = || {
        let path = "/api/v1/receipts?state=void_requested";
        server.get(path).token(accountant).send().expect(200).json()["items"].as_array().unwrap().clone()
    };
    let listed = waiting();
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(id)), "{listed:?}");
    let asked = &listed[0]["void_requested"];
    assert_eq!((&asked["by"], &asked["reason"]), (&json!("officer"), &json!("Hoàn tiền")), "{asked}");
    assert!(asked["at"].is_string());
    let told =
        run(office.folder.path(), ["receipt", "list", "--unit", UNIT, "--state", "void_requested"]).expect(0).stdout;
    assert!(told.contains(&id) && told.contains("officer asked on") && told.contains("Hoàn tiền"), "{told}");
    assert_eq!(act(officer, "cancel/reject", &because("x")).problem(403), "auth.role");
    act(office.other_token(Role::Accountant), "cancel/reject", &because("x")).problem(404);
    assert!(act(accountant, "cancel/reject", &because("Còn nợ")).expect(200).json()["void_requested"].is_null());
    assert_eq!(act(accountant, "cancel/reject", &because("x")).problem(409), "receipt.no_void_request");
    assert!(waiting().is_empty());
    act(officer, "cancel", &because("Khác")).expect(202);
    let token = crate::audit_receipts::accountant_token(&office);
    let reject = ["receipt", "cancel", &id, "--reject", "--reason", "Còn nợ", "--approval-token-file", &token];
    run(office.folder.path(), reject).expect(0);
    run(office.folder.path(), reject).expect(65);
    act(officer, "cancel", &because("Hoàn tiền")).expect(202);
    let page = server.get(&format!("/v/{code}?lang=en")).send().expect(200).text();
    assert!(page.contains("Voiding was asked for") && !page.contains("Hoàn tiền"), "{page}");
    assert!(remarks().contains("RECEIPT_VOID_REQUESTED"), "{}", remarks());
    assert!(get("/copy.pdf") != copy && get("/slip.pdf") != slip, "later renderings show it");
    let voided = act(accountant, "cancel/approve", &json!({})).expect(200).json();
    assert_eq!((&voided["state"], &voided["reason"]), (&json!("voided"), &json!("Hoàn tiền")));
    assert_eq!(act(accountant, "cancel/approve", &json!({})).problem(409), "receipt.not_in_force");
    assert_eq!(act(officer, "cancel", &because("x")).problem(409), "receipt.not_in_force");
    assert_eq!(act(officer, "notify", &because("x")).problem(409), "receipt.not_in_force");

    let entries =
        server.get("/api/v1/audit/entries?limit=500").token(office.token(Role::Auditor)).send().expect(200).json();
    let of: Vec<&Value> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["entry"])
        .filter(|e| e["receipt"] == id.as_str())
        .collect();
    let actions: Vec<&str> = of.iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        [
            "receipt.issued",
            "receipt.rendered",
            "receipt.notified",
            "notice.filed",
            "notice.rendered",
            "receipt.notified",
            "notice.filed",
            "notice.rendered",
            "receipt.void_requested",
            "receipt.void_rejected",
            "receipt.void_requested",
            "receipt.void_rejected",
            "receipt.void_requested",
            "receipt.voided"
        ]
    );
    let last = of.last().unwrap();
    assert!(last["approver"].is_string() && last["approver"] != last["actor"], "{last}");
    assert!(
        !entries.to_string().contains("Hoàn tiền") && !entries.to_string().contains("Nguyễn"),
        "no personal data in the log"
    );
    drop(server);

    // on the command line, where the accountant's token says who approved
    let data = office.folder.path();
    let request = data.join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    let second = run(data, ["receipt", "issue", request.to_str().unwrap(), "--json"]).expect(0).json();
    let second = second["id"].as_str().unwrap().to_owned();
    let shown = run(data, ["receipt", "show", &second]).expect(0).stdout;
    assert!(
        shown.contains("CTBS Phí chứng thực bản sao: 3 × 2000 = 6000 đ") && shown.contains("cash, taken by"),
        "{shown}"
    );
    let shown = run(data, ["receipt", "show", &second, "--json"]).expect(0).json();
    assert_eq!((&shown["details"]["method"], &shown["details"]["lines"][0]["amount"]), (&json!("cash"), &json!(6_000)));
    let told = run(data, ["receipt", "notify", &second, "--reason", "Sai tên"]).expect(0).stdout;
    assert!(told.contains("notified on") && told.contains("Sai tên"), "{told}");
    let alone = run(data, ["receipt", "cancel", &second, "--reason", "Hoàn tiền"]).expect(77);
    assert!(
        alone.error_line().contains("chief accountant") && alone.stderr.contains("--approval-token-file"),
        "{alone:?}"
    );
    let file = data.join("approver.token");
    let cancel = || {
        let file = file.to_str().unwrap();
        run(data, ["receipt", "cancel", &second, "--reason", "Hoàn tiền", "--approval-token-file", file])
    };
    cancel().expect(66);
    let (expired, id) = new_token(data, UNIT, "accountant");
    run(data, ["token", "revoke", &id]).expect(0);
    for token in [office.token(Role::Officer), office.other_token(Role::Accountant), &expired, "dauson_x"] {
        std::fs::write(&file, token).unwrap();
        cancel().expect(77).error_line();
    }
    std::fs::write(&file, format!("{accountant}\n")).unwrap();
    // whose process it is counts, and not what the environment says
    let mut command = crate::program::command(data);
    command.env("USER", "mallory").env("LOGNAME", "mallory");
    command.args(["receipt", "cancel", &second, "--reason", "Hoàn tiền", "--approval-token-file"]).arg(&file);
    crate::program::finish(command.spawn().unwrap()).expect(0);
    let shown = run(data, ["audit", "show", "--action", "receipt.voided", "--receipt", &second, "--resolve", "--json"]);
    let shown = shown.expect(0).json();
    let user = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap();
    assert_eq!(shown["actor_name"], format!("{} (command line)", user.trim()), "{shown}");
    assert!(shown["approver_name"].as_str().unwrap().contains("accountant"), "{shown}");
    run(data, ["audit", "verify"]).expect(0);
    for (statement, why) in [
        ("UPDATE receipt SET notices = '[]' WHERE number = 2", "the errors that were notified are not those"),
        ("UPDATE receipt SET void_request = NULL WHERE number = 1", "the request that it be voided is not the one"),
    ] {
        change(data, statement).await;
        let ran = run(data, ["audit", "verify"]).expect(1);
        assert!(ran.stdout.contains(why), "{ran:?}");
    }
}

#[tokio::test]
async fn receipts_are_found_and_a_payment_gives_one() {
    let office = Office::new();
    let server = office.serve();
    let (officer, auditor) = (office.token(Role::Officer), office.token(Role::Auditor));
    // not the id in the certificates of the office, which are no secret
    let payer = json!({"payer": {"name": "Nguyễn Văn A", "personal_id": "062090001234", "address": "Thôn 2"}});
    let base = merged(office.receipt_request(2_000), &payer);
    let paid = |reference: &str| json!({"payment": {"method": "portal", "reference": reference}, "dossier": "H34-1"});
    let other = json!({"payer": {"name": "Công ty  Mẫu", "tax_code": "0102357803", "address": "Số 1"}});
    let first = issue(&server, officer, &merged(base.clone(), &paid("P-1"))).expect(201).json();
    assert!(first.get("warnings").is_none() && first["payment_reference"] == "P-1", "{first}");
    let second = issue(
        &server,
        officer,
        &merged(
            merged(base.clone(), &other),
            &json!({"lines": [
        {"fee": "X", "name": "Phí X", "quantity": 1, "unit_price": 5}]}),
        ),
    )
    .expect(201)
    .json();
    assert!(second["warnings"][0].as_str().unwrap().contains("check digit of 0102357803"), "{second}");
    // again, by another request
    let twice = issue(&server, officer, &merged(base.clone(), &paid("P-1")));
    assert_eq!(twice.problem(409), "receipt.payment_reference");
    assert!(twice.json()["detail"].as_str().unwrap().contains(first["id"].as_str().unwrap()), "{twice:?}");
    // what replaces it is for the same payment, and the payment stays used
    let path = format!("/api/v1/receipts/{}/replace", first["id"].as_str().unwrap());
    let replacement = json!({"reason": "Sai tên", "request": base});
    let third = server.post(&path).token(officer).json(&replacement).send().expect(201).json();
    assert_eq!(third["payment_reference"], "P-1");
    assert_eq!(issue(&server, officer, &merged(base.clone(), &paid("P-1"))).problem(409), "receipt.payment_reference");
    // however it is written
    for same in ["p-1", " P-1 ", "p-1\t"] {
        assert_eq!(
            issue(&server, officer, &merged(base.clone(), &paid(same))).problem(409),
            "receipt.payment_reference"
        );
    }
    // another unit's payments are others
    let theirs = merged(merged(base.clone(), &paid("P-1")), &json!({"series": office.other_series}));
    issue(&server, office.other_token(Role::Officer), &theirs).expect(201);

    let found = |query: &str| -> Vec<u64> {
        let page = server.get(&format!("/api/v1/receipts?{query}")).token(auditor).send().expect(200).json();
        page["items"].as_array().unwrap().iter().map(|item| item["number"].as_u64().unwrap()).collect()
    };
    for (query, numbers) in [
        ("payer=062090001234", &[1, 3][..]),
        ("payer=c%C3%B4ng%20ty%20m%E1%BA%ABu", &[2]),
        ("payer=0102357803", &[2]),
        ("payer=Nguy%E1%BB%85n", &[1, 3]),
        ("payer=nguye", &[]),
        ("amount=5", &[2]),
        ("amount=6000&state=issued", &[3]),
        ("dossier=H34-1", &[1]),
        ("reference=P-1", &[1, 3]),
        ("reference=%20p-1", &[1, 3]),
        ("number=2", &[2]),
        ("number=00000003&state=issued", &[3]),
        ("number=9", &[]),
        (&format!("number={}", first["id"].as_str().unwrap()), &[1]),
        ("reference=P-2", &[]),
        ("delegated=true", &[]),
        ("", &[1, 2, 3]),
    ] {
        assert_eq!(found(query), numbers, "{query}");
    }
    assert_eq!(server.get("/api/v1/receipts?number=x").token(auditor).send().problem(422), "receipt.field");
    // who need not know who paid sees it masked; on the disk it is sealed
    let get = |token: &str| {
        server
            .get(&format!("/api/v1/receipts/{}", third["id"].as_str().unwrap()))
            .token(token)
            .send()
            .expect(200)
            .json()
    };
    assert_eq!(get(officer)["payer"]["name"], "Nguyễn Văn A");
    assert_eq!(get(office.token(Role::Accountant))["payer"]["personal_id"], "062090001234");
    let masked = get(auditor)["payer"].clone();
    assert_eq!(
        (&masked["name"], &masked["personal_id"], &masked["address"]),
        (&json!("N** V** A**"), &json!("*********234"), &json!("***"))
    );
    // after it was voided, the payment may give another one; never two in force
    let id = third["id"].as_str().unwrap();
    let why = issue(&server, officer, &merged(base.clone(), &paid("P-1"))).json()["detail"].to_string();
    assert!(why.contains(id) && why.contains("which is issued"), "{why}");
    let act = |what: &str, token: &str| {
        let path = format!("/api/v1/receipts/{id}/{what}");
        server.post(&path).token(token).json(&json!({"reason": "Hoàn tiền"})).send()
    };
    act("cancel", officer).expect(202);
    server
        .post(&format!("/api/v1/receipts/{id}/cancel/approve"))
        .token(office.token(Role::Accountant))
        .send()
        .expect(200);
    let statement = format!("date,reference,amount,text\n{},P-1,6000,x\n", third["date"].as_str().unwrap());
    let reconciled = || {
        let day = third["date"].as_str().unwrap();
        let path = format!("/api/v1/reports/reconcile?from={day}&to={day}");
        let found = server.post(&path).token(officer).body("text/csv", statement.as_bytes()).send().expect(200).json();
        found["items"].as_array().unwrap().iter().find(|item| item["reference"] == "P-1").unwrap().clone()
    };
    let item = reconciled();
    assert_eq!((&item["finding"], &item["voided"]), (&json!("missing"), &third["id"]), "{item}");
    let fourth = issue(&server, officer, &merged(base.clone(), &paid("P-1"))).expect(201).json();
    assert_eq!(issue(&server, officer, &merged(base.clone(), &paid("P-1"))).problem(409), "receipt.payment_reference");
    assert_eq!((&reconciled()["finding"], &reconciled()["receipt"]), (&json!("matched"), &fourth["id"]));
    drop(server);
    let data = office.folder.path();
    for file in ["dauson.db", "dauson.db-wal"] {
        let bytes = std::fs::read(data.join(file)).unwrap_or_default();
        for personal in ["Nguyễn Văn A", "062090001234", "0102357803"] {
            assert!(!bytes.windows(personal.len()).any(|w| w == personal.as_bytes()), "{personal} is in {file}");
        }
    }
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn ranges_are_delegated_used_in_order_and_taken_back() {
    let office = Office::new();
    let data = office.folder.path();
    let series = office.series.as_str();
    let delegate = |first: &str, last: &str| {
        run(data, ["receipt", "range", "delegate", series, "--to", OTHER_UNIT, "--first", first, "--last", last])
    };
    delegate("3", "12").expect(0);
    delegate("12", "20").expect(65).error_line();
    delegate("30", "20").expect(65).error_line();
    run(data, ["receipt", "range", "delegate", series, "--to", UNIT, "--first", "50", "--last", "60"])
        .expect(65)
        .error_line();
    run(data, ["receipt", "range", "delegate", series, "--to", "none", "--first", "50", "--last", "60"])
        .expect(66)
        .error_line();
    let server = office.serve();
    let base = office.receipt_request(2_000);
    let own = || issue(&server, office.token(Role::Officer), &base).expect(201).json()["number"].as_u64().unwrap();
    let branch = || issue(&server, office.other_token(Role::Officer), &base);
    // two counters, each with its own numbers; what was delegated is skipped
    assert_eq!((own(), branch().expect(201).json()["number"].as_u64().unwrap(), own(), own()), (1, 3, 2, 13));
    let theirs = branch().expect(201).json();
    assert_eq!((&theirs["number"], &theirs["delegate"]), (&json!(4), &json!(OTHER_UNIT)));
    let path = format!("/api/v1/receipts/{}", theirs["id"].as_str().unwrap());
    let other = office.other_token(Role::Officer);
    let xml = server.get(&format!("{path}.xml")).token(other).send().expect(200).text();
    assert!(
        xml.contains(&format!("Ủy ban nhân dân {UNIT}"))
            && xml.contains(&format!("<DLieu>Ủy ban nhân dân {OTHER_UNIT}</DLieu>")),
        "{xml}"
    );
    let listed = server.get("/api/v1/receipts?delegated=true").token(other).send().expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    server.get(&path).token(office.token(Role::Officer)).send().expect(200);
    let low: Vec<bool> = (5..=12).map(|_| branch().expect(201).json().get("warnings").is_some()).collect();
    assert_eq!(low, [false, false, false, false, false, false, false, true]);
    assert_eq!(branch().problem(403), "receipt.unit");
    drop(server);
    delegate("100", "200").expect(0);
    let request = data.join("request.json");
    std::fs::write(&request, base.to_string()).unwrap();
    let issued =
        run(data, ["receipt", "issue", request.to_str().unwrap(), "--unit", OTHER_UNIT, "--json"]).expect(0).json();
    assert_eq!(issued["number"], 100);
    let back = run(data, ["receipt", "range", "return", series, "--first", "100"]).expect(0).stdout;
    assert!(back.contains("100 numbers were left"), "{back}");
    run(data, ["receipt", "range", "return", series, "--first", "100"]).expect(66).error_line();
    run(data, ["receipt", "issue", request.to_str().unwrap(), "--unit", OTHER_UNIT]).expect(77);
    let list = run(data, ["receipt", "range", "list", "--json"]).expect(0).stdout;
    assert_eq!(list.lines().count(), 2, "{list}");
    run(data, ["audit", "verify"]).expect(0);
    run(data, ["receipt", "series", "close", series]).expect(0);
    assert!(run(data, ["receipt", "range", "list"]).expect(0).stdout.lines().all(|line| line.contains("  closed  ")));
    run(data, ["audit", "verify"]).expect(0);
}

#[tokio::test]
async fn a_hole_or_a_foreign_number_in_a_range_is_named() {
    let office = Office::new();
    let data = office.folder.path();
    run(data, ["receipt", "range", "delegate", &office.series, "--to", OTHER_UNIT, "--first", "3", "--last", "12"])
        .expect(0);
    for (statement, why) in [
        ("UPDATE series_range SET next = 5", "the next number of the range from 3 is 5"),
        ("UPDATE series_range SET next = 3, last = 50", "the range from 3 is not as the log records it"),
        ("UPDATE series_range SET last = 12, is_open = 0", "the range from 3 is not as the log records it"),
        (
            "UPDATE series_range SET is_open = 1, delegate = 'xa-son-mau'",
            "the range from 3 is not as the log records it",
        ),
    ] {
        change(data, statement).await;
        let ran = run(data, ["audit", "verify"]).expect(1);
        assert!(ran.stdout.contains(why), "{statement}: {ran:?}");
    }
}

#[test]
fn a_series_may_be_left_out_and_is_for_its_channel() {
    let office = Office::new();
    let data = office.folder.path();
    let year = &office.series[6..8];
    let portal = format!("EBL01/{year}TPP");
    run(
        data,
        [
            "receipt",
            "series",
            "create",
            &portal,
            "--unit",
            UNIT,
            "--channel",
            "portal",
            "--last",
            "1000",
            "--registration",
            "12/TB-BL ngày 01/07/2026",
        ],
    )
    .expect(0);
    let server = office.serve();
    let ask = |more: Value| issue(&server, office.token(Role::Officer), &merged(office.receipt_request(2_000), &more));
    let series = |more: Value| ask(more).expect(201).json()["symbol"].as_str().unwrap().to_owned();
    assert_eq!(series(json!({"series": null})), format!("{year}TAA"));
    assert_eq!(
        series(json!({"series": "EBL01", "channel": "portal", "payment": {"method": "transfer", "reference": "CT1"}})),
        format!("{year}TPP")
    );
    assert_eq!(ask(json!({"series": "EBL02"})).problem(404), "receipt.no_series");
    assert_eq!(ask(json!({"series": "EBL03"})).problem(422), "receipt.series");
    assert_eq!(ask(json!({"series": portal})).problem(409), "receipt.channel");
    // what is full makes room for the next, of the same channel or of any; replacing, too
    let small = format!("EBL01/{year}TPQ");
    let create = ["receipt", "series", "create", &small, "--unit", UNIT, "--channel", "counter", "--last", "1"];
    run(data, create).expect(0);
    let first = ask(json!({"series": "EBL01"})).expect(201).json();
    assert_eq!(first["symbol"], format!("{year}TPQ"));
    assert_eq!(series(json!({"series": "EBL01"})), format!("{year}TAA"));
    let next = format!("EBL01/{year}TPR");
    run(data, ["receipt", "series", "create", &next, "--unit", UNIT, "--channel", "counter"]).expect(0);
    assert_eq!(series(json!({"series": null})), format!("{year}TPR"));
    let path = format!("/api/v1/receipts/{}/replace", first["id"].as_str().unwrap());
    let again = merged(office.receipt_request(2_000), &json!({"series": null}));
    let replacement = json!({"reason": "Sai", "request": again});
    let replaced = server.post(&path).token(office.token(Role::Officer)).json(&replacement).send().expect(201).json();
    assert_eq!(replaced["symbol"], format!("{year}TPR"));
    assert_eq!(ask(json!({"series": small})).problem(409), "receipt.series_full");
    drop(server);
    run(data, ["receipt", "series", "close", &next]).expect(0);
    let printed = format!("EBL02/{year}TCC");
    let create = ["receipt", "series", "create", &printed, "--unit", UNIT];
    run(data, create).expect(65);
    run(data, [&create[..], &["--denomination", "0"]].concat()).expect(65);
    run(data, ["receipt", "series", "create", &format!("EBL01/{year}TCD"), "--unit", UNIT, "--denomination", "20000"])
        .expect(65);
    run(data, [&create[..], &["--denomination", "20000"]].concat()).expect(0);
    let server = office.serve();
    // of a receipt with printed denomination, what is printed is what is paid
    let of = |quantity: i64, price: i64, more: &Value| {
        let line = json!({"fee": "DKCT", "name": "Lệ phí đăng ký cư trú", "quantity": quantity, "unit_price": price});
        let body = json!({"series": printed, "lines": [merged(line, more)]});
        issue(&server, office.token(Role::Officer), &merged(office.receipt_request(1), &body))
    };
    let reduced = json!({"reduction": {"reason": "Hộ nghèo", "amount": 10_000}});
    for refused in [of(1, 10_000, &json!({})), of(2, 10_000, &json!({})), of(1, 30_000, &reduced)] {
        let detail = refused.json()["detail"].to_string();
        assert_eq!(refused.problem(422), "receipt.field");
        assert!(detail.contains("lines: biên lai in sẵn mệnh giá 20.000 đ chỉ thu một khoản"), "{detail}");
    }
    assert_eq!(of(1, 20_000, &json!({})).expect(201).json()["total"], json!(20_000));
    let refused =
        issue(&server, office.token(Role::Officer), &merged(office.receipt_request(1), &json!({"series": null})));
    assert!(
        refused.problem(422) == "receipt.series"
            && refused.json()["detail"].as_str().unwrap().contains("several are open"),
        "{refused:?}"
    );
    drop(server);
    let list = run(data, ["receipt", "series", "list", "--json"]).expect(0).stdout;
    let shown: Value = list
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .find(|s| s["series"] == portal.as_str())
        .unwrap();
    assert_eq!(
        (&shown["last"], &shown["channel"], &shown["registration"]),
        (&json!(1000), &json!("portal"), &json!("12/TB-BL ngày 01/07/2026"))
    );
    assert!(shown["opened"].is_string() && shown["closed"].is_null());
}

async fn ask(
    folder: &DataFolder,
    trust: &TrustMaterial,
    unit: &str,
    body: &Value,
) -> Result<Issued, dauson::error::Error> {
    let counter = Counter {
        folder,
        public_url: "http://x",
        unit: Some(unit),
        actor: "test",
        trust,
        prices: dauson::receipts::fees::Prices::Enforce,
        mails: false,
    };
    counter.issue(&Request::parse(body.to_string().as_bytes()).unwrap(), None).await
}

#[tokio::test]
async fn a_new_year_opens_its_series_by_itself() {
    let office = Office::new();
    // the certificates of the office are of today: the clock goes on from there to the next year, if they last so long
    let year = OffsetDateTime::now_utc().year();
    let eve = datetime!(2026-12-31 16:59:59 UTC).replace_year(year).unwrap();
    let at = |time: OffsetDateTime| {
        let data = office.folder.path().to_owned();
        async move { DataFolder::open(&data, &data.join("master.key"), Arc::new(move || time)).await.unwrap() }
    };
    let trust = TrustMaterial::default();
    let body = office.receipt_request(2_000);
    let next = |symbol: &str| format!("{:02}{symbol}", (year + 1) % 100);
    let folder = at(eve).await;
    let old = ask(&folder, &trust, UNIT, &body).await.unwrap().row;
    assert_eq!((format!("{}/{}", old.form, old.symbol), old.number), (office.series.clone(), 1));
    drop(folder);
    // one second later it is the new year in Vietnam
    let folder = at(eve + time::Duration::SECOND).await;
    for (number, series) in [(1, json!(office.series)), (2, json!("EBL01")), (3, Value::Null)] {
        let row = ask(&folder, &trust, UNIT, &merged(body.clone(), &json!({ "series": series }))).await.unwrap().row;
        assert_eq!((row.symbol, row.number), (next("TAA"), number));
        assert_eq!(row.date, time::Date::from_calendar_date(year + 1, time::Month::January, 1).unwrap());
    }
    let series = dauson::receipts::book::list(&folder, Some(UNIT)).await.unwrap();
    assert_eq!(series.iter().map(|s| s.is_open).collect::<Vec<_>>(), [false, true]);
    assert!(series[0].closed.is_some());
    // a series that was closed stays closed, and one of a year to come is not used before
    dauson::receipts::book::close(&folder, &office.other_series.parse().unwrap(), "test").await.unwrap();
    let theirs = merged(body.clone(), &json!({"series": office.other_series}));
    assert_eq!(ask(&folder, &trust, OTHER_UNIT, &theirs).await.err().unwrap().code, "receipt.series_closed");
    drop(folder);
    let folder = at(eve).await;
    let early = merged(body, &json!({"series": format!("EBL01/{}", next("TAA"))}));
    assert_eq!(ask(&folder, &trust, UNIT, &early).await.err().unwrap().code, "receipt.series_year");
    assert_eq!(crate::audit_log::faults(&folder).await, Vec::<String>::new());
}

/// A token of a role in a unit, made on the command line; what it is, and its identifier.
fn new_token(data: &Path, unit: &str, role: &str) -> (String, String) {
    let made =
        run(data, ["token", "create", "--unit", unit, "--role", role, "--name", role, "--json"]).expect(0).json();
    (made["token"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}

#[test]
fn where_there_is_no_accountant_an_officer_voids_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    run(data, ["demo", "--json"]).expect(0);
    let (officer, _) = new_token(data, "xa-son-mau", "officer");
    let server = Server::start(data, &[]);
    // other fees and prices than the catalogue's are issued in the demo, with a warning
    let mut request = json!({
        "series": null, "payer": {"name": "Nguyễn Văn A"}, "payment": {"method": "cash"},
        "lines": [{"fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 3, "unit_price": 2000}]
    });
    let right = issue(&server, &officer, &request).expect(201).json();
    assert!(right.get("warnings").is_none(), "{right}");
    request["lines"] = json!([
        {"fee": "CTBS", "quantity": 3, "unit_price": 2500},
        {"fee": "KHAC", "name": "Phí khác", "unit": "lần", "quantity": 1, "unit_price": 7}]);
    let other = issue(&server, &officer, &request).expect(201).json();
    assert_eq!((&other["total"], other["warnings"].as_array().unwrap().len()), (&json!(7_507), 2), "{other}");
    let cancel = |id: &Value, token: &str| {
        let path = format!("/api/v1/receipts/{}/cancel", id.as_str().unwrap());
        server.post(&path).token(token).json(&json!({"reason": "Hoàn tiền"})).send()
    };
    assert_eq!(cancel(&other["id"], &officer).expect(200).json()["state"], "voided");
    // an accountant of the unit above approves
    run(data, ["unit", "put", "tinh", "--name", "Tỉnh", "--tax-code", "0102030405", "--address", "x"]).expect(0);
    run(data, ["unit", "put", "xa-son-mau", "--parent", "tinh"]).expect(0);
    let (accountant, id) = new_token(data, "tinh", "accountant");
    assert_eq!(cancel(&right["id"], &officer).expect(202).json()["state"], "issued");
    let approve = format!("/api/v1/receipts/{}/cancel/approve", right["id"].as_str().unwrap());
    assert_eq!(server.post(&approve).token(&accountant).send().expect(200).json()["state"], "voided");
    // and when nobody is left who could approve
    let third = issue(&server, &officer, &request).expect(201).json();
    run(data, ["token", "revoke", &id]).expect(0);
    assert_eq!(cancel(&third["id"], &officer).expect(200).json()["state"], "voided");
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
    // with the catalogue's prices in force
    let file = data.join("request.json");
    std::fs::write(&file, request.to_string()).unwrap();
    let issue = |prices: &str| {
        let mut command = crate::program::command(data);
        command.env("DAUSON_RECEIPTS_PRICES", prices).args(["receipt", "issue"]).arg(&file);
        crate::program::finish(command.spawn().unwrap())
    };
    assert!(issue("enforce").expect(65).stderr.contains("lines[0].unit_price"));
    issue("both").expect(64);
    let warned = issue("warn").expect(0);
    assert!(warned.stderr.contains("2500 is not the price of CTBS"), "{warned:?}");
}
