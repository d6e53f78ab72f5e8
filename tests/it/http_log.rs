//! The log as monitors and auditors fetch it.

use crate::audit_log::open;
use crate::office::Office;
use dauson::audit::entry::{Action, Entry};
use dauson::people::permissions::Role;
use dauson::tlog::tile::{decode_bundle, parse_tile};
use dauson::tlog::tree::RootBuilder;
use dauson::tlog::{Checkpoint, Proof, leaf_hash};
use serde_json::{Value, json};
use time::OffsetDateTime;

#[test]
fn the_log_is_fetched_as_tiles_and_recomputed() {
    let office = Office::new();
    let key = {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = std::sync::Arc::new(open(office.folder.path()).await);
            let mut tasks = Vec::new();
            for n in 0..300_u32 {
                let folder = std::sync::Arc::clone(&folder);
                let entry =
                    Entry::new(Action::DocumentSigned, OffsetDateTime::now_utc()).unwrap().signed(&n.to_be_bytes());
                tasks.push(tokio::spawn(async move { folder.log.record(entry).await.unwrap() }));
            }
            for task in tasks {
                task.await.unwrap();
            }
            folder.log.verifier_key().clone()
        })
    };
    let server = office.serve();
    let checkpoint = server.get("/checkpoint").send().expect(200);
    assert_eq!(checkpoint.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(checkpoint.header("cache-control").unwrap().contains("max-age=5"));
    let checkpoint = Checkpoint::open(&checkpoint.text(), &key).unwrap();
    let rest = checkpoint.size - 256;
    assert!(rest > 44 && rest < 256);
    let mut root = RootBuilder::default();
    let mut level_0 = Vec::new();
    for path in ["000".to_owned(), format!("001.p/{rest}")] {
        let bundle = server.get(&format!("/tile/entries/{path}")).send().expect(200);
        assert_eq!(bundle.header("content-type"), Some("application/octet-stream"));
        let tile = server.get(&format!("/tile/0/{path}")).send().expect(200);
        assert_eq!(tile.header("cache-control").unwrap().contains("31536000, immutable"), path == "000");
        let hashes = parse_tile(&tile.body).unwrap();
        let entries: Vec<_> = decode_bundle(&bundle.body).unwrap().into_iter().map(leaf_hash).collect();
        assert_eq!(hashes, entries);
        for hash in &entries {
            root.push(*hash);
        }
        level_0.push(hashes);
    }
    assert_eq!(root.root(), checkpoint.root);
    let mut left = RootBuilder::default();
    for hash in &level_0[0] {
        left.push(*hash);
    }
    let above = server.get("/tile/1/000.p/1").send().expect(200);
    assert_eq!(parse_tile(&above.body).unwrap(), [left.root()]);
    // an earlier state of a tile that has grown
    assert_eq!(server.get("/tile/0/000.p/7").send().expect(200).body, level_0[0][..7].concat());
    for path in [
        "0/001",
        "0/001.p/255",
        "0/002.p/1",
        "0/1",
        "0/000.p/0",
        "0/000.p/256",
        "00/000",
        "64/000",
        "1/000",
        "x/000",
        "0/../000",
        "entries/001",
        "entries/999.p/1",
        "entries/x999/x999/x999/x999/x999/x999/999",
        "0/000/",
        "0/%2e%2e/000",
        "entries/..%2f000",
        "0/x999/x999/x999/x999/x999/x999/999.p/1",
        "0/x018/x446/x744/x073/x709/x551/615",
    ] {
        server.get(&format!("/tile/{path}")).send().problem(404);
    }

    let auditor = office.token(Role::Auditor);
    let page = server.get("/api/v1/audit/entries?limit=2").token(auditor).send().expect(200).json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(page["items"][1]["index"], 1);
    let page =
        server.get(&format!("/api/v1/audit/entries?limit=500&cursor={next}")).token(auditor).send().expect(200).json();
    assert_eq!((&page["items"][0]["index"], &page["next"]), (&json!(2), &Value::Null));
    assert_eq!(page["items"].as_array().unwrap().len() as u64, checkpoint.size - 2);
    // the proof by index, by receipt and by signature
    let officer = server.post("/api/v1/receipts").token(office.token(Role::Officer)).header("idempotency-key", "a");
    let receipt = officer.json(&office.receipt_request(2_000)).send().expect(201).json();
    let index = receipt["log"]["index"].as_u64().unwrap();
    let prove = |id: &str| server.get(&format!("/api/v1/audit/proof/{id}")).token(auditor).send();
    let proven = prove(&index.to_string()).expect(200).json();
    assert_eq!(prove(&receipt["id"].as_str().unwrap().replace('/', "%2F")).expect(200).json(), proven);
    assert_eq!(prove(proven["entry"]["signature"].as_str().unwrap()).expect(200).json(), proven);
    assert_eq!(proven["entry"]["action"], "receipt.issued");
    let entry = proven["entry"].to_string();
    let proof = Proof::parse(proven["proof"].as_str().unwrap()).unwrap();
    let size = proof.verify(&leaf_hash(entry.as_bytes()), std::slice::from_ref(&key)).unwrap().checkpoint.size;
    assert_eq!(size, proven["size"].as_u64().unwrap());
    for id in ["99999", "18446744073709551615", "x", "EBL01%2F26TAA%2F99", &"0".repeat(64), "-1"] {
        prove(id).problem(404);
    }
}
