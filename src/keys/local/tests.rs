//! Keys from files that openssl wrote, and files written here that openssl reads.

use super::*;
use crate::cms::ess;
use crate::cms::testing::Openssl;
use crate::keys::public::RSA_SCHEMES;
use crate::keys::{KeyAlgorithm, generate, pem, pkcs12};
use crate::pki::crypto::{self, Signed};

const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const ED25519: &[&str] = &["-algorithm", "ed25519"];

fn now<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Each scheme that the key offers makes a signature that its certificate verifies.
fn signs(key: &LocalKey) {
    let spki = ess::subject_public_key_info(key.certificate(), &Limits::DEFAULT).unwrap();
    assert!(!key.schemes().is_empty());
    for scheme in key.schemes() {
        let signature = now(key.sign(*scheme, b"a message")).unwrap();
        assert!(signature.len() <= key.signature_len(*scheme));
        let facts =
            crypto::verify(spki, &scheme.algorithm_identifier(), None, Signed::Message(b"a message"), &signature);
        let facts = facts.unwrap();
        assert_eq!((facts.scheme, facts.digest), (scheme.name(), scheme.digest()));
    }
}

#[test]
fn every_kind_of_pem_that_openssl_writes() {
    let openssl = Openssl::new();
    let read = |key: &str, password| {
        let file = |name: &str| std::fs::read(openssl.path(name)).unwrap();
        pem::read(&file(key), &file("a.pem"), None, password)
    };
    for (kind, traditional) in [(RSA, "rsa"), (P256, "ec"), (P384, "ec"), (ED25519, "")] {
        openssl.certificate("a", kind);
        signs(&read("a.key", None).unwrap());
        for cipher in
            [&["-v2", "aes-256-cbc"][..], &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"], &["-v2", "des3"]]
        {
            let options =
                ["pkcs8", "-topk8", "-in", "a.key", "-passout", "pass:m\u{1ead}t kh\u{1ea9}u", "-out", "e.key"];
            openssl.run(&[&options[..], cipher].concat());
            signs(&read("e.key", Some("m\u{1ead}t kh\u{1ea9}u")).unwrap());
            assert_eq!(read("e.key", Some("x")).unwrap_err(), KeyError::WrongPassword);
            assert_eq!(read("e.key", None).unwrap_err(), KeyError::PasswordMissing);
        }
        openssl.run(&[
            "pkcs8",
            "-topk8",
            "-in",
            "a.key",
            "-v1",
            "PBE-SHA1-3DES",
            "-passout",
            "pass:s",
            "-outform",
            "DER",
            "-out",
            "e.der",
        ]);
        signs(&read("e.der", Some("s")).unwrap());
        assert_eq!(read("e.der", Some("t")).unwrap_err(), KeyError::WrongPassword);
        if !traditional.is_empty() {
            let form = if traditional == "rsa" { &["-traditional"][..] } else { &[] };
            openssl.run(&[&[traditional, "-in", "a.key", "-out", "t.key"], form].concat());
            signs(&read("t.key", None).unwrap());
            openssl.run(
                &[&[traditional, "-in", "a.key", "-aes128", "-passout", "pass:s", "-out", "o.key"], form].concat(),
            );
            assert!(matches!(read("o.key", Some("s")), Err(KeyError::Unsupported { .. })));
        }
        openssl.run(&["pkey", "-in", "a.key", "-outform", "DER", "-out", "a.der"]);
        signs(&read("a.der", None).unwrap());
    }
    assert_eq!(read("a.pem", None).unwrap_err(), KeyError::NoPrivateKey);
    openssl.certificate("b", P256);
    std::fs::copy(openssl.path("b.key"), openssl.path("other.key")).unwrap();
    assert_eq!(read("other.key", None).unwrap_err(), KeyError::Mismatch);
    openssl.certificate("a", P256);
    assert_eq!(read("other.key", None).unwrap_err(), KeyError::Mismatch);
    openssl.certificate("a", RSA);
    std::fs::copy(openssl.path("a.key"), openssl.path("other.key")).unwrap();
    openssl.certificate("a", RSA);
    assert_eq!(read("other.key", None).unwrap_err(), KeyError::Mismatch);
}

#[test]
fn pkcs12_of_openssl_modern_and_legacy() {
    let openssl = Openssl::new();
    for kind in [RSA, P256, P384, ED25519] {
        let certificate = openssl.certificate("a", kind);
        for options in [
            &[][..],
            &["-legacy"],
            &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
            &["-iter", "1", "-nomaciter"],
            &["-nomac"],
            &["-name", "d\u{1ea5}u"],
        ] {
            let export = [
                "pkcs12",
                "-export",
                "-inkey",
                "a.key",
                "-in",
                "a.pem",
                "-passout",
                "pass:m\u{1ead}t",
                "-out",
                "a.p12",
            ];
            openssl.run(&[&export[..], options].concat());
            let file = std::fs::read(openssl.path("a.p12")).unwrap();
            let key = pkcs12::read(&file, "m\u{1ead}t").unwrap();
            assert_eq!(key.certificate(), certificate);
            signs(&key);
            assert_eq!(pkcs12::read(&file, "mat").unwrap_err(), KeyError::WrongPassword);
            assert_eq!(pkcs12::read(&file, "").unwrap_err(), KeyError::WrongPassword);
        }
        openssl.run(&["pkcs12", "-export", "-inkey", "a.key", "-nocerts", "-passout", "pass:s", "-out", "k.p12"]);
        let file = std::fs::read(openssl.path("k.p12")).unwrap();
        assert_eq!(pkcs12::read(&file, "s").unwrap_err(), KeyError::NoCertificate);
        openssl.run(&["pkcs12", "-export", "-nokeys", "-in", "a.pem", "-passout", "pass:s", "-out", "c.p12"]);
        let file = std::fs::read(openssl.path("c.p12")).unwrap();
        assert_eq!(pkcs12::read(&file, "s").unwrap_err(), KeyError::NoPrivateKey);
    }
    assert_eq!(pkcs12::read(b"%PDF-1.7", "s").unwrap_err(), KeyError::Unreadable { what: "the PKCS#12 file" });
}

#[test]
fn generated_keys_go_into_pkcs12_files_that_openssl_reads() {
    let openssl = Openssl::new();
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Ed25519] {
        let pkcs8 = generate(algorithm).unwrap();
        std::fs::write(openssl.path("g.der"), &*pkcs8).unwrap();
        openssl.run(&["pkey", "-in", "g.der", "-inform", "DER", "-check", "-out", "g.key"]);
        openssl.run(&["req", "-x509", "-new", "-key", "g.key", "-subj", "/CN=g", "-days", "30", "-out", "g.pem"]);
        let certificate = openssl.run(&["x509", "-in", "g.pem", "-outform", "DER"]);
        signs(&LocalKey::from_pkcs8(&pkcs8, certificate.clone(), Vec::new()).unwrap());
        let file = pkcs12::write(&pkcs8, &certificate, &[], "con d\u{1ea5}u", "m\u{1ead}t", 2_048).unwrap();
        signs(&pkcs12::read(&file, "m\u{1ead}t").unwrap());
        std::fs::write(openssl.path("g.p12"), &file).unwrap();
        let text = openssl.run(&["pkcs12", "-in", "g.p12", "-passin", "pass:m\u{1ead}t", "-nodes"]);
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("BEGIN PRIVATE KEY") && text.contains("BEGIN CERTIFICATE"), "{text}");
        assert!(!openssl.try_run(&["pkcs12", "-in", "g.p12", "-passin", "pass:x", "-nodes"]).0);
    }
}

#[test]
fn keys_that_cannot_be_used_are_refused_in_plain_words() {
    let openssl = Openssl::new();
    for (kind, words) in [
        (&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..], "an RSA key of 1024 bits"),
        (&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "1.3.132.0.35"),
        (&["-algorithm", "ed448"], "1.3.101.113"),
    ] {
        let certificate = openssl.certificate("a", kind);
        let pkcs8 = pem::private_key(&std::fs::read(openssl.path("a.key")).unwrap(), None).unwrap();
        let error = LocalKey::from_pkcs8(&pkcs8, certificate, Vec::new()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_key_for_pss_only_signs_by_pss_only() {
    let openssl = Openssl::new();
    let certificate = openssl.certificate("a", &["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let pkcs8 = pem::private_key(&std::fs::read(openssl.path("a.key")).unwrap(), None).unwrap();
    let key = LocalKey::from_pkcs8(&pkcs8, certificate, Vec::new()).unwrap();
    signs(&key);
    assert!(SignatureScheme::choose(key.schemes(), None, Some(false)).is_err());
    assert_eq!(
        SignatureScheme::choose(key.schemes(), None, None),
        Ok(SignatureScheme::RsaPss(DigestAlgorithm::Sha256))
    );
}

#[test]
fn among_several_keys_the_one_fit_for_signing_is_taken_with_its_chain() {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    let openssl = Openssl::new();
    // a root (which `req -x509` makes a CA), an issuing CA, and a signer
    openssl.certificate("root", P256);
    let issue = |name: &str, issuer: &str, extension: &str| {
        let [key, request, pem] = [".key", ".csr", ".pem"].map(|end| format!("{name}{end}"));
        let (ca, ca_key, subject) = (format!("{issuer}.pem"), format!("{issuer}.key"), format!("/CN={name}"));
        openssl.run(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key]);
        openssl.run(&["req", "-new", "-key", &key, "-subj", &subject, "-out", &request]);
        std::fs::write(openssl.path("ext"), extension).unwrap();
        openssl.run(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-days",
            "9",
            "-extfile",
            "ext",
            "-out",
            &pem,
        ]);
    };
    issue("ca", "root", "basicConstraints=critical,CA:TRUE");
    issue("encryption", "ca", "keyUsage=critical,keyEncipherment");
    issue("signer", "ca", "keyUsage=critical,digitalSignature");
    let file = |name: String| std::fs::read(openssl.path(&name)).unwrap();
    let der = |name: &str| pem::certificates(&file(format!("{name}.pem"))).unwrap().remove(0);
    let mut store = KeyStore::new();
    for name in ["ca", "encryption", "signer"] {
        let key = pem::private_key(&file(format!("{name}.key")), None).unwrap();
        let key = PrivateKey::from_der(&key).unwrap();
        let certificates = [name, "root", "ca"].map(|n| Certificate::from_der(&der(n)).unwrap());
        let chain = PrivateKeyChain::new(name, key, certificates);
        store.add_entry(name, KeyStoreEntry::PrivateKeyChain(chain));
    }
    let found = pkcs12::read(&store.writer("s").write().unwrap(), "s").unwrap();
    assert_eq!(found.certificate(), der("signer"));
    assert_eq!(found.chain(), [der("ca")], "the issuer, and not the root");

    issue("deputy", "ca", "keyUsage=critical,nonRepudiation");
    let key = PrivateKey::from_der(&pem::private_key(&file("deputy.key".to_owned()), None).unwrap()).unwrap();
    let chain = PrivateKeyChain::new("deputy", key, [Certificate::from_der(&der("deputy")).unwrap()]);
    store.add_entry("phó chủ tịch", KeyStoreEntry::PrivateKeyChain(chain));
    let KeyError::Several { mut names } = pkcs12::read(&store.writer("s").write().unwrap(), "s").unwrap_err() else {
        panic!("one of two signers was taken");
    };
    names.sort();
    assert_eq!(names, ["phó chủ tịch", "signer"]);
    store.delete_entry("phó chủ tịch");

    store.delete_entry("signer");
    let found = pkcs12::read(&store.writer("s").write().unwrap(), "s").unwrap();
    assert_eq!(found.certificate(), der("ca"), "none is fit, so it is the first");

    // the same from PEM: certificate and chain in one file or in two
    let (key, own) = (file("signer.key".to_owned()), file("signer.pem".to_owned()));
    let others = [file("root.pem".to_owned()), file("ca.pem".to_owned())].concat();
    for (certificate, chain) in [(own.clone(), Some(&others[..])), ([&own[..], &others].concat(), None)] {
        let found = pem::read(&key, &certificate, chain, None).unwrap();
        assert_eq!((found.certificate(), found.chain()), (&der("signer")[..], &[der("ca")][..]));
    }
}

#[test]
fn a_scheme_is_chosen_among_those_a_key_offers() {
    use SignatureScheme::{EcdsaP256, RsaPkcs1, RsaPss};
    let choose = SignatureScheme::choose;
    assert_eq!(choose(RSA_SCHEMES, None, None), Ok(RsaPkcs1(DigestAlgorithm::Sha256)));
    assert_eq!(choose(RSA_SCHEMES, Some(DigestAlgorithm::Sha512), Some(true)), Ok(RsaPss(DigestAlgorithm::Sha512)));
    assert_eq!(choose(&[EcdsaP256], Some(DigestAlgorithm::Sha256), None), Ok(EcdsaP256));
    let refused = choose(&[EcdsaP256], Some(DigestAlgorithm::Sha512), None).unwrap_err();
    assert_eq!(refused.to_string(), "the key cannot sign with sha512; it can with ecdsa-p256 sha256");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 500, ..Default::default() })]

    #[test]
    fn mutated_key_files_never_panic(
        which in 0..FILES.len(),
        changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..4)
    ) {
        let (mut file, certificate) = (FILES[which].clone(), FILES.last().unwrap());
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        let _ = pkcs12::read(&file, "s");
        let _ = pem::read(&file, certificate, None, Some("s"));
        let _ = pem::read(&file, &file, None, None);
        let _ = LocalKey::from_pkcs8(&file, certificate.clone(), Vec::new());
    }
}

/// Key files of every kind that cost little to open; the last is a certificate.
static FILES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
    let openssl = Openssl::new();
    openssl.certificate("a", P256);
    let mut files = Vec::new();
    for options in [&["-nomac"][..], &["-iter", "1", "-nomaciter"], &["-keypbe", "NONE", "-certpbe", "NONE", "-nomac"]]
    {
        let export = ["pkcs12", "-export", "-inkey", "a.key", "-in", "a.pem", "-passout", "pass:s", "-iter", "1"];
        files.push(openssl.run(&[&export[..], options].concat()));
    }
    for options in [&["-nocrypt"][..], &["-passout", "pass:s", "-iter", "1"]] {
        for form in ["DER", "PEM"] {
            let convert = ["pkcs8", "-topk8", "-in", "a.key", "-outform", form];
            files.push(openssl.run(&[&convert[..], options].concat()));
        }
    }
    for form in ["DER", "PEM"] {
        files.push(openssl.run(&["ec", "-in", "a.key", "-outform", form]));
    }
    files.push(std::fs::read(openssl.path("a.pem")).unwrap());
    files
});

#[test]
fn nothing_secret_is_shown() {
    let openssl = Openssl::new();
    let certificate = openssl.certificate("a", P256);
    let pkcs8 = pem::private_key(&std::fs::read(openssl.path("a.key")).unwrap(), None).unwrap();
    let key = LocalKey::from_pkcs8(&pkcs8, certificate, Vec::new()).unwrap();
    assert_eq!(format!("{key:?}"), "LocalKey { public: PublicHalf { schemes: [EcdsaP256], .. }, .. }");
}
