//! Permits metadata: the XMP of the document (14.3.2) and its information dictionary (14.3.3).

use super::compare::Step;
use super::place::Root;
use super::{Difference, Kind};
use crate::pdf::object::Object;

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let info = place.root == Root::Trailer && place.is_within(&["Info"]);
    (info || place.is_in_catalog(&["Metadata"]) && is_xmp(step)).then_some(Kind::Maintenance)
}

/// What the newer document has for metadata is nothing that could be drawn.
fn is_xmp(step: &Step<'_>) -> bool {
    let metadata = || {
        let catalog = step.new.catalog().ok()?;
        let metadata = step.new.value(catalog.as_dictionary()?, b"Metadata").ok()?;
        Some(match &*metadata {
            Object::Stream(stream) => stream.dictionary.get(b"Subtype").and_then(Object::as_name) == Some(b"XML"),
            other => other.is_null(),
        })
    };
    metadata().unwrap_or(false)
}
