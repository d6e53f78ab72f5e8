//! Asks for the status of certificates where they say that it is found: OCSP (RFC 6960) first, then revocation lists
//! (RFC 5280); and for the certificates of their issuers.
//!
//! What comes is examined before it is used or kept: it has to say something about this certificate, be of the time, and
//! be signed as it must be.

use super::cache::{Answer, Cache};
use super::{ChosenBy, Fetch, NetError, Request, shown};
use crate::cms::ocsp::{CertId, Extensions, OcspRequest, OcspResponse, OcspResponseStatus};
use crate::cms::{CmsError, SignedData, encode};
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind};
use crate::keys::{KeyError, random_bytes};
use crate::limits::Limits;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::anchors::TrustAnchors;
use crate::pki::certificate::{Certificate, GeneralName};
use crate::pki::crypto::{self, Signed};
use crate::pki::path::{self, PathInputs, PolicyInputs, ProblemKind, Purpose, RevocationMode};
use crate::pki::{CertificateList, needs_no_revocation_data};
use ring::rand::SecureRandom;
use time::OffsetDateTime;

/// Bytes of an OCSP response, with the responder's certificates.
const LONGEST_OCSP: usize = 256 << 10;
/// Bytes of a revocation list. Those of the largest national CAs have some ten million.
const LONGEST_CRL: usize = 64 << 20;
/// Bytes of a certificate, or of a bundle of them.
const LONGEST_CERTIFICATES: usize = 1 << 20;
/// Addresses of one kind that are asked for one certificate.
const MOST_ADDRESSES: usize = 4;
/// Octets of a nonce (RFC 9654 section 2.1).
const NONCE: usize = 32;

/// What the status of certificates is asked with.
pub struct Client<'a> {
    /// What fetches.
    pub fetch: &'a dyn Fetch,
    /// Where nonces come from.
    pub random: &'a dyn SecureRandom,
    /// Answers that are kept.
    pub cache: &'a Cache,
    /// Who chose the certificates: see [`ChosenBy`].
    pub chosen_by: ChosenBy,
    /// Now.
    pub now: OffsetDateTime,
    /// Answers that were kept count only if they were made after that.
    pub since: OffsetDateTime,
}

/// What says how a certificate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationData {
    /// An OCSPResponse, DER.
    Ocsp(Vec<u8>),
    /// A revocation list.
    Crl(CertificateList),
}

/// Why an address gave nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// Nothing came.
    #[error(transparent)]
    Net(#[from] NetError),
    /// There are no random numbers for a nonce.
    #[error(transparent)]
    Random(#[from] KeyError),
    /// A structure cannot be read.
    #[error("its answer cannot be read: {0}")]
    Malformed(#[from] CmsError),
    /// The responder gives no response (RFC 6960 section 4.2.1).
    #[error("it answers {}", .status.name())]
    Ocsp {
        /// What it answers instead.
        status: OcspResponseStatus,
    },
    /// The response answers another request.
    #[error("its answer has not the nonce of the request")]
    Nonce,
    /// What came is no revocation list.
    #[error("what is there is not a revocation list")]
    NotCrl,
    /// What came is not the issuer's certificate.
    #[error("what is there is not its issuer's certificate")]
    NotIssuer,
    /// What came says nothing about the certificate, is not of the time, or not signed as it must be.
    #[error("{why}")]
    SaysNothing {
        /// Which of that.
        why: String,
    },
}

/// A certificate, and who issued it.
#[derive(Clone, Copy)]
struct Subject<'s> {
    certificate: &'s Certificate,
    issuer: &'s Certificate,
}

impl Client<'_> {
    /// Revocation data about a certificate: that it is good, or that it is revoked. Nothing for one that needs none.
    pub async fn revocation_data(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Option<RevocationData>, Error> {
        if needs_no_revocation_data(certificate) {
            return Ok(None);
        }
        let subject = Subject { certificate, issuer };
        let mut failures = Vec::new();
        for url in certificate.extensions().ocsp.iter().take(MOST_ADDRESSES) {
            match self.ocsp(url, subject).await {
                Ok(response) => return Ok(Some(RevocationData::Ocsp(response))),
                Err(why) => failures.push(format!("{}: {why}", shown(url))),
            }
        }
        for url in crl_addresses(certificate).take(MOST_ADDRESSES) {
            match self.crl(url, subject).await {
                Ok(list) => return Ok(Some(RevocationData::Crl(list))),
                Err(why) => failures.push(format!("{}: {why}", shown(url))),
            }
        }
        if failures.is_empty() {
            failures.push("it names no http address where that is found".to_owned());
        }
        let what = format!("whether {} is revoked", certificate.display());
        Err(Error::new(Kind::Unavailable, "status.unavailable", what, failures.join("; ")))
    }

    /// The certificate of the issuer, from where the certificate says that it is (RFC 5280 section 4.2.2.1).
    pub async fn issuer(&self, certificate: &Certificate) -> Result<Certificate, Error> {
        let mut failures = Vec::new();
        for url in certificate.extensions().ca_issuers.iter().filter(|url| is_http(url)).take(MOST_ADDRESSES) {
            match self.issuer_at(url, certificate).await {
                Ok(issuer) => return Ok(issuer),
                Err(why) => failures.push(format!("{}: {why}", shown(url))),
            }
        }
        if failures.is_empty() {
            failures.push("it names no http address where that is found".to_owned());
        }
        let what = format!("the issuer of {}", certificate.display());
        Err(Error::new(Kind::Unavailable, "issuer.unavailable", what, failures.join("; ")))
    }

    /// Whether the data, and nothing else, tells how the certificate stands now.
    pub fn tells(&self, data: &RevocationData, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.examine(data, Subject { certificate, issuer }).is_ok()
    }

    async fn get(&self, url: &str, most: usize) -> Result<Vec<u8>, StatusError> {
        let request = Request { url, chosen_by: self.chosen_by, authorization: None, body: None, most };
        Ok(self.fetch.fetch(&request).await?)
    }

    async fn ocsp(&self, url: &str, subject: Subject<'_>) -> Result<Vec<u8>, StatusError> {
        let issuer = subject.issuer;
        // SHA-1, because many responders know nothing else (RFC 5019 section 2.1.1); it protects nothing here
        let id = CertId::new(
            DigestAlgorithm::Sha1,
            issuer.subject().raw(),
            issuer.subject_public_key_info(),
            subject.certificate.serial(),
        );
        let cert_ids = vec![id?];
        let mut request = OcspRequest { version: 0, cert_ids, extensions: Extensions::default() };
        let question = [url.as_bytes(), b"\n", &request.encode()].concat();
        if let Some(kept) = self.cache.get(Answer::Ocsp, &question)
            && ocsp_made(&kept, None).is_ok_and(|made| made >= self.since)
            && self.examine(&RevocationData::Ocsp(kept.clone()), subject).is_ok()
        {
            return Ok(kept);
        }
        let nonce = random_bytes::<NONCE>(self.random)?;
        request.extensions.nonce = Some(encode::octet_string(&nonce));
        let body = request.encode();
        let query = Request {
            url,
            chosen_by: self.chosen_by,
            authorization: None,
            body: Some(("application/ocsp-request", &body)),
            most: LONGEST_OCSP,
        };
        let response = self.fetch.fetch(&query).await?;
        ocsp_made(&response, request.extensions.nonce.as_deref())?;
        self.examine(&RevocationData::Ocsp(response.clone()), subject)?;
        self.cache.put(Answer::Ocsp, &question, &response);
        Ok(response)
    }

    async fn crl(&self, url: &str, subject: Subject<'_>) -> Result<CertificateList, StatusError> {
        if let Some(kept) = self.cache.get(Answer::Crl, url.as_bytes()).map(CertificateList::from)
            && kept.this_update().is_some_and(|made| made >= self.since)
            && self.examine(&RevocationData::Crl(kept.clone()), subject).is_ok()
        {
            return Ok(kept);
        }
        let list = CertificateList::from(self.get(url, LONGEST_CRL).await?);
        if list.this_update().is_none() {
            return Err(StatusError::NotCrl);
        }
        self.examine(&RevocationData::Crl(list.clone()), subject)?;
        self.cache.put(Answer::Crl, url.as_bytes(), list.der());
        Ok(list)
    }

    async fn issuer_at(&self, url: &str, certificate: &Certificate) -> Result<Certificate, StatusError> {
        let find = |bytes: &[u8]| certificates_in(bytes).into_iter().find(|issuer| has_issued(issuer, certificate));
        if let Some(issuer) = self.cache.get(Answer::Certificate, url.as_bytes()).and_then(|kept| find(&kept)) {
            return Ok(issuer);
        }
        let bytes = self.get(url, LONGEST_CERTIFICATES).await?;
        let issuer = find(&bytes).ok_or(StatusError::NotIssuer)?;
        self.cache.put(Answer::Certificate, url.as_bytes(), issuer.der());
        Ok(issuer)
    }

    /// Whether the data, and nothing else, tells how the certificate stands now: as a validation would see it that
    /// believes the issuer.
    fn examine(&self, data: &RevocationData, subject: Subject<'_>) -> Result<(), StatusError> {
        let anchors = TrustAnchors::new(vec![subject.issuer.clone()]);
        let (crls, ocsps) = match data {
            RevocationData::Ocsp(response) => (Vec::new(), vec![response.clone()]),
            RevocationData::Crl(list) => (vec![list.clone()], Vec::new()),
        };
        let report = path::validate(
            subject.certificate,
            &PathInputs {
                anchors: &anchors,
                intermediates: &[],
                crls: &crls,
                ocsps: &ocsps,
                at: self.now,
                revocation: RevocationMode::Require,
                purpose: Purpose::Any,
                policies: PolicyInputs::default(),
                algorithms: &AlgorithmPolicy::default(),
                limits: Limits::in_force(),
            },
        );
        let unknown = report.problems.iter().find(|problem| match problem.kind {
            ProblemKind::RevocationUnknown
            | ProblemKind::NoChain
            | ProblemKind::ChainConstraints
            | ProblemKind::General => true,
            ProblemKind::Revoked { .. }
            | ProblemKind::NotYetValid
            | ProblemKind::Expired
            | ProblemKind::Crypto { .. } => false,
        });
        unknown.map_or(Ok(()), |problem| Err(StatusError::SaysNothing { why: problem.message.clone() }))
    }
}

/// When an OCSP response was made. It has to be a successful one, and to carry the nonce if it carries any: many
/// responders sign their answers beforehand (RFC 9654 section 2.1).
fn ocsp_made(response: &[u8], nonce: Option<&[u8]>) -> Result<OffsetDateTime, StatusError> {
    let OcspResponse { status, basic } = OcspResponse::parse(response, Limits::in_force())?;
    let basic = basic.ok_or(StatusError::Ocsp { status })?;
    match (nonce, basic.data.extensions.nonce) {
        (Some(asked), Some(answered)) if asked != answered => Err(StatusError::Nonce),
        _ => Ok(basic.data.produced_at),
    }
}

fn is_http(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Where the certificate says that revocation lists are.
fn crl_addresses(certificate: &Certificate) -> impl Iterator<Item = &str> {
    let points = certificate.extensions().distribution_points.iter();
    points.flat_map(|point| &point.names).filter_map(|name| match name {
        GeneralName::Uri(url) if is_http(url) => Some(url.as_str()),
        _ => None,
    })
}

/// The certificates in what a caIssuers address gives: one in DER, or several in a SignedData without signers.
fn certificates_in(bytes: &[u8]) -> Vec<Certificate> {
    match (Certificate::parse(bytes), SignedData::parse(bytes, Limits::in_force())) {
        (Ok(certificate), _) => vec![certificate],
        (_, Ok((data, _))) => data.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect(),
        _ => Vec::new(),
    }
}

fn has_issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let signed = Signed::Message(certificate.tbs());
    let (key, algorithm) = (issuer.subject_public_key_info(), certificate.signature_algorithm());
    issuer.subject() == certificate.issuer()
        && crypto::verify(key, algorithm, None, signed, certificate.signature()).is_ok()
}
