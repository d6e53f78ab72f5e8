//! Knows annotations, which only a certification with P = 3 permits to change (12.8.2.2, table 257). Widgets are no
//! annotations in this sense: they are fields.

use super::compare::Step;
use super::place::Root;
use super::signing::new_field;
use super::{Difference, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use std::collections::HashSet;

/// Annotations that are comments (12.5.6.2) or lead somewhere: none that plays something or prints.
const KINDS: [&[u8]; 18] = [
    b"Text",
    b"Link",
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Popup",
    b"FileAttachment",
    b"Redact",
];

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let permitted = match place.root {
        Root::Annotation(_) => !place.is(&["Subtype"]) || difference.new.as_name().is_some_and(|n| KINDS.contains(&n)),
        Root::Page(_) if place.is(&["Annots"]) => {
            let list = |o: &Object| o.as_array().map(<[Object]>::to_vec).or(o.is_null().then(Vec::new));
            let (old, new) = (list(&difference.old)?, list(&difference.new)?);
            let ids = |list: &[Object]| list.iter().filter_map(Object::as_reference).collect::<HashSet<ObjectId>>();
            let (was, is) = (ids(&old), ids(&new));
            let known = |list: &HashSet<ObjectId>, e: &Object| e.as_reference().is_some_and(|id| list.contains(&id));
            let mut gone = old.iter().filter(|e| !known(&is, e));
            let mut added = new.iter().filter(|e| !known(&was, e));
            gone.all(|e| is_annotation(step.old, e))
                && added.all(|e| is_annotation(step.new, e) || new_field(step, e).is_some())
        }
        Root::Page(_) => place.is_within(&["Annots", "[]"]) && place.path.len() > 2,
        _ => false,
    };
    (permitted && !acts(difference)).then_some(Kind::Annotation)
}

/// What an annotation does is no annotation: it may lead to a place or an address, and nothing else (12.6.4).
fn acts(difference: &Difference) -> bool {
    difference.place.path.iter().any(|key| key == b"AA")
        || difference.place.is(&["A"]) && !is_harmless(&difference.new)
        || difference.place.is_within(&["A"])
            && !["URI", "D"].iter().any(|key| difference.place.is_within(&["A", key]))
            && difference.place.path.len() > 1
}

fn is_harmless(action: &Object) -> bool {
    let kind = |a: &Dictionary| a.get(b"S").and_then(Object::as_name).map(<[u8]>::to_vec);
    match action {
        Object::Null => true,
        Object::Dictionary(a) => !a.contains(b"Next") && matches!(kind(a).as_deref(), Some(b"URI" | b"GoTo")),
        _ => false,
    }
}

fn is_annotation(doc: &Document, object: &Object) -> bool {
    let judged = || {
        let annotation = doc.resolve(object).ok()?;
        let annotation = annotation.as_dictionary()?;
        let subtype = doc.value(annotation, b"Subtype").ok()?;
        let action = doc.value(annotation, b"A").ok()?;
        let acts = annotation.contains(b"AA") || !is_harmless(&action);
        Some(KINDS.contains(&subtype.as_name()?) && !acts)
    };
    judged().unwrap_or(false)
}
