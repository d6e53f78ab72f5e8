//! What a content stream draws (ISO 32000-2 Annex A), as far as it can be told without drawing it: text, images, lines and
//! areas.

use crate::limits::Limits;
use crate::pdf::content::Operators;
use crate::pdf::object::Object;
use crate::pdf::parser::is_space;

/// What is drawn.
#[derive(Debug, Default)]
pub struct Drawn {
    /// The strings that are shown, each with the name of its font.
    pub text: Vec<(Vec<u8>, Vec<u8>)>,
    /// The names of the XObjects that are drawn.
    pub objects: Vec<Vec<u8>>,
    /// Images written into the content.
    pub images: usize,
    /// Lines and filled areas.
    pub shapes: usize,
    /// Curves that they consist of.
    pub curves: usize,
    /// Straight lines.
    pub lines: usize,
    /// There was more than is read.
    pub cut: bool,
    /// Where text stands, in the content's own coordinates.
    pub runs: Vec<Run>,
    /// What is seen at all: left, bottom, right, top of what all clipping rectangles have in common.
    pub clip: Option<[f64; 4]>,
    /// Something may let the text look other than its letters one after the other: hardly or not to be seen, covered, turned, out of order,
    /// or read out as another.
    pub is_odd: bool,
}

/// A text that is shown in one piece.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Where it begins, on its base line.
    pub at: (f64, f64),
    /// How wide it is at the least: as wide as narrow typefaces have it.
    pub width: f64,
    /// How high its lowest letters are, about.
    pub height: f64,
}

impl Run {
    /// Whether all of it stands between left, bottom, right and top.
    pub fn is_within(&self, [left, bottom, right, top]: [f64; 4]) -> bool {
        let (x, y) = self.at;
        x >= left && y >= bottom && x + self.width <= right && y + self.height <= top
    }
}

/// Grey, red, green or blue of at least this much is hardly seen on paper.
const LIGHT: f64 = 0.8;
/// Points of the smallest letters that can be read.
const SMALLEST: f64 = 3.0;
/// The height of the lowest letters, as a share of the size.
const LOWEST: f64 = 0.4;
/// Thousandths of a letter's size by which kerning moves back at most.
const KERNING: f64 = 300.0;

/// Operators that may hide, turn or move what is shown; those of text whose operands are not what they should be belong to them.
const TELLING: [&[u8]; 17] = [
    b"cm", b"gs", b"BDC", b"DP", b"cs", b"sh", b"Do", b"BI", b"Td", b"TD", b"Tm", b"Tf", b"Tr", b"Tz", b"Ts", b"Tc",
    b"Tw",
];

/// What becomes of text by the operators before it.
#[derive(Default)]
struct TextState {
    at: (f64, f64),
    is_light: bool,
    /// Of the typeface, and how much wider it is drawn.
    size: f64,
    wide: f64,
    /// Between letters, and at blanks.
    spaces: (f64, f64),
    /// The rectangle that the path consists of.
    rectangle: Option<[f64; 4]>,
}

impl TextState {
    /// A text that is shown now.
    fn run(&self, shown: Option<&Object>) -> Run {
        let size = self.size * self.wide;
        let of_letters = |bytes: &[u8]| -> f64 {
            let of = |byte: &u8| {
                let blank = if *byte == b' ' { self.spaces.1 } else { 0.0 };
                narrow(*byte) * size + (self.spaces.0 + blank) * self.wide
            };
            bytes.iter().map(of).sum()
        };
        let width = match shown {
            Some(Object::String(text)) => of_letters(&text.bytes),
            Some(Object::Array(elements)) => elements
                .iter()
                .map(|one| match one {
                    Object::String(text) => of_letters(&text.bytes),
                    // thousandths by which it moves back
                    other => -other.as_f64().unwrap_or_default() / 1000.0 * size,
                })
                .sum(),
            _ => 0.0,
        };
        Run { at: self.at, width, height: self.size * LOWEST }
    }
}

/// How wide a letter is in narrow typefaces, as a share of their size.
fn narrow(letter: u8) -> f64 {
    match letter {
        b'i' | b'j' | b'l' | b't' | b'f' | b'r' | b'I' | b'J' | b' ' | b'!'..=b'/' | b':' | b';' | b'|' => 0.18,
        b'0'..=b'9' | b'A'..=b'Z' => 0.42,
        b'a'..=b'z' => 0.36,
        _ => 0.0,
    }
}

impl Drawn {
    /// Reads a content stream.
    pub fn read(content: &[u8], limits: &Limits) -> Self {
        let mut drawn = Self::default();
        let mut font: Vec<u8> = Vec::new();
        let mut state = TextState { wide: 1.0, ..TextState::default() };
        let mut operators = Operators::of(content, limits);
        while let Some((operator, operands)) = operators.read() {
            drawn.look_at(operator, operands, &mut state);
            match operator {
                b"Tf" => {
                    let name = operands.iter().rev().find_map(Object::as_name);
                    font = name.unwrap_or_default().to_vec();
                }
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    if let Some(shown) = operands.last() {
                        drawn.text.push((strings(shown), font.clone()));
                    }
                }
                b"Do" => drawn.objects.extend(operands.last().and_then(Object::as_name).map(<[u8]>::to_vec)),
                b"BI" => drawn.images = drawn.images.saturating_add(1),
                b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"sh" => {
                    drawn.shapes = drawn.shapes.saturating_add(1);
                }
                b"c" | b"v" | b"y" => drawn.curves = drawn.curves.saturating_add(1),
                b"l" => drawn.lines = drawn.lines.saturating_add(1),
                _ => {}
            }
        }
        drawn.cut = operators.is_cut();
        drawn
    }

    /// A clipping path is met with those before it (8.5.4): a rectangle, or something odd.
    fn clip(&mut self, rectangle: Option<[f64; 4]>) -> bool {
        let Some([left, bottom, right, top]) = rectangle else { return true };
        self.clip = Some(match self.clip {
            None => [left, bottom, right, top],
            Some([l, b, r, t]) => [left.max(l), bottom.max(b), right.min(r), top.min(t)],
        });
        false
    }

    /// Whether an operator lets text look other than its letters one after the other (9.3, 9.4).
    fn look_at(&mut self, operator: &[u8], operands: &[Object], state: &mut TextState) {
        let numbers: Vec<f64> = operands.iter().filter_map(Object::as_f64).collect();
        let odd = match (operator, numbers.as_slice()) {
            (b"BT", _) => {
                (state.at, state.wide) = ((0.0, 0.0), 1.0);
                false
            }
            (b"Td" | b"TD", [x, y]) => {
                state.at = (state.at.0 + x, state.at.1 + y);
                // back on the same line, or up: over what stands there, or before it
                !self.runs.is_empty() && (*y > 0.0 || (*y == 0.0 && *x < 0.0))
            }
            (b"Tm", [wide, up, aslant, high, x, y]) => {
                let back = |run: &Run| *y > run.at.1 || (*y >= run.at.1 && *x < run.at.0);
                let moved = self.runs.last().is_some_and(back);
                (state.at, state.wide) = ((*x, *y), *wide);
                moved || *up != 0.0 || *aslant != 0.0 || *wide < 0.5 || *high < 0.5
            }
            (b"Tf", [size]) => {
                state.size = *size;
                *size < SMALLEST
            }
            (b"Tr", [mode]) => *mode != 0.0,
            (b"Tz", [scale]) => *scale < 50.0,
            (b"Ts", [rise]) => rise.abs() > SMALLEST,
            (b"Tc", [space]) => {
                state.spaces.0 = *space;
                *space < -1.0
            }
            (b"Tw", [space]) => {
                state.spaces.1 = *space;
                *space < -1.0
            }
            (b"re", [x, y, wide, high]) => {
                let one = [x.min(x + wide), y.min(y + high), x.max(x + wide), y.max(y + high)];
                state.rectangle = Some(one);
                false
            }
            (b"m" | b"l" | b"c" | b"v" | b"y", _) => {
                state.rectangle = None;
                false
            }
            (b"W" | b"W*", _) => self.clip(state.rectangle),
            (b"g" | b"rg" | b"sc" | b"scn", colour) => {
                state.is_light = colour.iter().all(|part| *part > LIGHT);
                false
            }
            (b"k", inks) => {
                state.is_light = inks.iter().all(|ink| *ink < 1.0 - LIGHT);
                false
            }
            (b"Tj" | b"TJ" | b"'" | b"\"", _) => {
                self.runs.push(state.run(operands.last()));
                let back = |o: &Object| o.as_f64().is_some_and(|n| n > KERNING);
                state.is_light || operands.last().and_then(Object::as_array).is_some_and(|all| all.iter().any(back))
            }
            (b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s", _) => !self.text.is_empty(),
            // operands that are not what they should be belong to it
            (other, _) => TELLING.contains(&other),
        };
        self.is_odd |= odd;
    }

    /// The characters that are shown, without spaces, whatever font they are shown in.
    pub fn characters(&self) -> Vec<u8> {
        self.text.iter().flat_map(|(text, _)| text).copied().filter(|b| !is_space(*b)).collect()
    }
}

/// The strings of an operand of `Tj` or `TJ`, joined.
fn strings(shown: &Object) -> Vec<u8> {
    match shown {
        Object::String(s) => s.bytes.clone(),
        Object::Array(elements) => elements.iter().filter_map(Object::as_string).flatten().copied().collect(),
        _ => Vec::new(),
    }
}
