//! What is seen of signatures on official documents (Nghị định 30/2020/NĐ-CP, Appendix I), and where: found by the page's own text, or
//! given by hand.
//!
//! | file | what |
//! | --- | --- |
//! | `signer` | the signature block: office, name, and the room between them; the end of the text |
//! | `blanks` | number, day and month in the head of the first page |
//! | `corner` | text at the top right of the first page |
//! | `image` | images: trimmed, and whether they are what the decree asks for |
//! | `cells` | the columns of a page |
//!
//! One signature has one widget, since a signature field shall never refer to more than one annotation (ISO 32000-2, 12.7.5.5): number, day
//! and month are one appearance, transparent but for its three texts.

mod blanks;
mod cells;
mod corner;
mod image;
mod signer;

use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::{Text, both};
use crate::pdf::appearance::{Visible, Written};
use crate::pdf::document::Document;
use crate::pdf::text::PageText;
use image::{Image, Ink};
use time::{Date, OffsetDateTime};

/// Width of a seal whose image does not state its real size, in points: 38.8 mm, as ministries' are.
const SEAL: f64 = 110.0;
/// Of the signature that a seal covers on its left.
const COVERED: f64 = 1.0 / 3.0;
/// Room for initials, points.
const INITIALS: [f64; 2] = [40.0, 20.0];
/// Pages that are looked through.
const MOST_PAGES: usize = 200;

/// As what a document is signed.
#[derive(Debug, Clone)]
pub enum SignAs {
    /// The leader: the image of a signature, between office and name.
    Leader {
        /// PNG.
        image: Vec<u8>,
    },
    /// The unit: its seal, over a third of the leader's signature, on its left.
    Seal {
        /// PNG.
        image: Vec<u8>,
        /// The seal's real width, points; as the image states it if not given.
        width: Option<f64>,
    },
    /// The clerk, who gives number and date: text on the blanks of the page.
    Number {
        /// From 1.
        number: u32,
        /// The day of issue.
        date: Date,
    },
    /// The head of the drafting department: initials at the end of the text.
    Initials {
        /// PNG.
        image: Vec<u8>,
    },
    /// The unit, in an attachment's own file: text at the top right.
    Attachment {
        /// Number and symbol of the main document.
        of: String,
    },
    /// The unit, in a copy to electronic form: text at the top right.
    Copy {
        /// Which.
        kind: CopyKind,
        /// The copying unit's name.
        unit: String,
    },
}

/// Copies (article 25 of the decree).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize, utoipa::ToSchema,
)]
pub enum CopyKind {
    /// Sao y: a true copy
    #[value(name = "SY")]
    #[serde(rename = "SY")]
    True,
    /// Sao lục: a copy of a copy
    #[value(name = "SL")]
    #[serde(rename = "SL")]
    OfCopy,
    /// Trích sao: an extract
    #[value(name = "TrS")]
    #[serde(rename = "TrS")]
    Extract,
}

impl CopyKind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "Sao y",
            Self::OfCopy => "Sao lục",
            Self::Extract => "Trích sao",
        }
    }
}

/// A place on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The first one 0.
    pub page: usize,
    /// X, Y, width and height in points, from the lower left corner of the page as a person sees it.
    pub rect: [f64; 4],
}

/// An appearance with its place.
#[derive(Debug)]
pub struct Placed {
    /// What is seen, and where.
    pub visible: Visible,
    /// The texts of the page that it goes by, for whoever confirms it; none of a place given by hand.
    pub found: Vec<String>,
    /// What does not keep it from being signed, but should be known.
    pub warnings: Vec<Text>,
}

/// What of its image is not as the decree wants it; an image that cannot be used at all is an error.
pub fn unfit(sign_as: &SignAs) -> Result<Vec<Text>> {
    let (png, ink) = match sign_as {
        SignAs::Leader { image } | SignAs::Initials { image } => (image, image::Ink::Blue),
        SignAs::Seal { image, .. } => (image, image::Ink::Red),
        SignAs::Number { .. } | SignAs::Attachment { .. } | SignAs::Copy { .. } => return Ok(Vec::new()),
    };
    Ok(image::Image::read(png, Some(ink), Limits::in_force())?.warnings)
}

impl SignAs {
    /// Places the appearance on a document. `by_hand` is where its maker wants it instead of where the text says: one place, of a number one
    /// or three (number, day, month). `signer` is the certificate's name, by which the leader's block is known among several; `time` is
    /// that of signing, in the zone to be shown.
    pub fn place(&self, doc: &Document, by_hand: &[Place], signer: &str, time: OffsetDateTime) -> Result<Placed> {
        let mut placed = self.find(doc, by_hand, signer, time)?;
        placed.visible.rect = placed.visible.rect.map(rounded);
        for text in &mut placed.visible.written {
            [text.left, text.baseline, text.size] = [text.left, text.baseline, text.size].map(rounded);
        }
        Ok(placed)
    }

    fn find(&self, doc: &Document, by_hand: &[Place], signer: &str, time: OffsetDateTime) -> Result<Placed> {
        match (self, by_hand) {
            (Self::Number { number, date }, _) => blanks::place(doc, *number, *date, by_hand),
            (_, [_, _, ..]) => {
                let why = both!("chỉ có một vị trí, không phải nhiều", "it has one place, and several were given");
                Err(by_hand_wrong(why))
            }
            (Self::Leader { image }, _) => {
                let image = Image::read(image, Some(Ink::Blue), doc.limits())?;
                match by_hand.first() {
                    Some(place) => Ok(image.within(*place, Vec::new())),
                    None => {
                        let block = signer::find(doc, signer)?;
                        let mut placed = image.within(block.room()?, block.words());
                        placed.warnings.extend(block.doubts(signer));
                        Ok(placed)
                    }
                }
            }
            (Self::Seal { image, width }, _) => {
                let image = Image::read(image, Some(Ink::Red), doc.limits())?;
                match by_hand.first() {
                    Some(place) => Ok(image.within(*place, Vec::new())),
                    None => seal(doc, image, *width, signer),
                }
            }
            (Self::Initials { image }, _) => {
                let image = Image::read(image, None, doc.limits())?;
                match by_hand.first() {
                    Some(place) => Ok(image.within(*place, Vec::new())),
                    None => {
                        let (place, text) = signer::end_of_text(doc, signer)?;
                        Ok(image.within(place, vec![text]))
                    }
                }
            }
            (Self::Attachment { of }, _) => corner::place(doc, &[of], time, by_hand.first()),
            (Self::Copy { kind, unit }, _) => corner::place(doc, &[kind.name(), unit], time, by_hand.first()),
        }
    }
}

/// What a place is looked for, before it is known how it will look there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The leader's signature.
    Leader,
    /// The seal.
    Seal,
    /// Number, day and month.
    Number,
    /// Initials.
    Initials,
}

impl Spot {
    /// Where the document's own text says that it goes, and what whoever signs should know of that.
    pub fn find(self, doc: &Document, signer: &str, time: OffsetDateTime) -> Result<(Place, Vec<Text>)> {
        let mut doubts = Vec::new();
        let place = match self {
            Self::Leader => {
                let block = signer::find(doc, signer)?;
                doubts = block.doubts(signer);
                block.room()?
            }
            Self::Seal => seal_place(doc, [SEAL, SEAL], signer)?.0,
            Self::Initials => signer::end_of_text(doc, signer)?.0,
            Self::Number => {
                let Visible { page, rect, .. } = blanks::place(doc, 1, time.date(), &[])?.visible;
                Place { page, rect }
            }
        };
        Ok((Place { rect: place.rect.map(rounded), ..place }, doubts))
    }
}

/// The seal at its real size.
fn seal(doc: &Document, image: Image, width: Option<f64>, signer: &str) -> Result<Placed> {
    let size = image.at_width(width.or_else(|| image.real_width()).unwrap_or(SEAL));
    let (place, warnings) = seal_place(doc, size, signer)?;
    let mut placed = image.within(place, Vec::new());
    placed.warnings.extend(warnings);
    Ok(placed)
}

/// A seal of this width and height covers a third of what was signed, or of where that will be.
fn seal_place(doc: &Document, [wide, high]: [f64; 2], signer: &str) -> Result<(Place, Vec<Text>)> {
    let block = signer::find(doc, signer);
    let signature = match &block {
        Ok(block) => signer::signature_in(doc, block)?,
        Err(_) => None,
    };
    // one that was placed by hand is elsewhere
    let signature = match signature {
        Some(place) => Some(place),
        None => signer::last_signature(doc)?,
    };
    let mut warnings = Vec::new();
    let (page, [x, y, w, h]) = match (signature, block) {
        (Some(place), _) => (place.page, place.rect),
        (None, Ok(block)) => {
            warnings.push(Text::new(
                "chưa thấy hình chữ ký của người có thẩm quyền; dấu được đặt theo chỗ dành cho chữ ký",
                "the leader's signature is not seen yet; the seal is placed by the room that is left for it",
            ));
            let Place { page, rect: [x, y, w, h] } = block.room()?;
            // most signatures do not fill their room
            (page, [x + w / 6.0, y, w * 2.0 / 3.0, h])
        }
        (None, Err(error)) => return Err(error),
    };
    let [page_wide, page_high] = page_text(doc, page)?.size;
    let left = (x + w * COVERED - wide).clamp(0.0, (page_wide - wide).max(0.0));
    let bottom = (y + (h - high) / 2.0).clamp(0.0, (page_high - high).max(0.0));
    Ok((Place { page, rect: [left, bottom, wide, high] }, warnings))
}

/// To hundredths of a point.
fn rounded(length: f64) -> f64 {
    (length * 100.0).round() / 100.0
}

/// The text of a page, the first one 0.
fn page_text(doc: &Document, page: usize) -> Result<PageText> {
    Ok(doc.text_of(&doc.page(page)?)?)
}

/// What was not found, said so that it helps; what to do is said by the error's code.
fn not_found(code: &'static str, why: Text) -> Error {
    Error::new(Kind::BadInput, code, what(), why)
}

/// The refusal of a place that was given by hand.
fn by_hand_wrong(why: Text) -> Error {
    Error::new(Kind::Usage, "place.by_hand", what(), why)
}

fn what() -> String {
    both!("vị trí chữ ký", "the signature's place").to_string()
}

/// The rectangle around texts, with room for their descenders and for a point on each side.
fn around(texts: &[Written]) -> [f64; 4] {
    let mut edges = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for text in texts {
        let width = text.face.letters().map_or(0.0, |letters| letters.width(&text.text)) * text.size;
        let [left, bottom, right, top] = edges;
        edges = [
            left.min(text.left - 1.0),
            bottom.min(text.baseline - 0.23 * text.size),
            right.max(text.left + width + 1.0),
            top.max(text.baseline + 0.9 * text.size),
        ];
    }
    let [left, bottom, right, top] = edges;
    [left, bottom, right - left, top - bottom]
}
