//! The page itself: one file of HTML that asks nobody for anything and runs nothing.

use super::pairs::{Pair, PairKind, Shown, Signed};
use crate::digest::sha256;
use crate::http::html::{Mood, escape, fact, verdict};
use crate::messages::{Language, Words, moment, reason, words};
use crate::render::Area;
use crate::validation::report::{ChangeReport, Integrity, Report, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What it looks like. It is saved and sent around, so it does not go by what other pages look like.
const STYLE: &str = include_str!("compare.css");

/// What the page is about.
pub struct Page<'a> {
    /// Its language.
    pub language: Language,
    /// The report on the file.
    pub report: &'a Report,
    /// The signatures after which something changed.
    pub signed: &'a [Signed<'a>],
    /// Signatures of that kind that are not shown.
    pub left_out: usize,
    /// Pages that were not compared.
    pub not_compared: usize,
    /// The file.
    pub file: &'a [u8],
}

/// The pictures of a page, each of which it holds once.
#[derive(Default)]
struct Pictures<'a> {
    numbers: BTreeMap<&'a [u8], usize>,
    html: String,
}

impl<'a> Pictures<'a> {
    /// The name of a picture.
    fn name(&mut self, shown: &'a Shown) -> String {
        let next = self.numbers.len();
        let number = *self.numbers.entry(&shown.png).or_insert(next);
        if number == next {
            let Shown { width, height, png } = shown;
            let data = STANDARD.encode(png);
            let _ = writeln!(
                self.html,
                "<image id=\"p{number}\" width=\"{width}\" height=\"{height}\" href=\"data:image/png;base64,{data}\"/>"
            );
        }
        format!("p{number}")
    }
}

impl Page<'_> {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let w = words(self.language);
        let mut pictures = Pictures::default();
        let sections: String =
            self.signed.iter().map(|signed| section(w, self.language, signed, &mut pictures)).collect();
        let (code, title) = match self.language {
            Language::Vi => ("vi", w.compare_title),
            Language::En => ("en", w.compare_title),
        };
        let policy = STANDARD.encode(sha256(STYLE.as_bytes()));
        let (head, facts, legend, notes) = (self.verdict(w), self.facts(w), self.legend(w), self.notes(w));
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
{head}{facts}{legend}{sections}{notes}</main>
<footer>{footer}</footer>
<svg class=\"store\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>
{stored}</defs></svg>
</body>
</html>
",
            name = escape(&self.report.file),
            lead = w.compare_lead,
            footer = w.compare_footer,
            stored = pictures.html,
        )
    }

    fn verdict(&self, w: &Words) -> String {
        let (heading, said) = self.report.verdict.in_words(w);
        verdict(Mood::of(self.report.verdict), heading, said)
    }

    fn facts(&self, w: &Words) -> String {
        let digest = hex::encode(sha256(self.file));
        format!("<dl>\n{}{}</dl>\n", fact(w.file, &self.report.file), fact(w.sha256, &digest))
    }

    /// What the colours of the frames mean, of those that are there.
    fn legend(&self, w: &Words) -> String {
        let pairs = || self.signed.iter().flat_map(|signed| &signed.pages);
        let mut html = String::new();
        for (permitted, class, said) in [(false, "", w.frame_forbidden), (true, " permitted", w.frame_permitted)] {
            if pairs().any(|pair| pair.permitted == permitted && matches!(pair.kind, PairKind::Changed(..))) {
                let frame = "<rect x=\"2\" y=\"2\" width=\"32\" height=\"18\" rx=\"4\"/>";
                let _ = writeln!(
                    html,
                    "<li class=\"key{class}\"><svg width=\"36\" height=\"22\" aria-hidden=\"true\">{frame}</svg>{said}</li>"
                );
            }
        }
        if html.is_empty() { html } else { format!("<ul class=\"legend\">\n{html}</ul>\n") }
    }

    fn notes(&self, w: &Words) -> String {
        let mut html = String::new();
        if self.signed.is_empty() && self.report.verdict != Verdict::NoSignature {
            let broken = self.report.signatures.iter().any(|signature| signature.integrity == Integrity::Broken);
            // what was signed cannot be told any more: there is nothing to compare with
            let (class, said) = if broken { ("warn", w.broken) } else { ("calm", w.nothing_changed) };
            let _ = writeln!(html, "<section class=\"card\"><p class=\"{class}\">{said}</p></section>");
        }
        for (count, said) in [(self.left_out, w.signatures_left_out), (self.not_compared, w.pages_left_out)] {
            if count > 0 {
                let _ = writeln!(html, "<p class=\"warn\">{said} {count}.</p>");
            }
        }
        html
    }
}

/// What came after one signature.
fn section<'a>(w: &Words, language: Language, signed: &'a Signed<'a>, pictures: &mut Pictures<'a>) -> String {
    let report = signed.report;
    let signer = report.signer.as_ref().and_then(|s| s.common_name.as_deref()).unwrap_or(w.unknown_signer);
    let time = report.signing_time.as_deref().map(moment).unwrap_or_default();
    let mut html = format!(
        "<section class=\"card\"><h2>{} {}: {}</h2>\n<dl>\n{}{}{}</dl>\n",
        w.after_signature,
        signed.number,
        escape(signer),
        fact(w.field, &report.field),
        fact(w.claimed_time, &time),
        fact(w.changes, report.modification.in_words(w)),
    );
    let of_page = |pair: &Pair, change: &ChangeReport| change.page.is_some_and(|page| pair.ids.contains(&page));
    let elsewhere: Vec<&str> = report
        .changes
        .iter()
        .filter(|change| !signed.pages.iter().any(|pair| of_page(pair, change)))
        .map(|change| change.said.of(language))
        .collect();
    html += &list(w, &elsewhere);
    if report.changes.iter().all(|change| change.permitted) {
        // no change is what is wrong
        let codes: BTreeSet<&str> = report.errors.iter().map(|error| error.code).collect();
        let reasons: BTreeSet<&str> = codes.into_iter().map(|code| reason(language, code)).collect();
        for why in reasons {
            let _ = writeln!(html, "<p class=\"warn\">{}</p>", escape(why));
        }
    }
    if signed.revision.is_none() {
        let _ = writeln!(html, "<p class=\"warn\">{}</p>", w.no_revision);
    } else if signed.pages.is_empty() {
        let _ = writeln!(html, "<p class=\"calm\">{}</p>", w.looks_the_same);
    }
    for pair in &signed.pages {
        let said = report.changes.iter().filter(|change| of_page(pair, change));
        let said: Vec<&str> = said.map(|change| change.said.of(language)).collect();
        html += &shown(w, pair, &said, pictures);
    }
    html + "</section>\n"
}

/// What was found, in words.
fn list(w: &Words, said: &[&str]) -> String {
    if said.is_empty() {
        return String::new();
    }
    let items: String = said.iter().fold(String::new(), |mut all, text| {
        let _ = writeln!(all, "<li>{}</li>", escape(text));
        all
    });
    format!("<p class=\"said\">{}</p>\n<ul>\n{items}</ul>\n", w.found_in_words)
}

/// A page before and after.
fn shown<'a>(w: &Words, pair: &'a Pair, said: &[&str], pictures: &mut Pictures<'a>) -> String {
    let number = pair.number;
    let mark = if pair.permitted { "mark permitted" } else { "mark" };
    let (what, class) = match &pair.kind {
        PairKind::Changed(_, areas) => (format!("{}: {}", w.page_changed, areas.len()), mark),
        PairKind::Added(_) => (w.page_added.to_owned(), mark),
        PairKind::Removed(_) => (w.page_removed.to_owned(), mark),
        PairKind::NoRoom => (w.page_no_room.to_owned(), mark),
        PairKind::NotDrawn => (w.page_not_drawn.to_owned(), "warn"),
    };
    let was = pair.was.map(|was| format!(" ({} {was})", w.page_was)).unwrap_or_default();
    let mut html = format!("<h3>{} {number}{was}</h3>\n<p class=\"{class}\">{what}</p>\n{}", w.page, list(w, said));
    let mut side = |label: &str, shown: Option<&'a Shown>, areas: &[Area], absent: &str| match shown {
        Some(shown) => format!(
            "<figure><figcaption>{label}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} {number}, {label}\"><use href=\"#{}\"/>{}</svg></figure>\n",
            shown.width,
            shown.height,
            w.page,
            pictures.name(shown),
            areas.iter().map(outline).collect::<String>(),
        ),
        None => format!("<figure><figcaption>{label}</figcaption><div class=\"absent\">{absent}</div></figure>\n"),
    };
    let sides = match &pair.kind {
        PairKind::Changed(both, areas) => {
            let [before, after] = &**both;
            side(w.before, Some(before), areas, "") + &side(w.after, Some(after), areas, "")
        }
        PairKind::Added(after) => side(w.before, None, &[], w.no_such_page) + &side(w.after, Some(after), &[], ""),
        PairKind::Removed(before) => side(w.before, Some(before), &[], "") + &side(w.after, None, &[], w.no_such_page),
        PairKind::NoRoom | PairKind::NotDrawn => String::new(),
    };
    if !sides.is_empty() {
        let class = if pair.permitted { "pair permitted" } else { "pair" };
        let _ = write!(html, "<div class=\"{class}\">\n{sides}</div>\n");
    }
    html
}

/// A frame, a little outside of what it marks.
fn outline(area: &Area) -> String {
    let (x, y) = (area.left.saturating_sub(3), area.top.saturating_sub(3));
    let (width, height) =
        (area.right.saturating_sub(x).saturating_add(3), area.bottom.saturating_sub(y).saturating_add(3));
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>")
}
