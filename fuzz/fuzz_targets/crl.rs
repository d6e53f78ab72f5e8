//! Revocation lists, held against a certificate of a trusted key.
#![no_main]

use dauson_fuzz::{ends_with, path_of, seeds, signed_data, subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| match () {
        () if ends_with(path, "crl") => vec![bytes, subject().2.clone()],
        () => signed_data(path, bytes).into_iter().flat_map(|s| s.crls).collect(),
    }),
    |data: &[u8]| path_of(&subject().0, &[data.to_vec()], &[])
);
