//! OCSP responses (RFC 6960).

use super::{Status, Subject, is_strong, reason_name};
use crate::cms::ber::{Reader, Tlv, tag};
use crate::cms::{AlgorithmIdentifier, CmsError};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use crate::pki::build::Work;
use crate::pki::certificate::Certificate;
use crate::pki::name::Name;
use crate::pki::purpose::OCSP_SIGNING;
use std::borrow::Cow;
use time::{Duration, OffsetDateTime};

const HOLD: u8 = 6;

/// How long an answer without nextUpdate counts as fresh.
const WITHOUT_NEXT: Duration = Duration::hours(24);

/// id-pkix-ocsp-basic.
const BASIC: [u8; 9] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
const ENUMERATED: u8 = 0x0A;

/// A BasicOCSPResponse.
pub struct Response {
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    responder: Responder,
    produced_at: OffsetDateTime,
    answers: Vec<Answer>,
    certificates: Vec<Certificate>,
}

enum Responder {
    Name(Name),
    /// SHA-1 of the responder's key.
    Key(Vec<u8>),
}

/// A SingleResponse.
struct Answer {
    digest: DigestAlgorithm,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
    says: Says,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
}

enum Says {
    Good,
    Revoked(OffsetDateTime, Option<u8>),
    Unknown,
}

fn read_response(der: &[u8]) -> Result<Option<Response>, CmsError> {
    let what = "the OCSP response";
    let mut outer = Reader::new(der, &Limits::DEFAULT).sequence(what)?;
    let basic: Cow<'_, [u8]> = if outer.peek() == Some(ENUMERATED) {
        if outer.next(what)?.contents != [0] {
            return Ok(None);
        }
        let mut bytes = outer.expect(tag::context(0), what)?.children()?.sequence(what)?;
        if bytes.expect(tag::OID, what)?.contents != BASIC {
            return Ok(None);
        }
        bytes.octet_string(what)?
    } else {
        Cow::Borrowed(der)
    };
    let mut members = Reader::new(&basic, &Limits::DEFAULT).sequence(what)?;
    let data = members.expect(tag::SEQUENCE, what)?;
    let algorithm = members.expect(tag::SEQUENCE, what)?.raw.to_vec();
    let signature = members.next(what)?.bit_string_octets(what)?.to_vec();
    let mut certificates = Vec::new();
    if let Some(list) = members.optional(tag::context(0), what)? {
        let mut list = list.children()?.sequence(what)?;
        while !list.is_empty() {
            certificates.extend(Certificate::parse(list.next(what)?.raw).ok());
        }
    }
    let tbs = data.raw.to_vec();
    let mut data = data.children()?;
    data.optional(tag::context(0), what)?;
    let id = data.next(what)?;
    let responder = match id.tag {
        0xA1 => match Name::parse(id.contents) {
            Some(name) => Responder::Name(name),
            None => return Ok(None),
        },
        0xA2 => Responder::Key(id.children()?.octet_string(what)?.into_owned()),
        _ => return Ok(None),
    };
    let produced_at = data.next(what)?.time(what)?;
    let mut list = data.sequence(what)?;
    let mut answers = Vec::new();
    while !list.is_empty() {
        answers.extend(read_answer(list.sequence(what)?)?);
    }
    if let Some(extensions) = data.optional(tag::context(1), what)?
        && has_unknown_critical(&extensions)?
    {
        return Ok(None);
    }
    Ok(Some(Response { tbs, algorithm, signature, responder, produced_at, answers, certificates }))
}

/// A SingleResponse; `None` if its digest algorithm or an extension is not known.
fn read_answer(mut members: Reader<'_>) -> Result<Option<Answer>, CmsError> {
    let what = "an answer of the OCSP response";
    let mut id = members.sequence(what)?;
    let digest = AlgorithmIdentifier::read(&mut id, what)?.digest();
    let issuer_name = id.octet_string(what)?.into_owned();
    let issuer_key = id.octet_string(what)?.into_owned();
    let serial = id.expect(tag::INTEGER, what)?.contents.to_vec();
    let status = members.next(what)?;
    let says = match status.tag {
        0x80 => Says::Good,
        0xA1 => {
            let mut info = status.children()?;
            let time = info.next(what)?.time(what)?;
            let reason = info.optional(tag::context(0), what)?;
            let reason = reason.map(|r| r.children()?.expect(ENUMERATED, what)).transpose()?;
            Says::Revoked(time, reason.and_then(|r| r.contents.first().copied()))
        }
        _ => Says::Unknown,
    };
    let this_update = members.next(what)?.time(what)?;
    let next_update =
        members.optional(tag::context(0), what)?.map(|next| next.children()?.next(what)?.time(what)).transpose()?;
    if let Some(extensions) = members.optional(tag::context(1), what)?
        && has_unknown_critical(&extensions)?
    {
        return Ok(None);
    }
    Ok(digest.map(|digest| Answer { digest, issuer_name, issuer_key, serial, says, this_update, next_update }))
}

/// Whether there is a critical extension other than the nonce, which is for who asked.
fn has_unknown_critical(extensions: &Tlv<'_>) -> Result<bool, CmsError> {
    let what = "an extension of the OCSP response";
    let nonce = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
    let mut list = extensions.children()?.sequence(what)?;
    while !list.is_empty() {
        let mut extension = list.sequence(what)?;
        let oid = extension.expect(tag::OID, what)?.contents;
        let critical = extension.optional(tag::BOOLEAN, what)?.map(|b| b.boolean(what)).transpose()?.unwrap_or(false);
        if critical && oid != nonce {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The bits of the key inside a SubjectPublicKeyInfo, which OCSP hashes.
fn key_octets(spki: &[u8]) -> Option<&[u8]> {
    let what = "the public key";
    let mut members = Reader::new(spki, &Limits::DEFAULT).sequence(what).ok()?;
    members.next(what).ok()?;
    members.next(what).ok()?.bit_string_octets(what).ok()
}

impl Response {
    /// Reads an OCSPResponse or a BasicOCSPResponse; `None` if it is malformed or no answer.
    pub fn read(der: &[u8]) -> Option<Self> {
        read_response(der).ok().flatten()
    }

    /// The answer about the certificate.
    fn answer(&self, subject: &Subject<'_>) -> Option<&Answer> {
        let key = key_octets(subject.issuer.subject_public_key_info())?;
        self.answers.iter().find(|answer| {
            let name = |name: &Name| answer.digest.hash(name.raw()) == answer.issuer_name;
            answer.serial == subject.certificate.serial()
                && answer.digest.hash(key) == answer.issuer_key
                && (name(subject.certificate.issuer()) || name(subject.issuer.subject()))
        })
    }

    fn is_by(&self, certificate: &Certificate) -> bool {
        match &self.responder {
            Responder::Name(name) => name == certificate.subject(),
            Responder::Key(hash) => key_octets(certificate.subject_public_key_info())
                .is_some_and(|key| DigestAlgorithm::Sha1.hash(key) == *hash),
        }
    }

    /// Whether the issuer, or a responder that the issuer named for that, signed it (RFC 6960 section 4.2.2.2).
    fn is_authentic(&self, work: &Work<'_>, subject: &Subject<'_>) -> bool {
        let signed_by = |key: &[u8]| {
            work.verify(key, &self.algorithm, &self.tbs, &self.signature).is_ok_and(|facts| is_strong(work, &facts))
        };
        if self.is_by(subject.issuer) && signed_by(subject.issuer_key) {
            return true;
        }
        let others = work.inputs.intermediates.iter().chain(work.inputs.anchors.iter());
        self.certificates.iter().chain(others).filter(|c| self.is_by(c)).any(|responder| {
            work.step() && self.is_delegate(work, responder, subject) && signed_by(responder.subject_public_key_info())
        })
    }

    fn is_delegate(&self, work: &Work<'_>, responder: &Certificate, subject: &Subject<'_>) -> bool {
        let extensions = responder.extensions();
        let named =
            extensions.extended_key_usage.as_ref().is_some_and(|e| e.purposes.iter().any(|p| p == OCSP_SIGNING));
        let in_time = responder.not_before() <= self.produced_at && self.produced_at <= responder.not_after();
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
fn is_not_revoked(work: &Work<'_>, responder: &Certificate, subject: &Subject<'_>) -> bool {
    if super::needs_none(responder) {
        return true;
    }
    let subject = Subject { certificate: responder, ..*subject };
    !matches!(super::crl::status(work, &subject), Status::Revoked { .. })
}

/// What the OCSP responses say.
pub fn status(work: &Work<'_>, subject: &Subject<'_>) -> Status {
    let at = work.inputs.at;
    let mut good = false;
    let mut complaint = "";
    for response in &work.evidence().responses {
        let Some(answer) = response.answer(subject) else { continue };
        if !work.step() {
            return Status::Unknown { why: "finding out took more work than is allowed".to_owned() };
        }
        if !response.is_authentic(work, subject) {
            complaint = "an OCSP response is not signed as it must be";
            continue;
        }
        let next = answer.next_update.unwrap_or_else(|| answer.this_update.saturating_add(WITHOUT_NEXT));
        let fresh = subject.is_fresh(at, answer.this_update, next, None);
        match answer.says {
            Says::Revoked(time, reason) if time <= at && (fresh || reason != Some(HOLD)) => {
                return Status::Revoked { time, reason: reason.and_then(reason_name) };
            }
            Says::Unknown => complaint = "the OCSP responder does not know it",
            _ if fresh => good = true,
            _ => complaint = "its OCSP response is not of the time",
        }
    }
    if good { Status::Good } else { Status::Unknown { why: complaint.to_owned() } }
}
