//! One's own account: the sessions, which may be ended; the passkeys, which may be revoked; the images that signatures are seen with; the office
//! that is acted in.

use super::form::{Faults, Form};
use super::shell::{Shell, Visit, see, shown};
use super::words::{in_one, why};
use crate::error::{Kind, Result};
use crate::http::problem::{Answer, Problem};
use crate::messages::{at, moment};
use crate::people::users::webauthn::Party;
use crate::people::users::{passkeys, sessions};
use crate::registry::images::{self, ImageKind};
use crate::store::users::PasskeyRow;
use askama::Template;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

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

/// An image that signatures are seen with.
pub struct Image {
    /// What it is of.
    pub kind: ImageKind,
    /// The same in words.
    pub name: &'static str,
    /// How it has to be.
    pub hint: &'static str,
    /// Where it is; none if none is kept.
    pub address: Option<String>,
}

impl Image {
    /// One of a kind, which is kept at this address or not at all.
    pub fn new(shell: &Shell, kind: ImageKind, address: Option<String>) -> Self {
        let blue =
            ("PNG nền trong suốt, màu xanh, tối đa 512 KB.", "PNG with transparent ground, blue, at most 512 KB.");
        let (name, hint) = match kind {
            ImageKind::Signature => (("Chữ ký", "Signature"), blue),
            ImageKind::Initials => (("Ký nháy", "Initials"), blue),
            ImageKind::Seal => (
                ("Con dấu của cơ quan", "Seal of the unit"),
                (
                    "PNG nền trong suốt, màu đỏ, đúng cỡ thật, tối đa 512 KB.",
                    "PNG with transparent ground, red, in real size, at most 512 KB.",
                ),
            ),
        };
        Self { kind, name: shell.t(name.0, name.1), hint: shell.t(hint.0, hint.1), address }
    }
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
            let is_kept = match images::get(&visit.house.folder, &visit.caller, kind).await {
                Ok(_) => true,
                Err(error) if error.kind == Kind::NotFound => false,
                Err(error) => return Err(error),
            };
            all.push(Image::new(&visit.shell, kind, is_kept.then(|| image_at(kind))));
        }
    }
    Ok(all)
}

/// An image, as it is now.
pub fn png(png: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")], png).into_response()
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
    let mut form = form;
    let (png, removes) = (form.take_file("image").map(|file| file.bytes), form.text("do") == "remove");
    if png.is_none() && !removes {
        let mut faults = Faults::default();
        faults.add(kind.as_str(), visit.shell.t("Hãy chọn tệp PNG.", "Please choose a PNG."));
        return show(visit, faults).await;
    }
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    let done = house
        .work(async move |house| images::set(&house.folder, &caller, kind, png.as_deref().filter(|_| !removes)).await)
        .await;
    match done {
        Ok(()) => Ok(see(if removes { "/account?said=image-removed" } else { "/account?said=image-kept" })),
        // taken away already
        Err(problem) if removes && problem.code() == "registry.no_image" => Ok(see("/account?said=done-before")),
        Err(problem) if problem.status().is_client_error() => {
            let mut faults = Faults::default();
            faults.add(kind.as_str(), unfit(&visit, &problem));
            show(visit, faults).await
        }
        Err(problem) => Err(problem),
    }
}

/// Why an image is not kept.
pub fn unfit(visit: &Visit, problem: &Problem) -> String {
    let why = match problem.code() {
        // each of its faults in both languages
        "registry.image" => {
            problem.reason().split("; ").map(|one| in_one(visit.language(), one)).collect::<Vec<_>>().join("; ")
        }
        _ => why(visit.language(), problem),
    };
    let kept = visit.shell.t("Hình chưa được lưu:", "The picture was not kept:");
    format!("{kept} {why}")
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
    show(visit, Faults::default()).await
}

async fn show(visit: Visit, faults: Faults) -> Answer<Response> {
    let images = images_of(&visit).await?;
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
