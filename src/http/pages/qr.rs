//! QR codes on pages, as SVG.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// A QR code as an SVG path: its width in modules and the path.
#[derive(Debug, Default)]
pub struct Qr {
    /// Modules of a side; none if the text does not fit.
    pub size: usize,
    /// The dark modules, those beside each other as one.
    pub path: String,
}

impl Qr {
    /// The code of a text.
    pub fn of(text: &str) -> Self {
        let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return Self::default() };
        let (size, mut path) = (code.width(), String::new());
        for (row, modules) in code.to_colors().chunks(size).enumerate() {
            let mut column = 0_usize;
            for run in modules.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    // writing to a String cannot fail
                    let _ = write!(path, "M{column} {row}h{width}v1h-{width}z", width = run.len());
                }
                column = column.saturating_add(run.len());
            }
        }
        Self { size, path }
    }
}
