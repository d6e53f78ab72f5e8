//! Path validation (RFC 5280 section 6.1): whether the certificates of a path keep the rules.

use super::certificate::{Certificate, key_usage};
use super::constraints::Subtrees;
use super::crypto::{self, CryptoError, SchemeFacts};
use super::path::{PathProblem, ProblemKind, Purpose, usable_for_signing, usable_for_time_stamping};
use super::policies::Policies;
use super::work::Work;
use crate::cms::{encode, oid};
use crate::messages::at as told;

/// What came of it.
pub struct Checked {
    pub problems: Vec<PathProblem>,
    pub warnings: Vec<String>,
    /// Of each certificate but the anchor, the target first, the key of its issuer, with inherited parameters.
    pub issuer_keys: Vec<Vec<u8>>,
}

/// Checks a path: the target first, the anchor last. The anchor itself is believed as it is.
pub fn check(work: &Work<'_, '_>, path: &[Certificate], purpose: Purpose) -> Checked {
    let mut found = Checked { problems: Vec::new(), warnings: Vec::new(), issuer_keys: Vec::new() };
    let Some((anchor, below)) = path.split_last() else { return found };
    let Some(target) = path.first() else { return found };
    let mut state = State {
        work,
        purpose,
        subtrees: Subtrees::default(),
        policies: Policies::new(&work.question.policies, u32::try_from(below.len()).unwrap_or(u32::MAX)),
        length: u32::MAX,
        key: anchor.subject_public_key_info().to_vec(),
        found: &mut found,
    };
    for (index, certificate) in below.iter().enumerate().rev() {
        state.basic(certificate, index == 0);
        state.found.issuer_keys.push(state.key.clone());
        state.key = crypto::inherit_parameters(certificate.subject_public_key_info(), &state.key).into_owned();
        if index > 0 {
            state.prepare(certificate);
        }
    }
    state.wrap_up(target, below.is_empty());
    found.issuer_keys.reverse();
    found
}

struct State<'s, 'a> {
    work: &'s Work<'s, 'a>,
    purpose: Purpose,
    subtrees: Subtrees,
    policies: Policies,
    /// max_path_length.
    length: u32,
    /// working_public_key, as a SubjectPublicKeyInfo.
    key: Vec<u8>,
    found: &'s mut Checked,
}

impl State<'_, '_> {
    fn problem(&mut self, kind: ProblemKind, certificate: &Certificate, message: impl Into<String>) {
        self.found.problems.push(PathProblem::new(kind, certificate, message));
    }

    fn breaks(&mut self, certificate: &Certificate, message: impl Into<String>) {
        self.problem(ProblemKind::ChainConstraints, certificate, message);
    }

    /// Section 6.1.3.
    fn basic(&mut self, certificate: &Certificate, is_target: bool) {
        let name = certificate.display();
        match self.work.verify_certificate(certificate, &self.key) {
            Ok(facts) => self.algorithm(certificate, &facts, false),
            Err(CryptoError::Invalid | CryptoError::WrongKind) => {
                let message = format!("the signature of {name} is not by its issuer's key");
                self.problem(ProblemKind::NoChain, certificate, message);
            }
            Err(other) => {
                let message = format!("the signature of {name} cannot be verified: {other}");
                self.problem(ProblemKind::General, certificate, message);
            }
        }
        self.validity(certificate);
        if (is_target || !certificate.is_self_issued())
            && let Err(why) = self.subtrees.check(certificate)
        {
            self.breaks(certificate, why);
        }
        if let Err(why) = self.policies.process(certificate, is_target) {
            self.breaks(certificate, format!("{why} ({name})"));
        }
        let unknown = &certificate.extensions().unknown_critical;
        if !unknown.is_empty() {
            let unknown = unknown.join(", ");
            self.breaks(certificate, format!("{name} has a critical extension that is not known: {unknown}"));
        }
    }

    /// Section 6.1.4.
    fn prepare(&mut self, certificate: &Certificate) {
        let name = certificate.display();
        if let Err(why) = self.policies.prepare(certificate) {
            self.breaks(certificate, format!("{why} ({name})"));
        }
        self.subtrees.add(certificate);
        let extensions = certificate.extensions();
        if extensions.ca != Some(true) {
            self.breaks(certificate, format!("{name} issued a certificate and is no CA"));
        }
        if !certificate.is_self_issued() {
            match self.length.checked_sub(1) {
                Some(left) => self.length = left,
                None => self
                    .breaks(certificate, format!("there are more CAs than a path length constraint allows ({name})")),
            }
        }
        self.length = extensions.path_len.map_or(self.length, |length| length.min(self.length));
        if extensions.key_usage.is_some_and(|usage| usage & key_usage::KEY_CERT_SIGN == 0) {
            self.breaks(certificate, format!("the key usage of {name} does not allow signing certificates"));
        }
    }

    /// Section 6.1.5, and what the purpose asks.
    fn wrap_up(mut self, target: &Certificate, is_anchor: bool) {
        if is_anchor {
            self.validity(target);
        } else if let Err(why) = self.policies.clone().finish(target, &self.work.question.policies.policies) {
            self.breaks(target, why);
        }
        if let Some(facts) = key_facts(target.subject_public_key_info()) {
            self.algorithm(target, &facts, true);
        }
        let usable = match self.purpose {
            Purpose::Signing => usable_for_signing(target),
            Purpose::TimeStamping => usable_for_time_stamping(target),
            Purpose::Any => Ok(()),
        };
        if let Err(why) = usable {
            self.breaks(target, why);
        }
    }

    fn validity(&mut self, certificate: &Certificate) {
        let at = self.work.at();
        let name = certificate.display();
        if at < certificate.not_before() {
            let message = format!("{name} is not valid before {}", told(certificate.not_before()));
            self.problem(ProblemKind::NotYetValid, certificate, message);
        }
        if at > certificate.not_after() {
            let message = format!("{name} expired at {}", told(certificate.not_after()));
            self.problem(ProblemKind::Expired, certificate, message);
        }
    }

    /// Whether the algorithms of a certificate's signature are strong enough, or its key alone.
    fn algorithm(&mut self, certificate: &Certificate, facts: &SchemeFacts, key_alone: bool) {
        let (policy, at) = (self.work.library.algorithms, self.work.at());
        let good = if key_alone { policy.check_key(facts, at) } else { policy.check(facts, at) };
        let Err(until) = good else { return };
        let with = if key_alone { String::new() } else { format!(" with {}", facts.digest.name()) };
        let what = if key_alone { "the key" } else { "the signature" };
        let since = until.map(|u| format!(" since {}", u.date())).unwrap_or_default();
        let scheme = facts.scheme.split('-').next().unwrap_or_default();
        let message = format!(
            "{what} of {} ({scheme} of {} bits{with}) is not strong enough{since}",
            certificate.display(),
            facts.key_bits
        );
        // that a path is right is one question, whether it is strong another
        if self.purpose == Purpose::Any {
            self.found.warnings.push(message);
        } else {
            self.problem(ProblemKind::Crypto { until }, certificate, message);
        }
    }
}

/// What kind of key it is, as if it signed SHA-256; `None` if that cannot be told.
fn key_facts(spki: &[u8]) -> Option<SchemeFacts> {
    let kinds = [oid::SHA256_WITH_RSA, oid::ECDSA_WITH_SHA256, oid::ED25519, oid::DSA_WITH_SHA256];
    let fits = |facts: &SchemeFacts, index: usize| {
        let families = ["rsa", "ecdsa", "ed25519", "dsa"];
        families.get(index).is_some_and(|f| facts.scheme.split('-').next() == Some(*f))
    };
    kinds.iter().enumerate().find_map(|(index, kind)| {
        let algorithm = encode::sequence(&[&encode::oid(kind)]);
        crypto::facts(spki, &algorithm, None).ok().filter(|facts| fits(facts, index))
    })
}
