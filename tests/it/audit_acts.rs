//! What is relevant for security is in the log, whoever did it and however: each act, and its entry.

use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::sample_pdf;
use dauson::digest::sha256;
use dauson::people::permissions::Role;
use dauson::tlog::{Proof, VerifierKey, leaf_hash};
use serde_json::Value;
use std::path::Path;

/// The entries of an action.
pub fn entries(data: &Path, action: &str) -> Vec<Value> {
    let shown = run(data, ["audit", "show", "--json", "--action", action]).expect(0).stdout;
    shown.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["entry"].take()).collect()
}

/// Does something, and gives the one entry that came of it.
fn entered(data: &Path, action: &str, act: impl FnOnce()) -> Value {
    let before = entries(data, action).len();
    act();
    let mut after = entries(data, action);
    assert_eq!(after.len(), before + 1, "{action}");
    after.pop().unwrap()
}

fn of_file(file: &Path) -> String {
    format!("sha256:{}", hex::encode(sha256(&std::fs::read(file).unwrap())))
}

#[test]
fn each_act_has_its_entry() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name).display().to_string();
    let does = |arguments: &[&str]| {
        run(data, arguments).expect(0);
    };
    // the anchor that came with the authority
    let trusted = entries(data, "trust.changed");
    assert_eq!(trusted.len(), 1);

    let unit = ["unit", "put", "xa-moi", "--name", "Xã Mới", "--tax-code", "6109999990", "--address", "Thôn 1"];
    let made = entered(data, "unit.created", || does(&unit));
    assert_eq!((&made["unit"], &made["certificate"]), (&"xa-moi".into(), &Value::Null));
    let moved = entered(data, "unit.changed", || does(&["unit", "put", "xa-moi", "--address", "Thôn 2"]));
    assert_ne!(moved["digest"], made["digest"]);
    let back = entered(data, "unit.changed", || does(&["unit", "put", "xa-moi", "--address", "Thôn 1"]));
    assert_eq!(back["digest"], made["digest"]);

    does(&["pki", "init", &path("pki")]);
    let (key, password) = (path("pki/receipt.p12"), path("pki/password.txt"));
    let import = ["key", "import", "xa-moi.key", "--unit", "xa-moi", "--p12", &key, "--password-file", &password];
    let created = entered(data, "key.created", || does(&import));
    let keyed = entered(data, "unit.changed", || does(&["unit", "put", "xa-moi", "--receipt-key", "xa-moi.key"]));
    assert!(keyed["certificate"].is_string() && keyed["certificate"] == created["certificate"], "{keyed}");

    let logo = work.path().join("logo.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&logo).unwrap(), 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
    let shown = entered(data, "unit.changed", || does(&["unit", "put", "xa-moi", "--logo", &path("logo.png")]));
    assert_eq!(shown["digest"], of_file(&logo));
    // what changes nothing is no act
    let before = entries(data, "unit").len();
    does(&["unit", "put", "xa-moi", "--address", "Thôn 1"]);
    assert_eq!(entries(data, "unit").len(), before);

    let server = office.serve();
    let clerk = office.token(Role::Clerk);
    let stored = entered(data, "document.stored", || {
        server.post("/api/v1/documents").token(clerk).pdf(&sample_pdf()).send().expect(201);
    });
    assert_eq!(
        (&stored["digest"], &stored["unit"]),
        (&of_file(Path::new("samples/cong-van.pdf")).into(), &UNIT.into())
    );
    drop(server);
    let by_file = run(data, ["audit", "show", "--document", "samples/cong-van.pdf", "--actor", "clerk"]).expect(0);
    assert!(by_file.stdout.contains("document.stored"), "{by_file:?}");

    let token = ["token", "create", "--name", "ai", "--unit", UNIT, "--role", "auditor", "--json"];
    let granted = entered(data, "role.granted", || does(&token));
    let listed = run(data, ["token", "list", "--json"]).expect(0).stdout;
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = listed.last().unwrap()["id"].as_str().unwrap();
    let revoked = entered(data, "role.revoked", || does(&["token", "revoke", id]));
    assert_eq!(granted["actor"], revoked["actor"]);
    entered(data, "export.made", || does(&["audit", "export", "-o", &path("log.zip")]));
    entered(data, "pseudonym.resolved", || does(&["audit", "show", "--resolve"]));
    entered(data, "clock.corrected", || does(&["audit", "clock-corrected"]));
    entered(data, "log.key_changed", || does(&["audit", "rotate-key"]));
    // nothing but pseudonyms, digests and identifiers
    let all = run(data, ["audit", "show", "--json"]).expect(0).stdout;
    for word in ["Thôn", "Xã Mới", "6109999990", "cong-van", "\"ai\""] {
        assert!(!all.contains(word), "{word}");
    }
    does(&["audit", "verify"]);
}

#[test]
fn a_verification_on_record_is_proven_by_the_log() {
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let signed = work.path().join("signed.pdf");
    let (input, output) = ("samples/cong-van.pdf", signed.to_str().unwrap());
    run(data, ["sign", input, "--key-id", "xa-son-mau.leader", "-o", output]).expect(0);
    let key: VerifierKey = run(data, ["audit", "checkpoint", "--key"]).expect(0).stdout.trim().parse().unwrap();
    let record = |file: &str, more: &[&str], code| {
        let report = run(data, [&["verify", file, "--record", "--json"], more].concat()).expect(code).json();
        let entry = report["record"]["entry"].as_str().unwrap().to_owned();
        let proof = Proof::parse(report["record"]["proof"].as_str().unwrap()).unwrap();
        assert_eq!(proof.index, report["record"]["index"]);
        proof.verify(&leaf_hash(entry.as_bytes()), std::slice::from_ref(&key)).unwrap();
        serde_json::from_str::<Value>(&entry).unwrap()
    };
    let passed = record(output, &[], 0);
    assert_eq!((&passed["action"], &passed["result"]), (&"document.verified".into(), &"TOTAL-PASSED".into()));
    assert_eq!(passed["digest"], of_file(&signed));
    assert_eq!(entries(data, "document.verified"), std::slice::from_ref(&passed));
    // by the same basis or by another one; whatever was found
    assert_eq!(record(output, &[], 0)["basis"], passed["basis"]);
    assert_ne!(record(output, &["--revocation", "ignore"], 0)["basis"], passed["basis"]);
    assert_eq!(record(input, &[], 3)["result"], "NO-SIGNATURE");
    let mut bytes = std::fs::read(&signed).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    let broken = work.path().join("broken.pdf");
    std::fs::write(&broken, bytes).unwrap();
    assert_eq!(record(broken.to_str().unwrap(), &[], 1)["result"], "TOTAL-FAILED");
    // for people
    let said = run(data, ["verify", output, "--record"]).expect(0).stdout;
    assert!(said.contains("On record in the log, entry ") && said.contains("c2sp.org/tlog-proof@v1\nindex "), "{said}");
    // what is not asked for is not recorded, and what cannot be is refused
    let before = entries(data, "document.verified").len();
    run(data, ["verify", output]).expect(0);
    run(data, ["verify", output, "--record", "--at", "2026-11-24T00:00:00Z"]).expect(64).error_line();
    run(&work.path().join("none"), ["verify", output, "--record"]).expect(66).error_line();
    assert_eq!(entries(data, "document.verified").len(), before);

    let server = office.serve();
    let pdf = std::fs::read(&signed).unwrap();
    let post = |query: &str| server.post(&format!("/api/v1/verify{query}")).pdf(&pdf);
    assert!(post("").token(office.token(Role::Officer)).send().expect(200).json()["record"].is_null());
    let answer = post("?record=true").token(office.token(Role::Officer)).send().expect(200).json();
    let entry: Value = serde_json::from_str(answer["record"]["entry"].as_str().unwrap()).unwrap();
    assert_eq!((&entry["unit"], &entry["digest"]), (&UNIT.into(), &of_file(&signed).into()));
    assert_eq!(entry["basis"], passed["basis"]);
    post("?record=true").send().expect(401);
    drop(server);
    let by_file = run(data, ["audit", "show", "--document", output, "--action", "document.verified"]).expect(0).stdout;
    assert!(by_file.contains("TOTAL-PASSED"), "{by_file}");
    run(data, ["audit", "verify"]).expect(0);
}
