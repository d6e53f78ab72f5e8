//! Units and tokens, from the log alone: what they were when they were made or changed last, and which tokens were taken away again.

use super::Act;
use super::act::People as Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Units and tokens, as the log has them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct People {
    /// Of each unit, what its entries say: the digest of its particulars or of a logo, or nothing where a logo was taken away.
    pub units: BTreeMap<String, Vec<Option<String>>>,
    /// Tokens, by the pseudonyms of their bearers.
    pub tokens: BTreeMap<String, Grant>,
}

/// A token that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its unit.
    pub unit: String,
    /// The digest of its particulars; none in entries of before.
    pub digest: Option<String>,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

impl People {
    /// Enters an act.
    pub fn enter(&mut self, kind: Kind, act: Act) {
        let (unit, bearer) = (act.unit.unwrap_or_default(), act.actor.unwrap_or_default());
        match kind {
            Kind::Unit => self.units.entry(unit).or_default().push(act.digest),
            Kind::Granted => _ = self.tokens.insert(bearer, Grant { unit, digest: act.digest, is_revoked: false }),
            Kind::Revoked => {
                if let Some(grant) = self.tokens.get_mut(&bearer) {
                    grant.is_revoked = true;
                }
            }
        }
    }
}
