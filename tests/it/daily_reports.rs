//! Daily reports that sign themselves when their day is over: once each, however many services there are, and amended when the day changes.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use crate::server::Server;
use dauson::data_folder::{DataFolder, VIETNAM};
use dauson::people::permissions::Role;
use dauson::pki::material::TrustMaterial;
use dauson::receipts::fees::Prices;
use dauson::receipts::issue::Counter;
use dauson::receipts::request::Request;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::{Date, OffsetDateTime};

/// A receipt of another day: the folder is opened with a clock that is so many days behind.
async fn issue(data: &Path, body: &serde_json::Value, unit: &str, days_ago: i64) -> Date {
    let at = OffsetDateTime::now_utc() - time::Duration::days(days_ago);
    let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(move || at)).await.unwrap();
    let trust = TrustMaterial::default();
    let counter = Counter {
        folder: &folder,
        public_url: "http://x",
        unit: Some(unit),
        actor: "test",
        trust: &trust,
        prices: Prices::Enforce,
        mails: false,
    };
    counter.issue(&Request::parse(body.to_string().as_bytes()).unwrap(), None).await.unwrap().row.date
}

/// What was signed: unit, day, amendment.
async fn filed(data: &Path) -> Vec<(String, Date, u32)> {
    let folder = crate::audit_log::open(data).await;
    let filings = folder.store.read().await.unwrap().filings().await.unwrap();
    filings.into_iter().map(|filing| (filing.unit, filing.day, filing.amendment)).collect()
}

async fn wait_for(data: &Path, expected: &[(String, Date, u32)]) {
    let start = Instant::now();
    loop {
        let found = filed(data).await;
        if found == expected {
            return;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "{found:?} is not {expected:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn days_that_are_over_are_reported_once() {
    let office = Office::since(OffsetDateTime::now_utc() - time::Duration::days(5));
    let data = office.folder.path();
    let mut theirs = office.receipt_request(1_000);
    theirs["series"] = office.other_series.clone().into();
    let own = office.receipt_request(1_000);
    let today = OffsetDateTime::now_utc().to_offset(VIETNAM).date();
    // receipts are numbered in the order of their days
    let earlier = issue(data, &own, UNIT, 2).await;
    let yesterday = issue(data, &own, UNIT, 1).await;
    issue(data, &theirs, OTHER_UNIT, 1).await;
    issue(data, &own, UNIT, 0).await;
    let folder = data.join("tax-office");
    let settings =
        [("DAUSON_RECEIPTS_DAILY_REPORT", "true"), ("DAUSON_RECEIPTS_TAX_OFFICE_FOLDER", folder.to_str().unwrap())];
    // without the setting nothing is signed by itself
    drop(office.serve());
    assert_eq!(filed(data).await, []);
    // two services at once
    let services = [Server::start(data, &settings), Server::start(data, &settings)];
    let expected =
        [(OTHER_UNIT.to_owned(), yesterday, 0), (UNIT.to_owned(), earlier, 0), (UNIT.to_owned(), yesterday, 0)];
    wait_for(data, &expected).await;
    let file = |day: Date, amendment: u32| folder.join(format!("01-TH-BLDT-{UNIT}-{day}-{amendment}.xml"));
    let start = Instant::now();
    while !file(yesterday, 0).exists() || !file(earlier, 0).exists() {
        assert!(start.elapsed() < Duration::from_mins(1), "the reports do not arrive");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sent = services[0].get("/api/v1/reports/sent?state=sent").token(office.token(Role::Officer)).send().expect(200);
    assert_eq!(sent.json()["items"].as_array().unwrap().len(), 2);
    drop(services);
    assert!(!file(today, 0).exists(), "today is not over");
    let signed = std::fs::read_to_string(file(yesterday, 0)).unwrap();
    assert!(signed.contains(&format!("<KDLieu>{yesterday}</KDLieu>")) && signed.contains("<LDau>1</LDau>"), "{signed}");
    // another start signs nothing anew; a day that has changed is amended, with its number
    drop(Server::start(data, &settings));
    assert_eq!(filed(data).await, expected);
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    // as a service would have it whose clock went behind
    sqlx::query(
        "INSERT INTO receipt_event (unit, day, kind, form, symbol, number, actor, reason)
         SELECT unit, date, 'notified', form, symbol, number, 'test', 'Sai tên' FROM receipt WHERE unit = ? AND date = ?",
    )
    .bind(UNIT)
    .bind(yesterday.to_string())
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let service = Server::start(data, &settings);
    let [theirs, first, second] = expected;
    wait_for(data, &[theirs, first, second, (UNIT.to_owned(), yesterday, 1)]).await;
    drop(service);
}

#[tokio::test]
async fn a_unit_without_a_key_does_not_keep_others_from_theirs() {
    let office = Office::since(OffsetDateTime::now_utc() - time::Duration::days(5));
    let data = office.folder.path();
    let mut theirs = office.receipt_request(1_000);
    theirs["series"] = office.other_series.clone().into();
    let yesterday = issue(data, &office.receipt_request(1_000), UNIT, 1).await;
    issue(data, &theirs, OTHER_UNIT, 1).await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap();
    // the first in the list
    sqlx::query("UPDATE unit SET receipt_key = NULL WHERE id = ?").bind(OTHER_UNIT).execute(&pool).await.unwrap();
    pool.close().await;
    let service = Server::start(data, &[("DAUSON_RECEIPTS_DAILY_REPORT", "true")]);
    wait_for(data, &[(UNIT.to_owned(), yesterday, 0)]).await;
    drop(service);
    // who took the key away did so behind the log's back
    let audited = run(data, ["audit", "verify"]).expect(1).stdout;
    assert!(audited.contains("unit xa-khac: its name") && audited.contains("one thing does not agree"), "{audited}");
}
