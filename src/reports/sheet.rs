//! Tables written row by row, however many rows there are: CSV (RFC 4180), and XLSX (ECMA-376) of one sheet: the head bold, above all
//! that is scrolled through, numbers in groups of three, columns as wide as what their head announces.

use crate::error::{Error, Kind, Result};
use crate::output::OutputFile;
use crate::receipts::csv::quoted;
use crate::xml::write::{escape_text, is_char};
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Rows of a sheet (ECMA-376 as every spreadsheet has it).
const MOST_ROWS: u32 = 1_048_576;
/// Whole numbers that a spreadsheet keeps exactly; larger ones are written as text.
const EXACT: i128 = 1 << 53;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i128),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.unwrap_or_default())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i128> for Cell {
    fn from(number: i128) -> Self {
        Self::Number(number)
    }
}

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV, UTF-8 with a mark in front, as spreadsheets want it.
    Csv,
    /// XLSX.
    Xlsx,
}

impl Format {
    /// What names of its files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A table on its way into a file.
pub struct Sheet<'a> {
    kind: Writing<'a>,
    rows: u32,
}

enum Writing<'a> {
    Csv(BufWriter<&'a mut OutputFile>),
    Xlsx(Box<ZipWriter<BufWriter<&'a mut OutputFile>>>),
}

const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Dauson" sheetId="1" r:id="r1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    // the styles by their index: text, the head, whole numbers in groups (number format 3)
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Times New Roman"/></font><font><b/><sz val="11"/><name val="Times New Roman"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFF3ECE6"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf><xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>"#,
    ),
];
const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// Up to the columns; the first row stays where it is.
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#;
/// Characters that a column shows at the least and at the most.
const WIDTHS: std::ops::RangeInclusive<usize> = 12..=40;
const SHEET_END: &str = "</sheetData></worksheet>";

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Kind::CannotWrite, "output.cannot_write", "the table", error)
}

impl<'a> Sheet<'a> {
    /// Begins a table with the names of its columns.
    pub fn begin(file: &'a mut OutputFile, format: Format, head: &[&str]) -> Result<Self> {
        let mut out = BufWriter::new(file);
        let kind = match format {
            Format::Csv => {
                out.write_all("\u{feff}".as_bytes()).map_err(failed)?;
                Writing::Csv(out)
            }
            Format::Xlsx => {
                let mut zip = ZipWriter::new(out);
                for (name, text) in PARTS {
                    zip.start_file(name, SimpleFileOptions::default()).map_err(failed)?;
                    zip.write_all(PROLOG.as_bytes()).and_then(|()| zip.write_all(text.as_bytes())).map_err(failed)?;
                }
                let large = SimpleFileOptions::default().large_file(true);
                zip.start_file("xl/worksheets/sheet1.xml", large).map_err(failed)?;
                let start = format!("{PROLOG}{SHEET}{}</cols><sheetData>", columns(head));
                zip.write_all(start.as_bytes()).map_err(failed)?;
                Writing::Xlsx(Box::new(zip))
            }
        };
        let mut sheet = Self { kind, rows: 0 };
        sheet.row(&head.iter().map(|name| Cell::from(*name)).collect::<Vec<_>>())?;
        Ok(sheet)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows = self.rows.saturating_add(1);
        let mut text = String::new();
        match &mut self.kind {
            Writing::Csv(out) => {
                for (index, cell) in cells.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    match cell {
                        Cell::Text(cell) => text.push_str(&quoted(cell)),
                        // writing to a String cannot fail
                        Cell::Number(number) => drop(write!(text, "{number}")),
                    }
                }
                text.push_str("\r\n");
                out.write_all(text.as_bytes()).map_err(failed)
            }
            Writing::Xlsx(zip) => {
                if self.rows > MOST_ROWS {
                    return Err(failed(format!("a spreadsheet has at most {MOST_ROWS} rows")));
                }
                let _ = write!(text, "<row r=\"{}\">", self.rows);
                let style = if self.rows == 1 { " s=\"1\"" } else { "" };
                for cell in cells {
                    match cell {
                        Cell::Number(number) if number.abs() <= EXACT => {
                            let _ = write!(text, "<c s=\"2\"><v>{number}</v></c>");
                        }
                        Cell::Number(number) => inline(&mut text, &number.to_string(), style),
                        Cell::Text(cell) => inline(&mut text, cell, style),
                    }
                }
                text.push_str("</row>");
                zip.write_all(text.as_bytes()).map_err(failed)
            }
        }
    }

    /// Ends the table.
    pub fn finish(self) -> Result<()> {
        match self.kind {
            Writing::Csv(mut out) => out.flush().map_err(failed),
            Writing::Xlsx(mut zip) => {
                zip.write_all(SHEET_END.as_bytes()).map_err(failed)?;
                zip.finish().map_err(failed)?.flush().map_err(failed)
            }
        }
    }
}

/// The columns' widths.
fn columns(head: &[&str]) -> String {
    (1_u32..).zip(head).fold(String::new(), |mut all, (number, name)| {
        let width = name.chars().count().saturating_add(4).clamp(*WIDTHS.start(), *WIDTHS.end());
        let _ = write!(all, "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>");
        all
    })
}

fn inline(text: &mut String, cell: &str, style: &str) {
    let _ = write!(text, "<c{style} t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    escape_text(text, &cell.chars().filter(|c| is_char(*c)).collect::<String>());
    text.push_str("</t></is></c>");
}
