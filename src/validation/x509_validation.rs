//! X.509 certificate validation (clause 5.2.6), and what past certificate validation asks of the same certificates and
//! revocation data.

use super::Inputs;
use super::material::Material;
use super::revocation_freshness::is_fresh;
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use crate::pki::path::{
    PathInputs, PathProblem, PathReport, Paths, PolicyInputs, Purpose, Question, RevocationMode, Revoked, Statement,
    VerifiedSignatures, needs_none,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use time::OffsetDateTime;

/// A certificate, and whether it is for time-stamping.
type Validated = ([u8; 32], bool);
/// A certificate and the one above it.
type Link = ([u8; 32], Option<[u8; 32]>);

/// Validates certificates of one file.
#[derive(Debug)]
pub struct X509Validation<'a> {
    inputs: &'a Inputs<'a>,
    paths: Paths<'a>,
    reports: RefCell<HashMap<Validated, Rc<PathReport>>>,
    statements: RefCell<HashMap<Link, Rc<Vec<Statement>>>>,
}

/// As many certificates are given the full budget of work each.
const FULL_BUDGETS: usize = 16;
/// Chains of one certificate that are tried.
const MOST_CHAINS: usize = 8;

/// What is known at a time of a certificate's revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It was not revoked.
    NotRevoked,
    /// Nothing, and nothing needs to be.
    NotNeeded,
    /// Too little.
    No,
}

impl<'a> X509Validation<'a> {
    /// For a file with so many certificates to be validated: its budget is shared among them.
    pub fn new(
        inputs: &'a Inputs<'a>,
        material: &'a Material,
        count: usize,
        verified: &Rc<VerifiedSignatures>,
    ) -> Self {
        let share = |whole: usize, least: usize| {
            whole.saturating_mul(FULL_BUDGETS).checked_div(count).unwrap_or(whole).clamp(least.min(whole), whole)
        };
        let path_steps = share(inputs.limits.path_steps, 100);
        let path_signatures = share(inputs.limits.path_signatures, 12);
        let limits = Limits { path_steps, path_signatures, ..*inputs.limits };
        let given = PathInputs {
            anchors: inputs.anchors,
            intermediates: &material.certificates,
            crls: &material.crls,
            ocsps: &material.ocsps,
            at: inputs.at,
            revocation: inputs.revocation,
            purpose: Purpose::Any,
            policies: PolicyInputs::default(),
            algorithms: inputs.algorithms,
            limits: inputs.limits,
        };
        let paths = Paths::new(&given, Rc::clone(verified)).limited(limits);
        Self { inputs, paths, reports: RefCell::default(), statements: RefCell::default() }
    }

    /// The inputs of the whole validation.
    pub const fn inputs(&self) -> &'a Inputs<'a> {
        self.inputs
    }

    fn question(at: OffsetDateTime, revocation: RevocationMode, purpose: Purpose) -> Question {
        Question { at, revocation, purpose, trusted_for: purpose, policies: PolicyInputs::default() }
    }

    /// Clause 5.2.6 at the validation time.
    pub fn validate(&self, certificate: &Certificate, purpose: Purpose) -> Rc<PathReport> {
        let key = (certificate.sha256(), purpose == Purpose::TimeStamping);
        if let Some(known) = self.reports.borrow().get(&key) {
            return Rc::clone(known);
        }
        let question = Self::question(self.inputs.at, self.inputs.revocation, purpose);
        let report = Rc::new(self.paths.validate(certificate, &question));
        self.reports.borrow_mut().insert(key, Rc::clone(&report));
        report
    }

    /// Whether the material at hand has all that is needed to validate a certificate at a time, revocation included.
    pub fn is_complete(&self, certificate: &Certificate, purpose: Purpose, at: OffsetDateTime) -> bool {
        self.paths.validate(certificate, &Self::question(at, RevocationMode::Require, purpose)).is_good()
    }

    /// Prospective certificate chains (clause 5.6.2.1.4 step 1), the likeliest at a time first.
    pub fn chains(&self, certificate: &Certificate, purpose: Purpose, at: OffsetDateTime) -> Vec<Vec<Certificate>> {
        self.paths.chains(certificate, &Self::question(at, RevocationMode::Ignore, purpose), MOST_CHAINS)
    }

    /// Which rules of RFC 5280 section 6.1 a chain breaks at a time, but for revocation.
    pub fn check(&self, chain: &[Certificate], purpose: Purpose, at: OffsetDateTime) -> Vec<PathProblem> {
        self.paths.check(chain, &Self::question(at, RevocationMode::Ignore, purpose))
    }

    /// Revocation status information of a certificate of a chain, the youngest first.
    pub fn statements(&self, chain: &[Certificate], index: usize) -> Rc<Vec<Statement>> {
        let Some(certificate) = chain.get(index) else { return Rc::default() };
        let above = chain.get(index.saturating_add(1)).map(Certificate::sha256);
        let link = (certificate.sha256(), above);
        if let Some(known) = self.statements.borrow().get(&link) {
            return Rc::clone(known);
        }
        let question = Self::question(self.inputs.at, self.inputs.revocation, Purpose::Any);
        let found = Rc::new(self.paths.statements(chain, index, &question));
        self.statements.borrow_mut().insert(link, Rc::clone(&found));
        found
    }

    /// Whether anything needs to be known of the revocation of a certificate.
    pub fn needs_revocation_data(&self, certificate: &Certificate) -> bool {
        self.inputs.revocation != RevocationMode::Ignore && !needs_none(certificate)
    }

    /// What is known of the revocation of a certificate of a chain at a time before the validation time.
    pub fn known_at(&self, chain: &[Certificate], index: usize, at: OffsetDateTime) -> Known {
        let Some(certificate) = chain.get(index) else { return Known::No };
        if !self.needs_revocation_data(certificate) {
            return Known::NotNeeded;
        }
        let statements = self.statements(chain, index);
        let revoked = revocation_in(statements.iter());
        let good = statements.iter().any(|s| s.revoked.is_none() && s.knows(certificate) && is_fresh(s, at));
        match revoked {
            Some(revoked) if revoked.time <= at => Known::No,
            Some(_) => Known::NotRevoked,
            None if good => Known::NotRevoked,
            None if self.inputs.revocation == RevocationMode::IfAvailable => Known::NotNeeded,
            None => Known::No,
        }
    }

    /// The same of a certificate by its SHA-256; nothing needs to be known of one that is not in the chain.
    pub fn known_of(&self, chain: &[Certificate], certificate: &[u8; 32], at: OffsetDateTime) -> Known {
        let index = chain.iter().position(|c| c.sha256() == *certificate);
        index.map_or(Known::NotNeeded, |index| self.known_at(chain, index, at))
    }
}

/// The revocation that these statements, the youngest first, know of; a suspension counts only if nothing younger lifted it.
pub fn revocation_in<'s>(statements: impl Iterator<Item = &'s Statement>) -> Option<Revoked> {
    let mut suspended = None;
    for (index, statement) in statements.enumerate() {
        match statement.revoked {
            Some(revoked) if revoked.reason == Some("certificateHold") => {
                suspended = suspended.or(Some(revoked).filter(|_| index == 0));
            }
            Some(revoked) => return Some(revoked),
            None => {}
        }
    }
    suspended
}
