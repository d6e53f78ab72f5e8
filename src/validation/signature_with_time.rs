//! Validation process for signatures with time and signatures with long-term validation material (clause 5.5): what is wrong
//! now, held against the best signature time that time-stamps prove which are themselves good now.

use super::block::Block;
use super::finding::{Cause, Finding, Material};
use super::x509_validation::{Known, X509Validation};
use crate::indication::{Problem, SubIndication};
use crate::messages::at;
use crate::pki::certificate::Certificate;
use time::OffsetDateTime;

/// What is left of the findings at the validation time. `best` is the best signature time, if one before the validation time is
/// proven. `order` is what is wrong with the order of time-stamps.
pub fn validate(
    findings: Vec<Finding>,
    chain: &[Certificate],
    best: Option<OffsetDateTime>,
    order: Vec<Problem>,
    x509: &X509Validation<'_>,
) -> (Vec<Finding>, Block) {
    let mut block = Block::new("Validation process for Signatures with Time and Long-Term Validation Data", "5.5");
    let mut left = match best {
        Some(best) => {
            block.told("best signature time", at(best));
            let mut left: Vec<Finding> = findings.into_iter().filter_map(|f| compare(f, chain, best, x509)).collect();
            left.extend(chain.first().filter(|_| applies(&left)).and_then(|target| too_early(target, best)));
            left
        }
        None => {
            block.ignored("best signature time", "no time-stamp proves a time before the validation");
            findings
        }
    };
    // step 4) e)
    block.check("time-stamps follow each other in the order in which they must have been made", &order);
    left.extend(order.into_iter().map(Finding::lasting));
    block.check_findings("nothing that is wrong now was wrong at the best signature time", &left);
    (left, block)
}

/// Steps 4) a), b) and d): only where nothing else failed that has to do with the certificate chain.
fn applies(left: &[Finding]) -> bool {
    !left.iter().any(|f| f.problem.sub_indication == SubIndication::NoCertificateChainFound)
}

/// A signature made before its certificate was issued.
pub fn too_early(target: &Certificate, best: OffsetDateTime) -> Option<Finding> {
    (best < target.not_before()).then(|| {
        let message = format!(
            "it was made at {} or before, when the certificate of {} was not yet valid",
            at(best),
            target.display()
        );
        Finding::lasting(Problem::new(SubIndication::NotYetValid, message))
    })
}

/// A finding, unless it was none at the best signature time.
fn compare(
    finding: Finding,
    chain: &[Certificate],
    best: OffsetDateTime,
    x509: &X509Validation<'_>,
) -> Option<Finding> {
    let target = chain.first();
    let in_time = target.is_some_and(|t| best <= t.not_after());
    match finding.cause {
        // steps 4) a) and 7)
        Cause::Revoked { time, .. } if time > best => {
            let because = "the signature is older, but its certificate had expired";
            (!in_time).then(|| finding.now(SubIndication::OutOfBoundsNotRevoked, because))
        }
        // steps 4) b) and d): of the signing certificate it has to be known that it was not revoked
        Cause::OutOfBounds { ca: false } => match x509.known_at(chain, 0, best) {
            Known::NotRevoked | Known::NotNeeded if in_time => None,
            Known::NotRevoked => Some(finding.now(SubIndication::OutOfBoundsNotRevoked, "")),
            _ => Some(finding),
        },
        // step 4) c)
        Cause::Weak { material: Material::Signature, until: Some(until) } if best < until => None,
        // step 6)
        Cause::NotFresh { certificate } if x509.known_of(chain, &certificate, best) != Known::No => None,
        // step 10): certificates have to be strong now
        Cause::Lasting
        | Cause::Sunset
        | Cause::Revoked { .. }
        | Cause::OutOfBounds { ca: true }
        | Cause::Weak { .. }
        | Cause::NotFresh { .. } => Some(finding),
    }
}
