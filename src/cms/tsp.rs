//! Time-stamps (RFC 3161, RFC 5816): requests, and tokens as a TSA or a PDF gives them.

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

/// A TimeStampReq (RFC 3161 section 2.4.1) for this digest, that asks for the TSA's certificate. `nonce` is a
/// random number; the token has to carry the same, [`nonce_octets`].
pub fn request(digest: DigestAlgorithm, imprint: &[u8], policy: Option<&Oid>, nonce: u64) -> Vec<u8> {
    encode::sequence(&[
        &encode::integer(1),
        &message_imprint(digest, imprint),
        &policy.map(encode::oid).unwrap_or_default(),
        &encode::integer(nonce),
        &[tag::BOOLEAN, 1, 0xFF],
    ])
}

/// What [`TstInfo::nonce`] is for a request with this nonce.
pub fn nonce_octets(nonce: u64) -> Vec<u8> {
    encode::integer(nonce).get(2..).unwrap_or_default().to_vec()
}

fn message_imprint(digest: DigestAlgorithm, imprint: &[u8]) -> Vec<u8> {
    encode::sequence(&[&encode::digest_algorithm(digest), &encode::octet_string(imprint)])
}
