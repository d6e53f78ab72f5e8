//! A certificate of validation: one page, in Vietnamese and English, that says what was found in a file.

use crate::digest::DigestAlgorithm;
use crate::digest::Hasher;
use crate::drawing::fonts::{Face, is_printable};
use crate::drawing::{Ink, Mark, add_page, date_time};
use crate::error::{Error, Kind, Result};
use crate::indication::Indication;
use crate::messages::{self, Language, Words, moment_of, reason, words};
use crate::pdf::source::Source;
use crate::validation::report::{ChangeReport, Report, SignatureReport, SignatureType, Verdict};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::metadata::Metadata;
use krilla::{Document, SerializeSettings};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization as _;

/// A4 upright.
const PAGE: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 56.0;
const WIDTH: f32 = PAGE.0 - 2.0 * LEFT;
const BOTTOM: f32 = PAGE.1 - 120.0;
const SIZE: f32 = 10.0;
const SMALL: f32 = 8.5;
const LEADING: f32 = 1.32;
/// Where values begin.
const COLUMN: f32 = 190.0;
/// Signatures that are told in full; of more than that each is told in brief.
const MOST_IN_FULL: usize = 2;
/// Room that one takes.
const FULL: f32 = 190.0;
const BRIEF: f32 = 40.0;
/// Changes of one that are told, and the room that each takes.
const MOST_CHANGES: usize = 2;
const CHANGE: f32 = 30.0;
/// Lines of one value.
const MOST_LINES: usize = 3;
/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

/// Draws the certificate of a report over this file, made as of a time. `signed` says whether the certificate itself will be
/// signed.
pub fn draw(report: &Report, file: &dyn Source, at: OffsetDateTime, signed: bool) -> Result<Vec<u8>> {
    let failed = |why: String| Error::new(Kind::Bug, "certificate.pdf", "the certificate of validation", why);
    let digest = digest(file).map_err(|e| {
        Error::new(Kind::BadInput, "verify.unreadable", &report.file, format!("it cannot be read: {e}"))
    })?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|_| failed("PDF/A-3b is not to be had".to_owned()))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let created = date_time(at);
    let at = messages::at(at);
    let mut page = Page { marks: Vec::new(), y: 60.0 };
    page.fill(report, &digest, &at, signed);
    add_page(&mut document, PAGE, &page.marks).ok_or_else(|| failed("page size".to_owned()))?;
    let title = format!("{} / {}", VI.certificate_title, EN.certificate_title);
    let metadata = Metadata::new().title(title).creator("Dauson".to_owned()).producer("Dauson".to_owned());
    let metadata = metadata.language("vi".to_owned()).document_id(format!("{digest} {at}"));
    document.set_metadata(metadata.creation_date(created));
    document.finish().map_err(|e| failed(format!("{e:?}")))
}

static VI: &Words = words(Language::Vi);
static EN: &Words = words(Language::En);

fn digest(file: &dyn Source) -> std::io::Result<String> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut position = 0;
    while position < file.len() {
        let block = file.read_up_to(position, BLOCK)?;
        if block.is_empty() {
            break;
        }
        hasher.update(&block);
        position = position.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
    }
    Ok(hex::encode(hasher.finish()))
}

/// Face, size and colour of a text.
#[derive(Clone, Copy)]
struct Style(Face, f32, Ink);

struct Page {
    marks: Vec<Mark>,
    y: f32,
}

impl Page {
    fn text(&mut self, x: f32, Style(face, size, ink): Style, text: &str) {
        // what a file says of itself may have anything in it
        let text = text.nfc().map(|c| if is_printable(c) { c } else { ' ' }).collect();
        self.marks.push(Mark::Text { x, y: self.y + size, face, size, ink, text });
    }

    /// Lines below each other, not more than so many.
    fn lines(&mut self, x: f32, width: f32, style: Style, text: &str, most: usize) {
        let Style(face, size, _) = style;
        let mut lines = face.lines(text, size, width);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.pop();
                last.push('…');
            }
        }
        for line in lines {
            self.text(x, style, &line);
            self.y += size * LEADING;
        }
    }

    fn centred(&mut self, face: Face, size: f32, ink: Ink, text: &str) {
        let x = LEFT + (WIDTH - face.width(text, size)) / 2.0;
        self.text(x, Style(face, size, ink), text);
        self.y += size * LEADING;
    }

    /// `Nhãn / Label`, and beside it the value, and perhaps a smaller one below that.
    fn fact(&mut self, labels: (&str, &str), ink: Ink, value: &str, below: &str) {
        let top = self.y;
        self.lines(LEFT, COLUMN - LEFT - 8.0, Style(Face::Regular, SIZE, Ink::Black), labels.0, 2);
        self.lines(LEFT, COLUMN - LEFT - 8.0, Style(Face::Italic, SMALL - 0.5, Ink::Grey), labels.1, 2);
        let left_end = self.y;
        self.y = top;
        self.lines(COLUMN, LEFT + WIDTH - COLUMN, Style(Face::Bold, SIZE, ink), value, MOST_LINES);
        self.lines(COLUMN, LEFT + WIDTH - COLUMN, Style(Face::Italic, SMALL, Ink::Grey), below, MOST_LINES);
        self.y = self.y.max(left_end) + 2.0;
    }

    fn rule(&mut self) {
        self.marks.push(Mark::Block { at: (LEFT, self.y, WIDTH, 0.6), ink: Ink::Vermilion });
        self.y += 8.0;
    }

    fn fill(&mut self, report: &Report, digest: &str, at: &str, signed: bool) {
        self.centred(Face::Bold, 17.0, Ink::Vermilion, &VI.certificate_title.to_uppercase());
        self.centred(Face::Italic, 12.0, Ink::Grey, EN.certificate_title);
        self.y += 8.0;
        self.rule();
        let (vi, en) = (report.in_words(VI), report.in_words(EN));
        let ink = match report.verdict {
            Verdict::Passed => Ink::Green,
            Verdict::Failed => Ink::Vermilion,
            Verdict::Indeterminate | Verdict::NoSignature => Ink::Amber,
        };
        self.centred(Face::Bold, 15.0, ink, &vi.0.to_uppercase());
        self.centred(Face::Italic, 11.0, ink, en.0);
        self.y += 4.0;
        self.centred(Face::Regular, SIZE, Ink::Black, vi.1);
        self.centred(Face::Italic, SMALL, Ink::Grey, en.1);
        self.y += 8.0;
        self.rule();
        self.fact((VI.file, EN.file), Ink::Black, &report.file, "");
        self.fact((VI.sha256, EN.sha256), Ink::Black, digest, "");
        self.fact((VI.checked_at, EN.checked_at), Ink::Black, &moment_of(at), "");
        let mut left = report.signatures.len();
        let brief = left > MOST_IN_FULL;
        for (number, signature) in (1_u32..).zip(&report.signatures) {
            if self.y + if brief { BRIEF } else { full(signature) } > BOTTOM {
                break;
            }
            if brief {
                self.brief(number, signature);
            } else {
                self.y += 4.0;
                self.rule();
                self.signature(number, signature);
            }
            left = left.saturating_sub(1);
        }
        if left > 0 {
            self.fact((VI.more_signatures, EN.more_signatures), Ink::Amber, &left.to_string(), "");
        }
        self.y = self.y.max(PAGE.1 - 96.0);
        self.rule();
        for (vietnamese, english) in [(VI.by_standard, EN.by_standard), (VI.not_signed_itself, EN.not_signed_itself)]
            .iter()
            .take(if signed { 1 } else { 2 })
        {
            self.lines(LEFT, WIDTH, Style(Face::Regular, SMALL, Ink::Black), vietnamese, 2);
            self.lines(LEFT, WIDTH, Style(Face::Italic, SMALL - 0.5, Ink::Grey), english, 2);
        }
        for (inset, weight) in [(24.0, 1.2), (28.0, 0.4)] {
            let at = (inset, inset, PAGE.0 - 2.0 * inset, PAGE.1 - 2.0 * inset);
            self.marks.push(Mark::Frame { at, weight, ink: Ink::Vermilion });
        }
    }

    /// Number, verdict and whose it is.
    fn headline(&mut self, number: u32, signature: &SignatureReport, value: &str, below: &str) {
        let kind: fn(&Words) -> &'static str = match signature.kind {
            SignatureType::Signature => |w| w.signature,
            SignatureType::DocumentTimestamp => |w| w.timestamp,
        };
        let (vi, en) = (format!("{} {number}", kind(VI)), format!("{} {number}", kind(EN)));
        self.fact((&vi, &en), ink(signature.indication), value, below);
    }

    /// A signature among many: two lines.
    fn brief(&mut self, number: u32, signature: &SignatureReport) {
        let proven = signature.best_signature_time.as_deref().map_or_else(|| both(|w| w.not_proven), moment_of);
        let below = format!("{}. {}: {proven}", who(signature), both(|w| w.proven_time));
        self.headline(number, signature, &result(signature), &below);
    }

    fn signature(&mut self, number: u32, signature: &SignatureReport) {
        self.headline(number, signature, &result(signature), "");
        self.fact((VI.signer, EN.signer), Ink::Black, &who(signature), "");
        let claimed = signature.signing_time.as_deref().map_or_else(|| both(|w| w.not_said), moment_of);
        self.fact((VI.claimed_time, EN.claimed_time), Ink::Black, &claimed, "");
        let proven = signature.best_signature_time.as_deref().map_or_else(|| both(|w| w.not_proven), moment_of);
        self.fact((VI.proven_time, EN.proven_time), Ink::Black, &proven, "");
        self.fact((VI.content, EN.content), Ink::Black, &both(|w| signature.integrity.in_words(w)), "");
        let changes = [VI, EN].map(|w| signature.changes_in_words(w));
        self.fact((VI.changes, EN.changes), Ink::Black, changes[0], changes[1]);
        for change in seen(signature) {
            self.fact((VI.later, EN.later), Ink::Black, &change.said.vi, &change.said.en);
        }
        if let Some(code) = signature.sub_indication {
            let (vi, en) = (reason(Language::Vi, code), reason(Language::En, code));
            self.fact((VI.reasons, EN.reasons), ink(signature.indication), vi, en);
        }
    }
}

/// What a reader sees that was not signed.
fn seen(signature: &SignatureReport) -> impl Iterator<Item = &ChangeReport> {
    signature.changes.iter().filter(|change| change.visible).take(MOST_CHANGES)
}

/// The room of a signature with all that is said of it.
fn full(signature: &SignatureReport) -> f32 {
    FULL + seen(signature).map(|_| CHANGE).sum::<f32>()
}

fn both(pick: impl Fn(&Words) -> &'static str) -> String {
    format!("{} / {}", pick(VI), pick(EN))
}

const fn ink(indication: Indication) -> Ink {
    match indication {
        Indication::Passed => Ink::Green,
        Indication::Failed => Ink::Vermilion,
        Indication::Indeterminate => Ink::Amber,
    }
}

fn result(signature: &SignatureReport) -> String {
    let code = signature.sub_indication.map(|c| format!(" ({c})")).unwrap_or_default();
    format!("{}{code}", both(|w| signature.indication.in_words(w)))
}

fn who(signature: &SignatureReport) -> String {
    let Some(signer) = &signature.signer else { return both(|w| w.unknown_signer) };
    let names = [&signer.common_name, &signer.organization, &signer.tax_code];
    let mut names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    names.dedup();
    if names.is_empty() { both(|w| w.unknown_signer) } else { names.join(", ") }
}
