//! The OCSP responder (RFC 6960): a request in, a response out.
//!
//! It answers for the certificates of one CA, with a key that this CA certified for that (section 4.2.2.2).

use super::AuthorityError;
use crate::cms::ocsp::{
    CertStatus, Extensions, OcspRequest, OcspResponseStatus, ResponderId, ResponseData, SingleResponse, key_bits,
    response,
};
use crate::digest::DigestAlgorithm;
use crate::keys::{KeyError, SigningKey};
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use time::{Duration, OffsetDateTime};

/// How long an answer may be relied on.
const VALID: Duration = Duration::DAY;
/// Bytes of one request.
const LONGEST_REQUEST: usize = 64 << 10;
/// Certificates asked for in one request.
const MOST: usize = 100;

/// A responder.
pub struct Responder<'a> {
    /// Its key, with the certificate that makes it one.
    pub key: &'a dyn SigningKey,
    /// The CA it answers for.
    pub issuer: &'a Certificate,
}

impl Responder<'_> {
    /// Reads an OCSPRequest. One that asks for another CA's certificates, too, is not for this responder: nobody would
    /// believe what it says of those.
    pub fn accept(&self, request: &[u8]) -> Result<OcspRequest, OcspResponseStatus> {
        if request.len() > LONGEST_REQUEST {
            return Err(OcspResponseStatus::MalformedRequest);
        }
        let request =
            OcspRequest::parse(request, Limits::in_force()).map_err(|_| OcspResponseStatus::MalformedRequest)?;
        let is_known = request.version == 0 && !request.extensions.unknown_critical;
        if !is_known || !(1..=MOST).contains(&request.cert_ids.len()) {
            return Err(OcspResponseStatus::MalformedRequest);
        }
        if !request
            .cert_ids
            .iter()
            .all(|id| id.is_of(self.issuer.subject().raw(), self.issuer.subject_public_key_info()))
        {
            return Err(OcspResponseStatus::Unauthorized);
        }
        Ok(request)
    }

    /// The OCSPResponse to a request that was accepted. `status` tells how the certificate of the CA stands that has
    /// a serial number (its contents octets).
    pub async fn answer(
        &self,
        request: OcspRequest,
        now: OffsetDateTime,
        status: impl Fn(&[u8]) -> CertStatus,
    ) -> Result<Vec<u8>, AuthorityError> {
        let certificate = Certificate::parse(self.key.certificate())?;
        let key = key_bits(certificate.subject_public_key_info())?;
        let answers = request.cert_ids.into_iter().map(|id| SingleResponse {
            status: status(&id.serial),
            cert_id: id,
            this_update: now,
            next_update: Some(now.saturating_add(VALID)),
            archive_cutoff: None,
            extensions: Extensions::default(),
        });
        let data = ResponseData {
            responder: ResponderId::Key(DigestAlgorithm::Sha1.hash(key)),
            produced_at: now,
            responses: answers.collect(),
            extensions: Extensions { nonce: request.extensions.nonce, unknown_critical: false },
        };
        let tbs = data.encode();
        let scheme = self.key.schemes().first().copied().ok_or(KeyError::SigningFailed)?;
        let signature = self.key.sign(scheme, &tbs).await?;
        Ok(response(&tbs, &scheme.algorithm_identifier(), &signature, &[self.key.certificate()]))
    }
}
