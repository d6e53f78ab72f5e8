//! OCSP (RFC 6960), its nonce by RFC 9654: requests and responses, unjudged.

use super::ber::{Reader, Tlv, tag};
use super::{AlgorithmIdentifier, CmsError, Oid, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use time::OffsetDateTime;

/// CertID: which certificate is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// The digest algorithm of the two that follow.
    pub algorithm: AlgorithmIdentifier,
    /// Digest of the issuer's distinguished name.
    pub issuer_name: Vec<u8>,
    /// Digest of the issuer's key, see [`key_bits`].
    pub issuer_key: Vec<u8>,
    /// The contents octets of the serial number.
    pub serial: Vec<u8>,
}

/// The bits of the key inside a SubjectPublicKeyInfo, which OCSP hashes.
pub fn key_bits(spki: &[u8]) -> Result<&[u8], CmsError> {
    let what = "the public key";
    let mut members = Reader::new(spki, &Limits::DEFAULT).sequence(what)?;
    members.next(what)?;
    members.next(what)?.bit_string_octets(what)
}

impl CertId {
    /// The certificate with this serial number (contents octets) of this issuer, named by its encoded
    /// distinguished name and SubjectPublicKeyInfo.
    pub fn new(digest: DigestAlgorithm, issuer: &[u8], spki: &[u8], serial: &[u8]) -> Result<Self, CmsError> {
        // parameters NULL, as responders expect that compare byte by byte (RFC 5019 section 2.1.1)
        let algorithm = encode::sequence(&[&encode::tlv(tag::OID, &[digest.oid().as_bytes()]), &encode::NULL]);
        Ok(Self {
            algorithm: AlgorithmIdentifier::read(&mut Reader::new(&algorithm, &Limits::DEFAULT), "the CertID")?,
            issuer_name: digest.hash(issuer),
            issuer_key: digest.hash(key_bits(spki)?),
            serial: serial.to_vec(),
        })
    }

    /// Whether it is one of this issuer's; false if the digest algorithm is not known.
    pub fn is_of(&self, issuer: &[u8], spki: &[u8]) -> bool {
        self.algorithm.digest().is_some_and(|digest| {
            digest.hash(issuer) == self.issuer_name
                && key_bits(spki).is_ok_and(|key| digest.hash(key) == self.issuer_key)
        })
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CmsError> {
        let what = "the CertID";
        let mut members = reader.sequence(what)?;
        let algorithm = AlgorithmIdentifier::read(&mut members, what)?;
        let issuer_name = members.octet_string(what)?.into_owned();
        let issuer_key = members.octet_string(what)?.into_owned();
        let serial = members.expect(tag::INTEGER, what)?.contents.to_vec();
        members.finish(what)?;
        Ok(Self { algorithm, issuer_name, issuer_key, serial })
    }

    fn encode(&self) -> Vec<u8> {
        encode::sequence(&[
            &self.algorithm.raw,
            &encode::octet_string(&self.issuer_name),
            &encode::octet_string(&self.issuer_key),
            &encode::tlv(tag::INTEGER, &[&self.serial]),
        ])
    }
}

/// What the extensions of a request, a response or an answer in it say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    /// The value of the nonce extension as it stands: an encoded OCTET STRING, but in responses of old responders.
    pub nonce: Option<Vec<u8>>,
    /// There is a critical extension that is not known.
    pub unknown_critical: bool,
}

impl Extensions {
    /// Reads the extensions within an explicit tag, if there are any.
    fn read(explicit: Option<Tlv<'_>>) -> Result<Self, CmsError> {
        let what = "an extension";
        let mut found = Self::default();
        let Some(explicit) = explicit else { return Ok(found) };
        let mut list = explicit.children()?.sequence(what)?;
        while !list.is_empty() {
            let mut extension = list.sequence(what)?;
            let kind = Oid::read(&mut extension, what)?;
            let critical = extension.optional(tag::BOOLEAN, what)?.map(|b| b.boolean(what)).transpose()?;
            let value = extension.octet_string(what)?;
            extension.finish(what)?;
            if kind == oid::OCSP_NONCE {
                found.nonce = Some(value.into_owned());
            } else {
                found.unknown_critical |= critical.unwrap_or(false);
            }
        }
        Ok(found)
    }

    /// Nothing, or the nonce under the explicit tag with this number.
    fn encode(&self, number: u8) -> Vec<u8> {
        let Some(nonce) = &self.nonce else { return Vec::new() };
        let extension = encode::sequence(&[&encode::oid(&oid::OCSP_NONCE), &encode::octet_string(nonce)]);
        encode::tlv(tag::context(number), &[&encode::sequence(&[&extension])])
    }
}

/// OCSPRequest, without the signature that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    /// 0 is version 1, the only one.
    pub version: u64,
    /// The certificates that are asked for.
    pub cert_ids: Vec<CertId>,
    /// What its extensions, and those of the single requests, say.
    pub extensions: Extensions,
}

impl OcspRequest {
    /// Parses a request.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the OCSP request";
        let mut outer = Reader::new(bytes, limits);
        let mut whole = outer.sequence(what)?;
        outer.finish(what)?;
        let mut members = whole.sequence(what)?;
        whole.optional(tag::context(0), what)?;
        whole.finish(what)?;
        let version = match members.optional(tag::context(0), what)? {
            Some(version) => version.children()?.next(what)?.small_integer(what)?,
            None => 0,
        };
        members.optional(tag::context(1), what)?;
        let mut list = members.sequence(what)?;
        let mut cert_ids = Vec::new();
        let mut unknown_critical = false;
        while !list.is_empty() {
            let mut single = list.sequence(what)?;
            cert_ids.push(CertId::read(&mut single)?);
            unknown_critical |= Extensions::read(single.optional(tag::context(0), what)?)?.unknown_critical;
            single.finish(what)?;
        }
        let mut extensions = Extensions::read(members.optional(tag::context(2), what)?)?;
        extensions.unknown_critical |= unknown_critical;
        members.finish(what)?;
        if let Some(nonce) = &extensions.nonce {
            let mut value = Reader::new(nonce, limits);
            let octets = value.octet_string("the nonce")?;
            value.finish("the nonce")?;
            // RFC 9654 section 2.1
            if !(1..=128).contains(&octets.len()) {
                return Err(CmsError::Malformed { what: "the nonce" });
            }
        }
        Ok(Self { version, cert_ids, extensions })
    }

    /// DER: version 1, the certificates, the nonce.
    pub fn encode(&self) -> Vec<u8> {
        let single: Vec<Vec<u8>> = self.cert_ids.iter().map(|id| encode::sequence(&[&id.encode()])).collect();
        let single: Vec<&[u8]> = single.iter().map(Vec::as_slice).collect();
        encode::sequence(&[&encode::sequence(&[&encode::sequence(&single), &self.extensions.encode(2)])])
    }
}

/// OCSPResponseStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspResponseStatus {
    /// There is a response.
    Successful,
    /// The request cannot be read.
    MalformedRequest,
    /// Something in the responder failed.
    InternalError,
    /// The responder can't answer for now.
    TryLater,
    /// The responder answers only signed requests.
    SigRequired,
    /// The responder does not answer this client, or not for this certificate (RFC 5019 section 2.2.3).
    Unauthorized,
}

impl OcspResponseStatus {
    const ALL: [(u8, Self, &'static str); 6] = [
        (0, Self::Successful, "successful"),
        (1, Self::MalformedRequest, "malformedRequest"),
        (2, Self::InternalError, "internalError"),
        (3, Self::TryLater, "tryLater"),
        (5, Self::SigRequired, "sigRequired"),
        (6, Self::Unauthorized, "unauthorized"),
    ];

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, status, _)| *status == self).map_or("", |(_, _, name)| name)
    }

    /// The OCSPResponse that says nothing more.
    pub fn response(self) -> Vec<u8> {
        encode::sequence(&[&self.encode()])
    }

    fn encode(self) -> Vec<u8> {
        encode::enumerated(Self::ALL.iter().find(|(_, status, _)| *status == self).map_or(2, |(code, ..)| *code))
    }
}

/// CertStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// It is not revoked.
    Good,
    /// It is revoked.
    Revoked {
        /// Since when.
        time: OffsetDateTime,
        /// CRLReason (RFC 5280 section 5.3.1), if it is said.
        reason: Option<u8>,
    },
    /// The responder does not know it.
    Unknown,
}

/// SingleResponse: the answer about one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleResponse {
    /// Which certificate.
    pub cert_id: CertId,
    /// How it stands.
    pub status: CertStatus,
    /// When that was known to be so.
    pub this_update: OffsetDateTime,
    /// When more will be known.
    pub next_update: Option<OffsetDateTime>,
    /// How far back the responder knows of certificates that have expired since (archiveCutoff, section 4.4.4).
    pub archive_cutoff: Option<OffsetDateTime>,
    /// What its extensions say.
    pub extensions: Extensions,
}

impl SingleResponse {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CmsError> {
        let what = "an answer of the OCSP response";
        let mut members = reader.sequence(what)?;
        let cert_id = CertId::read(&mut members)?;
        let value = members.next(what)?;
        let status = if value.tag == tag::context_primitive(0) {
            CertStatus::Good
        } else if value.tag == tag::context(1) {
            let mut info = value.children()?;
            let time = info.next(what)?.time(what)?;
            let reason = info.optional(tag::context(0), what)?;
            let reason = reason.map(|r| r.children()?.expect(tag::ENUMERATED, what)).transpose()?;
            CertStatus::Revoked { time, reason: reason.and_then(|r| r.contents.first().copied()) }
        } else {
            CertStatus::Unknown
        };
        let this_update = members.next(what)?.time(what)?;
        let next_update = members.optional(tag::context(0), what)?;
        let next_update = next_update.map(|next| next.children()?.next(what)?.time(what)).transpose()?;
        let explicit = members.optional(tag::context(1), what)?;
        let archive_cutoff = archive_cutoff(explicit.as_ref())?;
        let extensions = Extensions::read(explicit)?;
        members.finish(what)?;
        Ok(Self { cert_id, status, this_update, next_update, archive_cutoff, extensions })
    }

    fn encode(&self) -> Vec<u8> {
        let status = match self.status {
            CertStatus::Good => encode::tlv(tag::context_primitive(0), &[]),
            CertStatus::Revoked { time, reason } => {
                let reason = reason.map(|r| encode::tlv(tag::context(0), &[&encode::enumerated(r)]));
                encode::tlv(tag::context(1), &[&encode::generalized_time(time), &reason.unwrap_or_default()])
            }
            CertStatus::Unknown => encode::tlv(tag::context_primitive(2), &[]),
        };
        let next = self.next_update.map(|next| encode::tlv(tag::context(0), &[&encode::generalized_time(next)]));
        let this = encode::generalized_time(self.this_update);
        let cutoff = self.archive_cutoff.map(|cutoff| {
            let value = encode::octet_string(&encode::generalized_time(cutoff));
            let extension = encode::sequence(&[&encode::oid(&oid::OCSP_ARCHIVE_CUTOFF), &value]);
            encode::tlv(tag::context(1), &[&encode::sequence(&[&extension])])
        });
        let id = self.cert_id.encode();
        encode::sequence(&[&id, &status, &this, &next.unwrap_or_default(), &cutoff.unwrap_or_default()])
    }
}

/// The value of archiveCutoff among the extensions of an answer, within their explicit tag.
fn archive_cutoff(explicit: Option<&Tlv<'_>>) -> Result<Option<OffsetDateTime>, CmsError> {
    let what = "archiveCutoff";
    let Some(explicit) = explicit else { return Ok(None) };
    let mut list = explicit.children()?.sequence(what)?;
    while !list.is_empty() {
        let mut extension = list.sequence(what)?;
        if Oid::read(&mut extension, what)? == oid::OCSP_ARCHIVE_CUTOFF {
            extension.optional(tag::BOOLEAN, what)?;
            let value = extension.octet_string(what)?;
            return Reader::new(&value, &Limits::DEFAULT).next(what)?.time(what).map(Some);
        }
    }
    Ok(None)
}

/// ResponderID: who signed a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// By its distinguished name, encoded.
    Name(Vec<u8>),
    /// By the SHA-1 of its key, see [`key_bits`].
    Key(Vec<u8>),
}

/// ResponseData: what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseData {
    /// Who signed it.
    pub responder: ResponderId,
    /// When it was signed.
    pub produced_at: OffsetDateTime,
    /// The answers.
    pub responses: Vec<SingleResponse>,
    /// What its extensions say.
    pub extensions: Extensions,
}

impl ResponseData {
    /// DER, without other extensions than the nonce.
    pub fn encode(&self) -> Vec<u8> {
        let responder = match &self.responder {
            ResponderId::Name(name) => encode::tlv(tag::context(1), &[name]),
            ResponderId::Key(hash) => encode::tlv(tag::context(2), &[&encode::octet_string(hash)]),
        };
        let responses: Vec<Vec<u8>> = self.responses.iter().map(SingleResponse::encode).collect();
        let responses: Vec<&[u8]> = responses.iter().map(Vec::as_slice).collect();
        let produced_at = encode::generalized_time(self.produced_at);
        encode::sequence(&[&responder, &produced_at, &encode::sequence(&responses), &self.extensions.encode(1)])
    }

    fn read(value: &Tlv<'_>) -> Result<Self, CmsError> {
        let what = "the OCSP response";
        let mut members = value.children()?;
        members.optional(tag::context(0), what)?;
        let id = members.next(what)?;
        let responder = match id.tag {
            0xA1 => ResponderId::Name(id.contents.to_vec()),
            0xA2 => ResponderId::Key(id.children()?.octet_string(what)?.into_owned()),
            _ => return Err(CmsError::Malformed { what: "the responder's identifier" }),
        };
        let produced_at = members.next(what)?.time(what)?;
        let mut list = members.sequence(what)?;
        let mut responses = Vec::new();
        while !list.is_empty() {
            responses.push(SingleResponse::read(&mut list)?);
        }
        let extensions = Extensions::read(members.optional(tag::context(1), what)?)?;
        members.finish(what)?;
        Ok(Self { responder, produced_at, responses, extensions })
    }
}

/// BasicOCSPResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicOcspResponse {
    /// What is signed, encoded.
    pub tbs: Vec<u8>,
    /// The same, parsed.
    pub data: ResponseData,
    /// The AlgorithmIdentifier of the signature, encoded.
    pub algorithm: Vec<u8>,
    /// The signature value.
    pub signature: Vec<u8>,
    /// Certificates that came with it, encoded.
    pub certificates: Vec<Vec<u8>>,
}

/// An OCSPResponse: the status alone, or with it the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspResponse {
    /// Its status.
    pub status: OcspResponseStatus,
    /// The response; there if the status is successful.
    pub basic: Option<BasicOcspResponse>,
}

impl OcspResponse {
    /// Parses an OCSPResponse, or a bare BasicOCSPResponse, which counts as successful.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the OCSP response";
        let malformed = CmsError::Malformed { what };
        let mut outer = Reader::new(bytes, limits);
        let mut members = outer.sequence(what)?;
        outer.finish(what)?;
        if members.peek() != Some(tag::ENUMERATED) {
            return Ok(Self { status: OcspResponseStatus::Successful, basic: Some(read_basic(bytes, limits)?) });
        }
        let code = members.next(what)?.contents;
        let status = OcspResponseStatus::ALL.iter().find(|(known, ..)| code == [*known]).map(|(_, status, _)| *status);
        let status = status.ok_or_else(|| malformed.clone())?;
        if status != OcspResponseStatus::Successful {
            return Ok(Self { status, basic: None });
        }
        let mut response = members.expect(tag::context(0), what)?.children()?.sequence(what)?;
        if Oid::read(&mut response, what)? != oid::OCSP_BASIC {
            return Err(CmsError::Malformed { what: "the type of the OCSP response" });
        }
        let basic = response.octet_string(what)?;
        Ok(Self { status, basic: Some(read_basic(&basic, limits)?) })
    }
}

fn read_basic(bytes: &[u8], limits: &Limits) -> Result<BasicOcspResponse, CmsError> {
    let what = "the OCSP response";
    let mut members = Reader::new(bytes, limits).sequence(what)?;
    let data = members.expect(tag::SEQUENCE, what)?;
    let algorithm = members.expect(tag::SEQUENCE, what)?.raw.to_vec();
    let signature = members.next(what)?.bit_string_octets(what)?.to_vec();
    let mut certificates = Vec::new();
    if let Some(list) = members.optional(tag::context(0), what)? {
        let mut list = list.children()?.sequence(what)?;
        while !list.is_empty() {
            certificates.push(list.next(what)?.raw.to_vec());
        }
    }
    let (tbs, data) = (data.raw.to_vec(), ResponseData::read(&data)?);
    Ok(BasicOcspResponse { tbs, data, algorithm, signature, certificates })
}

/// The successful OCSPResponse with this signed data.
pub fn response(tbs: &[u8], algorithm: &[u8], signature: &[u8], certificates: &[&[u8]]) -> Vec<u8> {
    let certificates = encode::tlv(tag::context(0), &[&encode::sequence(certificates)]);
    let basic = encode::sequence(&[tbs, algorithm, &encode::bit_string(signature), &certificates]);
    let bytes = encode::sequence(&[&encode::oid(&oid::OCSP_BASIC), &encode::octet_string(&basic)]);
    encode::sequence(&[&OcspResponseStatus::Successful.encode(), &encode::tlv(tag::context(0), &[&bytes])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    const LIMITS: Limits = Limits::DEFAULT;

    fn cert_id(digest: DigestAlgorithm, serial: &[u8]) -> CertId {
        let spki = encode::sequence(&[&encode::sequence(&[]), &encode::bit_string(b"key")]);
        let id = CertId::new(digest, b"issuer", &spki, serial).unwrap();
        assert!(id.is_of(b"issuer", &spki) && !id.is_of(b"another", &spki));
        assert_eq!(id.issuer_key, digest.hash(b"key"));
        id
    }

    fn request(nonce: Option<Vec<u8>>) -> OcspRequest {
        let cert_ids = vec![cert_id(DigestAlgorithm::Sha1, &[1]), cert_id(DigestAlgorithm::Sha256, &[0, 0x80])];
        let extensions = Extensions { nonce: nonce.map(|n| encode::octet_string(&n)), unknown_critical: false };
        OcspRequest { version: 0, cert_ids, extensions }
    }

    fn data(reason: Option<u8>, nonce: Option<Vec<u8>>) -> ResponseData {
        let now = datetime!(2026-11-24 08:30:15 UTC);
        let answer = |serial, status, next_update| SingleResponse {
            cert_id: cert_id(DigestAlgorithm::Sha384, &[serial]),
            status,
            this_update: now,
            next_update,
            archive_cutoff: next_update.map(|next| next - Duration::days(400)),
            extensions: Extensions::default(),
        };
        ResponseData {
            responder: ResponderId::Key(vec![7; 20]),
            produced_at: now,
            responses: vec![
                answer(1, CertStatus::Good, Some(now + Duration::DAY)),
                answer(2, CertStatus::Revoked { time: now - Duration::DAY, reason }, None),
                answer(3, CertStatus::Unknown, None),
            ],
            extensions: Extensions { nonce, unknown_critical: false },
        }
    }

    #[test]
    fn a_nonce_has_1_to_128_octets() {
        for (len, good) in [(0, false), (1, true), (32, true), (128, true), (129, false)] {
            let parsed = OcspRequest::parse(&request(Some(vec![7; len])).encode(), &LIMITS);
            assert_eq!(parsed.is_ok(), good, "{len}");
        }
    }

    #[test]
    fn each_status_has_its_number() {
        for (code, status, name) in OcspResponseStatus::ALL.into_iter().skip(1) {
            assert_eq!(status.response(), [0x30, 3, 0x0A, 1, code]);
            let parsed = OcspResponse::parse(&status.response(), &LIMITS).unwrap();
            assert_eq!((parsed, status.name()), (OcspResponse { status, basic: None }, name));
        }
        assert!(OcspResponse::parse(&[0x30, 3, 0x0A, 1, 4], &LIMITS).is_err(), "4 is not used");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(reason: Option<u8>, nonce: Option<[u8; 16]>, key in any::<[u8; 8]>()) {
            let asked = request(nonce.map(|n| n.to_vec()));
            prop_assert_eq!(&OcspRequest::parse(&asked.encode(), &LIMITS).unwrap(), &asked);
            let told = data(reason, asked.extensions.nonce);
            let tbs = told.encode();
            let algorithm = encode::sequence(&[&encode::oid(&oid::ED25519)]);
            let whole = response(&tbs, &algorithm, &key, &[&encode::sequence(&[])]);
            let basic = OcspResponse::parse(&whole, &LIMITS).unwrap().basic.unwrap();
            prop_assert_eq!(&basic.data, &told);
            prop_assert_eq!((basic.tbs, basic.algorithm, basic.signature), (tbs, algorithm, key.to_vec()));
            prop_assert_eq!(basic.certificates, vec![encode::sequence(&[])]);
        }

        #[test]
        fn whatever_comes_in_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = OcspRequest::parse(&bytes, &LIMITS);
            let _ = OcspResponse::parse(&bytes, &LIMITS);
        }

        #[test]
        fn changed_octets_are_read_or_refused(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
            let mut bytes = request(Some(vec![1])).encode();
            let at_request = at.index(bytes.len());
            bytes[at_request] = octet;
            let _ = OcspRequest::parse(&bytes, &LIMITS);
            let mut bytes = response(&data(Some(1), None).encode(), &encode::sequence(&[]), &[1], &[]);
            let at_response = at.index(bytes.len());
            bytes[at_response] = octet;
            let _ = OcspResponse::parse(&bytes, &LIMITS);
        }
    }
}
