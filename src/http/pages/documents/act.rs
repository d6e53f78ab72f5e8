//! One act on one document. What exactly is done, with which key, and where it is seen, is shown before; the PIN is asked for at the act, and not
//! kept.

use super::new::recipients_of;
use super::sheet::{Holder, Sheet, placed};
use super::{Row, place, to_do};
use crate::error::{Error, Kind, Result};
use crate::http::outgoing::{at_desk, signed_trail};
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::{Answer, Problem};
use crate::people::keys::shift;
use crate::registry::kinds::Words;
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{RegisterRequest, SignatureRequest};
use crate::registry::view::{self, DispatchView, Line};
use crate::registry::{Desk, HandedIn, delegations, incoming, outgoing, waiting};
use crate::store::registry::DispatchRow;
use crate::validation::report::Verdict;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::Duration;

/// How long a key is open at most that was opened by its PIN for one act.
const AT_THE_ACT: Duration = Duration::minutes(10);

/// Beside the acts: the history as a signed PDF.
const HISTORY: &str = "trail";

#[derive(Template)]
#[template(path = "documents/act.html")]
struct Page {
    shell: Shell,
    row: Row,
    name: String,
    act: Act,
    once: String,
    way: Way,
    typed: Form,
    faults: Faults,
}

/// What an act asks for.
enum Way {
    /// A signature.
    Sign { sheet: Box<Sheet>, words: Vec<(String, String)>, images: bool },
    /// Nothing but to be sure.
    Confirm { what: &'static str },
    /// Why.
    Reason { what: &'static str },
    /// A file.
    File { what: &'static str },
    /// To whom it goes, who keeps the original.
    Register { recipients: String },
    /// A document in gets its number; why, if its signatures are not known to be good.
    Accept { why: bool },
    /// Who is in charge.
    Assign { charge: String },
}

/// An act on a document out.
pub async fn outgoing(visit: Visit, Path((id, act)): Path<(String, String)>) -> Answer<Response> {
    page(&visit, Book::Out, &id, &act, Form::default(), Faults::default()).await
}

/// An act on a document in.
pub async fn incoming(visit: Visit, Path((id, act)): Path<(String, String)>) -> Answer<Response> {
    page(&visit, Book::In, &id, &act, Form::default(), Faults::default()).await
}

/// Does it on a document out.
pub async fn act_outgoing(visit: Visit, Path((id, act)): Path<(String, String)>, form: Form) -> Answer<Response> {
    perform(visit, Book::Out, id, act, form).await
}

/// Does it on a document in.
pub async fn act_incoming(visit: Visit, Path((id, act)): Path<(String, String)>, form: Form) -> Answer<Response> {
    perform(visit, Book::In, id, act, form).await
}

/// Whether an act has a page: others are done by programs, by the service itself, or where a document begins.
pub const fn has_page(act: Act) -> bool {
    !matches!(act, Act::Draft | Act::Copy | Act::Replace | Act::Receive | Act::Raise | Act::Report | Act::Hear)
}

fn named(act: &str) -> Answer<Act> {
    Act::named(act).filter(|act| has_page(*act)).ok_or_else(Problem::not_found)
}

async fn page(visit: &Visit, book: Book, id: &str, act: &str, typed: Form, faults: Faults) -> Answer<Response> {
    let (folder, caller, shell) = (&visit.house.folder, &visit.caller, visit.shell.clone());
    let row = view::get(folder, caller, book, id).await?;
    if act == HISTORY {
        return Ok(see(&format!("{}/{id}", place(book))));
    }
    let act = named(act)?;
    caller.may(act.permission())?;
    if !waiting::acts(folder, caller, &row).await?.contains(&act) {
        // the page was kept open while others went on
        let address = format!("{}/{id}?said=moved-on", place(book));
        return Ok(see(&address));
    }
    let way = way(visit, &row, act, &shell).await?;
    let page = Page {
        row: Row::new(shell.language, book, Line::new(&row)?),
        name: to_do(shell.language, act),
        act,
        once: typed.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?,
        way,
        typed,
        faults,
        shell,
    };
    shown(page.faults.status(), &page)
}

async fn way(visit: &Visit, row: &DispatchRow, act: Act, shell: &Shell) -> Answer<Way> {
    let (folder, caller) = (&visit.house.folder, &visit.caller);
    Ok(match act {
        Act::Initial | Act::Sign | Act::Number | Act::Seal => {
            let sheet = Sheet::new(folder, caller, row, act, shell.language).await?;
            let mut words = Vec::new();
            if act == Act::Sign {
                for held in delegations::held(folder, caller).await? {
                    words.push((held.words.clone(), format!("{}. {}", held.words, held.title)));
                }
            }
            Way::Sign { sheet: Box::new(sheet), words, images: act != Act::Number }
        }
        Act::Issue => Way::Confirm {
            what: shell.t(
                "Văn bản được gửi đến các nơi nhận và từ đó không thay đổi nữa.",
                "The document goes to its recipients, and does not change any more.",
            ),
        },
        Act::Return => {
            Way::Reason { what: shell.t("Góp ý cho người soạn thảo", "What the drafter should change") }
        }
        Act::Refuse => Way::Reason {
            what: shell.t("Lý do trả lại, gửi cho nơi gửi", "Why it is returned; its sender is told"),
        },
        Act::Cancel => Way::Reason {
            what: shell
                .t("Lý do hủy; số đã cấp không dùng lại", "Why it is given up; a number that it has is not used again"),
        },
        Act::Withdraw => Way::Reason {
            what: shell.t(
                "Lý do thu hồi; các nơi nhận được báo gỡ bỏ văn bản",
                "Why it is withdrawn; its recipients are told to remove it",
            ),
        },
        Act::Revise => Way::File {
            what: shell
                .t("Bản dự thảo mới (PDF) thay cho bản hiện tại", "The new draft (PDF), in place of the one there is"),
        },
        Act::Attach => {
            Way::File { what: shell.t("Tệp PDF kèm theo văn bản", "The PDF that comes with the document") }
        }
        Act::Register => {
            let view = DispatchView::new(folder, row.clone()).await?;
            let one = |recipient: &crate::registry::Recipient| match &recipient.email {
                Some(email) => format!("{} <{email}>", recipient.name),
                None => recipient.name.clone(),
            };
            Way::Register { recipients: view.recipients.iter().map(one).collect::<Vec<_>>().join("\n") }
        }
        Act::Accept => {
            let verdict = DispatchView::new(folder, row.clone()).await?.verdict;
            Way::Accept { why: verdict.as_deref() != Some(Verdict::Passed.as_str()) }
        }
        Act::Assign => Way::Assign { charge: DispatchView::new(folder, row.clone()).await?.charge.unwrap_or_default() },
        Act::Draft | Act::Copy | Act::Replace | Act::Receive | Act::Raise | Act::Report | Act::Hear => {
            return Err(Problem::not_found());
        }
    })
}

/// What is asked of an act that signs, as the form says it.
fn asked(form: &mut Form, shell: &Shell) -> std::result::Result<SignatureRequest, Faults> {
    let image = form.take_file("image").map(|file| STANDARD.encode(&file.bytes));
    let mut faults = Faults::default();
    let places = match placed(form) {
        Some(Ok(place)) => vec![place],
        Some(Err(())) => {
            faults.add(
                "left",
                shell.t("Vị trí là bốn số dương, tính bằng milimét.", "The place is four numbers, in millimetres."),
            );
            Vec::new()
        }
        None => Vec::new(),
    };
    let text = |name: &str| form.given(name).map(str::to_owned);
    let request = SignatureRequest {
        seen: text("seen"),
        places,
        image,
        words: form.given("words").and_then(Words::of),
        title: text("title"),
        pin: None,
    };
    if faults.is_empty() { Ok(request) } else { Err(faults) }
}

/// Opens the caller's key by its PIN, if it wants one, while something is done; whatever becomes of that, it is closed again.
pub async fn with_key<T>(desk: &Desk<'_>, pin: &str, job: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    let (folder, caller) = (desk.folder, desk.caller);
    let Some(key) = Holder::of(folder, caller).await?.filter(Holder::wants_pin) else { return job().await };
    let key = key.view;
    if pin.is_empty() {
        let why = "the PIN of the key is wanted";
        return Err(Error::new(Kind::Usage, "key.pin_missing", format!("key {}", key.name), why));
    }
    shift::may_keep(folder, caller, &key.name).await?;
    let until = folder.now().saturating_add(AT_THE_ACT);
    if let shift::Unlocked::Asked(_) = shift::unlock(folder, caller, &key.name, pin, Some(until)).await? {
        let why = "two custodians open it: a second one has to approve";
        return Err(Error::new(Kind::NotAllowed, "key.two_person", format!("key {}", key.name), why));
    }
    let done = job().await;
    shift::lock(folder, &key.name, &caller.id).await?;
    done
}

async fn perform(visit: Visit, book: Book, id: String, act: String, form: Form) -> Answer<Response> {
    if act == HISTORY {
        return signed_trail(&visit.house, visit.caller, book, id).await;
    }
    let (mut form, kind) = (form, named(&act)?);
    visit.caller.may(kind.permission())?;
    let once = form.act();
    let request = match asked(&mut form, &visit.shell) {
        Ok(request) => request,
        Err(faults) => return page(&visit, book, &id, &act, form, faults).await,
    };
    let file = form.take_file("file");
    if matches!(kind, Act::Revise | Act::Attach) && file.is_none() {
        let mut faults = Faults::default();
        faults.add("file", visit.shell.t("Hãy chọn tệp PDF.", "Please choose the PDF."));
        return page(&visit, book, &id, &act, form, faults).await;
    }
    let order = Order { kind, book, request, file, fields: Fields::of(&form) };
    let (house, caller, document) = (visit.house.clone(), visit.caller.clone(), id.clone());
    let job = async move {
        let address = format!("{}/{document}", place(book));
        let (who, same) = (caller.clone(), document.clone());
        let done = at_desk(&house, caller, None, async move |desk: &Desk<'_>| done(desk, &document, order).await);
        match done.await {
            Ok(()) => Ok(format!("{address}?said={kind}")),
            // the line has dropped after it was done
            Err(problem)
                if problem.code() == "registry.state" && view::was_last(&house.folder, &who, &same, kind).await? =>
            {
                Ok(format!("{address}?said=done-before"))
            }
            Err(problem) => Err(problem),
        }
    };
    match visit.once(once, job).await {
        Err(problem) if problem.status().is_client_error() && problem.status() != StatusCode::NOT_FOUND => {
            let field = match problem.code() {
                "key.wrong_pin" | "key.pin_missing" | "key.blocked" => "pin",
                "registry.recipients" | "registry.email" => "recipients",
                "registry.checks" | "registry.too_large" => "file",
                "registry.text" if matches!(kind, Act::Assign) => "charge",
                "registry.text" | "registry.verdict" => "reason",
                _ => "",
            };
            let mut faults = Faults::default();
            faults.add(field, why(visit.language(), &problem));
            page(&visit, book, &id, &act, form, faults).await
        }
        answer => answer,
    }
}

/// What is to be done.
struct Order {
    kind: Act,
    book: Book,
    request: SignatureRequest,
    file: Option<HandedIn>,
    fields: Fields,
}

/// What was typed.
struct Fields {
    pin: zeroize::Zeroizing<String>,
    reason: String,
    charge: String,
    note: Option<String>,
    register: RegisterRequest,
}

impl Fields {
    fn of(form: &Form) -> Self {
        let own = |name: &str| form.given(name).map(str::to_owned);
        Self {
            pin: form.secret("pin").to_owned().into(),
            reason: form.text("reason").to_owned(),
            charge: form.text("charge").to_owned(),
            note: own("note"),
            register: RegisterRequest {
                recipients: Some(recipients_of(form)),
                keeper: own("keeper"),
                copies: form.given("copies").and_then(|copies| copies.parse().ok()),
                note: own("note"),
            },
        }
    }
}

async fn done(desk: &Desk<'_>, id: &str, order: Order) -> Result<()> {
    let Order { kind, book, request, file, fields } = order;
    let (pin, reason) = (fields.pin.as_str(), fields.reason.as_str());
    match kind {
        Act::Initial => with_key(desk, pin, async || outgoing::initial(desk, id, &request).await).await.map(drop),
        Act::Sign => with_key(desk, pin, async || outgoing::sign(desk, id, &request).await).await.map(drop),
        Act::Number => with_key(desk, pin, async || outgoing::number(desk, id, &request).await).await.map(drop),
        Act::Seal => with_key(desk, pin, async || outgoing::seal(desk, id, &request).await).await.map(drop),
        Act::Register => outgoing::register(desk, id, &fields.register).await.map(drop),
        Act::Issue => outgoing::issue(desk, id).await.map(drop),
        Act::Return => outgoing::send_back(desk, id, reason).await.map(drop),
        Act::Cancel => outgoing::cancel(desk, id, reason).await.map(drop),
        Act::Withdraw => outgoing::withdraw(desk, id, reason).await.map(drop),
        Act::Revise => outgoing::revise(desk, id, file.unwrap_or_else(nothing)).await.map(drop),
        Act::Attach if book == Book::In => incoming::attach(desk, id, file.unwrap_or_else(nothing)).await.map(drop),
        Act::Attach => outgoing::attach(desk, id, file.unwrap_or_else(nothing)).await.map(drop),
        Act::Accept => {
            let reason = Some(reason).filter(|reason| !reason.is_empty());
            incoming::accept(desk, id, reason).await.map(drop)
        }
        Act::Refuse => incoming::refuse(desk, id, reason).await.map(drop),
        Act::Assign => incoming::assign(desk, id, &fields.charge, fields.note.as_deref()).await.map(drop),
        Act::Draft | Act::Copy | Act::Replace | Act::Receive | Act::Raise | Act::Report | Act::Hear => {
            Err(Error::new(Kind::NotFound, "http.not_found", "the act", "it is done elsewhere"))
        }
    }
}

/// A file that is not there, which is refused as one that cannot be read.
const fn nothing() -> HandedIn {
    HandedIn { name: None, bytes: Vec::new() }
}
