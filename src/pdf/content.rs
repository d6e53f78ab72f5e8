//! Content streams as their operators (ISO 32000-2, 7.8.2), within limits.

use super::object::Object;
use super::parser::{Parser, is_delimiter, is_space};
use crate::limits::Limits;

/// Operators read of one content stream.
const MOST_OPERATORS: usize = 500_000;
/// Operands of one operator; more belong to none.
const MOST_OPERANDS: usize = 64;
/// Operands of one operator of a CMap, which lists what it maps before it says so.
const MOST_MAPPED: usize = 20_000;

/// Goes through a content stream.
pub struct Operators<'a> {
    content: &'a [u8],
    limits: &'a Limits,
    at: usize,
    left: usize,
    most_operands: usize,
    operands: Vec<Object>,
    is_cut: bool,
}

impl<'a> Operators<'a> {
    /// Starts at the beginning.
    pub const fn of(content: &'a [u8], limits: &'a Limits) -> Self {
        Self::with(content, limits, MOST_OPERANDS)
    }

    /// The same of a CMap (9.10.3), whose operators have many operands.
    pub const fn of_cmap(content: &'a [u8], limits: &'a Limits) -> Self {
        Self::with(content, limits, MOST_MAPPED)
    }

    const fn with(content: &'a [u8], limits: &'a Limits, most_operands: usize) -> Self {
        Self { content, limits, at: 0, left: MOST_OPERATORS, most_operands, operands: Vec::new(), is_cut: false }
    }

    /// The next operator and its operands, the last 64 of them. Images written into the content are passed over; `BI` stands for
    /// them. `None` at the end, and where there is more than is read.
    pub fn read(&mut self) -> Option<(&'a [u8], &[Object])> {
        self.operands.clear();
        let mut parser = Parser::new(self.content, self.at, true, self.limits);
        while self.left > 0 {
            self.left = self.left.saturating_sub(1);
            parser.skip_space();
            if parser.position() >= self.content.len() {
                self.at = self.content.len();
                return None;
            }
            if let Ok(operand) = parser.object() {
                // in large pieces, so that no operand is moved more than once
                if self.operands.len() >= self.most_operands.saturating_mul(2) {
                    self.operands.drain(..self.most_operands);
                }
                self.operands.push(operand);
                continue;
            }
            let start = parser.position();
            let rest = self.content.get(start..).unwrap_or_default();
            let length = rest.iter().take_while(|b| !is_space(**b) && !is_delimiter(**b)).count().max(1);
            let end = start.saturating_add(length);
            let operator = self.content.get(start..end).unwrap_or_default();
            self.at = if operator == b"BI" { end_of_image(self.content, end) } else { end };
            let more = self.operands.len().saturating_sub(self.most_operands);
            return Some((operator, self.operands.get(more..).unwrap_or_default()));
        }
        self.is_cut = true;
        None
    }

    /// There was more than is read.
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }
}

/// Behind the `EI` of an image that is written into the content (8.9.7).
fn end_of_image(content: &[u8], from: usize) -> usize {
    let rest = content.get(from..).unwrap_or_default();
    let ends = |w: &[u8]| matches!(w, [before, b'E', b'I', behind] if is_space(*before) && is_space(*behind));
    rest.windows(4).position(ends).map_or(content.len(), |at| from.saturating_add(at).saturating_add(3))
}
