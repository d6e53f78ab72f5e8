//! The registers, searched page by page.

use super::{Row, place};
use crate::http::pages::form::Form;
use crate::http::pages::shell::{Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::http::query::{cursor, date, page_from};
use crate::messages::registry as words;
use crate::people::permissions::Permission;
use crate::registry::kinds::{COPIES, KINDS};
use crate::registry::machine::{Book, State};
use crate::registry::register;
use crate::registry::view::Line;
use crate::store::registry::DispatchFilter;
use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::form_urlencoded;

/// Documents on a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "documents/list.html")]
#[allow(clippy::struct_excessive_bools)] // each is a thing that the page shows or does not
struct Page {
    shell: Shell,
    is_out: bool,
    place: &'static str,
    rows: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
    is_filtered: bool,
    /// Whether it is by more than a text.
    is_narrowed: bool,
    book: Book,
    may_add: bool,
    text: String,
    from: String,
    to: String,
    urgent: bool,
    /// Value, name, whether it is chosen.
    states: Vec<(&'static str, String, bool)>,
    kinds: Vec<(&'static str, &'static str, bool)>,
}

/// States of documents in.
const IN: [State; 4] = [State::Received, State::Accepted, State::Assigned, State::Refused];

/// Documents out.
pub async fn outgoing(visit: Visit, uri: Uri) -> Answer<Response> {
    page(visit, &uri, Book::Out).await
}

/// Documents in.
pub async fn incoming(visit: Visit, uri: Uri) -> Answer<Response> {
    page(visit, &uri, Book::In).await
}

async fn page(visit: Visit, uri: &Uri, book: Book) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    caller.may(Permission::ReadDocuments)?;
    let asked = Form::asked(uri)?;
    let text = |name: &str| asked.given(name).map(str::to_owned);
    let after = cursor(asked.given("cursor"), |text| {
        let (time, id) = text.split_once(' ')?;
        Some((OffsetDateTime::parse(time, &Rfc3339).ok()?, id.to_owned()))
    })?;
    let filter = DispatchFilter {
        unit: caller.unit.clone(),
        book: book.as_str().to_owned(),
        state: text("state"),
        kind: text("kind"),
        from: date("from", asked.given("from"))?,
        to: date("to", asked.given("to"))?,
        numbered: false,
        urgent: asked.given("urgent").is_some(),
        text: text("text"),
        after,
    };
    let most = u32::try_from(PAGE).unwrap_or(u32::MAX).saturating_add(1);
    let mut rows = register::find(&house.folder, &caller, filter, most).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        let place = format!("{} {}", last.created.format(&Rfc3339).unwrap_or_default(), last.id);
        let mut address = form_urlencoded::Serializer::new(format!("{}?", uri.path()));
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if !["cursor", "lang", "said"].contains(&&*name) {
                address.append_pair(&name, &value);
            }
        }
        address.append_pair("cursor", &page_from(&place)).finish()
    });
    let language = shell.language;
    let shown_rows = rows.iter().map(|row| Ok(Row::new(language, book, Line::new(row)?)));
    let states = State::ALL.iter().filter(|state| IN.contains(state) == (book == Book::In));
    let states = states.map(|state| {
        let name = words::state(state.as_str()).of(language).to_owned();
        (state.as_str(), name, asked.text("state") == state.as_str())
    });
    let kinds = KINDS.iter().chain(COPIES).map(|kind| (kind.code, kind.name, asked.text("kind") == kind.code));
    let add = if book == Book::Out { Permission::PrepareDocuments } else { Permission::KeepRegisters };
    let is_narrowed = ["state", "kind", "from", "to", "urgent"].iter().any(|name| asked.given(name).is_some());
    let page = Page {
        is_out: book == Book::Out,
        place: place(book),
        rows: shown_rows.collect::<crate::error::Result<_>>()?,
        next,
        is_filtered: is_narrowed || asked.given("text").is_some(),
        is_narrowed,
        book,
        may_add: caller.may(add).is_ok(),
        text: asked.text("text").to_owned(),
        from: asked.text("from").to_owned(),
        to: asked.text("to").to_owned(),
        urgent: asked.given("urgent").is_some(),
        states: states.collect(),
        kinds: kinds.collect(),
        shell,
    };
    shown(StatusCode::OK, &page)
}
