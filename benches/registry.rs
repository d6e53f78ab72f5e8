//! Official documents signed by the leader and by the unit's seal, over HTTP, against the same acts in this process.

use crate::client;
use crate::receipts::{UNIT, open};
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::config::{Config, Flags};
use dauson::data_folder::DataFolder;
use dauson::documents::services::Services;
use dauson::http::{self, House};
use dauson::keys::{KeyAlgorithm, LocalKey};
use dauson::pades::Level;
use dauson::people::permissions::{Caller, Role};
use dauson::people::tokens::{self, NewToken};
use dauson::people::{keys, units};
use dauson::registry::ink::Place;
use dauson::registry::outgoing::{self, NewDraft, RegisterRequest, SignatureRequest};
use dauson::registry::{Desk, HandedIn, Recipient};
use dauson::store::people::UnitRow;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

/// Documents of one measurement.
const DOCUMENTS: usize = 96;

/// Prints a row for each act and each number of clients.
pub fn rows(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let path = folder.join("data-registry");
    let (data, leader, clerk) = runtime.block_on(fill(&path));
    let config = Config::load(&Flags { data: Some(path), ..Flags::default() }, |_| None).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let house = Arc::new(House::new(data, &config).unwrap());
    runtime.spawn(http::serve(Arc::clone(&house), listener, std::future::pending()));
    println!(
        "## Official documents, P-256: {DOCUMENTS} signed by the leader and sealed, each a transaction of its own"
    );
    println!("{:<10} {:>8} {:>14} {:>12} {:>12}", "act", "clients", "in-process/s", "HTTP/s", "of in-proc");
    for clients in [1, 16] {
        let (here, there) = (office(&runtime, &house), office(&runtime, &house));
        for (act, role, token) in [("sign", Role::Leader, &leader), ("seal", Role::Clerk, &clerk)] {
            if act == "seal" {
                for id in here.iter().chain(&there) {
                    between(&runtime, &house, id);
                }
            }
            let in_process = rate(clients, &here, |id| {
                runtime.block_on(at_desk(&house, role, async |desk| {
                    match act {
                        "sign" => outgoing::sign(desk, id, &signature(act)).await,
                        _ => outgoing::seal(desk, id, &signature(act)).await,
                    }
                    .unwrap();
                }));
            });
            let over_http = rate(clients, &there, |id| post(&address, token, &format!("{id}/{act}"), act));
            let ratio = 100.0 * over_http / in_process;
            println!("{act:<10} {clients:>8} {in_process:>14.1} {over_http:>12.1} {ratio:>11.0}%");
        }
    }
    println!();
}

/// How many a second, by so many at once.
fn rate(clients: usize, ids: &[String], work: impl Fn(&str) + Sync) -> f64 {
    let (next, start) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(id);
                }
            });
        }
    });
    ids.len() as f64 / start.elapsed().as_secs_f64()
}

fn rects(act: &str) -> &'static [[f64; 4]] {
    match act {
        "sign" => &[[341.0, 236.0, 180.0, 84.0]],
        "number" => &[[60.0, 690.0, 40.0, 14.0], [110.0, 690.0, 24.0, 14.0], [140.0, 690.0, 24.0, 14.0]],
        _ => &[[300.0, 240.0, 85.0, 85.0]],
    }
}

fn signature(act: &str) -> SignatureRequest {
    let places = rects(act).iter().map(|rect| Place { page: 1, rect: *rect }).collect();
    SignatureRequest { places, ..SignatureRequest::default() }
}

/// Does something at the registry as somebody of this role.
async fn at_desk(house: &House, role: Role, job: impl AsyncFnOnce(&Desk<'_>)) {
    let key = match role {
        Role::Leader => Some("leader".to_owned()),
        Role::Clerk => Some("seal".to_owned()),
        _ => None,
    };
    let (id, unit) = (format!("bench-{role}"), UNIT.to_owned());
    let caller = Caller { id: id.clone(), name: id, unit, role, signing_key: key };
    let trust = house.trust().unwrap();
    let services = &Services::new(&house.folder, &trust, &[], &house.outside).await.unwrap();
    let (folder, telling) = (&house.folder, &house.telling);
    job(&Desk { folder, caller: &caller, services, telling, level: Level::B, once: None }).await;
}

/// Documents that wait for the leader.
fn office(runtime: &Runtime, house: &House) -> Vec<String> {
    let sample = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf")).unwrap();
    let new = NewDraft {
        kind: "CV".to_owned(),
        issuer: "UBND".to_owned(),
        department: Some("VX".to_owned()),
        subject: "Triển khai biên lai điện tử".to_owned(),
        recipients: vec![Recipient { name: "Các thôn".to_owned(), email: None, code: None }],
        urgent: false,
        relation: None,
        note: None,
        kind_anyway: false,
    };
    let mut ids = Vec::new();
    for _ in 0..DOCUMENTS {
        runtime.block_on(at_desk(house, Role::Drafter, async |desk| {
            let file = HandedIn { name: Some("cong-van.pdf".to_owned()), bytes: sample.clone() };
            let drafted = outgoing::draft(desk, &new, file).await.unwrap();
            outgoing::initial(desk, &drafted.id, &SignatureRequest::default()).await.unwrap();
            ids.push(drafted.id);
        }));
    }
    ids
}

/// Number and register.
fn between(runtime: &Runtime, house: &House, id: &str) {
    runtime.block_on(at_desk(house, Role::Clerk, async |desk| {
        outgoing::number(desk, id, &signature("number")).await.unwrap();
        outgoing::register(desk, id, &RegisterRequest::default()).await.unwrap();
    }));
}

/// A data folder with a unit, its keys, and the tokens of leader and clerk.
async fn fill(path: &Path) -> (DataFolder, String, String) {
    let data = open(path).await;
    let (agency, now) = (Agency::SAMPLE, OffsetDateTime::now_utc());
    let plan = Plan { algorithm: KeyAlgorithm::P256, url: "http://ca.example", agency, now };
    let made = Authority::create(&plan, &mut rand::rng()).unwrap();
    dauson::trust_services::import(&data, &made).await.unwrap();
    let unit = UnitRow {
        id: UNIT.to_owned(),
        name: agency.name.to_owned(),
        tax_code: agency.tax_code.to_owned(),
        address: "Thôn 1, xã Sơn Mẫu, tỉnh Mẫu".to_owned(),
        phone: None,
        account: None,
        receipt_key: None,
        ..UnitRow::default()
    };
    units::put(&data, &unit, "bench").await.unwrap();
    let mut texts = Vec::new();
    let people: [(&str, &Credential, Role); 2] =
        [("leader", &made.leader, Role::Leader), ("seal", &made.seal, Role::Clerk)];
    for (name, of, role) in people {
        let key = LocalKey::from_pkcs8(&of.pkcs8, of.certificate.clone(), of.chain.clone()).unwrap();
        keys::import(&data, name, Some(UNIT), &key.into()).await.unwrap();
        let (unit, signing_key) = (UNIT.to_owned(), Some(name.to_owned()));
        let new = NewToken { name: name.to_owned(), unit, role, signing_key, lifetime: time::Duration::DAY };
        texts.push(tokens::create(&data, new).await.unwrap().1.to_string());
    }
    let clerk = texts.pop().unwrap();
    (data, texts.pop().unwrap(), clerk)
}

fn post(address: &str, token: &str, path: &str, act: &str) {
    let places: Vec<_> = rects(act).iter().map(|rect| json!({"page": 1, "rect": rect})).collect();
    let authorization = format!("Bearer {token}");
    let path = format!("/api/v1/outgoing/{path}");
    client::post(address, &path, ("authorization", &authorization), &json!({ "places": places }));
}
