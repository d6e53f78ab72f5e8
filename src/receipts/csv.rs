//! Tables as CSV (RFC 4180), as spreadsheets write it: with a mark in front or none, cells separated by comma, semicolon or tab.

/// Rows and cells of a row that are read at most.
pub(super) const MOST_ROWS: usize = 100_000;
pub(super) const MOST_CELLS: usize = 100;

/// A row, and on which line of the file it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line, from 1.
    pub line: usize,
    /// Its cells, without white space around them.
    pub cells: Vec<String>,
}

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A quoted cell has no end.
    #[error("line {0}: a quoted cell has no end")]
    Quote(usize),
    /// It is too large.
    #[error("it has more than {MOST_ROWS} rows, or a row of more than {MOST_CELLS} cells, or is too large altogether")]
    TooLarge,
    /// It is a workbook that cannot be read.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// It is neither a workbook nor text.
    #[error("it is neither an XLSX workbook nor UTF-8: save it as XLSX, or as CSV UTF-8")]
    NotText,
}

/// Reads a table; empty rows are left out.
pub fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().find(|line| line.contains([';', '\t', ','])).unwrap_or_default();
    let separator = [';', '\t'].into_iter().find(|c| head.contains(*c) && !head.contains(',')).unwrap_or(',');
    let mut rows = Vec::new();
    let (mut line, mut begun, mut quoted, mut opened) = (1, 1, false, 1);
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    loop {
        let next = chars.next();
        match next {
            Some('"') if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            Some('"') if quoted => quoted = false,
            Some('"') if cell.trim().is_empty() => {
                cell.clear();
                (quoted, opened) = (true, line);
            }
            None if quoted => return Err(TableError::Quote(opened)),
            Some(c) if quoted => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
            Some(c) if c == separator => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            Some('\r') if chars.peek() == Some(&'\n') => {}
            Some('\n') | None => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                let row = Row { line: begun, cells: std::mem::take(&mut cells) };
                if row.cells.iter().any(|cell| !cell.is_empty()) {
                    rows.push(row);
                }
                line += 1;
                begun = line;
            }
            Some(c) => cell.push(c),
        }
        if rows.len() > MOST_ROWS || cells.len() > MOST_CELLS {
            return Err(TableError::TooLarge);
        }
        if next.is_none() {
            return Ok(rows);
        }
    }
}

/// Adds a row. No spreadsheet takes a cell of it for a formula.
pub fn write(table: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            table.push(',');
        }
        table.push_str(&quoted(cell));
    }
    table.push_str("\r\n");
}

/// A cell as it is written.
pub fn quoted(cell: &str) -> String {
    let cell: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell };
    if cell.contains([',', ';', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spreadsheets_are_read() {
        let rows = read("\u{feff}a;b\r\n1;\"x;\"\"y\"\"\nz\"\r\n\r\n 2 ;3").unwrap();
        assert_eq!(rows[1].cells, ["1", "x;\"y\"\nz"]);
        assert_eq!((rows[2].line, rows[2].cells.as_slice()), (5, ["2".to_owned(), "3".to_owned()].as_slice()));
        assert_eq!(read("a,b\n\"x").unwrap_err(), TableError::Quote(2));
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read(&",".repeat(200)).unwrap_err(), TableError::TooLarge);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(cells in prop::collection::vec("[a-zà-ỹ,;\" ]{1,8}x", 1..6)) {
            let mut text = String::from("a,b\r\n");
            let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
            write(&mut text, &cells);
            prop_assert_eq!(&read(&text).unwrap()[1].cells, &cells);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
