//! The authority of a data folder: time-stamps, revocation, and what is known of both after a restart.

use crate::openssl::{openssl, try_openssl};
use crate::program::run;
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::ocsp::{CertId, CertStatus, Extensions, OcspRequest, OcspResponse, OcspResponseStatus};
use dauson::cms::tsp::{PkiFailureInfo, TimeStampReq, TimeStampResp, TimeStampToken};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::error::Kind;
use dauson::keys::{KeyAlgorithm, pem};
use dauson::limits::Limits;
use dauson::pki::certificate::Certificate;
use dauson::trust_services::{Named, crl, import, ocsp, revoke, time_stamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::{Duration, OffsetDateTime};

const LIMITS: Limits = Limits::DEFAULT;

fn authority(now: OffsetDateTime) -> Authority {
    let url = "http://ca.example";
    let plan = Plan { algorithm: KeyAlgorithm::P256, url, agency: Agency::SAMPLE, now };
    Authority::create(&plan, &mut rand::rng()).unwrap()
}

/// A data folder with an authority, and the holders' certificates as PEM files beside it.
fn filled() -> (tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let made = authority(OffsetDateTime::now_utc());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let opened = open(folder.path(), Arc::new(OffsetDateTime::now_utc)).await;
        import(&opened, &made).await.unwrap();
    });
    for holder in made.holders() {
        let text = pem::encode("CERTIFICATE", &holder.certificate);
        std::fs::write(folder.path().join(holder.name), text.as_bytes()).unwrap();
    }
    (folder, made)
}

async fn open(path: &Path, clock: dauson::data_folder::Clock) -> DataFolder {
    DataFolder::open(path, &path.join("master.key"), clock).await.unwrap()
}

#[test]
fn time_stamps_from_the_command_line_never_share_a_serial_number() {
    let (folder, _) = filled();
    let folder = folder.path();
    std::fs::write(folder.join("data"), "something").unwrap();
    openssl(folder, "ts -query -data data -sha256 -cert -out query");
    let mut serials = Vec::new();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for _ in 0..3 {
        run(folder, ["tsa", "--request", &path("query"), "-o", &path("reply"), "--force"]).expect(0);
        let verify = "ts -verify -queryfile query -in reply -CAfile trust/root.pem -untrusted certs/issuing.pem";
        assert!(openssl(folder, verify).contains("Verification: OK"));
        let text = openssl(folder, "ts -reply -in reply -text");
        serials.push(text.lines().find(|line| line.starts_with("Serial number")).unwrap().to_owned());
    }
    assert_eq!(serials, ["Serial number: 0x01", "Serial number: 0x02", "Serial number: 0x03"]);
    // what is refused takes no number, and the refusal is a response
    openssl(folder, "ts -query -data data -sha1 -cert -out weak");
    let refused = run(folder, ["tsa", "--request", &path("weak"), "-o", &path("refusal")]).expect(65);
    assert!(refused.error_line().contains("the digest algorithm is not accepted"), "{refused:?}");
    assert!(openssl(folder, "ts -reply -in refusal -text").contains("Status: Rejected."));
    run(folder, ["tsa", "--request", &path("query"), "-o", &path("reply")]).expect(73).error_line();
    run(folder, ["tsa", "--request", &path("none"), "-o", &path("new")]).expect(66).error_line();
    let empty = tempfile::tempdir().unwrap();
    let without = run(empty.path(), ["tsa", "--request", &path("query"), "-o", &path("new")]).expect(66);
    assert!(without.error_line().contains("there is no data folder"), "{without:?}");
}

#[test]
fn a_revoked_certificate_is_on_the_list_in_the_log_and_refused() {
    let (folder, made) = filled();
    let folder = folder.path();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let check = |name: &str| {
        let crls = [path("crls/root.crl"), path("crls/issuing.crl")];
        let (root, issuing) = (path("trust/root.pem"), path("certs/issuing.pem"));
        let arguments = ["pki", "check", &path(name), "--trust", &root, "--cert", &issuing];
        run(folder, arguments.into_iter().chain(["--crl", &crls[0], "--crl", &crls[1], "--purpose", "any"]))
    };
    check("seal").expect(0);
    let answer = run(folder, ["pki", "revoke", &path("seal"), "--reason", "keyCompromise", "--json"]).expect(0).json();
    let seal = Certificate::parse(&made.seal.certificate).unwrap();
    assert_eq!(answer["serial"], seal.serial_hex());
    assert_eq!((answer["ca"].as_str(), answer["crl_number"].as_u64()), (Some("issuing"), Some(2)));
    let checked = check("seal").expect(2);
    assert!(checked.stdout.contains("was revoked") && checked.stdout.contains("keyCompromise"), "{checked:?}");
    check("leader").expect(0);
    // by its number, of either CA
    let leader = Certificate::parse(&made.leader.certificate).unwrap();
    run(folder, ["pki", "revoke", &leader.serial_hex()]).expect(0);
    let issuing = Certificate::parse(&made.issuing.certificate).unwrap();
    let answer = run(folder, ["pki", "revoke", &issuing.serial_hex(), "--json"]).expect(0).json();
    assert_eq!((answer["ca"].as_str(), answer["crl_number"].as_u64()), (Some("root"), Some(2)));
    // printed and written, it is what openssl reads
    std::fs::write(folder.join("crl.pem"), run(folder, ["pki", "crl"]).expect(0).stdout).unwrap();
    run(folder, ["pki", "crl", "--ca", "root", "-o", &path("root.crl")]).expect(0);
    let text = openssl(folder, "crl -in crl.pem -noout -text -CAfile certs/issuing.pem");
    assert!(text.contains("verify OK") && text.matches("Serial Number:").count() == 2, "{text}");
    assert!(text.contains("CRL Number: \n                3"), "{text}");
    assert!(openssl(folder, "crl -in root.crl -noout -text -CAfile trust/root.pem").contains("verify OK"));
    assert!(
        !try_openssl(
            folder,
            "verify -crl_check -CAfile trust/root.pem -untrusted certs/issuing.pem -CRLfile crl.pem seal"
        )
        .0
    );
    // what cannot be
    run(folder, ["pki", "revoke", &path("seal")]).expect(65).error_line();
    run(folder, ["pki", "revoke", "4711"]).expect(66).error_line();
    run(folder, ["pki", "revoke", &path("trust/root.pem")]).expect(66).error_line();
    run(folder, ["pki", "revoke", &path("nothing")]).expect(66).error_line();
    run(folder, ["pki", "revoke", "4711", "--reason", "certificateHold"]).expect(64).error_line();
    run(folder, ["pki", "crl", "--ca", "other"]).expect(66).error_line();
    run(folder, ["pki", "crl", "--ca", "root", "-o", &path("root.crl")]).expect(73).error_line();
    // four keys came, three certificates went; the log agrees with itself
    run(folder, ["audit", "verify"]).expect(0);
    let entries = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let opened = open(folder, Arc::new(OffsetDateTime::now_utc)).await;
        opened.store.read().await.unwrap().log_entries(0, 100).await.unwrap()
    });
    let actions = |action: &str| entries.iter().filter(|(_, row)| contains(&row.entry, action)).count();
    assert_eq!((actions("key.created"), actions("certificate.revoked")), (4, 3));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

fn request(certificates: &[&Certificate], issuer: &Certificate) -> Vec<u8> {
    let ids = certificates.iter().map(|certificate| {
        let (name, key) = (issuer.subject().raw(), issuer.subject_public_key_info());
        CertId::new(DigestAlgorithm::Sha1, name, key, certificate.serial()).unwrap()
    });
    let extensions = Extensions { nonce: Some(vec![4, 2, 7, 7]), unknown_critical: false };
    OcspRequest { version: 0, cert_ids: ids.collect(), extensions }.encode()
}

#[tokio::test]
async fn the_responder_knows_what_was_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let start = OffsetDateTime::now_utc();
    let made = authority(start);
    let opened = open(folder.path(), Arc::new(move || start)).await;
    assert_eq!(ocsp(&opened, b"").await.unwrap_err().kind, Kind::NotFound);
    import(&opened, &made).await.unwrap();
    assert_eq!(import(&opened, &authority(start)).await.unwrap_err().kind, Kind::Conflict);
    let of = |der: &[u8]| Certificate::parse(der).unwrap();
    let (issuing, leader, seal) =
        (of(&made.issuing.certificate), of(&made.leader.certificate), of(&made.seal.certificate));
    let reason = "superseded".parse().unwrap();
    revoke(&opened, Named::Certificate(&leader), reason, "test").await.unwrap();
    let response = ocsp(&opened, &request(&[&leader, &seal, &issuing], &issuing)).await.unwrap();
    let data = OcspResponse::parse(&response, &LIMITS).unwrap().basic.unwrap().data;
    let statuses: Vec<CertStatus> = data.responses.iter().map(|answer| answer.status).collect();
    let time = start.replace_nanosecond(0).unwrap();
    // the issuing CA's certificate is not one that it issued
    assert_eq!(statuses, [CertStatus::Revoked { time, reason: Some(4) }, CertStatus::Good, CertStatus::Unknown]);
    assert_eq!(data.extensions.nonce, Some(vec![4, 2, 7, 7]));
    let root = of(&made.root.certificate);
    let response = ocsp(&opened, &request(&[&issuing], &root)).await.unwrap();
    assert_eq!(OcspResponse::parse(&response, &LIMITS).unwrap().status, OcspResponseStatus::Unauthorized);
}

#[tokio::test]
async fn time_and_lists_follow_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let start = OffsetDateTime::now_utc();
    let offset = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&offset);
    let clock = Arc::new(move || start + Duration::seconds(clock.load(Ordering::Relaxed)));
    let set = |duration: Duration| offset.store(duration.whole_seconds(), Ordering::Relaxed);
    let opened = open(folder.path(), clock.clone()).await;
    import(&opened, &authority(start)).await.unwrap();

    let asked = TimeStampReq::new(DigestAlgorithm::Sha256, &[7; 32], None, 1).unwrap().encode();
    let ask =
        async |folder: &DataFolder| TimeStampResp::parse(&time_stamp(folder, &asked).await.unwrap(), &LIMITS).unwrap();
    let serial = |response: &TimeStampResp| {
        TimeStampToken::parse(response.token.as_deref().unwrap(), &LIMITS).unwrap().0.info.serial
    };
    set(Duration::HOUR);
    assert_eq!(serial(&ask(&opened).await), [1]);
    set(Duration::HOUR - Duration::SECOND);
    assert_eq!(serial(&ask(&opened).await), [2], "within its accuracy the clock may go back");
    set(Duration::ZERO);
    assert_eq!(ask(&opened).await.failure, Some(PkiFailureInfo::TimeNotAvailable));
    set(Duration::days(5 * 365));
    assert_eq!(ask(&opened).await.failure, Some(PkiFailureInfo::TimeNotAvailable), "the certificate has ended");

    set(Duration::HOUR);
    let first = crl(&opened, "issuing").await.unwrap();
    assert_eq!(crl(&opened, "issuing").await.unwrap(), first);
    set(Duration::DAY);
    let second = crl(&opened, "issuing").await.unwrap();
    assert_ne!(second, first, "a list is made anew each day that somebody asks for it");
    assert_eq!(std::fs::read(folder.path().join("crls/issuing.crl")).unwrap(), second);
    drop(opened);
    let again = open(folder.path(), clock).await;
    assert_eq!(crl(&again, "issuing").await.unwrap(), second);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_get_different_serial_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Arc::new(open(folder.path(), Arc::new(OffsetDateTime::now_utc)).await);
    import(&opened, &authority(OffsetDateTime::now_utc())).await.unwrap();
    let asked = TimeStampReq::new(DigestAlgorithm::Sha256, &[7; 32], None, 1).unwrap().encode();
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (opened, asked) = (Arc::clone(&opened), asked.clone());
            tokio::spawn(async move { time_stamp(&opened, &asked).await.unwrap() })
        })
        .collect();
    let mut serials = std::collections::BTreeSet::new();
    for task in tasks {
        let response = TimeStampResp::parse(&task.await.unwrap(), &LIMITS).unwrap();
        serials.insert(TimeStampToken::parse(&response.token.unwrap(), &LIMITS).unwrap().0.info.serial);
    }
    assert_eq!(serials.len(), 20);
}
