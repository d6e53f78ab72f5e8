//! Keys that are made in the key store: openssl certifies them; until then they sign nothing.

use crate::audit_acts::entries;
use crate::key_pins::{in_database, is_on_disk, secret_file};
use crate::office::{Office, UNIT, closed};
use crate::openssl::{openssl, try_openssl};
use crate::program::run;
use crate::tokens::pdfsig_accepts;
use serde_json::Value;
use std::path::Path;

const SAMPLE: &str = "samples/cong-van.pdf";
const SUBJECT: &str = "CN=Nguyễn Thị Mẫu,O=UBND xã Sơn Mẫu\\, huyện Mẫu,C=VN";

/// What waits, by its name.
fn waiting(data: &Path, name: &str) -> Option<Value> {
    let list = run(data, ["key", "list", "--json"]).expect(0).stdout;
    let mut rows = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.find(|row| row["name"] == name && row["state"] == "requested")
}

/// What is sealed of it.
fn sealed(data: &Path, name: &str) -> Vec<u8> {
    let query = sqlx::query_scalar("SELECT sealed FROM key_request WHERE id = ?").bind(name);
    in_database(data, async |pool| query.fetch_one(pool).await.unwrap())
}

#[test]
fn a_key_is_made_in_the_store_certified_and_signs() {
    let (office, work) = (Office::new(), tempfile::tempdir().unwrap());
    let (data, folder) = (office.folder.path(), work.path());
    let path = |name: &str| folder.join(name).display().to_string();
    let pin = secret_file(&work, "pin", "482915");
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=CA");
    std::fs::copy(folder.join("ca.pem"), data.join("trust/ca.pem")).unwrap();
    std::fs::write(folder.join("ext"), "keyUsage=critical,digitalSignature,nonRepudiation\n").unwrap();
    let certify = |kind: &str| {
        let sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile ext";
        openssl(folder, &format!("x509 -req -in {kind}.csr {sign} -out {kind}.pem"));
        let both = ["pem"].map(|end| std::fs::read_to_string(folder.join(format!("{kind}.{end}"))).unwrap()).concat();
        std::fs::write(
            folder.join(format!("{kind}.pem")),
            both + &std::fs::read_to_string(folder.join("ca.pem")).unwrap(),
        )
        .unwrap();
    };
    for (kind, more) in [("p256", &["--pin-file", &*pin][..]), ("p384", &["--per-hour", "5"]), ("rsa2048", &[])] {
        let csr = path(&format!("{kind}.csr"));
        let make = ["key", "generate", kind, "--on", "store", "--unit", UNIT, "--algorithm", kind, "--csr", &csr];
        let make = [&make[..], &["--subject", SUBJECT], more].concat();
        let made = run(data, &make).expect(0);
        assert!(made.stdout.starts_with(&format!("{kind}: in the key store; the request")), "{made:?}");
        run(data, &make).expect(73).error_line();
        let again = run(data, [&make[..], &["--force"]].concat()).expect(65);
        assert!(again.error_line().contains("there is one of that name"), "{again:?}");
        let (holds, said) = try_openssl(folder, &format!("req -verify -noout -subject -nameopt utf8 -in {kind}.csr"));
        assert!(holds && said.contains("O=UBND xã Sơn Mẫu") && said.contains("verify OK"), "{said}");
        assert_eq!(waiting(data, kind).unwrap()["request"], std::fs::read_to_string(csr).unwrap());
        // it signs nothing, and nobody can name it
        let out = path("no.pdf");
        let sign = ["sign", SAMPLE, "-o", &out, "--key-id", kind];
        assert!(run(data, sign).expect(77).error_line().contains("waits for its certificate"));
        let token = ["token", "create", "--name", "t", "--unit", UNIT, "--role", "leader", "--key", kind];
        assert_ne!(run(data, token).code, 0);
        run(data, ["key", "import", kind, "--key", &path("ca.key"), "--cert", &path("ca.pem")]).expect(65).error_line();
        certify(kind);
    }
    // the certificate of another key, one of the same kind among them
    let csr = path("other.csr");
    run(data, ["key", "generate", "other", "--on", "store", "--algorithm", "p256", "--csr", &csr]).expect(0);
    for (key, file) in [("p256", "p384.pem"), ("other", "p256.pem"), ("p384", "ca.pem")] {
        let unfit = run(data, ["key", "certificate", key, &path(file), "--on", "store"]).expect(65);
        assert!(unfit.error_line().contains("not that of the private key"), "{unfit:?}");
    }
    run(data, ["key", "certificate", "nobody", &path("p256.pem"), "--on", "store"]).expect(66).error_line();
    for (kind, more) in [("p256", &["--pin-file", &*pin][..]), ("p384", &[]), ("rsa2048", &[])] {
        let secret = sealed(data, kind);
        run(data, ["key", "certificate", kind, &path(&format!("{kind}.pem")), "--on", "store"]).expect(0);
        run(data, ["key", "certificate", kind, &path(&format!("{kind}.pem")), "--on", "store"]).expect(66).error_line();
        assert_eq!(crate::key_pins::sealed(data, kind), secret);
        assert!(waiting(data, kind).is_none());
        let out = path(&format!("{kind}.pdf"));
        run(data, [&["sign", SAMPLE, "-o", &out, "--key-id", kind], more].concat()).expect(0);
        assert!(pdfsig_accepts(Path::new(&out)), "{kind}");
    }
    let list = run(data, ["key", "list"]).expect(0).stdout;
    assert!(list.contains("other  -  waits for its certificate\n") && list.contains("1 of 5 signatures"), "{list}");
    let (requested, created) = (entries(data, "key.requested"), entries(data, "key.created"));
    assert_eq!(requested.len(), 4);
    for (request, key) in requested.iter().zip(&created[created.len() - 3..]) {
        assert_eq!((&request["digest"], &request["unit"]), (&key["digest"], &UNIT.into()));
        assert!(
            request["certificate"].is_null() && key["certificate"].is_string() && key["actor"].is_string(),
            "{key}"
        );
    }
    // one that is not wanted any more
    let secret = sealed(data, "other");
    let window = &secret[secret.len() / 2..secret.len() / 2 + 24];
    assert!(is_on_disk(data, window));
    run(data, ["key", "destroy", "other", "--reason", "a mistake"]).expect(0);
    closed(data);
    assert!(waiting(data, "other").is_none() && !is_on_disk(data, window));
    let destroyed = entries(data, "key.destroyed").pop().unwrap();
    assert_eq!(destroyed["related"], requested[3]["digest"]);
    run(data, ["audit", "verify"]).expect(0);
    // what goes wrong leaves nothing
    let csr = path("new.csr");
    for (words, code) in [
        (&["--on", "store", "--unit", "nowhere"][..], 66),
        (&["--on", "store", "--two-person"], 64),
        (&["--on", "store", "--subject", "colour=red"], 64),
        (&["--on", "store", "--module", "/no/such.so"], 64),
        (&["--on", "pkcs11:token=desk?module-path=/no/such.so", "--unit", UNIT], 64),
        (&[], 64),
    ] {
        let make = ["key", "generate", "new", "--algorithm", "p256", "--csr", &csr];
        run(data, [&make[..], words].concat()).expect(code).error_line();
        assert!(waiting(data, "new").is_none() && !Path::new(&csr).exists(), "{words:?}");
    }
}
