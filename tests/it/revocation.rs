//! The built-in authority says which of its certificates are revoked, in OCSP responses and revocation lists that
//! openssl believes.

use crate::openssl::{openssl, try_openssl};
use dauson::authority::crl::{Contents, Reason, Revoked};
use dauson::authority::ocsp::Responder;
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::ocsp::CertStatus;
use dauson::keys::{KeyAlgorithm, LocalKey, pem};
use dauson::pki::certificate::Certificate;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

struct Bench {
    folder: tempfile::TempDir,
    authority: Authority,
    /// By serial numbers.
    statuses: HashMap<Vec<u8>, CertStatus>,
}

impl Bench {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let now = OffsetDateTime::now_utc();
        let plan = Plan { algorithm, url: "http://ca.example", agency: Agency::SAMPLE, now };
        let authority = Authority::create(&plan, &mut rand::rng()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut statuses = HashMap::new();
        for credential in authority.holders().into_iter().chain([&authority.root, &authority.issuing]) {
            let text = pem::encode("CERTIFICATE", &credential.certificate);
            std::fs::write(folder.path().join(credential.name), text.as_bytes()).unwrap();
            let certificate = Certificate::parse(&credential.certificate).unwrap();
            statuses.insert(certificate.serial().to_vec(), CertStatus::Good);
        }
        Self { folder, authority, statuses }
    }

    fn serial(&self, name: &str) -> Vec<u8> {
        let holder = self.authority.holders().into_iter().find(|h| h.name == name).unwrap();
        Certificate::parse(&holder.certificate).unwrap().serial().to_vec()
    }

    /// openssl asks, the responder answers.
    fn ask(&self, question: &str) {
        let folder = self.folder.path();
        openssl(folder, &format!("ocsp -issuer issuing {question} -reqout request"));
        self.answer(&std::fs::read(folder.join("request")).unwrap());
    }

    fn answer(&self, request: &[u8]) {
        let made = &self.authority.ocsp;
        let key = LocalKey::from_pkcs8(&made.pkcs8, made.certificate.clone(), made.chain.clone()).unwrap();
        let issuer = Certificate::parse(&self.authority.issuing.certificate).unwrap();
        let responder = Responder { key: &key, issuer: &issuer };
        let status = |serial: &[u8]| self.statuses.get(serial).copied().unwrap_or(CertStatus::Unknown);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let response = match responder.accept(request) {
            Ok(request) => runtime.block_on(responder.answer(request, OffsetDateTime::now_utc(), status)).unwrap(),
            Err(status) => status.response(),
        };
        std::fs::write(self.folder.path().join("response"), response).unwrap();
    }

    /// What openssl says of the response.
    #[track_caller]
    fn judge(&self, question: &str) -> String {
        // no nonce is added to the one in the request, if it has one: that is compared
        let judge = "ocsp -reqin request -respin response -issuer issuing -verify_other issuing -CAfile root -no_nonce";
        let text = openssl(self.folder.path(), &format!("{judge} {question}"));
        assert!(text.contains("Response verify OK"), "{text}");
        text
    }
}

#[test]
fn openssl_believes_what_the_responder_says() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let mut bench = Bench::new(algorithm);
        for digest in ["sha1", "sha256", "sha384"] {
            let question = format!("-{digest} -cert leader");
            bench.ask(&question);
            let text = bench.judge(&question);
            assert!(text.contains("leader: good") && !text.contains("WARNING"), "{text}");
        }
        let reason = "keyCompromise".parse::<Reason>().unwrap();
        let revoked = CertStatus::Revoked { time: OffsetDateTime::now_utc(), reason: Some(reason.code()) };
        bench.statuses.insert(bench.serial("seal"), revoked);
        let question = "-sha256 -cert leader -cert seal -serial 4711";
        bench.ask(&format!("{question} -no_nonce"));
        let text = bench.judge(question);
        for words in ["leader: good", "seal: revoked", "Reason: keyCompromise", "4711: unknown"] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
    }
}

#[test]
fn what_is_not_for_the_responder_gets_no_signed_answer() {
    let bench = Bench::new(KeyAlgorithm::P256);
    let folder = bench.folder.path();
    let error = || try_openssl(folder, "ocsp -respin response -issuer issuing -CAfile root -text").1;
    for question in ["-issuer root -cert issuing", "-issuer issuing -cert leader -issuer root -cert issuing"] {
        openssl(folder, &format!("ocsp {question} -reqout request"));
        bench.answer(&std::fs::read(folder.join("request")).unwrap());
        assert!(error().contains("Responder Error: unauthorized (6)"), "{}", error());
    }
    let request = std::fs::read(folder.join("request")).unwrap();
    for request in [&b"not a request"[..], &request[..request.len() - 1], &[0x30, 0x04, 0x30, 0x02, 0x30, 0x00]] {
        bench.answer(request);
        assert!(error().contains("Responder Error: malformedrequest (1)"), "{}", error());
    }
}

#[test]
fn openssl_reads_the_revocation_list() {
    let bench = Bench::new(KeyAlgorithm::P256);
    let folder = bench.folder.path();
    let issuing = &bench.authority.issuing;
    let ca = LocalKey::from_pkcs8(&issuing.pkcs8, issuing.certificate.clone(), Vec::new()).unwrap();
    let time = OffsetDateTime::now_utc();
    let reasons = ["unspecified", "cessationOfOperation"].map(|name| name.parse::<Reason>().unwrap());
    let revoked = ["leader", "seal"].map(|name| bench.serial(name)).into_iter().zip(reasons);
    let revoked: Vec<Revoked> = revoked.map(|(serial, reason)| Revoked { serial, time, reason }).collect();
    let contents = Contents { number: 300, this_update: time, valid: Duration::DAY, revoked: &revoked };
    std::fs::write(folder.join("crl.der"), contents.sign(&ca).unwrap()).unwrap();
    let text = openssl(folder, "crl -in crl.der -noout -text -CAfile issuing");
    for words in ["verify OK", "X509v3 CRL Number: \n                300", "Cessation Of Operation"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert_eq!(text.matches("Serial Number: ").count(), 2);
    assert_eq!(text.matches("CRL Reason Code").count(), 1, "unspecified is left out (RFC 5280 section 5.3.1)");
    let verify = |name: &str| {
        try_openssl(folder, &format!("verify -crl_check -CAfile root -untrusted issuing -CRLfile crl.der {name}"))
    };
    assert!(verify("receipt").0, "{}", verify("receipt").1);
    let (good, text) = verify("leader");
    assert!(!good && text.contains("certificate revoked"), "{text}");
    for other in ["certificateHold", "removeFromCRL", "", "KeyCompromise"] {
        assert!(other.parse::<Reason>().unwrap_err().contains("keyCompromise"));
    }
}
