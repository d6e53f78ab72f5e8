//! X.509 certificate validation (clause 5.2.6), now, and at a time at which the signature is proven to have existed
//! (clause 5.5.4).

use super::Inputs;
use super::material::Material;
use crate::indication::{Problem, SubIndication};
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use crate::pki::path::{self, PathInputs, PathProblem, PathReport, PolicyInputs, ProblemKind, Purpose, RevocationMode};
use time::OffsetDateTime;

/// Validates certificates of one file.
#[derive(Debug)]
pub struct X509Validation<'a> {
    inputs: &'a Inputs<'a>,
    material: &'a Material,
    limits: Limits,
}

/// What is to be said of a certificate.
#[derive(Debug, Default)]
pub struct Judged {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What the reader should know all the same.
    pub warnings: Vec<String>,
}

/// As many certificates are given the full budget of work each.
const FULL_BUDGETS: usize = 16;

impl<'a> X509Validation<'a> {
    /// For a file with so many certificates to be validated: its budget is shared among them.
    pub fn new(inputs: &'a Inputs<'a>, material: &'a Material, count: usize) -> Self {
        let share = |whole: usize, least: usize| {
            whole.saturating_mul(FULL_BUDGETS).checked_div(count).unwrap_or(whole).clamp(least.min(whole), whole)
        };
        let path_steps = share(inputs.limits.path_steps, 100);
        let path_signatures = share(inputs.limits.path_signatures, 12);
        Self { inputs, material, limits: Limits { path_steps, path_signatures, ..*inputs.limits } }
    }

    fn path(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: OffsetDateTime,
        mode: RevocationMode,
    ) -> PathReport {
        let inputs = PathInputs {
            anchors: self.inputs.anchors,
            intermediates: &self.material.certificates,
            crls: &self.material.crls,
            ocsps: &self.material.ocsps,
            at,
            revocation: mode,
            purpose,
            policies: PolicyInputs::default(),
            algorithms: self.inputs.algorithms,
            limits: &self.limits,
        };
        path::validate(certificate, &inputs)
    }

    /// Whether a certificate is good. `existed` is a time at which what it signed is proven to have existed.
    pub fn judge(&self, certificate: &Certificate, purpose: Purpose, existed: Option<OffsetDateTime>) -> Judged {
        let now = self.path(certificate, purpose, self.inputs.at, self.inputs.revocation);
        let existed = existed.filter(|t| *t < self.inputs.at);
        let Some(existed) =
            existed.filter(|_| !now.is_good() && now.problems.iter().all(|p| is_curable(p, certificate)))
        else {
            return Judged::from(now);
        };
        // the signed attributes or the token name the certificate, so that it existed as well; of the certificates
        // above it, and of what revocation data says of them, that is not proven
        let then = self.path(certificate, purpose, existed, self.inputs.revocation);
        if then.is_good() {
            return Judged::from(then);
        }
        if existed < certificate.not_before() {
            let message =
                format!("it was made at {existed}, before the certificate of {} became valid", certificate.display());
            return Judged {
                problems: vec![Problem::new(SubIndication::NotYetValid, message)],
                warnings: now.warnings,
            };
        }
        Judged::from(now)
    }

    /// Whether the material at hand has all that is needed to validate a certificate at a time, revocation included.
    pub fn is_complete(&self, certificate: &Certificate, purpose: Purpose, at: OffsetDateTime) -> bool {
        self.path(certificate, purpose, at, RevocationMode::Require).is_good()
    }
}

/// A problem of now that may not have been one at an earlier time.
fn is_curable(problem: &PathProblem, certificate: &Certificate) -> bool {
    let own = problem.certificate == certificate.subject().to_string();
    match problem.kind {
        ProblemKind::RevocationUnknown => true,
        ProblemKind::Expired | ProblemKind::Revoked { ca: false, .. } | ProblemKind::Crypto { until: Some(_) } => own,
        _ => false,
    }
}

impl From<PathReport> for Judged {
    fn from(report: PathReport) -> Self {
        let sub_indication = |kind: ProblemKind| match kind {
            ProblemKind::NoChain => SubIndication::NoCertificateChainFound,
            ProblemKind::ChainConstraints => SubIndication::ChainConstraintsFailure,
            ProblemKind::NotYetValid | ProblemKind::Expired => SubIndication::OutOfBoundsNoPoe,
            ProblemKind::Revoked { ca: false, .. } => SubIndication::RevokedNoPoe,
            ProblemKind::Revoked { ca: true, .. } => SubIndication::RevokedCaNoPoe,
            ProblemKind::RevocationUnknown => SubIndication::TryLater,
            ProblemKind::Crypto { .. } => SubIndication::CryptoConstraintsFailureNoPoe,
            ProblemKind::General => SubIndication::CertificateChainGeneralFailure,
        };
        let problems = report.problems.into_iter().map(|p| Problem::new(sub_indication(p.kind), p.message)).collect();
        Self { problems, warnings: report.warnings }
    }
}
