//! What a province counts: made-up data gives the figures that were seen, sums agree with one another and with the reports of receipts, what was
//! really done is counted, what is handed in is logged, and an audit finds a count that somebody has changed.

use crate::audit_receipts::{change, copy};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::registry::{Desk, decision};
use crate::server::Server;
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
    let path = format!("/api/v1/reports/figures?{query}");
    server.get(&path).token(office.token(Role::Leader)).send().expect(200).json()
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
    run(data, ["unit", "put", UNIT, "--parent", "tinh-mau"]).expect(0);
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
