//! Keys that are made in a token: openssl certifies them, and judges request and signatures.

use crate::csc::{Other, fault};
use crate::csc_keys::pyhanko;
use crate::office::{Office, UNIT};
use crate::openssl::{openssl, try_openssl};
use crate::program::{command, finish, run};
use crate::server::{Server, sample_pdf};
use crate::tokens::{Hsm, PIN, authority, pdfsig_accepts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::keys::{KeyAlgorithm, pem};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");
const SUBJECT: &str = "CN=Nguyễn Thị Mẫu,O=UBND xã Sơn Mẫu\\, huyện Mẫu,C=VN";

/// The rows of `key list --on --json`.
fn list(hsm: &Hsm, on: &[&str]) -> Vec<Value> {
    let listed = hsm.run(&[&["key", "list", "--json"], on].concat()).expect(0);
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// pyHanko validates each file's signature, the CA of the folder trusted.
fn pyhanko_accepts(folder: &Path, files: &[String]) {
    const SCRIPT: &str = r"
import sys
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
trusted = ValidationContext(trust_roots=[load_cert_from_pemder('ca.pem')])
for name in sys.argv[1:]:
    with open(name, 'rb') as file:
        status = validate_pdf_signature(PdfFileReader(file).embedded_signatures[0], signer_validation_context=trusted)
    assert status.intact and status.valid and status.trusted, (name, status.summary())
";
    let Some(mut python) = pyhanko() else { return };
    let output = python.args(["-c", SCRIPT]).args(files).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A key for which the token wants the PIN each time (CKA_ALWAYS_AUTHENTICATE), as many USB tokens have them for qualified signatures.
#[test]
fn a_key_that_wants_the_pin_each_time_signs_documents_and_no_digests() {
    let Some(hsm) = Hsm::new() else { return };
    let office = Office::new();
    let (data, folder) = (office.folder.path(), hsm.folder.path());
    let (pin, module) = (hsm.path("pin").display().to_string(), hsm.module.display().to_string());
    let on = ["--on", "pkcs11:token=desk", "--module", &module, "--pin-file", &pin];
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=CA");
    std::fs::copy(hsm.path("ca.pem"), data.join("trust/ca.pem")).unwrap();
    std::fs::write(hsm.path("ext"), "keyUsage=critical,digitalSignature,nonRepudiation\n").unwrap();
    openssl(folder, "req -new -key ca.key -subj /CN=Người -out any.csr");
    // made by another program, and certified by what the public half is
    let made = |kind: &str, id: &str, read: &str| {
        let desk = ["--module", &module, "--token-label", "desk", "--login", "--pin", PIN];
        let make = ["--keypairgen", "--key-type", kind, "--id", id, "--label", id, "--usage-sign", "--always-auth"];
        hsm.tool("pkcs11-tool", &[&desk[..], &make].concat());
        let public = hsm.path("public.der").display().to_string();
        let read_object = ["--read-object", "--type", "pubkey", "--id", id, "-o", &public];
        hsm.tool("pkcs11-tool", &[&desk[..4], &read_object].concat());
        openssl(folder, &format!("{read} -pubin -inform DER -in public.der -out public.pem"));
        let sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile ext -force_pubkey public.pem";
        openssl(folder, &format!("x509 -req -in any.csr {sign} -out {id}.pem"));
        let file = hsm.path(&format!("{id}.pem")).display().to_string();
        hsm.run(&[&["key", "certificate", id, &file], &on[..]].concat())
    };
    // SoftHSM signs digests with keys on curves, and hashes nothing for them
    let refused = made("EC:prime256v1", "01", "ec").expect(65);
    assert!(refused.error_line().contains("in a token that does not hash itself"), "{refused:?}");
    made("rsa:2048", "02", "rsa").expect(0);
    let uri = format!("pkcs11:token=desk;object=02?module-path={module}");
    for scheme in [["--digest", "sha512"], ["--scheme", "pss"]] {
        let out = hsm.path("out.pdf");
        let words = ["sign", SAMPLE, "-o", out.to_str().unwrap(), "--force", "--pkcs11-uri", &uri, "--pin-file", &pin];
        hsm.run(&[&words[..], &scheme].concat()).expect(0);
        assert!(pdfsig_accepts(&out), "{scheme:?}");
    }
    // a digest would have to be signed in one go, between whose begin and end the PIN cannot be given
    let settings = hsm.path("softhsm2.conf").display().to_string();
    let mut import = command(data);
    import.env("SOFTHSM2_CONF", &settings);
    import.args(["key", "import", "02", "--unit", UNIT, "--pkcs11-uri", &uri, "--pin-file", &pin]);
    finish(import.spawn().unwrap()).expect(0);
    let create = ["token", "create", "--name", "02", "--unit", UNIT, "--role", "leader", "--key", "02"];
    let token = run(data, create).expect(0).stdout.trim().to_owned();
    let server = Server::start(data, &[("SOFTHSM2_CONF", &settings)]);
    let other = Other { server: &server, token: &token, credential: "02" };
    let sad = other.authorize(1, &[[1; 32]]);
    let body = json!({"SAD": sad, "hashes": [STANDARD.encode([1; 32])], "signAlgo": "1.2.840.113549.1.1.11"});
    let (error, why) = fault(&other.about("signatures/signHash", &body), 400);
    assert!(error == "invalid_request" && why.contains("wants the PIN each time"), "{error}: {why}");
    server.post("/api/v1/sign").token(&token).pdf(&sample_pdf()).send().expect(200);
}

/// The unit's key for receipts is in a token.
#[test]
fn receipts_are_signed_by_a_token() {
    let Some(hsm) = Hsm::new() else { return };
    let office = Office::new();
    let data = office.folder.path();
    for (algorithm, name) in [(KeyAlgorithm::P384, "p384"), (KeyAlgorithm::Rsa2048, "rsa")] {
        let authority = authority(algorithm);
        hsm.put("desk", name, if name == "rsa" { "02" } else { "01" }, &authority.receipt);
        let root = pem::encode("CERTIFICATE", &authority.root.certificate);
        std::fs::write(data.join(format!("trust/{name}.pem")), root.as_bytes()).unwrap();
        let settings = hsm.path("softhsm2.conf");
        let ran = |words: &[&str]| {
            let mut command = command(data);
            command.env("SOFTHSM2_CONF", &settings).args(words);
            finish(command.spawn().unwrap()).expect(0)
        };
        let (uri, pin) = (hsm.uri(&format!("token=desk;object={name}")), hsm.path("pin").display().to_string());
        ran(&["key", "import", name, "--unit", UNIT, "--pkcs11-uri", &uri, "--pin-file", &pin]);
        ran(&["unit", "put", UNIT, "--receipt-key", name]);
        let request = hsm.path("request.json");
        std::fs::write(&request, office.receipt_request(2000).to_string()).unwrap();
        let issued = ran(&["receipt", "issue", request.to_str().unwrap(), "--json"]).json();
        let (xml, pdf) = (hsm.path("r.xml").display().to_string(), hsm.path("r.pdf").display().to_string());
        ran(&["receipt", "export", issued["id"].as_str().unwrap(), "--xml", &xml, "--pdf", &pdf, "--force"]);
        let scheme = if name == "rsa" { "rsa-pkcs1" } else { "ecdsa-p384" };
        for file in [&xml, &pdf] {
            let report = ran(&["verify", "--json", "--revocation", "ignore", file]).json();
            let found = &report["signatures"][0];
            assert_eq!((&found["indication"], &found["scheme"]), (&"TOTAL-PASSED".into(), &scheme.into()), "{found}");
        }
        assert!(pdfsig_accepts(Path::new(&pdf)));
    }
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_key_is_made_certified_and_signs() {
    let Some(hsm) = Hsm::new() else { return };
    let folder = hsm.folder.path();
    let pin = hsm.path("pin").display().to_string();
    let module = hsm.module.display().to_string();
    let on = ["--on", "pkcs11:token=desk", "--module", &module, "--pin-file", &pin];
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=CA");
    std::fs::write(hsm.path("ext"), "keyUsage=critical,digitalSignature,nonRepudiation\n").unwrap();
    let kinds = ["rsa2048", "rsa3072", "rsa4096", "p256", "p384"];
    for kind in kinds {
        let csr = hsm.path(&format!("{kind}.csr")).display().to_string();
        let made = ["key", "generate", kind, "--algorithm", kind, "--subject", SUBJECT, "--csr", &csr];
        let made = hsm.run(&[&made[..], &on].concat()).expect(0);
        assert!(made.stdout.contains("in the token, id=%"), "{made:?}");
        let (holds, said) = try_openssl(folder, &format!("req -verify -noout -subject -nameopt utf8 -in {kind}.csr"));
        assert!(holds && said.contains("O=UBND xã Sơn Mẫu") && said.contains("verify OK"), "{said}");
        openssl(
            folder,
            &format!(
                "x509 -req -in {kind}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile ext -out {kind}.pem"
            ),
        );
        let issued = std::fs::read_to_string(hsm.path(&format!("{kind}.pem"))).unwrap();
        let with_issuer = issued + &std::fs::read_to_string(hsm.path("ca.pem")).unwrap();
        std::fs::write(hsm.path(&format!("{kind}.pem")), with_issuer).unwrap();
        let certificate = hsm.path(&format!("{kind}.pem")).display().to_string();
        // a second time it is there already
        for _ in 0..2 {
            hsm.run(&[&["key", "certificate", kind, &certificate], &on[..]].concat()).expect(0);
        }
        let signed = hsm.path(&format!("{kind}.pdf"));
        let uri = format!("pkcs11:token=desk;object={kind}?module-path={module}");
        let sign =
            ["sign", SAMPLE, "-o", signed.to_str().unwrap(), "--pkcs11-uri", &uri, "--pin-file", &pin, "--force"];
        let (pkcs1, pss) = (&["--digest", "sha512"][..], &["--scheme", "pss", "--digest", "sha384"][..]);
        let schemes = if kind.starts_with("rsa") { [pkcs1, pss] } else { [&[][..]; 2] };
        for scheme in schemes {
            hsm.run(&[&sign[..], scheme].concat()).expect(0);
            assert!(pdfsig_accepts(&signed), "{kind} {scheme:?}");
        }
    }
    pyhanko_accepts(folder, &kinds.map(|kind| format!("{kind}.pdf")));
    let rows = list(&hsm, &on);
    let keys: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "key").collect();
    assert_eq!(keys.len(), kinds.len());
    for kind in kinds {
        let key = keys.iter().find(|key| key["object"] == kind).unwrap();
        assert_eq!((&key["algorithm"], &key["extractable"]), (&json!(kind), &json!(false)));
        let own: Vec<&Value> =
            rows.iter().filter(|row| row["kind"] == "certificate" && row["id"] == key["id"]).collect();
        assert_eq!(own.len(), 1, "{rows:?}");
        assert!(own[0]["subject"].as_str().unwrap().contains("Nguyễn Thị Mẫu"));
    }
    assert_eq!(rows.iter().filter(|row| row["object"] == "CA").count(), 1, "the issuer once: {rows:?}");
    // another tool's word for it
    let output = Command::new("pkcs11-tool")
        .env("SOFTHSM2_CONF", hsm.path("softhsm2.conf"))
        .args([
            "--module",
            &module,
            "--token-label",
            "desk",
            "--login",
            "--pin",
            PIN,
            "--list-objects",
            "--type",
            "privkey",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.matches("sensitive, always sensitive, never extractable, local").count(), kinds.len(), "{said}");

    // what goes wrong leaves no key behind
    let csr = hsm.path("again.csr").display().to_string();
    let again = ["key", "generate", "p256", "--algorithm", "p256", "--csr", &csr];
    let again = hsm.run(&[&again[..], &on].concat()).expect(65);
    assert!(again.error_line().contains("has a key p256 already"), "{again:?}");
    let there = hsm.path("p256.csr").display().to_string();
    hsm.run(&[&["key", "generate", "new", "--algorithm", "p256", "--csr", &there], &on[..]].concat()).expect(73);
    let subject = ["key", "generate", "new", "--algorithm", "p256", "--csr", &csr, "--subject", "colour=red"];
    hsm.run(&[&subject[..], &on].concat()).expect(64);
    let other = hsm.path("p384.pem").display().to_string();
    for key in ["p256", "rsa2048"] {
        let unfit = hsm.run(&[&["key", "certificate", key, &other], &on[..]].concat()).expect(65);
        assert!(unfit.error_line().contains("not that of the private key"), "{unfit:?}");
    }
    let missing = hsm.run(&[&["key", "certificate", "nobody", &other], &on[..]].concat()).expect(65);
    assert!(missing.error_line().contains("no private key"), "{missing:?}");
    hsm.run(&["key", "generate", "new", "--algorithm", "p256", "--csr", &csr]).expect(64);
    let wrong = ["key", "list", "--on", "pkcs11:token=desk?pin-value=482915", "--module", &module];
    let wrong = hsm.run(&wrong).expect(64);
    assert!(!wrong.stderr.contains("482915"), "{wrong:?}");
    assert_eq!(list(&hsm, &on).len(), rows.len());

    // one of the same kind signs the challenge, but not so that the certificate verifies it
    let csr = hsm.path("second.csr").display().to_string();
    hsm.run(&[&["key", "generate", "second", "--algorithm", "p256", "--csr", &csr], &on[..]].concat()).expect(0);
    let own = hsm.path("p256.pem").display().to_string();
    let unfit = hsm.run(&[&["key", "certificate", "second", &own], &on[..]].concat()).expect(65);
    assert!(unfit.error_line().contains("not that of the private key"), "{unfit:?}");
}
