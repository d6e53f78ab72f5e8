//! The books of receipts, from the log alone: that each number of each series was issued exactly once, without a gap and in the
//! order of time, and that what replaces something is named by what it replaces.

use super::entry::{Entry, is_legacy, receipt};
use super::findings::range;
use super::people::People;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// Gaps of one series that are kept apart; more are only counted.
const MOST_GAPS: usize = 1_000;

/// Certificates that are kept of those whose keys signed digests.
const MOST_CERTIFICATES: usize = 10_000;

/// What an entry does to the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    index: u64,
    kind: ActKind,
    about: String,
    related: Option<String>,
    digest: Option<String>,
    unit: Option<String>,
    /// Of a token only.
    actor: Option<String>,
    time: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ActKind {
    Unit,
    Granted,
    Revoked,
    Opened,
    Closed,
    Issued,
    Rendered,
    Replaced,
    Voided,
    Delegated,
    Returned,
    Priced,
    Filed,
    ShiftClosed,
    Imported,
    HashSigned,
    Dispatched,
    Delegation,
    DelegationEnded,
}

impl Act {
    /// The index of its entry.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// That of an entry; none if it does nothing to them.
    pub fn of(index: u64, entry: &Entry<'_>) -> Option<Self> {
        let kind = match &*entry.action {
            "series.opened" => ActKind::Opened,
            "series.closed" => ActKind::Closed,
            "receipt.issued" => ActKind::Issued,
            "receipt.rendered" => ActKind::Rendered,
            "receipt.replaced" => ActKind::Replaced,
            "receipt.voided" => ActKind::Voided,
            "range.delegated" => ActKind::Delegated,
            "range.closed" => ActKind::Returned,
            "fees.changed" => ActKind::Priced,
            "report.filed" => ActKind::Filed,
            "shift.closed" => ActKind::ShiftClosed,
            "receipt.imported" => ActKind::Imported,
            "hash.signed" => ActKind::HashSigned,
            "dispatch.drafted" | "dispatch.copied" | "dispatch.received" => ActKind::Dispatched,
            "delegation.granted" => ActKind::Delegation,
            "delegation.revoked" => ActKind::DelegationEnded,
            "unit.created" | "unit.changed" => ActKind::Unit,
            "role.granted" => ActKind::Granted,
            "role.revoked" => ActKind::Revoked,
            _ => return None,
        };
        // a digest that is signed is about no receipt: by which key it is
        let about = if kind == ActKind::HashSigned { &entry.certificate } else { &entry.receipt };
        let is_of_token = matches!(kind, ActKind::Granted | ActKind::Revoked);
        Some(Self {
            index,
            kind,
            about: about.as_deref().unwrap_or_default().to_owned(),
            related: entry.related.as_deref().map(str::to_owned),
            digest: entry.digest.as_deref().map(str::to_owned),
            unit: entry.unit.as_deref().map(str::to_owned),
            actor: entry.actor.as_deref().filter(|_| is_of_token).map(str::to_owned),
            time: entry.time.to_string(),
        })
    }
}

/// All books so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Book {
    /// Whether it was kept from the log's first entry on; else what is not in it may have been before.
    whole: bool,
    series: BTreeMap<String, Series>,
    /// Replacements of which one half was seen, by the receipt that is replaced.
    halves: BTreeMap<String, Half>,
    /// What the log says last of each unit's fee catalogue: the digest.
    catalogues: BTreeMap<String, String>,
    /// Daily reports and shifts.
    papers: [u64; 2],
    /// The certificates whose keys signed digests for other programs, each with the first entry of it.
    #[serde(default)]
    hash_certificates: BTreeMap<String, u64>,
    /// Files of receipts of the law before, which are in no series.
    #[serde(default)]
    imported: u64,
    /// Official documents: drafted, copied, come in.
    #[serde(default)]
    dispatches: u64,
    /// Delegations to sign, granted and ended before their time.
    #[serde(default)]
    delegations: [u64; 2],
    /// Units and tokens; none where the books were begun before these were in them.
    #[serde(default)]
    people: Option<People>,
}

/// Half of a replacement.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Half {
    /// The successor says that it replaces the receipt.
    Issued { successor: String },
    /// The receipt is said to be replaced by the successor.
    Replaced { successor: String },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Series {
    unit: Option<String>,
    opened: bool,
    closed: bool,
    first: u32,
    last: u32,
    issued: u64,
    /// Numbers that were passed over, first and last of each gap.
    gaps: Vec<(u32, u32)>,
    uncounted: u64,
    doubles: u64,
    day: Option<String>,
    replaced: u64,
    voided: u64,
    /// Numbers that are in force no more.
    left: BTreeMap<u32, bool>,
    /// What others were delegated (Nghị định 254/2026/NĐ-CP art. 25).
    ranges: Vec<Delegated>,
}

/// A range of numbers that another unit uses in ascending order.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Delegated {
    first: u32,
    last: u32,
    /// The last number of it that was issued; the one before its first while none was.
    at: u32,
    returned: bool,
    day: Option<String>,
}

/// The book of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesReport {
    /// Form and symbol.
    pub series: String,
    /// Whose it is.
    pub unit: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// The first number; 0 where none was issued.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The last one of the unit's own numbers.
    #[serde(skip)]
    pub last_own: u32,
    /// Receipts that were issued.
    pub issued: u64,
    /// Those of them that were replaced.
    pub replaced: u64,
    /// Those of them that were voided.
    pub voided: u64,
    /// Numbers that were skipped.
    pub missing: u64,
    /// Numbers that were issued again.
    pub doubles: u64,
}

impl Book {
    /// Empty books; `whole` if they begin with the log's first entry.
    pub fn new(whole: bool) -> Self {
        Self {
            whole,
            series: BTreeMap::new(),
            halves: BTreeMap::new(),
            catalogues: BTreeMap::new(),
            papers: [0; 2],
            hash_certificates: BTreeMap::new(),
            imported: 0,
            dispatches: 0,
            delegations: [0; 2],
            people: whole.then(People::default),
        }
    }

    /// Enters an act, and says what is wrong with it.
    pub fn enter(&mut self, act: Act) -> Vec<String> {
        let mut faults = Vec::new();
        let [filed, shifts] = &mut self.papers;
        let [granted, ended] = &mut self.delegations;
        let counted = match act.kind {
            ActKind::Dispatched => Some(&mut self.dispatches),
            ActKind::Delegation => Some(granted),
            ActKind::DelegationEnded => Some(ended),
            _ => None,
        };
        if let Some(count) = counted {
            *count = count.saturating_add(1);
            return faults;
        }
        match act.kind {
            ActKind::Priced => {
                self.catalogues.insert(act.unit.unwrap_or_default(), act.digest.unwrap_or_default());
                return faults;
            }
            ActKind::Filed => {
                *filed = filed.saturating_add(1);
                return faults;
            }
            ActKind::ShiftClosed => {
                *shifts = shifts.saturating_add(1);
                return faults;
            }
            ActKind::HashSigned => {
                // a made-up log may have any number of them
                if self.hash_certificates.len() < MOST_CERTIFICATES {
                    self.hash_certificates.entry(act.about).or_insert(act.index);
                }
                return faults;
            }
            ActKind::Imported => {
                self.imported = self.imported.saturating_add(1);
                if !is_legacy(&act.about) || act.digest.is_none() {
                    faults.push(format!(
                        "receipt {}: entry {} imports it, and it is none of the law before, or of no file",
                        act.about, act.index
                    ));
                }
                return faults;
            }
            ActKind::Unit | ActKind::Granted | ActKind::Revoked => {
                let Some(people) = &mut self.people else { return faults };
                let actor = act.actor.unwrap_or_default();
                match act.kind {
                    ActKind::Unit => people.changed(act.unit.unwrap_or_default(), act.digest),
                    ActKind::Granted => people.granted(actor, act.unit.unwrap_or_default(), act.digest),
                    _ => people.revoked(&actor),
                }
                return faults;
            }
            _ => {}
        }
        if matches!(act.kind, ActKind::Opened | ActKind::Closed) {
            let series = self.series.entry(act.about.clone()).or_default();
            let again = if act.kind == ActKind::Opened { series.opened || series.closed } else { series.closed };
            if again {
                faults.push(format!("series {}: entry {} opens or closes it again", act.about, act.index));
            }
            series.unit = series.unit.take().or(act.unit);
            series.opened = true;
            series.closed |= act.kind == ActKind::Closed;
            return faults;
        }
        let Some((name, number)) = receipt(&act.about) else {
            faults.push(format!("entry {}: {:?} is not the number of a receipt", act.index, act.about));
            return faults;
        };
        let known = self.series.contains_key(name);
        let series = self.series.entry(name.to_owned()).or_default();
        if self.whole && !known {
            faults
                .push(format!("series {name}: entry {} is about a receipt of it, and it was never opened", act.index));
        }
        match act.kind {
            ActKind::Issued => series.issue(name, number, &act, self.whole, &mut faults),
            ActKind::Delegated => series.delegate(number, &act, &mut faults),
            ActKind::Returned => series.take_back(number, &act, &mut faults),
            _ if number > series.reached(number) && (self.whole || series.last > 0) => {
                faults.push(format!("receipt {}: entry {} is about it, and it was not issued", act.about, act.index));
            }
            ActKind::Replaced | ActKind::Voided => series.leave(number, &act, &mut faults),
            _ => {}
        }
        self.link(&act, &mut faults);
        faults
    }

    /// Both halves of a replacement must name each other.
    fn link(&mut self, act: &Act, faults: &mut Vec<String>) {
        let (old, half) = match (act.kind, &act.related) {
            (ActKind::Issued, Some(old)) => (old.clone(), Half::Issued { successor: act.about.clone() }),
            (ActKind::Replaced, Some(new)) => (act.about.clone(), Half::Replaced { successor: new.clone() }),
            (ActKind::Replaced, None) => {
                faults.push(format!("receipt {}: entry {} does not say what replaces it", act.about, act.index));
                return;
            }
            _ => return,
        };
        match (self.halves.remove(&old), &half) {
            (Some(Half::Issued { successor }), Half::Replaced { successor: other })
            | (Some(Half::Replaced { successor }), Half::Issued { successor: other })
                if successor == *other => {}
            (None, _) => {
                self.halves.insert(old, half);
            }
            (Some(_), _) => {
                faults.push(format!("receipt {old}: entry {} does not agree on what replaces it", act.index));
            }
        }
    }

    /// What is wrong with the books as a whole, once the log has been read to its end. Who has not read its beginning does not
    /// know which numbers were delegated then, and cannot tell them from such as are missing.
    pub fn close(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, series) in self.series.iter().filter(|_| self.whole) {
            for (first, last) in &series.gaps {
                let missing = range("number", "numbers", u64::from(*first), u64::from(*last));
                faults.push(format!("series {name}: {missing} missing"));
            }
            if series.uncounted > 0 {
                faults.push(format!("series {name}: {} more numbers are missing", series.uncounted));
            }
        }
        for (old, half) in &self.halves {
            faults.push(match half {
                Half::Issued { successor } => {
                    format!("receipt {successor}: it says that it replaces {old}, of which the log does not say so")
                }
                Half::Replaced { successor } => {
                    format!("receipt {old}: it is replaced by {successor}, which does not say so")
                }
            });
        }
        faults
    }

    /// The digest of each unit's fee catalogue, as the log records it last; none if its beginning was not read.
    pub fn catalogues(&self) -> Option<BTreeMap<String, String>> {
        self.whole.then(|| self.catalogues.clone())
    }

    /// How many daily reports and shifts there are; none if the log's beginning was not read.
    pub fn papers(&self) -> Option<[u64; 2]> {
        self.whole.then_some(self.papers)
    }

    /// How many files of receipts of the law before came in; none if the log's beginning was not read.
    pub fn imported(&self) -> Option<u64> {
        self.whole.then_some(self.imported)
    }

    /// Official documents, where the books were kept from the log's first entry on.
    pub fn dispatches(&self) -> Option<u64> {
        self.whole.then_some(self.dispatches)
    }

    /// Delegations to sign, granted and ended before their time, the same.
    pub fn delegations(&self) -> Option<[u64; 2]> {
        self.whole.then_some(self.delegations)
    }

    /// The certificates whose keys signed digests for other programs, each with the first entry of it.
    pub fn hash_certificates(&self) -> BTreeMap<String, u64> {
        self.hash_certificates.clone()
    }

    /// Units and tokens; none if the log's beginning was not read.
    pub fn people(&self) -> Option<People> {
        self.people.clone()
    }

    /// The books, series by series.
    pub fn report(&self) -> Vec<SeriesReport> {
        let of = |(name, series): (&String, &Series)| SeriesReport {
            series: name.clone(),
            unit: series.unit.clone(),
            closed: series.closed,
            first: series.first,
            last: series.ranges.iter().filter(|r| r.at >= r.first).map(|r| r.at).fold(series.last, u32::max),
            last_own: series.last,
            issued: series.issued,
            replaced: series.replaced,
            voided: series.voided,
            missing: series.missing(),
            doubles: series.doubles,
        };
        self.series.iter().map(of).collect()
    }
}

impl Series {
    fn missing(&self) -> u64 {
        let within = |(first, last): &(u32, u32)| u64::from(last.saturating_sub(*first)).saturating_add(1);
        self.gaps.iter().map(within).sum::<u64>().saturating_add(self.uncounted)
    }

    fn issue(&mut self, name: &str, number: u32, act: &Act, whole: bool, faults: &mut Vec<String>) {
        let id = &act.about;
        if self.closed {
            faults.push(format!("receipt {id}: entry {} issues it after the series was closed", act.index));
        }
        if self.unit.is_some() && self.unit != act.unit {
            faults
                .push(format!("receipt {id}: entry {} issues it for another unit than that of the series", act.index));
        }
        self.unit = self.unit.take().or_else(|| act.unit.clone());
        let range = self.ranges.iter().position(|range| (range.first..=range.last).contains(&number));
        if range.is_none() && self.last == 0 {
            // what was before in a log that is read from its middle is not known
            self.last = if whole { 0 } else { number.saturating_sub(1) };
        }
        let reached = self.reached(number);
        if number > reached {
            self.pass(reached.saturating_add(1), number, range.is_none());
            match range.and_then(|at| self.ranges.get_mut(at)) {
                Some(range) => {
                    if range.returned {
                        faults.push(format!("receipt {id}: entry {} issues it from a range given back", act.index));
                    }
                    range.at = number;
                }
                None => self.last = number,
            }
            self.issued = self.issued.saturating_add(1);
        } else if self.fill(number) {
            faults.push(format!("receipt {id}: entry {} issues it after a later number", act.index));
            self.issued = self.issued.saturating_add(1);
        } else if whole || number >= self.first {
            faults.push(format!("receipt {id}: entry {} issues it a second time", act.index));
            self.doubles = self.doubles.saturating_add(1);
        }
        self.first = if self.first == 0 { number } else { self.first.min(number) };
        match day(&act.time) {
            None => faults.push(format!("receipt {id}: entry {} does not say when it was issued", act.index)),
            Some(day) => {
                let day = day.to_string();
                let last = match range.and_then(|at| self.ranges.get_mut(at)) {
                    Some(range) => &mut range.day,
                    None => &mut self.day,
                };
                if last.as_ref().is_some_and(|before| *before > day) {
                    faults.push(format!(
                        "receipt {id}: entry {} of series {name} is dated before its predecessor",
                        act.index
                    ));
                }
                *last = Some(day);
            }
        }
    }

    /// The last number that was issued of those that this one follows: the unit's own, or those of a range.
    fn reached(&self, number: u32) -> u32 {
        let range = self.ranges.iter().find(|range| (range.first..=range.last).contains(&number));
        range.map_or(self.last, |range| range.at)
    }

    /// Numbers from `next` on are passed over to reach another; of the unit's own, what is delegated is no gap.
    fn pass(&mut self, next: u32, number: u32, own: bool) {
        let mut next = next;
        if own {
            let mut delegated: Vec<(u32, u32)> = self.ranges.iter().map(|range| (range.first, range.last)).collect();
            delegated.sort_unstable();
            for (first, last) in delegated.into_iter().filter(|(first, _)| *first < number) {
                if next < first {
                    self.skip(next, first.saturating_sub(1));
                }
                next = next.max(last.saturating_add(1));
            }
        }
        if next < number {
            self.skip(next, number.saturating_sub(1));
        }
    }

    fn delegate(&mut self, first: u32, act: &Act, faults: &mut Vec<String>) {
        let last = act.related.as_deref().and_then(receipt).map(|(_, last)| last).filter(|last| *last >= first);
        let Some(last) = last else {
            faults.push(format!("receipt {}: entry {} does not say where the range ends", act.about, act.index));
            return;
        };
        let overlaps = self.ranges.iter().any(|range| first <= range.last && range.first <= last);
        if overlaps || first <= self.last {
            faults.push(format!("receipt {}: entry {} delegates numbers that are others'", act.about, act.index));
            return;
        }
        self.ranges.push(Delegated { first, last, at: first.saturating_sub(1), returned: false, day: None });
    }

    fn take_back(&mut self, first: u32, act: &Act, faults: &mut Vec<String>) {
        match self.ranges.iter_mut().find(|range| range.first == first && !range.returned) {
            Some(range) => range.returned = true,
            None => faults.push(format!("receipt {}: entry {} takes back what is not out", act.about, act.index)),
        }
    }

    fn skip(&mut self, first: u32, last: u32) {
        if self.gaps.len() < MOST_GAPS {
            self.gaps.push((first, last));
        } else {
            self.uncounted = self.uncounted.saturating_add(u64::from(last.saturating_sub(first)).saturating_add(1));
        }
    }

    /// Takes a number out of the gaps.
    fn fill(&mut self, number: u32) -> bool {
        let Some(at) = self.gaps.iter().position(|(first, last)| (*first..=*last).contains(&number)) else {
            return false;
        };
        let (first, last) = self.gaps.remove(at);
        if first < number {
            self.gaps.push((first, number.saturating_sub(1)));
        }
        if number < last {
            self.gaps.push((number.saturating_add(1), last));
        }
        self.gaps.sort_unstable();
        true
    }

    fn leave(&mut self, number: u32, act: &Act, faults: &mut Vec<String>) {
        let replaced = act.kind == ActKind::Replaced;
        if self.left.insert(number, replaced).is_some() {
            faults.push(format!("receipt {}: entry {} ends it, and it was in force no more", act.about, act.index));
        }
        let count = if replaced { &mut self.replaced } else { &mut self.voided };
        *count = count.saturating_add(1);
    }
}

/// The day in Vietnam.
fn day(time: &str) -> Option<Date> {
    let time = OffsetDateTime::parse(time, &Rfc3339).ok()?;
    Some(time.checked_to_offset(crate::messages::VIETNAM)?.date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(action: &str, number: u32, related: Option<u32>, time: &str) -> String {
        let id = |n| format!("A/B/{n:08}");
        let receipt = if action.starts_with("series") { "A/B".into() } else { id(number) };
        let mut entry = serde_json::json!({"action": action, "receipt": receipt, "unit": "u", "time": time, "v": 1});
        if let Some(related) = related {
            entry["related"] = id(related).into();
        }
        entry.to_string()
    }

    fn enter(book: &mut Book, entries: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        for (index, entry) in (0..).zip(entries) {
            if let Some(act) = Act::of(index, &Entry::parse(entry.as_bytes()).unwrap()) {
                faults.extend(book.enter(act));
            }
        }
        faults.extend(book.close());
        faults
    }

    const NOON: &str = "2026-11-24T05:00:00Z";

    /// Three receipts, the second replaced by the third, the first voided, the series closed.
    fn honest() -> Vec<String> {
        vec![
            entry("series.opened", 0, None, NOON),
            entry("receipt.issued", 1, None, NOON),
            entry("receipt.rendered", 1, None, NOON),
            entry("receipt.issued", 2, None, NOON),
            entry("receipt.notified", 2, None, NOON),
            entry("receipt.issued", 3, Some(2), NOON),
            entry("receipt.replaced", 2, Some(3), NOON),
            entry("receipt.voided", 1, None, NOON),
            entry("series.closed", 0, None, NOON),
        ]
    }

    #[test]
    fn honest_books_agree() {
        let mut book = Book::new(true);
        assert_eq!(enter(&mut book, &honest()), Vec::<String>::new());
        let [report] = &book.report()[..] else { panic!() };
        assert_eq!((report.first, report.last, report.issued), (1, 3, 3));
        assert_eq!((report.replaced, report.voided, report.missing, report.doubles, report.closed), (1, 1, 0, 0, true));
        // kept in a file in between
        for at in 0..honest().len() {
            let mut book = Book::new(true);
            for (index, entry) in (0..).zip(&honest()) {
                if index == at as u64 {
                    book = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
                }
                if let Some(act) = Act::of(index, &Entry::parse(entry.as_bytes()).unwrap()) {
                    assert_eq!(book.enter(act), Vec::<String>::new());
                }
            }
            assert_eq!(book.close(), Vec::<String>::new());
        }
    }

    #[test]
    fn a_delegated_range_has_numbers_of_its_own() {
        let issued = |n| entry("receipt.issued", n, None, NOON);
        let honest = vec![
            entry("series.opened", 0, None, NOON),
            issued(1),
            entry("range.delegated", 3, Some(5), NOON),
            issued(3),
            issued(2),
            issued(6),
            issued(4),
            entry("range.closed", 3, Some(5), NOON),
            issued(7),
        ];
        let mut book = Book::new(true);
        assert_eq!(enter(&mut book, &honest), Vec::<String>::new());
        let report = &book.report()[0];
        assert_eq!((report.first, report.last, report.last_own, report.issued, report.missing), (1, 7, 7, 6, 0));
        let with = |at: usize, entry: String| {
            let mut entries = honest.clone();
            entries.insert(at, entry);
            enter(&mut Book::new(true), &entries).join("; ")
        };
        let without = |at: usize| {
            let mut entries = honest.clone();
            entries.remove(at);
            enter(&mut Book::new(true), &entries).join("; ")
        };
        assert!(without(3).contains("number 3 is missing"));
        assert!(without(4).contains("number 2 is missing"));
        assert!(without(2).contains("it was not issued") || without(2).contains("takes back what is not out"));
        assert!(with(9, issued(5)).contains("a range given back"));
        assert!(with(7, issued(4)).contains("a second time"));
        assert!(with(9, entry("range.delegated", 6, Some(9), NOON)).contains("that are others'"));
        assert!(with(9, entry("range.delegated", 9, None, NOON)).contains("where the range ends"));
    }

    #[test]
    fn each_entry_that_is_left_out_doubled_or_changed_is_noticed() {
        for (at, named) in [
            (0, "never opened"),
            (1, "numbers 1"),
            (3, "number 2 is missing"),
            (5, "it was not issued"),
            (6, "does not say so"),
        ] {
            let mut entries = honest();
            entries.remove(at);
            let faults = enter(&mut Book::new(true), &entries).join("; ");
            let named = if at == 1 { "number 1 is missing" } else { named };
            assert!(faults.contains(named) || (at == 5 && faults.contains("which does not say so")), "{at}: {faults}");
        }
        for (at, named) in [
            (0, "opens or closes it again"),
            (1, "a second time"),
            (3, "a second time"),
            (6, "in force no more"),
            (7, "in force no more"),
            (8, "again"),
        ] {
            let mut entries = honest();
            entries.insert(at, entries[at].clone());
            let faults = enter(&mut Book::new(true), &entries).join("; ");
            assert!(faults.contains(named), "{at}: {faults}");
        }
        let mut late = honest();
        late.swap(1, 3);
        assert!(enter(&mut Book::new(true), &late).join("; ").contains("after a later number"));
        let mut dated = honest();
        dated[3] = entry("receipt.issued", 2, None, "2026-11-23T05:00:00Z");
        assert!(enter(&mut Book::new(true), &dated).join("; ").contains("before its predecessor"));
        let mut after = honest();
        after.push(entry("receipt.issued", 4, None, NOON));
        assert!(enter(&mut Book::new(true), &after).join("; ").contains("after the series was closed"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn numbers_in_any_order_are_counted_right(numbers in prop::collection::vec(1..40_u32, 1..40)) {
            let mut book = Book::new(true);
            let entries: Vec<String> = numbers.iter().map(|n| entry("receipt.issued", *n, None, NOON)).collect();
            enter(&mut book, &entries);
            let report = &book.report()[0];
            let distinct: std::collections::BTreeSet<u32> = numbers.iter().copied().collect();
            prop_assert_eq!(report.issued as usize, distinct.len());
            prop_assert_eq!(report.doubles as usize, numbers.len() - distinct.len());
            prop_assert_eq!(report.missing, u64::from(*distinct.last().unwrap()) - distinct.len() as u64);
        }
    }
}
