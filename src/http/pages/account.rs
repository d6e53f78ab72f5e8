//! One's own account: the sessions, which may be ended; the office that is acted in.

use super::form::Form;
use super::shell::{Shell, Visit, see, shown};
use crate::http::problem::Answer;
use crate::messages::{at, moment};
use crate::people::users::sessions;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    shell: Shell,
    login: String,
    sessions: Vec<Line>,
}

/// A session, as it is shown.
struct Line {
    id: String,
    agent: String,
    created: String,
    used: String,
    is_current: bool,
}

/// The account and its sessions.
pub async fn page(visit: Visit) -> Answer<Response> {
    let Visit { house, session, shell, .. } = visit;
    let all = sessions::list(&house.folder, &session.user.id, house.session_terms).await?;
    let sessions = all.into_iter().rev().map(|row| Line {
        is_current: row.id == session.row.id,
        created: moment(&at(row.created)),
        used: moment(&at(row.used)),
        id: row.id,
        agent: row.agent,
    });
    shown(StatusCode::OK, &Page { shell, login: session.user.login, sessions: sessions.collect() })
}

/// Ends one of the own sessions.
pub async fn end(visit: Visit, form: Form) -> Answer<Response> {
    sessions::end(&visit.house.folder, &visit.session, form.text("session")).await?;
    Ok(see("/account?said=session-ended"))
}

/// Goes on in another office of the same person.
pub async fn change_office(visit: Visit, form: Form) -> Answer<Response> {
    sessions::change_office(&visit.house.folder, visit.session, form.text("office")).await?;
    Ok(see("/desk?said=office"))
}
