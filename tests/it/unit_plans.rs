//! Units are renamed, merged and closed on a day to come: planned, listed, withdrawn, done when that day begins in Vietnam, in one piece; what
//! cannot be done then is told, and nothing that is written into the database ends a unit.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::server::Server;
use dauson::data_folder::{DataFolder, VIETNAM};
use dauson::people::permissions::Role;
use dauson::people::users::Administrator;
use dauson::reform::{self, Carry, Ending, plans};
use dauson::store::people::PlanState;
use serde_json::{Value, json};
use std::sync::Arc;
use time::{Date, Duration, OffsetDateTime, Time};

const BASIS: &str = "Nghị quyết 1660/NQ-UBTVQH15";

fn operator() -> Administrator {
    Administrator { actor: "local:test".into(), unit: None }
}

/// Works with the data folder of an office at a time.
fn at<T>(office: &Office, time: OffsetDateTime, work: impl AsyncFnOnce(&DataFolder) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let data = office.folder.path();
        let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(move || time)).await.unwrap();
        let done = work(&folder).await;
        folder.store.close().await;
        done
    })
}

/// Plans that the other unit is merged into the unit on a day.
async fn merge(folder: &DataFolder, day: Date) -> String {
    let sources = [OTHER_UNIT.to_owned()];
    let ending = Ending { sources: &sources, successor: Some(UNIT), day: Some(day), basis: BASIS };
    let done = reform::end(folder, &ending, &operator(), Carry::AtOnce).await.unwrap();
    done.plan.unwrap()
}

/// How long ago offices of these tests were filled, and what day it was then in Vietnam.
const AGO: Duration = Duration::days(40);

fn then() -> (OffsetDateTime, Date) {
    let then = OffsetDateTime::now_utc() - AGO;
    (then + Duration::HOUR, (then + Duration::HOUR).to_offset(VIETNAM).date())
}

fn since() -> Office {
    Office::since(OffsetDateTime::now_utc() - AGO)
}

fn unit(office: &Office, id: &str) -> Value {
    run(office.folder.path(), ["unit", "show", id, "--json"]).expect(0).json()
}

fn listed(office: &Office) -> Vec<Value> {
    let shown = run(office.folder.path(), ["unit", "plans", "--json"]).expect(0).stdout;
    shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn logged(office: &Office, action: &str) -> usize {
    run(office.folder.path(), ["audit", "show", "--action", action]).expect(0).stdout.lines().count()
}

#[test]
fn what_is_planned_is_done_when_its_day_begins_in_vietnam() {
    let office = since();
    let (then, today) = then();
    let day = today + Duration::days(10);
    let renamed = day + Duration::days(5);
    at(&office, then, async |folder| {
        merge(folder, day).await;
        let by = (Some(renamed), BASIS);
        let plan = reform::rename(folder, UNIT, " PHƯỜNG MỚI ", by, &operator()).await.unwrap().unwrap();
        assert_eq!((plan.name.as_deref(), plan.state), (Some("PHƯỜNG MỚI"), PlanState::Planned));
        plans::carry_out(folder).await.unwrap();
        // nothing was done yet
        let row = folder.store.read().await.unwrap().unit(OTHER_UNIT).await.unwrap().unwrap();
        assert_eq!((row.closed, row.successor), (None, None));
    });
    let midnight = day.with_time(Time::MIDNIGHT).assume_offset(VIETNAM);
    for (time, is_done) in [(midnight - Duration::SECOND, false), (midnight, true), (midnight + Duration::HOUR, true)] {
        at(&office, time, async |folder| {
            plans::carry_out(folder).await.unwrap();
            let mut tx = folder.store.read().await.unwrap();
            let row = tx.unit(OTHER_UNIT).await.unwrap().unwrap();
            assert_eq!(row.closed.is_some(), is_done, "{time}");
        });
    }
    // no service ran on the day of the other one: the next command does it, with that day
    let shown = unit(&office, UNIT);
    assert_eq!((&shown["unit"]["name"], &shown["planned"]), (&json!("PHƯỜNG MỚI"), &json!([])), "{shown}");
    assert_eq!(shown["history"][0]["day"], renamed.to_string());
    let merged = unit(&office, OTHER_UNIT);
    assert_eq!((&merged["unit"]["closed"], &merged["unit"]["successor"]), (&json!(day.to_string()), &json!(UNIT)));
    assert_eq!((&merged["history"][0]["kind"], &merged["history"][0]["basis"]), (&json!("merged"), &json!(BASIS)));
    let states: Vec<Value> = listed(&office).into_iter().map(|plan| plan["state"].clone()).collect();
    assert_eq!(states, ["done", "done"]);
    for (action, count) in [("unit.planned", 2), ("unit.plan_done", 2), ("unit.merged", 1), ("unit.renamed", 1)] {
        assert_eq!(logged(&office, action), count, "{action}");
    }
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn a_service_does_at_its_start_what_was_planned_for_days_before() {
    let office = since();
    let (then, today) = then();
    at(&office, then, async |folder| merge(folder, today.next_day().unwrap()).await);
    let server = office.serve();
    // the token moved with the unit
    let shown = server.get("/api/v1/documents").token(office.other_token(Role::Clerk)).send();
    shown.expect(200);
    drop(server);
    assert_eq!(unit(&office, OTHER_UNIT)["unit"]["successor"], UNIT);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

/// What cannot be done when its day has come changes nothing, is told where administrators look, and can be withdrawn.
#[test]
fn what_cannot_be_done_on_its_day_is_an_alarm() {
    let office = since();
    let data = office.folder.path();
    let (then, today) = then();
    at(&office, then, async |folder| {
        merge(folder, today + Duration::days(3)).await;
        // the unit that was to have the place is closed meanwhile
        let sources = [UNIT.to_owned()];
        let ending = Ending { sources: &sources, successor: None, day: None, basis: BASIS };
        reform::end(folder, &ending, &operator(), Carry::AtOnce).await.unwrap();
    });
    let plans = listed(&office);
    assert_eq!((&plans[0]["state"], &plans[0]["units"]), (&json!("planned"), &json!([OTHER_UNIT])), "{plans:?}");
    let why = plans[0]["failure"].as_str().unwrap();
    assert!(why.contains(UNIT) && why.contains("none any more"), "{why}");
    assert_eq!(unit(&office, OTHER_UNIT)["unit"]["closed"], Value::Null);
    let text = run(data, ["unit", "plans"]).expect(0).stdout;
    assert!(text.contains("cannot be done"), "{text}");
    let id = plans[0]["id"].as_str().unwrap();
    run(data, ["unit", "withdraw", id]).expect(0);
    let plans = listed(&office);
    assert_eq!((&plans[0]["state"], &plans[0]["failure"]), (&json!("withdrawn"), &Value::Null));
    run(data, ["unit", "withdraw", id]).expect(65).error_line();
    run(data, ["unit", "withdraw", "0123456789abcdef"]).expect(66).error_line();
    assert_eq!((logged(&office, "unit.plan_withdrawn"), logged(&office, "unit.merged")), (1, 0));
    run(data, ["audit", "verify"]).expect(0);
}

fn in_database(office: &Office, statement: &'static str) {
    let file = format!("sqlite://{}", office.folder.path().join("dauson.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        assert_ne!(sqlx::query(statement).execute(&pool).await.unwrap().rows_affected(), 0, "{statement}");
        pool.close().await;
    });
}

/// Who can write to the database, but has no keys, ends no unit with that: not by a plan of their own, not by another day, not by one that was
/// withdrawn.
#[test]
fn plans_are_not_made_in_the_database() {
    let office = since();
    let data = office.folder.path();
    let (then, today) = then();
    let id = at(&office, then, async |folder| {
        let id = merge(folder, today + Duration::days(3)).await;
        merge(folder, Date::from_calendar_date(2099, time::Month::January, 1).unwrap()).await;
        in_their_hands(&office);
        plans::withdraw(folder, &id, &operator()).await.unwrap();
        id
    });
    for statement in [
        "UPDATE unit_plan SET state = kept.state, sealed = kept.sealed FROM kept WHERE kept.id = unit_plan.id AND unit_plan.state = 'withdrawn'",
        "UPDATE unit_plan SET day = '2026-01-01' WHERE day = '2099-01-01'",
        "INSERT INTO unit_plan SELECT 'x' || substr(id, 2), kind, units, successor, name, '2026-01-02', basis, actor, care, planned, 'planned', NULL, NULL, sealed FROM unit_plan WHERE state = 'planned' LIMIT 1",
        "DROP TABLE kept",
    ] {
        if statement.starts_with("DROP") { dropped(&office, statement) } else { in_database(&office, statement) }
    }
    let plans = listed(&office);
    assert_eq!(plans.len(), 3, "{plans:?}");
    for plan in &plans {
        assert!(plan["failure"].as_str().unwrap().contains("it is not what was planned"), "{plan}");
    }
    assert_eq!(unit(&office, OTHER_UNIT)["unit"]["closed"], Value::Null);
    assert_eq!((logged(&office, "unit.plan_done"), logged(&office, "unit.merged")), (0, 0));
    // audits name all three
    let told = run(data, ["audit", "verify"]);
    assert_ne!(told.code, 0, "{told:?}");
    assert_eq!(told.stdout.matches("plan for units").count(), 3, "{told:?}");
    assert!(told.stdout.contains(&id), "{told:?}");
}

/// A copy of the plans as they are now.
fn in_their_hands(office: &Office) {
    let (data, statement) = (office.folder.path().to_owned(), "CREATE TABLE kept AS SELECT * FROM unit_plan");
    std::thread::spawn(move || run_statement(&data, statement)).join().unwrap();
}

fn dropped(office: &Office, statement: &'static str) {
    run_statement(office.folder.path(), statement);
}

fn run_statement(data: &std::path::Path, statement: &'static str) {
    let file = format!("sqlite://{}", data.join("dauson.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    });
}

#[test]
fn plans_are_made_listed_and_withdrawn_by_who_cares_for_the_units() {
    let office = Office::new();
    let data = office.folder.path();
    let names = ["--name", "TỈNH MẪU", "--tax-code", "6100000001", "--address", "Phường Mẫu"];
    run(data, [&["unit", "put", "tinh-mau"], &names[..]].concat()).expect(0);
    for id in [UNIT, OTHER_UNIT] {
        run(data, ["unit", "put", id, "--parent", "tinh-mau"]).expect(0);
    }
    let admin = ["token", "create", "--name", "x", "--unit", "tinh-mau", "--role", "admin"];
    let admin = run(data, admin).expect(0).stdout.trim().to_owned();
    let server = office.serve();
    let post = |token: &str, path: &str, body: &Value| server.post(path).token(token).json(body).send();
    let plans = |server: &Server, token: &str| {
        let listed = server.get("/api/v1/units/plans").token(token).send().expect(200).json();
        listed["items"].as_array().unwrap().clone()
    };
    let mut asked = json!({"sources": [OTHER_UNIT], "successor": UNIT, "basis": BASIS, "day": "2099-07-01"});
    let rehearsed = post(&admin, "/api/v1/units/merge", &asked).expect(200).json();
    assert_eq!((&rehearsed["plan"], &rehearsed["day"]), (&Value::Null, &json!("2099-07-01")), "{rehearsed}");
    assert!(plans(&server, &admin).is_empty());
    asked["seen"] = json!("00".repeat(32));
    assert_eq!(post(&admin, "/api/v1/units/merge", &asked).problem(409), "unit.seen");
    asked["seen"] = rehearsed["seen"].clone();
    let made = post(&admin, "/api/v1/units/merge", &asked).expect(200).json();
    let id = made["plan"].as_str().unwrap().to_owned();
    let rename = json!({"name": "XÃ KHÁC", "basis": BASIS, "day": "2099-01-01"});
    let planned = post(&admin, &format!("/api/v1/units/{UNIT}/rename"), &rename).expect(200).json();
    assert_ne!(planned["unit"]["name"], "XÃ KHÁC");
    assert_eq!(planned["planned"].as_array().unwrap().len(), 2, "{planned}");
    let all = plans(&server, &admin);
    let days: Vec<&str> = all.iter().map(|plan| plan["day"].as_str().unwrap()).collect();
    assert_eq!(days, ["2099-01-01", "2099-07-01"]);
    assert_eq!((&all[0]["name"], &all[1]["successor"]), (&json!("XÃ KHÁC"), &json!(UNIT)));

    // what could not be done today is not planned, either
    let wrong = json!({"sources": [UNIT], "successor": UNIT, "basis": BASIS, "day": "2099-07-01", "seen": "00"});
    assert_eq!(post(&admin, "/api/v1/units/merge", &wrong).problem(422), "unit.successor");
    // the unit's own administrator sees what is planned of it, and withdraws nothing; others see nothing
    let (own, other) = (office.token(Role::Admin), office.other_token(Role::Admin));
    assert_eq!((plans(&server, own).len(), plans(&server, other).len()), (1, 1));
    let withdraw = |token: &str, id: &str| post(token, &format!("/api/v1/units/plans/{id}/withdraw"), &json!({}));
    assert_eq!(withdraw(own, all[0]["id"].as_str().unwrap()).problem(403), "unit.own");
    assert_eq!(withdraw(own, &id).problem(404), "people.not_found");
    assert_eq!(withdraw(office.token(Role::Leader), &id).problem(403), "auth.role");
    server.get("/api/v1/units/plans").token(office.token(Role::Leader)).send().problem(403);
    assert_eq!(withdraw(&admin, &id).expect(200).json()["state"], "withdrawn");
    assert_eq!(withdraw(&admin, &id).problem(409), "unit.plan");
    drop(server);
    assert_eq!((logged(&office, "unit.planned"), logged(&office, "unit.plan_withdrawn")), (2, 1));
    run(data, ["audit", "verify"]).expect(0);
}
