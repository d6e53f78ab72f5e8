//! Whether a certificate may sign now, which is asked before it does (Nghị định 68/2024/NĐ-CP art. 30–32): validity, key
//! usage, and where there are trust anchors, path and revocation.

use crate::error::{Error, Kind, Result};
use crate::keys::SigningKey;
use crate::limits::Limits;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::certificate::Certificate;
use crate::pki::material::TrustMaterial;
use crate::pki::path::{self, PathInputs, PolicyInputs, Purpose, RevocationMode, usable_for_signing};
use time::OffsetDateTime;

/// Refuses a certificate that may not sign at this time; gives what the signer should know all the same.
pub fn check(key: &dyn SigningKey, trust: &TrustMaterial, at: OffsetDateTime) -> Result<Vec<String>> {
    let certificate = Certificate::parse(key.certificate())?;
    let refused = |why: String| {
        let who = format!("certificate of {}", certificate.display());
        Error::new(Kind::NotAllowed, "sign.certificate", who, why)
    };
    if at < certificate.not_before() {
        return Err(refused(format!("it is valid from {} on, not yet", certificate.not_before())));
    }
    if at > certificate.not_after() {
        return Err(refused(format!("it expired on {}", certificate.not_after())).hint("renew it before signing"));
    }
    usable_for_signing(&certificate).map_err(&refused)?;
    if trust.anchors.is_empty() {
        return Ok(vec![
            "no trust anchors are configured: the certificate's path and revocation were not checked".into(),
        ]);
    }
    let mut intermediates = trust.certificates.clone();
    for issuer in key.chain() {
        intermediates.push(Certificate::parse(issuer)?);
    }
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
    match report.problems.first() {
        Some(problem) => Err(refused(problem.message.clone())),
        None => Ok(report.warnings),
    }
}
