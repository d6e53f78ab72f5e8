//! Keys in tokens, by PKCS#11: SoftHSM is the token, pdfsig and openssl judge what it signs.

use crate::program::{Ran, command, finish};
use crate::server::Server;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::keys::{KeyAlgorithm, pem};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

pub const PIN: &str = "482915";
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");

/// SoftHSM's library, if it is installed with the tools to fill it.
fn softhsm() -> Option<PathBuf> {
    let folders = ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm", "/usr/lib64/pkcs11"];
    let module = folders.iter().map(|folder| Path::new(folder).join("libsofthsm2.so")).find(|module| module.exists());
    let tools = ["softhsm2-util", "pkcs11-tool"].iter().all(|tool| Command::new(tool).arg("--help").output().is_ok());
    let module = module.filter(|_| tools);
    if module.is_none() {
        eprintln!("skipped: softhsm2 or opensc (pkcs11-tool) is not installed");
    }
    module
}

/// Tokens of SoftHSM in a folder of their own.
pub struct Hsm {
    pub folder: tempfile::TempDir,
    pub module: PathBuf,
}

impl Hsm {
    /// With one token, `desk`; none where SoftHSM is not installed.
    pub fn new() -> Option<Self> {
        let module = softhsm()?;
        let hsm = Self { folder: tempfile::tempdir().unwrap(), module };
        std::fs::create_dir(hsm.path("tokens")).unwrap();
        let settings = format!("directories.tokendir = {}\nlog.level = ERROR\n", hsm.path("tokens").display());
        std::fs::write(hsm.path("softhsm2.conf"), settings).unwrap();
        std::fs::write(hsm.path("pin"), PIN).unwrap();
        hsm.add_token("desk");
        Some(hsm)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn tool(&self, name: &str, arguments: &[&str]) {
        let mut command = Command::new(name);
        command.env("SOFTHSM2_CONF", self.path("softhsm2.conf")).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn add_token(&self, label: &str) {
        self.tool("softhsm2-util", &["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "00000000"]);
    }

    /// Brings a key with its certificate and those of its issuers into a token.
    pub fn put(&self, token: &str, label: &str, id: &str, credential: &Credential) {
        let key = self.path(&format!("{label}.key"));
        std::fs::write(&key, pem::encode("PRIVATE KEY", &credential.pkcs8).as_bytes()).unwrap();
        let key = key.to_str().unwrap();
        self.tool(
            "softhsm2-util",
            &["--import", key, "--token", token, "--label", label, "--id", id, "--pin", PIN, "--no-public-key"],
        );
        let chain = credential.chain.iter().map(|issuer| (issuer, "ca"));
        for (index, (certificate, id)) in [(&credential.certificate, id)].into_iter().chain(chain).enumerate() {
            let file = self.path(&format!("{label}-{index}.cer"));
            std::fs::write(&file, certificate).unwrap();
            let module = self.module.to_str().unwrap();
            let object = ["--write-object", file.to_str().unwrap(), "--type", "cert", "--id", id, "--label", label];
            let login = ["--login", "--pin", PIN, "--token-label", token];
            self.tool("pkcs11-tool", &[&["--module", module], &object[..], &login[..]].concat());
        }
    }

    pub fn uri(&self, rest: &str) -> String {
        format!("pkcs11:{rest}?module-path={}", self.module.display())
    }

    /// Runs the program with these tokens.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command().args(arguments).spawn().unwrap())
    }

    pub fn command(&self) -> Command {
        let mut command = command(&self.path("data"));
        command.env("SOFTHSM2_CONF", self.path("softhsm2.conf"));
        command
    }

    /// Signs the sample.
    #[track_caller]
    fn sign(&self, uri: &str, pin: &str, out: &str, more: &[&str]) -> Ran {
        let (pin, out) = (self.path(pin), self.path(out));
        let key =
            ["sign", SAMPLE, "-o", out.to_str().unwrap(), "--pkcs11-uri", uri, "--pin-file", pin.to_str().unwrap()];
        self.run(&[&key[..], more].concat())
    }
}

pub fn authority(algorithm: KeyAlgorithm) -> Authority {
    let now = OffsetDateTime::now_utc();
    let plan = Plan { algorithm, url: "http://127.0.0.1:1", agency: Agency::SAMPLE, now };
    Authority::create(&plan, &mut rand::rng()).unwrap()
}

pub fn pdfsig_accepts(file: &Path) -> bool {
    let output = Command::new("pdfsig").arg("-nocert").arg(file).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("Signature is Valid")
}

#[test]
fn each_kind_of_key_signs_so_that_others_accept_it() {
    let Some(hsm) = Hsm::new() else { return };
    let root = hsm.path("root.pem");
    let kinds = [
        (KeyAlgorithm::Rsa2048, "rsa2048", &[][..], "rsa-pkcs1 sha256"),
        (KeyAlgorithm::Rsa2048, "rsa2048pss", &["--scheme", "pss"], "rsa-pss sha256"),
        (KeyAlgorithm::Rsa3072, "rsa3072", &["--digest", "sha512"], "rsa-pkcs1 sha512"),
        (KeyAlgorithm::Rsa3072, "rsa3072pss", &["--scheme", "pss", "--digest", "sha384"], "rsa-pss sha384"),
        (KeyAlgorithm::P256, "p256", &[], "ecdsa-p256 sha256"),
        (KeyAlgorithm::P384, "p384", &[], "ecdsa-p384 sha384"),
    ];
    for (index, (algorithm, label, more, scheme)) in kinds.into_iter().enumerate() {
        let authority = authority(algorithm);
        hsm.put("desk", label, &format!("0{index}"), &authority.leader);
        let out = format!("{label}.pdf");
        hsm.sign(&hsm.uri(&format!("token=desk;object={label}")), "pin", &out, more).expect(0);
        let signed = hsm.path(&out);
        assert!(pdfsig_accepts(&signed), "{label}");
        std::fs::write(&root, pem::encode("CERTIFICATE", &authority.root.certificate).as_bytes()).unwrap();
        let options = ["--trust", root.to_str().unwrap(), "--revocation", "ignore", "--json"];
        let report = hsm.run(&[&["verify", signed.to_str().unwrap()], &options[..]].concat()).expect(0).json();
        let found = &report["signatures"][0];
        let (found_scheme, digest) = (found["scheme"].as_str().unwrap(), found["digest"].as_str().unwrap());
        assert_eq!(format!("{found_scheme} {digest}"), scheme, "{found}");
        assert_eq!(found["indication"], "TOTAL-PASSED");
    }
    // several keys: their names are told
    let several = hsm.sign(&hsm.uri("token=desk"), "pin", "several.pdf", &[]).expect(65);
    assert!(several.error_line().contains("object=p256;id=%04"), "{several:?}");
    hsm.sign(&hsm.uri("id=%04"), "pin", "by-id.pdf", &[]).expect(0);
}

#[test]
fn a_wrong_pin_is_tried_once_and_a_missing_token_is_told() {
    let Some(hsm) = Hsm::new() else { return };
    let authority = authority(KeyAlgorithm::P256);
    hsm.put("desk", "leader", "01", &authority.leader);
    std::fs::write(hsm.path("wrong"), "111111").unwrap();
    let uri = hsm.uri("token=desk;object=leader");
    let refused = hsm.sign(&uri, "wrong", "a.pdf", &[]).expect(65);
    assert!(refused.error_line().contains("refused the PIN (the PIN is wrong. It was tried once only"), "{refused:?}");
    assert!(!refused.stderr.contains("111111"));
    let pin = hsm.path("wrong");
    let out = hsm.path("a.pdf");
    let arguments =
        ["sign", SAMPLE, "-o", out.to_str().unwrap(), "--pkcs11-uri", &uri, "--pin-file", pin.to_str().unwrap()];
    let refused = finish(hsm.command().args(arguments).env("LANG", "vi_VN.UTF-8").spawn().unwrap()).expect(65);
    assert!(refused.error_line().contains("Sai mã PIN"), "{refused:?}");
    assert!(!out.exists());

    let none = hsm.run(&["sign", SAMPLE, "-o", out.to_str().unwrap(), "--pkcs11-uri", &uri]).expect(64);
    assert!(none.error_line().contains("asks for a PIN, and none was given"), "{none:?}");
    let missing = hsm.sign(&hsm.uri("token=other;object=leader"), "pin", "a.pdf", &[]).expect(69);
    assert!(missing.error_line().contains("the token is not there"), "{missing:?}");
    let missing = hsm.sign(&hsm.uri("token=desk;object=clerk"), "pin", "a.pdf", &[]).expect(65);
    assert!(missing.error_line().contains("no private key"), "{missing:?}");
    let missing = hsm.sign("pkcs11:token=desk?module-path=/no/such/library.so", "pin", "a.pdf", &[]).expect(69);
    assert!(missing.error_line().contains("/no/such/library.so is not there"), "{missing:?}");
    let wrong = hsm.sign("pkcs11:token=desk?pin-value=482915", "pin", "a.pdf", &[]).expect(64);
    assert!(wrong.error_line().contains("a PIN is given by --pin-file") && !wrong.stderr.contains(PIN), "{wrong:?}");
    // the right PIN still opens it
    hsm.sign(&uri, "pin", "a.pdf", &[]).expect(0);

    // two tokens of one name: the URI must say which
    hsm.add_token("desk");
    let several = hsm.sign(&uri, "pin", "b.pdf", &[]).expect(64);
    assert!(several.error_line().contains("several tokens") && several.stderr.contains("serial="), "{several:?}");
}

#[test]
fn a_certificate_from_a_file_must_be_that_of_the_key() {
    let Some(hsm) = Hsm::new() else { return };
    let authority = authority(KeyAlgorithm::P256);
    hsm.put("desk", "leader", "01", &authority.leader);
    for (name, credential) in [("own.pem", &authority.leader), ("other.pem", &authority.seal)] {
        std::fs::write(hsm.path(name), pem::encode("CERTIFICATE", &credential.certificate).as_bytes()).unwrap();
    }
    let uri = hsm.uri("token=desk;object=leader");
    hsm.sign(&uri, "pin", "a.pdf", &["--cert", hsm.path("own.pem").to_str().unwrap()]).expect(0);
    let other = hsm.sign(&uri, "pin", "b.pdf", &["--cert", hsm.path("other.pem").to_str().unwrap()]).expect(65);
    assert!(other.error_line().contains("not that of the private key"), "{other:?}");
    assert!(!hsm.path("b.pdf").exists());
}

/// A service whose token is taken away and given back, and receipts by a key of the token.
#[test]
fn a_service_signs_with_a_token_that_comes_and_goes() {
    let Some(hsm) = Hsm::new() else { return };
    let authority = authority(KeyAlgorithm::P256);
    hsm.put("desk", "leader", "01", &authority.leader);
    let uri = hsm.uri("token=desk;object=leader");
    let pin = hsm.path("pin");
    hsm.run(&["unit", "put", "xa", "--name", "Xã", "--tax-code", "6109999990", "--address", "Thôn 1"]).expect(0);
    hsm.run(&["key", "import", "leader", "--unit", "xa", "--pkcs11-uri", &uri, "--pin-file", pin.to_str().unwrap()])
        .expect(0);
    let listed = hsm.run(&["key", "list", "--json"]).expect(0);
    assert_eq!(listed.json()["name"], "leader");
    assert!(!listed.stdout.contains(PIN));
    let stored = hsm.path("stored.pdf");
    hsm.run(&["sign", SAMPLE, "-o", stored.to_str().unwrap(), "--key-id", "leader"]).expect(0);
    assert!(pdfsig_accepts(&stored));

    let token = hsm
        .run(&["token", "create", "--name", "t", "--unit", "xa", "--role", "leader", "--key", "leader", "--json"])
        .expect(0)
        .json();
    let token = token["token"].as_str().unwrap().to_owned();
    let conf = hsm.path("softhsm2.conf");
    let server = Server::start(&hsm.path("data"), &[("SOFTHSM2_CONF", conf.to_str().unwrap())]);
    let sample = std::fs::read(SAMPLE).unwrap();
    let sign = || server.post("/api/v1/sign").token(&token).pdf(&sample).send();
    let first = sign();
    assert_eq!(first.status, 200, "{first:?}");
    // pulled out
    std::fs::rename(hsm.path("tokens"), hsm.path("away")).unwrap();
    std::fs::create_dir(hsm.path("tokens")).unwrap();
    let gone = sign();
    assert_eq!(gone.status, 503, "{gone:?}");
    // put back
    std::fs::remove_dir(hsm.path("tokens")).unwrap();
    std::fs::rename(hsm.path("away"), hsm.path("tokens")).unwrap();
    let back = sign();
    assert_eq!(back.status, 200, "{back:?}");
    // away so that its library cannot even be initialised, and back
    std::fs::rename(hsm.path("tokens"), hsm.path("away")).unwrap();
    for _ in 0..3 {
        let gone = sign();
        assert_eq!(gone.status, 503, "{gone:?}");
    }
    std::fs::rename(hsm.path("away"), hsm.path("tokens")).unwrap();
    let back = sign();
    assert_eq!(back.status, 200, "{back:?}");
}

/// Eight sign at the same time, for DAUSON_TEST_SIGNERS_SECONDS (3 if it is not set).
#[test]
fn eight_sign_at_the_same_time() {
    let Some(hsm) = Hsm::new() else { return };
    let authority = authority(KeyAlgorithm::Rsa2048);
    hsm.put("desk", "leader", "01", &authority.leader);
    let seconds = std::env::var("DAUSON_TEST_SIGNERS_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(3);
    let end = Instant::now() + Duration::from_secs(seconds);
    let inputs = hsm.path("inputs");
    std::fs::create_dir(&inputs).unwrap();
    let names: Vec<String> = (0..32).map(|i| inputs.join(format!("{i}.pdf")).display().to_string()).collect();
    for name in &names {
        std::fs::copy(SAMPLE, name).unwrap();
    }
    let (mut round, mut signed) = (0, 0);
    let start = Instant::now();
    while round == 0 || Instant::now() < end {
        let out = hsm.path(&format!("out{round}"));
        std::fs::create_dir(&out).unwrap();
        let pin = hsm.path("pin");
        let uri = hsm.uri("token=desk;object=leader");
        let key = ["--pkcs11-uri", &uri, "--pin-file", pin.to_str().unwrap(), "--out-dir", out.to_str().unwrap()];
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        hsm.run(&[&["sign"], &names[..], &key[..]].concat()).expect(0);
        for file in std::fs::read_dir(&out).unwrap() {
            assert!(pdfsig_accepts(&file.unwrap().path()));
            signed += 1;
        }
        round += 1;
    }
    assert_eq!(signed, 32 * round);
    eprintln!("{signed} files signed and checked in {:?}", start.elapsed());
    hsm.run(&["audit", "verify"]).expect(0);
}
