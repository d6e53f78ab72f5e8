//! Receipts of the law before: handed in, found, fetched.

use super::auth::Who;
use super::body::{Received, receive};
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Page, Params, cursor, date, limit};
use crate::error::{Error, Kind};
use crate::people::permissions::{Caller, Permission};
use crate::pki::material::TrustMaterial;
use crate::receipts::amount::Dong;
use crate::receipts::import::{self, Archive, LARGEST, LegacyView, Told, id_of};
use crate::receipts::legacy::LegacyId;
use crate::receipts::payers;
use crate::receipts::view::Sight;
use crate::store::legacy::{LegacyFilter, LegacyRow};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// What is taken besides forms.
const KINDS: [&str; 4] = ["application/xml", "text/xml", "application/pdf", "application/octet-stream"];

fn archive<'a>(house: &'a House, trust: &'a TrustMaterial, caller: &'a Caller) -> Archive<'a> {
    Archive { folder: &house.folder, unit: Some(&caller.unit), actor: &caller.id, trust }
}

fn sight(caller: &Caller) -> Sight {
    if caller.may(Permission::SeePayers).is_ok() { Sight::Full } else { Sight::Masked }
}

fn id(form: &str, symbol: &str, number: &str) -> Answer<LegacyId> {
    format!("{form}/{symbol}/{number}").parse().map_err(|_| Problem::not_found())
}

/// What is said of a PDF, which does not say it itself.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportParams {
    /// Which receipt it is: `01BLP0-001/AA-26E/0000001`.
    number: Option<String>,
    /// Its date, where its XML did not come in before.
    date: Option<String>,
    /// What was paid, whole dong, where its XML did not come in before.
    total: Option<i64>,
}

/// Takes in the signed XML or the PDF of a receipt of the law before (form 01BLP0-001): verified, kept byte for byte, logged. The same
/// file again is the same receipt.
#[utoipa::path(post, path = "/api/v1/legacy-receipts", tag = "receipts", params(ImportParams), security(("token" = [])),
    request_body(description = "the file, or a form with the part file", content(("application/xml"), ("application/pdf"), ("multipart/form-data"))),
    responses((status = 201, body = LegacyView), (status = 200, description = "it came in before", body = LegacyView),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn take(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<ImportParams>,
    request: Request,
) -> Answer<Response> {
    caller.may(Permission::IssueReceipts)?;
    let negative = || Problem::unprocessable("request.total", "total is negative");
    let told = Told {
        id: asked.number.as_deref().map(str::parse).transpose().map_err(Error::from)?,
        date: date("date", asked.date.as_deref())?,
        total: asked.total.map(|total| Dong::new(total).ok_or_else(negative)).transpose()?,
    };
    let Received { mut upload, name, .. } = receive(&house, request, &KINDS).await?;
    if upload.size() > LARGEST {
        return Err(Problem::too_large(LARGEST));
    }
    let (view, before) = house
        .work(async move |house| {
            let source = upload.source()?;
            let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "the upload", error);
            let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
            let bytes = source.read_up_to(0, most).map_err(unreadable)?;
            let name = name.unwrap_or_else(|| "the file".to_owned());
            let trust = house.trust()?;
            let imported = archive(house, &trust, &caller).import(&caller.unit, &name, bytes, &told).await?;
            let view = LegacyView::new(&house.folder, imported.row, &house.public_url, sight(&caller))?;
            Ok((view, imported.before))
        })
        .await?;
    let location = format!("/api/v1/legacy-receipts/{}", view.id);
    let status = if before { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, [(LOCATION, location)], Json(view)).into_response())
}

/// Which of them are looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindParams {
    /// Paid by the person or organization with this whole name, tax code or personal identification number.
    payer: Option<String>,
    /// Over this amount, whole dong.
    amount: Option<i64>,
    /// Of this day or later, `2026-03-05`.
    from: Option<String>,
    /// Of this day or earlier.
    to: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Receipts on the page, 1 to 500.
    limit: Option<u32>,
}

/// The unit's receipts of the law before, in the order of form, symbol and number.
#[utoipa::path(get, path = "/api/v1/legacy-receipts", tag = "receipts", params(FindParams), security(("token" = [])),
    responses((status = 200, body = Page<LegacyView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn find(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FindParams>,
) -> Answer<Json<Page<LegacyView>>> {
    caller.may(Permission::ReadReceipts)?;
    let limit = limit(asked.limit)?;
    let after = cursor(asked.cursor.as_deref(), |text| text.parse::<LegacyId>().ok())?;
    let filter = LegacyFilter {
        unit: Some(caller.unit.clone()),
        id: None,
        total: asked.amount,
        payer: asked.payer.as_deref().map(|payer| payers::looked_for_whole(&house.folder, payer)),
        from: date("from", asked.from.as_deref())?,
        to: date("to", asked.to.as_deref())?,
        after: after.map(|id| (caller.unit.clone(), id.form, id.symbol, id.number)),
    };
    let rows = import::find(&house.folder, &filter, limit.saturating_add(1)).await?;
    let place = |row: &LegacyRow| id_of(row).to_string();
    let view = |row| Ok(LegacyView::new(&house.folder, row, &house.public_url, sight(&caller))?);
    Ok(Json(Page::new(rows, limit, place, view)?))
}

/// Where such a receipt is: form, symbol and number.
type Place = (String, String, String);

/// One of them, its files verified again; with `.xml` or `.pdf` behind its number, a file as it came in.
#[utoipa::path(get, path = "/api/v1/legacy-receipts/{form}/{symbol}/{number}", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, content((LegacyView = "application/json"), (String = "application/xml"), (String = "application/pdf"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
) -> Answer<Response> {
    caller.may(Permission::ReadReceipts)?;
    for (kind, media_type) in [("xml", "application/xml"), ("pdf", "application/pdf")] {
        let Some(number) = number.strip_suffix(kind).and_then(|number| number.strip_suffix('.')) else { continue };
        let id = id(&form, &symbol, number)?;
        let row = archive(&house, &*house.trust()?, &caller).show(&id).await?;
        let (file, sha256) = import::file_of(&house.folder, &row, kind).await?;
        let size = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        let name = format!("{form}-{symbol}-{:07}.{kind}", row.number);
        return Ok(FileAnswer { file, size, sha256, media_type, name: &name }.into_response());
    }
    let id = id(&form, &symbol, &number)?;
    let view = house
        .work(async move |house| {
            let trust = house.trust()?;
            let archive = archive(house, &trust, &caller);
            archive.verified(archive.show(&id).await?, &house.public_url, sight(&caller)).await
        })
        .await?;
    Ok(Json(view).into_response())
}
