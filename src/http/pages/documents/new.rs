//! A draft is handed in, a document that came is received.

use super::one::RELATIONS;
use super::place;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::Result;
use crate::http::outgoing::at_desk;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, shown};
use crate::http::pages::words::why;
use crate::http::problem::Answer;
use crate::people::permissions::Caller;
use crate::registry::checks::{Check, Verdict};
use crate::registry::incoming::{self, NewArrival};
use crate::registry::kinds::{KINDS, LETTER};
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{self, NewDraft, Relation};
use crate::registry::{Desk, HandedIn, Recipient};
use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use time::Duration;

/// How long ago the very same may have been handed in to be the same once more, and not another one.
const SAME: Duration = Duration::hours(1);

#[derive(Template)]
#[template(path = "documents/new.html")]
struct Page {
    shell: Shell,
    is_out: bool,
    /// What it is to be to an older document.
    relation: Option<&'static str>,
    act: String,
    kinds: Vec<(&'static str, &'static str, bool)>,
    typed: Form,
    checks: Option<Checks>,
    faults: Faults,
}

/// What the checks of a draft say.
#[derive(Template)]
#[template(path = "documents/checks.html")]
pub struct Checks {
    shell: Shell,
    passed: bool,
    /// What was checked, what is wrong with it.
    lines: Vec<(&'static str, Option<String>)>,
    /// What the first page says of the document: its kind and that kind's name, whose it is, and of letters of which department.
    kind: &'static str,
    kind_name: &'static str,
    issuer: String,
    department: String,
}

impl Checks {
    /// Each check, with what is wrong.
    pub fn new(shell: Shell, verdict: Verdict) -> Self {
        let one = |check: Check| {
            let name = match check.check {
                "readable" => shell.t("Đọc được", "Readable"),
                "version" => shell.t("Phiên bản PDF", "PDF version"),
                "a4" => shell.t("Khổ A4", "A4"),
                "fonts" => shell.t("Phông chữ được nhúng", "Fonts embedded"),
                "active_content" => shell.t("Không có nội dung chạy được", "No active content"),
                "unsigned" => shell.t("Chưa có chữ ký", "Not signed yet"),
                "resolution" => shell.t("Ảnh màu, từ 200 dpi", "In colour, at least 200 dpi"),
                _ => check.check,
            };
            let wrong = if shell.language.code() == "vi" { check.vi } else { check.en };
            (name, wrong)
        };
        let lines = verdict.checks.into_iter().map(one).collect();
        let said = verdict.issuer.unwrap_or_default();
        let (issuer, department) = match said.split_once('-') {
            Some((issuer, department)) if verdict.kind == Some(LETTER) => (issuer.to_owned(), department.to_owned()),
            _ => (said, String::new()),
        };
        let (kind, kind_name) = (verdict.kind.unwrap_or_default(), verdict.kind_name.unwrap_or_default());
        Self { passed: verdict.passed, lines, kind, kind_name, issuer, department, shell }
    }
}

/// Kinds, and whether one is chosen.
fn kinds(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    KINDS.iter().map(|kind| (kind.code, kind.name, kind.code == chosen)).collect()
}

impl Page {
    fn new(visit: &Visit, book: Book, typed: Form, faults: Faults) -> Answer<Self> {
        Ok(Self {
            shell: visit.shell.clone(),
            is_out: book == Book::Out,
            relation: RELATIONS
                .iter()
                .find(|(kind, ..)| kind.as_str() == typed.text("relation"))
                .map(|(_, vi, en)| visit.language().pick(vi, en)),
            act: typed.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?,
            kinds: kinds(typed.given("kind").unwrap_or(LETTER)),
            typed,
            checks: None,
            faults,
        })
    }
}

/// What the draft is to be to an older document: both or neither is named.
fn relation(form: &Form) -> Option<Relation> {
    let (kind, ..) = RELATIONS.iter().find(|(kind, ..)| kind.as_str() == form.text("relation"))?;
    Some(Relation { kind: *kind, to: form.given("to")?.to_owned() })
}

/// The form for a draft; the address may name an older document that it has to do with.
pub async fn form(visit: Visit, uri: Uri) -> Answer<Response> {
    visit.caller.may(Act::Draft.permission())?;
    shown(
        StatusCode::OK,
        &Page::new(&visit, Book::Out, Form::asked(&uri)?.only(&["relation", "to"]), Faults::default())?,
    )
}

/// The form for a document that came.
pub async fn arrival(visit: Visit) -> Answer<Response> {
    visit.caller.may(Act::Receive.permission())?;
    shown(StatusCode::OK, &Page::new(&visit, Book::In, Form::default(), Faults::default())?)
}

/// What the checks say of a file, as soon as it was chosen; nothing is kept.
pub async fn check(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Act::Draft.permission())?;
    let mut form = form;
    let Some(file) = form.take_file("file") else { return shown(StatusCode::OK, &Empty) };
    let (verdict, _) = visit.house.work(async move |_| outgoing::check(file)).await?;
    shown(StatusCode::OK, &Checks::new(visit.shell, verdict))
}

/// Nothing.
#[derive(Template)]
#[template(source = "", ext = "html")]
struct Empty;

/// Recipients as they are typed: one on each line, with an address for letters in angle brackets if it has one.
fn recipients(text: &str) -> Vec<Recipient> {
    let one = |line: &str| {
        let (name, email) = match line.strip_suffix('>').and_then(|line| line.rsplit_once('<')) {
            Some((name, email)) => (name.trim(), Some(email.trim().to_owned())),
            None => (line, None),
        };
        Recipient { name: name.to_owned(), email, code: None }
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(one).collect()
}

/// Recipients as they are typed.
pub fn recipients_of(form: &Form) -> Vec<Recipient> {
    recipients(form.text("recipients"))
}

/// What the same person handed in just now with the same file and words: then the line has dropped, and this is the same once more.
async fn before(
    folder: &DataFolder,
    caller: &Caller,
    book: Book,
    file: &HandedIn,
    subject: &str,
) -> Result<Option<String>> {
    let mut tx = folder.store.read().await?;
    for id in tx.dispatches_of_file(&caller.unit, book.as_str(), &sha256(&file.bytes)).await? {
        let Some(row) = tx.dispatch(&id).await? else { continue };
        let own = tx.dispatch_events(&id).await?.first().is_some_and(|event| event.actor == caller.id);
        if own && row.subject == subject && folder.now() - row.created < SAME {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Hands in a draft.
pub async fn draft(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Act::Draft.permission())?;
    let (mut form, shell) = (form, visit.shell.clone());
    let act = form.act();
    let mut faults = Faults::default();
    if form.given("subject").is_none() {
        faults.add("subject", shell.t("Hãy nhập trích yếu nội dung.", "Please say what it is about."));
    }
    if form.given("issuer").is_none() {
        faults.add(
            "issuer",
            shell.t(
                "Hãy nhập chữ viết tắt của cơ quan, ví dụ UBND.",
                "Please give the abbreviation of the issuing body, such as UBND.",
            ),
        );
    }
    let Some(file) = form.take_file("file") else {
        faults.add("file", shell.t("Hãy chọn tệp PDF của bản dự thảo.", "Please choose the PDF of the draft."));
        return shown(faults.status(), &Page::new(&visit, Book::Out, form, faults)?);
    };
    let (verdict, file) = visit.house.work(async move |_| outgoing::check(file)).await?;
    if !verdict.passed {
        faults.add(
            "file",
            shell.t(
                "Tệp chưa đạt yêu cầu; hãy xem từng mục bên dưới.",
                "The file is not fit yet; see each check below.",
            ),
        );
    }
    if !faults.is_empty() {
        let checks = Some(Checks::new(shell, verdict));
        let page = Page { checks, ..Page::new(&visit, Book::Out, form, faults)? };
        return shown(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let own = |name: &str| form.given(name).map(str::to_owned);
    let new = NewDraft {
        kind: form.text("kind").to_owned(),
        issuer: form.text("issuer").to_owned(),
        department: own("department"),
        subject: form.text("subject").to_owned(),
        recipients: recipients_of(&form),
        urgent: form.given("urgent").is_some(),
        relation: relation(&form),
        kind_anyway: form.given("kind_anyway").is_some(),
        note: own("note"),
    };
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    let job = async move {
        let who = caller.clone();
        let made = at_desk(&house, caller, None, async move |desk: &Desk<'_>| {
            if let Some(id) = before(desk.folder, &who, Book::Out, &file, &new.subject).await? {
                return Ok(id);
            }
            Ok(outgoing::draft(desk, &new, file).await?.id)
        });
        Ok(format!("{}/{}?said=draft", place(Book::Out), made.await?))
    };
    answered(visit, Book::Out, act, form, job).await
}

/// Receives a document.
pub async fn receive(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Act::Receive.permission())?;
    let (mut form, shell) = (form, visit.shell.clone());
    let act = form.act();
    let mut faults = Faults::default();
    for (field, vi, en) in [
        ("author", "Hãy nhập tên nơi gửi.", "Please say who wrote it."),
        ("subject", "Hãy nhập trích yếu nội dung.", "Please say what it is about."),
    ] {
        if form.given(field).is_none() {
            faults.add(field, shell.t(vi, en));
        }
    }
    let file = form.take_file("file");
    if file.is_none() {
        faults.add("file", shell.t("Hãy chọn tệp PDF đã nhận.", "Please choose the PDF that came."));
    }
    let Some(file) = file.filter(|_| faults.is_empty()) else {
        return shown(faults.status(), &Page::new(&visit, Book::In, form, faults)?);
    };
    let own = |name: &str| form.given(name).map(str::to_owned);
    let new = NewArrival {
        author: form.text("author").to_owned(),
        author_email: own("author_email"),
        kind: form.text("kind").to_owned(),
        symbol: own("symbol"),
        date: own("date"),
        subject: form.text("subject").to_owned(),
        urgent: form.given("urgent").is_some(),
        note: own("note"),
    };
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    let job = async move {
        let who = caller.clone();
        let made = at_desk(&house, caller, None, async move |desk: &Desk<'_>| {
            if let Some(id) = before(desk.folder, &who, Book::In, &file, &new.subject).await? {
                return Ok(id);
            }
            Ok(incoming::receive(desk, &new, file).await?.row.id)
        });
        Ok(format!("{}/{}?said=receive", place(Book::In), made.await?))
    };
    answered(visit, Book::In, act, form, job).await
}

/// Does it once, and leads to what was made; what is refused is said above the form.
async fn answered<F>(visit: Visit, book: Book, act: Option<String>, form: Form, job: F) -> Answer<Response>
where
    F: Future<Output = Answer<String>> + Send + 'static,
{
    match visit.once(act, job).await {
        Err(problem) if problem.status().is_client_error() => {
            let field = match problem.code() {
                "registry.abbreviation" | "registry.issuer_on_page" => "issuer",
                "registry.recipients" | "registry.email" => "recipients",
                "registry.kind" | "registry.kind_on_page" => "kind",
                "registry.too_large" | "registry.checks" => "file",
                "registry.date" => "date",
                _ => "",
            };
            let mut faults = Faults::default();
            faults.add(field, why(visit.language(), &problem));
            shown(StatusCode::UNPROCESSABLE_ENTITY, &Page::new(&visit, book, form, faults)?)
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_stand_on_lines() {
        let all = recipients("Sở Nội vụ <vanthu@so.example>\n\n  Ban Quản lý xã \nLưu: VT");
        let all: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.email.as_deref())).collect();
        assert_eq!(all, [("Sở Nội vụ", Some("vanthu@so.example")), ("Ban Quản lý xã", None), ("Lưu: VT", None)]);
    }
}
