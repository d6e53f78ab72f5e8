//! The typeface of what is drawn here: Liberation Serif, metric-compatible with Times New Roman, with all letters of
//! Vietnamese. Measuring and breaking lines; what is measured is what is drawn.

use super::unhinted::unhinted;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _, charmap::Charmap};
use std::sync::LazyLock;

pub use crate::pdf::typeface::Face;

struct Loaded {
    font: Option<Font>,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// Parsed once, when something is drawn first.
static FACES: LazyLock<[Option<Loaded>; 3]> =
    LazyLock::new(|| [load(Face::Regular.bytes()), load(Face::Bold.bytes()), load(Face::Italic.bytes())]);

fn load(bytes: &'static [u8]) -> Option<Loaded> {
    let font = FontRef::new(bytes).ok()?;
    Some(Loaded {
        font: Font::new(unhinted(bytes)?.into(), 0),
        charmap: font.charmap(),
        metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
        units_per_em: f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em),
    })
}

impl Face {
    fn loaded(self) -> Option<&'static Loaded> {
        let [regular, bold, italic] = &*FACES;
        match self {
            Self::Regular => regular.as_ref(),
            Self::Bold => bold.as_ref(),
            Self::Italic => italic.as_ref(),
        }
    }

    /// The font for drawing.
    pub fn font(self) -> Option<Font> {
        self.loaded()?.font.clone()
    }

    /// The glyphs of a text, one a character: the text is in normal form C and Vietnamese needs no more.
    pub fn glyphs(self, text: &str) -> Vec<KrillaGlyph> {
        let Some(loaded) = self.loaded() else { return Vec::new() };
        text.char_indices()
            .filter_map(|(at, c)| {
                let glyph = loaded.charmap.map(c)?;
                let advance = loaded.metrics.advance_width(glyph)? / loaded.units_per_em;
                let id = GlyphId::new(glyph.to_u32());
                Some(KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None))
            })
            .collect()
    }

    /// The width of a text in points at a size in points.
    pub fn width(self, text: &str, size: f32) -> f32 {
        let Some(loaded) = self.loaded() else { return 0.0 };
        let advance = |c| loaded.charmap.map(c).and_then(|g| loaded.metrics.advance_width(g)).unwrap_or_default();
        text.chars().map(advance).sum::<f32>() / loaded.units_per_em * size
    }

    /// Breaks a text into lines no wider than `width` points: at spaces, and within a word only where it is
    /// wider than a line.
    pub fn lines(self, text: &str, size: f32, width: f32) -> Vec<String> {
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
        let space = self.width(" ", size);
        for word in text.split_whitespace() {
            let own = self.width(word, size);
            let joined = if line.is_empty() { own } else { used + space + own };
            if joined <= width {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                used = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            used = 0.0;
            for c in word.chars() {
                let own = self.width(c.encode_utf8(&mut [0; 4]), size);
                if used + own > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(c);
                used += own;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// Whether a character shows on paper: all faces have a glyph, and it is no control, no invisible format
/// character and none that changes the direction of text.
pub fn is_printable(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    let shows = |face: Face| face.loaded().and_then(|f| f.charmap.map(c)).is_some_and(|glyph| glyph.to_u32() != 0);
    !c.is_control() && !invisible && [Face::Regular, Face::Bold, Face::Italic].into_iter().all(shows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn every_vietnamese_letter_has_a_glyph_in_each_face() {
        let mut letters = String::from("0123456789₫đĐ.,;:-–—/()\"'“”…×%@#&+=*_[]");
        letters.extend(('a'..='z').chain('A'..='Z'));
        for base in ["a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"] {
            for tone in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                for letter in [base.to_owned(), base.to_uppercase()] {
                    let composed: String = format!("{letter}{tone}").nfc().collect();
                    assert_eq!(composed.chars().count(), 1, "{composed}");
                    letters.push_str(&composed);
                }
            }
        }
        for c in letters.chars() {
            assert!(is_printable(c), "{c} U+{:04X}", u32::from(c));
        }
        assert_eq!(Face::Regular.glyphs(&letters).len(), letters.chars().count());
    }

    #[test]
    fn lines_are_never_wider_than_asked_and_lose_nothing() {
        let text = "Ủy ban nhân dân phường Trần Hưng Đạo Nguyễnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn x";
        let lines = Face::Bold.lines(text, 10.0, 80.0);
        assert!(lines.len() > 4);
        assert!(lines.iter().all(|l| Face::Bold.width(l, 10.0) <= 80.0));
        let join = |t: &str| t.split_whitespace().collect::<String>();
        assert_eq!(join(&lines.concat()), join(text));
    }
}
