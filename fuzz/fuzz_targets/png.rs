//! PNG images, as visible signatures show them.
#![no_main]

use dauson::pdf::appearance::{Visible, draw};
use dauson::pdf::document::Document;
use dauson::pdf::increment::Increment;
use dauson_fuzz::{LIMITS, one_page};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(
    init: dauson_fuzz::png_seeds(),
    |data: &[u8]| {
        let doc = Document::open(Arc::new(one_page()), None, LIMITS).unwrap();
        let visible = Visible { image: Some(data.to_vec()), ..Visible::new(0, [10.0, 10.0, 90.0, 60.0]) };
        let _ = draw(&visible, &doc.page(0).unwrap(), &mut Increment::new(&doc));
    }
);
