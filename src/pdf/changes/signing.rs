//! Permits further signature fields, and signing those that are there (12.8.2.2, table 257): a signature field takes
//! its place in the form, on its page, and gets its value.

use super::compare::Step;
use super::place::Root;
use super::{Difference, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};

/// What the dictionary of a new signature field or its widget may have: nothing that acts, nothing that other
/// fields have.
const KEYS: [&[u8]; 27] = [
    b"Type",
    b"Subtype",
    b"FT",
    b"T",
    b"TU",
    b"TM",
    b"V",
    b"DV",
    b"Ff",
    b"F",
    b"Rect",
    b"AP",
    b"AS",
    b"P",
    b"Parent",
    b"Kids",
    b"MK",
    b"DA",
    b"DR",
    b"Q",
    b"Lock",
    b"SV",
    b"M",
    b"NM",
    b"BS",
    b"Border",
    b"StructParent",
];
/// Levels of fields below a new one.
const DEEPEST: usize = 8;

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    match place.root {
        Root::Catalog if place.is(&["AcroForm", "SigFlags"]) => {
            matches!(&*difference.new, Object::Integer(_)).then_some(Kind::Maintenance)
        }
        Root::Catalog if place.is(&["AcroForm", "Fields"]) => fields_added(step, difference),
        Root::Page(_) if place.is(&["Annots"]) => fields_added(step, difference),
        Root::Field(_) if place.is(&["Kids"]) => fields_added(step, difference),
        Root::Field(id) => {
            let field = step.old_field(id)?;
            if !is_signature_field(step, step.old, &field) {
                return None;
            }
            // a signature that is there stays what it is
            let unsigned = step.inherited(step.old, &field, b"V").is_null();
            let signed = step.new.get(id).ok()?;
            let value = step.inherited(step.new, signed.as_dictionary()?, b"V");
            let changes = [
                &["V"][..],
                &["AP"],
                &["AS"],
                &["F"],
                &["Ff"],
                &["DA"],
                &["Q"],
                &["M"],
                &["P"],
                &["MK"],
                &["StructParent"],
            ];
            let permitted = unsigned && changes.iter().any(|keys| place.is_within(keys));
            permitted.then(|| kind_of(step, &value).unwrap_or_else(|| Kind::filled(step, &field))).map(
                |kind| match kind {
                    Kind::NewSignature => Kind::filled(step, &field),
                    other => other,
                },
            )
        }
        _ => None,
    }
}

/// All that was added to a list are new signature fields or their widgets.
fn fields_added(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let old = difference.old.as_array();
    if old.is_none() && !difference.old.is_null() {
        return None;
    }
    let added = step.added(old.unwrap_or_default(), difference.new.as_array()?)?;
    let kinds: Option<Vec<Kind>> = added.into_iter().map(|field| new_field(step, field, 0)).collect();
    let signs = kinds?.contains(&Kind::NewSignature);
    Some(if signs { Kind::NewSignature } else { Kind::Maintenance })
}

/// What a new signature field is, if it is one: a document time-stamp, or a signature.
pub fn new_field(step: &Step<'_>, field: &Object, depth: usize) -> Option<Kind> {
    if depth > DEEPEST || !step.is_new(field) {
        return None;
    }
    let resolved = step.new.resolve(field).ok()?;
    let Object::Dictionary(dictionary) = &*resolved else { return None };
    let plain = dictionary.iter().all(|(key, _)| KEYS.contains(&key)) && !dictionary.has_duplicate_keys();
    if !plain {
        return None;
    }
    let kids = step.new.value(dictionary, b"Kids").ok()?;
    if let Some(kids) = kids.as_array().filter(|k| !k.is_empty()) {
        let kinds: Option<Vec<Kind>> = kids.iter().map(|kid| new_field(step, kid, depth.saturating_add(1))).collect();
        let signs = kinds?.contains(&Kind::NewSignature);
        return Some(if signs { Kind::NewSignature } else { Kind::Maintenance });
    }
    if !is_signature_field(step, step.new, dictionary) {
        return None;
    }
    let value = step.inherited(step.new, dictionary, b"V");
    match kind_of(step, &value) {
        Some(kind) => Some(kind),
        // a field that nobody signed has nothing to show
        None if value.is_null() && !shows_something(step.new, dictionary) => Some(Kind::NewSignature),
        None => None,
    }
}

fn is_signature_field(step: &Step<'_>, doc: &Document, field: &Dictionary) -> bool {
    step.inherited(doc, field, b"FT").as_name() == Some(b"Sig")
}

/// What the value of a signature field makes it.
fn kind_of(step: &Step<'_>, value: &Object) -> Option<Kind> {
    let Object::Dictionary(signature) = value else { return None };
    let sub_filter = step.new.value(signature, b"SubFilter").ok()?;
    if !signature.contains(b"ByteRange") || !signature.contains(b"Contents") {
        return None;
    }
    Some(if sub_filter.as_name() == Some(b"ETSI.RFC3161") { Kind::Maintenance } else { Kind::NewSignature })
}

/// The normal appearance draws something.
fn shows_something(doc: &Document, widget: &Dictionary) -> bool {
    let normal = || {
        let appearances = doc.value(widget, b"AP").ok()?;
        let entry = appearances.as_dictionary()?.get(b"N")?.clone();
        let normal = doc.resolve(&entry).ok()?;
        let drawn = match &*normal {
            Object::Stream(stream) => {
                let data = doc.stream_data(entry.as_reference()?, stream).ok();
                data.is_none_or(|d| !d.trim_ascii().is_empty())
            }
            Object::Null => false,
            _ => true,
        };
        Some(drawn)
    };
    normal().unwrap_or(false)
}
