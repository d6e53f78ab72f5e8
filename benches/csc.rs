//! Digests signed for other programs (Cloud Signature Consortium), over HTTP with authorisation and log entry, against the same key in this
//! process.

use crate::client;
use crate::receipts::fill;
use crate::{Key, ratio};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::config::{Config, Flags};
use dauson::http::{self, House};
use dauson::keys::{KeyAlgorithm, SigningKey};
use dauson::people::keys;
use dauson::people::permissions::Role;
use dauson::people::tokens::{self, NewToken};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Signatures of one measurement.
const SIGNATURES: usize = 200;

/// Prints a row for each number of clients and of digests at once.
pub fn rows(folder: &Path, key: &Key) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let algorithm = if key.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::P256 };
    let path = folder.join(format!("data-csc-{algorithm:?}"));
    let data = runtime.block_on(fill(&path, algorithm));
    let (name, unit) = ("bench".to_owned(), crate::receipts::UNIT.to_owned());
    let id = "receipt".to_owned();
    let new = NewToken { name, unit, role: Role::Leader, signing_key: Some(id.clone()), lifetime: time::Duration::DAY };
    let token = runtime.block_on(tokens::create(&data, new)).unwrap().1;
    let signer = runtime.block_on(keys::load(&data, &id)).unwrap();
    let scheme = signer.schemes()[0];
    let digest = scheme.digest().hash(b"message");
    let bare =
        crate::measure::in_process(SIGNATURES, || runtime.block_on(signer.sign_digest(scheme, &digest)).unwrap());
    let config = Config::load(&Flags { data: Some(path), ..Flags::default() }, |_| None).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let house = Arc::new(House::new(data, &config).unwrap());
    runtime.spawn(http::serve(house, listener, std::future::pending()));
    let authorization = format!("Bearer {}", token.as_str());
    let post = |method: &str, asked| {
        client::post(&address, &format!("/csc/v2/{method}"), ("authorization", &authorization), &asked)
    };
    println!("## Digests signed for other programs, {}; in this process {:.3} ms each", key.name, bare.wall_ms);
    println!("{:<10} {:>9} {:>10} {:>12} {:>12}", "clients", "at once", "a second", "ms wall", "of in-proc");
    for (clients, together) in [(1, 1), (8, 1), (1, 50), (8, 50)] {
        let (left, start) = (AtomicUsize::new(SIGNATURES * together.min(10)), Instant::now());
        let all = left.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(together)).is_ok() {
                        let hashes = vec![STANDARD.encode(&digest); together];
                        let asked = json!({"credentialID": id, "numSignatures": together, "hashes": hashes});
                        let sad = post("credentials/authorize", asked)["SAD"].clone();
                        let asked = json!({"credentialID": id, "SAD": sad, "hashes": hashes, "signAlgo": scheme.oid()});
                        let signed = post("signatures/signHash", asked);
                        assert_eq!(signed["signatures"].as_array().unwrap().len(), together);
                    }
                });
            }
        });
        let each = start.elapsed().as_secs_f64() * 1000.0 / all as f64;
        let cost = crate::Cost { cpu_ms: each, wall_ms: each, peak_mib: 0.0 };
        println!("{clients:<10} {together:>9} {:>10.0} {each:>12.3} {:>12}", 1000.0 / each, ratio(&cost, bare.wall_ms));
    }
    println!();
}
