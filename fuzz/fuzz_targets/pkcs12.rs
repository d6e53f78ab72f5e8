//! PKCS#12 files, and keys in PEM.
#![no_main]

use dauson_fuzz::{ends_with, seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| {
        let is_key = ["p12", "key", "pem"].iter().any(|e| ends_with(path, e));
        if is_key { vec![bytes] } else { Vec::new() }
    }),
    |data: &[u8]| {
        let _ = dauson::keys::pkcs12::read(data, "secret");
        let _ = (dauson::keys::pem::private_key(data, Some("secret")), dauson::keys::pem::certificates(data));
    }
);
