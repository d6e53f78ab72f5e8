//! What is written on the page with a signature of an official document: the one place that says what is signed, by whom, with which words,
//! and where that stands (Nghị định 30/2020/NĐ-CP, Appendix I). Where it stands is given by whoever asks for it; what comes with a document in
//! a file of its own, and copies, have their words at the top right of the first page.

use super::kinds::Words;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::VIETNAM;
use crate::pdf::appearance::Visible;
use crate::pdf::document::Document;
use crate::pdf::source::Source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// Width and height of the words at the top right, and how far they are from the page's edges; points.
const CORNER: [f64; 2] = [230.0, 36.0];
const CORNER_MARGIN: f64 = 20.0;

/// What is signed, by whom, with which words.
#[derive(Debug, Clone, Copy)]
pub enum Ink<'a> {
    /// The drafting department stands by the draft.
    Initials,
    /// Whom it is for to sign, in whose place and with which office.
    Leader {
        /// Before the title of whom it is signed for, and that title.
        capacity: Option<(Words, &'a str)>,
    },
    /// The clerk's office gives number, day and month.
    Number {
        /// The number as it is written: `07`.
        number: &'a str,
        /// Number and symbol: `07/QĐ-UBND`.
        symbol: &'a str,
        /// Day, month and year.
        date: Date,
    },
    /// The unit.
    Seal,
    /// The unit, on what comes with a document in a file of its own: the document's number and symbol.
    Attachment {
        /// Number and symbol of the document.
        symbol: &'a str,
    },
    /// The unit, on a copy: `Sao y`, `Sao lục`, `Trích sao`.
    Copy {
        /// The kind of copy.
        kind: &'a str,
        /// The copying unit's name.
        unit: &'a str,
        /// Number and symbol of the copy.
        symbol: &'a str,
    },
}

/// Where a signature is seen.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The page, from 1.
    pub page: u32,
    /// X, Y, width and height in points from the page's lower left corner as a person sees it.
    pub rect: [f64; 4],
    /// An image: a PNG in base64. Only where the decree has one: initials, leader, seal.
    pub image: Option<String>,
}

impl Ink<'_> {
    /// What the signature dictionary gives as the reason.
    pub fn reason(&self) -> String {
        match self {
            Self::Initials => "Ký nháy".to_owned(),
            Self::Leader { .. } => "Ký ban hành văn bản".to_owned(),
            Self::Number { symbol, date, .. } => {
                format!(
                    "Cấp số {symbol}, ngày {:02} tháng {:02} năm {}",
                    date.day(),
                    u8::from(date.month()),
                    date.year()
                )
            }
            Self::Seal => "Ký số của cơ quan".to_owned(),
            Self::Attachment { symbol } => format!("Kèm theo văn bản số {symbol}"),
            Self::Copy { kind, symbol, .. } => format!("{kind} số {symbol}"),
        }
    }

    /// What stands before the signer's name in the signature dictionary.
    pub fn role(&self) -> Option<String> {
        match self {
            Self::Leader { capacity: Some((words, title)) } => Some(format!("{words} {title}")),
            _ => None,
        }
    }

    /// What is seen of it. Nothing where no place is given and the decree does not fix one.
    pub fn visible(
        &self,
        place: Option<&Place>,
        source: &Arc<dyn Source>,
        time: OffsetDateTime,
    ) -> Result<Option<Visible>> {
        match self {
            Self::Attachment { symbol } => top_right(source, format!("{symbol}; {}", moment(time))).map(Some),
            Self::Copy { kind, unit, symbol } => {
                top_right(source, format!("{kind} số {symbol}\n{unit}\n{}", moment(time))).map(Some)
            }
            _ => place.map(|place| self.placed(place)).transpose(),
        }
    }

    fn placed(&self, place: &Place) -> Result<Visible> {
        let wrong = |why: &str| Error::new(Kind::Usage, "registry.place", "the place of a signature", why);
        let page = place.page.checked_sub(1).and_then(|page| usize::try_from(page).ok());
        let page = page.ok_or_else(|| wrong("pages are counted from 1"))?;
        if !place.rect.iter().all(|number| number.is_finite()) {
            return Err(wrong("rect is four numbers: X, Y, width and height"));
        }
        let image = place.image.as_ref().map(|image| STANDARD.decode(image));
        let image = image.transpose().map_err(|_| wrong("the image is not a PNG in base64"))?;
        let text = match self {
            Self::Number { number, date, .. } => {
                if image.is_some() {
                    return Err(wrong("number, day and month have no image"));
                }
                Some(format!("Số: {number}; ngày {:02} tháng {:02}", date.day(), u8::from(date.month())))
            }
            _ => None,
        };
        Ok(Visible { image, text, ..Visible::new(page, place.rect) })
    }
}

/// The time of signing as the decree has it: `2026-11-24T08:30:15+07:00`.
fn moment(time: OffsetDateTime) -> String {
    let time = time.to_offset(VIETNAM);
    let (date, hour, minute, second) = (time.date(), time.hour(), time.minute(), time.second());
    format!("{date}T{hour:02}:{minute:02}:{second:02}+07:00")
}

fn top_right(source: &Arc<dyn Source>, text: String) -> Result<Visible> {
    let page = Document::open_or_recover(Arc::clone(source), None, *Limits::in_force())?.page(0)?;
    let [left, bottom, right, top] = page.crop_box;
    let (width, height) = (right - left, top - bottom);
    let (width, height) = if matches!(page.rotate, 90 | 270) { (height, width) } else { (width, height) };
    let [wide, high] = [CORNER[0].min(width / 2.0), CORNER[1].min(height / 4.0)];
    let rect =
        [width - wide - CORNER_MARGIN.min(width / 20.0), height - high - CORNER_MARGIN.min(height / 20.0), wide, high];
    Ok(Visible { text: Some(text), ..Visible::new(0, rect) })
}
