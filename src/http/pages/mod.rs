//! The page: what people see in their browsers, Vietnamese first, English by a switch. HTML is made here, on the server; it works without
//! scripts, which only make it better.
//!
//! | file | what |
//! | --- | --- |
//! | `shell` | the frame of every page: rooms, who it is, language; what a room's handler begins with; errors as pages |
//! | `assets` | style sheet, script and seal, with the digest in their addresses |
//! | `form` | forms that are sent: read within limits, done once; what is wrong with them |
//! | `words` | what was done, and why something could not be done |
//! | `sign_in`, `invitation`, `account` | the door, the first time through it, one's own sessions and offices |
//! | `images` | images that signatures are seen with, of people and units |
//! | `figures` | what the unit and all below it have done, against targets; charts as SVG |
//! | `audit/`, `admin/` | the rooms Audit and Administration |
//! | `desk` | what waits for who has signed in |
//! | `documents/` | documents out and in, from hand to hand |
//! | `receipts` | the counter, receipts found and shown, shifts, series, reports |
//! | `compare` | what a file is now beside what was signed, as pictures |
//! | `home`, `verify`, `receipt` | for everybody: the bare address, checking a file, checking a receipt |
//! | `api` | the API for developers, made from the OpenAPI document |
//! | `html` | escaping; the pieces of the pages for everybody |
//! | `texts` | words of the pages for everybody; those about signatures are in `messages` |
//!
//! Templates lie beside their handlers. A new room is a line in `shell::ROOMS`, and its routes in [`router`].

mod account;
mod admin;
pub mod api;
mod assets;
mod audit;
mod compare;
mod desk;
mod documents;
mod figures;
mod form;
pub mod home;
pub mod html;
mod images;
mod invitation;
mod qr;
pub mod receipt;
mod receipts;
mod shell;
mod sign_in;
mod texts;
pub mod verify;
mod words;

pub use crate::messages::Language;
pub use documents::Pictures;
pub use form::Acts;
pub use shell::{is_page, is_room, refused};

use super::house::House;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::routing::{get, post};
use std::convert::Infallible;
use std::sync::Arc;

/// The pages that are not in the OpenAPI document, since no program asks for them. An address that takes a form shows one, too, so that
/// somebody who had to sign in again comes back to it.
pub fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/assets/{name}", get(assets::asset))
        .route("/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/invitation", get(invitation::page).post(invitation::accept))
        .route("/invitation/confirm", get(invitation::page).post(invitation::confirm))
        .route("/account", get(account::page).post(account::end))
        .route("/account/images", get(account::page).post(account::change_image))
        .route("/account/images/{file}", get(account::image))
        .route("/office", get(account::page).post(account::change_office))
        .route("/desk", get(desk::page))
        .merge(documents::router())
        .route("/figures", get(figures::page))
        .merge(admin::router())
        .merge(audit::router())
        .merge(receipts::router())
}

/// Where what pages consist of is.
pub const ASSETS: &str = "/assets/";

/// The cookie that keeps the language.
const COOKIE_NAME: &str = "lang";

impl Language {
    /// What an address asks for, or what was asked for before.
    pub fn of(address: &Uri, headers: &HeaderMap) -> Self {
        Self::asked(address).or_else(|| Self::kept(headers)).unwrap_or_default()
    }

    /// What an address asks for.
    pub fn asked(address: &Uri) -> Option<Self> {
        address.query()?.split('&').find_map(|pair| match pair.split_once('=')? {
            ("lang", "en") => Some(Self::En),
            ("lang", "vi") => Some(Self::Vi),
            _ => None,
        })
    }

    fn kept(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, code)| if code == "en" { Self::En } else { Self::Vi })
    }

    /// The cookie that has a browser ask for this language from then on.
    pub fn cookie(self) -> String {
        format!("{COOKIE_NAME}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", self.code())
    }

    /// As HTML names it.
    pub const fn code(self) -> &'static str {
        self.pick("vi", "en")
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}
