//! The frame of every page: the header with the rooms that one may enter, who it is and in which office, the other language, and what was
//! done just now. A room's handler begins with [`Visit`] and ends with [`shown`] or [`see`].

use super::form::Acts;
use super::words::said;
use super::{Language, assets};
use crate::error::{Error, Kind, Result};
use crate::http::auth;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::{Caller, Permission, Role};
use crate::people::units;
use crate::people::users::sessions::{self, Session};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use url::form_urlencoded;

/// Pages may have what this service serves, send their forms to it, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A room: its address, which those of all its pages begin with; its name; what permits to enter it, any of these, or nothing.
struct Room {
    path: &'static str,
    vi: &'static str,
    en: &'static str,
    needs: &'static [Permission],
}

/// The rooms, as they stand in the header.
const ROOMS: &[Room] = &[
    Room { path: "/desk", vi: "Việc của tôi", en: "My desk", needs: &[] },
    Room { path: "/documents", vi: "Văn bản đi", en: "Documents out", needs: &[Permission::ReadDocuments] },
    Room { path: "/incoming", vi: "Văn bản đến", en: "Documents in", needs: &[Permission::ReadDocuments] },
    Room { path: "/receipts", vi: "Biên lai", en: "Receipts", needs: &[Permission::ReadReceipts] },
    Room { path: "/shifts", vi: "Chốt ca", en: "Shifts", needs: &[Permission::ReadReceipts] },
    Room { path: "/figures", vi: "Số liệu", en: "Figures", needs: &[Permission::ReadFigures] },
    Room { path: "/audit", vi: "Kiểm tra nhật ký", en: "Audit", needs: &[Permission::ReadAudit] },
    Room { path: "/admin", vi: "Quản trị", en: "Administration", needs: super::admin::NEEDS },
];

/// Pages for everybody, and the doors.
const PUBLIC: &[&str] = &["", "v", "verify", "sign-in", "invitation"];
/// Pages about oneself.
const OWN: &[&str] = &["account", "office", "sign-out"];

fn first(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// Whether a route leads into a room, for which somebody has to have signed in.
pub fn is_room(route: &str) -> bool {
    let place = first(route);
    OWN.contains(&place) || ROOMS.iter().any(|room| first(room.path) == place)
}

/// Whether a route leads to a page, whose errors are pages as well.
pub fn is_page(route: &str) -> bool {
    is_room(route) || PUBLIC.contains(&first(route))
}

impl Room {
    fn is_open_to(&self, role: Role) -> bool {
        self.needs.is_empty() || self.needs.iter().any(|needed| role.permissions().contains(needed))
    }
}

/// What the frame of a page shows.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The language of the page.
    pub language: Language,
    /// Who has signed in.
    pub who: Option<Holder>,
    /// The rooms of the header.
    pub rooms: Vec<Door>,
    /// What was done just now.
    pub said: Option<&'static str>,
    /// The address of this page in the other language.
    pub other: String,
}

/// Who has signed in.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The identifier of the account: what is kept of forms that are not sent yet is kept under it.
    pub id: String,
    /// The full name.
    pub name: String,
    /// What the office is called.
    pub title: String,
    /// The name of its unit.
    pub unit: String,
    /// Other offices of the same person: identifier, title and unit.
    pub others: Vec<(String, String)>,
}

/// A link to a room.
#[derive(Debug, Clone)]
pub struct Door {
    /// Its address.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether the page is in it.
    pub is_current: bool,
}

/// The address of a page in the other language, and what it says was done.
fn elsewhere(language: Language, uri: &Uri) -> (String, Option<&'static str>) {
    let mut address = form_urlencoded::Serializer::new(format!("{}?", uri.path()));
    let mut done = None;
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "said" => done = said(language, &value),
            "lang" => {}
            _ => _ = address.append_pair(&name, &value),
        }
    }
    (address.append_pair("lang", language.other().code()).finish(), done)
}

impl Shell {
    /// The frame of a page for everybody, at an address.
    pub fn public(language: Language, path: &str) -> Self {
        let other = format!("{path}?lang={}", language.other().code());
        Self { language, who: None, rooms: Vec::new(), said: None, other }
    }

    /// The frame of the page at an address.
    pub async fn new(house: &House, uri: &Uri, headers: &HeaderMap, session: Option<&Session>) -> Result<Self> {
        let language = Language::of(uri, headers);
        let (other, done) = elsewhere(language, uri);
        let shell = Self { language, who: None, rooms: Vec::new(), said: done, other };
        let Some(session) = session else { return Ok(shell) };
        let role: Role = session.office.role.parse()?;
        let rooms = ROOMS.iter().filter(|room| room.is_open_to(role)).map(|room| Door {
            path: room.path,
            name: language.pick(room.vi, room.en),
            is_current: first(uri.path()) == first(room.path),
        });
        let mut others = Vec::new();
        for office in sessions::offices(&house.folder, session).await? {
            if office.id != session.office.id {
                let unit = units::get(&house.folder, &office.unit).await?.name;
                others.push((office.id, format!("{} – {unit}", office.title)));
            }
        }
        let who = Holder {
            id: session.user.id.clone(),
            name: session.user.name.clone(),
            title: session.office.title.clone(),
            unit: units::get(&house.folder, &session.office.unit).await?.name,
            others,
        };
        Ok(Self { who: Some(who), rooms: rooms.collect(), ..shell })
    }

    /// The one of two texts that is in the page's language: how templates say what only they say.
    pub fn t<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        self.language.pick(vi, en)
    }

    /// What a role is called; one that is not known as it is written.
    pub fn role(&self, role: &str) -> String {
        role.parse::<Role>().map_or_else(|_| role.to_owned(), |role| self.t(role.words().0, role.words().1).to_owned())
    }

    /// Where the style sheet is.
    #[allow(clippy::unused_self)] // templates have the frame at hand, and nothing else
    pub fn style(&self) -> &'static str {
        assets::address("page.css")
    }

    /// Where the script is.
    #[allow(clippy::unused_self)] // templates have the frame at hand, and nothing else
    pub fn script(&self) -> &'static str {
        assets::address("page.js")
    }

    /// Where the script for passkeys is.
    #[allow(clippy::unused_self)] // templates have the frame at hand, and nothing else
    pub fn passkeys(&self) -> &'static str {
        assets::address("passkeys.js")
    }

    /// Where the picture of the seal is.
    #[allow(clippy::unused_self)] // templates have the frame at hand, and nothing else
    pub fn seal(&self) -> &'static str {
        assets::address("seal.svg")
    }
}

/// Somebody who has signed in, on a page; who has not is led to the door, and back from there.
pub struct Visit {
    /// What all requests share.
    pub house: Arc<House>,
    /// Who it is for the office.
    pub caller: Caller,
    /// The session.
    pub session: Session,
    /// The frame of the page.
    pub shell: Shell,
}

impl FromRequestParts<Arc<House>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> std::result::Result<Self, Response> {
        let session = match auth::signed_in(house, &parts.method, &parts.headers).await {
            Ok(session) => session,
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                let next = parts.uri.path_and_query().map_or("/desk", |address| address.as_str());
                let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                return Err(see(&format!("/sign-in?next={next}")));
            }
            Err(problem) => return Err(problem.into_response()),
        };
        let visit = async {
            let caller = session.caller()?;
            let shell = Shell::new(house, &parts.uri, &parts.headers, Some(&session)).await?;
            Ok::<_, Error>(Self { house: Arc::clone(house), caller, session, shell })
        };
        visit.await.map_err(|error| Problem::from(error).into_response())
    }
}

impl Visit {
    /// The language of the page.
    pub fn language(&self) -> Language {
        self.shell.language
    }

    /// Does what a form asks for, once, however often its line drops and it is sent again; gives the address where the result is.
    /// The form's [`act`](super::form::Form::act) says what is the same.
    pub async fn once<F>(&self, act: Option<String>, job: F) -> Answer<Response>
    where
        F: Future<Output = Answer<String>> + Send + 'static,
    {
        let act = act.map(|act| format!("{} {act}", self.caller.id));
        Ok(see(&Acts::once(&self.house, act, job).await?))
    }

    /// The identifier of a form that is about to be filled in.
    pub fn act(&self) -> Answer<String> {
        Ok(hex::encode(self.house.folder.random::<16>()?))
    }
}

/// A page.
pub fn shown(status: StatusCode, page: &impl Template) -> Answer<Response> {
    let html = page.render().map_err(|error| Error::new(Kind::Bug, "page.template", "the page", error))?;
    // with less than this, browsers do not say where a form comes from, and it would be refused
    let referrer = (REFERRER_POLICY, "same-origin");
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), referrer];
    Ok((status, headers, html).into_response())
}

/// Another address to look at.
pub fn see(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused {
    shell: Shell,
    heading: &'static str,
    words: String,
    code: &'static str,
}

/// What went wrong, as a page.
pub async fn refused(house: &House, uri: &Uri, headers: &HeaderMap, problem: Problem) -> Response {
    let session = auth::signed_in(house, &axum::http::Method::GET, headers).await.ok();
    let shell = match Shell::new(house, uri, headers, session.as_ref()).await {
        Ok(shell) => shell,
        Err(_) => Shell::public(Language::of(uri, headers), uri.path()),
    };
    let (heading, words) = super::words::refusal(shell.language, &problem);
    let page = Refused { shell, heading, words, code: problem.code() };
    shown(problem.status(), &page).unwrap_or_else(|_| problem.into_response())
}
