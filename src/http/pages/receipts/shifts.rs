//! A cashier's shift: what was taken since the last closing, counted and closed; the shifts that were.

use super::super::form::{Faults, Form};
use super::super::shell::{Shell, Visit, shown};
use super::{behind, dong, method, moment, whole};
use crate::error::Error;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::query::page_from;
use crate::http::receipts::counter as at_counter;
use crate::messages::in_one;
use crate::people::permissions::Permission;
use crate::reports::shift::{self, Line, Numbers, ShiftView, Summary};
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

/// Shifts of a page.
const PAGE: u32 = 30;

#[derive(Template)]
#[template(path = "receipts/shifts.html")]
struct Page {
    shell: Shell,
    act: String,
    faults: Faults,
    counted: String,
    note: String,
    may_issue: bool,
    /// What there must be, if the caller has taken anything.
    open: Option<Sums>,
    closed: Vec<Closed>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "receipts/shift.html")]
struct OnePage {
    shell: Shell,
    may_issue: bool,
    shift: Closed,
    sums: Sums,
}

/// A shift that was closed.
struct Closed {
    id: i64,
    name: String,
    at: String,
    cash: String,
    difference: String,
    is_even: bool,
}

/// What a shift comes to.
struct Sums {
    lines: Vec<SumLine>,
    issued: u64,
    replaced: u64,
    voided: u64,
    methods: Vec<(String, String)>,
    counted: String,
    difference: String,
    is_even: bool,
    numbers: Vec<String>,
    note: Option<String>,
}

struct SumLine {
    fee: String,
    method: String,
    receipts: u64,
    taken: String,
    given_back: String,
    net: String,
}

impl Sums {
    fn of(shell: &Shell, summary: Summary) -> Self {
        let language = shell.language;
        let line = |line: Line| SumLine {
            fee: format!("{} – {}", line.fee, line.name),
            method: method(language, &line.method),
            receipts: line.receipts,
            taken: dong(line.taken),
            given_back: dong(line.given_back),
            net: dong(line.net),
        };
        let way = |code: &str, amount: i64| (method(language, code), dong(amount));
        Self {
            methods: vec![way("cash", summary.cash), way("transfer", summary.transfer), way("portal", summary.portal)],
            lines: summary.lines.into_iter().map(line).collect(),
            issued: summary.issued,
            replaced: summary.replaced,
            voided: summary.voided,
            counted: dong(summary.counted),
            is_even: summary.difference == 0,
            difference: dong(summary.difference),
            numbers: summary
                .numbers
                .iter()
                .map(|Numbers { series, first, last }| format!("{series}: {first:08} – {last:08}"))
                .collect(),
            note: summary.note,
        }
    }
}

impl Closed {
    fn of(shift: &ShiftView) -> Self {
        Self {
            id: shift.id,
            name: shift.name.clone(),
            at: moment(shift.closed),
            cash: dong(shift.summary.cash),
            difference: dong(shift.summary.difference),
            is_even: shift.summary.difference == 0,
        }
    }
}

async fn answer(visit: Visit, uri: &Uri, faults: Faults, (counted, note): (String, String)) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let act = visit.act()?;
    let Visit { house, caller, shell, .. } = visit;
    let may_issue = caller.may(Permission::IssueReceipts).is_ok();
    let trust = house.trust()?;
    let mut open = None;
    if may_issue {
        let counted = whole(&counted).filter(|dong| *dong >= 0);
        match shift::preview(&at_counter(&house, &trust, &caller), counted).await {
            Ok(summary) => open = Some(Sums::of(&shell, summary)),
            Err(error) if error.code == "shift.empty" => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let most = PAGE.saturating_add(1);
    let mut rows = tx.newest_shifts(&caller.unit, behind(&Form::asked(uri)?), most).await.map_err(Error::from)?;
    drop(tx);
    let is_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| is_more).map(|last| format!("/shifts?cursor={}", page_from(&last.id)));
    let mut closed = Vec::with_capacity(rows.len());
    for row in rows {
        closed.push(Closed::of(&ShiftView::new(&house.folder, row).await?));
    }
    let page = Page { shell, act, faults, counted, note, may_issue, open, closed, next };
    shown(page.faults.status(), &page)
}

/// The caller's open shift, and those that were closed, the newest first.
pub async fn page(visit: Visit, uri: Uri) -> Answer<Response> {
    answer(visit, &uri, Faults::default(), (String::new(), String::new())).await
}

/// Closes the caller's shift.
pub async fn close(visit: Visit, uri: Uri, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let language = visit.language();
    let typed = (form.text("counted").to_owned(), form.text("note").to_owned());
    let Some(counted) = whole(&typed.0) else {
        let mut faults = Faults::default();
        faults.add(
            "counted",
            language
                .pick(
                    "Nhập số tiền mặt đã đếm, ví dụ 150.000; không có thì nhập 0.",
                    "Type the cash that you counted, such as 150,000; 0 if there is none.",
                )
                .replace("150,000", "150.000"),
        );
        return answer(visit, &uri, faults, typed).await;
    };
    let (house, caller, note) = (visit.house.clone(), visit.caller.clone(), form.given("note").map(str::to_owned));
    let job = async move {
        let close = async move |house: &House| {
            let trust = house.trust()?;
            shift::close(&at_counter(house, &trust, &caller), &caller.unit, counted, note.as_deref()).await
        };
        let row = house.work(close).await?;
        Ok(format!("/shifts/{}?said=shift-closed", row.id))
    };
    match visit.once(form.act(), job).await {
        Ok(led) => Ok(led),
        Err(problem) if problem.status().is_client_error() => {
            let mut faults = Faults::default();
            let field = match problem.code() {
                "shift.counted" => "counted",
                "receipt.field" => "note",
                _ => "",
            };
            faults.add(field, in_one(language, problem.detail()));
            answer(visit, &uri, faults, typed).await
        }
        Err(problem) => Err(problem),
    }
}

/// A shift that was closed.
pub async fn one(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let Visit { house, caller, shell, .. } = visit;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let row = shift::show(&house.folder, Some(&caller.unit), id).await?;
    let view = ShiftView::new(&house.folder, row).await?;
    let may_issue = caller.may(Permission::IssueReceipts).is_ok();
    let shift = Closed::of(&view);
    let sums = Sums::of(&shell, view.summary);
    shown(StatusCode::OK, &OnePage { shell, may_issue, shift, sums })
}
