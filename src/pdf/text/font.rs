//! Fonts: codes of a string as characters, and how far each goes (ISO 32000-2, 9.6 and 9.7).

use super::cmap::{CMap, number};
use super::letters::{Encoding, named};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::typeface::{Face, Letters};
use std::collections::HashMap;

/// Bits of a font descriptor's flags (table 121): italic, bold.
const ITALIC: i64 = 1 << 6;
const BOLD: i64 = 1 << 18;
/// Widths of one font that are read: CIDs have two bytes.
const MOST_WIDTHS: usize = 65_536;
/// Names of glyphs of one font that are read: 256, and where they begin.
const MOST_NAMES: usize = 512;
/// From this weight on a font is bold.
const BOLD_WEIGHT: f64 = 600.0;

/// One code of a string.
pub struct Code {
    /// Its characters; U+FFFD if the font does not tell.
    pub text: String,
    /// How far it goes, in ems of the text space.
    pub advance: f64,
    /// It is the single byte 32, which word spacing widens (9.3.3).
    pub is_space: bool,
}

/// A font, as far as it is needed to know where text stands.
pub struct Font {
    to_unicode: Option<CMap>,
    kind: Kind,
    /// Its letters are bold.
    pub bold: bool,
    /// Its letters are italic.
    pub italic: bool,
}

enum Kind {
    Simple {
        texts: HashMap<u8, String>,
        encoding: Encoding,
        first: usize,
        widths: Vec<f64>,
        missing: f64,
        /// Of the standard fonts, which need not state their widths.
        standard: Option<Letters>,
    },
    Composite {
        encoding: Option<CMap>,
        widths: HashMap<u32, f64>,
        /// First and last CID and width, by the first.
        ranges: Vec<(u32, u32, f64)>,
        default: f64,
    },
}

impl Font {
    /// Reads a font dictionary; what cannot be read of it is as if it were not there.
    pub fn read(doc: &Document, font: &Dictionary) -> Self {
        let value = |dictionary: &Dictionary, key: &[u8]| doc.value(dictionary, key).ok();
        let name = |dictionary: &Dictionary, key: &[u8]| {
            value(dictionary, key).and_then(|v| v.as_name().map(<[u8]>::to_vec)).unwrap_or_default()
        };
        let cmap = |key: &[u8]| {
            let entry = font.get(key)?;
            let resolved = doc.resolve(entry).ok()?;
            let data = doc.stream_data(entry.as_reference()?, resolved.as_stream()?).ok()?;
            Some(CMap::read(&data, doc.limits()))
        };
        let subtype = name(font, b"Subtype");
        let descendant = value(font, b"DescendantFonts")
            .and_then(|all| doc.resolve(all.as_array()?.first()?).ok()?.as_dictionary().cloned())
            .filter(|_| subtype == b"Type0");
        let below = descendant.as_ref().unwrap_or(font);
        let descriptor = value(below, b"FontDescriptor").and_then(|d| d.as_dictionary().cloned()).unwrap_or_default();
        let base = String::from_utf8_lossy(&name(font, b"BaseFont")).to_ascii_lowercase();
        let number = |key: &[u8]| value(&descriptor, key).and_then(|v| v.as_f64());
        let flags = value(&descriptor, b"Flags").and_then(|v| v.as_integer()).unwrap_or_default();
        let kind = match &descendant {
            Some(descendant) => composite(doc, descendant, cmap(b"Encoding")),
            None => simple(doc, font, &subtype, &base, number(b"MissingWidth")),
        };
        Self {
            to_unicode: cmap(b"ToUnicode"),
            kind,
            bold: base.contains("bold") || flags & BOLD != 0 || number(b"FontWeight").is_some_and(|w| w >= BOLD_WEIGHT),
            italic: base.contains("italic") || base.contains("oblique") || flags & ITALIC != 0,
        }
    }

    /// Widths and characters that were read.
    pub fn entries(&self) -> usize {
        match &self.kind {
            Kind::Simple { texts, widths, .. } => texts.len().saturating_add(widths.len()),
            Kind::Composite { widths, ranges, .. } => widths.len().saturating_add(ranges.len()),
        }
    }

    /// The code at the beginning of a string, and how many bytes it has: never none of a string that is not empty.
    pub fn decode(&self, string: &[u8]) -> (Code, usize) {
        let told = |code: u32| self.to_unicode.as_ref().and_then(|map| map.text(code));
        match &self.kind {
            Kind::Simple { texts, encoding, first, widths, missing, standard } => {
                let byte = string.first().copied().unwrap_or_default();
                let own = || texts.get(&byte).cloned().unwrap_or_else(|| encoding.character(byte).into());
                let text = told(byte.into()).unwrap_or_else(own);
                let listed = usize::from(byte).checked_sub(*first).and_then(|at| widths.get(at)).copied();
                let advance = match (listed, standard) {
                    (Some(width), _) => width,
                    (None, Some(letters)) => letters.width(&text),
                    (None, None) => *missing,
                };
                (Code { text, advance, is_space: byte == b' ' }, 1)
            }
            Kind::Composite { encoding, widths, ranges, default } => {
                let length = encoding.as_ref().and_then(|map| map.code_length(string)).unwrap_or(2);
                let length = length.min(string.len()).max(1);
                let code = number(string.get(..length).unwrap_or_default());
                let cid = encoding.as_ref().and_then(|map| map.cid(code)).unwrap_or(code);
                let in_range = || {
                    let at = ranges.partition_point(|(low, ..)| *low <= cid).checked_sub(1)?;
                    ranges.get(at).filter(|(_, high, _)| *high >= cid).map(|(.., width)| *width)
                };
                let advance = widths.get(&cid).copied().or_else(in_range).unwrap_or(*default);
                let text = told(code).unwrap_or_else(|| char::REPLACEMENT_CHARACTER.into());
                (Code { text, advance, is_space: length == 1 && code == u32::from(b' ') }, length)
            }
        }
    }
}

fn simple(doc: &Document, font: &Dictionary, subtype: &[u8], base: &str, missing: Option<f64>) -> Kind {
    let value = |key: &[u8]| doc.value(font, key).ok();
    // widths are thousandths of an em, but for fonts whose glyphs are content streams (9.6.4)
    let scale = match subtype {
        b"Type3" => value(b"FontMatrix").and_then(|m| m.as_array()?.first()?.as_f64()).unwrap_or(0.001),
        _ => 0.001,
    };
    let (mut texts, mut encoding) = (HashMap::new(), Encoding::Windows);
    let stated = value(b"Encoding");
    let base_name = match stated.as_deref() {
        Some(Object::Name(name)) => name.clone(),
        Some(Object::Dictionary(own)) => {
            let differences = doc.value(own, b"Differences").ok();
            let mut code = Some(0_u8);
            for entry in differences.as_ref().and_then(|d| d.as_array()).unwrap_or_default().iter().take(MOST_NAMES) {
                match entry {
                    Object::Integer(first) => code = u8::try_from(*first).ok(),
                    Object::Name(glyph) => {
                        if let (Some(code), Some(text)) = (code, named(&String::from_utf8_lossy(glyph))) {
                            texts.insert(code, text);
                        }
                        code = code.and_then(|code| code.checked_add(1));
                    }
                    _ => {}
                }
            }
            let base = doc.value(own, b"BaseEncoding").ok();
            base.and_then(|b| b.as_name().map(<[u8]>::to_vec)).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    if base_name == b"MacRomanEncoding" {
        encoding = Encoding::Macintosh;
    }
    let listed = value(b"Widths");
    let widths: Vec<f64> = listed
        .as_ref()
        .and_then(|list| list.as_array())
        .unwrap_or_default()
        .iter()
        .take(256)
        .map(|width| width_of(doc, width) * scale)
        .collect();
    let first = value(b"FirstChar").and_then(|v| usize::try_from(v.as_integer()?).ok()).unwrap_or_default();
    let standard = if widths.is_empty() && subtype != b"Type3" {
        if base.contains("bold") { Face::Bold.letters() } else { Face::Regular.letters() }
    } else {
        None
    };
    let missing = missing.filter(|width| width.is_finite()).unwrap_or_default() * scale;
    Kind::Simple { texts, encoding, first, widths, missing, standard }
}

fn width_of(doc: &Document, width: &Object) -> f64 {
    doc.resolve(width).ok().and_then(|w| w.as_f64()).filter(|w| w.is_finite()).unwrap_or_default()
}

/// The widths of a composite font (9.7.4.3): `c [w w ...]` and `first last w`.
fn composite(doc: &Document, descendant: &Dictionary, encoding: Option<CMap>) -> Kind {
    let (mut widths, mut ranges) = (HashMap::new(), Vec::new());
    let listed = doc.value(descendant, b"W").ok();
    let mut rest = listed.as_ref().and_then(|list| list.as_array()).unwrap_or_default();
    let cid = |object: &Object| doc.resolve(object).ok().and_then(|o| u32::try_from(o.as_integer()?).ok());
    while let [first, second, more @ ..] = rest {
        if widths.len().saturating_add(ranges.len()) >= MOST_WIDTHS {
            break;
        }
        rest = more;
        let (Some(first), Ok(second)) = (cid(first), doc.resolve(second)) else { continue };
        if let Some(list) = second.as_array() {
            for (cid, width) in (first..=u32::MAX).zip(list).take(MOST_WIDTHS) {
                widths.insert(cid, width_of(doc, width) / 1000.0);
            }
        } else if let [width, behind @ ..] = rest {
            rest = behind;
            let last = second.as_integer().and_then(|last| u32::try_from(last).ok()).unwrap_or(first);
            ranges.push((first, last, width_of(doc, width) / 1000.0));
        }
    }
    ranges.sort_by_key(|(first, ..)| *first);
    let default = doc.value(descendant, b"DW").ok().and_then(|w| w.as_f64()).filter(|w| w.is_finite());
    Kind::Composite { encoding, widths, ranges, default: default.unwrap_or(1000.0) / 1000.0 }
}
