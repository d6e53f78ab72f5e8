//! The page itself: one file of HTML that asks nobody for anything and runs nothing.

use crate::digest::sha256;
use crate::documents::compare::Comparison;
use crate::http::html::{Mood, compared, escape, fact, verdict};
use crate::messages::{Language, Words, words};
use crate::validation::report::Report;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What it looks like: it is saved and sent around, so it does not go by what other pages look like, but for the comparison itself.
const STYLE: &str = concat!(include_str!("saved.css"), include_str!("../../../http/pages/compare.css"));

/// What the page is about.
pub struct Page<'a> {
    /// Its language.
    pub language: Language,
    /// The report on the file.
    pub report: &'a Report,
    /// What differs.
    pub comparison: &'a Comparison,
    /// The file.
    pub file: &'a [u8],
}

impl Page<'_> {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let w = words(self.language);
        let differences = compared(self.language, self.report, self.comparison);
        let (code, title) = match self.language {
            Language::Vi => ("vi", w.compare_title),
            Language::En => ("en", w.compare_title),
        };
        let policy = STANDARD.encode(sha256(STYLE.as_bytes()));
        let (head, facts) = (self.verdict(w), self.facts(w));
        format!(
            "<!doctype html>
<html lang=\"{code}\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'sha256-{policy}'; base-uri 'none'; form-action 'none'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>{title}: {name}</title>
<style>{STYLE}</style>
</head>
<body class=\"compare\">
<header><span class=\"brand\"><span class=\"seal\" aria-hidden=\"true\"></span>Dấu Son</span></header>
<main>
<h1>{title}</h1>
<p class=\"lead\">{lead}</p>
{head}{facts}{differences}</main>
<footer>{footer}</footer>
</body>
</html>
",
            name = escape(&self.report.file),
            lead = w.compare_lead,
            footer = w.compare_footer,
        )
    }

    fn verdict(&self, w: &Words) -> String {
        let (heading, said) = self.report.in_words(w);
        verdict(Mood::of(self.report.verdict), heading, said)
    }

    fn facts(&self, w: &Words) -> String {
        let digest = hex::encode(sha256(self.file));
        format!("<dl>\n{}{}</dl>\n", fact(w.file, &self.report.file), fact(w.sha256, &digest))
    }
}
