//! Revocation lists of the size that national CAs have are fetched, looked through and kept; larger ones are refused at once.

use crate::answering::{Answer, Server};
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::encode;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey as _};
use dauson::net::ChosenBy;
use dauson::net::cache::Cache;
use dauson::net::http::Http;
use dauson::net::status::{Client, RevocationData};
use dauson::pki::certificate::Certificate;
use ring::rand::SystemRandom;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// A list of this CA with as many entries as make so many bytes, the last of which has this serial number.
fn list(ca: &LocalKey, bytes: usize, last: &[u8], now: OffsetDateTime) -> Vec<u8> {
    let time = encode::time(now - time::Duration::HOUR);
    let entry = encode::sequence(&[&encode::tlv(2, &[&[0x11; 16]]), &time]);
    let mut entries = Vec::with_capacity(bytes + 64);
    for n in 0..u32::try_from(bytes / entry.len()).unwrap() {
        let start = entries.len();
        entries.extend_from_slice(&entry);
        entries[start + 16..start + 20].copy_from_slice(&n.to_be_bytes());
    }
    entries.extend(encode::sequence(&[&encode::tlv(2, &[last]), &time]));
    let issuer = Certificate::parse(ca.certificate()).unwrap();
    let scheme = ca.schemes()[0];
    let algorithm = scheme.algorithm_identifier();
    let tbs = encode::sequence(&[
        &encode::integer(1),
        &algorithm,
        issuer.subject().raw(),
        &time,
        &encode::time(now + time::Duration::DAY),
        &encode::sequence(&[&entries]),
    ]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(ca.sign(scheme, &tbs)).unwrap();
    encode::sequence(&[&tbs, &algorithm, &encode::bit_string(&value)])
}

#[test]
fn fifty_megabytes_are_looked_through_and_kept_and_more_than_is_allowed_is_refused() {
    let server = Server::start();
    let now = OffsetDateTime::now_utc();
    let url = server.url("");
    let plan = Plan { algorithm: KeyAlgorithm::P256, url: &url, agency: Agency::SAMPLE, now };
    let made = Authority::create(&plan, &mut rand::rng()).unwrap();
    let ca = &made.issuing;
    let ca = LocalKey::from_pkcs8(&ca.pkcs8, ca.certificate.clone(), ca.chain.clone()).unwrap();
    let [leader, seal] = [&made.leader, &made.seal].map(|holder| Certificate::parse(&holder.certificate).unwrap());
    let issuing = Certificate::parse(&made.issuing.certificate).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().join("cache"));
    let http = Http::new("", true, Duration::from_secs(20)).unwrap();
    let random = SystemRandom::new();
    let chosen_by = ChosenBy::Certificate;
    let since = now - time::Duration::HOUR * 2;
    let client = Client { fetch: &http, random: &random, cache: &cache, chosen_by, now, since };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |who: &Certificate| {
        let start = Instant::now();
        let found = runtime.block_on(client.revocation_data(who, &issuing));
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        found
    };

    let large = list(&ca, 50_000_000, seal.serial(), now);
    assert!(large.len() > 50_000_000);
    let served = large.clone();
    server.on(move |asked| match asked.path() {
        "/crl/issuing.crl" => Answer::Body(served.clone()),
        _ => Answer::Status(503, String::new()),
    });
    let found = ask(&leader).unwrap().unwrap();
    assert!(found == RevocationData::Crl(large.into()));
    server.on(|_| Answer::Status(503, String::new()));
    // the list is kept, and says of the other that it is revoked
    assert!(ask(&seal).unwrap() == Some(found.clone()));
    assert!(client.tells(&found, &leader, &issuing));

    std::fs::remove_dir_all(folder.path().join("cache")).unwrap();
    // one byte more than is allowed, announced and not
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n";
    let unannounced = [&b"HTTP/1.0 200 OK\r\n\r\n"[..], &vec![0x30; (64 << 20) + 1]].concat();
    for raw in [announced.to_vec(), unannounced] {
        server.on(move |_| Answer::Raw(raw.clone()));
        let error = ask(&leader).unwrap_err();
        assert!(error.why.contains("/crl/issuing.crl: its answer is longer than 67108864 bytes"), "{error}");
        assert!(!folder.path().join("cache").exists());
    }
}
