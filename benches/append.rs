//! Appending to the log with durable proof, as a ratio to the database's bare durable commits in the same run; what the log adds to
//! a signature; what a long log costs more than a short one.

use crate::log::{entry, sizes};
use dauson::audit::entry::{Action, Entry};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::store::log::{LogHead, LogRow};
use dauson::tlog::tile::Appender;
use dauson::tlog::{Checkpoint, Signer, TlogError, leaf_hash};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// How long each is measured.
const WHILE: Duration = Duration::from_secs(3);
/// Appends and proofs of which the median is taken.
const TIMES: usize = 400;
/// Entries of one transaction that fills a log.
const BULK: u64 = 1 << 16;

/// Prints the rows.
pub fn rows(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        println!("## Appending to a log");
        let bare = bare_commits(&folder.join("bare.db")).await;
        println!("bare durable commits of the database, one row each: {bare:.0} a second");
        println!("{:<10} {:>12} {:>10} {:>10} {:>10}", "writers", "appends/s", "of bare", "p50 ms", "p99 ms");
        let data = Arc::new(open(&folder.join("append")).await);
        for writers in [1, 16, 256] {
            let (rate, times) = append(&data, writers).await;
            let (half, most) = (at(&times, 0.5), at(&times, 0.99));
            println!("{writers:<10} {rate:>12.0} {:>10} {half:>10.2} {most:>10.2}", format!("×{:.2}", rate / bare));
        }
        println!("{:<12} {:>12} {:>12} {:>12}", "entries", "append ms", "CPU ms", "proof µs");
        for entries in [10_000, sizes().into_iter().max().unwrap_or(100_000)] {
            let path = folder.join(format!("filled-{entries}"));
            let data = open(&path).await;
            fill(&data, entries).await;
            settle(data, &path).await;
            let data = open(&path).await;
            let before = crate::measure::cpu();
            let times = each(async |n| data.log.record(one(n)).await.map(|_| ())).await;
            let cpu = (crate::measure::cpu() - before) / TIMES as f64;
            let step = entries / TIMES as u64;
            let proofs = each(async |n| data.log.prove(n * step).await.map(|_| ())).await;
            println!("{entries:<12} {:>12.2} {cpu:>12.2} {:>12.0}", at(&times, 0.5), at(&proofs, 0.5) * 1000.0);
            drop(data);
            std::fs::remove_dir_all(path).unwrap();
        }
        println!();
    });
}

/// Closes it, so that what filled it is moved out of the write-ahead log.
pub async fn settle(data: DataFolder, path: &Path) {
    drop(data);
    while path.join("dauson.db-wal").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn open(path: &Path) -> DataFolder {
    DataFolder::open(path, &path.join("master.key"), Arc::new(OffsetDateTime::now_utc)).await.unwrap()
}

/// An entry as a signature makes it.
fn one(n: u64) -> Entry {
    let entry = Entry::new(Action::DocumentSigned, OffsetDateTime::now_utc()).unwrap().of_unit("xa-son-mau");
    entry.signing(DigestAlgorithm::Sha256, &[7; 32], b"certificate").signed(&n.to_be_bytes())
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// Milliseconds of each, sorted.
async fn each(act: impl AsyncFn(u64) -> Result<(), dauson::error::Error>) -> Vec<f64> {
    let mut times = Vec::with_capacity(TIMES);
    for n in 0..TIMES as u64 {
        let start = Instant::now();
        act(n).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Transactions of one row a second, with the settings of the data folder.
async fn bare_commits(file: &Path) -> f64 {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let mut database = options.connect().await.unwrap();
    sqlx::query("CREATE TABLE row (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)").execute(&mut database).await.unwrap();
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < WHILE {
        let mut tx = database.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("INSERT INTO row (bytes) VALUES (?)").bind(vec![7_u8; 400]).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        count += 1;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    database.close().await.unwrap();
    rate
}

/// So many append, each one after the other: appends a second, and how long each took in milliseconds, sorted.
async fn append(data: &Arc<DataFolder>, writers: u64) -> (f64, Vec<f64>) {
    let (start, count) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (data, count) = (Arc::clone(data), Arc::clone(&count));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < WHILE {
                    let begun = Instant::now();
                    data.log.record(one(count.fetch_add(1, Ordering::Relaxed))).await.unwrap();
                    times.push(begun.elapsed().as_secs_f64() * 1000.0);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_by(f64::total_cmp);
    (times.len() as f64 / start.elapsed().as_secs_f64(), times)
}

/// Makes a log one of so many entries, many in one transaction.
pub async fn fill(data: &DataFolder, entries: u64) {
    let sealed = data.store.read().await.unwrap().secret("log/signing-key").await.unwrap().unwrap();
    let seed = data.master.open("log/signing-key", &sealed).unwrap();
    let origin = data.log.origin().to_owned();
    let signer = Signer::from_seed(&origin, seed.as_slice().try_into().unwrap()).unwrap();
    let mut size = data.log.head().await.unwrap().size;
    while size < entries {
        let mut tx = data.store.write().await.unwrap();
        let mut edge = std::collections::HashMap::new();
        for id in dauson::tlog::tile::right_edge(size) {
            edge.insert((id.level, id.index), tx.log_tile(id.level, id.index).await.unwrap());
        }
        let mut tile_at = |level, index| Ok::<_, TlogError>(edge.get(&(level, index)).cloned().unwrap_or_default());
        let mut tree = Appender::open(size, &mut tile_at).unwrap();
        let bulk: Vec<LogRow> = (size..(size + BULK).min(entries))
            .map(|index| {
                let entry = entry(index);
                tree.push(leaf_hash(&entry));
                let mut signature = [7; 32];
                signature[..8].copy_from_slice(&index.to_be_bytes());
                LogRow { entry, signature: Some(signature), receipt: None }
            })
            .collect();
        for (first, rows) in (size..).step_by(4096).zip(bulk.chunks(4096)) {
            tx.put_log_entries(first, rows).await.unwrap();
        }
        let tree = tree.finish();
        for tile in &tree.tiles {
            tx.put_log_tile(tile.level, tile.index, &tile.hashes).await.unwrap();
        }
        let checkpoint =
            Checkpoint { origin: origin.clone(), size: tree.size, root: tree.root, extensions: Vec::new() };
        let head = LogHead { size: tree.size, root: tree.root, checkpoint: checkpoint.sign(&[&signer]).unwrap() };
        assert!(tx.move_log_head(Some(size), &head).await.unwrap());
        tx.commit().await.unwrap();
        size = tree.size;
    }
}
