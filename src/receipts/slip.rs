//! The slip of a thermal printer: what the receipt says, in one narrow column.

use super::content::{TITLE, replacement_words, short_date};
use super::flow::{Flow, LEADING, spaced};
use super::layout::{SCAN, Shown, copy_words, payment, stamp};
use crate::drawing::fonts::Face;
use crate::drawing::structure::Role;
use crate::drawing::{Ink, Mark};

/// Fills the slip.
pub(super) fn fill(flow: &mut Flow, shown: &Shown<'_>) {
    let (content, size) = (shown.content, flow.paper.size);
    let column = (flow.left(), flow.width());
    let centred = |flow: &mut Flow, face: Face, size: f32, text: &str| {
        let role = flow.next_paragraph();
        flow.y = flow.centred(role, column, flow.y, (face, size, Ink::Black), text);
    };
    centred(flow, Face::Bold, size, &content.body.name.to_uppercase());
    centred(flow, Face::Regular, size * 0.9, &format!("Mã số thuế: {}", content.body.tax_code));
    centred(flow, Face::Regular, size * 0.9, &content.body.address);
    flow.y += size * 0.6;
    let title = TITLE.to_uppercase();
    flow.y = flow.centred(Role::Title, column, flow.y, (Face::Bold, size * 1.2, Ink::Black), &title);
    centred(flow, Face::Italic, size * 0.9, "(Bản thể hiện, không thay bản gốc)");
    let id = &content.id;
    centred(flow, Face::Regular, size, &format!("Mẫu số: {}   Ký hiệu: {}", id.series.form, id.series.symbol));
    centred(flow, Face::Bold, size * 1.2, &format!("Số: {}", id.number));
    centred(flow, Face::Regular, size, &format!("Ngày {}", short_date(content.date())));
    if let Some(replaced) = &content.replaces {
        centred(flow, Face::Italic, size * 0.9, &format!("({})", replacement_words(replaced)));
    }
    stamp(flow, shown.standing);
    divide(flow);
    flow.field(("Người nộp", "Payer"), Face::Bold, &content.payer.name);
    if let Some(dossier) = &content.dossier {
        flow.field(("Mã hồ sơ", "Dossier"), Face::Regular, dossier);
    }
    divide(flow);
    for line in &content.lines {
        let role = flow.next_paragraph();
        let foreign = line.foreign.map(|foreign| format!(" ({foreign})")).unwrap_or_default();
        let left = format!("{} × {}{foreign}", super::amount::grouped(line.quantity), line.unit_price);
        let amount = line.amount.to_string();
        let names = spaced(Face::Regular.lines(&line.name, size, column.1)).collect::<Vec<_>>();
        flow.room(names.iter().map(|_| size * LEADING).sum::<f32>() + size * LEADING);
        for name in names {
            flow.text(role, (column.0, flow.y), Face::Regular, size, Ink::Black, name);
            flow.y += size * LEADING;
        }
        pair(flow, role, Face::Regular, size, &left, &amount);
    }
    divide(flow);
    flow.room(size * 2.0);
    let role = flow.next_paragraph();
    pair(flow, role, Face::Bold, size * 1.2, "Tổng cộng (đồng)", &content.total.to_string());
    flow.y += size * 0.4;
    payment(flow, content);
    divide(flow);
    let side = shown.qr_side();
    flow.room(side + size * 4.0);
    centred(flow, Face::Regular, size * 0.9, SCAN.0);
    flow.y += 5.0;
    let x = column.0 + (column.1 - side) / 2.0;
    flow.put(Role::Picture("Mã QR để kiểm tra biên lai"), Mark::Qr(x, flow.y, side));
    flow.y += side + 8.0;
    centred(flow, Face::Regular, size * 0.9, &format!("Mã tra cứu: {}", content.code));
    centred(flow, Face::Regular, size * 0.9, &format!("Ký bởi: {}", shown.seal.signer));
    centred(flow, Face::Regular, size * 0.9, &shown.signed_on());
    copy_words(flow, size * 0.9);
}

/// A text at the left, and one at the right of the same line, or of the next where both have no room.
fn pair(flow: &mut Flow, role: Role, face: Face, size: f32, left: &str, right: &str) {
    let left = format!("{left} ");
    flow.text(role, (flow.left(), flow.y), face, size, Ink::Black, left.clone());
    if face.width(&left, size) + face.width(right, size) > flow.width() {
        flow.y += size * LEADING;
    }
    let x = flow.right() - face.width(right, size);
    flow.text(role, (x, flow.y), face, size, Ink::Black, right);
    flow.y += size * LEADING;
}

fn divide(flow: &mut Flow) {
    flow.y += flow.paper.size * 0.4;
    flow.rule(flow.left(), flow.width(), 0.6, Ink::Black);
    flow.y += flow.paper.size * 0.5;
}
