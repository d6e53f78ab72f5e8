//! The signature field: an existing empty one, or a new one with its widget on the first page (ISO 32000-2 12.7.5.5).

use super::{Lock, PadesError, SignOptions, SubFilter, rules};
use crate::pdf::PdfError;
use crate::pdf::appearance::{self, AppearanceError, Visible};
use crate::pdf::document::Document;
use crate::pdf::fields::SignatureField;
use crate::pdf::increment::Increment;
use crate::pdf::object::{Dictionary, Object, ObjectId, decode_text};
use crate::pdf::pages::Page;

/// Bit 1: signatures exist; bit 2: only incremental updates from now on (table 225).
const SIG_FLAGS: i64 = 3;
/// Annotation flags: printed, locked (table 167).
const PRINT_LOCKED: i64 = 132;

/// A field with room made for its signature dictionary.
pub struct Placed {
    /// Its fully qualified name.
    pub name: String,
    /// Its lock, if its author demands one.
    pub lock: Option<Dictionary>,
}

/// Puts a reference to the signature dictionary `value` into the field that is asked for.
pub fn place(
    doc: &Document,
    fields: &[SignatureField],
    options: &SignOptions,
    value: ObjectId,
    increment: &mut Increment<'_>,
) -> Result<Placed, PadesError> {
    let existing = options.field.as_ref().and_then(|name| fields.iter().find(|f| f.name == *name));
    rules::permissions(doc, existing.is_some())?;
    if let Some(field) = existing {
        return sign_existing(doc, field, options, value, increment);
    }
    if let Some(visible) = &options.visible
        && fields.iter().any(|field| field.value.is_some())
    {
        rules::covering(visible, &page_of(doc, visible)?)?;
    }
    let taken = root_names(doc)?;
    let name = match &options.field {
        Some(name) => new_name(name, &taken)?,
        None => (1..=taken.len().saturating_add(fields.len()).saturating_add(1))
            .map(|n| match options.sub_filter {
                SubFilter::TimeStamp => format!("Timestamp{n}"),
                SubFilter::Pades | SubFilter::Adbe => format!("Signature{n}"),
            })
            .find(|name| !taken.contains(name) && !fields.iter().any(|f| f.name == *name))
            .unwrap_or_default(),
    };
    add_new(doc, &name, options, value, increment)?;
    Ok(Placed { name, lock: None })
}

fn sign_existing(
    doc: &Document,
    field: &SignatureField,
    options: &SignOptions,
    value: ObjectId,
    increment: &mut Increment<'_>,
) -> Result<Placed, PadesError> {
    let name = field.name.clone();
    if field.value.is_some() || field.broken_value {
        return Err(PadesError::AlreadySigned { name });
    }
    rules::seed_value(doc, field, options)?;
    let id = field.id.ok_or(PdfError::Missing { what: "the signature field is not an object of its own" })?;
    let mut dictionary = doc.get(id)?.as_dictionary().cloned().unwrap_or_default();
    dictionary.set(b"V", value);
    if let Some(visible) = &options.visible {
        // the place of an existing field is its author's: what is asked for concerns its look only
        let page = page_of(doc, visible)?;
        let (form, rect) = appearance::draw(visible, &page, increment)?;
        appearance::widget_entries(form, rect, &mut dictionary);
    }
    increment.set(id, dictionary);
    update_form(doc, None, increment)?;
    let lock = doc.value(&field.dictionary, b"Lock")?.as_dictionary().cloned();
    Ok(Placed { name, lock })
}

fn new_name(name: &str, taken: &[String]) -> Result<String, PadesError> {
    let refuse = |why| Err(PadesError::BadFieldName { name: name.to_owned(), why });
    if name.is_empty() {
        return refuse("it is empty");
    }
    if name.contains('.') {
        return refuse("a full stop separates the levels of field names");
    }
    if taken.iter().any(|t| t == name) {
        return refuse("a field that is no signature field has it");
    }
    Ok(name.to_owned())
}

/// Names of the fields at the root of the form.
fn root_names(doc: &Document) -> Result<Vec<String>, PadesError> {
    let Some(form) = doc.acro_form()? else { return Ok(Vec::new()) };
    let fields = doc.value(&form.dictionary, b"Fields")?;
    let mut names = Vec::new();
    for field in fields.as_array().unwrap_or_default().iter().take(doc.limits().pdf_tree_nodes) {
        if let Some(field) = doc.resolve(field)?.as_dictionary() {
            names.extend(doc.value(field, b"T")?.as_string().map(decode_text));
        }
    }
    Ok(names)
}

fn add_new(
    doc: &Document,
    name: &str,
    options: &SignOptions,
    value: ObjectId,
    increment: &mut Increment<'_>,
) -> Result<(), PadesError> {
    let page = match &options.visible {
        Some(visible) => page_of(doc, visible)?,
        None => doc.page(0)?,
    };
    let mut widget = Dictionary::new();
    widget.set(b"Type", Object::name("Annot"));
    widget.set(b"Subtype", Object::name("Widget"));
    widget.set(b"FT", Object::name("Sig"));
    widget.set(b"T", Object::text(name));
    widget.set(b"V", value);
    widget.set(b"F", PRINT_LOCKED);
    widget.set(b"Rect", vec![Object::Integer(0); 4]);
    if let Some(visible) = &options.visible {
        let (form, rect) = appearance::draw(visible, &page, increment)?;
        appearance::widget_entries(form, rect, &mut widget);
    }
    widget.set(b"P", page.id);
    let widget = increment.add(widget);
    let mut dictionary = page.dictionary;
    append(doc, page.id, &mut dictionary, b"Annots", widget, increment)?;
    update_form(doc, Some(widget), increment)
}

/// Appends a reference to an array that a dictionary holds: in the array's own object if it has one, else in the dictionary, which
/// is then written again as object `holder`.
fn append(
    doc: &Document,
    holder: ObjectId,
    dictionary: &mut Dictionary,
    key: &[u8],
    element: ObjectId,
    increment: &mut Increment<'_>,
) -> Result<bool, PadesError> {
    let entry = dictionary.get(key).cloned().unwrap_or(Object::Null);
    let mut elements = doc.resolve(&entry)?.as_array().map(<[Object]>::to_vec);
    let direct = elements.is_none();
    let list = elements.get_or_insert_default();
    list.push(Object::Reference(element));
    match (entry.as_reference(), direct) {
        (Some(id), false) => {
            increment.set(id, std::mem::take(list));
            Ok(false)
        }
        _ => {
            dictionary.set(key, std::mem::take(list));
            increment.set(holder, dictionary.clone());
            Ok(true)
        }
    }
}

/// Adds a field to the form, if one is given, and sets `/SigFlags`; what does not change is not written again.
fn update_form(doc: &Document, field: Option<ObjectId>, increment: &mut Increment<'_>) -> Result<(), PadesError> {
    let catalog_id = doc.catalog_id().ok_or(PdfError::Missing { what: "the trailer names no document catalog" })?;
    let catalog = increment.get(catalog_id).map_err(PadesError::from)?;
    let mut catalog = catalog.as_dictionary().cloned().unwrap_or_default();
    let Some(form) = doc.acro_form()? else {
        let mut form = Dictionary::new();
        form.set(b"Fields", field.into_iter().map(Object::Reference).collect::<Vec<_>>());
        form.set(b"SigFlags", SIG_FLAGS);
        let form = increment.add(form);
        catalog.set(b"AcroForm", form);
        increment.set(catalog_id, catalog);
        return Ok(());
    };
    let mut dictionary = form.dictionary;
    let mut changed = false;
    if doc.value(&dictionary, b"SigFlags")?.as_integer().is_none_or(|flags| flags & SIG_FLAGS != SIG_FLAGS) {
        dictionary.set(b"SigFlags", SIG_FLAGS);
        changed = true;
    }
    let holder = form.id.unwrap_or(catalog_id);
    if let Some(field) = field {
        // with the form inside the catalog, `append` must not take the form for the catalog
        let before = dictionary.clone();
        changed |= append(doc, holder, &mut dictionary, b"Fields", field, increment)? || before != dictionary;
    }
    if changed {
        match form.id {
            Some(id) => increment.set(id, dictionary),
            None => {
                catalog.set(b"AcroForm", dictionary);
                increment.set(catalog_id, catalog);
            }
        }
    }
    Ok(())
}

/// The page on which a signature is to be seen.
fn page_of(doc: &Document, visible: &Visible) -> Result<Page, PadesError> {
    let pages = doc.page_count()?;
    if visible.page >= pages {
        return Err(AppearanceError::NoPage { page: visible.page.saturating_add(1), pages }.into());
    }
    Ok(doc.page(visible.page)?)
}

/// The `/Action` and `/Fields` of a lock.
pub fn lock_dictionary(lock: &Lock) -> Dictionary {
    let mut dictionary = Dictionary::new();
    let (action, names): (&str, &[String]) = match lock {
        Lock::All => ("All", &[]),
        Lock::Include(names) => ("Include", names),
        Lock::Exclude(names) => ("Exclude", names),
    };
    dictionary.set(b"Action", Object::name(action));
    if !names.is_empty() {
        dictionary.set(b"Fields", names.iter().map(|n| Object::text(n)).collect::<Vec<_>>());
    }
    dictionary
}
