//! Past certificate validation (clause 5.6.2.1): whether a certificate was good at a time in the past that is shown to be
//! late enough.

use super::block::Block;
use super::control_time_sliding::slide;
use super::poe::ProofsOfExistence;
use super::token::Token;
use super::x509_validation::X509Validation;
use crate::indication::{Problem, SubIndication};
use crate::messages::at;
use crate::pki::certificate::Certificate;
use crate::pki::path::ProblemKind;
use time::OffsetDateTime;

/// A chain, and the latest time at which it is shown to have been good.
#[derive(Debug)]
pub struct Past {
    /// The chain, the target first and the trust anchor last.
    pub chain: Vec<Certificate>,
    /// The control time.
    pub control: OffsetDateTime,
}

/// Validates the signing certificate of a token.
pub fn validate(
    token: &Token,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    blocks: &mut Vec<Block>,
) -> Result<Past, Problem> {
    let mut block = Block::new("Past Certificate Validation", "5.6.2.1");
    let mut sliding = Block::new("Validation Time Sliding", "5.6.2.2");
    let found = chains(token, x509, poes, &mut sliding);
    match &found {
        Ok(past) => block.told("a chain that was good until", at(past.control)),
        Err(problem) => block.not_ok("a chain that was good at some time", problem),
    }
    blocks.extend([sliding, block]);
    found
}

fn chains(
    token: &Token,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    sliding: &mut Block,
) -> Result<Past, Problem> {
    let message = "no chain of certificates leads to a trust anchor";
    let mut why = Problem::new(SubIndication::NoCertificateChainFound, message);
    let Some(certificate) = &token.certificate.certificate else { return Err(why) };
    let mut best: Option<Past> = None;
    for chain in x509.chains(certificate, token.purpose, poes.earliest(&token.identity)) {
        match judge(&chain, token, x509, poes, sliding) {
            // of two chains the one that was good for longer proves more
            Ok(control) if best.as_ref().is_none_or(|b| b.control < control) => best = Some(Past { chain, control }),
            Ok(_) => {}
            Err(problem) => why = problem,
        }
    }
    best.ok_or(why)
}

fn judge(
    chain: &[Certificate],
    token: &Token,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    sliding: &mut Block,
) -> Result<OffsetDateTime, Problem> {
    let general = |message: String| Problem::new(SubIndication::CertificateChainGeneralFailure, message);
    // step 2), in the shell model: a date from the intersection of the validity intervals
    let below = chain.split_last().map(|(_, below)| below).filter(|below| !below.is_empty()).unwrap_or(chain);
    let from = below.iter().map(Certificate::not_before).max();
    let to = below.iter().map(Certificate::not_after).min();
    let (Some(from), Some(to)) = (from, to) else { return Err(general("the chain is empty".to_owned())) };
    if from > to {
        return Err(general("the certificates of the chain were never valid at the same time".to_owned()));
    }
    // the strength of algorithms is looked at while the time slides
    let broken = |kind: &ProblemKind| !matches!(kind, ProblemKind::Crypto { .. });
    if let Some(problem) = x509.check(chain, token.purpose, to).into_iter().find(|p| broken(&p.kind)) {
        let sub_indication = match problem.kind {
            ProblemKind::ChainConstraints => SubIndication::ChainConstraintsFailure,
            _ => SubIndication::CertificateChainGeneralFailure,
        };
        return Err(Problem::new(sub_indication, problem.message));
    }
    // step 3)
    slide(chain, token.purpose, x509, poes, sliding)
}
