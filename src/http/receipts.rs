//! Receipts: issued, found, fetched, voided, replaced.

use super::auth::Who;
use super::body::{is_json, json};
use super::file::FileAnswer;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Page, Params, cursor, date, limit};
use super::repeat::idempotency_key;
use crate::messages::both;
use crate::people::permissions::{Caller, Permission};
use crate::pki::material::TrustMaterial;
use crate::receipts::issue::{Asked, Counter, Issued};
use crate::receipts::life::State as ReceiptState;
use crate::receipts::register;
use crate::receipts::request::{Channel, Request};
use crate::receipts::search::{self, Search, Standing};
use crate::receipts::series::ReceiptId;
use crate::receipts::style::{Paper, Style};
use crate::receipts::view::{Details, ReceiptView, Sight, identity, name_askers};
use crate::reports::notice;
use crate::store::receipts::ReceiptRow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Where this caller issues receipts.
pub fn counter<'a>(house: &'a House, trust: &'a TrustMaterial, caller: &'a Caller) -> Counter<'a> {
    Counter {
        folder: &house.folder,
        public_url: &house.public_url,
        unit: Some(&caller.unit),
        actor: &caller.id,
        trust,
        prices: house.prices,
        mails: house.sends_mail,
    }
}

async fn view(house: &House, caller: &Caller, row: ReceiptRow) -> Answer<ReceiptView> {
    let mut view = unnamed(house, caller, row)?;
    name_askers(&house.folder, std::slice::from_mut(&mut view)).await?;
    Ok(view)
}

fn unnamed(house: &House, caller: &Caller, row: ReceiptRow) -> Answer<ReceiptView> {
    let sight = if caller.may(Permission::SeePayers).is_ok() { Sight::Full } else { Sight::Masked };
    Ok(ReceiptView::new(&house.folder, row, &house.public_url, sight)?)
}

async fn created(house: &House, caller: &Caller, issued: Issued) -> Answer<Response> {
    let location = format!("/api/v1/receipts/{}", identity(&issued.row));
    let view = ReceiptView { warnings: issued.warnings, ..view(house, caller, issued.row).await? };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(view)).into_response())
}

/// Where a receipt is: form, symbol and number.
type Place = (String, String, String);

/// Which receipt it is; what cannot be one is not there.
fn place(form: &str, symbol: &str, number: &str) -> Answer<ReceiptId> {
    format!("{form}/{symbol}/{number}").parse().map_err(|_| Problem::not_found())
}

/// Issues a receipt. The same key and body give the same receipt.
#[utoipa::path(post, path = "/api/v1/receipts", tag = "receipts", security(("token" = [])), request_body = Request,
    params(("Idempotency-Key" = String, Header, description = "what makes a repeated request the same one, within the unit")),
    responses((status = 201, body = ReceiptView), (status = 409, description = "the key came before with another body", body = ProblemBody, content_type = "application/problem+json"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn issue(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Permission::IssueReceipts)?;
    is_json(&headers)?;
    let key = idempotency_key(&headers)?.ok_or_else(|| {
        let why = both!(
            "phải có Idempotency-Key để yêu cầu gửi lại không sinh biên lai thứ hai",
            "Idempotency-Key is needed, so that a request that is repeated gives no second receipt"
        );
        Problem::unprocessable("request.idempotency_key", why.to_string())
    })?;
    let request = Request::parse(&body).map_err(crate::error::Error::from)?;
    let who = caller.clone();
    let job = async move |house: &House| {
        let trust = house.trust()?;
        let counter = counter(house, &trust, &caller);
        house.press.issue(Asked { counter, request: &request, idempotency_key: Some(&key), replaces: None }).await
    };
    let issued = house.work_at_counter(job).await?;
    created(&house, &who, issued).await
}

/// Which receipts are looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindParams {
    /// With this number: whole, such as `EBL01/26TAA/00000001`, or its digits only.
    number: Option<String>,
    /// Of this series, such as `EBL01/26TAA`.
    series: Option<String>,
    /// In this state; `void_requested` are those in force that wait for the chief accountant, of units below, too.
    #[param(inline)]
    state: Option<Standing>,
    /// Issued on this day or later, `2026-11-24`.
    from: Option<String>,
    /// Issued on this day or earlier.
    to: Option<String>,
    /// Paid by somebody whose name has these words, with or without accents, or with this tax code or personal identification number.
    payer: Option<String>,
    /// Over this amount, whole dong.
    amount: Option<i64>,
    /// With this code of its public page.
    code: Option<String>,
    /// Collected at the counter, or at the portal.
    #[param(inline)]
    channel: Option<Channel>,
    /// With this dossier code.
    dossier: Option<String>,
    /// With this reference of the payment.
    reference: Option<String>,
    /// Those that the unit issued for another one, instead of its own.
    #[serde(default)]
    delegated: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Receipts on the page, 1 to 500.
    limit: Option<u32>,
}

/// The unit's receipts, in the order of days, forms, symbols and numbers; those of one series in that of their numbers.
#[utoipa::path(get, path = "/api/v1/receipts", tag = "receipts", params(FindParams), security(("token" = [])),
    responses((status = 200, body = Page<ReceiptView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn find(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Params(asked): Params<FindParams>,
) -> Answer<Json<Page<ReceiptView>>> {
    caller.may(Permission::ReadReceipts)?;
    let limit = limit(asked.limit)?;
    let search = Search {
        number: asked.number,
        payer: asked.payer,
        amount: asked.amount,
        dossier: asked.dossier,
        reference: asked.reference,
        series: asked.series,
        state: asked.state,
        code: asked.code,
        channel: asked.channel,
        from: date("from", asked.from.as_deref())?,
        to: date("to", asked.to.as_deref())?,
        after: cursor(asked.cursor.as_deref(), |text| text.parse::<ReceiptId>().ok())?,
        newest_first: false,
    };
    let most = limit.saturating_add(1);
    let rows = search::find(&house.folder, &caller.unit, asked.delegated, &search, most).await?;
    let mut page = Page::new(rows, limit, identity, |row| unnamed(&house, &caller, row))?;
    name_askers(&house.folder, &mut page.items).await?;
    Ok(Json(page))
}

/// One receipt.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn show(who: Who, house: State<Arc<House>>, Path((form, symbol, number)): Path<Place>) -> Answer<Response> {
    if let Some(number) = number.strip_suffix(".pdf") {
        return pdf(who, house, Path((form, symbol, number.to_owned()))).await;
    }
    if let Some(number) = number.strip_suffix(".xml") {
        return xml(who, house, Path((form, symbol, number.to_owned()))).await;
    }
    let (Who(caller), State(house)) = (who, house);
    let row = one(&house, &caller, &form, &symbol, &number).await?;
    let details = Details::of(&house.folder, &row).await?;
    Ok(Json(ReceiptView { details, ..view(&house, &caller, row).await? }).into_response())
}

/// Its signed PDF/A-3b.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}.pdf", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn pdf(who: Who, house: State<Arc<House>>, place: Path<Place>) -> Answer<Response> {
    rendered(who, house, place, "pdf", "application/pdf", |row| row.pdf_sha256).await
}

/// Its signed XML.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}.xml", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, description = "the XML", content_type = "application/xml"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn xml(who: Who, house: State<Arc<House>>, place: Path<Place>) -> Answer<Response> {
    rendered(who, house, place, "xml", "application/xml", |row| row.xml_sha256).await
}

/// How a copy is drawn.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CopyParams {
    /// The paper; A5 if left out, `slip` is that of a thermal printer.
    #[serde(default)]
    #[param(inline)]
    paper: Paper,
    /// Whether the labels are in English too.
    #[serde(default)]
    bilingual: bool,
}

/// A copy, drawn anew: stamped if the receipt was replaced or voided. It is not signed itself, the XML in it is.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}/copy.pdf", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path), CopyParams),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn copy(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    Params(asked): Params<CopyParams>,
) -> Answer<Response> {
    let row = one(&house, &caller, &form, &symbol, &number).await?;
    let style = Style { paper: asked.paper, bilingual: asked.bilingual };
    let pdf = house.work(async move |house| crate::receipts::copy::draw(&house.folder, &row, style).await).await?;
    Ok(([(CONTENT_TYPE, "application/pdf")], pdf).into_response())
}

/// A copy for a thermal printer, 80 mm wide.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}/slip.pdf", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, description = "the PDF", content_type = "application/pdf"),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn slip(who: Who, house: State<Arc<House>>, place: Path<Place>) -> Answer<Response> {
    copy(who, house, place, Params(CopyParams { paper: Paper::Slip, bilingual: false })).await
}

async fn one(house: &House, caller: &Caller, form: &str, symbol: &str, number: &str) -> Answer<ReceiptRow> {
    caller.may(Permission::ReadReceipts)?;
    let id = place(form, symbol, number)?;
    Ok(counter(house, &*house.trust()?, caller).show(&id).await?)
}

async fn rendered(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    extension: &str,
    media_type: &'static str,
    digest: impl FnOnce(&ReceiptRow) -> [u8; 32],
) -> Answer<Response> {
    let row = one(&house, &caller, &form, &symbol, &number).await?;
    let sha256 = digest(&row);
    let file = register::file(&house.folder, &row, &sha256).await?;
    let size = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    let name = format!("{}-{}-{:08}.{extension}", row.form, row.symbol, row.number);
    Ok(FileAnswer { file, size, sha256, media_type, name: &name }.into_response())
}

/// Why a receipt is voided, or is not. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// Why, 1 to 500 characters.
    reason: String,
}

/// Voids a receipt whose payment was reversed. Where the unit or one above it has a chief accountant, it is only asked for: the
/// receipt holds until the accountant approves.
#[utoipa::path(post, path = "/api/v1/receipts/{form}/{symbol}/{number}/cancel", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)), request_body = CancelRequest,
    responses((status = 200, description = "it is void", body = ReceiptView),
        (status = 202, description = "it holds until the chief accountant approves", body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn cancel(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Permission::IssueReceipts)?;
    let id = place(&form, &symbol, &number)?;
    let CancelRequest { reason } = json(&headers, &body)?;
    let row = counter(&house, &*house.trust()?, &caller).cancel(&id, &reason).await?;
    let status = if row.state == ReceiptState::Voided.as_str() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(view(&house, &caller, row).await?)).into_response())
}

/// Approves what another person asked for: the receipt is void.
#[utoipa::path(post, path = "/api/v1/receipts/{form}/{symbol}/{number}/cancel/approve", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)),
    responses((status = 200, body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn approve(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
) -> Answer<Json<ReceiptView>> {
    caller.may(Permission::ApproveVoids)?;
    let id = place(&form, &symbol, &number)?;
    let row = counter(&house, &*house.trust()?, &caller).approve_void(&id).await?;
    Ok(Json(view(&house, &caller, row).await?))
}

/// Refuses what another person asked for: the receipt stays in force.
#[utoipa::path(post, path = "/api/v1/receipts/{form}/{symbol}/{number}/cancel/reject", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)), request_body = CancelRequest,
    responses((status = 200, body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn reject(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<ReceiptView>> {
    caller.may(Permission::ApproveVoids)?;
    let id = place(&form, &symbol, &number)?;
    let CancelRequest { reason } = json(&headers, &body)?;
    let row = counter(&house, &*house.trust()?, &caller).reject_void(&id, &reason).await?;
    Ok(Json(view(&house, &caller, row).await?))
}

/// What is wrong with a receipt's texts. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyRequest {
    /// What is wrong, and what would be right, 1 to 500 characters.
    reason: String,
}

/// Notifies an error of a receipt whose tax code and amount are right (form 04/SS-CTĐT). There is no new receipt.
#[utoipa::path(post, path = "/api/v1/receipts/{form}/{symbol}/{number}/notify", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path)), request_body = NotifyRequest,
    responses((status = 200, body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn notify(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<ReceiptView>> {
    caller.may(Permission::IssueReceipts)?;
    let id = place(&form, &symbol, &number)?;
    let NotifyRequest { reason } = json(&headers, &body)?;
    let who = caller.clone();
    let job = async move |house: &House| {
        let trust = house.trust()?;
        notice::notify(&counter(house, &trust, &caller), &id, &reason).await
    };
    let row = house.work(job).await?;
    Ok(Json(view(&house, &who, row).await?))
}

/// Which file of a notice is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NoticeParams {
    /// `pdf`, or `xml`; the PDF if left out.
    #[serde(default)]
    #[param(inline)]
    format: NoticeFormat,
}

/// A file of a notice.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoticeFormat {
    /// Signed, and showing the XML.
    #[default]
    Pdf,
    /// Signed.
    Xml,
}

/// The nth notice of a receipt's errors on form 04/SS-CTĐT, from 1, as it was signed.
#[utoipa::path(get, path = "/api/v1/receipts/{form}/{symbol}/{number}/notices/{id}", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path), ("id" = usize, Path), NoticeParams),
    responses((status = 200, content((String = "application/pdf"), (String = "application/xml"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn notice_file(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number, nth)): Path<(String, String, String, String)>,
    Params(asked): Params<NoticeParams>,
) -> Answer<Response> {
    let row = one(&house, &caller, &form, &symbol, &number).await?;
    let nth: usize = nth.parse().map_err(|_| Problem::not_found())?;
    let paper = register::notice(&row, nth)?;
    let (sha256, extension, media_type) = match asked.format {
        NoticeFormat::Pdf => (paper.pdf_sha256, "pdf", "application/pdf"),
        NoticeFormat::Xml => (paper.xml_sha256, "xml", "application/xml"),
    };
    let file = register::file(&house.folder, &row, &sha256).await?;
    let size = file.metadata().map_err(|error| register::damaged(&row, error))?.len();
    let name = format!("04-SS-CTDT-{form}-{symbol}-{:08}-{nth}.{extension}", row.number);
    Ok(FileAnswer { file, size, sha256, media_type, name: &name }.into_response())
}

/// The receipt that takes another's place, and why. Unknown keys are refused.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceRequest {
    /// Why, 1 to 500 characters.
    reason: String,
    /// The new receipt.
    request: Request,
}

/// Issues a receipt that takes the place of another.
#[utoipa::path(post, path = "/api/v1/receipts/{form}/{symbol}/{number}/replace", tag = "receipts", security(("token" = [])),
    params(("form" = String, Path), ("symbol" = String, Path), ("number" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "what makes a repeated request the same one, within the unit")),
    request_body = ReplaceRequest,
    responses((status = 201, body = ReceiptView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn replace(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path((form, symbol, number)): Path<Place>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    caller.may(Permission::IssueReceipts)?;
    let id = place(&form, &symbol, &number)?;
    let ReplaceRequest { reason, request } = json(&headers, &body)?;
    let key = idempotency_key(&headers)?;
    let who = caller.clone();
    let job = async move |house: &House| {
        let trust = house.trust()?;
        let (counter, replaces) = (counter(house, &trust, &caller), Some((&id, &*reason)));
        house.press.issue(Asked { counter, request: &request, idempotency_key: key.as_deref(), replaces }).await
    };
    let issued = house.work_at_counter(job).await?;
    created(&house, &who, issued).await
}
