//! XML documents, their canonical forms and signatures.
#![no_main]

use dauson::xml::Document;
use dauson::xml::c14n::{C14n, canonicalize};
use dauson_fuzz::{LIMITS, seeds, with_inputs, xml_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: seeds(xml_seeds),
    |data: &[u8]| {
        if let Ok(document) = Document::parse(data, &LIMITS) {
            for uri in ["http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"] {
                let _ = C14n::from_uri(uri).map(|form| canonicalize(document.root(), form, None));
            }
        }
        let _ = with_inputs(|inputs| dauson::validation::validate_xml(data, inputs));
    }
);
