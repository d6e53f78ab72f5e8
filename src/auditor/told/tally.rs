//! What is only counted, or of which the last counts: fee catalogues, daily reports, shifts, imports, documents, the log's own keys.

use super::Act;
use super::act::Tally as Kind;
use crate::auditor::entry::is_legacy;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Certificates and keys that are held at most: a made-up log may name any number.
const MOST: usize = 10_000;

/// The same of images, of which each person has some.
pub const MOST_IMAGES: usize = 200_000;

/// What was counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// What the log says last of each unit's fee catalogue: the digest.
    pub catalogues: BTreeMap<String, String>,
    /// Daily reports.
    pub filed: u64,
    /// Shifts.
    pub shifts: u64,
    /// Files of receipts of the law before, which are in no series.
    pub imported: u64,
    /// States of documents whose rows name their entries.
    pub kept: u64,
    /// Official documents: drafted, copied, come in.
    pub dispatches: u64,
    /// Delegations to sign, granted and ended before their time.
    pub delegations: [u64; 2],
    /// The images that signatures are seen with: the digests of those that were kept and not taken away since.
    pub images: BTreeSet<String>,
    /// The certificates whose keys signed digests for other programs, each with the first entry of it.
    pub hash_certificates: BTreeMap<String, u64>,
    /// The digests of verifier keys that the log came to have.
    pub log_keys: BTreeSet<String>,
}

impl Tally {
    /// Enters an act; says what is wrong with it.
    pub fn enter(&mut self, kind: Kind, act: &Act) -> Option<String> {
        match kind {
            Kind::Priced => {
                let (unit, digest) = (act.unit.clone().unwrap_or_default(), act.digest.clone().unwrap_or_default());
                self.catalogues.insert(unit, digest);
            }
            Kind::Filed => self.filed = self.filed.saturating_add(1),
            Kind::Dispatched => self.dispatches = self.dispatches.saturating_add(1),
            Kind::Delegated | Kind::DelegationEnded => {
                let [granted, ended] = &mut self.delegations;
                let count = if kind == Kind::Delegated { granted } else { ended };
                *count = count.saturating_add(1);
            }
            Kind::ImageKept => {
                if self.images.len() < MOST_IMAGES {
                    self.images.extend(act.digest.clone());
                }
            }
            Kind::ImageRemoved => _ = self.images.remove(act.digest.as_deref().unwrap_or_default()),
            Kind::ShiftClosed => self.shifts = self.shifts.saturating_add(1),
            Kind::Kept => self.kept = self.kept.saturating_add(u64::from(act.row.is_some())),
            Kind::HashSigned => {
                if self.hash_certificates.len() < MOST {
                    self.hash_certificates.entry(act.about.clone()).or_insert(act.index);
                }
            }
            Kind::KeyChanged => {
                if self.log_keys.len() < MOST {
                    self.log_keys.extend(act.digest.clone());
                }
            }
            Kind::Imported => {
                self.imported = self.imported.saturating_add(1);
                if !is_legacy(&act.about) || act.digest.is_none() {
                    return Some(format!(
                        "receipt {}: entry {} imports it, and it is none of the law before, or of no file",
                        act.about, act.index
                    ));
                }
            }
        }
        None
    }
}
