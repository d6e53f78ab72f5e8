//! Compares two revisions by effect.

use super::page_numbers::{PageNumbers, Pages};
use super::place::{Place, Root};
use super::references::{References, current};
use super::{Change, Difference, Doubt, Kind, judge};
use crate::messages::Text;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream, decode_text};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Changes told of one revision; there may be more.
const MOST_CHANGES: usize = 500;
/// How deep values that were written anew are compared.
const DEEPEST: usize = 60;
/// Parents of a field.
const MOST_PARENTS: usize = 32;

/// Two revisions, one after the other.
pub struct Step<'a> {
    /// The older document.
    pub old: &'a Document,
    /// The newer document.
    pub new: &'a Document,
    references: &'a References,
    budget: &'a Cell<usize>,
    /// Whether the structure tree's number tree is the same but for new fields, once that was looked at.
    pub parent_tree: RefCell<Option<bool>>,
    /// The signature fields and widgets that the form gained, once that was looked at.
    pub new_fields: RefCell<Option<Rc<NewFields>>>,
    /// Widgets of new signatures that show something.
    pub shown: RefCell<Vec<ShownWidget>>,
    pages: Rc<PageNumbers>,
    /// What cannot be told of fields that were filled, with their names.
    pub doubts: RefCell<BTreeSet<(Doubt, String)>>,
}

/// New signature fields and their widgets, and what they are.
pub type NewFields = HashMap<ObjectId, Kind>;

/// A widget of a new signature that shows something.
pub struct ShownWidget {
    /// The name of its field.
    pub name: String,
    /// Its page, if it says so.
    pub page: Option<ObjectId>,
    /// The widget, if it is an object of its own.
    pub id: Option<ObjectId>,
    /// How much of its page it takes up.
    pub share: f64,
}

impl<'a> Step<'a> {
    /// `budget` is what is left of the values that may be compared.
    pub const fn new(
        old: &'a Document,
        new: &'a Document,
        references: &'a References,
        budget: &'a Cell<usize>,
        pages: Rc<PageNumbers>,
    ) -> Self {
        Self {
            old,
            new,
            references,
            budget,
            parent_tree: RefCell::new(None),
            new_fields: RefCell::new(None),
            shown: RefCell::new(Vec::new()),
            pages,
            doubts: RefCell::new(BTreeSet::new()),
        }
    }

    /// The changes, if the newer revision says something of these objects.
    pub fn changes(&self, numbers: &[u32]) -> Result<Vec<Change>, PdfError> {
        let mut all: Vec<Change> = Vec::new();
        let mut take = |differences: Vec<Difference>| {
            for difference in differences {
                let change = judge(self, &difference);
                if !all.contains(&change) {
                    all.push(change);
                }
            }
            all.len() <= MOST_CHANGES
        };
        let trailers = (Object::Dictionary(self.old.trailer().clone()), Object::Dictionary(self.new.trailer().clone()));
        take(self.differences(&Root::Trailer.place(), &trailers.0, &trailers.1)?);
        let numbers = self.references.with_held(numbers);
        self.spend(numbers.len())?;
        for number in &numbers {
            let Some(id) = current(self.old, *number)?.or(current(self.new, *number)?) else { continue };
            let (old, new) = (self.old.get(id), self.new.get(id));
            let (old, new) = match (old, new) {
                (Ok(old), Ok(new)) => (old, new),
                // nobody could read it before: it had no effect
                (Err(_), Ok(new)) => (Arc::new(Object::Null), new),
                // the same bytes, which the revision only lists again
                (Err(_), Err(_)) if self.old.location(*number)? == self.new.location(*number)? => continue,
                (_, Err(error)) => return Err(error),
            };
            if old == new {
                continue;
            }
            let root = Root::of(self.old, id, &old);
            if root == Some(Root::Catalog) && self.references.is_used_otherwise(self.old, id)? {
                let what = Text::new(
                    "danh mục gốc của văn bản, mà phần khác cũng dùng đến, đã bị thay đổi",
                    "the document catalog, which something else uses as well, was changed",
                );
                return Ok(vec![Change { kind: Kind::Forbidden, what, page: None }]);
            }
            let places = match root {
                Some(root) => vec![root.place()],
                None => self.references.places(self.old, self.new, id)?,
            };
            for place in places {
                let mut differences = Vec::new();
                self.compare_values(&place, &old, &new, &mut Trail::at(id), &mut differences)?;
                if !take(differences) {
                    return Ok(all);
                }
            }
        }
        Ok(all)
    }

    /// The page numbers, of pages that either document has.
    pub fn pages(&self) -> Rc<Pages> {
        self.pages.of(self.old, self.new)
    }

    /// Notes what cannot be told of a field.
    pub fn doubt(&self, doubt: Doubt, field: &Dictionary) {
        self.doubts.borrow_mut().insert((doubt, self.field_name(field)));
    }

    /// Takes from what may be compared.
    pub fn spend(&self, values: usize) -> Result<(), PdfError> {
        let left = self.budget.get().checked_sub(values).ok_or(PdfError::TooLarge { what: "what changed" })?;
        self.budget.set(left);
        Ok(())
    }

    /// The differences between two values at a place.
    pub(super) fn differences(&self, place: &Place, old: &Object, new: &Object) -> Result<Vec<Difference>, PdfError> {
        let mut found = Vec::new();
        self.compare(place, old, new, &mut Trail::default(), &mut found)?;
        Ok(found)
    }

    /// Two values are the same by effect.
    pub fn is_same(&self, old: &Object, new: &Object) -> bool {
        self.differences(&Root::Trailer.place(), old, new).is_ok_and(|d| d.is_empty())
    }

    fn compare(
        &self,
        place: &Place,
        old: &Object,
        new: &Object,
        trail: &mut Trail,
        found: &mut Vec<Difference>,
    ) -> Result<(), PdfError> {
        let (was, is) = (old.as_reference(), new.as_reference());
        if was.is_some() && was == is {
            // what became of that object is looked at for its own sake
            return Ok(());
        }
        if was.is_none() && is.is_none() {
            return self.compare_values(place, old, new, trail, found);
        }
        if !trail.enter(was, is) {
            return Ok(());
        }
        let old = self.old.resolve(old)?;
        let new = self.new.resolve(new)?;
        let root = was.and_then(|id| Root::of(self.old, id, &old)).map(Root::place);
        let compared = self.compare_values(root.as_ref().unwrap_or(place), &old, &new, trail, found);
        trail.leave();
        compared
    }

    fn compare_values(
        &self,
        place: &Place,
        old: &Object,
        new: &Object,
        trail: &mut Trail,
        found: &mut Vec<Difference>,
    ) -> Result<(), PdfError> {
        self.spend(1)?;
        if place.path.len() > DEEPEST || found.len() > MOST_CHANGES {
            return Err(PdfError::TooLarge { what: "what changed" });
        }
        let empty = Object::Dictionary(Dictionary::new());
        // a form or a structure tree that is new is one that was empty
        let tree = place.is(&["AcroForm"]) || place.is(&["StructTreeRoot"]);
        let old = if old.is_null() && place.root == Root::Catalog && tree { &empty } else { old };
        match (old, new) {
            (Object::Dictionary(was), Object::Dictionary(is)) => {
                self.compare_dictionaries(place, was, is, trail, found)
            }
            (Object::Array(was), Object::Array(is)) if is_other_order(place, was, is) => {
                let (old, new) = (Arc::new(old.clone()), Arc::new(new.clone()));
                found.push(Difference { place: place.clone(), old, new, object: trail.object() });
                Ok(())
            }
            (Object::Array(was), Object::Array(is)) if was.len() == is.len() => {
                let element = place.element();
                was.iter().zip(is).try_for_each(|(a, b)| self.compare(&element, a, b, trail, found))
            }
            (Object::Stream(was), Object::Stream(is)) if self.is_same_data(trail, was, is) => {
                let plain = |d: &Dictionary| {
                    let mut d = d.clone();
                    for key in [b"Length".as_slice(), b"Filter", b"DecodeParms"] {
                        d.remove(key);
                    }
                    d
                };
                self.compare_dictionaries(place, &plain(&was.dictionary), &plain(&is.dictionary), trail, found)
            }
            _ if is_same_scalar(old, new) => Ok(()),
            _ => {
                let (old, new) = (Arc::new(old.clone()), Arc::new(new.clone()));
                found.push(Difference { place: place.clone(), old, new, object: trail.object() });
                Ok(())
            }
        }
    }

    fn compare_dictionaries(
        &self,
        place: &Place,
        old: &Dictionary,
        new: &Dictionary,
        trail: &mut Trail,
        found: &mut Vec<Difference>,
    ) -> Result<(), PdfError> {
        if new.has_duplicate_keys() && !old.has_duplicate_keys() {
            let place = place.key(b"a key that stands twice");
            let new = Arc::new(Object::Dictionary(new.clone()));
            found.push(Difference { place, old: Arc::new(Object::Null), new, object: trail.object() });
        }
        for (key, was) in old.iter() {
            self.compare(&place.key(key), was, new.get(key).unwrap_or(&Object::Null), trail, found)?;
        }
        for (key, is) in new.iter().filter(|(key, _)| !old.contains(key)) {
            self.compare(&place.key(key), &Object::Null, is, trail, found)?;
        }
        Ok(())
    }

    /// Two streams decode to the same bytes.
    fn is_same_data(&self, trail: &Trail, old: &Stream, new: &Stream) -> bool {
        if old.data == new.data {
            return true;
        }
        let (Some(was), Some(is)) = trail.last() else { return false };
        matches!((self.old.stream_data(was, old), self.new.stream_data(is, new)), (Ok(a), Ok(b)) if a == b)
    }

    /// The dictionary of a field in the older document.
    pub fn old_field(&self, id: ObjectId) -> Option<Dictionary> {
        self.old.get(id).ok()?.as_dictionary().cloned()
    }

    /// The fully qualified name of a field in the older document (12.7.4.2).
    pub fn field_name(&self, field: &Dictionary) -> String {
        let mut names = Vec::new();
        let mut field = field.clone();
        for _ in 0..MOST_PARENTS {
            let own = self.old.value(&field, b"T").ok();
            names.extend(own.and_then(|t| t.as_string().map(decode_text)));
            let Ok(parent) = self.old.value(&field, b"Parent") else { break };
            match &*parent {
                Object::Dictionary(parent) => field = parent.clone(),
                _ => break,
            }
        }
        names.reverse();
        names.join(".")
    }

    /// The appearances of a field are its own. What something else uses as well is not the field's to replace.
    pub fn has_own_appearance(&self, field: &Dictionary) -> bool {
        let Some(id) = field.get(b"AP").and_then(Object::as_reference) else { return true };
        let places = self.references.places(self.old, self.new, id);
        places.is_ok_and(|all| all.iter().all(|p| matches!(p.root, Root::Field(_)) && p.is(&["AP"])))
    }

    /// An object that the older document does not have.
    pub fn is_new(&self, object: &Object) -> bool {
        match object.as_reference() {
            Some(id) => self.old.get(id).is_ok_and(|o| o.is_null()),
            None => true,
        }
    }

    /// What was added to a list: the older one must be in the newer one, in its order.
    pub fn added<'o>(&self, old: &[Object], new: &'o [Object]) -> Option<Vec<&'o Object>> {
        let mut added = Vec::new();
        let mut left = old.iter().peekable();
        for element in new {
            match left.peek() {
                Some(wanted) if **wanted == *element => drop(left.next()),
                Some(wanted) if element.as_reference().is_none() && self.is_same(wanted, element) => drop(left.next()),
                _ => added.push(element),
            }
        }
        left.next().is_none().then_some(added)
    }
}

/// The value of a field's key, its own or inherited.
pub fn inherited(doc: &Document, field: &Dictionary, key: &[u8]) -> Arc<Object> {
    let mut field = field.clone();
    for _ in 0..MOST_PARENTS {
        match doc.value(&field, key) {
            Ok(value) if !value.is_null() => return value,
            _ => {}
        }
        let Ok(parent) = doc.value(&field, b"Parent") else { break };
        match &*parent {
            Object::Dictionary(parent) => field = parent.clone(),
            _ => break,
        }
    }
    Arc::new(Object::Null)
}

/// The same pages in another order: one change, not as many as there are things on the pages.
fn is_other_order(place: &Place, old: &[Object], new: &[Object]) -> bool {
    let is_list = place.is_in_catalog(&["Pages"]) && place.path.last().is_some_and(|key| key == b"Kids");
    let ids = |list: &[Object]| list.iter().filter_map(Object::as_reference).collect::<HashSet<ObjectId>>();
    is_list && old != new && old.len() == new.len() && ids(old) == ids(new)
}

/// Numbers and strings mean the same however they are written.
fn is_same_scalar(old: &Object, new: &Object) -> bool {
    match (old, new) {
        (Object::String(a), Object::String(b)) => a.bytes == b.bytes,
        (Object::Integer(_) | Object::Real(_), Object::Integer(_) | Object::Real(_)) => {
            matches!((old.as_f64(), new.as_f64()), (Some(a), Some(b)) if a.total_cmp(&b).is_eq())
        }
        (Object::Stream(_), _) | (_, Object::Stream(_)) => false,
        _ => old == new,
    }
}

/// The references that were followed to where the comparison stands.
#[derive(Default)]
struct Trail {
    pairs: Vec<(Option<ObjectId>, Option<ObjectId>)>,
    open: HashSet<(Option<ObjectId>, Option<ObjectId>)>,
}

impl Trail {
    /// Within an object that was changed in its place.
    fn at(id: ObjectId) -> Self {
        let pair = (Some(id), Some(id));
        Self { pairs: vec![pair], open: HashSet::from([pair]) }
    }

    /// Follows two references; false if the comparison is within that very pair already.
    fn enter(&mut self, old: Option<ObjectId>, new: Option<ObjectId>) -> bool {
        let entered = self.open.insert((old, new));
        if entered {
            self.pairs.push((old, new));
        }
        entered
    }

    fn leave(&mut self) {
        if let Some(pair) = self.pairs.pop() {
            self.open.remove(&pair);
        }
    }

    /// The object that it stands in, the newer one if there is one.
    fn object(&self) -> Option<ObjectId> {
        self.pairs.iter().rev().find_map(|(old, new)| new.or(*old))
    }

    fn last(&self) -> (Option<ObjectId>, Option<ObjectId>) {
        self.pairs.last().copied().unwrap_or_default()
    }
}
