//! A data folder with people in it: an authority, two units, their keys, series and tokens. What tests of the office begin with.

use crate::program::run;
use crate::server::Server;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::data_folder::DataFolder;
use dauson::keys::KeyAlgorithm;
use dauson::people::keys;
use dauson::people::permissions::Role;
use dauson::people::tokens::{self, NewToken};
use dauson::people::units;
use dauson::receipts::book;
use dauson::store::people::UnitRow;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// The units: the one that most tests are about, and another.
pub const UNIT: &str = "xa-son-mau";
pub const OTHER_UNIT: &str = "xa-khac";

/// A data folder with two units, their keys, series and tokens.
pub struct Office {
    /// The data folder.
    pub folder: tempfile::TempDir,
    /// The root certificate, PEM.
    pub root: PathBuf,
    /// The series of the two units.
    pub series: String,
    pub other_series: String,
    tokens: HashMap<(&'static str, Role), String>,
}

impl Office {
    /// Fills a folder.
    pub fn new() -> Self {
        Self::since(OffsetDateTime::now_utc())
    }

    /// The same, where the unit has the name that stands in its certificates: as people see it.
    pub fn named() -> Self {
        let office = Self::new();
        run(office.folder.path(), ["unit", "put", UNIT, "--name", "Ủy ban nhân dân xã Sơn Mẫu"]).expect(0);
        office
    }

    /// The same as it was filled then, with certificates that hold since.
    pub fn since(then: OffsetDateTime) -> Self {
        // on a thread of its own, so that asynchronous tests can have one, too
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || runtime.block_on(Self::fill(then))).join().unwrap()
    }

    async fn fill(then: OffsetDateTime) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (now, start) = (OffsetDateTime::now_utc(), Instant::now());
        let clock = Arc::new(move || then + start.elapsed());
        let data = DataFolder::open(folder.path(), &folder.path().join("master.key"), clock).await.unwrap();
        let plan =
            Plan { algorithm: KeyAlgorithm::P256, url: "http://127.0.0.1:8080", agency: Agency::SAMPLE, now: then };
        let authority = Authority::create(&plan, &mut rand::rng()).unwrap();
        dauson::trust_services::import(&data, &authority).await.unwrap();
        let root = folder.path().join("trust/root.pem");
        let year = now.to_offset(dauson::data_folder::VIETNAM).year() % 100;
        let (series, other_series) = (format!("EBL01/{year:02}TAA"), format!("EBL01/{year:02}TBB"));
        let mut all = HashMap::new();
        for (unit, series) in [(UNIT, &series), (OTHER_UNIT, &other_series)] {
            let mut row = UnitRow {
                id: unit.into(),
                name: format!("Ủy ban nhân dân {unit}"),
                tax_code: "6109999990".into(),
                address: "Thôn 1".into(),
                ..UnitRow::default()
            };
            units::put(&data, &row, "test").await.unwrap();
            for credential in [&authority.leader, &authority.seal, &authority.receipt] {
                import(&data, unit, credential).await;
            }
            row.receipt_key = Some(format!("{unit}.receipt"));
            units::put(&data, &row, "test").await.unwrap();
            book::create(&data, &series.parse().unwrap(), unit, &book::Opening::default(), "test").await.unwrap();
            for role in Role::ALL {
                let signing_key = match role {
                    Role::Leader => Some(format!("{unit}.leader")),
                    Role::Clerk => Some(format!("{unit}.seal")),
                    _ => None,
                };
                let lifetime = now - then + time::Duration::days(1);
                let new = NewToken { name: role.to_string(), unit: unit.into(), role, signing_key, lifetime };
                all.insert((unit, role), tokens::create(&data, new).await.unwrap().1.to_string());
            }
        }
        // whoever copies the folder finds it as it stays
        data.store.close().await;
        Self { folder, root, series, other_series, tokens: all }
    }

    /// The token of a role in the unit, and in the other unit.
    pub fn token(&self, role: Role) -> &str {
        &self.tokens[&(UNIT, role)]
    }

    pub fn other_token(&self, role: Role) -> &str {
        &self.tokens[&(OTHER_UNIT, role)]
    }

    /// The program serving the data folder.
    pub fn serve(&self) -> Server {
        Server::start(self.folder.path(), &[])
    }

    /// A request for a receipt.
    pub fn receipt_request(&self, price: i64) -> serde_json::Value {
        serde_json::json!({
            "series": self.series,
            "payer": {"name": "Nguyễn Văn A", "personal_id": "000175000001", "address": "Thôn 2"},
            "lines": [{"fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 3, "unit_price": price}],
            "payment": {"method": "cash"}
        })
    }
}

/// Sees to it that all of the database is in its one file, once nobody has it open any more. Connections that end at the same moment, and
/// those that end with their process, leave what was committed last in the write-ahead log: whoever copies the file alone copies an older
/// state.
pub fn closed(data: &Path) {
    let file = data.join("dauson.db");
    let options = SqliteConnectOptions::new().filename(&file);
    // on a thread of its own, so that asynchronous tests can have one, too
    let alone = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            // without a look at it, SQLite does not care for the write-ahead log
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    };
    let start = Instant::now();
    while data.join("dauson.db-wal").exists() {
        assert!(start.elapsed() < Duration::from_mins(1), "somebody still has {} open", file.display());
        // the last one to close it, alone, leaves one file
        std::thread::spawn(alone.clone()).join().unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
}

async fn import(data: &DataFolder, unit: &str, credential: &Credential) {
    let id = format!("{unit}.{}", credential.name);
    let key =
        dauson::keys::LocalKey::from_pkcs8(&credential.pkcs8, credential.certificate.clone(), credential.chain.clone());
    keys::import(data, &id, Some(unit), &key.unwrap().into()).await.unwrap();
}
