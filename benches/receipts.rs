//! Receipts issued end to end: number, signed XML, signed PDF, log entries and database, durable when they are counted.

use crate::measure::in_process;
use crate::{Key, Limits};
use dauson::authority::{Agency, Authority, Plan};
use dauson::data_folder::DataFolder;
use dauson::keys::{KeyAlgorithm, LocalKey};
use dauson::people::{keys, units};
use dauson::pki::material::TrustMaterial;
use dauson::receipts::book::{self, Opening};
use dauson::receipts::fees::Prices;
use dauson::receipts::issue::{Asked, Counter};
use dauson::receipts::press::Press;
use dauson::receipts::request::Request;
use dauson::receipts::series::SeriesId;
use dauson::store::people::UnitRow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use time::OffsetDateTime;

const UNIT: &str = "xa-son-mau";
/// Receipts that one measurement issues.
const RECEIPTS: usize = 384;
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
    let trust = TrustMaterial::load(&[path.join("trust")], &path).unwrap();
    let counter = Counter {
        folder: &data,
        public_url: "https://bienlai.example",
        unit: Some(UNIT),
        actor: "bench",
        trust: &trust,
        prices: Prices::Warn,
        mails: false,
    };
    let request = Request::parse(include_bytes!("../samples/bien-lai.json")).unwrap();
    let press = Press::default();
    for clients in [1, 16, 64] {
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
        let cpu = cost.cpu_ms / RECEIPTS as f64;
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
    println!();
}

/// A data folder with a unit, its key and an open series.
async fn fill(path: &Path, algorithm: KeyAlgorithm) -> DataFolder {
    let now = OffsetDateTime::now_utc();
    let data = DataFolder::open(path, &path.join("master.key"), Arc::new(OffsetDateTime::now_utc)).await.unwrap();
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
        parent: None,
    };
    units::put(&data, &unit, "test").await.unwrap();
    let of = &made.receipt;
    let key = LocalKey::from_pkcs8(&of.pkcs8, of.certificate.clone(), of.chain.clone()).unwrap();
    keys::import(&data, "receipt", Some(UNIT), &key.into()).await.unwrap();
    unit.receipt_key = Some("receipt".to_owned());
    units::put(&data, &unit, "test").await.unwrap();
    let year = now.to_offset(time::macros::offset!(+7)).year() % 100;
    let series: SeriesId = format!("EBL01/{year:02}TAA").parse().unwrap();
    book::create(&data, &series, UNIT, &Opening::default(), "bench").await.unwrap();
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
