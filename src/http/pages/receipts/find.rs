//! Receipts found: by number, code, words of the payer's name, amount, day, state, channel.

use super::super::Language;
use super::super::form::{Faults, Form};
use super::super::shell::{Shell, Visit, shown};
use super::{behind, dong, standing};
use crate::http::problem::{Answer, Problem};
use crate::http::query::page_from;
use crate::messages::in_one;
use crate::people::permissions::Permission;
use crate::receipts::content::short_date;
use crate::receipts::register;
use crate::receipts::request::Channel;
use crate::receipts::search::{self, Search, Standing};
use crate::receipts::series::ReceiptId;
use crate::receipts::view::{ReceiptView, Sight, identity};
use askama::Template;
use axum::http::Uri;
use axum::response::Response;
use time::Date;
use time::macros::format_description;
use url::form_urlencoded;

/// Receipts of a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "receipts/find.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    states: Vec<(&'static str, &'static str, bool)>,
    channels: Vec<(&'static str, &'static str, bool)>,
    faults: Faults,
    found: Vec<Found>,
    /// The address of the next page.
    next: Option<String>,
    is_first: bool,
    may_issue: bool,
    may_void: bool,
}

/// What is looked for, as it was typed.
#[derive(Default)]
struct Asked {
    number: String,
    payer: String,
    amount: String,
    dossier: String,
    reference: String,
    series: String,
    state: String,
    channel: String,
    from: String,
    to: String,
    cursor: String,
}

impl Asked {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            number: text("number"),
            payer: text("payer"),
            amount: text("amount"),
            dossier: text("dossier"),
            reference: text("reference"),
            series: text("series"),
            state: text("state"),
            channel: text("channel"),
            from: text("from"),
            to: text("to"),
            cursor: text("cursor"),
        }
    }

    /// Whether more than number and payer is asked.
    fn has_more(&self) -> bool {
        [&self.amount, &self.dossier, &self.reference, &self.series, &self.channel].iter().any(|text| !text.is_empty())
    }

    /// The address of the page behind a receipt.
    fn behind(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new("/receipts?".to_owned());
        for (name, value) in [
            ("number", &self.number),
            ("payer", &self.payer),
            ("amount", &self.amount),
            ("dossier", &self.dossier),
            ("reference", &self.reference),
            ("series", &self.series),
            ("state", &self.state),
            ("channel", &self.channel),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("cursor", cursor).finish()
    }
}

/// A receipt of the list.
struct Found {
    id: String,
    number: String,
    series: String,
    date: String,
    payer: String,
    total: String,
    state: &'static str,
    class: &'static str,
    waits: Option<String>,
}

/// A day as browsers send it, or as people type it.
pub(super) fn day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(text, format_description!("[day]/[month]/[year]")))
        .ok()
}

/// What is looked for; what cannot be read is a fault.
fn looked_for(form: &Form, asked: &Asked, language: Language, faults: &mut Faults) -> Search {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut day_of = |name: &str, text: &str| {
        let read = Some(text).filter(|text| !text.is_empty()).map(day);
        if read == Some(None) {
            faults.add(name, language.pick("Ngày có dạng 24/11/2026.", "A day is written as 24/11/2026."));
        }
        read.flatten()
    };
    let (from, to) = (day_of("from", &asked.from), day_of("to", &asked.to));
    let amount = Some(&*asked.amount).filter(|text| !text.is_empty()).map(super::whole);
    if amount == Some(None) {
        faults.add("amount", language.pick("Số tiền là một số nguyên.", "An amount is a whole number."));
    }
    let is_by_code = register::is_code(&asked.number);
    Search {
        number: given(&asked.number).filter(|_| !is_by_code),
        code: given(&asked.number).filter(|_| is_by_code),
        payer: given(&asked.payer),
        amount: amount.flatten(),
        dossier: given(&asked.dossier),
        reference: given(&asked.reference),
        series: given(&asked.series),
        state: Standing::of(&asked.state),
        channel: [Channel::Counter, Channel::Portal].into_iter().find(|known| known.as_str() == asked.channel),
        from,
        to,
        after: behind::<ReceiptId>(form),
        // who looks for one mostly looks for one of today
        newest_first: true,
    }
}

/// The list, and the form that narrows it.
pub async fn page(visit: Visit, uri: Uri) -> Answer<Response> {
    visit.caller.may(Permission::ReadReceipts)?;
    let Visit { house, caller, shell, .. } = visit;
    let language = shell.language;
    let form = Form::asked(&uri)?;
    let (asked, mut faults) = (Asked::of(&form), Faults::default());
    let search = looked_for(&form, &asked, language, &mut faults);
    let most = PAGE.saturating_add(1);
    let rows = if faults.is_empty() {
        match search::find(&house.folder, &caller.unit, false, &search, most).await {
            Ok(rows) => rows,
            Err(error) => {
                let problem = Problem::from(error);
                if !problem.status().is_client_error() {
                    return Err(problem);
                }
                let field = if problem.code() == "receipt.series" { "series" } else { "number" };
                faults.add(field, in_one(language, problem.detail()));
                Vec::new()
            }
        }
    } else {
        Vec::new()
    };
    let sight = if caller.may(Permission::SeePayers).is_ok() { Sight::Full } else { Sight::Masked };
    let (mut found, mut last) = (Vec::new(), None);
    let is_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    for row in rows.into_iter().take(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
        let (id, date) = (identity(&row), short_date(row.date));
        let view = ReceiptView::new(&house.folder, row, &house.public_url, sight)?;
        let is_asked = view.void_requested.is_some();
        found.push(Found {
            number: format!("{:08}", view.number),
            series: format!("{}/{}", view.form, view.symbol),
            date,
            payer: view.payer.name,
            total: dong(view.total),
            state: standing(language, &view.state, is_asked),
            class: match view.state.as_str() {
                "issued" if is_asked => "unsure",
                "issued" => "good",
                _ => "bad",
            },
            waits: view.void_requested.filter(|_| view.state == "issued").map(|asked| asked.reason),
            id: id.clone(),
        });
        last = Some(id);
    }
    let choices = |all: &[(&'static str, &'static str, &'static str)], chosen: &str| {
        all.iter().map(|(code, vi, en)| (*code, language.pick(vi, en), *code == chosen)).collect::<Vec<_>>()
    };
    let states = [
        ("", "Mọi trạng thái", "Any state"),
        ("issued", "Có hiệu lực", "In force"),
        ("void_requested", "Chờ duyệt hủy", "To be voided?"),
        ("replaced", "Đã bị thay thế", "Replaced"),
        ("voided", "Đã hủy", "Voided"),
    ];
    let channels = [
        ("", "Mọi kênh", "Any channel"),
        ("counter", "Tại quầy", "Counter"),
        ("portal", "Cổng dịch vụ công", "Portal"),
    ];
    let page = Page {
        states: choices(&states, &asked.state),
        channels: choices(&channels, &asked.channel),
        next: last.filter(|_| is_more).map(|last| asked.behind(&page_from(&last))),
        is_first: asked.cursor.is_empty(),
        may_issue: caller.may(Permission::IssueReceipts).is_ok(),
        may_void: caller.may(Permission::ApproveVoids).is_ok(),
        asked,
        faults,
        found,
        shell,
    };
    shown(page.faults.status(), &page)
}
