//! What a validation has against a signature, with what would have to be proven for it not to count: a proof of existence can
//! mend what has to do with time, and nothing else.

use crate::indication::{Indication, Problem, SubIndication};
use crate::pki::certificate::Certificate;
use crate::pki::path::{PathProblem, ProblemKind};
use time::OffsetDateTime;

/// Something that is wrong, and of what kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means for the verdict.
    pub problem: Problem,
    /// What it has to do with time.
    pub cause: Cause,
}

/// What something that is wrong has to do with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing: no proof mends it.
    Lasting,
    /// A certificate is revoked or suspended since then.
    Revoked {
        /// Since when.
        time: OffsetDateTime,
        /// It is that of a CA.
        ca: bool,
    },
    /// A certificate is not valid at the validation time.
    OutOfBounds {
        /// It is that of a CA.
        ca: bool,
    },
    /// What is known of a certificate's revocation is not enough for the validation time.
    NotFresh {
        /// Which certificate, by its SHA-256.
        certificate: [u8; 32],
    },
    /// The trust anchor of its chain is not believed any more.
    Sunset,
    /// An algorithm is too weak at the validation time.
    Weak {
        /// What it was used for: the signature, or a certificate, by its SHA-256.
        material: Material,
        /// Until when it was good enough.
        until: Option<OffsetDateTime>,
    },
}

/// What an algorithm was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// The signature value, its signed attributes, or the data that it signs.
    Signature,
    /// A certificate, by its SHA-256.
    Certificate([u8; 32]),
}

impl Finding {
    /// What no proof mends.
    pub const fn lasting(problem: Problem) -> Self {
        Self { problem, cause: Cause::Lasting }
    }

    /// The same with another sub-indication and further words.
    pub fn now(mut self, sub_indication: SubIndication, because: &str) -> Self {
        self.problem.sub_indication = sub_indication;
        if !because.is_empty() {
            self.problem.message = format!("{}; {because}", self.problem.message);
        }
        self
    }

    /// What path validation (clause 5.2.6) has against a certificate of this chain.
    pub fn of_path(problem: PathProblem, chain: &[Certificate]) -> Self {
        let index = chain.iter().position(|c| c.sha256() == problem.sha256).unwrap_or_default();
        let ca = index > 0;
        let (sub_indication, cause) = match problem.kind {
            ProblemKind::NoChain => (SubIndication::NoCertificateChainFound, Cause::Lasting),
            ProblemKind::ChainConstraints => (SubIndication::ChainConstraintsFailure, Cause::Lasting),
            ProblemKind::General => (SubIndication::CertificateChainGeneralFailure, Cause::Lasting),
            ProblemKind::NotYetValid | ProblemKind::Expired => {
                (SubIndication::OutOfBoundsNoPoe, Cause::OutOfBounds { ca })
            }
            // suspended certificates may come back (clause 5.2.6.4)
            ProblemKind::Revoked { time, reason: Some("certificateHold"), ca } => {
                (SubIndication::TryLater, Cause::Revoked { time, ca })
            }
            ProblemKind::Revoked { time, ca: false, .. } => {
                (SubIndication::RevokedNoPoe, Cause::Revoked { time, ca: false })
            }
            ProblemKind::Revoked { time, ca: true, .. } => {
                (SubIndication::RevokedCaNoPoe, Cause::Revoked { time, ca: true })
            }
            ProblemKind::RevocationUnknown => {
                (SubIndication::TryLater, Cause::NotFresh { certificate: problem.sha256 })
            }
            ProblemKind::Crypto { until } => {
                let material = Material::Certificate(problem.sha256);
                (SubIndication::CryptoConstraintsFailureNoPoe, Cause::Weak { material, until })
            }
        };
        Self { problem: Problem::new(sub_indication, problem.message), cause }
    }
}

/// The indication over all that is wrong.
pub fn indication<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Indication {
    problems.into_iter().map(|p| p.sub_indication.indication()).max().unwrap_or(Indication::Passed)
}
