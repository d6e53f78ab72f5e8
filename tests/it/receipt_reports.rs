//! What is told of receipts: how series were used, the daily report 01/TH-BLĐT, ledgers, shifts of cashiers.

use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::Server;
use crate::xml_signature::{assert_valid, assert_xmlsec1_trusts, has};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;

fn today() -> String {
    time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date().to_string()
}

/// A receipt over 3 times this, paid by this way; its identity.
fn issue(server: &Server, office: &Office, key: &str, price: i64, method: &str) -> String {
    let mut request = office.receipt_request(price);
    request["payment"]["method"] = json!(method);
    let issued = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", key);
    issued.json(&request).send().expect(201).json()["id"].as_str().unwrap().to_owned()
}

/// Five receipts: in force, replaced, replacing, voided, and notified.
fn day(server: &Server, office: &Office) {
    let officer = office.token(Role::Officer);
    let act = |id: &str, what: &str, token: &str, body: &Value| {
        server.post(&format!("/api/v1/receipts/{id}/{what}")).token(token).json(body).send()
    };
    issue(server, office, "a", 1_000, "cash");
    let wrong = issue(server, office, "b", 2_000, "cash");
    let request = office.receipt_request(2_500);
    act(&wrong, "replace", officer, &json!({"reason": "Sai số tiền", "request": request})).expect(201);
    let reversed = issue(server, office, "c", 4_000, "transfer");
    act(&reversed, "cancel", officer, &json!({"reason": "=Hoàn tiền"})).expect(202);
    act(&reversed, "cancel/approve", office.token(Role::Accountant), &json!({})).expect(200);
    let noticed = issue(server, office, "d", 8_000, "transfer");
    act(&noticed, "notify", officer, &json!({"reason": "Sai địa chỉ"})).expect(200);
}

#[test]
fn a_day_is_reported_and_amended() {
    let office = Office::new();
    let server = office.serve();
    let (officer, auditor) = (office.token(Role::Officer), office.token(Role::Auditor));
    day(&server, &office);
    let path = format!("/api/v1/reports/daily?date={}", today());
    let get = |format: &str, token: &str| server.get(&format!("{path}&format={format}")).token(token).send();
    let told = get("json", auditor).expect(200).json();
    let sum = |receipts: u32, amount: i64| json!({"receipts": receipts, "amount": amount});
    assert_eq!(told["new"], sum(4, 3_000 + 6_000 + 12_000 + 24_000), "{told}");
    assert_eq!((&told["replaced"], &told["superseded"]), (&sum(1, 7_500), &sum(1, 6_000)), "{told}");
    assert_eq!((&told["cancelled"], &told["adjusted"]), (&sum(1, 12_000), &sum(1, 0)), "{told}");
    // what the day brought in is what the ledger has in force
    let ledger = server.get("/api/v1/reports/ledger?by=fee").token(auditor).send().expect(200).json();
    assert_eq!((&told["total"], &ledger["rows"][0]["amount"]), (&json!(34_500), &json!(34_500)), "{ledger}");
    assert_eq!(ledger["rows"][0]["name"], "Phí chứng thực bản sao");
    let by = |key: &str| {
        let told = server.get(&format!("/api/v1/reports/ledger?by={key}&from={}", today())).token(auditor).send();
        told.expect(200).json()["rows"].clone()
    };
    assert_eq!((&by("method")[0]["amount"], &by("method")[1]["amount"]), (&json!(10_500), &json!(24_000)));
    assert_eq!((&by("cashier")[0]["name"], &by("channel")[0]["key"]), (&json!("officer"), &json!("counter")));
    assert_eq!((&by("unit")[0]["key"], &by("month")[0]["key"]), (&json!(UNIT), &json!(&today()[..7])));
    server.get("/api/v1/reports/ledger?by=colour").token(auditor).send().problem(422);

    let csv = get("csv", auditor).expect(200).text();
    assert_eq!(csv.lines().count(), 8, "{csv}");
    // no spreadsheet takes a reason for a formula
    assert!(csv.contains("'=Hoàn tiền") && csv.contains("Thay thế") && csv.contains("Điều chỉnh"), "{csv}");
    assert!(!csv.contains("Nguyễn"), "{csv}");
    // days as people write them
    let [year, month, of_month] = [&today()[..4], &today()[5..7], &today()[8..]];
    assert!(csv.contains(&format!(",{of_month}/{month}/{year},")) && !csv.contains(&today()), "{csv}");
    let folder = tempfile::tempdir().unwrap();
    let xlsx = get("xlsx", auditor).expect(200);
    assert!(xlsx.header("content-type").unwrap().contains("spreadsheetml"));
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(xlsx.body)).unwrap();
    for index in 0..book.len() {
        let mut text = String::new();
        let mut part = book.by_index(index).unwrap();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        let name = part.name().unwrap().to_string();
        let document = roxmltree::Document::parse(&text).unwrap();
        if name.ends_with("sheet1.xml") {
            assert_eq!(
                document.descendants().filter(|n| n.has_tag_name("row") || n.tag_name().name() == "row").count(),
                8
            );
        }
    }

    // signed; who only reads signs nothing, and gets what was signed
    assert_eq!(get("xml", auditor).problem(403), "auth.role");
    let first = get("xml", officer).expect(200).body;
    assert_eq!(get("xml", auditor).expect(200).body, first);
    assert_eq!(get("xml", officer).expect(200).body, first, "what has not changed is not amended");
    let text = String::from_utf8(first.clone()).unwrap();
    assert!(text.contains("<LDau>1</LDau><BSLThu>0</BSLThu>") && text.contains("<TgTTien>34500</TgTTien>"), "{text}");
    issue(&server, &office, "e", 1, "cash");
    assert_eq!(get("xml", auditor).problem(403), "auth.role");
    let second = get("xml", officer).expect(200).text();
    assert!(second.contains("<LDau>0</LDau><BSLThu>1</BSLThu>") && second.contains("<TgTTien>34503</TgTTien>"));
    let verified = server.post("/api/v1/verify").token(officer).body("application/xml", second.as_bytes()).send();
    assert_eq!(verified.expect(200).json()["verdict"], "TOTAL-PASSED");
    let files = [("first.xml", first), ("second.xml", second.into_bytes())].map(|(name, bytes)| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    });
    if has("xmlsec1") {
        assert_xmlsec1_trusts(&files, &office.root);
    }
    if crate::corpus::folder().is_some() && has("xmllint") {
        assert_valid(&files, &folder);
    }
    let pdf = folder.path().join("report.pdf");
    std::fs::write(&pdf, get("pdf", officer).expect(200).body).unwrap();
    crate::verapdf::assert_conforms("3b", &[pdf]);

    let quarter = format!("/api/v1/reports/use?from={}&to={}", today(), today());
    let used = server.get(&quarter).token(auditor).send().expect(200).json()["rows"][0].clone();
    for (what, count) in
        [("added", 99_999_999), ("issued", 6), ("replaced", 1), ("voided", 1), ("closing", 99_999_993), ("opening", 0)]
    {
        assert_eq!(used[what], json!(count), "{what}: {used}");
    }
    server.get("/api/v1/reports/use?from=2026-02-01&to=2026-01-01").token(auditor).send().problem(422);
    drop(server);
    on_the_command_line(office.folder.path());
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

fn on_the_command_line(data: &Path) {
    let today = today();
    let report =
        |form: &str, more: &[&str]| run(data, [&["receipt", "report", "--unit", UNIT, "--form", form], more].concat());
    let file = |name: &str| data.join(name).display().to_string();
    let used = report("bc26", &["--from", &today, "--to", &today, "--json", "--xlsx", &file("use.xlsx")]).expect(0);
    assert_eq!(used.json()["issued"], json!(6));
    report("bc26", &["--from", &today, "--to", &today, "--csv", &file("use.csv")]).expect(0);
    let csv = std::fs::read_to_string(data.join("use.csv")).unwrap();
    assert!(csv.starts_with("\u{feff}series,opening,") && csv.lines().count() == 2, "{csv}");
    report("bc26", &["--from", &today, "--to", &today, "--csv", &file("use.csv")]).expect(73);
    report("bc26", &[]).expect(64);
    let day = report("01/TH-BLĐT", &["--date", &today, "--xml", &file("day.xml"), "--json"]).expect(0).json();
    assert_eq!((&day["amendment"], &day["total"], &day["rows"]), (&json!(1), &json!(34_503), &json!(8)));
    report("01-TH-BLDT", &["--date", "2999-01-01", "--xml", &file("never.xml")]).expect(64);
    run(data, ["verify", "--trust", &file("trust/root.pem"), &file("day.xml")]).expect(0);
    assert!(report("ledger", &["--by", "fee"]).expect(0).stdout.contains("34503 đ"));
}

#[test]
fn a_shift_is_closed_and_what_is_counted_is_held_against_it() {
    let office = Office::new();
    let server = office.serve();
    let officer = office.token(Role::Officer);
    let close =
        |counted: i64| server.post("/api/v1/shifts/close").token(officer).json(&json!({"counted": counted})).send();
    assert_eq!(close(0).problem(409), "shift.empty");
    day(&server, &office);
    assert_eq!(close(-1).problem(422), "shift.counted");
    // what there must be, before it is confirmed
    let try_out = |body: &Value| server.post("/api/v1/shifts/close?dry_run=true").token(officer).json(body).send();
    let sums = try_out(&json!({})).expect(200).json();
    assert_eq!((&sums["cash"], &sums["difference"]), (&json!(10_500), &json!(0)), "{sums}");
    assert_eq!(try_out(&json!({"counted": 10_000})).expect(200).json()["difference"], json!(-500));
    assert_eq!(
        server.post("/api/v1/shifts/close").token(officer).json(&json!({})).send().problem(422),
        "shift.counted"
    );
    let body = json!({"counted": 10_000, "note": "Thiếu 500 đ tiền lẻ"});
    let shift = server.post("/api/v1/shifts/close").token(officer).json(&body).send().expect(201).json();
    assert_eq!(shift["summary"]["note"], body["note"]);
    assert_eq!(shift["summary"]["numbers"], json!([{"series": office.series, "first": 1, "last": 5}]), "{shift}");
    let sums = &shift["summary"];
    for (what, sum) in [
        ("cash", 10_500),
        ("transfer", 24_000),
        ("portal", 0),
        ("counted", 10_000),
        ("difference", -500),
        ("issued", 5),
        ("replaced", 1),
        ("voided", 1),
    ] {
        assert_eq!(sums[what], json!(sum), "{what}: {shift}");
    }
    assert_eq!(sums["lines"][0]["taken"], json!(3_000 + 6_000 + 7_500), "{shift}");
    assert_eq!(close(0).problem(409), "shift.empty");
    issue(&server, &office, "e", 100, "cash");
    let second = close(300).expect(201).json();
    assert_eq!((&second["summary"]["cash"], &second["summary"]["difference"]), (&json!(300), &json!(0)));
    let list = server.get("/api/v1/shifts?limit=1").token(office.token(Role::Auditor)).send().expect(200).json();
    assert_eq!((&list["items"][0], list["next"].is_string()), (&shift, true));
    let path = format!("/api/v1/shifts/{}", shift["id"]);
    assert_eq!(server.get(&path).token(officer).send().expect(200).json(), shift);
    server.get(&path).token(office.other_token(Role::Officer)).send().problem(404);
    let pdf = server.get(&format!("{path}/file")).token(officer).send().expect(200).body;
    assert_eq!(hex::encode(dauson::digest::sha256(&pdf)), shift["pdf_sha256"]);
    let file = office.folder.path().join("shift.pdf");
    std::fs::write(&file, pdf).unwrap();
    if has("pdftotext") {
        let text = std::process::Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap().stdout;
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("Thiếu 500 đ tiền lẻ") && text.contains("từ số 00000001 đến số 00000005"), "{text}");
    }
    issue(&server, &office, "f", 100, "cash");
    drop(server);
    let data = office.folder.path();
    // a branch without a key of its own, which issues from a range of the unit above
    run(data, ["unit", "put", "chi-nhanh", "--name", "Chi nhánh", "--address", "A", "--tax-code", "0102357802"])
        .expect(0);
    let range = ["--to", "chi-nhanh", "--first", "100", "--last", "200"];
    run(data, [&["receipt", "range", "delegate", &office.series][..], &range].concat()).expect(0);
    let request = data.join("request.json").display().to_string();
    std::fs::write(&request, office.receipt_request(1_000).to_string()).unwrap();
    run(data, ["receipt", "issue", &request, "--unit", "chi-nhanh"]).expect(0);
    let close = |more: &[&str]| run(data, [&["receipt", "shift", "close", "--unit", "chi-nhanh"], more].concat());
    let told = close(&["--dry-run"]).expect(0).stdout;
    assert!(
        told.contains("not closed") && told.contains("cash 3000 đ") && told.contains("00000100 to 00000100"),
        "{told}"
    );
    close(&[]).expect(64);
    let told = close(&["--counted", "3000", "--note", "Đủ"]).expect(0).stdout;
    assert!(told.contains("difference 0 đ") && told.contains("note: Đủ"), "{told}");
    run(data, ["verify", "--trust", &office.root.display().to_string(), &file.display().to_string()]).expect(0);
    crate::verapdf::assert_conforms("3b", &[file]);
    let listed = run(data, ["receipt", "shift", "list"]).expect(0).stdout;
    assert!(listed.lines().count() == 3 && listed.contains("difference -500"), "{listed}");
    assert!(run(data, ["receipt", "shift", "show", "1"]).expect(0).stdout.contains("CTBS"));
    run(data, ["receipt", "shift", "show", "9"]).expect(66);
    run(data, ["receipt", "shift", "close", "--counted", "0", "--unit", UNIT]).expect(65);
    // a cashier is named by identifier or name; the secret itself is refused, and not told again
    let close = |cashier: &str| run(data, ["receipt", "shift", "close", "--counted", "0", "--cashier", cashier]);
    let refused = close(officer).expect(64);
    assert!(refused.error_line().contains("its name is wanted") && !refused.stderr.contains(officer), "{refused:?}");
    assert!(close("nobody").expect(66).error_line().contains("token list"));
    assert!(close(second["cashier"].as_str().unwrap()).expect(0).stdout.contains("difference -300"));
    let again = close(second["cashier"].as_str().unwrap()).expect(65);
    assert!(again.error_line().contains("nothing was issued"), "{again:?}");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_statement_is_held_against_the_receipts() {
    let office = Office::new();
    let server = office.serve();
    let officer = office.token(Role::Officer);
    let paid = |reference: Option<&str>, price: i64| {
        let mut request = office.receipt_request(price);
        request["payment"] = json!({"method": "transfer", "reference": reference});
        let key = format!("{reference:?}{price}");
        let issued = server.post("/api/v1/receipts").token(officer).header("idempotency-key", &key);
        issued.json(&request).send().expect(201).json()["id"].as_str().unwrap().to_owned()
    };
    paid(Some("FT-0001"), 1_000);
    paid(Some("FT-0002"), 2_000);
    paid(Some("FT-0003"), 3_000);
    paid(Some("FT-0004"), 4_000);
    let unpaid = paid(None, 5_000);
    issue(&server, &office, "cash", 7, "cash");
    let day = today();
    let agreeing = format!(
        "date,reference,amount,text\n{day},FT-0001,3.000,\n{day},,6000,nop phi FT-0002 xa\n{day},FT-0003,9000,\n\
         {day},FT-0004,12000,\n2001-01-01,OLD,5,\n{day},BACK,100,\n{day},BACK,-100,\n"
    )
    .replace("3.000", "\"3.000\"");
    let send = |statement: &str| {
        let path = format!("/api/v1/reports/reconcile?from={day}&to={day}");
        server.post(&path).token(office.token(Role::Auditor)).body("text/csv", statement.as_bytes()).send()
    };
    let found = send(&agreeing).expect(200).json();
    assert_eq!((&found["matched"], &found["without_payment"]), (&json!(5), &json!(1)), "{found}");
    let differing = agreeing
        .replace("FT-0003,9000", "FT-0003,8999")
        .replace(&format!("{day},FT-0004,12000,\n"), &format!("{day},FT-0004,12000,\n{day},FT-0004,12000,\n"))
        + &format!("{day},FT-9999,55,who\n");
    let found = send(&differing).expect(200).json();
    for (what, count) in
        [("matched", 3), ("missing", 1), ("without_payment", 1), ("double", 1), ("different_amount", 1)]
    {
        assert_eq!(found[what], json!(count), "{what}: {found}");
    }
    let items = found["items"].as_array().unwrap();
    let item = |finding: &str| items.iter().find(|item| item["finding"] == finding).unwrap();
    assert_eq!(item("without_payment")["receipt"], json!(unpaid));
    assert_eq!((&item("missing")["reference"], &item("double")["paid"]), (&json!("FT-9999"), &json!(24_000)));
    let unnamed = send("date;amount\n");
    assert!(unnamed.json()["detail"].as_str().unwrap().contains("thiếu cột mã tham chiếu"), "{unnamed:?}");
    assert_eq!(unnamed.problem(422), "reconcile.statement");
    // the same, as a bank exports it
    let [year, month, date] = [&day[..4], &day[5..7], &day[8..]];
    let bank = |row: &str| format!("{date}/{month}/{year} 08:15:02;{row}\n");
    let bank = format!(
        "SAO KÊ TÀI KHOẢN;;\nNgày giao dịch/ Transaction date;Số tham chiếu;Ghi nợ;Ghi có;Nội dung giao dịch\n{}{}{}{}{}{}Tổng cộng;;100;30.100;\n",
        bank("FT-0001;;3.000;"),
        bank(";;6.000;nop phi FT-0002 xa"),
        bank("FT-0003;;9.000,00;"),
        bank("FT-0004;;12.000 VND;"),
        bank("BACK;;100;"),
        bank("BACK;100;;"),
    );
    let same = send(&bank).expect(200).json();
    assert_eq!(
        (&same["matched"], &same["without_payment"], &same["missing"]),
        (&json!(5), &json!(1), &json!(0)),
        "{same}"
    );
    server.post("/api/v1/reports/reconcile").token(officer).body("text/csv", b"").send().problem(422);
    drop(server);
    let data = office.folder.path();
    let file = data.join("statement.csv");
    let reconcile = |statement: &str, more: &[&str]| {
        std::fs::write(&file, statement).unwrap();
        let arguments = ["receipt", "reconcile", file.to_str().unwrap(), "--unit", UNIT, "--from", &day, "--to", &day];
        run(data, [&arguments[..], more].concat())
    };
    let told = reconcile(&differing, &[]).expect(1).stdout;
    assert!(told.contains("paid more than once: FT-0004") && told.contains("different amount: FT-0003"), "{told}");
    assert_eq!(reconcile(&differing, &["--json"]).expect(1).json(), found);
    reconcile(&format!("{agreeing}{day},x,y,z\n"), &[]).expect(65);
    run(data, ["receipt", "replace", &unpaid, "x", "--reason", "x"]).expect(66);
}

#[test]
fn receipts_are_issued_from_a_table_once() {
    let office = Office::new();
    let data = office.folder.path();
    let file = data.join("table.csv");
    let batch = |table: &str, more: &[&str]| {
        std::fs::write(&file, table).unwrap();
        run(data, [&["receipt", "issue-batch", file.to_str().unwrap()], more].concat())
    };
    let series = &office.series;
    let head = "key,series,payer_name,fee,name,quantity,unit_price,method,reference";
    let right = format!(
        "{head}\n,{series},Nguyễn Văn A,X,Phí X,2,500,cash,\n,{series},Nguyễn Văn A,X,Phí X,2,500,cash,\n\
         k1,{series},Trần B,X,Phí X,1,1,transfer,P-1\nk1,{series},Trần B,Y,Phí Y,3,10,transfer,P-1\n"
    );
    let wrong = format!(
        "{right},{series},,X,Phí X,1,1,cash,\n,{series},C,X,Phí X,0,1,cash,\n,{series},D,X,Phí X,1,1,transfer,P-1\n\
         ,EBL01/26TZZ,E,X,Phí X,1,1,cash,\nk1,{series},Other,X,Phí X,1,1,transfer,P-1\n"
    );
    for more in [&["--dry-run"][..], &[]] {
        let ran = batch(&wrong, more).expect(65);
        for line in [
            "line 6  payer_name",
            "line 7  lines[0].quantity",
            "line 9  \"26TZZ\" không phải ký hiệu",
            "line 4, 5, 10  các dòng cùng key",
        ] {
            assert!(ran.stdout.contains(line), "{line}: {ran:?}");
        }
        assert!(ran.stderr.contains("none was"), "{ran:?}");
    }
    assert!(batch(&right, &["--dry-run"]).expect(0).stdout.contains("3 receipts can be issued"));
    let many = batch(&format!("{head}\n,{series},,,Phí X,1.5,x,gold,\n"), &[]).expect(65).stdout;
    for fault in [
        "payer_name: phải có / must",
        "fee: phải có",
        "quantity: \"1.5\"",
        "unit_price: \"x\"",
        "none of cash, transfer, portal",
    ] {
        assert!(many.contains(fault), "{fault}: {many}");
    }
    let told = batch(&right, &[]).expect(0).stdout;
    assert!(told.contains("3 issued, 0 had been") && told.contains("00000003  31 đ"), "{told}");
    // the same table issues nothing twice
    let again = batch(&right, &["--json"]).expect(0).stdout;
    assert_eq!(again.lines().filter(|line| line.contains("\"before\":true")).count(), 3, "{again}");
    assert!(run(data, ["receipt", "series", "list"]).expect(0).stdout.contains("next number 4"));
    // another table has rows of its own, of which a dry run says that they are equal; a payment gives one receipt
    assert!(batch(&format!("{right}\n"), &[]).expect(65).stdout.contains("the payment P-1 gave the receipt"));
    let other = right.lines().take(2).collect::<Vec<_>>().join("\n");
    let told = batch(&other, &["--dry-run"]).expect(0);
    assert!(told.stderr.contains("line 2: ") && told.stderr.contains("from an equal row of another table"), "{told:?}");
    assert!(batch(&other, &[]).expect(0).stdout.contains("1 issued, 0 had been"));
    // as many as there are numbers, or none
    let short = format!("EBL01/{}TAB", &series[6..8]);
    run(data, ["receipt", "series", "create", &short, "--unit", UNIT, "--last", "1"]).expect(0);
    let two = format!("{head}\n,{short},A,X,Phí X,2,500,cash,\n,{short},B,X,Phí X,2,500,cash,\n");
    let ran = batch(&two, &[]).expect(65);
    assert!(ran.stdout.contains("line 3") && ran.stdout.contains("no numbers left") && ran.stderr.contains("none was"));
    batch("colour\n", &[]).expect(65);
    run(data, ["audit", "verify"]).expect(0);
}

/// An intake that answers each request with the next of these statuses; gives what was posted.
fn intake(statuses: &'static [u16]) -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/intake", listener.local_addr().unwrap());
    let (told, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut length = 0;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            told.send(String::from_utf8(body).unwrap()).unwrap();
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, heard)
}

#[test]
fn a_signed_report_reaches_the_tax_office() {
    let office = Office::new();
    let data = office.folder.path();
    let day = today();
    let sign = || {
        let server = office.serve();
        issue(&server, &office, &format!("{:?}", std::time::Instant::now()), 1_000, "cash");
        let path = format!("/api/v1/reports/daily?date={day}&format=xml");
        server.get(&path).token(office.token(Role::Officer)).send().expect(200).text()
    };
    let send = |setting: &str, value: &str, more: &[&str]| {
        let mut command = crate::program::command(data);
        command.env(setting, value).args(["receipt", "send"]).args(more);
        crate::program::finish(command.spawn().unwrap())
    };
    run(data, ["receipt", "send"]).expect(64).error_line();
    let (url, heard) = intake(&[500, 200, 200]);
    let first = sign();
    let refused = send("DAUSON_RECEIPTS_TAX_OFFICE_URL", &url, &[]).expect(69);
    assert!(refused.stdout.contains("not sent") && refused.stdout.contains("500"), "{refused:?}");
    assert_eq!(heard.recv().unwrap(), first);
    // it is not due yet, but may be sent all the same
    assert_eq!(send("DAUSON_RECEIPTS_TAX_OFFICE_URL", &url, &[]).expect(0).stdout, "");
    assert!(send("DAUSON_RECEIPTS_TAX_OFFICE_URL", &url, &["--now"]).expect(0).stdout.contains("/0  sent"));
    assert_eq!(heard.recv().unwrap(), first);
    // an amendment, by the service itself
    let second = sign();
    let server = Server::start(data, &[("DAUSON_RECEIPTS_TAX_OFFICE_URL", &url)]);
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(20)).unwrap(), second);
    drop(server);
    // into a folder
    let third = sign();
    let folder = data.join("drop");
    let sent = send("DAUSON_RECEIPTS_TAX_OFFICE_FOLDER", folder.to_str().unwrap(), &["--now"]).expect(0);
    assert!(sent.stdout.contains("/2  sent"), "{sent:?}");
    // what the service was killed over is sent again: rather twice than never
    let file = folder.join(format!("01-TH-BLDT-{UNIT}-{day}-2.xml"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), third);
    run(data, ["audit", "verify"]).expect(0);
}
