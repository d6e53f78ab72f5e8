//! Pages of a PDF as pictures, and where two pictures differ.
//!
//! | file | what |
//! | --- | --- |
//! | `difference` | the areas in which two pictures differ |
//!
//! The drawing itself is hayro's, which has no unsafe code, and promises neither an end nor a bound on memory for hostile
//! files. So whoever draws files of others does it in a process of its own: `documents::pictures`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod difference;

pub use difference::{Area, differences};

use crate::limits::Limits;
use crate::pdf::object::ObjectId;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::object::ObjectIdentifier;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

/// Why there is no picture.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RenderError {
    /// The PDF cannot be opened by the renderer.
    #[error("the file cannot be opened to be drawn")]
    Unreadable,
    /// It is encrypted, and the password does not open it.
    #[error("it is encrypted, and the password does not open it")]
    Encrypted,
    /// The renderer knows no page that is this object.
    #[error("the renderer knows no page that is object {0}")]
    NoPage(ObjectId),
    /// The page has no size that a picture can have.
    #[error("the page has no size that can be drawn")]
    Size,
    /// The picture cannot be written as PNG.
    #[error("the picture cannot be written as PNG: {0}")]
    Png(String),
}

/// A picture: rows of red, green and blue from the upper left corner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Three bytes a pixel.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// The picture as PNG.
    pub fn png(&self) -> Result<Vec<u8>, RenderError> {
        let failed = |error: png::EncodingError| RenderError::Png(error.to_string());
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(out)
    }
}

/// A PDF whose pages can be drawn.
pub struct Pages {
    pdf: Pdf,
}

impl Pages {
    /// Opens a PDF. Without encryption the password is not looked at.
    pub fn open(pdf: Vec<u8>, password: &[u8]) -> Result<Self, RenderError> {
        let pdf = Pdf::new_with_password(pdf, &String::from_utf8_lossy(password)).map_err(|error| match error {
            LoadPdfError::Decryption(_) => RenderError::Encrypted,
            LoadPdfError::Invalid => RenderError::Unreadable,
        })?;
        Ok(Self { pdf })
    }

    /// Draws the page that is this object, as wide as this if the limits let it be. It goes by the object, because the
    /// renderer leaves out pages that it does not like and counts on.
    pub fn draw(&self, page: ObjectId, width: u16, limits: &Limits) -> Result<Picture, RenderError> {
        let is_it = |id: ObjectIdentifier| id.obj_number == page.number && id.gen_number == i32::from(page.generation);
        let page =
            self.pdf.pages().iter().find(|p| p.raw().obj_id().is_some_and(is_it)).ok_or(RenderError::NoPage(page))?;
        let (across, down) = page.render_dimensions();
        let (across, down) = (f64::from(across), f64::from(down));
        if !(across.is_finite() && down.is_finite() && across > 0.0 && down > 0.0) {
            return Err(RenderError::Size);
        }
        let most = (f64::from(limits.render_pixels) / (across * down)).sqrt();
        let scale = [most, f64::from(LONGEST_SIDE) / down].into_iter().fold(f64::from(width) / across, f64::min);
        let (width, height) = (pixels(across * scale), pixels(down * scale));
        if width == 0 || height == 0 {
            return Err(RenderError::Size);
        }
        let mut context = RenderContext::new(width, height);
        let transform =
            Affine::scale(scale) * hayro::hayro_interpret::util::TransformExt::to_kurbo(&page.initial_transform(true));
        let settings = InterpreterSettings::default();
        render_into(page, &RenderCache::new(), &settings, &RenderSettings::default(), &mut context, transform);
        context.flush();
        let mut pixmap = Pixmap::new(width, height);
        let target = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), target);
        let opaque = |pixel: &[u8; 4]| {
            let [red, green, blue, _] = *pixel;
            [red, green, blue]
        };
        let rgb = pixmap.data_as_u8_slice().as_chunks().0.iter().flat_map(opaque).collect();
        Ok(Picture { width: width.into(), height: height.into(), rgb })
    }
}

/// Pixels of the longer side of a picture.
const LONGEST_SIDE: u16 = 8_000;

/// A length in whole pixels.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // what is too much becomes the most
fn pixels(length: f64) -> u16 {
    length.round() as u16
}
