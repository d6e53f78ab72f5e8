//! The pages that look other than when they were signed, as pictures.

use super::Bounds;
use super::align::align;
use crate::documents::pictures::Drawing;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::changes::Unchanged;
use crate::pdf::document::Document;
use crate::pdf::object::ObjectId;
use crate::pdf::pages::Page;
use crate::pdf::source::Source;
use crate::render::{Area, Picture, differences};
use crate::validation::SignedRevision;
use crate::validation::report::{MOST_CHANGES, Modification, SignatureReport};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A signature after which something changed.
pub struct Signed {
    /// Its place in the report, from 0.
    pub at: usize,
    /// What it signed, if it covers a whole revision.
    pub revision: Option<SignedRevision>,
    /// The pages that changed since.
    pub pages: Vec<Pair>,
}

/// A page that looks other than when it was signed, or that nobody can compare.
pub struct Pair {
    /// Its number, from 1; of a page that is gone the one that it had.
    pub number: usize,
    /// The number that it had when it was signed, if it is another one.
    pub was: Option<usize>,
    /// The objects that are this page, when it was signed and now.
    pub ids: Vec<ObjectId>,
    /// What changed on it is permitted.
    pub permitted: bool,
    /// What it is.
    pub kind: PairKind,
}

/// What can be said of a page.
pub enum PairKind {
    /// Both pictures, as PNG, and where they differ.
    Changed(Box<[Shown; 2]>, Vec<Area>),
    /// It came into being after the signature.
    Added(Shown),
    /// It is there no more.
    Removed(Shown),
    /// It changed, and there is no room for more pictures.
    NoRoom,
    /// It cannot be drawn.
    NotDrawn,
}

/// A picture as it is shown.
pub struct Shown {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The picture.
    pub png: Vec<u8>,
}

impl Shown {
    fn of(picture: &Picture) -> Option<Self> {
        Some(Self { width: picture.width, height: picture.height, png: picture.png().ok()? })
    }
}

/// The document as it was signed, or as it is.
struct State<'a> {
    doc: Document,
    pages: Vec<Page>,
    drawing: Drawing<'a>,
}

impl<'a> State<'a> {
    fn of(doc: Document, bytes: &'a [u8], password: &'a [u8]) -> Result<Self, PdfError> {
        let pages = doc.pages()?;
        Ok(Self { doc, pages, drawing: Drawing::of(bytes, password) })
    }

    fn ids(&self) -> Vec<ObjectId> {
        self.pages.iter().map(|page| page.id).collect()
    }

    fn ask(&mut self, page: usize, width: u16) {
        if let Some(page) = self.pages.get(page) {
            self.drawing.ask(page.id, width);
        }
    }
}

/// A page that has to be drawn to know whether it looks the same, in the order in which pages are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Doubt {
    /// Its number from 0, now or, of a page that is gone, when it was signed.
    at: usize,
    is_gone: bool,
    /// Which of the signatures.
    signed: usize,
    old: Option<usize>,
    new: Option<usize>,
}

/// Compares the file with what was signed, page by page; gives the number of pages that were left out.
pub(super) fn draw(
    file: &Arc<Vec<u8>>,
    password: Option<&[u8]>,
    reports: &[SignatureReport],
    signed: &mut [Signed],
    bounds: &Bounds,
) -> Result<usize, PdfError> {
    let limits = Limits::in_force();
    let source: Arc<dyn Source> = Arc::<Vec<u8>>::clone(file);
    let doc = Document::open(source, password, *limits)?;
    let password = password.unwrap_or_default();
    let then = |revision: SignedRevision| {
        let bytes = file.get(..usize::try_from(revision.length).ok()?)?;
        State::of(doc.at_revision(revision.number).ok()?, bytes, password).ok()
    };
    let mut states: Vec<Option<State<'_>>> = signed.iter().map(|s| s.revision.and_then(then)).collect();
    let last = doc.revisions().len().saturating_sub(1);
    let mut now = State::of(doc.at_revision(last)?, file, password)?;
    let mut doubts = Vec::new();
    for (index, (one, state)) in signed.iter_mut().zip(&states).enumerate() {
        match state {
            Some(state) if !state.pages.is_empty() => {
                doubts.extend(reports.get(one.at).into_iter().flat_map(|report| doubtful(index, report, state, &now)));
            }
            _ if one.revision.is_some() => one.pages.push(unknown()),
            _ => {}
        }
    }
    doubts.sort_unstable();
    let mut pictures = Pictures { width: bounds.width, before: None, after: None };
    let until = Instant::now().checked_add(Duration::from_secs(bounds.seconds));
    let (mut looked_at, mut left_out, mut shown) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for doubt in &doubts {
        let page = (doubt.at, doubt.is_gone);
        let is_late = until.is_some_and(|until| Instant::now() > until);
        if !looked_at.contains(&page) && (is_late || looked_at.len() >= bounds.pages) {
            left_out.insert(page);
            continue;
        }
        looked_at.insert(page);
        let (before, after) = pictures.of(doubt, &mut states, &mut now);
        let Some(one) = signed.get_mut(doubt.signed) else { continue };
        let Some(report) = reports.get(one.at) else { continue };
        if let Some(kind) = judge(before, after, shown >= bounds.shown) {
            shown = shown.saturating_add(1);
            let id = |state: Option<&State<'_>>, at: Option<usize>| Some(state?.pages.get(at?)?.id);
            let old = id(states.get(doubt.signed).and_then(Option::as_ref), doubt.old);
            let ids: Vec<ObjectId> = [old, id(Some(&now), doubt.new)].into_iter().flatten().collect();
            one.pages.push(Pair {
                number: doubt.at.saturating_add(1),
                was: doubt.old.filter(|old| *old != doubt.at).map(|old| old.saturating_add(1)),
                permitted: is_permitted(report, &ids),
                ids,
                kind,
            });
        }
    }
    Ok(left_out.len())
}

/// The pages of a document whose pages cannot be told.
const fn unknown() -> Pair {
    Pair { number: 1, was: None, ids: Vec::new(), permitted: false, kind: PairKind::NotDrawn }
}

/// The pages that are not certainly as they were signed.
fn doubtful(signed: usize, report: &SignatureReport, then: &State<'_>, now: &State<'_>) -> Vec<Doubt> {
    let mut unchanged = Unchanged::new(&then.doc, &now.doc);
    // what is odd about a file is odd about its objects as well
    let is_odd = report.modification == Modification::Forbidden
        && (report.changes.iter().any(|c| c.structural) || report.changes.iter().all(|c| c.permitted));
    let mut is_same = |(old, new): (Option<usize>, Option<usize>)| {
        let pages = old.and_then(|old| then.pages.get(old)).zip(new.and_then(|new| now.pages.get(new)));
        pages.is_some_and(|(old, new)| unchanged.is_same(old, new))
    };
    let aligned = align(&then.ids(), &now.ids()).into_iter();
    let doubt = |(old, new): (Option<usize>, Option<usize>)| {
        let at = new.or(old).unwrap_or_default();
        Doubt { at, is_gone: new.is_none(), signed, old, new }
    };
    aligned.filter(|pages| is_odd || !is_same(*pages)).map(doubt).collect()
}

/// Whether all that changed on a page is permitted: what is forbidden and on no page may be on this one.
fn is_permitted(report: &SignatureReport, ids: &[ObjectId]) -> bool {
    let mut forbidden = report.changes.iter().filter(|change| !change.permitted).peekable();
    report.modification != Modification::Forbidden
        || report.changes.len() < MOST_CHANGES
            && forbidden.peek().is_some()
            && forbidden.all(|change| change.page.is_some_and(|page| !ids.contains(&page)))
}

/// The pictures that were drawn last: the next doubt is mostly about the same page.
struct Pictures {
    /// Pixels across each.
    width: u16,
    /// Which of the signatures, its page, and what that looked like.
    before: Option<(usize, usize, Option<Picture>)>,
    /// The page, and what it looks like.
    after: Option<(usize, Option<Picture>)>,
}

impl Pictures {
    /// Both sides of a page. What is not known yet is drawn beside each other.
    fn of(
        &mut self,
        doubt: &Doubt,
        states: &mut [Option<State<'_>>],
        now: &mut State<'_>,
    ) -> (Side<&Picture>, Side<&Picture>) {
        let before = self.before.take().filter(|(signed, page, _)| is_as_before(states, (*signed, *page), doubt));
        let after = self.after.take().filter(|(page, _)| doubt.new == Some(*page));
        let mut then = states.get_mut(doubt.signed).and_then(Option::as_mut);
        if let (None, Some(page)) = (&after, doubt.new) {
            now.ask(page, self.width);
        }
        if let (None, Some(then), Some(page)) = (&before, &mut then, doubt.old) {
            then.ask(page, self.width);
        }
        self.after = after.or_else(|| Some((doubt.new?, now.drawing.take())));
        self.before = match before {
            Some((_, _, picture)) => doubt.old.map(|page| (doubt.signed, page, picture)),
            None => doubt.old.zip(then).map(|(page, then)| (doubt.signed, page, then.drawing.take())),
        };
        let before = self.before.as_ref().map(|(_, _, picture)| picture);
        (Side::of(before), Side::of(self.after.as_ref().map(|(_, picture)| picture)))
    }
}

/// A page that was drawn of what one signature signed is the one that another signature signed.
fn is_as_before(states: &[Option<State<'_>>], (signed, page): (usize, usize), doubt: &Doubt) -> bool {
    let state = |signed: usize| states.get(signed).and_then(Option::as_ref);
    let (Some(then), Some(next)) = (state(signed), state(doubt.signed)) else { return false };
    let pages = then.pages.get(page).zip(doubt.old.and_then(|old| next.pages.get(old)));
    pages.is_some_and(|(old, new)| old.id == new.id && Unchanged::new(&then.doc, &next.doc).is_same(old, new))
}

/// A page on one side.
enum Side<T> {
    /// The document has no such page.
    Absent,
    /// It cannot be drawn.
    NotDrawn,
    /// Its picture.
    Drawn(T),
}

impl<'a> Side<&'a Picture> {
    /// Of a page that the document has, and of its picture.
    const fn of(page: Option<&'a Option<Picture>>) -> Self {
        match page {
            None => Self::Absent,
            Some(None) => Self::NotDrawn,
            Some(Some(picture)) => Self::Drawn(picture),
        }
    }
}

/// What is to be said of a page; nothing if it looks the same. Of what is `full` no pictures are kept.
fn judge(before: Side<&Picture>, after: Side<&Picture>, full: bool) -> Option<PairKind> {
    let kind = match (before, after) {
        (Side::Absent, Side::Absent) => return None,
        (Side::NotDrawn, _) | (_, Side::NotDrawn) => return Some(PairKind::NotDrawn),
        (Side::Drawn(before), Side::Drawn(after)) => {
            let areas = differences(before, after);
            if areas.is_empty() {
                return None;
            }
            let both = || Some(Box::new([Shown::of(before)?, Shown::of(after)?]));
            if full { None } else { both().map(|both| PairKind::Changed(both, areas)) }
        }
        _ if full => None,
        (Side::Absent, Side::Drawn(after)) => Shown::of(after).map(PairKind::Added),
        (Side::Drawn(before), Side::Absent) => Shown::of(before).map(PairKind::Removed),
    };
    Some(kind.unwrap_or(PairKind::NoRoom))
}
