//! The content of a page gone through, with all that moves text (ISO 32000-2, 8.4, 8.10 and 9.4).

use super::Glyph;
use super::font::{Code, Font};
use crate::pdf::PdfError;
use crate::pdf::content::Operators;
use crate::pdf::document::Document;
use crate::pdf::matrix::Matrix;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::pages::Page;
use std::collections::HashMap;
use std::rc::Rc;

/// Glyphs of one page, and fonts: a close-set A4 page has some 6,000, and a dozen.
const MOST_GLYPHS: usize = 50_000;
const MOST_FONTS: usize = 300;
/// Forms drawn on one page, and how deep they lie in each other.
const MOST_FORMS: usize = 2_000;
const DEEPEST_FORM: usize = 16;
/// What a glyph, and an entry of a font, cost of what one file may cost in all, in bytes parsed.
const GLYPH: usize = 128;
const ENTRY: usize = 16;
/// Graphics states kept (Annex C: 28 were the old architectural limit).
const MOST_STATES: usize = 512;
/// A text may rise by so much of its length and still be upright.
const SLOPE: f64 = 0.03;

/// What text needs of the graphics state.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: i64,
}

struct Reader<'a> {
    doc: &'a Document,
    size: [f64; 2],
    glyphs: Vec<Glyph>,
    fonts: HashMap<ObjectId, Rc<Font>>,
    fonts_read: usize,
    forms: usize,
}

/// The glyphs of a page, as far as they are seen and upright.
pub fn glyphs(doc: &Document, page: &Page) -> Result<Vec<Glyph>, PdfError> {
    let mut reader =
        Reader { doc, size: page.seen_size(), glyphs: Vec::new(), fonts: HashMap::new(), fonts_read: 0, forms: 0 };
    let mut content = Vec::new();
    let entry = page.dictionary.get(b"Contents").cloned().unwrap_or(Object::Null);
    let resolved = doc.resolve(&entry)?;
    let parts = match &*resolved {
        Object::Array(parts) => parts.clone(),
        _ => vec![entry],
    };
    for part in &parts {
        // the parts are one stream, but no token goes over their ends (7.8.2)
        if let (Some(id), Some(stream)) = (part.as_reference(), doc.resolve(part)?.as_stream()) {
            content.extend(doc.stream_data(id, stream)?);
            content.push(b'\n');
        }
        if content.len() > doc.limits().pdf_stream_bytes {
            return Err(PdfError::TooLarge { what: "the content of a page" });
        }
    }
    let resources = match &page.resources {
        Some(resources) => doc.resolve(resources)?.as_dictionary().cloned(),
        None => None,
    };
    let state = State {
        matrix: page.to_seen(),
        font: None,
        size: 0.0,
        letter_space: 0.0,
        word_space: 0.0,
        stretch: 1.0,
        leading: 0.0,
        rise: 0.0,
        mode: 0,
    };
    reader.run(&content, &resources.unwrap_or_default(), state, 0)?;
    Ok(reader.glyphs)
}

impl Reader<'_> {
    fn run(&mut self, content: &[u8], resources: &Dictionary, mut state: State, depth: usize) -> Result<(), PdfError> {
        let mut kept = Vec::new();
        let mut named: HashMap<Vec<u8>, Option<Rc<Font>>> = HashMap::new();
        // of the next glyph, and of the line
        let (mut at, mut line) = (Matrix::IDENTITY, Matrix::IDENTITY);
        let mut operators = Operators::of(content, self.doc.limits());
        while let Some((operator, operands)) = operators.read() {
            let numbers: Vec<f64> =
                operands.iter().filter_map(Object::as_f64).map(|n| if n.is_finite() { n } else { 0.0 }).collect();
            let string = operands.last().and_then(Object::as_string);
            match (operator, numbers.as_slice()) {
                (b"q", _) if kept.len() < MOST_STATES => kept.push(state.clone()),
                (b"Q", _) => state = kept.pop().unwrap_or(state),
                (b"cm", all) => state.matrix = Matrix::of(all).unwrap_or(Matrix::IDENTITY).then(state.matrix),
                (b"BT", _) => (at, line) = (Matrix::IDENTITY, Matrix::IDENTITY),
                (b"Tc", [space]) => state.letter_space = *space,
                (b"Tw", [space]) => state.word_space = *space,
                (b"Tz", [percent]) => state.stretch = percent / 100.0,
                (b"TL", [leading]) => state.leading = *leading,
                (b"Ts", [rise]) => state.rise = *rise,
                (b"Tr", _) => state.mode = operands.last().and_then(Object::as_integer).unwrap_or_default(),
                (b"Tf", [size]) => {
                    let name = operands.iter().find_map(Object::as_name).unwrap_or_default();
                    if !named.contains_key(name) {
                        named.insert(name.to_vec(), self.font(resources, name));
                    }
                    state.font = named.get(name).cloned().flatten();
                    state.size = *size;
                }
                (b"Td" | b"TD", [x, y]) => {
                    if operator == b"TD" {
                        state.leading = -y;
                    }
                    line = Matrix::moving(*x, *y).then(line);
                    at = line;
                }
                (b"Tm", all) => {
                    line = Matrix::of(all).unwrap_or(line);
                    at = line;
                }
                (b"T*" | b"'" | b"\"", _) => {
                    if let (b"\"", [words, letters]) = (operator, numbers.as_slice()) {
                        (state.word_space, state.letter_space) = (*words, *letters);
                    }
                    line = Matrix::moving(0.0, -state.leading).then(line);
                    at = line;
                    if let Some(string) = string {
                        self.show(string, &state, &mut at)?;
                    }
                }
                (b"Tj", _) => {
                    if let Some(string) = string {
                        self.show(string, &state, &mut at)?;
                    }
                }
                (b"TJ", _) => {
                    for element in operands.last().and_then(Object::as_array).unwrap_or_default() {
                        if let Some(string) = element.as_string() {
                            self.show(string, &state, &mut at)?;
                        } else if let Some(back) = element.as_f64().filter(|n| n.is_finite()) {
                            let by = -back / 1000.0 * state.size * state.stretch;
                            at = Matrix::moving(by, 0.0).then(at);
                        }
                    }
                }
                (b"Do", _) => {
                    let name = operands.last().and_then(Object::as_name).unwrap_or_default();
                    self.draw(resources, name, &state, depth)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = self.doc.value(resources, b"Font").ok()?;
        let entry = fonts.as_dictionary()?.get(name)?;
        let id = entry.as_reference();
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Some(Rc::clone(known));
        }
        self.fonts_read = self.fonts_read.saturating_add(1);
        if self.fonts_read > MOST_FONTS {
            return None;
        }
        let font = self.doc.resolve(entry).ok()?;
        let font = Rc::new(Font::read(self.doc, font.as_dictionary()?));
        self.doc.pay(font.entries().saturating_mul(ENTRY)).ok()?;
        if let Some(id) = id {
            self.fonts.insert(id, Rc::clone(&font));
        }
        Some(font)
    }

    /// A form XObject (8.10); other XObjects have no text.
    fn draw(&mut self, resources: &Dictionary, name: &[u8], state: &State, depth: usize) -> Result<(), PdfError> {
        let objects = self.doc.value(resources, b"XObject")?;
        let Some(entry) = objects.as_dictionary().and_then(|all| all.get(name)) else { return Ok(()) };
        let (Some(id), Ok(object)) = (entry.as_reference(), self.doc.resolve(entry)) else { return Ok(()) };
        let Some(form) = object.as_stream().filter(|s| s.dictionary.get(b"Subtype") == Some(&Object::name("Form")))
        else {
            return Ok(());
        };
        self.forms = self.forms.saturating_add(1);
        if depth >= DEEPEST_FORM || self.forms > MOST_FORMS {
            return Err(PdfError::TooLarge { what: "what is drawn on a page" });
        }
        let matrix = self.doc.value(&form.dictionary, b"Matrix")?;
        let numbers: Vec<f64> =
            matrix.as_array().unwrap_or_default().iter().filter_map(Object::as_f64).filter(|n| n.is_finite()).collect();
        let matrix = Matrix::of(&numbers).unwrap_or(Matrix::IDENTITY);
        let own = self.doc.value(&form.dictionary, b"Resources")?;
        let content = self.doc.stream_data(id, form)?;
        let state = State { matrix: matrix.then(state.matrix), ..state.clone() };
        self.run(&content, own.as_dictionary().unwrap_or(resources), state, depth.saturating_add(1))
    }

    fn show(&mut self, string: &[u8], state: &State, at: &mut Matrix) -> Result<(), PdfError> {
        let Some(font) = &state.font else { return Ok(()) };
        self.doc.pay(string.len().saturating_mul(GLYPH))?;
        let mut rest = string;
        while !rest.is_empty() {
            let (Code { text, advance, is_space }, length) = font.decode(rest);
            rest = rest.get(length..).unwrap_or_default();
            let space = state.letter_space + if is_space { state.word_space } else { 0.0 };
            let on_page = at.then(state.matrix);
            let forward = (advance * state.size + space) * state.stretch;
            *at = Matrix::moving(forward, 0.0).then(*at);
            if matches!(state.mode, 3 | 7) {
                continue;
            }
            let Matrix([along, up, aslant, high, ..]) = on_page;
            let [left, baseline] = on_page.point([0.0, state.rise]);
            let size = aslant.hypot(high) * state.size.abs();
            let width = advance * state.size * state.stretch;
            let right = left + along * width;
            let runs_on = right >= left && (up * width).abs() <= SLOPE * (along * width).abs();
            let upright = runs_on && high * state.size > 0.0;
            let [page_wide, page_high] = self.size;
            let is_on_page = right > 0.0 && left < page_wide && baseline > 0.0 && baseline < page_high;
            let is_seen = is_on_page && size > 0.5;
            if upright && is_seen {
                if self.glyphs.len() >= MOST_GLYPHS {
                    return Err(PdfError::TooLarge { what: "the text of a page" });
                }
                let italic = font.italic || aslant.abs() > 0.1 * high.abs();
                self.glyphs.push(Glyph { text, left, right, baseline, size, bold: font.bold, italic });
            }
        }
        Ok(())
    }
}
