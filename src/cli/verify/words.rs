//! A report in words: the verdict first, then of each signature who, when, what proves it, what is wrong, and what to do.

use crate::cli::output::Paint;
use crate::indication::Indication;
use crate::messages::{self, Language, Words, advice, missing_issuer, moment_of, no_path, reason, words};
use crate::receipts::scan;
use crate::validation::report::{InputKind, LogReport, Remark, Report, SignatureReport, SignatureType, Verdict};
use std::fmt::Write;

/// Changes after one signature that are shown.
const MOST_CHANGES: usize = 8;
/// No path leads from the signer's certificate to a trust anchor.
const NO_CHAIN: &str = "NO_CERTIFICATE_CHAIN_FOUND";

/// The report as lines of text.
pub fn tell(report: &Report, language: Language, paint: Paint) -> String {
    let teller = Teller { language, words: words(language), paint };
    let mut text = String::new();
    for remark in report.warnings.iter().filter(|w| [scan::REPLACED, scan::VOIDED].contains(&w.code)) {
        let known = match language {
            Language::Vi => messages::remark(remark.code).to_owned(),
            Language::En => plain(&remark.message),
        };
        let number = report.receipt.as_ref().filter(|_| language == Language::Vi).map(|receipt| plain(&receipt.number));
        let number = number.map(|number| format!(" ({number})")).unwrap_or_default();
        let _ = writeln!(text, "{}", paint.red(&format!("{}: {known}{number}", teller.words.no_longer)));
    }
    let _ = writeln!(text, "{}: {}", plain(&report.file), teller.verdict(report));
    for signature in &report.signatures {
        teller.signature(&mut text, signature);
    }
    for warning in &report.warnings {
        teller.remark(&mut text, warning, None, &paint.yellow(teller.words.note));
    }
    if let Some(record) = &report.record {
        let _ = writeln!(text, "  {} {} {}", teller.words.recorded, record.index, plain(&record.origin));
        text.push_str(&record.proof);
    }
    text
}

struct Teller {
    language: Language,
    words: &'static Words,
    paint: Paint,
}

impl Teller {
    fn verdict(&self, report: &Report) -> String {
        let (w, paint) = (self.words, self.paint);
        let count = report.signatures.len();
        let with = |indication| report.signatures.iter().filter(|s| s.indication == indication).count();
        match report.verdict {
            Verdict::Passed => {
                let valid = paint.green(if count == 1 { w.valid_one } else { w.valid_all });
                if !report.looks_different() {
                    return valid;
                }
                format!("{valid}, {}", paint.yellow(w.looks_different))
            }
            Verdict::Failed => paint.red(&format!("{} {} {} {count}", w.not_valid, with(Indication::Failed), w.of)),
            Verdict::Indeterminate if report.kind == InputKind::Qr => paint.yellow(w.check_text),
            Verdict::Indeterminate => {
                let open = with(Indication::Indeterminate);
                paint.yellow(&format!("{} {open} {} {count}", w.not_decided, w.of))
            }
            Verdict::NoSignature => paint.yellow(w.not_signed),
        }
    }

    fn signature(&self, text: &mut String, signature: &SignatureReport) {
        let (w, paint) = (self.words, self.paint);
        let said = signature.indication.in_words(w);
        let (mark, verdict) = match signature.indication {
            Indication::Passed => ("✓", paint.green(said)),
            Indication::Failed => ("✗", paint.red(said)),
            Indication::Indeterminate => ("?", paint.yellow(said)),
        };
        let kind = match signature.kind {
            SignatureType::Signature => w.signature,
            SignatureType::DocumentTimestamp => w.timestamp,
        };
        let code = signature.sub_indication.map(|s| format!(" ({s})")).unwrap_or_default();
        let field = paint.bold(&plain(&signature.field));
        let _ = writeln!(text, "  {mark} {kind} {field}: {verdict}{code}");
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(text, "      {} {}", paint.dim(&format!("{label:10}")), plain(value));
        };
        line(w.who, &self.who(signature));
        line(w.when, &self.when(signature));
        line(w.proof, &self.proof(signature));
        line(w.what, &self.what(signature));
        if signature.log.status != LogReport::ABSENT.status {
            line(w.log_line, &signature.log.in_words(w));
        }
        for change in signature.changes.iter().take(MOST_CHANGES) {
            line(w.later, change.said.of(self.language));
        }
        if let Some(more) = signature.changes.len().checked_sub(MOST_CHANGES).filter(|more| *more > 0) {
            line("", &format!("+ {more} {}", w.more_changes));
        }
        let no_path = signature.missing_issuer.as_ref().map(|missing| no_path(&missing.display));
        for error in &signature.errors {
            let known = no_path.as_deref().filter(|_| error.code == NO_CHAIN);
            self.remark(text, error, known, &paint.red(w.error));
        }
        for warning in &signature.warnings {
            self.remark(text, warning, None, &paint.yellow(w.note));
        }
        if let Some(what) = self.to_do(signature) {
            let _ = writeln!(text, "      {} {}", paint.bold(&format!("{:10}", w.to_do)), plain(&what));
        }
    }

    fn who(&self, signature: &SignatureReport) -> String {
        let w = self.words;
        let Some(signer) = &signature.signer else { return w.unknown_signer.to_owned() };
        let mut names: Vec<String> =
            [&signer.common_name, &signer.organization].into_iter().flatten().cloned().collect();
        names.dedup();
        names.extend(signer.tax_code.as_ref().map(|code| format!("{} {code}", w.tax_code.to_lowercase())));
        names.push(format!("{} {}", w.certificate.to_lowercase(), signer.serial));
        names.join(", ")
    }

    fn time(&self, time: &str) -> String {
        match self.language {
            Language::Vi => moment_of(time),
            Language::En => time.to_owned(),
        }
    }

    fn when(&self, signature: &SignatureReport) -> String {
        match &signature.signing_time {
            Some(claimed) => {
                let by = match signature.kind {
                    SignatureType::Signature => self.words.claimed,
                    SignatureType::DocumentTimestamp => self.words.stamped,
                };
                format!("{}, {by}", self.time(claimed))
            }
            None => self.words.not_said.to_owned(),
        }
    }

    fn proof(&self, signature: &SignatureReport) -> String {
        match &signature.best_signature_time {
            Some(proven) => format!("{} {}", self.words.proven_by, self.time(proven)),
            None => {
                let said = signature.timestamps.iter().find(|stamp| stamp.indication != Indication::Failed);
                match said.and_then(|stamp| stamp.time.as_ref()) {
                    Some(time) => format!("{} {}", self.words.not_confirmed, self.time(time)),
                    None => self.words.nothing_proves.to_owned(),
                }
            }
        }
    }

    fn what(&self, signature: &SignatureReport) -> String {
        let w = self.words;
        let (content, covers) = (signature.integrity.in_words(w), signature.coverage.in_words(w));
        let changes = signature.changes_in_words(w);
        let mut text = format!("{content}. {}: {covers}. {}: {changes}", w.covers, w.changes);
        if let (Some(scheme), Some(digest)) = (&signature.scheme, &signature.digest) {
            let level = signature.level.map(|l| format!("{} {l}, ", w.level)).unwrap_or_default();
            let _ = write!(text, " ({level}{scheme}, {digest})");
        }
        text
    }

    /// The reason in words (`known`, or those of its code), and the facts; in Vietnamese the facts come below, because they are in English.
    fn remark(&self, text: &mut String, remark: &Remark, known: Option<&str>, label: &str) {
        let facts = plain(&remark.message);
        match self.language {
            Language::En => {
                let _ = writeln!(text, "      {label} {} {facts}", remark.code);
            }
            Language::Vi => {
                let known = known.unwrap_or_else(|| match messages::remark(remark.code) {
                    "" => reason(Language::Vi, remark.code),
                    known => known,
                });
                let known = plain(known);
                let _ = writeln!(text, "      {label} {} {known}", remark.code);
                let _ = writeln!(text, "        {} {facts}", self.paint.dim(&format!("{}:", self.words.technical)));
            }
        }
    }

    /// What to do about what decides.
    fn to_do(&self, signature: &SignatureReport) -> Option<String> {
        let code = signature.sub_indication?;
        if let Some(missing) = signature.missing_issuer.as_ref().filter(|_| code == NO_CHAIN) {
            return Some(missing_issuer(self.language, &missing.display, &missing.addresses));
        }
        Some(advice(self.language, code).to_owned())
    }
}

/// What a file says of itself cannot move the reader's cursor.
fn plain(text: &str) -> String {
    crate::error::plain(text)
}
