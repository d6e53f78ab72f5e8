//! Keys that are elsewhere: laid out here, signed by openssl as a stranger would, finished here.

use crate::program::{Ran, command, run};
use crate::tokens::{authority, pdfsig_accepts};
use dauson::authority::Authority;
use dauson::keys::{KeyAlgorithm, pem};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");

/// A data folder, an authority, and the leader's key where only openssl has it.
struct Desk {
    folder: tempfile::TempDir,
    authority: Authority,
}

impl Desk {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), authority: authority(algorithm) };
        for (name, holder) in [("leader", &desk.authority.leader), ("seal", &desk.authority.seal)] {
            let write = |ending: &str, label: &str, der: &[u8]| {
                std::fs::write(desk.path(&format!("{name}.{ending}")), pem::encode(label, der).as_bytes()).unwrap();
            };
            write("key", "PRIVATE KEY", &holder.pkcs8);
            write("pem", "CERTIFICATE", &holder.certificate);
        }
        let root = pem::encode("CERTIFICATE", &desk.authority.root.certificate);
        std::fs::write(desk.path("root.pem"), root.as_bytes()).unwrap();
        let mut issuing = std::fs::read(desk.path("leader.pem")).unwrap();
        issuing.extend(pem::encode("CERTIFICATE", &desk.authority.leader.chain[0]).bytes());
        std::fs::write(desk.path("leader.pem"), issuing).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    #[track_caller]
    fn prepare(&self, state: &str, more: &[&str]) -> Ran {
        let (state, certificate) = (self.text(state), self.text("leader.pem"));
        let given = ["sign", SAMPLE, "--prepare", &state, "--certificate", &certificate, "--json"];
        run(&self.data(), [&given[..], more].concat())
    }

    /// openssl signs what the state asks for.
    fn sign(&self, state: &str, key: &str, digest: &str, more: &[&str]) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let signature = self.text(&format!("{}.sig", COUNT.fetch_add(1, Ordering::Relaxed)));
        let status = Command::new("openssl")
            .args(["dgst", &format!("-{digest}"), "-sign", &self.text(key), "-out", &signature])
            .args(more)
            .arg(self.path(state).join("attributes.der"))
            .status()
            .unwrap();
        assert!(status.success());
        signature
    }

    #[track_caller]
    fn finish(&self, state: &str, signature: &str, out: &str) -> Ran {
        let (state, out) = (self.text(state), self.text(out));
        run(&self.data(), ["sign", "--finish", &state, "--signature", signature, "-o", &out, "--json"])
    }

    fn entries(&self) -> usize {
        let ran = run(&self.data(), ["audit", "verify", "--json"]).expect(0);
        usize::try_from(ran.json()["entries"].as_u64().unwrap()).unwrap()
    }

    #[track_caller]
    fn holds(&self, signed: &Path, scheme: &str) {
        assert!(pdfsig_accepts(signed));
        let (signed, root) = (signed.display().to_string(), self.text("root.pem"));
        let ran =
            run(&self.data(), ["verify", &signed, "--trust", &root, "--revocation", "ignore", "--json"]).expect(0);
        assert_eq!(ran.json()["signatures"][0]["scheme"], scheme);
        assert!(std::fs::read(&signed).unwrap().starts_with(&std::fs::read(SAMPLE).unwrap()));
    }
}

#[test]
fn openssl_signs_what_was_prepared() {
    let pss = &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"][..];
    for (algorithm, options, digest, more, scheme) in [
        (KeyAlgorithm::Rsa2048, &[][..], "sha256", &[][..], "rsa-pkcs1"),
        (KeyAlgorithm::Rsa2048, &["--scheme", "pss", "--digest", "sha384"], "sha384", pss, "rsa-pss"),
        (KeyAlgorithm::P256, &[], "sha256", &[], "ecdsa-p256"),
        (KeyAlgorithm::P384, &["--page", "1", "--rect", "100,100,180,60"], "sha384", &[], "ecdsa-p384"),
    ] {
        let desk = Desk::new(algorithm);
        let request = desk.prepare("state", options).expect(0).json();
        assert_eq!((request["scheme"].as_str(), request["digest"].as_str()), (Some(scheme), Some(digest)));
        let before = desk.entries();
        let signature = desk.sign("state", "leader.key", digest, more);
        let done = desk.finish("state", &signature, "signed.pdf").expect(0).json();
        assert_eq!(done["log"]["index"], before, "the entry is the next one");
        desk.holds(&desk.path("signed.pdf"), scheme);
        run(&desk.data(), ["audit", "verify"]).expect(0);
    }
}

#[test]
fn whatever_is_not_what_was_asked_for_is_refused() {
    let desk = Desk::new(KeyAlgorithm::P256);
    desk.prepare("one", &[]).expect(0);
    desk.prepare("two", &["--reason", "another"]).expect(0);
    let before = desk.entries();
    let [one, two] = ["one", "two"].map(|state| desk.sign(state, "leader.key", "sha256", &[]));
    let stranger = desk.sign("one", "seal.key", "sha256", &[]);
    let refused = |state: &str, signature: &str, code: i32, why: &str| {
        let ran = desk.finish(state, signature, "refused.pdf").expect(code);
        assert!(ran.error_line().contains(why), "{ran:?}");
        assert!(!desk.path("refused.pdf").exists());
    };
    refused("one", &stranger, 65, "not by the key of the certificate");
    refused("two", &one, 65, "not by the key of the certificate, or not over what was to be signed");
    assert_eq!(desk.entries(), before, "what is refused is not in the log");

    // out of order
    desk.finish("two", &two, "two.pdf").expect(0);
    desk.finish("one", &one, "one.pdf").expect(0);
    desk.holds(&desk.path("one.pdf"), "ecdsa-p256");
    // a second time, also with another value
    refused("one", &one, 65, "it was finished already");
    let other = desk.sign("one", "leader.key", "sha256", &[]);
    refused("one", &other, 65, "it was finished already");
    assert_eq!(desk.entries(), before + 2);

    // changed documents, expired and strange states
    desk.prepare("three", &[]).expect(0);
    let three = desk.sign("three", "leader.key", "sha256", &[]);
    let document = desk.path("three").join("document.pdf");
    let mut bytes = std::fs::read(&document).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&document, bytes).unwrap();
    refused("three", &three, 65, "the document is not the one that was prepared");
    desk.prepare("four", &["--valid-hours", "0"]).expect(0);
    let four = desk.sign("four", "leader.key", "sha256", &[]);
    std::thread::sleep(Duration::from_millis(1100));
    refused("four", &four, 77, "it has expired");
    let elsewhere = desk.path("elsewhere");
    let (state, out) = (desk.text("three"), desk.text("x.pdf"));
    run(&elsewhere, ["sign", SAMPLE, "--prepare", &desk.text("five"), "--certificate", &desk.text("leader.pem")])
        .expect(0);
    let ran = run(&elsewhere, ["sign", "--finish", &state, "--signature", &three, "-o", &out]).expect(66);
    assert!(ran.error_line().contains("knows nothing of it"), "{ran:?}");
    assert_eq!(desk.entries(), before + 2);

    // the options' own mistakes
    let ran = desk.prepare("one", &[]).expect(73);
    assert!(ran.error_line().contains("exists already"), "{ran:?}");
    desk.prepare("six", &["--level", "B-T"]).expect(64);
    desk.prepare("six", &["-o", "x.pdf"]).expect(64);
    run(&desk.data(), ["sign", "--finish", &state, "-o", &out]).expect(64);
    run(&desk.data(), ["sign", SAMPLE, "-o", &out]).expect(64);
}

/// Finishes are killed at any moment; each state is finished in the end, by one entry and one file.
#[test]
fn a_finish_that_is_killed_is_finished_again() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let rounds: u64 = std::env::var("DAUSON_TEST_DEFERRED").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    desk.prepare("first", &[]).expect(0);
    let before = desk.entries();
    for round in 0..rounds {
        let state = format!("s{round}");
        desk.prepare(&state, &[]).expect(0);
        let signature = desk.sign(&state, "leader.key", "sha256", &[]);
        let out = desk.path(&format!("{state}.pdf"));
        let state_folder = desk.text(&state);
        let given = ["sign", "--finish", &state_folder, "--signature", &signature, "-o", out.to_str().unwrap()];
        let mut child = command(&desk.data()).args(given).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(round * 97 % 400));
        child.kill().unwrap();
        child.wait().unwrap();
        if !out.exists() {
            desk.finish(&state, &signature, &format!("{state}.pdf")).expect(0);
        }
        desk.holds(&out, "ecdsa-p256");
    }
    assert_eq!(desk.entries(), before + usize::try_from(rounds).unwrap());
    run(&desk.data(), ["audit", "verify"]).expect(0);
}
