//! The registers of official documents as tables and on paper; delegations.

use super::auth::Who;
use super::body::json;
use super::house::House;
use super::problem::{Answer, Problem, ProblemBody};
use super::query::{Params, date};
use super::reports::table;
use crate::people::permissions::Permission;
use crate::registry::delegations::{self, DelegationView, NewDelegation};
use crate::registry::machine::Book;
use crate::registry::register::{self, Wanted};
use crate::reports::sheet::Format;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// The days and the format of a register.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RegisterParams {
    /// Documents of this day or later, `2026-11-01`.
    from: Option<String>,
    /// Documents of this day or earlier.
    to: Option<String>,
    /// The register of a unit that was merged into the caller's; the caller's, if none is named.
    unit: Option<String>,
    /// csv, xlsx or pdf.
    #[serde(default)]
    #[param(inline)]
    format: RegisterFormat,
}

/// The format of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegisterFormat {
    /// CSV.
    #[default]
    Csv,
    /// XLSX.
    Xlsx,
    /// PDF for print.
    Pdf,
}

/// The unit's register `out` or `in`, with the columns of the decree, in the order of numbers.
#[utoipa::path(get, path = "/api/v1/registers/{book}", tag = "registry", params(("book" = String, Path), RegisterParams), security(("token" = [])),
    responses((status = 200, content((String = "text/csv"), (String = "application/pdf"))),
        (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn register(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(book): Path<String>,
    Params(asked): Params<RegisterParams>,
) -> Answer<Response> {
    caller.may(Permission::ReadDocuments)?;
    let book = Book::named(&book).ok_or_else(Problem::not_found)?;
    let (from, to) = (date("from", asked.from.as_deref())?, date("to", asked.to.as_deref())?);
    let wanted = Wanted { unit: asked.unit, from, to };
    let format = match asked.format {
        RegisterFormat::Csv => Format::Csv,
        RegisterFormat::Xlsx => Format::Xlsx,
        RegisterFormat::Pdf => {
            let drawn =
                house.work(async move |house| register::paper(&house.folder, &caller, book, &wanted).await).await?;
            return Ok(([(CONTENT_TYPE, "application/pdf")], drawn).into_response());
        }
    };
    let name = format!("so-van-ban-{book}");
    let folder = &house.folder;
    table(&house, format, &name, &register::head(book), async |sheet| {
        register::table(folder, &caller, book, &wanted, sheet).await
    })
    .await
}

/// Delegations to sign, the oldest first.
#[utoipa::path(get, path = "/api/v1/delegations", tag = "registry", security(("token" = [])),
    responses((status = 200, body = Vec<DelegationView>), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn delegations(Who(caller): Who, State(house): State<Arc<House>>) -> Answer<Json<Vec<DelegationView>>> {
    let rows = delegations::list(&house.folder, &caller).await?;
    Ok(Json(rows.into_iter().map(DelegationView::from).collect()))
}

/// Lets somebody sign for the leader, from when until when.
#[utoipa::path(post, path = "/api/v1/delegations", tag = "registry", security(("token" = [])), request_body = NewDelegation,
    responses((status = 201, body = DelegationView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn delegate(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<impl IntoResponse> {
    caller.may(Permission::DecideDocuments)?;
    let new: NewDelegation = json(&headers, &body)?;
    let row = delegations::grant(&house.folder, &caller, &new).await?;
    Ok((StatusCode::CREATED, Json(DelegationView::from(row))))
}

/// Ends a delegation at once.
#[utoipa::path(post, path = "/api/v1/delegations/{id}/revoke", tag = "registry", params(("id" = i64, Path)), security(("token" = [])),
    responses((status = 200, body = DelegationView), (status = "default", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn revoke(
    Who(caller): Who,
    State(house): State<Arc<House>>,
    Path(id): Path<i64>,
) -> Answer<Json<DelegationView>> {
    caller.may(Permission::DecideDocuments)?;
    Ok(Json(delegations::revoke(&house.folder, &caller, id).await?.into()))
}
