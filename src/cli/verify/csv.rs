//! A summary of many files as CSV (RFC 4180): a row a signature, for a spreadsheet.

use crate::error::{Error, Result};
use crate::validation::report::{Report, SignatureReport};

const HEAD: [&str; 20] = [
    "file",
    "verdict",
    "field",
    "type",
    "indication",
    "sub_indication",
    "signer",
    "organization",
    "tax_code",
    "signing_time",
    "best_signature_time",
    "level",
    "integrity",
    "coverage",
    "modification",
    "log",
    "message",
    "receipt",
    "total",
    "state",
];

/// The rows.
pub struct Csv(String);

impl Csv {
    /// The head. The mark in front tells spreadsheets that it is UTF-8.
    pub fn new() -> Self {
        let mut csv = Self("\u{feff}".to_owned());
        csv.row(&HEAD);
        csv
    }

    /// The rows of one file.
    pub fn add(&mut self, file: &str, judged: &Result<Report>) {
        match judged {
            Ok(report) if report.signatures.is_empty() => {
                let messages: Vec<&str> = report.warnings.iter().map(|warning| warning.message.as_str()).collect();
                self.short(file, report.verdict.as_str(), &messages.join("; "), &receipt(report));
            }
            Ok(report) => {
                for signature in &report.signatures {
                    self.signature(file, report, signature);
                }
            }
            Err(Error { why, .. }) => self.short(file, "UNREADABLE", why, &<[String; 3]>::default()),
        }
    }

    fn short(&mut self, file: &str, verdict: &str, message: &str, [number, total, state]: &[String; 3]) {
        let mut cells = [""; HEAD.len()];
        let [first, second, .., last, of_number, of_total, of_state] = &mut cells;
        (*first, *second, *last) = (file, verdict, message);
        (*of_number, *of_total, *of_state) = (number, total, state);
        self.row(&cells);
    }

    fn signature(&mut self, file: &str, report: &Report, signature: &SignatureReport) {
        let [number, total, state] = receipt(report);
        // the words of the JSON report
        let word = |value: serde_json::Result<serde_json::Value>| {
            value.ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let signer = signature.signer.as_ref();
        let text = |value: Option<&String>| value.map_or("", String::as_str).to_owned();
        let messages: Vec<&str> = signature.errors.iter().map(|e| e.message.as_str()).collect();
        let cells = [
            file.to_owned(),
            report.verdict.as_str().to_owned(),
            signature.field.clone(),
            word(serde_json::to_value(signature.kind)),
            signature.indication.as_str().to_owned(),
            signature.sub_indication.unwrap_or_default().to_owned(),
            text(signer.and_then(|s| s.common_name.as_ref())),
            text(signer.and_then(|s| s.organization.as_ref())),
            text(signer.and_then(|s| s.tax_code.as_ref())),
            text(signature.signing_time.as_ref()),
            text(signature.best_signature_time.as_ref()),
            signature.level.unwrap_or_default().to_owned(),
            word(serde_json::to_value(signature.integrity)),
            word(serde_json::to_value(signature.coverage)),
            word(serde_json::to_value(signature.modification)),
            signature.log.status.to_owned(),
            messages.join("; "),
            number,
            total,
            state,
        ];
        self.row(&cells.each_ref().map(String::as_str));
    }

    fn row(&mut self, cells: &[&str]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.0.push_str(&quoted(cell));
        }
        self.0.push_str("\r\n");
    }

    /// The file.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Number, total and state of the receipt that a file is.
fn receipt(report: &Report) -> [String; 3] {
    let Some(receipt) = &report.receipt else { return <[String; 3]>::default() };
    [receipt.number.clone(), receipt.total.to_string(), receipt.state.clone().unwrap_or_default()]
}

/// A cell that no spreadsheet takes for a formula.
fn quoted(cell: &str) -> String {
    let cell: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell };
    if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        assert_eq!(quoted("a,\"b\"\n"), "\"a,\"\"b\"\" \"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        let mut csv = Csv::new();
        let error = Error::new(crate::error::Kind::BadInput, "x", "f", "no PDF");
        csv.add("f.pdf", &Err(error));
        let text = csv.finish();
        let mut lines = text.lines();
        assert_eq!(lines.next().unwrap().split(',').count(), HEAD.len());
        assert_eq!(lines.next().unwrap(), "f.pdf,UNREADABLE,,,,,,,,,,,,,,,no PDF,,,");
    }
}
