//! The registers, searched page by page.

use super::{COPIES, Row, parts, place};
use crate::http::pages::form::Form;
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::http::query::{cursor, date, page_from};
use crate::messages::registry as words;
use crate::people::permissions::Permission;
use crate::registry::kinds::{self, DocumentKind, KINDS};
use crate::registry::machine::{Act, Book, State};
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
    sections: Vec<Door>,
    title: &'static str,
    is_out: bool,
    place: &'static str,
    /// What is said where there is nothing yet.
    empty: &'static str,
    /// Where another one is made, and what that is called, for whoever may.
    add: Option<(&'static str, &'static str)>,
    rows: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
    is_filtered: bool,
    /// Whether it is by more than a text.
    is_narrowed: bool,
    book: Book,
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

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Out,
    In,
    Copies,
}

/// What its page says.
struct About {
    place: &'static str,
    title: &'static str,
    /// What is said where there is nothing yet.
    empty: &'static str,
    /// What makes another one, where that is done, and what it is called.
    act: Act,
    add: (&'static str, &'static str),
}

impl Which {
    fn about(self, shell: &Shell) -> About {
        match self {
            Self::Out => About {
                place: place(Book::Out),
                title: shell.t("Văn bản đi", "Documents out"),
                empty: shell.t(
                    "Chưa có văn bản nào. Bước tiếp theo: tải lên bản dự thảo PDF đầu tiên.",
                    "There is no document yet. Next step: hand in the first draft, a PDF.",
                ),
                act: Act::Draft,
                add: ("/documents/new", shell.t("Soạn văn bản mới", "New draft")),
            },
            Self::In => About {
                place: place(Book::In),
                title: shell.t("Văn bản đến", "Documents in"),
                empty: shell.t(
                    "Chưa có văn bản đến nào. Bước tiếp theo: tiếp nhận tệp PDF mà nơi khác gửi.",
                    "No document has come in yet. Next step: receive the PDF that somebody sent.",
                ),
                act: Act::Receive,
                add: ("/incoming/new", shell.t("Tiếp nhận văn bản đến", "Receive a document")),
            },
            Self::Copies => About {
                place: COPIES,
                title: shell.t("Bản sao", "Copies"),
                empty: shell.t(
                    "Chưa có bản sao nào. Mở một văn bản đã phát hành hoặc văn bản đến đã đăng ký rồi chọn “Sao văn bản này”, hoặc sao một bản giấy đã quét.",
                    "There is no copy yet. Open a document that was issued, or registered as come in, and choose “Copy this document”; or copy a paper that was scanned.",
                ),
                act: Act::Copy,
                add: ("/documents/copies/new", shell.t("Sao bản giấy, trích sao", "Copy a paper, or an extract")),
            },
        }
    }
}

/// Documents out.
pub async fn outgoing(visit: Visit, uri: Uri) -> Answer<Response> {
    page(visit, &uri, Which::Out).await
}

/// Documents in.
pub async fn incoming(visit: Visit, uri: Uri) -> Answer<Response> {
    page(visit, &uri, Which::In).await
}

/// Copies, which are documents out as well.
pub async fn copies(visit: Visit, uri: Uri) -> Answer<Response> {
    page(visit, &uri, Which::Copies).await
}

async fn page(visit: Visit, uri: &Uri, which: Which) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    caller.may(Permission::ReadDocuments)?;
    let book = if which == Which::In { Book::In } else { Book::Out };
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
        copies: which == Which::Copies,
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
    let drafted: &[DocumentKind] = if which == Which::Copies { &[] } else { KINDS };
    let kinds = drafted.iter().chain(kinds::COPIES);
    let kinds = kinds.map(|kind| (kind.code, kind.name, asked.text("kind") == kind.code));
    let About { place, title, empty, act, add } = which.about(&shell);
    let is_narrowed = ["state", "kind", "from", "to", "urgent"].iter().any(|name| asked.given(name).is_some());
    let page = Page {
        sections: if book == Book::Out { parts(&shell, place) } else { Vec::new() },
        title,
        is_out: book == Book::Out,
        place,
        empty,
        add: caller.may(act.permission()).is_ok().then_some(add),
        rows: shown_rows.collect::<crate::error::Result<_>>()?,
        next,
        is_filtered: is_narrowed || asked.given("text").is_some(),
        is_narrowed,
        book,
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
