//! What a citizen sees, Vietnamese first: a page that checks a file, a page that checks a receipt. HTML is made here, on the
//! server; there are no scripts, so that the pages work on any telephone and nothing can be slipped into them.
//!
//! | file | what |
//! | --- | --- |
//! | `api` | the API for developers, made from the OpenAPI document |
//! | `home` | what stands at the bare address |
//! | `html` | the frame of a page, and the one function that makes text harmless |
//! | `texts` | the words of the pages in both languages; those about signatures are in `messages` |
//! | `verify` | a file is dropped, and what is to be thought of it |
//! | `receipt` | what a receipt's code leads to |

pub mod api;
pub mod home;
pub mod html;
pub mod receipt;
mod texts;
pub mod verify;

pub use crate::messages::Language;

use super::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use std::convert::Infallible;
use texts::texts;

impl Language {
    /// What an address asks for.
    pub fn of(address: &Uri) -> Self {
        let is_english = address.query().is_some_and(|query| query.split('&').any(|pair| pair == "lang=en"));
        if is_english { Self::En } else { Self::Vi }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

/// Whether a route leads to a page, whose errors are pages as well.
pub fn is_page(route: &str) -> bool {
    ["/", "/api", "/verify", "/v", "/v/{code}"].contains(&route)
}

/// A page that says that it does not work at the moment.
pub fn unavailable(language: Language, problem: &Problem) -> Response {
    let t = texts(language);
    let main = html::verdict(html::Mood::Unsure, t.unavailable.0, t.unavailable.1);
    html::PageFrame { language, path: "/verify", heading: t.verify_heading, main: &main }.answer(problem.status())
}
