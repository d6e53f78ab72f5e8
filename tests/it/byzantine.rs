//! An operator who cheats: who holds the server with its database, its files and the log's signing key, but neither a checkpoint that
//! somebody kept nor the memory of who watches. Each way to cheat is found, and the table says by whom.

use crate::audit_receipts::{copy, issued};
use crate::auditing::{append, keep, key};
use crate::office::Office;
use crate::program::run;
use crate::server::Server;
use dauson::audit::entry::Entry;
use dauson::keys::MasterKey;
use dauson::tlog::tile::Appender;
use dauson::tlog::{Checkpoint, Signer, TlogError, leaf_hash};
use serde_json::{Value, json};
use std::path::Path;

/// Who finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Finder {
    /// `audit verify` of the data folder, with nothing but the log's key.
    Verify,
    /// The same with a checkpoint that somebody kept.
    Kept,
    /// `audit watch`, which has seen the log before.
    Watch,
}
use Finder::{Kept, Verify, Watch};

/// What the operator does.
enum Cheat {
    /// Changes the database, as whoever can write to it.
    Database(&'static [&'static str]),
    /// Changes files.
    Files(fn(&Path)),
    /// Changes entries, and with the log's key rebuilds and signs all of the log anew, so that it agrees with itself; and changes the
    /// database to fit.
    Rebuild(fn(&mut Vec<Value>), &'static [&'static str]),
}
use Cheat::{Database, Files, Rebuild};

/// Who finds it, and what is said.
type Found = (Finder, &'static str);

const CHEATS: &[(&str, Cheat, &[Found])] = &[
    (
        "an entry is changed",
        Database(&[
            "UPDATE log_entry SET entry = CAST(replace(CAST(entry AS TEXT), 'role.granted', 'role.revoked') AS BLOB) WHERE idx = (SELECT min(idx) FROM log_entry WHERE instr(CAST(entry AS TEXT), 'role.granted'))",
        ]),
        &[(Verify, "do not lead to the checkpoint's root hash")],
    ),
    (
        "an entry is removed",
        Database(&["DELETE FROM log_entry WHERE idx = 12"]),
        &[(Verify, "entry 12 is missing"), (Kept, "entry 12 is missing")],
    ),
    (
        "two entries change places",
        Database(&[
            "UPDATE log_entry SET idx = -1 WHERE idx = 3",
            "UPDATE log_entry SET idx = 3 WHERE idx = 9",
            "UPDATE log_entry SET idx = 9 WHERE idx = -1",
        ]),
        &[(Verify, "do not lead to the checkpoint's root hash")],
    ),
    (
        "an entry is doubled at the end, and the head goes on",
        Database(&[
            "INSERT INTO log_entry (idx, entry) SELECT (SELECT max(idx) + 1 FROM log_entry), entry FROM log_entry WHERE idx = 2",
            "UPDATE log_head SET size = size + 1",
        ]),
        &[(Verify, "is beyond the")],
    ),
    (
        "a tile is changed, so that proofs fail",
        Database(&["UPDATE log_tile SET hashes = zeroblob(length(hashes)) WHERE level = 0"]),
        &[(Verify, "in tile 0 of level 0"), (Watch, "tiles do not lead to the root hash")],
    ),
    (
        "the checkpoint says another size",
        Database(&[
            "UPDATE log_head SET checkpoint = replace(checkpoint, char(10) || size || char(10), char(10) || (size + 1) || char(10))",
        ]),
        &[(Verify, "the checkpoint"), (Watch, "does not verify")],
    ),
    (
        "a receipt is deleted",
        Database(&["DELETE FROM receipt WHERE number = 4", "UPDATE series SET next = 4 WHERE symbol LIKE '%AA'"]),
        &[(Verify, "number 4 is missing")],
    ),
    (
        "the total of a receipt is lowered",
        Database(&["UPDATE receipt SET total = 1000 WHERE number = 1"]),
        &[(Verify, "its total in the database is 1000, that of its signed XML is 6000")],
    ),
    (
        "a voided receipt counts again",
        Database(&["UPDATE receipt SET state = 'issued', reason = NULL WHERE number = 3"]),
        &[(Verify, "the log as voided")],
    ),
    (
        "a stored file is changed",
        Files(|data| {
            let file = blob(data);
            let mut bytes = std::fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&file, bytes).unwrap();
        }),
        &[(Verify, "was changed in the store")],
    ),
    (
        "a stored file is removed",
        Files(|data| std::fs::remove_file(blob(data)).unwrap()),
        &[(Verify, "is not in the store")],
    ),
    (
        "a signature is made never to have been: its entry is left out of a log that is built anew",
        Rebuild(|entries| drop(entries.remove(entries.len() - 2)), &[]),
        &[(Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "a signature is dated back in a log that is built anew",
        Rebuild(|entries| entries.last_mut().unwrap()["time"] = "2026-01-02T03:04:05Z".into(), &[]),
        &[(Verify, "it was back-dated"), (Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "a signature is put in among older ones in a log that is built anew",
        Rebuild(
            |entries| {
                let at = entries.len() - 5;
                let mut entry = entries[at].clone();
                entry["signature"] = "ab".repeat(32).into();
                entries.insert(at, entry);
            },
            &[],
        ),
        &[(Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "who did it is changed in a log that is built anew",
        Rebuild(
            |entries| {
                let actor = entries.iter().rposition(|entry| entry["action"] == "receipt.voided").unwrap();
                entries[actor]["actor"] = "00".repeat(16).into();
            },
            &[],
        ),
        &[(Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "a voided receipt counts again, in the database and in a log that is built anew",
        Rebuild(
            |entries| {
                let voided = entries.iter().position(|entry| entry["action"] == "receipt.voided").unwrap();
                // another entry in its place, so that all others stay where the database says they are
                entries[voided] = json!({"action": "role.granted", "time": entries[voided]["time"], "v": 1});
            },
            &[
                "UPDATE receipt SET state = 'issued', reason = NULL WHERE number = 3",
                "DELETE FROM receipt_event WHERE kind = 'voided' AND number = 3",
                "DELETE FROM figure",
                "INSERT INTO figure SELECT * FROM figure_anew",
            ],
        ),
        &[(Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "what is older than a signature in store is changed in a log that is built anew",
        Rebuild(|entries| entries[1]["time"] = "2026-01-02T03:04:05Z".into(), &[]),
        &[(Verify, "that it had then: it was rewritten"), (Kept, "does not begin with"), (Watch, "was rewritten")],
    ),
    (
        "the log is cut back, and the database with it",
        Rebuild(|entries| entries.truncate(entries.len() - 8), &[]),
        &[(Kept, "it was cut short"), (Watch, "it was cut back")],
    ),
    (
        "a number is issued twice",
        Rebuild(|entries| again(entries, "receipt.issued", |_| ()), &[]),
        &[(Verify, "a second time")],
    ),
    (
        "numbers are skipped",
        Rebuild(
            |entries| {
                again(entries, "receipt.issued", |entry| {
                    let id = entry["receipt"].as_str().unwrap();
                    entry["receipt"] = format!("{}/00000009", id.rsplit_once('/').unwrap().0).into();
                });
            },
            &[],
        ),
        &[(Verify, "numbers 5 to 8 are missing")],
    ),
    (
        "a receipt is said to be replaced by one that does not say so",
        Rebuild(
            |entries| {
                again(entries, "receipt.replaced", |entry| {
                    let (old, new) = (entry["receipt"].clone(), entry["related"].clone());
                    entry["receipt"] = new;
                    entry["related"] = old;
                });
            },
            &[],
        ),
        &[(Verify, "which does not say so")],
    ),
    (
        "a receipt is voided in the log alone",
        Rebuild(
            |entries| {
                again(entries, "receipt.voided", |entry| {
                    let id = entry["receipt"].as_str().unwrap();
                    entry["receipt"] = format!("{}/00000001", id.rsplit_once('/').unwrap().0).into();
                });
            },
            &[],
        ),
        &[(Verify, "the database has it as issued, the log as voided")],
    ),
];

/// Appends an entry as the first one of an action is, changed a little: the log only grows, and each checkpoint continues the others.
fn again(entries: &mut Vec<Value>, action: &str, change: fn(&mut Value)) {
    let mut entry = entries.iter().find(|entry| entry["action"] == action).unwrap().clone();
    change(&mut entry);
    entries.push(entry);
}

/// Some file of the store that a receipt needs.
fn blob(data: &Path) -> std::path::PathBuf {
    let view = run(data, ["receipt", "series", "list", "--json"]).expect(0).stdout;
    let series: Value = serde_json::from_str(view.lines().find(|line| line.contains("TAA")).unwrap()).unwrap();
    let id = format!("{}/00000001", series["id"].as_str().or(series["series"].as_str()).unwrap());
    let receipt = run(data, ["receipt", "show", &id, "--json"]).expect(0).json();
    let digest = receipt["xml_sha256"].as_str().unwrap().to_owned();
    data.join("blobs").join(&digest[..2]).join(&digest[2..])
}

async fn database(data: &Path, statements: &'static [&'static str]) {
    let pool = connect(data).await;
    for statement in statements {
        let done = sqlx::query(*statement).execute(&pool).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }
    pool.close().await;
}

async fn connect(data: &Path) -> sqlx::SqlitePool {
    sqlx::SqlitePool::connect(&format!("sqlite://{}", data.join("dauson.db").display())).await.unwrap()
}

/// Builds the log anew from changed entries, and signs it with its own key.
pub async fn rebuild(data: &Path, change: fn(&mut Vec<Value>)) {
    rebuild_by(data, None, change).await;
}

/// The same, signed with a key of somebody else's who has only the database.
pub async fn rebuild_by(data: &Path, own: Option<[u8; 32]>, change: fn(&mut Vec<Value>)) {
    let pool = connect(data).await;
    let master = MasterKey::new(&std::fs::read(data.join("master.key")).unwrap()).unwrap();
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM secret WHERE name = 'log/signing-key'").fetch_one(&pool).await.unwrap();
    let seed = master.open("log/signing-key", &sealed).unwrap();
    let note: String = sqlx::query_scalar("SELECT checkpoint FROM log_head").fetch_one(&pool).await.unwrap();
    let own = own.unwrap_or_else(|| seed.as_slice().try_into().unwrap());
    let signer = Signer::from_seed(note.lines().next().unwrap(), &own).unwrap();
    let old: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT entry FROM log_entry ORDER BY idx").fetch_all(&pool).await.unwrap();
    let mut entries: Vec<Value> = old.iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect();
    change(&mut entries);
    for statement in ["DELETE FROM log_entry", "DELETE FROM log_tile"] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let mut tree = Appender::open(0, &mut |_, _| Ok::<_, TlogError>(Vec::new())).unwrap();
    for (index, value) in (0_i64..).zip(&entries) {
        let bytes = serde_json::to_vec(value).unwrap();
        let entry = Entry::parse(&bytes).unwrap();
        tree.push(leaf_hash(&bytes));
        sqlx::query("INSERT INTO log_entry (idx, entry, signature, receipt) VALUES (?, ?, ?, ?)")
            .bind(index)
            .bind(&bytes)
            .bind(entry.signature.map(|signature| hex::decode(signature).unwrap()))
            .bind(entry.receipt)
            .execute(&pool)
            .await
            .unwrap();
    }
    let tree = tree.finish();
    for tile in &tree.tiles {
        sqlx::query("INSERT INTO log_tile (level, idx, hashes) VALUES (?, ?, ?)")
            .bind(i64::from(tile.level))
            .bind(tile.index as i64)
            .bind(tile.hashes.concat())
            .execute(&pool)
            .await
            .unwrap();
    }
    let origin = signer.verifier_key().name().to_owned();
    let head = Checkpoint { origin, size: tree.size, root: tree.root, extensions: Vec::new() };
    sqlx::query("UPDATE log_head SET size = ?, root = ?, checkpoint = ?")
        .bind(tree.size as i64)
        .bind(tree.root.to_vec())
        .bind(head.sign(&[&signer]).unwrap())
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}

#[test]
fn each_way_to_cheat_is_found() {
    assert!(CHEATS.len() >= 15);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let office = Office::new();
    let data = issued(&office);
    append(&data, 20);
    let key = key(&data);
    let work = tempfile::tempdir().unwrap();
    let kept = keep(&data, &work.path().join("kept.txt"));
    let cheating = work.path().join("data");
    let state = work.path().join("watch.txt").display().to_string();
    let watch = || {
        let server = Server::start(&cheating, &[]);
        let url = format!("http://{}", server.address);
        run(work.path(), ["audit", "watch", &url, "--log-key", &key, "--state", &state, "--once"])
    };
    let verify = |more: &[&str]| run(&cheating, [&["audit", "verify", "--log-key", &key], more].concat());
    copy(&data, &cheating);
    watch().expect(0);
    let seen = std::fs::read_to_string(&state).unwrap();
    verify(&["--checkpoint", &kept]).expect(0);
    for (cheat, how, expected) in CHEATS {
        copy(&data, &cheating);
        match how {
            Database(statements) => runtime.block_on(database(&cheating, statements)),
            Files(change) => change(&cheating),
            Rebuild(change, statements) => {
                runtime.block_on(async {
                    rebuild(&cheating, *change).await;
                    database(&cheating, statements).await;
                });
                // and on it goes as if nothing had been, but for who cuts the log back
                if !cheat.contains("cut back") {
                    append(&cheating, 5);
                }
            }
        }
        std::fs::write(&state, &seen).unwrap();
        let found = [(Verify, verify(&[])), (Kept, verify(&["--checkpoint", &kept])), (Watch, watch())];
        let by: Vec<Finder> = found.iter().filter(|(_, ran)| ran.code == 1).map(|(finder, _)| *finder).collect();
        println!("{cheat}: found by {by:?}");
        for (finder, said) in *expected {
            let (_, ran) = found.iter().find(|(found, _)| found == finder).unwrap();
            assert!(ran.code == 1 && ran.stdout.contains(said), "{cheat}: {finder:?}: {ran:?}");
        }
        // who has nothing from before cannot see that a log was built anew; what is outside makes the difference
        let needs_memory = expected.iter().all(|(finder, _)| *finder != Verify);
        assert_eq!(by.contains(&Verify), !needs_memory, "{cheat}: {:?}", found[0].1);
    }
}
