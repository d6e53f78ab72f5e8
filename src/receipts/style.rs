//! How a receipt is shown: on which paper, in which languages.

use clap::ValueEnum;
use serde::Deserialize;

/// A paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    /// 148 × 210 mm.
    #[default]
    A5,
    /// 210 × 297 mm.
    A4,
    /// The slip of a thermal printer: 80 mm wide, as long as what is on it.
    Slip,
}

/// How a receipt is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// The paper.
    pub paper: Paper,
    /// Whether the labels are in English too: in brackets and smaller (Nghị định 254/2026/NĐ-CP art. 23.2).
    pub bilingual: bool,
}

/// Measures of a paper, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measures {
    pub width: f32,
    /// The tallest that a sheet may be.
    pub height: f32,
    pub margin: f32,
    /// From the top to the first line.
    pub top: f32,
    /// The size of text.
    pub size: f32,
    /// Whether sheets are cut behind what is on them.
    pub is_cut: bool,
}

impl Paper {
    pub(super) const fn measures(self) -> Measures {
        match self {
            Self::A5 => Measures { width: 419.53, height: 595.28, margin: 34.0, top: 36.0, size: 10.0, is_cut: false },
            Self::A4 => Measures { width: 595.28, height: 841.89, margin: 56.7, top: 52.0, size: 12.0, is_cut: false },
            // 72 mm of the 80 are printed; a PDF page is at most 14,400 points tall (ISO 32000-1 Annex C)
            Self::Slip => {
                Measures { width: 226.77, height: 14_000.0, margin: 12.0, top: 14.0, size: 9.0, is_cut: true }
            }
        }
    }
}
