//! Text that flows down the sheets of a receipt. Points, from the top left corner.

use super::style::{Measures, Style};
use crate::drawing::fonts::Face;
use crate::drawing::structure::{Piece, Role};
use crate::drawing::{Ink, Mark};

/// Baseline to baseline, as a multiple of the size.
pub(super) const LEADING: f32 = 1.32;

/// A sheet that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Width and height.
    pub size: (f32, f32),
    /// What is on it, in reading order.
    pub pieces: Vec<Piece>,
}

/// A label: in Vietnamese, and in English for those who ask for both.
pub(super) type Label = (&'static str, &'static str);

/// The sheets while they are filled.
pub(super) struct Flow {
    /// The paper.
    pub paper: Measures,
    /// Where the next line's top is.
    pub y: f32,
    is_bilingual: bool,
    /// What is said at the head of each sheet but the first.
    continued: String,
    paragraphs: usize,
    done: Vec<Sheet>,
    current: Vec<Piece>,
}

impl Flow {
    pub fn new(style: Style, continued: String) -> Self {
        let paper = style.paper.measures();
        let (done, current) = (Vec::new(), Vec::new());
        Self { paper, y: paper.top, is_bilingual: style.bilingual, continued, paragraphs: 0, done, current }
    }

    pub fn left(&self) -> f32 {
        self.paper.margin
    }

    pub fn right(&self) -> f32 {
        self.paper.width - self.paper.margin
    }

    pub fn width(&self) -> f32 {
        self.paper.width - 2.0 * self.paper.margin
    }

    pub fn bottom(&self) -> f32 {
        self.paper.height - self.paper.margin - 8.0
    }

    /// The size of what matters less.
    pub fn small(&self) -> f32 {
        self.paper.size * 0.85
    }

    /// A role for the next paragraph.
    pub fn next_paragraph(&mut self) -> Role {
        self.paragraphs += 1;
        Role::Paragraph(self.paragraphs)
    }

    /// Puts a mark on the sheet.
    pub fn put(&mut self, role: Role, mark: Mark) {
        match self.current.last_mut() {
            Some(piece) if piece.role == role => piece.marks.push(mark),
            _ => self.current.push(Piece { role, marks: vec![mark] }),
        }
    }

    /// One line of text whose top is at `y`.
    pub fn text(&mut self, role: Role, at: (f32, f32), face: Face, size: f32, ink: Ink, text: impl Into<String>) {
        self.put(role, Mark::Text { x: at.0, y: at.1 + size, face, size, ink, text: text.into() });
    }

    /// Wrapped lines about the middle of `left` and `width`, from the top at `y`; gives the bottom.
    pub fn centred(
        &mut self,
        role: Role,
        column: (f32, f32),
        y: f32,
        (face, size, ink): (Face, f32, Ink),
        text: &str,
    ) -> f32 {
        let mut y = y;
        for line in spaced(face.lines(text, size, column.1)) {
            let x = column.0 + (column.1 - face.width(line.trim_end(), size)) / 2.0;
            self.text(role, (x, y), face, size, ink, line);
            y += size * LEADING;
        }
        y
    }

    /// A wrapped paragraph across the sheet that may run over to another.
    pub fn paragraph(&mut self, face: Face, size: f32, ink: Ink, text: &str) {
        let role = self.next_paragraph();
        for line in spaced(face.lines(text, size, self.width())) {
            self.room(size * LEADING);
            self.text(role, (self.left(), self.y), face, size, ink, line);
            self.y += size * LEADING;
        }
    }

    /// The width of a label as [`Self::label`] writes it.
    pub fn label_width(&self, label: Label, size: f32) -> f32 {
        self.runs(label, size).iter().map(|(face, size, _, text)| face.width(text, *size)).sum()
    }

    /// Writes `Label: `, or `Label (English): `.
    pub fn label(&mut self, role: Role, at: (f32, f32), label: Label, size: f32) {
        let mut x = at.0;
        for (face, own, ink, text) in self.runs(label, size) {
            let width = face.width(&text, own);
            // all on the baseline of the first
            self.text(role, (x, at.1 + size - own), face, own, ink, text);
            x += width;
        }
    }

    fn runs(&self, (vietnamese, english): Label, size: f32) -> Vec<(Face, f32, Ink, String)> {
        if !self.is_bilingual {
            return vec![(Face::Regular, size, Ink::Black, format!("{vietnamese}: "))];
        }
        vec![
            (Face::Regular, size, Ink::Black, format!("{vietnamese} ")),
            (Face::Italic, size * 0.8, Ink::Grey, format!("({english})")),
            (Face::Regular, size, Ink::Black, ": ".to_owned()),
        ]
    }

    /// The English words of a label in brackets, if both languages are shown.
    pub fn english(&self, label: Label) -> Option<String> {
        self.is_bilingual.then(|| format!("({})", label.1))
    }

    /// `Label: value`, the value in its own face, wrapped under itself.
    pub fn field(&mut self, label: Label, face: Face, value: &str) {
        let size = self.paper.size;
        let width = self.label_width(label, size);
        // on a narrow paper a value does not stand beside a long label, but under it
        let is_beside = width < self.width() * 0.55;
        let indent = if is_beside { width } else { 0.0 };
        let lines = face.lines(value, size, self.width() - indent);
        let below = if is_beside { 0.0 } else { size * LEADING };
        // a value that fits on one sheet is not torn apart
        let height = lines.iter().map(|_| size * LEADING).sum::<f32>() + below;
        self.room(if height < (self.bottom() - self.paper.top) / 2.0 { height } else { size * LEADING });
        let role = self.next_paragraph();
        self.label(role, (self.left(), self.y), label, size);
        self.y += below;
        for line in spaced(lines) {
            self.room(size * LEADING);
            self.text(role, (self.left() + indent, self.y), face, size, Ink::Black, line);
            self.y += size * LEADING;
        }
    }

    /// Starts another sheet if `height` does not fit on this one; says whether it did.
    pub fn room(&mut self, height: f32) -> bool {
        if self.y + height <= self.bottom() {
            return false;
        }
        self.end_sheet();
        self.y = self.paper.top;
        let (at, size, text) = ((self.left(), self.y), self.small(), self.continued.clone());
        self.text(Role::Decoration, at, Face::Italic, size, Ink::Black, text);
        self.y += self.small() * 2.0;
        true
    }

    fn end_sheet(&mut self) {
        let height = if self.paper.is_cut { self.y + self.paper.top } else { self.paper.height };
        let pieces = std::mem::take(&mut self.current);
        self.done.push(Sheet { size: (self.paper.width, height), pieces });
    }

    /// A rule across a column.
    pub fn rule(&mut self, x: f32, width: f32, weight: f32, ink: Ink) {
        self.put(Role::Decoration, Mark::Block { at: (x, self.y, width, weight), ink });
    }

    /// The sheets, each with `stamp` under its text, and with its number where there are several.
    pub fn finish(mut self, stamp: Option<&str>) -> Vec<Sheet> {
        self.end_sheet();
        let count = self.done.len();
        for (index, sheet) in self.done.iter_mut().enumerate() {
            let (width, height) = sheet.size;
            if let Some(text) = stamp {
                let size = width / Face::Bold.width(text, 1.0) * 0.8;
                let mark = Mark::Stamp { at: (width / 2.0, height / 2.0), size, text: text.to_owned() };
                sheet.pieces.insert(0, Piece { role: Role::Decoration, marks: vec![mark] });
            }
            let mut marks = Vec::new();
            if !self.paper.is_cut {
                for (inset, weight) in [(20.0, 1.1), (23.0, 0.4)] {
                    let at = (inset, inset, width - 2.0 * inset, height - 2.0 * inset);
                    marks.push(Mark::Frame { at, weight, ink: Ink::Vermilion });
                }
            }
            if count > 1 {
                let (text, size) = (format!("Trang {}/{count}", index + 1), 8.0);
                let x = width - self.paper.margin - Face::Regular.width(&text, size);
                let y = height - if self.paper.is_cut { 6.0 } else { 29.0 };
                marks.push(Mark::Text { x, y, face: Face::Regular, size, ink: Ink::Black, text });
            }
            sheet.pieces.push(Piece { role: Role::Decoration, marks });
        }
        self.done
    }
}

/// Lines of a paragraph with the spaces between them that breaking took away: who hears or copies the text needs them.
pub(super) fn spaced(lines: Vec<String>) -> impl Iterator<Item = String> {
    let last = lines.len().saturating_sub(1);
    lines.into_iter().enumerate().map(move |(index, line)| if index == last { line } else { format!("{line} ") })
}
