//! Where text stands on a page, in points, as a person sees the page: what is needed to put something beside it.
//!
//! | file | what |
//! | --- | --- |
//! | `content` | content streams gone through, with all that moves text (ISO 32000-2, 9.4) |
//! | `font` | codes of a string as characters and widths (9.6, 9.7) |
//! | `cmap` | what codes mean (9.7.5, 9.10.3) |
//! | `letters` | what the codes of simple fonts mean (9.6.5) |
//! | `rows` | glyphs put together as words and rows |
//!
//! Text that is not seen (render modes 3 and 7), that is off the page or does not run from left to right is left out; so are annotations. Text is as a
//! copy of it would be: fonts that do not tell their characters give U+FFFD.

mod cmap;
mod content;
mod font;
mod letters;
mod rows;

use super::PdfError;
use super::document::Document;
use super::pages::Page;

/// Letters that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// In normal form C.
    pub text: String,
    /// Where it begins.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
    /// What it stands on.
    pub baseline: f64,
    /// Size of its letters, points.
    pub size: f64,
    /// Its letters are bold.
    pub bold: bool,
    /// Its letters are italic.
    pub italic: bool,
}

/// Words on one baseline, from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// From left to right; never empty.
    pub words: Vec<Word>,
}

impl Row {
    /// What it stands on.
    pub fn baseline(&self) -> f64 {
        self.words.first().map_or(0.0, |word| word.baseline)
    }
}

/// The text of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageText {
    /// Width and height of the page.
    pub size: [f64; 2],
    /// From top to bottom.
    pub rows: Vec<Row>,
}

impl Document {
    /// The text of a page.
    pub fn text_of(&self, page: &Page) -> Result<PageText, PdfError> {
        let glyphs = content::glyphs(self, page)?;
        Ok(PageText { size: page.seen_size(), rows: rows::rows(glyphs) })
    }
}

/// A glyph as it is seen.
#[derive(Debug, Clone)]
struct Glyph {
    text: String,
    left: f64,
    right: f64,
    baseline: f64,
    size: f64,
    bold: bool,
    italic: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use std::sync::Arc;

    /// A page with this content and these further objects from 5 on; object 4 is the content.
    fn text(page: &str, content: &str, objects: &[&str]) -> Result<Vec<String>, PdfError> {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut places = Vec::new();
        let stream = format!("<</Length {}>>stream\n{content}\nendstream", content.len());
        let page = format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R {page}>>");
        let fixed = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", &page, &stream];
        for (at, object) in fixed.iter().chain(objects).enumerate() {
            places.push(bytes.len());
            bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
        }
        let start = bytes.len();
        let entries = places.iter().map(|at| format!("{at:010} 00000 n\r\n")).collect::<Vec<_>>().concat();
        let size = places.len() + 1;
        let table = format!("xref\n0 {size}\n0000000000 65535 f\r\n{entries}trailer\n<</Size {size}/Root 1 0 R>>\n");
        bytes.extend(format!("{table}startxref\n{start}\n%%EOF\n").bytes());
        let doc = Document::open(Arc::new(bytes), None, Limits::DEFAULT)?;
        let text = doc.text_of(&doc.page(0)?)?;
        let word = |w: &Word| format!("{}@{:.0},{:.0}+{:.0}", w.text, w.left, w.baseline, w.right - w.left);
        Ok(text.rows.iter().map(|row| row.words.iter().map(word).collect::<Vec<_>>().join(" ")).collect())
    }

    const FONT: &str = "/MediaBox[0 0 200 300]/Resources<</Font<</F 5 0 R>>>>";
    /// Each letter is half an em wide.
    const HALF: &str = "<</Type/Font/Subtype/TrueType/BaseFont/A-Bold/FirstChar 0/LastChar 255/Widths 6 0 R/Encoding/WinAnsiEncoding>>";

    fn halves() -> String {
        format!("[{}]", "500 ".repeat(256))
    }

    #[test]
    fn text_stands_where_its_operators_put_it() {
        let content = "BT /F 10 Tf 20 100 Td (ab c) Tj 0 -20 Td [(d)-2000(e)] TJ 3 Tr (no) Tj 0 Tr ET \
                       q 2 0 0 2 10 10 cm BT /F 5 Tf 1 0 0 1 5 20 Tm 10 Tc (xy) Tj T* ET Q \
                       BT /F 10 Tf 0 1 -1 0 50 50 Tm (turned) Tj ET BT /F 10 Tf 500 0 Td (off) Tj ET BT /F 10 Tf 20 260 Td (S:....../Q) Tj ET";
        let found = text(FONT, content, &[HALF, &halves()]).unwrap();
        assert_eq!(
            found,
            ["S:@20,260+10 /Q@60,260+10", "ab@20,100+10 c@35,100+5", "d@20,80+5 e@45,80+5", "x@20,50+5 y@45,50+5"]
        );
    }

    #[test]
    fn text_is_where_a_person_sees_it() {
        let at = |more: &str| {
            // set to be upright for whoever looks at the page
            let (page, matrix) = match more {
                "90" => ("/Rotate 90", "0 1 -1 0 150 30"),
                "180" => ("/Rotate 180", "-1 0 0 -1 170 250"),
                "270" => ("/Rotate -90", "0 -1 1 0 50 270"),
                _ => ("/CropBox[10 20 200 300]", "1 0 0 1 40 70"),
            };
            text(&format!("{FONT}{page}"), &format!("BT /F 10 Tf {matrix} Tm (ab) Tj ET"), &[HALF, &halves()]).unwrap()
        };
        assert_eq!(["0", "90", "180", "270"].map(at), [["ab@30,50+10"]; 4].map(|t| t.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_draws_itself_or_too_much_ends() {
        let page = "/MediaBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>";
        let form =
            "<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 11>>stream\n/X Do /X Do\nendstream";
        assert!(matches!(text(page, "/X Do", &[form]), Err(PdfError::TooLarge { .. })));
        let many = format!("BT /F 1 Tf 1 1 Td {} ET", format!("({}) Tj ", "a".repeat(1_000)).repeat(51));
        assert!(matches!(
            text(FONT, &many, &[HALF, &format!("[{}]", "0 ".repeat(256))]),
            Err(PdfError::TooLarge { .. })
        ));
        // whatever stands there, it is no more than nothing
        for odd in ["BT /F 1e99 Tf (a) Tj", "Q Q Q [ [ (", "/F Tf ' \" TJ Tm", "BT /G 9 Tf (a) Tj ET", "BI /W 9 ID EI"]
        {
            assert!(text(FONT, odd, &["<</Subtype/Type0/DescendantFonts[5 0 R]/Encoding 5 0 R>>"]).unwrap().is_empty());
        }
    }
}
