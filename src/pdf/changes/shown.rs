//! Whether the appearance of a field that was filled shows the field's value and nothing else (12.7.4.3): text, a frame and a
//! background, no image, no drawing, and, where its letters can be told, those of the value.

use super::compare::{Step, inherited};
use super::drawn::Drawn;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream, decode_text};
use crate::pdf::parser::is_space;

/// Appearances of one field that are looked at.
const MOST_STATES: usize = 64;
/// Straight lines of a frame.
const MOST_LINES: usize = 64;
/// A choice field that is a combo box (table 233), a text field of separate cells, and one for a password (table 231).
const COMBO: i64 = 1 << 17;
const PASSWORD: i64 = 1 << 13;

/// The appearances of the newer field show no more than its value.
pub fn shows_only_value(step: &Step<'_>, id: ObjectId) -> bool {
    let judged = || -> Option<bool> {
        let field = step.new.get(id).ok()?;
        let field = field.as_dictionary()?;
        let appearances = step.new.value(field, b"AP").ok()?;
        let Object::Dictionary(appearances) = &*appearances else { return Some(true) };
        let mut all = Vec::new();
        for key in [b"N".as_slice(), b"R", b"D"] {
            let Some(entry) = appearances.get(key) else { continue };
            match &*step.new.resolve(entry).ok()? {
                Object::Dictionary(states) => all.extend(states.iter().take(MOST_STATES).map(|(_, s)| s.clone())),
                _ => all.push(entry.clone()),
            }
        }
        Some(all.iter().all(|entry| is_plain(step, field, entry)))
    };
    judged().unwrap_or(false)
}

fn is_plain(step: &Step<'_>, field: &Dictionary, entry: &Object) -> bool {
    let judged = || -> Option<bool> {
        let appearance = step.new.resolve(entry).ok()?;
        let Object::Stream(stream) = &*appearance else { return Some(appearance.is_null()) };
        let data = step.new.stream_data(entry.as_reference()?, stream).ok()?;
        let drawn = Drawn::read(&data, step.new.limits());
        let is_button = inherited(step.new, field, b"FT").as_name() == Some(b"Btn");
        let only_text = drawn.objects.is_empty() && drawn.images == 0 && !drawn.cut;
        if !only_text || !is_button && (drawn.curves > 0 || drawn.lines > MOST_LINES) {
            return Some(false);
        }
        let fonts = fonts(step, stream);
        let mut known = true;
        for (_, name) in &drawn.text {
            match kind_of_font(step, &fonts, name) {
                Font::Drawn => return Some(false),
                Font::Letters => {}
                Font::Unknown => known = false,
            }
        }
        let wanted = if known { wanted(step, field) } else { None };
        Some(wanted.is_none_or(|value| value == drawn.characters()))
    };
    judged().unwrap_or(false)
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

fn kind_of_font(step: &Step<'_>, fonts: &[Dictionary], name: &[u8]) -> Font {
    let Some(font) = fonts.iter().find_map(|f| f.get(name)).and_then(|f| step.new.resolve(f).ok()) else {
        return Font::Unknown;
    };
    let Some(font) = font.as_dictionary() else { return Font::Unknown };
    let encoding = step.new.value(font, b"Encoding").ok();
    match font.get(b"Subtype").and_then(Object::as_name) {
        Some(b"Type3") => Font::Drawn,
        Some(b"Type1" | b"TrueType" | b"MMType1")
            if matches!(encoding.as_deref(), Some(Object::Null | Object::Name(_))) =>
        {
            Font::Letters
        }
        _ => Font::Unknown,
    }
}
