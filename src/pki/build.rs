//! Path building (RFC 4158): which certificates lead from a target to a trust anchor, the likeliest first.
//!
//! Certificates come from hostile documents, and cross-certificates make the number of paths exponential: each
//! certificate looked at costs one step of a budget, each signature verified one of another, and a signature is
//! verified once.

use super::certificate::{Certificate, key_usage};
use super::check::{self, Checked};
use super::crypto::{self, CryptoError, SchemeFacts, Signed};
use super::name::Name;
use super::path::{PathInputs, PathProblem, PathReport, ProblemKind, Purpose, RevocationMode};
use super::revocation::{self, Evidence, Status};
use crate::digest::sha256;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

/// What was signed with its signature, and the key: SHA-256 of each.
type SignatureId = ([u8; 32], [u8; 32]);

/// What all of one validation shares.
pub struct Work<'a> {
    pub inputs: &'a PathInputs<'a>,
    /// Certificates that may issue others, by their subject; anchors first.
    pool: HashMap<&'a Name, Vec<Candidate<'a>>>,
    steps: Cell<usize>,
    signatures: Cell<usize>,
    verified: RefCell<HashMap<SignatureId, Result<SchemeFacts, CryptoError>>>,
    evidence: OnceCell<Evidence<'a>>,
    /// Certificates whose revocation is being looked into, each for the sake of the one before.
    pub open: RefCell<Vec<[u8; 32]>>,
}

/// A certificate that may be the issuer of another.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    pub certificate: &'a Certificate,
    pub anchor: bool,
}

impl<'a> Work<'a> {
    pub fn new(inputs: &'a PathInputs<'a>) -> Self {
        let mut pool: HashMap<&Name, Vec<Candidate<'_>>> = HashMap::new();
        let mut seen = HashSet::new();
        let believed = inputs.anchors.believed(inputs.purpose, inputs.at);
        let anchors = believed.map(|certificate| Candidate { certificate, anchor: true });
        let others = inputs.intermediates.iter().map(|certificate| Candidate { certificate, anchor: false });
        for candidate in anchors.chain(others) {
            if seen.insert(candidate.certificate.sha256()) {
                pool.entry(candidate.certificate.subject()).or_default().push(candidate);
            }
        }
        Self {
            inputs,
            pool,
            steps: Cell::new(inputs.limits.path_steps),
            signatures: Cell::new(inputs.limits.path_signatures),
            verified: RefCell::default(),
            evidence: OnceCell::new(),
            open: RefCell::default(),
        }
    }

    /// Certificates with this subject, anchors first.
    pub fn named(&self, subject: &Name) -> &[Candidate<'a>] {
        self.pool.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    /// The revocation data, read when it is first asked for.
    pub fn evidence(&self) -> &Evidence<'a> {
        self.evidence.get_or_init(|| Evidence::read(self.inputs))
    }

    /// Takes a step; false if there is none left.
    pub fn step(&self) -> bool {
        match self.steps.get().checked_sub(1) {
            Some(left) => self.steps.set(left),
            None => return false,
        }
        true
    }

    /// Whether a budget is used up.
    pub fn is_exhausted(&self) -> bool {
        self.steps.get() == 0 || self.signatures.get() == 0
    }

    /// Verifies a signature, once for each message and key.
    pub fn verify(
        &self,
        spki: &[u8],
        algorithm: &[u8],
        tbs: &[u8],
        signature: &[u8],
    ) -> Result<SchemeFacts, CryptoError> {
        let message = sha256(&[&sha256(algorithm)[..], &sha256(tbs), &sha256(signature)].concat());
        let key = (message, sha256(spki));
        if let Some(known) = self.verified.borrow().get(&key) {
            return known.clone();
        }
        let Some(left) = self.signatures.get().checked_sub(1) else {
            return Err(CryptoError::Unsupported { what: "one more signature (the limit is reached)".to_owned() });
        };
        self.signatures.set(left);
        let found = crypto::verify(spki, algorithm, None, Signed::Message(tbs), signature);
        self.verified.borrow_mut().insert(key, found.clone());
        found
    }

    /// Verifies the signature of a certificate.
    pub fn verify_certificate(&self, certificate: &Certificate, spki: &[u8]) -> Result<SchemeFacts, CryptoError> {
        self.verify(spki, certificate.signature_algorithm(), certificate.tbs(), certificate.signature())
    }
}

/// A search for the path of one certificate.
pub struct Search<'w, 'a> {
    work: &'w Work<'a>,
    purpose: Purpose,
    /// Only paths to this anchor count (RFC 5280 section 6.3.3 (f)).
    anchor: Option<&'w Certificate>,
    best: Option<PathReport>,
    longest: Vec<Certificate>,
}

impl<'w, 'a> Search<'w, 'a> {
    pub const fn new(work: &'w Work<'a>, purpose: Purpose) -> Self {
        Self { work, purpose, anchor: None, best: None, longest: Vec::new() }
    }

    /// The same, but only for paths to this anchor.
    pub const fn to(mut self, anchor: &'w Certificate) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// The best path there is.
    pub fn run(mut self, target: &Certificate) -> PathReport {
        let mut path = vec![target.clone()];
        let named = self.work.named(target.subject());
        if named.iter().any(|c| c.anchor && c.certificate == target && self.leads_to(c.certificate)) {
            self.judge(&path);
        } else {
            self.extend(&mut path);
        }
        self.best.unwrap_or_else(|| {
            let last = self.longest.last().unwrap_or(target);
            let message = if self.work.named(last.issuer()).is_empty() {
                format!("the issuer of {} is not known: {}", last.display(), last.issuer())
            } else if last.is_self_issued() && self.longest.len() <= 1 {
                format!("{} is issued by itself and not trusted", last.display())
            } else {
                format!("no certificate at hand has issued {} and leads to a trust anchor", last.display())
            };
            let problem = PathProblem::new(ProblemKind::NoChain, last, message);
            let path = if self.longest.is_empty() { vec![target.clone()] } else { self.longest };
            PathReport { path, problems: vec![problem], warnings: Vec::new() }
        })
    }

    fn leads_to(&self, anchor: &Certificate) -> bool {
        self.anchor.is_none_or(|wanted| {
            wanted.subject() == anchor.subject() && wanted.subject_public_key_info() == anchor.subject_public_key_info()
        })
    }

    /// Tries each issuer of the last certificate. True once there is no need to go on.
    fn extend(&mut self, path: &mut Vec<Certificate>) -> bool {
        if path.len() > self.longest.len() {
            self.longest.clone_from(path);
        }
        let Some(last) = path.last().cloned() else { return true };
        for Candidate { certificate: issuer, anchor } in self.issuers(&last) {
            if !self.work.step() {
                return true;
            }
            match self.work.verify_certificate(&last, issuer.subject_public_key_info()) {
                // the key may lack parameters that it inherits from its own issuer: the validation will tell
                Ok(_) | Err(CryptoError::Malformed { .. } | CryptoError::Unsupported { .. }) => {}
                Err(_) => continue,
            }
            path.push(issuer.clone());
            let done = if anchor {
                self.leads_to(issuer) && self.judge(path)
            } else {
                path.len() < self.work.inputs.limits.path_length && self.extend(path)
            };
            path.pop();
            if done {
                return true;
            }
        }
        false
    }

    /// The candidates for the issuer of a certificate that are not in its path yet, the likeliest first.
    fn issuers(&self, last: &Certificate) -> Vec<Candidate<'a>> {
        let at = self.work.inputs.at;
        let mut found: Vec<Candidate<'a>> = self.work.named(last.issuer()).to_vec();
        found.sort_by_cached_key(|candidate| {
            let certificate = candidate.certificate;
            let identifiers =
                (&last.extensions().authority_key_identifier, &certificate.extensions().subject_key_identifier);
            let other_key = matches!(identifiers, (Some(wanted), Some(own)) if wanted != own);
            let no_ca = certificate.extensions().ca != Some(true)
                || certificate.extensions().key_usage.is_some_and(|usage| usage & key_usage::KEY_CERT_SIGN == 0);
            let out_of_time = at < certificate.not_before() || at > certificate.not_after();
            (!candidate.anchor, other_key, no_ca, out_of_time, std::cmp::Reverse(certificate.not_after()))
        });
        found
    }

    /// Judges a whole path, and keeps it if it is the best so far. True if it is good.
    fn judge(&mut self, path: &[Certificate]) -> bool {
        let key = |c: &Certificate| (c.subject().clone(), c.subject_public_key_info().to_vec());
        let mut keys = HashSet::new();
        // a loop: the same name and key twice
        if path.len() > 1 && !path.iter().all(|c| keys.insert(key(c))) {
            return false;
        }
        let Checked { mut problems, mut warnings, issuer_keys } = check::check(self.work, path, self.purpose);
        let fatal = |p: &PathProblem| {
            matches!(p.kind, ProblemKind::NoChain | ProblemKind::ChainConstraints | ProblemKind::General)
        };
        if !problems.iter().any(fatal) && self.work.inputs.revocation != RevocationMode::Ignore {
            for (index, key) in issuer_keys.iter().enumerate() {
                let Some(above) = path.get(index.saturating_add(1)..) else { break };
                let Some(certificate) = path.get(index) else { break };
                match revocation::status(self.work, certificate, above, key) {
                    Status::Good => {}
                    Status::Revoked { time, reason } => {
                        let ca = index > 0;
                        let why = reason.map(|r| format!(" ({r})")).unwrap_or_default();
                        let message = format!("{} was revoked at {time}{why}", certificate.display());
                        let kind = ProblemKind::Revoked { time, reason, ca };
                        problems.push(PathProblem::new(kind, certificate, message));
                    }
                    Status::Unknown { why } => {
                        let message = format!("whether {} is revoked is not known: {why}", certificate.display());
                        if self.work.inputs.revocation == RevocationMode::Require {
                            problems.push(PathProblem::new(ProblemKind::RevocationUnknown, certificate, message));
                        } else {
                            warnings.push(message);
                        }
                    }
                }
            }
        }
        let mut report = PathReport { path: path.to_vec(), problems, warnings };
        report.sort();
        let good = report.is_good();
        if self.best.as_ref().is_none_or(|best| report.badness() < best.badness()) {
            self.best = Some(report);
        }
        good
    }
}
