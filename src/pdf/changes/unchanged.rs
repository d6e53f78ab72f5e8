//! Whether a page is drawn of the same objects in two revisions: then it looks the same, and need not be drawn to know it.

use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::pages::Page;
use crate::pdf::xref::Entry;
use std::collections::HashSet;

/// What a page is drawn of, beside what it inherits.
const OF_A_PAGE: [&[u8]; 7] = [b"Contents", b"Resources", b"MediaBox", b"CropBox", b"Rotate", b"Group", b"UserUnit"];
/// What an annotation is drawn of. The rest of it leads to its field and to other pages.
const OF_AN_ANNOTATION: [&[u8]; 5] = [b"AP", b"AS", b"F", b"OC", b"Rect"];

/// Two revisions of a document, to be asked about their pages.
pub struct Unchanged<'a> {
    old: &'a Document,
    new: &'a Document,
    /// Objects that are the same in both, with all that they lead to.
    same: HashSet<ObjectId>,
    /// References that may still be looked at.
    left: usize,
    /// What all pages depend on is the same.
    everywhere: bool,
}

impl<'a> Unchanged<'a> {
    /// Of an older and a newer revision.
    pub fn new(old: &'a Document, new: &'a Document) -> Self {
        let mut unchanged =
            Self { old, new, same: HashSet::new(), left: old.limits().pdf_references, everywhere: true };
        unchanged.everywhere = unchanged.is_same_everywhere().unwrap_or_default();
        unchanged
    }

    /// A page is certainly the same; what cannot be told is not.
    pub fn is_same(&mut self, old: &Page, new: &Page) -> bool {
        self.everywhere && self.is_same_page(old, new).unwrap_or_default()
    }

    /// Encryption, and which layers are shown.
    fn is_same_everywhere(&mut self) -> Result<bool, PdfError> {
        let (old, new) = (self.old.catalog()?, self.new.catalog()?);
        let layers = |catalog: &Object| catalog.as_dictionary().and_then(|c| c.get(b"OCProperties")).cloned();
        let values = [
            (self.old.trailer().get(b"Encrypt").cloned(), self.new.trailer().get(b"Encrypt").cloned()),
            (layers(&old), layers(&new)),
        ];
        for (old, new) in values {
            if old != new || !self.leads_to_the_same(old.as_ref())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_same_page(&mut self, old: &Page, new: &Page) -> Result<bool, PdfError> {
        let boxes = |page: &Page| [page.media_box, page.crop_box].map(|corners| corners.map(f64::to_bits));
        if (boxes(old), old.rotate, &old.resources) != (boxes(new), new.rotate, &new.resources) {
            return Ok(false);
        }
        if !self.leads_to_the_same(old.resources.as_ref())?
            || !self.agree(&old.dictionary, &new.dictionary, &OF_A_PAGE)?
        {
            return Ok(false);
        }
        self.have_same_annotations(&old.dictionary, &new.dictionary)
    }

    fn have_same_annotations(&mut self, old: &Dictionary, new: &Dictionary) -> Result<bool, PdfError> {
        let (was, is) = (self.old.value(old, b"Annots")?, self.new.value(new, b"Annots")?);
        if was != is {
            return Ok(false);
        }
        for annotation in was.as_array().unwrap_or_default() {
            let (was, is) = (self.old.resolve(annotation)?, self.new.resolve(annotation)?);
            let same = match (&*was, &*is) {
                (Object::Dictionary(was), Object::Dictionary(is)) => self.agree(was, is, &OF_AN_ANNOTATION)?,
                _ => was == is,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Two dictionaries have the same under these keys.
    fn agree(&mut self, old: &Dictionary, new: &Dictionary, keys: &[&[u8]]) -> Result<bool, PdfError> {
        for key in keys {
            let value = old.get(key);
            if value != new.get(key) || !self.leads_to_the_same(value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every object that a value leads to, which is the same in both revisions, is the same in both revisions.
    fn leads_to_the_same(&mut self, value: Option<&Object>) -> Result<bool, PdfError> {
        let mut found = Vec::new();
        let same = value.map_or(Ok(true), |value| self.follow(value, &mut found));
        if !matches!(same, Ok(true)) {
            // what leads to something else is not known to be the same
            for id in found {
                self.same.remove(&id);
            }
        }
        same
    }

    fn follow(&mut self, value: &Object, found: &mut Vec<ObjectId>) -> Result<bool, PdfError> {
        let mut open = Vec::new();
        references(value, &mut open);
        while let Some(id) = open.pop() {
            let Some(left) = self.left.checked_sub(1) else { return Ok(false) };
            self.left = left;
            if !self.same.insert(id) {
                continue;
            }
            found.push(id);
            let object = self.old.get(id)?;
            if !self.is_in_same_place(id)? && object != self.new.get(id)? {
                return Ok(false);
            }
            references(&object, &mut open);
        }
        Ok(true)
    }

    /// Both revisions have the object in the same bytes of the file.
    fn is_in_same_place(&self, id: ObjectId) -> Result<bool, PdfError> {
        let (was, is) = (self.old.location(id.number)?, self.new.location(id.number)?);
        Ok(was == is
            && match was {
                Some(Entry::InStream { stream, .. }) => self.old.location(stream)? == self.new.location(stream)?,
                _ => true,
            })
    }
}

/// The references in a value.
fn references(value: &Object, found: &mut Vec<ObjectId>) {
    match value {
        Object::Reference(id) => found.push(*id),
        Object::Array(elements) => elements.iter().for_each(|e| references(e, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, v)| references(v, found)),
        Object::Stream(stream) => stream.dictionary.iter().for_each(|(_, v)| references(v, found)),
        _ => {}
    }
}
