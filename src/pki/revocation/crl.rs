//! Revocation lists (RFC 5280 sections 5 and 6.3): whole and delta, direct and indirect, for all or some certificates and reasons.

use super::{Revoked, Statement, Status, Subject, is_strong, is_trusted, reason_name};
use crate::cms::CmsError;
use crate::cms::ber::{Reader, Tlv, tag};
use crate::digest::sha256;
use crate::limits::Limits;
use crate::pki::certificate::{Certificate, DistributionPoint, GeneralName, Signed, key_usage};
use crate::pki::crypto::SchemeFacts;
use crate::pki::distribution::{IssuingDistributionPoint, general_names, read_issuing};
use crate::pki::name::Name;
use crate::pki::work::Work;
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// Reason flags 1 to 8; flag 0 is unused.
const ALL_REASONS: u16 = 0x1FE;
const KEY_COMPROMISE: u8 = 1;
const CA_COMPROMISE: u8 = 2;
const HOLD: u8 = 6;
const REMOVE: u8 = 8;

/// As many entries as fit in the bytes: nothing is kept of them.
const LIMITS: Limits = Limits { der_elements: usize::MAX, ..Limits::DEFAULT };

/// A revocation list, read but for its entries.
pub struct Crl<'a> {
    der: &'a [u8],
    signed: Signed<'a>,
    issuer: Name,
    pub this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    entries: Option<Tlv<'a>>,
    number: Option<Vec<u8>>,
    /// BaseCRLNumber of a delta list.
    base: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    scope: IssuingDistributionPoint,
    /// expiredCertsOnCRL (X.509 clause 9.5.2.8).
    expired_since: Option<OffsetDateTime>,
    unknown_critical: bool,
}

/// What a list says about a certificate.
struct Entry {
    time: OffsetDateTime,
    reason: Option<u8>,
}

impl<'a> Crl<'a> {
    /// Reads a list; `None` if it is malformed.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        Self::try_read(der).ok().flatten()
    }

    fn try_read(der: &'a [u8]) -> Result<Option<Self>, CmsError> {
        let what = "the revocation list";
        let signed = Signed::read(der)?;
        let mut members = Reader::new(signed.tbs, &LIMITS).sequence(what)?;
        members.optional(tag::INTEGER, what)?;
        members.expect(tag::SEQUENCE, what)?;
        let Some(issuer) = Name::parse(members.expect(tag::SEQUENCE, what)?.raw) else { return Ok(None) };
        let this_update = members.next(what)?.time(what)?;
        let is_time = |peeked| matches!(peeked, Some(tag::UTC_TIME | tag::GENERALIZED_TIME));
        let next_update = if is_time(members.peek()) { Some(members.next(what)?.time(what)?) } else { None };
        let entries = members.optional(tag::SEQUENCE, what)?;
        let mut crl = Self {
            der,
            signed,
            issuer,
            this_update,
            next_update,
            entries,
            number: None,
            base: None,
            authority_key_identifier: None,
            scope: IssuingDistributionPoint::default(),
            expired_since: None,
            unknown_critical: false,
        };
        if let Some(extensions) = members.optional(tag::context(0), what)? {
            let mut extensions = extensions.children()?.sequence(what)?;
            let mut seen = BTreeSet::new();
            while !extensions.is_empty() {
                let extension = Extension::read(&mut extensions)?;
                if !seen.insert(extension.oid) {
                    return Ok(None);
                }
                crl.take_in(&extension)?;
            }
        }
        members.finish(what)?;
        Ok(Some(crl))
    }

    fn take_in(&mut self, extension: &Extension<'_>) -> Result<(), CmsError> {
        let what = "an extension of the revocation list";
        match extension.oid {
            [0x55, 0x1D, 20] => self.number = Some(extension.value()?.unsigned(what)?.to_vec()),
            [0x55, 0x1D, 27] => self.base = Some(extension.value()?.unsigned(what)?.to_vec()),
            [0x55, 0x1D, 60] => self.expired_since = Some(extension.value()?.time(what)?),
            [0x55, 0x1D, 28] => self.scope = read_issuing(extension.contents, &self.issuer)?,
            [0x55, 0x1D, 35] => {
                let id = extension.value()?.children()?.optional(tag::context_primitive(0), what)?;
                self.authority_key_identifier = id.map(|id| id.contents.to_vec());
            }
            // issuerAltName, freshestCRL
            [0x55, 0x1D, 18 | 46] => {}
            _ => self.unknown_critical |= extension.critical,
        }
        Ok(())
    }

    fn reasons(&self) -> u16 {
        self.scope.reasons.unwrap_or(ALL_REASONS) & ALL_REASONS
    }

    /// The certificate's entry. An error if the list has an entry that may not be passed over.
    fn find(&self, certificate: &Certificate) -> Result<Option<Entry>, CmsError> {
        let what = "an entry of the revocation list";
        let Some(entries) = &self.entries else { return Ok(None) };
        let mut entries = entries.children()?;
        let mut found = None;
        // whose certificates an indirect list speaks of: the issuer of the entry before, at first that of the list
        let mut concerns = self.issuer == *certificate.issuer();
        while !entries.is_empty() {
            let mut entry = entries.sequence(what)?;
            let serial = entry.expect(tag::INTEGER, what)?.contents;
            let time = entry.next(what)?;
            let (mut reason, mut invalid_since) = (None, None);
            if let Some(extensions) = entry.optional(tag::SEQUENCE, what)? {
                let mut extensions = extensions.children()?;
                while !extensions.is_empty() {
                    let extension = Extension::read(&mut extensions)?;
                    match extension.oid {
                        [0x55, 0x1D, 21] => reason = extension.value()?.contents.first().copied(),
                        [0x55, 0x1D, 29] if self.scope.indirect => {
                            let issuer = GeneralName::Directory(certificate.issuer().clone());
                            concerns = general_names(&extension.value()?)?.contains(&issuer);
                        }
                        [0x55, 0x1D, 24] => invalid_since = Some(extension.value()?),
                        // holdInstructionCode
                        [0x55, 0x1D, 23] => {}
                        _ if extension.critical => {
                            return Err(CmsError::Malformed { what: "a critical extension not known" });
                        }
                        _ => {}
                    }
                }
            }
            if concerns && serial == certificate.serial() && found.is_none() {
                let mut time = time.time(what)?;
                // section 5.3.2: since when the key is known or thought to be compromised
                if let (Some(since), Some(KEY_COMPROMISE | CA_COMPROMISE)) = (invalid_since, reason) {
                    time = time.min(since.time(what)?);
                }
                found = Some(Entry { time, reason });
            }
        }
        Ok(found)
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
            work.verify(key, self.signed.algorithm, self.signed.tbs, self.signed.signature)
                .ok()
                .filter(|facts| is_strong(work, facts))
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
        let entry = self.find(subject.certificate).map_err(unusable)?;
        let Some(delta) = deltas.next() else { return Ok((entry, None)) };
        let entry = match delta.find(subject.certificate).map_err(unusable)? {
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

/// An extension of a list or an entry.
struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    contents: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(extensions: &mut Reader<'a>) -> Result<Self, CmsError> {
        let what = "an extension of the revocation list";
        let mut members = extensions.sequence(what)?;
        let oid = members.expect(tag::OID, what)?.contents;
        let critical = members.optional(tag::BOOLEAN, what)?.map(|b| b.boolean(what)).transpose()?.unwrap_or(false);
        let contents = members.expect(tag::OCTET_STRING, what)?.contents;
        members.finish(what)?;
        Ok(Self { oid, critical, contents })
    }

    fn value(&self) -> Result<Tlv<'a>, CmsError> {
        Reader::new(self.contents, &LIMITS).next("an extension of the revocation list")
    }
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
            source: sha256(newest.der),
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
