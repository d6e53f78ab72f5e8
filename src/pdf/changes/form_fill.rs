//! Permits filling a form: the value of a field, and the appearances that show it (12.8.2.2, table 257).

use super::compare::{Step, inherited};
use super::place::Root;
use super::shown::{Shown, shown};
use super::{Difference, Doubt, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// A button that has no value (12.7.5.2.1).
const PUSHBUTTON: i64 = 1 << 16;
/// An annotation is not seen: Invisible, Hidden, NoView (table 167).
const UNSEEN: i64 = 1 | 1 << 1 | 1 << 5;
/// The area of a page that does not tell its own, in square points.
const A4: f64 = 595.0 * 842.0;
/// What covers more of a page than this may hide what was signed on it.
pub const MUCH: f64 = 0.25;
/// The keys that filling a field sets, besides its appearances.
const VALUES: [&str; 9] = ["V", "I", "RV", "AS", "DA", "Q", "F", "Ff", "M"];

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
    let what = (is_appearance(difference) && step.has_own_appearance(&field)).then(|| shown(step, id));
    let appearance = what.is_some_and(|what| what != Shown::Other);
    let unseen = |flags: &Object| flags.as_integer().unwrap_or_default() & UNSEEN;
    // filling does not bring out what was hidden when it was signed, nor hide what was seen
    if place.is_within(&["F"]) && unseen(&difference.old) != unseen(&difference.new) {
        return None;
    }
    let value = VALUES.iter().any(|key| place.is_within(&[key])) && is_value(&difference.new);
    if !fillable || !(value || appearance) {
        return None;
    }
    if appearance && share_of_page(step.new, &field) > MUCH {
        step.doubt(Doubt::CoversPage, &field);
    }
    // a rich text may say something else than the value, too (12.7.4.4)
    if is_in_other_state(step, id)
        || what == Some(Shown::Untold)
        || (place.is_within(&["RV"]) && !difference.new.is_null())
    {
        step.doubt(Doubt::ShownOtherwise, &field);
    }
    Some(Kind::FieldFilled(step.field_name(&field)))
}

/// A check box or radio button that shows another state (`/AS`) than its value has (12.7.5.2.3, 12.7.5.2.4).
fn is_in_other_state(step: &Step<'_>, id: ObjectId) -> bool {
    let Ok(widget) = step.new.get(id) else { return false };
    let Some(widget) = widget.as_dictionary() else { return false };
    if inherited(step.new, widget, b"FT").as_name() != Some(b"Btn") {
        return false;
    }
    let name = |object: &Object| object.as_name().unwrap_or(b"Off").to_vec();
    let (state, value) = (name(&inherited(step.new, widget, b"AS")), name(&inherited(step.new, widget, b"V")));
    let shows = |state: &[u8]| {
        let appearances = step.new.value(widget, b"AP").ok()?;
        let normal = step.new.value(appearances.as_dictionary()?, b"N").ok()?;
        Some(normal.as_dictionary()?.contains(state))
    };
    state != value && (state != b"Off" || shows(&value).unwrap_or(false))
}

/// How much of its page a widget takes up: 1 is all of it.
pub fn share_of_page(doc: &Document, widget: &Dictionary) -> f64 {
    let area = |value: &Object| {
        let [left, bottom, right, top] = value.as_array()? else { return None };
        let number = |o: &Object| doc.resolve(o).ok()?.as_f64();
        Some(((number(right)? - number(left)?) * (number(top)? - number(bottom)?)).abs())
    };
    let page = doc.value(widget, b"P").ok();
    let page = page.as_deref().and_then(Object::as_dictionary);
    let page = page.and_then(|page| area(&inherited(doc, page, b"MediaBox"))).filter(|area| *area > 0.0).unwrap_or(A4);
    let own = doc.value(widget, b"Rect").ok().and_then(|rect| area(&rect));
    own.unwrap_or_default() / page
}

/// An appearance of a widget (12.5.5): below one of the three keys, or all of them where there were none. Nothing else that
/// a dictionary of that name could be has these keys.
pub fn is_appearance(difference: &Difference) -> bool {
    let place = &difference.place;
    let first = place.is(&["AP"]) && difference.old.is_null() && matches!(&*difference.new, Object::Dictionary(_));
    first || ["N", "R", "D"].iter().any(|key| place.is_within(&["AP", key]))
}

/// What a field can be filled with, and how it is shown: no dictionary, no stream.
pub fn is_value(new: &Object) -> bool {
    match new {
        Object::Array(elements) => elements.iter().all(is_value),
        Object::Dictionary(_) | Object::Stream(_) | Object::Reference(_) => false,
        _ => true,
    }
}
