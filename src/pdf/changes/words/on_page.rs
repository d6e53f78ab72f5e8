//! What changed on a page, in words.

use super::{first, own_name, quoted, told_apart};
use crate::messages::Text;
use crate::pdf::changes::compare::{Step, inherited};
use crate::pdf::changes::drawn::Drawn;
use crate::pdf::changes::{Difference, Kind};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use std::collections::BTreeSet;

/// Content of a page that is looked into, in bytes.
const MOST_CONTENT: usize = 4 << 20;

/// What belongs to a page and may change.
pub fn aspect(key: &[u8]) -> Text {
    let (vi, en) = match key {
        b"MediaBox" | b"CropBox" | b"TrimBox" | b"BleedBox" | b"ArtBox" => {
            ("phần nhìn thấy của trang", "what part of it is seen")
        }
        b"Rotate" => ("chiều xoay của trang", "which way up it is shown"),
        b"UserUnit" => ("kích thước của trang", "its size"),
        b"Resources" => (
            "phông chữ, hình ảnh hoặc thứ khác dùng để vẽ trang",
            "fonts, images or other things that it is drawn with",
        ),
        b"AA" => ("hành động khi hiển thị trang", "what it does when it is shown"),
        b"Group" => ("cách trang được vẽ đè lên phần bên dưới", "how it is drawn over what lies beneath"),
        _ => ("một thiết lập của trang", "one of its settings"),
    };
    Text::new(vi, en)
}

/// What changed on a page.
pub fn page(step: &Step<'_>, difference: &Difference, id: ObjectId, kind: &Kind) -> Text {
    let place = &difference.place;
    let said = match first(place) {
        b"Contents" => contents(step, id),
        b"Annots" if place.is(&["Annots"]) => {
            annotations(step, difference, *kind == Kind::Forbidden || *kind == Kind::Annotation)
        }
        b"Annots" => Text::new("một chú thích đã bị thay đổi", "an annotation was changed"),
        b"Resources" => resources(difference),
        key => {
            let what = aspect(key);
            Text::new(format!("{} đã bị thay đổi", what.vi), format!("{} was changed", what.en))
        }
    };
    match step.pages().get(&id) {
        Some(number) => Text::new(format!("trang {number}: {}", said.vi), format!("page {number}: {}", said.en)),
        None => Text::new(
            format!("một trang không hiển thị: {}", said.vi),
            format!("a page that is not shown: {}", said.en),
        ),
    }
}

/// All that a page draws.
fn content(doc: &Document, page: &Dictionary) -> Option<Vec<u8>> {
    let entry = page.get(b"Contents")?;
    let value = doc.resolve(entry).ok()?;
    let parts = match &*value {
        Object::Array(parts) => parts.clone(),
        _ => vec![entry.clone()],
    };
    let mut all = Vec::new();
    for part in parts {
        let Ok(resolved) = doc.resolve(&part) else { continue };
        let (Object::Stream(stream), Some(id)) = (&*resolved, part.as_reference()) else { continue };
        all.extend(doc.stream_data(id, stream).ok()?);
        all.push(b'\n');
        if all.len() > MOST_CONTENT {
            return None;
        }
    }
    Some(all)
}

fn contents(step: &Step<'_>, id: ObjectId) -> Text {
    let read = |doc: &Document, id: ObjectId| {
        let page = doc.get(id).ok()?;
        content(doc, page.as_dictionary()?)
    };
    // another page may have come to its place
    let now = step.new.page_ids().unwrap_or_default();
    let index = step.pages().get(&id).and_then(|number| number.checked_sub(1));
    let same_place = index.filter(|_| !now.contains(&id)).and_then(|i| now.get(i));
    let (Some(old), Some(new)) = (read(step.old, id), read(step.new, *same_place.unwrap_or(&id))) else {
        return Text::new("nội dung vẽ trên trang đã bị thay đổi", "what is drawn on it was changed");
    };
    let (was, is) = (old.trim_ascii(), new.trim_ascii());
    if is.is_empty() {
        return Text::new("toàn bộ nội dung của trang đã bị bỏ đi", "all that was drawn on it was removed");
    }
    if let Some(over) = is.strip_prefix(was) {
        let Text { vi, en } = things(step, id, over);
        return Text::new(format!("{vi} đã bị đặt đè lên trang"), format!("{en} was laid over what is on it"));
    }
    if let Some(under) = is.strip_suffix(was) {
        let Text { vi, en } = things(step, id, under);
        let en = format!("{en} was put beneath what is on it");
        return Text::new(format!("{vi} đã bị đặt bên dưới nội dung của trang"), en);
    }
    if find(is, was) {
        let vi = "đã có thứ được vẽ đè lên hoặc bên dưới nội dung của trang";
        return Text::new(vi, "something was drawn over or beneath what is on it");
    }
    if find(was, is) {
        return Text::new("một phần nội dung của trang đã bị bỏ đi", "a part of what was drawn on it was removed");
    }
    let (was, is) = (Drawn::read(was, step.old.limits()), Drawn::read(is, step.new.limits()));
    let same_text = was.characters() == is.characters();
    let same_images = was.objects == is.objects && was.images == is.images;
    let (vi, en) = match (same_text, same_images) {
        (false, true) => ("chữ trên trang đã bị thay đổi", "the text on it was changed"),
        (true, false) => ("hình ảnh trên trang đã bị thay đổi", "the images on it were changed"),
        (false, false) => ("chữ và hình ảnh trên trang đã bị thay đổi", "text and images on it were changed"),
        _ => ("cách vẽ chữ và hình ảnh trên trang đã bị thay đổi", "how text and images are drawn on it was changed"),
    };
    Text::new(vi, en)
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    // long contents that agree nowhere are not searched at length
    let most = MOST_CONTENT / 4;
    !needle.is_empty()
        && haystack.len() <= most
        && haystack.windows(needle.len()).take(most).any(|w| w.first() == needle.first() && w == needle)
}

/// What a piece of content draws.
fn things(step: &Step<'_>, page: ObjectId, content: &[u8]) -> Text {
    let drawn = Drawn::read(content, step.new.limits());
    let resources = || {
        let ids = step.new.page_ids().ok()?;
        let index = ids.iter().position(|id| *id == page)?;
        let resources = step.new.page(index).ok()?.resources?;
        let resources = step.new.resolve(&resources).ok()?;
        Some(step.new.value(resources.as_dictionary()?, b"XObject").ok()?.as_dictionary()?.clone())
    };
    let objects = if drawn.objects.is_empty() { None } else { resources() };
    let is_image = |name: &Vec<u8>| {
        let object = objects.as_ref().and_then(|o| step.new.value(o, name).ok());
        object.is_some_and(|o| subtype(&o) == Some(b"Image"))
    };
    let image = drawn.images > 0 || drawn.objects.iter().any(is_image);
    let drawing = !drawn.objects.iter().all(is_image);
    let all = [
        (drawing, "hình vẽ", "a drawing"),
        (image, "hình ảnh", "an image"),
        (drawn.shapes > 0, "đường nét hoặc mảng màu", "lines or areas"),
        (!drawn.text.is_empty(), "chữ", "text"),
    ];
    let (vi, en): (Vec<_>, Vec<_>) = all.iter().filter(|(there, ..)| *there).map(|(_, vi, en)| (*vi, *en)).unzip();
    if vi.is_empty() {
        return Text::new("nội dung khác", "something");
    }
    Text::new(vi.join(" và "), en.join(" and "))
}

/// `/Subtype` of a stream.
fn subtype(object: &Object) -> Option<&[u8]> {
    match object {
        Object::Stream(stream) => stream.dictionary.get(b"Subtype").and_then(Object::as_name),
        _ => None,
    }
}

fn resources(difference: &Difference) -> Text {
    let (vi, en) = match difference.place.path.get(1).map(Vec::as_slice) {
        Some(b"Font") => ("phông chữ của trang đã bị thay đổi", "a font that its text is shown in was changed"),
        Some(b"XObject") => {
            let is_image = [&difference.old, &difference.new].into_iter().any(|o| subtype(o) == Some(b"Image"));
            let (vi, en) = if is_image {
                ("một hình ảnh", "an image")
            } else {
                ("một hình ảnh hoặc hình vẽ", "an image or drawing")
            };
            return match (difference.old.is_null(), difference.new.is_null()) {
                (true, _) => Text::new(
                    format!("{vi} đã được thêm vào những thứ dùng để vẽ trang"),
                    format!("{en} was added to what it is drawn with"),
                ),
                (_, true) => Text::new(format!("{vi} trên trang đã bị bỏ đi"), format!("{en} on it was removed")),
                _ => Text::new(format!("{vi} trên trang đã bị thay thế"), format!("{en} on it was replaced")),
            };
        }
        Some(b"Properties") => {
            ("việc nội dung của trang thuộc lớp nào đã bị thay đổi", "what belongs to which layer on it was changed")
        }
        Some(b"ExtGState" | b"ColorSpace" | b"Pattern" | b"Shading") => (
            "màu sắc, độ trong suốt hoặc hoa văn dùng để vẽ trang đã bị thay đổi",
            "colours, transparency or patterns that it is drawn with were changed",
        ),
        _ => ("những thứ dùng để vẽ trang đã bị thay đổi", "what it is drawn with was changed"),
    };
    Text::new(vi, en)
}

/// What a kind of annotation is called (12.5.6).
pub fn annotation_word(annotation: &Object) -> Text {
    let subtype = annotation.as_dictionary().and_then(|d| d.get(b"Subtype")).and_then(Object::as_name);
    let (vi, en) = match subtype.unwrap_or_default() {
        b"Text" | b"Popup" => ("ghi chú", "a note"),
        b"FreeText" => ("ô chữ", "a text box"),
        b"Stamp" => ("hình đóng dấu", "a stamp"),
        b"Link" => ("liên kết", "a link"),
        b"Highlight" | b"Underline" | b"StrikeOut" | b"Squiggly" | b"Caret" => {
            ("phần đánh dấu chữ", "a marking of text")
        }
        b"Ink" | b"Line" | b"Square" | b"Circle" | b"Polygon" | b"PolyLine" => ("hình vẽ", "a drawing"),
        b"Redact" => ("phần bôi đen", "a blacking-out"),
        b"FileAttachment" => ("tệp đính kèm", "an attached file"),
        b"Screen" | b"Movie" | b"Sound" | b"RichMedia" | b"3D" => {
            ("phim, âm thanh hoặc thứ chuyển động khác", "a film, sound or other moving thing")
        }
        b"Watermark" => ("hình mờ", "a watermark"),
        b"Widget" => ("trường biểu mẫu", "a form field"),
        _ => ("chú thích", "an annotation"),
    };
    Text::new(vi, en)
}

fn annotations(step: &Step<'_>, difference: &Difference, covers: bool) -> Text {
    let (gone, added) = told_apart(difference);
    let words = |doc: &Document, list: &[Object]| {
        let word = |o: &Object| {
            let annotation = doc.resolve(o).ok()?;
            let dictionary = annotation.as_dictionary()?;
            let name = own_name(doc, dictionary).map(|n| format!(" “{}”", quoted(&n))).unwrap_or_default();
            let is_signature = inherited(doc, dictionary, b"FT").as_name() == Some(b"Sig");
            let what = if is_signature {
                Text::new("trường chữ ký", "a signature field")
            } else {
                annotation_word(&annotation)
            };
            Some((what.en + &name, what.vi + &name))
        };
        let all: BTreeSet<(String, String)> = list.iter().take(20).filter_map(word).collect();
        let (en, vi): (Vec<String>, Vec<String>) = all.into_iter().unzip();
        Text::new(vi.join(", "), en.join(", "))
    };
    match (gone.is_empty(), added.is_empty()) {
        (true, false) => {
            let Text { vi, en } = words(step.new, &added);
            if covers {
                return Text::new(format!("{vi} đã bị đặt đè lên trang"), format!("{en} was laid over it"));
            }
            Text::new(format!("{vi} đã được thêm vào trang"), format!("{en} was added to it"))
        }
        (false, true) => {
            let Text { vi, en } = words(step.old, &gone);
            Text::new(format!("{vi} đã bị bỏ khỏi trang"), format!("{en} was removed from it"))
        }
        (false, false) => {
            let (old, new) = (words(step.old, &gone), words(step.new, &added));
            let vi = format!("{} đã bị thay bằng {}", old.vi, new.vi);
            Text::new(vi, format!("{} was replaced by {}", old.en, new.en))
        }
        _ => Text::new("thứ tự các chú thích trên trang đã bị thay đổi", "the order of its annotations was changed"),
    }
}
