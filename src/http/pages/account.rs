//! One's own account: the sessions, which may be ended; the passkeys, which may be revoked; the office that is acted in.

use super::form::Form;
use super::shell::{Shell, Visit, see, shown};
use crate::http::problem::Answer;
use crate::messages::{at, moment};
use crate::people::users::webauthn::Party;
use crate::people::users::{passkeys, sessions};
use crate::store::users::PasskeyRow;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    shell: Shell,
    login: String,
    sessions: Vec<Line>,
    passkeys: Vec<Passkey>,
    /// Whether browsers give passkeys to the service at its address.
    has_passkeys: bool,
}

/// A passkey, as it is shown.
pub struct Passkey {
    /// Its identifier.
    pub id: String,
    /// What its holder calls it.
    pub name: String,
    /// When it was registered.
    pub created: String,
    /// When somebody signed in with it last; empty, if nobody did.
    pub used: String,
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        let told = |time| moment(&at(time));
        Self { id: row.id, name: row.name, created: told(row.created), used: row.used.map(told).unwrap_or_default() }
    }
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
    let passkeys = passkeys::list(&house.folder, &session.user.id).await?;
    let page = Page {
        shell,
        login: session.user.login,
        sessions: sessions.collect(),
        passkeys: passkeys.into_iter().map(Passkey::from).collect(),
        has_passkeys: Party::of(&house.public_url).is_ok(),
    };
    shown(StatusCode::OK, &page)
}

/// Ends one of the own sessions, or revokes one of the own passkeys.
pub async fn end(visit: Visit, form: Form) -> Answer<Response> {
    if let Some(passkey) = form.given("passkey") {
        passkeys::revoke_own(&visit.house.folder, &visit.session, passkey).await?;
        return Ok(see("/account?said=passkey-revoked"));
    }
    sessions::end(&visit.house.folder, &visit.session, form.text("session")).await?;
    Ok(see("/account?said=session-ended"))
}

/// Goes on in another office of the same person.
pub async fn change_office(visit: Visit, form: Form) -> Answer<Response> {
    sessions::change_office(&visit.house.folder, visit.session, form.text("office")).await?;
    Ok(see("/desk?said=office"))
}
