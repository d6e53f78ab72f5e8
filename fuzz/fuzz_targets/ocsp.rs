//! OCSP requests and responses.
#![no_main]

use dauson::cms::ocsp::{OcspRequest, OcspResponse};
use dauson_fuzz::{LIMITS, path_of, seeds, subject, validation_data};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| validation_data(path, bytes, b"OCSPs")),
    |data: &[u8]| {
        let _ = (OcspRequest::parse(data, &LIMITS), OcspResponse::parse(data, &LIMITS));
        path_of(&subject().0, &[], &[data.to_vec()]);
    }
);
