//! Units are made, renamed, merged and closed, over HTTP and on the command line: what was issued keeps its name and is in the hands of the unit
//! that has the old one's place; people, numbers, registers and delegations follow, and the audit agrees.

use crate::audit_receipts::{change, copy};
use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::{Ran, run};
use crate::registry::{Desk, decision, place};
use crate::server::{Answer, Server, sample_pdf};
use crate::sign_in;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::Path;

pub const PROVINCE: &str = "tinh-mau";
pub const NEW: &str = "xa-moi";
const BASIS: &str = "Nghị quyết 1660/NQ-UBTVQH15";

pub fn token(data: &Path, name: &str, unit: &str, role: &str, key: Option<&str>) -> String {
    let key: Vec<&str> = key.iter().flat_map(|key| ["--key", key]).collect();
    let arguments = [&["token", "create", "--name", name, "--unit", unit, "--role", role][..], &key].concat();
    run(data, arguments).expect(0).stdout.trim().to_owned()
}

/// The province above both communes, and its administrator.
pub fn province(office: &Office) -> String {
    let data = office.folder.path();
    let unit = |arguments: &[&str]| run(data, [&["unit", "put"], arguments].concat());
    let names = ["--name", "ỦY BAN NHÂN DÂN TỈNH MẪU", "--tax-code", "6100000001", "--address", "Phường Mẫu"];
    unit(&[&[PROVINCE, "--kind", "province", "--code", "H34"], &names[..]].concat()).expect(0);
    unit(&[UNIT, "--parent", PROVINCE, "--kind", "commune", "--code", "H34.12"]).expect(0);
    unit(&[OTHER_UNIT, "--parent", PROVINCE, "--kind", "commune", "--code", "H34.13"]).expect(0);
    unit(&[UNIT, "--kind", "ward"]).expect(64).error_line();
    unit(&[UNIT, "--code", "Kon Tum"]).expect(64).error_line();
    unit(&[UNIT, "--code", "H34.13"]).expect(65).error_line();
    token(data, "sở nội vụ", PROVINCE, "admin", None)
}

/// An authority that the data folder trusts. A server looks for anchors every half minute, so it is there before one starts.
fn authority(office: &Office) -> tempfile::TempDir {
    let (data, pki) = (office.folder.path(), tempfile::tempdir().unwrap());
    let made = pki.path().join("pki");
    run(data, ["pki", "init", &made.display().to_string(), "--algorithm", "p256"]).expect(0);
    std::fs::copy(made.join("root.pem"), data.join("trust/new.pem")).unwrap();
    for ca in ["root", "issuing"] {
        std::fs::copy(made.join(format!("{ca}.crl")), data.join(format!("crls/new-{ca}.crl"))).unwrap();
    }
    pki
}

/// Keys of its own for the new commune, of that authority; and tokens with them.
fn keys(office: &Office, authority: &tempfile::TempDir) -> (String, String) {
    let (data, made) = (office.folder.path(), authority.path().join("pki"));
    let file = |name: &str| made.join(name).display().to_string();
    for name in ["leader", "seal", "receipt"] {
        let (id, p12) = (format!("{NEW}.{name}"), file(&format!("{name}.p12")));
        let password = file("password.txt");
        run(data, ["key", "import", &id, "--unit", NEW, "--p12", &p12, "--password-file", &password]).expect(0);
    }
    run(data, ["unit", "put", NEW, "--receipt-key", &format!("{NEW}.receipt")]).expect(0);
    let bound = |role: &str, key: &str| token(data, &format!("{role} mới"), NEW, role, Some(&format!("{NEW}.{key}")));
    (bound("leader", "leader"), bound("clerk", "seal"))
}

fn audited(office: &Office) {
    let ran = run(office.folder.path(), ["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(ran["faults"], 0, "{ran}");
}

/// Merges both communes into the new one; without what was seen, it is only said what would follow.
pub fn merge(server: &Server, token: &str, seen: Option<&str>) -> Answer {
    let mut body = json!({"sources": [UNIT, OTHER_UNIT], "successor": NEW, "basis": BASIS});
    if let Some(seen) = seen {
        body["seen"] = json!(seen);
    }
    server.post("/api/v1/units/merge").token(token).json(&body).send()
}

fn request(reference: Option<&str>) -> Value {
    json!({"payer": {"name": "Nguyễn Văn A", "personal_id": "000175000001", "address": "Thôn 2"},
        "lines": [{"fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 3, "unit_price": 2000}],
        "payment": {"method": reference.map_or("cash", |_| "portal"), "reference": reference}})
}

#[test]
fn two_communes_are_merged_and_everything_follows() {
    let office = Office::new();
    let data = office.folder.path();
    let admin = province(&office);
    // below the one commune a school, whose fees come from above
    let school = ["truong-mau", "--name", "Trường Mẫu", "--tax-code", "6100000002", "--address", "Thôn 3"];
    run(data, [&["unit", "put"], &school[..], &["--parent", UNIT, "--kind", "service"]].concat()).expect(0);
    let fee = ["fee", "set", "CTBS", "--unit", PROVINCE, "--name", "Phí chứng thực bản sao", "--kind", "phi"];
    let more = ["--legal-basis", "TT 226", "--measure", "trang", "--price", "2000", "--from", "2020-01-01"];
    run(data, [&fee[..], &more].concat()).expect(0);
    let authority = authority(&office);
    let server = office.serve();
    let get = |token: &str, path: &str| server.get(path).token(token).send();
    let post = |token: &str, path: &str, body: &Value| server.post(path).token(token).json(body).send();

    // made by the administrator of the province, below it and nowhere else
    let new = json!({"id": NEW, "name": "ỦY BAN NHÂN DÂN XÃ MỚI", "kind": "commune", "code": "H34.14",
        "tax_code": "6109999990", "address": "Thôn 1"});
    let made = post(&admin, "/api/v1/units", &new).expect(201).json();
    assert_eq!((&made["parent"], &made["code"]), (&json!(PROVINCE), &json!("H34.14")));
    assert_eq!(post(&admin, "/api/v1/units", &new).problem(409), "unit.exists");
    let own = office.token(Role::Admin);
    let rename = json!({"name": "XÃ KHÁC", "basis": BASIS});
    assert_eq!(post(own, &format!("/api/v1/units/{UNIT}/rename"), &rename).problem(403), "unit.own");
    assert_eq!(post(own, &format!("/api/v1/units/{OTHER_UNIT}/rename"), &rename).problem(404), "people.not_found");
    get(own, &format!("/api/v1/units/{OTHER_UNIT}")).problem(404);
    assert_eq!(merge(&server, own, None).problem(403), "unit.own");
    assert_eq!(merge(&server, office.token(Role::Leader), None).problem(403), "auth.role");
    let (new_leader, new_clerk) = keys(&office, &authority);

    // what both communes did before
    let desk = Desk { office: &office, server: &server };
    let old_decision = desk.draft(&decision());
    desk.up_to(&old_decision, "issue");
    let withdrawn = desk.draft(&decision());
    desk.up_to(&withdrawn, "issue");
    let half_done = desk.draft(&decision());
    desk.up_to(&half_done, "initial");
    let officer = office.token(Role::Officer);
    let issue = |token: &str, key: &str, reference: Option<&str>| {
        server.post("/api/v1/receipts").token(token).header("idempotency-key", key).json(&request(reference)).send()
    };
    let first = issue(officer, "k1", Some("PAY-1")).expect(201).json();
    let second = issue(officer, "k2", None).expect(201).json();
    let third = issue(officer, "k3", None).expect(201).json();
    let theirs = issue(office.other_token(Role::Officer), "k1", None).expect(201).json();
    let id = |receipt: &Value| receipt["id"].as_str().unwrap().to_owned();
    let stored = server.post("/api/v1/documents").token(office.token(Role::Clerk)).pdf(&sample_pdf()).send();
    let stored = stored.expect(201).json()["id"].as_str().unwrap().to_owned();
    let tokens = run(data, ["token", "list", "--json"]).expect(0).stdout;
    let tokens: Vec<Value> = tokens.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let drafter = tokens.iter().find(|t| t["role"] == "drafter" && t["unit"] == UNIT).unwrap();
    let until = "2030-01-01T00:00:00Z";
    let delegation = json!({"holder": drafter["id"], "words": "TL", "title": "CHỦ TỊCH", "from": "2026-01-01T00:00:00Z", "until": until});
    post(office.token(Role::Leader), "/api/v1/delegations", &delegation).expect(201);
    // people: an officer here and there, and one who is clerk here and leader there
    let mut cashier = sign_in::person(&office, &server, "thu-quy", Role::Officer, None);
    let cookie = cashier.enter(&server);
    let give = |login: &str, unit: &str, role: &str| {
        sign_in::user(&office, &["office", login, "--unit", unit, "--role", role, "--title", "Chức vụ"]).expect(0);
    };
    give("thu-quy", OTHER_UNIT, "officer");
    sign_in::person(&office, &server, "can-bo", Role::Clerk, Some("xa-son-mau.seal"));
    give("can-bo", OTHER_UNIT, "leader");
    audited(&office);

    // what would follow is said, and nothing is done
    let plan = merge(&server, &admin, None).expect(200).json();
    let names = |of: &Value, key: &str| -> Vec<String> {
        of.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&plan["series_closed"], "series"), [&*office.series, &*office.other_series]);
    assert_eq!(plan["series_closed"][0]["left"], 99_999_996);
    assert_eq!(plan["series_opened"].as_array().unwrap().len(), 1, "{plan}");
    let becomes: Vec<(String, String)> = plan["offices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| {
            (
                format!("{} {}", o["login"].as_str().unwrap(), o["role"].as_str().unwrap()),
                o["becomes"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    for (office, expected) in [
        ("thu-quy officer", "moved"),
        ("thu-quy officer", "doubled"),
        ("can-bo clerk", "moved"),
        ("can-bo leader", "apart"),
    ] {
        assert!(becomes.contains(&(office.to_owned(), expected.to_owned())), "{office}: {becomes:?}");
    }
    assert_eq!(plan["tokens"].as_array().unwrap().len(), 16);
    assert_eq!(plan["keys_stopped"].as_array().unwrap().len(), 6, "{plan}");
    assert_eq!(plan["delegations_moved"].as_array().unwrap().len(), 1);
    assert_eq!((&plan["units_moved"], &plan["unfinished"]), (&json!(["truong-mau"]), &json!(1)));
    let shown = get(&admin, &format!("/api/v1/units/{UNIT}")).expect(200).json();
    assert_eq!((&shown["unit"]["closed"], &shown["history"]), (&Value::Null, &json!([])));
    issue(officer, "k4", None).expect(201);
    // a receipt more is no reason to look again; another token is
    let again = merge(&server, &admin, None).expect(200).json();
    assert_eq!(again["seen"], plan["seen"]);
    assert_eq!(merge(&server, &admin, Some(&"0".repeat(64))).problem(409), "unit.seen");
    let seen = plan["seen"].as_str().unwrap();
    let more =
        json!({"sources": [UNIT, OTHER_UNIT], "successor": NEW, "basis": BASIS, "seen": seen, "day": "2999-01-01"});
    assert_eq!(post(&admin, "/api/v1/units/merge", &more).problem(409), "unit.seen");
    let done = merge(&server, &admin, Some(seen)).expect(200).json();
    assert_eq!(done["seen"], plan["seen"]);
    assert_eq!(merge(&server, &admin, Some(seen)).problem(409), "unit.closed");

    // the units: what they became
    let shown = get(&admin, &format!("/api/v1/units/{UNIT}")).expect(200).json();
    assert_eq!(shown["unit"]["successor"], NEW);
    assert_eq!((&shown["history"][0]["kind"], &shown["history"][0]["basis"]), (&json!("merged"), &json!(BASIS)));
    let school = get(&admin, "/api/v1/units/truong-mau").expect(200).json();
    assert_eq!(school["unit"]["parent"], NEW);

    // people: tokens are the new unit's, sessions have ended, and nobody signs with an old key
    assert_eq!(server.get("/api/v1/session").header("cookie", &cookie).send().problem(401), "auth.session");
    let cookie = cashier.enter(&server);
    let session = server.get("/api/v1/session").header("cookie", &cookie).send().expect(200).json();
    assert!(session["office"]["unit"] == NEW && session["offices"].as_array().unwrap().len() == 1, "{session}");
    let old_key = server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send();
    assert_eq!(old_key.status, 403, "{old_key:?}");

    // receipts: found, shown, the same for the same request, replaced, voided, notified
    for (who, token) in [("its own", officer), ("the other's", office.other_token(Role::Officer))] {
        let found = get(token, "/api/v1/receipts?limit=100").expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 5, "{who}: {found}");
        let found = get(token, "/api/v1/receipts?payer=nguyen%20van").expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 5, "{who}: {found}");
        let mut pages = (String::new(), Vec::new());
        loop {
            let page = get(token, &format!("/api/v1/receipts?limit=2{}", pages.0)).expect(200).json();
            pages.1.extend(names(&page["items"], "id"));
            let Some(next) = page["next"].as_str() else { break };
            pages.0 = format!("&cursor={next}");
        }
        pages.1.dedup();
        assert_eq!(pages.1.len(), 5, "{who}: {pages:?}");
        get(token, &format!("/api/v1/receipts/{}", id(&first))).expect(200);
        get(token, &format!("/api/v1/receipts/{}.xml", id(&theirs))).expect(200);
    }
    // on the page the newest stand first, whichever of the units has issued them
    let found = get(officer, "/api/v1/receipts?limit=100").expect(200).json();
    let page = server.get("/receipts").header("cookie", &cookie).send().expect(200).text();
    let places = names(&found["items"], "id").into_iter().map(|id| page.find(&format!("/receipts/{id}")).unwrap());
    assert!(places.collect::<Vec<_>>().is_sorted_by(|older, newer| older > newer), "{page}");
    let same = issue(officer, "k1", Some("PAY-1")).expect(201).json();
    assert_eq!(id(&same), id(&first), "the same request gives the same receipt");
    assert_eq!(issue(officer, "k9", Some("pay-1")).problem(409), "receipt.payment_reference");
    let issued = issue(officer, "k5", None).expect(201).json();
    let series = plan["series_opened"][0].as_str().unwrap();
    assert_eq!(id(&issued), format!("{series}/00000001"));
    let replace = json!({"reason": "Sai số tiền", "request": request(None)});
    let replaced = post(officer, &format!("/api/v1/receipts/{}/replace", id(&second)), &replace).expect(201).json();
    assert_eq!((&*id(&replaced), &replaced["replaces"]), (&*format!("{series}/00000002"), &second["id"]));
    let cancel = json!({"reason": "Hoàn tiền"});
    let path = format!("/api/v1/receipts/{}/cancel", id(&third));
    assert_eq!(post(officer, &path, &cancel).json()["state"], "issued", "the accountant approves first");
    let approve = format!("{path}/approve");
    let accountant = office.other_token(Role::Accountant);
    assert_eq!(post(accountant, &approve, &json!({})).expect(200).json()["state"], "voided");
    let notice = json!({"reason": "Sai địa chỉ"});
    post(officer, &format!("/api/v1/receipts/{}/notify", id(&theirs)), &notice).expect(200);
    // reported by the new unit
    let today = time::OffsetDateTime::now_utc().to_offset(dauson::data_folder::VIETNAM).date();
    let auditor = office.token(Role::Auditor);
    let rows = get(auditor, &format!("/api/v1/reports/use?from={today}&to={today}")).expect(200).json();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 3, "{rows}");
    let old = rows["rows"].as_array().unwrap().iter().find(|row| row["series"] == *office.series).unwrap();
    assert_eq!((&old["issued"], &old["voided"], &old["closing"]), (&json!(4), &json!(1), &json!(0)));
    let daily = get(officer, &format!("/api/v1/reports/daily?date={today}")).expect(200).json();
    assert_eq!((&daily["new"]["receipts"], &daily["cancelled"]["receipts"]), (&json!(6), &json!(1)), "{daily}");
    let signed = get(officer, &format!("/api/v1/reports/daily?date={today}&format=xml")).expect(200);
    assert!(signed.text().contains("ỦY BAN NHÂN DÂN XÃ MỚI"));
    let ledger = get(auditor, "/api/v1/reports/ledger?by=fee").expect(200).json();
    assert_eq!(ledger["rows"][0]["receipts"], 5, "{ledger}");
    let xml = get(officer, &format!("/api/v1/receipts/{}.xml", id(&first))).expect(200).text();
    assert!(xml.contains(&format!("Ủy ban nhân dân {UNIT}")), "the old receipt has the old name");
    let xml = get(officer, &format!("/api/v1/receipts/{}.xml", id(&issued))).expect(200).text();
    assert!(xml.contains("ỦY BAN NHÂN DÂN XÃ MỚI"));
    // fees come from above
    let fees = get(officer, "/api/v1/fees").expect(200).json();
    assert_eq!(fees["items"][0]["code"], "CTBS", "{fees}");

    // documents: old ones with the old name, in the hands of the new unit
    let old = desk.show(&old_decision);
    assert_eq!(old["unit_name"], format!("Ủy ban nhân dân {UNIT}"));
    let theirs = get(office.other_token(Role::Clerk), &format!("/api/v1/outgoing/{old_decision}")).expect(200).json();
    assert_eq!(theirs["symbol"], old["symbol"]);
    get(office.token(Role::Clerk), &format!("/api/v1/documents/{stored}")).expect(200);
    let listed = get(office.other_token(Role::Clerk), "/api/v1/documents").expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let sign =
        server.post(&format!("/api/v1/outgoing/{half_done}/sign")).token(&new_leader).json(&place("sign")).send();
    assert_eq!(sign.problem(409), "registry.unit_closed");
    let cancel = server.post(&format!("/api/v1/outgoing/{half_done}/cancel")).token(&new_leader);
    cancel.json(&json!({"reason": "Soạn lại ở xã mới"})).send().expect(200);
    let reason = json!({"reason": "Hết hiệu lực do sáp nhập"});
    server.post(&format!("/api/v1/outgoing/{withdrawn}/withdraw")).token(&new_leader).json(&reason).send().expect(200);
    // new ones begin a new register, and replace old ones
    let mut options = decision();
    options["relation"] = json!({"kind": "replaces", "to": old_decision});
    let fresh = desk.draft(&options);
    let act = |token: &str, act: &str, body: &Value| {
        server.post(&format!("/api/v1/outgoing/{fresh}/{act}")).token(token).json(body).send().expect(200).json()
    };
    act(office.token(Role::Drafter), "initial", &json!({}));
    act(&new_leader, "sign", &place("sign"));
    let numbered = act(&new_clerk, "number", &place("number"));
    assert_eq!(numbered["number"], 1);
    act(&new_clerk, "register", &json!({}));
    act(&new_clerk, "seal", &place("seal"));
    let issued = act(&new_clerk, "issue", &json!({}));
    assert_eq!(issued["unit_name"], "ỦY BAN NHÂN DÂN XÃ MỚI");
    assert_eq!(desk.show(&old_decision)["state"], "replaced");
    let register = get(&new_clerk, "/api/v1/registers/out").expect(200).text();
    assert_eq!(register.matches("QĐ-UBND").count(), 1, "{register}");
    let register = get(&new_clerk, &format!("/api/v1/registers/out?unit={UNIT}")).expect(200).text();
    assert_eq!(register.matches("QĐ-UBND").count(), 2, "{register}");
    get(&new_clerk, &format!("/api/v1/registers/out?unit={PROVINCE}")).problem(404);
    let found = get(&new_clerk, "/api/v1/outgoing").expect(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 4);
    let delegations = get(&new_clerk, "/api/v1/delegations").expect(200).json();
    assert_eq!((&delegations[0]["holder"], &delegations[0]["until"]), (&drafter["id"], &json!(until)));

    // nothing new comes to what has ended
    let fails = |arguments: &[&str], code: i32| _ = run(data, arguments.iter().copied()).expect(code).error_line();
    fails(&["token", "create", "--name", "n", "--unit", UNIT, "--role", "officer"], 65);
    fails(&["receipt", "series", "create", &office.series.replace("TAA", "TYY"), "--unit", UNIT], 65);
    fails(&["unit", "put", UNIT, "--address", "Thôn 9"], 65);
    fails(&["unit", "rename", UNIT, "--name", "Khác", "--basis", BASIS], 65);
    fails(&["user", "office", "can-bo", "--unit", UNIT, "--role", "officer", "--title", "x"], 65);
    let log = run(data, ["audit", "show", "--json"]).expect(0).stdout;
    assert_eq!(log.matches(r#""action":"unit.merged""#).count(), 2);
    drop(server);
    audited(&office);
}

#[tokio::test]
async fn a_unit_is_renamed_and_closed_and_audits_name_what_was_changed() {
    let office = Office::new();
    let data = office.folder.path();
    province(&office);
    let unit = |arguments: &[&str]| -> Ran { run(data, [&["unit"], arguments].concat()) };
    let request = data.join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    let issue =
        || run(data, ["receipt", "issue", &request.display().to_string(), "--unit", UNIT, "--json"]).expect(0).json();
    let before = issue();
    let renamed = "ỦY BAN NHÂN DÂN PHƯỜNG SƠN MẪU";
    unit(&["rename", UNIT, "--name", renamed, "--basis", BASIS, "--day", "2999-01-01"]).expect(0);
    unit(&["rename", UNIT, "--name", renamed, "--basis", " "]).expect(64).error_line();
    unit(&["rename", UNIT, "--name", renamed, "--basis", BASIS, "--day", "2026-07-01"]).expect(0);
    unit(&["rename", UNIT, "--name", renamed, "--basis", BASIS]).expect(65).error_line();
    let after = issue();
    let body = |receipt: &Value| {
        let (xml, id) = (data.join("r.xml"), receipt["id"].as_str().unwrap().to_owned());
        run(data, ["receipt", "export", &id, "--xml", &xml.display().to_string(), "--force"]).expect(0);
        std::fs::read_to_string(xml).unwrap()
    };
    assert!(!body(&before).contains(renamed) && body(&after).contains(renamed));
    let shown = unit(&["show", UNIT, "--json"]).expect(0).json();
    assert_eq!(shown["unit"]["name"], renamed);
    assert_eq!(shown["history"][0]["name"], format!("Ủy ban nhân dân {UNIT}"));
    let told = unit(&["show", UNIT]).expect(0).stdout;
    assert!(told.contains("2026-07-01: renamed") && told.contains("kind: commune (cấp xã)"), "{told}");

    // closed, with nothing in its place: said first
    let dry = ["close", OTHER_UNIT, "--basis", BASIS, "--dry-run", "--json"];
    let plan = unit(&dry).expect(0).json();
    assert_eq!((&plan["successor"], plan["tokens"].as_array().unwrap().len()), (&Value::Null, 8));
    // the keys' certificates are those of the commune that goes on
    assert_eq!(plan["keys_stopped"], json!([]));
    unit(&["close", PROVINCE, "--basis", BASIS]).expect(65).error_line();
    unit(&["close", OTHER_UNIT, "--basis", BASIS, "--seen", plan["seen"].as_str().unwrap()]).expect(0);
    unit(&["merge", OTHER_UNIT, "--into", UNIT, "--basis", BASIS]).expect(65).error_line();
    unit(&["merge", UNIT, "--into", UNIT, "--basis", BASIS]).expect(64).error_line();
    let listed = unit(&["list"]).expect(0).stdout;
    assert!(listed.lines().any(|line| line.starts_with(OTHER_UNIT) && line.contains("ended ")), "{listed}");
    {
        let server = office.serve();
        let ended = server.get("/api/v1/receipts").token(office.other_token(Role::Officer)).send();
        assert_eq!(ended.problem(401), "auth.token");
    }
    crate::office::closed(data);
    audited(&office);
    let work = tempfile::tempdir().unwrap();
    let tampered = work.path().join("data");
    for statement in [
        "UPDATE unit SET closed = NULL WHERE id = 'xa-khac'",
        "UPDATE unit SET successor = 'xa-son-mau' WHERE id = 'xa-khac'",
        "UPDATE unit SET kind = 'province' WHERE id = 'xa-son-mau'",
        "UPDATE unit SET code = 'H99' WHERE id = 'xa-son-mau'",
        "UPDATE unit_event SET basis = 'khác' WHERE unit = 'xa-son-mau'",
        "UPDATE unit_event SET day = '2025-07-01' WHERE unit = 'xa-son-mau'",
        "DELETE FROM unit_event WHERE unit = 'xa-son-mau'",
        "INSERT INTO unit_event VALUES ('tinh-mau', 0, 'renamed', '2020-01-01', 'khác', NULL, 'khác')",
    ] {
        copy(data, &tampered);
        let pool =
            sqlx::SqlitePool::connect(&format!("sqlite://{}", tampered.join("dauson.db").display())).await.unwrap();
        if statement.contains("unit_event") {
            if !statement.starts_with("INSERT") {
                assert!(sqlx::query(statement).execute(&pool).await.is_err(), "{statement}");
            }
            for guard in ["unit_event_stays", "unit_event_is_kept"] {
                sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {guard}"))).execute(&pool).await.unwrap();
            }
        }
        pool.close().await;
        change(&tampered, statement).await;
        let ran = run(&tampered, ["audit", "verify"]);
        assert!(ran.code == 1 && ran.stdout.contains("is not as the log records it"), "{statement}: {ran:?}");
    }
}
