//! Receipts found on the command line; and, where `DAUSON_SEARCH_RECEIPTS` says how many, how long it takes among so many.

use crate::office::{OTHER_UNIT, Office, UNIT};
use crate::program::run;
use dauson::data_folder::DataFolder;
use dauson::people::permissions::Role;
use dauson::receipts::search::{self, Search};
use dauson::receipts::series::ReceiptId;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn receipts_are_found_on_the_command_line() {
    let office = Office::new();
    let data = office.folder.path();
    let server = office.serve();
    let mut ids = Vec::new();
    for (index, name) in ["Nguyễn Văn A", "Trần Thị B", "Nguyễn Văn A"].into_iter().enumerate() {
        let mut request = office.receipt_request(1_000 * (1 + index as i64));
        request["payer"] = json!({"name": name, "address": "Thôn 2"});
        request["payment"] = json!({"method": "transfer", "reference": format!("FT-{index}")});
        request["dossier"] = json!(format!("H34-{index}"));
        let post = server.post("/api/v1/receipts").token(office.token(Role::Officer));
        let issued = post.header("idempotency-key", &index.to_string()).json(&request).send().expect(201).json();
        ids.push(issued["id"].as_str().unwrap().to_owned());
    }
    let http = server.get("/api/v1/receipts").token(office.token(Role::Officer)).send().expect(200).json();
    drop(server);
    let find = |command: &str, more: &[&str]| {
        run(data, [&["receipt", command, "--unit", UNIT, "--json"], more].concat()).expect(0).stdout
    };
    let numbers = |text: &str| -> Vec<u64> {
        let values = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        values.map(|value| value["number"].as_u64().unwrap()).collect()
    };
    for (options, expected) in [
        (&["--payer", "nguyễn  văn a"][..], &[1, 3][..]),
        // parts of the name, in any order, with accents or without
        (&["--payer", "nguyen van"], &[1, 3]),
        (&["--payer", "VĂN"], &[1, 3]),
        (&["--payer", "b tran"], &[2]),
        (&["--payer", "Nguyen B"], &[]),
        (&["--payer", "nguye"], &[]),
        (&["--payer", "***"], &[]),
        (&["--payer", "nguyen", "--number", "3"], &[3]),
        (&["--payer", "nguyen", "--series", "EBL01/26TYY"], &[]),
        (&["--payer", "nguyen van", "--after", &ids[0]], &[3]),
        (&["--payer", "van nguyen", "--from", "2001-01-01", "--to", "2001-01-02"], &[]),
        (&["--amount", "6000"], &[2]),
        (&["--reference", "ft-2 "], &[3]),
        (&["--dossier", "H34-0"], &[1]),
        (&["--number", "2"], &[2]),
        (&["--number", &ids[2]], &[3]),
        (&["--number", "2", "--series", "EBL01/26TYY"], &[]),
        (&["--payer", "Nguyễn Văn A", "--amount", "9000"], &[3]),
        (&["--payer", "Nguyễn Văn A", "--from", "2001-01-01", "--to", "2001-01-02"], &[]),
        (&["--payer", "Nguyễn Văn A", "--state", "voided"], &[]),
    ] {
        assert_eq!(numbers(&find("search", options)), expected, "{options:?}");
    }
    // the same as over HTTP, but for who issues the answer's addresses
    let listed = find("list", &[]);
    let first: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&first["id"], &first["payer"]), (&http["items"][0]["id"], &http["items"][0]["payer"]));
    assert_eq!(numbers(&listed), [1, 2, 3]);
    // page by page
    let page = run(data, ["receipt", "list", "--unit", UNIT, "--limit", "2"]).expect(0);
    assert!(page.stdout.lines().count() == 2 && page.stderr.contains(&format!("--after {}", ids[1])), "{page:?}");
    assert!(page.stdout.contains("Trần Thị B") && page.stdout.contains("6.000 đ"), "{page:?}");
    assert_eq!(numbers(&find("list", &["--limit", "2", "--after", &ids[1]])), [3]);
    assert_eq!(numbers(&find("list", &["--series", &office.series, "--after", &ids[0]])), [2, 3]);
    assert!(run(data, ["receipt", "list", "--unit", OTHER_UNIT]).expect(0).stdout.is_empty());
    let nothing = run(data, ["receipt", "search", "--unit", UNIT]).expect(64);
    assert!(nothing.error_line().contains("--payer"), "{nothing:?}");
    let units = run(data, ["receipt", "list"]).expect(64);
    assert!(units.error_line().contains("xa-khac, xa-son-mau"), "{units:?}");
    run(data, ["receipt", "search", "--unit", UNIT, "--number", "x"]).expect(65);
}

#[tokio::test]
async fn what_was_issued_before_names_had_words_is_found_by_them_once_somebody_looks() {
    let office = Office::new();
    let data = office.folder.path();
    let request = data.join("request.json").display().to_string();
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    run(data, ["receipt", "issue", &request]).expect(0);
    let mut connection = connect(data).await;
    execute(&mut connection, "UPDATE receipt SET payer_name = x'00'; DELETE FROM payer_word".into()).await;
    connection.close().await.unwrap();
    let search = ["receipt", "search", "--unit", UNIT, "--payer", "nguyen"];
    assert_eq!(run(data, search).expect(0).stdout.lines().count(), 1);
    run(data, ["audit", "verify"]).expect(0);
}

async fn connect(data: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data.join("dauson.db")).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn execute(connection: &mut SqliteConnection, statement: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(connection).await.unwrap();
}

/// Receipts that are put in at a time.
const CHUNK: usize = 100_000;

/// Puts in receipts of five years, straight into the table: one in a hundred of a payer who comes often, every second by transfer.
async fn fill(data: &Path, folder: &DataFolder, symbol: &str, receipts: u64) {
    let mut connection = connect(data).await;
    let words = ["nguyen", "van", "quynh"].map(|word| hex::encode(&folder.personal.words(UNIT, word)[0]));
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'receipt' AND sql IS NOT NULL",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    execute(&mut connection, "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000".into()).await;
    for (name, _) in &indexes {
        execute(&mut connection, format!("DROP INDEX {name}")).await;
    }
    for first in (1..=receipts).step_by(CHUNK) {
        let last = receipts.min(first + CHUNK as u64 - 1);
        execute(
            &mut connection,
            format!(
                "INSERT INTO receipt (form, symbol, number, unit, date, state, total, code, xml_sha256, pdf_sha256, log_index, log_size,
                     request_sha256, dossier, reference, payment, payer, payer_personal_id)
                 WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
                 SELECT 'EBL01', '{symbol}', i, '{UNIT}', date('2021-01-01', '+' || (i * 1800 / {receipts}) || ' days'),
                     CASE WHEN i % 1000 = 0 THEN 'voided' ELSE 'issued' END, 1000 * (1 + i % 50), printf('%032x', i), randomblob(32),
                     randomblob(32), i, i + 1, zeroblob(32), CASE WHEN i % 2 THEN 'H34-' || i END, CASE WHEN i % 2 THEN 'FT' || i END,
                     CASE WHEN i % 2 THEN 'ft' || i END, zeroblob(200),
                     CASE WHEN i % 10 = 0 THEN randomblob(16) END
                 FROM n"
            ),
        )
        .await;
        // words as names have them: two of five a Nguyễn, one of three a Văn, one of a hundred a Quỳnh; one of each that is nobody else's
        for (word, which) in
            words.iter().zip(["i % 5 < 2", "i % 3 = 0", "i % 100 = 0"]).chain([(&String::new(), "TRUE")])
        {
            let word = if word.is_empty() { "randomblob(8)".to_owned() } else { format!("x'{word}'") };
            execute(
                &mut connection,
                format!(
                    "INSERT INTO payer_word SELECT {word}, date, form, symbol, number FROM (SELECT *, number AS i FROM receipt
                     WHERE number BETWEEN {first} AND {last}) WHERE {which}"
                ),
            )
            .await;
        }
    }
    for (_, sql) in &indexes {
        execute(&mut connection, sql.clone()).await;
    }
}

/// The median of some runs.
async fn timed(folder: &DataFolder, search: &Search) -> (usize, Duration) {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..15 {
        let start = Instant::now();
        found = search::find(folder, UNIT, false, search, 51).await.unwrap().len();
        times.push(start.elapsed());
    }
    times.sort();
    (found, times[times.len() / 2])
}

#[tokio::test]
async fn a_page_of_a_search_is_timed_among_many() {
    let Ok(receipts) = std::env::var("DAUSON_SEARCH_RECEIPTS") else { return };
    let receipts: u64 = receipts.parse().unwrap();
    let office = Office::new();
    let data = office.folder.path();
    let symbol = office.series.split('/').nth(1).unwrap().to_owned();
    let folder = crate::audit_log::open(data).await;
    let start = Instant::now();
    fill(data, &folder, &symbol, receipts).await;
    let size = std::fs::metadata(data.join("dauson.db")).unwrap().len();
    println!("{receipts} receipts, {} MB, put in in {:?}", size >> 20, start.elapsed());
    // nine tenths of the way
    let deep: ReceiptId = format!("EBL01/{symbol}/{:08}", receipts * 9 / 10).parse().unwrap();
    let day = |text: &str| Some(dauson::receipts::catalogue::read_day(text).unwrap());
    let middle = receipts / 2 + 1 - (receipts / 2) % 2;
    let some = Search::default;
    for (what, search) in [
        ("all", some()),
        ("digits of a number", Search { number: Some(middle.to_string()), ..some() }),
        ("dossier", Search { dossier: Some(format!("H34-{middle}")), ..some() }),
        ("payment reference", Search { reference: Some(format!("Ft{middle}")), ..some() }),
        ("a frequent name", Search { payer: Some("nguyen".into()), ..some() }),
        ("two of them", Search { payer: Some("Nguyễn Văn".into()), ..some() }),
        ("a rare one, too", Search { payer: Some("quynh nguyen".into()), ..some() }),
        ("nobody's", Search { payer: Some("nguyen xyz".into()), ..some() }),
        ("amount", Search { amount: Some(2_000), ..some() }),
        ("amount and days", Search { amount: Some(2_000), from: day("2024-06-01"), to: day("2025-06-30"), ..some() }),
        ("one day", Search { from: day("2025-03-03"), to: day("2025-03-03"), ..some() }),
        ("a year", Search { from: day("2025-01-01"), to: day("2025-12-31"), ..some() }),
        ("series", Search { series: Some(office.series.clone()), ..some() }),
        ("voided", Search { state: Some(dauson::receipts::search::Standing::Voided), ..some() }),
        (
            "payer, voided",
            Search { payer: Some("quynh".into()), state: Some(dauson::receipts::search::Standing::Voided), ..some() },
        ),
    ] {
        let (found, first) = timed(&folder, &search).await;
        let (later, behind) = timed(&folder, &Search { after: Some(deep.clone()), ..search }).await;
        println!("{what:<20} first page {found:>3} rows {first:>12?}   behind {deep} {later:>3} rows {behind:>12?}");
    }
}
