//! Signatures of digests, and time-stamps.

use super::Who;
use super::credentials::named;
use super::fault::{Answer, Fault, FaultBody};
use super::parameters::Parameters;
use crate::cms::oid;
use crate::cms::tsp::{TimeStampReq, TimeStampResp};
use crate::digest::DigestAlgorithm;
use crate::documents::hashes;
use crate::documents::services::Services;
use crate::error::Error;
use crate::http::house::House;
use crate::keys::SignatureScheme;
use crate::limits::Limits;
use crate::people::permissions::Permission;
use crate::pki::crypto;
use crate::trust_services;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Signature values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Signatures {
    /// In the order of the digests, base64; ECDSA as CMS has it, in DER.
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<Vec<String>>,
    /// Where they come later: what `signPolling` is asked with.
    #[serde(rename = "responseID", skip_serializing_if = "Option::is_none")]
    response_id: Option<String>,
}

impl Signatures {
    fn now(values: Vec<String>) -> Self {
        Self { signatures: Some(values), response_id: None }
    }

    fn later(id: String) -> Self {
        Self { signatures: None, response_id: Some(id) }
    }
}

/// Signs digests as they were authorised, once. Each signature is in the log before its value is given out.
#[utoipa::path(post, path = "/csc/v2/signatures/signHash", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`credentialID`, `SAD`, `hashes` (base64), `hashAlgorithmOID`, `signAlgo`, `signAlgoParams`, `operationMode` (S, A)"),
    responses((status = 200, body = Signatures), (status = "default", body = FaultBody)))]
pub async fn sign_hash(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Signatures>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    let key = named(&house.folder, &caller, &mut parameters).await?;
    let sad = Zeroizing::new(parameters.needed("SAD")?);
    let digests = parameters.hashes()?.ok_or_else(|| Fault::missing("array", "hashes"))?;
    let scheme = scheme(&mut parameters, None)?;
    if !key.public.schemes().contains(&scheme) {
        return Err(Fault::parameter("signAlgo"));
    }
    if digests.iter().any(|digest| digest.len() != scheme.digest().size()) {
        return Err(Fault::invalid("Invalid digest value length"));
    }
    let later = parameters.later()?;
    parameters.end()?;
    let id = if later { Some(house.later.begin(&house.folder, &caller)?) } else { None };
    let at = Arc::clone(&house);
    let made = async move {
        let job = async move |house: &House, services: &Services<'_>| {
            // what is refused is no failure of the work
            Ok(hashes::sign(&house.folder, &caller, services, &sad, scheme, &digests).await)
        };
        let values = at.work_with_services(job).await??;
        Ok::<_, Fault>(values.iter().map(|value| STANDARD.encode(value)).collect::<Vec<_>>())
    };
    let Some(id) = id else { return Ok(Json(Signatures::now(made.await?))) };
    let named = id.clone();
    tokio::spawn(async move { house.later.end(&named, made.await) });
    Ok(Json(Signatures::later(id)))
}

/// The signatures that were to come later; 202 while they are being made.
#[utoipa::path(post, path = "/csc/v2/signatures/signPolling", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`requestID`: the `responseID` of `signHash`"),
    responses((status = 200, body = Signatures), (status = 202, body = Signatures), (status = "default", body = FaultBody)))]
pub async fn poll(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<Signatures>)> {
    caller.may(Permission::SignDocuments)?;
    let mut parameters = Parameters::read(&headers, &body)?;
    let id = parameters.needed("requestID")?;
    parameters.end()?;
    Ok(match house.later.outcome(&id, &caller)? {
        Some(values) => (StatusCode::OK, Json(Signatures::now(values))),
        None => (StatusCode::ACCEPTED, Json(Signatures::later(id))),
    })
}

/// The scheme that `signAlgo`, `signAlgoParams` and the digest algorithm say; `usual` is meant where none is said and one is needed.
pub(super) fn scheme(parameters: &mut Parameters, usual: Option<DigestAlgorithm>) -> Answer<SignatureScheme> {
    let algorithm = parameters.needed("signAlgo")?;
    let (digest, given) = (parameters.digest()?, parameters.text("signAlgoParams")?);
    let no_digest = || Fault::missing("string", "hashAlgorithmOID");
    if algorithm == oid::RSASSA_PSS.to_string() {
        let given = given.ok_or_else(|| Fault::missing("string", "signAlgoParams"))?;
        let usual = STANDARD.decode(given).ok().and_then(|given| crypto::usual_pss(&given));
        let usual = usual.ok_or_else(|| Fault::parameter("signAlgoParams"))?;
        return agreed(SignatureScheme::RsaPss(usual), digest);
    }
    if algorithm == oid::RSA_ENCRYPTION.to_string() {
        return Ok(SignatureScheme::RsaPkcs1(digest.or(usual).ok_or_else(no_digest)?));
    }
    let named = [
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384),
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureScheme::EcdsaP256,
        SignatureScheme::EcdsaP384,
    ];
    let scheme = named.into_iter().find(|scheme| scheme.oid() == algorithm);
    agreed(scheme.ok_or_else(|| Fault::parameter("signAlgo"))?, digest)
}

fn agreed(scheme: SignatureScheme, digest: Option<DigestAlgorithm>) -> Answer<SignatureScheme> {
    if digest.is_some_and(|digest| digest != scheme.digest()) {
        return Err(Fault::invalid("String parameter hashAlgorithmOID contradicts with signAlgo parameter"));
    }
    Ok(scheme)
}

/// A time-stamp.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimeStamp {
    /// The token (RFC 3161), base64.
    timestamp: String,
}

/// A time-stamp of a digest, by the data folder's own authority.
#[utoipa::path(post, path = "/csc/v2/signatures/timestamp", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`hash` (base64), `hashAlgo`, `nonce` (hexadecimal)"),
    responses((status = 200, body = TimeStamp), (status = "default", body = FaultBody)))]
pub async fn timestamp(
    Who(_caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<TimeStamp>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    let hash = parameters.needed("hash")?;
    let hash = STANDARD.decode(hash).map_err(|_| Fault::invalid("Invalid Base64 hash string parameter"))?;
    let digest = parameters.digest()?.ok_or_else(|| Fault::missing("string", "hashAlgo"))?;
    if hash.len() != digest.size() {
        return Err(Fault::invalid("Invalid digest value length"));
    }
    let wrong = || Fault::parameter("nonce");
    let nonce =
        parameters.text("nonce")?.map(|nonce| u64::from_str_radix(&nonce, 16).map_err(|_| wrong())).transpose()?;
    parameters.end()?;
    let mut request = TimeStampReq::new(digest, &hash, None, nonce.unwrap_or_default()).map_err(Error::from)?;
    if nonce.is_none() {
        request.nonce = None;
    }
    let request = request.encode();
    let response = house.work(async move |house| trust_services::time_stamp(&house.folder, &request).await).await?;
    let response = TimeStampResp::parse(&response, &Limits::DEFAULT).map_err(Error::from)?;
    let refused = || Fault::unavailable(response.status_string.join(" "));
    let token = response.token.as_ref().ok_or_else(refused)?;
    Ok(Json(TimeStamp { timestamp: STANDARD.encode(token) }))
}
