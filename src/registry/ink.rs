//! What is written on the page with a signature of an official document: the one place that says what is signed, by whom, with which words,
//! and where that stands (Nghị định 30/2020/NĐ-CP, Appendix I). Where it stands is found by the page's own text
//! (`documents/appearances/`), unless whoever asks for it gives a place.

use super::kinds::Words;
use super::machine::Act;
use crate::documents::appearances::{self, CopyKind, Placed, SignAs, Spot};
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::{Text, both, moment};
use crate::pdf::appearance::Visible;
use crate::pdf::document::Document;
use crate::pdf::source::Source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Date, OffsetDateTime};

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
        /// The number.
        number: u32,
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
    /// The unit, on a copy.
    Copy {
        /// The kind of copy.
        kind: CopyKind,
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
}

/// How a signature is to be seen, as far as its maker says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look<'a> {
    /// Where, instead of where the page's text says: one place, of a number one or three (number, day, month).
    pub places: &'a [Place],
    /// An image, a PNG in base64: of initials, leader and seal.
    pub image: Option<&'a str>,
}

impl Place {
    /// The same with pages counted from 1.
    pub(super) fn of(page: usize, rect: [f64; 4]) -> Self {
        Self { page: u32::try_from(page).unwrap_or(u32::MAX).saturating_add(1), rect }
    }
}

/// Where the text of a document says that what an act signs with is seen, and what whoever signs should know of that; a seal with this image is
/// as large as it is. None of acts that write nothing.
pub fn spot(
    act: Act,
    bytes: Vec<u8>,
    image: Option<&[u8]>,
    signer: &str,
    time: OffsetDateTime,
) -> Result<Option<(Place, Vec<Text>)>> {
    let spot = match act {
        Act::Initial => Spot::Initials,
        Act::Sign => Spot::Leader,
        Act::Number => Spot::Number,
        Act::Seal => Spot::Seal,
        _ => return Ok(None),
    };
    let doc = Document::open_or_recover(Arc::new(bytes), None, *Limits::in_force())?;
    let (found, doubts) = match (spot, image) {
        (Spot::Seal, Some(image)) => {
            let seal = SignAs::Seal { image: image.to_vec(), width: None };
            let Placed { visible, warnings, .. } = seal.place(&doc, &[], signer, time)?;
            (appearances::Place { page: visible.page, rect: visible.rect }, warnings)
        }
        _ => spot.find(&doc, signer, time)?,
    };
    Ok(Some((Place::of(found.page, found.rect), doubts)))
}

/// What is seen of a signature, and what whoever made it should know.
pub type Seen = (Option<Visible>, Vec<String>);

fn wrong(why: Text) -> Error {
    Error::new(Kind::Usage, "registry.place", both!("vị trí chữ ký", "the place of a signature").to_string(), why)
}

impl Ink<'_> {
    /// What the signature dictionary gives as the reason.
    pub fn reason(&self) -> String {
        match self {
            Self::Initials => "Ký nháy".to_owned(),
            Self::Leader { .. } => "Ký ban hành văn bản".to_owned(),
            Self::Number { symbol, date, .. } => {
                let (day, month, year) = (date.day(), u8::from(date.month()), date.year());
                format!("Cấp số {symbol}, ngày {day:02} tháng {month:02} năm {year}")
            }
            Self::Seal => "Ký số của cơ quan".to_owned(),
            Self::Attachment { symbol } => format!("Kèm theo văn bản số {symbol}"),
            Self::Copy { kind, symbol, .. } => format!("{} số {symbol}", kind.name()),
        }
    }

    /// What stands before the signer's name in the signature dictionary.
    pub fn role(&self) -> Option<String> {
        match self {
            Self::Leader { capacity: Some((words, title)) } => Some(format!("{words} {title}")),
            _ => None,
        }
    }

    /// What is seen of it, signed at this time by who has this name. Of initials, leader and seal without an image: name and time. What finds no
    /// place is refused, but for these: they are signed without being seen, and that is told.
    pub fn seen(&self, look: Look<'_>, source: &Arc<dyn Source>, signer: &str, time: OffsetDateTime) -> Result<Seen> {
        let by_hand: Vec<appearances::Place> = look.places.iter().map(placed).collect::<Result<_>>()?;
        let image = look.image.map(|image| STANDARD.decode(image)).transpose();
        let image =
            image.map_err(|_| wrong(both!("ảnh không phải PNG mã hóa base64", "the image is not a PNG in base64")))?;
        let sign_as = match (self, image) {
            (Self::Initials, Some(image)) => SignAs::Initials { image },
            (Self::Leader { .. }, Some(image)) => SignAs::Leader { image },
            (Self::Seal, Some(image)) => SignAs::Seal { image, width: None },
            (Self::Initials, None) => return in_words(Spot::Initials, &by_hand, source, signer, time),
            (Self::Leader { .. }, None) => return in_words(Spot::Leader, &by_hand, source, signer, time),
            (Self::Seal, None) => return in_words(Spot::Seal, &by_hand, source, signer, time),
            (_, Some(_)) => {
                return Err(wrong(both!(
                    "ảnh chỉ dùng cho ký nháy, chữ ký của lãnh đạo và con dấu",
                    "an image is that of initials, of the leader or of the seal"
                )));
            }
            (Self::Number { number, date, .. }, None) => SignAs::Number { number: *number, date: *date },
            (Self::Attachment { symbol }, None) => SignAs::Attachment { of: (*symbol).to_owned() },
            (Self::Copy { kind, unit, .. }, None) => SignAs::Copy { kind: *kind, unit: (*unit).to_owned() },
        };
        let doc = Document::open_or_recover(Arc::clone(source), None, *Limits::in_force())?;
        let found = sign_as.place(&doc, &by_hand, signer, time)?;
        Ok((Some(found.visible), found.warnings.into_iter().map(|warning| warning.to_string()).collect()))
    }
}

/// Name and time, where whoever signs wants them, else where the page's text says.
fn in_words(
    spot: Spot,
    by_hand: &[appearances::Place],
    source: &Arc<dyn Source>,
    signer: &str,
    time: OffsetDateTime,
) -> Result<Seen> {
    let place = match by_hand {
        [] => spot.find(&Document::open_or_recover(Arc::clone(source), None, *Limits::in_force())?, signer, time).ok(),
        [place] => Some((*place, Vec::new())),
        _ => {
            return Err(wrong(both!(
                "chỉ có một vị trí, không phải nhiều",
                "it has one place, and several were given"
            )));
        }
    };
    let Some((place, doubts)) = place else {
        let unseen = both!(
            "chữ ký không hiển thị: không tìm thấy chỗ ký trên văn bản; hãy chọn vị trí",
            "nothing is seen of the signature: the document's text leaves no place for it, and none was given"
        );
        return Ok((None, vec![unseen.to_string()]));
    };
    let text = Some(format!("Ký số: {signer}\n{}", moment(time)));
    let doubts = doubts.iter().map(ToString::to_string).collect();
    Ok((Some(Visible { text, ..Visible::new(place.page, place.rect) }), doubts))
}

fn placed(place: &Place) -> Result<appearances::Place> {
    let page = place.page.checked_sub(1).and_then(|page| usize::try_from(page).ok());
    let page = page.ok_or_else(|| wrong(both!("trang được đếm từ 1", "pages are counted from 1")))?;
    if !place.rect.iter().all(|number| number.is_finite()) {
        return Err(wrong(both!("rect là bốn số: X, Y, rộng và cao", "rect is four numbers: X, Y, width and height")));
    }
    Ok(appearances::Place { page, rect: place.rect })
}
