//! Time-stamp requests, responses and tokens.
#![no_main]

use dauson::cms::SignedData;
use dauson::cms::tsp::{TimeStampReq, TimeStampResp, TimeStampToken};
use dauson_fuzz::{LIMITS, contents, seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| {
        let mut tokens = Vec::new();
        for (kind, contents) in contents(path, bytes) {
            if let Ok((signed, _)) = SignedData::parse(&contents, &LIMITS) {
                let signers = signed.signers.iter();
                tokens.extend(signers.flat_map(|s| s.unsigned_attributes.time_stamps()).map(<[u8]>::to_vec));
            }
            if kind == b"ETSI.RFC3161" {
                tokens.push(contents);
            }
        }
        tokens
    }),
    |data: &[u8]| {
        let _ = (TimeStampReq::parse(data, &LIMITS), TimeStampResp::parse(data, &LIMITS));
        if let Ok((token, _)) = TimeStampToken::parse(data, &LIMITS) {
            let _ = token.info.encode();
        }
    }
);
