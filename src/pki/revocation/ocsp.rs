//! OCSP responses (RFC 6960).

use super::{Revoked, Statement, Status, Subject, is_strong, reason_name};
use crate::cms::ocsp::{BasicOcspResponse, CertStatus, OcspResponse, ResponderId, SingleResponse, key_bits};
use crate::digest::{DigestAlgorithm, sha256};
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use crate::pki::crypto::{SchemeFacts, Signed};
use crate::pki::name::Name;
use crate::pki::purpose::OCSP_SIGNING;
use crate::pki::work::Work;
use time::Duration;

const HOLD: u8 = 6;

/// How long an answer without nextUpdate counts as fresh.
const WITHOUT_NEXT: Duration = Duration::hours(24);

/// A BasicOCSPResponse.
pub struct Response {
    basic: BasicOcspResponse,
    sha256: [u8; 32],
    /// The responder's name, if it is named by that.
    name: Option<Name>,
    certificates: Vec<Certificate>,
}

impl Response {
    /// Reads an OCSPResponse or a BasicOCSPResponse; `None` if it is malformed or no answer.
    pub fn read(der: &[u8]) -> Option<Self> {
        let basic = OcspResponse::parse(der, Limits::in_force()).ok()?.basic?;
        if basic.data.extensions.unknown_critical {
            return None;
        }
        let name = match &basic.data.responder {
            ResponderId::Name(name) => Some(Name::parse(name)?),
            ResponderId::Key(_) => None,
        };
        let certificates = basic.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
        Some(Self { basic, sha256: sha256(der), name, certificates })
    }

    /// The answer about the certificate.
    fn answer(&self, subject: &Subject<'_>) -> Option<&SingleResponse> {
        let key = subject.issuer.subject_public_key_info();
        let names = [subject.certificate.issuer(), subject.issuer.subject()];
        self.basic.data.responses.iter().find(|answer| {
            !answer.extensions.unknown_critical
                && answer.cert_id.serial == subject.certificate.serial()
                && names.iter().any(|name| answer.cert_id.is_of(name.raw(), key))
        })
    }

    fn is_by(&self, certificate: &Certificate) -> bool {
        match &self.basic.data.responder {
            ResponderId::Name(_) => self.name.as_ref() == Some(certificate.subject()),
            ResponderId::Key(hash) => key_bits(certificate.subject_public_key_info())
                .is_ok_and(|key| DigestAlgorithm::Sha1.hash(key) == *hash),
        }
    }

    /// Who signed it: the issuer, or a responder that the issuer named for that (RFC 6960 section 4.2.2.2).
    fn signer(&self, work: &Work<'_, '_>, subject: &Subject<'_>) -> Option<(Certificate, SchemeFacts)> {
        let signed_by = |key: &[u8]| {
            let basic = &self.basic;
            let message = Signed::Message(&basic.tbs);
            let verified = work.verify(self.sha256, key, &basic.algorithm, message, &basic.signature);
            verified.ok().filter(|facts| is_strong(work, facts))
        };
        if self.is_by(subject.issuer)
            && let Some(facts) = signed_by(subject.issuer_key)
        {
            return Some((subject.issuer.clone(), facts));
        }
        let others = work.library.intermediates.iter().chain(work.library.anchors.iter());
        self.certificates.iter().chain(others).filter(|c| self.is_by(c)).find_map(|responder| {
            let named = work.step() && self.is_delegate(work, responder, subject);
            let facts = signed_by(responder.subject_public_key_info()).filter(|_| named)?;
            Some((responder.clone(), facts))
        })
    }

    fn is_delegate(&self, work: &Work<'_, '_>, responder: &Certificate, subject: &Subject<'_>) -> bool {
        let extensions = responder.extensions();
        let named =
            extensions.extended_key_usage.as_ref().is_some_and(|e| e.purposes.iter().any(|p| p == OCSP_SIGNING));
        let produced_at = self.basic.data.produced_at;
        let in_time = responder.not_before() <= produced_at && produced_at <= responder.not_after();
        // an anchor may be a responder that was configured as such
        let anchor = work.named(responder.subject()).iter().any(|c| c.anchor && c.certificate == responder);
        if !named || !in_time || !extensions.unknown_critical.is_empty() {
            return false;
        }
        anchor
            || (responder.issuer() == subject.issuer.subject()
                && work.verify_certificate(responder, subject.issuer_key).is_ok_and(|f| is_strong(work, &f))
                && is_not_revoked(work, responder, subject))
    }
}

/// The responder's certificate is not known to be revoked.
fn is_not_revoked(work: &Work<'_, '_>, responder: &Certificate, subject: &Subject<'_>) -> bool {
    if super::needs_none(responder) {
        return true;
    }
    let subject = Subject { certificate: responder, ..*subject };
    !matches!(super::crl::status(work, &subject), Status::Revoked { .. })
}

/// What the OCSP responses say.
pub fn status(work: &Work<'_, '_>, subject: &Subject<'_>) -> Status {
    let at = work.at();
    let mut good = false;
    let mut complaint = "";
    for response in &work.evidence().responses {
        let Some(answer) = response.answer(subject) else { continue };
        if !work.step() {
            return Status::Unknown { why: "finding out took more work than is allowed".to_owned() };
        }
        if response.signer(work, subject).is_none() {
            complaint = "an OCSP response is not signed as it must be";
            continue;
        }
        let next = answer.next_update.unwrap_or_else(|| answer.this_update.saturating_add(WITHOUT_NEXT));
        let fresh = subject.is_fresh(at, answer.this_update, next, answer.archive_cutoff);
        match answer.status {
            CertStatus::Revoked { time, reason } if time <= at && (fresh || reason != Some(HOLD)) => {
                return Status::Revoked { time, reason: reason.and_then(reason_name) };
            }
            CertStatus::Unknown => complaint = "the OCSP responder does not know it",
            _ if fresh => good = true,
            _ => complaint = "its OCSP response is not of the time",
        }
    }
    if good { Status::Good } else { Status::Unknown { why: complaint.to_owned() } }
}

/// All that OCSP responses say, judged as of when they said it.
pub fn statements(work: &Work<'_, '_>, subject: &Subject<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    for response in &work.evidence().responses {
        let Some(answer) = response.answer(subject) else { continue };
        let revoked = match answer.status {
            CertStatus::Good => None,
            CertStatus::Revoked { time, reason } => Some(Revoked { time, reason: reason.and_then(reason_name) }),
            CertStatus::Unknown => continue,
        };
        if !work.step() {
            break;
        }
        let Some((signer, scheme)) = work.as_of(answer.this_update, || response.signer(work, subject)) else {
            continue;
        };
        found.push(Statement {
            source: response.sha256,
            revoked,
            this_update: answer.this_update,
            next_update: answer.next_update.unwrap_or_else(|| answer.this_update.saturating_add(WITHOUT_NEXT)),
            knows_expired_since: answer.archive_cutoff,
            carries_signer: response.certificates.contains(&signer),
            signer,
            scheme,
        });
    }
    found
}
