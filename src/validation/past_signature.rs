//! Past signature validation (clause 5.6.2.4): whether what is wrong with a signature or a time-stamp now was not wrong yet when
//! it is proven to have existed.

use super::block::Block;
use super::finding::{Cause, Finding, Material};
use super::past_certificate::{self, Past};
use super::poe::ProofsOfExistence;
use super::signature_with_time::too_early;
use super::token::Token;
use super::x509_validation::{Known, X509Validation};
use crate::indication::{Problem, SubIndication};
use crate::messages::at;
use crate::pki::path::{RevocationMode, Statement};
use time::OffsetDateTime;

/// What is left of the current findings, given the set of POEs.
pub fn validate(
    token: &Token,
    findings: Vec<Finding>,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    blocks: &mut Vec<Block>,
) -> Vec<Finding> {
    let mut block = Block::new("Past Signature Validation", "5.6.2.4");
    // step 2)
    let left = match past_certificate::validate(token, x509, poes, blocks) {
        Err(why) => {
            block.not_ok("past certificate validation", &why);
            explained(findings, &why)
        }
        Ok(past) => {
            block.told("past certificate validation", format!("good until {}", at(past.control)));
            Judge { token, past: &past, x509, poes }.judge(findings)
        }
    };
    block.check_findings("nothing that is wrong now was wrong when the signature is proven to have existed", &left);
    blocks.push(block);
    left
}

/// The current findings, with why nothing could be done about them.
fn explained(mut findings: Vec<Finding>, why: &Problem) -> Vec<Finding> {
    if let Some(first) = findings.first_mut() {
        first.problem.message =
            format!("{}; nothing proves that it was good before: {}", first.problem.message, why.message);
    }
    findings
}

struct Judge<'j, 'a> {
    token: &'j Token,
    past: &'j Past,
    x509: &'j X509Validation<'a>,
    poes: &'j ProofsOfExistence,
}

impl Judge<'_, '_> {
    /// Steps 3) to 7).
    fn judge(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let best = self.poes.earliest(&self.token.identity);
        let mut left: Vec<Finding> = findings.into_iter().filter_map(|finding| self.mend(finding, best)).collect();
        left.extend(self.past.chain.first().and_then(|target| too_early(target, best)));
        if left.is_empty() && !self.revocation_data_is_proven() {
            let message = "no revocation data for the certificate is proven to be from the time when its issuer's certificate \
                           was valid";
            left.push(Finding::lasting(Problem::new(SubIndication::RevocationOutOfBoundsNoPoe, message)));
        }
        left
    }

    /// Step 1): some revocation data comes from whoever signed it while their certificate was valid.
    fn revocation_data_is_proven(&self) -> bool {
        let chain = &self.past.chain;
        let Some(target) = chain.first().filter(|t| self.x509.needs_revocation_data(t)) else { return true };
        let statements = self.x509.statements(chain, 0);
        let proven = |s: &Statement| {
            let (from, to) = (s.signer.not_before(), s.signer.not_after());
            chain.last() == Some(&s.signer)
                || self.poes.exists_within(&s.signer.sha256(), from, to)
                || (s.carries_signer && self.poes.exists_within(&s.source, from, to))
        };
        let relevant = |s: &&Statement| s.revoked.is_some() || s.knows(target);
        chain.len() == 1
            || statements.iter().filter(relevant).any(proven)
            || (statements.is_empty() && self.x509.inputs().revocation != RevocationMode::Require)
    }

    /// A finding, unless the proofs show that it was none yet.
    fn mend(&self, finding: Finding, best: OffsetDateTime) -> Option<Finding> {
        let Some(target) = self.past.chain.first() else { return Some(finding) };
        let in_time = target.not_before() <= best && best <= target.not_after();
        // step 3) is for signatures that are proven to have existed by the control time
        let existed = best <= self.past.control;
        let expired = "the signature is proven, but not from the time when its certificate was valid";
        match finding.cause {
            Cause::Revoked { time, ca: false } if existed && time > best => {
                (!in_time).then(|| finding.now(SubIndication::OutOfBoundsNotRevoked, expired))
            }
            Cause::Revoked { time, ca: true } if existed && time > best => {
                if !self.revocation_data_existed_by(time) {
                    let because = "the revocation data of the signer's certificate is not proven to be older";
                    return Some(finding.now(SubIndication::RevokedCaNoPoe, because));
                }
                (!in_time).then(|| finding.now(SubIndication::OutOfBoundsNotRevoked, expired))
            }
            Cause::OutOfBounds { .. } if existed => (!in_time).then_some(finding),
            Cause::Sunset if existed => (!in_time).then(|| finding.now(SubIndication::OutOfBoundsNoPoe, expired)),
            // step 4): each material that uses the algorithm existed while it was secure
            Cause::Weak { material, until: Some(until) } => {
                let used = match material {
                    Material::Signature => best,
                    Material::Certificate(sha256) => self.poes.earliest(&sha256),
                };
                (used >= until).then_some(finding)
            }
            // step 5)
            Cause::NotFresh { certificate } => {
                (self.x509.known_of(&self.past.chain, &certificate, best) == Known::No).then_some(finding)
            }
            // step 6)
            Cause::Lasting | Cause::Sunset | Cause::Revoked { .. } | Cause::OutOfBounds { .. } | Cause::Weak { .. } => {
                Some(finding)
            }
        }
    }

    fn revocation_data_existed_by(&self, time: OffsetDateTime) -> bool {
        let statements = self.x509.statements(&self.past.chain, 0);
        let excused = self.x509.inputs().revocation != RevocationMode::Require && statements.is_empty();
        excused || statements.iter().any(|s| self.poes.exists_by(&s.source, time))
    }
}
