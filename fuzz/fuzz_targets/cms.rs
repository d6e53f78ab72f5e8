//! CMS SignedData in BER, with all attributes that are understood.
#![no_main]

use dauson::cms::{SignedData, bare_signature};
use dauson_fuzz::{LIMITS, contents, seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(|path, bytes| contents(path, bytes).into_iter().map(|(_, c)| c).collect()),
    |data: &[u8]| {
        let _ = bare_signature(data, &LIMITS);
        let Ok((signed, _)) = SignedData::parse(data, &LIMITS) else { return };
        let _ = signed.signed_digest();
        for signer in &signed.signers {
            for certificate in &signed.certificates {
                let _ = signer.names(certificate, &LIMITS);
            }
            let _ = signer.signed_message();
            for attributes in signer.signed_attributes.iter().chain([&signer.unsigned_attributes]) {
                let _ = (attributes.content_type(), attributes.message_digest(), attributes.signing_time());
                let _ = (attributes.signing_certificates(&LIMITS), attributes.log_proof(&LIMITS));
                let _ = (attributes.revocation_info_archival(&LIMITS), attributes.time_stamps().count());
            }
        }
        let _ = dauson::cms::amend::add_unsigned_attributes(data, &[], &LIMITS);
    }
);
