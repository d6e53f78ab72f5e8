//! What a file is now beside what was signed, on a page: the pictures with frames around what differs, and the words about them. The pictures
//! are within the page, so that nobody is asked for them.

use super::html::{escape, fact};
use crate::documents::compare::{Comparison, Pair, PairKind, Shown, Signed};
use crate::messages::{Language, Words, moment_of, reason, words};
use crate::render::Area;
use crate::validation::report::{ChangeReport, Integrity, Report, SignatureReport, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

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

/// All that differs.
pub fn compared(language: Language, report: &Report, comparison: &Comparison) -> String {
    let w = words(language);
    let mut pictures = Pictures::default();
    let mut sections = String::new();
    for signed in &comparison.signed {
        if let Some(report) = report.signatures.get(signed.at) {
            sections += &section(w, language, report, signed, &mut pictures);
        }
    }
    let (legend, notes) = (legend(w, &comparison.signed), notes(w, report, comparison));
    let stored = pictures.html;
    format!(
        "{legend}{sections}{notes}<svg class=\"store\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>
{stored}</defs></svg>
"
    )
}

/// What the colours of the frames mean, of those that are there.
fn legend(w: &Words, signed: &[Signed]) -> String {
    let pairs = || signed.iter().flat_map(|signed| &signed.pages);
    let mut html = String::new();
    for (permitted, class, said) in [(false, "", w.frame_forbidden), (true, " permitted", w.frame_permitted)] {
        if pairs().any(|pair| pair.permitted == permitted && matches!(pair.kind, PairKind::Changed(..))) {
            let frame = "<rect x=\"2\" y=\"2\" width=\"32\" height=\"18\" rx=\"4\"/>";
            let _ = writeln!(
                html,
                "<li class=\"frame{class}\"><svg width=\"36\" height=\"22\" aria-hidden=\"true\">{frame}</svg>{said}</li>"
            );
        }
    }
    if html.is_empty() { html } else { format!("<ul class=\"frames\">\n{html}</ul>\n") }
}

fn notes(w: &Words, report: &Report, comparison: &Comparison) -> String {
    let mut html = String::new();
    if comparison.signed.is_empty() && report.verdict != Verdict::NoSignature {
        let broken = report.signatures.iter().any(|signature| signature.integrity == Integrity::Broken);
        // what was signed cannot be told any more: there is nothing to compare with
        let (class, said) = if broken { ("warn", w.broken) } else { ("calm", w.nothing_changed) };
        let _ = writeln!(html, "<section class=\"card\"><p class=\"{class}\">{said}</p></section>");
    }
    for (count, said) in [(comparison.left_out, w.signatures_left_out), (comparison.not_compared, w.pages_left_out)] {
        if count > 0 {
            let _ = writeln!(html, "<p class=\"warn\">{said} {count}.</p>");
        }
    }
    html
}

/// What came after one signature.
fn section<'a>(
    w: &Words,
    language: Language,
    report: &SignatureReport,
    signed: &'a Signed,
    pictures: &mut Pictures<'a>,
) -> String {
    let signer = report.signer.as_ref().and_then(|s| s.common_name.as_deref()).unwrap_or(w.unknown_signer);
    let time = report.signing_time.as_deref().map(moment_of).unwrap_or_default();
    let mut html = format!(
        "<section class=\"card\"><h2>{} {}: {}</h2>\n<dl>\n{}{}{}</dl>\n",
        w.after_signature,
        signed.at.saturating_add(1),
        escape(signer),
        fact(w.field, &report.field),
        fact(w.claimed_time, &time),
        fact(w.changes, report.changes_in_words(w)),
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
    format!("<p class=\"list\">{}</p>\n<ul>\n{items}</ul>\n", w.found_in_words)
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
