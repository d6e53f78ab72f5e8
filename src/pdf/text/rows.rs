//! Glyphs put together as words and rows.

use super::{Glyph, Row, Word};
use unicode_normalization::UnicodeNormalization as _;

/// Points by which letters of one row may stand higher or lower, and the same in ems.
const UNEVEN: (f64, f64) = (2.0, 0.2);
/// Ems between letters of different words.
const SPACE: f64 = 0.17;
/// Leaders so many in a row are a blank to be filled in.
const LEADERS: usize = 3;

/// Rows from top to bottom, words from left to right.
pub fn rows(mut glyphs: Vec<Glyph>) -> Vec<Row> {
    glyphs.sort_by(|a, b| b.baseline.total_cmp(&a.baseline));
    let mut rows = Vec::new();
    let mut row: Vec<Glyph> = Vec::new();
    for glyph in glyphs {
        let even = row
            .first()
            .is_none_or(|first| first.baseline - glyph.baseline <= UNEVEN.0.min(UNEVEN.1 * first.size.min(glyph.size)));
        if !even {
            rows.extend(words(std::mem::take(&mut row)));
        }
        row.push(glyph);
    }
    rows.extend(words(row));
    rows
}

fn is_space(glyph: &Glyph) -> bool {
    glyph.text.chars().all(char::is_whitespace)
}

/// How many leaders a glyph is.
fn leaders(glyph: &Glyph) -> usize {
    match glyph.text.as_str() {
        "." | "_" | "·" => 1,
        "‥" => 2,
        "…" => LEADERS,
        _ => 0,
    }
}

fn words(mut glyphs: Vec<Glyph>) -> Option<Row> {
    glyphs.sort_by(|a, b| a.left.total_cmp(&b.left));
    // letters are printed twice to look bold
    glyphs.dedup_by(|b, a| a.text == b.text && b.left - a.left < 0.1 * a.size);
    let mut words: Vec<Word> = Vec::new();
    let mut ended = true;
    let mut rest = glyphs.as_slice();
    while let Some((glyph, behind)) = rest.split_first() {
        let run = rest.iter().take_while(|g| leaders(g) > 0).count();
        let (filled, after) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        if filled.iter().map(leaders).sum::<usize>() >= LEADERS {
            ended = true;
            rest = after;
            continue;
        }
        rest = behind;
        if is_space(glyph) {
            ended = true;
            continue;
        }
        match words.last_mut().filter(|word| !ended && glyph.left - word.right < SPACE * glyph.size.min(word.size)) {
            Some(word) => {
                word.text.push_str(&glyph.text);
                word.right = word.right.max(glyph.right);
            }
            None => words.push(Word {
                text: glyph.text.clone(),
                left: glyph.left,
                right: glyph.right,
                baseline: glyph.baseline,
                size: glyph.size,
                bold: glyph.bold,
                italic: glyph.italic,
            }),
        }
        ended = false;
    }
    for word in &mut words {
        word.text = word.text.nfc().collect();
    }
    (!words.is_empty()).then_some(Row { words })
}
