//! Validation process for signatures providing long-term availability and integrity of validation material (clause 5.6.3), for
//! a signature, and for each time-stamp, the newest first, before what it covers (step 5).

use super::block::Block;
use super::finding::{Cause, Finding};
use super::past_signature;
use super::poe::ProofsOfExistence;
use super::signature_acceptance;
use super::token::Token;
use super::x509_validation::X509Validation;

/// What is left of the findings that the process before left (clause 5.5 for a signature, 5.4 for a time-stamp), given the
/// POEs that time-stamps over it gave.
pub fn validate(
    token: &Token,
    findings: Vec<Finding>,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    blocks: &mut Vec<Block>,
) -> Vec<Finding> {
    let past = |f: &Finding| f.cause != Cause::Lasting;
    // nothing to be mended, or something that no proof mends
    if findings.is_empty() || !findings.iter().all(past) {
        return findings;
    }
    // step 7), for time-stamps 5) c)
    let mut left = past_signature::validate(token, findings, x509, poes, blocks);
    // step 9), for time-stamps 5) c) ii)
    if left.is_empty() {
        left = signature_acceptance::validate(token, x509.inputs(), poes.earliest(&token.identity));
    }
    let name = "Validation process for Signatures with Archival Data";
    let mut block = Block::new(name, "5.6.3");
    block.check_findings("the signature was good when it is proven to have existed", &left);
    blocks.push(block);
    left
}
