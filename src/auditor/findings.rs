//! What was checked, and what does not agree.

use super::told::{SeriesReport, Told};
use crate::messages::Text;
use serde::{Serialize, Serializer};

/// Faults that are named; more are only counted.
const MOST_NAMED: usize = 1_000;

/// What was checked, and what does not agree.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// The log's name.
    pub origin: String,
    /// Entries of the log.
    pub entries: u64,
    /// Entries that were read; those before them had been verified earlier.
    pub read: u64,
    /// Signed documents in store that were checked.
    pub documents: u64,
    /// Receipts that were checked.
    pub receipts: u64,
    /// The books of receipts, as the log has them.
    pub series: Vec<SeriesReport>,
    /// Receipts of the law before that were checked.
    pub imported: u64,
    /// What the log tells, where it was read to its end.
    #[serde(skip)]
    pub told: Option<Told>,
    /// Faults in all.
    pub faults: u64,
    /// The first of them, one sentence each.
    #[serde(serialize_with = "english")]
    pub named: Vec<Text>,
}

fn english<S: Serializer>(named: &[Text], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(named.iter().map(|fault| &fault.en))
}

impl Findings {
    /// Something does not agree: in technical English, for whoever looks into it.
    pub fn fault(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.tell(Text::new(what.clone(), what));
    }

    /// Something does not agree: in words for everybody.
    pub fn tell(&mut self, what: Text) {
        self.faults = self.faults.saturating_add(1);
        if self.named.len() < MOST_NAMED {
            self.named.push(what);
        }
    }

    /// Several things do not.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = String>) {
        for fault in faults {
            self.fault(fault);
        }
    }
}

/// `entry 7 is`, `entries 7 to 9 are`.
pub fn range(one: &str, many: &str, first: u64, last: u64) -> String {
    if first == last { format!("{one} {first} is") } else { format!("{many} {first} to {last} are") }
}
