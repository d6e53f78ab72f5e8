//! Says what changed in words that need no knowledge of PDF: on which page, what, and at last the object.
//!
//! `on_page`: what changed on a page.

mod on_page;

use super::compare::Step;
use super::place::{Place, Root};
use super::{Difference, Kind};
use crate::error::plain;
use crate::messages::Text;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId, decode_text};
use on_page::{annotation_word, aspect, page};
use std::collections::HashSet;

/// Characters of a value that are told.
const MOST_TOLD: usize = 40;

/// A change in words.
pub fn describe(step: &Step<'_>, difference: &Difference, kind: &Kind) -> Text {
    let place = &difference.place;
    let said = match place.root {
        Root::Trailer => trailer(place),
        Root::Catalog => catalog(step, difference),
        Root::Page(id) => page(step, difference, id, kind),
        Root::Field(id) => field(step, difference, id, kind),
        Root::Annotation(id) => {
            let what = annotation_word(step.new.get(id).ok().as_deref().unwrap_or(&Object::Null));
            on_page_of(step, id, Text::new(format!("{} đã bị thay đổi", what.vi), format!("{} was changed", what.en)))
        }
        Root::StructTree | Root::StructElem(_) => structure(difference, place.path.first()),
    };
    if matches!(kind, Kind::Maintenance | Kind::FormDefaults | Kind::FileStructure) {
        // what tools do along with what was asked of them needs no exact place
        let in_structure = matches!(place.root, Root::StructTree | Root::StructElem(_))
            || place.is_in_catalog(&["StructTreeRoot"])
            || matches!(place.root, Root::Page(_)) && (place.is(&["Tabs"]) || place.is(&["StructParents"]));
        if in_structure {
            let vi = "các trường mới đã được ghi vào cấu trúc của văn bản";
            return Text::new(vi, "new fields were entered in the structure of the document");
        }
        return said;
    }
    let keys: Vec<String> = place.path.iter().filter(|k| k.as_slice() != b"[]").map(|k| key_name(k)).collect();
    let keys = Some(keys.join(" ")).filter(|k| !k.is_empty());
    let exact = |object: &str| {
        let object = difference.object.map(|id| format!("{object} {id}"));
        let all: Vec<String> = [keys.clone(), object].into_iter().flatten().collect();
        if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
    };
    Text::new(said.vi + &exact("đối tượng"), said.en + &exact("object"))
}

/// The page that a change is on, if it is on one.
pub fn page_of(step: &Step<'_>, place: &Place) -> Option<ObjectId> {
    match place.root {
        Root::Page(id) => Some(id),
        Root::Field(id) | Root::Annotation(id) => page_of_annotation(step, id),
        Root::Trailer | Root::Catalog | Root::StructTree | Root::StructElem(_) => None,
    }
}

fn key_name(key: &[u8]) -> String {
    format!("/{}", quoted(&String::from_utf8_lossy(key)))
}

/// A text of the file, short and without what could move a cursor.
fn quoted(text: &str) -> String {
    let mut short: String = plain(&text.chars().take(MOST_TOLD).collect::<String>());
    if text.chars().nth(MOST_TOLD).is_some() {
        short.push('…');
    }
    short
}

/// Something was added, removed or changed.
fn happened(difference: &Difference, what: &Text) -> Text {
    let (vi, en) = match (difference.old.is_null(), difference.new.is_null()) {
        (true, _) => ("đã được thêm vào", "was added"),
        (_, true) => ("đã bị bỏ đi", "was removed"),
        _ => ("đã bị thay đổi", "was changed"),
    };
    Text::new(format!("{} {vi}", what.vi), format!("{} {en}", what.en))
}

fn first(place: &Place) -> &[u8] {
    place.path.first().map(Vec::as_slice).unwrap_or_default()
}

fn trailer(place: &Place) -> Text {
    let (vi, en) = match first(place) {
        b"Root" => (
            "một văn bản khác đã được đặt vào chỗ của văn bản đã ký",
            "another document was put in the place of the one that was signed",
        ),
        b"Info" => (
            "tiêu đề, tác giả hoặc thông tin khác về văn bản đã bị thay đổi",
            "title, author or other information about the document was changed",
        ),
        b"Encrypt" => ("cách mã hóa văn bản đã bị thay đổi", "the encryption of the document was changed"),
        _ => ("cách bố trí bên trong tệp đã bị thay đổi", "how the file is laid out was changed"),
    };
    Text::new(vi, en)
}

fn catalog(step: &Step<'_>, difference: &Difference) -> Text {
    let place = &difference.place;
    let attachment = || happened(difference, &Text::new("tệp đính kèm", "an attached file"));
    let (vi, en) = match first(place) {
        b"Pages" => return pages(step, difference),
        b"StructTreeRoot" => return structure(difference, place.path.get(1)),
        b"AcroForm" => return form(step, difference),
        b"OpenAction" | b"AA" => {
            let vi = "hành động tự chạy khi mở hoặc sử dụng văn bản";
            return happened(difference, &Text::new(vi, "an action that runs when the document is opened or used"));
        }
        b"Names" if place.is_within(&["Names", "EmbeddedFiles"]) => return attachment(),
        b"Names" if place.is_within(&["Names", "JavaScript"]) => {
            return happened(difference, &Text::new("một đoạn mã chương trình", "a script"));
        }
        b"AF" | b"Collection" => return attachment(),
        b"OCProperties" => {
            ("các lớp được hiển thị của văn bản đã bị thay đổi", "which layers of the document are shown was changed")
        }
        b"DSS" => {
            ("dữ liệu để kiểm tra chữ ký về sau đã được thêm vào", "data for checking signatures later was added")
        }
        b"Metadata" => {
            ("phần mô tả văn bản (XMP) đã được ghi lại", "the description of the document (XMP) was renewed")
        }
        b"Perms" => ("các quyền mà văn bản cho phép đã bị thay đổi", "what the document permits was changed"),
        b"Outlines" => ("mục lục (bookmark) đã bị thay đổi", "the bookmarks were changed"),
        b"Version" | b"Extensions" => (
            "phiên bản PDF mà văn bản khai báo đã bị thay đổi",
            "the version of PDF that the document states was changed",
        ),
        b"Lang" => ("ngôn ngữ mà văn bản khai báo đã bị thay đổi", "the language that the document states was changed"),
        _ => {
            let what = Text::new("một thiết lập chung của văn bản", "a setting of the whole document");
            return happened(difference, &what);
        }
    };
    Text::new(vi, en)
}

fn form(step: &Step<'_>, difference: &Difference) -> Text {
    let (vi, en) = match difference.place.path.get(1).map(Vec::as_slice) {
        Some(b"Fields") => return form_fields(step, difference),
        Some(b"DR" | b"DA" | b"NeedAppearances") => {
            ("cách vẽ các trường của biểu mẫu đã bị thay đổi", "how the fields of the form are drawn was changed")
        }
        Some(b"XFA") => (
            "phần mô tả biểu mẫu (XFA), mà một số phần mềm hiển thị thay cho trang, đã bị thay đổi",
            "the form's description (XFA), which some readers show instead, was changed",
        ),
        _ => ("một thiết lập của biểu mẫu đã bị thay đổi", "a setting of the form was changed"),
    };
    Text::new(vi, en)
}

fn form_fields(step: &Step<'_>, difference: &Difference) -> Text {
    let (gone, added) = told_apart(difference);
    let names = |doc: &Document, list: &[Object]| {
        let name = |o: &Object| {
            let field = doc.resolve(o).ok()?;
            Some(format!("“{}”", quoted(&own_name(doc, field.as_dictionary()?)?)))
        };
        list.iter().filter_map(name).take(5).collect::<Vec<_>>().join(", ")
    };
    match (gone.is_empty(), added.is_empty()) {
        (true, false) => {
            let names = names(step.new, &added);
            Text::new(format!("biểu mẫu có thêm trường: {names}"), format!("the form has new fields: {names}"))
        }
        (false, true) => {
            let names = names(step.old, &gone);
            let en = format!("fields of the form were removed: {names}");
            Text::new(format!("các trường của biểu mẫu đã bị bỏ đi: {names}"), en)
        }
        _ => Text::new("các trường của biểu mẫu đã bị thay đổi", "the fields of the form were changed"),
    }
}

/// The elements of two lists that only one of them has.
fn told_apart(difference: &Difference) -> (Vec<Object>, Vec<Object>) {
    let list = |o: &Object| o.as_array().map(<[Object]>::to_vec).unwrap_or_default();
    let (old, new) = (list(&difference.old), list(&difference.new));
    let ids = |list: &[Object]| list.iter().filter_map(Object::as_reference).collect::<HashSet<ObjectId>>();
    let (was, is) = (ids(&old), ids(&new));
    let other = |list: Vec<Object>, known: &HashSet<ObjectId>| {
        list.into_iter().filter(|e| e.as_reference().is_none_or(|id| !known.contains(&id))).collect()
    };
    (other(old, &is), other(new, &was))
}

fn pages(step: &Step<'_>, difference: &Difference) -> Text {
    let inherited = [b"Resources".as_slice(), b"MediaBox", b"CropBox", b"Rotate"];
    if let Some(key) = difference.place.path.iter().find(|k| inherited.contains(&k.as_slice())) {
        let what = aspect(key);
        let vi = format!("phần chung của nhiều trang đã bị thay đổi: {}", what.vi);
        return Text::new(vi, format!("what several pages have in common was changed: {}", what.en));
    }
    let ids = |doc: &Document| doc.page_ids().unwrap_or_default();
    let (old, new) = (ids(step.old), ids(step.new));
    let sets: (HashSet<ObjectId>, HashSet<ObjectId>) = (old.iter().copied().collect(), new.iter().copied().collect());
    let numbers = |list: &[ObjectId], known: &HashSet<ObjectId>| {
        let all: Vec<String> =
            (1..).zip(list).filter(|(_, id)| !known.contains(id)).map(|(n, _): (usize, _)| n.to_string()).collect();
        all
    };
    let (gone, added) = (numbers(&old, &sets.1), numbers(&new, &sets.0));
    let some = |list: &[String]| list.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    match (gone.is_empty(), added.is_empty()) {
        (true, false) => {
            let (count, which) = (added.len(), some(&added));
            let en = format!("pages ({count}) of the document were added: page {which}");
            Text::new(format!("{count} trang đã được thêm vào văn bản: trang {which}"), en)
        }
        (false, true) => {
            let (count, which) = (gone.len(), some(&gone));
            let en = format!("pages ({count}) of the document were removed: page {which}");
            Text::new(format!("{count} trang của văn bản đã bị bỏ đi: trang {which}"), en)
        }
        (false, false) => {
            let (gone, added) = (some(&gone), some(&added));
            let vi = format!("trang đã bị thay thế: trang {gone} của văn bản đã ký bằng trang {added}");
            Text::new(vi, format!("pages were replaced: page {gone} of the signed document by page {added}"))
        }
        _ if old != new => Text::new("thứ tự các trang đã bị thay đổi", "the pages were put in another order"),
        _ => Text::new("danh sách các trang đã bị thay đổi", "the list of pages was changed"),
    }
}

/// The name of a field, its own or that of the field it is a widget of.
fn own_name(doc: &Document, field: &Dictionary) -> Option<String> {
    super::compare::inherited(doc, field, b"T").as_string().map(decode_text)
}

fn page_of_annotation(step: &Step<'_>, id: ObjectId) -> Option<ObjectId> {
    [step.new, step.old].into_iter().find_map(|doc| {
        let widget = doc.get(id).ok()?;
        let page = widget.as_dictionary()?.get(b"P")?.as_reference()?;
        step.pages().contains_key(&page).then_some(page)
    })
}

/// What is said of an annotation, with its page before it.
fn on_page_of(step: &Step<'_>, id: ObjectId, said: Text) -> Text {
    let page = page_of_annotation(step, id).and_then(|page| step.pages().get(&page).copied());
    match page {
        Some(number) => Text::new(format!("trang {number}: {}", said.vi), format!("page {number}: {}", said.en)),
        None => said,
    }
}

fn field(step: &Step<'_>, difference: &Difference, id: ObjectId, kind: &Kind) -> Text {
    let name = step.old_field(id).map(|f| step.field_name(&f)).unwrap_or_default();
    let name = quoted(&name);
    let said = |vi: &str, en: &str| {
        on_page_of(step, id, Text::new(format!("trường “{name}”{vi}"), format!("the field “{name}”{en}")))
    };
    let value = |o: &Object| match o {
        Object::String(s) => Some(quoted(&decode_text(&s.bytes))),
        Object::Name(n) => Some(quoted(&String::from_utf8_lossy(n))),
        _ => None,
    };
    let (vi, en) = match first(&difference.place) {
        b"V" if difference.new.as_dictionary().is_some() => (" đã được ký", " was signed"),
        b"V" => {
            let Text { vi, en } = new_value(value(&difference.old), value(&difference.new));
            return said(&vi, &en);
        }
        b"AP" if *kind == Kind::Forbidden => {
            (": bị làm cho hiển thị khác với giá trị của nó", ": it was made to show something else than its value")
        }
        b"AP" | b"AS" | b"MK" => (": phần hiển thị đã bị thay đổi", ": what it shows was changed"),
        b"DA" | b"DR" | b"Q" => (": cách vẽ đã bị thay đổi", ": how it is drawn was changed"),
        b"Rect" => (" đã bị di chuyển hoặc đổi kích thước", " was moved or resized"),
        b"A" | b"AA" => (": hành động của nó đã bị thay đổi", ": what it does was changed"),
        b"F" | b"Ff" => (
            ": việc nó có hiển thị và có điền được hay không đã bị thay đổi",
            ": whether it is shown and can be filled was changed",
        ),
        b"Kids" => (": nơi hiển thị đã bị thay đổi", ": where it is shown was changed"),
        b"T" | b"TU" => (" đã bị đổi tên", " was given another name"),
        b"Lock" | b"SV" => {
            (": điều mà việc ký yêu cầu hoặc khóa lại đã bị thay đổi", ": what signing it demands or locks was changed")
        }
        _ => (": một thiết lập của nó đã bị thay đổi", ": one of its settings was changed"),
    };
    said(vi, en)
}

fn new_value(old: Option<String>, new: Option<String>) -> Text {
    match (old, new) {
        (Some(old), Some(new)) => {
            let vi = format!(" đã bị đổi từ “{old}” thành “{new}”");
            Text::new(vi, format!(" was changed from “{old}” to “{new}”"))
        }
        (None, Some(new)) => Text::new(format!(" đã được điền “{new}”"), format!(" was filled with “{new}”")),
        (Some(old), None) => {
            let vi = format!(", trước đó là “{old}”, đã bị xóa trống");
            Text::new(vi, format!(", which had “{old}”, was emptied"))
        }
        (None, None) => Text::new(": giá trị đã bị thay đổi", ": its value was changed"),
    }
}

fn structure(difference: &Difference, key: Option<&Vec<u8>>) -> Text {
    let (vi, en) = match key.map(Vec::as_slice).unwrap_or_default() {
        b"ActualText" => {
            let vi = "văn bản được đọc và sao chép thay cho phần nhìn thấy";
            let en = "the text that is read out and copied in place of what is seen";
            return happened(difference, &Text::new(vi, en));
        }
        b"Alt" => {
            let vi = "phần mô tả được đọc thay cho phần nhìn thấy";
            return happened(difference, &Text::new(vi, "the description that is read out in place of what is seen"));
        }
        b"E" => {
            let vi = "phần được đọc thay cho chữ viết tắt";
            return happened(difference, &Text::new(vi, "what is read out for an abbreviation"));
        }
        b"RoleMap" | b"S" | b"ClassMap" | b"Namespaces" | b"NS" => {
            ("vai trò các phần của văn bản đã bị thay đổi", "what the parts of the document stand for was changed")
        }
        b"ParentTree" | b"IDTree" => (
            "việc nội dung thuộc về phần nào của văn bản đã bị thay đổi",
            "which part of the document its contents belong to was changed",
        ),
        b"K" | b"Pg" => {
            ("thứ tự đọc văn bản thành tiếng đã bị thay đổi", "the order in which the document is read out was changed")
        }
        b"Lang" => (
            "ngôn ngữ đọc văn bản thành tiếng đã bị thay đổi",
            "the language in which the document is read out was changed",
        ),
        _ => ("cấu trúc của văn bản đã bị thay đổi", "the structure of the document was changed"),
    };
    Text::new(vi, en)
}
