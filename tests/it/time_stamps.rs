//! The built-in time-stamping authority gives time-stamps that openssl believes.

use crate::openssl::{openssl, try_openssl};
use dauson::authority::tsa::Tsa;
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::oid;
use dauson::keys::{KeyAlgorithm, LocalKey, pem};
use time::{Duration, OffsetDateTime};

struct Bench {
    folder: tempfile::TempDir,
    key: LocalKey,
    serial: u64,
}

impl Bench {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let now = OffsetDateTime::now_utc();
        let plan = Plan { algorithm, url: "http://ca.example", agency: Agency::SAMPLE, now };
        let made = Authority::create(&plan, &mut rand::rng()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, certificate) in [("root", &made.root), ("issuing", &made.issuing), ("tsa", &made.tsa)] {
            let text = pem::encode("CERTIFICATE", &certificate.certificate);
            std::fs::write(folder.path().join(name), text.as_bytes()).unwrap();
        }
        std::fs::write(folder.path().join("data"), "what is time-stamped").unwrap();
        let key = LocalKey::from_pkcs8(&made.tsa.pkcs8, made.tsa.certificate, made.tsa.chain).unwrap();
        Self { folder, key, serial: 41 }
    }

    /// openssl asks, the authority answers.
    fn ask(&mut self, options: &str) -> String {
        let folder = self.folder.path();
        openssl(folder, &format!("ts -query -data data -out query{options}"));
        let tsa = Tsa { key: &self.key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        self.serial += 1;
        let response = match tsa.accept(&std::fs::read(folder.join("query")).unwrap()) {
            Ok(request) => runtime.block_on(tsa.grant(request, self.serial, OffsetDateTime::now_utc())).unwrap(),
            Err(refusal) => refusal.response(),
        };
        std::fs::write(folder.join("reply"), response).unwrap();
        openssl(folder, "ts -reply -in reply -text")
    }

    fn verify(&self, options: &str) -> (bool, String) {
        try_openssl(self.folder.path(), &format!("ts -verify -in reply -CAfile root {options}"))
    }
}

#[test]
fn openssl_believes_a_time_stamp() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Rsa2048] {
        let mut bench = Bench::new(algorithm);
        for digest in ["sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"] {
            let text = bench.ask(&format!(" -cert -{digest}"));
            assert!(text.contains("Status: Granted.") && text.contains(&format!("Hash Algorithm: {digest}")), "{text}");
            let (good, text) = bench.verify("-queryfile query -untrusted issuing");
            assert!(good && text.contains("Verification: OK"), "{text}");
            let (good, text) = bench.verify("-data data -untrusted issuing");
            assert!(good, "{text}");
        }
        let text = bench.ask(" -cert -sha256 -tspolicy 2.25.7757494459262255613969520403291918396");
        for words in [
            "Policy OID: 2.25.7757494459262255613969520403291918396",
            "Serial number: 0x30",
            "Accuracy: 0x01 seconds, unspecified millis, unspecified micros",
            "Ordering: no",
            "TSA: unspecified",
            "Nonce: 0x",
            "Extensions:\n",
        ] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        std::fs::write(bench.folder.path().join("data"), "something else").unwrap();
        assert!(!bench.verify("-data data -untrusted issuing").0);
    }
}

#[test]
fn certificates_and_nonce_are_there_only_if_asked_for() {
    let mut bench = Bench::new(KeyAlgorithm::P256);
    let text = bench.ask(" -sha256 -no_nonce");
    assert!(text.contains("Status: Granted.") && text.contains("Nonce: unspecified"), "{text}");
    assert!(!bench.verify("-queryfile query -untrusted issuing").0, "without the TSA's certificate nothing verifies");
    let both = ["tsa", "issuing"].map(|name| std::fs::read_to_string(bench.folder.path().join(name)).unwrap()).concat();
    std::fs::write(bench.folder.path().join("both"), both).unwrap();
    let (good, text) = bench.verify("-queryfile query -untrusted both");
    assert!(good, "{text}");
}

#[test]
fn refusals_are_read_by_openssl() {
    let mut bench = Bench::new(KeyAlgorithm::P256);
    for (options, words) in [
        (" -cert -sha1", "unrecognized or unsupported algorithm identifier"),
        (" -cert -md5", "unrecognized or unsupported algorithm identifier"),
        (" -cert -sha256 -tspolicy 1.2.3.4", "the requested TSA policy is not supported by the TSA"),
    ] {
        let text = bench.ask(options);
        assert!(text.contains("Status: Rejected.") && text.contains(words), "{text}");
        assert!(!bench.verify("-queryfile query -untrusted issuing").0);
    }
}
