//! Killed at any moment, the program leaves no file without its log entry, no receipt number missing or double, and a log
//! that agrees with itself.

use crate::audit_log::{faults, open as open_folder};
use crate::counter_day::Line;
use crate::office::Office;
use crate::program::{command, run};
use crate::server::{Server, sample_pdf};
use dauson::auditor::verify::{self, Plan};
use dauson::auditor::{Checkpoint, LogKey, checkpoints_of};
use dauson::digest::sha256;
use dauson::messages::Text;
use dauson::pdf::source::FileSource;
use dauson::people::permissions::Role;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a server is killed, commands half as often; `DAUSON_KILLS=1000` makes a night of it.
fn kills() -> u32 {
    std::env::var("DAUSON_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(25)
}

/// Starts the program, and kills it after a while that grows from round to round: it is hit at every stage.
fn kill_after<S: AsRef<OsStr>>(data: &Path, arguments: &[S], wait: Duration) {
    let mut child = command(data).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(wait);
    let _ = child.kill();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_killed_signing_leaves_no_file_without_its_entry() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let work = work.path();
    let inputs: Vec<String> = (0..20)
        .map(|n| {
            let path = work.join(format!("in-{n}.pdf"));
            std::fs::copy("samples/cong-van.pdf", &path).unwrap();
            path.display().to_string()
        })
        .collect();
    let started = Instant::now();
    let sign_into = |out: &Path| -> Vec<String> {
        std::fs::create_dir(out).unwrap();
        let out = out.display().to_string();
        ["sign", "--key-id", "xa-son-mau.leader", "--out-dir", &out]
            .map(str::to_owned)
            .into_iter()
            .chain(inputs.clone())
            .collect()
    };
    run(data, sign_into(&work.join("out"))).expect(0);
    let whole = started.elapsed();
    let rounds = kills() / 2;
    for round in 0..rounds {
        kill_after(data, &sign_into(&work.join(format!("out-{round}"))), whole * round / rounds);
    }
    let folder = open_folder(data).await;
    assert_eq!(faults(&folder).await, Vec::<String>::new());
    let size = folder.log.head().await.unwrap().size;
    let mut entries = HashSet::new();
    for index in 0..size {
        entries.insert(hex::encode(folder.log.prove(index).await.unwrap().entry));
    }
    let (mut released, mut unfinished) = (0, 0);
    for outputs in std::fs::read_dir(work).unwrap().map(|f| f.unwrap().path()) {
        if !outputs.file_name().unwrap().to_string_lossy().starts_with("out") {
            continue;
        }
        for file in std::fs::read_dir(&outputs).unwrap().map(|f| f.unwrap().path()) {
            if file.extension().is_none_or(|e| e != "pdf") {
                unfinished += 1;
                continue;
            }
            released += 1;
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(entries.iter().any(|entry| text.contains(entry)), "{} has no entry in the log", file.display());
            let key = folder.log.verifier_key().to_string();
            let trust = office.root.display().to_string();
            let file = file.display().to_string();
            let arguments = ["verify", &file, "--json", "--trust", &trust, "--revocation", "ignore", "--log-key", &key];
            let report = run(data, arguments).expect(0).json();
            assert_eq!(report["signatures"][0]["log"]["status"], "proven");
        }
    }
    assert!(released >= 20, "{released} files were released");
    eprintln!("{rounds} kills: {released} files released, {unfinished} left unfinished, {size} log entries");
}

#[tokio::test]
async fn a_killed_counter_leaves_no_number_missing_or_double() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let request = work.path().join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    let request = request.display().to_string();
    let started = Instant::now();
    run(data, ["receipt", "issue", &request]).expect(0);
    let whole = started.elapsed();
    let rounds = kills() / 2;
    for round in 0..rounds {
        kill_after(data, &["receipt", "issue", &request], whole * round / rounds);
    }
    // two counters at once, while a third one is killed
    let children: Vec<_> =
        (0..4).map(|_| command(data).args(["receipt", "issue", &request]).spawn().unwrap()).collect();
    kill_after(data, &["receipt", "issue", &request], whole / 2);
    for child in children {
        crate::program::finish(child).expect(0);
    }
    let folder = open_folder(data).await;
    assert_eq!(faults(&folder).await, Vec::<String>::new());
    let series = folder.store.read().await.unwrap().all_series(None).await.unwrap().remove(0);
    let issued = series.next - 1;
    assert!(issued >= 5, "{issued} receipts");
    // what the audit has checked once more by hand: each number once, its files those that it says
    for number in 1..=issued {
        let id = format!("{}/{number:08}", office.series);
        let (xml, pdf) = (work.path().join("r.xml"), work.path().join("r.pdf"));
        let (xml_name, pdf_name) = (xml.display().to_string(), pdf.display().to_string());
        let export = ["receipt", "export", &id, "--xml", &xml_name, "--pdf", &pdf_name, "--force"];
        run(data, export).expect(0);
        let view = run(data, ["receipt", "show", &id, "--json"]).expect(0).json();
        assert_eq!(view["number"], number);
        assert_eq!(view["xml_sha256"], hex::encode(sha256(&std::fs::read(&xml).unwrap())));
        assert_eq!(view["pdf_sha256"], hex::encode(sha256(&std::fs::read(&pdf).unwrap())));
    }
    eprintln!("{rounds} kills: {issued} receipts issued");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_load_loses_nothing_that_it_answered() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let keys: [LogKey; 1] = [run(data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().parse().unwrap()];
    let (officer, leader) = (office.token(Role::Officer), office.token(Role::Leader));
    let (request, pdf) = (&office.receipt_request(2_000), &sample_pdf());
    let newest =
        |server: &Server| Checkpoint::open(&server.get("/checkpoint").send().expect(200).text(), &keys).unwrap();
    let (kills, out) = (kills(), work.path());
    let open = &AtomicBool::new(true);
    let first = Server::start(data, &[]);
    let line = &Line(Mutex::new(first.address.clone()));
    // while nobody else asks, and not the first one: how long one act takes, not how long it waits for others
    let alone = |key: &str| {
        let started = Instant::now();
        assert_eq!(line.send(officer, "/api/v1/receipts", Some(key), request).0, 201);
        started.elapsed()
    };
    let whole = ["first", "second", "third"].map(alone).into_iter().min().unwrap();
    let (answered, signed, mut kept) = std::thread::scope(|scope| {
        let issue = |client: u32| {
            move || {
                let mut answered = Vec::new();
                while open.load(Ordering::Relaxed) {
                    let key = format!("{client}-{}", answered.len());
                    let (status, receipt) = line.send(officer, "/api/v1/receipts", Some(&key), request);
                    assert_eq!(status, 201, "{receipt}");
                    answered.push((key, receipt["number"].as_u64().unwrap()));
                }
                answered
            }
        };
        let counters: Vec<_> = (0..3).map(|client| scope.spawn(issue(client))).collect();
        let signer = scope.spawn(move || {
            let mut signed = 0_u32;
            while open.load(Ordering::Relaxed) {
                let (status, file) = line.send_bytes(leader, "/api/v1/sign", None, ("application/pdf", pdf));
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&file));
                std::fs::write(out.join(format!("{signed}.pdf")), file).unwrap();
                signed += 1;
            }
            signed
        });
        let (mut server, mut kept) = (first, Vec::new());
        for round in 0..kills {
            // now in its first acts, now in later ones
            std::thread::sleep(whole * (round % 16) / 6);
            drop(server);
            server = Server::start(data, &[]);
            kept.push(newest(&server));
            line.0.lock().unwrap().clone_from(&server.address);
        }
        open.store(false, Ordering::Relaxed);
        let answered: Vec<(String, u64)> = counters.into_iter().flat_map(|c| c.join().unwrap()).collect();
        let signed = signer.join().unwrap();
        kept.push(newest(&server));
        (answered, signed, kept)
    });
    // what was asked again has the number that it was given
    let server = Server::start(data, &[]);
    line.0.lock().unwrap().clone_from(&server.address);
    for (key, number) in answered.iter().step_by(answered.len().div_ceil(50)) {
        let (_, again) = line.send(officer, "/api/v1/receipts", Some(key), request);
        assert_eq!(again["number"], *number, "{key}");
    }
    drop(server);
    let numbers: HashSet<u64> = answered.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers.len(), answered.len(), "a number was given twice");
    // each file that left has its entry, and each checkpoint that anybody saw is one that the log goes on from
    for n in 0..signed {
        let file = FileSource::new(File::open(out.join(format!("{n}.pdf"))).unwrap()).unwrap();
        let proven = checkpoints_of(file, &keys).unwrap();
        assert_eq!(proven.len(), 1);
        kept.extend(proven);
    }
    let folder = open_folder(data).await;
    let plan = Plan { kept: &kept, ..Plan::new(&keys) };
    let findings = verify::data(&*folder.store, &*folder.blobs, &plan, Some(&folder)).await.unwrap();
    assert_eq!(findings.named, Vec::<Text>::new());
    assert!(findings.receipts >= answered.len() as u64);
    eprintln!(
        "{kills} kills: {} receipts and {signed} documents answered, {} log entries, {} checkpoints of one log",
        answered.len(),
        findings.entries,
        kept.len()
    );
}

/// A process that may not write beyond a length of its files is ended by the system in the midst of a write.
#[tokio::test]
async fn a_process_that_is_ended_within_a_write_leaves_all_or_nothing() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let request = work.path().join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    let (mut ended, mut done) = (0, 0);
    // in blocks of 512 bytes; less than 32 KiB are not enough for the database's index of its log
    for blocks in (56..1_400).step_by(48) {
        let out = work.path().join(format!("{blocks}.pdf"));
        let out = out.to_str().unwrap();
        let sign = ["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "-o", out];
        let issue = ["receipt", "issue", request.to_str().unwrap()];
        for arguments in [&sign[..], &issue] {
            let mut bounded = std::process::Command::new("sh");
            bounded.args(["-c", "ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string(), env!("CARGO_BIN_EXE_dauson")]);
            bounded.args(arguments).env("DAUSON_DATA", data).stdout(Stdio::null()).stderr(Stdio::null());
            match bounded.status().unwrap().code() {
                Some(0) => done += 1,
                // SIGXFSZ
                None => ended += 1,
                code => panic!("{blocks} blocks: {code:?}"),
            }
        }
        assert_eq!(faults(&open_folder(data).await).await, Vec::<String>::new(), "{blocks} blocks");
    }
    assert!(ended > 5 && done > 5, "{ended} were ended, {done} were not");
    run(data, ["receipt", "issue", request.to_str().unwrap()]).expect(0);
    eprintln!("{ended} processes ended within a write, {done} to their end");
}
