//! Transformations of coordinates (ISO 32000-2, 8.3).

/// A transformation matrix, its six numbers as a PDF writes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix(pub [f64; 6]);

// the letters are those of the standard
#[allow(clippy::many_single_char_names)]
impl Matrix {
    /// Leaves everything where it is.
    pub const IDENTITY: Self = Self::moving(0.0, 0.0);

    /// Moves everything by this.
    pub const fn moving(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// Of six numbers; `None` of more or fewer.
    pub fn of(numbers: &[f64]) -> Option<Self> {
        numbers.try_into().ok().map(Self)
    }

    /// First this one, then the next.
    pub fn then(self, next: Self) -> Self {
        let (Self([a, b, c, d, e, f]), Self([p, q, r, s, ..])) = (self, next);
        let [x, y] = next.point([e, f]);
        Self([a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, x, y])
    }

    /// Where a point goes.
    pub fn point(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let Self([a, b, c, d, e, f]) = self;
        [a * x + c * y + e, b * x + d * y + f]
    }
}
