//! Keys that were stopped or destroyed sign nothing: whoever lifts a stop in the database alone is found out by the next signature. And how
//! many signatures each made in its busiest hour.

use super::timeline::Moment;
use crate::auditor::entry::Entry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Keys whose signatures are counted at most: a made-up log may name any number.
const MOST: usize = 100_000;

/// What an entry says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAct {
    /// The index of the entry.
    pub index: u64,
    certificate: String,
    kind: Kind,
    /// Hours, since no matter when, in which it signed, and how often; one behind the other.
    hours: Vec<(i64, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Created,
    Signed,
    Stopped,
    Resumed,
    Destroyed,
}

/// What entries say of keys, in their order.
#[derive(Debug, Default)]
pub struct KeyActs {
    all: Vec<KeyAct>,
    /// Where the last one about a certificate is.
    last: HashMap<String, usize>,
}

impl KeyActs {
    /// Adds what an entry says of a key; to the one before about the same key, if both say that it has signed.
    pub fn note(&mut self, index: u64, entry: &Entry<'_>, moment: Option<Moment>) {
        let kind = match &*entry.action {
            "key.created" => Kind::Created,
            "key.stopped" => Kind::Stopped,
            "key.resumed" => Kind::Resumed,
            "key.destroyed" => Kind::Destroyed,
            _ if entry.signature.is_some() => Kind::Signed,
            _ => return,
        };
        let Some(certificate) = entry.certificate.as_deref() else { return };
        let before = self.last.get(certificate).and_then(|at| self.all.get_mut(*at));
        let hour = moment.filter(|_| kind == Kind::Signed).map(Moment::hour);
        if let Some(before) = before.filter(|before| before.kind == kind && kind == Kind::Signed) {
            match (before.hours.last_mut(), hour) {
                (Some((last, count)), Some(hour)) if *last == hour => *count = count.saturating_add(1),
                _ => before.hours.extend(hour.map(|hour| (hour, 1))),
            }
            return;
        }
        let hours = hour.map(|hour| (hour, 1)).into_iter().collect();
        self.last.insert(certificate.to_owned(), self.all.len());
        self.all.push(KeyAct { index, certificate: certificate.to_owned(), kind, hours });
    }
}

impl IntoIterator for KeyActs {
    type Item = KeyAct;
    type IntoIter = std::vec::IntoIter<KeyAct>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

/// Keys, by the SHA-256 of their certificates.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Keys {
    /// Those that may not sign: whether they were destroyed.
    ended: BTreeMap<String, bool>,
    /// What each made since it came in.
    made: BTreeMap<String, Made>,
}

/// Signatures that a key made.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Made {
    hour: i64,
    /// In that hour.
    count: u32,
    /// In the busiest one so far.
    most: u32,
}

impl Keys {
    /// The signatures that a key made in its busiest hour.
    pub fn most_in_an_hour(&self, certificate: &str) -> u32 {
        self.made.get(certificate).map_or(0, |made| made.most)
    }

    fn count(&mut self, certificate: &str, hour: i64, count: u32) {
        if self.made.len() >= MOST && !self.made.contains_key(certificate) {
            return;
        }
        let made = self.made.entry(certificate.to_owned()).or_default();
        // an entry may be a little older than the one before it: the hour does not go back for that
        if made.hour == hour || made.hour == hour.saturating_add(1) {
            made.count = made.count.saturating_add(count);
        } else {
            (made.hour, made.count) = (hour, count);
        }
        made.most = made.most.max(made.count);
    }

    /// Takes the next act; says what is wrong with it.
    pub fn enter(&mut self, act: KeyAct) -> Option<String> {
        let KeyAct { index, certificate, kind, hours } = act;
        for (hour, count) in hours {
            self.count(&certificate, hour, count);
        }
        let is_destroyed = self.ended.get(&certificate).copied();
        match (kind, is_destroyed) {
            (Kind::Signed, Some(is_destroyed)) => {
                let what = if is_destroyed { "destroyed" } else { "stopped" };
                return Some(format!(
                    "entry {index}: it was signed with the key of the certificate {certificate}, which was {what}"
                ));
            }
            (Kind::Stopped, None) => _ = self.ended.insert(certificate, false),
            (Kind::Resumed, Some(false)) => _ = self.ended.remove(&certificate),
            (Kind::Destroyed, _) => _ = self.ended.insert(certificate, true),
            // what was signed elsewhere with it before is not counted
            (Kind::Created, _) => _ = self.made.remove(&certificate),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_until_it_is_stopped_and_after_it_was_resumed() {
        let (mut acts, mut keys) = (KeyActs::default(), Keys::default());
        for (index, action, certificate) in [
            (0, "document.signed", "a"),
            (1, "receipt.issued", "a"),
            (2, "key.stopped", "a"),
            (3, "document.signed", "b"),
            (4, "document.signed", "a"),
            (5, "key.resumed", "a"),
            (6, "document.signed", "a"),
            (7, "key.destroyed", "a"),
            (8, "key.resumed", "a"),
            (9, "document.signed", "a"),
        ] {
            let signature = if action.starts_with("key") { "" } else { r#""signature":"s","# };
            let entry = format!(r#"{{"action":"{action}","certificate":"{certificate}",{signature}"time":"t","v":1}}"#);
            acts.note(index, &Entry::parse(entry.as_bytes()).unwrap(), None);
        }
        assert_eq!(acts.all.len(), 9);
        let faults: Vec<String> = acts.into_iter().filter_map(|act| keys.enter(act)).collect();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("entry 4:") && faults[0].ends_with("which was stopped"), "{faults:?}");
        assert!(faults[1].starts_with("entry 9:") && faults[1].ends_with("which was destroyed"), "{faults:?}");
    }

    #[test]
    fn the_busiest_hour_of_a_key_counts_from_when_it_came_in() {
        let (mut acts, mut keys) = (KeyActs::default(), Keys::default());
        let times = ["09:59:59", "10:00:01", "09:59:58", "10:30:00", "11:00:00"];
        for (index, time) in (0..).zip(times.iter().chain(&["11:30:00"]).chain(&times)) {
            let action = if *time == "11:30:00" { "key.created" } else { "document.signed" };
            let entry = format!(
                r#"{{"action":"{action}","certificate":"a","signature":"s","time":"2026-11-24T{time}Z","v":1}}"#
            );
            let entry = Entry::parse(entry.as_bytes()).unwrap();
            acts.note(index, &entry, Moment::of(&entry));
        }
        assert_eq!(acts.all.len(), 3);
        for act in acts {
            assert_eq!(keys.enter(act), None);
            assert!([0, 3].contains(&keys.most_in_an_hour("a")));
        }
        assert_eq!(keys.most_in_an_hour("a"), 3);
    }
}
