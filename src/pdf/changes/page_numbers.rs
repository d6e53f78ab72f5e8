//! The number of each page, which sentences about changes name.

use super::references::current;
use crate::pdf::document::Document;
use crate::pdf::object::ObjectId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The page numbers of the older and the newer document, from 1.
pub type Pages = HashMap<ObjectId, usize>;

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
