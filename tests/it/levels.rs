//! Signatures at B-T, B-LT and B-LTA, made with the built-in authority over the network and within the process.

use crate::http_authority::served;
use crate::office::Office;
use crate::program::{Ran, command, finish, run};
use crate::server::Server;
use dauson::authority::{Authority, Credential};
use dauson::cms::{SignedData, oid};
use dauson::keys::{KeyAlgorithm, pem};
use dauson::limits::Limits;
use dauson::pdf::document::Document;
use dauson::people::permissions::Role;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

pub const LEVELS: [&str; 4] = ["B-B", "B-T", "B-LT", "B-LTA"];

/// An authority that is served, and a signer who has a certificate of it and a data folder of their own.
pub struct Desk {
    pub authority: tempfile::TempDir,
    pub made: Authority,
    pub server: Server,
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new(algorithm: KeyAlgorithm) -> Self {
        let (authority, made, server) = served(algorithm);
        let folder = tempfile::tempdir().unwrap();
        put(&folder.path().join("key.pem"), "PRIVATE KEY", &[&made.leader.pkcs8]);
        put(&folder.path().join("cert.pem"), "CERTIFICATE", &[&made.leader.certificate]);
        put(&folder.path().join("chain.pem"), "CERTIFICATE", &[&made.issuing.certificate]);
        std::fs::create_dir(folder.path().join("trust")).unwrap();
        put(&folder.path().join("trust/root.pem"), "CERTIFICATE", &[&made.root.certificate]);
        Self { authority, made, server, folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn tsa(&self) -> String {
        format!("http://{}/tsa", self.server.address)
    }

    /// `dauson sign` of an input; words are further options, separated by spaces.
    pub fn sign(&self, input: &Path, output: &str, words: &str) -> Ran {
        self.sign_as(input, output, words, &[])
    }

    pub fn sign_as(&self, input: &Path, output: &str, words: &str, settings: &[(&str, &str)]) -> Ran {
        let mut command = command(self.folder.path());
        command.arg("sign").arg(input).arg("-o").arg(self.path(output)).arg("--json").envs(settings.iter().copied());
        for (option, file) in [("--key", "key.pem"), ("--cert", "cert.pem"), ("--chain", "chain.pem")] {
            command.arg(option).arg(self.path(file));
        }
        finish(command.args(words.split_whitespace()).spawn().unwrap())
    }

    /// What `dauson verify` says of an output, offline, with nothing but the root and what is in the file.
    pub fn verify(&self, output: &str) -> serde_json::Value {
        verify(&[&self.path("trust/root.pem")], &self.path(output), "require")
    }
}

pub fn verify(roots: &[&Path], file: &Path, revocation: &str) -> serde_json::Value {
    let empty = tempfile::tempdir().unwrap();
    let mut command = command(empty.path());
    command.args(["verify", "--json", "--revocation", revocation]).arg(file);
    for root in roots {
        command.arg("--trust").arg(root);
    }
    finish(command.spawn().unwrap()).json()
}

pub fn put(path: &Path, label: &str, ders: &[&[u8]]) {
    let text: String = ders.iter().map(|der| pem::encode(label, der).to_string()).collect();
    std::fs::write(path, text).unwrap();
}

pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf")
}

/// pdfsig finds so many signatures and time-stamps right, and none wrong; qpdf finds the structure in order.
pub fn others_accept(file: &Path, signatures: usize) {
    let output = Command::new("pdfsig").arg("-nocert").arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.matches("Signature is Valid").count(), signatures, "{}: {text}", file.display());
    let qpdf = Command::new("qpdf").arg("--check").arg(file).output().unwrap();
    assert!(qpdf.status.success(), "{}: {qpdf:?}", file.display());
}

/// `/Contents` of the signature in a field.
pub fn contents(file: &Path, field: &str) -> Vec<u8> {
    let doc = Document::open(Arc::new(std::fs::read(file).unwrap()), None, Limits::DEFAULT).unwrap();
    let fields = doc.signature_fields().unwrap();
    let (_, value) = fields.into_iter().find(|f| f.name == field).unwrap().value.unwrap();
    value.get(b"Contents").unwrap().as_string().unwrap().to_vec()
}

#[test]
fn every_level_is_reached_over_the_network() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let desk = Desk::new(algorithm);
        let original = std::fs::read(sample()).unwrap();
        for level in LEVELS {
            let output = format!("{level}.pdf");
            let done = desk.sign(&sample(), &output, &format!("--level {level} --tsa {}", desk.tsa())).expect(0);
            assert_eq!(done.json()["level"], level);
            let bytes = std::fs::read(desk.path(&output)).unwrap();
            assert!(bytes.starts_with(&original));
            assert_eq!(done.json()["sha256"], hex::encode(dauson::digest::sha256(&bytes)));
            // pdfsig counts document time-stamps, too, and does not judge them
            others_accept(&desk.path(&output), 1);
            let report = verify(&[&desk.path("trust/root.pem")], &desk.path(&output), "if-available");
            let signature = &report["signatures"][0];
            assert_eq!(signature["level"], level, "{report}");
            assert_eq!(signature["best_signature_time"].is_string(), level != "B-B");
            let is_complete = desk.verify(&output)["verdict"] == "TOTAL-PASSED";
            assert_eq!(is_complete, level.starts_with("B-L"), "{level}");
        }
    }
}

#[test]
fn the_room_for_a_time_stamp_is_no_guess() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let words = format!("--level B-T --tsa {}", desk.tsa());
    for (round, output) in ["1.pdf", "2.pdf"].into_iter().enumerate() {
        let done = desk.sign(&sample(), output, &words).expect(0).json();
        assert_eq!(done["log"]["index"], round);
        let contents = contents(&desk.path(output), "Signature1");
        let (_, used) = SignedData::parse(&contents, &Limits::DEFAULT).unwrap();
        assert!(contents.len() * 10 <= used * 11, "{} bytes are reserved for {used}", contents.len());
    }
    // a token that is larger than the last one: signed again, with an entry of its own
    let kept: Vec<PathBuf> = std::fs::read_dir(desk.path("cache")).unwrap().map(|e| e.unwrap().path()).collect();
    let token = kept.iter().find(|p| p.extension().is_some_and(|e| e == "tst")).unwrap();
    std::fs::write(token, [0; 100]).unwrap();
    assert_eq!(desk.sign(&sample(), "3.pdf", &words).expect(0).json()["log"]["index"], 3);
    others_accept(&desk.path("3.pdf"), 1);
    std::fs::write(token, [0; 100]).unwrap();
    let archived = desk.sign(&sample(), "4.pdf", &words.replace("B-T", "B-LTA")).expect(0).json();
    assert_eq!(archived["log"]["index"], 5);
    assert_eq!(desk.verify("4.pdf")["signatures"][0]["level"], "B-LTA");
    run(desk.folder.path(), ["audit", "verify"]).expect(0);
}

/// The table of EN 319 142-1 clause 6.3: attributes and entries that must, may and must not be there.
#[test]
fn attributes_are_those_that_the_standard_allows() {
    let desk = Desk::new(KeyAlgorithm::P256);
    std::fs::write(desk.path("policy.txt"), "Signed under this policy.").unwrap();
    let policy = format!("--policy-oid 1.2.3.4 --policy-file {}", desk.path("policy.txt").display());
    let claims = format!("{policy} --policy-uri https://agency.example/p --commitment approval --role Chủ-tịch");
    for (level, claims) in [("B-B", ""), ("B-T", ""), ("B-LTA", claims.as_str())] {
        let words = format!("--level {level} --tsa {} --location Hà-Nội {claims}", desk.tsa());
        desk.sign(&sample(), "out.pdf", &format!("{words} --force")).expect(0);
        let file = desk.path("out.pdf");
        let (cms, _) = SignedData::parse(&contents(&file, "Signature1"), &Limits::DEFAULT).unwrap();
        let signer = cms.signer().unwrap();
        let mut signed = vec![oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_CERTIFICATE_V2];
        if !claims.is_empty() {
            signed.extend([oid::SIGNATURE_POLICY, oid::COMMITMENT_TYPE, oid::SIGNER_ATTRIBUTES_V2]);
        }
        let mut unsigned = vec![oid::DAUSON_LOG_PROOF];
        if level != "B-B" {
            unsigned.push(oid::SIGNATURE_TIME_STAMP);
        }
        let found = signer.signed_attributes.clone().unwrap();
        for (found, mut wanted) in [(&found, signed), (&signer.unsigned_attributes, unsigned)] {
            let mut found: Vec<_> = found.as_slice().iter().map(|a| a.oid.clone()).collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{level}");
        }
        assert_eq!(cms.certificates.len(), 2);
        assert!(cms.crls.is_empty() && cms.ocsps.is_empty() && cms.content.is_none());
        let doc = Document::open(Arc::new(std::fs::read(&file).unwrap()), None, Limits::DEFAULT).unwrap();
        for field in doc.signature_fields().unwrap() {
            let (_, value) = field.value.unwrap();
            let is_time_stamp = field.name.starts_with("Timestamp");
            let kind: &[u8] = if is_time_stamp { b"DocTimeStamp" } else { b"Sig" };
            assert!(value.is_type(kind));
            assert_eq!(value.contains(b"M"), !is_time_stamp);
            assert_eq!(value.contains(b"Location"), !is_time_stamp);
            for key in [&b"Cert"[..], b"Reason", b"R", b"Changes", b"Prop_AuthTime"] {
                assert!(!value.contains(key));
            }
        }
        let report = verify(&[&desk.path("trust/root.pem")], &file, "if-available");
        assert_eq!(report["signatures"][0]["level"], level);
        others_accept(&file, 1);
    }
    for words in [
        "--policy-oid 1.2.3",
        "--policy-file x",
        "--policy-oid one --policy-file x",
        "--commitment approval --reason why",
        "--commitment all",
        "--role ",
    ] {
        desk.sign(&sample(), "no.pdf", words).expect(64).error_line();
    }
}

#[test]
fn an_encrypted_file_has_its_validation_data_encrypted() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let words = format!("--level B-LTA --tsa {} --pdf-password-file {}", desk.tsa(), desk.path("secret").display());
    std::fs::write(desk.path("secret"), "owner\n").unwrap();
    for (bits, more) in [("256", ""), ("128", "--use-aes=y")] {
        let input = desk.path("input.pdf");
        let mut qpdf = Command::new("qpdf");
        qpdf.args(["--encrypt", "", "owner", bits]).args(more.split_whitespace()).arg("--").arg(sample()).arg(&input);
        assert!(qpdf.status().unwrap().success());
        desk.sign(&input, "out.pdf", &format!("{words} --force")).expect(0);
        let report = desk.verify("out.pdf");
        assert_eq!((&report["verdict"], &report["signatures"][0]["level"]), (&"TOTAL-PASSED".into(), &"B-LTA".into()));
        others_accept(&desk.path("out.pdf"), 1);
        let bytes = std::fs::read(desk.path("out.pdf")).unwrap();
        let root: &[u8] = &desk.made.root.certificate;
        assert!(!bytes.windows(root.len()).any(|w| w == root));
    }
}

#[test]
fn validation_data_stands_once_and_is_named_for_its_signature() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let words = format!("--level B-LT --tsa {}", desk.tsa());
    desk.sign(&sample(), "1.pdf", &words).expect(0);
    desk.sign(&desk.path("1.pdf"), "2.pdf", &words).expect(0);
    let bytes = std::fs::read(desk.path("2.pdf")).unwrap();
    let Credential { certificate, .. } = &desk.made.root;
    assert_eq!(bytes.windows(certificate.len()).filter(|w| w == certificate).count(), 1, "no value stands twice");
    let doc = Document::open(Arc::new(bytes), None, Limits::DEFAULT).unwrap();
    let stored = dauson::pades::dss::read(&doc).unwrap();
    for credential in [&desk.made.leader, &desk.made.tsa, &desk.made.issuing, &desk.made.root, &desk.made.ocsp] {
        assert!(stored.certificates.contains(&credential.certificate), "{}", credential.name);
    }
    assert_eq!((stored.certificates.len(), stored.crls.len()), (5, 1));
    let catalog = doc.catalog().unwrap();
    let dss = doc.value(catalog.as_dictionary().unwrap(), b"DSS").unwrap();
    let vri = doc.value(dss.as_dictionary().unwrap(), b"VRI").unwrap();
    // the second signature needs nothing more
    let name = dauson::pades::dss::vri_name(&contents(&desk.path("2.pdf"), "Signature1"));
    let entry = doc.value(vri.as_dictionary().unwrap(), name.as_bytes()).unwrap();
    assert!(entry.as_dictionary().unwrap().contains(b"OCSP"));
    let report = desk.verify("2.pdf");
    assert_eq!(report["verdict"], "TOTAL-PASSED", "{report}");
    assert!(report["signatures"].as_array().unwrap().iter().all(|s| s["level"] == "B-LT"));
}

#[test]
fn the_services_own_authority_needs_no_network() {
    let office = Office::new();
    let server = office.serve();
    let original = std::fs::read(sample()).unwrap();
    let leader = office.token(Role::Leader);
    let file = office.folder.path().join("out.pdf");
    for level in LEVELS {
        let signed =
            server.post(&format!("/api/v1/sign?level={level}")).token(leader).pdf(&original).send().expect(200);
        std::fs::write(&file, &signed.body).unwrap();
        let report = verify(&[&office.root], &file, "if-available");
        assert_eq!(report["signatures"][0]["level"], level, "{report}");
    }
    let stored = server.post("/api/v1/documents").token(leader).pdf(&original).send().expect(201).json();
    let path = format!("/api/v1/documents/{}/sign", stored["id"].as_str().unwrap());
    let signed =
        server.post(&path).token(leader).json(&serde_json::json!({"level": "B-LTA"})).send().expect(200).json();
    assert_eq!((&signed["level"], &signed["signatures"]), (&"B-LTA".into(), &1.into()), "{signed}");
    run(office.folder.path(), ["audit", "verify"]).expect(0);
    // on the command line, too
    let output = office.folder.path().join("cli.pdf");
    let arguments = ["sign", "--key-id", "xa-son-mau.leader", "--level", "B-LTA", "-o", output.to_str().unwrap()];
    run(office.folder.path(), arguments.into_iter().chain([sample().to_str().unwrap()])).expect(0);
    others_accept(&output, 1);
}

#[test]
fn many_files_of_any_make_reach_the_highest_level_in_one_run() {
    let Some(inputs) = crate::corpus::file("inputs") else { return };
    let desk = Desk::new(KeyAlgorithm::P256);
    let manifest = std::fs::read(inputs.join("manifest.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&manifest).unwrap();
    let clean = |case: &&serde_json::Value| case["expect_sign"] == "ok" && case["qpdf_check"] == "clean";
    let names: Vec<&str> = cases.iter().filter(clean).map(|case| case["file"].as_str().unwrap()).take(20).collect();
    let mut command = command(desk.folder.path());
    command.arg("sign").args(names.iter().map(|name| inputs.join(name))).arg("--out-dir").arg(desk.folder.path());
    for (option, file) in [("--key", "key.pem"), ("--cert", "cert.pem"), ("--chain", "chain.pem")] {
        command.arg(option).arg(desk.path(file));
    }
    finish(command.args(["--level", "B-LTA", "--tsa", &desk.tsa()]).spawn().unwrap()).expect(0);
    for name in names {
        let bytes = std::fs::read(desk.path(name)).unwrap();
        assert!(bytes.starts_with(&std::fs::read(inputs.join(name)).unwrap()), "{name}");
        let report = desk.verify(name);
        let newest = report["signatures"].as_array().unwrap().iter().rfind(|s| s["type"] == "signature").unwrap();
        assert_eq!((&newest["indication"], &newest["level"]), (&"TOTAL-PASSED".into(), &"B-LTA".into()), "{report}");
        let qpdf = Command::new("qpdf").arg("--check").arg(desk.path(name)).output().unwrap();
        assert!(qpdf.status.success(), "{name}: {qpdf:?}");
    }
    run(desk.folder.path(), ["audit", "verify"]).expect(0);
}
