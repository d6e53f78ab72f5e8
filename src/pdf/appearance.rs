//! The appearance of a visible signature (ISO 32000-2 12.5.5): an image, a text, or both, in a rectangle of a page as a person
//! sees it.

use super::increment::Increment;
use super::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use super::pages::Page;
use super::picture::Picture;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};
use std::fmt::Write as _;
use std::io::Write as _;
use subsetter::GlyphRemapper;

/// Liberation Serif, metric-compatible with Times New Roman, which the decree on clerical work asks for.
pub static TYPEFACE: &[u8] = include_bytes!("../../assets/fonts/LiberationSerif-Regular.ttf");

/// Size of text in points (Nghị định 30/2020/NĐ-CP, Appendix I); smaller where it does not fit.
const TEXT_SIZE: f64 = 10.0;
/// Distance of lines as a multiple of the size.
const LEADING: f64 = 1.15;

/// What is seen of a signature.
#[derive(Debug, Clone)]
pub struct Visible {
    /// The page, the first one 0.
    pub page: usize,
    /// X, Y, width and height in points, from the lower left corner of the page as a person sees it: rotated, and cut to its
    /// CropBox.
    pub rect: [f64; 4],
    /// A PNG image, scaled to fit and centred.
    pub image: Option<Vec<u8>>,
    /// A text, its lines separated by line breaks, over the image.
    pub text: Option<String>,
}

/// Why an appearance cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppearanceError {
    /// There is no such page.
    #[error("the document has {pages} pages, and none is number {page}")]
    NoPage {
        /// The number asked for, from 1.
        page: usize,
        /// Pages there are.
        pages: usize,
    },
    /// The rectangle is not on the page.
    #[error("the rectangle does not lie on the page, which is {width} × {height} points")]
    OffPage {
        /// Width of the page as seen, points.
        width: i64,
        /// Height of the page as seen, points.
        height: i64,
    },
    /// The image is not a PNG that can be read.
    #[error("the image cannot be used: {0}")]
    Image(String),
    /// The typeface has no glyph for a character.
    #[error("the text has the character {0:?}, which the typeface does not")]
    Character(char),
}

/// A rectangle in the page's own coordinates, and the matrix that turns the appearance upright.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Placed {
    rect: [f64; 4],
    matrix: [f64; 6],
}

/// Translates a rectangle as seen into the page's own coordinates.
fn place(page: &Page, rect: [f64; 4]) -> Result<Placed, AppearanceError> {
    let [left, bottom, right, top] = page.crop_box;
    let (width, height) = (right - left, top - bottom);
    let sideways = matches!(page.rotate, 90 | 270);
    let (seen_width, seen_height) = if sideways { (height, width) } else { (width, height) };
    let [x, y, w, h] = rect;
    let on_page = x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0 && x + w <= seen_width + 0.5 && y + h <= seen_height + 0.5;
    if !on_page {
        // page sizes are far below 2^53
        #[allow(clippy::as_conversions, clippy::cast_possible_truncation)]
        return Err(AppearanceError::OffPage { width: seen_width as i64, height: seen_height as i64 });
    }
    let (from_left, from_bottom, matrix) = match page.rotate {
        90 => ([width - (y + h), width - y], [x, x + w], [0.0, 1.0, -1.0, 0.0, h, 0.0]),
        180 => ([width - (x + w), width - x], [height - (y + h), height - y], [-1.0, 0.0, 0.0, -1.0, w, h]),
        270 => ([y, y + h], [height - (x + w), height - x], [0.0, -1.0, 1.0, 0.0, 0.0, w]),
        _ => ([x, x + w], [y, y + h], [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    };
    let ([x0, x1], [y0, y1]) = (from_left, from_bottom);
    Ok(Placed { rect: [left + x0, bottom + y0, left + x1, bottom + y1], matrix })
}

/// Draws an appearance; gives the form XObject and the rectangle in the page's own coordinates.
pub fn draw(
    visible: &Visible,
    page: &Page,
    increment: &mut Increment<'_>,
) -> Result<(ObjectId, Object), AppearanceError> {
    let placed = place(page, visible.rect)?;
    let [_, _, width, height] = visible.rect;
    let mut content = String::new();
    let mut resources = Dictionary::new();
    if let Some(image) = &visible.image {
        let (id, pixels_wide, pixels_high) = add_image(image, increment)?;
        let scale = (width / pixels_wide).min(height / pixels_high);
        let (w, h) = (pixels_wide * scale, pixels_high * scale);
        // writing to a String cannot fail
        let _ = writeln!(
            content,
            "q {} 0 0 {} {} {} cm /Im Do Q",
            number(w),
            number(h),
            number((width - w) / 2.0),
            number((height - h) / 2.0)
        );
        let mut images = Dictionary::new();
        images.set(b"Im", id);
        resources.set(b"XObject", images);
    }
    if let Some(text) = visible.text.as_deref().filter(|t| !t.trim().is_empty()) {
        let font = write_text(text, width, height, &mut content, increment)?;
        let mut fonts = Dictionary::new();
        fonts.set(b"F", font);
        resources.set(b"Font", fonts);
    }
    let mut form = Dictionary::new();
    form.set(b"Type", Object::name("XObject"));
    form.set(b"Subtype", Object::name("Form"));
    form.set(b"BBox", numbers(&[0.0, 0.0, width, height]));
    form.set(b"Matrix", numbers(&placed.matrix));
    form.set(b"Resources", resources);
    let form = increment.add(stream(form, content.into_bytes()));
    Ok((form, numbers(&placed.rect)))
}

/// Adds an image with its transparency; gives also its width and height in pixels.
fn add_image(bytes: &[u8], increment: &mut Increment<'_>) -> Result<(ObjectId, f64, f64), AppearanceError> {
    let picture = Picture::read(bytes, increment.limits().png_pixels).map_err(AppearanceError::Image)?;
    let Picture { width, height, colours, alpha, samples } = picture;
    let (mut colour, mut mask) = (Vec::with_capacity(samples.len()), Vec::new());
    for pixel in samples.chunks_exact(colours + usize::from(alpha)) {
        let (values, opacity) = pixel.split_at_checked(colours).unwrap_or((pixel, &[]));
        colour.extend(values);
        mask.extend(opacity);
    }
    let image = |space: &str| {
        let mut dictionary = Dictionary::new();
        dictionary.set(b"Type", Object::name("XObject"));
        dictionary.set(b"Subtype", Object::name("Image"));
        dictionary.set(b"Width", i64::from(width));
        dictionary.set(b"Height", i64::from(height));
        dictionary.set(b"ColorSpace", Object::name(space));
        dictionary.set(b"BitsPerComponent", 8);
        dictionary
    };
    let mut dictionary = image(if colours == 1 { "DeviceGray" } else { "DeviceRGB" });
    if alpha {
        dictionary.set(b"SMask", increment.add(stream(image("DeviceGray"), mask)));
    }
    let id = increment.add(stream(dictionary, colour));
    Ok((id, f64::from(width), f64::from(height)))
}

/// Writes text centred in the rectangle, with a font that holds just the glyphs it needs; gives the font.
fn write_text(
    text: &str,
    width: f64,
    height: f64,
    content: &mut String,
    increment: &mut Increment<'_>,
) -> Result<ObjectId, AppearanceError> {
    let broken = |_| AppearanceError::Image("the typeface cannot be read".into());
    let font = FontRef::new(TYPEFACE).map_err(broken)?;
    let (charmap, metrics) = (font.charmap(), font.glyph_metrics(Size::unscaled(), LocationRef::default()));
    let font_metrics = font.metrics(Size::unscaled(), LocationRef::default());
    let em = f64::from(font_metrics.units_per_em);
    let mut remapper = GlyphRemapper::new();
    // glyph number in the subset, advance in thousandths of the size, character
    let mut used: Vec<(u16, f64, char)> = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut glyphs = String::new();
        let mut advance = 0.0;
        for character in line.chars() {
            let glyph = charmap.map(character).filter(|g| g.to_u32() != 0);
            let glyph = glyph.ok_or(AppearanceError::Character(character))?;
            let glyph_advance = f64::from(metrics.advance_width(glyph).unwrap_or_default()) / em * 1000.0;
            let id = remapper.remap(u16::try_from(glyph.to_u32()).unwrap_or_default());
            if !used.iter().any(|(known, ..)| *known == id) {
                used.push((id, glyph_advance, character));
            }
            let _ = write!(glyphs, "{id:04X}");
            advance += glyph_advance;
        }
        lines.push((glyphs, advance));
    }
    let longest = lines.iter().map(|(_, advance)| *advance).fold(1.0, f64::max);
    let count = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
    let size = TEXT_SIZE.min(width / longest * 1000.0).min(height / (count * LEADING));
    let ascent = f64::from(font_metrics.ascent) / em;
    let mut baseline = height.midpoint(count * LEADING * size) - ascent * size;
    content.push_str("BT 0 g\n");
    let _ = writeln!(content, "/F {} Tf", number(size));
    for (glyphs, advance) in &lines {
        let start = (width - advance * size / 1000.0) / 2.0;
        let _ = writeln!(content, "1 0 0 1 {} {} Tm <{glyphs}> Tj", number(start), number(baseline));
        baseline -= LEADING * size;
    }
    content.push_str("ET\n");
    used.sort_unstable_by_key(|(id, ..)| *id);
    let subset = subsetter::subset(TYPEFACE, 0, &remapper)
        .map_err(|e| AppearanceError::Image(format!("the typeface cannot be reduced: {e}")))?;
    let scale = |value: f32| f64::from(value) / em * 1000.0;
    let box_ = font_metrics
        .bounds
        .map_or([0.0, -300.0, 1000.0, 900.0], |b| [scale(b.x_min), scale(b.y_min), scale(b.x_max), scale(b.y_max)]);
    Ok(add_font(subset, &used, box_, [scale(font_metrics.ascent), scale(font_metrics.descent)], increment))
}

/// A composite font with identity encoding (9.7), and the map back to characters (9.10.3).
fn add_font(
    subset: Vec<u8>,
    used: &[(u16, f64, char)],
    bounds: [f64; 4],
    [ascent, descent]: [f64; 2],
    increment: &mut Increment<'_>,
) -> ObjectId {
    const NAME: &str = "DAUSON+LiberationSerif";
    let mut file = Dictionary::new();
    file.set(b"Length1", i64::try_from(subset.len()).unwrap_or_default());
    let file = increment.add(stream(file, subset));
    let mut descriptor = Dictionary::new();
    descriptor.set(b"Type", Object::name("FontDescriptor"));
    descriptor.set(b"FontName", Object::name(NAME));
    descriptor.set(b"Flags", 6);
    descriptor.set(b"FontBBox", numbers(&bounds));
    descriptor.set(b"ItalicAngle", 0);
    descriptor.set(b"Ascent", real(ascent));
    descriptor.set(b"Descent", real(descent));
    descriptor.set(b"CapHeight", 662);
    descriptor.set(b"StemV", 80);
    descriptor.set(b"FontFile2", file);
    let descriptor = increment.add(descriptor);
    let mut info = Dictionary::new();
    info.set(b"Registry", Object::string("Adobe"));
    info.set(b"Ordering", Object::string("Identity"));
    info.set(b"Supplement", 0);
    let mut descendant = Dictionary::new();
    descendant.set(b"Type", Object::name("Font"));
    descendant.set(b"Subtype", Object::name("CIDFontType2"));
    descendant.set(b"BaseFont", Object::name(NAME));
    descendant.set(b"CIDSystemInfo", info);
    descendant.set(b"FontDescriptor", descriptor);
    descendant.set(b"CIDToGIDMap", Object::name("Identity"));
    let widths =
        used.iter().flat_map(|(id, advance, _)| [Object::from(i64::from(*id)), Object::Array(vec![real(*advance)])]);
    descendant.set(b"W", widths.collect::<Vec<_>>());
    let descendant = increment.add(descendant);
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    for part in used.chunks(100) {
        let _ = writeln!(map, "{} beginbfchar", part.len());
        for (id, _, character) in part {
            let mut units = [0; 2];
            let utf16: Vec<u8> = character.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()).collect();
            let _ = writeln!(map, "<{id:04X}> <{}>", hex::encode_upper(utf16));
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end");
    let to_unicode = increment.add(stream(Dictionary::new(), map.into_bytes()));
    let mut font = Dictionary::new();
    font.set(b"Type", Object::name("Font"));
    font.set(b"Subtype", Object::name("Type0"));
    font.set(b"BaseFont", Object::name(NAME));
    font.set(b"Encoding", Object::name("Identity-H"));
    font.set(b"DescendantFonts", vec![Object::Reference(descendant)]);
    font.set(b"ToUnicode", to_unicode);
    increment.add(font)
}

/// A compressed stream.
fn stream(mut dictionary: Dictionary, data: Vec<u8>) -> Stream {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let compressed = encoder.write_all(&data).and_then(|()| encoder.finish());
    // writing to a Vec cannot fail; what is not compressed is right as well
    let data = match compressed {
        Ok(compressed) => {
            dictionary.set(b"Filter", Object::name("FlateDecode"));
            compressed
        }
        Err(_) => data,
    };
    Stream { dictionary, data: StreamData::InMemory(data.into()) }
}

/// A number as PDF has it: no exponent, no trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn real(value: f64) -> Object {
    Object::Real(number(value).into())
}

fn numbers(values: &[f64]) -> Object {
    Object::Array(values.iter().map(|v| real(*v)).collect())
}

/// The widget's entries that make it visible (12.5.5).
pub fn widget_entries(form: ObjectId, rect: Object, widget: &mut Dictionary) {
    let mut appearance = Dictionary::new();
    appearance.set(b"N", form);
    widget.set(b"AP", appearance);
    widget.set(b"Rect", rect);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rotate: u16) -> Page {
        Page {
            id: ObjectId::new(1),
            dictionary: Dictionary::new(),
            media_box: [0.0, 0.0, 700.0, 900.0],
            crop_box: [10.0, 20.0, 610.0, 820.0],
            rotate,
            resources: None,
        }
    }

    #[test]
    fn a_rectangle_is_where_a_person_sees_it() {
        // 600 × 800 points are seen, upright or on the side
        let rect = [50.0, 100.0, 200.0, 80.0];
        let rect_of = |rotate| place(&page(rotate), rect).map(|p| p.rect);
        assert_eq!(rect_of(0), Ok([60.0, 120.0, 260.0, 200.0]));
        // seen from the lower left, the page turned clockwise has its own right edge at the bottom
        assert_eq!(rect_of(90), Ok([430.0, 70.0, 510.0, 270.0]));
        assert_eq!(rect_of(180), Ok([360.0, 640.0, 560.0, 720.0]));
        assert_eq!(rect_of(270), Ok([110.0, 570.0, 190.0, 770.0]));
        let outside = place(&page(90), [700.0, 0.0, 200.0, 50.0]);
        assert_eq!(outside, Err(AppearanceError::OffPage { width: 800, height: 600 }));
    }

    #[test]
    fn numbers_have_no_exponent() {
        assert_eq!([0.0, 1.5, -0.001, 1e-9, 1e6].map(number), ["0", "1.5", "-0.001", "0", "1000000"]);
    }
}
