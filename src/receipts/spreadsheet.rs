//! Tables as people hand them in: CSV, or the first sheet of an XLSX workbook (ECMA-376), whose rows then are read alike.

use super::csv::{self, MOST_CELLS, MOST_ROWS, Row, TableError};
use crate::limits::Limits;
use crate::xml::{Document, Node, children};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use time::{Date, Duration};
use zip::ZipArchive;

/// Bytes of one part of a workbook, unpacked.
const LARGEST_PART: usize = 32 << 20;
/// Nodes of one part.
const MOST_NODES: u32 = 1_500_000;
/// Attributes of one part.
const MOST_ATTRIBUTES: usize = 3_000_000;
/// Parts of one workbook.
const MOST_PARTS: usize = 1_000;
/// Day 0 of the two calendars (ECMA-376 part 1, 18.17.4.1).
const DAY_ZERO: Date = time::macros::date!(1899 - 12 - 30);
const DAY_ZERO_OF_1904: Date = time::macros::date!(1904 - 01 - 01);
/// Number formats that are dates without being written down (ECMA-376 part 1, 18.8.30).
const DATES: [std::ops::RangeInclusive<u32>; 3] = [14..=22, 27..=36, 50..=58];

/// Reads a table; empty rows are left out.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Workbook::open(bytes)?.rows();
    }
    csv::read(std::str::from_utf8(bytes).map_err(|_| TableError::NotText)?)
}

fn damaged(why: impl std::fmt::Display) -> TableError {
    TableError::Workbook(why.to_string().chars().take(200).collect())
}

/// A workbook whose parts are read one after the other.
struct Workbook<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Where its parts are, by relationship.
    parts: Vec<Relationship>,
}

struct Relationship {
    id: String,
    kind: String,
    part: String,
}

/// What the cells of a sheet refer to.
struct Reference {
    strings: Vec<String>,
    /// Of each style, whether a number in it is a day.
    is_date: Vec<bool>,
    day_zero: Date,
}

impl<'a> Workbook<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, TableError> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if zip.len() > MOST_PARTS {
            return Err(damaged(format!("it has more than {MOST_PARTS} parts")));
        }
        let mut book = Self { zip, parts: Vec::new() };
        let text = book.part("xl/_rels/workbook.xml.rels")?.ok_or_else(|| damaged("it is no XLSX workbook"))?;
        let document = parse(&text)?;
        for node in children(document.root()).filter(|n| n.tag_name().name() == "Relationship") {
            let attribute = |name| node.attribute(name).unwrap_or_default();
            let target = attribute("Target");
            let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            book.parts.push(Relationship { id: attribute("Id").into(), kind: attribute("Type").into(), part });
        }
        Ok(book)
    }

    fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, TableError> {
        let Ok(part) = self.zip.by_name(name) else { return Ok(None) };
        let mut bytes = Vec::new();
        let most = u64::try_from(LARGEST_PART).unwrap_or(u64::MAX).saturating_add(1);
        part.take(most).read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() > LARGEST_PART { Err(TableError::TooLarge) } else { Ok(Some(bytes)) }
    }

    /// The part of a kind, if there is one.
    fn of_kind(&mut self, kind: &str) -> Result<Option<Vec<u8>>, TableError> {
        let found = self.parts.iter().find(|part| part.kind.ends_with(kind)).map(|part| part.part.clone());
        found.map_or(Ok(None), |name| self.part(&name))
    }

    fn rows(mut self) -> Result<Vec<Row>, TableError> {
        let text = self.part("xl/workbook.xml")?.ok_or_else(|| damaged("it is no XLSX workbook"))?;
        let (sheet, is_1904) = first_sheet(&parse(&text)?);
        let found = self.parts.iter().find(|part| Some(&part.id) == sheet.as_ref()).map(|part| part.part.clone());
        let sheet = found.ok_or_else(|| damaged("it has no sheet"))?;
        let strings = match self.of_kind("/sharedStrings")? {
            Some(text) => children(parse(&text)?.root()).map(plain).collect(),
            None => Vec::new(),
        };
        let is_date = match self.of_kind("/styles")? {
            Some(text) => dates(&parse(&text)?),
            None => Vec::new(),
        };
        let reference = Reference { strings, is_date, day_zero: if is_1904 { DAY_ZERO_OF_1904 } else { DAY_ZERO } };
        let text = self.part(&sheet)?.ok_or_else(|| damaged("its first sheet is missing"))?;
        reference.rows(&parse(&text)?)
    }
}

fn parse(bytes: &[u8]) -> Result<Document<'_>, TableError> {
    let limits = Limits {
        xml_bytes: LARGEST_PART,
        xml_nodes: MOST_NODES,
        xml_attributes: MOST_ATTRIBUTES,
        ..*Limits::in_force()
    };
    Document::parse(bytes, &limits).map_err(damaged)
}

/// The relationship of the first sheet, and whether days are counted from 1904 on.
fn first_sheet(book: &Document<'_>) -> (Option<String>, bool) {
    let named = |name: &'static str| book.root().descendants().find(move |n| n.tag_name().name() == name);
    let id = named("sheet").and_then(|sheet| {
        let mut attributes = sheet.attributes();
        attributes.find(|a| a.name() == "id" && a.namespace().is_some()).map(|a| a.value().to_owned())
    });
    let is_1904 = named("workbookPr").and_then(|n| n.attribute("date1904")).is_some_and(|v| v == "1" || v == "true");
    (id, is_1904)
}

/// The text of a string, without what says how it is pronounced.
fn plain(node: Node<'_, '_>) -> String {
    let is_spoken = |n: &Node<'_, '_>| n.ancestors().any(|a| a.tag_name().name() == "rPh");
    let texts = node.descendants().filter(|n| n.is_element() && n.tag_name().name() == "t" && !is_spoken(n));
    texts.filter_map(|n| n.text()).collect()
}

/// Of each style of cells, whether it shows a number as a day.
fn dates(styles: &Document<'_>) -> Vec<bool> {
    let all = |name: &'static str| styles.root().descendants().filter(move |n| n.tag_name().name() == name);
    let own: HashMap<&str, &str> =
        all("numFmt").filter_map(|n| Some((n.attribute("numFmtId")?, n.attribute("formatCode")?))).collect();
    let is_date = |id: &str| match own.get(id) {
        Some(code) => {
            // what stands in quotes or brackets is no part of the day
            let mut depth = 0_u32;
            let mut shown = code.chars().filter(|c| {
                match c {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    '"' => depth ^= 1,
                    _ => {}
                }
                depth == 0
            });
            shown.any(|c| matches!(c, 'y' | 'Y' | 'd' | 'D'))
        }
        None => id.parse().is_ok_and(|id: u32| DATES.iter().any(|range| range.contains(&id))),
    };
    let formats = all("cellXfs").flat_map(children);
    formats.map(|xf| xf.attribute("numFmtId").is_some_and(is_date)).collect()
}

impl Reference {
    fn rows(&self, sheet: &Document<'_>) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::new();
        let mut line = 0_usize;
        let data = children(sheet.root()).filter(|n| n.tag_name().name() == "sheetData");
        for node in data.flat_map(children).filter(|n| n.tag_name().name() == "row") {
            line = node.attribute("r").and_then(|r| r.parse().ok()).unwrap_or(line.saturating_add(1));
            let mut cells = Vec::new();
            for cell in children(node).filter(|n| n.tag_name().name() == "c") {
                let column = cell.attribute("r").and_then(column_of).unwrap_or(cells.len());
                if column >= MOST_CELLS {
                    return Err(TableError::TooLarge);
                }
                if cells.len() <= column {
                    cells.resize(column.saturating_add(1), String::new());
                }
                if let Some(place) = cells.get_mut(column) {
                    *place = self.value(cell).trim().to_owned();
                }
            }
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row { line, cells });
            }
            if rows.len() > MOST_ROWS {
                return Err(TableError::TooLarge);
            }
        }
        Ok(rows)
    }

    /// What a cell shows: a whole number without an exponent, a day as `2026-11-24`.
    fn value(&self, cell: Node<'_, '_>) -> String {
        let value = children(cell).find(|n| n.tag_name().name() == "v").and_then(|n| n.text()).unwrap_or_default();
        match cell.attribute("t") {
            Some("s") => value.parse().ok().and_then(|at: usize| self.strings.get(at)).cloned().unwrap_or_default(),
            Some("inlineStr") => plain(cell),
            Some("n") | None => {
                let Ok(number) = value.parse::<f64>() else { return value.to_owned() };
                let style = cell.attribute("s").and_then(|s| s.parse::<usize>().ok()).unwrap_or_default();
                let is_date = self.is_date.get(style).copied().unwrap_or_default();
                self.day(number).filter(|_| is_date).map_or_else(|| number.to_string(), |day| day.to_string())
            }
            Some(_) => value.to_owned(),
        }
    }

    fn day(&self, number: f64) -> Option<Date> {
        let days = format!("{:.0}", number.floor()).parse().ok()?;
        self.day_zero.checked_add(Duration::seconds(i64::checked_mul(days, 86_400)?))
    }
}

/// The column of a cell such as `AB12`, from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.take(4).fold(0_usize, |n, b| {
        n.saturating_mul(26).saturating_add(usize::from(b.to_ascii_uppercase().saturating_sub(b'A'))).saturating_add(1)
    });
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// A workbook as spreadsheets write it: shared strings, styles, days as numbers, cells that are left out.
    fn workbook(sheet: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            (
                "xl/workbook.xml",
                r#"<workbook xmlns:r="http://r"><sheets><sheet name="Biểu phí" sheetId="4" r:id="x9"/><sheet name="b" r:id="x1"/></sheets></workbook>"#,
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships><Relationship Id="x1" Type="t/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="x9" Type="t/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="s" Type="t/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="y" Type="t/styles" Target="styles.xml"/></Relationships>"#,
            ),
            (
                "xl/sharedStrings.xml",
                "<sst><si><t>code</t></si><si><r><t>Phí </t></r><r><t>chứng thực</t></r><rPh><t>x</t></rPh></si></sst>",
            ),
            (
                "xl/styles.xml",
                r#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/><numFmt numFmtId="171" formatCode="[Red]0 &quot;days&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>"#,
            ),
            ("xl/worksheets/sheet1.xml", sheet),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_is_read_as_it_shows() {
        let sheet = r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"/>
            <row r="4"><c r="A4" t="s"><v>1</v></c><c r="C4"><v>2000</v></c><c r="D4" s="1"><v>46350</v></c><c r="E4" s="2"><v>46350.75</v></c>
            <c s="3"><v>5</v></c><c t="inlineStr"><is><t> x </t></is></c><c><v>1.2E+15</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>"#;
        let rows = read(&workbook(sheet)).unwrap();
        assert_eq!((rows.len(), rows[1].line), (2, 4));
        let day = "2026-11-24";
        assert_eq!(rows[1].cells, ["Phí chứng thực", "", "2000", day, day, "5", "x", "1200000000000000", "1"]);
        assert_eq!(read(b"a,b\n1,2").unwrap().len(), 2);
        assert_eq!(read(b"a\xff").unwrap_err(), TableError::NotText);
    }

    #[test]
    fn hostile_workbooks_are_refused() {
        for (sheet, why) in [
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet/>", "document type declaration"),
            ("<worksheet><sheetData><row><c r=\"ZZZ1\"><v>1</v></c></row></sheetData></worksheet>", "more than"),
            ("<worksheet>", "not well-formed"),
        ] {
            let error = read(&workbook(sheet)).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let spaces = " ".repeat(LARGEST_PART + 1);
        assert_eq!(read(&workbook(&spaces)).unwrap_err(), TableError::TooLarge);
        assert!(read(b"PK\x03\x04 and no more").unwrap_err().to_string().contains("workbook"));
        let whole = workbook("<worksheet/>");
        for cut in (4..whole.len()).step_by(7) {
            let _ = read(&whole[..cut]);
        }
    }
}
