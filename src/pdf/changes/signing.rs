//! Permits further signature fields, and signing those that are there (12.8.2.2, table 257): a signature field takes
//! its place in the form, on its page, and gets its value.

use super::compare::{NewFields, ShownWidget, Step, inherited};
use super::form_fill::{MUCH, is_appearance, is_value, share_of_page};
use super::place::Root;
use super::{Difference, Doubt, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream, decode_text};
use crate::pdf::parser::is_space;
use crate::pdf::xref::Entry;
use std::collections::HashSet;
use std::io::Read as _;
use std::rc::Rc;
use std::sync::Arc;

/// What the dictionary of a new signature field or its widget may have: nothing that acts, nothing that other
/// fields have.
const KEYS: [&[u8]; 28] = [
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
    b"H",
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
            if !is_signature_field(step.old, &field) {
                return None;
            }
            // a signature that is there stays what it is
            let unsigned = inherited(step.old, &field, b"V").is_null();
            let signed = step.new.get(id).ok()?;
            let value = inherited(step.new, signed.as_dictionary()?, b"V");
            let new = &*difference.new;
            let is_page = new.as_dictionary().is_some_and(|d| d.is_type(b"Page"));
            let permitted = match place.path.first().map(Vec::as_slice) {
                Some(b"V") => place.is(&["V"]) && kind_of(step, new).is_some(),
                Some(b"AP") => is_appearance(difference) && step.has_own_appearance(&field),
                Some(b"P") => place.is(&["P"]) && difference.old.is_null() && is_page,
                Some(b"AS" | b"F" | b"Ff" | b"DA" | b"Q" | b"M" | b"StructParent") => is_value(new),
                _ => false,
            };
            // what is shown at the place of a signature is shown by one who signs
            let permitted = unsigned && permitted && !value.is_null();
            // the document that was signed has the place for it
            if permitted && place.is_within(&["AP"]) && share_of_page(step.new, &field) > MUCH {
                step.doubt(Doubt::CoversPage, &field);
            }
            permitted.then(|| match kind_of(step, &value) {
                None | Some(Kind::NewSignature) => Kind::FieldSigned(step.field_name(&field)),
                Some(other) => other,
            })
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
    strongest(added.into_iter().map(|field| new_field(step, field)))
}

/// A signature among them makes them signatures; `None` if one of them is something else.
fn strongest(kinds: impl Iterator<Item = Option<Kind>>) -> Option<Kind> {
    let kinds: Option<Vec<Kind>> = kinds.collect();
    Some(if kinds?.contains(&Kind::NewSignature) { Kind::NewSignature } else { Kind::Maintenance })
}

/// What a new signature field or widget is, if it is one.
pub fn new_field(step: &Step<'_>, field: &Object) -> Option<Kind> {
    let known = field.as_reference().and_then(|id| new_fields(step).get(&id).cloned());
    known.or_else(|| judge_new(step, field, &Above::default(), &mut NewFields::new()))
}

/// All new signature fields of the form, with their widgets, which need not know their fields.
fn new_fields(step: &Step<'_>) -> Rc<NewFields> {
    if let Some(known) = &*step.new_fields.borrow() {
        return Rc::clone(known);
    }
    let mut found = NewFields::new();
    let fields = |doc: &Document| -> Option<Vec<Object>> {
        let form = doc.acro_form().ok()??;
        Some(doc.value(&form.dictionary, b"Fields").ok()?.as_array()?.to_vec())
    };
    let old: HashSet<ObjectId> = fields(step.old).unwrap_or_default().iter().filter_map(Object::as_reference).collect();
    let is_old = |field: &Object| field.as_reference().is_some_and(|id| old.contains(&id));
    for field in fields(step.new).unwrap_or_default().iter().filter(|f| !is_old(f)) {
        let mut own = NewFields::new();
        if judge_new(step, field, &Above::default(), &mut own).is_some() {
            found.extend(own);
        }
    }
    let found = Rc::new(found);
    *step.new_fields.borrow_mut() = Some(Rc::clone(&found));
    found
}

/// What a widget has from its field.
#[derive(Clone, Default)]
struct Above {
    is_signature: bool,
    value: Option<Arc<Object>>,
    depth: usize,
}

/// What a new signature field is, if it is one: a document time-stamp, or a signature.
fn judge_new(step: &Step<'_>, field: &Object, above: &Above, found: &mut NewFields) -> Option<Kind> {
    if above.depth > DEEPEST || found.len() > step.new.limits().pdf_signatures || !step.is_new(field) {
        return None;
    }
    let resolved = step.new.resolve(field).ok()?;
    let Object::Dictionary(dictionary) = &*resolved else { return None };
    let plain = dictionary.iter().all(|(key, _)| KEYS.contains(&key)) && !dictionary.has_duplicate_keys();
    if !plain {
        return None;
    }
    let value = match new_value(step, dictionary)? {
        Some(value) => value,
        None => above.value.clone().unwrap_or_else(|| Arc::new(Object::Null)),
    };
    let is_signature = above.is_signature || is_signature_field(step.new, dictionary);
    let kids = step.new.value(dictionary, b"Kids").ok()?;
    let kind = match kids.as_array().filter(|k| !k.is_empty()) {
        Some(kids) => {
            if value.is_null() && shows_something(step.new, dictionary) {
                return None;
            }
            let above = Above { is_signature, value: Some(value), depth: above.depth.saturating_add(1) };
            strongest(kids.iter().map(|kid| judge_new(step, kid, &above, found)))?
        }
        None if !is_signature => return None,
        None => match kind_of(step, &value) {
            Some(_) if shows_something(step.new, dictionary) && hides_page(step, field, dictionary) => return None,
            Some(kind) => kind,
            // a field that nobody signed has nothing to show
            None if value.is_null() && !shows_something(step.new, dictionary) => Kind::NewSignature,
            None => return None,
        },
    };
    found.extend(field.as_reference().map(|id| (id, kind.clone())));
    Some(kind)
}

/// With this widget, those that signatures gained on its page take up much of it. Nobody who signed the page before has agreed to that: it is how
/// a sneaky signature hides what stands there.
fn hides_page(step: &Step<'_>, field: &Object, widget: &Dictionary) -> bool {
    let (page, id) = (widget.get(b"P").and_then(Object::as_reference), field.as_reference());
    let mut shown = step.shown.borrow_mut();
    if id.is_none() || shown.iter().all(|known| known.id != id) {
        let name = inherited(step.new, widget, b"T").as_string().map(decode_text).unwrap_or_default();
        shown.push(ShownWidget { name, page, id, share: share_of_page(step.new, widget) });
    }
    // who does not say its page may be on any
    let beside = |known: &&ShownWidget| known.page == page || known.page.is_none() || page.is_none();
    shown.iter().filter(beside).map(|known| known.share).sum::<f64>() > MUCH
}

/// The value of a new field or widget, its own or that of a field above it; `None` if there was that value before: the
/// widget would show a signature that nobody made with it.
#[allow(clippy::option_option)] // without value, or with one that is not new
fn new_value(step: &Step<'_>, field: &Dictionary) -> Option<Option<Arc<Object>>> {
    let mut field = field.clone();
    let mut is_new = true;
    for _ in 0..DEEPEST {
        if let Some(value) = field.get(b"V").filter(|v| !v.is_null()) {
            let fresh = if value.as_reference().is_some() { step.is_new(value) } else { is_new };
            return fresh.then(|| step.new.resolve(value).ok());
        }
        let Some(parent) = field.get(b"Parent") else { break };
        is_new = step.is_new(parent);
        field = step.new.resolve(parent).ok()?.as_dictionary()?.clone();
    }
    Some(None)
}

fn is_signature_field(doc: &Document, field: &Dictionary) -> bool {
    inherited(doc, field, b"FT").as_name() == Some(b"Sig")
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

/// A widget so small that nobody can make anything out on it, in points.
const SPECK: f64 = 2.0;
/// Bytes of a content stream that is looked through for whether it paints nothing.
const MOST_OF_NOTHING: u64 = 64 << 10;

/// Something of the widget can be seen, or it cannot be made out that nothing can: what is not understood here, a
/// reader may understand.
fn shows_something(doc: &Document, widget: &Dictionary) -> bool {
    is_framed(doc, widget) || !is_speck(doc, widget) && has_appearance(doc, widget)
}

/// A reader may draw a border, a background or a caption without any appearance (12.5.4, 12.5.6.19).
fn is_framed(doc: &Document, widget: &Dictionary) -> bool {
    let turned_only = |marks: &Dictionary| marks.iter().all(|(key, _)| key == b"R");
    let nothing = |width: Option<&Object>| width.and_then(|w| doc.resolve(w).ok()?.as_f64()).is_some_and(|w| w == 0.0);
    let plain = |key: &[u8], is_plain: &dyn Fn(&Object) -> bool| {
        doc.value(widget, key)
            .is_ok_and(|value| (value.is_null() && is_absent(doc, widget.get(key))) || is_plain(&value))
    };
    let marks = plain(b"MK", &|value| value.as_dictionary().is_some_and(turned_only));
    let style = plain(b"BS", &|value| value.as_dictionary().is_some_and(|style| nothing(style.get(b"W"))));
    let border = plain(b"Border", &|value| value.as_array().is_some_and(|all| all.len() == 3 && nothing(all.get(2))));
    !(marks && style && border)
}

/// What was found to be null is null for every reader: not a reference to an object by another generation.
fn is_absent(doc: &Document, entry: Option<&Object>) -> bool {
    match entry.and_then(Object::as_reference) {
        Some(id) => matches!(doc.location(id.number), Ok(None | Some(Entry::Free))),
        None => true,
    }
}

fn is_speck(doc: &Document, widget: &Dictionary) -> bool {
    let extent = || {
        let rect = doc.value(widget, b"Rect").ok()?;
        let [left, bottom, right, top] = rect.as_array()? else { return None };
        let number = |o: &Object| doc.resolve(o).ok()?.as_f64();
        let (width, height) = (number(right)? - number(left)?, number(top)? - number(bottom)?);
        Some(width.abs().max(height.abs()))
    };
    extent().is_some_and(|e| e <= SPECK)
}

/// An appearance that may paint.
fn has_appearance(doc: &Document, widget: &Dictionary) -> bool {
    let Ok(appearances) = doc.value(widget, b"AP") else { return true };
    let appearances = match &*appearances {
        Object::Null => return !is_absent(doc, widget.get(b"AP")),
        Object::Dictionary(appearances) => appearances,
        _ => return true,
    };
    appearances.iter().any(|(_, entry)| match (doc.resolve(entry), entry.as_reference()) {
        (Ok(found), _) if found.is_null() => !is_absent(doc, Some(entry)),
        (Ok(found), Some(id)) => found.as_stream().is_none_or(|stream| is_painted(doc, id, stream)),
        _ => true,
    })
}

/// A stream that is not known to paint nothing. Only what every reader decodes alike is looked into.
fn is_painted(doc: &Document, id: ObjectId, stream: &Stream) -> bool {
    let odd = [b"DecodeParms".as_slice(), b"F", b"FFilter", b"DP"].iter().any(|key| stream.dictionary.contains(key));
    let filter = stream.dictionary.get(b"Filter").map(|f| f.as_name());
    if odd || !matches!(filter, None | Some(Some(b"FlateDecode"))) {
        return true;
    }
    let mut bare = stream.clone();
    bare.dictionary.remove(b"Filter");
    let Ok(written) = doc.stream_data(id, &bare) else { return true };
    if filter.is_none() {
        return paints(&written);
    }
    // readers differ in what they make of data that is damaged
    let mut content = Vec::new();
    let decoder = flate2::read::ZlibDecoder::new(written.as_slice());
    let decoded = decoder.take(MOST_OF_NOTHING.saturating_add(1)).read_to_end(&mut content);
    !decoded.is_ok_and(|length| u64::try_from(length).is_ok_and(|l| l <= MOST_OF_NOTHING)) || paints(&content)
}

/// A content stream has more than operators that paint nothing (Annex A).
fn paints(content: &[u8]) -> bool {
    let idle = |word: &[u8]| {
        let operator = matches!(word, b"q" | b"Q" | b"cm" | b"re" | b"W" | b"W*" | b"n" | b"BMC" | b"EMC");
        operator || word.starts_with(b"/") || word.iter().all(|b| b.is_ascii_digit() || b"+-.".contains(b))
    };
    let mut words = content.split(|b| is_space(*b)).filter(|w| !w.is_empty());
    words.any(|word| !idle(word) || word.iter().any(|b| b"()<>[]{}%".contains(b)))
}
