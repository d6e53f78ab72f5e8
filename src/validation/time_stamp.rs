//! Validation process for time-stamps (clause 5.4), and what clause 5.6.3 step 5 adds to it: a time-stamp that is not good any
//! more can be believed if a younger one proves that it existed while it was.

use super::archival_data;
use super::basic_signature;
use super::block::Block;
use super::cryptographic_verification::verify_token;
use super::finding::{self, Finding};
use super::poe::ProofsOfExistence;
use super::report::{Remark, TimestampReport};
use super::signing_certificate::identify_in;
use super::token::{Data, Token};
use super::x509_validation::X509Validation;
use crate::cms::tsp::{TimeStampToken, TstInfo};
use crate::digest::{DigestAlgorithm, sha256};
use crate::indication::{Indication, Problem, SubIndication};
use crate::messages::at;
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Time-stamps of one signature that are looked at.
pub const MOST: usize = 16;

/// A time-stamp, judged.
#[derive(Debug)]
pub struct TimeStamp {
    /// The time it states.
    pub time: Option<OffsetDateTime>,
    /// By how much that may be wrong.
    pub accuracy: Duration,
    /// The TSA's certificate.
    pub certificate: Option<Certificate>,
    /// It is good at the validation time, without the help of younger ones.
    pub is_good_now: bool,
    /// What is wrong; it can be believed if there is nothing.
    pub problems: Vec<Problem>,
    /// It is over a digest that would be too weak for a document, and still does for a signature value.
    pub weak_digest: Option<DigestAlgorithm>,
    /// What the building blocks found.
    pub blocks: Vec<Block>,
}

impl TimeStamp {
    /// A token that stands in a signature. `digest_of` gives the digest of the `data` that it has to be a time-stamp of, if it
    /// is at hand.
    pub fn of_signature(
        token: &[u8],
        data: Data,
        digest_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
        known: &[Certificate],
        x509: &X509Validation<'_>,
        poes: &ProofsOfExistence,
    ) -> Self {
        let limits = x509.inputs().limits;
        let token = match TimeStampToken::parse(token, limits) {
            Ok((token, _)) => token,
            Err(error) => {
                let problem = Problem::new(SubIndication::FormatFailure, error.to_string());
                let mut block = Block::new("Format Checking", "5.2.2");
                block.not_ok("the time-stamp can be read", &problem);
                return Self {
                    time: None,
                    accuracy: Duration::ZERO,
                    certificate: None,
                    is_good_now: false,
                    problems: vec![problem],
                    weak_digest: None,
                    blocks: vec![block],
                };
            }
        };
        let mut format = Vec::new();
        if let Err(error) = token.signed_data.signed_digest() {
            format.push(Problem::new(SubIndication::FormatFailure, error.to_string()));
        }
        let certificate = identify_in(&token.signed_data, known, limits);
        let key = certificate.certificate.as_ref().map(Certificate::subject_public_key_info);
        let mut verified = verify_token(&token.signed_data, key);
        let imprint = token.info.imprint_algorithm.digest();
        if imprint.and_then(digest_of).is_none_or(|digest| digest != token.info.imprint) {
            let message = "it is not a time-stamp of this signature";
            verified.problems.insert(0, Problem::new(SubIndication::HashFailure, message));
        }
        let value = token.signed_data.signer().map(|s| s.signature.as_slice()).unwrap_or_default();
        let token_seen = Token {
            identity: sha256(value),
            purpose: Purpose::TimeStamping,
            format,
            certificate,
            verified,
            data: imprint.map(|digest| (digest, data)),
        };
        Self::validate(&token_seen, &token.info, x509, poes)
    }

    /// A time-stamp whose own building blocks were run.
    pub fn validate(token: &Token, info: &TstInfo, x509: &X509Validation<'_>, poes: &ProofsOfExistence) -> Self {
        let basic = basic_signature::validate(token, x509, None);
        let (mut findings, mut blocks) = (basic.findings, basic.blocks);
        findings.extend(token.certificate.certificate.as_ref().and_then(|c| out_of_its_time(c, info)));
        let mut block = Block::new("Validation process for Time-stamps", "5.4");
        block.told("generation time", at(info.gen_time));
        block.check_findings("the time-stamp is good at the validation time", &findings);
        blocks.push(block);
        let inputs = x509.inputs();
        let weak = |(digest, _): &(DigestAlgorithm, Data)| inputs.algorithms.check_digest(*digest, inputs.at).is_err();
        let is_good_now = findings.is_empty();
        let findings = archival_data::validate(token, findings, x509, poes, &mut blocks);
        Self {
            time: Some(info.gen_time),
            accuracy: info.accuracy.unwrap_or(Duration::ZERO),
            certificate: token.certificate.certificate.clone(),
            is_good_now,
            problems: findings.into_iter().map(|f| f.problem).collect(),
            weak_digest: token.data.filter(weak).map(|(digest, _)| digest),
            blocks,
        }
    }

    /// It can be believed.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// The time that it proves.
    pub fn proves(&self) -> Option<OffsetDateTime> {
        self.time.filter(|_| self.is_good())
    }

    /// Its verdict.
    pub fn indication(&self) -> Indication {
        finding::indication(&self.problems)
    }

    /// For the report.
    pub fn report(&self, kind: &'static str) -> TimestampReport {
        TimestampReport { kind, time: self.time.and_then(|t| t.format(&Rfc3339).ok()), indication: self.indication() }
    }
}

/// What the reader should know of the time-stamps over a signature's value and over what it signs.
pub fn remarks(own: &[TimeStamp], content: &[TimeStamp]) -> Vec<Remark> {
    let useless = own.iter().chain(content).filter_map(|s| s.problems.first()).map(|problem| Remark {
        code: "TIMESTAMP_NOT_USED",
        message: format!("a time-stamp does not prove anything: {}", problem.message),
    });
    let weak = own.iter().filter(|s| s.is_good()).filter_map(|s| s.weak_digest).map(|digest| Remark {
        code: "TIMESTAMP_WEAK_DIGEST",
        message: format!("a time-stamp is over a {} digest, which documents must not have any more", digest.name()),
    });
    useless.chain(weak).collect()
}

/// What the building blocks found of each time-stamp over a signature's value.
pub fn blocks(own: &[TimeStamp]) -> impl Iterator<Item = Block> {
    (1_u32..).zip(own).flat_map(|(number, stamp)| {
        let about = format!("signature time-stamp {number}");
        stamp.blocks.iter().cloned().map(move |block| block.about(about.clone()))
    })
}

/// A time-stamp from before its TSA's certificate was valid, or from after that (RFC 3161 appendix B step 4).
fn out_of_its_time(certificate: &Certificate, info: &TstInfo) -> Option<Finding> {
    let (time, name) = (info.gen_time, certificate.display());
    let told = at(time);
    let (sub_indication, message) = if time < certificate.not_before() {
        (SubIndication::NotYetValid, format!("it is of {told}, before the certificate of {name} became valid"))
    } else if time > certificate.not_after() {
        (SubIndication::Expired, format!("it is of {told}, after the certificate of {name} expired"))
    } else {
        return None;
    };
    Some(Finding::lasting(Problem::new(sub_indication, message)))
}

/// Whether time-stamps contradict each other (RFC 3161 section 2.4.2): each `earlier` one has to be from before each `later` one,
/// as far as their accuracy lets it be told.
pub fn order(earlier: &[&TimeStamp], later: &[&TimeStamp]) -> Option<Problem> {
    for (first, second) in earlier.iter().flat_map(|e| later.iter().map(move |l| (e, l))) {
        let (Some(before), Some(after)) = (first.proves(), second.proves()) else { continue };
        if before.saturating_sub(first.accuracy) > after.saturating_add(second.accuracy) {
            let message = format!("a time-stamp of {} covers one of {}, which is later", at(after), at(before));
            return Some(Problem::new(SubIndication::TimestampOrderFailure, message));
        }
    }
    None
}
