//! The pages that look other than when they were signed, as pictures.

use crate::documents::pictures::Drawing;
use crate::limits::Limits;
use crate::render::{Area, Picture, differences};
use crate::validation::report::{Modification, SignatureReport};
use std::time::{Duration, Instant};

/// Pixels across one picture.
const WIDTH: u16 = 900;
/// Pairs of pictures that one page shows.
const MOST_SHOWN: usize = 40;

/// A signature after which something changed.
pub struct Signed<'a> {
    /// Its number in the report, from 1.
    pub number: usize,
    /// What was found.
    pub report: &'a SignatureReport,
    /// Length of the file when it was made, if it covers a whole revision.
    pub length: Option<u64>,
    /// The pages that changed since.
    pub pages: Vec<Pair>,
}

/// A page that looks other than when it was signed, or that nobody can compare.
pub struct Pair {
    /// Its number, from 1.
    pub number: usize,
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

/// Compares the file with what was signed, page by page; gives the number of pages that were left out.
pub fn draw(file: &[u8], password: Option<&[u8]>, signed: &mut [Signed<'_>]) -> usize {
    let limits = Limits::in_force();
    let password = password.unwrap_or_default();
    let until = Instant::now().checked_add(Duration::from_secs(limits.compared_seconds));
    let mut now = Drawing::of(file, password);
    let mut then: Vec<Option<Drawing<'_>>> = signed
        .iter()
        .map(|s| file.get(..usize::try_from(s.length?).ok()?).map(|bytes| Drawing::of(bytes, password)))
        .collect();
    let counts: Vec<Option<usize>> = then.iter_mut().map(|t| t.as_mut().and_then(Drawing::count)).collect();
    let count_now = now.count();
    let pages = counts.iter().chain([&count_now]).flatten().copied().max().unwrap_or_default();
    // what cannot be opened has one page that cannot be drawn
    let last = pages.clamp(1, limits.compared_pages);
    let mut shown = 0_usize;
    let only_permitted = signed.iter().all(|s| s.report.modification != Modification::Forbidden);
    for page in 0..last {
        if until.is_some_and(|until| Instant::now() > until) {
            return pages.saturating_sub(page);
        }
        let has = |count: &Option<usize>| count.is_none_or(|count| page < count);
        // drawn beside each other
        now.ask(page, WIDTH);
        if let Some(first) = then.iter_mut().flatten().next() {
            first.ask(page, WIDTH);
        }
        let after = now.take();
        let mut is_first = true;
        for ((signed, then), count) in signed.iter_mut().zip(&mut then).zip(&counts) {
            let Some(then) = then else { continue };
            if !is_first {
                then.ask(page, WIDTH);
            }
            let before = then.take();
            let (before, after) = (Side::of(has(count), before.as_ref()), Side::of(has(&count_now), after.as_ref()));
            let kind = judge(before, after, shown >= MOST_SHOWN);
            if let Some(kind) = kind {
                shown = shown.saturating_add(1);
                signed.pages.push(Pair { number: page.saturating_add(1), kind });
            } else if is_first && only_permitted {
                // what is permitted adds to the pages: one that is as the first signer saw it is so for all
                break;
            }
            is_first = false;
        }
    }
    pages.saturating_sub(last)
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

impl<T> Side<T> {
    fn of(is_there: bool, drawn: Option<T>) -> Self {
        match drawn {
            _ if !is_there => Self::Absent,
            None => Self::NotDrawn,
            Some(picture) => Self::Drawn(picture),
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
