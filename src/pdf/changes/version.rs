//! Permits a PDF version and extensions that the document did not state before (7.7.2, 7.12).

use super::compare::Step;
use super::{Difference, Kind};
use crate::pdf::object::Object;

pub fn permits(_: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let version = place.is_in_catalog(&["Version"]) && matches!(&*difference.new, Object::Name(_) | Object::Null);
    (version || place.is_in_catalog(&["Extensions"])).then_some(Kind::Maintenance)
}
