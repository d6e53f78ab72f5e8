//! Whether the appearance of a field that was filled shows the field's value and nothing else (12.7.4.3): text, a frame and a
//! background, no image, no drawing, and, where its letters can be told, those of the value. Fonts that were brought along, buttons and
//! text that is hidden, turned or out of order cannot be told without looking: that is said.

use super::compare::{Step, inherited};
use super::drawn::{Drawn, Run};
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream, decode_text};
use crate::pdf::parser::is_space;

/// Appearances of one field that are looked at.
const MOST_STATES: usize = 64;
/// Straight lines of a frame.
const MOST_LINES: usize = 64;
/// A choice field that is a combo box (table 233), a text field of separate cells, and one for a password (table 231).
const COMBO: i64 = 1 << 17;
const PASSWORD: i64 = 1 << 13;

/// What the appearances of a field show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// Its value and nothing else.
    Value,
    /// What they show cannot be told without looking at them.
    Untold,
    /// Something else.
    Other,
}

/// What the appearances of the newer field show.
pub fn shown(step: &Step<'_>, id: ObjectId) -> Shown {
    let judged = || -> Option<Shown> {
        let field = step.new.get(id).ok()?;
        let field = field.as_dictionary()?;
        let appearances = step.new.value(field, b"AP").ok()?;
        let Object::Dictionary(appearances) = &*appearances else { return Some(Shown::Value) };
        let mut all = Vec::new();
        for key in [b"N".as_slice(), b"R", b"D"] {
            let Some(entry) = appearances.get(key) else { continue };
            match &*step.new.resolve(entry).ok()? {
                Object::Dictionary(states) => all.extend(states.iter().take(MOST_STATES).map(|(_, s)| s.clone())),
                _ => all.push(entry.clone()),
            }
        }
        Some(all.iter().map(|entry| shown_by(step, field, entry).unwrap_or(Shown::Other)).max().unwrap_or(Shown::Value))
    };
    judged().unwrap_or(Shown::Other)
}

/// What one appearance shows; `None` if it cannot be read.
fn shown_by(step: &Step<'_>, field: &Dictionary, entry: &Object) -> Option<Shown> {
    let appearance = step.new.resolve(entry).ok()?;
    let Object::Stream(stream) = &*appearance else {
        return Some(if appearance.is_null() { Shown::Value } else { Shown::Other });
    };
    let data = step.new.stream_data(entry.as_reference()?, stream).ok()?;
    let drawn = Drawn::read(&data, step.new.limits());
    let is_button = inherited(step.new, field, b"FT").as_name() == Some(b"Btn");
    let only_text = drawn.objects.is_empty() && drawn.images == 0 && !drawn.cut;
    if !only_text || !is_button && (drawn.curves > 0 || drawn.lines > MOST_LINES) {
        return Some(Shown::Other);
    }
    let fonts = fonts(step, stream);
    let mut known = !is_button;
    for (text, name) in &drawn.text {
        match kind_of_font(step, &fonts, name, text) {
            Font::Drawn => return Some(Shown::Other),
            Font::Letters => {}
            Font::Unknown => known = false,
        }
    }
    let wanted = if known { wanted(step, field) } else { None };
    Some(match wanted {
        Some(value) if value != drawn.characters() => Shown::Other,
        Some(_) if !drawn.is_odd && is_in_sight(step, stream, &drawn) => Shown::Value,
        // an empty value is shown by nothing
        None if drawn.text.is_empty() && drawn.shapes == 0 => Shown::Value,
        _ => Shown::Untold,
    })
}

/// All of the text stands within the appearance's box and what it is clipped to, and the appearance is neither turned nor in a layer.
fn is_in_sight(step: &Step<'_>, stream: &Stream, drawn: &Drawn) -> bool {
    let numbers = |key: &[u8]| -> Option<Vec<f64>> {
        let value = step.new.value(&stream.dictionary, key).ok()?;
        value.as_array()?.iter().map(|o| step.new.resolve(o).ok()?.as_f64()).collect()
    };
    let Some([left, bottom, right, top]) = numbers(b"BBox").and_then(|all| <[f64; 4]>::try_from(all).ok()) else {
        return false;
    };
    let seen = [Some([left, bottom, right, top]), drawn.clip];
    let is_seen = |run: &Run| seen.iter().flatten().all(|part| run.is_within(*part));
    let upright = numbers(b"Matrix").is_none_or(|matrix| matrix.get(..4) == Some(&[1.0, 0.0, 0.0, 1.0]));
    upright && !stream.dictionary.contains(b"OC") && drawn.runs.iter().all(is_seen)
}

/// The letters that the value of a text field or combo box has, if they have to be seen as they are.
fn wanted(step: &Step<'_>, field: &Dictionary) -> Option<Vec<u8>> {
    let flags = inherited(step.new, field, b"Ff").as_integer().unwrap_or_default();
    let kind = inherited(step.new, field, b"FT");
    let shows = match kind.as_name()? {
        b"Tx" => flags & PASSWORD == 0,
        b"Ch" => flags & COMBO != 0,
        _ => false,
    };
    // a script of the signed document may write the value otherwise
    let actions = inherited(step.new, field, b"AA");
    if !shows || actions.as_dictionary().is_some_and(|a| a.contains(b"F")) {
        return None;
    }
    let value = inherited(step.new, field, b"V");
    let text = match &*value {
        Object::String(s) => decode_text(&s.bytes),
        Object::Null => String::new(),
        _ => return None,
    };
    let shown = displayed(step, field, &text).unwrap_or(text);
    // beyond Latin-1, fonts differ in what they call a letter
    let latin: Option<Vec<u8>> = shown.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    latin.filter(|bytes| bytes.is_ascii()).map(|bytes| bytes.into_iter().filter(|b| !is_space(*b)).collect())
}

/// What a combo box shows for an exported value (12.7.5.4).
fn displayed(step: &Step<'_>, field: &Dictionary, value: &str) -> Option<String> {
    let options = inherited(step.new, field, b"Opt");
    options.as_array()?.iter().find_map(|option| {
        let option = step.new.resolve(option).ok()?;
        let [exported, shown] = option.as_array()? else { return None };
        let text = |o: &Object| step.new.resolve(o).ok()?.as_string().map(decode_text);
        (text(exported)? == value).then(|| text(shown)).flatten()
    })
}

enum Font {
    /// A letter is drawn by a content stream of its own (Type 3): anything.
    Drawn,
    /// A byte is a letter of Latin-1, as far as it is ASCII.
    Letters,
    /// Its letters cannot be told.
    Unknown,
}

fn fonts(step: &Step<'_>, stream: &Stream) -> Vec<Dictionary> {
    let of = |resources: &Dictionary| {
        let fonts = step.new.value(resources, b"Font").ok()?;
        fonts.as_dictionary().cloned()
    };
    let own = || {
        let resources = step.new.value(&stream.dictionary, b"Resources").ok()?;
        of(resources.as_dictionary()?)
    };
    let form = || {
        let form = step.new.acro_form().ok()??;
        let resources = step.new.value(&form.dictionary, b"DR").ok()?;
        of(resources.as_dictionary()?)
    };
    [own(), form()].into_iter().flatten().collect()
}

/// What the letters of a font are, as far as this text has them.
fn kind_of_font(step: &Step<'_>, fonts: &[Dictionary], name: &[u8], text: &[u8]) -> Font {
    let Some(entry) = fonts.iter().find_map(|f| f.get(name)) else { return Font::Unknown };
    let Ok(font) = step.new.resolve(entry) else { return Font::Unknown };
    let Some(font) = font.as_dictionary() else { return Font::Unknown };
    match font.get(b"Subtype").and_then(Object::as_name) {
        Some(b"Type3") => return Font::Drawn,
        Some(b"Type1" | b"TrueType" | b"MMType1") => {}
        _ => return Font::Unknown,
    }
    // letters that somebody brought after signing, or that are signs, may look like anything
    let named = |word: &[u8]| {
        let base = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
        base.windows(word.len()).any(|part| part == word)
    };
    if named(b"Dingbats") || named(b"Symbol") || (font.contains(b"FontDescriptor") && step.is_new(entry)) {
        return Font::Unknown;
    }
    let Ok(encoding) = step.new.value(font, b"Encoding") else { return Font::Unknown };
    match &*encoding {
        Object::Null | Object::Name(_) => Font::Letters,
        Object::Dictionary(encoding) if spells(step, encoding, text) => Font::Letters,
        _ => Font::Unknown,
    }
}

/// Whether an encoding's differences (table 112) leave the ASCII letters of a text what they are.
fn spells(step: &Step<'_>, encoding: &Dictionary, text: &[u8]) -> bool {
    let Ok(differences) = step.new.value(encoding, b"Differences") else { return false };
    let mut code = 0_i64;
    differences.as_array().unwrap_or_default().iter().all(|entry| match entry {
        Object::Integer(first) => {
            code = *first;
            true
        }
        Object::Name(glyph) => {
            let byte = u8::try_from(code).ok();
            code = code.saturating_add(1);
            byte.is_none_or(|byte| !text.contains(&byte) || glyph_name(byte) == Some(glyph.as_slice()))
        }
        _ => false,
    })
}

/// The name of the glyph that an ASCII letter or digit has in every encoding of Latin letters (Annex D.2).
fn glyph_name(byte: u8) -> Option<&'static [u8]> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const OTHERS: [(u8, &[u8]); 30] = [
        (b'0', b"zero"),
        (b'1', b"one"),
        (b'2', b"two"),
        (b'3', b"three"),
        (b'4', b"four"),
        (b'5', b"five"),
        (b'6', b"six"),
        (b'7', b"seven"),
        (b'8', b"eight"),
        (b'9', b"nine"),
        (b' ', b"space"),
        (b'.', b"period"),
        (b',', b"comma"),
        (b'-', b"hyphen"),
        (b'/', b"slash"),
        (b':', b"colon"),
        (b';', b"semicolon"),
        (b'(', b"parenleft"),
        (b')', b"parenright"),
        (b'+', b"plus"),
        (b'=', b"equal"),
        (b'%', b"percent"),
        (b'&', b"ampersand"),
        (b'@', b"at"),
        (b'#', b"numbersign"),
        (b'*', b"asterisk"),
        (b'!', b"exclam"),
        (b'?', b"question"),
        (b'_', b"underscore"),
        (b'"', b"quotedbl"),
    ];
    if let Some(at) = LETTERS.iter().position(|letter| *letter == byte) {
        return LETTERS.get(at..at.saturating_add(1));
    }
    OTHERS.iter().find(|(other, _)| *other == byte).map(|(_, name)| *name)
}
