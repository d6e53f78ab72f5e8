//! The page that a receipt's QR code leads to: whether it is in force, and what has to stand on it.

use super::Language;
use super::home;
use super::html::{Mood, PageFrame, escape, fact, verdict};
use super::texts::texts;
use crate::data_folder::DataFolder;
use crate::error::{Kind, Result};
use crate::http::house::House;
use crate::receipts::amount::Dong;
use crate::receipts::content::{VIETNAM, short_date};
use crate::receipts::import;
use crate::receipts::register::{self, PublicReceipt};
use crate::receipts::words::in_words;
use crate::store::legacy::LegacyRow;
use crate::validation::report::Verdict;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use std::sync::Arc;

/// The receipt with this code; nothing about who paid.
#[utoipa::path(get, path = "/v/{code}", tag = "pages", params(("code" = String, Path), ("lang" = Option<String>, Query, description = "vi or en")),
    responses((status = 200, content_type = "text/html"), (status = 404, content_type = "text/html")))]
pub async fn page(lang: Language, State(house): State<Arc<House>>, Path(code): Path<String>) -> Response {
    let code = code.to_ascii_lowercase();
    let known = register::is_code(&code);
    let path = if known { format!("/v/{code}") } else { "/verify".to_owned() };
    let found = if known { found(&house.folder, &code).await } else { Ok(None) };
    answer(lang, &path, found)
}

/// Where somebody is led who typed a code, or the address that has it.
#[utoipa::path(get, path = "/v", tag = "pages", params(("code" = String, Query), ("lang" = Option<String>, Query, description = "vi or en")),
    responses((status = 303, description = "To the receipt's page"), (status = 404, content_type = "text/html")))]
pub async fn look_up(lang: Language, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let typed = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    match typed.and_then(|(_, typed)| register::code_in(&typed)) {
        Some(code) => Redirect::to(&format!("/v/{code}?lang={}", texts(lang).code)).into_response(),
        None => answer(lang, "/", Ok(None)),
    }
}

/// What has this code.
pub enum Found {
    /// A receipt.
    Issued(Box<PublicReceipt>),
    /// One of the law before.
    Legacy(Box<LegacyRow>),
}

impl Found {
    /// What is to be thought of it, and what stands on it; HTML.
    fn told(&self, lang: Language) -> (String, String) {
        match self {
            Self::Issued(receipt) => told(lang, receipt),
            Self::Legacy(row) => told_of_before(lang, row),
        }
    }
}

/// What has this code.
pub async fn found(folder: &DataFolder, code: &str) -> Result<Option<Found>> {
    match register::by_code(folder, code).await {
        Ok(receipt) => Ok(Some(Found::Issued(Box::new(receipt)))),
        Err(error) if error.kind == Kind::NotFound => {
            Ok(import::by_code(folder, code).await?.map(|row| Found::Legacy(Box::new(row))))
        }
        Err(error) => Err(error),
    }
}

fn answer(lang: Language, path: &str, found: Result<Option<Found>>) -> Response {
    let t = texts(lang);
    let say = |words: (&str, &str), status| {
        let main = verdict(Mood::Unsure, words.0, words.1) + &home::look_up(lang);
        PageFrame { language: lang, path, heading: t.receipt_heading, main: &main }.answer(status)
    };
    match found {
        Ok(Some(found)) => {
            let main = page_of(lang, found.told(lang));
            PageFrame { language: lang, path, heading: t.receipt_heading, main: &main }.answer(StatusCode::OK)
        }
        Ok(None) => say(t.receipt_none, StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::error!(code = error.code, "{error}");
            say(t.unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// A receipt of the law before: whose it is, and what was found when it came in.
fn told_of_before(lang: Language, row: &LegacyRow) -> (String, String) {
    let (t, w) = (texts(lang), crate::messages::words(lang));
    let verdicts: Vec<Verdict> = row.files.iter().filter_map(|file| import::verdict_of(&file.verdict)).collect();
    // a PDF without a signature stands beside a signed XML
    let mood = [Verdict::Failed, Verdict::Indeterminate, Verdict::Passed].into_iter().find(|v| verdicts.contains(v));
    let mood = mood.map_or(Mood::Unsure, Mood::of);
    let files: Vec<String> = row
        .files
        .iter()
        .map(|file| {
            let said = import::verdict_of(&file.verdict).map_or("", |verdict| verdict.in_words(w).0);
            let day = short_date(file.imported.to_offset(VIETNAM).date());
            format!("{}: {said} ({day})", file.kind.to_uppercase())
        })
        .collect();
    let total = Dong::new(row.total).unwrap_or_default();
    let facts: String = [
        (t.receipt_body, row.body.as_str()),
        (w.tax_code, &row.tax_code),
        (t.receipt_form, &row.form),
        (t.receipt_symbol, &row.symbol),
        (t.receipt_number, &format!("{:07}", row.number)),
        (t.receipt_date, &short_date(row.date)),
        (t.receipt_total, &format!("{total} đ")),
        (t.receipt_words, &in_words(total)),
        (t.receipt_signatures, &files.join("; ")),
    ]
    .map(|(name, value)| fact(name, value))
    .concat();
    let (heading, words) = t.receipt_legacy;
    (verdict(mood, heading, words), facts)
}

fn told(lang: Language, receipt: &PublicReceipt) -> (String, String) {
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
    (verdict(mood, heading, words), facts)
}

/// What there is to say of a receipt beside a file or a code that is about it; without a verdict it is only what to compare with.
pub fn beside(lang: Language, code: &str, found: &Found, with_verdict: bool) -> String {
    let t = texts(lang);
    let (verdict, facts) = found.told(lang);
    let verdict = if with_verdict { verdict } else { String::new() };
    format!(
        "{verdict}<section class=\"card\"><dl>\n{facts}</dl><p><a href=\"/v/{code}?lang={}\">{}</a></p></section>\n",
        t.code, t.receipt_page
    )
}

fn page_of(lang: Language, (verdict, facts): (String, String)) -> String {
    let t = texts(lang);
    format!(
        "{verdict}<section class=\"card\"><dl>\n{facts}</dl></section>\n<p>{}</p>\n<p><a href=\"/verify?lang={}\">{}</a></p>\n",
        escape(t.receipt_compare),
        t.code,
        escape(t.receipt_check_file)
    )
}
