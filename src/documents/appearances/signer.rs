//! The signature block: the signer's office in capitals (`TM. ỦY BAN NHÂN DÂN`, `KT. CHỦ TỊCH`, `PHÓ CHỦ TỊCH`), room, and the
//! signer's name, all on one axis. Known by its form, not by a list of offices, which no list would have all of.

use super::cells::{Cell, cells};
use super::{INITIALS, MOST_PAGES, Place, not_found};
use crate::error::Result;
use crate::messages::{Text, both};
use crate::pdf::document::Document;
use crate::pdf::object::Object;
use crate::pdf::text::PageText;
use unicode_normalization::UnicodeNormalization as _;

/// Words that are looked through, on a page and in all.
const MOST_ON_PAGE: usize = 4_000;
const MOST_WORDS: usize = 60_000;
/// Who signs for whom: for the collective, instead of, by order of, by authorisation of the leader; acting.
const PREFIXES: [&str; 5] = ["TM.", "KT.", "TL.", "TUQ.", "Q."];
/// Words of offices.
const OFFICES: [&str; 10] =
    ["CHỦ", "TRƯỞNG", "GIÁM ĐỐC", "CHÁNH", "THỦ TƯỚNG", "BÍ THƯ", "THƯ KÝ", "PHÓ", "CHỈ HUY", "VIÊN"];
/// Ranks before names, their second word small.
const RANKS: [&str; 5] = ["TÁ", "ÚY", "UÝ", "TƯỚNG", "SĨ"];
/// Lines of an office follow each other within so many ems.
const NEXT_LINE: f64 = 2.2;
/// Ems of room for a signature at least, and points at most.
const LEAST_ROOM: f64 = 2.0;
const MOST_ROOM: f64 = 260.0;
/// Points by which lines that are centred on one axis may differ.
const OFF_AXIS: f64 = 25.0;
/// The room of a signature, points (180 × 100 in the Government's own documents).
const ROOM: [f64; 2] = [180.0, 100.0];
/// Points between what stands on the page and the edge of it.
const MARGIN: f64 = 15.0;
/// Points that a widget has at least to be a signature's image: initials, numbers and dates have less.
const SIGNATURE: [f64; 2] = [60.0, 30.0];

/// A signature block.
#[derive(Debug, Clone)]
pub struct Block {
    page: usize,
    width: f64,
    office: Vec<Cell>,
    name: Cell,
    score: u32,
}

impl Block {
    /// The room for the signature.
    pub fn room(&self) -> Result<Place> {
        let (first, last) = (self.office.first(), self.office.last());
        let (Some(first), Some(last)) = (first, last) else { return Err(nobody()) };
        // lines of one block are centred on one axis, but for those that are as wide as their column
        let widest = self.office.iter().chain([&self.name]).max_by(|a, b| a.text.len().cmp(&b.text.len()));
        let axis = f64::midpoint(widest.unwrap_or(first).middle(), self.name.middle());
        let top = last.baseline - 0.25 * last.size;
        let bottom = self.name.baseline + 0.75 * self.name.size;
        let [wide, high] = ROOM;
        let height = (top - bottom).min(high);
        let half = (wide / 2.0).min(axis - MARGIN).min(self.width - MARGIN - axis);
        if half < MARGIN {
            return Err(nobody());
        }
        Ok(Place {
            page: self.page,
            rect: [axis - half, f64::midpoint(top, bottom) - height / 2.0, 2.0 * half, height],
        })
    }

    /// What whoever signs should know: another name than this one stands beneath the office.
    pub fn doubts(&self, signer: &str) -> Vec<Text> {
        let name = &self.name.text;
        if signer.is_empty() || is_same_name(name, signer) {
            return Vec::new();
        }
        vec![both!(
            "chỗ ký trên văn bản ghi tên “{name}”, không phải tên trong chứng thư số của người ký ({signer})",
            "the document has the name “{name}” where it is signed, the signer's certificate {signer}"
        )]
    }

    /// Its lines.
    pub fn words(&self) -> Vec<String> {
        self.office.iter().chain([&self.name]).map(|cell| cell.text.clone()).collect()
    }

    fn top(&self) -> f64 {
        self.office.first().map_or(self.name.baseline, |cell| cell.baseline)
    }
}

fn nobody() -> crate::error::Error {
    let why = both!(
        "không tìm thấy chức danh viết hoa có họ tên bên dưới và chỗ trống ở giữa",
        "no office in capitals with a name beneath it, and room between them, was found"
    );
    not_found("place.leader", why)
}

/// The block of the signer of a document: that with the certificate's name, else the one that has most of what a block has, else the first.
pub fn find(doc: &Document, signer: &str) -> Result<Block> {
    let mut best: Option<Block> = None;
    let mut left = MOST_WORDS;
    for page in 0..doc.page_count()?.min(MOST_PAGES) {
        let text = super::page_text(doc, page)?;
        let words: usize = text.rows.iter().map(|row| row.words.len()).sum();
        // no page of a letter has so many, and looking at them takes the square of that
        if words > MOST_ON_PAGE {
            continue;
        }
        let Some(rest) = left.checked_sub(words) else { break };
        left = rest;
        for block in blocks(&text, page, signer) {
            if best.as_ref().is_none_or(|known| block.score > known.score) {
                best = Some(block);
            }
        }
    }
    best.ok_or_else(nobody)
}

/// All blocks of a page.
fn blocks(text: &PageText, page: usize, signer: &str) -> Vec<Block> {
    let cells = cells(text);
    let [width, _] = text.size;
    let copies = cells.iter().find(|cell| is_copies(cell)).map(|cell| cell.baseline);
    let mut found: Vec<Block> = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        let is_known = found.iter().flat_map(|block| &block.office).any(|line| {
            line.baseline.to_bits() == cell.baseline.to_bits() && line.left.to_bits() == cell.left.to_bits()
        });
        if is_known || !is_capital(&cell.text) {
            continue;
        }
        let below = cells.get(at.saturating_add(1)..).unwrap_or_default();
        let Some((office, name)) = office_and_name(cell, below) else { continue };
        let capitals = office.iter().map(|line| line.text.to_uppercase()).collect::<Vec<_>>().join(" ");
        let mut score = 0;
        if is_same_name(&name.text, signer) {
            score += 20;
        }
        if copies.is_some_and(|baseline| (baseline - cell.baseline).abs() < 40.0) {
            score += 4;
        }
        if PREFIXES.iter().any(|prefix| capitals.starts_with(prefix)) {
            score += 3;
        }
        if OFFICES.iter().any(|word| capitals.contains(word)) {
            score += 2;
        }
        if name.middle() > width / 2.0 {
            score += 2;
        }
        found.push(Block { page, width, office, name, score });
    }
    found
}

/// The lines of an office that begins with this one, and the name below.
fn office_and_name(first: &Cell, below: &[Cell]) -> Option<(Vec<Cell>, Cell)> {
    let mut office = vec![first.clone()];
    let mut column = (first.left, first.right);
    for cell in below {
        let last = office.last()?;
        let down = last.baseline - cell.baseline;
        let beside = cell.right <= column.0 || cell.left >= column.1;
        if beside || down <= 1.0 {
            continue;
        }
        let is_next = is_capital(&cell.text) && down < NEXT_LINE * last.size && on_axis(first, cell);
        // (Ký, ghi rõ họ tên)
        let is_aside = cell.text.starts_with('(') && cell.text.ends_with(')') && down < NEXT_LINE * last.size;
        if is_next {
            column = (column.0.min(cell.left), column.1.max(cell.right));
            office.push(cell.clone());
        } else if !is_aside {
            let has_room = down > LEAST_ROOM * cell.size && down < MOST_ROOM;
            return (has_room && is_name(&cell.text) && on_axis(first, cell)).then(|| (office, cell.clone()));
        }
    }
    None
}

/// Centred alike.
fn on_axis(one: &Cell, other: &Cell) -> bool {
    (one.middle() - other.middle()).abs() < OFF_AXIS
}

fn is_capital(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= 3
        && !letters.clone().any(char::is_lowercase)
        && !text.chars().any(|c| c.is_ascii_digit())
}

/// A person's name, with degrees or a rank before it: two to seven words, each with a capital.
fn is_name(text: &str) -> bool {
    let is_degree = |word: &&str| word.contains('.') && word.chars().all(|c| c.is_alphabetic() || c == '.');
    let words: Vec<&str> = text.split_whitespace().skip_while(is_degree).collect();
    let rest = match words.as_slice() {
        [_, second, name @ ..] if RANKS.contains(&second.to_uppercase().as_str()) && !name.is_empty() => name,
        all => all,
    };
    let is_capitalized = |word: &&str| {
        let mut letters = word.chars();
        let starts = letters.next().is_some_and(char::is_uppercase);
        let rest: Vec<char> = letters.collect();
        let letters_only = rest.iter().all(|c| c.is_alphabetic());
        starts && letters_only && (rest.iter().all(|c| c.is_lowercase()) || rest.iter().all(|c| c.is_uppercase()))
    };
    (2..=7).contains(&rest.len()) && rest.iter().all(is_capitalized)
}

fn is_same_name(name: &str, signer: &str) -> bool {
    let plain = |text: &str| text.nfc().collect::<String>().to_lowercase();
    let words: Vec<&str> = name.split_whitespace().filter(|word| !word.contains('.')).collect();
    words.len() > 1 && plain(signer).contains(&plain(&words.join(" ")))
}

fn is_copies(cell: &Cell) -> bool {
    cell.text.to_lowercase().starts_with("nơi nhận")
}

/// Behind the last line of the text, before the block: the place of initials, and that line's end.
pub fn end_of_text(doc: &Document, signer: &str) -> Result<(Place, String)> {
    let block = find(doc, signer)?;
    let missing = || {
        let why = both!("không thấy nội dung nào trước phần chữ ký", "no text was found before the signature block");
        not_found("place.initials", why)
    };
    for page in (0..=block.page).rev() {
        let text = super::page_text(doc, page)?;
        let cells = cells(&text);
        let top = if page == block.page {
            let copies = cells.iter().find(|cell| is_copies(cell)).map(|cell| cell.baseline);
            copies.unwrap_or_default().max(block.top()) + 3.0
        } else {
            0.0
        };
        let mut sizes: Vec<f64> = cells.iter().map(|cell| cell.size).collect();
        sizes.sort_by(f64::total_cmp);
        let usual = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
        // footnotes are smaller, and page numbers are no text
        let is_text = |cell: &&Cell| {
            let is_number = cell.text.chars().all(|c| !c.is_alphabetic());
            cell.baseline > top && !is_number && (page == block.page || cell.size > 0.85 * usual)
        };
        let Some(last) = cells.iter().rev().find(is_text) else { continue };
        let [width, height] = INITIALS;
        let [page_width, _] = text.size;
        let left = (last.right + 2.0).min(page_width - MARGIN - width);
        let bottom = (last.baseline - 0.25 * height).max(0.0);
        let words: Vec<&str> = last.text.split_whitespace().collect();
        let end = words.get(words.len().saturating_sub(4)..).unwrap_or_default().join(" ");
        return Ok((Place { page, rect: [left, bottom, width, height] }, end));
    }
    Err(missing())
}

/// The signature that stands in the room of a block, if there is one that is seen.
pub fn signature_in(doc: &Document, block: &Block) -> Result<Option<Place>> {
    let room = block.room()?;
    let [x, y, width, height] = room.rect;
    let mut signatures = signatures(doc)?;
    signatures.retain(|place| {
        let [left, bottom, wide, high] = place.rect;
        let (middle, level) = (left + wide / 2.0, bottom + high / 2.0);
        place.page == room.page && middle > x && middle < x + width && level > y && level < y + height
    });
    Ok(signatures.pop())
}

/// The last signature that is seen.
pub fn last_signature(doc: &Document) -> Result<Option<Place>> {
    Ok(signatures(doc)?.pop())
}

/// Signatures that are large enough to be handwritten ones, in the order of the form.
fn signatures(doc: &Document) -> Result<Vec<Place>> {
    let pages = doc.page_ids()?;
    let mut places = Vec::new();
    for field in doc.signature_fields()?.iter().filter(|field| field.value.is_some()) {
        let entry = |key| field.dictionary.get(key);
        let rect = entry(b"Rect".as_slice()).map(|rect| doc.rectangle(rect)).transpose()?.flatten();
        let page = entry(b"P").and_then(Object::as_reference).and_then(|id| pages.iter().position(|p| *p == id));
        let (Some([left, bottom, right, top]), Some(page)) = (rect, page) else { continue };
        let to_seen = doc.page(page)?.to_seen();
        let ([x0, y0], [x1, y1]) = (to_seen.point([left, bottom]), to_seen.point([right, top]));
        let rect = [x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs()];
        let ([.., wide, high], [least_wide, least_high]) = (rect, SIGNATURE);
        if wide >= least_wide && high >= least_high {
            places.push(Place { page, rect });
        }
    }
    Ok(places)
}
