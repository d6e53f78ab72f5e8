//! The frame of a page, and the one function that makes text harmless.

pub use super::compare::compared;

use super::shell::{Shell, shown};
use super::{Language, assets};
use crate::validation::report::Verdict;
use askama::filters::Escaper;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::fmt;

/// Makes text harmless in templates as [`escape`] does.
#[derive(Debug, Clone, Copy)]
pub struct Harmless;

impl Escaper for Harmless {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => dest.write_str("&amp;")?,
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '"' => dest.write_str("&quot;")?,
                '\'' => dest.write_str("&#39;")?,
                // what would turn the order of letters around says something else than it seems to
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => dest.write_char('\u{fffd}')?,
                c if c.is_control() && c != '\n' => dest.write_char(' ')?,
                c => dest.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text as it may stand in HTML, between tags and within quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // writing to a String cannot fail
    let _ = Harmless.write_escaped_str(&mut out, text);
    out
}

/// A page for everybody.
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

#[derive(askama::Template)]
#[template(path = "public.html")]
struct Public<'a> {
    shell: Shell,
    script: &'static str,
    heading: &'a str,
    main: &'a str,
}

impl PageFrame<'_> {
    /// The page as an answer.
    pub fn answer(&self, status: StatusCode) -> Response {
        let shell = Shell::public(self.language, self.path);
        let script = assets::address("check.js");
        let page = Public { shell, script, heading: self.heading, main: self.main };
        shown(status, &page).unwrap_or_else(IntoResponse::into_response)
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
}
