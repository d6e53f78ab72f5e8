//! What entries tell, one after the other, from the log alone.
//!
//! | file | what |
//! | --- | --- |
//! | `act` | what an entry does to the books |
//! | `series` | every receipt number of every series |
//! | `people` | units and tokens |
//! | `rows` | what must stand in rows of the database |
//! | `tally` | what is only counted, or of which the last counts |
//! | `keys` | that keys which were stopped or destroyed sign nothing |
//! | `timeline` | that entries' times go forward |

mod act;
mod keys;
mod people;
mod rows;
mod series;
mod tally;
mod timeline;

pub use people::People;
pub use rows::Rows;
pub use series::SeriesReport;
pub use tally::{MOST_IMAGES, Tally};

use super::entry::Entry;
use act::{Act, Kind};
use keys::{KeyActs, Keys};
use serde::{Deserialize, Serialize};
use series::Books;
use timeline::{Moment, Timeline};

/// What the entries of a bundle tell, in their order.
#[derive(Debug, Default)]
pub struct Acts {
    books: Vec<Act>,
    keys: KeyActs,
    moments: Vec<(u64, Moment)>,
}

impl Acts {
    /// Adds what the next entry tells; says what is wrong with its time.
    pub fn note(&mut self, index: u64, entry: &Entry<'_>) -> Option<String> {
        self.books.extend(Act::of(index, entry));
        let moment = Moment::of(entry);
        self.keys.note(index, entry, moment);
        match moment {
            Some(moment) => self.moments.push((index, moment)),
            None => return Some(format!("entry {index}: its time cannot be read")),
        }
        None
    }
}

/// What the entries so far tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// Whether they are all entries from the log's first one on; else what they do not tell may have been before.
    whole: bool,
    books: Books,
    people: People,
    rows: Rows,
    tally: Tally,
    keys: Keys,
    timeline: Timeline,
}

impl Told {
    /// Nothing yet; `whole` if it begins with the log's first entry.
    pub fn new(whole: bool) -> Self {
        Self {
            whole,
            books: Books::new(whole),
            people: People::default(),
            rows: Rows::default(),
            tally: Tally::default(),
            keys: Keys::default(),
            timeline: Timeline::default(),
        }
    }

    /// Takes what the next bundle tells, from an entry on; says what is wrong with it.
    pub fn enter(&mut self, acts: Acts, from: u64) -> Vec<String> {
        let mut faults = Vec::new();
        for act in acts.books.into_iter().filter(|act| act.index >= from) {
            faults.extend(self.rows.enter(&act));
            match act.kind {
                Kind::Receipts(kind) => faults.extend(self.books.enter(kind, &act)),
                Kind::Tally(kind) => faults.extend(self.tally.enter(kind, &act)),
                // of a log that is read from its middle, nothing follows from these
                Kind::People(kind) if self.whole => self.people.enter(kind, act),
                Kind::People(_) | Kind::Key | Kind::Revoked | Kind::Row => {}
            }
        }
        faults.extend(acts.keys.into_iter().filter(|act| act.index >= from).filter_map(|act| self.keys.enter(act)));
        let moments = acts.moments.into_iter().filter(|(index, _)| *index >= from);
        faults.extend(moments.filter_map(|(index, moment)| self.timeline.enter(index, moment)));
        faults
    }

    /// What is wrong with all of it, once the log has been read to its end.
    pub fn close(&self) -> Vec<String> {
        self.books.close()
    }

    /// The books of receipts, series by series.
    pub fn series(&self) -> Vec<SeriesReport> {
        self.books.report()
    }

    /// The certificates whose keys signed digests for other programs, each with the first entry of it.
    pub const fn hash_certificates(&self) -> &std::collections::BTreeMap<String, u64> {
        &self.tally.hash_certificates
    }

    /// The signatures that the key of a certificate made in its busiest hour.
    pub fn most_in_an_hour(&self, certificate: &str) -> u32 {
        self.keys.most_in_an_hour(certificate)
    }

    /// What was counted; none if the log's beginning was not read.
    pub fn tally(&self) -> Option<&Tally> {
        self.whole.then_some(&self.tally)
    }

    /// Units and tokens; none if the log's beginning was not read.
    pub fn people(&self) -> Option<&People> {
        self.whole.then_some(&self.people)
    }

    /// Rows of the database; none if the log's beginning was not read.
    pub fn rows(&self) -> Option<&Rows> {
        self.whole.then_some(&self.rows)
    }
}
