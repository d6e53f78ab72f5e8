//! Permits filling a form: the value of a field, and the appearances that show it (12.8.2.2, table 257).

use super::compare::{Step, inherited};
use super::place::Root;
use super::{Difference, Kind};
use crate::pdf::object::Object;

/// A button that has no value (12.7.5.2.1).
const PUSHBUTTON: i64 = 1 << 16;

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let Root::Field(id) = place.root else { return None };
    let field = step.old_field(id)?;
    let flags = inherited(step.old, &field, b"Ff").as_integer().unwrap_or_default();
    let fillable = match inherited(step.old, &field, b"FT").as_name()? {
        b"Tx" | b"Ch" => true,
        b"Btn" => flags & PUSHBUTTON == 0,
        _ => false,
    };
    let value = ["V", "I", "RV"].iter().any(|key| place.is_within(&[key])) && is_value(&difference.new);
    let shown = ["AP", "AS", "DA", "Q", "F", "Ff", "M", "MK"].iter().any(|key| place.is_within(&[key]));
    let own = !place.is_within(&["AP"]) || step.has_own_appearance(&field);
    (fillable && own && (value || shown)).then(|| Kind::filled(step, &field))
}

/// What a field can be filled with.
fn is_value(new: &Object) -> bool {
    match new {
        Object::Array(elements) => elements.iter().all(is_value),
        Object::Dictionary(_) | Object::Stream(_) | Object::Reference(_) => false,
        _ => true,
    }
}
