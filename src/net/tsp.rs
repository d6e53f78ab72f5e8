//! Asks TSAs for a time-stamp (RFC 3161), one after the other until one gives a token that can be believed.

use super::{ChosenBy, Fetch, NetError, Request, shown};
use crate::cms::tsp::{PkiFailureInfo, TimeStampReq, TimeStampResp, TimeStampToken, TstInfo};
use crate::cms::{CmsError, Oid, SignerIdentifier};
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind};
use crate::keys::{KeyError, random_bytes};
use crate::limits::Limits;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::certificate::Certificate;
use crate::pki::crypto::{self, CryptoError, Signed};
use crate::pki::material::TrustMaterial;
use crate::pki::path::{self, PathInputs, PolicyInputs, Purpose, RevocationMode, usable_for_time_stamping};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// Bytes of one response: a token with some certificates and revocation data.
const LONGEST_RESPONSE: usize = 1 << 20;

/// What a time-stamp is asked with.
pub struct Client<'a> {
    /// What fetches.
    pub fetch: &'a dyn Fetch,
    /// Where nonces come from.
    pub random: &'a dyn SecureRandom,
    /// The addresses of TSAs, in the order in which they are asked. A user name and password in one are sent as Basic
    /// authentication.
    pub servers: &'a [Zeroizing<String>],
    /// The policy that is asked for.
    pub policy: Option<Oid>,
    /// Who is believed. Without anchors a token is believed by what it says of itself.
    pub trust: &'a TrustMaterial,
}

/// A time-stamp that can be believed.
#[derive(Debug, Clone)]
pub struct TimeStamp {
    /// The TimeStampToken, encoded.
    pub token: Vec<u8>,
    /// What it says.
    pub info: TstInfo,
    /// The TSA's certificate.
    pub certificate: Certificate,
    /// The address of the TSA, as it may be shown.
    pub server: String,
}

/// Why a TSA gave no time-stamp that can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TspError {
    /// Nothing came.
    #[error(transparent)]
    Net(#[from] NetError),
    /// There are no random numbers for a nonce.
    #[error(transparent)]
    Random(#[from] KeyError),
    /// What came is no time-stamp response, or the token in it cannot be read.
    #[error("its answer is not a time-stamp: {0}")]
    Malformed(#[from] CmsError),
    /// It gives none (RFC 3161 section 2.4.2).
    #[error("it refuses: {} {words}", .failure.map_or("", PkiFailureInfo::name))]
    Refused {
        /// The standard's reason, if it says one.
        failure: Option<PkiFailureInfo>,
        /// What it says in words.
        words: String,
    },
    /// The token is about another digest.
    #[error("its time-stamp is of something else")]
    Imprint,
    /// The token answers another request.
    #[error("its time-stamp has not the nonce of the request")]
    Nonce,
    /// The token is given by another policy than the one asked for.
    #[error("its time-stamp is of the policy {policy}")]
    Policy {
        /// The token's policy.
        policy: Oid,
    },
    /// The certificate of the signer is not in the token, though it was asked for.
    #[error("its time-stamp comes without its certificate")]
    NoCertificate,
    /// No signed attribute names the certificate, or another one (RFC 5816 section 2.2.1).
    #[error("its time-stamp does not name the certificate that it is signed with")]
    NotNamed,
    /// The content is not what was signed, or there is no digest of it.
    #[error("its time-stamp was changed")]
    Changed,
    /// The signature value is not right.
    #[error("the signature of its time-stamp does not hold: {0}")]
    Signature(#[from] CryptoError),
    /// Scheme, key or digest are too weak.
    #[error("its time-stamp is signed too weakly")]
    Weak,
    /// The certificate is not valid at the time that the token states.
    #[error("its certificate is not valid at the time that it states")]
    OutOfTime,
    /// The certificate is not one for time-stamping (RFC 3161 section 2.3).
    #[error("{why}")]
    Purpose {
        /// Why not.
        why: String,
    },
    /// No good path leads from the certificate to a trust anchor.
    #[error("its certificate is not trusted: {why}")]
    Untrusted {
        /// Why not.
        why: String,
    },
}

impl Client<'_> {
    /// A time-stamp of what has this digest.
    pub async fn time_stamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<TimeStamp, Error> {
        let mut failures = Vec::new();
        for server in self.servers {
            match self.ask(server, algorithm, digest).await {
                Ok(time_stamp) => return Ok(time_stamp),
                Err(why) => {
                    tracing::info!("no time-stamp from {}: {why}", shown(server));
                    failures.push(format!("{}: {why}", shown(server)));
                }
            }
        }
        if failures.is_empty() {
            failures.push("there is no TSA to be asked".to_owned());
        }
        Err(Error::new(Kind::Unavailable, "tsa.unavailable", "the time-stamp", failures.join("; ")))
    }

    async fn ask(&self, server: &str, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<TimeStamp, TspError> {
        let nonce = u64::from_be_bytes(random_bytes(self.random)?);
        let request = TimeStampReq::new(algorithm, digest, self.policy.clone(), nonce)?;
        let body = request.encode();
        let query = Request {
            url: server,
            chosen_by: ChosenBy::Operator,
            authorization: None,
            body: Some(("application/timestamp-query", &body)),
            most: LONGEST_RESPONSE,
        };
        let response = TimeStampResp::parse(&self.fetch.fetch(&query).await?, Limits::in_force())?;
        let Some(token) = response.token.filter(|_| response.status < 2) else {
            let words = response.status_string.join(" ");
            return Err(TspError::Refused { failure: response.failure, words });
        };
        let (parsed, _) = TimeStampToken::parse(&token, Limits::in_force())?;
        let certificate = self.check(&parsed, &request)?;
        Ok(TimeStamp { token, info: parsed.info, certificate, server: shown(server) })
    }

    /// Whether the token answers the request and can be believed (RFC 3161 section 2.2); gives the TSA's certificate.
    fn check(&self, token: &TimeStampToken, request: &TimeStampReq) -> Result<Certificate, TspError> {
        let info = &token.info;
        // the parameters of the digest algorithm may be absent or NULL
        if info.imprint_algorithm.oid != request.imprint_algorithm.oid || info.imprint != request.imprint {
            return Err(TspError::Imprint);
        }
        if info.nonce != request.nonce {
            return Err(TspError::Nonce);
        }
        if request.policy.as_ref().is_some_and(|policy| *policy != info.policy) {
            return Err(TspError::Policy { policy: info.policy.clone() });
        }
        let certificate = signer(token)?;
        let at = info.gen_time;
        if at < certificate.not_before() || at > certificate.not_after() {
            return Err(TspError::OutOfTime);
        }
        usable_for_time_stamping(&certificate).map_err(|why| TspError::Purpose { why })?;
        if self.trust.anchors.is_empty() {
            return Ok(certificate);
        }
        let came_along = token.signed_data.certificates.iter().filter_map(|der| Certificate::parse(der).ok());
        let intermediates: Vec<Certificate> = self.trust.certificates.iter().cloned().chain(came_along).collect();
        let report = path::validate(
            &certificate,
            &PathInputs {
                anchors: &self.trust.anchors,
                intermediates: &intermediates,
                crls: &self.trust.crls,
                ocsps: &self.trust.ocsps,
                at,
                revocation: RevocationMode::IfAvailable,
                purpose: Purpose::TimeStamping,
                policies: PolicyInputs::default(),
                algorithms: &AlgorithmPolicy::default(),
                limits: Limits::in_force(),
            },
        );
        match report.problems.into_iter().next() {
            None => Ok(certificate),
            Some(problem) => Err(TspError::Untrusted { why: problem.message }),
        }
    }
}

/// The certificate that the token was signed with: named by the signer's identifier and by the signed
/// signing-certificate attribute; its key verifies the signature over this very content.
fn signer(token: &TimeStampToken) -> Result<Certificate, TspError> {
    let limits = Limits::in_force();
    let data = &token.signed_data;
    let signer = data.signer()?;
    let mut certificates = data.certificates.iter().filter_map(|der| Certificate::parse(der).ok());
    let is_signer = |certificate: &Certificate| match &signer.identifier {
        SignerIdentifier::IssuerAndSerialNumber { .. } => signer.names(certificate.der(), limits) == Some(true),
        SignerIdentifier::SubjectKeyIdentifier(id) => certificate.subject_key_identifier() == Some(id),
    };
    let certificate = certificates.find(is_signer).ok_or(TspError::NoCertificate)?;
    let attributes = signer.signed_attributes.as_ref().ok_or(TspError::NotNamed)?;
    let named = attributes.signing_certificates(limits)?;
    if named.is_empty() || !named.iter().all(|named| named.names(certificate.der(), limits) == Some(true)) {
        return Err(TspError::NotNamed);
    }
    let content = data.content.as_deref().unwrap_or_default();
    let digest = signer.digest().map(|algorithm| algorithm.hash(content));
    if digest.is_none() || data.signed_digest()? != digest {
        return Err(TspError::Changed);
    }
    let message = Signed::Message(signer.signed_message().unwrap_or_default());
    let (key, scheme) = (certificate.subject_public_key_info(), &signer.signature_algorithm.raw);
    let facts = crypto::verify(key, scheme, signer.digest(), message, &signer.signature)?;
    AlgorithmPolicy::default().check(&facts, token.info.gen_time).map_err(|_| TspError::Weak)?;
    Ok(certificate)
}
