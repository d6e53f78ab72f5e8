//! Validation time sliding (clause 5.6.2.2): from the validation time back to the latest time for which proofs of existence
//! and revocation data show the whole chain to be good.
//!
//! Where revocation data is no longer fresh (step c), the control time goes back to the last time at which it was: to its
//! nextUpdate, not to its issuance. Clause 5.5 takes a list that was the current one when a signature was made for good; a list
//! of a root that comes twice a year would otherwise undo each signature made between two of them as soon as its
//! certificates expire.

use super::block::Block;
use super::poe::ProofsOfExistence;
use super::revocation_freshness::is_fresh;
use super::x509_validation::{X509Validation, revocation_in};
use crate::indication::{Problem, SubIndication};
use crate::messages::at;
use crate::pki::certificate::Certificate;
use crate::pki::path::{Purpose, RevocationMode, Statement};
use time::OffsetDateTime;

/// The control time of a chain, the target first and the trust anchor last.
pub fn slide(
    chain: &[Certificate],
    purpose: Purpose,
    x509: &X509Validation<'_>,
    poes: &ProofsOfExistence,
    block: &mut Block,
) -> Result<OffsetDateTime, Problem> {
    // step 1)
    let mut control = x509.inputs().at;
    if let Some(sunset) = chain.last().and_then(|anchor| x509.inputs().anchors.sunset(anchor, purpose))
        && sunset <= control
    {
        control = last_moment(sunset);
        block.told("trust anchor", format!("it was trusted until {}: the control time is {}", at(sunset), at(control)));
    }
    let below_anchor = chain.len().saturating_sub(1);
    for index in (0..below_anchor).rev() {
        let Some(certificate) = chain.get(index) else { continue };
        let needed = x509.needs_revocation_data(certificate);
        let statements = if needed { x509.statements(chain, index) } else { std::rc::Rc::default() };
        // step a)
        let usable = |s: &&Statement| {
            s.this_update <= control
                && (s.revoked.is_some() || s.knows(certificate))
                && poes.exists_by(&s.source, control)
                && poes.exists_by(&certificate.sha256(), control)
        };
        let selected: Vec<&Statement> = statements.iter().filter(usable).collect();
        let name = certificate.display();
        match (selected.first(), revocation_in(selected.iter().copied())) {
            // step b), in the shell model
            (_, Some(revoked)) => {
                control = control.min(revoked.time);
                block.told(
                    "revocation",
                    format!("{name} was revoked at {}: the control time is {}", at(revoked.time), at(control)),
                );
            }
            // step c)
            (Some(latest), None) => {
                if !is_fresh(latest, control) {
                    control = control.min(latest.next_update);
                }
                block.told("revocation", format!("{name} was not revoked: the control time is {}", at(control)));
            }
            (None, None) if !needed => block.ignored("revocation", format!("{name} needs no revocation data")),
            (None, None) if x509.inputs().revocation == RevocationMode::IfAvailable => {
                block.warn(
                    "revocation",
                    format!("there is no revocation data for {name} that is proven to be old enough"),
                );
            }
            (None, None) => {
                let message =
                    format!("there is no revocation data for {name} that is proven to have existed at {}", at(control));
                return Err(Problem::new(SubIndication::NoPoe, message));
            }
        }
        // step d)
        let schemes = selected.first().map(|s| &s.scheme);
        if let Some(Some(until)) = schemes.map(|s| x509.inputs().algorithms.check(s, control).err().flatten()) {
            control = control.min(last_moment(until));
        }
        while let Some(until) = weak_since(chain, index, purpose, control, x509)? {
            control = control.min(last_moment(until));
        }
    }
    block.told("control time", at(control));
    Ok(control)
}

/// Since when the algorithms of a certificate are too weak at a time.
fn weak_since(
    chain: &[Certificate],
    index: usize,
    purpose: Purpose,
    at: OffsetDateTime,
    x509: &X509Validation<'_>,
) -> Result<Option<OffsetDateTime>, Problem> {
    use crate::pki::path::ProblemKind;
    let Some(certificate) = chain.get(index) else { return Ok(None) };
    for problem in x509.check(chain, purpose, at) {
        match problem.kind {
            ProblemKind::Crypto { until: Some(until) } if problem.sha256 == certificate.sha256() && until <= at => {
                return Ok(Some(until));
            }
            ProblemKind::Crypto { until: None } if problem.sha256 == certificate.sha256() => {
                return Err(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, problem.message));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The last second before a time.
fn last_moment(until: OffsetDateTime) -> OffsetDateTime {
    until.saturating_sub(time::Duration::SECOND)
}
