//! The page tree (ISO 32000-2, 7.7.3).

use super::PdfError;
use super::document::Document;
use super::matrix::Matrix;
use super::object::{Dictionary, Object, ObjectId};
use std::collections::HashSet;

/// A page with the attributes that it inherits.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its identity.
    pub id: ObjectId,
    /// Its own dictionary, without what it inherits.
    pub dictionary: Dictionary,
    /// `/MediaBox` as left, bottom, right, top, in points; A4 if there is none.
    pub media_box: [f64; 4],
    /// `/CropBox` within the media box; the media box if there is none.
    pub crop_box: [f64; 4],
    /// `/Rotate`: 0, 90, 180 or 270 degrees clockwise.
    pub rotate: u16,
    /// `/Resources`, its own or inherited.
    pub resources: Option<Object>,
}

impl Page {
    /// Width and height as a person sees it: turned, and cut to its CropBox.
    pub fn seen_size(&self) -> [f64; 2] {
        let [left, bottom, right, top] = self.crop_box;
        let (width, height) = (right - left, top - bottom);
        if matches!(self.rotate, 90 | 270) { [height, width] } else { [width, height] }
    }

    /// The matrix from the page's own coordinates to those in which a person sees it, from the lower left corner.
    pub fn to_seen(&self) -> Matrix {
        let [left, bottom, right, top] = self.crop_box;
        Matrix(match self.rotate {
            90 => [0.0, -1.0, 1.0, 0.0, -bottom, right],
            180 => [-1.0, 0.0, 0.0, -1.0, right, top],
            270 => [0.0, 1.0, -1.0, 0.0, top, -left],
            _ => [1.0, 0.0, 0.0, 1.0, -left, -bottom],
        })
    }
}

/// What pages inherit.
const INHERITED: [&[u8]; 4] = [b"MediaBox", b"CropBox", b"Rotate", b"Resources"];
const A4: [f64; 4] = [0.0, 0.0, 595.276, 841.89];

impl Document {
    /// A page, the first one 0.
    pub fn page(&self, index: usize) -> Result<Page, PdfError> {
        let mut left = index;
        let mut found = None;
        self.walk_pages(&mut |id, dictionary, inherited| {
            if left == 0 {
                found = Some(self.assemble_page(id, dictionary, inherited));
                return false;
            }
            left -= 1;
            true
        })?;
        found.unwrap_or(Err(PdfError::Missing {
            what: if index == 0 { "it has no page" } else { "it has no such page" },
        }))
    }

    /// All pages in their order.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        let mut pages = Vec::new();
        self.walk_pages(&mut |id, dictionary, inherited| {
            pages.push(self.assemble_page(id, dictionary, inherited));
            true
        })?;
        pages.into_iter().collect()
    }

    /// Number of pages, counted.
    pub fn page_count(&self) -> Result<usize, PdfError> {
        Ok(self.page_ids()?.len())
    }

    /// The identities of the pages in their order.
    pub fn page_ids(&self) -> Result<Vec<ObjectId>, PdfError> {
        let mut ids = Vec::new();
        self.walk_pages(&mut |id, _, _| {
            ids.push(id);
            true
        })?;
        Ok(ids)
    }

    /// Visits the pages in order until `visit` says false. A node that is met twice is met once only.
    fn walk_pages(&self, visit: &mut dyn FnMut(ObjectId, &Dictionary, &Dictionary) -> bool) -> Result<(), PdfError> {
        let catalog = self.catalog()?;
        let root = catalog.as_dictionary().and_then(|c| c.get(b"Pages")).and_then(Object::as_reference);
        let root = root.ok_or(PdfError::Missing { what: "the document catalog names no page tree" })?;
        let limits = *self.limits();
        let mut visited = HashSet::new();
        let mut stack = vec![(root, Dictionary::new(), 0_usize)];
        while let Some((id, inherited, depth)) = stack.pop() {
            if !visited.insert(id) {
                continue;
            }
            if visited.len() > limits.pdf_tree_nodes || depth > limits.pdf_tree_depth {
                return Err(PdfError::TooLarge { what: "the page tree" });
            }
            let node = self.get(id)?;
            let Object::Dictionary(dictionary) = &*node else { continue };
            let kids = self.value(dictionary, b"Kids")?;
            let Some(kids) = kids.as_array().filter(|_| !dictionary.is_type(b"Page")) else {
                if !visit(id, dictionary, &inherited) {
                    return Ok(());
                }
                continue;
            };
            let mut below = inherited;
            for key in INHERITED {
                if let Some(value) = dictionary.get(key) {
                    below.set(key, value.clone());
                }
            }
            if kids.len() > limits.pdf_tree_nodes {
                return Err(PdfError::TooLarge { what: "the page tree" });
            }
            let below_depth = depth.saturating_add(1);
            stack.extend(
                kids.iter().rev().filter_map(Object::as_reference).map(|kid| (kid, below.clone(), below_depth)),
            );
        }
        Ok(())
    }

    fn assemble_page(&self, id: ObjectId, dictionary: &Dictionary, inherited: &Dictionary) -> Result<Page, PdfError> {
        let attribute = |key: &[u8]| dictionary.get(key).or_else(|| inherited.get(key));
        let rectangle = |key: &[u8]| -> Result<Option<[f64; 4]>, PdfError> {
            attribute(key).map(|r| self.rectangle(r)).transpose().map(Option::flatten)
        };
        let media_box = rectangle(b"MediaBox")?.unwrap_or(A4);
        let crop_box = rectangle(b"CropBox")?.map_or(media_box, |c| intersect(c, media_box));
        let rotate = match attribute(b"Rotate") {
            Some(rotate) => self.resolve(rotate)?.as_integer().unwrap_or_default(),
            None => 0,
        };
        let rotate = u16::try_from(rotate.rem_euclid(360) / 90 * 90).unwrap_or_default();
        let resources = attribute(b"Resources").cloned();
        Ok(Page { id, dictionary: dictionary.clone(), media_box, crop_box, rotate, resources })
    }

    /// A rectangle with its corners in order; `None` if it is none.
    pub fn rectangle(&self, object: &Object) -> Result<Option<[f64; 4]>, PdfError> {
        let resolved = self.resolve(object)?;
        let Some([a, b, c, d]) = resolved.as_array() else { return Ok(None) };
        let mut corners = [0.0; 4];
        for (corner, number) in corners.iter_mut().zip([a, b, c, d]) {
            match self.resolve(number)?.as_f64() {
                Some(value) if value.is_finite() => *corner = value,
                _ => return Ok(None),
            }
        }
        let [a, b, c, d] = corners;
        let rectangle = [a.min(c), b.min(d), a.max(c), b.max(d)];
        Ok((a.to_bits() != c.to_bits() && b.to_bits() != d.to_bits()).then_some(rectangle))
    }
}

fn intersect(inner: [f64; 4], outer: [f64; 4]) -> [f64; 4] {
    let [left, bottom, right, top] = inner;
    let [outer_left, outer_bottom, outer_right, outer_top] = outer;
    let both = [left.max(outer_left), bottom.max(outer_bottom), right.min(outer_right), top.min(outer_top)];
    let [left, bottom, right, top] = both;
    if left < right && bottom < top { both } else { outer }
}
