//! Receipts issued end to end: number, signed XML, signed PDF, log entries and database, durable when they are counted.

use crate::measure::in_process;
use crate::{Key, Limits, append};
use dauson::authority::{Agency, Authority, Plan};
use dauson::data_folder::DataFolder;
use dauson::keys::{KeyAlgorithm, LocalKey};
use dauson::people::{keys, units};
use dauson::pki::material::TrustMaterial;
use dauson::receipts::book::{self, Opening};
use dauson::receipts::copy::Original;
use dauson::receipts::fees::Prices;
use dauson::receipts::issue::{Asked, Counter};
use dauson::receipts::press::Press;
use dauson::receipts::request::Request;
use dauson::receipts::series::SeriesId;
use dauson::receipts::style::Style;
use dauson::receipts::{pdf, register};
use dauson::store::people::UnitRow;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use time::OffsetDateTime;

/// The unit.
pub const UNIT: &str = "xa-son-mau";
/// Receipts that one measurement issues.
const RECEIPTS: usize = 384;
/// Receipts that a long-used folder has, unless `DAUSON_BENCH_RECEIPTS` says otherwise.
const MANY: u64 = 1_000_000;
/// Drawings that are measured.
const DRAWINGS: usize = 200;
/// Commits that are measured.
const COMMITS: usize = 100;

/// Prints a row for each number of clients.
pub fn rows(folder: &Path, key: &Key, limits: &Limits) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let algorithm = if key.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::P256 };
    let path = folder.join(format!("data-receipts-{algorithm:?}"));
    let data = runtime.block_on(fill(&path, algorithm));
    let commits = runtime.block_on(commits(&data));
    println!("## Receipts, {}; {commits:.0} durable commits of the database a second", key.name);
    println!(
        "{:<16} {:>9} {:>9} {:>9} {:>18} {:>20}",
        "receipts", "a second", "wall ms", "CPU ms", "of two signatures", "of durable commits"
    );
    for clients in [1, 16, 64] {
        let (cost, wall) = issue(&runtime, &data, &path, clients);
        let cpu = cost / RECEIPTS as f64;
        println!(
            "{:<16} {:>9.0} {:>9.2} {:>9.2} {:>18} {:>20}",
            format!("{clients} clients"),
            1000.0 / wall,
            wall,
            cpu,
            format!("×{:.1}", cpu / (2.0 * limits.sign_ms(key))),
            format!("×{:.2}", 1000.0 / wall / commits)
        );
    }
    let of_last = runtime.block_on(drawing(&data));
    println!("drawing one of them alone, as PDF/A: {of_last:.2} ms of CPU");
    if !key.is_rsa {
        let few = runtime.block_on(number(&data));
        let (_, before) = issue(&runtime, &data, &path, 1);
        let (number, data) = runtime.block_on(make_long(data, &path));
        let (_, after) = issue(&runtime, &data, &path, 1);
        println!(
            "one client: {before:.2} ms each at receipt {few}, {after:.2} ms at receipt {number}: ×{:.2}",
            after / before
        );
    }
    println!();
}

/// Issues receipts, so many at a time: CPU milliseconds of all, and wall milliseconds for each.
fn issue(runtime: &tokio::runtime::Runtime, data: &DataFolder, path: &Path, clients: usize) -> (f64, f64) {
    let trust = TrustMaterial::load(&[path.join("trust")], path).unwrap();
    let counter = Counter {
        folder: data,
        public_url: "https://bienlai.example",
        unit: Some(UNIT),
        actor: "bench",
        trust: &trust,
        prices: Prices::Warn,
        mails: false,
    };
    let request = Request::parse(include_bytes!("../samples/bien-lai.json")).unwrap();
    let press = Press::default();
    let mut wall = 0.0;
    let cost = in_process(1, || {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    for _ in 0..RECEIPTS / clients {
                        let asked = Asked { counter, request: &request, idempotency_key: None, replaces: None };
                        runtime.block_on(press.issue(asked)).unwrap();
                    }
                });
            }
        });
        wall = start.elapsed().as_secs_f64() * 1000.0 / RECEIPTS as f64;
    });
    (cost.cpu_ms, wall)
}

/// CPU milliseconds that the drawing of a receipt takes, read before.
async fn drawing(data: &DataFolder) -> f64 {
    let series = series();
    let row = data
        .store
        .read()
        .await
        .unwrap()
        .receipt(series.form.as_str(), series.symbol.as_str(), 1)
        .await
        .unwrap()
        .unwrap();
    let mut xml = Vec::new();
    register::file(data, &row, &row.xml_sha256).await.unwrap().read_to_end(&mut xml).unwrap();
    let original = Original::read(xml).unwrap();
    let cost = in_process(5, || {
        for _ in 0..DRAWINGS {
            pdf::draw(&original.signed(), Style::default()).unwrap();
        }
    });
    cost.cpu_ms / DRAWINGS as f64
}

/// Puts in receipts and entries of a long time, straight into the tables: the number of the last one, and the folder, opened again.
async fn make_long(data: DataFolder, path: &Path) -> (u64, DataFolder) {
    let last = std::env::var("DAUSON_BENCH_RECEIPTS").ok().and_then(|n| n.parse().ok()).unwrap_or(MANY);
    // each receipt has two entries in the log, its XML's and its PDF's
    append::fill(&data, 2 * last).await;
    let statement = format!(
        "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN;
         INSERT INTO receipt (form, symbol, number, unit, date, state, total, code, xml_sha256, pdf_sha256, log_index, log_size,
             request_sha256, payment, payer)
         WITH RECURSIVE n (i) AS (SELECT next FROM series UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         SELECT form, symbol, i, unit, date, state, total, printf('%032x', i), randomblob(32), randomblob(32), i, i + 1,
             zeroblob(32), CASE WHEN i % 2 THEN 'ft' || i END, zeroblob(200) FROM n, receipt WHERE number = 1;
         WITH word (w) AS (VALUES (x'0000000000000001'), (x'0000000000000002'), (NULL))
         INSERT INTO payer_word SELECT coalesce(w, randomblob(8)), date, form, symbol, number FROM receipt, word WHERE payer = zeroblob(200);
         UPDATE series SET next = {last} + 1; COMMIT",
    );
    append::settle(data, path).await;
    let options = SqliteConnectOptions::new().filename(path.join("dauson.db"));
    let mut database = options.connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    (last, open(path).await)
}

/// The number of the next receipt.
async fn number(data: &DataFolder) -> u32 {
    let series = series();
    data.store.read().await.unwrap().series(series.form.as_str(), series.symbol.as_str()).await.unwrap().unwrap().next
}

pub async fn open(path: &Path) -> DataFolder {
    DataFolder::open(path, &path.join("master.key"), Arc::new(OffsetDateTime::now_utc)).await.unwrap()
}

fn series() -> SeriesId {
    let year = OffsetDateTime::now_utc().to_offset(time::macros::offset!(+7)).year() % 100;
    format!("EBL01/{year:02}TAA").parse().unwrap()
}

/// A data folder with a unit, its key and an open series.
pub async fn fill(path: &Path, algorithm: KeyAlgorithm) -> DataFolder {
    let now = OffsetDateTime::now_utc();
    let data = open(path).await;
    let agency = Agency::SAMPLE;
    let plan = Plan { algorithm, url: "http://ca.example", agency, now };
    let made = Authority::create(&plan, &mut rand::rng()).unwrap();
    dauson::trust_services::import(&data, &made).await.unwrap();
    let mut unit = UnitRow {
        id: UNIT.to_owned(),
        name: agency.name.to_owned(),
        tax_code: agency.tax_code.to_owned(),
        address: "Thôn 1, xã Sơn Mẫu, tỉnh Mẫu".to_owned(),
        phone: None,
        account: None,
        receipt_key: None,
        ..UnitRow::default()
    };
    units::put(&data, &unit, "test").await.unwrap();
    let of = &made.receipt;
    let key = LocalKey::from_pkcs8(&of.pkcs8, of.certificate.clone(), of.chain.clone()).unwrap();
    keys::import(&data, "receipt", Some(UNIT), &key.into()).await.unwrap();
    unit.receipt_key = Some("receipt".to_owned());
    units::put(&data, &unit, "test").await.unwrap();
    book::create(&data, &series(), UNIT, &Opening::default(), "bench").await.unwrap();
    data
}

/// Durable commits a second of the database, of one small row each.
async fn commits(data: &DataFolder) -> f64 {
    let start = Instant::now();
    for n in 0..COMMITS {
        let mut tx = data.store.write().await.unwrap();
        tx.put_secret(&format!("bench/{n}"), &[7; 32]).await.unwrap();
        tx.commit().await.unwrap();
    }
    COMMITS as f64 / start.elapsed().as_secs_f64()
}
