//! `dauson pki init` makes an authority that openssl and `dauson pki check` believe.

use crate::openssl::openssl;
use crate::program::run;
use dauson::keys::SigningKey;
use std::collections::BTreeMap;
use std::path::Path;

const HOLDERS: [&str; 5] = ["leader", "seal", "receipt", "tsa", "ocsp"];

/// Makes an authority in a folder that is thrown away in the end.
fn init(options: &[&str]) -> (tempfile::TempDir, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pki");
    let answer = run(folder.path(), [&["pki", "init", out.to_str().unwrap(), "--json"], options].concat()).expect(0);
    assert_eq!(answer.stderr, "");
    let answer = answer.json();
    (folder, answer)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|f| (f.file_name().into_string().unwrap(), std::fs::read(f.path()).unwrap())).collect()
}

fn judge(algorithm: &str, signature_algorithm: &str) {
    let (folder, answer) = init(&["--algorithm", algorithm, "--url", "http://ca.example:8080/"]);
    let out = folder.path().join("pki");
    for name in HOLDERS {
        openssl(
            &out,
            &format!(
                "verify -x509_strict -CAfile root.pem -untrusted issuing.pem -crl_check_all -CRLfile root.crl \
                 -CRLfile issuing.crl {name}.pem"
            ),
        );
        let listing = openssl(&out, &format!("pkcs12 -info -in {name}.p12 -passin file:password.txt -nodes"));
        assert!(listing.contains("MAC: sha256") && listing.contains("PBES2, PBKDF2, AES-256-CBC"), "{listing}");
        assert_eq!(listing.matches("BEGIN CERTIFICATE").count(), 2, "its own and the issuing CA's");
        let password = std::fs::read_to_string(out.join("password.txt")).unwrap();
        let key = dauson::keys::pkcs12::read(&std::fs::read(out.join(format!("{name}.p12"))).unwrap(), &password);
        assert_eq!(key.unwrap().chain().len(), 1);
        openssl(&out, &format!("pkey -in {name}.key -check -noout"));
    }
    openssl(&out, "verify -purpose timestampsign -CAfile root.pem -untrusted chain.pem tsa.pem");
    openssl(&out, "verify -purpose ocsphelper -CAfile root.pem -untrusted chain.pem ocsp.pem");
    for (ca, issuer) in [("root", "Root"), ("issuing", "Issuing")] {
        let crl = openssl(&out, &format!("crl -in {ca}.crl -noout -text -CAfile {ca}.pem"));
        for words in ["verify OK", "X509v3 CRL Number", "No Revoked", &format!("CN = Dauson DEMO {issuer} CA")] {
            assert!(crl.contains(words), "{words} is not in {crl}");
        }
    }
    let has = |name: &str, wanted: &[&str], unwanted: &[&str]| {
        let text = openssl(&out, &format!("x509 -in {name}.pem -noout -text -nameopt utf8,sep_comma_plus"));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("Signature Algorithm: {signature_algorithm}")), "{text}");
        assert!(text.contains("X509v3 Subject Key Identifier"), "{text}");
        for words in wanted {
            assert!(text.contains(words), "{name}: {words} is not in {text}");
        }
        for words in unwanted {
            assert!(!text.contains(words), "{name}: {words} is in {text}");
        }
    };
    let status = [
        "X509v3 Authority Key Identifier",
        "Full Name: URI:http://ca.example:8080/crl/issuing.crl",
        "OCSP - URI:http://ca.example:8080/ocsp",
        "CA Issuers - URI:http://ca.example:8080/ca/issuing.cer",
        "X509v3 Basic Constraints: critical CA:FALSE",
        "X509v3 Key Usage: critical Digital Signature, Non Repudiation",
    ];
    let documents = "Extended Key Usage: TLS Web Client Authentication, E-mail Protection, 1.3.6.1.5.5.7.3.36";
    let agency = "C=VN,ST=Tỉnh Mẫu,L=Xã Sơn Mẫu,O=ỦY BAN NHÂN DÂN XÃ SƠN MẪU,OU=";
    has("leader", &[&status[..], &[documents, agency, "CN=Nguyễn Thị Mẫu,UID=CCCD:000175000001"]].concat(), &[]);
    for name in ["seal", "receipt"] {
        has(name, &[&status[..], &[documents, agency, "XÃ SƠN MẪU,UID=MST:6109999990"]].concat(), &[]);
    }
    has("tsa", &[&status[..], &["X509v3 Extended Key Usage: critical Time Stamping"]].concat(), &["Authentication"]);
    has("ocsp", &["Extended Key Usage: OCSP Signing", "OCSP No Check"], &["OCSP - URI", "CRL Distribution"]);
    let ca = "X509v3 Key Usage: critical Certificate Sign, CRL Sign";
    has("root", &[ca, "Basic Constraints: critical CA:TRUE", "CN=Dauson DEMO Root CA"], &["pathlen", "URI"]);
    let above = ["CA Issuers - URI:http://ca.example:8080/ca/root.cer", "URI:http://ca.example:8080/crl/root.crl"];
    has("issuing", &[&[ca, "CA:TRUE, pathlen:0"], &above[..]].concat(), &["OCSP"]);

    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let check = |name: &str, purpose: &str| {
        let (root, issuing) = (file("root.pem"), file("issuing.pem"));
        let (root_crl, issuing_crl) = (file("root.crl"), file("issuing.crl"));
        let certificate = file(&format!("{name}.pem"));
        let inputs = ["--trust", &root, "--cert", &issuing, "--crl", &root_crl, "--crl", &issuing_crl];
        run(folder.path(), [&["pki", "check", &certificate, "--purpose", purpose], &inputs[..]].concat()).code
    };
    for name in HOLDERS {
        assert_eq!(check(name, "any"), 0, "{name}");
        let may_sign = ["leader", "seal", "receipt"].contains(&name);
        assert_eq!(check(name, "signing"), if may_sign { 0 } else { 2 }, "{name}");
        assert_eq!(check(name, "timestamping"), if name == "tsa" { 0 } else { 2 }, "{name}");
    }

    // the answer names every file that is there
    let mut named: Vec<&str> = ["trust", "chain", "password_file"].map(|key| answer[key].as_str().unwrap()).into();
    for entry in answer["certificates"].as_array().unwrap() {
        named.extend(["certificate", "key", "p12", "crl"].iter().filter_map(|key| entry[key].as_str()));
    }
    named.sort_unstable();
    named.dedup();
    let there: Vec<String> = contents(&out).into_keys().map(|name| file(&name)).collect();
    assert_eq!(named, there);
}

#[test]
fn an_authority_of_rsa_keys_is_believed() {
    judge("rsa2048", "sha256WithRSAEncryption");
}

#[test]
fn an_authority_of_p256_keys_is_believed() {
    judge("p256", "ecdsa-with-SHA256");
}

#[cfg(unix)]
#[test]
fn only_their_owner_reads_keys_and_passwords() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = init(&["--algorithm", "p256"]);
    for entry in std::fs::read_dir(folder.path().join("pki")).unwrap() {
        let path = entry.unwrap().path();
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let secret = path.extension().is_some_and(|e| e == "key" || e == "p12" || e == "txt");
        assert_eq!(mode == 0o600, secret, "{} has mode {mode:o}", path.display());
    }
}

#[test]
fn what_is_there_is_overwritten_only_by_force() {
    let (folder, _) = init(&["--algorithm", "p256"]);
    let out = folder.path().join("pki");
    let init = |options: &[&str]| {
        let arguments = ["pki", "init", out.to_str().unwrap(), "--algorithm", "p256"];
        run(folder.path(), [&arguments, options].concat())
    };
    let before = contents(&out);
    init(&[]).expect(73).error_line();
    // also where only the last of the files is in the way
    for name in before.keys().filter(|name| *name != "ocsp.p12") {
        std::fs::remove_file(out.join(name)).unwrap();
    }
    init(&[]).expect(73).error_line();
    assert_eq!(contents(&out).into_keys().collect::<Vec<_>>(), ["ocsp.p12"]);

    let password = folder.path().join("given");
    std::fs::write(&password, "m\u{1ead}t kh\u{1ea9}u\nnot this\n").unwrap();
    let made = init(&["--force", "--password-file", password.to_str().unwrap()]).expect(0);
    assert!(made.stdout.contains("Dauson DEMO Root CA") && !made.stdout.contains("kh\u{1ea9}u"), "{made:?}");
    let after = contents(&out);
    assert_ne!(after["ocsp.p12"], before["ocsp.p12"]);
    // revocation lists are found by the name of who signs them
    let issuer = |crl: &[u8]| {
        let text = String::from_utf8_lossy(crl).into_owned();
        let (_, mark) = text.split_once("Dauson DEMO Root CA ").unwrap();
        mark.chars().take(6).collect::<String>()
    };
    assert_ne!(issuer(&after["root.crl"]), issuer(&before["root.crl"]));
    assert!(!after.contains_key("password.txt"));
    openssl(&out, "pkcs12 -in ocsp.p12 -passin file:../given -noout");
}

#[test]
fn wrong_usage_is_said_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pki");
    let out = out.to_str().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let in_the_way = folder.path().join("file");
    for (arguments, code) in [
        (&[][..], 64),
        (&[out, "--algorithm", "rsa512"], 64),
        (&[out, "--url", "ca.example"], 64),
        (&[out, "--url", "http://ca.ví-dụ.vn"], 64),
        (&[out, "--password-file", "/no/such/file"], 66),
        (&[in_the_way.to_str().unwrap()], 73),
    ] {
        run(folder.path(), [&["pki", "init"], arguments].concat()).expect(code).error_line();
        assert!(!Path::new(out).exists() || contents(Path::new(out)).is_empty(), "{arguments:?}");
    }
}
