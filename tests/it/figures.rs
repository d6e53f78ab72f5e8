//! What a province counts: made-up data gives the figures that were seen, sums agree with one another and with the reports of receipts, what was
//! really done is counted, what is handed in is logged, and an audit finds a count that somebody has changed.

use crate::audit_receipts::{change, copy};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision};
use crate::server::Server;
use crate::sign_in::person;
use crate::units::{self, NEW, PROVINCE};
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn today() -> time::Date {
    time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date()
}

fn month() -> String {
    today().to_string()[..7].to_owned()
}

fn share<'a>(figures: &'a Value, name: &str) -> &'a Value {
    figures["shares"].as_array().unwrap().iter().find(|share| share["name"] == name).unwrap()
}

/// The counts of several figures together, by their names.
fn sum<'a>(all: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, i64> {
    let mut sum = BTreeMap::new();
    for counts in all {
        for (name, count) in counts.as_object().unwrap() {
            *sum.entry(name.clone()).or_default() += count.as_i64().unwrap();
        }
    }
    sum
}

/// A hundredth of a province.
pub fn province(folder: &Path) -> Value {
    run(folder, ["demo", "--scale", "0.01", "--json"]).expect(0).json()
}

#[test]
fn a_made_up_province_has_the_figures_that_were_seen() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let made = province(data);
    let (from, to) = (made["figures"][0].as_str().unwrap(), made["figures"][1].as_str().unwrap());
    let report = run(data, ["report", "figures", "--from", from, "--to", to, "--json"]).expect(0).json();
    let total = &report["total"];
    assert_eq!((&report["unit"], &total["counts"]["units"]), (&json!("tinh-mau"), &json!(171)));
    assert_eq!(share(total, "signed")["percent"], 98.25, "{total}");
    assert_eq!(share(total, "on_time")["percent"], 98.15, "{total}");
    assert_eq!(share(total, "units_on_receipts")["part"], 171, "{total}");
    assert_eq!(
        (&share(total, "signed")["target"], &share(total, "electronic")["percent"]),
        (&json!(98.0), &json!(100.0))
    );
    assert!(share(total, "signed")["previous"].as_f64().unwrap() < 98.0, "{total}");

    // the sums: by level, by unit, of a unit with those below it
    let counts = |of: &str| report[of].as_array().unwrap().iter().map(|one| one["counts"].clone()).collect::<Vec<_>>();
    let whole = sum([&total["counts"]]);
    assert_eq!(sum(&counts("levels")), whole);
    assert_eq!(sum(&counts("units")), whole);
    assert_eq!(report["units"][0]["with_below"]["counts"], total["counts"]);
    let levels: Vec<_> =
        report["levels"].as_array().unwrap().iter().map(|l| (&l["level"], &l["counts"]["units"])).collect();
    assert_eq!(json!(levels), json!([["province", 1], ["department", 28], ["commune", 142]]));
    assert_eq!(report["months"].as_array().unwrap().len(), 12);

    // days that begin and end within months are what the months are
    let half = |from: &str, to: &str| {
        let half = run(data, ["report", "figures", "--from", from, "--to", to, "--json"]).expect(0).json();
        half["total"]["counts"].clone()
    };
    let year = today().year();
    let (first, second) =
        (half(from, &format!("{year}-01-10")), half(&format!("{year}-01-11"), &format!("{year}-12-31")));
    let halves = sum([&first, &second]);
    for name in
        ["documents", "documents_signed", "receipts", "amount", "portal_receipts", "dossier_receipts", "received"]
    {
        assert_eq!(halves[name], whole[name], "{name}");
    }

    // what the reports of receipts say
    let ledger = |by: &str| {
        let ran = run(
            data,
            [
                "receipt", "report", "--form", "ledger", "--by", by, "--unit", "tinh-mau", "--from", from, "--to", to,
                "--json",
            ],
        );
        ran.expect(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let by_unit = ledger("unit");
    assert_eq!(by_unit.len(), 171);
    let mut amounts = 0;
    for line in &by_unit {
        let unit = report["units"].as_array().unwrap().iter().find(|unit| unit["unit"] == line["key"]).unwrap();
        let counts = &unit["counts"];
        let number = |of: &Value, name: &str| of[name].as_i64().unwrap();
        assert_eq!(counts["amount"], line["amount"], "{line}");
        assert_eq!(
            number(counts, "counter_receipts") + number(counts, "portal_receipts"),
            number(line, "receipts"),
            "{line}"
        );
        let issued =
            ["receipts", "replaced_receipts", "voided_receipts"].map(|name| number(line, name)).iter().sum::<i64>();
        assert_eq!(number(counts, "receipts"), issued, "{line}");
        amounts += number(line, "amount");
    }
    assert_eq!(total["counts"]["amount"], amounts);
    for unit in ["tinh-mau", "so-07", "xa-100"] {
        let ran =
            run(data, ["receipt", "report", "--form", "bc26", "--unit", unit, "--from", from, "--to", to, "--json"])
                .expect(0);
        let uses: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let used = |name: &str| uses.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
        let counts =
            report["units"].as_array().unwrap().iter().find(|of| of["unit"] == unit).unwrap()["counts"].clone();
        assert_eq!(
            [used("issued"), used("replaced"), used("voided")].map(|n| json!(n)),
            [counts["receipts"].clone(), counts["receipts_replaced"].clone(), counts["receipts_voided"].clone()]
        );
        let own =
            run(data, ["report", "figures", "--from", from, "--to", to, "--unit", unit, "--json"]).expect(0).json();
        let ran = run(
            data,
            [
                "receipt", "report", "--form", "ledger", "--by", "fee", "--unit", unit, "--from", from, "--to", to,
                "--json",
            ],
        );
        let by_fee: BTreeMap<String, Value> = ran
            .expect(0)
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|line| (line["key"].as_str().unwrap().to_owned(), json!([line["receipts"], line["amount"]])))
            .collect();
        if unit != "tinh-mau" {
            let fees = own["fees"].as_array().unwrap().iter();
            let fees: BTreeMap<_, _> = fees
                .filter(|fee| fee["receipts"] != 0)
                .map(|fee| (fee["fee"].as_str().unwrap().to_owned(), json!([fee["receipts"], fee["amount"]])))
                .collect();
            assert_eq!(fees, by_fee.into_iter().filter(|(_, sums)| sums[0] != 0).collect(), "{unit}");
        }
    }

    // as a table
    let csv = data.join("figures.csv");
    run(data, ["report", "figures", "--from", from, "--to", to, "--csv", csv.to_str().unwrap()]).expect(0);
    let csv = std::fs::read_to_string(csv).unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 3 + 171 + 1, "{}", lines[0]);
    let at = lines[0].split(',').position(|name| name == "signed_percent").unwrap();
    assert!(lines[1].starts_with("total,tinh-mau,") && lines[1].split(',').nth(at) == Some("98.25"), "{}", lines[1]);

    // it says of itself what it is, and comes into no folder that holds anything
    let audit = run(data, ["audit", "verify"]).expect(1);
    assert!(audit.stdout.contains("is not there"), "{}", audit.stdout);
    assert!(std::fs::read_to_string(data.join("dauson.toml")).unwrap().contains("Made-up data"));
    let refused = run(data, ["demo", "--scale", "2,1,1,1"]).expect(73);
    assert!(refused.error_line().contains("already") || refused.error_line().contains("not empty"));
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("anything"), "x").unwrap();
    assert!(run(other.path(), ["demo", "--scale", "2,1,1,1"]).expect(73).error_line().contains("not empty"));
    run(other.path(), ["demo", "--scale", "1,1,1,1"]).expect(64);
}

fn figures(server: &Server, office: &Office, query: &str) -> Value {
    figures_as(server, office.token(Role::Leader), query)
}

fn figures_as(server: &Server, token: &str, query: &str) -> Value {
    server.get(&format!("/api/v1/reports/figures?{query}")).token(token).send().expect(200).json()
}

/// What is told of a unit by itself, if there is anything.
fn unit<'a>(report: &'a Value, id: &str) -> Option<&'a Value> {
    report["units"].as_array().unwrap().iter().find(|unit| unit["unit"] == id)
}

/// The same without the counts of units, which are fewer when two have become one.
fn work(counts: &Value) -> BTreeMap<String, i64> {
    let mut work = sum([counts]);
    work.retain(|name, _| !name.starts_with("units"));
    work
}

#[test]
fn what_was_done_is_counted_and_a_changed_count_is_found() {
    let office = Office::new();
    let server = office.serve();
    let (officer, accountant) = (office.token(Role::Officer), office.token(Role::Accountant));
    let post = |path: &str, token: &str, body: &Value| server.post(path).token(token).json(body).send();
    let issue = |key: &str, price: i64, method: &str, dossier: Option<&str>| {
        let mut request = office.receipt_request(price);
        request["payment"]["method"] = json!(method);
        request["dossier"] = json!(dossier);
        let asked = server.post("/api/v1/receipts").token(officer).header("idempotency-key", key).json(&request);
        asked.send().expect(201).json()["id"].as_str().unwrap().to_owned()
    };
    issue("a", 1_000, "cash", Some("HS-1"));
    let wrong = issue("b", 2_000, "cash", Some("HS-2"));
    let request = office.receipt_request(2_500);
    post(&format!("/api/v1/receipts/{wrong}/replace"), officer, &json!({"reason": "Sai số tiền", "request": request}))
        .expect(201);
    let reversed = issue("c", 4_000, "transfer", None);
    post(&format!("/api/v1/receipts/{reversed}/cancel"), officer, &json!({"reason": "Hoàn tiền"})).expect(202);
    post(&format!("/api/v1/receipts/{reversed}/cancel/approve"), accountant, &json!({})).expect(200);
    issue("d", 8_000, "portal", Some("HS-3"));

    let desk = Desk { office: &office, server: &server };
    let id = desk.draft(&decision());
    desk.up_to(&id, "issue");
    let second = desk.draft(&decision());
    desk.up_to(&second, "sign");
    let report = server.post("/api/v1/verify").token(office.token(Role::Clerk)).pdf(&desk.file(&id, 0)).send();
    let signatures = report.expect(200).json()["signatures"].clone();
    let is_lasting = signatures
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["type"] == "signature")
        .all(|one| one["level"] == "B-LT");

    let report = figures(&server, &office, &format!("period={}", month()));
    let counts = &report["total"]["counts"];
    let number = |name: &str| counts[name].as_i64().unwrap();
    assert_eq!([number("receipts"), number("receipts_replaced"), number("receipts_voided")], [5, 1, 1], "{counts}");
    assert_eq!([number("amount"), number("portal_amount")], [3 * (1_000 + 2_500 + 8_000), 3 * 8_000], "{counts}");
    assert_eq!([number("counter_receipts"), number("portal_receipts")], [2, 1], "{counts}");
    assert_eq!([number("dossier_receipts"), number("dossier_receipts_online")], [2, 1], "{counts}");
    assert_eq!(
        [number("documents"), number("documents_signed"), number("documents_same_day"), number("copies")],
        [1, 1, 1, 0]
    );
    assert_eq!(number("documents_lasting"), i64::from(is_lasting), "{signatures}");
    assert_eq!([number("units"), number("units_on_receipts")], [1, 1]);
    let ledger = server.get("/api/v1/reports/ledger?by=fee").token(accountant).send().expect(200).json();
    assert_eq!((&ledger["rows"][0]["amount"], &report["fees"][0]["amount"]), (&json!(34_500), &json!(34_500)));
    // a day gives the same as its month, and the day before it nothing
    let day = figures(&server, &office, &format!("from={0}&to={0}", today()));
    assert_eq!(&day["total"]["counts"], counts);
    let eve = today().previous_day().unwrap();
    assert_eq!(figures(&server, &office, &format!("from={eve}&to={eve}"))["total"]["counts"]["receipts"], 0);

    let token = office.token(Role::Clerk);
    post("/api/v1/reports/figures", token, &json!({"rows": [{"period": month(), "name": "dossiers", "value": 40}]}))
        .expect(200);
    drop(server);
    let data = office.folder.path();
    run(data, ["audit", "verify"]).expect(0);
    let copied = tempfile::tempdir().unwrap();
    for (statement, found) in [
        (
            "UPDATE figure SET count = count + 1 WHERE scale = 'month' AND key = 'signed'",
            "document signed: it is not what the rows come to",
        ),
        (
            "UPDATE figure SET dong = dong + 5 WHERE scale = 'day' AND key = 'portal' AND name = 'channel'",
            "channel portal: it is not",
        ),
        ("DELETE FROM figure WHERE scale = 'month' AND name = 'fee'", "fee CTBS: it is not"),
        ("UPDATE handed_figure SET value = 41", "figure handed in xa-son-mau"),
        ("DELETE FROM handed_figure", "is about a figure that was handed in, which is not in the database any more"),
        (
            "INSERT INTO handed_figure VALUES ('xa-khac', '2026', 'target.signed', 1, '2026-01-01T00:00:00Z')",
            "it is in the database, and the log does not have it",
        ),
        ("DROP TRIGGER figure_of_receipt", "trigger figure_of_receipt is missing"),
    ] {
        copy(data, copied.path());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if statement.starts_with("DROP") {
            runtime.block_on(async {
                let pool =
                    sqlx::SqlitePool::connect(&format!("sqlite://{}", copied.path().join("dauson.db").display()))
                        .await
                        .unwrap();
                sqlx::query(statement).execute(&pool).await.unwrap();
                pool.close().await;
            });
        } else {
            runtime.block_on(change(copied.path(), statement));
        }
        let audit = run(copied.path(), ["audit", "verify"]).expect(1);
        assert!(audit.stdout.contains(found), "{statement}: {}", audit.stdout);
    }
}

#[test]
fn units_hand_in_their_own_figures_and_leaders_set_targets() {
    let office = Office::new();
    // the other unit is below a province, with which the first one has nothing to do
    let data = office.folder.path();
    let put =
        ["unit", "put", "tinh-mau", "--name", "UBND tỉnh Mẫu", "--tax-code", "6100000001", "--address", "Phường 1"];
    run(data, put).expect(0);
    run(data, ["unit", "put", UNIT, "--parent", "tinh-mau", "--kind", "commune"]).expect(0);
    let server = office.serve();
    let month = month();
    let send = |role: Role, rows: Value| {
        server.post("/api/v1/reports/figures").token(office.token(role)).json(&json!({"rows": rows})).send()
    };
    let row = |name: &str, value: Value| json!({"period": month, "name": name, "value": value});
    let taken =
        send(Role::Clerk, json!([row("dossiers", json!(200)), row("dossiers_on_time", json!(190))])).expect(200).json();
    assert_eq!(taken, json!({"rows": 2, "changed": 2}));
    let again = send(Role::Officer, json!([row("dossiers", json!(200)), row("dossiers_on_time", json!(197))]))
        .expect(200)
        .json();
    assert_eq!(again, json!({"rows": 2, "changed": 1}));
    assert_eq!(send(Role::Clerk, json!([row("target.on_time", json!(98))])).problem(403), "figures.target");
    send(Role::Leader, json!([{"period": &month[..4], "name": "target.on_time", "value": 98.75}])).expect(200);
    assert_eq!(send(Role::Auditor, json!([])).problem(403), "auth.role");

    let read = figures(&server, &office, &format!("period={month}"));
    let on_time = share(&read["total"], "on_time");
    assert_eq!((&on_time["part"], &on_time["percent"], &on_time["target"]), (&json!(197), &json!(98.5), &json!(98.75)));
    // a target of the year holds in its months, and in no period beyond it
    let beyond = figures(&server, &office, &format!("from=2020-01-01&to={}", today()));
    assert_eq!(share(&beyond["total"], "on_time")["target"], Value::Null);

    for (wrong, code) in [
        (json!([row("dossiers_on_time", json!(201))]), "figures.value"),
        (json!([row("dossiers", json!(-1))]), "figures.value"),
        (json!([row("dossiers", json!(1.5))]), "figures.value"),
        (json!([row("target.on_time", json!(100.01))]), "figures.value"),
        (json!([row("target.beauty", json!(1))]), "figures.name"),
        (json!([row("receipts", json!(1))]), "figures.name"),
        (json!([{"period": &month[..4], "name": "dossiers", "value": 1}]), "figures.period"),
        (json!([{"period": "2999-01", "name": "dossiers", "value": 1}]), "figures.period"),
        (json!([{"period": "yesterday", "name": "dossiers", "value": 1}]), "report.period"),
        (json!([{"period": month, "name": "dossiers", "value": 1, "who": "me"}]), "request.json"),
    ] {
        assert_eq!(send(Role::Leader, wrong.clone()).problem(422), code, "{wrong}");
    }
    // another's unit, and the one above, are as if they were not there
    for other in [OTHER_UNIT, "tinh-mau", "nowhere"] {
        let row = json!({"unit": other, "period": month, "name": "dossiers", "value": 1});
        assert_eq!(send(Role::Leader, json!([row])).problem(404), "people.not_found");
        let path = format!("/api/v1/reports/figures?unit={other}");
        assert_eq!(server.get(&path).token(office.token(Role::Leader)).send().problem(404), "people.not_found");
    }
    for query in [
        "period=2026-13",
        "from=2026-01-01",
        "from=2026-02-01&to=2026-01-01",
        "period=2026&from=2026-01-01&to=2026-01-02",
        "by=colour",
    ] {
        server.get(&format!("/api/v1/reports/figures?{query}")).token(office.token(Role::Admin)).send().problem(422);
    }
    // as a table, in and out
    let csv = format!("unit,period,name,value\n{UNIT},{month},paper_documents,3\n");
    let sent =
        server.post("/api/v1/reports/figures").token(office.token(Role::Clerk)).body("text/csv", csv.as_bytes()).send();
    assert_eq!(sent.expect(200).json()["changed"], 1);
    let path = format!("/api/v1/reports/figures?period={month}&format=csv");
    let table = server.get(&path).token(office.token(Role::Auditor)).send().expect(200);
    assert!(table.header("content-type").unwrap().starts_with("text/csv"));
    let table = table.text();
    assert!(table.lines().nth(1).unwrap().contains(&format!("total,{UNIT},")), "{table}");
    drop(server);

    // on the command line, for all units; all rows or none
    let table = data.join("figures.csv");
    std::fs::write(
        &table,
        format!("unit;period;name;value\ntinh-mau;{};target.on_time;97,5\n{UNIT};{month};dossiers;1\n", &month[..4]),
    )
    .unwrap();
    let table = table.to_str().unwrap();
    let refused = run(data, ["report", "figures", "import", table]).expect(64);
    assert!(refused.error_line().contains("197"), "{refused:?}");
    std::fs::write(table, format!("unit;period;name;value\ntinh-mau;{};target.signed;97,5\n", &month[..4])).unwrap();
    run(data, ["report", "figures", "import", table]).expect(0);
    run(data, ["report", "figures", "import", "nowhere.csv"]).expect(66);
    // what is above has a target, and what is below has it, too, where it has none of its own
    let told = run(data, ["report", "figures", "--unit", UNIT, "--period", &month, "--json"]).expect(0).json();
    assert_eq!(
        (&share(&told["total"], "signed")["target"], &share(&told["total"], "on_time")["target"]),
        (&json!(97.5), &json!(98.75))
    );
    assert!(run(data, ["report", "figures", "--unit", "tinh-mau"]).expect(0).stdout.contains("commune: 1 units"));
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn what_two_communes_did_is_told_of_the_one_that_they_became() {
    let office = Office::new();
    let data = office.folder.path();
    let admin = units::province(&office);
    let leader = units::token(data, "chủ tịch tỉnh", PROVINCE, "leader", None);
    let put = |id: &str, more: &[&str]| {
        let all = ["unit", "put", id, "--name", id, "--tax-code", "6100000002", "--address", "Thôn 3"];
        run(data, [&all[..], more].concat()).expect(0);
    };
    // whatever they are called, their kinds say what they are
    put("xa-hoi-hoc", &["--parent", PROVINCE]);
    put("truong-mau", &["--parent", UNIT, "--kind", "service"]);
    put("doi-cu", &["--parent", PROVINCE, "--kind", "department"]);
    let server = office.serve();
    let post = |token: &str, path: &str, body: &Value| server.post(path).token(token).json(body).send();
    let mut chief = person(&office, &server, "lanh-dao", Role::Leader, None);
    let new = json!({"id": NEW, "name": "ỦY BAN NHÂN DÂN XÃ MỚI", "kind": "commune", "tax_code": "6109999990", "address": "Thôn 1"});
    post(&admin, "/api/v1/units", &new).expect(201);

    // what both did before
    let issue = |token: &str, key: &str, price: i64| {
        let mut request = office.receipt_request(price);
        request.as_object_mut().unwrap().remove("series");
        let asked = server.post("/api/v1/receipts").token(token).header("idempotency-key", key).json(&request);
        asked.send().expect(201).json()["id"].as_str().unwrap().to_owned()
    };
    let (officer, theirs) = (office.token(Role::Officer), office.other_token(Role::Officer));
    let first = issue(officer, "a", 1_000);
    issue(officer, "b", 2_000);
    issue(theirs, "a", 4_000);
    let desk = Desk { office: &office, server: &server };
    let document = desk.draft(&decision());
    desk.up_to(&document, "issue");
    let (month, last) = (month(), today().replace_day(1).unwrap().previous_day().unwrap().to_string()[..7].to_owned());
    let row = |unit: &str, period: &str, value: u32| json!({"unit": unit, "period": period, "name": "dossiers", "value": value});
    let rows = [
        row(UNIT, &month, 10),
        row(OTHER_UNIT, &month, 20),
        row("doi-cu", &month, 7),
        row(UNIT, &last, 300),
        row(OTHER_UNIT, &last, 500),
    ];
    post(&leader, "/api/v1/reports/figures", &json!({"rows": rows})).expect(200);
    let of = |query: &str| figures_as(&server, &leader, query);
    let counts = |report: &Value, id: &str| unit(report, id).map(|unit| unit["counts"].clone());
    let before = of(&format!("period={month}"));
    assert_eq!(before["total"]["counts"]["units"], 7, "{before}");
    let levels = |report: &Value| {
        let level = |of: &Value| (of["level"].as_str().unwrap().to_owned(), of["counts"]["units"].as_i64().unwrap());
        report["levels"].as_array().unwrap().iter().map(level).collect::<Vec<_>>()
    };
    let told = |of: &[(&str, i64)]| of.iter().map(|(level, units)| ((*level).to_owned(), *units)).collect::<Vec<_>>();
    assert_eq!(levels(&before), told(&[("province", 1), ("department", 1), ("commune", 4), ("unknown", 1)]));
    run(data, ["unit", "put", "xa-hoi-hoc", "--kind", "department"]).expect(0);

    // merged, and another one closed: all that was done is still told, of fewer units
    let plan = units::merge(&server, &admin, None).expect(200).json();
    units::merge(&server, &admin, plan["seen"].as_str()).expect(200);
    run(data, ["unit", "close", "doi-cu", "--basis", "Quyết định 12/QĐ-UBND"]).expect(0);
    let after = of(&format!("period={month}"));
    assert_eq!(work(&after["total"]["counts"]), work(&before["total"]["counts"]));
    assert_eq!(work(&after["total"]["previous"]), work(&before["total"]["previous"]));
    assert_eq!(after["fees"], before["fees"]);
    assert_eq!(after["months"], before["months"]);
    assert_eq!(levels(&after), told(&[("province", 1), ("department", 1), ("commune", 2)]));
    let total = &after["total"]["counts"];
    assert_eq!((&total["units"], &total["units_on_receipts"]), (&json!(4), &json!(1)), "{after}");
    let mut parts = after["units"].as_array().unwrap().iter().map(|unit| &unit["counts"]);
    assert_eq!(sum(parts.by_ref()), sum([total]));
    assert!([UNIT, OTHER_UNIT].iter().all(|old| unit(&after, old).is_none()), "{after}");
    let merged = unit(&after, NEW).unwrap();
    let theirs_before = [UNIT, OTHER_UNIT].map(|old| counts(&before, old).unwrap());
    let mut both = sum(&theirs_before);
    both.retain(|name, _| !name.starts_with("units"));
    assert_eq!(work(&merged["counts"]), both);
    assert_eq!((&merged["counts"]["receipts"], &merged["counts"]["documents"]), (&json!(3), &json!(1)), "{merged}");
    assert_eq!((&merged["counts"]["units"], &merged["previous"]["units"]), (&json!(1), &json!(2)), "{merged}");
    let merged_names = merged["merged"].as_array().unwrap().iter().map(|one| one["unit"].as_str().unwrap());
    assert_eq!(merged_names.collect::<Vec<_>>(), [OTHER_UNIT, UNIT]);
    assert_eq!(
        (&merged["with_below"]["counts"]["units"], &unit(&after, "truong-mau").unwrap()["parent"]),
        (&json!(2), &json!(NEW))
    );
    // what was closed has what it did to itself, and is none of the units
    let closed = counts(&after, "doi-cu").unwrap();
    assert_eq!((&closed["dossiers"], &closed["units"]), (&json!(7), &json!(0)));
    let later = of("period=2999");
    assert!(later["total"]["counts"]["units"] == 4 && unit(&later, "doi-cu").is_none(), "{later}");

    // before the day they were units of their own, and the new one was not there
    let earlier = of(&format!("period={last}"));
    assert_eq!(
        after["total"]["previous"], earlier["total"]["counts"],
        "a period is the same as the one before the next"
    );
    let dossiers = [UNIT, OTHER_UNIT].map(|old| counts(&earlier, old).unwrap()["dossiers"].clone());
    assert_eq!(dossiers, [json!(300), json!(500)]);
    assert_eq!((&earlier["total"]["counts"]["units"], merged["previous"]["dossiers"].as_i64()), (&json!(6), Some(800)));
    assert!(counts(&earlier, NEW).is_none_or(|new| new["units"] == 0), "{earlier}");
    let (day, eve) = (today(), today().previous_day().unwrap());
    let days = [of(&format!("from={eve}&to={eve}")), of(&format!("from={day}&to={day}"))];
    assert_eq!(days.each_ref().map(|of| of["total"]["counts"]["units"].as_i64()), [Some(6), Some(4)]);
    assert_eq!(counts(&days[1], NEW).unwrap()["receipts"], 3);

    // who asks for an old one is told of the one that has its place; that one's leader sees what the old ones did before as well
    assert_eq!(of(&format!("unit={UNIT}&period={month}"))["unit"], NEW);
    let old = of(&format!("unit={UNIT}&period={last}"));
    assert_eq!((&old["unit"], &old["total"]["counts"]["dossiers"]), (&json!(UNIT), &json!(300)));
    let own = figures(&server, &office, &format!("period={last}"));
    assert_eq!((&own["unit"], &own["total"]["counts"]["dossiers"]), (&json!(NEW), &json!(800)), "{own}");
    assert_eq!(unit(&own, OTHER_UNIT).unwrap()["counts"]["dossiers"], 500);
    let own = figures(&server, &office, &format!("period={month}"));
    assert_eq!(own["months"][10]["counts"]["dossiers"], 800, "{own}");
    let cookie = chief.enter(&server);
    let page = server.get(&format!("/figures?period={month}")).header("cookie", &cookie).send().expect(200).text();
    assert!(page.contains("(đã sáp nhập)") && page.contains(&format!("Ủy ban nhân dân {UNIT}")), "{page}");
    let csv = server
        .get(&format!("/api/v1/reports/figures?period={month}&format=csv"))
        .token(&leader)
        .send()
        .expect(200)
        .text();
    assert!(csv.contains(&format!("unit,{NEW},")) && !csv.contains(UNIT), "{csv}");

    // and what becomes of an old receipt later
    post(officer, &format!("/api/v1/receipts/{first}/cancel"), &json!({"reason": "Hoàn tiền"})).expect(202);
    post(office.token(Role::Accountant), &format!("/api/v1/receipts/{first}/cancel/approve"), &json!({})).expect(200);
    let now = counts(&of(&format!("period={month}")), NEW).unwrap();
    assert_eq!([&now["receipts"], &now["receipts_voided"], &now["amount"]], [&json!(3), &json!(1), &json!(18_000)]);
    drop(server);
    run(data, ["audit", "verify"]).expect(0);
}
