//! XML signatures at B-T and B-LT: raised, judged long after, tampered with.

use crate::corpus;
use crate::levels::{Desk, others_accept, verify};
use crate::made::{Holder, Revoked, Use, Wanted};
use crate::program::{Ran, command, finish, run};
use crate::xml_signature::{assert_valid, assert_xmlsec1_trusts, has};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::digest::DigestAlgorithm;
use dauson::indication::Indication;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey as _};
use dauson::limits::Limits;
use dauson::pades::dss::ValidationData;
use dauson::pki::CertificateList;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::path::RevocationMode;
use dauson::validation::report::SignatureReport;
use dauson::validation::{Inputs, validate_xml};
use dauson::xades::{Parameters, add_time_stamp, add_values, prepare, to_be_time_stamped};
use std::path::{Path, PathBuf};
use std::process::Command;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const START: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);
const SIGNED: OffsetDateTime = datetime!(2026-03-01 8:00 UTC);

fn sign(key: &LocalKey, document: &str, at: OffsetDateTime) -> String {
    let scheme = key.schemes()[0];
    let (certificate, chain) = (key.certificate(), key.chain());
    let parameters = Parameters { certificate, chain, scheme, signing_time: at, description: None };
    let place = document.rfind("</").unwrap();
    let prepared = prepare(document, place, &parameters).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let signature = runtime.block_on(key.sign(scheme, prepared.to_be_signed())).unwrap();
    prepared.finish(&signature, None).unwrap()
}

fn extend(desk: &Desk, input: &str, output: &str, level: &str) -> Ran {
    let mut command = command(desk.folder.path());
    command.arg("extend").arg(desk.path(input)).arg("-o").arg(desk.path(output)).args(["--json", "--level", level]);
    finish(command.env("DAUSON_NET_ALLOW_PRIVATE", "true").args(["--tsa", &desk.tsa()]).spawn().unwrap())
}

/// What OpenSSL says of the time-stamp in a file.
fn openssl_accepts_the_time_stamp(desk: &Desk, xml: &str) {
    let between = |from: &str, to: &str| xml.split(from).nth(1).unwrap().split(to).next().unwrap();
    let value = between("<ds:SignatureValue>", "<");
    let dsig = "http://www.w3.org/2000/09/xmldsig#";
    let over = format!("<ds:SignatureValue xmlns:ds=\"{dsig}\">{value}</ds:SignatureValue>");
    std::fs::write(desk.path("over"), over).unwrap();
    let token = STANDARD.decode(between("<xades:EncapsulatedTimeStamp>", "<")).unwrap();
    std::fs::write(desk.path("token"), token).unwrap();
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-token_in", "-in"]).arg(desk.path("token")).arg("-data").arg(desk.path("over"));
    command.arg("-CAfile").arg(desk.path("trust/root.pem")).arg("-untrusted").arg(desk.path("chain.pem"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn an_xml_signature_is_raised_to_each_level() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let chain = vec![desk.made.issuing.certificate.clone()];
    let key = LocalKey::from_pkcs8(&desk.made.leader.pkcs8, desk.made.leader.certificate.clone(), chain).unwrap();
    let unsigned = "<a xmlns=\"urn:x\"><b>Nguyễn</b></a>";
    let original = sign(&key, unsigned, OffsetDateTime::now_utc());
    std::fs::write(desk.path("B-B.xml"), &original).unwrap();
    let (stamp, data) = ("signature-timestamp", "validation-data");
    let steps: [(&str, &str, &[&str]); 5] = [
        ("B-B", "B-T", &[stamp]),
        ("B-T", "B-T", &[]),
        ("B-B", "B-LT", &[stamp, data]),
        ("B-T", "B-LT", &[data]),
        ("B-LT", "B-LT", &[]),
    ];
    for (from, to, added) in steps {
        let output = if from == to { "same.xml".to_owned() } else { format!("{to}.xml") };
        let _ = std::fs::remove_file(desk.path(&output));
        let done = extend(&desk, &format!("{from}.xml"), &output, to).expect(0).json();
        assert_eq!(done["added"], serde_json::json!(added), "{from} to {to}");
        assert_eq!(done["log"].is_null(), added.is_empty());
        let xml = std::fs::read_to_string(desk.path(&output)).unwrap();
        assert_eq!(done["sha256"], hex::encode(dauson::digest::sha256(xml.as_bytes())));
        openssl_accepts_the_time_stamp(&desk, &xml);
        if has("xmlsec1") {
            assert_xmlsec1_trusts(&[desk.path(&output)], &desk.path("trust/root.pem"));
        }
        let root = desk.path("trust/root.pem");
        let report = verify(&[&root], &desk.path(&output), "if-available");
        let signature = &report["signatures"][0];
        assert_eq!((&report["verdict"], &signature["level"]), (&"TOTAL-PASSED".into(), &to.into()), "{report}");
        assert_eq!(signature["timestamps"][0]["indication"], "TOTAL-PASSED");
        assert_eq!(signature["timestamps"][0]["kind"], "signature");
        assert!(signature["best_signature_time"].is_string());
        let complete = verify(&[&root], &desk.path(&output), "require")["verdict"] == "TOTAL-PASSED";
        assert_eq!(complete, to == "B-LT", "{report}");
    }
    run(desk.folder.path(), ["audit", "verify"]).expect(0);

    extend(&desk, "B-B.xml", "no.xml", "B-LTA").expect(64).error_line();
    std::fs::write(desk.path("broken.xml"), original.replace("Nguyễn", "Nguyen")).unwrap();
    let refused = extend(&desk, "broken.xml", "no.xml", "B-T").expect(65);
    assert!(refused.error_line().contains("no time-stamp makes it better"), "{refused:?}");
    std::fs::write(desk.path("unsigned.xml"), unsigned).unwrap();
    extend(&desk, "unsigned.xml", "no.xml", "B-T").expect(3).error_line();
    assert!(!desk.path("no.xml").exists());
}

#[test]
fn a_receipt_at_b_lt_is_what_the_schemas_say() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let office = crate::office::Office::new();
    let data = office.folder.path();
    let request = data.join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    run(data, ["receipt", "issue", request.to_str().unwrap()]).expect(0);
    let file = |name: &str| data.join(name).display().to_string();
    let (id, pdf) = (format!("{}/00000001", office.series), file("a.pdf"));
    run(data, ["receipt", "export", &id, "--xml", &file("a.xml"), "--pdf", &pdf]).expect(0);
    others_accept(Path::new(&pdf), 1);
    // with time-stamps of another authority, whose root is not believed until it is named
    let mut command = command(data);
    command.args([
        "extend",
        &file("a.xml"),
        "-o",
        &file("b.xml"),
        "--level",
        "B-LT",
        "--trust",
        &office.root.display().to_string(),
    ]);
    command.arg("--trust").arg(desk.path("trust/root.pem")).args(["--tsa", &desk.tsa()]);
    finish(command.env("DAUSON_NET_ALLOW_PRIVATE", "true").spawn().unwrap()).expect(0);
    let report = verify(&[&office.root, &desk.path("trust/root.pem")], Path::new(&file("b.xml")), "require");
    let signature = &report["signatures"][0];
    assert_eq!((&report["verdict"], &signature["level"]), (&"TOTAL-PASSED".into(), &"B-LT".into()), "{report}");
    assert_ne!(signature["log"]["status"], "absent", "the log's proof stays where it is");
    assert_ne!(signature["log"]["status"], "invalid");
    let unproven = verify(&[&office.root], Path::new(&file("b.xml")), "if-available");
    assert_eq!((&unproven["verdict"], &unproven["signatures"][0]["level"]), (&"TOTAL-PASSED".into(), &"B-B".into()));
    if corpus::folder().is_some() && has("xmllint") {
        assert_valid(&[PathBuf::from(file("b.xml"))], &tempfile::tempdir().unwrap());
    }
}

/// A signer whose certificate ends in 2028, and a TSA under a root of its own.
struct Pki {
    root: Holder,
    ca: Holder,
    signer: Holder,
    tsa_root: Holder,
    tsa: Holder,
}

fn minutes(count: i64) -> OffsetDateTime {
    SIGNED + Duration::minutes(count)
}

fn days(count: i64) -> OffsetDateTime {
    SIGNED + Duration::days(count)
}

impl Pki {
    fn new() -> Self {
        let end = datetime!(2060-1-1 0:00 UTC);
        let root = Holder::root(&Wanted::new("Root", Use::Ca, START, end));
        let ca = root.issue(&Wanted::new("CA", Use::Ca, START, end));
        let signer = ca.issue(&Wanted::new("Signer", Use::Signing, START, datetime!(2028-1-1 0:00 UTC)));
        let tsa_root = Holder::root(&Wanted::new("TSA Root", Use::Ca, START, end));
        let tsa = tsa_root.issue(&Wanted::new("TSA", Use::TimeStamping, START, end));
        Self { root, ca, signer, tsa_root, tsa }
    }

    fn lists(&self, at: OffsetDateTime) -> Vec<Vec<u8>> {
        vec![
            self.root.crl(at, Duration::days(180), &[]),
            self.ca.crl(at, Duration::days(7), &[]),
            self.tsa_root.crl(at, Duration::days(180), &[]),
        ]
    }

    fn b_b(&self) -> String {
        sign(&self.signer.key, "<a><b>1</b></a>", SIGNED)
    }

    fn stamped(&self, xml: &str, over: &str) -> String {
        let digest = DigestAlgorithm::Sha256;
        let token = self.tsa.time_stamp(digest, &digest.hash(over.as_bytes()), minutes(1));
        String::from_utf8(add_time_stamp(xml.as_bytes(), 0, &token).unwrap()).unwrap()
    }

    fn b_t(&self) -> String {
        let xml = self.b_b();
        self.stamped(&xml, &to_be_time_stamped(xml.as_bytes(), 0).unwrap())
    }

    fn with(xml: &str, crls: Vec<Vec<u8>>) -> String {
        let data = ValidationData { crls, ..ValidationData::default() };
        String::from_utf8(add_values(xml.as_bytes(), 0, data).unwrap()).unwrap()
    }

    fn b_lt(&self) -> String {
        Self::with(&self.b_t(), self.lists(minutes(5)))
    }

    fn judge(&self, xml: &str, at: OffsetDateTime, crls: &[Vec<u8>]) -> SignatureReport {
        // a TSA that is alive has a list of the day
        let own = self.tsa_root.crl(at - Duration::HOUR, Duration::days(1), &[]);
        let crls: Vec<CertificateList> = crls.iter().cloned().chain([own]).map(Into::into).collect();
        let inputs = Inputs {
            password: None,
            anchors: &TrustAnchors::new(vec![self.root.certificate(), self.tsa_root.certificate()]),
            certificates: &[],
            crls: &crls,
            ocsps: &[],
            revocation: RevocationMode::Require,
            at,
            log: dauson::tlog::LogPolicy::default(),
            algorithms: &AlgorithmPolicy::default(),
            limits: &Limits::DEFAULT,
        };
        validate_xml(xml.as_bytes(), &inputs).unwrap().remove(0)
    }
}

fn is(report: &SignatureReport, level: &str, sub_indication: Option<&str>) {
    assert_eq!(
        (report.level, report.sub_indication),
        (Some(level), sub_indication),
        "{:?} {:?}",
        report.errors,
        report.warnings
    );
    assert_eq!(report.indication == Indication::Passed, sub_indication.is_none());
}

#[test]
fn what_happens_to_the_certificate_after_the_time_stamp_does_not_matter() {
    let pki = Pki::new();
    let (b_b, b_t, b_lt) = (pki.b_b(), pki.b_t(), pki.b_lt());
    let now = pki.lists(minutes(5));
    for (xml, level) in [(&b_b, "B-B"), (&b_t, "B-T"), (&b_lt, "B-LT")] {
        is(&pki.judge(xml, days(1), &now), level, None);
    }
    is(&pki.judge(&b_lt, days(1), &[]), "B-LT", None);
    is(&pki.judge(&b_t, days(1), &[]), "B-T", Some("TRY_LATER"));

    let revoked = pki.ca.crl(days(10), Duration::days(7), &[Revoked::new(&pki.signer, days(9))]);
    let after = [revoked, pki.root.crl(days(10), Duration::days(180), &[])];
    is(&pki.judge(&b_b, days(11), &after), "B-B", Some("REVOKED_NO_POE"));
    is(&pki.judge(&b_lt, days(11), &after), "B-LT", None);
    let before = pki.ca.crl(days(10), Duration::days(7), &[Revoked::new(&pki.signer, SIGNED - Duration::HOUR)]);
    let judged = pki.judge(&b_lt, days(11), &[before]);
    assert_eq!((judged.indication, judged.best_signature_time.is_some()), (Indication::Indeterminate, true));

    let expired = datetime!(2029-1-1 0:00 UTC);
    is(&pki.judge(&b_lt, expired, &[]), "B-LT", None);
    let judged = pki.judge(&b_b, expired, &now);
    assert!(judged.sub_indication.unwrap().starts_with("OUT_OF_BOUNDS"), "{:?}", judged.errors);
}

#[test]
fn a_time_stamp_of_something_else_proves_nothing() {
    let pki = Pki::new();
    let b_b = pki.b_b();
    let b_t = pki.stamped(&b_b, &to_be_time_stamped(b_b.as_bytes(), 0).unwrap());
    let lists = pki.lists(minutes(5));
    let useless = |xml: &str| {
        let judged = pki.judge(xml, days(1), &lists);
        is(&judged, "B-B", None);
        assert_eq!(judged.best_signature_time, None);
        assert_ne!(judged.timestamps[0].indication, Indication::Passed);
        assert!(judged.warnings.iter().any(|w| w.code == "TIMESTAMP_NOT_USED"), "{:?}", judged.warnings);
    };
    let other = pki.b_b();
    useless(&pki.stamped(&b_b, &to_be_time_stamped(other.as_bytes(), 0).unwrap()));
    let value = b_b.split("<ds:SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
    useless(&pki.stamped(&b_b, value));
    // the same value, written otherwise
    useless(&b_t.replace(value, &format!("{value}\n")));
    let token = b_t.split("<xades:EncapsulatedTimeStamp>").nth(1).unwrap().split('<').next().unwrap();
    let mut bytes = STANDARD.decode(token).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    useless(&b_t.replace(token, &STANDARD.encode(bytes)));
    useless(&b_t.replace(token, "AAAA"));
    useless(&b_t.replacen(
        "exc-c14n#\"></ds:CanonicalizationMethod><xades:Enc",
        "other#\"></ds:CanonicalizationMethod><xades:Enc",
        1,
    ));
    // without a method it is C14N 1.0, which is the same here
    let method = "<ds:CanonicalizationMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>";
    assert!(b_t.contains(method));
    is(&pki.judge(&b_t.replace(method, ""), days(1), &lists), "B-T", None);
}

#[test]
fn validation_data_of_others_is_not_believed() {
    let pki = Pki::new();
    let (stranger, b_t) = (Pki::new(), pki.b_t());
    // the same names, other keys
    is(&pki.judge(&Pki::with(&b_t, stranger.lists(minutes(5))), days(1), &[]), "B-T", Some("TRY_LATER"));
    let forged = stranger.ca.crl(minutes(5), Duration::days(7), &[Revoked::new(&pki.signer, START)]);
    is(&pki.judge(&Pki::with(&pki.b_lt(), vec![forged]), days(1), &[]), "B-LT", None);
    let both = Pki::with(&Pki::with(&b_t, stranger.lists(minutes(5))), pki.lists(minutes(5)));
    is(&pki.judge(&both, days(1), &[]), "B-LT", None);
    assert_eq!(both.matches("<xades:RevocationValues").count(), 1, "there is one at most (EN 319 132-1 clause 6.3)");
}

#[test]
fn unsigned_properties_stand_where_they_belong() {
    let pki = Pki::new();
    let b_lt = pki.b_lt();
    let lists = pki.lists(minutes(5));
    let change = |from: &str, to: &str| {
        assert!(b_lt.contains(from), "{from}");
        pki.judge(&b_lt.replacen(from, to, 1), days(1), &lists).sub_indication
    };
    let start = b_lt.find("<xades:UnsignedProperties").unwrap();
    let end = b_lt.find("</xades:UnsignedProperties>").unwrap() + "</xades:UnsignedProperties>".len();
    let unsigned = b_lt[start..end].to_owned();
    let inner = {
        let from = unsigned.find("<xades:UnsignedSignatureProperties").unwrap();
        unsigned[from..unsigned.len() - "</xades:UnsignedProperties>".len()].to_owned()
    };
    // twice
    assert_eq!(change(&unsigned, &unsigned.repeat(2)), Some("FORMAT_FAILURE"));
    assert_eq!(change(&inner, &inner.repeat(2)), Some("FORMAT_FAILURE"));
    let values =
        "<xades:CertificateValues xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"></xades:CertificateValues>";
    assert_eq!(
        change(
            "</xades:UnsignedSignatureProperties>",
            &format!("{}</xades:UnsignedSignatureProperties>", values.repeat(2))
        ),
        Some("FORMAT_FAILURE")
    );
    // elsewhere: in an object of its own, in the document, in what is signed
    let object = format!("<ds:Object>{unsigned}</ds:Object><ds:Object>");
    assert_eq!(change("<ds:Object>", &object), Some("FORMAT_FAILURE"));
    assert_eq!(change("<b>", &format!("{unsigned}<b>")), Some("HASH_FAILURE"));
    let signed = "</xades:SignedSignatureProperties>";
    assert_eq!(change(signed, &format!("{inner}{signed}")), Some("HASH_FAILURE"));
    // a time-stamp that says itself what it is over
    let stamp = "<xades:EncapsulatedTimeStamp>";
    assert_eq!(change(stamp, &format!("<xades:Include URI=\"#sig\"></xades:Include>{stamp}")), Some("FORMAT_FAILURE"));
    assert_eq!(change(stamp, &format!("<!-- -->{stamp}")), Some("FORMAT_FAILURE"));
    assert_eq!(change(stamp, &format!("{stamp}!")), Some("FORMAT_FAILURE"));
    assert!(dauson::xades::verify(format!("<!DOCTYPE a>{b_lt}").as_bytes(), &Limits::DEFAULT).is_err());
    // without them it is a signature at B-B again
    let without = b_lt.replace(&unsigned, "");
    is(&pki.judge(&without, days(1), &lists), "B-B", None);
    // and an empty place is filled
    let empty =
        without.replace("</xades:QualifyingProperties>", "<xades:UnsignedProperties/></xades:QualifyingProperties>");
    let over = to_be_time_stamped(empty.as_bytes(), 0).unwrap();
    is(&pki.judge(&pki.stamped(&empty, &over), days(1), &lists), "B-T", None);
}
