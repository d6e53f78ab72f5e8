//! PDF files: opened both ways, pages and where text stands on them, fields, streams, and what changed from revision to revision.
#![no_main]

use dauson::pdf::changes::Changes;
use dauson::pdf::document::Document;
use dauson::pdf::object::{Object, ObjectId};
use dauson_fuzz::LIMITS;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let source = Arc::new(data.to_vec());
    if let Ok(doc) = Document::open(source.clone(), None, LIMITS) {
        let _ = (doc.page_count(), doc.signature_fields());
        for number in 1..doc.highest_object_number().min(64) {
            let id = ObjectId::new(number);
            if let Ok(object) = doc.get(id)
                && let Object::Stream(stream) = &*object
            {
                let _ = doc.stream_data(id, stream);
            }
        }
        let _ = Changes::since(&doc, 0).after(0).count();
    }
    if let Ok(doc) = Document::open_or_recover(source, None, LIMITS) {
        let _ = doc.signature_fields();
        if let Ok(page) = doc.page(0) {
            let _ = doc.text_of(&page);
        }
    }
});
