//! The table of fee lines: over as many sheets as it needs, its head on each.

use super::amount::grouped;
use super::content::Content;
use super::flow::{Flow, LEADING, Label, spaced};
use crate::drawing::fonts::Face;
use crate::drawing::structure::Role;
use crate::drawing::{Ink, Mark};

/// How a column's text stands in it.
#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Centre,
    Right,
}

const HEAD: [Label; 6] = [
    ("STT", "No."),
    ("Nội dung thu", "Description"),
    ("ĐVT", "Unit"),
    ("SL", "Qty"),
    ("Đơn giá", "Price"),
    ("Thành tiền (đồng)", "Amount, VND"),
];
const ALIGN: [Align; 6] = [Align::Centre, Align::Left, Align::Centre, Align::Right, Align::Right, Align::Right];
/// White space at each side of a column's text, and above and below a row's.
const PAD: f32 = 4.0;
/// The size of the head's English words, as a multiple.
const ENGLISH: f32 = 0.78;

/// The table of a receipt's lines.
pub(super) struct Table {
    size: f32,
    widths: [f32; 6],
    rows: Vec<[String; 6]>,
    total: String,
}

impl Table {
    pub fn new(content: &Content, flow: &Flow) -> Self {
        let rows: Vec<[String; 6]> = content
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                [
                    (index + 1).to_string(),
                    format!("{} – {}", line.fee, line.shown_name()),
                    line.unit.clone().unwrap_or_else(|| "–".to_owned()),
                    grouped(line.quantity),
                    line.unit_price.to_string(),
                    line.amount.to_string(),
                ]
            })
            .collect();
        let total = content.total.to_string();
        // very large amounts: smaller type until the name keeps a third of the sheet
        let mut size = flow.paper.size * 0.95;
        let mut widths = Self::measure(&rows, &total, size, flow);
        while widths[1] < flow.width() / 3.0 && size > 6.0 {
            size -= 0.5;
            widths = Self::measure(&rows, &total, size, flow);
        }
        Self { size, widths, rows, total }
    }

    /// Numbers are never broken; the name takes what is left, and long units are wrapped.
    fn measure(rows: &[[String; 6]], total: &str, size: f32, flow: &Flow) -> [f32; 6] {
        let widest = |column: usize, head: Label| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let english = flow.english(head).map_or(0.0, |text| Face::Italic.width(&text, size * ENGLISH));
            let least = Face::Bold.width(head.0, size).max(english);
            cells.map(|cell| Face::Regular.width(cell, size)).fold(least, f32::max) + 2.0 * PAD + 0.1
        };
        let [number, _, unit, quantity, price, _] = HEAD;
        let (number, unit) = (widest(0, number), widest(2, unit).min(size * 5.5));
        let (quantity, price) = (widest(3, quantity), widest(4, price));
        let amount = widest(5, ("Thành tiền", "Amount,")).max(Face::Bold.width(total, size) + 2.0 * PAD);
        [number, flow.width() - number - unit - quantity - price - amount, unit, quantity, price, amount]
    }

    pub fn draw(&self, flow: &mut Flow) {
        self.head(flow, false);
        for (index, row) in self.rows.iter().enumerate() {
            // the total is never alone on a sheet: the last line stays with it
            let is_last = index + 1 == self.rows.len();
            let below = if is_last { self.size * LEADING + PAD } else { 0.0 };
            if flow.y + self.height(row) + below > flow.bottom() && flow.room(f32::MAX) {
                self.head(flow, true);
            }
            self.row(flow, row, index + 1);
        }
        self.sum(flow);
    }

    fn lines(&self, row: &[String; 6]) -> [Vec<String>; 6] {
        let mut widths = self.widths.iter();
        row.each_ref().map(|cell| {
            let width = widths.next().copied().unwrap_or_default();
            Face::Regular.lines(cell, self.size, width - 2.0 * PAD)
        })
    }

    fn height(&self, row: &[String; 6]) -> f32 {
        let lines = self.lines(row).iter().map(Vec::len).max().unwrap_or(1);
        std::iter::repeat_n(self.size * LEADING, lines).sum::<f32>() + PAD
    }

    /// The head; where it is there `again`, it is not said again.
    fn head(&self, flow: &mut Flow, again: bool) {
        let cells: Vec<Vec<(Face, f32, Ink, String)>> = HEAD
            .into_iter()
            .zip(self.widths)
            .map(|(label, width)| {
                let line = |face: Face, size: f32, ink: Ink, text: &str| {
                    let lines = face.lines(text, size, width - 2.0 * PAD);
                    spaced(lines).map(move |line| (face, size, ink, line)).collect::<Vec<_>>()
                };
                let mut lines = line(Face::Bold, self.size, Ink::Black, label.0);
                if let Some(english) = flow.english(label) {
                    lines.extend(line(Face::Italic, self.size * ENGLISH, Ink::Grey, &english));
                }
                lines
            })
            .collect();
        let used = |lines: &[(Face, f32, Ink, String)]| lines.iter().map(|(_, size, ..)| size * LEADING).sum::<f32>();
        let height = cells.iter().map(|lines| used(lines)).fold(0.0, f32::max) + PAD;
        let top = flow.y;
        let at = (flow.left(), top, flow.width(), height);
        flow.put(Role::Decoration, Mark::Block { at, ink: Ink::Pale });
        let mut x = flow.left();
        for (column, (lines, width)) in cells.into_iter().zip(self.widths).enumerate() {
            let role = if again { Role::Decoration } else { Role::Cell { row: 0, column, is_head: true } };
            let mut y = top + (height - used(&lines)) / 2.0;
            for (face, size, ink, line) in lines {
                let shift = (width - face.width(line.trim_end(), size)) / 2.0;
                flow.text(role, (x + shift, y), face, size, ink, line);
                y += size * LEADING;
            }
            flow.put(Role::Decoration, Mark::Frame { at: (x, top, width, height), weight: 0.5, ink: Ink::Grey });
            x += width;
        }
        flow.y += height;
    }

    fn row(&self, flow: &mut Flow, row: &[String; 6], number: usize) {
        let (height, top) = (self.height(row), flow.y);
        let mut x = flow.left();
        for (column, ((lines, width), align)) in self.lines(row).into_iter().zip(self.widths).zip(ALIGN).enumerate() {
            let role = Role::Cell { row: number, column, is_head: false };
            let mut y = top + PAD / 2.0;
            for line in spaced(lines) {
                let slack = width - 2.0 * PAD - Face::Regular.width(line.trim_end(), self.size);
                let shift = match align {
                    Align::Left => 0.0,
                    Align::Centre => slack / 2.0,
                    Align::Right => slack,
                };
                flow.text(role, (x + PAD + shift, y), Face::Regular, self.size, Ink::Black, line);
                y += self.size * LEADING;
            }
            flow.put(Role::Decoration, Mark::Frame { at: (x, top, width, height), weight: 0.5, ink: Ink::Grey });
            x += width;
        }
        flow.y += height;
    }

    fn sum(&self, flow: &mut Flow) {
        let height = self.size * LEADING + PAD;
        flow.room(height);
        let (top, right) = (flow.y, flow.right());
        let [.., amount] = self.widths;
        let label = ("Tổng cộng", "Total");
        let role = flow.next_paragraph();
        let english = flow.english(label).map(|text| format!("{text} ")).unwrap_or_default();
        let english_width = Face::Italic.width(&english, self.size * ENGLISH);
        let vietnamese = format!("{} ", label.0);
        let x = right - amount - PAD - english_width - Face::Bold.width(&vietnamese, self.size);
        let y = top + PAD / 2.0;
        flow.text(role, (x, y), Face::Bold, self.size, Ink::Black, vietnamese);
        if !english.is_empty() {
            let (x, size) = (right - amount - PAD - english_width, self.size * ENGLISH);
            flow.text(role, (x, y + self.size - size), Face::Italic, size, Ink::Grey, english);
        }
        let x = right - PAD - Face::Bold.width(&self.total, self.size);
        flow.text(role, (x, y), Face::Bold, self.size, Ink::Vermilion, self.total.clone());
        for (x, width) in [(flow.left(), flow.width() - amount), (right - amount, amount)] {
            flow.put(Role::Decoration, Mark::Frame { at: (x, top, width, height), weight: 0.5, ink: Ink::Grey });
        }
        flow.y += height;
    }
}
