//! A whole signature: the file stays a prefix, and the signature is found valid over what was signed.
#![no_main]

use dauson_fuzz::{sign, with_inputs};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let Some(signed) = sign(data) else { return };
    assert!(signed.starts_with(data));
    let source: Arc<dyn dauson::pdf::source::Source> = Arc::new(signed);
    let judged = with_inputs(|inputs| dauson::validation::validate_pdf(&source, inputs));
    // what was signed can be told to be signed
    assert!(!judged.expect("it can be read again").is_empty());
});
