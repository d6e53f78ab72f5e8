//! Whether a certificate is good at a time: what is asked, and what is answered.

pub use super::policies::PolicyInputs;
pub use super::purpose::{Purpose, usable_for_signing, usable_for_time_stamping};
pub use super::revocation::{Revoked, Statement, needs_none};
pub use super::work::VerifiedSignatures;

use super::algorithms::AlgorithmPolicy;
use super::anchors::TrustAnchors;
use super::build::Search;
use super::certificate::Certificate;
use super::revocation::CertificateList;
use super::work::{Library, Work};
use crate::limits::Limits;
use serde::Serialize;
use std::rc::Rc;
use time::OffsetDateTime;

/// What is done about revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationMode {
    /// Each certificate below the anchor needs revocation data, but those that say they need none.
    Require,
    /// What is there is checked; that there is none is a warning.
    IfAvailable,
    /// Revocation is not looked at.
    Ignore,
}

/// What a path validation starts from.
#[derive(Debug)]
pub struct PathInputs<'a> {
    /// Who is believed.
    pub anchors: &'a TrustAnchors,
    /// Certificates that may be part of the path, or sign revocation data.
    pub intermediates: &'a [Certificate],
    /// CertificateLists in DER, delta lists among them.
    pub crls: &'a [CertificateList],
    /// OCSPResponses or BasicOCSPResponses in DER.
    pub ocsps: &'a [Vec<u8>],
    /// The time at which the certificate has to be good. Revocation data may be younger.
    pub at: OffsetDateTime,
    /// What is done about revocation.
    pub revocation: RevocationMode,
    /// What the certificate is used for.
    pub purpose: Purpose,
    /// What is asked of certificate policies.
    pub policies: PolicyInputs,
    /// Which algorithms are good until when.
    pub algorithms: &'a AlgorithmPolicy,
    /// What hostile input may cost.
    pub limits: &'a Limits,
}

/// What is asked about a certificate.
#[derive(Debug, Clone)]
pub struct Question {
    /// The time at which the certificate has to be good. Revocation data may be younger.
    pub at: OffsetDateTime,
    /// What is done about revocation.
    pub revocation: RevocationMode,
    /// What the certificate is used for.
    pub purpose: Purpose,
    /// What the anchor has to be believed for; the purpose, but for signers of revocation data.
    pub trusted_for: Purpose,
    /// What is asked of certificate policies.
    pub policies: PolicyInputs,
}

/// The families of problems, after the sub-indications of EN 319 102-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// No chain of certificates leads to a trust anchor.
    NoChain,
    /// The chain breaks a rule of RFC 5280 section 6.1, or is not meant for the purpose.
    ChainConstraints,
    /// The certificate is not yet valid.
    NotYetValid,
    /// The certificate has expired.
    Expired,
    /// The certificate is revoked.
    Revoked {
        /// Since when.
        time: OffsetDateTime,
        /// Why, as RFC 5280 section 5.3.1 spells it, if that is said.
        reason: Option<&'static str>,
        /// It is the certificate of a CA.
        ca: bool,
    },
    /// Whether the certificate is revoked cannot be told from what is at hand.
    RevocationUnknown,
    /// An algorithm or key is too weak at that time.
    Crypto {
        /// Until when it was good enough, if ever.
        until: Option<OffsetDateTime>,
    },
    /// Anything else: a signature that cannot be verified, too much work.
    General,
}

impl ProblemKind {
    /// The name used in `dauson pki check --json`: `no-chain`, `revoked`, ...
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoChain => "no-chain",
            Self::ChainConstraints => "chain-constraints",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::Revoked { .. } => "revoked",
            Self::RevocationUnknown => "revocation-unknown",
            Self::Crypto { .. } => "algorithm",
            Self::General => "general",
        }
    }

    /// How much it says about the path: the lowest comes first in a report, the sum tells the better of two paths.
    const fn rank(self) -> u32 {
        match self {
            Self::NoChain => 0,
            Self::General => 1,
            Self::ChainConstraints => 2,
            Self::Revoked { .. } => 3,
            Self::NotYetValid | Self::Expired => 4,
            // what is signed by a weak algorithm says nothing, so that this comes first
            Self::Crypto { .. } => 5,
            Self::RevocationUnknown => 6,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathProblem {
    /// What family it belongs to.
    pub kind: ProblemKind,
    /// The certificate that it is about: its subject.
    pub certificate: String,
    /// SHA-256 of the certificate that it is about.
    pub sha256: [u8; 32],
    /// One sentence that names the facts.
    pub message: String,
}

impl PathProblem {
    pub(super) fn new(kind: ProblemKind, certificate: &Certificate, message: impl Into<String>) -> Self {
        let subject = certificate.subject().to_string();
        Self { kind, certificate: subject, sha256: certificate.sha256(), message: message.into() }
    }
}

/// The certificate of an issuer that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingIssuer {
    /// Its subject.
    pub name: String,
    /// How it is called.
    pub display: String,
    /// Where it can be had: caIssuers of authorityInfoAccess (RFC 5280 section 4.2.2.1).
    pub addresses: Vec<String>,
}

impl MissingIssuer {
    pub(super) fn of(certificate: &Certificate) -> Self {
        let issuer = certificate.issuer();
        Self {
            name: issuer.to_string(),
            display: issuer.attribute("2.5.4.3").unwrap_or_else(|| issuer.to_string()),
            addresses: certificate.extensions().ca_issuers.clone(),
        }
    }

    pub(super) fn message(&self, certificate: &Certificate) -> String {
        let place = match self.addresses.as_slice() {
            [] => "the certificate does not say where it can be had".to_owned(),
            some => format!("it can be had at {}", some.join(" or ")),
        };
        format!("the certificate of {}, which issued {}, is not at hand; {place}", self.name, certificate.display())
    }
}

/// The answer.
#[derive(Debug, Clone)]
pub struct PathReport {
    /// The path, the target first and the trust anchor last; if none is good, the one with the fewest problems, and if
    /// none leads to an anchor, the longest piece.
    pub path: Vec<Certificate>,
    /// What is wrong, what weighs most first. The certificate is good if there is nothing.
    pub problems: Vec<PathProblem>,
    /// What the reader should know all the same.
    pub warnings: Vec<String>,
    /// What would have to be found for the path to go on.
    pub missing: Option<MissingIssuer>,
}

impl PathReport {
    /// The certificate is good.
    pub const fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn sort(&mut self) {
        self.problems.sort_by_key(|p| p.kind.rank());
    }

    /// Which of two paths is the better one: the lower.
    pub(super) fn badness(&self) -> (u32, usize) {
        let worst = self.problems.iter().map(|p| 7_u32.saturating_sub(p.kind.rank())).max().unwrap_or(0);
        (worst, self.problems.len())
    }
}

/// How a certificate is shown in reports of paths.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Its subject.
    pub subject: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// Valid until, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
}

impl From<&Certificate> for Shown {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            serial: certificate.serial_hex(),
            sha256: hex::encode(certificate.sha256()),
            not_after: certificate.not_after(),
        }
    }
}

/// Looks for a path from the target to a trust anchor that keeps all rules (RFC 5280 section 6), and for what the
/// revocation data says about it. The work is bounded by `limits.path_steps` and `limits.path_signatures`.
pub fn validate(target: &Certificate, inputs: &PathInputs<'_>) -> PathReport {
    let question = Question {
        at: inputs.at,
        revocation: inputs.revocation,
        purpose: inputs.purpose,
        trusted_for: inputs.purpose,
        policies: inputs.policies.clone(),
    };
    Paths::new(inputs, Rc::default()).validate(target, &question)
}

/// Answers many questions from the same anchors, certificates and revocation data: what was read or verified for one is there
/// for the next. Each answer has the whole budget of work.
pub struct Paths<'a>(Library<'a>);

impl std::fmt::Debug for Paths<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paths").finish_non_exhaustive()
    }
}

impl<'a> Paths<'a> {
    /// Of these inputs only what is at hand matters. `verified` can be shared with others.
    pub fn new(inputs: &PathInputs<'a>, verified: Rc<VerifiedSignatures>) -> Self {
        Self(Library::new(inputs, verified))
    }

    /// The same with other limits.
    pub fn limited(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Looks for a path as [`validate`] does.
    pub fn validate(&self, target: &Certificate, question: &Question) -> PathReport {
        let work = Work::new(&self.0, question);
        let mut report = Search::new(&work, question.purpose).run(target);
        if work.is_exhausted() && !report.is_good() {
            let message = "looking for a path took more work than is allowed; what was not looked at is not known";
            report.problems.push(PathProblem::new(ProblemKind::General, target, message));
        }
        report.sort();
        report
    }

    /// Paths from the target to trust anchors, the likeliest first, not more than `most`, whether they keep the rules or not.
    pub fn chains(&self, target: &Certificate, question: &Question, most: usize) -> Vec<Vec<Certificate>> {
        let work = Work::new(&self.0, question);
        Search::new(&work, question.purpose).all(target, most)
    }

    /// Which rules of RFC 5280 section 6.1 a path breaks, but for revocation.
    pub fn check(&self, path: &[Certificate], question: &Question) -> Vec<PathProblem> {
        let work = Work::new(&self.0, question);
        super::check::check(&work, path, question.purpose).problems
    }

    /// All that the revocation data says of a certificate of a path, whenever it was said, the youngest first; only what is
    /// signed by who may say it, judged as of the time when it was said.
    pub fn statements(&self, path: &[Certificate], index: usize, question: &Question) -> Vec<Statement> {
        let question = Question { purpose: Purpose::Any, ..question.clone() };
        let work = Work::new(&self.0, &question);
        let keys = super::check::check(&work, path, Purpose::Any).issuer_keys;
        match (path.get(index), path.get(index.saturating_add(1)..), keys.get(index)) {
            (Some(certificate), Some(above), Some(key)) => {
                super::revocation::statements(&work, certificate, above, key)
            }
            _ => Vec::new(),
        }
    }
}
