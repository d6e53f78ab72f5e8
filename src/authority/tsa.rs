//! The time-stamping authority (RFC 3161, RFC 5816): a request in, a response out.
//!
//! A request is first accepted or refused, so that no serial number is spent on one that is refused.

use crate::cms::tsp::{PkiFailureInfo, TimeStampReq, TimeStampResp, TstInfo, integer_octets};
use crate::cms::{Oid, SignedDataBuilder, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::keys::SigningKey;
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use time::{Duration, OffsetDateTime};

/// Digests that are time-stamped (ETSI EN 319 422 clause 5.1.3).
const ACCEPTED: [DigestAlgorithm; 6] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sha3_256,
    DigestAlgorithm::Sha3_384,
    DigestAlgorithm::Sha3_512,
];

/// A request has one or two hundred bytes; a nonce is a few octets long.
const LONGEST_REQUEST: usize = 4 << 10;

/// A time-stamping authority.
pub struct Tsa<'a> {
    /// Its key, whose certificate is for time-stamping alone.
    pub key: &'a dyn SigningKey,
    /// The policy it works by.
    pub policy: Oid,
    /// By how much its clock may be wrong, either way.
    pub accuracy: Duration,
}

/// Why a request gets no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", failure.name())]
pub struct Refusal {
    /// The standard's reason.
    pub failure: PkiFailureInfo,
    /// The same in words.
    pub why: &'static str,
}

impl Refusal {
    /// For this reason.
    pub const fn new(failure: PkiFailureInfo, why: &'static str) -> Self {
        Self { failure, why }
    }

    /// The TimeStampResp.
    pub fn response(&self) -> Vec<u8> {
        TimeStampResp::rejection(self.failure, self.why).encode()
    }
}

impl Tsa<'_> {
    /// Reads a TimeStampReq and judges it.
    pub fn accept(&self, request: &[u8]) -> Result<TimeStampReq, Refusal> {
        use PkiFailureInfo::{BadAlg, BadDataFormat, BadRequest, UnacceptedExtension, UnacceptedPolicy};
        if request.len() > LONGEST_REQUEST {
            return Err(Refusal::new(BadDataFormat, "the request is too long"));
        }
        let request = TimeStampReq::parse(request, Limits::in_force())
            .map_err(|_| Refusal::new(BadDataFormat, "the request cannot be read"))?;
        if request.version != 1 {
            return Err(Refusal::new(BadRequest, "the version of the request is not known"));
        }
        let digest = request.imprint_algorithm.digest().filter(|digest| ACCEPTED.contains(digest));
        let digest = digest.ok_or(Refusal::new(BadAlg, "the digest algorithm is not accepted"))?;
        if request.imprint_algorithm.parameters.as_ref().is_some_and(|p| *p != encode::NULL) {
            return Err(Refusal::new(BadAlg, "the digest algorithm has parameters that are not known"));
        }
        if request.imprint.len() != digest.size() {
            return Err(Refusal::new(BadDataFormat, "the digest is not as long as its algorithm's"));
        }
        if request.policy.as_ref().is_some_and(|policy| *policy != self.policy) {
            return Err(Refusal::new(UnacceptedPolicy, "the policy is not the TSA's"));
        }
        if !request.extensions.is_empty() {
            return Err(Refusal::new(UnacceptedExtension, "an extension of the request is not known"));
        }
        Ok(request)
    }

    /// The TimeStampResp with a token for a request that was accepted. The serial number is one that no other
    /// token of this TSA has or will have.
    pub async fn grant(&self, request: TimeStampReq, serial: u64, now: OffsetDateTime) -> Result<Vec<u8>, Refusal> {
        let failed = |why| Refusal::new(PkiFailureInfo::SystemFailure, why);
        let certificate =
            Certificate::parse(self.key.certificate()).map_err(|_| failed("the TSA's certificate cannot be read"))?;
        if now < certificate.not_before() || now > certificate.not_after() {
            let why = "the TSA's clock is outside of its certificate's validity";
            return Err(Refusal::new(PkiFailureInfo::TimeNotAvailable, why));
        }
        let info = TstInfo {
            policy: self.policy.clone(),
            imprint_algorithm: request.imprint_algorithm,
            imprint: request.imprint,
            serial: integer_octets(serial),
            gen_time: now,
            accuracy: Some(self.accuracy),
            // tokens within the accuracy of each other say nothing about which came first
            ordering: false,
            nonce: request.nonce,
            tsa: None,
        };
        let content = info.encode();
        let scheme = self.key.schemes().first().copied().ok_or(failed("the TSA cannot sign"))?;
        let digest = scheme.digest();
        let algorithm = scheme.algorithm_identifier();
        let mut builder = SignedDataBuilder::new(digest, algorithm, self.key.certificate(), self.key.chain())
            .map_err(|_| failed("the TSA's certificate cannot be read"))?
            .with_content(oid::TST_INFO, &content);
        if !request.cert_req {
            builder = builder.without_certificates();
        }
        let attributes = builder.signed_attributes(&digest.hash(&content), None);
        let signature = self.key.sign(scheme, &attributes).await.map_err(|_| failed("the TSA cannot sign"))?;
        Ok(TimeStampResp::granted(builder.build(&attributes, &signature, &[])).encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Agency, Authority, Plan};
    use crate::cms::tsp::TimeStampToken;
    use crate::keys::{KeyAlgorithm, LocalKey};
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use time::macros::datetime;

    static KEY: LazyLock<LocalKey> = LazyLock::new(|| {
        let plan = Plan {
            algorithm: KeyAlgorithm::P256,
            url: "http://ca.example",
            agency: Agency::SAMPLE,
            now: datetime!(2026-11-24 08:30 UTC),
        };
        let made = Authority::create(&plan, &mut rand::rng()).unwrap().tsa;
        LocalKey::from_pkcs8(&made.pkcs8, made.certificate, made.chain).unwrap()
    });

    fn tsa() -> Tsa<'static> {
        Tsa { key: &*KEY, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND }
    }

    fn request() -> TimeStampReq {
        TimeStampReq::new(DigestAlgorithm::Sha256, &[7; 32], None, 0x8000_0000_0000_0000).unwrap()
    }

    fn refusal(request: &TimeStampReq) -> PkiFailureInfo {
        let refusal = tsa().accept(&request.encode()).unwrap_err();
        let response = TimeStampResp::parse(&refusal.response(), &Limits::DEFAULT).unwrap();
        assert_eq!((response.status, response.token), (2, None));
        assert_eq!(response.failure, Some(refusal.failure));
        refusal.failure
    }

    #[test]
    fn a_request_is_refused_for_the_standards_reason() {
        assert_eq!(refusal(&TimeStampReq { version: 2, ..request() }), PkiFailureInfo::BadRequest);
        assert_eq!(refusal(&TimeStampReq { imprint: vec![7; 20], ..request() }), PkiFailureInfo::BadDataFormat);
        let policy = Some(Oid::known(&[0x2A, 3]));
        assert_eq!(refusal(&TimeStampReq { policy, ..request() }), PkiFailureInfo::UnacceptedPolicy);
        for weak in [DigestAlgorithm::Md5, DigestAlgorithm::Sha1, DigestAlgorithm::Sha224] {
            let request = TimeStampReq::new(weak, &vec![7; weak.size()], None, 1).unwrap();
            assert_eq!(refusal(&request), PkiFailureInfo::BadAlg);
        }
        let mut odd = request();
        odd.imprint_algorithm.raw = encode::sequence(&[&encode::oid(&odd.imprint_algorithm.oid), &encode::integer(1)]);
        assert_eq!(refusal(&odd), PkiFailureInfo::BadAlg);
        odd.imprint_algorithm.raw = encode::sequence(&[&encode::oid(&odd.imprint_algorithm.oid), &encode::NULL]);
        assert!(tsa().accept(&odd.encode()).is_ok(), "parameters may be NULL");
        assert_eq!(refusal(&TimeStampReq { nonce: Some(vec![1; 5000]), ..request() }), PkiFailureInfo::BadDataFormat);
    }

    #[tokio::test]
    async fn a_clock_that_cannot_be_right_gives_no_time() {
        for now in [datetime!(2020-1-1 0:00 UTC), datetime!(2050-1-1 0:00 UTC)] {
            let refusal = tsa().grant(request(), 1, now).await.unwrap_err();
            assert_eq!(refusal.failure, PkiFailureInfo::TimeNotAvailable);
        }
    }

    #[tokio::test]
    async fn a_token_says_what_was_asked_and_carries_certificates_only_for_who_wants_them() {
        let now = datetime!(2027-1-1 0:00:59.9 UTC);
        for cert_req in [true, false] {
            let policy = Some(oid::DAUSON_TSA_POLICY);
            let asked = TimeStampReq { cert_req, policy, nonce: Some(vec![0xFF, 0, 1]), ..request() };
            let accepted = tsa().accept(&asked.encode()).unwrap();
            assert_eq!(accepted, asked);
            let response = tsa().grant(accepted, u64::MAX, now).await.unwrap();
            let token = TimeStampResp::parse(&response, &Limits::DEFAULT).unwrap().token.unwrap();
            let (token, _) = TimeStampToken::parse(&token, &Limits::DEFAULT).unwrap();
            let info = token.info;
            assert_eq!((info.imprint_algorithm, info.imprint), (asked.imprint_algorithm, asked.imprint));
            assert_eq!((info.nonce, info.policy), (asked.nonce, oid::DAUSON_TSA_POLICY));
            assert_eq!(info.serial, [&[0][..], &[0xFF; 8]].concat());
            assert_eq!(info.gen_time, datetime!(2027-1-1 0:00:59 UTC));
            assert_eq!((info.accuracy, info.ordering), (Some(Duration::SECOND), false));
            assert_eq!(token.signed_data.certificates.len(), if cert_req { 2 } else { 0 });
            assert_eq!(token.signed_data.version, 3);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_an_answer_goes_out(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(refusal) = tsa().accept(&bytes) {
                prop_assert!(TimeStampResp::parse(&refusal.response(), &Limits::DEFAULT).is_ok());
            }
            let _ = TimeStampResp::parse(&bytes, &Limits::DEFAULT);
        }

        #[test]
        fn a_changed_request_is_refused_or_read_as_it_stands(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
            let mut bytes = request().encode();
            let at = at.index(bytes.len());
            bytes[at] = octet;
            if let Ok(read) = tsa().accept(&bytes) {
                // a BOOLEAN of BER may be written in other ways
                let same = TimeStampReq::parse(&read.encode(), &Limits::DEFAULT).unwrap();
                prop_assert_eq!(read, same);
            }
        }

        #[test]
        fn what_is_encoded_is_read_back(
            imprint in proptest::collection::vec(any::<u8>(), 64),
            serial in proptest::collection::vec(any::<u8>(), 1..20),
            seconds in 0_u32..100, micros in 0_i64..1_000_000, ordering: bool, nonce: Option<u64>,
        ) {
            let accuracy = Duration::seconds(seconds.into()) + Duration::microseconds(micros);
            let algorithm = TimeStampReq::new(DigestAlgorithm::Sha512, &imprint, None, 0).unwrap().imprint_algorithm;
            let info = TstInfo {
                policy: oid::DAUSON_TSA_POLICY, imprint_algorithm: algorithm, imprint, serial,
                gen_time: datetime!(2026-11-24 08:30:15 UTC), accuracy: Some(accuracy), ordering,
                nonce: nonce.map(integer_octets), tsa: None,
            };
            prop_assert_eq!(&TstInfo::parse(&info.encode(), &Limits::DEFAULT).unwrap(), &info);
        }
    }
}
