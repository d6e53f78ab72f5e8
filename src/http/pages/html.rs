//! The frame of a page, and the one function that makes text harmless.

pub use super::compare::{COMPARE_STYLE, compared};

use super::Language;
use super::texts::{Texts, texts};
use crate::digest::sha256;
use crate::validation::report::Verdict;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::LazyLock;

/// The only style sheet, within each page.
pub const STYLE: &str = include_str!("style.css");

/// Pages may have this very style sheet, send their form to this service, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Text as it may stand in HTML, between tags and within quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // what would turn the order of letters around says something else than it seems to
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A page.
pub struct PageFrame<'a> {
    /// Its language.
    pub language: Language,
    /// Its address without parameters, for the link to the other language.
    pub path: &'a str,
    /// Its heading, which is its title, too.
    pub heading: &'a str,
    /// What stands under the heading; HTML.
    pub main: &'a str,
}

impl PageFrame<'_> {
    /// The page as an answer.
    pub fn answer(&self, status: StatusCode) -> Response {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY.as_str())];
        (status, headers, self.html()).into_response()
    }

    fn html(&self) -> String {
        let Texts { code, brand, skip, other_language, other_code, footer, .. } = texts(self.language);
        let (path, heading, main) = (escape(self.path), escape(self.heading), self.main);
        format!(
            "<!doctype html>
<html lang=\"{code}\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"robots\" content=\"noindex\">
<title>{heading} – {brand}</title>
<style>{STYLE}</style>
</head>
<body>
<a class=\"skip\" href=\"#main\">{skip}</a>
<header><span class=\"brand\"><span class=\"seal\" aria-hidden=\"true\"></span>{brand}</span>
<a href=\"{path}?lang={other_code}\" hreflang=\"{other_code}\" lang=\"{other_code}\">{other_language}</a></header>
<main id=\"main\">
<h1>{heading}</h1>
{main}
</main>
<footer>{footer}</footer>
</body>
</html>
"
        )
    }
}

/// A row of a list of facts; the value is text.
pub fn fact(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
}

/// How good news are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// All is well.
    Good,
    /// Something is to be decided.
    Unsure,
    /// Not to be trusted.
    Bad,
}

impl Mood {
    /// That of a verdict.
    pub const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Good,
            Verdict::Failed => Self::Bad,
            Verdict::Indeterminate | Verdict::NoSignature => Self::Unsure,
        }
    }
}

/// What is to be thought of it, in a frame of its own. The sign says the same as the colour.
pub fn verdict(mood: Mood, heading: &str, words: &str) -> String {
    let (class, sign) = match mood {
        Mood::Good => ("good", "✓"),
        Mood::Unsure => ("unsure", "?"),
        Mood::Bad => ("bad", "✕"),
    };
    format!(
        "<section class=\"verdict {class}\" role=\"status\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span>\
         <div><h2>{}</h2><p>{}</p></div></section>\n",
        escape(heading),
        escape(words)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_harmless() {
        let evil = "<script>alert('1')</script>\"&\u{202e}fdp.exe\0";
        let escaped = escape(evil);
        assert!(!escaped.contains(['<', '>', '"', '\'', '\u{202e}', '\0']), "{escaped}");
        assert!(escaped.starts_with("&lt;script&gt;alert(&#39;1&#39;)"), "{escaped}");
        assert_eq!(escape("Nguyễn Văn A"), "Nguyễn Văn A");
    }

    #[test]
    fn the_style_sheet_is_the_one_that_the_policy_permits() {
        let page = PageFrame { language: Language::Vi, path: "/verify", heading: "a<b", main: "<p>x</p>" };
        let html = page.html();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(POLICY.contains(&STANDARD.encode(sha256(style.as_bytes()))));
        assert!(html.contains("<h1>a&lt;b</h1>") && html.contains("<html lang=\"vi\">"), "{html}");
    }
}
