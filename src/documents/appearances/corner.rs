//! Text at the top right of the first page, without an image: attachments in files of their own, and copies (Nghị định 30/2020/NĐ-CP,
//! Appendix I): upright, size 10, black, with the time of signing by ISO 8601.

use super::{Place, Placed, around, not_found, page_text};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::pdf::appearance::{Visible, Written};
use crate::pdf::document::Document;
use crate::pdf::text::{PageText, Word};
use crate::pdf::typeface::{Face, Letters};
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};
use unicode_normalization::UnicodeNormalization as _;

const SIZE: f64 = 10.0;
const LEADING: f64 = 11.5;
/// Points of a line at most.
const WIDEST: f64 = 220.0;
/// Points from the right edge: the margin of the decree.
const RIGHT: f64 = 42.5;
/// Points from the upper edge, where there is room, and at least.
const TOP: f64 = 20.0;
const LEAST_TOP: f64 = 8.0;
/// Lines at most.
const MOST_LINES: usize = 6;

const TO_THE_SECOND: EncodedConfig =
    Config::DEFAULT.set_time_precision(TimePrecision::Second { decimal_digits: None }).encode();

/// Places texts, each on lines of its own, and the time under them.
pub fn place(doc: &Document, texts: &[&str], time: OffsetDateTime, by_hand: Option<&Place>) -> Result<Placed> {
    let unprintable = |why: String| Error::new(Kind::Usage, "place.text", "the text of the signature", why);
    let time = time.format(&Iso8601::<TO_THE_SECOND>).map_err(|error| unprintable(error.to_string()))?;
    let face = Face::Regular;
    let letters = face.letters().ok_or_else(|| unprintable("the typeface cannot be read".to_owned()))?;
    let place = by_hand.copied();
    let widest = place.map_or(WIDEST, |Place { rect: [.., width, _], .. }| width);
    let mut lines = Vec::new();
    for text in texts.iter().chain([&time.as_str()]) {
        let text: String = text.nfc().collect();
        if text.trim().is_empty() {
            return Err(unprintable("it is empty".to_owned()));
        }
        lines.extend(broken(&text, &letters, widest / SIZE));
    }
    if lines.len() > MOST_LINES {
        return Err(unprintable(format!("it takes more than {MOST_LINES} lines")));
    }
    let longest = lines.iter().map(|line| letters.width(line)).fold(0.0, f64::max);
    let count = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
    let page = place.map_or(0, |place| place.page);
    let (size, right, top) = match place {
        Some(Place { rect: [x, y, width, height], .. }) => {
            let size = SIZE.min(width / longest.max(0.01)).min(height / count / LEADING * SIZE);
            (size, x + width, y + height)
        }
        None => {
            let text = page_text(doc, page)?;
            let [width, height] = text.size;
            let right = width - RIGHT;
            let lowest = top_of_text(&text, right - longest * SIZE - 4.0);
            let top = (height - TOP).max(lowest + count * LEADING + 2.0);
            if top > height - LEAST_TOP {
                let (free, needed) = (height - LEAST_TOP - lowest, count * LEADING);
                let why = both!(
                    "góc trên bên phải trang còn trống {free:.0} điểm, cần {needed:.0}",
                    "the page has {free:.0} points free at its top right, and {needed:.0} are needed"
                );
                return Err(not_found("place.corner", why));
            }
            (SIZE, right, top)
        }
    };
    let [ascent, _] = letters.ascent_and_descent();
    let mut baseline = top - ascent * size;
    let mut written = Vec::new();
    for line in lines {
        let left = right - letters.width(&line) * size;
        written.push(Written { text: line, left, baseline, size, face });
        baseline -= LEADING / SIZE * size;
    }
    let visible = Visible { written, ..Visible::new(page, [0.0; 4]) };
    let rect = around(&visible.written);
    Ok(Placed { visible: Visible { rect, ..visible }, found: Vec::new(), warnings: Vec::new() })
}

/// How high the page's own text reaches, right of this.
fn top_of_text(text: &PageText, left: f64) -> f64 {
    let words = text.rows.iter().flat_map(|row| &row.words).filter(|word| word.right > left);
    words.map(|Word { baseline, size, .. }| baseline + 0.8 * size).fold(0.0, f64::max)
}

/// Lines that are no longer than this many ems, broken at spaces.
fn broken(text: &str, letters: &Letters, longest: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| letters.width(&format!("{line} {word}")) <= longest) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
