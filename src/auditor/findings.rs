//! What was checked, and what does not agree.

use super::book::SeriesReport;
use super::people::People;
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// The digest of each unit's fee catalogue, as the log records it last, where the log was read from its beginning.
    #[serde(skip)]
    pub catalogues: Option<BTreeMap<String, String>>,
    /// Daily reports and shifts that the log records, where it was read from its beginning.
    #[serde(skip)]
    pub papers: Option<[u64; 2]>,
    /// Units and tokens as the log records them, where it was read from its beginning.
    #[serde(skip)]
    pub people: Option<People>,
    /// Receipts of the law before that were checked.
    pub imported: u64,
    /// Files of such receipts that the log records, where it was read from its beginning.
    #[serde(skip)]
    pub imports: Option<u64>,
    /// The certificates whose keys signed digests for other programs, each with the first entry of it.
    #[serde(skip)]
    pub hash_certificates: BTreeMap<String, u64>,
    /// Official documents that the log records, where it was read from its beginning.
    #[serde(skip)]
    pub dispatches: Option<u64>,
    /// Delegations that were granted and that ended before their time, the same.
    #[serde(skip)]
    pub delegations: Option<[u64; 2]>,
    /// Faults in all.
    pub faults: u64,
    /// The first of them, one sentence each.
    pub named: Vec<String>,
}

impl Findings {
    /// Something does not agree.
    pub fn fault(&mut self, what: impl Into<String>) {
        self.faults = self.faults.saturating_add(1);
        if self.named.len() < MOST_NAMED {
            self.named.push(what.into());
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
