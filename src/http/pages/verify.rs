//! The page where anybody checks a file.

use super::Language;
use super::html::{Mood, PageFrame, compared, escape, fact, verdict};
use super::receipt;
use super::texts::{Texts, texts};
use crate::http::body::receive;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::verify::{Checked, public_check, public_text};
use crate::messages::{moment_of, reason, words};
use crate::receipts::amount::grouped;
use crate::receipts::scan;
use crate::validation::report::{InputKind, Integrity, Report, SignatureReport, SignatureType, Verdict};
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// The page's address.
const PATH: &str = "/verify";

/// The page with its form.
#[utoipa::path(get, path = "/verify", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), responses((status = 200, content_type = "text/html")))]
pub async fn page(lang: Language) -> Response {
    let t = texts(lang);
    let main = format!("<p class=\"lead\">{}</p>\n{}", t.verify_lead, form(t));
    frame(lang, &main, StatusCode::OK)
}

/// The page with what is to be thought of a file, or of a photograph of a receipt's QR code.
#[utoipa::path(post, path = "/verify", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), request_body(content_type = "multipart/form-data"),
    responses((status = 200, content_type = "text/html"), (status = "default", description = "why it cannot be judged", content_type = "text/html")))]
pub async fn check(lang: Language, State(house): State<Arc<House>>, request: Request) -> Response {
    let checked = match receive(&house, request, &[]).await {
        Ok(received) => public_check(&house, received).await,
        Err(problem) => Err(problem),
    };
    answer(lang, &house, checked).await
}

/// The page with what is to be thought of the text of a receipt's QR code.
#[utoipa::path(post, path = "/verify/code", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), request_body(content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, content_type = "text/html"), (status = 303, description = "To the receipt's page"),
        (status = 422, description = "Nothing that could be checked", content_type = "text/html")))]
pub async fn check_code(lang: Language, State(house): State<Arc<House>>, body: Bytes) -> Response {
    let typed = url::form_urlencoded::parse(&body).find(|(name, _)| name == "text");
    let text = typed.map(|(_, text)| text.into_owned()).unwrap_or_default();
    let checked = public_text(&house, text).await;
    answer(lang, &house, checked).await
}

async fn answer(lang: Language, house: &House, checked: Answer<Checked>) -> Response {
    let checked = match checked {
        Ok(checked) => checked,
        Err(problem) => return refused(lang, &problem),
    };
    let code = checked.code.as_deref().unwrap_or_default();
    let Some(report) = &checked.report else {
        return Redirect::to(&format!("/v/{code}?lang={}", texts(lang).code)).into_response();
    };
    let found = match &checked.code {
        Some(code) => receipt::found(&house.folder, code).await.ok().flatten(),
        None => None,
    };
    let holds = report.verdict != Verdict::Failed;
    let beside = found.map(|found| receipt::beside(lang, code, &found, holds));
    let (is_ours, beside) = (beside.is_some(), beside.unwrap_or_default());
    // of a file that is a receipt's, what has become of it comes first; of a code, whether it is the receipt's
    let mut html = match report.kind {
        InputKind::Qr => told_of_code(lang, report, is_ours) + &beside,
        InputKind::Pdf | InputKind::Xml => beside + &told(lang, report, is_ours && holds),
    };
    if let Some(comparison) = &checked.comparison {
        let t = texts(lang);
        let _ =
            write!(html, "<h2 class=\"next\">{}</h2>\n<p class=\"hint\">{}</p>\n", t.changed, words(lang).compare_lead);
        html += &compared(lang, report, comparison);
    }
    let details = details(lang, report);
    if is_ours && holds {
        // what counts has been said
        let _ = write!(html, "<details><summary>{}</summary>\n{details}</details>\n", texts(lang).signature_details);
    } else {
        html += &details;
    }
    frame(lang, &(html + &again(lang)), StatusCode::OK)
}

fn frame(lang: Language, main: &str, status: StatusCode) -> Response {
    PageFrame { language: lang, path: PATH, heading: texts(lang).verify_heading, main }.answer(status)
}

/// The forms by which something is checked: a photograph of a QR code, and a file. With a script each is sent as soon as it is chosen.
pub fn form(t: &Texts) -> String {
    format!(
        "<form method=\"post\" action=\"{PATH}?lang={code}\" enctype=\"multipart/form-data\" class=\"scan\" data-scan>
<h2><label for=\"photo\">{photo}</label></h2>
<p class=\"hint\">{photo_hint}</p>
<input id=\"photo\" name=\"file\" type=\"file\" required accept=\"image/png,image/jpeg\" capture=\"environment\">
<button>{scan}</button>
</form>
<form method=\"post\" action=\"{PATH}?lang={code}\" enctype=\"multipart/form-data\" data-drop>
<h2><label for=\"file\">{label}</label></h2>
<input id=\"file\" name=\"file\" type=\"file\" required accept=\".pdf,.xml,application/pdf,application/xml,text/xml,image/png,image/jpeg\">
<button>{button}</button>
<p class=\"hint\">{hint}</p>
</form>
",
        code = t.code,
        photo = t.scan_label,
        photo_hint = t.scan_hint,
        scan = t.scan_button,
        label = t.verify_label,
        button = t.verify_button,
        hint = t.verify_hint
    )
}

fn again(lang: Language) -> String {
    let t = texts(lang);
    format!("<p><a class=\"button second\" href=\"{PATH}?lang={}\">{}</a></p>\n", t.code, t.verify_again)
}

fn refused(lang: Language, problem: &Problem) -> Response {
    let t = texts(lang);
    let (mood, (heading, words)) = match (problem.code(), problem.status()) {
        ("photo.no_code", _) => (Mood::Unsure, t.no_code),
        ("photo.too_large", _) | (_, StatusCode::PAYLOAD_TOO_LARGE) => (Mood::Unsure, t.too_large),
        (code, _) if code.starts_with("request.") => (Mood::Unsure, t.no_file),
        (_, status) if status.is_server_error() => (Mood::Unsure, t.unavailable),
        _ => (Mood::Bad, t.unreadable),
    };
    frame(lang, &(verdict(mood, heading, words) + &form(t)), problem.status())
}

/// What is to be thought of a QR code: what the receipt has become is told beside it.
fn told_of_code(lang: Language, report: &Report, is_ours: bool) -> String {
    let t = texts(lang);
    let (mood, (heading, words)) = match (report.verdict, is_ours) {
        (Verdict::Failed, _) => (Mood::Bad, t.code_differs),
        (_, false) => (Mood::Unsure, t.code_foreign),
        (Verdict::Passed, true) => (Mood::Good, t.code_right),
        (Verdict::Indeterminate | Verdict::NoSignature, true) => (Mood::Good, t.code_same),
    };
    verdict(mood, heading, words)
}

/// What is to be thought of a file, and what has become of the receipt that it is, unless that has been said.
fn told(lang: Language, report: &Report, is_said: bool) -> String {
    let (t, w) = (texts(lang), words(lang));
    let (heading, words) = report.in_words(w);
    let mut html = String::new();
    for remark in report.warnings.iter().filter(|_| !is_said) {
        let (heading, words) = match remark.code {
            scan::REPLACED => t.receipt_replaced,
            scan::VOIDED => t.receipt_voided,
            _ => continue,
        };
        html += &verdict(Mood::Bad, heading, words);
    }
    html += &verdict(Mood::of(report.verdict), heading, words);
    if let Some((receipt, inner)) = report.receipt.as_ref().and_then(|receipt| Some((receipt, receipt.xml_verdict?))) {
        let (inner, _) = inner.in_words(w);
        let (number, total) = (&receipt.number, grouped(receipt.total));
        let said = match lang {
            Language::Vi => format!(
                "Tệp PDF này là bản thể hiện lại, không có chữ ký riêng. Tệp XML đã ký ở bên trong: {inner}. Biên lai {number}, số tiền {total} đ: hãy so với bản thể hiện."
            ),
            Language::En => format!(
                "This PDF is a copy without a signature of its own. The signed XML in it: {inner}. Receipt {number} over {total} dong: compare that with what the copy shows."
            ),
        };
        let _ = writeln!(html, "<p>{}</p>", escape(&said));
    }
    html
}

/// What the verdict is made of.
fn details(lang: Language, report: &Report) -> String {
    let w = words(lang);
    let mut html = String::new();
    if !report.file.is_empty() && report.kind != InputKind::Qr {
        let _ = writeln!(html, "<dl>{}</dl>", fact(w.file, &report.file));
    }
    let (mut signatures, mut timestamps) = (0_u32, 0_u32);
    for signature in &report.signatures {
        let (word, number) = match signature.kind {
            SignatureType::Signature => (w.signature, &mut signatures),
            SignatureType::DocumentTimestamp => (w.timestamp, &mut timestamps),
        };
        *number = number.saturating_add(1);
        // writing to a String cannot fail
        let _ = write!(html, "<section class=\"card\"><h2>{word} {number}</h2>\n{}</section>\n", one(lang, signature));
    }
    html
}

fn one(lang: Language, signature: &SignatureReport) -> String {
    let w = words(lang);
    let signer = signature.signer.as_ref();
    let name = signer.and_then(|s| s.common_name.as_deref()).unwrap_or(w.unknown_signer);
    let changes = match signature.integrity {
        // there is nothing to compare with
        Integrity::Broken => "",
        Integrity::Intact => signature.changes_in_words(w),
    };
    let mut html = "<dl>\n".to_owned();
    for (name, value) in [
        (w.result, signature.indication.in_words(w)),
        (w.signer, name),
        (w.organization, signer.and_then(|s| s.organization.as_deref()).unwrap_or_default()),
        (w.tax_code, signer.and_then(|s| s.tax_code.as_deref()).unwrap_or_default()),
        (w.claimed_time, &signature.signing_time.as_deref().map(moment_of).unwrap_or_default()),
        (w.proven_time, &signature.best_signature_time.as_deref().map(moment_of).unwrap_or_default()),
        (w.content, signature.integrity.in_words(w)),
        (w.covers, signature.coverage.in_words(w)),
        (w.changes, changes),
        (w.log, &signature.log.in_words(w)),
    ] {
        html.push_str(&fact(name, value));
    }
    html.push_str("</dl>\n");
    if !signature.changes.is_empty() && signature.integrity == Integrity::Intact {
        let items: String = signature.changes.iter().fold(String::new(), |mut all, change| {
            let _ = writeln!(all, "<li>{}</li>", escape(change.said.of(lang)));
            all
        });
        let _ = write!(html, "<details><summary>{}</summary>\n<ul>\n{items}</ul></details>\n", w.found_in_words);
    }
    let codes: BTreeSet<&str> = signature.errors.iter().map(|error| error.code).collect();
    if !codes.is_empty() {
        let _ = write!(html, "<h3>{}</h3>\n<ul>\n", w.reasons);
        let said: BTreeSet<&str> = codes.into_iter().map(|code| reason(lang, code)).collect();
        for word in said {
            let _ = writeln!(html, "<li>{}</li>", escape(word));
        }
        html.push_str("</ul>\n");
    }
    let remarks: Vec<String> = signature
        .errors
        .iter()
        .chain(&signature.warnings)
        .map(|remark| format!("<li>{}: {}</li>\n", escape(remark.code), escape(&remark.message)))
        .collect();
    if !remarks.is_empty() {
        let _ =
            write!(html, "<details><summary>{}</summary>\n<ul>\n{}</ul></details>\n", w.technical, remarks.concat());
    }
    html
}
