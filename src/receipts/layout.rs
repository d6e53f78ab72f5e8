//! Where everything stands on the sheets of a receipt: form 01/PLPĐT (Thông tư 91/2026/TT-BTC Appendix V) on
//! A5, with fee lines that run over as many sheets as they need. Points, from the top left corner.

use super::content::{Content, TITLE, VIETNAM, replacement_words, short_date};
use super::words::in_words;
use crate::drawing::fonts::Face;
use crate::drawing::{Ink, Mark};
use time::OffsetDateTime;

/// A5 upright: 148 × 210 mm.
pub const PAGE: (f32, f32) = (419.53, 595.28);
const LEFT: f32 = 34.0;
const RIGHT: f32 = PAGE.0 - 34.0;
const TOP: f32 = 36.0;
const BOTTOM: f32 = PAGE.1 - 44.0;
const WIDTH: f32 = RIGHT - LEFT;
const SIZE: f32 = 10.0;
const SMALL: f32 = 8.0;
/// Baseline to baseline, as a multiple of the size.
const LEADING: f32 = 1.32;
/// The side of the QR code: 25 mm, so that it scans from a print.
const QR: f32 = 71.0;

/// Whose signature the receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Common name of the certificate.
    pub signer: String,
    /// Time of signing.
    pub time: OffsetDateTime,
}

/// The sheets of a receipt, each a list of marks.
pub fn lay_out(content: &Content, seal: &Seal) -> Vec<Vec<Mark>> {
    let mut sheets = Sheets { done: Vec::new(), current: Vec::new(), y: TOP, content };
    sheets.head();
    sheets.payer();
    Table::new(content).draw(&mut sheets);
    sheets.closing(seal);
    sheets.finish()
}

struct Sheets<'a> {
    done: Vec<Vec<Mark>>,
    current: Vec<Mark>,
    y: f32,
    content: &'a Content,
}

impl Sheets<'_> {
    /// One line of text whose top is at `y`.
    fn text(&mut self, x: f32, y: f32, face: Face, size: f32, ink: Ink, text: impl Into<String>) {
        self.current.push(Mark::Text { x, y: y + size, face, size, ink, text: text.into() });
    }

    fn centred(&mut self, face: Face, size: f32, ink: Ink, text: &str) {
        for line in face.lines(text, size, WIDTH) {
            let x = LEFT + (WIDTH - face.width(&line, size)) / 2.0;
            self.text(x, self.y, face, size, ink, line);
            self.y += size * LEADING;
        }
    }

    /// A wrapped paragraph at the cursor that may run over to another sheet.
    fn paragraph(&mut self, face: Face, size: f32, text: &str) {
        for line in face.lines(text, size, WIDTH) {
            self.room(size * LEADING);
            self.text(LEFT, self.y, face, size, Ink::Black, line);
            self.y += size * LEADING;
        }
    }

    /// `Label: value`, the value in its own face, wrapped under itself.
    fn field(&mut self, label: &str, face: Face, value: &str) {
        let label = format!("{label}: ");
        let indent = Face::Regular.width(&label, SIZE);
        let lines = face.lines(value, SIZE, WIDTH - indent);
        // a value that fits on one sheet is not torn apart
        let height = lines.iter().map(|_| SIZE * LEADING).sum::<f32>();
        self.room(if height < (BOTTOM - TOP) / 2.0 { height } else { SIZE * LEADING });
        for (index, line) in lines.into_iter().enumerate() {
            self.room(SIZE * LEADING);
            if index == 0 {
                self.text(LEFT, self.y, Face::Regular, SIZE, Ink::Black, label.clone());
            }
            self.text(LEFT + indent, self.y, face, SIZE, Ink::Black, line);
            self.y += SIZE * LEADING;
        }
    }

    /// Starts another sheet if `height` does not fit on this one; says whether it did.
    fn room(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.done.push(std::mem::take(&mut self.current));
        self.y = TOP;
        let text = format!("Biên lai số {} (tiếp theo)", self.content.id);
        self.text(LEFT, self.y, Face::Italic, SMALL + 1.0, Ink::Black, text);
        self.y += 18.0;
        true
    }

    fn head(&mut self) {
        let content = self.content;
        // right: form, symbol, number
        let id = &content.id;
        let column = RIGHT - 92.0;
        let mut y = TOP;
        for (label, value, face, ink) in [
            ("Mẫu số: ", id.series.form.to_string(), Face::Bold, Ink::Black),
            ("Ký hiệu: ", id.series.symbol.to_string(), Face::Bold, Ink::Black),
            ("Số: ", id.number.to_string(), Face::Bold, Ink::Vermilion),
        ] {
            self.text(column, y, Face::Regular, SIZE, Ink::Black, label);
            self.text(column + Face::Regular.width(label, SIZE), y, face, SIZE, ink, value);
            y += SIZE * LEADING;
        }
        // left: the collecting body
        let width = column - 14.0 - LEFT;
        for line in Face::Bold.lines(&content.body.name.to_uppercase(), SIZE, width) {
            self.text(LEFT, self.y, Face::Bold, SIZE, Ink::Black, line);
            self.y += SIZE * LEADING;
        }
        let mut details =
            vec![format!("Mã số thuế: {}", content.body.tax_code), format!("Địa chỉ: {}", content.body.address)];
        details.extend(content.body.phone.as_ref().map(|phone| format!("Điện thoại: {phone}")));
        details.extend(content.body.account.as_ref().map(|account| format!("Số tài khoản: {account}")));
        for detail in details {
            for line in Face::Regular.lines(&detail, SMALL + 1.0, width) {
                self.text(LEFT, self.y, Face::Regular, SMALL + 1.0, Ink::Black, line);
                self.y += (SMALL + 1.0) * LEADING;
            }
        }
        self.y = self.y.max(y) + 12.0;
        self.centred(Face::Bold, 14.5, Ink::Vermilion, &TITLE.to_uppercase());
        let date = content.date();
        let words = format!("Ngày {:02} tháng {:02} năm {}", date.day(), u8::from(date.month()), date.year());
        self.centred(Face::Italic, SIZE, Ink::Black, &words);
        if let Some(replaced) = &content.replaces {
            self.centred(Face::Italic, SIZE - 1.0, Ink::Black, &format!("({})", replacement_words(replaced)));
        }
        self.y += 8.0;
    }

    fn payer(&mut self) {
        let payer = &self.content.payer;
        if let Some(delegate) = &self.content.delegate {
            let text = format!("{}, {}", delegate.name, delegate.address);
            self.field("Đơn vị được ủy quyền thu", Face::Regular, &text);
        }
        self.field("Người nộp", Face::Bold, &payer.name);
        for (label, value) in [
            ("Mã số thuế", &payer.tax_code),
            ("Số định danh cá nhân", &payer.personal_id),
            ("Địa chỉ", &payer.address),
            ("Điện thoại", &payer.phone),
            ("Thư điện tử", &payer.email),
            ("Mã hồ sơ", &self.content.dossier),
        ] {
            if let Some(value) = value {
                self.field(label, Face::Regular, value);
            }
        }
        self.y += 5.0;
    }

    fn closing(&mut self, seal: &Seal) {
        let content = self.content;
        self.y += 5.0;
        self.field("Số tiền bằng chữ", Face::Bold, &format!("{}.", in_words(content.total)));
        self.field("Hình thức thanh toán", Face::Regular, content.payment.method.vietnamese());
        if let Some(reference) = &content.payment.reference {
            self.field("Mã tham chiếu thanh toán", Face::Regular, reference);
        }
        if let Some(note) = &content.note {
            self.paragraph(Face::Italic, SIZE, &format!("Ghi chú: {note}"));
        }
        self.y += 10.0;
        self.room(QR + 40.0);
        let top = self.y;
        self.text(LEFT, top, Face::Regular, SMALL, Ink::Black, "Quét mã để kiểm tra biên lai");
        self.current.push(Mark::Qr(LEFT, top + 13.0, QR));
        let left = LEFT + QR + 40.0;
        let width = RIGHT - left;
        let centre = |face: Face, size: f32, text: &str| left + (width - face.width(text, size)) / 2.0;
        self.text(centre(Face::Bold, SIZE, "CƠ QUAN THU"), top, Face::Bold, SIZE, Ink::Black, "CƠ QUAN THU");
        let note = "(Chữ ký số của cơ quan thu)";
        self.text(centre(Face::Italic, SMALL, note), top + 13.5, Face::Italic, SMALL, Ink::Black, note);
        let size = SMALL + 1.0;
        let mut lines = Face::Bold.lines(&format!("Ký bởi: {}", seal.signer), size, width - 14.0);
        let time = seal.time.to_offset(VIETNAM);
        let (hour, minute, second) = time.to_hms();
        lines.push(format!("Ngày ký: {} {hour:02}:{minute:02}:{second:02} (GMT+7)", short_date(time.date())));
        let box_top = top + 28.0;
        let mut y = box_top + 5.0;
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.into_iter().enumerate() {
            let face = if index == last { Face::Regular } else { Face::Bold };
            self.text(left + 7.0, y, face, size, Ink::Vermilion, line);
            y += size * LEADING;
        }
        let at = (left, box_top, width, y + 4.0 - box_top);
        self.current.push(Mark::Frame { at, weight: 0.9, ink: Ink::Vermilion });
        self.y = (y + 8.0).max(top + 16.0 + QR);
        for text in [format!("Mã tra cứu: {}", content.code), content.check_url.clone()] {
            for line in Face::Regular.lines(&text, SMALL - 0.5, WIDTH) {
                self.room(SMALL * LEADING);
                self.text(LEFT, self.y, Face::Regular, SMALL - 0.5, Ink::Black, line);
                self.y += (SMALL - 0.5) * LEADING;
            }
        }
    }

    /// Frames and page numbers, now that the number of sheets is known.
    fn finish(mut self) -> Vec<Vec<Mark>> {
        self.done.push(self.current);
        let count = self.done.len();
        for (index, sheet) in self.done.iter_mut().enumerate() {
            for (inset, weight) in [(20.0, 1.1), (23.0, 0.4)] {
                let at = (inset, inset, PAGE.0 - 2.0 * inset, PAGE.1 - 2.0 * inset);
                sheet.push(Mark::Frame { at, weight, ink: Ink::Vermilion });
            }
            if count > 1 {
                let text = format!("Trang {}/{count}", index + 1);
                let x = RIGHT - Face::Regular.width(&text, SMALL);
                sheet.push(Mark::Text { x, y: PAGE.1 - 29.0, face: Face::Regular, size: SMALL, ink: Ink::Black, text });
            }
        }
        self.done
    }
}

/// How a column's text stands in it.
#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Centre,
    Right,
}

/// The table of fee lines.
struct Table {
    size: f32,
    widths: [f32; 6],
    rows: Vec<[String; 6]>,
    total: String,
}

const HEAD: [&str; 6] = ["STT", "Nội dung thu", "ĐVT", "SL", "Đơn giá", "Thành tiền (đồng)"];
const ALIGN: [Align; 6] = [Align::Centre, Align::Left, Align::Centre, Align::Right, Align::Right, Align::Right];
/// White space at each side of a column's text, and above and below a row's.
const PAD: f32 = 4.0;

impl Table {
    fn new(content: &Content) -> Self {
        let rows: Vec<[String; 6]> = content
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                [
                    (index + 1).to_string(),
                    format!("{} – {}", line.fee, line.shown_name()),
                    line.unit.clone().unwrap_or_default(),
                    super::amount::grouped(line.quantity),
                    line.unit_price.to_string(),
                    line.amount.to_string(),
                ]
            })
            .collect();
        let total = content.total.to_string();
        // very large amounts: smaller type until the name keeps a third of the sheet
        let mut size = 9.5;
        let mut widths = Self::measure(&rows, &total, size);
        while widths[1] < WIDTH / 3.0 && size > 6.0 {
            size -= 0.5;
            widths = Self::measure(&rows, &total, size);
        }
        Self { size, widths, rows, total }
    }

    /// Numbers are never broken; the name takes what is left, and long units are wrapped.
    fn measure(rows: &[[String; 6]], total: &str, size: f32) -> [f32; 6] {
        let widest = |column: usize, head: &str| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let least = Face::Bold.width(head, size);
            cells.map(|cell| Face::Regular.width(cell, size)).fold(least, f32::max) + 2.0 * PAD
        };
        let number = widest(0, "STT");
        let unit = widest(2, "ĐVT").min(52.0);
        let quantity = widest(3, "SL");
        let price = widest(4, "Đơn giá");
        let amount = widest(5, "Thành tiền").max(Face::Bold.width(total, size) + 2.0 * PAD);
        [number, WIDTH - number - unit - quantity - price - amount, unit, quantity, price, amount]
    }

    fn draw(&self, sheets: &mut Sheets<'_>) {
        self.row(sheets, &HEAD.map(str::to_owned), Face::Bold, true);
        for (index, row) in self.rows.iter().enumerate() {
            // the total is never alone on a sheet: the last line stays with it
            let is_last = index + 1 == self.rows.len();
            let below = if is_last { self.size * LEADING + PAD } else { 0.0 };
            if sheets.y + self.height(row, Face::Regular) + below > BOTTOM && sheets.room(f32::MAX) {
                self.row(sheets, &HEAD.map(str::to_owned), Face::Bold, true);
            }
            self.row(sheets, row, Face::Regular, false);
        }
        self.sum(sheets);
    }

    fn cells(&self, row: &[String; 6], face: Face) -> Vec<Vec<String>> {
        row.iter().zip(self.widths).map(|(cell, width)| face.lines(cell, self.size, width - 2.0 * PAD)).collect()
    }

    fn height(&self, row: &[String; 6], face: Face) -> f32 {
        let lines = self.cells(row, face).iter().map(Vec::len).max().unwrap_or(1);
        std::iter::repeat_n(self.size * LEADING, lines).sum::<f32>() + PAD
    }

    fn row(&self, sheets: &mut Sheets<'_>, row: &[String; 6], face: Face, is_head: bool) {
        let height = self.height(row, face);
        let top = sheets.y;
        if is_head {
            sheets.current.push(Mark::Block { at: (LEFT, top, WIDTH, height), ink: Ink::Pale });
        }
        let mut x = LEFT;
        for ((lines, width), align) in self.cells(row, face).into_iter().zip(self.widths).zip(ALIGN) {
            let align = if is_head { Align::Centre } else { align };
            let mut y = top + PAD / 2.0;
            if is_head {
                // the head's cells are centred upright too
                let used = std::iter::repeat_n(self.size * LEADING, lines.len()).sum::<f32>();
                y += (height - PAD - used) / 2.0;
            }
            for line in lines {
                let slack = width - 2.0 * PAD - face.width(&line, self.size);
                let shift = match align {
                    Align::Left => 0.0,
                    Align::Centre => slack / 2.0,
                    Align::Right => slack,
                };
                sheets.text(x + PAD + shift, y, face, self.size, Ink::Black, line);
                y += self.size * LEADING;
            }
            sheets.current.push(Mark::Frame { at: (x, top, width, height), weight: 0.5, ink: Ink::Black });
            x += width;
        }
        sheets.y += height;
    }

    fn sum(&self, sheets: &mut Sheets<'_>) {
        let height = self.size * LEADING + PAD;
        sheets.room(height);
        let top = sheets.y;
        let [.., amount] = self.widths;
        let label = "Tổng cộng";
        let x = RIGHT - amount - PAD - Face::Bold.width(label, self.size);
        sheets.text(x, top + PAD / 2.0, Face::Bold, self.size, Ink::Black, label);
        let x = RIGHT - PAD - Face::Bold.width(&self.total, self.size);
        sheets.text(x, top + PAD / 2.0, Face::Bold, self.size, Ink::Black, self.total.clone());
        for (x, width) in [(LEFT, WIDTH - amount), (RIGHT - amount, amount)] {
            sheets.current.push(Mark::Frame { at: (x, top, width, height), weight: 0.5, ink: Ink::Black });
        }
        sheets.y += height;
    }
}
