//! Time-stamps (RFC 3161, RFC 5816): requests, responses, and tokens as a TSA or a PDF gives them.

use super::ber::{Reader, tag};
use super::{AlgorithmIdentifier, CmsError, Oid, SignedData, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use time::{Duration, OffsetDateTime};

/// A TimeStampToken: a SignedData over a TSTInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampToken {
    /// The SignedData: its signer is the TSA.
    pub signed_data: SignedData,
    /// What the TSA says.
    pub info: TstInfo,
}

/// TSTInfo (RFC 3161 section 2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// The policy under which the TSA works.
    pub policy: Oid,
    /// Digest algorithm of what was time-stamped.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// Digest of what was time-stamped.
    pub imprint: Vec<u8>,
    /// The contents octets of the serial number.
    pub serial: Vec<u8>,
    /// When.
    pub gen_time: OffsetDateTime,
    /// By how much the time may be wrong, either way; none if the TSA does not say.
    pub accuracy: Option<Duration>,
    /// Whether tokens of this TSA can be ordered by their time alone.
    pub ordering: bool,
    /// The contents octets of the request's nonce, which may be any INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// The TSA's name as a GeneralName, encoded.
    pub tsa: Option<Vec<u8>>,
}

impl TimeStampToken {
    /// Parses a token at the beginning of these bytes. Also returns how many bytes it takes.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<(Self, usize), CmsError> {
        let (signed_data, consumed) = SignedData::parse(bytes, limits)?;
        let what = "the time-stamp token's content";
        let content = match &signed_data.content {
            Some(content) if signed_data.content_type == oid::TST_INFO => content,
            _ => return Err(CmsError::Malformed { what }),
        };
        let info = TstInfo::parse(content, limits)?;
        Ok((Self { signed_data, info }, consumed))
    }
}

impl TstInfo {
    /// Parses the DER of a TSTInfo.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the TSTInfo";
        let mut outer = Reader::new(bytes, limits);
        let mut members = outer.sequence(what)?;
        outer.finish(what)?;
        if members.next(what)?.small_integer(what)? != 1 {
            return Err(CmsError::Malformed { what: "the TSTInfo's version" });
        }
        let policy = Oid::read(&mut members, what)?;
        let mut message_imprint = members.sequence(what)?;
        let imprint_algorithm = AlgorithmIdentifier::read(&mut message_imprint, what)?;
        let imprint = message_imprint.octet_string(what)?.into_owned();
        message_imprint.finish(what)?;
        let serial = members.expect(tag::INTEGER, what)?.contents.to_vec();
        let gen_time = members.expect(tag::GENERALIZED_TIME, what)?.time(what)?;
        let accuracy = match members.optional(tag::SEQUENCE, what)? {
            Some(value) => Some(read_accuracy(value.children()?)?),
            None => None,
        };
        let ordering = match members.optional(tag::BOOLEAN, what)? {
            Some(value) => value.boolean(what)?,
            None => false,
        };
        let nonce = members.optional(tag::INTEGER, what)?.map(|n| n.contents.to_vec());
        let tsa = members.optional(tag::context(0), what)?.map(|t| t.contents.to_vec());
        members.optional(tag::context(1), what)?;
        members.finish(what)?;
        Ok(Self { policy, imprint_algorithm, imprint, serial, gen_time, accuracy, ordering, nonce, tsa })
    }

    /// DER, with the time in whole seconds. Extensions there are none.
    pub fn encode(&self) -> Vec<u8> {
        let ordering: &[u8] = if self.ordering { &TRUE } else { &[] };
        encode::sequence(&[
            &encode::integer(1),
            &encode::oid(&self.policy),
            &encode::sequence(&[&self.imprint_algorithm.raw, &encode::octet_string(&self.imprint)]),
            &encode::tlv(tag::INTEGER, &[&self.serial]),
            &encode::generalized_time(self.gen_time),
            &self.accuracy.map(accuracy).unwrap_or_default(),
            ordering,
            &self.nonce.as_ref().map(|n| encode::tlv(tag::INTEGER, &[n])).unwrap_or_default(),
            &self.tsa.as_ref().map(|name| encode::tlv(tag::context(0), &[name])).unwrap_or_default(),
        ])
    }

    /// Whether this is a time-stamp of data with this digest function applied: the algorithm is recognised and
    /// the digest agrees. `digest_of` gives the data's digest by an algorithm.
    pub fn stamps(&self, digest_of: impl FnOnce(DigestAlgorithm) -> Vec<u8>) -> Option<bool> {
        self.imprint_algorithm.digest().map(|algorithm| digest_of(algorithm) == self.imprint)
    }
}

/// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] (1..999) OPTIONAL, micros [1] (1..999) OPTIONAL }`
fn read_accuracy(mut members: Reader<'_>) -> Result<Duration, CmsError> {
    let what = "the TSTInfo's accuracy";
    let mut accuracy = Duration::ZERO;
    if let Some(seconds) = members.optional(tag::INTEGER, what)? {
        let seconds = i64::try_from(seconds.small_integer(what)?).map_err(|_| CmsError::Malformed { what })?;
        accuracy = Duration::seconds(seconds);
    }
    for (n, unit) in [(0, Duration::MILLISECOND), (1, Duration::MICROSECOND)] {
        if let Some(part) = members.optional(tag::context_primitive(n), what)? {
            let count = match part.contents {
                [low] => i32::from(*low),
                [high, low] => i32::from(*high) << 8 | i32::from(*low),
                _ => return Err(CmsError::Malformed { what }),
            };
            accuracy = accuracy.saturating_add(unit * count);
        }
    }
    members.finish(what)?;
    Ok(accuracy)
}

/// The same for whole seconds, milliseconds and microseconds; parts that are zero are left out.
fn accuracy(accuracy: Duration) -> Vec<u8> {
    let part = |tag: u8, count: i64| match u64::try_from(count) {
        Ok(count) if count > 0 => encode::tlv(tag, &[&integer_octets(count)]),
        _ => Vec::new(),
    };
    encode::sequence(&[
        &part(tag::INTEGER, accuracy.whole_seconds()),
        &part(tag::context_primitive(0), i64::from(accuracy.subsec_milliseconds())),
        &part(tag::context_primitive(1), i64::from(accuracy.subsec_microseconds() % 1_000)),
    ])
}

/// TRUE in DER.
const TRUE: [u8; 3] = [tag::BOOLEAN, 1, 0xFF];

/// TimeStampReq (RFC 3161 section 2.4.1), unjudged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampReq {
    /// 1 in the one version there is.
    pub version: u64,
    /// Digest algorithm of what is to be time-stamped.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// Digest of what is to be time-stamped.
    pub imprint: Vec<u8>,
    /// The policy that is asked for.
    pub policy: Option<Oid>,
    /// The contents octets of the nonce, which may be any INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// Whether the TSA's certificate is to be in the token.
    pub cert_req: bool,
    /// The types of its extensions.
    pub extensions: Vec<Oid>,
}

impl TimeStampReq {
    /// A request for this digest that asks for the TSA's certificate.
    pub fn new(digest: DigestAlgorithm, imprint: &[u8], policy: Option<Oid>, nonce: u64) -> Result<Self, CmsError> {
        let what = "the digest algorithm";
        let algorithm = encode::digest_algorithm(digest);
        Ok(Self {
            version: 1,
            imprint_algorithm: AlgorithmIdentifier::read(&mut Reader::new(&algorithm, &Limits::DEFAULT), what)?,
            imprint: imprint.to_vec(),
            policy,
            nonce: Some(integer_octets(nonce)),
            cert_req: true,
            extensions: Vec::new(),
        })
    }

    /// DER, without extensions.
    pub fn encode(&self) -> Vec<u8> {
        let cert_req: &[u8] = if self.cert_req { &TRUE } else { &[] };
        encode::sequence(&[
            &encode::integer(self.version),
            &encode::sequence(&[&self.imprint_algorithm.raw, &encode::octet_string(&self.imprint)]),
            &self.policy.as_ref().map(encode::oid).unwrap_or_default(),
            &self.nonce.as_ref().map(|n| encode::tlv(tag::INTEGER, &[n])).unwrap_or_default(),
            cert_req,
        ])
    }

    /// Parses the DER of a request.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the TimeStampReq";
        let mut outer = Reader::new(bytes, limits);
        let mut members = outer.sequence(what)?;
        outer.finish(what)?;
        let version = members.next(what)?.small_integer(what)?;
        let mut message_imprint = members.sequence(what)?;
        let imprint_algorithm = AlgorithmIdentifier::read(&mut message_imprint, what)?;
        let imprint = message_imprint.octet_string(what)?.into_owned();
        message_imprint.finish(what)?;
        let policy = if members.peek() == Some(tag::OID) { Some(Oid::read(&mut members, what)?) } else { None };
        let nonce = members.optional(tag::INTEGER, what)?.map(|n| n.contents.to_vec());
        let cert_req = members.optional(tag::BOOLEAN, what)?.map(|v| v.boolean(what)).transpose()?.unwrap_or(false);
        let mut extensions = Vec::new();
        if let Some(list) = members.optional(tag::context(0), what)? {
            let mut list = list.children()?;
            while !list.is_empty() {
                extensions.push(Oid::read(&mut list.sequence(what)?, what)?);
            }
        }
        members.finish(what)?;
        if nonce.as_ref().is_some_and(Vec::is_empty) {
            return Err(CmsError::Malformed { what });
        }
        Ok(Self { version, imprint_algorithm, imprint, policy, nonce, cert_req, extensions })
    }
}

/// The contents octets of an INTEGER, as serial numbers and nonces are kept.
pub fn integer_octets(value: u64) -> Vec<u8> {
    encode::integer(value).get(2..).unwrap_or_default().to_vec()
}

/// PKIFailureInfo (RFC 3161 section 2.4.2): why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PkiFailureInfo {
    /// The digest algorithm is not known or not good enough.
    BadAlg,
    /// Such a request is not permitted or not known.
    BadRequest,
    /// The request cannot be read.
    BadDataFormat,
    /// The TSA has no time it could vouch for.
    TimeNotAvailable,
    /// The TSA does not work by the policy that was asked for.
    UnacceptedPolicy,
    /// The TSA does not know an extension of the request.
    UnacceptedExtension,
    /// Information that was asked for is not to be had.
    AddInfoNotAvailable,
    /// Something in the TSA failed.
    SystemFailure,
}

impl PkiFailureInfo {
    const ALL: [Self; 8] = [
        Self::BadAlg,
        Self::BadRequest,
        Self::BadDataFormat,
        Self::TimeNotAvailable,
        Self::UnacceptedPolicy,
        Self::UnacceptedExtension,
        Self::AddInfoNotAvailable,
        Self::SystemFailure,
    ];

    /// The number of its bit.
    const fn bit(self) -> u8 {
        match self {
            Self::BadAlg => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::AddInfoNotAvailable => 17,
            Self::SystemFailure => 25,
        }
    }

    /// Its name in the standard.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadAlg => "badAlg",
            Self::BadRequest => "badRequest",
            Self::BadDataFormat => "badDataFormat",
            Self::TimeNotAvailable => "timeNotAvailable",
            Self::UnacceptedPolicy => "unacceptedPolicy",
            Self::UnacceptedExtension => "unacceptedExtension",
            Self::AddInfoNotAvailable => "addInfoNotAvailable",
            Self::SystemFailure => "systemFailure",
        }
    }
}

/// TimeStampResp (RFC 3161 section 2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampResp {
    /// PKIStatus: 0 granted, 1 granted with modifications; with all others there is no token.
    pub status: u64,
    /// What the TSA says about it, in words.
    pub status_string: Vec<String>,
    /// Why there is no token; none if the TSA does not say, or says something that is not known.
    pub failure: Option<PkiFailureInfo>,
    /// The TimeStampToken, encoded.
    pub token: Option<Vec<u8>>,
}

impl TimeStampResp {
    /// A token.
    pub const fn granted(token: Vec<u8>) -> Self {
        Self { status: 0, status_string: Vec::new(), failure: None, token: Some(token) }
    }

    /// No token, and why.
    pub fn rejection(failure: PkiFailureInfo, why: &str) -> Self {
        Self { status: 2, status_string: vec![why.to_owned()], failure: Some(failure), token: None }
    }

    /// DER.
    pub fn encode(&self) -> Vec<u8> {
        let strings: Vec<Vec<u8>> =
            self.status_string.iter().map(|s| encode::tlv(tag::UTF8_STRING, &[s.as_bytes()])).collect();
        let strings: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
        let strings = if strings.is_empty() { Vec::new() } else { encode::sequence(&strings) };
        let failure = self.failure.map(|f| encode::named_bit(f.bit())).unwrap_or_default();
        let status = encode::sequence(&[&encode::integer(self.status), &strings, &failure]);
        encode::sequence(&[&status, self.token.as_deref().unwrap_or_default()])
    }

    /// Parses a response.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the TimeStampResp";
        let mut outer = Reader::new(bytes, limits);
        let mut members = outer.sequence(what)?;
        outer.finish(what)?;
        let mut info = members.sequence(what)?;
        let status = info.next(what)?.small_integer(what)?;
        let mut status_string = Vec::new();
        if let Some(strings) = info.optional(tag::SEQUENCE, what)? {
            let mut strings = strings.children()?;
            while !strings.is_empty() {
                status_string.push(String::from_utf8_lossy(strings.next(what)?.contents).into_owned());
            }
        }
        let failure = info.optional(tag::BIT_STRING, what)?.and_then(|bits| {
            let octets = bits.contents.get(1..).unwrap_or_default();
            let is_set =
                |bit: u8| octets.get(usize::from(bit / 8)).is_some_and(|octet| octet & (0x80_u8 >> (bit % 8)) != 0);
            PkiFailureInfo::ALL.into_iter().find(|f| is_set(f.bit()))
        });
        info.finish(what)?;
        let token = if members.is_empty() { None } else { Some(members.next(what)?.raw.to_vec()) };
        members.finish(what)?;
        Ok(Self { status, status_string, failure, token })
    }
}
