//! Where in a document a value stands.

use crate::pdf::document::Document;
use crate::pdf::object::{Object, ObjectId};

/// An object whose role in the document can be told from itself; places begin with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// The trailer dictionary.
    Trailer,
    /// The document catalog.
    Catalog,
    /// A page.
    Page(ObjectId),
    /// A form field, or the widget of one.
    Field(ObjectId),
    /// An annotation that is no widget.
    Annotation(ObjectId),
    /// The root of the structure tree.
    StructTree,
    /// An element of the structure tree.
    StructElem(ObjectId),
}

/// What stands for the elements of an array in a path.
const ELEMENT: &[u8] = b"[]";

/// A root and the keys that lead from it to a value, through references.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where it begins.
    pub root: Root,
    /// Keys; all elements of an array are one place.
    pub path: Vec<Vec<u8>>,
}

impl Root {
    /// The role of an object, if it can be told from itself.
    pub fn of(doc: &Document, id: ObjectId, object: &Object) -> Option<Self> {
        if doc.catalog_id() == Some(id) {
            return Some(Self::Catalog);
        }
        // a stream is none of these, whatever its dictionary says
        let Object::Dictionary(dictionary) = object else { return None };
        if dictionary.is_type(b"StructTreeRoot") {
            return Some(Self::StructTree);
        }
        let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name);
        if name(b"Type") == Some(b"Page") {
            return Some(Self::Page(id));
        }
        if name(b"Subtype") == Some(b"Widget") {
            return Some(Self::Field(id));
        }
        if dictionary.contains(b"Subtype") && dictionary.contains(b"Rect") {
            return Some(Self::Annotation(id));
        }
        // some writers leave out what they need not (table 31 demands it)
        let untyped = !dictionary.contains(b"Type") && !dictionary.contains(b"Kids") && !dictionary.contains(b"FT");
        if untyped && dictionary.contains(b"Parent") && dictionary.contains(b"Contents") {
            return Some(Self::Page(id));
        }
        let in_tree = dictionary.contains(b"Kids") || dictionary.contains(b"Parent");
        if dictionary.contains(b"FT") || (dictionary.contains(b"T") && in_tree) {
            return Some(Self::Field(id));
        }
        let parent = dictionary.get(b"P").and_then(Object::as_reference);
        if name(b"Type") == Some(b"StructElem") || (name(b"S").is_some() && parent.is_some()) {
            return Some(Self::StructElem(id));
        }
        None
    }

    /// The value of the root itself.
    pub const fn place(self) -> Place {
        Place { root: self, path: Vec::new() }
    }
}

impl Place {
    /// The value of a key.
    pub fn key(&self, key: &[u8]) -> Self {
        let mut path = self.path.clone();
        path.push(key.to_vec());
        Self { root: self.root, path }
    }

    /// An element of an array.
    pub fn element(&self) -> Self {
        self.key(ELEMENT)
    }

    /// Followed by more keys.
    pub fn followed_by(&self, path: &[Vec<u8>]) -> Self {
        Self { root: self.root, path: [&self.path[..], path].concat() }
    }

    /// It is this very path.
    pub fn is(&self, keys: &[&str]) -> bool {
        self.path.len() == keys.len() && self.is_within(keys)
    }

    /// It is this path or below.
    pub fn is_within(&self, keys: &[&str]) -> bool {
        self.path.len() >= keys.len() && self.path.iter().zip(keys).all(|(a, b)| a == b.as_bytes())
    }

    /// It is this path of the catalog or below.
    pub fn is_in_catalog(&self, keys: &[&str]) -> bool {
        self.root == Root::Catalog && self.is_within(keys)
    }
}
