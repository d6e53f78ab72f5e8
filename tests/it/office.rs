//! A data folder with a demo authority, one unit, its keys and an open series: what tests of the office begin with.
#![allow(dead_code)]

use crate::audit_log::open;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::keys::{KeyAlgorithm, LocalKey};
use dauson::people::{keys, units};
use dauson::receipts::book;
use dauson::store::people::UnitRow;
use std::path::PathBuf;
use tempfile::TempDir;
use time::OffsetDateTime;

/// The unit's identifier.
pub const UNIT: &str = "xa-thu";

/// The open series: this year's.
pub fn series() -> String {
    let year = OffsetDateTime::now_utc().to_offset(time::macros::offset!(+7)).year() % 100;
    format!("EBL01/{year:02}TAA")
}

/// A request for a receipt from the series.
pub fn request() -> String {
    serde_json::json!({
        "series": series(),
        "payer": { "name": "Nguyễn Văn A", "personal_id": "062090001234" },
        "lines": [{ "fee": "CTBS", "name": "Phí chứng thực bản sao", "unit": "trang", "quantity": 3, "unit_price": 2000 }],
        "payment": { "method": "cash" },
    })
    .to_string()
}

/// The office.
pub struct Office {
    /// Everything is in it.
    pub folder: TempDir,
    /// The data folder.
    pub data: PathBuf,
    /// The root certificate, PEM.
    pub root: PathBuf,
    /// The authority.
    pub authority: Authority,
}

fn key(credential: &Credential) -> LocalKey {
    LocalKey::from_pkcs8(&credential.pkcs8, credential.certificate.clone(), credential.chain.clone()).unwrap()
}

impl Office {
    /// A new one, with P-256 keys `leader`, `seal` and `receipt`.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let now = OffsetDateTime::now_utc();
        let plan = Plan { algorithm: KeyAlgorithm::P256, url: "http://127.0.0.1:8080", agency: Agency::SAMPLE, now };
        let authority = Authority::create(&plan, &mut rand::rng()).unwrap();
        let root = folder.path().join("root.pem");
        std::fs::write(&root, dauson::keys::pem::encode("CERTIFICATE", &authority.root.certificate)).unwrap();
        let office = Self { folder, data, root, authority };
        std::thread::scope(|scope| {
            scope.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(office.fill()));
        });
        office
    }

    async fn fill(&self) {
        let data = open(&self.data).await;
        let mut unit = UnitRow {
            id: UNIT.into(),
            name: "ỦY BAN NHÂN DÂN XÃ THỬ".into(),
            tax_code: "6109999990".into(),
            address: "Thôn 1, xã Thử".into(),
            phone: None,
            account: None,
            receipt_key: None,
        };
        units::put(&data, &unit).await.unwrap();
        for (name, credential) in
            [("leader", &self.authority.leader), ("seal", &self.authority.seal), ("receipt", &self.authority.receipt)]
        {
            keys::import(&data, name, Some(UNIT), &key(credential)).await.unwrap();
        }
        unit.receipt_key = Some("receipt".into());
        units::put(&data, &unit).await.unwrap();
        book::create(&data, &series().parse().unwrap(), UNIT, "test").await.unwrap();
    }
}
