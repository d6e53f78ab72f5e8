//! Rows of the database, from the log alone: the digest of what must stand in each of them.

use super::Act;
use super::act::{Kind, Receipts, Row, Tally};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are held at most: a made-up log may name any number.
const MOST: usize = 1_000_000;

/// What the log says of rows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rows {
    /// By table and digest of the name: the digest of what stands in it, and the newest entry about it.
    named: BTreeMap<String, (String, u64)>,
    /// Whether the log began with entries that name no rows, though such ones do today: rows of that time are in no entry.
    pub is_old: bool,
    /// Whether an entry has named a row: from then on, all do that have one.
    has_named: bool,
    /// Keys that came in then: certificate and unit.
    old_keys: BTreeSet<(String, Option<String>)>,
    /// Certificates that were revoked then.
    old_revoked: BTreeSet<String>,
}

/// Whether entries of this kind name a row.
const fn names_one(kind: Kind) -> bool {
    match kind {
        Kind::Receipts(kind) => !matches!(kind, Receipts::Rendered | Receipts::Replaced | Receipts::Voided),
        Kind::Tally(kind) => matches!(kind, Tally::Filed | Tally::ShiftClosed | Tally::Imported | Tally::Kept),
        Kind::Key | Kind::Revoked | Kind::Row => true,
        Kind::People(_) => false,
    }
}

impl Rows {
    /// Enters an act; says what is wrong with it.
    pub fn enter(&mut self, act: &Act) -> Option<String> {
        match &act.row {
            Some(Row::Named(name, state)) => {
                if self.named.len() >= MOST && !self.named.contains_key(name) {
                    return Some(format!("entry {}: it names one row more than are held", act.index));
                }
                self.named.insert(name.clone(), (state.clone(), act.index));
                self.has_named = true;
            }
            Some(Row::Naming) => self.has_named = true,
            None if !names_one(act.kind) => {}
            // programs that name none refuse a database which one that does has opened
            None if self.has_named => {
                return Some(format!(
                    "entry {}: it does not name the row that it is about, as those before it do",
                    act.index
                ));
            }
            None => {
                self.is_old = true;
                if act.kind == Kind::Key && self.old_keys.len() < MOST {
                    self.old_keys.insert((act.about.clone(), act.unit.clone()));
                }
                if act.kind == Kind::Revoked && self.old_revoked.len() < MOST {
                    self.old_revoked.insert(act.about.clone());
                }
            }
        }
        None
    }

    /// What must stand in a row: its digest.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(|(state, _)| state.as_str())
    }

    /// All rows, each with the newest entry about it.
    pub fn all(&self) -> impl Iterator<Item = (&str, u64)> {
        self.named.iter().map(|(name, (_, index))| (name.as_str(), *index))
    }

    /// Whether a key came in before entries named rows.
    pub fn has_old_key(&self, certificate: &str, unit: Option<&str>) -> bool {
        self.old_keys.contains(&(certificate.to_owned(), unit.map(str::to_owned)))
    }

    /// Whether a certificate was revoked before entries named rows.
    pub fn was_revoked(&self, certificate: &str) -> bool {
        self.old_revoked.contains(certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auditor::entry::Entry;

    #[test]
    fn who_has_named_rows_goes_on_naming_them() {
        let mut rows = Rows::default();
        let mut enter = |index, action: &str, row: &str| {
            let row = if row.is_empty() { String::new() } else { format!("\"row\":\"{row}\",") };
            let entry = format!(r#"{{"action":"{action}","certificate":"c",{row}"time":"t","unit":"u","v":1}}"#);
            let act = Act::of(index, &Entry::parse(entry.as_bytes()).unwrap()).unwrap();
            (rows.enter(&act), rows.is_old, rows.get("signing_key:n").map(str::to_owned))
        };
        assert_eq!(enter(0, "unit.created", ""), (None, false, None));
        assert_eq!(enter(1, "key.created", ""), (None, true, None));
        assert_eq!(enter(2, "key.stopped", "signing_key:n:s"), (None, true, Some("s".to_owned())));
        assert_eq!(enter(3, "receipt.voided", ""), (None, true, Some("s".to_owned())));
        assert_eq!(enter(4, "receipt.issued", "receipt:x"), (None, true, Some("s".to_owned())));
        let (fault, ..) = enter(5, "key.resumed", "");
        assert!(fault.unwrap().starts_with("entry 5: it does not name the row"));
        assert!(rows.has_old_key("c", Some("u")) && !rows.has_old_key("c", None));
        assert_eq!(rows.all().collect::<Vec<_>>(), [("signing_key:n", 2)]);
    }
}
