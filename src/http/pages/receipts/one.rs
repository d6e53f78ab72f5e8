//! One receipt: what it says, what became of it, its files; and what may be done with it: an error notified, voiding asked for, approved,
//! rejected.

use super::super::form::{Faults, Form};
use super::super::qr::Qr;
use super::super::shell::{Shell, Visit, shown};
use super::super::{Language, assets};
use super::{Place, address_of, dong, id_at, method, moment, standing};
use crate::error::Result;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::receipts::counter as at_counter;
use crate::messages::in_one;
use crate::people::names;
use crate::people::permissions::{Caller, Permission};
use crate::receipts::content::{Content, short_date};
use crate::receipts::order::Line;
use crate::receipts::payers;
use crate::receipts::request::Payer;
use crate::receipts::series::ReceiptId;
use crate::receipts::view::{check_url, identity};
use crate::receipts::words::in_words;
use crate::receipts::{copy, register};
use crate::reports::notice;
use crate::store::accounts::EventKind;
use crate::store::receipts::ReceiptRow;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use std::io::Read as _;

/// What a browser needs to show a PDF of its own accord.
const PDF_POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "receipts/one.html")]
struct Page {
    shell: Shell,
    script: &'static str,
    act: String,
    faults: Faults,
    /// What was typed as the reason.
    reason: String,
    receipt: Shown,
    may: May,
    may_issue: bool,
    /// It was issued just now.
    is_new: bool,
}

/// What the caller may do with the receipt now.
struct May {
    change: bool,
    ask_void: bool,
    decide: bool,
}

/// A receipt, as it is shown.
struct Shown {
    id: String,
    number: String,
    form: String,
    symbol: String,
    state: &'static str,
    class: &'static str,
    date: String,
    body: String,
    delegate: Option<String>,
    lines: Vec<ShownLine>,
    total: String,
    words: String,
    exchange: Option<String>,
    /// What is known of the payer: name and value.
    payer: Vec<(&'static str, String)>,
    method: String,
    reference: Option<String>,
    dossier: Option<String>,
    note: Option<String>,
    code: String,
    check_url: String,
    qr: Qr,
    replaces: Option<String>,
    replaced_by: Option<String>,
    void_asked: Option<String>,
    life: Vec<Step>,
    notices: Vec<usize>,
    log_index: u64,
}

struct ShownLine {
    fee: String,
    name: String,
    quantity: String,
    price: String,
    amount: String,
}

/// Something that happened to it.
struct Step {
    at: String,
    what: String,
    who: String,
    why: Option<String>,
}

impl ShownLine {
    fn of(line: &Line) -> Self {
        let unit = line.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        Self {
            fee: line.fee.clone(),
            name: line.shown_name(),
            quantity: format!("{}{unit}", line.quantity),
            price: dong(line.unit_price.get()),
            amount: dong(line.amount.get()),
        }
    }
}

impl Shown {
    async fn of(house: &House, caller: &Caller, row: &ReceiptRow, language: Language) -> Result<Self> {
        let original = copy::original(&house.folder, row).await?;
        let content = original.content();
        let payer = payers::open(&house.folder, row)?;
        let payer = if caller.may(Permission::SeePayers).is_ok() { payer } else { payers::masked(&payer) };
        let void_asked = row.void_request.as_ref().filter(|_| row.state == "issued");
        let exchange = content
            .exchange
            .as_ref()
            .map(|exchange| format!("1 {} = {} đ ({})", exchange.currency, exchange.rate.shown(), exchange.source));
        let papers = row.notices.iter().enumerate().filter(|(_, notice)| notice.paper.is_some());
        Ok(Self {
            id: identity(row),
            number: format!("{:08}", row.number),
            form: row.form.clone(),
            symbol: row.symbol.clone(),
            state: standing(language, &row.state, void_asked.is_some()),
            class: match row.state.as_str() {
                "issued" if void_asked.is_some() => "unsure",
                "issued" => "good",
                _ => "bad",
            },
            date: moment(content.time),
            body: content.body.name.clone(),
            delegate: content.delegate.as_ref().map(|delegate| delegate.name.clone()),
            lines: content.lines.iter().map(ShownLine::of).collect(),
            total: dong(content.total.get()),
            words: in_words(content.total),
            exchange,
            payer: facts_of(&payer, language),
            method: method(language, content.payment.method.as_str()),
            reference: row.reference.clone(),
            dossier: row.dossier.clone(),
            note: content.note.clone(),
            code: row.code.clone(),
            check_url: check_url(&house.public_url, &row.code),
            qr: Qr::of(&original.check().to_string()),
            replaces: row.replaces.clone(),
            replaced_by: row.replaced_by.clone(),
            void_asked: void_asked.map(|asked| asked.reason.clone()),
            life: life(house, row, content, language).await?,
            notices: papers.map(|(at, _)| at.saturating_add(1)).collect(),
            log_index: row.log_index,
        })
    }
}

fn facts_of(payer: &Payer, language: Language) -> Vec<(&'static str, String)> {
    let Payer { name, tax_code, personal_id, address, email, phone, account } = payer.clone();
    [
        (("Họ tên", "Name"), Some(name)),
        (("Mã số thuế", "Tax code"), tax_code),
        (("Số định danh cá nhân", "Personal id"), personal_id),
        (("Địa chỉ", "Address"), address),
        (("Thư điện tử", "E-mail"), email),
        (("Điện thoại", "Telephone"), phone),
        (("Tài khoản", "Account"), account),
    ]
    .into_iter()
    .filter_map(|((vi, en), value)| Some((language.pick(vi, en), value?)))
    .collect()
}

/// What happened to it, the oldest first.
async fn life(house: &House, row: &ReceiptRow, content: &Content, language: Language) -> Result<Vec<Step>> {
    let mut tx = house.folder.store.read().await?;
    let mut steps = Vec::new();
    for event in tx.events_of(&row.form, &row.symbol, row.number).await? {
        let what = match event.kind {
            EventKind::Issued => language.pick("Lập", "Issued").to_owned(),
            EventKind::Notified => {
                language.pick("Thông báo sai sót (04/SS-CTĐT)", "Error notified (04/SS-CTĐT)").to_owned()
            }
            EventKind::Voided => language.pick("Hủy", "Voided").to_owned(),
            EventKind::Replaced => {
                let by = row.replaced_by.clone().unwrap_or_default();
                format!("{} {by}", language.pick("Bị thay thế bằng", "Replaced by"))
            }
        };
        let at = if event.kind == EventKind::Issued { moment(content.time) } else { short_date(event.day) };
        let (who, why) = (names::of(&mut *tx, &event.actor).await?, event.reason);
        steps.push(Step { at, what, who, why });
    }
    if let Some(asked) = row.void_request.as_ref().filter(|_| row.state == "issued") {
        steps.push(Step {
            at: moment(asked.at),
            what: language
                .pick("Yêu cầu hủy, chờ kế toán trưởng duyệt", "Voiding asked for; the chief accountant decides")
                .to_owned(),
            who: names::of(&mut *tx, &asked.by).await?,
            why: Some(asked.reason.clone()),
        });
    }
    Ok(steps)
}

/// The receipt, if the caller may see it: of the own unit, or one of a unit below that is to be voided.
async fn found(house: &House, caller: &Caller, id: &ReceiptId) -> Answer<ReceiptRow> {
    caller.may(Permission::ReadReceipts)?;
    let trust = house.trust()?;
    let desk = at_counter(house, &trust, caller);
    if caller.may(Permission::ApproveVoids).is_ok() {
        let mut tx = house.folder.store.read().await.map_err(crate::error::Error::from)?;
        let row = desk.find_below(&mut *tx, id).await?;
        if row.void_request.is_some() && row.state == "issued" {
            return Ok(row);
        }
    }
    Ok(desk.show(id).await?)
}

async fn answer(visit: Visit, id: &ReceiptId, faults: Faults, reason: String) -> Answer<Response> {
    let act = visit.act()?;
    let Visit { house, caller, shell, .. } = visit;
    let row = found(&house, &caller, id).await?;
    let is_issued = row.state == "issued";
    let is_own = row.unit == caller.unit || row.delegate.as_deref() == Some(&*caller.unit);
    let issues = caller.may(Permission::IssueReceipts).is_ok() && is_own;
    let asked = row.void_request.as_ref().filter(|_| is_issued);
    let may = May {
        change: issues && is_issued,
        ask_void: issues && is_issued && asked.is_none(),
        // who asked decides nothing
        decide: caller.may(Permission::ApproveVoids).is_ok() && asked.is_some_and(|asked| asked.by != caller.id),
    };
    let receipt = Shown::of(&house, &caller, &row, shell.language).await?;
    let is_new = shell.said.is_some() && issues;
    let may_issue = caller.may(Permission::IssueReceipts).is_ok();
    let script = assets::address("counter.js");
    let page = Page { shell, script, act, faults, reason, receipt, may, may_issue, is_new };
    shown(page.faults.status(), &page)
}

/// One receipt.
pub async fn page(visit: Visit, Path(place): Path<Place>) -> Answer<Response> {
    let id = id_at(&place)?;
    answer(visit, &id, Faults::default(), String::new()).await
}

/// What is done with it.
#[derive(Debug, Clone, Copy)]
enum Act {
    Notify,
    AskVoid,
    Approve,
    Reject,
}

impl Act {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "notify" => Self::Notify,
            "void" => Self::AskVoid,
            "approve" => Self::Approve,
            "reject" => Self::Reject,
            _ => return None,
        })
    }

    const fn needs(self) -> Permission {
        match self {
            Self::Notify | Self::AskVoid => Permission::IssueReceipts,
            Self::Approve | Self::Reject => Permission::ApproveVoids,
        }
    }

    async fn done(self, house: &House, caller: &Caller, id: &ReceiptId, reason: &str) -> Result<&'static str> {
        let trust = house.trust()?;
        let desk = at_counter(house, &trust, caller);
        Ok(match self {
            Self::Notify => {
                notice::notify(&desk, id, reason).await?;
                "notified"
            }
            Self::AskVoid => match desk.cancel(id, reason).await?.state.as_str() {
                "voided" => "voided",
                _ => "void-asked",
            },
            Self::Approve => {
                desk.approve_void(id).await?;
                "voided"
            }
            Self::Reject => {
                desk.reject_void(id, reason).await?;
                "void-rejected"
            }
        })
    }
}

/// Notifies an error, asks that the receipt be voided, or decides about that.
pub async fn act(visit: Visit, Path(place): Path<Place>, form: Form) -> Answer<Response> {
    let id = id_at(&place)?;
    let wrong = || Problem::new(StatusCode::BAD_REQUEST, "request.form", "the form does not say what is to be done");
    let act = Act::of(form.text("do")).ok_or_else(wrong)?;
    visit.caller.may(act.needs())?;
    let (house, caller, receipt) = (visit.house.clone(), visit.caller.clone(), id.clone());
    let reason = form.text("reason").to_owned();
    let job = async move {
        let (who, what, why) = (caller, receipt.clone(), reason);
        let said = house.work(async move |house: &House| act.done(house, &who, &what, &why).await).await?;
        Ok(format!("{}?said={said}", address_of(&receipt)))
    };
    match visit.once(form.act(), job).await {
        Ok(led) => Ok(led),
        Err(problem) if problem.status().is_client_error() && problem.status() != StatusCode::NOT_FOUND => {
            let mut faults = Faults::default();
            let field = match (problem.code(), act) {
                ("receipt.reason", Act::Notify) => "reason-notify",
                ("receipt.reason", Act::Reject) => "reason-reject",
                ("receipt.reason", _) => "reason-void",
                _ => "",
            };
            faults.add(field, in_one(visit.language(), problem.detail()));
            answer(visit, &id, faults, form.text("reason").to_owned()).await
        }
        Err(problem) => Err(problem),
    }
}

/// Its signed PDF, to be shown at once and printed.
pub async fn print(visit: Visit, Path(place): Path<Place>) -> Answer<Response> {
    let id = id_at(&place)?;
    let Visit { house, caller, .. } = visit;
    let row = found(&house, &caller, &id).await?;
    let mut bytes = Vec::new();
    let mut file = register::file(&house.folder, &row, &row.pdf_sha256).await?;
    file.read_to_end(&mut bytes).map_err(|error| register::damaged(&row, error))?;
    let name = format!("inline; filename=\"{}-{}-{:08}.pdf\"", row.form, row.symbol, row.number);
    let headers =
        [(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, &*name), (CONTENT_SECURITY_POLICY, PDF_POLICY)];
    Ok((headers, bytes).into_response())
}
