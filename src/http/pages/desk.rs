//! My desk: what waits for who has signed in, in the office that is acted in.

use super::shell::{Shell, Visit, shown};
use crate::http::problem::Answer;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk.html")]
struct Page {
    shell: Shell,
}

/// What waits.
pub async fn page(visit: Visit) -> Answer<Response> {
    shown(StatusCode::OK, &Page { shell: visit.shell })
}
