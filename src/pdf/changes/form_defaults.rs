//! Permits resources and settings that a form did not have before, with which new appearances are drawn (12.7.3).

use super::compare::Step;
use super::{Difference, Kind};
use crate::pdf::object::Object;

pub fn permits(_: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let is_new = difference.old.is_null();
    let permitted = match &*difference.new {
        // signing tools keep the form of the newest signature under one name; no appearance is drawn with it
        _ if place.is_in_catalog(&["AcroForm", "DR", "XObject"]) => true,
        // other resources that are there stay what they are
        _ if place.is_in_catalog(&["AcroForm", "DR"]) => is_new,
        Object::String(_) if place.is_in_catalog(&["AcroForm", "DA"]) => is_new,
        Object::Boolean(_) | Object::Null => place.is_in_catalog(&["AcroForm", "NeedAppearances"]),
        _ => false,
    };
    permitted.then_some(Kind::FormDefaults)
}
