//! Stored documents signed by keys that are elsewhere: prepared, and finished with the signature value.

use super::auth::Who;
use super::body::json;
use super::documents::SignedView;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::sign::SignRequest;
use crate::digest::DigestAlgorithm;
use crate::documents::deferred::Request;
use crate::documents::stored::{self, Elsewhere};
use crate::error::Error;
use crate::keys::{KeyError, PublicHalf, SignatureScheme, pem};
use crate::pades::Level;
use crate::people::permissions::Permission;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::Duration;

/// Hours for which a signature is awaited, unless the request says another number; and at most.
const HOURS: u32 = 72;
const MOST_HOURS: u32 = 720;
/// Certificates of issuers.
const MOST_ISSUERS: usize = 20;

/// Whose key shall sign, and what one may ask of a signature. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareRequest {
    /// The certificate of the key: base64 of its DER, or PEM.
    certificate: String,
    /// The certificates of its issuers, each as the certificate itself.
    #[serde(default)]
    chain: Vec<String>,
    /// The digest algorithm: `sha256`, `sha384`, `sha512`; left out, it is the key's preferred one.
    digest: Option<String>,
    /// The padding of an RSA signature: `pkcs1` or `pss`.
    scheme: Option<Padding>,
    /// For how many hours the signature is awaited, 72 unless it is said, at most 720.
    valid_hours: Option<u32>,
    /// The signature; its level is B-B.
    #[serde(flatten)]
    signature: SignRequest,
}

/// The padding of an RSA signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
    /// RSASSA-PSS.
    Pss,
}

/// Whose key shall sign, and how.
pub struct KeyElsewhere {
    /// The certificate: base64 of its DER, or PEM.
    pub certificate: String,
    /// Its issuers'.
    pub chain: Vec<String>,
    /// The digest algorithm.
    pub digest: Option<String>,
    /// The padding of an RSA signature.
    pub scheme: Option<Padding>,
    /// For how many hours the signature is awaited.
    pub valid_hours: Option<u32>,
}

impl KeyElsewhere {
    /// The key, its scheme, and how long it is awaited.
    pub fn read(self) -> Answer<(PublicHalf, SignatureScheme, Duration)> {
        if self.chain.len() > MOST_ISSUERS {
            return Err(Problem::unprocessable("deferred.chain", format!("no more than {MOST_ISSUERS} are taken")));
        }
        let hours = self.valid_hours.unwrap_or(HOURS);
        if hours > MOST_HOURS {
            return Err(Problem::unprocessable(
                "deferred.valid_hours",
                format!("no more than {MOST_HOURS} are waited"),
            ));
        }
        let key =
            public_half(&self.certificate, &self.chain).map_err(|error| Error::from(error).about("the certificate"))?;
        let named = |name: &String| {
            let found = DigestAlgorithm::ALL.into_iter().find(|digest| digest.name() == name);
            found.ok_or_else(|| Problem::unprocessable("deferred.digest", "sha256, sha384 or sha512 is wanted"))
        };
        let digest = self.digest.as_ref().map(named).transpose()?;
        let pss = self.scheme.map(|padding| padding == Padding::Pss);
        let scheme = SignatureScheme::choose(key.schemes(), digest, pss).map_err(Error::from)?;
        Ok((key, scheme, Duration::hours(hours.into())))
    }
}

impl PrepareRequest {
    fn elsewhere(self) -> Answer<Elsewhere> {
        let Self { certificate, chain, digest, scheme, valid_hours, signature } = self;
        let (key, scheme, lifetime) = KeyElsewhere { certificate, chain, digest, scheme, valid_hours }.read()?;
        let version = signature.version;
        Ok(Elsewhere { key, scheme, lifetime, version, wish: signature.wish()? })
    }
}

/// The key of a certificate; each text is base64 of DER, or PEM.
fn public_half(certificate: &str, chain: &[String]) -> Result<PublicHalf, KeyError> {
    let mut all = String::new();
    for text in std::iter::once(certificate).chain(chain.iter().map(String::as_str)) {
        if text.contains("-----BEGIN ") {
            all.push_str(text);
        } else {
            let unreadable = |_| KeyError::Unreadable { what: "its base64" };
            all.push_str(&pem::encode("CERTIFICATE", &STANDARD.decode(text.trim()).map_err(unreadable)?));
        }
        all.push('\n');
    }
    PublicHalf::read(all.as_bytes(), None)
}

/// What was laid out and is to be signed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreparedView {
    /// The file's name, if one was given.
    name: Option<String>,
    /// The version of the document that is signed.
    version: u32,
    /// What is to be signed, by which key, until when; its `id` is the `request` of what finishes it.
    #[serde(flatten)]
    request: Request,
    /// What the signer should know.
    warnings: Vec<String>,
}

/// Lays out the newest version for a key that is elsewhere, and says what is to be signed. Nothing is signed or logged before the
/// signature value is there.
#[utoipa::path(post, path = "/api/v1/documents/{id}/prepare", tag = "documents", params(("id" = String, Path)), security(("token" = [])),
    request_body = PrepareRequest,
    responses((status = 200, body = PreparedView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn prepare(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<PreparedView>> {
    caller.may(Permission::SignDocuments)?;
    let asked = json::<PrepareRequest>(&headers, &body)?.elsewhere()?;
    let (document, request, warnings) = house
        .work_with_services(async move |house, services| {
            stored::prepare(&house.folder, &caller, services, &id, asked).await
        })
        .await?;
    Ok(Json(PreparedView { name: document.name, version: document.newest.version, warnings, request }))
}

/// The signature value of what was prepared.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRequest {
    /// The `id` of what was prepared.
    pub request: String,
    /// The value, base64; of ECDSA in DER.
    signature: String,
}

impl FinishRequest {
    /// The value.
    pub fn value(&self) -> Answer<Vec<u8>> {
        let wrong = |_| Problem::unprocessable("deferred.signature", "signature is not base64");
        STANDARD.decode(self.signature.trim()).map_err(wrong)
    }
}

/// Makes the signed version of what the same caller prepared. The value is verified before anything is logged; a second time is
/// refused, but where no answer came the same value may be sent again.
#[utoipa::path(post, path = "/api/v1/documents/{id}/finish", tag = "documents", params(("id" = String, Path)), security(("token" = [])),
    request_body = FinishRequest,
    responses((status = 200, body = SignedView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn finish(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<SignedView>> {
    caller.may(Permission::SignDocuments)?;
    let asked: FinishRequest = json(&headers, &body)?;
    let signature = asked.value()?;
    let (document, done) = house
        .work_with_services(async move |house, services| {
            stored::finish(&house.folder, &caller, services, &id, &asked.request, &signature).await
        })
        .await?;
    Ok(Json(SignedView::new(document, done, Level::B)))
}
