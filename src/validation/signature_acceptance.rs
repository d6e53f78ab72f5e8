//! Signature acceptance validation (clause 5.2.8): the strength of algorithms.

use super::Inputs;
use super::finding::{Cause, Finding, Material};
use super::token::{Data, Token};
use crate::indication::{Problem, SubIndication};
use crate::pki::crypto::SchemeFacts;
use crate::pki::path::Purpose;
use time::OffsetDateTime;

/// The algorithms of a signature that were not good enough at a time at which it is proven to have existed.
pub fn validate(token: &Token, inputs: &Inputs<'_>, at: OffsetDateTime) -> Vec<Finding> {
    let scheme = token.verified.scheme.as_ref().and_then(|facts| scheme(facts, inputs, at));
    let mut found: Vec<Finding> = scheme.into_iter().collect();
    if let Some((digest, data)) = token.data
        && token.verified.scheme.as_ref().is_none_or(|s| s.digest != digest)
    {
        let good = match data {
            Data::Document => inputs.algorithms.check_digest(digest, at),
            Data::SignatureValue => inputs.algorithms.check_imprint(digest, at),
        };
        if let Err(until) = good {
            let what = if token.purpose == Purpose::TimeStamping { "the time-stamp" } else { "the signature" };
            let message =
                format!("{what} is over a {} digest, which is not strong enough{}", digest.name(), since(until));
            found.push(weak(message, until));
        }
    }
    found
}

fn scheme(facts: &SchemeFacts, inputs: &Inputs<'_>, at: OffsetDateTime) -> Option<Finding> {
    let until = inputs.algorithms.check(facts, at).err()?;
    let message = format!(
        "the signature ({} of {} bits with {}) is not strong enough{}",
        facts.scheme,
        facts.key_bits,
        facts.digest.name(),
        since(until)
    );
    Some(weak(message, until))
}

fn weak(message: String, until: Option<OffsetDateTime>) -> Finding {
    let problem = Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, message);
    Finding { problem, cause: Cause::Weak { material: Material::Signature, until } }
}

fn since(until: Option<OffsetDateTime>) -> String {
    until.map(|u| format!(" since {}", u.date())).unwrap_or_default()
}
