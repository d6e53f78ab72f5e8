//! Which algorithms are good until when (EN 319 102-1 clause 5.2.8.4.4): one table, with the defaults of ETSI TS 119 312.

use super::crypto::SchemeFacts;
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use time::{Date, OffsetDateTime, Time};

/// The table that is built in.
const DEFAULT: &str = include_str!("algorithms.toml");

/// The algorithm policy.
#[derive(Debug, Clone)]
pub struct AlgorithmPolicy {
    /// Of each digest algorithm, until when it is good; `None` for no end in sight.
    digests: BTreeMap<String, Option<OffsetDateTime>>,
    /// The same for digests of signature values that are time-stamped, where it differs.
    imprints: BTreeMap<String, Option<OffsetDateTime>>,
    /// Of each kind of key, the least bits and until when they are good, longest first.
    keys: BTreeMap<String, Vec<(usize, Option<OffsetDateTime>)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    digest: BTreeMap<String, Row>,
    #[serde(default)]
    imprint: BTreeMap<String, Row>,
    key: BTreeMap<String, Vec<KeyRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    until: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRow {
    bits: usize,
    until: Option<String>,
}

impl Default for AlgorithmPolicy {
    fn default() -> Self {
        // the built-in table is tested; were it broken, nothing would be accepted
        Self::parse(DEFAULT).unwrap_or(Self {
            digests: BTreeMap::new(),
            imprints: BTreeMap::new(),
            keys: BTreeMap::new(),
        })
    }
}

impl AlgorithmPolicy {
    /// Reads a table.
    pub fn parse(toml: &str) -> Result<Self> {
        let wrong = |why: String| Error::new(Kind::BadInput, "policy.algorithms", "the algorithm policy", why);
        let table: Table = toml::from_str(toml).map_err(|e| wrong(e.message().to_owned()))?;
        let until = |date: Option<String>| -> Result<Option<OffsetDateTime>> {
            let format = time::macros::format_description!("[year]-[month]-[day]");
            date.map(|d| {
                let date = Date::parse(&d, format).map_err(|_| wrong(format!("{d} is not a date")))?;
                Ok(date.with_time(Time::MIDNIGHT).assume_utc())
            })
            .transpose()
        };
        let rows = |rows: BTreeMap<String, Row>| -> Result<BTreeMap<String, Option<OffsetDateTime>>> {
            rows.into_iter().map(|(name, row)| Ok((name, until(row.until)?))).collect()
        };
        let (digests, imprints) = (rows(table.digest)?, rows(table.imprint)?);
        let mut keys = BTreeMap::new();
        for (name, rows) in table.key {
            let mut list = rows.into_iter().map(|r| Ok((r.bits, until(r.until)?))).collect::<Result<Vec<_>>>()?;
            list.sort_by_key(|(bits, _)| std::cmp::Reverse(*bits));
            keys.insert(name, list);
        }
        Ok(Self { digests, imprints, keys })
    }

    /// Whether a signature by this scheme is good at a time. The error says until when it was, `None` if never.
    pub fn check(&self, facts: &SchemeFacts, at: OffsetDateTime) -> std::result::Result<(), Option<OffsetDateTime>> {
        self.check_digest(facts.digest, at)?;
        self.check_key(facts, at)
    }

    /// Whether a key is good at a time, whatever it signs.
    pub fn check_key(
        &self,
        facts: &SchemeFacts,
        at: OffsetDateTime,
    ) -> std::result::Result<(), Option<OffsetDateTime>> {
        let family = facts.scheme.split('-').next().unwrap_or_default();
        let key = self.keys.get(family).and_then(|rows| rows.iter().find(|(bits, _)| facts.key_bits >= *bits));
        let (_, until) = key.ok_or(None)?;
        is_before(*until, at)
    }

    /// Whether a digest algorithm is good at a time. The error says until when it was, `None` if never.
    pub fn check_digest(
        &self,
        digest: DigestAlgorithm,
        at: OffsetDateTime,
    ) -> std::result::Result<(), Option<OffsetDateTime>> {
        is_before(*self.digests.get(digest.name()).ok_or(None)?, at)
    }

    /// The same for the digest of a signature value that is time-stamped.
    pub fn check_imprint(
        &self,
        digest: DigestAlgorithm,
        at: OffsetDateTime,
    ) -> std::result::Result<(), Option<OffsetDateTime>> {
        match self.imprints.get(digest.name()) {
            Some(until) => is_before(*until, at),
            None => self.check_digest(digest, at),
        }
    }
}

/// Whether a time is before an end.
fn is_before(end: Option<OffsetDateTime>, at: OffsetDateTime) -> std::result::Result<(), Option<OffsetDateTime>> {
    match end {
        Some(until) if at >= until => Err(Some(until)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_built_in_table_judges_by_time() {
        let policy = AlgorithmPolicy::parse(DEFAULT).unwrap();
        let facts = |scheme, key_bits, digest| SchemeFacts { scheme, key_bits, digest };
        let now = datetime!(2026-11-24 0:00 UTC);
        assert!(policy.check(&facts("rsa-pkcs1", 2048, DigestAlgorithm::Sha256), now).is_ok());
        assert!(policy.check(&facts("ecdsa-brainpoolP256r1", 256, DigestAlgorithm::Sha384), now).is_ok());
        assert!(policy.check(&facts("ed25519", 255, DigestAlgorithm::Sha512), now).is_ok());
        assert!(policy.check(&facts("rsa-pss", 1024, DigestAlgorithm::Sha256), now).is_err());
        assert!(policy.check(&facts("rsa-pkcs1", 2048, DigestAlgorithm::Sha1), now).is_err());
        assert!(policy.check(&facts("rsa-pkcs1", 2048, DigestAlgorithm::Sha1), datetime!(2009-1-1 0:00 UTC)).is_ok());
        assert!(
            policy.check_imprint(DigestAlgorithm::Sha1, now).is_ok()
                && policy.check_digest(DigestAlgorithm::Sha1, now).is_err()
        );
        assert!(policy.check_imprint(DigestAlgorithm::Md5, now).is_err());
        assert_eq!(policy.check(&facts("unheard-of", 999, DigestAlgorithm::Sha256), now), Err(None));
    }
}
