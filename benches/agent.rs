//! Signatures by the agent: what the way over HTTP, its checks, and a program that agrees at once add to the key's own signature.

use crate::client::post;
use crate::inputs::Key;
use crate::measure::{Cost, in_process};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::agent::{Agent, Consent, Origins, router};
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::SignedDataBuilder;
use dauson::digest::{DigestAlgorithm, sha256};
use dauson::http;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey as _};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A page that was approved.
const PAGE: &str = "https://bench.example.vn";
/// What says yes to everything.
const AGREES: &str = "/bin/true";
/// Signatures of one measurement.
const SIGNATURES: usize = 200;

/// Prints a row for this kind of key.
pub fn row(folder: &Path, key: &Key) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let algorithm = if key.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::P256 };
    let plan = Plan { algorithm, url: "http://ca.example", agency: Agency::SAMPLE, now: OffsetDateTime::now_utc() };
    let leader = Authority::create(&plan, &mut rand::rng()).unwrap().leader;
    let local = || LocalKey::from_pkcs8(&leader.pkcs8, leader.certificate.clone(), leader.chain.clone()).unwrap();
    let scheme = local().schemes()[0];
    let digest = sha256(b"the document");
    let identifier = scheme.algorithm_identifier();
    let builder = SignedDataBuilder::new(DigestAlgorithm::Sha256, identifier, &leader.certificate, &[]).unwrap();
    let attributes = builder.signed_attributes(&digest, None);
    let asked = json!({
        "name": "cong-van.pdf", "document_digest": STANDARD.encode(digest), "signed_attributes": STANDARD.encode(&attributes),
        "certificate": STANDARD.encode(&leader.certificate), "scheme": scheme.name(), "digest": scheme.digest().name(),
    });

    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let origins = Origins::open(&folder.join("agent.json"), &[PAGE.parse().unwrap()]).unwrap();
    let consent = Consent::program(Path::new(AGREES)).unwrap();
    let agent = Arc::new(Agent::new(local().into(), origins, consent, address).unwrap());
    let (stop, connections) = (std::future::pending(), JoinSet::new());
    runtime.spawn(http::answer(router(agent), listener, stop, watch::channel(()), connections, Duration::ZERO));
    let address = address.to_string();

    let own = local();
    let bare = in_process(SIGNATURES, || runtime.block_on(own.sign(scheme, &attributes)).unwrap());
    let program = in_process(SIGNATURES, || assert!(Command::new(AGREES).status().unwrap().success()));
    let listed = in_process(SIGNATURES, || post(&address, "/v1/certificates", ("origin", PAGE), &json!({})));
    let signed = in_process(SIGNATURES, || post(&address, "/v1/sign", ("origin", PAGE), &asked));
    let over = |cost: &Cost| cost.wall_ms - bare.wall_ms;
    println!("## Signatures by the agent, {}, one after the other", key.name);
    println!("the key alone                 {:8.3} ms wall", bare.wall_ms);
    println!("a program that agrees, alone  {:8.3} ms", program.wall_ms);
    println!("a request that signs nothing  {:8.3} ms", listed.wall_ms);
    println!(
        "a signature by the agent      {:8.3} ms, {:.3} ms more than the key alone",
        signed.wall_ms,
        over(&signed)
    );
    println!();
}
