//! Signature acceptance validation (clause 5.2.8): the strength of algorithms.

use crate::indication::{Problem, SubIndication};
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::crypto::SchemeFacts;
use time::OffsetDateTime;

/// Whether scheme and digest were good enough at a time, at which the signature is proven to have existed.
pub fn algorithm(policy: &AlgorithmPolicy, facts: &SchemeFacts, at: OffsetDateTime) -> Option<Problem> {
    let until = policy.check(facts, at).err()?;
    let since = until.map(|u| format!(" since {}", u.date())).unwrap_or_default();
    let message = format!(
        "the signature ({} of {} bits with {}) is not strong enough{since}",
        facts.scheme,
        facts.key_bits,
        facts.digest.name()
    );
    Some(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, message))
}
