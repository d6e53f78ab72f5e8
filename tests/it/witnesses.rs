//! Witnesses: who watches the log of another unit signs that it has only grown, and refuses what is anything else; keys that change.

use crate::office::Office;
use crate::program::{Ran, command, finish, run};
use crate::server::Server;
use dauson::digest::sha256;
use dauson::tlog::cosignature::cosign;
use dauson::tlog::tree::RootBuilder;
use dauson::tlog::witness::AddCheckpoint;
use dauson::tlog::{Checkpoint, Hash, Signer, leaf_hash};
use std::path::Path;
use std::time::{Duration, Instant};

fn log_key(office: &Office) -> String {
    run(office.folder.path(), ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().to_owned()
}

/// A neighbour that watches a log: its server and its key.
fn neighbour(watched: &str) -> (tempfile::TempDir, Server, String) {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), ["unit", "put", "xa-ben", "--name", "Xã Bên", "--tax-code", "6109999990", "--address", "Thôn 1"])
        .expect(0);
    let key = run(data.path(), ["audit", "witness-key"]).expect(0).stdout.trim().to_owned();
    let server = Server::start(data.path(), &[("DAUSON_AUDIT_WATCHED_LOGS", watched)]);
    (data, server, key)
}

/// Signs the sample as the leader of an office whose log these witnesses watch.
fn sign(office: &Office, output: &Path, witnesses: &str, quorum: &str) -> Ran {
    let mut command = command(office.folder.path());
    command.args(["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "--json", "-o"]).arg(output);
    command.env("DAUSON_AUDIT_WITNESSES", witnesses).env("DAUSON_AUDIT_WITNESS_QUORUM", quorum);
    finish(command.env("DAUSON_AUDIT_WITNESS_SECONDS", "3").spawn().unwrap())
}

/// What `verify` says of the log's proof in a file.
fn proof(office: &Office, file: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["verify", file.to_str().unwrap(), "--json", "--trust", office.root.to_str().unwrap()];
    all.extend(arguments);
    run(office.folder.path(), all).json()["signatures"][0].clone()
}

#[test]
fn a_document_leaves_with_the_cosignatures_of_its_witnesses() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let key = log_key(&office);
    let (_data, server, witness) = neighbour(&key);
    let (_other_data, other, other_witness) = neighbour(&key);
    let witnesses = format!("{witness} http://{} {other_witness} http://{}/", server.address, other.address);
    for round in 0..3 {
        let output = work.path().join(format!("{round}.pdf"));
        let ran = sign(&office, &output, &witnesses, "2").expect(0);
        assert!(!ran.stderr.contains("witness"), "{ran:?}");
        let signature = proof(&office, &output, &["--log-key", &key, "--witness-key", &witness]);
        assert_eq!(signature["log"]["status"], "proven");
        assert_eq!(signature["log"]["witnesses"], serde_json::json!([witness.split('+').next().unwrap()]));
        let both =
            ["--log-key", &key, "--witness-key", &witness, "--witness-key", &other_witness, "--witness-quorum", "2"];
        assert_eq!(proof(&office, &output, &both)["log"]["status"], "proven");
    }
    let output = work.path().join("0.pdf");
    // who does not know the witnesses does not mind them; who wants more than have signed does
    assert_eq!(proof(&office, &output, &["--log-key", &key])["log"]["status"], "proven");
    let stranger = Signer::cosigner("witness.example/stranger", &[1; 32]).unwrap().verifier_key().to_string();
    let signature = proof(&office, &output, &["--log-key", &key, "--witness-key", &stranger]);
    assert_eq!(signature["log"]["status"], "invalid");
    assert!(signature["warnings"].to_string().contains("0 of the known witnesses"), "{signature}");
    let ran = run(office.folder.path(), ["verify", output.to_str().unwrap(), "--witness-key", &key]).expect(64);
    assert!(ran.error_line().contains("not the key of a witness"));
    // monitors see what was cosigned, at the log and at the witness
    let origin = key.split('+').next().unwrap();
    let seen =
        server.get(&format!("/witness/{}/checkpoint", hex::encode(sha256(origin.as_bytes())))).send().expect(200);
    let keys = [key.parse().unwrap(), witness.parse().unwrap()];
    let seen = Checkpoint::open_cosigned(&seen.text(), &keys).unwrap();
    assert_eq!((seen.checkpoint.origin.as_str(), seen.witnesses.len()), (origin, 1));
    server.get("/witness/00/checkpoint").send().expect(404);
    let printed = run(office.folder.path(), ["audit", "checkpoint"]).expect(0).stdout;
    assert_eq!(Checkpoint::open_cosigned(&printed, &keys).unwrap(), seen);
    run(office.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn an_auditor_wants_the_cosignatures_of_witnesses() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name).display().to_string();
    let key = log_key(&office);
    let (_data, server, witness) = neighbour(&key);
    let stranger = Signer::cosigner("witness.example/stranger", &[1; 32]).unwrap().verifier_key().to_string();
    let mut export = command(data);
    export.args(["audit", "export", "-o", &path("log.zip")]);
    export.env("DAUSON_AUDIT_WITNESSES", format!("{witness} http://{}", server.address));
    finish(export.spawn().unwrap()).expect(0);
    let audit = |what: &[&str], more: &[&str], code| {
        let ran = run(&work.path().join("none"), [what, &["--log-key", &key], more].concat()).expect(code);
        assert!(code == 0 || ran.stdout.contains("of the witnesses that are known have cosigned it"), "{ran:?}");
    };
    let (log, bundle) = (office.serve(), path("log.zip"));
    let (url, state) = (format!("http://{}", log.address), path("state"));
    let known: &[&str] = &["--witness-key", &witness];
    for source in [&url, &bundle] {
        let verify = ["audit", "verify", source];
        audit(&verify, known, 0);
        audit(&verify, &["--witness-key", &witness, "--witness-key", &stranger], 0);
        audit(&verify, &["--witness-key", &witness, "--witness-key", &stranger, "--witness-quorum", "2"], 1);
        audit(&verify, &["--witness-key", &stranger], 1);
    }
    run(data, [&["audit", "verify"], known].concat()).expect(0);
    let watch = ["audit", "watch", &url, "--once", "--state", &state];
    audit(&watch, known, 0);
    // what the witness has not seen is a checkpoint that nobody but the log knows
    sign(&office, &work.path().join("signed.pdf"), "", "0").expect(0);
    audit(&watch, known, 1);
    audit(&["audit", "verify", &url], &[], 0);
    for wrong in [&["--witness-key", key.as_str()][..], &["--witness-key", &witness, "--witness-quorum", "2"]] {
        let ran = run(data, [&["audit", "verify"], wrong].concat()).expect(64);
        assert!(ran.error_line().contains("--witness-"), "{ran:?}");
    }
}

#[test]
fn a_witness_that_is_away_does_not_keep_anybody_from_working() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let output = work.path().join("out.pdf");
    let away = Signer::cosigner("witness.example/away", &[1; 32]).unwrap().verifier_key().to_string();
    let ran = sign(&office, &output, &format!("{away} http://127.0.0.1:9"), "1").expect(0);
    assert!(ran.stderr.contains("WARN witness witness.example/away: "), "{ran:?}");
    let signature = proof(&office, &output, &["--log-key", &log_key(&office)]);
    assert_eq!(
        (&signature["log"]["status"], &signature["log"]["witnesses"]),
        (&"proven".into(), &serde_json::json!([]))
    );
}

#[test]
fn cosignatures_that_come_late_are_put_into_what_was_signed() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name);
    let key = log_key(&office);
    let (_data, server, witness) = neighbour(&key);
    let name = serde_json::json!([witness.split('+').next().unwrap()]);
    let (away, here) = (format!("{witness} http://127.0.0.1:9"), format!("{witness} http://{}", server.address));
    sign(&office, &path("signed.pdf"), &away, "1").expect(0);
    std::fs::write(path("request.json"), office.receipt_request(2_000).to_string()).unwrap();
    let issue = ["receipt", "issue", path("request.json").to_str().unwrap(), "--json"].map(str::to_owned);
    let id = run(office.folder.path(), &issue).expect(0).json()["id"].as_str().unwrap().to_owned();
    let export = ["receipt", "export", &id, "--xml", path("signed.xml").to_str().unwrap()].map(str::to_owned);
    run(office.folder.path(), &export).expect(0);
    let extend = |input: &str, output: &str, witnesses: &str| {
        let mut command = command(office.folder.path());
        command.args(["extend", "--level", "B-T", "--json"]).arg(path(input)).arg("-o").arg(path(output));
        command.env("DAUSON_AUDIT_WITNESSES", witnesses).env("DAUSON_AUDIT_WITNESS_SECONDS", "3");
        finish(command.spawn().unwrap()).expect(0).json()["added"].clone()
    };
    let known = ["--log-key", key.as_str(), "--witness-key", &witness];
    let kinds = [("pdf", "document-timestamp"), ("xml", "signature-timestamp")];
    for (kind, stamp) in kinds {
        let signed = format!("signed.{kind}");
        assert_eq!(proof(&office, &path(&signed), &known)["log"]["status"], "invalid");
        assert_eq!(extend(&signed, &format!("away.{kind}"), &away), serde_json::json!([stamp]));
    }
    for (kind, stamp) in kinds {
        let (signed, renewed) = (format!("signed.{kind}"), format!("renewed.{kind}"));
        assert_eq!(extend(&signed, &renewed, &here), serde_json::json!(["log-proof", stamp]));
        let signature = proof(&office, &path(&renewed), &known);
        assert_eq!((&signature["log"]["status"], &signature["log"]["witnesses"]), (&"proven".into(), &name));
        assert_eq!(signature["indication"], "TOTAL-PASSED", "{signature}");
        // but for the proof it is what was signed
        assert_eq!(signature["log"]["index"], proof(&office, &path(&signed), &known[..2])["log"]["index"]);
    }
    // the time-stamp is over the proof that was there
    assert_eq!(extend("away.pdf", "late.pdf", &here), serde_json::json!([]));
    let (signed, renewed) = (std::fs::read(path("signed.pdf")).unwrap(), std::fs::read(path("renewed.pdf")).unwrap());
    let gap = signed.windows(5).rposition(|w| w == b"<3082").unwrap();
    assert_eq!(signed[..gap], renewed[..gap]);
}

#[test]
fn a_log_that_was_rolled_back_signs_nothing() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let (_data, server, witness) = neighbour(&log_key(&office));
    let witnesses = format!("{witness} http://{}", server.address);
    let database = office.folder.path().join("dauson.db");
    let backup = std::fs::read(&database).unwrap();
    sign(&office, &work.path().join("1.pdf"), &witnesses, "1").expect(0);
    sign(&office, &work.path().join("2.pdf"), &witnesses, "1").expect(0);
    for name in ["dauson.db-wal", "dauson.db-shm"] {
        let _ = std::fs::remove_file(office.folder.path().join(name));
    }
    std::fs::write(&database, backup).unwrap();
    let output = work.path().join("3.pdf");
    let ran = sign(&office, &output, &witnesses, "1").expect(65);
    assert!(ran.error_line().contains("was rolled back"), "{ran:?}");
    assert!(!output.exists());
}

#[test]
fn the_service_shows_its_log_to_witnesses_by_itself() {
    let office = Office::new();
    let key = log_key(&office);
    let (_data, witness_server, witness) = neighbour(&key);
    let witnesses = format!("{witness} http://{}", witness_server.address);
    let server = Server::start(office.folder.path(), &[("DAUSON_AUDIT_WITNESSES", &witnesses)]);
    let keys = [key.parse().unwrap(), witness.parse().unwrap()];
    let start = Instant::now();
    loop {
        let checkpoint = server.get("/checkpoint").send().expect(200).text();
        if Checkpoint::open_cosigned(&checkpoint, &keys).unwrap().witnesses.len() == 1 {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{checkpoint}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A witness that answers each request with the same: status, body; or never.
fn lying(answer: Option<(u16, &'static str)>) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            let Some((status, body)) = answer else {
                held.push(stream);
                continue;
            };
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat());
        }
    });
    let key = Signer::cosigner("witness.example/liar", &[1; 32]).unwrap().verifier_key().to_string();
    format!("{key} http://{address}")
}

#[test]
fn what_a_witness_only_says_stops_nobody() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let ran = sign(&office, &work.path().join("1.pdf"), &lying(Some((409, "999999\n"))), "1").expect(0);
    assert!(ran.stderr.contains("and does not show it"), "{ran:?}");
}

/// A witness that signs whatever it is shown, by a clock that is so many seconds ahead.
fn ahead_by(seconds: i64) -> String {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let signer = Signer::cosigner("witness.example/ahead", &[2; 32]).unwrap();
    let key = signer.verifier_key().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).is_ok_and(|_| line.len() > 2) {
                length =
                    line.to_lowercase().strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let shown = AddCheckpoint::parse(std::str::from_utf8(&body).unwrap()).unwrap().checkpoint;
            let checkpoint = Checkpoint::parse(&shown[..=shown.find("\n\n").unwrap()]).unwrap();
            let now = time::OffsetDateTime::now_utc().unix_timestamp();
            let line = cosign(&checkpoint, &signer, now + seconds).unwrap();
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", line.len());
            let _ = stream.get_mut().write_all(&[head.as_bytes(), line.as_bytes()].concat());
        }
    });
    format!("{key} http://{address}")
}

#[test]
fn a_cosignature_by_a_wrong_clock_is_not_taken() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    for (seconds, is_taken) in [(600, true), (7_200, false), (-7_200, false)] {
        let ran = sign(&office, &work.path().join(format!("{seconds}.pdf")), &ahead_by(seconds), "1").expect(0);
        assert_eq!(ran.stderr.contains("its clock is wrong"), !is_taken, "{ran:?}");
    }
}

#[test]
fn a_silent_witness_is_waited_for_once() {
    let office = Office::new();
    let witness = lying(None);
    let settings = [
        ("DAUSON_AUDIT_WITNESSES", witness.as_str()),
        ("DAUSON_AUDIT_WITNESS_QUORUM", "1"),
        ("DAUSON_AUDIT_WITNESS_SECONDS", "2"),
    ];
    let server = Server::start(office.folder.path(), &settings);
    let token = office.token(dauson::people::permissions::Role::Leader);
    let pdf = std::fs::read("samples/cong-van.pdf").unwrap();
    let start = Instant::now();
    for _ in 0..8 {
        server.post("/api/v1/sign").token(token).pdf(&pdf).send().expect(200);
    }
    // one by one they would take 16 seconds
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

#[test]
fn a_service_whose_log_was_rolled_back_issues_nothing() {
    let office = Office::new();
    let work = tempfile::tempdir().unwrap();
    let (_data, witness_server, witness) = neighbour(&log_key(&office));
    let witnesses = format!("{witness} http://{}", witness_server.address);
    let database = office.folder.path().join("dauson.db");
    let backup = std::fs::read(&database).unwrap();
    sign(&office, &work.path().join("1.pdf"), &witnesses, "1").expect(0);
    for name in ["dauson.db-wal", "dauson.db-shm"] {
        let _ = std::fs::remove_file(office.folder.path().join(name));
    }
    std::fs::write(&database, backup).unwrap();
    let server = Server::start(office.folder.path(), &[("DAUSON_AUDIT_WITNESSES", &witnesses)]);
    let token = office.token(dauson::people::permissions::Role::Officer);
    let start = Instant::now();
    loop {
        let request = server.post("/api/v1/receipts").token(token).json(&office.receipt_request(2_000));
        let answer = request.header("idempotency-key", &start.elapsed().as_nanos().to_string()).send();
        if answer.status != 201 {
            assert_eq!(answer.json()["code"], "audit.rolled_back", "{answer:?}");
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A log of our own, to lie with.
struct Liar {
    signer: Signer,
    leaves: Vec<Hash>,
}

impl Liar {
    fn note(&self, size: usize) -> String {
        let mut root = RootBuilder::default();
        self.leaves[..size].iter().for_each(|leaf| root.push(*leaf));
        let origin = self.signer.verifier_key().name().to_owned();
        let checkpoint = Checkpoint { origin, size: size as u64, root: root.root(), extensions: Vec::new() };
        checkpoint.sign(&[&self.signer]).unwrap()
    }

    fn request(&self, old: usize, new: usize) -> AddCheckpoint {
        // of a tree of two leaves from one: the second leaf
        let proof = match (old, new) {
            (1, 2) => vec![self.leaves[1]],
            (2, 3) => vec![self.leaves[2]],
            _ => Vec::new(),
        };
        AddCheckpoint { old: old as u64, proof, checkpoint: self.note(new) }
    }
}

#[test]
fn a_witness_refuses_what_the_specification_says() {
    let signer = || Signer::from_seed("log.example/liar", &[7; 32]).unwrap();
    let honest = Liar { signer: signer(), leaves: (0..5_u8).map(|n| leaf_hash(&[n])).collect() };
    let forked = Liar { signer: signer(), leaves: (10..15_u8).map(|n| leaf_hash(&[n])).collect() };
    let (_data, server, _) = neighbour(&signer().verifier_key().to_string());
    let ask = |body: &str| server.post("/add-checkpoint").body("text/plain", body.as_bytes()).send();
    let size = |answer: crate::server::Answer| {
        assert_eq!(answer.header("content-type"), Some("text/x.tlog.size"));
        answer.expect(409).text()
    };
    ask("nonsense").expect(400);
    ask(&AddCheckpoint { old: 3, ..honest.request(0, 1) }.text()).expect(400);
    ask(&honest.request(0, 1).text().replace("log.example/liar", "log.example/other")).expect(404);
    let unsigned = honest.request(0, 1).text().replace("log.example/liar\n1\n", "log.example/liar\n2\n");
    ask(&unsigned).expect(403);
    let empty = AddCheckpoint { proof: vec![[1; 32]], ..honest.request(0, 1) };
    ask(&empty.text()).expect(422);
    // nothing was cosigned so far
    assert_eq!(size(ask(&honest.request(1, 2).text())), "0\n");
    let line = ask(&honest.request(0, 1).text()).expect(200).text();
    assert!(line.starts_with("— witness.dauson/") && line.ends_with('\n') && line.lines().count() == 1, "{line}");
    ask(&honest.request(1, 1).text()).expect(200);
    assert_eq!(size(ask(&honest.request(0, 2).text())), "1\n");
    ask(&forked.request(1, 1).text()).expect(422);
    ask(&forked.request(1, 2).text()).expect(422);
    ask(&AddCheckpoint { proof: vec![[0; 32]], ..honest.request(1, 2) }.text()).expect(422);
    ask(&honest.request(1, 2).text()).expect(200);
    // back
    assert_eq!(size(ask(&honest.request(1, 1).text())), "2\n");
    ask(&AddCheckpoint { old: 2, proof: Vec::new(), checkpoint: honest.note(1) }.text()).expect(400);
    ask(&honest.request(2, 3).text()).expect(200);
}

#[test]
fn of_many_checkpoints_that_fork_at_once_one_is_cosigned() {
    let signer = || Signer::from_seed("log.example/liar", &[7; 32]).unwrap();
    let (_data, server, _) = neighbour(&signer().verifier_key().to_string());
    let start = Liar { signer: signer(), leaves: vec![leaf_hash(b"0")] };
    server.post("/add-checkpoint").body("text/plain", start.request(0, 1).text().as_bytes()).send().expect(200);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |n: u8| {
            let server = &server;
            let fork = Liar { signer: signer(), leaves: vec![leaf_hash(b"0"), leaf_hash(&[n])] };
            move || {
                server.post("/add-checkpoint").body("text/plain", fork.request(1, 2).text().as_bytes()).send().status
            }
        };
        let threads: Vec<_> = (1..9).map(|n| scope.spawn(ask(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[test]
fn the_logs_key_is_changed_while_both_are_believed() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let file = |name: &str| work.path().join(format!("{name}.pdf"));
    let old = log_key(&office);
    sign(&office, &file("before"), "", "0").expect(0);
    let server = office.serve();
    run(data, ["audit", "rotate-key", "--finish"]).expect(65).error_line();
    let new = run(data, ["audit", "rotate-key"]).expect(0).stdout.trim().to_owned();
    assert_ne!(new, old);
    assert_eq!(new.split('+').next(), old.split('+').next());
    run(data, ["audit", "rotate-key"]).expect(65).error_line();
    assert_eq!(log_key(&office), new);
    // who had the log open does not go on with a key that has gone
    let token = office.token(dauson::people::permissions::Role::Leader);
    let signed = server.post("/api/v1/sign").token(token).pdf(&std::fs::read("samples/cong-van.pdf").unwrap()).send();
    assert_ne!(signed.status, 200, "{signed:?}");
    sign(&office, &file("between"), "", "0").expect(0);
    let known = |name: &str, key: &str| proof(&office, &file(name), &["--log-key", key])["log"]["status"].clone();
    assert_eq!((known("between", &old), known("between", &new)), ("proven".into(), "proven".into()));
    run(data, ["audit", "rotate-key", "--finish"]).expect(0);
    sign(&office, &file("after"), "", "0").expect(0);
    assert_eq!((known("after", &old), known("after", &new)), ("no-key".into(), "proven".into()));
    assert_eq!((known("before", &old), known("before", &new)), ("proven".into(), "no-key".into()));
    run(data, ["audit", "verify"]).expect(0);
    // the service knows its keys of before
    let again = office.serve();
    let token = office.token(dauson::people::permissions::Role::Auditor);
    let judged =
        again.post("/api/v1/verify").token(token).pdf(&std::fs::read(file("before")).unwrap()).send().expect(200);
    assert_eq!(judged.json()["signatures"][0]["log"]["status"], "proven");
}
