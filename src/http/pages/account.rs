//! One's own account: the sessions, which may be ended; the passkeys, which may be revoked; the images that signatures are seen with; the office
//! that is acted in.

use super::form::{Faults, Form};
use super::images::{Image, change, png};
use super::shell::{Shell, Visit, see, shown};
use crate::error::Result;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::messages::moment;
use crate::people::users::webauthn::Party;
use crate::people::users::{passkeys, sessions};
use crate::registry::images::{self, ImageKind};
use crate::store::users::PasskeyRow;
use askama::Template;
use axum::extract::Path;
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
    /// The images that signatures in this office are seen with.
    images: Vec<Image>,
    faults: Faults,
}

/// Where an image is that somebody signs with, in the office that is acted in.
pub fn image_at(kind: ImageKind) -> String {
    format!("/account/images/{kind}.png")
}

/// Those of who has signed in.
async fn images_of(visit: &Visit) -> Result<Vec<Image>> {
    let mut all = Vec::new();
    for kind in ImageKind::ALL {
        if visit.caller.may(kind.act().permission()).is_ok() {
            let is_kept = images::of(&visit.house.folder, &visit.caller, kind.act()).await?.is_some();
            all.push(Image::new(&visit.shell, kind, is_kept.then(|| image_at(kind))));
        }
    }
    Ok(all)
}

/// One of the own images, or the seal of the own unit.
pub async fn image(visit: Visit, Path(file): Path<String>) -> Answer<Response> {
    let kind = file.strip_suffix(".png").and_then(ImageKind::named).ok_or_else(Problem::not_found)?;
    Ok(png(images::get(&visit.house.folder, &visit.caller, kind).await?))
}

/// Keeps another image, or takes it away.
pub async fn change_image(visit: Visit, form: Form) -> Answer<Response> {
    let kind = ImageKind::named(form.text("kind")).ok_or_else(Problem::not_found)?;
    visit.caller.may(kind.act().permission())?;
    let caller = visit.caller.clone();
    let keep = async move |house: &House, png: Option<&[u8]>| images::set(&house.folder, &caller, kind, png).await;
    match change(&visit, form, "/account", keep).await? {
        Ok(response) => Ok(response),
        Err(why) => {
            let mut faults = Faults::default();
            faults.add(kind.as_str(), why);
            show(visit, faults).await
        }
    }
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
        let used = row.used.map(moment).unwrap_or_default();
        Self { id: row.id, name: row.name, created: moment(row.created), used }
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
    show(visit, Faults::default()).await
}

async fn show(visit: Visit, faults: Faults) -> Answer<Response> {
    let images = images_of(&visit).await?;
    let Visit { house, session, shell, .. } = visit;
    let all = sessions::list(&house.folder, &session.user.id, house.session_terms).await?;
    let sessions = all.into_iter().rev().map(|row| Line {
        is_current: row.id == session.row.id,
        created: moment(row.created),
        used: moment(row.used),
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
        images,
        faults,
    };
    shown(page.faults.status(), &page)
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
