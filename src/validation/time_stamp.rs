//! Validation process for time-stamps (clause 5.4).

use super::Inputs;
use super::cryptographic_verification::verify_token;
use super::report::TimestampReport;
use super::signature_acceptance;
use super::signing_certificate::identify_in;
use super::x509_validation::X509Validation;
use crate::cms::tsp::TimeStampToken;
use crate::digest::DigestAlgorithm;
use crate::indication::{Indication, Problem, SubIndication};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time-stamps of one signature that are looked at.
pub const MOST: usize = 16;

/// A signature time-stamp, judged.
#[derive(Debug)]
pub struct TimeStamp {
    /// The time it states.
    pub time: Option<OffsetDateTime>,
    /// The TSA's certificate.
    pub certificate: Option<Certificate>,
    /// What is wrong; it can be believed if there is nothing.
    pub problems: Vec<Problem>,
}

impl TimeStamp {
    /// A token that was made over `signed` by its own account.
    pub fn judge(
        token: &[u8],
        signed: &[u8],
        known: &[Certificate],
        x509: &X509Validation<'_>,
        existed: Option<OffsetDateTime>,
        inputs: &Inputs<'_>,
    ) -> Self {
        let mut found = Self { time: None, certificate: None, problems: Vec::new() };
        let token = match TimeStampToken::parse(token, inputs.limits) {
            Ok((token, _)) => token,
            Err(error) => {
                found.problems.push(Problem::new(SubIndication::FormatFailure, error.to_string()));
                return found;
            }
        };
        found.time = Some(token.info.gen_time);
        let digest = |algorithm: DigestAlgorithm| algorithm.hash(signed);
        if token.info.stamps(digest) != Some(true) {
            let message = "it is not a time-stamp of this signature";
            found.problems.push(Problem::new(SubIndication::HashFailure, message));
        }
        if let Err(error) = token.signed_data.signed_digest() {
            found.problems.push(Problem::new(SubIndication::FormatFailure, error.to_string()));
        }
        let identified = identify_in(&token.signed_data, known, inputs.limits);
        found.problems.extend(identified.problems);
        let verified =
            verify_token(&token.signed_data, identified.certificate.as_ref().map(Certificate::subject_public_key_info));
        found.problems.extend(verified.problems);
        let at = existed.unwrap_or(inputs.at);
        if let Some(facts) = &verified.scheme {
            found.problems.extend(signature_acceptance::algorithm(inputs.algorithms, facts, at));
        }
        found.problems.extend(imprint_algorithm(&token, inputs, at));
        if let Some(certificate) = &identified.certificate {
            found.problems.extend(x509.judge(certificate, Purpose::TimeStamping, existed).problems);
        }
        found.certificate = identified.certificate;
        found
    }

    /// It can be believed.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// Its verdict.
    pub fn indication(&self) -> Indication {
        self.problems.iter().map(|p| p.sub_indication.indication()).max().unwrap_or(Indication::Passed)
    }

    /// For the report.
    pub fn report(&self, kind: &'static str) -> TimestampReport {
        TimestampReport { kind, time: self.time.and_then(|t| t.format(&Rfc3339).ok()), indication: self.indication() }
    }
}

/// Whether the digest of what was time-stamped is strong enough.
pub fn imprint_algorithm(token: &TimeStampToken, inputs: &Inputs<'_>, at: OffsetDateTime) -> Option<Problem> {
    let digest = token.info.imprint_algorithm.digest()?;
    let until = inputs.algorithms.check_digest(digest, at).err()?;
    let since = until.map(|u| format!(" since {}", u.date())).unwrap_or_default();
    let message = format!("the time-stamp is over a {} digest, which is not strong enough{since}", digest.name());
    Some(Problem::new(SubIndication::CryptoConstraintsFailureNoPoe, message))
}
