//! Whether a PDF is fit to become an official document (Nghị định 30/2020/NĐ-CP, Appendix I): A4, version 1.4 or later, fonts embedded, no
//! active content, readable as it is. Every check is made, and each that fails is told.

use super::kinds::{DocumentKind, KINDS, LETTER};
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::messages::registry as words;
use crate::messages::{Text, both};
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::pages::Page;
use crate::pdf::text::PageText;
use crate::pdf::xref::Entry;
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Width and height of A4 in points, and by how much a page may miss them: 2 mm.
const A4: [f64; 2] = [595.276, 841.89];
const TOLERANCE: f64 = 5.67;
/// Dots per inch of a scan.
const SCAN_DPI: f64 = 200.0;
/// Findings that one check names.
const MOST_NAMED: usize = 5;
/// Depth of objects within objects that is looked into.
const DEEPEST: usize = 64;
/// Lines of the first page in which its kind is looked for.
const MOST_ROWS: usize = 60;
/// Nesting of forms that fonts are looked for in.
const DEEPEST_FORM: usize = 16;

/// Kinds of actions that run something, reach out or change what is shown (ISO 32000-2, 12.6.4).
const ACTIVE_ACTIONS: &[&[u8]] = &[
    b"JavaScript",
    b"Launch",
    b"SubmitForm",
    b"ImportData",
    b"GoToR",
    b"GoToE",
    b"Rendition",
    b"Movie",
    b"Sound",
    b"RichMediaExecute",
    b"GoTo3DView",
    b"SetOCGState",
    b"Trans",
    b"ResetForm",
    b"Hide",
];
/// Annotations that play or run something.
const ACTIVE_ANNOTATIONS: &[&[u8]] = &[b"Movie", b"Screen", b"Sound", b"RichMedia", b"3D", b"FileAttachment"];

/// What a file is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A draft, or what comes with it: not signed yet.
    Draft,
    /// A copy of a paper, from a scanner.
    Scan,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Check {
    /// What was checked: `readable`, `version`, `a4`, `fonts`, `active_content`, `unsigned`, `resolution`.
    pub check: &'static str,
    /// Whether it is right.
    pub passed: bool,
    /// What is wrong, in Vietnamese.
    pub vi: Option<String>,
    /// The same in English.
    pub en: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Verdict {
    /// Whether all is right.
    pub passed: bool,
    /// Each check; where the file cannot be read there is that one only.
    pub checks: Vec<Check>,
    /// Of which kind it is, as its first page says by its symbol or title: an abbreviation, as of `kind` of a draft; none where it does not say.
    pub kind: Option<&'static str>,
    /// The name of that kind.
    pub kind_name: Option<&'static str>,
    /// Whose it is, as its first page says in the symbol: an abbreviation, as of `issuer` of a draft, of letters with that of the department
    /// behind it; none where it does not say.
    pub issuer: Option<String>,
}

impl Verdict {
    fn of(checks: Vec<Check>, (kind, issuer): (Option<&'static DocumentKind>, Option<String>)) -> Self {
        let (kind, kind_name) = kind.map(|kind| (kind.code, kind.name)).unzip();
        Self { passed: checks.iter().all(|check| check.passed), checks, kind, kind_name, issuer }
    }

    /// Refuses a kind or an issuing body that the page contradicts.
    pub fn require_symbol(&self, said: &DocumentKind, issuer: &str, name: &str) -> Result<()> {
        let refused =
            |code, why: Text| Err(Error::new(Kind::Usage, code, name, why).hint("kind_anyway, --kind-anyway"));
        if let (Some(code), Some(found)) = (self.kind.filter(|code| *code != said.code), self.kind_name) {
            let (said_code, said_name) = (said.code, said.name);
            let why = both!(
                "trang đầu cho biết đây là {found} ({code}), nhưng khai là {said_name} ({said_code})",
                "its first page says that it is {found} ({code}), the draft that it is {said_name} ({said_code})"
            );
            return refused("registry.kind_on_page", why);
        }
        let says = |found: &&String| !found.split('-').any(|part| part.to_uppercase() == issuer.to_uppercase());
        let Some(found) = self.issuer.as_ref().filter(says) else { return Ok(()) };
        let why = both!(
            "ký hiệu trên trang đầu là của {found}, nhưng khai cơ quan ban hành là {issuer}",
            "the symbol on its first page is that of {found}, the draft says that {issuer} issues it"
        );
        refused("registry.issuer_on_page", why)
    }

    /// Refuses what is not fit; the error names each check that fails.
    pub fn require(&self, name: &str) -> Result<()> {
        if self.passed {
            return Ok(());
        }
        let failed = self.checks.iter().filter(|check| !check.passed);
        let failed: Vec<String> = failed
            .map(|check| {
                let (vi, en) = (check.vi.as_deref().unwrap_or_default(), check.en.as_deref().unwrap_or_default());
                format!("{}: {vi} / {en}", check.check)
            })
            .collect();
        Err(Error::new(Kind::BadInput, "registry.checks", name, failed.join("; ")))
    }
}

fn check(name: &'static str, found: Option<Text>) -> Check {
    let passed = found.is_none();
    let (vi, en) = found.map(|text| (text.vi, text.en)).unzip();
    Check { check: name, passed, vi, en }
}

/// Checks a PDF.
pub fn examine(bytes: &[u8], what: For) -> Verdict {
    match all(bytes, what) {
        Ok(verdict) => verdict,
        Err(error) => Verdict::of(vec![check("readable", Some(words::unreadable(&error.text())))], (None, None)),
    }
}

fn all(bytes: &[u8], what: For) -> std::result::Result<Verdict, PdfError> {
    let doc = Document::open(Arc::new(bytes.to_vec()), None, *Limits::in_force())?;
    let pages = doc.pages()?;
    let readable = match (doc.encryption(), pages.is_empty()) {
        (Some(_), _) => Some(words::encrypted()),
        (None, true) => Some(words::no_page()),
        (None, false) => None,
    };
    let mut checks = vec![
        check("readable", readable),
        check("version", version(&doc)?),
        check("a4", a4(&pages)),
        check("fonts", fonts(&doc, &pages)?),
        check("active_content", active(&doc)?.map(|found| words::active(&found))),
    ];
    match what {
        For::Draft => {
            let signed = doc.signature_fields()?.iter().any(|field| field.value.is_some());
            checks.push(check("unsigned", signed.then(words::signed_already)));
        }
        For::Scan => checks.push(check("resolution", resolution(&doc, &pages)?)),
    }
    let symbol = pages.first().and_then(|page| Some(symbol_on(&doc.text_of(page).ok()?)));
    Ok(Verdict::of(checks, symbol.unwrap_or_default()))
}

/// Of which kind a document is, as its first page says: by its symbol (`Số:    /QĐ-UBND`), or by its title, a line of its own; none where the two
/// contradict each other. And whose it is, by the symbol.
fn symbol_on(page: &PageText) -> (Option<&'static DocumentKind>, Option<String>) {
    let rows: Vec<String> = page
        .rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| row.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
        .collect();
    let letter = || rows.iter().any(|row| row.contains("Kính gửi") || row.trim_start().starts_with("V/v"));
    let symbol = rows.iter().find_map(|row| symbol_in(row));
    let by_symbol = symbol.and_then(|(first, rest)| {
        let known = KINDS.iter().find(|kind| kind.code == first && kind.code != LETTER && !rest.is_empty());
        known.or_else(|| KINDS.iter().find(|kind| kind.code == LETTER && letter()))
    });
    // the symbols of letters begin with the issuing body
    let issuer = by_symbol.zip(symbol).map(|(kind, (first, rest))| match (kind.code == LETTER, rest) {
        (true, "") => first.to_owned(),
        (true, rest) => format!("{first}-{rest}"),
        (false, rest) => rest.to_owned(),
    });
    let title = |row: &String| {
        let row = row.trim().trim_end_matches(':').trim();
        KINDS.iter().find(|kind| kind.name.to_uppercase() == row)
    };
    match (by_symbol, rows.iter().find_map(title)) {
        (Some(symbol), Some(title)) if symbol != title => (None, None),
        (symbol, title) => (symbol.or(title), issuer),
    }
}

/// What stands behind the number in a line such as `Số:    /QĐ-UBND   Sơn Mẫu, ngày ...`: `QĐ` and `UBND`.
fn symbol_in(row: &str) -> Option<(&str, &str)> {
    let (_, rest) = row.split_once("Số")?;
    let (before, rest) = rest.split_once('/')?;
    // the number, dots or nothing
    let is_number = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ':' | '.' | '…' | '_');
    let symbol = rest.split_whitespace().next().filter(|_| before.chars().all(is_number))?;
    Some(symbol.split_once('-').unwrap_or((symbol, "")))
}

/// What of a file runs, plays, reaches out or is hidden; nothing of one that cannot be read.
pub fn active_content(bytes: &[u8]) -> Option<String> {
    let doc = Document::open_or_recover(Arc::new(bytes.to_vec()), None, *Limits::in_force()).ok()?;
    active(&doc).ok()?
}

/// The version of the header, or a later one of the catalog (7.2.2).
fn version(doc: &Document) -> std::result::Result<Option<Text>, PdfError> {
    let catalog = doc.catalog()?;
    let named = catalog.as_dictionary().and_then(|catalog| catalog.get(b"Version")).and_then(Object::as_name);
    let named = named.and_then(|name| {
        let (major, minor) = std::str::from_utf8(name).ok()?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    let version: (u8, u8) = named.map_or(doc.version(), |named: (u8, u8)| named.max(doc.version()));
    Ok((!((1, 4)..=(2, 0)).contains(&version)).then(|| words::version(version)))
}

fn named(found: &BTreeSet<String>) -> String {
    let mut text = found.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if found.len() > MOST_NAMED {
        text.push_str(", ...");
    }
    text
}

fn a4(pages: &[Page]) -> Option<Text> {
    let is_a4 = |page: &Page| {
        let [left, bottom, right, top] = page.crop_box;
        let (short, long) = ((right - left).min(top - bottom), (right - left).max(top - bottom));
        (short - A4[0]).abs() <= TOLERANCE
            && (long - A4[1]).abs() <= TOLERANCE
            && !page.dictionary.contains(b"UserUnit")
    };
    let wrong: Vec<String> =
        (1..).zip(pages).filter(|(_, page)| !is_a4(page)).map(|(number, _): (usize, _)| number.to_string()).collect();
    if wrong.is_empty() {
        return None;
    }
    let more = if wrong.len() > MOST_NAMED { ", ..." } else { "" };
    let list = wrong.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    Some(words::not_a4(&format!("{list}{more}")))
}

/// Fonts of pages, and of the forms on them, whose program is not in the file (9.9).
fn fonts(doc: &Document, pages: &[Page]) -> std::result::Result<Option<Text>, PdfError> {
    let (mut missing, mut seen) = (BTreeSet::new(), HashSet::new());
    for page in pages {
        if let Some(resources) = &page.resources {
            fonts_of(doc, resources, &mut missing, &mut seen, 0)?;
        }
    }
    Ok((!missing.is_empty()).then(|| words::fonts(&named(&missing))))
}

fn fonts_of(
    doc: &Document,
    resources: &Object,
    missing: &mut BTreeSet<String>,
    seen: &mut HashSet<ObjectId>,
    depth: usize,
) -> std::result::Result<(), PdfError> {
    if depth > DEEPEST_FORM {
        return Err(PdfError::TooLarge { what: "the nesting of forms" });
    }
    let resources = doc.resolve(resources)?;
    let Some(resources) = resources.as_dictionary() else { return Ok(()) };
    let fonts = doc.value(resources, b"Font")?;
    for (_, font) in fonts.as_dictionary().into_iter().flat_map(Dictionary::iter) {
        if font.as_reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let font = doc.resolve(font)?;
        let Some(font) = font.as_dictionary() else { continue };
        if let Some(name) = not_embedded(doc, font)? {
            missing.insert(name);
        }
    }
    for kind in [&b"XObject"[..], b"Pattern"] {
        let objects = doc.value(resources, kind)?;
        for (_, object) in objects.as_dictionary().into_iter().flat_map(Dictionary::iter) {
            if object.as_reference().is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let object = doc.resolve(object)?;
            if let Object::Stream(form) = &*object
                && let Some(inner) = form.dictionary.get(b"Resources")
            {
                fonts_of(doc, inner, missing, seen, depth.saturating_add(1))?;
            }
        }
    }
    Ok(())
}

/// The name of a font whose program is not in the file.
fn not_embedded(doc: &Document, font: &Dictionary) -> std::result::Result<Option<String>, PdfError> {
    let subtype = doc.value(font, b"Subtype")?;
    // glyphs of these are content themselves
    if subtype.as_name() == Some(b"Type3") {
        return Ok(None);
    }
    let name = doc.value(font, b"BaseFont")?;
    let name = name.as_name().map_or_else(|| "?".to_owned(), |name| String::from_utf8_lossy(name).into_owned());
    let below = doc.value(font, b"DescendantFonts")?;
    let below = below.as_array().and_then(<[Object]>::first).map(|font| doc.resolve(font)).transpose()?;
    let font = below.as_ref().and_then(|font| font.as_dictionary()).unwrap_or(font);
    let descriptor = doc.value(font, b"FontDescriptor")?;
    let program = descriptor
        .as_dictionary()
        .is_some_and(|d| [&b"FontFile"[..], b"FontFile2", b"FontFile3"].into_iter().any(|key| d.contains(key)));
    Ok((!program).then_some(name))
}

/// What runs, plays, reaches out or is hidden, wherever in the file it is.
fn active(doc: &Document) -> std::result::Result<Option<String>, PdfError> {
    let mut found = BTreeSet::new();
    for number in 1..=doc.highest_object_number() {
        let generation = match doc.location(number)? {
            None | Some(Entry::Free) => continue,
            Some(Entry::InFile { generation, .. }) => generation,
            Some(Entry::InStream { .. }) => 0,
        };
        // an object that cannot be read may be what nobody needs; one that is needed was read above
        let Ok(object) = doc.get(ObjectId { number, generation }) else { continue };
        look(doc, &object, &mut found, 0)?;
    }
    Ok((!found.is_empty()).then(|| named(&found)))
}

/// Keys that lead to what runs or is hidden, wherever they stand: scripts, actions of events, files within the file, names trees of both, XFA.
const ACTIVE_KEYS: &[(&[u8], &str)] = &[
    (b"JS", "JavaScript"),
    (b"JavaScript", "JavaScript"),
    (b"AA", "AA"),
    (b"EF", "EmbeddedFiles"),
    (b"EmbeddedFiles", "EmbeddedFiles"),
    (b"XFA", "XFA"),
];

fn look(
    doc: &Document,
    object: &Object,
    found: &mut BTreeSet<String>,
    depth: usize,
) -> std::result::Result<(), PdfError> {
    if depth > DEEPEST {
        return Err(PdfError::TooLarge { what: "the nesting of objects" });
    }
    let dictionary = match object {
        Object::Array(all) => return all.iter().try_for_each(|one| look(doc, one, found, depth.saturating_add(1))),
        Object::Dictionary(dictionary) => dictionary,
        Object::Stream(stream) => &stream.dictionary,
        _ => return Ok(()),
    };
    // a name may stand in an object of its own; one that cannot be read names nothing
    let is_one_of = |key: &[u8], names: &[&[u8]]| {
        let name = doc.value(dictionary, key).ok()?;
        name.as_name().filter(|name| names.contains(name)).map(|name| String::from_utf8_lossy(name).into_owned())
    };
    found.extend(is_one_of(b"S", ACTIVE_ACTIONS));
    if dictionary.contains(b"Rect") {
        found.extend(is_one_of(b"Subtype", ACTIVE_ANNOTATIONS));
    }
    for (key, name) in ACTIVE_KEYS {
        if dictionary.contains(key) {
            found.insert((*name).to_owned());
        }
    }
    dictionary.iter().try_for_each(|(_, value)| look(doc, value, found, depth.saturating_add(1)))
}

/// Each page of a scan is an image in colour of at least 200 dpi over the width of the page.
fn resolution(doc: &Document, pages: &[Page]) -> std::result::Result<Option<Text>, PdfError> {
    let mut wrong = BTreeSet::new();
    for (number, page) in (1..).zip(pages) {
        let [left, bottom, right, top] = page.crop_box;
        let inches = (right - left).min(top - bottom) / 72.0;
        let (mut best, mut colour) = (0.0_f64, false);
        if let Some(resources) = &page.resources {
            let resources = doc.resolve(resources)?;
            let images = resources.as_dictionary().map(|r| doc.value(r, b"XObject")).transpose()?;
            for (_, image) in images.iter().filter_map(|i| i.as_dictionary()).flat_map(Dictionary::iter) {
                let image = doc.resolve(image)?;
                let Object::Stream(image) = &*image else { continue };
                let side = |key| doc.value(&image.dictionary, key).map(|n| n.as_f64().unwrap_or_default());
                let pixels = side(b"Width")?.min(side(b"Height")?);
                if pixels > best {
                    best = pixels;
                    let space = doc.value(&image.dictionary, b"ColorSpace")?;
                    let name = space.as_name().or_else(|| space.as_array()?.first()?.as_name()).unwrap_or_default();
                    colour = ![&b"DeviceGray"[..], b"CalGray", b""].contains(&name)
                        && doc.value(&image.dictionary, b"ImageMask")?.as_ref() != &Object::Boolean(true);
                }
            }
        }
        if best / inches < SCAN_DPI - 1.0 || !colour {
            let number: usize = number;
            wrong.insert(number.to_string());
        }
    }
    Ok((!wrong.is_empty()).then(|| words::resolution(&named(&wrong))))
}
