//! Parameters of a query, cursors, dates. Unknown parameters are refused.

use super::problem::{Answer, Problem};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

/// Items on a page unless asked otherwise, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// The parameters, as a type that denies unknown fields.
pub struct Params<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let parsed: Result<Query<T>, _> = Query::try_from_uri(&parts.uri);
        parsed.map(|Query(params)| Self(params)).map_err(|why| Problem::unprocessable("request.query", why.body_text()))
    }
}

/// Where a page begins and how long it is.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Items on the page, 1 to 500.
    pub limit: Option<u32>,
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What `cursor` has to be to get the next page; null on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page from one item more than it is to have, if there is one more.
    pub fn new<R>(
        mut rows: Vec<R>,
        limit: u32,
        cursor: impl Fn(&R) -> String,
        show: impl Fn(R) -> Answer<T>,
    ) -> Answer<Self> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|last| page_from(&cursor(last))) } else { None };
        Ok(Self { items: rows.into_iter().map(show).collect::<Answer<_>>()?, next })
    }
}

/// The cursor of a page that begins at a place.
pub fn page_from(place: &impl ToString) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

/// The length of a page.
pub fn limit(asked: Option<u32>) -> Answer<u32> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=LARGEST_PAGE => Ok(limit),
        _ => Err(Problem::unprocessable("request.limit", format!("limit is 1 to {LARGEST_PAGE}"))),
    }
}

/// What a cursor says, read by `parse`.
pub fn cursor<T>(cursor: Option<&str>, parse: impl FnOnce(&str) -> Option<T>) -> Answer<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let wrong = || Problem::unprocessable("request.cursor", "cursor is not one that came with a page");
    text.and_then(|text| parse(&text)).map(Some).ok_or_else(wrong)
}

/// A day, `2026-11-24`.
pub fn date(name: &str, text: Option<&str>) -> Answer<Option<Date>> {
    let wrong = |_| Problem::unprocessable("request.date", format!("{name} is not a day such as 2026-11-24"));
    text.map(|text| Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(wrong)).transpose()
}
