//! Checking files: their report.

use super::auth::Who;
use super::body::{Received, receive};
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::Params;
use crate::documents::compare::{Bounds, Comparison, compare};
use crate::documents::record::{Recorder, record};
use crate::documents::verify::{Basis, verify};
use crate::error::{Error, Kind, Result};
use crate::pdf::source::Source;
use crate::people::permissions::Caller;
use crate::pki::material::TrustMaterial;
use crate::pki::path::RevocationMode;
use crate::receipts::check::CheckText;
use crate::receipts::series::ReceiptId;
use crate::receipts::{photo, register, scan};
use crate::tlog::LogPolicy;
use crate::validation::report::{Integrity, Modification, Report, SignatureReport, Verdict};
use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use std::sync::Arc;

/// What is taken besides forms.
const KINDS: [&str; 4] = ["application/pdf", "application/xml", "text/xml", "application/octet-stream"];

/// How it is judged.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VerifyParams {
    /// What is done about revocation.
    #[serde(default)]
    #[param(inline)]
    revocation: Revocation,
    /// Enter the verdict into the log; the answer then has the entry and its proof under `record`.
    #[serde(default)]
    record: bool,
}

/// What is done about revocation.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Revocation {
    /// Each certificate needs revocation data.
    #[default]
    Require,
    /// What is there is checked.
    IfAvailable,
    /// Not looked at.
    Ignore,
}

/// Judges the signatures of a PDF or of a receipt's XML with the trust anchors and revocation data of the service. Nothing is kept, unless it is to be
/// recorded: then the log has the file's SHA-256, the verdict and the digest of what it was judged by.
#[utoipa::path(post, path = "/api/v1/verify", tag = "verify", params(VerifyParams), security(("token" = [])),
    request_body(description = "the file, or a form with the part file",
        content(("application/pdf"), ("application/xml"), ("multipart/form-data"))),
    responses((status = 200, description = "the report", body = Object), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn judge(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<VerifyParams>,
    request: Request,
) -> Answer<Json<Report>> {
    let received = receive(&house, request, &KINDS).await?;
    let revocation = match asked.revocation {
        Revocation::Require => RevocationMode::Require,
        Revocation::IfAvailable => RevocationMode::IfAvailable,
        Revocation::Ignore => RevocationMode::Ignore,
    };
    let recorder = asked.record.then_some(caller);
    let judge = async move |house: &House| judged(house, received, revocation, recorder.as_ref()).await;
    Ok(Json(house.work(judge).await?))
}

/// Bytes of the largest photograph, and of the largest document whose pages are compared for who has no token.
const LARGEST_DRAWN: u64 = 24 << 20;

/// What somebody without a token is told of what was sent.
pub struct Checked {
    /// What is to be thought of it; none of a code that only leads to a receipt.
    pub report: Option<Report>,
    /// What a document is now beside what was signed, where something changed that may not.
    pub comparison: Option<Comparison>,
    /// The code of the receipt that it is about, if that was issued here.
    pub code: Option<String>,
}

/// Judges a file that somebody without a token has sent: a PDF, an XML, or a photograph of a receipt's QR code. Nothing is kept.
pub async fn public_check(house: &Arc<House>, received: Received) -> Answer<Checked> {
    let check = async move |house: &House| {
        let mut received = received;
        let source = received.upload.source()?;
        let begin = source.read_up_to(0, 16).map_err(unreadable)?;
        if photo::is_photo(&begin) {
            let texts = photo::codes(&whole(&*source)?);
            return match texts.first() {
                Some(text) => told_by(house, text).await,
                None => Err(no_code("there is no QR code in the picture that can be read")),
            };
        }
        let report = judged(house, received, RevocationMode::Require, None).await?;
        let is_changed =
            |one: &SignatureReport| one.modification == Modification::Forbidden && one.integrity == Integrity::Intact;
        let is_compared = report.signatures.iter().any(is_changed) && source.len() <= LARGEST_DRAWN;
        let comparison = if is_compared {
            // the verdict stands, whether or not there are pictures
            compare(&report, &Arc::new(whole(&*source)?), None, &Bounds::for_the_public()).ok()
        } else {
            None
        };
        // a receipt of another body may have the same number: only the very file that was issued here is ours
        let ours = report.receipt.as_ref().filter(|receipt| receipt.state.is_some());
        let code = match ours {
            Some(receipt) => code_of(house, &receipt.number).await?,
            None => None,
        };
        Ok(Checked { report: Some(report), comparison, code })
    };
    house.work_for_public(check).await
}

/// Judges the text of a QR code.
pub async fn public_text(house: &Arc<House>, text: String) -> Answer<Checked> {
    house.work_for_public(async move |house| told_by(house, &text).await).await
}

async fn told_by(house: &House, text: &str) -> Result<Checked> {
    let Ok(check) = CheckText::parse(text) else {
        let code = register::code_in(text).ok_or_else(|| no_code("the QR code is not that of a receipt"))?;
        return Ok(Checked { report: None, comparison: None, code: Some(code) });
    };
    let trust = house.trust()?;
    let basis = basis(house, &trust, RevocationMode::Require);
    let report = scan::check(&house.folder, text, &basis).await?;
    let is_here = check.said.check_url.starts_with(&format!("{}/v/", house.public_url));
    if report.verdict == Verdict::Failed && !is_here {
        // a receipt of another body may have the same number
        return Ok(Checked { report: Some(scan::alone(text, &basis)?), comparison: None, code: None });
    }
    let code = code_of(house, &check.said.id.to_string()).await?;
    Ok(Checked { report: Some(report), comparison: None, code })
}

/// The code of the receipt with this number.
async fn code_of(house: &House, number: &str) -> Result<Option<String>> {
    let Ok(id) = number.parse::<ReceiptId>() else { return Ok(None) };
    let mut tx = house.folder.store.read().await?;
    let row = tx.receipt(id.series.form.as_str(), id.series.symbol.as_str(), id.number.get()).await?;
    Ok(row.map(|row| row.code))
}

fn no_code(why: &str) -> Error {
    Error::new(Kind::BadInput, "photo.no_code", "the picture", why)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::new(Kind::Unavailable, "store.unreadable", "what was sent", error)
}

/// All of a file that is not too large to be looked at.
fn whole(source: &dyn Source) -> Result<Vec<u8>> {
    if source.len() > LARGEST_DRAWN {
        return Err(Error::new(Kind::BadInput, "photo.too_large", "the picture", "it is too large"));
    }
    let length = usize::try_from(source.len()).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length];
    source.read_exact_at(0, &mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// By what it is judged; proofs of this service's own log are checked.
fn basis<'a>(house: &'a House, trust: &'a TrustMaterial, revocation: RevocationMode) -> Basis<'a> {
    Basis {
        trust,
        revocation,
        at: house.folder.now(),
        log: LogPolicy { keys: house.folder.log.verifier_keys(), quorum: 0 },
        password: None,
    }
}

/// The report on a file that has arrived.
async fn judged(
    house: &House,
    received: Received,
    revocation: RevocationMode,
    recorder: Option<&Caller>,
) -> Result<Report> {
    let Received { mut upload, name, .. } = received;
    let trust = house.trust()?;
    let basis = basis(house, &trust, revocation);
    let source = upload.source()?;
    let mut report = verify(name.unwrap_or_default(), &source, &basis)?;
    let sha256 = scan::copied(&source, &basis, &mut report).unwrap_or_else(|| upload.sha256());
    scan::standing(&house.folder, &sha256, &mut report).await?;
    if let Some(caller) = recorder {
        let who = Recorder { actor: &caller.id, unit: Some(&caller.unit) };
        record(&house.folder, &*source, &basis, &mut report, who).await?;
    }
    Ok(report)
}
