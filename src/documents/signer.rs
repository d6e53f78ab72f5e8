//! Whether a certificate may sign now, which is asked before it does (Nghị định 68/2024/NĐ-CP art. 30–32): validity, key
//! usage, and where there are trust anchors, path and revocation.

use super::services::{Asked, Services, UnknownStatus};
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::limits::Limits;
use crate::net::ChosenBy;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::pki::path::{self, PathInputs, PolicyInputs, ProblemKind, Purpose, RevocationMode, usable_for_signing};
use time::OffsetDateTime;

/// Refuses a certificate that may not sign at this time; gives what the signer should know all the same.
pub async fn check(
    key: &dyn SigningKey,
    services: &Services<'_>,
    chosen_by: ChosenBy,
    at: OffsetDateTime,
) -> Result<Vec<String>> {
    let certificate = Certificate::parse(key.certificate())?;
    let refused = |kind: Kind, why: String| {
        let who = format!("certificate of {}", certificate.display());
        Error::new(kind, "sign.certificate", who, why)
    };
    let not_allowed = |why: String| refused(Kind::NotAllowed, why);
    if at < certificate.not_before() {
        return Err(not_allowed(format!("it is valid from {} on, not yet", certificate.not_before())));
    }
    if at > certificate.not_after() {
        let why = format!("it expired on {}", certificate.not_after());
        return Err(not_allowed(why).hint("renew it before signing"));
    }
    usable_for_signing(&certificate).map_err(&not_allowed)?;
    if services.trust().anchors.is_empty() {
        return Ok(vec![
            "no trust anchors are configured: the certificate's path and revocation were not checked".into(),
        ]);
    }
    let others = chain(key)?;
    let asked = Asked { certificate: &certificate, others: &others, purpose: Purpose::Signing, chosen_by };
    let mode = match services.unknown_status() {
        UnknownStatus::Warn => RevocationMode::IfAvailable,
        UnknownStatus::Refuse => RevocationMode::Require,
    };
    let (report, standing) = services.judge_now(asked, mode).await;
    match report.problems.first() {
        Some(problem) if problem.kind == ProblemKind::RevocationUnknown => {
            let why = standing.unknown().first().unwrap_or(&problem.message);
            Err(refused(Kind::Unavailable, why.clone()).hint("the setting sign.unknown_status decides"))
        }
        Some(problem) => Err(not_allowed(problem.message.clone())),
        None if report.warnings.is_empty() => Ok(Vec::new()),
        None => Ok([report.warnings, standing.unknown().to_vec()].concat()),
    }
}

/// The same with what is at hand, asking nobody: for keys that sign many things one after the other.
pub fn check_at_hand(key: &dyn SigningKey, trust: &TrustMaterial, at: OffsetDateTime) -> Result<()> {
    let certificate = Certificate::parse(key.certificate())?;
    let refused = |why: String| {
        Error::new(Kind::NotAllowed, "sign.certificate", format!("certificate of {}", certificate.display()), why)
    };
    if at < certificate.not_before() || at > certificate.not_after() {
        let (from, until) = (certificate.not_before().date(), certificate.not_after().date());
        return Err(refused(format!("it is valid from {from} to {until} only")));
    }
    usable_for_signing(&certificate).map_err(&refused)?;
    if trust.anchors.is_empty() {
        return Ok(());
    }
    let intermediates = [trust.certificates.as_slice(), &chain(key)?].concat();
    let report = path::validate(
        &certificate,
        &PathInputs {
            anchors: &trust.anchors,
            intermediates: &intermediates,
            crls: &trust.crls,
            ocsps: &trust.ocsps,
            at,
            revocation: RevocationMode::IfAvailable,
            purpose: Purpose::Signing,
            policies: PolicyInputs::default(),
            algorithms: &AlgorithmPolicy::default(),
            limits: Limits::in_force(),
        },
    );
    report.problems.first().map_or(Ok(()), |problem| Err(refused(problem.message.clone())))
}

/// The scheme that the key signs by where nobody chooses another.
pub fn preferred_scheme(key: &dyn SigningKey) -> Result<SignatureScheme> {
    let none = || Error::new(Kind::Bug, "key.no_scheme", "the key", "it signs by no scheme");
    key.schemes().first().copied().ok_or_else(none)
}

/// The certificates that came with the key.
pub fn chain(key: &dyn SigningKey) -> Result<Vec<Certificate>> {
    key.chain().iter().map(|der| Ok(Certificate::parse(der)?)).collect()
}
