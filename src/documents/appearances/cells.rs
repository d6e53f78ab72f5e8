//! The columns of a page: what stands on one line, apart from what stands beside it.

use crate::pdf::text::{PageText, Word};

/// Ems between columns; where the type changes, too, it may be less.
const APART: f64 = 1.6;
const APART_IN_OTHER_TYPE: f64 = 0.7;

/// Cells of one page that are looked at; letters have less than 200.
const MOST_CELLS: usize = 3_000;

/// Words that belong together.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Its words, with single spaces.
    pub text: String,
    /// Where it begins.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
    /// What it stands on.
    pub baseline: f64,
    /// Size of its letters.
    pub size: f64,
}

impl Cell {
    /// The middle of it.
    pub fn middle(&self) -> f64 {
        f64::midpoint(self.left, self.right)
    }

    fn of(word: &Word) -> Self {
        Self { text: word.text.clone(), left: word.left, right: word.right, baseline: word.baseline, size: word.size }
    }
}

/// The cells of a page, from top to bottom and from left to right.
pub fn cells(page: &PageText) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for row in &page.rows {
        let mut last: Option<&Word> = None;
        for word in &row.words {
            let near = last.is_some_and(|before| {
                let other_type = before.bold != word.bold || (before.size - word.size).abs() > 0.6;
                let most = if other_type { APART_IN_OTHER_TYPE } else { APART };
                word.left - before.right < most * before.size.max(word.size)
            });
            match cells.last_mut().filter(|_| near) {
                Some(cell) => {
                    cell.text.push(' ');
                    cell.text.push_str(&word.text);
                    cell.right = word.right;
                }
                None => cells.push(Cell::of(word)),
            }
            last = Some(word);
        }
        if cells.len() > MOST_CELLS {
            break;
        }
    }
    cells
}
