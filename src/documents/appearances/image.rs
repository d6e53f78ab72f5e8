//! Images of signatures and seals: trimmed to what is drawn, and told whether they are what the decree asks for.

use super::{Place, Placed};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::messages::Text;
use crate::pades::PadesError;
use crate::pdf::appearance::{AppearanceError, Visible};
use crate::pdf::picture::Picture;

/// Opacity from which a pixel counts as drawn.
const DRAWN: u8 = 24;
/// Of an image with transparent ground so many pixels at least are transparent.
const GROUND: f64 = 0.1;
/// Of what is drawn so much at least has the colour that it should have.
const COLOURED: f64 = 0.5;
/// Pixels of the longer side: 600 to the inch of the largest seal.
const LONGEST: u32 = 1_200;
/// Millimetres that seals are wide, whatever the resolution that an image claims.
const SEALS: std::ops::RangeInclusive<f64> = 20.0..=60.0;
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// The colour that something should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Signatures.
    Blue,
    /// Seals.
    Red,
}

/// An image without its empty margins.
pub struct Image {
    png: Vec<u8>,
    pixels: [f64; 2],
    /// Points that a pixel is wide, as the file states.
    pixel: Option<f64>,
    /// What is not as the decree wants it.
    pub warnings: Vec<Text>,
}

impl Image {
    /// Reads a PNG and looks at it.
    pub fn read(png: &[u8], ink: Option<Ink>, limits: &Limits) -> Result<Self> {
        let unusable = |why: String| Error::from(PadesError::from(AppearanceError::Image(why)));
        let picture = Picture::read(png, limits.png_pixels).map_err(unusable)?;
        let mut warnings = Vec::new();
        let (drawn, coloured, clear) = count(&picture, ink);
        let share = |part: usize, whole: usize| ratio(part) / ratio(whole.max(1));
        if share(clear, drawn.saturating_add(clear)) < GROUND {
            warnings.push(Text::new(
                "nền của ảnh không trong suốt: ảnh sẽ che chữ ở dưới (Nghị định 30/2020/NĐ-CP yêu cầu PNG nền trong suốt)",
                "the image's ground is not transparent: it will hide the text beneath (the decree wants a transparent PNG)",
            ));
        }
        if let Some(ink) = ink.filter(|_| share(coloured, drawn) < COLOURED) {
            warnings.push(match ink {
                Ink::Blue => Text::new("hình chữ ký không có màu xanh", "the image of the signature is not blue"),
                Ink::Red => Text::new("hình con dấu không có màu đỏ", "the image of the seal is not red"),
            });
        }
        let pixel = picture.pixels_per_metre.filter(|n| *n > 0).map(|n| 1000.0 * POINTS_PER_MM / f64::from(n));
        let trimmed = picture.trimmed(DRAWN).ok_or_else(|| unusable("nothing is drawn on it".to_owned()))?;
        let pixels = [trimmed.width, trimmed.height].map(f64::from);
        let small = trimmed.reduced(LONGEST);
        Ok(Self { png: small.png().map_err(unusable)?, pixels, pixel, warnings })
    }

    /// Width of a seal as the file states it, points; `None` if that is no seal's.
    pub fn real_width(&self) -> Option<f64> {
        let [wide, _] = self.pixels;
        let width = self.pixel? * wide;
        SEALS.contains(&(width / POINTS_PER_MM)).then_some(width)
    }

    /// Width and height at a width.
    pub fn at_width(&self, width: f64) -> [f64; 2] {
        let [wide, high] = self.pixels;
        [width, width * high / wide]
    }

    /// As large as there is room for it, in the middle of a place.
    pub fn within(self, place: Place, found: Vec<String>) -> Placed {
        let ([wide, high], [x, y, width, height]) = (self.pixels, place.rect);
        let scale = (width / wide).min(height / high);
        let (w, h) = (wide * scale, high * scale);
        let rect = [x + (width - w) / 2.0, y + (height - h) / 2.0, w, h];
        let visible = Visible { image: Some(self.png), ..Visible::new(place.page, rect) };
        Placed { visible, found, warnings: self.warnings }
    }
}

// counts of pixels are far below 2^52
#[allow(clippy::as_conversions, clippy::cast_precision_loss)]
const fn ratio(count: usize) -> f64 {
    count as f64
}

/// Pixels that are drawn, of them those of the colour, and those that are clear.
fn count(picture: &Picture, ink: Option<Ink>) -> (usize, usize, usize) {
    let (mut drawn, mut coloured, mut clear) = (0_usize, 0_usize, 0_usize);
    for [red, green, blue, opacity] in picture.rgba().as_chunks().0 {
        if *opacity < DRAWN {
            clear = clear.saturating_add(1);
            continue;
        }
        drawn = drawn.saturating_add(1);
        let [red, green, blue] = [red, green, blue].map(|part| i32::from(*part));
        let has_colour = match ink {
            Some(Ink::Blue) => blue > red.saturating_add(20) && blue > green,
            Some(Ink::Red) => red > green.saturating_add(40) && red > blue.saturating_add(40),
            None => true,
        };
        coloured = coloured.saturating_add(usize::from(has_colour));
    }
    (drawn, coloured, clear)
}
