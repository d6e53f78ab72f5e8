//! Units, tokens and the terms of keys, from the log alone: what they were when they were made or changed last, and which tokens were taken away
//! again.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Keys whose terms are remembered.
const MOST_KEYS: usize = 10_000;

/// Units and tokens, as the log has them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct People {
    /// Of each unit, what its entries say: the digest of its particulars or of a logo, or nothing where a logo was taken away.
    pub units: BTreeMap<String, Vec<Option<String>>>,
    /// Tokens, by the pseudonyms of their bearers.
    pub tokens: BTreeMap<String, Grant>,
    /// The digest of how a key may be used, by the SHA-256 of its certificate, where that was changed.
    #[serde(default)]
    pub terms: BTreeMap<String, String>,
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
    /// A unit was made or changed.
    pub fn changed(&mut self, unit: String, digest: Option<String>) {
        self.units.entry(unit).or_default().push(digest);
    }

    /// How a key may be used was changed. A made-up log may say so of any number of keys.
    pub fn set_terms(&mut self, certificate: String, digest: String) {
        if self.terms.len() < MOST_KEYS || self.terms.contains_key(&certificate) {
            self.terms.insert(certificate, digest);
        }
    }

    /// A token was given.
    pub fn granted(&mut self, bearer: String, unit: String, digest: Option<String>) {
        self.tokens.insert(bearer, Grant { unit, digest, is_revoked: false });
    }

    /// A token was revoked.
    pub fn revoked(&mut self, bearer: &str) {
        if let Some(grant) = self.tokens.get_mut(bearer) {
            grant.is_revoked = true;
        }
    }
}
