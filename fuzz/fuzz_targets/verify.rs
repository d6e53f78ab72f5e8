//! A whole verification, as `dauson verify` does it.
#![no_main]

use dauson_fuzz::with_inputs;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let source: Arc<dyn dauson::pdf::source::Source> = Arc::new(data.to_vec());
    let _ = with_inputs(|inputs| dauson::validation::validate_pdf(&source, inputs));
});
