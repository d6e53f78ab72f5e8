//! CMaps: how long codes are, and what they are mapped to (ISO 32000-2, 9.7.5 and 9.10.3).

use crate::limits::Limits;
use crate::pdf::content::Operators;
use crate::pdf::object::Object;
use std::collections::HashMap;

/// Ranges of one CMap that are read.
const MOST_RANGES: usize = 100_000;

/// A CMap, as far as it was understood.
#[derive(Debug, Default)]
pub struct CMap {
    /// Length of codes in bytes, first and last one.
    spaces: Vec<(usize, u32, u32)>,
    texts: HashMap<u32, String>,
    /// First and last code, and the UTF-16 of the first one; by their first codes.
    text_ranges: Vec<(u32, u32, Vec<u16>)>,
    /// First and last code, and the CID of the first one; by their first codes.
    cids: Vec<(u32, u32, u32)>,
}

impl CMap {
    /// Reads one.
    pub fn read(data: &[u8], limits: &Limits) -> Self {
        let mut map = Self::default();
        let mut operators = Operators::of_cmap(data, limits);
        while let Some((operator, operands)) = operators.read() {
            match operator {
                b"endcodespacerange" => {
                    for [low, high] in operands.as_chunks().0 {
                        if let (Some(low), Some(high)) = (low.as_string(), high.as_string()) {
                            map.spaces.push((low.len(), number(low), number(high)));
                        }
                    }
                    map.spaces.truncate(64);
                }
                b"endbfchar" => {
                    for [code, text] in operands.as_chunks().0 {
                        if let (Some(code), Some(text)) = (code.as_string(), text.as_string()) {
                            map.texts.insert(number(code), String::from_utf16_lossy(&utf16(text)));
                        }
                    }
                }
                b"endbfrange" => map.add_text_ranges(operands),
                b"endcidchar" => {
                    for [code, cid] in operands.as_chunks().0 {
                        if let (Some(code), Some(cid)) = (code.as_string(), cid_of(cid)) {
                            map.cids.push((number(code), number(code), cid));
                        }
                    }
                }
                b"endcidrange" => {
                    for [low, high, cid] in operands.as_chunks().0 {
                        if let (Some(low), Some(high), Some(cid)) = (low.as_string(), high.as_string(), cid_of(cid)) {
                            map.cids.push((number(low), number(high), cid));
                        }
                    }
                }
                _ => {}
            }
            if map.cids.len().max(map.text_ranges.len()).max(map.texts.len()) > MOST_RANGES {
                break;
            }
        }
        map.text_ranges.sort_by_key(|(low, ..)| *low);
        map.cids.sort_by_key(|(low, ..)| *low);
        map
    }

    fn add_text_ranges(&mut self, operands: &[Object]) {
        for [low, high, to] in operands.as_chunks().0 {
            let (Some(low), Some(high)) = (low.as_string(), high.as_string()) else { continue };
            match to {
                Object::String(first) => self.text_ranges.push((number(low), number(high), utf16(&first.bytes))),
                Object::Array(texts) => {
                    for (code, text) in (number(low)..=number(high)).zip(texts) {
                        if let Some(text) = text.as_string() {
                            self.texts.insert(code, String::from_utf16_lossy(&utf16(text)));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// How many bytes the code at the beginning of a string has; `None` where the CMap does not say.
    pub fn code_length(&self, string: &[u8]) -> Option<usize> {
        let fits = |(length, low, high): &&(usize, u32, u32)| {
            string.get(..*length).is_some_and(|code| (*low..=*high).contains(&number(code)))
        };
        self.spaces.iter().find(fits).or_else(|| self.spaces.first()).map(|(length, ..)| (*length).clamp(1, 4))
    }

    /// The characters of a code.
    pub fn text(&self, code: u32) -> Option<String> {
        if let Some(text) = self.texts.get(&code) {
            return Some(text.clone());
        }
        let at = self.text_ranges.partition_point(|(low, ..)| *low <= code).checked_sub(1)?;
        let (low, _, first) = self.text_ranges.get(at).filter(|(_, high, _)| *high >= code)?;
        let mut units = first.clone();
        let offset = u16::try_from(code.saturating_sub(*low)).ok()?;
        let last = units.last_mut()?;
        *last = last.checked_add(offset)?;
        Some(String::from_utf16_lossy(&units))
    }

    /// The CID of a code.
    pub fn cid(&self, code: u32) -> Option<u32> {
        let at = self.cids.partition_point(|(low, ..)| *low <= code).checked_sub(1)?;
        let (low, _, first) = self.cids.get(at).filter(|(_, high, _)| *high >= code)?;
        first.checked_add(code.saturating_sub(*low))
    }
}

fn cid_of(object: &Object) -> Option<u32> {
    u32::try_from(object.as_integer()?).ok()
}

/// The number that up to four bytes are.
pub fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [one] => vec![u16::from(*one)],
        // a character or a ligature's few
        _ => bytes.as_chunks().0.iter().take(16).map(|pair| u16::from_be_bytes(*pair)).collect(),
    }
}
