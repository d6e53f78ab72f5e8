//! The fee catalogue: inherited, priced on the day, never changed in the past; what a receipt makes of it.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::{Ran, run};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;
use time::{Date, Duration, OffsetDateTime};

fn day(offset: i64) -> String {
    let today: Date = OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    (today + Duration::days(offset)).to_string()
}

fn import(data: &Path, unit: &str, csv: &str, more: &[&str]) -> Ran {
    let file = data.join("fees.csv");
    std::fs::write(&file, csv).unwrap();
    let file = file.display().to_string();
    run(data, [&["fee", "import", &file, "--unit", unit], more].concat())
}

const HEAD: &str = "code,name,kind,legal_basis,unit,price,portal_price,valid_from,valid_to,reductions\n";

/// A catalogue of the province, which the other unit is made here, and one row of the unit's own.
fn catalogue(office: &Office) {
    let data = office.folder.path();
    run(data, ["unit", "put", UNIT, "--parent", OTHER_UNIT]).expect(0);
    let csv = format!(
        "{HEAD}CTBS,Phí chứng thực bản sao,phí,TT 226,trang,2000 from 3 at 1000 max 200000,,2020-01-01,,\n\
         DKCT,Lệ phí đăng ký cư trú,lệ phí,TT 75,lần,20000,10000,2020-01-01,,TE=100% Trẻ em | HN=50% Hộ nghèo\n\
         LPTB,Lệ phí trước bạ,lệ phí,NĐ 10,,0.5% min 100000,,2020-01-01,,\n\
         HKD,Lệ phí hộ kinh doanh,lệ phí,NQ,hồ sơ,case 100000,,2020-01-01,2020-12-31,\n"
    );
    import(data, OTHER_UNIT, &csv, &[]).expect(0);
    import(
        data,
        UNIT,
        &format!("{HEAD}DKCT,Lệ phí đăng ký cư trú,lệ phí,NQ xã,lần,15000,,2020-01-01,,HN=50% Hộ nghèo\n"),
        &[],
    )
    .expect(0);
}

/// What the server says to a receipt of these lines: its total, or the detail of the refusal.
fn issue(
    office: &Office,
    server: &crate::server::Server,
    unit: &str,
    lines: &Value,
    more: &Value,
) -> Result<(i64, Value), String> {
    static KEY: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let key = KEY.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let (token, series) = if unit == UNIT {
        (office.token(Role::Officer), &office.series)
    } else {
        (office.other_token(Role::Officer), &office.other_series)
    };
    let mut body =
        json!({"series": series, "payer": {"name": "Nguyễn Văn A"}, "lines": lines, "payment": {"method": "cash"}});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = server.post("/api/v1/receipts").token(token).header("idempotency-key", &key).json(&body).send();
    let said = answer.json();
    if answer.status == 201 {
        Ok((said["total"].as_i64().unwrap(), said))
    } else {
        Err(said["detail"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_receipt_takes_its_lines_from_the_catalogue() {
    let office = Office::new();
    catalogue(&office);
    let server = office.serve();
    let total = |lines: Value, more: Value| issue(&office, &server, UNIT, &lines, &more).map(|(total, _)| total);
    let none = json!({});
    assert_eq!(total(json!([{"fee": "CTBS", "quantity": 5}]), none.clone()), Ok(7_000));
    assert_eq!(total(json!([{"fee": "CTBS", "quantity": 500}]), none.clone()), Ok(200_000));
    assert_eq!(total(json!([{"fee": "LPTB", "quantity": 1, "value": 500_000_000}]), none.clone()), Ok(2_500_000));
    // its own price comes before that of the unit above, which has none for the portal here
    assert_eq!(total(json!([{"fee": "DKCT", "quantity": 1}]), none.clone()), Ok(15_000));
    let portal = json!({"payment": {"method": "portal", "reference": "P1"}});
    assert_eq!(total(json!([{"fee": "DKCT", "quantity": 1}]), portal.clone()), Ok(15_000));
    let others =
        |more: &Value| issue(&office, &server, OTHER_UNIT, &json!([{"fee": "DKCT", "quantity": 1}]), more).map(|r| r.0);
    assert_eq!(others(&portal), Ok(10_000));
    assert_eq!(others(&json!({"channel": "portal", "payment": {"method": "transfer", "reference": "T1"}})), Ok(10_000));
    assert_eq!(others(&none), Ok(20_000));
    let free = json!([{"fee": "DKCT", "quantity": 1, "reduction": {"code": "TE"}, "amount": 0}]);
    assert_eq!(issue(&office, &server, OTHER_UNIT, &free, &none).unwrap().0, 0);
    let given = json!([{"fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 2, "unit_price": 2000, "amount": 4000}]);
    assert_eq!(total(given, none.clone()), Ok(4_000));
    for (line, why) in [
        (
            json!({"fee": "CTBS", "quantity": 1, "unit_price": 3000}),
            "lines[0].unit_price: 3000 không phải mức thu của CTBS trong danh mục phí: 2000 / 3000 is not the price of CTBS",
        ),
        (json!({"fee": "CTBS", "quantity": 5, "amount": 10000}), "the fee catalogue says: 7000"),
        (json!({"fee": "CTBS", "quantity": 1, "name": "Phí khác"}), "Phí chứng thực bản sao"),
        (json!({"fee": "CTBS", "quantity": 1, "unit": "bản"}), "trang"),
        (json!({"fee": "KHAC", "quantity": 1, "name": "x", "unit_price": 1}), "KHAC is not in the fee catalogue"),
        (json!({"fee": "HKD", "quantity": 1}), "HKD is not in the fee catalogue"),
        (json!({"fee": "CTBS", "quantity": 0}), "at least 1"),
        (json!({"fee": "CTBS", "quantity": 1, "value": 5}), "no percentage"),
        (json!({"fee": "LPTB", "quantity": 1}), "lines[0].value"),
        (json!({"fee": "LPTB", "quantity": 2, "value": 1}), "lines[0].quantity"),
        (json!({"fee": "DKCT", "quantity": 1, "reduction": {"code": "TE"}}), "those of DKCT are HN"),
        (json!({"fee": "DKCT", "quantity": 1, "reduction": {"code": "HN", "amount": 1}}), "7500"),
        (
            json!({"fee": "DKCT", "quantity": 1, "reduction": {"code": "HN", "why": 1}}),
            "lines[0].reduction.why: không có trường này",
        ),
    ] {
        let refused = total(json!([line]), none.clone()).unwrap_err();
        assert!(refused.contains(why), "{line}: {refused}");
    }
    // what was taken off is in the signed XML and on the paper
    let half = json!([{"fee": "DKCT", "quantity": 1, "reduction": {"code": "HN"}}]);
    let (sum, receipt) = issue(&office, &server, UNIT, &half, &none).unwrap();
    assert_eq!(sum, 7_500);
    let path = format!("/api/v1/receipts/{}", receipt["id"].as_str().unwrap());
    let xml = server.get(&format!("{path}.xml")).token(office.token(Role::Auditor)).send().expect(200);
    assert!(
        xml.text().contains("<STMGiam>7500</STMGiam><LDMGiam>Hộ nghèo 50%</LDMGiam><ThTien>7500</ThTien>"),
        "{xml:?}"
    );
    let file = office.folder.path().join("r.xml");
    std::fs::write(&file, &xml.body).unwrap();
    if crate::xml_signature::has("xmllint") {
        crate::xml_signature::assert_valid(std::slice::from_ref(&file), &tempfile::tempdir().unwrap());
    }
    drop(server);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn without_a_catalogue_lines_are_as_they_are_asked_for() {
    let office = Office::new();
    let server = office.serve();
    let total = |line: Value| issue(&office, &server, UNIT, &json!([line]), &json!({})).map(|r| r.0);
    let line = |reduction: Value| json!({"fee": "X", "name": "Phí X", "quantity": 2, "unit_price": 5000, "reduction": reduction});
    assert_eq!(total(line(json!({"reason": "Hộ nghèo", "amount": 4000}))), Ok(6_000));
    for (reduction, why) in [
        (json!({"reason": "Hộ nghèo", "amount": 10001}), "more than there is to pay"),
        (json!({"reason": "Hộ nghèo", "amount": -1}), "reduction.amount"),
        (json!({"amount": 1}), "reduction.reason"),
        (json!({"code": "HN"}), "no fee catalogue"),
    ] {
        assert!(total(line(reduction)).unwrap_err().contains(why));
    }
    assert!(
        total(json!({"fee": "X", "quantity": 1, "unit_price": 1}))
            .unwrap_err()
            .contains("lines[0].name: phải có khi đơn vị không có danh mục phí / must be given")
    );
    assert!(
        total(json!({"fee": "X", "quantity": 1, "name": "x"}))
            .unwrap_err()
            .contains("lines[0].unit_price: phải có khi")
    );
}

#[test]
fn the_past_is_not_changed() {
    let office = Office::new();
    let data = office.folder.path();
    let row = |price: u32, from: &str, to: &str| format!("{HEAD}A,Phí A,phí,TT,lần,{price},,{from},{to},\n");
    let put = |csv: String| import(data, UNIT, &csv, &[]);
    assert!(put(row(100, "2020-01-01", "")).expect(0).stdout.contains("row 2  A  new"));
    assert!(put(row(100, "2020-01-01", "")).expect(0).stdout.contains("unchanged"));
    for (csv, why) in [
        (row(200, "2020-01-01", ""), "only its end can be set"),
        (row(200, &day(0), ""), "begins tomorrow at the earliest"),
        (row(200, &day(-5), ""), "begins tomorrow at the earliest"),
        (row(100, "2020-01-01", &day(-1)), "in the past"),
        (row(100, "2020-01-01", "2019-01-01"), "valid_to: trước valid_from / is before"),
    ] {
        let ran = put(csv).expect(65);
        assert!(ran.stdout.contains(why), "{ran:?}");
    }
    // a new price ends the old one the day before
    assert!(put(row(200, &day(3), "")).expect(0).stdout.contains("new"));
    let rows = || -> Vec<Value> {
        let listed = run(data, ["fee", "list", "--all", "--json", "--unit", UNIT]).expect(0).stdout;
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(rows()[0]["valid_to"], day(2));
    assert!(put(row(100, "2020-01-01", &day(5))).expect(65).stdout.contains("overlaps with that of the row from"));
    assert!(put(row(300, &day(1), &day(2))).expect(65).stdout.contains("overlaps"));
    // what has not begun may still be another
    assert!(put(row(250, &day(3), "")).expect(0).stdout.contains("changed"));
    run(data, ["fee", "set", "A", "--price", "400", "--from", &day(9), "--unit", UNIT]).expect(0);
    run(data, ["fee", "end", "A", "--to", &day(20), "--unit", UNIT]).expect(0);
    assert_eq!(
        rows().iter().map(|r| (r["price"].as_str().unwrap(), r["valid_to"].as_str())).collect::<Vec<_>>(),
        [("100", Some(day(2).as_str())), ("250", Some(&day(8))), ("400", Some(&day(20)))]
    );
    let in_force = |date: &str| run(data, ["fee", "list", "--unit", UNIT, "--date", date, "--json"]).expect(0).stdout;
    assert!(in_force(&day(0)).contains("\"price\":\"100\"") && in_force(&day(8)).contains("\"price\":\"250\""));
    assert_eq!(in_force(&day(21)), "");
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_table_is_all_or_nothing_and_each_fault_is_named() {
    let office = Office::new();
    let data = office.folder.path();
    let csv = format!(
        "{HEAD}A,Phí A,phí,TT,lần,100,,2020-01-01,,\nB,Phí B,khác,TT,,1,,2020-01-01,,\nC,,phí,TT,,1,,2020-01-01,,\n\
         D,Phí D,phí,TT,,1.000,,2020-01-01,,\nE,Phí E,phí,TT,,1,,01/02/2026,,\nF,Phí F,phí,TT,,1,,2020-01-01,,HN 50\n\
         A,Phí A,phí,TT,lần,100,,2020-01-01,,\nG,\"Phí\u{202e}\",phí,TT,,1,,2020-01-01,,\n"
    );
    let ran = import(data, UNIT, &csv, &[]).expect(65);
    assert!(ran.stderr.contains("7 of 8 rows are wrong; nothing was changed"), "{ran:?}");
    for (row, why) in [
        (3, "the kind is phí or lệ phí"),
        (4, "name: phải có / must be given"),
        (5, "\"1.000\" is no price"),
        (6, "\"01/02/2026\" is not a day"),
        (7, "is no reduction"),
        (8, "came before"),
        (9, "U+202E"),
    ] {
        let line = ran.stdout.lines().find(|line| line.starts_with(&format!("row {row} "))).unwrap();
        assert!(line.contains(why), "{line}");
    }
    assert_eq!(run(data, ["fee", "list", "--unit", UNIT]).expect(0).stdout, "");
    let sample = std::fs::read_to_string("samples/bieu-phi.csv").unwrap();
    let tried = import(data, UNIT, &sample, &["--dry-run", "--json"]).expect(0).stdout;
    assert!(tried.lines().count() == 9 && tried.lines().all(|line| line.contains("\"change\":\"new\"")), "{tried}");
    assert_eq!(run(data, ["fee", "list", "--unit", UNIT]).expect(0).stdout, "");
    import(data, UNIT, &sample, &[]).expect(0);
    // what is exported is what was imported, also as a spreadsheet of Vietnam writes it
    let exported = run(data, ["fee", "export", "--unit", UNIT]).expect(0).stdout;
    assert!(import(data, UNIT, &exported, &[]).expect(0).stdout.lines().all(|line| line.ends_with("unchanged")));
    let semicolons = exported.replace(',', ";");
    assert!(import(data, UNIT, &semicolons, &[]).expect(0).stdout.lines().all(|line| line.ends_with("unchanged")));
    import(data, UNIT, "code,colour\nA,red\n", &[]).expect(65).error_line();
    run(data, ["unit", "put", UNIT, "--parent", UNIT]).expect(64).error_line();
    run(data, ["unit", "put", UNIT, "--parent", "none"]).expect(66).error_line();
}

#[tokio::test]
async fn over_http_the_accountant_keeps_the_catalogue() {
    let office = Office::new();
    let server = office.serve();
    let accountant = office.token(Role::Accountant);
    let fee = json!({"code": "A", "name": "Phí A", "kind": "phí", "legal_basis": "TT", "unit": "lần", "price": "100 from 5 at 50",
        "valid_from": "2020-01-01", "reductions": [{"code": "HN", "percent": "12.5%", "reason": "Hộ nghèo"}]});
    let put = |body: Value| server.request("PUT", "/api/v1/fees").token(accountant).json(&body).send();
    let tried = put(json!({"fees": [fee, fee], "dry_run": true})).expect(200).json();
    assert_eq!(
        (&tried["rows"][0]["change"], &tried["rows"][1]["fault"]),
        (&json!("new"), &json!("mã và ngày đầu này đã có ở trên / the same code and first day came before"))
    );
    assert_eq!(put(json!({"fees": [fee, fee]})).problem(422), "fee.rows");
    assert_eq!(put(json!({"fees": [{"code": "A"}]})).problem(422), "request.json");
    assert_eq!(put(json!({"fees": [fee]})).expect(200).json()["rows"][0]["change"], "new");
    let listed = server.get("/api/v1/fees").token(office.token(Role::Officer)).send().expect(200).json();
    assert_eq!(listed["items"][0]["of"], UNIT);
    for (name, value) in fee.as_object().unwrap() {
        assert_eq!(listed["items"][0][name], *value, "{name}");
    }
    let earlier = server.get("/api/v1/fees?date=2019-12-31").token(accountant).send().expect(200).json();
    assert_eq!(earlier["items"], json!([]));
    server.get("/api/v1/fees?date=x").token(accountant).send().problem(422);
    drop(server);
    // who changes a price in the database is found out
    let data = office.folder.path();
    run(data, ["audit", "verify"]).expect(0);
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    sqlx::query("UPDATE fee SET definition = replace(definition, '100 from', '10 from')").execute(&pool).await.unwrap();
    pool.close().await;
    assert!(
        run(data, ["audit", "verify"])
            .expect(1)
            .stdout
            .contains("its fee catalogue is not the one that the log records")
    );
}
