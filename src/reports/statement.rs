//! Statements of banks and of the portal as tables, CSV or XLSX: which column is which, whatever its bank calls it; days and amounts as they are
//! written in Vietnam.

use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both, folded};
use crate::receipts::spreadsheet;
use time::Date;
use time::macros::format_description;
use unicode_normalization::UnicodeNormalization as _;

/// Rows before the one that names the columns at most: whose account it is, of which days.
const PREAMBLE: usize = 40;

/// A payment of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The line of the file.
    pub line: usize,
    /// When it was paid.
    pub date: Date,
    /// Its reference.
    pub reference: String,
    /// Whole dong; negative if it was paid back.
    pub amount: i64,
    /// What else the bank says.
    pub text: String,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Reference,
    /// What came in, or, with a minus, went out.
    Amount,
    /// What came in.
    Credit,
    /// What went out.
    Debit,
    Text,
}

/// What banks and the portal call their columns, as [`folded`] has it; of several in one table the one that stands first here counts.
const NAMES: [(Column, &str); 6] = [
    (
        Column::Date,
        "date|ngay giao dich|ngay gd|transaction date|ngay thanh toan|payment date|thoi gian giao dich|thoi gian thanh toan|\
         ngay hach toan|posting date|ngay hieu luc|effective date|value date|ngay|thoi gian",
    ),
    (
        Column::Reference,
        "reference|ma tham chieu thanh toan|ma tham chieu|so tham chieu|reference no|reference number|ref no|ref|ma giao dich|\
         so giao dich|ma gd|so gd|transaction no|transaction id|transaction number|so but toan|so ft|so chung tu|so ct|doc no|\
         document no|ma thanh toan",
    ),
    (Column::Amount, "amount|so tien|so tien giao dich|so tien gd|transaction amount|so tien thanh toan|gia tri"),
    (
        Column::Credit,
        "credit|ghi co|so tien ghi co|phat sinh co|so tien phat sinh co|ps co|so ps co|credit amount|tien vao|so tien vao|cr|c",
    ),
    (
        Column::Debit,
        "debit|ghi no|so tien ghi no|phat sinh no|so tien phat sinh no|ps no|so ps no|debit amount|tien ra|so tien ra|dr|d",
    ),
    (
        Column::Text,
        "text|noi dung|noi dung giao dich|noi dung gd|noi dung thanh toan|noi dung chuyen khoan|dien giai|dien giai giao dich|\
         mo ta|mo ta giao dich|description|transaction description|details|transaction details|transaction detail|remark|\
         remarks|narrative|ghi chu",
    ),
];

/// What rows begin with that are no payments.
const SUMS: [&str; 8] = ["tong", "cong", "so du", "total", "balance", "opening balance", "closing balance", "so luong"];

/// Where each column is.
struct Head {
    columns: [Option<usize>; 6],
}

impl Head {
    /// Of a row, if it names columns at all.
    fn of(cells: &[String]) -> Self {
        let names: Vec<Vec<String>> = cells.iter().map(|cell| names_of(cell)).collect();
        let columns = NAMES.map(|(_, known)| {
            known.split('|').find_map(|known| names.iter().position(|names| names.iter().any(|name| name == known)))
        });
        Self { columns }
    }

    fn at(&self, column: Column) -> Option<usize> {
        let place = NAMES.iter().position(|(known, _)| *known == column)?;
        self.columns.get(place).copied().flatten()
    }

    /// The column that says of amounts on which side they are: `Nợ/Có`, `D/C`.
    fn side(&self) -> Option<usize> {
        self.at(Column::Credit).filter(|at| Some(*at) == self.at(Column::Debit))
    }

    fn cell<'a>(&self, column: Column, cells: &'a [String]) -> &'a str {
        self.at(column).and_then(|at| cells.get(at)).map(String::as_str).unwrap_or_default()
    }

    /// What a row is over, whole dong; negative if it was paid back.
    fn amount(&self, cells: &[String]) -> std::result::Result<i64, Text> {
        let of = |column| match self.cell(column, cells) {
            "" => Ok(0),
            text => dong(text)
                .ok_or_else(|| both!("{text:?} không phải số tiền (đồng)", "{text:?} is not an amount of whole dong")),
        };
        if self.at(Column::Amount).is_none() {
            // debits are written with a minus by some
            return Ok(of(Column::Credit)?.saturating_sub(of(Column::Debit)?.saturating_abs()));
        }
        if self.cell(Column::Amount, cells).is_empty() {
            return Err(both!("không có số tiền", "there is no amount"));
        }
        let amount = of(Column::Amount)?;
        if self.side().is_none() {
            return Ok(amount);
        }
        let side = self.cell(Column::Credit, cells);
        let names = names_of(side);
        let is_one_of = |words: &[&str]| names.iter().any(|name| words.contains(&name.as_str()));
        match (is_one_of(&["c", "cr", "ghi co", "credit"]), is_one_of(&["d", "dr", "n", "ghi no", "debit"])) {
            (true, false) => Ok(amount),
            (false, true) => Ok(amount.saturating_abs().saturating_neg()),
            _ => Err(both!("{side:?} không phải Nợ hay Có", "{side:?} is neither debit nor credit")),
        }
    }

    fn found(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    /// The columns that are missing, if some are.
    fn missing(&self) -> Option<Text> {
        let has = |column| self.at(column).is_some();
        let of = [
            (has(Column::Date), "ngày (Ngày giao dịch)", "a day (date)"),
            (
                has(Column::Reference) || has(Column::Text),
                "mã tham chiếu (Số tham chiếu, Mã giao dịch) hoặc nội dung (Nội dung, Diễn giải)",
                "a reference (reference) or a text (text)",
            ),
            (
                has(Column::Amount) || (has(Column::Credit) && self.side().is_none()),
                "số tiền (Số tiền, Ghi có, Phát sinh có)",
                "an amount (amount, credit)",
            ),
        ];
        let (vi, en): (Vec<_>, Vec<_>) =
            of.iter().filter(|(is_there, ..)| !is_there).map(|(_, vi, en)| (*vi, *en)).unzip();
        (!vi.is_empty()).then(|| {
            Text::new(format!("thiếu cột {}", vi.join("; ")), format!("there is no column for {}", en.join("; ")))
        })
    }
}

/// What a column may be called: all of what its head says, and each part of it, as in `Ngày giao dịch / Transaction date`. Without its accents Nợ
/// would be a number.
fn names_of(cell: &str) -> Vec<String> {
    let name = |text: &str| match text.trim().nfc().collect::<String>().to_lowercase().as_str() {
        "nợ" => "ghi no".to_owned(),
        "có" => "ghi co".to_owned(),
        text => folded(text).join(" "),
    };
    let parts = cell.split(['/', '(', ')', '\n', '|', '[', ']']).map(name).filter(|part| !part.is_empty());
    std::iter::once(name(cell)).chain(parts).collect()
}

/// Reads a statement. The row that names the columns may have others before it; columns that are not known are passed over, and so are rows
/// with sums and balances.
pub fn read(bytes: &[u8]) -> Result<Vec<Payment>> {
    let wrong = |line: usize, why: Text| {
        let why = Text::new(format!("dòng {line}: {}", why.vi), format!("line {line}: {}", why.en));
        Error::new(Kind::BadInput, "reconcile.statement", "sao kê", why)
    };
    let unreadable = |error| wrong(1, both!("không đọc được bảng: {error}", "{error}"));
    let mut rows = spreadsheet::read(bytes).map_err(unreadable)?;
    let heads = rows.iter().take(PREAMBLE).map(|row| Head::of(&row.cells)).enumerate();
    // the first of those that name the most
    let best = heads.max_by_key(|(at, head)| (head.found(), std::cmp::Reverse(*at)));
    let (at, head) = best.ok_or_else(|| wrong(1, both!("tệp trống", "it is empty")))?;
    if let Some(missing) = head.missing() {
        return Err(wrong(rows.get(at).map_or(1, |row| row.line), missing));
    }
    let mut payments = Vec::new();
    for row in rows.drain(..).skip(at.saturating_add(1)) {
        let given = head.cell(Column::Date, &row.cells);
        let Some(date) = day(given) else {
            let cells = row.cells.iter().map(|cell| folded(cell).join(" "));
            let first = cells.into_iter().find(|cell| !cell.is_empty()).unwrap_or_default();
            if SUMS.iter().any(|sum| first.starts_with(sum)) {
                continue;
            }
            return Err(wrong(row.line, both!("{given:?} không phải ngày", "{given:?} is not a day")));
        };
        payments.push(Payment {
            line: row.line,
            date,
            reference: head.cell(Column::Reference, &row.cells).to_owned(),
            amount: head.amount(&row.cells).map_err(|why| wrong(row.line, why))?,
            text: head.cell(Column::Text, &row.cells).to_owned(),
        });
    }
    Ok(payments)
}

/// `2026-11-24`, `24/11/2026`, `24-11-2026`, `24.11.2026`, each also with a time behind it.
fn day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).find(|part| part.contains(['/', '-', '.']))?;
    let text = text.replace(['/', '.'], "-");
    Date::parse(&text, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(&text, format_description!("[day padding:none]-[month padding:none]-[year]")))
        .ok()
}

/// `1.234.000`, `1,234,000`, `1 234 000`, `-5000`, `1,234,000.00`, `50000.00 VND`: points and commas stand between groups of three only, or before
/// a part that is zero.
fn dong(text: &str) -> Option<i64> {
    let text = ["VND", "VNĐ", "đ"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text).trim_end();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.strip_prefix('+').unwrap_or(text)), |rest| (-1, rest));
    let separators = ['.', ',', ' ', '\u{a0}'];
    let whole = ['.', ','].iter().find_map(|point| {
        let (whole, part) = digits.rsplit_once(*point)?;
        // after one digit to three it may stand between thousands, of which some are missing
        let is_part = matches!(part, "0" | "00") && !whole.contains(*point) && whole.len() > 3;
        is_part.then_some(whole)
    });
    let groups: Vec<&str> = whole.unwrap_or(digits).split(separators).collect();
    let (first, rest) = groups.split_first()?;
    let is_number = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !is_number(first) || rest.iter().any(|group| group.len() != 3 || !is_number(group)) {
        return None;
    }
    groups.concat().parse::<i64>().ok()?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn statements_of_banks_are_read() {
        let day = date!(2026 - 11 - 24);
        let rows = read(b"Date;Text;Amount;Reference\n24/11/2026;x;1.234.000;P-1\n2026-11-25;;-5 000;").unwrap();
        assert_eq!((rows[0].amount, rows[0].date, rows[0].line), (1_234_000, day, 2));
        assert_eq!((rows[1].amount, rows[1].reference.as_str()), (-5_000, ""));
        // columns as banks call them, before and behind them what is no payment
        let table = "SAO KÊ TÀI KHOẢN\nSố tài khoản:;0123\nSTT;Ngày giao dịch / Transaction date;Số tham chiếu;Ghi nợ (Debit);Ghi có (Credit);Số dư;Nội dung\n\
            1;24/11/2026 08:15:02;FT-1;;1.234.000;1;Nop phi\n2;24-11-2026;FT-2;5,000.00;;1;Hoan\n;Tổng cộng;;5.000;1.234.000;;\n";
        let rows = read(table.as_bytes()).unwrap();
        let told: Vec<_> = rows.iter().map(|p| (p.line, p.date, p.amount, &*p.reference, &*p.text)).collect();
        assert_eq!(told, [(4, day, 1_234_000, "FT-1", "Nop phi"), (5, day, -5_000, "FT-2", "Hoan")]);
        let portal = "Thoi gian thanh toan,Ma giao dich,So tien\n24.11.2026,P-1,20000 VND\n";
        assert_eq!(read(portal.as_bytes()).unwrap()[0].amount, 20_000);
        let sides = "No.,Ngày,Mã GD,Nợ/Có,Số tiền\n1,1/2/2026,A,C,5.0\n2,1/2/2026,B,Nợ,7000\n".replace("5.0", "5000.0");
        assert_eq!(read(sides.as_bytes()).unwrap().iter().map(|p| p.amount).collect::<Vec<_>>(), [5_000, -7_000]);
        let numbered = read("No.,Ngày,Mã GD,Nợ,Có\n9,1/2/2026,A,,5000\n".as_bytes()).unwrap();
        assert_eq!((numbered[0].amount, numbered[0].date), (5_000, date!(2026 - 02 - 01)));
        for (bad, words) in [
            ("", "tệp trống"),
            ("Ngày,Mã GD,Nợ/Có\n", "thiếu cột số tiền"),
            ("Ngày,Mã GD,D/C,Số tiền\n1/2/2026,A,x,5\n", "không phải Nợ hay Có"),
            ("date,reference\n", "thiếu cột số tiền"),
            ("Ngày giao dịch,Số tiền\n", "thiếu cột mã tham chiếu"),
            ("Ghi có,Diễn giải\n1,x", "thiếu cột ngày (Ngày giao dịch) / line 1: there is no column for a day"),
            ("date,reference,amount\nx,y,1", "không phải ngày"),
            ("date,reference,amount\n2026-01-01,y,1.5", "không phải số tiền"),
            ("date,reference,amount\n2026-01-01,y,", "không có số tiền"),
        ] {
            let why = read(bad.as_bytes()).unwrap_err().to_string();
            assert!(why.contains(words), "{bad}: {why}");
        }
        for bad in ["", "-", "1.00", "1,2345", "--5", "9223372036854775808", "1e3", "1,234.5", "12.00"] {
            assert_eq!(dong(bad), None, "{bad}");
        }
        assert_eq!(
            ["1,234,000.00", "50000,00", "1.000 đ", "5000.0"].map(dong),
            [Some(1_234_000), Some(50_000), Some(1_000), Some(5_000)]
        );
    }

    proptest! {
        #[test]
        fn any_statement_is_read_or_refused(text in any::<String>()) {
            let _ = read(text.as_bytes());
            let _ = read(format!("date,reference,amount\n{text}").as_bytes());
        }
    }
}
