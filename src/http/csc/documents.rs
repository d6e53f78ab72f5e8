//! Signatures of documents.

use super::Who;
use super::credentials::named;
use super::fault::{Answer, Fault, FaultBody};
use super::parameters::Parameters;
use super::signatures::scheme;
use crate::digest::DigestAlgorithm;
use crate::documents::desk::Wish;
use crate::documents::handed_in::{self, HandedIn};
use crate::http::house::House;
use crate::keys::PublicHalf;
use crate::pades::{Certify, Level};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes of the largest request: it is in memory, several times.
pub const LARGEST: u64 = 48 << 20;
/// What is signed: PDF, by PAdES.
pub const FORMAT: &str = "P";
/// How a signature stands in it: it certifies the document, or is one of several. The first one is meant where nothing is said.
pub const ENVELOPES: [&str; 2] = ["Certification", "Revision"];
/// Levels, as this API calls them.
pub const LEVELS: [(&str, Level); 4] =
    [("Ades-B-B", Level::B), ("Ades-B-T", Level::T), ("Ades-B-LT", Level::Lt), ("Ades-B-LTA", Level::Lta)];

/// Signed documents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Documents {
    /// In the order in which they were handed in, base64.
    #[serde(rename = "DocumentWithSignature")]
    documents: Vec<String>,
}

/// Signs documents whose digests were authorised, once. Each signature is in the log before its document is given out.
#[utoipa::path(post, path = "/csc/v2/signatures/signDoc", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`credentialID`, `SAD`, `documents`: each `document` (base64), `signature_format` (P), `conformance_level`, `signAlgo`, `signAlgoParams`, `signed_envelope_property` (Certification, Revision)"),
    responses((status = 200, body = Documents), (status = "default", body = FaultBody)))]
pub async fn sign(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Documents>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    drop(body);
    let key = named(&house.folder, &caller, &mut parameters).await?;
    let sad = Zeroizing::new(parameters.needed("SAD")?);
    let documents = parameters.objects("documents")?;
    let documents = documents.into_iter().map(|one| handed_in(one, &key.public)).collect::<Answer<Vec<HandedIn>>>()?;
    if parameters.later()? {
        return Err(Fault::parameter("operationMode"));
    }
    if parameters.flag("returnValidationInfo")? {
        return Err(Fault::parameter("returnValidationInfo"));
    }
    parameters.end()?;
    let signed = house
        .work_with_services(async move |house, services| {
            // what is refused is no failure of the work
            Ok(handed_in::sign(&house.folder, &caller, services, &sad, documents).await)
        })
        .await??;
    Ok(Json(Documents { documents: signed.iter().map(|file| STANDARD.encode(file)).collect() }))
}

/// A document, and how it is to be signed.
fn handed_in(parameters: Parameters, key: &PublicHalf) -> Answer<HandedIn> {
    let mut parameters = parameters;
    let wrong = || Fault::invalid("Invalid Base64 documents string parameter");
    let file = STANDARD.decode(parameters.needed("document")?).map_err(|_| wrong())?;
    if parameters.needed("signature_format")? != FORMAT {
        return Err(Fault::parameter("signature_format"));
    }
    let level = match parameters.text("conformance_level")? {
        None => Level::B,
        Some(name) => {
            let level = LEVELS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
            level.ok_or_else(|| Fault::parameter("conformance_level"))?.1
        }
    };
    let certify = match parameters.text("signed_envelope_property")?.as_deref() {
        None | Some("Certification") => Some(Certify::FormFill),
        Some("Revision") => None,
        Some(_) => return Err(Fault::parameter("signed_envelope_property")),
    };
    let scheme = scheme(&mut parameters, Some(DigestAlgorithm::Sha256))?;
    if !key.schemes().contains(&scheme) {
        return Err(Fault::parameter("signAlgo"));
    }
    parameters.end()?;
    Ok(HandedIn { file: Arc::new(file), wish: Wish { certify, ..Wish::new(level) }, scheme })
}
