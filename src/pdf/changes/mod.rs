//! What changed from one revision to the next, and what kind of change it is (ISO 32000-2 12.8.2.2).
//!
//! Documents are compared by effect, not by object number. Of each object that a revision changes it is found where the
//! document uses it ([`references`]): at each of these places the old value is compared with the new one
//! ([`compare`]), through references that lead elsewhere than before. Each difference must be of a kind that one
//! of the rules knows; what no rule knows is forbidden. An object that is used at two places has to be permitted to
//! change at both.
//!
//! Objects that are new have an effect only through those that refer to them. So the work is that of what changed,
//! and one look at all references of the oldest revision.
//!
//! | rule | what it permits |
//! | --- | --- |
//! | `file_structure` | cross-references, sizes, file identifiers |
//! | `metadata` | XMP, the information dictionary |
//! | `version` | the catalog's version and extensions |
//! | `validation_data` | the document security store |
//! | `signing` | further signature fields, signing one that is there |
//! | `form_fill` | values of fields with their appearances |
//! | `form_defaults` | default resources and appearance of the form |
//! | `structure` | entries of new fields in the structure tree |
//! | `annotation` | annotations |
//!
//! `words` says what changed, `page_numbers` on which page, `drawn` what a content stream draws, `shown` whether a filled
//! field shows its value; `unchanged` tells which pages are drawn of the same objects.

mod annotation;
mod compare;
mod drawn;
mod file_structure;
mod form_defaults;
mod form_fill;
mod metadata;
mod page_numbers;
mod place;
mod references;
mod shown;
mod signing;
mod structure;
mod unchanged;
mod validation_data;
mod version;
mod words;

pub use form_fill::MUCH;
pub use unchanged::Unchanged;

use super::PdfError;
use super::document::Document;
use super::object::{Object, ObjectId};
use crate::messages::Text;
use compare::{ShownWidget, Step};
use page_numbers::PageNumbers;
use place::Place;
use references::References;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// What kind of change it is. Whether it is permitted depends on the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// How the file is written: nothing that a document consists of.
    FileStructure,
    /// Validation data, document time-stamps, metadata, version: never forbidden.
    Maintenance,
    /// What the form is drawn with: never forbidden.
    FormDefaults,
    /// A signature field was added, or one that is no field of the older document was signed.
    NewSignature,
    /// The signature field with this name was signed.
    FieldSigned(String),
    /// The field with this name was filled.
    FieldFilled(String),
    /// An annotation was added, changed or removed.
    Annotation,
    /// Anything else.
    Forbidden,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind.
    pub kind: Kind,
    /// What changed, for people.
    pub what: Text,
    /// The page that it is on, if it is on one.
    pub page: Option<ObjectId>,
}

/// A difference between the old and the new document at one place.
#[derive(Debug)]
struct Difference {
    place: Place,
    old: Arc<Object>,
    new: Arc<Object>,
    /// The object that it stands in.
    object: Option<ObjectId>,
}

/// A rule: the kind of a difference, if it knows it.
type Rule = fn(&Step<'_>, &Difference) -> Option<Kind>;

const RULES: [Rule; 9] = [
    file_structure::permits,
    metadata::permits,
    version::permits,
    validation_data::permits,
    signing::permits,
    form_fill::permits,
    form_defaults::permits,
    structure::permits,
    annotation::permits,
];

/// What cannot be told of a field that was filled: it is permitted, and who reads the document has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// It covers much of its page, and may hide what was signed.
    CoversPage,
    /// Signatures of several revisions, each of which covers little, cover much of a page together.
    CoverPageTogether,
    /// What it shows may be something else than its value.
    ShownOtherwise,
}

/// What one revision changed.
#[derive(Default)]
struct Compared {
    changes: Vec<Change>,
    /// What cannot be told of fields.
    doubts: BTreeSet<(Doubt, String)>,
    /// What its signatures show.
    shown: Vec<ShownWidget>,
}

/// The changes of all revisions of a document from one on.
pub struct Changes {
    first: usize,
    steps: Vec<Compared>,
}

impl Changes {
    /// Compares each revision from the first one given with the one that follows it.
    pub fn since(doc: &Document, first: usize) -> Self {
        let last = doc.revisions().len().saturating_sub(1);
        let mut steps = Vec::new();
        if first < last {
            match Self::compare(doc, first, last) {
                Ok(found) => steps = found,
                Err(error) => {
                    let what = Text::new(
                        format!("không so sánh được các phiên bản của văn bản: {error}"),
                        format!("the revisions of the document cannot be compared: {error}"),
                    );
                    let change = Change { kind: Kind::Forbidden, what, page: None };
                    let step = || Compared { changes: vec![change.clone()], ..Compared::default() };
                    steps = std::iter::repeat_with(step).take(last.saturating_sub(first)).collect();
                }
            }
        }
        Self { first, steps }
    }

    fn compare(doc: &Document, first: usize, last: usize) -> Result<Vec<Compared>, PdfError> {
        let mut steps = Vec::new();
        let budget = Cell::new(doc.limits().pdf_compared_values);
        let mut old = doc.at_revision(first)?;
        let mut references = References::of(&old, first)?;
        let mut pages = Rc::new(PageNumbers::default());
        for revision in first.saturating_add(1)..=last {
            let new = doc.at_revision(revision)?;
            let numbers = new.changed_objects(revision);
            pages = PageNumbers::next(&pages, &old, &new, &references.with_held(&numbers));
            let step = Step::new(&old, &new, &references, &budget, Rc::clone(&pages));
            let changes = step.changes(&numbers)?;
            steps.push(Compared { changes, doubts: step.doubts.take(), shown: step.shown.take() });
            references.add(&new, &numbers)?;
            old = new;
        }
        Ok(steps)
    }

    /// The changes after a revision.
    pub fn after(&self, revision: usize) -> impl Iterator<Item = &Change> {
        self.steps_after(revision).flat_map(|step| &step.changes)
    }

    /// What cannot be told of fields that were filled, and of signatures that were added, after a revision, with their names.
    pub fn doubts(&self, revision: usize) -> BTreeSet<(Doubt, String)> {
        let mut all = BTreeSet::new();
        let mut pages: HashMap<Option<ObjectId>, (f64, Vec<&str>)> = HashMap::new();
        for step in self.steps_after(revision) {
            all.extend(step.doubts.iter().cloned());
            for widget in &step.shown {
                let (share, names) = pages.entry(widget.page).or_default();
                *share += widget.share;
                names.push(&widget.name);
            }
        }
        let much = pages.into_values().filter(|(share, _)| *share > MUCH);
        all.extend(much.map(|(_, names)| (Doubt::CoverPageTogether, names.join(", "))));
        all
    }

    fn steps_after(&self, revision: usize) -> impl Iterator<Item = &Compared> {
        self.steps.iter().skip(revision.saturating_sub(self.first))
    }
}

/// The kind of a difference by the first rule that knows it.
fn judge(step: &Step<'_>, difference: &Difference) -> Change {
    let kind = RULES.iter().find_map(|rule| rule(step, difference)).unwrap_or(Kind::Forbidden);
    let what = words::describe(step, difference, &kind);
    Change { kind, what, page: words::page_of(step, &difference.place) }
}
