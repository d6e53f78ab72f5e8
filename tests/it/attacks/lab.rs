//! Where files are made, signed, changed and judged. Nothing here comes from a known file.

use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::cms::SignedDataBuilder;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey};
use dauson::limits::Limits;
use dauson::pades::{SignOptions, SubFilter, prepare};
use dauson::pdf::document::Document;
use dauson::pdf::object::ObjectId;
use dauson::pdf::source::Source;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::path::RevocationMode;
use dauson::validation::report::{Modification, SignatureReport, Verdict};
use dauson::validation::{Inputs, validate_pdf};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::{Arc, OnceLock};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-24 08:30 UTC);

/// An authority of its own: the leader's key is trusted.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let plan = Plan { algorithm: KeyAlgorithm::P256, url: "http://ca.example/", agency: Agency::SAMPLE, now: NOW };
        Authority::create(&plan, &mut rand::rng()).unwrap()
    })
}

pub fn key_of(credential: &Credential) -> LocalKey {
    LocalKey::from_pkcs8(&credential.pkcs8, credential.certificate.clone(), credential.chain.clone()).unwrap()
}

pub fn leader() -> &'static LocalKey {
    static LEADER: OnceLock<LocalKey> = OnceLock::new();
    LEADER.get_or_init(|| key_of(&authority().leader))
}

pub fn options() -> SignOptions {
    SignOptions::new(NOW, SubFilter::Pades, dauson::digest::DigestAlgorithm::Sha256)
}

/// How cross-references are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Xref {
    Table,
    Stream,
    /// Objects in an object stream.
    Packed,
}

pub const ALL: [Xref; 3] = [Xref::Table, Xref::Stream, Xref::Packed];

/// Objects by their numbers.
pub type Objects = BTreeMap<u32, String>;

/// The objects of a small document that has something of everything: a text, a filled field, an empty signature field, a
/// structure tree, optional content.
pub fn objects() -> Objects {
    let texts = [
        (
            1,
            "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R/StructTreeRoot 12 0 R/MarkInfo<</Marked true>>\
             /OCProperties<</OCGs[17 0 R]/D<</OFF[17 0 R]>>>>/Metadata 18 0 R>>",
        ),
        (2, "<</Type/Pages/Kids[3 0 R 19 0 R]/Count 2>>"),
        (
            3,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/StructParents 0/Annots[7 0 R 8 0 R]\
             /Resources<</Font<</F 5 0 R>>/XObject<</Im 11 0 R>>/Properties<</L 17 0 R>>>>>>",
        ),
        (5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"),
        (6, "<</Fields[7 0 R 8 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 5 0 R>>>>>>"),
        (
            7,
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(Amount)/V(100)/DA(/Helv 12 Tf 0 g)/Rect[20 20 120 40]/P 3 0 R\
             /F 4/AP<</N 9 0 R>>>>",
        ),
        (8, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/Rect[0 0 0 0]/P 3 0 R/F 132>>"),
        (12, "<</Type/StructTreeRoot/K 13 0 R/ParentTree 16 0 R/ParentTreeNextKey 1/RoleMap<</Clause/P>>>>"),
        (13, "<</Type/StructElem/S/Document/P 12 0 R/K[14 0 R 15 0 R]>>"),
        (14, "<</Type/StructElem/S/Clause/P 13 0 R/Pg 3 0 R/K 0/ActualText(Pay 100)/Lang(vi)>>"),
        (15, "<</Type/StructElem/S/P/P 13 0 R/Pg 3 0 R/K 1/Alt(A sum)>>"),
        (16, "<</Nums[0[14 0 R 15 0 R]]>>"),
        (17, "<</Type/OCG/Name(Draft)>>"),
        (19, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 20 0 R/Resources<</Font<</F 5 0 R>>>>>>"),
    ];
    let mut all: Objects = texts.iter().map(|(number, text)| (*number, (*text).to_owned())).collect();
    all.insert(4, stream("", TEXT));
    all.insert(20, stream("", "BT /F 12 Tf 20 150 Td (Second page) Tj ET"));
    all.insert(9, stream("/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</Helv 5 0 R>>>>", &shows("100")));
    let image = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8";
    all.insert(11, stream(image, "x"));
    all.insert(18, stream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"));
    all
}

/// What stands on the first page.
pub const TEXT: &str = "/P <</MCID 0>> BDC BT /F 12 Tf 20 150 Td (Pay 100 dong) Tj ET EMC \
                        /P <</MCID 1>> BDC BT /F 12 Tf 20 120 Td (to the bearer) Tj ET EMC";

/// The appearance of a text field that shows this value.
pub fn shows(value: &str) -> String {
    format!("/Tx BMC q BT /Helv 12 Tf 0 g 2 5 Td ({value}) Tj ET Q EMC")
}

pub fn stream(dictionary: &str, data: &str) -> String {
    format!("<<{dictionary}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

/// A file of these objects, the first one the catalog.
pub fn file(objects: &Objects, how: Xref) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    append(&mut file, objects, how, "/Root 1 0 R/ID[<01><01>]", None);
    file
}

/// Appends a revision.
pub fn append(file: &mut Vec<u8>, objects: &Objects, how: Xref, trailer: &str, previous: Option<usize>) {
    let mut entries: BTreeMap<u32, (u8, usize, u32)> = BTreeMap::new();
    if previous.is_none() {
        entries.insert(0, (0, 0, 255));
    }
    let packs = |text: &String| how == Xref::Packed && !text.contains("\nstream\n");
    for (number, text) in objects.iter().filter(|(_, text)| !packs(text)) {
        entries.insert(*number, (1, file.len(), 0));
        file.extend(format!("{number} 0 obj\n{text}\nendobj\n").bytes());
    }
    let highest = objects.keys().copied().max().unwrap_or_default().max(200 + entries.len() as u32);
    // above the numbers of all revisions
    let before = if previous.is_some() { number_behind(file, b"/Size") as u32 - 1 } else { 0 };
    let highest = highest.max(before);
    let packed: Vec<_> = objects.iter().filter(|(_, text)| packs(text)).collect();
    // numbers of their own in each revision
    let (holder, own) = (1_000 + file.len() as u32, 1_001 + file.len() as u32);
    if !packed.is_empty() {
        let (mut index, mut data) = (String::new(), String::new());
        for (at, (number, text)) in packed.iter().enumerate() {
            let _ = write!(index, "{number} {} ", data.len());
            data += text;
            data.push(' ');
            entries.insert(**number, (2, holder as usize, at as u32));
        }
        let dictionary = format!("/Type/ObjStm/N {}/First {}", packed.len(), index.len());
        entries.insert(holder, (1, file.len(), 0));
        file.extend(format!("{holder} 0 obj\n{}\nendobj\n", stream(&dictionary, &(index + &data))).bytes());
    }
    let start = file.len();
    let previous = previous.map(|p| format!("/Prev {p}")).unwrap_or_default();
    if how == Xref::Table {
        let mut table = String::from("xref\n");
        for (number, (kind, offset, generation)) in &entries {
            let (generation, word) = if *kind == 0 { (65_535, 'f') } else { (*generation, 'n') };
            let _ = write!(table, "{number} 1\n{offset:010} {generation:05} {word} \n");
        }
        let _ = write!(table, "trailer\n<</Size {} {trailer} {previous}>>\n", highest + 1);
        file.extend(table.bytes());
    } else {
        entries.insert(own, (1, start, 0));
        let (mut index, mut data) = (String::new(), Vec::new());
        for (number, (kind, second, third)) in &entries {
            let _ = write!(index, "{number} 1 ");
            data.push(*kind);
            data.extend((*second as u32).to_be_bytes());
            data.push(*third as u8);
        }
        let dictionary = format!(
            "<</Type/XRef/Size {}/W[1 4 1]/Index[{index}]{trailer} {previous}/Length {}>>",
            own + 1,
            data.len()
        );
        file.extend(format!("{own} 0 obj\n{dictionary}\nstream\n").bytes());
        file.extend(data);
        file.extend(b"\nendstream\nendobj\n");
    }
    file.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
}

/// A file with a further revision of these objects.
pub fn update(file: &[u8], objects: &[(u32, &str)], how: Xref) -> Vec<u8> {
    update_with(file, objects, how, "/Root 1 0 R/ID[<01><02>]")
}

pub fn update_with(file: &[u8], objects: &[(u32, &str)], how: Xref, trailer: &str) -> Vec<u8> {
    let objects = objects.iter().map(|(number, text)| (*number, (*text).to_owned())).collect();
    let mut changed = file.to_vec();
    append(&mut changed, &objects, how, trailer, Some(number_behind(file, b"startxref")));
    changed
}

/// The number behind the last of these words.
pub fn number_behind(file: &[u8], word: &[u8]) -> usize {
    let at = file.windows(word.len()).rposition(|w| w == word).unwrap() + word.len();
    let digits = file[at..].trim_ascii_start().iter().take_while(|b| b.is_ascii_digit());
    digits.map(|b| char::from(*b)).collect::<String>().parse().unwrap()
}

/// The first place of a word.
pub fn place_of(file: &[u8], word: &[u8]) -> usize {
    file.windows(word.len()).position(|w| w == word).unwrap()
}

/// Signs; `cms` makes what goes into `/Contents` of the digest.
pub fn sign_with(bytes: &[u8], options: &SignOptions, cms: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    sign_into(8_000, bytes, options, cms)
}

/// The same with this much room.
pub fn sign_into(room: usize, bytes: &[u8], options: &SignOptions, cms: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let doc = Document::open_or_recover(Arc::new(bytes.to_vec()), None, Limits::DEFAULT).unwrap();
    let prepared = prepare(&doc, options, room).unwrap();
    let mut out = Cursor::new(Vec::new());
    let hashed = prepared.write(&mut out).unwrap();
    let made = cms(&hashed.digest);
    prepared.finish(&made, hashed, &mut out).unwrap();
    out.into_inner()
}

/// The value of a key over these bytes.
pub fn value(key: &LocalKey, message: &[u8]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(key.sign(key.schemes()[0], message)).unwrap()
}

pub fn sign_by(bytes: &[u8], key: &LocalKey, options: &SignOptions) -> Vec<u8> {
    sign_with(bytes, options, |digest| {
        let identifier = key.schemes()[0].algorithm_identifier();
        let builder = SignedDataBuilder::new(options.digest, identifier, key.certificate(), key.chain()).unwrap();
        let attributes = builder.signed_attributes(digest, None);
        builder.build(&attributes, &value(key, &attributes), &[])
    })
}

pub fn sign(bytes: &[u8], options: &SignOptions) -> Vec<u8> {
    sign_by(bytes, leader(), options)
}

/// The document, signed.
pub fn signed(how: Xref) -> Vec<u8> {
    sign(&file(&objects(), how), &options())
}

/// The identity of the first signature's dictionary and of its field.
pub fn signature_of(file: &[u8]) -> (ObjectId, ObjectId) {
    let doc = Document::open(Arc::new(file.to_vec()), None, Limits::DEFAULT).unwrap();
    let field = doc.signature_fields().unwrap().into_iter().find(|f| f.value.is_some()).unwrap();
    (field.value.unwrap().0.unwrap(), field.id.unwrap())
}

/// An object as text, with more keys at its end, which is how a writer saves it again.
pub fn again(file: &[u8], id: ObjectId, more: &str) -> String {
    let doc = Document::open(Arc::new(file.to_vec()), None, Limits::DEFAULT).unwrap();
    let object = doc.get(id).unwrap();
    let mut text = Vec::new();
    dauson::pdf::writer::write(&object, &mut text);
    let text: String = text.iter().map(|b| char::from(*b)).collect();
    format!("{}{more}>>", text.trim_end().strip_suffix(">>").unwrap())
}

pub type Judged = Result<(Verdict, Vec<SignatureReport>), dauson::pdf::PdfError>;

pub fn judge(file: Vec<u8>) -> Judged {
    judge_with(file, &[])
}

/// The same with the public keys of logs.
pub fn judge_with(file: Vec<u8>, log_keys: &[dauson::tlog::VerifierKey]) -> Judged {
    static ANCHORS: OnceLock<(TrustAnchors, AlgorithmPolicy)> = OnceLock::new();
    let (anchors, algorithms) = ANCHORS.get_or_init(|| {
        let root = Certificate::parse(&authority().root.certificate).unwrap();
        (TrustAnchors::new(vec![root]), AlgorithmPolicy::default())
    });
    let inputs = Inputs {
        password: None,
        anchors,
        certificates: &[],
        crls: &[],
        ocsps: &[],
        revocation: RevocationMode::Ignore,
        at: NOW,
        log: dauson::tlog::LogPolicy { keys: log_keys, quorum: 0 },
        algorithms,
        limits: &Limits::DEFAULT,
    };
    let source: Arc<dyn Source> = Arc::new(file);
    let signatures = validate_pdf(&source, &inputs)?;
    Ok((Verdict::of(&signatures), signatures))
}

/// The honest twin: everything holds, and what was changed later is of this kind.
#[track_caller]
pub fn assert_passes(file: Vec<u8>, modification: Modification, what: &str) {
    let (verdict, signatures) = judge(file).unwrap();
    let told: Vec<_> = signatures.iter().flat_map(|s| &s.errors).map(|e| &e.message).collect();
    assert_eq!((verdict, signatures[0].modification), (Verdict::Passed, modification), "{what}: {told:#?}");
}

/// The attack: the first signature fails, and a message has these words.
#[track_caller]
pub fn assert_caught(file: Vec<u8>, words: &str, what: &str) {
    let (verdict, signatures) = judge(file).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(verdict, Verdict::Failed, "{what}: {signatures:#?}");
    let told: Vec<_> = signatures.iter().flat_map(|s| &s.errors).map(|e| e.message.as_str()).collect();
    assert!(told.iter().any(|m| m.contains(words)), "{what}: {words} is not said: {told:#?}");
}

/// The attack does not pass, whatever becomes of the file.
#[track_caller]
pub fn assert_never_passes(file: Vec<u8>, what: &str) {
    if let Ok((verdict, signatures)) = judge(file) {
        assert_ne!(verdict, Verdict::Passed, "{what}: {signatures:#?}");
        assert!(
            signatures.iter().all(|s| s.indication != dauson::indication::Indication::Passed),
            "{what}: {signatures:#?}"
        );
    }
}
