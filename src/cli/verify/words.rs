//! A report in words: the verdict first, then of each signature who, when, what proves it, and what is wrong.

use crate::cli::output::Paint;
use crate::indication::Indication;
use crate::validation::report::{
    Coverage, InputKind, Integrity, Modification, Remark, Report, SignatureReport, SignatureType, Verdict,
};
use std::fmt::Write;

/// Changes after one signature that are shown.
const MOST_CHANGES: usize = 8;

/// The report as lines of text.
pub fn tell(report: &Report, paint: Paint) -> String {
    let count = report.signatures.len();
    let (signatures, hold) = if count == 1 { ("its signature", "holds") } else { ("all its signatures", "hold") };
    let failed = report.signatures.iter().filter(|s| s.indication == Indication::Failed).count();
    let open = report.signatures.iter().filter(|s| s.indication == Indication::Indeterminate).count();
    let verdict = match report.verdict {
        Verdict::Passed => paint.green(&format!("VALID, {signatures} {hold}")),
        Verdict::Failed => paint.red(&format!("NOT VALID, {failed} of {count} signatures failed")),
        Verdict::Indeterminate if report.kind == InputKind::Qr => {
            paint.yellow("NOT DECIDED, a check text is not signed")
        }
        Verdict::Indeterminate => {
            paint.yellow(&format!("NOT DECIDED, {open} of {count} signatures could not be judged"))
        }
        Verdict::NoSignature => paint.yellow("NOT SIGNED"),
    };
    let mut text = format!("{}: {verdict}\n", plain(&report.file));
    for signature in &report.signatures {
        tell_signature(&mut text, signature, paint);
    }
    remarks(&mut text, &report.warnings, &paint.yellow("note"));
    text
}

fn tell_signature(text: &mut String, signature: &SignatureReport, paint: Paint) {
    let (mark, verdict) = match signature.indication {
        Indication::Passed => ("✓", paint.green("valid")),
        Indication::Failed => ("✗", paint.red("not valid")),
        Indication::Indeterminate => ("?", paint.yellow("not decided")),
    };
    let kind = match signature.kind {
        SignatureType::Signature => "signature",
        SignatureType::DocumentTimestamp => "document time-stamp",
    };
    let reason = signature.sub_indication.map(|s| format!(" ({s})")).unwrap_or_default();
    let field = paint.bold(&plain(&signature.field));
    let _ = writeln!(text, "  {mark} {kind} {field}: {verdict}{reason}");
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "      {} {}", paint.dim(&format!("{label:8}")), plain(value));
    };
    line("who", &who(signature));
    line("when", &when(signature));
    line("what", &what(signature));
    let log = match signature.log.status {
        "proven" => "the audit log's proof holds",
        "invalid" => "the audit log's proof does not hold",
        "no-key" => "the audit log's proof was not checked: no key of the log was given",
        _ => "",
    };
    if !log.is_empty() {
        line("log", log);
    }
    for change in signature.changes.iter().take(MOST_CHANGES) {
        line("later", change);
    }
    if let Some(more) = signature.changes.len().checked_sub(MOST_CHANGES).filter(|more| *more > 0) {
        line("", &format!("and {more} more changes"));
    }
    remarks(text, &signature.errors, &paint.red("error"));
    remarks(text, &signature.warnings, &paint.yellow("note"));
}

fn who(signature: &SignatureReport) -> String {
    let Some(signer) = &signature.signer else { return "not known".to_owned() };
    let mut names: Vec<String> = [&signer.common_name, &signer.organization].into_iter().flatten().cloned().collect();
    names.dedup();
    names.extend(signer.tax_code.as_ref().map(|code| format!("tax code {code}")));
    names.push(format!("certificate {}", signer.serial));
    names.join(", ")
}

fn when(signature: &SignatureReport) -> String {
    match (&signature.signing_time, &signature.best_signature_time) {
        (Some(claimed), Some(proven)) if claimed == proven => format!("{proven}, proven by a time-stamp"),
        (Some(claimed), Some(proven)) => format!("{claimed} by its own account; a time-stamp proves {proven}"),
        (None, Some(proven)) => format!("a time-stamp proves {proven}"),
        (Some(claimed), None) => format!("{claimed} by its own account; nothing proves it"),
        (None, None) => "not said".to_owned(),
    }
}

fn what(signature: &SignatureReport) -> String {
    let mut parts = vec![
        match signature.integrity {
            Integrity::Intact => "what it covers is unchanged",
            Integrity::Broken => "what it covers was changed or cannot be checked",
        },
        match signature.coverage {
            Coverage::WholeFile => "it covers the whole file",
            Coverage::WholeRevision => "it covers the whole document as it then was",
            Coverage::Partial => "it covers only a part",
            Coverage::Invalid => "what it covers cannot be told",
        },
    ];
    parts.extend(match signature.modification {
        Modification::None => None,
        Modification::LtaUpdate => Some("validation data was added later"),
        Modification::FormFill => Some("fields were filled or signed later"),
        Modification::Annotation => Some("annotations were made later"),
        Modification::Forbidden => Some("what was changed later is not permitted"),
    });
    let mut text = parts.join("; ");
    if let (Some(scheme), Some(digest)) = (&signature.scheme, &signature.digest) {
        let level = signature.level.map(|l| format!("level {l}, ")).unwrap_or_default();
        let _ = write!(text, " ({level}{scheme} with {digest})");
    }
    text
}

fn remarks(text: &mut String, remarks: &[Remark], label: &str) {
    for remark in remarks {
        let _ = writeln!(text, "      {label} {} {}", remark.code, plain(&remark.message));
    }
}

/// What a file says of itself cannot move the reader's cursor.
fn plain(text: &str) -> String {
    crate::error::plain(text)
}
