//! What the unit issues from: its series and the ranges that others delegated to it, and how much of each is left.

use super::super::shell::{Shell, Visit, shown};
use super::dong;
use crate::http::problem::Answer;
use crate::people::permissions::Permission;
use crate::people::units;
use crate::receipts::amount::grouped;
use crate::receipts::book::{self, Holding};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "receipts/series.html")]
struct Page {
    shell: Shell,
    may_issue: bool,
    all: Vec<Shown>,
}

/// A series, or a range of one.
struct Shown {
    id: String,
    /// The numbers of the range, and whose series it is.
    range: Option<String>,
    is_open: bool,
    next: String,
    left: String,
    is_low: bool,
    channel: Option<&'static str>,
    registration: Option<String>,
    denomination: Option<String>,
    /// Ranges that others issue from.
    delegated: Vec<String>,
}

/// The list.
pub async fn page(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let Visit { house, caller, shell, .. } = visit;
    let language = shell.language;
    let mut all = Vec::new();
    for Holding { series, range, delegated, is_open, next, left, is_low } in
        book::holdings(&house.folder, &caller.unit).await?
    {
        let mut others = Vec::new();
        for range in delegated {
            let (unit, state) = (
                units::get(&house.folder, &range.delegate).await?.name,
                if range.is_open { "" } else { language.pick(", đã trả", ", returned") },
            );
            others.push(format!("{:08} – {:08}: {unit}{state}", range.first, range.last));
        }
        let range = match range {
            Some(range) => Some(format!(
                "{:08} – {:08}, {}",
                range.first,
                range.last,
                units::get(&house.folder, &series.unit).await?.name
            )),
            None => None,
        };
        all.push(Shown {
            id: format!("{}/{}", series.form, series.symbol),
            range,
            is_open,
            next: format!("{next:08}"),
            left: grouped(left.into()),
            is_low,
            channel: series.channel.as_deref().map(|channel| match channel {
                "portal" => language.pick("chỉ cổng dịch vụ công", "the portal only"),
                _ => language.pick("chỉ tại quầy", "the counter only"),
            }),
            registration: series.registration,
            denomination: series.denomination.map(dong),
            delegated: others,
        });
    }
    // those that are used stand first
    all.sort_by_key(|one| !one.is_open);
    let may_issue = caller.may(Permission::IssueReceipts).is_ok();
    shown(StatusCode::OK, &Page { shell, may_issue, all })
}
