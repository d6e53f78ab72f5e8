//! One document: how it stands, what may be done to it now, its pages, its history in plain words.

use super::act::has_page;
use super::sheet::Holder;
use super::{place, to_do};
use crate::http::pages::Language;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::messages::{in_one, moment, registry as words};
use crate::people::permissions::Permission;
use crate::receipts::content::short_date;
use crate::registry::copies;
use crate::registry::machine::{Act, Book, State};
use crate::registry::outgoing::RelationKind;
use crate::registry::trail::{self, EventView};
use crate::registry::view::{self, DispatchView, FileView, Line, RelationView};
use crate::registry::waiting::{acts, is_onward};
use crate::store::outgoing::OutgoingState;
use crate::validation::report::Verdict;
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

/// What a document may be to an older one that was issued.
pub const RELATIONS: &[(RelationKind, &str, &str)] = &[
    (RelationKind::Replaces, "thay thế văn bản này", "replaces this one"),
    (RelationKind::Amends, "sửa đổi, bổ sung văn bản này", "amends this one"),
    (RelationKind::Corrects, "đính chính văn bản này", "corrects this one"),
];

/// Pages that are shown as pictures.
const MOST_PAGES: u32 = 50;

#[derive(Template)]
#[template(path = "documents/one.html")]
#[allow(clippy::struct_excessive_bools)] // each is a thing that the page shows or does not
struct Page {
    shell: Shell,
    is_out: bool,
    place: &'static str,
    view: DispatchView,
    state: String,
    date: String,
    due: String,
    /// Whether it is still to be issued.
    is_awaited: bool,
    /// What is thought of its signatures, of a document in.
    verdict: Option<(&'static str, &'static str, &'static str)>,
    /// What brings it on, and what else may be done: the act and its name.
    onward: Vec<(Act, String)>,
    others: Vec<(Act, String)>,
    /// What whoever has just acted should know.
    warnings: Vec<String>,
    /// Whether the visitor may copy it.
    is_copied: bool,
    /// What another document may be to it, once it is issued: relation and name.
    following: Vec<(&'static str, &'static str)>,
    /// Others that have to do with it: what they are, address, symbol.
    relations: Vec<(&'static str, String, String)>,
    /// Files with their pages that are shown.
    files: Vec<Shown>,
    steps: Vec<Step>,
    reads_log: bool,
    /// The key that signs the history, if the visitor may.
    holder: Option<Holder>,
    faults: Faults,
    /// Letters and calls: what, how it stands, why it failed.
    messages: Vec<(String, &'static str, String)>,
}

/// A file, as it is shown.
struct Shown {
    file: FileView,
    size: String,
    pages: Vec<u32>,
}

/// What was done.
struct Step {
    what: String,
    who: String,
    time: String,
    words: String,
    comment: String,
    warnings: Vec<String>,
    log: u64,
}

impl Step {
    fn new(language: Language, event: EventView) -> Self {
        Self {
            what: language.pick(&event.vi, &event.en).to_owned(),
            who: event.actor_name,
            time: moment(event.time),
            words: event.words.unwrap_or_default(),
            comment: event.comment.unwrap_or_default(),
            warnings: event.warnings.iter().map(|warning| in_one(language, warning)).collect(),
            log: event.log.index,
        }
    }
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{},{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// What is thought of the signatures of a document in: class, sign, words.
fn verdict(language: Language, verdict: Option<&str>) -> Option<(&'static str, &'static str, &'static str)> {
    let all = [Verdict::Passed, Verdict::Failed, Verdict::Indeterminate, Verdict::NoSignature];
    let verdict = all.into_iter().find(|known| Some(known.as_str()) == verdict)?;
    let (class, sign) = match verdict {
        Verdict::Passed => ("good", "✓"),
        Verdict::Failed => ("bad", "✕"),
        Verdict::Indeterminate | Verdict::NoSignature => ("unsure", "?"),
    };
    Some((class, sign, verdict.in_words(crate::messages::words(language)).0))
}

/// How a letter or a call stands.
fn sent(language: Language, state: OutgoingState) -> &'static str {
    let (vi, en) = match state {
        OutgoingState::Queued => ("đang chờ gửi", "waiting"),
        OutgoingState::Sent => ("đã gửi", "sent"),
        OutgoingState::Failed => ("gửi không được", "failed"),
    };
    language.pick(vi, en)
}

/// Another document: what it is to this one, or this one to it; its address and symbol.
fn related(language: Language, other: RelationView, is_older: bool) -> (&'static str, String, String) {
    let (vi, en) = match (other.kind == RelationKind::Copies.as_str(), is_older) {
        (true, true) => ("Bản sao của", "Copy of"),
        (true, false) => ("Bản sao", "Copy"),
        (false, true) => ("Liên quan", "Relates to"),
        (false, false) => ("Văn bản liên quan", "Related"),
    };
    let address = format!("{}/{}", place(Book::named(&other.book).unwrap_or(Book::Out)), other.id);
    (language.pick(vi, en), address, other.symbol.unwrap_or(other.id))
}

/// A document out.
pub async fn outgoing(visit: Visit, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    page(visit, Book::Out, &id, &uri).await
}

/// A document in.
pub async fn incoming(visit: Visit, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    page(visit, Book::In, &id, &uri).await
}

async fn page(visit: Visit, book: Book, id: &str, uri: &Uri) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    let (folder, language) = (&house.folder, shell.language);
    let row = view::get(folder, &caller, book, id).await?;
    let line = Line::new(&row)?;
    let (onward, others) = acts(folder, &caller, &row)
        .await?
        .into_iter()
        .filter(|act| has_page(*act))
        .map(|act| (act, to_do(language, act)))
        .partition(|(act, _): &(Act, String)| is_onward(*act) && !(row.state == "draft" && *act == Act::Revise));
    let steps = trail::of(folder, &caller, &row).await?.events;
    let has_acted = Form::asked(uri)?.given("said").is_some();
    let last = steps.last().filter(|last| has_acted && last.actor == caller.id);
    let warnings = last.iter().flat_map(|last| &last.warnings).map(|warning| in_one(language, warning)).collect();
    let state = State::named(&row.state);
    let is_copied = caller.may(Act::Copy.permission()).is_ok() && state.is_some_and(copies::is_copied);
    let view = DispatchView::new(folder, row).await?;
    let mut left = MOST_PAGES;
    let files = view.files.iter().map(|file| {
        let pages = file.pages.min(left);
        left = left.saturating_sub(pages);
        Shown { file: file.clone(), size: size(file.size), pages: (1..=pages).collect() }
    });
    let messages = view.messages.iter().map(|message| {
        let what = match message.kind.as_str() {
            "hook" => language.pick("Báo cho hệ thống khác", "A call to another system"),
            _ => language.pick("Thư điện tử", "A letter"),
        };
        (what.to_owned(), sent(language, message.state), message.failure.clone().unwrap_or_default())
    });
    let may_follow =
        book == Book::Out && view.state == State::Issued.as_str() && caller.may(Act::Draft.permission()).is_ok();
    let following = if may_follow {
        RELATIONS.iter().map(|(kind, vi, en)| (kind.as_str(), language.pick(vi, en))).collect()
    } else {
        Vec::new()
    };
    let older = view.relation.clone().map(|other| related(language, other, true));
    let newer = view.related.iter().map(|other| related(language, other.clone(), false));
    let holder = if caller.may(Permission::SignDocuments).is_ok() { Holder::of(folder, &caller).await? } else { None };
    let page = Page {
        relations: older.into_iter().chain(newer).collect(),
        warnings,
        is_copied,
        following,
        is_out: book == Book::Out,
        place: place(book),
        state: words::state(&view.state).of(language).to_owned(),
        date: line.date.map(short_date).unwrap_or_default(),
        due: line.due.map(short_date).unwrap_or_default(),
        is_awaited: state.is_some_and(State::is_unfinished),
        verdict: verdict(language, view.verdict.as_deref()),
        onward,
        others,
        files: files.collect(),
        steps: steps.into_iter().map(|event| Step::new(language, event)).collect(),
        reads_log: caller.may(Permission::ReadAudit).is_ok(),
        holder,
        faults: Faults::default(),
        messages: messages.collect(),
        view,
        shell,
    };
    shown(StatusCode::OK, &page)
}
