//! The built-in authority over HTTP, as openssl and our own clients ask it.

use crate::openssl::{openssl, try_openssl};
use crate::program::run;
use crate::server::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::authority::{Agency, Authority, Plan};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::keys::{KeyAlgorithm, pem};
use dauson::net::ChosenBy;
use dauson::net::cache::Cache;
use dauson::net::http::Http;
use dauson::net::status::{self, RevocationData};
use dauson::net::tsp;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::material::TrustMaterial;
use dauson::trust_services::import;
use ring::rand::SystemRandom;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A data folder with an authority whose certificates name a port, and the program serving it there.
pub fn served(algorithm: KeyAlgorithm) -> (tempfile::TempDir, Authority, Server) {
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = format!("http://{address}");
    let now = OffsetDateTime::now_utc();
    let plan = Plan { algorithm, url: &url, agency: Agency::SAMPLE, now };
    let made = Authority::create(&plan, &mut rand::rng()).unwrap();
    let path = folder.path();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let clock = Arc::new(OffsetDateTime::now_utc);
        import(&DataFolder::open(path, &path.join("master.key"), clock).await.unwrap(), &made).await.unwrap();
    });
    for holder in made.holders() {
        let text = pem::encode("CERTIFICATE", &holder.certificate);
        std::fs::write(path.join(holder.name), text.as_bytes()).unwrap();
    }
    let server = Server::start(path, &[("DAUSON_SERVE_ADDRESS", &address)]);
    (folder, made, server)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn openssl_asks_for_time_and_status() {
    let (folder, made, server) = served(KeyAlgorithm::P256);
    let folder = folder.path();
    write(folder, "data", b"something");
    openssl(folder, "ts -query -data data -sha256 -cert -out query");
    let query = std::fs::read(folder.join("query")).unwrap();
    let stamp = server.post("/tsa").body("application/timestamp-query", &query).send().expect(200);
    assert_eq!(stamp.header("content-type"), Some("application/timestamp-reply"));
    write(folder, "reply", &stamp.body);
    let verify = "ts -verify -queryfile query -in reply -CAfile trust/root.pem -untrusted certs/issuing.pem";
    assert!(openssl(folder, verify).contains("Verification: OK"));
    assert_eq!(server.post("/tsa").body("text/plain", &query).send().problem(415), "http.media_type");
    let refused = server.post("/tsa").body("application/timestamp-query", b"?").send().expect(200);
    write(folder, "reply", &refused.body);
    assert!(openssl(folder, "ts -reply -in reply -text").contains("Status: Rejected."));
    assert_eq!(server.get("/tsa").send().status, 405);

    let address = &server.address;
    let ask = |name: &str| {
        let question = format!("ocsp -issuer certs/issuing.pem -sha256 -cert {name} -CAfile trust/root.pem");
        openssl(folder, &format!("{question} -verify_other certs/issuing.pem -url http://{address}/ocsp"))
    };
    let text = ask("leader");
    assert!(text.contains("Response verify OK") && text.contains("leader: good"), "{text}");
    run(folder, ["pki", "revoke", folder.join("leader").to_str().unwrap(), "--reason", "superseded"]).expect(0);
    let text = ask("leader");
    assert!(text.contains("leader: revoked") && text.contains("Reason: superseded"), "{text}");
    // by GET, with the Base64 as it is and with its special letters escaped
    openssl(folder, "ocsp -issuer certs/issuing.pem -cert leader -no_nonce -reqout request");
    let request = STANDARD.encode(std::fs::read(folder.join("request")).unwrap());
    let escaped = request.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for request in [request, escaped] {
        let answer = server.get(&format!("/ocsp/{request}")).send().expect(200);
        assert_eq!(answer.header("content-type"), Some("application/ocsp-response"));
        write(folder, "response", &answer.body);
        let judge = "ocsp -reqin request -respin response -issuer certs/issuing.pem -cert leader -no_nonce";
        let text = openssl(folder, &format!("{judge} -CAfile trust/root.pem -verify_other certs/issuing.pem"));
        assert!(text.contains("Response verify OK") && text.contains("leader: revoked"), "{text}");
    }
    write(folder, "response", &server.get("/ocsp/!").send().expect(200).body);
    assert!(try_openssl(folder, "ocsp -respin response -text").1.contains("malformedrequest"));

    let list = server.get("/crl/issuing.crl").send().expect(200);
    write(folder, "list", &list.body);
    let text = openssl(folder, "crl -in list -noout -text -CAfile certs/issuing.pem");
    assert!(text.contains("verify OK") && text.contains("Superseded"), "{text}");
    for (ca, credential) in [("root", &made.root), ("issuing", &made.issuing)] {
        let answer = server.get(&format!("/ca/{ca}.cer")).send().expect(200);
        assert_eq!(answer.header("content-type"), Some("application/pkix-cert"));
        assert_eq!(answer.body, credential.certificate);
    }
    for path in ["/ca/tsa.cer", "/ca/issuing.pem", "/crl/tsa.crl", "/ca/", "/ocsp/"] {
        server.get(path).send().expect(404);
    }
}

#[test]
fn where_there_is_no_authority_nobody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    assert_eq!(server.post("/tsa").body("application/timestamp-query", b"?").send().problem(404), "authority.none");
    assert_eq!(server.post("/ocsp").body("application/ocsp-request", b"?").send().problem(404), "authority.none");
    assert_eq!(server.get("/crl/issuing.crl").send().problem(404), "http.not_found");
}

#[tokio::test]
async fn our_own_clients_find_all_that_a_certificate_needs() {
    let (folder, made, server) = tokio::task::spawn_blocking(|| served(KeyAlgorithm::P256)).await.unwrap();
    let of = |der: &[u8]| Certificate::parse(der).unwrap();
    let http = Http::new("", true, Duration::from_secs(10)).unwrap();
    let cache = Cache::new(folder.path().join("cache"));
    let (random, now) = (SystemRandom::new(), OffsetDateTime::now_utc());
    let chosen_by = ChosenBy::Certificate;
    let client = status::Client { fetch: &http, random: &random, cache: &cache, chosen_by, now, since: now };
    let leader = of(&made.leader.certificate);
    let issuing = client.issuer(&leader).await.unwrap();
    let root = client.issuer(&issuing).await.unwrap();
    assert_eq!((issuing.der(), root.der()), (&made.issuing.certificate[..], &made.root.certificate[..]));
    let about = async |certificate, issuer| client.revocation_data(certificate, issuer).await.unwrap();
    assert!(matches!(about(&leader, &issuing).await, Some(RevocationData::Ocsp(_))));
    assert!(matches!(about(&issuing, &root).await, Some(RevocationData::Crl(_))));
    let trust = TrustMaterial { anchors: TrustAnchors::new(vec![root]), ..TrustMaterial::default() };
    let servers = [Zeroizing::new(format!("http://{}/tsa", server.address))];
    let tsa = tsp::Client { fetch: &http, random: &random, servers: &servers, policy: None, trust: &trust };
    let stamp = tsa.time_stamp(DigestAlgorithm::Sha512, &[1; 64]).await.unwrap();
    assert_eq!(stamp.certificate, of(&made.tsa.certificate));
    // what was fetched serves validations without the network
    let kept = TrustMaterial::load(&[], folder.path()).unwrap();
    assert_eq!((kept.ocsps.len(), kept.certificates.iter().filter(|c| **c == issuing).count()), (1, 2));
}
