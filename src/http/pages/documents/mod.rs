//! Documents, out and in: found, drafted, received, looked at, and brought from one hand to the next.
//!
//! | file | what |
//! | --- | --- |
//! | `list` | the registers, searched |
//! | `new` | a draft is handed in, a document that came is received; what the checks say |
//! | `one` | one document: how it stands, what may be done to it, its pages, its history |
//! | `act` | one act on one document: what exactly is done is shown before |
//! | `sheet` | the page of a document on which a signature is placed |
//! | `batch` | many documents signed in one act |
//! | `copies` | a copy is made of a document, or of a paper |
//! | `delegations` | who signs for whom |
//! | `pictures` | pages as pictures, and files |

mod act;
mod batch;
mod copies;
mod delegations;
mod list;
mod new;
mod one;
mod pictures;
mod sheet;

pub use pictures::Pictures;

use super::Language;
use super::shell::{Door, Shell};
use crate::http::house::House;
use crate::messages::{VIETNAM, registry as words};
use crate::receipts::content::short_date;
use crate::registry::machine::{Act, Book};
use crate::registry::view::Line;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The pages of documents out and in.
pub fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/documents", get(list::outgoing))
        .route("/documents/new", get(new::form).post(new::draft))
        .route("/documents/check", post(new::check))
        .route("/documents/batch", get(batch::again).post(batch::page))
        .route("/documents/copies", get(list::copies))
        .route("/documents/copies/new", get(copies::form).post(copies::make))
        .route("/documents/delegations", get(delegations::list).post(delegations::end))
        .route("/documents/delegations/new", get(delegations::form).post(delegations::grant))
        .route("/documents/{id}", get(one::outgoing))
        .route("/documents/{id}/files/{file}", get(pictures::outgoing_file))
        .route("/documents/{id}/pages/{page}", get(pictures::outgoing_page))
        .route("/documents/{id}/{act}", get(act::outgoing).post(act::act_outgoing))
        .route("/incoming", get(list::incoming))
        .route("/incoming/new", get(new::arrival).post(new::receive))
        .route("/incoming/{id}", get(one::incoming))
        .route("/incoming/{id}/files/{file}", get(pictures::incoming_file))
        .route("/incoming/{id}/pages/{page}", get(pictures::incoming_page))
        .route("/incoming/{id}/{act}", get(act::incoming).post(act::act_incoming))
}

/// Where the documents of a book are.
pub const fn place(book: Book) -> &'static str {
    match book {
        Book::Out => "/documents",
        Book::In => "/incoming",
    }
}

/// Where copies are, and delegations.
const COPIES: &str = "/documents/copies";
const DELEGATIONS: &str = "/documents/delegations";

/// The parts of the room of documents out.
fn parts(shell: &Shell, current: &str) -> Vec<Door> {
    let all = [
        (place(Book::Out), shell.t("Văn bản đi", "Documents out")),
        (COPIES, shell.t("Bản sao", "Copies")),
        (DELEGATIONS, shell.t("Ủy quyền ký", "Delegations")),
    ];
    all.map(|(path, name)| Door { path, name, is_current: path == current }).into()
}

/// A document in a list, as it is shown.
pub struct Row {
    /// Its identifier.
    pub id: String,
    /// Its address.
    pub address: String,
    /// What it is about.
    pub subject: String,
    /// Its kind.
    pub kind: String,
    /// Number and symbol.
    pub symbol: String,
    /// Its date, or when it came.
    pub date: String,
    /// How it stands.
    pub state: String,
    /// By when it is to be issued.
    pub due: String,
    /// To whom it goes, or who wrote it.
    pub others: String,
    /// Whether it is urgent.
    pub urgent: bool,
}

impl Row {
    /// A line of a register.
    pub fn new(language: Language, book: Book, line: Line) -> Self {
        let date = line.date.unwrap_or_else(|| line.created.to_offset(VIETNAM).date());
        Self {
            address: format!("{}/{}", place(book), line.id),
            id: line.id,
            subject: line.subject,
            kind: line.kind,
            symbol: line.symbol.unwrap_or_default(),
            date: short_date(date),
            state: words::state(&line.state).of(language).to_owned(),
            due: line.due.map(short_date).unwrap_or_default(),
            others: line.others,
            urgent: line.urgent,
        }
    }
}

/// What an act is called on a button.
pub fn to_do(language: Language, act: Act) -> String {
    words::to_do(act.as_str()).of(language).to_owned()
}
