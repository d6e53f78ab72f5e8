//! The page that a receipt's QR code leads to: whether it is in force, and what has to stand on it.

use super::Language;
use super::html::{Mood, PageFrame, escape, fact, verdict};
use super::texts::texts;
use crate::error::{Kind, Result};
use crate::http::house::House;
use crate::receipts::amount::Dong;
use crate::receipts::content::{VIETNAM, short_date};
use crate::receipts::register::{self, PublicReceipt};
use crate::receipts::words::in_words;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Characters of a code (`receipts::life::check_code`).
const CODE: usize = 26;

/// The receipt with this code; nothing about who paid.
#[utoipa::path(get, path = "/v/{code}", tag = "pages", params(("code" = String, Path), ("lang" = Option<String>, Query, description = "vi or en")),
    responses((status = 200, content_type = "text/html"), (status = 404, content_type = "text/html")))]
pub async fn page(lang: Language, State(house): State<Arc<House>>, Path(code): Path<String>) -> Response {
    let code = code.to_ascii_lowercase();
    let known = code.len() == CODE && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let path = if known { format!("/v/{code}") } else { "/verify".to_owned() };
    let found = if known { register::by_code(&house.folder, &code).await.map(Some) } else { Ok(None) };
    answer(lang, &path, found)
}

fn answer(lang: Language, path: &str, found: Result<Option<PublicReceipt>>) -> Response {
    let t = texts(lang);
    let say = |words: (&str, &str), status| {
        let main = verdict(Mood::Unsure, words.0, words.1);
        PageFrame { language: lang, path, heading: t.receipt_heading, main: &main }.answer(status)
    };
    match found {
        Ok(Some(receipt)) => {
            let main = told(lang, &receipt);
            PageFrame { language: lang, path, heading: t.receipt_heading, main: &main }.answer(StatusCode::OK)
        }
        Ok(None) => say(t.receipt_none, StatusCode::NOT_FOUND),
        Err(error) if error.kind == Kind::NotFound => say(t.receipt_none, StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::error!(code = error.code, "{error}");
            say(t.unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn told(lang: Language, receipt: &PublicReceipt) -> String {
    let t = texts(lang);
    let PublicReceipt { row, body, tax_code } = receipt;
    let (mood, (heading, words)) = match row.state.as_str() {
        "issued" => (Mood::Good, t.receipt_issued),
        "replaced" => (Mood::Bad, t.receipt_replaced),
        _ => (Mood::Bad, t.receipt_voided),
    };
    let notified: Vec<String> =
        row.notices.iter().map(|notice| short_date(notice.at.to_offset(VIETNAM).date())).collect();
    let asked = row.void_request.as_ref().filter(|_| row.state == "issued");
    let void_requested = asked.map(|asked| short_date(asked.at.to_offset(VIETNAM).date()));
    let total = Dong::new(row.total).unwrap_or_default();
    let facts: String = [
        (t.receipt_body, body.as_str()),
        (crate::messages::words(lang).tax_code, tax_code),
        (t.receipt_form, &row.form),
        (t.receipt_symbol, &row.symbol),
        (t.receipt_number, &format!("{:08}", row.number)),
        (t.receipt_date, &short_date(row.date)),
        (t.receipt_total, &format!("{total} đ")),
        (t.receipt_words, &in_words(total)),
        (t.receipt_notified, &notified.join(", ")),
        (t.receipt_void_requested, &void_requested.unwrap_or_default()),
        (t.receipt_replaces, row.replaces.as_deref().unwrap_or_default()),
        (t.receipt_replaced_by, row.replaced_by.as_deref().unwrap_or_default()),
    ]
    .map(|(name, value)| fact(name, value))
    .concat();
    format!(
        "{}<section class=\"card\"><dl>\n{facts}</dl></section>\n<p>{}</p>\n<p><a href=\"/verify?lang={}\">{}</a></p>\n",
        verdict(mood, heading, words),
        escape(t.receipt_compare),
        t.code,
        escape(t.receipt_check_file)
    )
}
