//! The appearance of a visible signature (ISO 32000-2 12.5.5): an image, a text, or both, in a rectangle of a page as a person
//! sees it.

use super::increment::Increment;
use super::object::{Dictionary, Object, ObjectId, Stream, StreamData};
use super::pages::Page;
use super::picture::Picture;
use super::typeface::{Face, Letters};
use crate::messages::Text;
use std::fmt::Write as _;
use std::io::Write as _;
use subsetter::GlyphRemapper;

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
    /// A text, its lines separated by line breaks, over the image, in the middle of the rectangle.
    pub text: Option<String>,
    /// Texts that have their own places, at which the page's own text leaves room for them.
    pub written: Vec<Written>,
}

impl Visible {
    /// A rectangle in which nothing is seen yet.
    pub const fn new(page: usize, rect: [f64; 4]) -> Self {
        Self { page, rect, image: None, text: None, written: Vec::new() }
    }
}

/// A text on one line. Lengths are points, places are seen as the rectangle is: from the lower left corner of the page.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Written {
    /// What is written.
    pub text: String,
    /// Where it begins.
    pub left: f64,
    /// What it stands on.
    pub baseline: f64,
    /// Size of its letters.
    pub size: f64,
    /// Their face.
    pub face: Face,
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

impl AppearanceError {
    /// Why, in words for people.
    pub fn text(&self) -> Text {
        let vi = match self {
            Self::NoPage { page, pages } => format!("văn bản có {pages} trang, không có trang {page}"),
            Self::OffPage { width, height } => {
                format!("khung chữ ký không nằm trọn trên trang, trang rộng {width} và cao {height} điểm")
            }
            Self::Image(_) => "không dùng được ảnh: phải là tệp PNG".to_owned(),
            Self::Character(c) => format!("phông chữ không có ký tự {c:?}"),
        };
        Text::new(vi, self.to_string())
    }
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
    let [seen_width, seen_height] = page.seen_size();
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
    let mut pens = Vec::new();
    let text = visible.text.as_deref().filter(|text| !text.trim().is_empty());
    let middle = text.map(|text| centred(text, width, height)).transpose()?.unwrap_or_default();
    let [x, y, ..] = visible.rect;
    let placed_texts = visible.written.iter().map(|text| {
        let (left, baseline) = (text.left - x, text.baseline - y);
        Written { left, baseline, ..text.clone() }
    });
    for text in middle.into_iter().chain(placed_texts) {
        write(&text, &mut pens, &mut content)?;
    }
    if !pens.is_empty() {
        let mut fonts = Dictionary::new();
        for pen in pens {
            let name = pen.resource;
            fonts.set(name.as_bytes(), pen.font(increment)?);
        }
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
    let Picture { width, height, colours, alpha, samples, .. } = picture;
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

/// Lines of text in the middle of a rectangle, smaller where they do not fit.
fn centred(text: &str, width: f64, height: f64) -> Result<Vec<Written>, AppearanceError> {
    let face = Face::Regular;
    let letters = face.letters().ok_or_else(no_typeface)?;
    let lines: Vec<&str> = text.lines().collect();
    let longest = lines.iter().map(|line| letters.width(line)).fold(0.001, f64::max);
    let count = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
    let size = TEXT_SIZE.min(width / longest).min(height / (count * LEADING));
    let [ascent, _] = letters.ascent_and_descent();
    let mut baseline = height.midpoint(count * LEADING * size) - ascent * size;
    let mut written = Vec::new();
    for line in lines {
        let left = (width - letters.width(line) * size) / 2.0;
        written.push(Written { text: line.to_owned(), left, baseline, size, face });
        baseline -= LEADING * size;
    }
    Ok(written)
}

/// Writes a text with the pen of its face, which is taken out if need be.
fn write(text: &Written, pens: &mut Vec<Pen>, content: &mut String) -> Result<(), AppearanceError> {
    let at = match pens.iter().position(|pen| pen.face == text.face) {
        Some(at) => at,
        None => {
            pens.push(Pen::new(text.face)?);
            pens.len().saturating_sub(1)
        }
    };
    let Some(pen) = pens.get_mut(at) else { return Ok(()) };
    let glyphs = pen.glyphs(&text.text)?;
    let [size, left, baseline] = [text.size, text.left, text.baseline].map(number);
    let _ = writeln!(content, "BT 0 g /{} {size} Tf 1 0 0 1 {left} {baseline} Tm <{glyphs}> Tj ET", pen.resource);
    Ok(())
}

fn no_typeface() -> AppearanceError {
    AppearanceError::Image("the typeface cannot be read".into())
}

/// A face with the glyphs of it that are used.
struct Pen {
    face: Face,
    /// Its name among the resources.
    resource: &'static str,
    letters: Letters,
    remapper: GlyphRemapper,
    /// Glyph number in the subset, advance in ems, character.
    used: Vec<(u16, f64, char)>,
}

impl Pen {
    fn new(face: Face) -> Result<Self, AppearanceError> {
        let resource = match face {
            Face::Regular => "F",
            Face::Bold => "FB",
            Face::Italic => "FI",
        };
        let letters = face.letters().ok_or_else(no_typeface)?;
        Ok(Self { face, resource, letters, remapper: GlyphRemapper::new(), used: Vec::new() })
    }

    /// The glyphs of a text in hexadecimal.
    fn glyphs(&mut self, text: &str) -> Result<String, AppearanceError> {
        let mut glyphs = String::new();
        for character in text.chars() {
            let glyph = self.letters.glyph(character).ok_or(AppearanceError::Character(character))?;
            let id = self.remapper.remap(u16::try_from(glyph.to_u32()).unwrap_or_default());
            if !self.used.iter().any(|(known, ..)| *known == id) {
                self.used.push((id, self.letters.advance(glyph), character));
            }
            let _ = write!(glyphs, "{id:04X}");
        }
        Ok(glyphs)
    }

    /// A composite font with identity encoding (9.7) that has just the glyphs that are used, and the map back to characters (9.10.3).
    fn font(mut self, increment: &mut Increment<'_>) -> Result<ObjectId, AppearanceError> {
        self.used.sort_unstable_by_key(|(id, ..)| *id);
        let subset = subsetter::subset(self.face.bytes(), 0, &self.remapper)
            .map_err(|e| AppearanceError::Image(format!("the typeface cannot be reduced: {e}")))?;
        // serif, symbolic; italic, bold (table 121)
        let (name, flags, angle, stem) = match self.face {
            Face::Regular => ("DAUSON+LiberationSerif", 6, 0, 80),
            Face::Bold => ("DAUSON+LiberationSerif-Bold", 6 | 1 << 18, 0, 140),
            Face::Italic => ("DAUSON+LiberationSerif-Italic", 6 | 1 << 6, -16, 80),
        };
        let [ascent, descent] = self.letters.ascent_and_descent();
        let mut file = Dictionary::new();
        file.set(b"Length1", i64::try_from(subset.len()).unwrap_or_default());
        let file = increment.add(stream(file, subset));
        let mut descriptor = Dictionary::new();
        descriptor.set(b"Type", Object::name("FontDescriptor"));
        descriptor.set(b"FontName", Object::name(name));
        descriptor.set(b"Flags", flags);
        descriptor.set(b"FontBBox", numbers(&self.letters.bounds().map(|value| value * 1000.0)));
        descriptor.set(b"ItalicAngle", angle);
        descriptor.set(b"Ascent", real(ascent * 1000.0));
        descriptor.set(b"Descent", real(descent * 1000.0));
        descriptor.set(b"CapHeight", 662);
        descriptor.set(b"StemV", stem);
        descriptor.set(b"FontFile2", file);
        let descriptor = increment.add(descriptor);
        let mut info = Dictionary::new();
        info.set(b"Registry", Object::string("Adobe"));
        info.set(b"Ordering", Object::string("Identity"));
        info.set(b"Supplement", 0);
        let mut descendant = Dictionary::new();
        descendant.set(b"Type", Object::name("Font"));
        descendant.set(b"Subtype", Object::name("CIDFontType2"));
        descendant.set(b"BaseFont", Object::name(name));
        descendant.set(b"CIDSystemInfo", info);
        descendant.set(b"FontDescriptor", descriptor);
        descendant.set(b"CIDToGIDMap", Object::name("Identity"));
        let width = |(id, advance, _): &(u16, f64, char)| {
            [Object::from(i64::from(*id)), Object::Array(vec![real(*advance * 1000.0)])]
        };
        descendant.set(b"W", self.used.iter().flat_map(width).collect::<Vec<_>>());
        let descendant = increment.add(descendant);
        let to_unicode = increment.add(stream(Dictionary::new(), self.characters().into_bytes()));
        let mut font = Dictionary::new();
        font.set(b"Type", Object::name("Font"));
        font.set(b"Subtype", Object::name("Type0"));
        font.set(b"BaseFont", Object::name(name));
        font.set(b"Encoding", Object::name("Identity-H"));
        font.set(b"DescendantFonts", vec![Object::Reference(descendant)]);
        font.set(b"ToUnicode", to_unicode);
        Ok(increment.add(font))
    }

    /// The CMap from glyphs to characters.
    fn characters(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
             1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
        );
        for part in self.used.chunks(100) {
            let _ = writeln!(map, "{} beginbfchar", part.len());
            for (id, _, character) in part {
                let mut units = [0; 2];
                let utf16: Vec<u8> = character.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()).collect();
                let _ = writeln!(map, "<{id:04X}> <{}>", hex::encode_upper(utf16));
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end");
        map
    }
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
        for rotate in [0, 90, 180, 270] {
            // and back: where the page's own coordinates are seen
            let [x, y, ..] = rect_of(rotate).unwrap();
            let expected = match rotate {
                90 => [50.0, 180.0],
                180 => [250.0, 180.0],
                270 => [250.0, 100.0],
                _ => [50.0, 100.0],
            };
            assert!(
                page(rotate)
                    .to_seen()
                    .point([x, y])
                    .iter()
                    .zip(expected)
                    .all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-9),
                "{rotate}"
            );
        }
        let outside = place(&page(90), [700.0, 0.0, 200.0, 50.0]);
        assert_eq!(outside, Err(AppearanceError::OffPage { width: 800, height: 600 }));
    }

    #[test]
    fn numbers_have_no_exponent() {
        assert_eq!([0.0, 1.5, -0.001, 1e-9, 1e6].map(number), ["0", "1.5", "-0.001", "0", "1000000"]);
    }
}
