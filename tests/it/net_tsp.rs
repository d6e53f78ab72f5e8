//! Of several TSAs the first is used whose token can be believed; of all others it is said why not.

use crate::answering::{Answer, Server};
use dauson::authority::tsa::Tsa;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::cms::oid;
use dauson::cms::tsp::{PkiFailureInfo, TimeStampReq, TimeStampResp, TimeStampToken};
use dauson::digest::DigestAlgorithm;
use dauson::error::{Error, Kind};
use dauson::keys::{KeyAlgorithm, LocalKey};
use dauson::limits::Limits;
use dauson::net::http::Http;
use dauson::net::tsp::{Client, TimeStamp};
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::material::TrustMaterial;
use ring::rand::SystemRandom;
use std::net::TcpListener;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// What becomes of a response on its way.
type Spoil = Box<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>;

const DIGEST: [u8; 32] = [7; 32];

fn authority() -> Authority {
    let plan = Plan {
        algorithm: KeyAlgorithm::P256,
        url: "http://ca.example",
        agency: Agency::SAMPLE,
        now: OffsetDateTime::now_utc(),
    };
    Authority::create(&plan, &mut rand::rng()).unwrap()
}

fn key(credential: &Credential) -> Arc<LocalKey> {
    let Credential { pkcs8, certificate, chain, .. } = credential;
    Arc::new(LocalKey::from_pkcs8(pkcs8, certificate.clone(), chain.clone()).unwrap())
}

fn trust(authority: &Authority) -> TrustMaterial {
    let anchors = TrustAnchors::new(vec![Certificate::parse(&authority.root.certificate).unwrap()]);
    TrustMaterial { anchors, ..TrustMaterial::default() }
}

/// A TSA that answers a request as it was changed.
fn stamp(key: &LocalKey, request: &[u8], change: impl Fn(&mut TimeStampReq)) -> Vec<u8> {
    let tsa = Tsa { key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
    let mut request = tsa.accept(request).unwrap();
    change(&mut request);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(tsa.grant(request, 1, OffsetDateTime::now_utc())).unwrap()
}

/// A server with this key that changes requests.
fn server(key: &Arc<LocalKey>, change: impl Fn(&mut TimeStampReq) + Send + Sync + 'static) -> Server {
    let (server, key) = (Server::start(), Arc::clone(key));
    server.on(move |asked| {
        assert_eq!(asked.header("content-type"), Some("application/timestamp-query"));
        Answer::Body(stamp(&key, &asked.body, &change))
    });
    server
}

async fn ask(servers: &[String], trust: &TrustMaterial) -> Result<TimeStamp, Error> {
    let http = Http::new("", false, std::time::Duration::from_millis(500)).unwrap();
    let servers: Vec<_> = servers.iter().cloned().map(zeroize::Zeroizing::new).collect();
    let client = Client { fetch: &http, random: &SystemRandom::new(), servers: &servers, policy: None, trust };
    client.time_stamp(DigestAlgorithm::Sha256, &DIGEST).await
}

#[tokio::test]
async fn the_first_that_can_be_believed_is_used() {
    let made = authority();
    let good = server(&key(&made.tsa), |_| {});
    let silent = Server::start();
    silent.on(|_| Answer::Silence);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let never = Server::start();
    let servers = [format!("http://user:secret@{gone}/"), silent.url("/"), good.url("/tsa?key=secret"), never.url("/")];
    for trust in [TrustMaterial::default(), trust(&made)] {
        let stamp = ask(&servers, &trust).await.unwrap();
        assert_eq!(stamp.server, good.url("/tsa"));
        assert_eq!(stamp.certificate.der(), made.tsa.certificate);
        let (token, len) = TimeStampToken::parse(&stamp.token, &Limits::DEFAULT).unwrap();
        assert_eq!((len, token.info.imprint), (stamp.token.len(), DIGEST.to_vec()));
        assert_eq!(token.info.nonce, stamp.info.nonce);
    }
    assert!(never.asked().is_empty());
    let nonces: std::collections::BTreeSet<Vec<u8>> = good.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(nonces.len(), 2, "each request has a nonce of its own");
}

#[tokio::test]
async fn what_cannot_be_believed_is_refused_and_said_why() {
    let made = authority();
    let tsa = key(&made.tsa);
    let trust = trust(&made);
    let refused = async |server: &Server, trust: &TrustMaterial, why: &str| {
        let error = ask(&[server.url("/x")], trust).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Unavailable, "tsa.unavailable"));
        assert!(error.why.starts_with(&server.url("/x: ")) && error.why.contains(why), "{error}");
    };
    refused(&server(&tsa, |r| r.imprint = vec![8; 32]), &trust, "is of something else").await;
    refused(&server(&tsa, |r| r.nonce = Some(vec![1])), &trust, "has not the nonce").await;
    refused(&server(&tsa, |r| r.nonce = None), &trust, "has not the nonce").await;
    refused(&server(&tsa, |r| r.cert_req = false), &trust, "without its certificate").await;
    refused(&server(&key(&made.leader), |_| {}), &trust, "is not timeStamping alone, and critical").await;
    let stranger = authority();
    refused(&server(&key(&stranger.tsa), |_| {}), &trust, "is not trusted").await;
    assert!(ask(&[server(&key(&stranger.tsa), |_| {}).url("/")], &TrustMaterial::default()).await.is_ok());

    let broken = Server::start();
    let named = dauson::digest::sha256(&made.tsa.certificate);
    let answers: [(Spoil, &str); 7] = [
        (Box::new(|_| b"<html>".to_vec()), "is not a time-stamp"),
        (Box::new(|mut good| [&good.split_off(1)[..], b""].concat()), "is not a time-stamp"),
        (Box::new(|good| replace(&good, &DIGEST, &[9; 32])), "is of something else"),
        (Box::new(move |good| replace(&good, &named, &[9; 32])), "does not name the certificate"),
        // the accuracy, which the request does not determine
        (Box::new(|good| replace(&good, &[0x30, 3, 2, 1, 1], &[0x30, 3, 2, 1, 2])), "was changed"),
        (
            Box::new(|_| TimeStampResp::rejection(PkiFailureInfo::TimeNotAvailable, "come back\nlater").encode()),
            "it refuses: timeNotAvailable come back",
        ),
        (Box::new(|_| vec![0x30, 5, 0x30, 3, 2, 1, 3]), "it refuses: "),
    ];
    for (spoil, why) in answers {
        let tsa = Arc::clone(&tsa);
        broken.on(move |asked| Answer::Body(spoil(stamp(&tsa, &asked.body, |_| {}))));
        refused(&broken, &trust, why).await;
    }
    // a signature value that is another's
    let signer = Arc::clone(&tsa);
    broken.on(move |asked| {
        let mut good = stamp(&signer, &asked.body, |_| {});
        let last = good.len() - 1;
        good[last] ^= 1;
        Answer::Body(good)
    });
    refused(&broken, &trust, "does not hold").await;
}

fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|w| w == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[tokio::test]
async fn of_each_tsa_that_fails_it_is_said_why_without_secrets() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let absent = Server::start();
    let servers = [format!("https://user:secret@{gone}/a?secret"), absent.url("/b"), "tsa.example".to_owned()];
    let error = ask(&servers, &TrustMaterial::default()).await.unwrap_err();
    for words in
        [&format!("https://{gone}/a: it cannot be reached"), "/b: it answers with status 404", "(not an address): "]
    {
        assert!(error.why.contains(words), "{words} is not in {error}");
    }
    assert!(!error.to_string().contains("secret"), "{error}");
    let none = ask(&[], &TrustMaterial::default()).await.unwrap_err();
    assert_eq!(none.kind, Kind::Unavailable);
}
