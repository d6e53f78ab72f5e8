//! Documents: stored, listed, fetched, signed.

use super::auth::Who;
use super::body::{Received, json, receive};
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, ProblemBody};
use super::query::{Page, Paging, Params, cursor, limit};
use super::sign::SignRequest;
use crate::documents::desk::SignedByCaller;
use crate::documents::stored;
use crate::pades::Level;
use crate::people::permissions::Permission;
use crate::receipts::view::LogPlace;
use crate::store::documents::DocumentRow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A document in its newest version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    /// Its identifier.
    id: String,
    /// The file's name, if one was given.
    name: Option<String>,
    /// SHA-256 of its newest version, hexadecimal.
    sha256: String,
    /// Its bytes.
    size: u64,
    /// Number of pages.
    pages: u32,
    /// Number of signatures.
    signatures: u32,
    /// 0 as it was stored, then one more for each signature that was made here.
    version: u32,
    /// When it was stored, RFC 3339.
    created: String,
    /// The log entry of its newest signature, if that was made here.
    log_index: Option<u64>,
}

impl From<DocumentRow> for DocumentView {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            sha256: hex::encode(row.newest.sha256),
            size: row.newest.size,
            pages: row.newest.pages,
            signatures: row.newest.signatures,
            version: row.newest.version,
            created: row.created.format(&Rfc3339).unwrap_or_default(),
            log_index: row.newest.log_index,
        }
    }
}

/// A signature that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedView {
    /// The document with its new version.
    #[serde(flatten)]
    document: DocumentView,
    /// The signature's field.
    field: String,
    /// PAdES baseline level.
    level: &'static str,
    /// Its entry in the log.
    log: LogPlace,
    /// What the signer should know.
    warnings: Vec<String>,
}

impl SignedView {
    /// Of a document that was signed at this level.
    pub fn new(document: DocumentRow, done: SignedByCaller, level: Level) -> Self {
        let logged = done.signed.logged;
        Self {
            document: document.into(),
            field: done.signed.field,
            level: level.name(),
            log: LogPlace { origin: logged.origin, index: logged.index, size: logged.size },
            warnings: done.warnings,
        }
    }
}

/// Options of storing a document.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StoreParams {
    /// The file's name; of a form that of its part is taken.
    name: Option<String>,
}

/// Stores a PDF.
#[utoipa::path(post, path = "/api/v1/documents", tag = "documents", params(StoreParams), security(("token" = [])),
    request_body(description = "the PDF, or a form with the part file", content(("application/pdf"), ("multipart/form-data"))),
    responses((status = 201, body = DocumentView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn store(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(params): Params<StoreParams>,
    request: Request,
) -> Answer<impl IntoResponse> {
    caller.may(Permission::StoreDocuments)?;
    let Received { upload, name, .. } = receive(&house, request, &["application/pdf"]).await?;
    let name = params.name.or(name);
    let document =
        house.work(async move |house| stored::store(&house.folder, &caller, upload, name.as_deref()).await).await?;
    let location = format!("/api/v1/documents/{}", document.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(DocumentView::from(document))))
}

/// The unit's documents, the newest first.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Paging), security(("token" = [])),
    responses((status = 200, body = Page<DocumentView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<DocumentView>>> {
    caller.may(Permission::ReadDocuments)?;
    let limit = limit(paging.limit)?;
    let after = cursor(paging.cursor.as_deref(), |text| {
        let (time, id) = text.split_once(' ')?;
        Some((OffsetDateTime::parse(time, &Rfc3339).ok()?, id.to_owned()))
    })?;
    let after = after.as_ref().map(|(time, id)| (*time, id.as_str()));
    let rows = stored::list(&house.folder, &caller, after, limit.saturating_add(1)).await?;
    let place = |row: &DocumentRow| format!("{} {}", row.created.format(&Rfc3339).unwrap_or_default(), row.id);
    Ok(Json(Page::new(rows, limit, place, |row| Ok(row.into()))?))
}

/// One document.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = DocumentView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<Json<DocumentView>> {
    caller.may(Permission::ReadDocuments)?;
    Ok(Json(stored::get(&house.folder, &caller, &id).await?.into()))
}

/// The bytes of its newest version.
#[utoipa::path(get, path = "/api/v1/documents/{id}/file", tag = "documents", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn file(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Answer<impl IntoResponse> {
    caller.may(Permission::ReadDocuments)?;
    let (document, file) = stored::open(&house.folder, &caller, &id).await?;
    let name = document.name.unwrap_or_else(|| format!("{id}.pdf"));
    let (size, sha256) = (document.newest.size, document.newest.sha256);
    Ok(FileAnswer { file, size, sha256, media_type: "application/pdf", name: &name }.into_response())
}

/// Signs the newest version with the caller's key.
#[utoipa::path(post, path = "/api/v1/documents/{id}/sign", tag = "documents", params(("id" = String, Path)), security(("token" = [])),
    request_body = SignRequest,
    responses((status = 200, body = SignedView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn sign(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<SignedView>> {
    caller.may(Permission::SignDocuments)?;
    let asked: SignRequest = json(&headers, &body)?;
    let version = asked.version;
    let wish = asked.wish()?;
    let level = wish.level;
    let (document, done) = house
        .work_with_services(async move |house, services| {
            stored::sign(&house.folder, &caller, services, &id, version, wish).await
        })
        .await?;
    Ok(Json(SignedView::new(document, done, level)))
}
