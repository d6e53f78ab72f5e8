//! `dauson audit verify` and `receipts` of a log wherever it is: a server, a folder of tiles, what is new since a checkpoint, where it
//! was left off.

use crate::audit_log::open;
use crate::audit_receipts::issued;
use crate::office::Office;
use crate::program::run;
use crate::server::Server;
use dauson::audit::entry::{Action, Entry};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Appends entries to the log of a data folder.
pub fn append(data: &Path, count: u32) {
    append_at(data, count, OffsetDateTime::now_utc());
}

/// The same at a time.
pub fn append_at(data: &Path, count: u32, time: OffsetDateTime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = std::sync::Arc::new(open(data).await);
        let mut tasks = Vec::new();
        for n in 0..count {
            let folder = std::sync::Arc::clone(&folder);
            let entry = Entry::new(Action::DocumentSigned, time).unwrap().signed(&n.to_be_bytes());
            tasks.push(tokio::spawn(async move { folder.log.record(entry).await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// The log's verifier key.
pub fn key(data: &Path) -> String {
    run(data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned()
}

/// The newest checkpoint, kept in a file.
pub fn keep(data: &Path, file: &Path) -> String {
    std::fs::write(file, run(data, ["audit", "checkpoint"]).expect(0).stdout).unwrap();
    file.display().to_string()
}

/// What a server publishes, as files.
pub fn mirror(server: &Server, folder: &Path) {
    let write = |path: &str| -> Vec<u8> {
        let body = server.get(&format!("/{path}")).send().expect(200).body;
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &body).unwrap();
        body
    };
    let checkpoint = String::from_utf8(write("checkpoint")).unwrap();
    let mut size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let mut level = 0;
    while size > 0 {
        for index in 0..size.div_ceil(256) {
            let width = (size - index * 256).min(256);
            let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
            write(&format!("tile/{level}/{index:03}{partial}"));
            if level == 0 {
                write(&format!("tile/entries/{index:03}{partial}"));
            }
        }
        size /= 256;
        level += 1;
    }
}

/// A file that is in a folder only once.
fn only(folder: &Path, part: &str) -> PathBuf {
    let found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    let found: Vec<PathBuf> = found.into_iter().filter(|f| f.display().to_string().ends_with(part)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[test]
fn a_log_is_verified_wherever_it_is_published() {
    let office = Office::new();
    let data = issued(&office);
    append(&data, 600);
    let key = key(&data);
    let server = office.serve();
    let work = tempfile::tempdir().unwrap();
    let elsewhere = work.path().join("none");
    let url = format!("http://{}", server.address);
    let folder = work.path().join("tiles");
    mirror(&server, &folder);
    let tiles = folder.display().to_string();
    for source in [&url, &tiles] {
        let ran = run(&elsewhere, ["audit", "verify", source, "--log-key", &key, "--json"]).expect(0).json();
        assert!(ran["entries"].as_u64().unwrap() > 600, "{ran}");
        assert_eq!((&ran["read"], &ran["faults"]), (&ran["entries"], &0.into()));
        assert_eq!(ran["series"][0]["issued"], 4);
        // whose log it is nobody knows
        run(&elsewhere, ["audit", "verify", source]).expect(64).error_line();
        // but the data folder does
        run(&data, ["audit", "verify", source]).expect(0);
        let books = run(&elsewhere, ["audit", "receipts", source, "--log-key", &key]).expect(0).stdout;
        let wanted = format!(
            "{}: 00000001..00000004, 4 issued, 1 replaced, 1 voided, 0 missing, 0 doubles, closed",
            office.series
        );
        assert!(books.contains(&wanted), "{books}");
        let other = Office::new();
        let other = self::key(other.folder.path());
        let ran = run(&elsewhere, ["audit", "verify", source, "--log-key", &other]).expect(1);
        assert!(ran.stdout.contains("is not signed with a log key"), "{ran:?}");
    }
    assert!(!elsewhere.exists());
    // whatever byte is changed, or file lost, is named
    let level_0 = only(&folder.join("tile/0"), "000");
    let entries = only(&folder.join("tile/entries"), "001");
    let level_1 = only(&folder.join("tile/1/000.p"), "2");
    for (file, named) in [
        (&level_0, "in tile 0 of level 0"),
        (&entries, "do not lead to the checkpoint's root hash"),
        (&level_1, "tile/1/000.p/2 is not that of the entries"),
    ] {
        let good = std::fs::read(file).unwrap();
        let mut bad = good.clone();
        bad[40] ^= 1;
        std::fs::write(file, &bad).unwrap();
        let ran = run(&elsewhere, ["audit", "verify", &tiles, "--log-key", &key]).expect(1);
        assert!(ran.stdout.contains(named), "{named}: {ran:?}");
        std::fs::remove_file(file).unwrap();
        let ran = run(&elsewhere, ["audit", "verify", &tiles, "--log-key", &key]).expect(1);
        assert!(ran.stdout.contains("tile/"), "{ran:?}");
        std::fs::write(file, &good).unwrap();
    }
    run(&elsewhere, ["audit", "verify", &tiles, "--log-key", &key]).expect(0);
    run(&elsewhere, ["audit", "verify", "nowhere", "--log-key", &key]).expect(66).error_line();
    drop(server);
    run(&elsewhere, ["audit", "verify", &url, "--log-key", &key]).expect(69).error_line();
}

#[test]
fn only_what_is_new_is_read() {
    let office = Office::new();
    let data = issued(&office);
    let key = key(&data);
    let work = tempfile::tempdir().unwrap();
    append(&data, 300);
    let first = keep(&data, &work.path().join("first.txt"));
    let state = work.path().join("state.json").display().to_string();
    let verify = |arguments: &[&str]| {
        let all = [&["audit", "verify", "--json", "--log-key", &key], arguments].concat();
        run(&data, all)
    };
    let all = verify(&["--state", &state]).expect(0).json();
    assert_eq!(all["read"], all["entries"]);
    append(&data, 500);
    for arguments in [["--since", &first], ["--state", &state]] {
        let ran = verify(&arguments).expect(0).json();
        assert_eq!((&ran["read"], &ran["faults"]), (&500.into(), &0.into()), "{ran}");
        // receipts before are in the books of what was kept, and not of a checkpoint
        let series = ran["series"].as_array().unwrap();
        assert_eq!(series.len(), if arguments[0] == "--state" { 2 } else { 0 }, "{ran}");
    }
    assert_eq!(verify(&["--state", &state]).expect(0).json()["read"], 0);
    // over the network, too; and older checkpoints beside
    let server = office.serve();
    let url = format!("http://{}", server.address);
    let ran = verify(&[&url, "--since", &first, "--checkpoint", &first]).expect(0).json();
    assert_eq!(ran["read"], 500);
    drop(server);
    // whoever has a signed document has a checkpoint
    let receipt = work.path().join("receipt.pdf").display().to_string();
    let id = format!("{}/00000001", office.series);
    run(&data, ["receipt", "export", &id, "--pdf", &receipt]).expect(0);
    verify(&["--checkpoint", &receipt]).expect(0);
    verify(&["--checkpoint", "samples/cong-van.pdf"]).expect(65).error_line();
    // a log of the same key that is another one
    let other = Office::new();
    let foreign = keep(other.folder.path(), &work.path().join("foreign.txt"));
    verify(&["--since", &foreign]).expect(65).error_line();
    std::fs::write(&state, "{").unwrap();
    verify(&["--state", &state]).expect(65).error_line();
}
