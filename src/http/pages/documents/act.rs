//! One act on one document. What exactly is done, with which key, and where it is seen, is shown before; the PIN is asked for at the act, and not
//! kept.

use super::new::recipients_of;
use super::sheet::{Holder, Sheet, placed};
use super::{Row, place, to_do};
use crate::error::{Error, Kind, Result};
use crate::http::outgoing::{at_desk, signed_trail};
use crate::http::pages::account::image_at;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::{Answer, Problem};
use crate::people::permissions::Role;
use crate::registry::images::{self, ImageKind};
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
use std::collections::HashSet;
use zeroize::Zeroizing;

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

/// Whether an act on a document is done on a page of its own: others are done with another act, by the service itself, or by other programs.
pub const fn has_page(act: Act) -> bool {
    !matches!(act, Act::Draft | Act::Copy | Act::Replace | Act::Receive | Act::Raise | Act::Report | Act::Hear)
}

/// What an act asks for.
enum Way {
    /// A signature.
    Sign { sheet: Box<Sheet>, words: Vec<(String, String)>, image: Option<Seen> },
    /// Nothing but to be sure.
    Confirm { what: &'static str },
    /// Why.
    Reason { what: &'static str },
    /// A file.
    File { what: &'static str },
    /// To whom it goes, who keeps the original.
    Register { recipients: String },
    /// A document in gets its number; why, if its signatures are not known to be good.
    Accept { why: bool, tells: bool },
    /// Who is in charge.
    Assign { charge: String },
}

impl Page {
    /// What is said of the field for an image.
    fn image_hint(&self, seen: &Seen) -> &str {
        match seen.kept {
            Some(_) => self.shell.t("Chọn hình khác chỉ cho lần ký này.", "Another one, for this signature only."),
            None => self.shell.t(
                "Không có hình thì tên người ký và giờ ký được in vào khung.",
                "Without one, name and time are written into the frame.",
            ),
        }
    }
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

/// As what the caller may sign, where there is more to choose than the own office: the words, and what they say.
pub async fn capacities(visit: &Visit) -> Result<Vec<(String, String)>> {
    let held = delegations::held(&visit.house.folder, &visit.caller).await?;
    let mut all: Vec<_> =
        held.into_iter().rev().map(|row| (row.words.clone(), format!("{}. {}", row.words, row.title))).collect();
    // of several with the same words the newest counts
    let mut seen = HashSet::new();
    all.retain(|(words, _)| seen.insert(words.clone()));
    if !all.is_empty() && visit.caller.role == Role::Leader {
        let own = visit.shell.t("Chức vụ của mình", "In the own office");
        all.insert(0, (String::new(), own.to_owned()));
    }
    Ok(all)
}

/// The image that a signature is seen with.
struct Seen {
    /// Where the one is that is kept; none if there is none.
    kept: Option<String>,
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
            let kept = images::of(folder, caller, act).await?;
            let sheet = Sheet::new(folder, caller, row, (act, kept.as_deref()), shell.language).await?;
            let words = if act == Act::Sign { capacities(visit).await? } else { Vec::new() };
            let image = ImageKind::of(act).map(|kind| Seen { kept: kept.map(|_| image_at(kind)) });
            Way::Sign { sheet: Box::new(sheet), words, image }
        }
        Act::Issue => Way::Confirm {
            what: if visit.house.telling.mails {
                shell.t(
                    "Văn bản được gửi đến các nơi nhận có địa chỉ thư điện tử và từ đó không thay đổi nữa.",
                    "The document goes to those recipients who have an e-mail address, and does not change any more.",
                )
            } else {
                shell.t(
                    "Từ đó văn bản không thay đổi nữa. Hệ thống chưa nối với máy chủ thư, nên văn bản không tự gửi đi: hãy gửi các tệp đến nơi nhận.",
                    "From then on the document does not change any more. No mail server is set up, so it goes to nobody by itself: please send its files to the recipients.",
                )
            },
        },
        Act::Return => {
            Way::Reason { what: shell.t("Góp ý cho người soạn thảo", "What the drafter should change") }
        }
        Act::Refuse => Way::Reason {
            what: if visit.house.telling.mails {
                shell.t("Lý do trả lại, gửi cho nơi gửi", "Why it is returned; its sender is told")
            } else {
                shell.t("Lý do trả lại; hãy báo nơi gửi", "Why it is returned; please tell its sender")
            },
        },
        Act::Cancel => Way::Reason {
            what: shell
                .t("Lý do hủy; số đã cấp không dùng lại", "Why it is given up; a number that it has is not used again"),
        },
        Act::Withdraw => Way::Reason {
            what: if visit.house.telling.mails {
                shell.t(
                    "Lý do thu hồi; các nơi nhận có địa chỉ thư điện tử được báo gỡ bỏ văn bản",
                    "Why it is withdrawn; recipients who have an e-mail address are told to remove it",
                )
            } else {
                shell.t(
                    "Lý do thu hồi; hãy báo các nơi nhận gỡ bỏ văn bản",
                    "Why it is withdrawn; please tell its recipients to remove it",
                )
            },
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
            Way::Accept { why: verdict.as_deref() != Some(Verdict::Passed.as_str()), tells: visit.house.telling.mails }
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

async fn perform(visit: Visit, book: Book, id: String, act: String, form: Form) -> Answer<Response> {
    if act == HISTORY {
        let pin = Holder::pin(&visit.house.folder, &visit.caller, form.secret("pin")).await?;
        return signed_trail(&visit.house, (visit.caller, pin), book, id).await;
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
                "registry.text" | "registry.no_text" if matches!(kind, Act::Assign) => "charge",
                "registry.text" | "registry.no_text" | "registry.verdict" => "reason",
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
    pin: Zeroizing<String>,
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
    let Order { kind, book, mut request, file, fields } = order;
    let reason = fields.reason.as_str();
    if matches!(kind, Act::Initial | Act::Sign | Act::Number | Act::Seal) {
        request.pin = Holder::pin(desk.folder, desk.caller, &fields.pin).await?;
    }
    match kind {
        Act::Initial => outgoing::initial(desk, id, &request).await.map(drop),
        Act::Sign => outgoing::sign(desk, id, &request).await.map(drop),
        Act::Number => outgoing::number(desk, id, &request).await.map(drop),
        Act::Seal => outgoing::seal(desk, id, &request).await.map(drop),
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
