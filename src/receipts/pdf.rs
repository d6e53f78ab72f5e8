//! A receipt as PDF/A-3b (ISO 19005-3): the sheets drawn, fonts embedded as subsets, and the signed XML
//! attached as the source of what is shown. The same receipt gives the same bytes.

use super::ReceiptError;
use super::check::CheckText;
use super::content::{Content, TITLE, VIETNAM, iso_date};
use super::layout::{Ink, Mark, PAGE, Seal, lay_out};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};
use qrcode::{EcLevel, QrCode};
use time::OffsetDateTime;

/// The name of the attached XML.
pub const XML_NAME: &str = "bien-lai.xml";

/// Draws a receipt whose XML is signed already.
pub fn draw(content: &Content, xml: &[u8], seal: &Seal) -> Result<Vec<u8>, ReceiptError> {
    let failed = |why: &dyn std::fmt::Display| ReceiptError::Pdf(why.to_string());
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|_| ReceiptError::Pdf("PDF/A-3b is not to be had".to_owned()))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let check = CheckText::new(content, crate::digest::sha256(xml)).to_string();
    let qr = QrCode::with_error_correction_level(check.as_bytes(), EcLevel::M).map_err(|e| failed(&e))?;
    for sheet in lay_out(content, seal) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed(&"page size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in &sheet {
            paint(&mut surface, mark, &qr);
        }
        surface.finish();
        page.finish();
    }
    let time = date_time(seal.time);
    document.set_metadata(
        Metadata::new()
            .title(format!("{TITLE} {}", content.id))
            .description(format!("{TITLE} {} ngày {}", content.id, iso_date(content.date())))
            .authors(vec![content.body.name.clone()])
            .creator("Dauson".to_owned())
            .producer("Dauson".to_owned())
            .language("vi".to_owned())
            .document_id(content.id.to_string())
            .creation_date(time),
    );
    document
        .embed_file(EmbeddedFile {
            path: XML_NAME.to_owned(),
            mime_type: MimeType::new("text/xml"),
            description: Some(format!("{TITLE} {}: dữ liệu gốc đã ký số", content.id)),
            association_kind: AssociationKind::Source,
            data: xml.to_vec().into(),
            modification_date: Some(time),
            compress: None,
            location: None,
        })
        .ok_or_else(|| failed(&"the XML cannot be attached"))?;
    document.finish().map_err(|e| failed(&format!("{e:?}")))
}

fn date_time(time: OffsetDateTime) -> DateTime {
    let time = time.to_offset(VIETNAM);
    DateTime::new(u16::try_from(time.year()).unwrap_or_default())
        .month(u8::from(time.month()))
        .day(time.day())
        .hour(time.hour())
        .minute(time.minute())
        .second(time.second())
        .utc_offset_hour(VIETNAM.whole_hours())
}

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::new(0, 0, 0),
        Ink::Vermilion => rgb::Color::new(0xB8, 0x1D, 0x13),
        Ink::Pale => rgb::Color::new(0xF3, 0xEC, 0xE6),
    }
}

fn paint(surface: &mut Surface<'_>, mark: &Mark, qr: &QrCode) {
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
        Mark::Qr(x, y, side) => {
            if let Some(path) = rectangles(qr_runs(qr, *x, *y, *side).into_iter()) {
                surface.set_fill(fill(Ink::Black));
                surface.draw_path(&path);
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
