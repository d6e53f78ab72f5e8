//! The text of a receipt's QR code.
#![no_main]

use dauson::receipts::check::CheckText;
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: dauson_fuzz::qr_seeds(),
    |data: &[u8]| {
        let Ok(text) = std::str::from_utf8(data) else { return };
        if let Ok(check) = CheckText::parse(text) {
            assert_eq!(CheckText::parse(&check.to_string()).as_ref(), Ok(&check));
        }
    }
);
