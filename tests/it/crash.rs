//! Killed at any moment, the program leaves no file without its log entry, no receipt number missing or double, and a log
//! that agrees with itself.

use crate::audit_log::{faults, open};
use crate::office::Office;
use crate::program::{command, run};
use dauson::digest::sha256;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How often each program is killed; `DAUSON_CRASHES=200` makes a longer night of it.
fn rounds() -> u32 {
    std::env::var("DAUSON_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
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
    let rounds = rounds();
    for round in 0..rounds {
        kill_after(data, &sign_into(&work.join(format!("out-{round}"))), whole * round / rounds);
    }
    let folder = open(data).await;
    assert_eq!(faults(&folder).await, Vec::<String>::new());
    let size = folder.log.head().await.unwrap().size;
    let mut entries = std::collections::HashSet::new();
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
    let rounds = rounds() * 2;
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
    let folder = open(data).await;
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
