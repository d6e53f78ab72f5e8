//! The typeface of what is written here: Liberation Serif, metric-compatible with Times New Roman, which the decree on clerical work
//! asks for, with all letters of Vietnamese.

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};

/// A face of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// Upright.
    Regular,
    /// Bold.
    Bold,
    /// Italic.
    Italic,
}

impl Face {
    /// The font file.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../assets/fonts/LiberationSerif-Regular.ttf"),
            Self::Bold => include_bytes!("../../assets/fonts/LiberationSerif-Bold.ttf"),
            Self::Italic => include_bytes!("../../assets/fonts/LiberationSerif-Italic.ttf"),
        }
    }

    /// Its letters; `None` only if the file in the program is broken.
    pub fn letters(self) -> Option<Letters> {
        Some(Letters { font: FontRef::new(self.bytes()).ok()? })
    }
}

/// The letters of a face. Lengths are in ems.
#[derive(Clone)]
pub struct Letters {
    font: FontRef<'static>,
}

impl Letters {
    /// The glyph of a character.
    pub fn glyph(&self, character: char) -> Option<GlyphId> {
        self.font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0)
    }

    /// How far a glyph goes.
    pub fn advance(&self, glyph: GlyphId) -> f64 {
        let metrics = self.font.glyph_metrics(Size::unscaled(), LocationRef::default());
        f64::from(metrics.advance_width(glyph).unwrap_or_default()) / self.units()
    }

    /// How long a text is; what has no glyph has no length.
    pub fn width(&self, text: &str) -> f64 {
        text.chars().filter_map(|character| self.glyph(character)).map(|glyph| self.advance(glyph)).sum()
    }

    /// How far letters go up and, negative, down.
    pub fn ascent_and_descent(&self) -> [f64; 2] {
        let metrics = self.font.metrics(Size::unscaled(), LocationRef::default());
        [metrics.ascent, metrics.descent].map(|value| f64::from(value) / self.units())
    }

    /// What all glyphs fit into: left, bottom, right, top.
    pub fn bounds(&self) -> [f64; 4] {
        let metrics = self.font.metrics(Size::unscaled(), LocationRef::default());
        let bounds = metrics.bounds.map(|b| [b.x_min, b.y_min, b.x_max, b.y_max].map(f64::from));
        bounds.map_or([0.0, -0.3, 1.0, 0.9], |b| b.map(|value| value / self.units()))
    }

    fn units(&self) -> f64 {
        f64::from(self.font.metrics(Size::unscaled(), LocationRef::default()).units_per_em).max(1.0)
    }
}
