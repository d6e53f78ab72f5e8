//! The page where anybody checks a file.

use super::Language;
use super::html::{Mood, PageFrame, escape, fact, verdict};
use super::texts::{Texts, reason, texts};
use crate::data_folder::VIETNAM;
use crate::http::body::receive;
use crate::http::house::House;
use crate::http::problem::Problem;
use crate::http::verify::public_report;
use crate::indication::Indication;
use crate::receipts::scan;
use crate::validation::report::{Coverage, Integrity, Modification, Report, SignatureReport, SignatureType, Verdict};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The page's address.
const PATH: &str = "/verify";

/// The page with its form.
#[utoipa::path(get, path = "/verify", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), responses((status = 200, content_type = "text/html")))]
pub async fn page(lang: Language) -> Response {
    let t = texts(lang);
    let main = format!("<p class=\"lead\">{}</p>\n{}", t.verify_lead, form(t));
    frame(lang, &main, StatusCode::OK)
}

/// The page with what is to be thought of a file.
#[utoipa::path(post, path = "/verify", tag = "pages", params(("lang" = Option<String>, Query, description = "vi or en")), request_body(content_type = "multipart/form-data"),
    responses((status = 200, content_type = "text/html")))]
pub async fn check(lang: Language, State(house): State<Arc<House>>, request: Request) -> Response {
    let judged = match receive(&house, request, &[]).await {
        Ok(received) => public_report(&house, received).await,
        Err(problem) => Err(problem),
    };
    match judged {
        Ok(report) => frame(lang, &(told(lang, &report) + &again(lang)), StatusCode::OK),
        Err(problem) => refused(lang, &problem),
    }
}

fn frame(lang: Language, main: &str, status: StatusCode) -> Response {
    PageFrame { language: lang, path: PATH, heading: texts(lang).verify_heading, main }.answer(status)
}

fn form(t: &Texts) -> String {
    format!(
        "<form method=\"post\" action=\"{PATH}?lang={}\" enctype=\"multipart/form-data\">
<label for=\"file\">{}</label>
<input id=\"file\" name=\"file\" type=\"file\" required accept=\".pdf,.xml,application/pdf,application/xml,text/xml\">
<button>{}</button>
<p class=\"hint\">{}</p>
</form>
",
        t.code, t.verify_label, t.verify_button, t.verify_hint
    )
}

fn again(lang: Language) -> String {
    let t = texts(lang);
    format!("<p><a href=\"{PATH}?lang={}\">{}</a></p>\n", t.code, t.verify_again)
}

fn refused(lang: Language, problem: &Problem) -> Response {
    let t = texts(lang);
    let (mood, (heading, words)) = match problem.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (Mood::Unsure, t.too_large),
        _ if problem.code().starts_with("request.") => (Mood::Unsure, t.no_file),
        status if status.is_server_error() => (Mood::Unsure, t.unavailable),
        _ => (Mood::Bad, t.unreadable),
    };
    frame(lang, &(verdict(mood, heading, words) + &form(t)), problem.status())
}

fn told(lang: Language, report: &Report) -> String {
    let t = texts(lang);
    let (mood, (heading, words)) = match report.verdict {
        Verdict::Passed => (Mood::Good, t.passed),
        Verdict::Failed => (Mood::Bad, t.failed),
        Verdict::Indeterminate => (Mood::Unsure, t.indeterminate),
        Verdict::NoSignature => (Mood::Unsure, t.no_signature),
    };
    let mut html = String::new();
    for remark in &report.warnings {
        let (heading, words) = match remark.code {
            scan::REPLACED => t.receipt_replaced,
            scan::VOIDED => t.receipt_voided,
            _ => continue,
        };
        html += &verdict(Mood::Bad, heading, words);
    }
    html += &verdict(mood, heading, words);
    if !report.file.is_empty() {
        let _ = writeln!(html, "<dl>{}</dl>", fact(t.file, &report.file));
    }
    let (mut signatures, mut timestamps) = (0_u32, 0_u32);
    for signature in &report.signatures {
        let (word, number) = match signature.kind {
            SignatureType::Signature => (t.signature, &mut signatures),
            SignatureType::DocumentTimestamp => (t.timestamp, &mut timestamps),
        };
        *number = number.saturating_add(1);
        // writing to a String cannot fail
        let _ = write!(html, "<section class=\"card\"><h2>{word} {number}</h2>\n{}</section>\n", one(lang, signature));
    }
    html
}

fn one(lang: Language, signature: &SignatureReport) -> String {
    let t = texts(lang);
    let signer = signature.signer.as_ref();
    let name = signer.and_then(|s| s.common_name.as_deref()).unwrap_or(t.unknown_signer);
    let result = match signature.indication {
        Indication::Passed => t.result_passed,
        Indication::Failed => t.result_failed,
        Indication::Indeterminate => t.result_indeterminate,
    };
    let content = match signature.integrity {
        Integrity::Intact => t.intact,
        Integrity::Broken => t.broken,
    };
    let covers = match signature.coverage {
        Coverage::WholeFile => t.whole_file,
        Coverage::WholeRevision => t.whole_revision,
        Coverage::Partial => t.partial,
        Coverage::Invalid => "",
    };
    let changes = match signature.modification {
        // there is nothing to compare with
        _ if signature.integrity == Integrity::Broken => "",
        Modification::None => t.changes_none,
        Modification::LtaUpdate | Modification::FormFill | Modification::Annotation => t.changes_permitted,
        Modification::Forbidden => t.changes_forbidden,
    };
    let log = match signature.log.status {
        "proven" => t.log_proven,
        "absent" => t.log_absent,
        "invalid" => t.log_invalid,
        _ => t.log_other,
    };
    let mut html = "<dl>\n".to_owned();
    for (name, value) in [
        (t.result, result),
        (t.signer, name),
        (t.organization, signer.and_then(|s| s.organization.as_deref()).unwrap_or_default()),
        (t.tax_code, signer.and_then(|s| s.tax_code.as_deref()).unwrap_or_default()),
        (t.claimed_time, &moment(signature.signing_time.as_deref())),
        (t.proven_time, &moment(signature.best_signature_time.as_deref())),
        (t.content, content),
        (t.covers, covers),
        (t.changes, changes),
        (t.log, log),
    ] {
        html.push_str(&fact(name, value));
    }
    html.push_str("</dl>\n");
    let codes: BTreeSet<&str> = signature.errors.iter().map(|error| error.code).collect();
    if !codes.is_empty() {
        let _ = write!(html, "<h3>{}</h3>\n<ul>\n", t.reasons);
        let words: BTreeSet<&str> = codes.into_iter().map(|code| reason(lang, code)).collect();
        for word in words {
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
            write!(html, "<details><summary>{}</summary>\n<ul>\n{}</ul></details>\n", t.technical, remarks.concat());
    }
    html
}

/// `24/11/2026 08:30:15`, in Vietnam's time.
fn moment(time: Option<&str>) -> String {
    let Some(time) = time else { return String::new() };
    match OffsetDateTime::parse(time, &Rfc3339) {
        Ok(at) => {
            let at = at.to_offset(VIETNAM);
            let (day, month, year) = (at.day(), u8::from(at.month()), at.year());
            format!("{day:02}/{month:02}/{year:04} {:02}:{:02}:{:02} (GMT+7)", at.hour(), at.minute(), at.second())
        }
        Err(_) => time.to_owned(),
    }
}
