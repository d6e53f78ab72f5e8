//! Which path leads where, and the OpenAPI document that says so.

use super::house::House;
use super::problem::{Problem, ProblemBody};
use super::{
    around, audit, authority, csc, deferred, documents, fees, health, images, incoming, keys, legacy, log, outgoing,
    pages, receipts, registers, reports, sent, session, shifts, sign, users, verify, witness,
};
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Router, middleware};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the document says besides the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dauson",
        description = "Signs and verifies official PDF documents, issues signed electronic fee receipts, and keeps an audit log of every signature."
    ),
    // the first two are answered by `receipts::show`; the others have a path of several pieces, which OpenAPI cannot say
    paths(receipts::pdf, receipts::xml, log::tile, authority::ocsp_in_path),
    components(schemas(ProblemBody)),
    modifiers(&Tokens)
)]
struct Document;

/// Tokens go in `Authorization: Bearer`; who has signed in has a cookie instead.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description("dauson", "set by POST /api/v1/session; __Host-dauson over https");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Official documents, but for what takes files.
fn registry() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(outgoing::show))
        .routes(routes!(outgoing::file))
        .routes(routes!(outgoing::initial))
        .routes(routes!(outgoing::sign))
        .routes(routes!(outgoing::number))
        .routes(routes!(outgoing::seal))
        .routes(routes!(outgoing::enter))
        .routes(routes!(outgoing::issue))
        .routes(routes!(outgoing::raise))
        .routes(routes!(outgoing::prepare))
        .routes(routes!(outgoing::finish))
        .routes(routes!(outgoing::sign_many))
        .routes(routes!(outgoing::initial_many))
        .routes(routes!(outgoing::seal_many))
        .routes(routes!(outgoing::send_back))
        .routes(routes!(outgoing::cancel))
        .routes(routes!(outgoing::withdraw))
        .routes(routes!(outgoing::history, outgoing::signed_history))
        .routes(routes!(incoming::show))
        .routes(routes!(incoming::file))
        .routes(routes!(incoming::accept))
        .routes(routes!(incoming::refuse))
        .routes(routes!(incoming::assign))
        .routes(routes!(incoming::history, incoming::signed_history))
        .routes(routes!(images::show, images::keep, images::remove))
        .routes(routes!(registers::register))
        .routes(routes!(registers::delegations, registers::delegate))
        .routes(routes!(registers::revoke))
}

/// Signing in; accounts and offices.
fn people() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(session::begin, session::show, session::change, session::end))
        .routes(routes!(session::list))
        .routes(routes!(session::end_other))
        .routes(routes!(session::accept))
        .routes(routes!(session::confirm))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::invite))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(users::give))
        .routes(routes!(users::end))
}

/// Everything that is served.
pub fn router(house: Arc<House>) -> Router {
    let bytes = |most: u64| DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX));
    // what takes files counts their bytes itself; a form is a little longer than the file in it
    let files = OpenApiRouter::new()
        .routes(routes!(documents::store, documents::list))
        .routes(routes!(outgoing::draft, outgoing::find))
        .routes(routes!(outgoing::check))
        .routes(routes!(outgoing::revise))
        .routes(routes!(outgoing::attach))
        .routes(routes!(outgoing::copy))
        .routes(routes!(incoming::receive, incoming::find))
        .routes(routes!(incoming::attach))
        .routes(routes!(sign::sign))
        .routes(routes!(verify::judge))
        .routes(routes!(legacy::take, legacy::find))
        .routes(routes!(pages::verify::page, pages::verify::check))
        .layer(bytes(house.most_pdf_bytes.saturating_add(house.most_body_bytes)));
    let handed_in = OpenApiRouter::new()
        .routes(routes!(csc::documents::sign))
        .layer(bytes(csc::documents::LARGEST.min(house.most_pdf_bytes).saturating_add(house.most_body_bytes)));
    let others = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(documents::show))
        .routes(routes!(documents::file))
        .routes(routes!(documents::sign))
        .routes(routes!(deferred::prepare))
        .routes(routes!(deferred::finish))
        .routes(routes!(receipts::issue, receipts::find))
        .routes(routes!(receipts::show))
        .routes(routes!(receipts::copy))
        .routes(routes!(receipts::slip))
        .routes(routes!(receipts::cancel))
        .routes(routes!(receipts::approve))
        .routes(routes!(receipts::reject))
        .routes(routes!(receipts::notify))
        .routes(routes!(receipts::notice_file))
        .routes(routes!(receipts::replace))
        .routes(routes!(legacy::show))
        .routes(routes!(fees::list, fees::put))
        .routes(routes!(keys::list))
        .routes(routes!(keys::unlock))
        .routes(routes!(keys::approve))
        .routes(routes!(keys::lock))
        .routes(routes!(keys::change_terms))
        .routes(routes!(keys::stop))
        .routes(routes!(keys::resume))
        .routes(routes!(keys::unblock))
        .routes(routes!(reports::receipts))
        .routes(routes!(reports::series_use))
        .routes(routes!(reports::ledgers))
        .routes(routes!(reports::day))
        .routes(routes!(reports::statement))
        .routes(routes!(sent::list))
        .routes(routes!(sent::retry))
        .routes(routes!(shifts::close))
        .routes(routes!(shifts::list))
        .routes(routes!(shifts::show))
        .routes(routes!(shifts::file))
        .routes(routes!(csc::service::info))
        .routes(routes!(csc::service::token))
        .routes(routes!(csc::credentials::list))
        .routes(routes!(csc::credentials::info))
        .routes(routes!(csc::credentials::authorize))
        .routes(routes!(csc::credentials::extend))
        .routes(routes!(csc::signatures::sign_hash))
        .routes(routes!(csc::signatures::poll))
        .routes(routes!(csc::signatures::timestamp))
        .routes(routes!(log::checkpoint))
        .routes(routes!(witness::add_checkpoint))
        .routes(routes!(witness::checkpoint))
        .routes(routes!(audit::entries))
        .routes(routes!(audit::proof))
        .routes(routes!(authority::tsa))
        .routes(routes!(authority::ocsp))
        .routes(routes!(authority::crl))
        .routes(routes!(authority::certificate))
        .routes(routes!(pages::home::page))
        .routes(routes!(pages::receipt::look_up))
        .routes(routes!(pages::receipt::page))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .merge(registry())
        .merge(people())
        .layer(bytes(house.most_body_bytes));
    let (router, document) = others.merge(files).merge(handed_in).split_for_parts();
    let document = document.to_json().unwrap_or_default();
    let openapi = get(async move || ([(CONTENT_TYPE, "application/json")], document.clone()));
    router
        .route("/tile/{*path}", get(log::tile))
        .route("/ocsp/{*request}", get(authority::ocsp_in_path))
        .route("/api/openapi.json", openapi)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::of_status(StatusCode::METHOD_NOT_ALLOWED))
        .layer(CatchPanicLayer::custom(around::panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(&house), around::around))
        .with_state(house)
}
