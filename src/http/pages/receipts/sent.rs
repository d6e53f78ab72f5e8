//! What goes out to the tax office and to payers: queued, sent, failed.

use super::super::form::Form;
use super::super::shell::{Shell, Visit, see, shown};
use super::{behind, moment};
use crate::error::Error;
use crate::http::problem::{Answer, Problem};
use crate::http::query::page_from;
use crate::people::permissions::Permission;
use crate::reports::sending;
use crate::store::outgoing::{OutgoingKind, OutgoingRow, OutgoingState};
use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

/// Things of a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "receipts/sent.html")]
struct Page {
    shell: Shell,
    may_issue: bool,
    may_retry: bool,
    all: Vec<Sent>,
    next: Option<String>,
}

struct Sent {
    id: i64,
    kind: &'static str,
    item: String,
    state: &'static str,
    class: &'static str,
    at: String,
    failure: Option<String>,
    is_failed: bool,
}

impl Sent {
    fn of(shell: &Shell, row: OutgoingRow) -> Self {
        let language = shell.language;
        let (class, vi, en) = match row.state {
            OutgoingState::Sent => ("good", "Đã gửi", "Sent"),
            OutgoingState::Queued => ("unsure", "Đang chờ gửi", "Queued"),
            OutgoingState::Failed => ("bad", "Không gửi được", "Failed"),
        };
        let kind = match row.kind {
            OutgoingKind::Report => language.pick("Bảng tổng hợp 01/TH-BLĐT", "Daily report 01/TH-BLĐT"),
            OutgoingKind::Notice => language.pick("Thông báo sai sót 04/SS-CTĐT", "Notice 04/SS-CTĐT"),
            OutgoingKind::Mail => language.pick("Thư cho người nộp", "Letter to a payer"),
            OutgoingKind::Dispatch => language.pick("Văn bản", "Official document"),
            OutgoingKind::Hook => language.pick("Báo cho hệ thống khác", "Call to another system"),
            OutgoingKind::Level => language.pick("Nâng mức chữ ký", "Level of signatures"),
        };
        Self {
            id: row.id,
            kind,
            item: row.item,
            state: language.pick(vi, en),
            class,
            at: moment(row.sent.unwrap_or(row.put)),
            failure: row.failure,
            is_failed: row.state == OutgoingState::Failed,
        }
    }
}

/// The list, the newest first.
pub async fn page(visit: Visit, uri: Uri) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let Visit { house, caller, shell, .. } = visit;
    let before = behind(&Form::asked(&uri)?);
    let mut tx = house.folder.store.read().await.map_err(Error::from)?;
    let most = PAGE.saturating_add(1);
    let mut rows = tx.outgoing_of(&caller.unit, None, before, most).await.map_err(Error::from)?;
    drop(tx);
    let is_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| is_more).map(|last| format!("/receipts/sent?cursor={}", page_from(&last.id)));
    let page = Page {
        may_issue: caller.may(Permission::IssueReceipts).is_ok(),
        may_retry: caller.may(Permission::SendAgain).is_ok(),
        all: rows.into_iter().map(|row| Sent::of(&shell, row)).collect(),
        next,
        shell,
    };
    shown(StatusCode::OK, &page)
}

/// Sends again what failed.
pub async fn retry(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::SendAgain)?;
    let id = form.text("id").parse().map_err(|_| Problem::not_found())?;
    sending::retry(&visit.house.folder, Some(&visit.caller.unit), id).await?;
    Ok(see("/receipts/sent?said=sent-again"))
}
