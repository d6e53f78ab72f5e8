//! Which path leads where.

use super::house::House;
use super::openapi::{self, Document};
use super::pages::api::ApiPage;
use super::problem::Problem;
use super::{
    around, audit, authority, csc, deferred, documents, exchange, fees, figures, health, images, incoming, keys,
    legacy, log, oidc, outgoing, pages, passkeys, receipts, registers, reports, sent, session, shifts, sign, units,
    users, verify, witness,
};
use crate::messages::Language;
use crate::registry;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Router, middleware};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Official documents, but for what takes files.
fn official() -> OpenApiRouter<Arc<House>> {
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
        .routes(routes!(outgoing::many::sign_many))
        .routes(routes!(outgoing::many::initial_many))
        .routes(routes!(outgoing::many::seal_many))
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
        .routes(routes!(exchange::package))
        .routes(routes!(exchange::incoming_status))
        .routes(routes!(exchange::outgoing_status))
}

/// Signing in; accounts, offices, units.
fn people() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(session::begin, session::show, session::change, session::end))
        .routes(routes!(session::list))
        .routes(routes!(session::end_other))
        .routes(routes!(session::accept))
        .routes(routes!(session::confirm))
        .routes(routes!(passkeys::sign_in_options))
        .routes(routes!(passkeys::sign_in))
        .routes(routes!(passkeys::options_invited))
        .routes(routes!(passkeys::register_invited))
        .routes(routes!(passkeys::options))
        .routes(routes!(passkeys::list, passkeys::register))
        .routes(routes!(passkeys::rename, passkeys::revoke_own))
        .routes(routes!(passkeys::revoke))
        .routes(routes!(oidc::leave))
        .routes(routes!(oidc::leave_invited))
        .routes(routes!(oidc::come_back))
        .routes(routes!(oidc::bind))
        .routes(routes!(oidc::end))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::invite))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(users::give))
        .routes(routes!(users::end))
        .routes(routes!(units::list, units::create))
        .routes(routes!(units::merge))
        .routes(routes!(units::plans))
        .routes(routes!(units::withdraw))
        .routes(routes!(units::show))
        .routes(routes!(units::rename))
        .routes(routes!(units::close))
}

/// Everything that is served.
#[allow(clippy::too_many_lines)] // one route after the other
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
        .routes(routes!(exchange::take))
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
        .routes(routes!(figures::show, figures::hand_in))
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
        .routes(routes!(pages::verify::check_code))
        .routes(routes!(pages::receipt::look_up))
        .routes(routes!(pages::receipt::page))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .merge(official())
        .merge(people())
        .layer(bytes(house.most_body_bytes));
    let pages = pages::router().layer(bytes(registry::LARGEST.saturating_add(house.most_body_bytes)));
    let (router, document) = others.merge(files).merge(handed_in).split_for_parts();
    let document = openapi::document(&document).unwrap_or_default();
    let page = Arc::new(ApiPage::new(&document));
    let document = document.to_string();
    let openapi = get(async move || ([(CONTENT_TYPE, "application/json")], document.clone()));
    router
        .merge(pages)
        .route("/tile/{*path}", get(log::tile))
        .route("/ocsp/{*request}", get(authority::ocsp_in_path))
        .route("/api/openapi.json", openapi)
        .route("/api", get(async move |language: Language| page.answer(language)))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::of_status(StatusCode::METHOD_NOT_ALLOWED))
        .layer(CatchPanicLayer::custom(around::panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(&house), around::around))
        .with_state(house)
}
