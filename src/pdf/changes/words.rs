//! Says what changed in words that need no knowledge of PDF: on which page, what, and at last the object.

use super::compare::Step;
use super::drawn::Drawn;
use super::place::{Place, Root};
use super::references::current;
use super::{Difference, Kind};
use crate::error::plain;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId, decode_text};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Characters of a value that are told.
const MOST_TOLD: usize = 40;
/// Content of a page that is looked into, in bytes.
const MOST_CONTENT: usize = 4 << 20;

/// The page numbers of the older and the newer document, from 1.
pub type Pages = HashMap<ObjectId, usize>;

/// A change in words.
pub fn describe(step: &Step<'_>, difference: &Difference, kind: &Kind) -> String {
    let place = &difference.place;
    let said = match place.root {
        Root::Trailer => trailer(place),
        Root::Catalog => catalog(step, difference),
        Root::Page(id) => page(step, difference, id, kind),
        Root::Field(id) => field(step, difference, id, kind),
        Root::Annotation(id) => {
            let what = annotation_word(step.new.get(id).ok().as_deref().unwrap_or(&Object::Null));
            format!("{}{what} was changed", on_page_of(step, id))
        }
        Root::StructTree | Root::StructElem(_) => structure(difference, place.path.first()),
    };
    if matches!(kind, Kind::Maintenance | Kind::FormDefaults | Kind::FileStructure) {
        // what tools do along with what was asked of them needs no exact place
        let in_structure = matches!(place.root, Root::StructTree | Root::StructElem(_))
            || place.is_in_catalog(&["StructTreeRoot"])
            || matches!(place.root, Root::Page(_)) && (place.is(&["Tabs"]) || place.is(&["StructParents"]));
        return if in_structure { "new fields were entered in the structure of the document".to_owned() } else { said };
    }
    let keys: Vec<String> = place.path.iter().filter(|k| k.as_slice() != b"[]").map(|k| key_name(k)).collect();
    let object = difference.object.map(|id| format!("object {id}"));
    let exact: Vec<String> = [Some(keys.join(" ")).filter(|k| !k.is_empty()), object].into_iter().flatten().collect();
    if exact.is_empty() { said } else { format!("{said} ({})", exact.join(", ")) }
}

fn key_name(key: &[u8]) -> String {
    format!("/{}", quoted(&String::from_utf8_lossy(key)))
}

/// A text of the file, short and without what could move a cursor.
fn quoted(text: &str) -> String {
    let mut short: String = plain(&text.chars().take(MOST_TOLD).collect::<String>());
    if text.chars().nth(MOST_TOLD).is_some() {
        short.push('…');
    }
    short
}

fn verb(difference: &Difference) -> &'static str {
    match (difference.old.is_null(), difference.new.is_null()) {
        (true, _) => "was added",
        (_, true) => "was removed",
        _ => "was changed",
    }
}

fn first(place: &Place) -> &[u8] {
    place.path.first().map(Vec::as_slice).unwrap_or_default()
}

fn trailer(place: &Place) -> String {
    match first(place) {
        b"Root" => "another document was put in the place of the one that was signed",
        b"Info" => "title, author or other information about the document was changed",
        b"Encrypt" => "the encryption of the document was changed",
        _ => "how the file is laid out was changed",
    }
    .to_owned()
}

fn catalog(step: &Step<'_>, difference: &Difference) -> String {
    let place = &difference.place;
    let verb = verb(difference);
    match first(place) {
        b"Pages" => pages(step, difference),
        b"OpenAction" | b"AA" => format!("an action that runs when the document is opened or used {verb}"),
        b"Names" if place.is_within(&["Names", "EmbeddedFiles"]) => format!("an attached file {verb}"),
        b"Names" if place.is_within(&["Names", "JavaScript"]) => format!("a script {verb}"),
        b"AF" | b"Collection" => format!("an attached file {verb}"),
        b"OCProperties" => "which layers of the document are shown was changed".to_owned(),
        b"DSS" => "data for checking signatures later was added".to_owned(),
        b"Metadata" => "the description of the document (XMP) was renewed".to_owned(),
        b"Perms" => "what the document permits was changed".to_owned(),
        b"Outlines" => "the bookmarks were changed".to_owned(),
        b"StructTreeRoot" => structure(difference, place.path.get(1)),
        b"Version" | b"Extensions" => "the version of PDF that the document states was changed".to_owned(),
        b"Lang" => "the language that the document states was changed".to_owned(),
        b"AcroForm" => form(step, difference),
        _ => format!("a setting of the whole document {verb}"),
    }
}

fn form(step: &Step<'_>, difference: &Difference) -> String {
    let place = &difference.place;
    match place.path.get(1).map(Vec::as_slice) {
        Some(b"Fields") => {
            let (gone, added) = told_apart(difference);
            let names = |doc: &Document, list: &[Object]| {
                let name = |o: &Object| {
                    let field = doc.resolve(o).ok()?;
                    Some(format!("“{}”", quoted(&own_name(doc, field.as_dictionary()?)?)))
                };
                list.iter().filter_map(name).take(5).collect::<Vec<_>>().join(", ")
            };
            match (gone.is_empty(), added.is_empty()) {
                (true, false) => format!("the form has new fields: {}", names(step.new, &added)),
                (false, true) => format!("fields of the form were removed: {}", names(step.old, &gone)),
                _ => "the fields of the form were changed".to_owned(),
            }
        }
        Some(b"DR" | b"DA" | b"NeedAppearances") => "how the fields of the form are drawn was changed".to_owned(),
        Some(b"XFA") => "the form's description (XFA), which some readers show instead, was changed".to_owned(),
        _ => "a setting of the form was changed".to_owned(),
    }
}

/// The elements of two lists that only one of them has.
fn told_apart(difference: &Difference) -> (Vec<Object>, Vec<Object>) {
    let list = |o: &Object| o.as_array().map(<[Object]>::to_vec).unwrap_or_default();
    let (old, new) = (list(&difference.old), list(&difference.new));
    let ids = |list: &[Object]| list.iter().filter_map(Object::as_reference).collect::<HashSet<ObjectId>>();
    let (was, is) = (ids(&old), ids(&new));
    let other = |list: Vec<Object>, known: &HashSet<ObjectId>| {
        list.into_iter().filter(|e| e.as_reference().is_none_or(|id| !known.contains(&id))).collect()
    };
    (other(old, &is), other(new, &was))
}

fn pages(step: &Step<'_>, difference: &Difference) -> String {
    let inherited = [b"Resources".as_slice(), b"MediaBox", b"CropBox", b"Rotate"];
    if let Some(key) = difference.place.path.iter().find(|k| inherited.contains(&k.as_slice())) {
        return format!("what several pages have in common was changed: {}", aspect(key));
    }
    let ids = |doc: &Document| doc.page_ids().unwrap_or_default();
    let (old, new) = (ids(step.old), ids(step.new));
    let sets: (HashSet<ObjectId>, HashSet<ObjectId>) = (old.iter().copied().collect(), new.iter().copied().collect());
    let numbers = |list: &[ObjectId], known: &HashSet<ObjectId>| {
        let all: Vec<String> =
            (1..).zip(list).filter(|(_, id)| !known.contains(id)).map(|(n, _): (usize, _)| n.to_string()).collect();
        all
    };
    let (gone, added) = (numbers(&old, &sets.1), numbers(&new, &sets.0));
    let some = |list: &[String]| list.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    match (gone.is_empty(), added.is_empty()) {
        (true, false) => format!("{} of the document were added: page {}", count(added.len()), some(&added)),
        (false, true) => format!("{} of the document were removed: page {}", count(gone.len()), some(&gone)),
        (false, false) => {
            format!("pages were replaced: page {} of the signed document by page {}", some(&gone), some(&added))
        }
        _ if old != new => "the pages were put in another order".to_owned(),
        _ => "the list of pages was changed".to_owned(),
    }
}

fn count(pages: usize) -> String {
    if pages == 1 { "pages (1)".to_owned() } else { format!("pages ({pages})") }
}

fn aspect(key: &[u8]) -> &'static str {
    match key {
        b"MediaBox" | b"CropBox" | b"TrimBox" | b"BleedBox" | b"ArtBox" => "what part of it is seen",
        b"Rotate" => "which way up it is shown",
        b"UserUnit" => "its size",
        b"Resources" => "fonts, images or other things that it is drawn with",
        b"AA" => "what it does when it is shown",
        b"Group" => "how it is drawn over what lies beneath",
        _ => "one of its settings",
    }
}

fn page(step: &Step<'_>, difference: &Difference, id: ObjectId, kind: &Kind) -> String {
    let place = &difference.place;
    let page = page_name(step, id);
    let said = match first(place) {
        b"Contents" => contents(step, id),
        b"Annots" if place.is(&["Annots"]) => {
            annotations(step, difference, *kind == Kind::Forbidden || *kind == Kind::Annotation)
        }
        b"Annots" => "an annotation was changed".to_owned(),
        b"Resources" => resources(difference),
        key => format!("{} was changed", aspect(key)),
    };
    format!("{page}: {said}")
}

fn page_name(step: &Step<'_>, id: ObjectId) -> String {
    step.pages().get(&id).map_or_else(|| "a page that is not shown".to_owned(), |number| format!("page {number}"))
}

/// All that a page draws.
fn content(doc: &Document, page: &Dictionary) -> Option<Vec<u8>> {
    let entry = page.get(b"Contents")?;
    let value = doc.resolve(entry).ok()?;
    let parts = match &*value {
        Object::Array(parts) => parts.clone(),
        _ => vec![entry.clone()],
    };
    let mut all = Vec::new();
    for part in parts {
        let Ok(resolved) = doc.resolve(&part) else { continue };
        let (Object::Stream(stream), Some(id)) = (&*resolved, part.as_reference()) else { continue };
        all.extend(doc.stream_data(id, stream).ok()?);
        all.push(b'\n');
        if all.len() > MOST_CONTENT {
            return None;
        }
    }
    Some(all)
}

fn contents(step: &Step<'_>, id: ObjectId) -> String {
    let read = |doc: &Document, id: ObjectId| {
        let page = doc.get(id).ok()?;
        content(doc, page.as_dictionary()?)
    };
    // another page may have come to its place
    let now = step.new.page_ids().unwrap_or_default();
    let index = step.pages().get(&id).and_then(|number| number.checked_sub(1));
    let same_place = index.filter(|_| !now.contains(&id)).and_then(|i| now.get(i));
    let (Some(old), Some(new)) = (read(step.old, id), read(step.new, *same_place.unwrap_or(&id))) else {
        return "what is drawn on it was changed".to_owned();
    };
    let (was, is) = (old.trim_ascii(), new.trim_ascii());
    if is.is_empty() {
        return "all that was drawn on it was removed".to_owned();
    }
    let added = |way: &str, bytes: &[u8]| {
        Some(things(step, id, bytes))
            .map_or_else(|| "what is drawn on it was changed".to_owned(), |things| format!("{things} {way}"))
    };
    if let Some(over) = is.strip_prefix(was) {
        return added("was laid over what is on it", over);
    }
    if let Some(under) = is.strip_suffix(was) {
        return added("was put beneath what is on it", under);
    }
    if !is.is_empty() && find(is, was) {
        return "something was drawn over or beneath what is on it".to_owned();
    }
    if find(was, is) {
        return "a part of what was drawn on it was removed".to_owned();
    }
    let (was, is) = (Drawn::read(was, step.old.limits()), Drawn::read(is, step.new.limits()));
    let same_text = was.characters() == is.characters();
    let same_images = was.objects == is.objects && was.images == is.images;
    match (same_text, same_images) {
        (false, true) => "the text on it was changed",
        (true, false) => "the images on it were changed",
        (false, false) => "text and images on it were changed",
        _ => "how text and images are drawn on it was changed",
    }
    .to_owned()
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    // long contents that agree nowhere are not searched at length
    let most = MOST_CONTENT / 4;
    !needle.is_empty()
        && haystack.len() <= most
        && haystack.windows(needle.len()).take(most).any(|w| w.first() == needle.first() && w == needle)
}

/// What a piece of content draws.
fn things(step: &Step<'_>, page: ObjectId, content: &[u8]) -> String {
    let drawn = Drawn::read(content, step.new.limits());
    let mut all = BTreeSet::new();
    let resources = || {
        let ids = step.new.page_ids().ok()?;
        let index = ids.iter().position(|id| *id == page)?;
        let resources = step.new.page(index).ok()?.resources?;
        let resources = step.new.resolve(&resources).ok()?;
        Some(step.new.value(resources.as_dictionary()?, b"XObject").ok()?.as_dictionary()?.clone())
    };
    let objects = if drawn.objects.is_empty() { None } else { resources() };
    for name in &drawn.objects {
        let subtype = objects.as_ref().and_then(|o| {
            let object = step.new.value(o, name).ok()?;
            let Object::Stream(stream) = &*object else { return None };
            stream.dictionary.get(b"Subtype").and_then(Object::as_name).map(<[u8]>::to_vec)
        });
        all.insert(if subtype.as_deref() == Some(b"Image") { "an image" } else { "a drawing" });
    }
    if drawn.images > 0 {
        all.insert("an image");
    }
    if !drawn.text.is_empty() {
        all.insert("text");
    }
    if drawn.shapes > 0 {
        all.insert("lines or areas");
    }
    if all.is_empty() { "something".to_owned() } else { all.into_iter().collect::<Vec<_>>().join(" and ") }
}

fn resources(difference: &Difference) -> String {
    let kind = |o: &Object| match o {
        Object::Stream(stream) => stream.dictionary.get(b"Subtype").and_then(Object::as_name).map(<[u8]>::to_vec),
        _ => None,
    };
    match difference.place.path.get(1).map(Vec::as_slice) {
        Some(b"Font") => "a font that its text is shown in was changed".to_owned(),
        Some(b"XObject") => {
            let is_image = [&difference.old, &difference.new].into_iter().any(|o| kind(o).as_deref() == Some(b"Image"));
            let what = if is_image { "an image" } else { "an image or drawing" };
            match (difference.old.is_null(), difference.new.is_null()) {
                (true, _) => format!("{what} was added to what it is drawn with"),
                (_, true) => format!("{what} on it was removed"),
                _ => format!("{what} on it was replaced"),
            }
        }
        Some(b"Properties") => "what belongs to which layer on it was changed".to_owned(),
        Some(b"ExtGState" | b"ColorSpace" | b"Pattern" | b"Shading") => {
            "colours, transparency or patterns that it is drawn with were changed".to_owned()
        }
        _ => "what it is drawn with was changed".to_owned(),
    }
}

/// What a kind of annotation is called (12.5.6).
fn annotation_word(annotation: &Object) -> &'static str {
    let subtype = annotation.as_dictionary().and_then(|d| d.get(b"Subtype")).and_then(Object::as_name);
    match subtype.unwrap_or_default() {
        b"Text" | b"Popup" => "a note",
        b"FreeText" => "a text box",
        b"Stamp" => "a stamp",
        b"Link" => "a link",
        b"Highlight" | b"Underline" | b"StrikeOut" | b"Squiggly" | b"Caret" => "a marking of text",
        b"Ink" | b"Line" | b"Square" | b"Circle" | b"Polygon" | b"PolyLine" => "a drawing",
        b"Redact" => "a blacking-out",
        b"FileAttachment" => "an attached file",
        b"Screen" | b"Movie" | b"Sound" | b"RichMedia" | b"3D" => "a film, sound or other moving thing",
        b"Watermark" => "a watermark",
        b"Widget" => "a form field",
        _ => "an annotation",
    }
}

fn annotations(step: &Step<'_>, difference: &Difference, covers: bool) -> String {
    let (gone, added) = told_apart(difference);
    let words = |doc: &Document, list: &[Object]| {
        let word = |o: &Object| {
            let annotation = doc.resolve(o).ok()?;
            let dictionary = annotation.as_dictionary()?;
            let name = own_name(doc, dictionary).map(|n| format!(" “{}”", quoted(&n))).unwrap_or_default();
            let is_signature = super::compare::inherited(doc, dictionary, b"FT").as_name() == Some(b"Sig");
            let what = if is_signature { "a signature field" } else { annotation_word(&annotation) };
            Some(format!("{what}{name}"))
        };
        let all: BTreeSet<String> = list.iter().take(20).filter_map(word).collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    match (gone.is_empty(), added.is_empty()) {
        (true, false) if covers => format!("{} was laid over it", words(step.new, &added)),
        (true, false) => format!("{} was added to it", words(step.new, &added)),
        (false, true) => format!("{} was removed from it", words(step.old, &gone)),
        (false, false) => format!("{} was replaced by {}", words(step.old, &gone), words(step.new, &added)),
        _ => "the order of its annotations was changed".to_owned(),
    }
}

/// The name of a field, its own or that of the field it is a widget of.
fn own_name(doc: &Document, field: &Dictionary) -> Option<String> {
    super::compare::inherited(doc, field, b"T").as_string().map(decode_text)
}

fn on_page_of(step: &Step<'_>, id: ObjectId) -> String {
    let page = [step.new, step.old].into_iter().find_map(|doc| {
        let widget = doc.get(id).ok()?;
        let page = widget.as_dictionary()?.get(b"P")?.as_reference()?;
        step.pages().get(&page).copied()
    });
    page.map(|number| format!("page {number}: ")).unwrap_or_default()
}

fn field(step: &Step<'_>, difference: &Difference, id: ObjectId, kind: &Kind) -> String {
    let name = step.old_field(id).map(|f| step.field_name(&f)).unwrap_or_default();
    let whose = format!("{}the field “{}”", on_page_of(step, id), quoted(&name));
    let value = |o: &Object| match o {
        Object::String(s) => Some(quoted(&decode_text(&s.bytes))),
        Object::Name(n) => Some(quoted(&String::from_utf8_lossy(n))),
        _ => None,
    };
    match first(&difference.place) {
        b"V" if difference.new.as_dictionary().is_some() => format!("{whose} was signed"),
        b"V" => match (value(&difference.old), value(&difference.new)) {
            (Some(old), Some(new)) => format!("{whose} was changed from “{old}” to “{new}”"),
            (None, Some(new)) => format!("{whose} was filled with “{new}”"),
            (Some(old), None) => format!("{whose}, which had “{old}”, was emptied"),
            _ => format!("{whose}: its value was changed"),
        },
        b"AP" if *kind == Kind::Forbidden => format!("{whose}: it was made to show something else than its value"),
        b"AP" | b"AS" | b"MK" => format!("{whose}: what it shows was changed"),
        b"DA" | b"DR" | b"Q" => format!("{whose}: how it is drawn was changed"),
        b"Rect" => format!("{whose} was moved or resized"),
        b"A" | b"AA" => format!("{whose}: what it does was changed"),
        b"F" | b"Ff" => format!("{whose}: whether it is shown and can be filled was changed"),
        b"Kids" => format!("{whose}: where it is shown was changed"),
        b"T" | b"TU" => format!("{whose} was given another name"),
        b"Lock" | b"SV" => format!("{whose}: what signing it demands or locks was changed"),
        _ => format!("{whose}: one of its settings was changed"),
    }
}

fn structure(difference: &Difference, key: Option<&Vec<u8>>) -> String {
    let verb = verb(difference);
    match key.map(Vec::as_slice).unwrap_or_default() {
        b"ActualText" => format!("the text that is read out and copied in place of what is seen {verb}"),
        b"Alt" => format!("the description that is read out in place of what is seen {verb}"),
        b"E" => format!("what is read out for an abbreviation {verb}"),
        b"RoleMap" | b"S" | b"ClassMap" | b"Namespaces" | b"NS" => {
            "what the parts of the document stand for was changed".to_owned()
        }
        b"ParentTree" | b"IDTree" => "which part of the document its contents belong to was changed".to_owned(),
        b"K" | b"Pg" => "the order in which the document is read out was changed".to_owned(),
        b"Lang" => "the language in which the document is read out was changed".to_owned(),
        _ => "the structure of the document was changed".to_owned(),
    }
}

/// The page numbers of one step after the other, for as long as the page tree stays what it is.
#[derive(Default)]
pub struct PageNumbers {
    known: RefCell<Option<Rc<Pages>>>,
    /// The tree is not the same in the newer document.
    is_changed: bool,
}

impl PageNumbers {
    /// Those of the next step, in which these objects change.
    pub fn next(last: &Rc<Self>, old: &Document, new: &Document, numbers: &[u32]) -> Rc<Self> {
        let root = |doc: &Document| {
            let catalog = doc.catalog().ok()?;
            catalog.as_dictionary()?.get(b"Pages").cloned()
        };
        let is_node = |doc: &Document, number: u32| {
            let object = current(doc, number).ok().flatten().and_then(|id| doc.get(id).ok());
            object.is_some_and(|o| o.as_dictionary().is_some_and(|d| d.is_type(b"Pages") || d.contains(b"Kids")))
        };
        let is_changed = root(old) != root(new) || numbers.iter().any(|n| is_node(old, *n) || is_node(new, *n));
        if is_changed || last.is_changed { Rc::new(Self { is_changed, ..Self::default() }) } else { Rc::clone(last) }
    }

    /// The numbers. A page that both documents have is called as in the older one.
    pub fn of(&self, old: &Document, new: &Document) -> Rc<Pages> {
        let numbered = |doc: &Document| doc.page_ids().unwrap_or_default().into_iter().zip(1..);
        let both =
            || if self.is_changed { numbered(new).chain(numbered(old)).collect() } else { numbered(old).collect() };
        Rc::clone(self.known.borrow_mut().get_or_insert_with(|| Rc::new(both())))
    }
}
