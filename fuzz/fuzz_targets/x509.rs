//! X.509 certificates, and the search for a path.
#![no_main]

use dauson::pki::certificate::Certificate;
use dauson_fuzz::{ends_with, path_of, seeds, signed_data};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| match () {
        () if ends_with(path, "crt") => vec![bytes],
        () if ends_with(path, "pem") => dauson::keys::pem::certificates(&bytes).unwrap_or_default(),
        () => signed_data(path, bytes).into_iter().flat_map(|s| s.certificates).collect(),
    }),
    |data: &[u8]| {
        if let Ok(certificate) = Certificate::parse(data) {
            let _ = (certificate.display(), certificate.serial_hex(), certificate.tax_code());
            let _ = (certificate.subject_key_identifier(), certificate.is_self_issued());
            path_of(&certificate, &[], &[]);
        }
    }
);
