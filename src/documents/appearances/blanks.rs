//! The blanks in the head of the first page, `Số:      /QĐ-UBND` and `…, ngày    tháng    năm 2026`, filled in on the page's own baseline in its
//! own size. Numbers below 10, days below 10 and the months 1 and 2 have a 0 before them (Appendix I of the decree).

use super::{Place, Placed, around, by_hand_wrong, not_found, page_text};
use crate::error::Result;
use crate::messages::{Text, both};
use crate::pdf::appearance::{Visible, Written};
use crate::pdf::document::Document;
use crate::pdf::text::{PageText, Row, Word};
use crate::pdf::typeface::Face;
use time::Date;

/// The head is above this part of the page's height.
const HEAD: f64 = 0.55;
/// Points that a blank is wide at most.
const WIDEST: f64 = 200.0;
/// Of the page's own size so much at least.
const SMALLEST: f64 = 0.6;
/// Size of text in a place that is given by hand, points, where it fits.
const BY_HAND: f64 = 14.0;

/// Something that the clerk fills in.
#[derive(Debug, Clone, Copy)]
struct Blank {
    left: f64,
    right: f64,
    baseline: f64,
    size: f64,
    face: Face,
    /// Flush with what follows; else in the middle.
    flush: bool,
}

/// A blank, or what already stands there.
#[derive(Debug, Clone)]
enum Slot {
    Blank(Blank),
    Filled(String),
}

/// Number, day and month, and the year where that is blank, too.
pub fn place(doc: &Document, number: u32, date: Date, by_hand: &[Place]) -> Result<Placed> {
    let number = format!("{number:02}");
    let (day, month, year) = (date.day(), u8::from(date.month()), date.year());
    let month = if month < 3 { format!("{month:02}") } else { month.to_string() };
    let dated = [format!("{day:02}"), month, year.to_string()];
    let first = by_hand.first().copied();
    if by_hand.iter().any(|place| Some(place.page) != first.map(|p| p.page)) || !matches!(by_hand.len(), 0 | 1 | 3) {
        let why = both!(
            "số văn bản có một vị trí, hoặc ba vị trí trên cùng trang: số, ngày, tháng",
            "of a number one place is given by hand, or three on one page: number, day, month"
        );
        return Err(by_hand_wrong(why));
    }
    let page = first.map_or(0, |place| place.page);
    if let [_, _, _] = by_hand {
        let written = by_hand.iter().zip([&number].into_iter().chain(&dated)).map(|(place, text)| within(*place, text));
        return Ok(placed(page, written.collect::<Result<_>>()?, Vec::new()));
    }
    let text = page_text(doc, page)?;
    let mut found = Vec::new();
    let mut written = Vec::new();
    match first {
        Some(place) => written.push(within(place, &number)?),
        None => {
            let (slot, row) = number_slot(&text)?;
            found.push(row);
            written.extend(fill(&slot, &number, "place.number", &both!("số", "the number"))?);
        }
    }
    let (slots, row) = date_slots(&text)?;
    found.push(row);
    let words = [both!("ngày", "the day"), both!("tháng", "the month"), both!("năm", "the year")];
    for ((slot, text), what) in slots.iter().zip(&dated).zip(words) {
        written.extend(fill(slot, text, "place.date", &what)?);
    }
    if written.is_empty() {
        let why = both!("trang đã có sẵn số và ngày, tháng", "number and date stand on the page already");
        return Err(not_found("place.number", why));
    }
    Ok(placed(page, written, found))
}

fn placed(page: usize, written: Vec<Written>, found: Vec<String>) -> Placed {
    let visible = Visible { written, ..Visible::new(page, [0.0; 4]) };
    let rect = around(&visible.written);
    Placed { visible: Visible { rect, ..visible }, found, warnings: Vec::new() }
}

fn width(face: Face, text: &str) -> f64 {
    face.letters().map_or(0.0, |letters| letters.width(text))
}

/// Writes into a blank; nothing where the same stands there already.
fn fill(slot: &Slot, text: &str, code: &'static str, what: &Text) -> Result<Option<Written>> {
    let blank = match slot {
        Slot::Blank(blank) => blank,
        Slot::Filled(there) if there.trim_start_matches('0') == text.trim_start_matches('0') => return Ok(None),
        Slot::Filled(there) => {
            let (vi, en) = (&what.vi, &what.en);
            let why = both!(
                "{vi} trên trang đã ghi là {there}, không phải {text}",
                "{en} on the page is {there} already, not {text}"
            );
            return Err(not_found(code, why));
        }
    };
    let (room, ems) = (blank.right - blank.left, width(blank.face, text));
    let size = blank.size.min(room / ems.max(0.01));
    if size < SMALLEST * blank.size {
        let needed = ems * blank.size;
        let (vi, en) = (&what.vi, &what.en);
        let why = both!(
            "chỗ trống để ghi {vi} rộng {room:.0} điểm, còn {text} cần {needed:.0}",
            "the blank for {en} is {room:.0} points wide, and {text} needs {needed:.0}"
        );
        return Err(not_found(code, why));
    }
    let spare = room - ems * size;
    let left = blank.left + if blank.flush { spare } else { spare / 2.0 };
    Ok(Some(Written { text: text.to_owned(), left, baseline: blank.baseline, size, face: blank.face }))
}

/// In the middle of a place given by hand.
fn within(place: Place, text: &str) -> Result<Written> {
    let [x, y, wide, high] = place.rect;
    let face = Face::Regular;
    let ems = width(face, text);
    let size = BY_HAND.min(high / 1.15).min(wide / ems.max(0.01));
    if size < 4.0 {
        let why = both!(
            "vị trí cho {text} quá nhỏ: {wide:.0} × {high:.0} điểm",
            "the place for {text} is too small: {wide:.0} × {high:.0} points"
        );
        return Err(by_hand_wrong(why));
    }
    let (left, baseline) = (x + (wide - ems * size) / 2.0, y + (high - 0.66 * size) / 2.0);
    Ok(Written { text: text.to_owned(), left, baseline, size, face })
}

fn blank(before: &Word, right: f64, flush: bool) -> Blank {
    let face = match (before.bold, before.italic) {
        (true, _) => Face::Bold,
        (false, true) => Face::Italic,
        (false, false) => Face::Regular,
    };
    // a hair's breadth from the letters on either side
    let hair = 0.06 * before.size;
    Blank {
        left: before.right + hair,
        right: right - hair / 2.0,
        baseline: before.baseline,
        size: before.size,
        face,
        flush,
    }
}

fn head(text: &PageText) -> impl Iterator<Item = &Row> {
    let [_, height] = text.size;
    text.rows.iter().filter(move |row| row.baseline() > HEAD * height)
}

fn digits(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).collect()
}

/// What stands behind `Số:` at the beginning of a column, before the symbol.
fn number_slot(text: &PageText) -> Result<(Slot, String)> {
    for row in head(text) {
        for (at, word) in row.words.iter().enumerate() {
            let begins = at.checked_sub(1).and_then(|before| row.words.get(before));
            let begins = begins.is_none_or(|before| word.left - before.right > 1.6 * word.size);
            let Some(behind) = word.text.strip_prefix("Số").or_else(|| word.text.strip_prefix("SỐ")).filter(|_| begins)
            else {
                continue;
            };
            let behind = behind.trim_start_matches(':');
            if !behind.is_empty() {
                let there = digits(behind);
                if !there.is_empty() {
                    return Ok((Slot::Filled(there), word.text.clone()));
                }
                continue;
            }
            let mut rest = row.words.get(at.saturating_add(1)..).unwrap_or_default().iter();
            let mut label = word;
            let mut next = rest.next();
            if let Some(colon) = next.filter(|next| next.text == ":") {
                (label, next) = (colon, rest.next());
            }
            let Some(next) = next.filter(|next| next.left - label.right < WIDEST) else { continue };
            let there = digits(&next.text);
            let shown = format!("{} … {}", word.text, next.text);
            if !there.is_empty() {
                return Ok((Slot::Filled(there), shown));
            }
            if next.text.starts_with(['/', '-']) || next.text.contains('-') {
                return Ok((Slot::Blank(blank(label, next.left, true)), shown));
            }
        }
    }
    let why =
        both!("không tìm thấy \"Số:      /…\" ở đầu trang", "no \"Số:      /…\" was found in the head of the page");
    Err(not_found("place.number", why))
}

/// What stands between `ngày`, `tháng` and `năm`, and behind `năm`.
fn date_slots(text: &PageText) -> Result<([Slot; 3], String)> {
    for row in head(text) {
        let find = |word: &str, from: usize| {
            let mut behind = row.words.iter().enumerate().skip(from);
            behind.find(|(_, w)| w.text.to_lowercase() == word).map(|(at, _)| at)
        };
        let Some(day) = find("ngày", 0) else { continue };
        let Some(month) = find("tháng", day) else { continue };
        let Some(year) = find("năm", month) else { continue };
        let slot = |from: usize, to: usize| {
            let words = row.words.get(from..=to).unwrap_or_default();
            match words {
                [before, after] if after.left - before.right < WIDEST => {
                    Some(Slot::Blank(blank(before, after.left, false)))
                }
                [_, between, _] if !digits(&between.text).is_empty() => Some(Slot::Filled(digits(&between.text))),
                _ => None,
            }
        };
        let (Some(first), Some(second)) = (slot(day, month), slot(month, year)) else { continue };
        let last = match (row.words.get(year), row.words.get(year.saturating_add(1))) {
            (_, Some(after)) if digits(&after.text).len() == 4 => Slot::Filled(digits(&after.text)),
            (Some(word), after) => {
                let right = after.map_or(f64::MAX, |after| after.left);
                // four digits and the spaces around them
                let wanted =
                    Blank { left: word.right + 0.25 * word.size, ..blank(word, word.right + 2.4 * word.size, false) };
                Slot::Blank(Blank { right: wanted.right.min(right), ..wanted })
            }
            (None, _) => continue,
        };
        let shown = row.words.get(day..=year).unwrap_or_default().iter().map(|w| w.text.as_str());
        return Ok(([first, second, last], shown.collect::<Vec<_>>().join(" … ")));
    }
    let why = both!(
        "không tìm thấy \"ngày    tháng    năm\" ở đầu trang",
        "no \"ngày    tháng    năm\" was found in the head of the page"
    );
    Err(not_found("place.date", why))
}
