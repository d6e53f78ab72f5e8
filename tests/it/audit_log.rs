//! The audit log: whoever appends, at whatever moment, gets a proof that holds; what is tampered with is named.

use dauson::audit::entry::{Action, Entry};
use dauson::auditor::verify::{self, Plan};
use dauson::data_folder::DataFolder;
use dauson::tlog::{Proof, leaf_hash};
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;

pub async fn open(path: &Path) -> DataFolder {
    let clock = Arc::new(OffsetDateTime::now_utc);
    DataFolder::open(path, &path.join("master.key"), clock).await.unwrap()
}

pub async fn faults(folder: &DataFolder) -> Vec<String> {
    let key = folder.log.verifier_key().to_string().parse().unwrap();
    let findings = verify::data(&*folder.store, &*folder.blobs, &Plan::new(&[key]), Some(folder)).await.unwrap();
    assert_eq!(usize::try_from(findings.faults).unwrap(), findings.named.len());
    findings.named.into_iter().map(|fault| fault.en).collect()
}

fn entry(n: u32) -> Entry {
    Entry::new(Action::DocumentSigned, OffsetDateTime::now_utc()).unwrap().signed(&n.to_be_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn entries_from_many_writers_and_processes_get_proofs_that_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    // two openings of one folder know nothing of each other, as two processes do
    let folders = [Arc::new(open(&path).await), Arc::new(open(&path).await)];
    let mut tasks = Vec::new();
    for n in 0..600 {
        let folder = Arc::clone(&folders[n as usize % 2]);
        tasks.push(tokio::spawn(async move { folder.log.record(entry(n)).await.unwrap() }));
    }
    let mut indexes = Vec::new();
    let key = folders[0].log.verifier_key().clone();
    for task in tasks {
        let logged = task.await.unwrap();
        let proof = Proof::parse(&logged.proof).unwrap();
        let checkpoint = proof.verify(&leaf_hash(&logged.entry), std::slice::from_ref(&key)).unwrap().checkpoint;
        assert_eq!((checkpoint.size, proof.index), (logged.size, logged.index));
        indexes.push(logged.index);
    }
    indexes.sort_unstable();
    assert_eq!(indexes, (0..600).collect::<Vec<_>>());
    assert_eq!(faults(&folders[1]).await, Vec::<String>::new());
    // a proof of an old entry in the log as it is now
    for index in [0, 255, 256, 511, 599] {
        let logged = folders[0].log.prove(index).await.unwrap();
        let proof = Proof::parse(&logged.proof).unwrap();
        assert_eq!(proof.verify(&leaf_hash(&logged.entry), std::slice::from_ref(&key)).unwrap().checkpoint.size, 600);
    }
    assert!(folders[0].log.prove(600).await.is_err());
}

#[tokio::test]
async fn what_was_tampered_with_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    {
        let data = open(&path).await;
        for n in 0..300 {
            data.log.record(entry(n)).await.unwrap();
        }
        assert_eq!(faults(&data).await, Vec::<String>::new());
    }
    let cases = [
        (
            "UPDATE log_entry SET entry = CAST(replace(CAST(entry AS TEXT), 'document.signed', 'key.created') AS BLOB) WHERE idx = 7",
            "root hash",
        ),
        ("DELETE FROM log_entry WHERE idx = 100", "entry 100 is missing from the log"),
        ("DELETE FROM log_entry WHERE idx = 299", "entry 299 is missing from the log"),
        ("UPDATE log_tile SET hashes = zeroblob(8192) WHERE level = 0 AND idx = 0", "in tile 0 of level 0"),
        ("UPDATE log_entry SET signature = zeroblob(32) WHERE idx = 3", "entry 3: the database's index"),
        ("UPDATE log_head SET size = 299", "the checkpoint is of 300 entries, the head of 299"),
        ("UPDATE log_head SET checkpoint = replace(checkpoint, '300', '301')", "the checkpoint"),
    ];
    for (statement, expected) in cases {
        let copy = folder.path().join("copy");
        let _ = std::fs::remove_dir_all(&copy);
        std::fs::create_dir(&copy).unwrap();
        for file in std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_file()) {
            std::fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
        }
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", copy.join("dauson.db").display())).await.unwrap();
        let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&pool).await;
        assert_eq!(done.unwrap().rows_affected(), 1, "{statement}");
        pool.close().await;
        let named = faults(&open(&copy).await).await;
        assert!(named.iter().any(|fault| fault.contains(expected)), "{statement}: {named:#?}");
    }
}
