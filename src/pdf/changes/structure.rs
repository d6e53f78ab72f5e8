//! Permits the entries of new signature fields in the structure tree (14.7.4, 14.8.4): one Form element each, below an element that is
//! there, with its number in the parent tree. All other elements stay what they are, however the tree is written.

use super::compare::{Step, inherited};
use super::place::Root;
use super::{Difference, Kind};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};
use std::collections::BTreeMap;

/// What a new element may have: nothing that stands for content.
const KEYS: [&[u8]; 6] = [b"Type", b"S", b"P", b"K", b"Pg", b"ID"];

pub fn permits(step: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let path = match place.root {
        Root::StructTree => place.path.as_slice(),
        Root::Catalog => place.path.strip_prefix(&[b"StructTreeRoot".to_vec()][..]).unwrap_or_default(),
        _ => &[],
    };
    let in_tree = |key: &str| matches!(path, [own] if own == key.as_bytes());
    let is_integer = matches!(&*difference.new, Object::Integer(_));
    let permitted = match place.root {
        _ if in_tree("ParentTreeNextKey") => is_integer,
        _ if in_tree("K") => elements_added(step, difference),
        // a tree that had no elements has no roles either
        _ if in_tree("RoleMap") => difference.old.is_null() && is_empty(&difference.new),
        _ if in_tree("Type") => difference.new.as_name() == Some(b"StructTreeRoot"),
        _ if path.first().is_some_and(|key| key == b"ParentTree") => is_same_parent_tree(step),
        Root::StructElem(_) if place.is(&["K"]) => elements_added(step, difference),
        // the order of the page's fields follows the structure
        Root::Page(_) if place.is(&["Tabs"]) => difference.old.is_null() && difference.new.as_name() == Some(b"S"),
        // the parent tree says which elements it has
        Root::Page(_) if place.is(&["StructParents"]) => difference.old.is_null() && is_integer,
        _ => false,
    };
    permitted.then_some(Kind::Maintenance)
}

fn list(object: &Object) -> Vec<Object> {
    match object {
        Object::Array(elements) => elements.clone(),
        Object::Null => Vec::new(),
        single => vec![single.clone()],
    }
}

fn elements_added(step: &Step<'_>, difference: &Difference) -> bool {
    let (old, new) = (list(&difference.old), list(&difference.new));
    step.added(&old, &new).is_some_and(|added| added.into_iter().all(|e| is_form_element(step, e)))
}

fn is_empty(object: &Object) -> bool {
    object.as_dictionary().is_some_and(Dictionary::is_empty)
}

/// A new element that holds nothing but the widget of a signature field, or a document that holds nothing but such.
fn is_form_element(step: &Step<'_>, object: &Object) -> bool {
    let Ok(resolved) = step.new.resolve(object) else { return false };
    let Object::Dictionary(element) = &*resolved else { return false };
    let plain = element.iter().all(|(key, _)| KEYS.contains(&key)) && !element.has_duplicate_keys();
    let Ok(kids) = step.new.value(element, b"K") else { return false };
    let mut kids = list(&kids).into_iter();
    plain
        && step.is_new(object)
        && match element.get(b"S").and_then(Object::as_name) {
            Some(b"Form") => kids.all(|kid| is_widget_reference(step, &kid)),
            Some(b"Document") => kids.all(|kid| {
                let kid_of = |e: &Object| e.as_dictionary()?.get(b"S")?.as_name().map(|s| s == b"Form");
                step.new.resolve(&kid).is_ok_and(|e| kid_of(&e) == Some(true)) && is_form_element(step, &kid)
            }),
            _ => false,
        }
}

/// An object reference (14.7.5.3) to the widget of a signature field.
fn is_widget_reference(step: &Step<'_>, object: &Object) -> bool {
    let widget = || {
        let resolved = step.new.resolve(object).ok()?;
        let reference = resolved.as_dictionary().filter(|d| d.is_type(b"OBJR"))?;
        let widget = step.new.value(reference, b"Obj").ok()?;
        Some(inherited(step.new, widget.as_dictionary()?, b"FT").as_name() == Some(b"Sig"))
    };
    widget().unwrap_or(false)
}

/// The parent trees map all numbers of the old one to the same, and new numbers to elements of new fields.
fn is_same_parent_tree(step: &Step<'_>) -> bool {
    if let Some(known) = *step.parent_tree.borrow() {
        return known;
    }
    let same = || -> Result<bool, PdfError> {
        let (old, mut new) = (parent_tree(step.old)?, parent_tree(step.new)?);
        step.spend(old.len().saturating_add(new.len()))?;
        for (number, was) in &old {
            match new.remove(number) {
                Some(is) if step.is_same(was, &is) => {}
                _ => return Ok(false),
            }
        }
        Ok(new.values().all(|value| is_form_element(step, value)))
    };
    let same = same().unwrap_or(false);
    *step.parent_tree.borrow_mut() = Some(same);
    same
}

/// The structure tree's number tree (7.9.7) as a map.
fn parent_tree(doc: &Document) -> Result<BTreeMap<i64, Object>, PdfError> {
    let mut map = BTreeMap::new();
    let catalog = doc.catalog()?;
    let empty = Dictionary::new();
    let root = doc.value(catalog.as_dictionary().unwrap_or(&empty), b"StructTreeRoot")?;
    let tree = doc.value(root.as_dictionary().unwrap_or(&empty), b"ParentTree")?;
    let mut open = vec![tree];
    let mut steps = 0_usize;
    while let Some(node) = open.pop() {
        steps = steps.saturating_add(1);
        if steps > doc.limits().pdf_tree_nodes || map.len() > doc.limits().pdf_tree_nodes {
            return Err(PdfError::TooLarge { what: "the parent tree" });
        }
        let Some(node) = node.as_dictionary() else { continue };
        for pair in doc.value(node, b"Nums")?.as_array().unwrap_or_default().chunks_exact(2) {
            let [number, value] = pair else { continue };
            let number = doc.resolve(number)?.as_integer();
            let what = "the parent tree has a number twice or none";
            let number = number.filter(|n| !map.contains_key(n)).ok_or(PdfError::Missing { what })?;
            map.insert(number, value.clone());
        }
        for kid in doc.value(node, b"Kids")?.as_array().unwrap_or_default() {
            open.push(doc.resolve(kid)?);
        }
    }
    Ok(map)
}
