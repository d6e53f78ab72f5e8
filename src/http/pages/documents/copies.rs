//! A copy is made: of a document here, of a paper that was scanned, of an extract. It is numbered, registered and sealed at once; then it is issued as
//! others are.

use super::new::{Checks, recipients_of};
use super::sheet::Holder;
use super::{Row, place};
use crate::digest::sha256;
use crate::error::Kind;
use crate::http::outgoing::at_desk;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Shell, Visit, see, shown};
use crate::http::pages::words::why;
use crate::http::problem::{Answer, Problem};
use crate::registry::copies::{self, EXTRACT, NewCopy};
use crate::registry::kinds::COPIES;
use crate::registry::machine::{Act, Book, State};
use crate::registry::view::{self, DispatchView, FileView, Line};
use crate::registry::{Desk, HandedIn, Once};
use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "documents/copy.html")]
struct Page {
    shell: Shell,
    once: String,
    /// What is copied, of a document here.
    original: Option<Original>,
    /// Abbreviation, what it is, whether it is chosen.
    kinds: Vec<(&'static str, &'static str, bool)>,
    key: Option<Holder>,
    /// Whose that is.
    whose: String,
    typed: Form,
    checks: Option<Checks>,
    faults: Faults,
}

/// A document that is copied.
struct Original {
    row: Row,
    /// Its signed file.
    file: FileView,
    /// Whether it is a copy itself.
    is_copy: bool,
}

impl Original {
    /// The document of this identifier, in whichever register; an address to go to instead, if none is made of it.
    async fn find(visit: &Visit, id: &str) -> Answer<Result<Self, String>> {
        let (folder, caller) = (&visit.house.folder, &visit.caller);
        let (book, row) = match view::get(folder, caller, Book::Out, id).await {
            Err(error) if error.kind == Kind::NotFound => (Book::In, view::get(folder, caller, Book::In, id).await?),
            found => (Book::Out, found?),
        };
        if !State::named(&row.state).is_some_and(copies::is_copied) {
            return Ok(Err(format!("{}/{id}?said=moved-on", place(book))));
        }
        let is_copy = COPIES.iter().any(|kind| kind.code == row.kind);
        let line = Row::new(visit.language(), book, Line::new(&row)?);
        let file = DispatchView::new(folder, row).await?.files.into_iter().next().ok_or_else(Problem::not_found)?;
        Ok(Ok(Self { row: line, file, is_copy }))
    }
}

impl Page {
    /// What is said of the field for a file.
    fn file_hint(&self) -> &str {
        if self.original.is_some() {
            return self.shell.t(
                "Chỉ cần khi trích sao, hoặc khi bản sao là bản quét: ảnh màu từ 200 dpi. Để trống thì sao chính tệp có chữ ký.",
                "Only of an extract, or where the copy is a scan, in colour of at least 200 dpi. Left empty, the signed file itself is copied.",
            );
        }
        self.shell.t(
            "Bản giấy quét thành ảnh màu, khổ A4, từ 200 dpi; hoặc phần được trích. Tối đa 64 MB.",
            "The paper as a scan in colour, A4, of at least 200 dpi; or the part that is copied. At most 64 MB.",
        )
    }

    /// What is said of the field for the subject.
    fn subject_hint(&self) -> &str {
        if self.original.is_some() {
            return self
                .shell
                .t("Để trống thì lấy trích yếu của văn bản được sao.", "Left empty, it is that of the document.");
        }
        ""
    }
}

/// The form; the address may name the document that is copied.
pub async fn form(visit: Visit, uri: Uri) -> Answer<Response> {
    visit.caller.may(Act::Copy.permission())?;
    let typed = Form::asked(&uri)?.only(&["of"]);
    page(&visit, typed, None, Faults::default()).await
}

async fn page(visit: &Visit, typed: Form, checks: Option<Checks>, faults: Faults) -> Answer<Response> {
    let shell = visit.shell.clone();
    let original = match typed.given("of") {
        None => None,
        Some(id) => match Original::find(visit, id).await? {
            Ok(original) => Some(original),
            // the page was kept open while others went on
            Err(address) => return Ok(see(&address)),
        },
    };
    let usual = if original.as_ref().is_some_and(|original| original.is_copy) { "SL" } else { "SY" };
    let chosen = typed.given("kind").unwrap_or(usual);
    let kinds = COPIES.iter().map(|kind| {
        let name = match kind.code {
            "SY" => shell.t("SY – Sao y: toàn bộ bản gốc, bản chính", "SY – Sao y: all of the original"),
            "SL" => shell.t("SL – Sao lục: từ một bản sao y", "SL – Sao lục: of a true copy"),
            _ => shell.t("TrS – Trích sao: một phần văn bản", "TrS – Trích sao: a part of it"),
        };
        (kind.code, name, kind.code == chosen)
    });
    let key = Holder::of(&visit.house.folder, &visit.caller).await?;
    let no_key = shell.t(
        "Chức vụ này chưa có khóa ký. Hãy báo người quản trị.",
        "No signing key is bound to this office. Please tell your administrator.",
    );
    let page = Page {
        whose: key.as_ref().map_or_else(|| no_key.to_owned(), |key| key.whose.clone()),
        once: typed.given("act").map_or_else(|| visit.act(), |act| Ok(act.to_owned()))?,
        kinds: kinds.collect(),
        original,
        key,
        typed,
        checks,
        faults,
        shell,
    };
    shown(page.faults.status(), &page)
}

/// What lacks, before anything is asked of the office.
fn lacking(shell: &Shell, form: &Form, has_file: bool) -> Faults {
    let mut faults = Faults::default();
    let is_paper = form.given("of").is_none();
    if !has_file && (is_paper || form.text("kind") == EXTRACT) {
        let words = shell.t(
            "Hãy chọn tệp PDF: bản giấy đã quét, hoặc phần được trích.",
            "Please choose the PDF: the paper as it was scanned, or the part that is copied.",
        );
        faults.add("file", words);
    }
    if is_paper && form.given("subject").is_none() {
        faults.add("subject", shell.t("Hãy nhập trích yếu nội dung.", "Please say what it is about."));
    }
    if form.given("issuer").is_none() {
        let words = shell.t(
            "Hãy nhập chữ viết tắt của cơ quan sao, ví dụ UBND.",
            "Please give the abbreviation of the copying body, such as UBND.",
        );
        faults.add("issuer", words);
    }
    if form.given("recipients").is_none() {
        let words = shell.t(
            "Hãy nhập ít nhất một nơi nhận, mỗi dòng một nơi.",
            "Please name at least one recipient, one on each line.",
        );
        faults.add("recipients", words);
    }
    faults
}

/// Makes it.
pub async fn make(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Act::Copy.permission())?;
    let (act, mut form) = (form.act(), form);
    let mut file = form.take_file("file");
    let mut faults = lacking(&visit.shell, &form, file.is_some());
    let mut checks = None;
    if let Some(given) = file.take() {
        let kind = form.text("kind").to_owned();
        match visit.house.work(async move |_| Ok((copies::check(&kind, &given)?, given))).await {
            Ok((verdict, given)) if verdict.passed => file = Some(given),
            Ok((verdict, _)) => {
                let words = visit.shell.t(
                    "Tệp chưa đạt yêu cầu; hãy xem từng mục bên dưới.",
                    "The file is not fit yet; see each check below.",
                );
                faults.add("file", words);
                checks = Some(Checks::new(visit.shell.clone(), verdict));
            }
            Err(problem) if problem.status().is_client_error() => {
                faults.add("file", why(visit.language(), &problem));
            }
            Err(problem) => return Err(problem),
        }
    }
    if !faults.is_empty() {
        return page(&visit, form, checks, faults).await;
    }
    match visit.once(act.clone(), made(&visit, &form, file, act)).await {
        Err(problem) if problem.status().is_client_error() && problem.status() != StatusCode::NOT_FOUND => {
            let field = match problem.code() {
                "key.wrong_pin" | "key.pin_missing" | "key.blocked" => "pin",
                "registry.recipients" | "registry.email" => "recipients",
                "registry.abbreviation" => "issuer",
                "registry.kind" => "kind",
                "place.corner" => "file",
                _ => "",
            };
            let mut faults = Faults::default();
            faults.add(field, why(visit.language(), &problem));
            page(&visit, form, None, faults).await
        }
        answer => answer,
    }
}

/// The copy that a form asks for, once, also behind a restart; gives where it is.
fn made(
    visit: &Visit,
    form: &Form,
    file: Option<HandedIn>,
    act: Option<String>,
) -> impl Future<Output = Answer<String>> + Send + use<> {
    let own = |name: &str| form.given(name).map(str::to_owned);
    let new = NewCopy {
        kind: form.text("kind").to_owned(),
        issuer: form.text("issuer").to_owned(),
        of: own("of"),
        subject: own("subject"),
        recipients: recipients_of(form),
        keeper: own("keeper"),
        copies: form.given("copies").and_then(|copies| copies.parse().ok()),
        note: own("note"),
        pin: None,
    };
    let typed = Zeroizing::new(form.secret("pin").to_owned());
    let once = act.map(|key| Once { sha256: sha256(key.as_bytes()), key });
    let (house, caller) = (visit.house.clone(), visit.caller.clone());
    async move {
        let copied = at_desk(&house, caller, once, async move |desk: &Desk<'_>| {
            if let Some(row) = desk.answered().await? {
                return Ok(row.id);
            }
            let pin = Holder::pin(desk.folder, desk.caller, &typed).await?;
            Ok(copies::copy(desk, &NewCopy { pin, ..new }, file).await?.0.id)
        });
        Ok(format!("{}/{}?said=copy", place(Book::Out), copied.await?))
    }
}
