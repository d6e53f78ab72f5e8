//! Where everything stands on the sheets of a receipt: form 01/PLPĐT (Thông tư 91/2026/TT-BTC Appendix V), with fee lines that
//! run over as many sheets as they need.

use super::content::{Content, TITLE, VIETNAM, replacement_words, short_date};
use super::flow::{Flow, LEADING, Sheet};
use super::series;
use super::slip;
use super::style::{Paper, Style};
use super::table::Table;
use super::words::in_words;
use crate::drawing::fonts::Face;
use crate::drawing::structure::Role;
use crate::drawing::{Ink, Mark};
use time::{Date, OffsetDateTime};

/// Whose signature the receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Common name of the certificate.
    pub signer: String,
    /// Time of signing.
    pub time: OffsetDateTime,
}

/// What has become of a receipt, as it is stamped on what is drawn later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// It is in force: no stamp.
    #[default]
    InForce,
    /// It is in force, and there is something to know: no stamp.
    Remarked {
        /// The days on which errors of it were notified.
        notified: Vec<Date>,
        /// The day on which somebody asked that it be voided.
        void_asked: Option<Date>,
    },
    /// It was replaced by the receipt with this identity.
    Replaced(String),
    /// It was voided.
    Voided,
}

impl Standing {
    /// The stamp.
    pub const fn stamp(&self) -> Option<&'static str> {
        match self {
            Self::InForce | Self::Remarked { .. } => None,
            Self::Replaced(_) => Some("ĐÃ THAY THẾ"),
            Self::Voided => Some("ĐÃ HỦY"),
        }
    }

    /// What it means, in both languages.
    pub(super) fn words(&self) -> Option<(String, &'static str)> {
        match self {
            Self::InForce => None,
            Self::Remarked { notified, void_asked } => Some(remarks(notified, *void_asked)),
            Self::Replaced(by) => Some((format!("Biên lai này đã được thay thế bởi biên lai {by}"), "Replaced")),
            Self::Voided => Some(("Biên lai này đã bị hủy, không còn giá trị".to_owned(), "Voided: not valid")),
        }
    }
}

fn remarks(notified: &[Date], void_asked: Option<Date>) -> (String, &'static str) {
    let days: Vec<String> = notified.iter().map(|day| short_date(*day)).collect();
    let notice = format!("Đã thông báo sai sót (mẫu 04/SS-CTĐT) ngày {}", days.join(", "));
    let asked = void_asked.map(|day| format!("Đã có yêu cầu hủy ngày {}, đang chờ phê duyệt", short_date(day)));
    match (asked, days.is_empty()) {
        (Some(asked), true) => (asked, "Voiding was asked for"),
        (Some(asked), false) => (format!("{notice}. {asked}"), "An error was notified; voiding was asked for"),
        (None, _) => (notice, "An error was notified"),
    }
}

/// What is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the receipt says.
    pub content: &'a Content,
    /// Who signed it.
    pub seal: &'a Seal,
    /// What has become of it.
    pub standing: &'a Standing,
    /// Whether it is a copy of a receipt that was issued before.
    pub is_copy: bool,
    /// The modules of the QR code at each side.
    pub qr_modules: usize,
    /// Pixels of the logo, across and down.
    pub logo: Option<(u32, u32)>,
}

/// What stands under a copy.
pub(super) const COPY: (&str, &str) = (
    "Bản thể hiện của biên lai điện tử; bản gốc đã ký số là tệp XML đính kèm.",
    "A copy of the electronic receipt; the signed original is the attached XML.",
);
/// The height of a logo at most, in sizes of text.
const LOGO: f32 = 3.4;
pub(super) const SCAN: (&str, &str) = ("Quét mã để kiểm tra biên lai", "Scan to check");

impl Shown<'_> {
    /// The side of the QR code: 25 mm, and more where its modules would be less than 0.35 mm, so that it scans from a print.
    pub(super) fn qr_side(&self) -> f32 {
        let modules = u16::try_from(self.qr_modules).map_or(0.0, f32::from);
        (modules * 0.35).max(25.0) * 72.0 / 25.4
    }

    /// `Ngày ký: 24/11/2026 08:30:15 (GMT+7)`.
    pub(super) fn signed_on(&self) -> String {
        let time = self.seal.time.to_offset(VIETNAM);
        let (hour, minute, second) = time.to_hms();
        format!("Ngày ký: {} {hour:02}:{minute:02}:{second:02} (GMT+7)", short_date(time.date()))
    }
}

/// A picture's width and height within these, as large as it can be.
fn fitted((wide, high): (u32, u32), width: f32, height: f32) -> (f32, f32) {
    let side = |pixels: u32| u16::try_from(pixels).map_or(f32::from(u16::MAX), f32::from).max(1.0);
    let scale = (width / side(wide)).min(height / side(high));
    (side(wide) * scale, side(high) * scale)
}

/// The sheets of a receipt.
pub fn lay_out(shown: &Shown<'_>, style: Style) -> Vec<Sheet> {
    let mut continued = format!("Biên lai số {} (tiếp theo)", shown.content.id);
    if let Some(stamp) = shown.standing.stamp() {
        continued = format!("{continued} – {stamp}");
    }
    let mut flow = Flow::new(style, continued);
    if style.paper == Paper::Slip {
        slip::fill(&mut flow, shown);
    } else {
        let mut form = Form { flow, shown };
        form.head();
        form.title();
        form.payer();
        Table::new(shown.content, &form.flow).draw(&mut form.flow);
        form.closing();
        flow = form.flow;
    }
    flow.finish(shown.standing.stamp())
}

struct Form<'a> {
    flow: Flow,
    shown: &'a Shown<'a>,
}

impl Form<'_> {
    /// Left the collecting body, right the national header; under them what identifies both.
    fn head(&mut self) {
        let (flow, body) = (&mut self.flow, &self.shown.content.body);
        let (size, small) = (flow.paper.size, flow.small());
        let top = flow.y;
        let gap = size;
        let nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
        // a little more, so that rounding does not break the line
        let right_width = Face::Bold.width(nation, size * 0.88) + 0.5;
        let right = (flow.right() - right_width, right_width);
        let left = (flow.left(), flow.width() - right_width - gap);
        let name_top = match self.shown.logo {
            Some(pixels) => {
                let (width, height) = fitted(pixels, left.1, size * LOGO);
                let at = (left.0 + (left.1 - width) / 2.0, top, width, height);
                flow.put(Role::Picture("Biểu trưng của cơ quan thu"), Mark::Logo { at });
                top + height + 3.0
            }
            None => top,
        };
        let role = flow.next_paragraph();
        let mut y = flow.centred(role, left, name_top, (Face::Bold, size * 0.9, Ink::Black), &body.name.to_uppercase());
        flow.y = y + 2.0;
        flow.rule(left.0 + left.1 * 0.32, left.1 * 0.36, 0.6, Ink::Black);
        let role = flow.next_paragraph();
        let mut other = flow.centred(role, right, top, (Face::Bold, size * 0.88, Ink::Black), nation);
        let label = ("", "Socialist Republic of Viet Nam");
        if let Some(english) = flow.english(label) {
            other = flow.centred(role, right, other, (Face::Italic, size * 0.75, Ink::Grey), &english);
        }
        let role = flow.next_paragraph();
        other = flow.centred(role, right, other, (Face::Bold, size * 0.95, Ink::Black), "Độc lập – Tự do – Hạnh phúc");
        if let Some(english) = flow.english(("", "Independence – Freedom – Happiness")) {
            other = flow.centred(role, right, other, (Face::Italic, size * 0.75, Ink::Grey), &english);
        }
        flow.y = other + 2.0;
        flow.rule(right.0 + right.1 * 0.18, right.1 * 0.64, 0.6, Ink::Black);

        let below = y.max(other) + size * 0.9;
        // left: how the body is reached; right: form, symbol, number
        let column = flow.right() - size * 10.5;
        y = below;
        for (label, value) in [
            (("Mã số thuế", "Tax code"), Some(&body.tax_code)),
            (("Địa chỉ", "Address"), Some(&body.address)),
            (("Điện thoại", "Telephone"), body.phone.as_ref()),
            (("Số tài khoản", "Account"), body.account.as_ref()),
        ] {
            let Some(value) = value else { continue };
            let (role, indent) = (flow.next_paragraph(), flow.label_width(label, small));
            flow.label(role, (flow.left(), y), label, small);
            for line in super::flow::spaced(Face::Regular.lines(value, small, column - size - flow.left() - indent)) {
                flow.text(role, (flow.left() + indent, y), Face::Regular, small, Ink::Black, line);
                y += small * LEADING;
            }
        }
        let id = &self.shown.content.id;
        let mut other = below;
        let denomination = (id.series.form == series::Form::Ebl02)
            .then(|| (("Mệnh giá", "Denomination"), format!("{} đ", self.shown.content.total), Ink::Black));
        for (label, value, ink) in [
            (("Mẫu số", "Form"), id.series.form.to_string(), Ink::Black),
            (("Ký hiệu", "Symbol"), id.series.symbol.to_string(), Ink::Black),
            (("Số", "No."), id.number.to_string(), Ink::Vermilion),
        ]
        .into_iter()
        .chain(denomination)
        {
            let (role, indent) = (flow.next_paragraph(), flow.label_width(label, size));
            flow.label(role, (column, other), label, size);
            flow.text(role, (column + indent, other), Face::Bold, size, ink, value);
            other += size * LEADING;
        }
        flow.y = y.max(other) + size;
    }

    fn title(&mut self) {
        let (flow, content) = (&mut self.flow, self.shown.content);
        let (size, column) = (flow.paper.size, (flow.left(), flow.width()));
        let (face, ink) = (Face::Bold, Ink::Vermilion);
        flow.y = flow.centred(Role::Title, column, flow.y, (face, size * 1.45, ink), &TITLE.to_uppercase());
        if let Some(english) = flow.english(("", "Electronic receipt for fees and charges")) {
            let role = flow.next_paragraph();
            flow.y = flow.centred(role, column, flow.y, (Face::Italic, size * 0.85, Ink::Grey), &english);
        }
        let date = content.date();
        let words = format!("Ngày {:02} tháng {:02} năm {}", date.day(), u8::from(date.month()), date.year());
        let role = flow.next_paragraph();
        flow.y = flow.centred(role, column, flow.y, (Face::Italic, size, Ink::Black), &words);
        if let Some(replaced) = &content.replaces {
            let (role, words) = (flow.next_paragraph(), format!("({})", replacement_words(replaced)));
            flow.y = flow.centred(role, column, flow.y, (Face::Italic, size * 0.9, Ink::Black), &words);
        }
        stamp(flow, self.shown.standing);
        flow.y += size * 0.8;
    }

    fn payer(&mut self) {
        let content = self.shown.content;
        let payer = &content.payer;
        if let Some(delegate) = &content.delegate {
            let text = format!("{}, {}", delegate.name, delegate.address);
            self.flow.field(("Đơn vị được ủy quyền thu", "Collected on its behalf by"), Face::Regular, &text);
        }
        self.flow.field(("Người nộp", "Payer"), Face::Bold, &payer.name);
        for (label, value) in [
            (("Mã số thuế", "Tax code"), &payer.tax_code),
            (("Số định danh cá nhân", "Personal ID"), &payer.personal_id),
            (("Địa chỉ", "Address"), &payer.address),
            (("Số tài khoản", "Account"), &payer.account),
            (("Điện thoại", "Telephone"), &payer.phone),
            (("Thư điện tử", "E-mail"), &payer.email),
            (("Mã hồ sơ", "Dossier"), &content.dossier),
        ] {
            if let Some(value) = value {
                self.flow.field(label, Face::Regular, value);
            }
        }
        self.flow.y += self.flow.paper.size * 0.5;
    }

    fn closing(&mut self) {
        let (flow, content) = (&mut self.flow, self.shown.content);
        let size = flow.paper.size;
        flow.y += size * 0.5;
        payment(flow, content);
        flow.y += size;
        let side = self.shown.qr_side();
        flow.room(side + size * 4.0);
        self.seal(side);
        let flow = &mut self.flow;
        let small = flow.small() * 0.92;
        let url = content.check_url.clone();
        for text in [format!("Mã tra cứu: {}", content.code), url] {
            flow.paragraph(Face::Regular, small, Ink::Black, &text);
        }
        if self.shown.is_copy {
            copy_words(flow, small);
        }
    }

    /// Left the QR code, right the seal.
    fn seal(&mut self, side: f32) {
        let (flow, shown) = (&mut self.flow, self.shown);
        let (size, small) = (flow.paper.size, flow.small());
        let top = flow.y;
        let role = flow.next_paragraph();
        let scan = flow.english(SCAN).map_or(SCAN.0.to_owned(), |english| format!("{} {english}", SCAN.0));
        flow.text(role, (flow.left(), top), Face::Regular, small * 0.95, Ink::Black, scan);
        // four modules about the code stay white
        let qr_top = top + small * LEADING + 5.0;
        flow.put(Role::Picture("Mã QR để kiểm tra biên lai"), Mark::Qr(flow.left(), qr_top, side));
        let x = flow.left() + (side + 26.0).max(flow.width() * 0.42);
        let column = (x, flow.right() - x);
        let role = flow.next_paragraph();
        let mut y = flow.centred(role, column, top, (Face::Bold, size, Ink::Black), "CƠ QUAN THU");
        if let Some(english) = flow.english(("", "Collecting body")) {
            y = flow.centred(role, column, y, (Face::Italic, small * 0.85, Ink::Grey), &english);
        }
        let role = flow.next_paragraph();
        let note = (Face::Italic, small, Ink::Black);
        y = flow.centred(role, column, y, note, "(Chữ ký số của cơ quan thu)") + 4.0;
        let frame_top = y;
        y += 5.0;
        for (face, text) in [(Face::Bold, format!("Ký bởi: {}", shown.seal.signer)), (Face::Regular, shown.signed_on())]
        {
            let role = flow.next_paragraph();
            for line in super::flow::spaced(face.lines(&text, small, column.1 - 14.0)) {
                flow.text(role, (x + 7.0, y), face, small, Ink::Vermilion, line);
                y += small * LEADING;
            }
        }
        let at = (x, frame_top, column.1, y + 4.0 - frame_top);
        flow.put(Role::Decoration, Mark::Frame { at, weight: 0.9, ink: Ink::Vermilion });
        flow.y = (y + 10.0).max(qr_top + side + 8.0);
    }
}

/// What has become of a receipt, under its title: it hides nothing.
pub(super) fn stamp(flow: &mut Flow, standing: &Standing) {
    let Some((words, english)) = standing.words() else { return };
    let size = flow.paper.size;
    let top = flow.y + size * 0.5;
    let width = flow.width();
    let column = (flow.left() + width * 0.08, width * 0.84);
    flow.y = top + 4.0;
    if let Some(stamp) = standing.stamp() {
        let role = flow.next_paragraph();
        flow.y = flow.centred(role, column, flow.y, (Face::Bold, size * 1.6, Ink::Vermilion), stamp);
    }
    let words = flow.english(("", english)).map_or(words.clone(), |english| format!("{words} {english}"));
    let role = flow.next_paragraph();
    flow.y = flow.centred(role, column, flow.y, (Face::Regular, size * 0.9, Ink::Vermilion), &words) + 5.0;
    let at = (column.0, top, column.1, flow.y - top);
    flow.put(Role::Decoration, Mark::Frame { at, weight: 1.4, ink: Ink::Vermilion });
}

/// The amount in words, how it was paid, and the note.
pub(super) fn payment(flow: &mut Flow, content: &Content) {
    let words = format!("{}.", in_words(content.total));
    flow.field(("Số tiền bằng chữ", "Amount in words"), Face::Bold, &words);
    if let Some(exchange) = &content.exchange {
        flow.field(("Tỷ giá", "Exchange rate"), Face::Regular, &exchange.words());
    }
    let method = content.payment.method.vietnamese();
    flow.field(("Hình thức thanh toán", "Payment by"), Face::Regular, method);
    if let Some(reference) = &content.payment.reference {
        flow.field(("Mã tham chiếu thanh toán", "Payment reference"), Face::Regular, reference);
    }
    if let Some(note) = &content.note {
        flow.field(("Ghi chú", "Note"), Face::Italic, note);
    }
}

/// Says that it is a copy.
pub(super) fn copy_words(flow: &mut Flow, size: f32) {
    let text = flow.english(COPY).map_or(COPY.0.to_owned(), |english| format!("{} {english}", COPY.0));
    flow.paragraph(Face::Italic, size, Ink::Grey, &text);
}
