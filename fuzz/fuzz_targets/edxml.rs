//! Packages and status messages of other systems (edXML).
#![no_main]

use dauson::registry::edxml::{self, Message};
use dauson_fuzz::{LIMITS, edxml_seeds, seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(edxml_seeds),
    |data: &[u8]| {
        // what is read can be written, and is then read as the same
        match edxml::read(data, &LIMITS) {
            Ok(Message::Package(package)) => {
                let (text, _) = edxml::package(&package);
                let _ = edxml::read(text.as_bytes(), &LIMITS);
            }
            Ok(Message::Status(status)) => {
                let _ = edxml::read(edxml::status(&status).as_bytes(), &LIMITS);
            }
            Err(_) => {}
        }
    }
);
