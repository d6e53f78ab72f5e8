//! What people are told instead of the values of a report, in a language's words.

use super::report::{Coverage, Integrity, LogReport, Modification, Report, SignatureReport, Verdict};
use crate::indication::Indication;
use crate::messages::Words;

impl Report {
    /// What is to be thought of the file, and why in short. What was signed may be as it was, and the file not.
    pub fn in_words(&self, w: &Words) -> (&'static str, &'static str) {
        match self.verdict {
            Verdict::Passed if self.looks_different() => w.passed_changed,
            verdict => verdict.in_words(w),
        }
    }

    /// Whether a signature permits what is seen in the file and was not signed.
    pub fn looks_different(&self) -> bool {
        self.signatures.iter().any(SignatureReport::looks_different)
    }
}

impl SignatureReport {
    /// Whether something changed after it, whether that was permitted, and whether it is seen.
    pub fn changes_in_words(&self, w: &Words) -> &'static str {
        match self.modification {
            Modification::FormFill | Modification::Annotation if self.looks_different() => w.changes_seen,
            modification => modification.in_words(w),
        }
    }
}

impl Verdict {
    /// What is to be thought of the file, and why in short.
    pub const fn in_words(self, w: &Words) -> (&'static str, &'static str) {
        match self {
            Self::Passed => w.passed,
            Self::Failed => w.failed,
            Self::Indeterminate => w.indeterminate,
            Self::NoSignature => w.no_signature,
        }
    }
}

impl Indication {
    /// What is to be thought of one signature.
    pub const fn in_words(self, w: &Words) -> &'static str {
        match self {
            Self::Passed => w.result_passed,
            Self::Failed => w.result_failed,
            Self::Indeterminate => w.result_indeterminate,
        }
    }
}

impl Integrity {
    /// Whether the content is as it was signed.
    pub const fn in_words(self, w: &Words) -> &'static str {
        match self {
            Self::Intact => w.intact,
            Self::Broken => w.broken,
        }
    }
}

impl Coverage {
    /// How much of the file was signed.
    pub const fn in_words(self, w: &Words) -> &'static str {
        match self {
            Self::WholeFile => w.whole_file,
            Self::WholeRevision => w.whole_revision,
            Self::Partial => w.partial,
            Self::Invalid => w.not_told,
        }
    }
}

impl Modification {
    /// Whether something changed, and whether it was permitted.
    const fn in_words(self, w: &Words) -> &'static str {
        match self {
            Self::None => w.changes_none,
            Self::LtaUpdate | Self::FormFill | Self::Annotation => w.changes_permitted,
            Self::Forbidden => w.changes_forbidden,
        }
    }
}

impl LogReport {
    /// Whether the signature is in the log, and which witnesses have seen that.
    pub fn in_words(&self, w: &Words) -> String {
        let said = match self.status {
            "proven" => w.log_proven,
            "absent" => w.log_absent,
            "invalid" => w.log_invalid,
            _ => w.log_other,
        };
        if self.witnesses.is_empty() {
            return said.to_owned();
        }
        format!("{said}. {}: {}", w.log_witnesses, self.witnesses.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Language, words};

    #[test]
    fn witnesses_are_named() {
        let mut log = LogReport { status: "proven", ..LogReport::ABSENT };
        assert_eq!(log.in_words(words(Language::En)), "The signature is in the log");
        log.witnesses = vec!["one.example/w".to_owned(), "two.example/w".to_owned()];
        let said = "Chữ ký đã được ghi vào nhật ký. Nhân chứng đã xác nhận: one.example/w, two.example/w";
        assert_eq!(log.in_words(words(Language::Vi)), said);
    }
}
