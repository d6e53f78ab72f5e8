//! Many official documents signed by one act, with one PIN.

use super::at_desk;
use crate::error::Error;
use crate::http::auth::Who;
use crate::http::body::json;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem, ProblemBody};
use crate::people::permissions::Caller;
use crate::registry::ink::Place;
use crate::registry::kinds::Words;
use crate::registry::machine::Act;
use crate::registry::outgoing::SignatureRequest;
use crate::registry::together::{self, Chosen, Preview};
use crate::registry::view::DispatchView;
use crate::secret::Secret;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Documents that are signed by one act. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The documents, 1 to 500.
    documents: Vec<ChosenDocument>,
    /// Only say what would be signed: nothing is.
    #[serde(default)]
    dry_run: bool,
    /// Where the signature is seen on each of them, instead of where the page's own text says.
    #[serde(default)]
    places: Vec<Place>,
    /// Its image, a PNG in base64.
    image: Option<String>,
    /// Of the leader's signature: in whose place, by a delegation in force, such as `KT`; `TM` needs none.
    #[schema(inline)]
    words: Option<Words>,
    /// With `TM`: the body that decides together.
    title: Option<String>,
    /// The PIN of the key, for this act alone; it is tried once. Left out where the key has none, or is open for a shift.
    #[schema(value_type = Option<String>)]
    pin: Option<Secret>,
}

/// One of them.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenDocument {
    /// Its identifier.
    id: String,
    /// SHA-256 of the file that the signer has seen, hexadecimal: another one is not signed.
    seen: Option<String>,
}

/// What became of each document, in the order in which they were named.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchAnswer {
    /// How many were signed, or would be.
    done: usize,
    /// Each document.
    results: Vec<BatchResult>,
}

/// What became of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchResult {
    /// Its identifier.
    id: String,
    /// The document as it is now: its subject, its number, and the digest of what is signed; none if it was refused.
    document: Option<DispatchView>,
    /// Of a dry run: where the signature would be seen; none if it would be nowhere.
    place: Option<Place>,
    /// What whoever signs should know.
    warnings: Vec<String>,
    /// Why it was refused.
    problem: Option<Refused>,
}

/// Why a document was refused.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Refused {
    /// The HTTP status that it would have alone.
    status: u16,
    /// A stable code.
    code: String,
    /// What could not be done, and why.
    detail: String,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let problem = Problem::from(error);
        let (status, code) = (problem.status().as_u16(), problem.code().to_owned());
        Self { status, code, detail: problem.detail().to_owned() }
    }
}

/// Signs many documents by one act, with one PIN.
async fn together(
    house: &Arc<House>,
    caller: Caller,
    act: Act,
    headers: &HeaderMap,
    body: &Bytes,
) -> Answer<Json<BatchAnswer>> {
    caller.may(act.permission())?;
    let Batch { documents, dry_run, places, image, words, title, pin } = json(headers, body)?;
    let asked = SignatureRequest { seen: None, places, image, words, title, pin };
    let answer = at_desk(house, caller, None, async move |desk| {
        let chosen: Vec<Chosen<'_>> =
            documents.iter().map(|one| Chosen { id: &one.id, seen: one.seen.as_deref() }).collect();
        let answers = if dry_run {
            together::preview(desk, act, &chosen, &asked).await?
        } else {
            let answers = together::many(desk, act, &chosen, &asked).await?.into_iter();
            let done = |(row, warnings)| Preview { row, place: None, warnings };
            answers.map(|answer| answer.map(done)).collect()
        };
        let (mut rows, mut results) = (Vec::new(), Vec::with_capacity(answers.len()));
        for (one, answer) in documents.into_iter().zip(answers) {
            let mut result =
                BatchResult { id: one.id, document: None, place: None, warnings: Vec::new(), problem: None };
            match answer {
                Ok(Preview { row, place, warnings }) => {
                    rows.push(row);
                    (result.place, result.warnings) = (place, warnings);
                }
                Err(error) => result.problem = Some(error.into()),
            }
            results.push(result);
        }
        let (done, mut views) = (rows.len(), DispatchView::many(desk.folder, rows).await?.into_iter());
        for result in results.iter_mut().filter(|result| result.problem.is_none()) {
            result.document = views.next();
        }
        Ok(BatchAnswer { done, results })
    });
    Ok(Json(answer.await?))
}

/// Signs many documents by one act, with one PIN: each gets what `/{id}/sign` gives, and one that is refused keeps no other from being signed.
/// With `dry_run` it says beforehand what would be signed, for the signer to see: subject, number, the digest of each file, and where the signature
/// would be seen.
#[utoipa::path(post, path = "/api/v1/outgoing/sign", tag = "registry", security(("token" = [])), request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign_many(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<BatchAnswer>> {
    together(&house, caller, Act::Sign, &headers, &body).await
}

/// Initials many drafts by one act, as `/sign` signs them.
#[utoipa::path(post, path = "/api/v1/outgoing/initial", tag = "registry", security(("token" = [])), request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn initial_many(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<BatchAnswer>> {
    together(&house, caller, Act::Initial, &headers, &body).await
}

/// Seals many documents by one act, as `/sign` signs them.
#[utoipa::path(post, path = "/api/v1/outgoing/seal", tag = "registry", security(("token" = [])), request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn seal_many(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<BatchAnswer>> {
    together(&house, caller, Act::Seal, &headers, &body).await
}
