//! Keys that are made in a token: openssl certifies them, and judges request and signatures.

use crate::openssl::{openssl, try_openssl};
use crate::tokens::{Hsm, pdfsig_accepts};
use serde_json::{Value, json};
use std::process::Command;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");
const SUBJECT: &str = "CN=Nguyễn Thị Mẫu,O=UBND xã Sơn Mẫu\\, huyện Mẫu,C=VN";

/// The rows of `key list --on --json`.
fn list(hsm: &Hsm, on: &[&str]) -> Vec<Value> {
    let listed = hsm.run(&[&["key", "list", "--json"], on].concat()).expect(0);
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
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
    let kinds = ["rsa2048", "p256", "p384"];
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
        let sign = ["sign", SAMPLE, "-o", signed.to_str().unwrap(), "--pkcs11-uri", &uri, "--pin-file", &pin];
        hsm.run(&sign).expect(0);
        assert!(pdfsig_accepts(&signed), "{kind}");
    }
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
            "482915",
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
