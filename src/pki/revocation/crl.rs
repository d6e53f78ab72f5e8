//! What revocation lists say (RFC 5280 sections 5 and 6.3): whole and delta, direct and indirect, for all or some certificates and
//! reasons.

use super::certificate_list::{CertificateList, Entry, Parsed};
use super::{Revoked, Statement, Status, Subject, is_strong, is_trusted, reason_name};
use crate::pki::certificate::{Certificate, DistributionPoint, GeneralName, key_usage};
use crate::pki::crypto::SchemeFacts;
use crate::pki::work::Work;
use time::OffsetDateTime;

/// Reason flags 1 to 8; flag 0 is unused.
const ALL_REASONS: u16 = 0x1FE;
const HOLD: u8 = 6;
const REMOVE: u8 = 8;

/// A list that could be read.
#[derive(Clone, Copy)]
pub struct Crl<'a> {
    list: &'a CertificateList,
    parsed: &'a Parsed,
}

impl std::ops::Deref for Crl<'_> {
    type Target = Parsed;

    fn deref(&self) -> &Parsed {
        self.parsed
    }
}

impl<'a> Crl<'a> {
    /// Reads a list; `None` if it is malformed.
    pub fn read(list: &'a CertificateList) -> Option<Self> {
        Some(Self { list, parsed: list.parsed()? })
    }

    fn reasons(&self) -> u16 {
        self.scope.reasons.unwrap_or(ALL_REASONS) & ALL_REASONS
    }

    /// Whether it speaks of the certificate, found by that distribution point (section 6.3.3 (b)).
    fn is_for(&self, point: &DistributionPoint, subject: &Subject<'_>) -> bool {
        let certificate = subject.certificate;
        let by_issuer = if point.crl_issuer.is_empty() {
            self.issuer == *certificate.issuer()
        } else {
            let named = |n: &GeneralName| matches!(n, GeneralName::Directory(name) if *name == self.issuer);
            self.scope.indirect && point.crl_issuer.iter().any(named)
        };
        let names = if point.names.is_empty() { &point.crl_issuer } else { &point.names };
        let by_name = self.scope.names.is_empty() || self.scope.names.iter().any(|n| names.contains(n));
        let is_ca = certificate.extensions().ca == Some(true);
        let by_kind = !(self.scope.only_attributes || if is_ca { self.scope.only_users } else { self.scope.only_cas });
        by_issuer && by_name && by_kind && !self.unknown_critical
    }

    fn is_fresh(&self, at: OffsetDateTime, subject: &Subject<'_>) -> bool {
        self.next_update.is_some_and(|next| subject.is_fresh(at, self.this_update, next, self.expired_since))
    }

    /// Which certificate of the list's issuer signed it (section 6.3.3 (f), (g)).
    fn signer(&self, work: &Work<'_, '_>, subject: &Subject<'_>) -> Option<(Certificate, SchemeFacts)> {
        let signed_by = |key: &[u8]| {
            let (id, message) = (self.list.sha256(), self.list.message(self.parsed, key));
            work.verify(id, key, &self.algorithm, message, &self.signature).ok().filter(|facts| is_strong(work, facts))
        };
        let may_sign = |certificate: &Certificate| {
            certificate.extensions().key_usage.is_none_or(|usage| usage & key_usage::CRL_SIGN != 0)
        };
        if *subject.issuer.subject() == self.issuer
            && may_sign(subject.issuer)
            && let Some(facts) = signed_by(subject.issuer_key)
        {
            return Some((subject.issuer.clone(), facts));
        }
        work.named(&self.issuer).iter().find_map(|candidate| {
            let signer = candidate.certificate;
            if !work.step() || !may_sign(signer) {
                return None;
            }
            let facts = signed_by(signer.subject_public_key_info())?;
            is_trusted(work, signer, subject.anchor).then(|| (signer.clone(), facts))
        })
    }

    fn is_authentic(&self, work: &Work<'_, '_>, subject: &Subject<'_>) -> bool {
        self.signer(work, subject).is_some()
    }

    /// What it says, completed by a delta list that is usable, the youngest of which comes first. An error says why it
    /// says nothing.
    fn look_up<'d>(
        &self,
        subject: &Subject<'_>,
        mut deltas: impl Iterator<Item = &'d Crl<'d>>,
    ) -> Result<(Option<Entry>, Option<&'d Crl<'d>>), &'static str> {
        let unusable = |_| "a revocation list cannot be processed";
        let entry = self.list.find(subject.certificate).map_err(unusable)?;
        let Some(delta) = deltas.next() else { return Ok((entry, None)) };
        let entry = match delta.list.find(subject.certificate).map_err(unusable)? {
            Some(Entry { reason: Some(REMOVE), .. }) => None,
            Some(newer) => Some(newer),
            None => entry,
        };
        Ok((entry, Some(delta)))
    }

    /// Whether the delta list goes with this whole list (section 6.3.3 (c)).
    fn is_completed_by(&self, delta: &Self) -> bool {
        let (Some(number), Some(base), Some(newer)) = (&self.number, &delta.base, &delta.number) else { return false };
        delta.issuer == self.issuer
            && delta.scope == self.scope
            && delta.authority_key_identifier == self.authority_key_identifier
            && !less(number, base)
            && less(number, newer)
            && !delta.unknown_critical
    }
}

/// Compares two magnitudes.
fn less(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) < (b.len(), b)
}

/// The lists that may speak of a certificate, and the places where its issuer says that they are found.
struct Search<'w> {
    crls: Vec<&'w Crl<'w>>,
    deltas: Vec<&'w Crl<'w>>,
    points: Vec<DistributionPoint>,
}

impl<'w> Search<'w> {
    fn new(work: &Work<'w, '_>, subject: &Subject<'_>) -> Self {
        // section 6.3.3, end: after the certificate's distribution points, its issuer's own lists
        let mut points = subject.certificate.extensions().distribution_points.clone();
        let concerns = |crl: &&Crl<'_>| {
            let issuer = |n: &GeneralName| matches!(n, GeneralName::Directory(name) if *name == crl.issuer);
            crl.issuer == *subject.certificate.issuer() || points.iter().any(|p| p.crl_issuer.iter().any(issuer))
        };
        let (deltas, crls) = work.evidence().crls.iter().filter(concerns).partition(|c| c.base.is_some());
        let names = vec![GeneralName::Directory(subject.certificate.issuer().clone())];
        points.push(DistributionPoint { names, ..DistributionPoint::default() });
        Self { crls, deltas, points }
    }
}

/// What the revocation lists say (section 6.3.3).
pub fn status(work: &Work<'_, '_>, subject: &Subject<'_>) -> Status {
    let at = work.at();
    let Search { crls, deltas, points } = Search::new(work, subject);
    let mut covered = 0_u16;
    let mut complaint = "";
    for point in &points {
        for crl in &crls {
            if !crl.is_for(point, subject) {
                continue;
            }
            if !work.step() {
                return Status::Unknown { why: "finding out took more work than is allowed".to_owned() };
            }
            let reasons = crl.reasons() & point.reasons.unwrap_or(ALL_REASONS);
            if reasons & !covered == 0 {
                continue;
            }
            if !crl.is_authentic(work, subject) {
                complaint = "a revocation list is not signed as it must be";
                continue;
            }
            let usable =
                |d: &&Crl<'_>| crl.is_completed_by(d) && d.is_fresh(at, subject) && d.is_authentic(work, subject);
            let entry = match crl.look_up(subject, deltas.iter().copied().filter(usable)) {
                Ok((entry, _)) => entry,
                Err(why) => {
                    complaint = why;
                    continue;
                }
            };
            let fresh = crl.is_fresh(at, subject);
            match entry {
                // an old list says nothing of who is not in it; who is in it stays revoked, but for a hold
                Some(entry) if entry.time <= at && (fresh || entry.reason != Some(HOLD)) => {
                    return Status::Revoked { time: entry.time, reason: entry.reason.and_then(reason_name) };
                }
                _ if fresh => covered |= reasons,
                _ => complaint = "its revocation list is not of the time",
            }
        }
        if covered == ALL_REASONS {
            return Status::Good;
        }
    }
    Status::Unknown { why: complaint.to_owned() }
}

/// All that revocation lists say, judged as of when they said it. Lists for some reasons only say together that a certificate
/// is not revoked.
pub fn statements(work: &Work<'_, '_>, subject: &Subject<'_>) -> Vec<Statement> {
    let Search { crls, deltas, points } = Search::new(work, subject);
    let mut found = Vec::new();
    let mut covered = 0_u16;
    let mut together: Option<Statement> = None;
    for crl in crls {
        let for_reasons = |p: &DistributionPoint| crl.reasons() & p.reasons.unwrap_or(ALL_REASONS);
        let reasons = points.iter().filter(|p| crl.is_for(p, subject)).map(for_reasons).fold(0, |all, r| all | r);
        if reasons == 0 {
            continue;
        }
        if !work.step() {
            break;
        }
        let Some((signer, scheme)) = work.as_of(crl.this_update, || crl.signer(work, subject)) else { continue };
        let usable =
            |d: &&Crl<'_>| crl.is_completed_by(d) && work.as_of(d.this_update, || d.is_authentic(work, subject));
        let Ok((entry, delta)) = crl.look_up(subject, deltas.iter().copied().filter(usable)) else { continue };
        let newest = delta.unwrap_or(crl);
        let statement = Statement {
            source: newest.list.sha256(),
            revoked: entry.map(|e| Revoked { time: e.time, reason: e.reason.and_then(reason_name) }),
            this_update: newest.this_update,
            next_update: newest.next_update.unwrap_or(newest.this_update),
            knows_expired_since: crl.expired_since,
            signer,
            carries_signer: false,
            scheme,
        };
        if reasons == ALL_REASONS || statement.revoked.is_some() {
            found.push(statement);
        } else if reasons & !covered != 0 {
            covered |= reasons;
            // the oldest is what all of them together are as good as
            let older = together.take().filter(|t| t.this_update < statement.this_update);
            together = Some(older.unwrap_or(statement));
        }
    }
    found.extend(together.filter(|_| covered == ALL_REASONS));
    found
}
