//! Drawing pages of text, rules and frames: what receipts and certificates of validation have in common.
//!
//! | file | what |
//! | --- | --- |
//! | `fonts` | the typeface: measuring and breaking lines |
//! | `unhinted` | that typeface without what only coarse screens need |
//! | `structure` | what the pieces of a page are to those who hear it |

pub mod fonts;
pub mod structure;
mod unhinted;

use crate::messages::VIETNAM;
use crate::pdf::picture::Picture;
use fonts::Face;
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::DateTime;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use qrcode::QrCode;
use structure::{Piece, Structure};
use time::OffsetDateTime;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Text and rules.
    Black,
    /// Dấu son: number, frame, seal.
    Vermilion,
    /// The ground of a table's head.
    Pale,
    /// Good news.
    Green,
    /// News that asks for a decision.
    Amber,
    /// What matters less.
    Grey,
    /// What lies under the text: a stamp over the whole sheet.
    Faint,
}

/// Something on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line of text; `x`, `y` is the start of its baseline.
    Text {
        /// Left end.
        x: f32,
        /// Baseline.
        y: f32,
        /// Face.
        face: Face,
        /// Size.
        size: f32,
        /// Colour.
        ink: Ink,
        /// The text.
        text: String,
    },
    /// The outline of a rectangle.
    Frame {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
        /// Width of the line.
        weight: f32,
        /// Colour.
        ink: Ink,
    },
    /// A filled rectangle; thin ones are rules.
    Block {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
        /// Colour.
        ink: Ink,
    },
    /// The page's QR code: left, top, side.
    Qr(f32, f32, f32),
    /// The page's logo.
    Logo {
        /// Left, top, width, height.
        at: (f32, f32, f32, f32),
    },
    /// Words that rise across the sheet, under what is drawn later.
    Stamp {
        /// Where their middle is.
        at: (f32, f32),
        /// Size.
        size: f32,
        /// The words.
        text: String,
    },
}

/// The pictures that marks of a document refer to.
#[derive(Clone, Copy, Default)]
pub struct Pictures<'a> {
    /// The QR code.
    pub qr: Option<&'a QrCode>,
    /// The logo.
    pub logo: Option<&'a Picture>,
}

/// Adds a page with these marks, in points from its top left corner. None if a page cannot have that size.
pub fn add_page(document: &mut Document, size: (f32, f32), marks: &[Mark]) -> Option<()> {
    let mut page = document.start_page_with(PageSettings::from_wh(size.0, size.1)?);
    let mut surface = page.surface();
    for mark in marks {
        paint(&mut surface, mark, &Pictures::default());
    }
    surface.finish();
    page.finish();
    Some(())
}

/// The same with what each piece is to those who hear the page.
pub fn add_structured_page(
    document: &mut Document,
    size: (f32, f32),
    pieces: &[Piece],
    pictures: &Pictures<'_>,
    structure: &mut Structure,
) -> Option<()> {
    let mut page = document.start_page_with(PageSettings::from_wh(size.0, size.1)?);
    let mut surface = page.surface();
    for piece in pieces {
        structure.begin(&mut surface, piece.role);
        for mark in &piece.marks {
            paint(&mut surface, mark, pictures);
        }
        surface.end_tagged();
    }
    surface.finish();
    page.finish();
    Some(())
}

/// A time in a document, as it is in Vietnam.
pub fn date_time(time: OffsetDateTime) -> DateTime {
    let time = time.to_offset(VIETNAM);
    DateTime::new(u16::try_from(time.year()).unwrap_or_default())
        .month(u8::from(time.month()))
        .day(time.day())
        .hour(time.hour())
        .minute(time.minute())
        .second(time.second())
        .utc_offset_hour(VIETNAM.whole_hours())
}

/// Degrees by which a stamp rises.
const RISE: f32 = -35.0;

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::new(0, 0, 0),
        Ink::Vermilion => rgb::Color::new(0xB8, 0x1D, 0x13),
        Ink::Pale => rgb::Color::new(0xF3, 0xEC, 0xE6),
        Ink::Green => rgb::Color::new(0x1B, 0x6E, 0x3A),
        Ink::Amber => rgb::Color::new(0x9A, 0x5B, 0x00),
        Ink::Grey => rgb::Color::new(0x5A, 0x5A, 0x5A),
        Ink::Faint => rgb::Color::new(0xF7, 0xDD, 0xDA),
    }
}

fn paint(surface: &mut Surface<'_>, mark: &Mark, pictures: &Pictures<'_>) {
    let fill = |ink: Ink| Some(Fill { paint: colour(ink).into(), ..Fill::default() });
    surface.set_stroke(None);
    match mark {
        Mark::Text { x, y, face, size, ink, text } => {
            if let Some(font) = face.font() {
                surface.set_fill(fill(*ink));
                surface.draw_glyphs(Point::from_xy(*x, *y), &face.glyphs(text), font, text, *size, false);
            }
        }
        Mark::Frame { at, weight, ink } => {
            if let Some(path) = rectangles(std::iter::once(*at)) {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke { paint: colour(*ink).into(), width: *weight, ..Stroke::default() }));
                surface.draw_path(&path);
            }
        }
        Mark::Block { at, ink } => {
            if let Some(path) = rectangles(std::iter::once(*at)) {
                surface.set_fill(fill(*ink));
                surface.draw_path(&path);
            }
        }
        Mark::Stamp { at, size, text } => {
            if let Some(font) = Face::Bold.font() {
                surface.set_fill(fill(Ink::Faint));
                surface.push_transform(&Transform::from_rotate_at(RISE, at.0, at.1));
                let start = Point::from_xy(at.0 - Face::Bold.width(text, *size) / 2.0, at.1 + size / 3.0);
                surface.draw_glyphs(start, &Face::Bold.glyphs(text), font, text, *size, false);
                surface.pop();
            }
        }
        Mark::Qr(x, y, side) => {
            if let Some(path) = pictures.qr.and_then(|qr| rectangles(qr_runs(qr, *x, *y, *side).into_iter())) {
                surface.set_fill(fill(Ink::Black));
                surface.draw_path(&path);
            }
        }
        Mark::Logo { at: (x, y, width, height) } => {
            if let (Some(logo), Some(size)) = (pictures.logo, Size::from_wh(*width, *height)) {
                let (wide, high) = logo.pixels();
                surface.push_transform(&Transform::from_translate(*x, *y));
                surface.draw_image(Image::from_rgba8(logo.rgba(), wide, high), size);
                surface.pop();
            }
        }
    }
}

fn rectangles(all: impl Iterator<Item = (f32, f32, f32, f32)>) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in all {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
    }
    path.finish()
}

/// The dark runs of each row, as rectangles: left, top, width, height.
fn qr_runs(qr: &QrCode, left: f32, top: f32, side: f32) -> Vec<(f32, f32, f32, f32)> {
    let count = qr.width();
    let at = |n: usize| {
        side * f32::from(u16::try_from(n).unwrap_or(u16::MAX)) / f32::from(u16::try_from(count).unwrap_or(1))
    };
    let mut runs = Vec::new();
    for (row, modules) in qr.to_colors().chunks(count).enumerate() {
        let mut start = None;
        // one light module behind the end closes the last run
        for (column, dark) in modules.iter().map(|c| *c == qrcode::Color::Dark).chain([false]).enumerate() {
            match (start, dark) {
                (None, true) => start = Some(column),
                (Some(from), false) => {
                    runs.push((left + at(from), top + at(row), at(column) - at(from), at(row + 1) - at(row)));
                    start = None;
                }
                _ => {}
            }
        }
    }
    runs
}
