//! Path building (RFC 4158): which certificates lead from a target to a trust anchor, the likeliest first.
//!
//! Certificates come from hostile documents, and cross-certificates make the number of paths exponential: each
//! certificate looked at costs one step of a budget, each signature verified one of another, and a signature is
//! verified once.

use super::certificate::{Certificate, key_usage};
use super::check::{self, Checked};
use super::crypto::CryptoError;
use super::path::{MissingIssuer, PathProblem, PathReport, ProblemKind, RevocationMode};
use super::purpose::Purpose;
use super::revocation::{self, Status};
use super::work::{Candidate, Work};
use crate::messages::at;
use std::collections::HashSet;

/// A search for the path of one certificate.
pub struct Search<'w, 'a> {
    work: &'w Work<'w, 'a>,
    purpose: Purpose,
    /// Only paths to this anchor count (RFC 5280 section 6.3.3 (f)).
    anchor: Option<&'w Certificate>,
    best: Option<PathReport>,
    longest: Vec<Certificate>,
    /// Where whole paths are only to be found: how many, and those there are.
    found: Option<(usize, Vec<Vec<Certificate>>)>,
}

impl<'w, 'a> Search<'w, 'a> {
    pub const fn new(work: &'w Work<'w, 'a>, purpose: Purpose) -> Self {
        Self { work, purpose, anchor: None, best: None, longest: Vec::new(), found: None }
    }

    /// The same, but only for paths to this anchor.
    pub const fn to(mut self, anchor: &'w Certificate) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// Paths to an anchor, the likeliest first, not more than so many, whether they keep the rules or not.
    pub fn all(mut self, target: &Certificate, most: usize) -> Vec<Vec<Certificate>> {
        self.found = Some((most, Vec::new()));
        self.look(target);
        self.found.map(|(_, found)| found).unwrap_or_default()
    }

    fn look(&mut self, target: &Certificate) {
        let mut path = vec![target.clone()];
        let named = self.work.named(target.subject());
        if named.iter().any(|c| c.anchor && c.certificate == target && self.leads_to(c.certificate)) {
            self.judge(&path);
        } else {
            self.extend(&mut path);
        }
    }

    /// The best path there is.
    pub fn run(mut self, target: &Certificate) -> PathReport {
        self.look(target);
        self.best.unwrap_or_else(|| {
            let last = self.longest.last().unwrap_or(target);
            let unknown = self.work.named(last.issuer()).is_empty() && !last.is_self_issued();
            let missing = unknown.then(|| MissingIssuer::of(last));
            let message = if let Some(missing) = &missing {
                missing.message(last)
            } else if last.is_self_issued() && self.longest.len() <= 1 {
                format!("{} is issued by itself and not trusted", last.display())
            } else {
                format!("no certificate at hand has issued {} and leads to a trust anchor", last.display())
            };
            let problem = PathProblem::new(ProblemKind::NoChain, last, message);
            let path = if self.longest.is_empty() { vec![target.clone()] } else { self.longest };
            PathReport { path, problems: vec![problem], warnings: Vec::new(), missing }
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
                path.len() < self.work.limits().path_length && self.extend(path)
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
        let at = self.work.at();
        let mut found: Vec<Candidate<'a>> = self.work.named(last.issuer());
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
        if let Some((most, found)) = &mut self.found {
            found.push(path.to_vec());
            return found.len() >= *most;
        }
        let Checked { mut problems, mut warnings, issuer_keys } = check::check(self.work, path, self.purpose);
        let fatal = |p: &PathProblem| {
            matches!(p.kind, ProblemKind::NoChain | ProblemKind::ChainConstraints | ProblemKind::General)
        };
        if !problems.iter().any(fatal) && self.work.question.revocation != RevocationMode::Ignore {
            for (index, key) in issuer_keys.iter().enumerate() {
                let Some(above) = path.get(index.saturating_add(1)..) else { break };
                let Some(certificate) = path.get(index) else { break };
                match revocation::status(self.work, certificate, above, key) {
                    Status::Good => {}
                    Status::Revoked { time, reason } => {
                        let ca = index > 0;
                        let why = reason.map(|r| format!(" ({r})")).unwrap_or_default();
                        let message = format!("{} was revoked at {}{why}", certificate.display(), at(time));
                        let kind = ProblemKind::Revoked { time, reason, ca };
                        problems.push(PathProblem::new(kind, certificate, message));
                    }
                    Status::Unknown { why } => {
                        let message = format!("whether {} is revoked is not known: {why}", certificate.display());
                        if self.work.question.revocation == RevocationMode::Require {
                            problems.push(PathProblem::new(ProblemKind::RevocationUnknown, certificate, message));
                        } else {
                            warnings.push(message);
                        }
                    }
                }
            }
        }
        let mut report = PathReport { path: path.to_vec(), problems, warnings, missing: None };
        report.sort();
        let good = report.is_good();
        if self.best.as_ref().is_none_or(|best| report.badness() < best.badness()) {
            self.best = Some(report);
        }
        good
    }
}
