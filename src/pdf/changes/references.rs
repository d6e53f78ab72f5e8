//! Which objects refer to which, so that each place is known at which an object is used.

use super::place::{Place, Root};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::xref::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Objects looked up in one cross-reference section after the other.
const MOST_LOOKUPS: usize = 50_000_000;
/// Places at which one object is used.
const MOST_PLACES: usize = 1_000;
/// Ways that are gone from an object towards them, dead ends included: of objects that refer to each other many times there are more
/// ways than anybody can go.
const MOST_WAYS: usize = 20_000;
/// Stands for the trailer among the objects that refer to others.
const TRAILER: u32 = 0;

/// Who refers to whom, by object numbers. References that a newer revision dropped may still be in it.
pub struct References {
    /// To and from in the oldest revision, sorted.
    all: Vec<(u32, u32)>,
    /// The same that newer revisions brought, by where they lead to.
    newer: HashMap<u32, Vec<u32>>,
    count: usize,
    most: usize,
    /// Object streams and the objects that were ever in them.
    held: HashMap<u32, Vec<u32>>,
}

/// A step from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hop {
    Key(Vec<u8>),
    Element(usize),
}

impl References {
    /// All references of the document as of a revision.
    pub fn of(doc: &Document, revision: usize) -> Result<Self, PdfError> {
        let mut numbers = Vec::new();
        for earlier in 0..=revision {
            numbers.extend(doc.changed_objects(earlier));
            if numbers.len() > doc.limits().pdf_elements {
                return Err(PdfError::TooLarge { what: "the number of objects" });
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len().saturating_mul(revision.saturating_add(1)) > MOST_LOOKUPS {
            return Err(PdfError::TooLarge { what: "the number of objects and revisions" });
        }
        let mut references = Self {
            all: Vec::new(),
            newer: HashMap::new(),
            count: 0,
            most: doc.limits().pdf_references,
            held: HashMap::new(),
        };
        references.add(doc, &numbers)?;
        let pairs = references.newer.drain().flat_map(|(to, all)| all.into_iter().map(move |from| (to, from)));
        references.all = pairs.collect();
        references.all.sort_unstable();
        references.all.dedup();
        Ok(references)
    }

    /// Adds the references of these objects and of the trailer.
    pub fn add(&mut self, doc: &Document, numbers: &[u32]) -> Result<(), PdfError> {
        // objects of one object stream are read one after the other
        let mut places: Vec<(u64, u64, u32, u16)> = Vec::new();
        for number in numbers {
            places.extend(match doc.location(*number)? {
                Some(Entry::InFile { offset, generation }) => Some((0, offset, *number, generation)),
                Some(Entry::InStream { stream, index }) => {
                    self.held.entry(stream).or_default().push(*number);
                    Some((u64::from(stream), u64::from(index), *number, 0))
                }
                Some(Entry::Free) | None => None,
            });
        }
        places.sort_unstable();
        for (_, _, number, generation) in places {
            // what cannot be read refers to nothing
            let Ok(object) = doc.get(ObjectId { number, generation }) else { continue };
            self.collect(number, &object)?;
        }
        self.collect_dictionary(TRAILER, doc.trailer())
    }

    fn collect(&mut self, from: u32, object: &Object) -> Result<(), PdfError> {
        match object {
            Object::Reference(to) => {
                let list = self.newer.entry(to.number).or_default();
                if list.last() != Some(&from) {
                    list.push(from);
                    self.count = self.count.saturating_add(1);
                }
                if self.count > self.most {
                    return Err(PdfError::TooLarge { what: "the number of references" });
                }
                Ok(())
            }
            Object::Array(elements) => elements.iter().try_for_each(|e| self.collect(from, e)),
            Object::Dictionary(dictionary) => self.collect_dictionary(from, dictionary),
            Object::Stream(stream) => self.collect_dictionary(from, &stream.dictionary),
            _ => Ok(()),
        }
    }

    fn collect_dictionary(&mut self, from: u32, dictionary: &Dictionary) -> Result<(), PdfError> {
        dictionary.iter().try_for_each(|(_, value)| self.collect(from, value))
    }

    /// These objects and those in them, where they are object streams: an object stream that is written anew is new
    /// objects, of which no cross-reference has to tell.
    pub fn with_held(&self, numbers: &[u32]) -> Vec<u32> {
        let held = numbers.iter().filter_map(|n| self.held.get(n)).flatten();
        let mut all: Vec<u32> = numbers.iter().chain(held).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Something else than trailers and signature references (table 256) refers to the document catalog.
    pub fn is_used_otherwise(&self, doc: &Document, catalog: ObjectId) -> Result<bool, PdfError> {
        let plain = |path: &Vec<Hop>| matches!(path.last(), Some(Hop::Key(key)) if key == b"Root" || key == b"Data");
        for from in self.to(catalog.number).filter(|from| *from != TRAILER) {
            let Some(id) = current(doc, from)? else { continue };
            let Ok(holder) = doc.get(id) else { continue };
            let mut paths = Vec::new();
            find(&holder, catalog, &mut Vec::new(), &mut paths);
            if !paths.iter().all(plain) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn to(&self, number: u32) -> impl Iterator<Item = u32> {
        let start = self.all.partition_point(|(to, _)| *to < number);
        let first = self.all.iter().skip(start).take_while(move |(to, _)| *to == number).map(|(_, from)| *from);
        first.chain(self.newer.get(&number).into_iter().flatten().copied())
    }

    /// The places at which the old document uses an object and the new one still does. Where the new one uses
    /// another object in its stead, that is a difference of the place and not of the object.
    pub fn places(&self, old: &Document, new: &Document, object: ObjectId) -> Result<Vec<Place>, PdfError> {
        let mut found = Vec::new();
        // where it stands, the keys from there to the object, and the objects on the way
        let mut open: Vec<(ObjectId, Vec<Vec<u8>>, Vec<ObjectId>)> = vec![(object, Vec::new(), vec![object])];
        let mut seen: HashSet<(ObjectId, Vec<Vec<u8>>)> = HashSet::new();
        while let Some((target, below, way)) = open.pop() {
            for from in self.to(target.number) {
                let (id, holder, holder_now, root) = if from == TRAILER {
                    let trailer = |d: &Document| Arc::new(Object::Dictionary(d.trailer().clone()));
                    (ObjectId::new(TRAILER), trailer(old), trailer(new), Some(Root::Trailer))
                } else {
                    let Some(id) = current(old, from)? else { continue };
                    let (Ok(holder), Ok(now)) = (old.get(id), new.get(id)) else { continue };
                    let root = Root::of(old, id, &holder);
                    (id, holder, now, root)
                };
                if way.contains(&id) {
                    // what leads through it in a circle leads to it without
                    continue;
                }
                let mut paths = Vec::new();
                find(&holder, target, &mut Vec::new(), &mut paths);
                for path in paths {
                    if at(&holder_now, &path) != Some(&Object::Reference(target)) {
                        continue;
                    }
                    let keys = path.iter().map(|hop| match hop {
                        Hop::Key(key) => key.clone(),
                        Hop::Element(_) => b"[]".to_vec(),
                    });
                    let whole: Vec<Vec<u8>> = keys.chain(below.iter().cloned()).collect();
                    if let Some(root) = root {
                        found.push(root.place().followed_by(&whole));
                    } else if whole.len() <= old.limits().pdf_depth && seen.insert((id, whole.clone())) {
                        open.push((id, whole, [&way[..], &[id]].concat()));
                    }
                    if found.len().saturating_add(open.len()) > MOST_PLACES || seen.len() > MOST_WAYS {
                        return Err(PdfError::TooLarge { what: "the number of places that use a changed object" });
                    }
                }
            }
        }
        found.sort_by_key(|place| place.path.len());
        found.dedup();
        Ok(found)
    }
}

/// The identity that an object number has in a document.
pub fn current(doc: &Document, number: u32) -> Result<Option<ObjectId>, PdfError> {
    Ok(match doc.location(number)? {
        Some(Entry::InFile { generation, .. }) => Some(ObjectId { number, generation }),
        Some(Entry::InStream { .. }) => Some(ObjectId::new(number)),
        Some(Entry::Free) | None => None,
    })
}

/// The ways from a value to the references to an object in it.
fn find(object: &Object, target: ObjectId, way: &mut Vec<Hop>, found: &mut Vec<Vec<Hop>>) {
    let mut descend = |hop: Hop, value: &Object| {
        way.push(hop);
        find(value, target, way, found);
        way.pop();
    };
    match object {
        Object::Reference(id) if *id == target => found.push(way.clone()),
        Object::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, e)| descend(Hop::Element(index), e));
        }
        Object::Dictionary(d) => d.iter().for_each(|(key, value)| descend(Hop::Key(key.to_vec()), value)),
        Object::Stream(s) => s.dictionary.iter().for_each(|(key, value)| descend(Hop::Key(key.to_vec()), value)),
        _ => {}
    }
}

fn at<'o>(object: &'o Object, way: &[Hop]) -> Option<&'o Object> {
    way.iter().try_fold(object, |value, hop| match hop {
        Hop::Key(key) => value.as_dictionary()?.get(key),
        Hop::Element(index) => value.as_array()?.get(*index),
    })
}
