//! How a certificate stands is asked where it says, believed only from its CA, and remembered for as long as it holds.

use crate::answering::{Answer, Asked, Server};
use crate::openssl::openssl;
use dauson::authority::crl::{Contents, Reason, Revoked};
use dauson::authority::ocsp::Responder;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::cms::ocsp::{CertStatus, Extensions, OcspRequest, OcspResponseStatus};
use dauson::error::{Error, Kind};
use dauson::keys::{KeyAlgorithm, LocalKey, pem};
use dauson::net::ChosenBy;
use dauson::net::cache::Cache;
use dauson::net::http::Http;
use dauson::net::status::{Client, RevocationData};
use dauson::pki::certificate::Certificate;
use ring::rand::SystemRandom;
use std::path::PathBuf;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// A CA on a server of its own, with what its clients keep.
struct Bench {
    server: Server,
    made: Arc<Authority>,
    cache: tempfile::TempDir,
    now: OffsetDateTime,
}

fn key(credential: &Credential) -> LocalKey {
    let Credential { pkcs8, certificate, chain, .. } = credential;
    LocalKey::from_pkcs8(pkcs8, certificate.clone(), chain.clone()).unwrap()
}

fn of(credential: &Credential) -> Certificate {
    Certificate::parse(&credential.certificate).unwrap()
}

impl Bench {
    fn new() -> Self {
        let server = Server::start();
        let now = OffsetDateTime::now_utc();
        let url = server.url("");
        let plan = Plan { algorithm: KeyAlgorithm::P256, url: &url, agency: Agency::SAMPLE, now };
        let made = Arc::new(Authority::create(&plan, &mut rand::rng()).unwrap());
        Self { server, made, cache: tempfile::tempdir().unwrap(), now }
    }

    fn folder(&self) -> PathBuf {
        self.cache.path().join("cache")
    }

    async fn ask_later(&self, later: Duration, since: Duration) -> Result<Option<RevocationData>, Error> {
        let http = Http::new("", true, std::time::Duration::from_millis(500)).unwrap();
        let client = Client {
            fetch: &http,
            random: &SystemRandom::new(),
            cache: &Cache::new(self.folder()),
            chosen_by: ChosenBy::Certificate,
            now: self.now + later,
            since: self.now + since,
        };
        client.revocation_data(&of(&self.made.leader), &of(&self.made.issuing)).await
    }

    async fn ask(&self) -> Result<Option<RevocationData>, Error> {
        self.ask_later(Duration::ZERO, -Duration::HOUR).await
    }

    /// A responder with this key at this time, whose requests are changed before they are answered.
    fn responds(
        &self,
        responder: fn(&Authority) -> &Credential,
        at: OffsetDateTime,
        status: CertStatus,
        change: fn(&mut OcspRequest),
    ) {
        let made = Arc::clone(&self.made);
        self.server.on(move |asked| ocsp(&made, responder, asked, at, status, change));
    }
}

fn ocsp(
    made: &Authority,
    responder: fn(&Authority) -> &Credential,
    asked: &Asked,
    at: OffsetDateTime,
    status: CertStatus,
    change: fn(&mut OcspRequest),
) -> Answer {
    if asked.path() != "/ocsp" {
        return Answer::Status(404, String::new());
    }
    assert_eq!(asked.header("content-type"), Some("application/ocsp-request"));
    let (key, issuer) = (key(responder(made)), of(&made.issuing));
    let responder = Responder { key: &key, issuer: &issuer };
    let mut request = responder.accept(&asked.body).unwrap();
    assert_eq!(request.extensions.nonce.as_ref().unwrap().len(), 34);
    change(&mut request);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    Answer::Body(runtime.block_on(responder.answer(request, at, |_| status)).unwrap())
}

#[tokio::test]
async fn good_and_revoked_are_believed_and_remembered_while_they_hold() {
    let bench = Bench::new();
    let revoked = CertStatus::Revoked { time: bench.now, reason: Some(1) };
    for (status, days) in [(CertStatus::Good, 0), (revoked, 3)] {
        // the answers so far have ended by then
        let day = Duration::days(days);
        bench.responds(|made| &made.ocsp, bench.now + day, status, |_| {});
        let first = bench.ask_later(day, day - Duration::HOUR).await.unwrap().unwrap();
        assert!(matches!(first, RevocationData::Ocsp(_)));
        assert_eq!(bench.server.asked().len(), 1);
        for minutes in [0, 60, 60 * 23] {
            let later = day + Duration::minutes(minutes);
            assert_eq!(bench.ask_later(later, day - Duration::HOUR).await.unwrap().unwrap(), first);
        }
        assert!(bench.server.asked().is_empty(), "it is kept");
        let later = day + Duration::HOUR;
        assert_ne!(bench.ask_later(later, later - Duration::MINUTE).await.unwrap().unwrap(), first);
        assert_eq!(bench.server.asked().len(), 1, "it is older than what is asked for");
    }
    // what is kept is found by validations without the network
    assert!(std::fs::read_dir(bench.folder()).unwrap().all(|f| f.unwrap().path().extension().unwrap() == "ocsp"));
    for entry in std::fs::read_dir(bench.folder()).unwrap() {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    bench.responds(|made| &made.ocsp, bench.now, CertStatus::Good, |_| {});
    bench.ask().await.unwrap().unwrap();
    assert_eq!(bench.server.asked().len(), 1, "what is damaged is asked for anew");
    // one that needs none
    let http = Http::new("", true, std::time::Duration::from_millis(500)).unwrap();
    let cache = Cache::new(bench.folder());
    let random = SystemRandom::new();
    let (now, since) = (bench.now, bench.now);
    let client = Client { fetch: &http, random: &random, cache: &cache, chosen_by: ChosenBy::Certificate, now, since };
    assert_eq!(client.revocation_data(&of(&bench.made.ocsp), &of(&bench.made.issuing)).await.unwrap(), None);
}

#[tokio::test]
async fn what_a_responder_may_not_say_is_not_believed() {
    let bench = Bench::new();
    let refused = async |why: &str| {
        let error = bench.ask().await.unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Unavailable, "status.unavailable"));
        let place = bench.server.url("/ocsp: ");
        assert!(error.why.starts_with(&place) && error.why.contains(why), "{why} is not in {error}");
        assert!(error.why.contains("/crl/issuing.crl: "), "{error}");
        assert!(!bench.folder().exists(), "nothing is kept");
    };
    let good = CertStatus::Good;
    bench.responds(|made| &made.leader, bench.now, good, |_| {});
    refused("is not signed as it must be").await;
    bench.responds(|made| &made.tsa, bench.now, good, |_| {});
    refused("is not signed as it must be").await;
    bench.responds(|made| &made.ocsp, bench.now - Duration::days(2), good, |_| {});
    refused("is not signed as it must be").await;
    bench.responds(|made| &made.ocsp, bench.now, CertStatus::Unknown, |_| {});
    refused("does not know it").await;
    bench.responds(|made| &made.ocsp, bench.now, good, |request| request.extensions.nonce = Some(vec![4, 1, 7]));
    refused("has not the nonce").await;
    bench.responds(|made| &made.ocsp, bench.now, good, |request| request.cert_ids[0].serial = vec![1]);
    refused("there is no revocation data").await;
    for status in [OcspResponseStatus::TryLater, OcspResponseStatus::Unauthorized, OcspResponseStatus::InternalError] {
        bench.server.on(move |_| Answer::Body(status.response()));
        refused(&format!("it answers {}", status.name())).await;
    }
    bench.server.on(|_| Answer::Body(b"<html>".to_vec()));
    refused("cannot be read").await;
    bench.server.on(|_| Answer::Silence);
    refused("it does not answer within 0.5 s").await;
    bench.server.on(|_| Answer::Endless);
    refused("is longer than").await;
    // one made beforehand has no nonce
    bench.responds(|made| &made.ocsp, bench.now, good, |request| request.extensions = Extensions::default());
    bench.ask().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_has_ended_is_stale() {
    let bench = Bench::new();
    bench.responds(|made| &made.ocsp, bench.now, CertStatus::Good, |_| {});
    bench.ask_later(Duration::hours(23), Duration::ZERO).await.unwrap();
    let error = bench.ask_later(Duration::hours(25), Duration::ZERO).await.unwrap_err();
    assert!(error.why.contains("is not of the time"), "{error}");
}

#[tokio::test]
async fn without_ocsp_the_revocation_list_tells() {
    let bench = Bench::new();
    let (issuing, root) = (key(&bench.made.issuing), key(&bench.made.root));
    let leader = of(&bench.made.leader);
    let reason = "superseded".parse::<Reason>().unwrap();
    let revoked = [Revoked { serial: leader.serial().to_vec(), time: bench.now, reason }];
    let list = |number, this_update, revoked: &[Revoked], ca: &LocalKey| {
        Contents { number, this_update, valid: Duration::DAY, revoked }.sign(ca).unwrap()
    };
    let serve = |list: Vec<u8>| {
        bench.server.on(move |asked| match asked.path() {
            "/crl/issuing.crl" => Answer::Body(list.clone()),
            _ => Answer::Status(503, String::new()),
        });
    };
    for (bad, why) in [
        (list(1, bench.now, &[], &root), "there is no revocation data"),
        (list(1, bench.now - Duration::days(2), &[], &issuing), "not"),
        (b"<html>".to_vec(), "is not a revocation list"),
    ] {
        serve(bad);
        let error = bench.ask().await.unwrap_err();
        assert!(error.why.contains("/ocsp: it answers with status 503") && error.why.contains(why), "{error}");
        assert!(!bench.folder().exists());
    }
    for contents in [&[][..], &revoked] {
        let good = list(1, bench.now, contents, &issuing);
        serve(good.clone());
        let answer = bench.ask_later(Duration::ZERO, Duration::ZERO).await.unwrap();
        assert_eq!(answer, Some(RevocationData::Crl(good.into())));
        bench.server.asked();
        std::fs::remove_dir_all(bench.folder()).unwrap();
    }
    let good = list(2, bench.now, &[], &issuing);
    serve(good.clone());
    bench.ask().await.unwrap();
    serve(b"gone".to_vec());
    assert_eq!(bench.ask().await.unwrap(), Some(RevocationData::Crl(good.into())), "the list is kept");
}

#[tokio::test]
async fn an_issuer_is_found_where_the_certificate_says() {
    let bench = Bench::new();
    let http = Http::new("", true, std::time::Duration::from_millis(500)).unwrap();
    let cache = Cache::new(bench.folder());
    let random = SystemRandom::new();
    let (now, since) = (bench.now, bench.now);
    let client = Client { fetch: &http, random: &random, cache: &cache, chosen_by: ChosenBy::Certificate, now, since };
    let (leader, issuing) = (of(&bench.made.leader), of(&bench.made.issuing));
    let serve = |bytes: Vec<u8>| bench.server.on(move |_| Answer::Body(bytes.clone()));
    for bad in [b"<html>".to_vec(), bench.made.root.certificate.clone(), bench.made.leader.certificate.clone()] {
        serve(bad);
        let error = client.issuer(&leader).await.unwrap_err();
        assert!(error.why.contains("/ca/issuing.cer: what is there is not its issuer's certificate"), "{error}");
    }
    // a certificate in DER, or a bundle as openssl makes it
    let folder = tempfile::tempdir().unwrap();
    let both = [&bench.made.root, &bench.made.issuing].map(|c| pem::encode("CERTIFICATE", &c.certificate).to_string());
    std::fs::write(folder.path().join("both.pem"), both.concat()).unwrap();
    openssl(folder.path(), "crl2pkcs7 -nocrl -certfile both.pem -outform DER -out both.p7c");
    let bundle = std::fs::read(folder.path().join("both.p7c")).unwrap();
    for good in [issuing.der().to_vec(), bundle] {
        serve(good);
        assert_eq!(client.issuer(&leader).await.unwrap(), issuing);
        serve(Vec::new());
        assert_eq!(client.issuer(&leader).await.unwrap(), issuing, "it is kept");
        std::fs::remove_dir_all(bench.folder()).unwrap();
    }
    let error = client.issuer(&of(&bench.made.root)).await.unwrap_err();
    assert!(error.why.contains("names no http address"), "{error}");
}
