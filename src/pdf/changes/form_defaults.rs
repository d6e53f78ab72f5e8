//! Permits resources and settings that a form did not have before, with which new appearances are drawn (12.7.3).

use super::compare::{Step, inherited};
use super::{Difference, Kind};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::parser::is_space;
use std::collections::HashSet;

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let is_new = difference.old.is_null();
    let permitted = match &*difference.new {
        // signing tools keep the form of the newest signature under one name; no appearance is drawn with it
        _ if place.is_in_catalog(&["AcroForm", "DR", "XObject"]) => is_new || !borrows_resources(step),
        // other resources that are there stay what they are, and what is asked for by name and missing stays missing
        _ if place.is_in_catalog(&["AcroForm", "DR"]) => is_new && !is_asked_for(step, difference),
        Object::String(_) if place.is_in_catalog(&["AcroForm", "DA"]) => is_new,
        // readers then draw the fields anew, with what the form has by then
        Object::Boolean(true) if place.is_in_catalog(&["AcroForm", "NeedAppearances"]) => !has_values(step),
        Object::Boolean(_) | Object::Null => place.is_in_catalog(&["AcroForm", "NeedAppearances"]),
        _ => false,
    };
    permitted.then_some(Kind::FormDefaults)
}

/// Fields of the signed form, but for signature fields; `None` if they cannot be told.
fn filled_fields(step: &Step<'_>) -> Option<Vec<Dictionary>> {
    let Some(form) = step.old.acro_form().ok()? else { return Some(Vec::new()) };
    let mut open = step.old.value(&form.dictionary, b"Fields").ok()?.as_array().unwrap_or_default().to_vec();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    while let Some(entry) = open.pop() {
        step.spend(1).ok()?;
        if entry.as_reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let Ok(field) = step.old.resolve(&entry) else { continue };
        let Some(field) = field.as_dictionary() else { continue };
        if let Ok(kids) = step.old.value(field, b"Kids") {
            open.extend(kids.as_array().unwrap_or_default().iter().cloned());
        }
        if !matches!(inherited(step.old, field, b"FT").as_name(), Some(b"Sig") | None) {
            found.push(field.clone());
        }
    }
    Some(found)
}

fn has_values(step: &Step<'_>) -> bool {
    filled_fields(step).is_none_or(|all| all.iter().any(|field| !inherited(step.old, field, b"V").is_null()))
}

/// The appearance of a field has no resources of its own, so that it may be drawn with the form's.
fn borrows_resources(step: &Step<'_>) -> bool {
    let borrows = |field: &Dictionary| {
        let appearances = step.old.value(field, b"AP").ok()?;
        let normal = step.old.value(appearances.as_dictionary()?, b"N").ok()?;
        Some(match &*normal {
            Object::Stream(stream) => !stream.dictionary.contains(b"Resources"),
            _ => false,
        })
    };
    filled_fields(step).is_none_or(|all| all.iter().any(|field| borrows(field).unwrap_or(false)))
}

/// A default appearance of a filled field names this resource.
fn is_asked_for(step: &Step<'_>, difference: &Difference) -> bool {
    let name = difference.place.path.get(3);
    let names: Vec<Vec<u8>> = match (name, difference.place.path.get(2)) {
        (Some(name), _) => vec![name.clone()],
        (None, Some(_)) => keys(&difference.new),
        (None, None) => {
            let fonts = || step.new.value(difference.new.as_dictionary()?, b"Font").ok();
            fonts().map(|f| keys(&f)).unwrap_or_default()
        }
    };
    let asks = |field: &Dictionary| {
        let appearance = inherited(step.old, field, b"DA");
        let appearance = appearance.as_string().unwrap_or_default();
        let mut words = appearance.split(|b| is_space(*b)).filter_map(|w| w.strip_prefix(b"/"));
        words.any(|word| names.iter().any(|n| n == word))
    };
    filled_fields(step).is_none_or(|all| all.iter().any(asks))
}

fn keys(object: &Object) -> Vec<Vec<u8>> {
    object.as_dictionary().into_iter().flat_map(Dictionary::iter).map(|(key, _)| key.to_vec()).collect()
}
