//! The caller's key as a credential: what it is, and authorisations to sign with it.

use super::Who;
use super::fault::{Answer, Fault, FaultBody};
use super::parameters::Parameters;
use crate::cms::oid;
use crate::data_folder::DataFolder;
use crate::documents::hashes::{self, Authorization};
use crate::documents::signer;
use crate::http::house::House;
use crate::keys::SignatureScheme;
use crate::people::keys::{Opens, Standing};
use crate::people::permissions::Caller;
use crate::pki::certificate::Certificate;
use crate::pki::crypto;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::sync::Arc;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};
use zeroize::Zeroizing;

/// A credential (section 11.4).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CredentialInfo {
    /// Its name, in a list.
    #[serde(rename = "credentialID", skip_serializing_if = "Option::is_none")]
    credential_id: Option<String>,
    /// Its key.
    key: KeyInfo,
    /// Its certificate.
    cert: CertificateInfo,
    /// How one is allowed to use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<AuthenticationInfo>,
    /// `2`: an authorisation is for digests; `1`: it may be for any.
    #[serde(rename = "SCAL")]
    scal: &'static str,
    /// The most signatures of one authorisation.
    multisign: u32,
    /// The language of descriptions.
    lang: &'static str,
}

/// The key of a credential.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyInfo {
    /// `enabled` or `disabled`.
    status: &'static str,
    /// Object identifiers of its signature algorithms.
    algo: Vec<String>,
    /// Bits.
    len: usize,
    /// Object identifier of its curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<String>,
}

/// The certificate of a credential.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CertificateInfo {
    /// `valid` or `expired`, where that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// The certificate, then those of its issuers, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<String>>,
    /// Who issued it.
    #[serde(rename = "issuerDN", skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    /// Its serial number, hexadecimal.
    #[serde(rename = "serialNumber", skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    /// Whose it is.
    #[serde(rename = "subjectDN", skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// From when on it counts: `20260101000000Z`.
    #[serde(rename = "validFrom", skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Until when.
    #[serde(rename = "validTo", skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

/// How one is allowed to use a credential.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthenticationInfo {
    /// `explicit`: by `credentials/authorize`.
    mode: &'static str,
    /// How that goes together.
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'static str>,
    /// What is to be shown there.
    objects: Vec<AuthenticationObject>,
}

/// What is to be shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthenticationObject {
    /// `Password`.
    r#type: &'static str,
    /// Its name in `authData`.
    id: &'static str,
    /// What it is.
    label: &'static str,
    /// `N`: digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// `totp`: an app shows it (RFC 6238), nobody sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<&'static str>,
}

/// The PIN of a key.
const PIN: AuthenticationObject =
    AuthenticationObject { r#type: "Password", id: "PIN", label: "PIN", format: None, generator: None };
/// Its one-time password.
const ONE_TIME: AuthenticationObject = AuthenticationObject {
    r#type: "Password",
    id: "OTP",
    label: "One-time password",
    format: Some("N"),
    generator: Some("totp"),
};

/// What is wanted of a credential.
struct Wanted {
    /// How many certificates: none, one, all.
    certificates: usize,
    certificate: bool,
    authentication: bool,
}

impl Wanted {
    fn read(parameters: &mut Parameters) -> Answer<Self> {
        let certificates = match parameters.text("certificates")?.as_deref() {
            Some("none") => 0,
            Some("single") | None => 1,
            Some("chain") => usize::MAX,
            Some(_) => return Err(Fault::parameter("certificates")),
        };
        let (certificate, authentication) = (parameters.flag("certInfo")?, parameters.flag("authInfo")?);
        Ok(Self { certificates, certificate, authentication })
    }

    fn of(&self, house: &House, id: Option<&str>, standing: &Standing) -> Answer<CredentialInfo> {
        let key = &standing.public;
        let certificate = Certificate::parse(key.certificate()).map_err(crate::error::Error::from)?;
        let now = house.folder.now();
        let status = if now > certificate.not_after() {
            Some("expired")
        } else {
            signer::check_at_hand(key, &*house.trust()?, now).is_ok().then_some("valid")
        };
        let all = std::iter::once(key.certificate()).chain(key.chain().iter().map(Vec::as_slice));
        let certificates: Vec<String> = all.take(self.certificates).map(|der| STANDARD.encode(der)).collect();
        let by_pin = standing.opens == Opens::ByPin;
        let objects: Vec<_> = by_pin.then_some(PIN).into_iter().chain(standing.one_time.then_some(ONE_TIME)).collect();
        let is_locked = !objects.is_empty();
        let said = |text: String| self.certificate.then_some(text);
        Ok(CredentialInfo {
            credential_id: id.map(str::to_owned),
            key: key_info(standing, &certificate),
            cert: CertificateInfo {
                status,
                certificates: (self.certificates > 0).then_some(certificates),
                issuer: said(certificate.issuer().to_string()),
                serial: said(certificate.serial_hex()),
                subject: said(certificate.subject().to_string()),
                from: said(moment(certificate.not_before())),
                to: said(moment(certificate.not_after())),
            },
            auth: self.authentication.then_some(AuthenticationInfo {
                mode: "explicit",
                expression: match (by_pin, standing.one_time) {
                    (true, true) => Some("PIN AND OTP"),
                    (true, false) => Some("PIN"),
                    (false, true) => Some("OTP"),
                    (false, false) => None,
                },
                objects,
            }),
            scal: if is_locked { "2" } else { "1" },
            multisign: house.hash_terms.most,
            lang: "en-US",
        })
    }
}

fn moment(time: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day][hour][minute][second]Z");
    time.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

fn key_info(standing: &Standing, certificate: &Certificate) -> KeyInfo {
    let key = &standing.public;
    let mut algo: Vec<String> = Vec::new();
    let mut curve = None;
    for scheme in key.schemes() {
        match scheme {
            SignatureScheme::RsaPkcs1(_) if algo.is_empty() => algo.push(oid::RSA_ENCRYPTION.to_string()),
            SignatureScheme::EcdsaP256 => curve = Some(oid::P256.to_string()),
            SignatureScheme::EcdsaP384 => curve = Some(oid::P384.to_string()),
            _ => {}
        }
        if !algo.contains(&scheme.oid()) {
            algo.push(scheme.oid());
        }
    }
    let scheme = key.schemes().first().map(|scheme| scheme.algorithm_identifier()).unwrap_or_default();
    let facts = crypto::facts(certificate.subject_public_key_info(), &scheme, None);
    let status = if standing.may_sign.is_ok() { "enabled" } else { "disabled" };
    KeyInfo { status, algo, len: facts.map_or(0, |facts| facts.key_bits), curve }
}

/// The credentials of a token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CredentialList {
    /// Their names: none, or the one of the key that is bound to the token.
    #[serde(rename = "credentialIDs")]
    credential_ids: Vec<String>,
    /// The same in full, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_infos: Option<Vec<CredentialInfo>>,
    /// Whether those that cannot sign are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_valid: Option<bool>,
}

/// The credentials that the token signs with.
#[utoipa::path(post, path = "/csc/v2/credentials/list", tag = "csc", security(("token" = [])),
    request_body(content = Option<serde_json::Value>, description = "`credentialInfo`, `certificates` (none, single, chain), `certInfo`, `authInfo`, `onlyValid`"),
    responses((status = 200, body = CredentialList), (status = "default", body = FaultBody)))]
pub async fn list(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<CredentialList>> {
    let found = hashes::credential(&house.folder, &caller).await?;
    let mut parameters = Parameters::read(&headers, &body)?;
    if parameters.text("userID")?.is_some() {
        return Err(Fault::invalid("userID parameter MUST be null"));
    }
    let (in_full, only_valid) = (parameters.flag("credentialInfo")?, parameters.flag("onlyValid")?);
    let wanted = Wanted::read(&mut parameters)?;
    // of version 1: a list in one piece has no pages
    if parameters.text("pageToken")?.is_some() {
        return Err(Fault::parameter("pageToken"));
    }
    parameters.end()?;
    let (mut ids, mut infos) = (Vec::new(), Vec::new());
    if let Some((id, key)) = found.filter(|_| house.hash_terms.most > 0) {
        let info = wanted.of(&house, Some(&id), &key)?;
        if !only_valid || (info.cert.status == Some("valid") && info.key.status == "enabled") {
            ids.push(id);
            infos.push(info);
        }
    }
    Ok(Json(CredentialList {
        credential_ids: ids,
        credential_infos: in_full.then_some(infos),
        only_valid: only_valid.then_some(true),
    }))
}

/// The caller's credential, which is the one that is named.
pub(super) async fn named(folder: &DataFolder, caller: &Caller, parameters: &mut Parameters) -> Answer<Standing> {
    // what the caller may not do is said before what he has got wrong
    let found = hashes::credential(folder, caller).await?;
    let id = parameters.needed("credentialID")?;
    match found {
        Some((own, key)) if own == id => Ok(key),
        _ => Err(Fault::parameter("credentialID")),
    }
}

/// One credential.
#[utoipa::path(post, path = "/csc/v2/credentials/info", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`credentialID`, `certificates` (none, single, chain), `certInfo`, `authInfo`"),
    responses((status = 200, body = CredentialInfo), (status = "default", body = FaultBody)))]
pub async fn info(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<CredentialInfo>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    let key = named(&house.folder, &caller, &mut parameters).await?;
    let wanted = Wanted::read(&mut parameters)?;
    parameters.end()?;
    Ok(Json(wanted.of(&house, None, &key)?))
}

/// An authorisation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Authorized {
    /// The signature activation data, for one call of `signatures/signHash`.
    #[serde(rename = "SAD", serialize_with = "super::clear")]
    #[schema(value_type = String)]
    sad: Zeroizing<String>,
    /// How many seconds it counts.
    #[serde(rename = "expiresIn")]
    expires_in: i64,
}

impl From<Authorization> for Authorized {
    fn from(Authorization { sad, lifetime }: Authorization) -> Self {
        Self { sad, expires_in: lifetime.whole_seconds() }
    }
}

/// Authorises signatures: so many, and of these digests, if they are named.
#[utoipa::path(post, path = "/csc/v2/credentials/authorize", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`credentialID`, `numSignatures`, `hashes` (base64), `hashAlgorithmOID`, `authData`"),
    responses((status = 200, body = Authorized), (status = "default", body = FaultBody)))]
pub async fn authorize(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Authorized>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    named(&house.folder, &caller, &mut parameters).await?;
    let count = parameters.count("numSignatures")?;
    parameters.digest()?;
    let hashes = parameters.hashes()?;
    let shown = parameters.shown()?;
    parameters.end()?;
    let authorized = house
        .work(async move |house| {
            // what is refused is no failure of the work
            Ok(hashes::authorize(&house.folder, &caller, house.hash_terms, count, hashes, &shown).await)
        })
        .await??;
    Ok(Json(authorized.into()))
}

/// A new authorisation for the signatures that are left of one.
#[utoipa::path(post, path = "/csc/v2/credentials/extendTransaction", tag = "csc", security(("token" = [])),
    request_body(content = serde_json::Value, description = "`credentialID`, `SAD`, `hashes` (base64), `hashAlgorithmOID`"),
    responses((status = 200, body = Authorized), (status = "default", body = FaultBody)))]
pub async fn extend(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Authorized>> {
    let mut parameters = Parameters::read(&headers, &body)?;
    named(&house.folder, &caller, &mut parameters).await?;
    let sad = Zeroizing::new(parameters.needed("SAD")?);
    parameters.digest()?;
    let hashes = parameters.hashes()?;
    parameters.end()?;
    Ok(Json(hashes::extend(&house.folder, &caller, house.hash_terms, &sad, hashes).await?.into()))
}
