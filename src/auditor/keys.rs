//! Keys that were stopped or destroyed sign nothing: whoever lifts a stop in the database alone is found out by the next signature.

use super::entry::Entry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an entry says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAct {
    /// The index of the entry.
    pub index: u64,
    certificate: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Stopped,
    Resumed,
    Destroyed,
}

impl KeyAct {
    /// Adds what an entry says of a key, unless the one before about the same key said that it has signed, too.
    pub fn note(acts: &mut Vec<Self>, index: u64, entry: &Entry<'_>) {
        let kind = match &*entry.action {
            "key.stopped" => Kind::Stopped,
            "key.resumed" => Kind::Resumed,
            "key.destroyed" => Kind::Destroyed,
            _ if entry.signature.is_some() => Kind::Signed,
            _ => return,
        };
        let Some(certificate) = entry.certificate.as_deref() else { return };
        let before = acts.iter().rev().find(|act| act.certificate == certificate);
        if kind != Kind::Signed || before.is_none_or(|before| before.kind != Kind::Signed) {
            acts.push(Self { index, certificate: certificate.to_owned(), kind });
        }
    }
}

/// The keys that may not sign, by the SHA-256 of their certificates: whether they were destroyed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Keys(BTreeMap<String, bool>);

impl Keys {
    /// Takes the next act; says what is wrong with it.
    pub fn enter(&mut self, act: KeyAct) -> Option<String> {
        let KeyAct { index, certificate, kind } = act;
        let is_destroyed = self.0.get(&certificate).copied();
        match (kind, is_destroyed) {
            (Kind::Signed, Some(is_destroyed)) => {
                let what = if is_destroyed { "destroyed" } else { "stopped" };
                return Some(format!(
                    "entry {index}: it was signed with the key of the certificate {certificate}, which was {what}"
                ));
            }
            (Kind::Stopped, None) => _ = self.0.insert(certificate, false),
            (Kind::Resumed, Some(false)) => _ = self.0.remove(&certificate),
            (Kind::Destroyed, _) => _ = self.0.insert(certificate, true),
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
        let (mut acts, mut keys) = (Vec::new(), Keys::default());
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
            KeyAct::note(&mut acts, index, &Entry::parse(entry.as_bytes()).unwrap());
        }
        assert_eq!(acts.len(), 9);
        let faults: Vec<String> = acts.into_iter().filter_map(|act| keys.enter(act)).collect();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("entry 4:") && faults[0].ends_with("which was stopped"), "{faults:?}");
        assert!(faults[1].starts_with("entry 9:") && faults[1].ends_with("which was destroyed"), "{faults:?}");
    }
}
