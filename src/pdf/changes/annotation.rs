//! Knows annotations, which only a certification with P = 3 permits to change (12.8.2.2, table 257). Widgets are no
//! annotations in this sense: they are fields.

use super::compare::Step;
use super::place::Root;
use super::signing::new_field;
use super::{Difference, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Object, ObjectId};
use std::collections::HashSet;

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let permitted = match place.root {
        Root::Annotation(_) => !(place.is(&["Subtype"]) && difference.new.as_name() == Some(b"Widget")),
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
    permitted.then_some(Kind::Annotation)
}

fn is_annotation(doc: &Document, object: &Object) -> bool {
    let subtype = |o: &Object| doc.value(o.as_dictionary()?, b"Subtype").ok()?.as_name().map(<[u8]>::to_vec);
    doc.resolve(object).ok().and_then(|o| subtype(&o)).is_some_and(|s| s != b"Widget")
}
