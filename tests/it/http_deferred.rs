//! Stored documents signed by keys that are elsewhere, over HTTP: openssl has the key.

#![allow(clippy::unused_self)]

use crate::audit_log::{faults, open};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::{Answer, Server, sample_pdf};
use crate::tokens::pdfsig_accepts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::keys::{AnyKey, SigningKey as _, pem};
use dauson::people::keys;
use dauson::people::permissions::Role;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// An office whose keys only openssl signs with, and a service that has a document.
pub struct Desk {
    pub office: Office,
    pub server: Server,
    pub document: String,
}

impl Desk {
    pub fn new() -> Self {
        let office = Office::new();
        let server = office.serve();
        let stored = server.post("/api/v1/documents?name=a.pdf").token(office.token(Role::Clerk)).pdf(&sample_pdf());
        let document = stored.send().expect(201).json()["id"].as_str().unwrap().to_owned();
        Self { office, server, document }
    }

    pub fn any_key(&self, name: &str) -> Arc<AnyKey> {
        key_of(&self.office, name)
    }

    /// The key in a file, and its certificates in PEM.
    pub fn key(&self, name: &str) -> (PathBuf, Vec<String>) {
        let key = self.any_key(name);
        let file = self.office.folder.path().join(format!("{name}.key"));
        std::fs::write(&file, pem::encode("PRIVATE KEY", &key.secret().unwrap()).as_bytes()).unwrap();
        let certificates = std::iter::once(key.certificate()).chain(key.chain().iter().map(Vec::as_slice));
        (file, certificates.map(|der| pem::encode("CERTIFICATE", der).to_string()).collect())
    }

    /// The document begins with what was stored, and pdfsig and the service find this many signatures in it good.
    #[track_caller]
    pub fn holds(&self, signatures: usize) {
        let token = self.office.token(Role::Leader);
        let path = format!("/api/v1/documents/{}/file", self.document);
        let file = self.server.get(&path).token(token).send().expect(200).body;
        let saved = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(saved.path(), &file).unwrap();
        assert!(file.starts_with(&sample_pdf()) && pdfsig_accepts(saved.path()));
        let report = self.server.post("/api/v1/verify").token(token).pdf(&file).send().expect(200).json();
        assert_eq!(report["verdict"], "TOTAL-PASSED", "{report:#}");
        assert_eq!(report["signatures"].as_array().unwrap().len(), signatures);
    }

    pub fn post(&self, what: &str, token: &str, body: &Value) -> Answer {
        self.server.post(&format!("/api/v1/documents/{}/{what}", self.document)).token(token).json(body).send()
    }

    /// openssl signs the attributes of a request; base64.
    pub fn sign(&self, request: &Value, key: &Path) -> String {
        let attributes = tempfile::NamedTempFile::new().unwrap();
        let der = STANDARD.decode(request["signed_attributes"].as_str().unwrap()).unwrap();
        std::fs::write(attributes.path(), der).unwrap();
        let digest = format!("-{}", request["digest"].as_str().unwrap());
        let output =
            Command::new("openssl").args(["dgst", &digest, "-sign"]).args([key, attributes.path()]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        STANDARD.encode(output.stdout)
    }
}

/// A key of an office.
pub fn key_of(office: &Office, name: &str) -> Arc<AnyKey> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = open(office.folder.path()).await;
        keys::load(&folder, &format!("{UNIT}.{name}")).await.unwrap()
    })
}

#[test]
fn a_document_is_prepared_signed_elsewhere_and_finished() {
    let desk = Desk::new();
    let leader = desk.office.token(Role::Leader);
    let (key, certificates) = desk.key("leader");
    let asked = json!({"certificate": certificates[0], "chain": &certificates[1..], "reason": "Ban hành",
        "role": "KT. CHỦ TỊCH", "page": 1, "rect": [300, 100, 180, 60], "version": 0});
    let request = desk.post("prepare", leader, &asked).expect(200).json();
    assert_eq!(
        (&request["name"], &request["version"], &request["scheme"]),
        (&json!("a.pdf"), &json!(0), &json!("ecdsa-p256"))
    );
    assert_eq!(request["document_sha256"], hex::encode(dauson::digest::sha256(&sample_pdf())));
    let attributes = STANDARD.decode(request["signed_attributes"].as_str().unwrap()).unwrap();
    assert_eq!(request["to_sign"], STANDARD.encode(dauson::digest::sha256(&attributes)));
    let signature = desk.sign(&request, &key);
    let finish = json!({"request": request["id"], "signature": signature});
    let signed = desk.post("finish", leader, &finish).expect(200).json();
    assert_eq!((&signed["version"], &signed["signatures"], &signed["level"]), (&json!(1), &json!(1), &json!("B-B")));
    assert!(signed["log"]["index"].as_u64() < signed["log"]["size"].as_u64());
    assert_eq!(desk.post("finish", leader, &finish).problem(409), "deferred.finished");

    desk.holds(1);

    // base64 of DER serves as well, and the next signature is one over that version
    let der = |pem: &String| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let (key, certificates) = desk.key("seal");
    let asked = json!({"certificate": der(&certificates[0]), "chain": [der(&certificates[1])], "version": 1});
    let request = desk.post("prepare", leader, &asked).expect(200).json();
    let finish = json!({"request": request["id"], "signature": desk.sign(&request, &key)});
    assert_eq!(desk.post("finish", leader, &finish).expect(200).json()["version"], 2);
    desk.holds(2);
    drop(desk.server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let wrong = runtime.block_on(async { faults(&open(desk.office.folder.path()).await).await });
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_was_not_prepared_so_is_not_finished() {
    let desk = Desk::new();
    let (leader, clerk) = (desk.office.token(Role::Leader), desk.office.token(Role::Clerk));
    let (key, certificates) = desk.key("leader");
    let (stranger, _) = desk.key("seal");
    let asked = json!({"certificate": certificates[0], "chain": &certificates[1..]});
    let prepare = || desk.post("prepare", leader, &asked).expect(200).json();
    let [one, two] = [prepare(), prepare()];
    let (first, second) = (desk.sign(&one, &key), desk.sign(&two, &key));
    let finish = |request: &Value, signature: &str| json!({"request": request["id"], "signature": signature});

    // who may not
    let others = desk.office.other_token(Role::Leader);
    assert_eq!(desk.post("prepare", others, &asked).problem(404), "document.not_found");
    assert_eq!(desk.post("finish", others, &finish(&one, &first)).problem(404), "document.not_found");
    assert_eq!(desk.post("finish", clerk, &finish(&one, &first)).problem(404), "deferred.unknown");
    for what in ["prepare", "finish"] {
        assert_eq!(desk.post(what, desk.office.token(Role::Auditor), &asked).problem(403), "auth.role");
    }
    // of another document, also of another unit's own
    let stored = desk.server.post("/api/v1/documents").token(others).pdf(&sample_pdf()).send().expect(201).json();
    let path = format!("/api/v1/documents/{}/finish", stored["id"].as_str().unwrap());
    let elsewhere = desk.server.post(&path).token(others).json(&finish(&one, &first)).send();
    assert_eq!(elsewhere.problem(404), "deferred.unknown");
    let unknown = json!({"request": "00", "signature": first});
    assert_eq!(desk.post("finish", leader, &unknown).problem(404), "deferred.unknown");

    // by another key, over another digest, no signature at all
    let wrong = desk.sign(&one, &stranger);
    for signature in [wrong.as_str(), second.as_str(), "AAAA"] {
        assert_eq!(desk.post("finish", leader, &finish(&one, signature)).problem(422), "key.wrong_signature");
    }
    assert_eq!(desk.post("finish", leader, &finish(&one, "?")).problem(422), "deferred.signature");
    // expired
    let mut short = asked.clone();
    short["valid_hours"] = json!(0);
    let expired = desk.post("prepare", leader, &short).expect(200).json();
    let value = desk.sign(&expired, &key);
    let start = std::time::Instant::now();
    let refused = loop {
        let answer = desk.post("finish", leader, &json!({"request": expired["id"], "signature": "AAAA"}));
        if answer.status == 403 {
            break desk.post("finish", leader, &finish(&expired, &value));
        }
        assert!(start.elapsed().as_secs() < 30, "{answer:?}");
    };
    assert_eq!(refused.problem(403), "deferred.expired");
    // somebody was faster
    desk.post("finish", leader, &finish(&two, &second)).expect(200);
    assert_eq!(desk.post("finish", leader, &finish(&one, &first)).problem(409), "document.version");
    assert_eq!(
        desk.post("prepare", leader, &json!({"certificate": certificates[0], "version": 0})).problem(409),
        "document.version"
    );

    for (change, code) in [
        (json!({"level": "B-T"}), "deferred.level"),
        (json!({"colour": "red"}), "request.json"),
        (json!({"certificate": "AAAA"}), "key.unreadable"),
        (json!({"certificate": "?"}), "key.unreadable"),
        (json!({"digest": "sha1"}), "key.scheme"),
        (json!({"digest": "crc"}), "deferred.digest"),
        (json!({"scheme": "pss"}), "key.scheme"),
        (json!({"valid_hours": 721}), "deferred.valid_hours"),
        (json!({"chain": vec!["AAAA"; 21]}), "deferred.chain"),
        (json!({"reason": ""}), "sign.text"),
    ] {
        let mut asked = asked.clone();
        asked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(desk.post("prepare", leader, &asked).problem(422), code, "{change}");
    }
    run(desk.office.folder.path(), ["audit", "verify"]).expect(0);
}
