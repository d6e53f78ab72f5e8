//! Checking files: their report.

use super::auth::Who;
use super::body::{Received, receive};
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::Params;
use crate::documents::record::{Recorder, record};
use crate::documents::verify::{Basis, verify};
use crate::error::Result;
use crate::people::permissions::Caller;
use crate::pki::path::RevocationMode;
use crate::receipts::scan;
use crate::tlog::LogPolicy;
use crate::validation::report::Report;
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

/// The report on what somebody without a token has sent.
pub async fn public_report(house: &Arc<House>, received: Received) -> Answer<Report> {
    house.work_for_public(async move |house| judged(house, received, RevocationMode::Require, None).await).await
}

/// The report on a file that has arrived; proofs of this service's own log are checked.
async fn judged(
    house: &House,
    received: Received,
    revocation: RevocationMode,
    recorder: Option<&Caller>,
) -> Result<Report> {
    let Received { mut upload, name, .. } = received;
    let basis = Basis {
        trust: &*house.trust()?,
        revocation,
        at: house.folder.now(),
        log: LogPolicy { keys: house.folder.log.verifier_keys(), quorum: 0 },
        password: None,
    };
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
