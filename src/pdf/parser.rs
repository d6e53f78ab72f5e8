//! Lexical conventions and objects (ISO 32000-2, 7.2 and 7.3), over a window of the file.
//!
//! A window may end in the middle of an object: then the parser says [`Stop::Incomplete`] and the caller
//! comes back with a longer one.

use super::object::{Dictionary, Object, ObjectId, PdfString};
use crate::limits::Limits;
use std::collections::HashMap;

/// Why no object could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The window ends before the object does.
    Incomplete,
    /// It is not an object, at this offset in the window.
    Malformed(usize, &'static str),
    /// It is larger or deeper than the limits allow.
    TooLarge(&'static str),
}

type Parsed<T> = Result<T, Stop>;

/// Dictionaries with more keys than this are indexed while they are read, to find duplicate keys.
const INDEXED_FROM: usize = 32;

/// White space (table 1).
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Delimiters (table 2).
pub const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// Reads objects from a window.
#[derive(Debug)]
pub struct Parser<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The window reaches to the end of the file, so that its end is an end.
    complete: bool,
    limits: &'a Limits,
}

/// What an indirect object consists of, without its stream data.
#[derive(Debug)]
pub struct Indirect {
    /// The identity that stands before `obj`.
    pub id: ObjectId,
    /// The object; of a stream its dictionary.
    pub object: Object,
    /// If it is a stream, where its data begins in the window.
    pub stream_start: Option<usize>,
    /// Behind the object, or behind the keyword `stream`.
    pub end: usize,
}

impl<'a> Parser<'a> {
    /// Starts at `position` in the window.
    pub const fn new(bytes: &'a [u8], position: usize, complete: bool, limits: &'a Limits) -> Self {
        Self { bytes, position, complete, limits }
    }

    /// Where it stands in the window.
    pub const fn position(&self) -> usize {
        self.position
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.position.checked_add(ahead)?).copied()
    }

    fn advance(&mut self, by: usize) {
        self.position = self.position.saturating_add(by).min(self.bytes.len());
    }

    fn at_end<T>(&self, what: &'static str) -> Parsed<T> {
        if self.complete { Err(Stop::Malformed(self.position, what)) } else { Err(Stop::Incomplete) }
    }

    fn malformed<T>(&self, what: &'static str) -> Parsed<T> {
        Err(Stop::Malformed(self.position, what))
    }

    /// Skips white space and comments.
    pub fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.advance(1);
            } else if byte == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.advance(1);
                }
            } else {
                break;
            }
        }
    }

    /// The run of regular characters here.
    fn word(&mut self) -> Parsed<&'a [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        match rest.iter().position(|b| !is_regular(*b)) {
            Some(length) => {
                self.advance(length);
                Ok(rest.get(..length).unwrap_or_default())
            }
            None if self.complete => {
                self.advance(rest.len());
                Ok(rest)
            }
            None => Err(Stop::Incomplete),
        }
    }

    /// Reads this keyword, white space before it skipped; false, and nothing read, if something else is there.
    pub fn keyword(&mut self, word: &[u8]) -> Parsed<bool> {
        self.skip_space();
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        if rest.len() < word.len() && word.starts_with(rest) && !self.complete {
            return Err(Stop::Incomplete);
        }
        if rest.starts_with(word) {
            self.advance(word.len());
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads an integer from 0 upwards, white space before it skipped.
    pub fn unsigned(&mut self) -> Parsed<u64> {
        self.skip_space();
        if self.peek().is_none() {
            return self.at_end("a number is missing");
        }
        let word = self.word()?;
        let digits = std::str::from_utf8(word).ok().filter(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit()));
        match digits.and_then(|w| w.parse().ok()) {
            Some(number) => Ok(number),
            None => self.malformed("an integer is expected"),
        }
    }

    /// Reads `12 0 obj`, the object, and, where one follows, the keyword `stream` with its end of line.
    pub fn indirect(&mut self) -> Parsed<Indirect> {
        let number = self.unsigned()?;
        let generation = self.unsigned()?;
        let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation)) else {
            return self.malformed("an object number is out of range");
        };
        if !self.keyword(b"obj")? {
            return self.malformed("the keyword obj is missing");
        }
        let id = ObjectId { number, generation };
        self.skip_space();
        if self.keyword(b"endobj")? {
            return Ok(Indirect { id, object: Object::Null, stream_start: None, end: self.position });
        }
        let object = self.object()?;
        let mut end = self.position;
        let mut stream_start = None;
        if matches!(object, Object::Dictionary(_)) && self.keyword(b"stream")? {
            match (self.peek(), self.peek_at(1)) {
                (Some(b'\r'), Some(b'\n')) => self.advance(2),
                (Some(b'\r' | b'\n'), Some(_)) => self.advance(1),
                (Some(_), _) if self.complete => {}
                (Some(b'\n'), None) | (None | Some(b'\r'), _) if !self.complete => return Err(Stop::Incomplete),
                _ => {}
            }
            end = self.position;
            stream_start = Some(end);
        }
        Ok(Indirect { id, object, stream_start, end })
    }

    /// Reads any object.
    pub fn object(&mut self) -> Parsed<Object> {
        self.object_at(0)
    }

    fn object_at(&mut self, depth: usize) -> Parsed<Object> {
        if depth > self.limits.pdf_depth {
            return Err(Stop::TooLarge("objects are nested too deeply"));
        }
        self.skip_space();
        match self.peek() {
            None => self.at_end("an object is missing"),
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal_string(),
            Some(b'<') => match self.peek_at(1) {
                None => self.at_end("an object is cut off"),
                Some(b'<') => self.dictionary(depth).map(Object::Dictionary),
                Some(_) => self.hexadecimal_string(),
            },
            Some(b'[') => self.array(depth),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number_or_reference(),
            Some(b')' | b'>' | b']' | b'{' | b'}') => self.malformed("a delimiter stands where an object is expected"),
            Some(_) => {
                let start = self.position;
                match self.word()? {
                    b"true" => Ok(Object::Boolean(true)),
                    b"false" => Ok(Object::Boolean(false)),
                    b"null" => Ok(Object::Null),
                    _ => {
                        self.position = start;
                        self.malformed("an unknown word stands where an object is expected")
                    }
                }
            }
        }
    }

    /// The window must show what follows a number, or `12` might be the beginning of `123` or of `12 0 R`.
    fn number_or_reference(&mut self) -> Parsed<Object> {
        let word = self.word()?;
        let text = String::from_utf8_lossy(word);
        let Ok(integer) = text.parse::<i64>() else {
            return Ok(Object::Real(text.into_owned().into_boxed_str()));
        };
        let after = self.position;
        if let Ok(number) = u32::try_from(integer) {
            match self.reference_rest(number) {
                Ok(Some(id)) => return Ok(Object::Reference(id)),
                Err(Stop::Incomplete) => return Err(Stop::Incomplete),
                _ => self.position = after,
            }
        }
        Ok(Object::Integer(integer))
    }

    fn reference_rest(&mut self, number: u32) -> Parsed<Option<ObjectId>> {
        self.skip_space();
        match self.peek() {
            None if !self.complete => return Err(Stop::Incomplete),
            Some(byte) if byte.is_ascii_digit() => {}
            _ => return Ok(None),
        }
        let Ok(generation) = u16::try_from(self.unsigned()?) else { return Ok(None) };
        self.skip_space();
        match (self.peek(), self.peek_at(1)) {
            (None, _) | (Some(b'R'), None) if !self.complete => Err(Stop::Incomplete),
            (Some(b'R'), next) if next.is_none_or(|b| !is_regular(b)) => {
                self.advance(1);
                Ok(Some(ObjectId { number, generation }))
            }
            _ => Ok(None),
        }
    }

    fn name(&mut self) -> Parsed<Vec<u8>> {
        self.advance(1);
        let word = self.word()?;
        if !word.contains(&b'#') {
            return Ok(word.to_vec());
        }
        let mut name = Vec::with_capacity(word.len());
        let mut rest = word;
        while let Some((first, tail)) = rest.split_first() {
            let escaped = tail.get(..2).filter(|_| *first == b'#').and_then(|h| hex::decode(h).ok());
            if let Some(byte) = escaped {
                name.extend(byte);
                rest = tail.get(2..).unwrap_or_default();
            } else {
                name.push(*first);
                rest = tail;
            }
        }
        Ok(name)
    }

    fn literal_string(&mut self) -> Parsed<Object> {
        self.advance(1);
        let mut bytes = Vec::new();
        let mut open = 0_usize;
        loop {
            let Some(byte) = self.peek() else { return self.at_end("a string does not end") };
            self.advance(1);
            match byte {
                b'(' => {
                    open = open.saturating_add(1);
                    bytes.push(byte);
                }
                b')' if open == 0 => return Ok(Object::String(PdfString { bytes, hexadecimal: false })),
                b')' => {
                    open = open.saturating_sub(1);
                    bytes.push(byte);
                }
                b'\\' => self.escape(&mut bytes)?,
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.advance(1);
                    }
                    bytes.push(b'\n');
                }
                _ => bytes.push(byte),
            }
        }
    }

    /// What follows a backslash (table 3).
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Parsed<()> {
        let Some(byte) = self.peek() else { return self.at_end("a string does not end") };
        self.advance(1);
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.advance(1);
                }
                // high-order overflow is ignored (table 3)
                bytes.push(u8::try_from(code & 0xFF).unwrap_or_default());
            }
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.advance(1);
                }
            }
            b'\n' => {}
            other => bytes.push(other),
        }
        Ok(())
    }

    fn hexadecimal_string(&mut self) -> Parsed<Object> {
        self.advance(1);
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let Some(length) = rest.iter().position(|b| *b == b'>') else { return self.at_end("a string does not end") };
        let mut bytes = Vec::with_capacity(length / 2 + 1);
        let mut high: Option<u8> = None;
        for byte in rest.get(..length).unwrap_or_default() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                b'A'..=b'F' => byte - b'A' + 10,
                space if is_space(*space) => continue,
                _ => return self.malformed("a hexadecimal string holds other characters than digits"),
            };
            match high.take() {
                Some(high) => bytes.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        // a digit that is missing at the end is 0
        bytes.extend(high.map(|high| high << 4));
        self.advance(length.saturating_add(1));
        Ok(Object::String(PdfString { bytes, hexadecimal: true }))
    }

    fn array(&mut self, depth: usize) -> Parsed<Object> {
        self.advance(1);
        let mut elements = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.advance(1);
                return Ok(Object::Array(elements));
            }
            if elements.len() >= self.limits.pdf_elements {
                return Err(Stop::TooLarge("an array has too many elements"));
            }
            elements.push(self.object_at(depth.saturating_add(1))?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Parsed<Dictionary> {
        self.advance(2);
        let mut dictionary = Dictionary::new();
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => return self.at_end("a dictionary does not end"),
                Some(b'>') if self.peek_at(1) == Some(b'>') => {
                    self.advance(2);
                    return Ok(dictionary);
                }
                Some(b'>') if self.peek_at(1).is_none() => return self.at_end("a dictionary does not end"),
                Some(b'/') => {}
                Some(_) => return self.malformed("a key of a dictionary is not a name"),
            }
            if dictionary.len() >= self.limits.pdf_elements {
                return Err(Stop::TooLarge("a dictionary has too many keys"));
            }
            let key = self.name()?;
            self.skip_space();
            // a key without a value: seen before the end of a dictionary in real files
            let value = if self.peek() == Some(b'>') && self.peek_at(1) == Some(b'>') {
                Object::Null
            } else {
                self.object_at(depth.saturating_add(1))?
            };
            if dictionary.len() < INDEXED_FROM {
                dictionary.set_parsed(key, value);
                continue;
            }
            if seen.is_empty() {
                seen.extend(dictionary.iter().enumerate().map(|(index, (k, _))| (k.to_vec(), index)));
            }
            match seen.get(&key) {
                Some(index) => dictionary.replace_parsed(*index, value),
                None => {
                    seen.insert(key.clone(), dictionary.len());
                    dictionary.push_unique(key, value);
                }
            }
        }
    }
}
