//! Signatures on official documents stand where the decree has them, found by the documents' own text.

use crate::corpus;
use crate::program::run;
use crate::signing::{key, options, sign};
use dauson::documents::appearances::{CopyKind, Place, Placed, SignAs};
use dauson::error::Error;
use dauson::limits::Limits;
use dauson::pades::SignOptions;
use dauson::pdf::document::Document;
use dauson::pdf::increment::Increment;
use dauson::pdf::object::{Dictionary, Object, Stream, StreamData};
use dauson::pdf::source::FileSource;
use dauson::render::{Pages, Picture};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use time::macros::{date, datetime};

/// The drafts: name, page of the signature from 0, office and name that are found.
const LETTERS: [(&str, usize, &[&str]); 10] = [
    ("qd", 0, &["CHỦ TỊCH", "Nguyễn Thị Mẫu"]),
    ("cv", 0, &["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Trần Văn Thử"]),
    ("tb", 1, &["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG", "Lê Quang Mẫu"]),
    ("bc", 2, &["GIÁM ĐỐC", "TS. Phạm Thị Bích Ngọc"]),
    (
        "tuq",
        0,
        &[
            "TUQ. TRƯỞNG BAN QUẢN LÝ KHU",
            "KINH TẾ VÀ CÁC KHU CÔNG NGHIỆP",
            "TRƯỞNG PHÒNG TỔ CHỨC - HÀNH",
            "CHÍNH",
            "Đỗ Hoàng Khánh Vân",
        ],
    ),
    ("kh", 0, &["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Hoàng Ánh Tuyết"]),
    ("ttr", 0, &["Q. TRƯỞNG PHÒNG", "Vũ Đức Đạt"]),
    ("bb", 0, &["CHỦ TRÌ", "PHÓ GIÁM ĐỐC SỞ", "Ngô Minh Trí"]),
    ("nq", 0, &["CHỦ TỊCH", "PHAN VĂN KIỂM"]),
    ("gm", 1, &["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Trần Văn Thử"]),
];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("samples/du-thao/{name}.pdf"))
}

fn open(file: &Path) -> Document {
    let source = Arc::new(FileSource::new(std::fs::File::open(file).unwrap()).unwrap());
    Document::open(source, None, Limits::DEFAULT).unwrap()
}

fn place(file: &Path, sign_as: &SignAs, by_hand: &[Place], signer: &str) -> Result<Placed, Error> {
    sign_as.place(&open(file), by_hand, signer, datetime!(2026-11-24 08:30:15 +7))
}

/// A PNG of these pixels, by their place from the upper left corner.
fn image(width: u32, height: u32, pixel: impl Fn(f64, f64) -> [u8; 4]) -> Vec<u8> {
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (f64::from(x), f64::from(y))));
    let pixels: Vec<u8> = all.flat_map(|(x, y)| pixel(x, y)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

/// A wave in blue ink, with wide empty margins.
pub fn signature() -> Vec<u8> {
    image(400, 240, |x, y| {
        let line = 120.0 - 45.0 * (x / 18.0).sin() * (1.0 - x / 400.0);
        let drawn = (60.0..340.0).contains(&x) && (y - line).abs() < 3.5;
        if drawn { [25, 60, 190, 255] } else { [0; 4] }
    })
}

/// Two red rings and a dot.
pub fn seal() -> Vec<u8> {
    image(220, 220, |x, y| {
        let r = (x - 109.5).hypot(y - 109.5);
        let drawn = (102.0..109.0).contains(&r) || (60.0..63.0).contains(&r) || r < 25.0;
        if drawn { [200, 30, 30, 255] } else { [0; 4] }
    })
}

fn initials() -> Vec<u8> {
    image(80, 40, |x, y| if (y - 20.0 - 12.0 * (x / 6.0).sin()).abs() < 2.0 { [25, 60, 190, 255] } else { [0; 4] })
}

/// Words of a page with left, top, right and bottom from the upper left corner, by another program.
fn words(file: &Path, page: usize) -> Vec<(String, [f64; 4])> {
    let number = (page + 1).to_string();
    let out =
        Command::new("pdftotext").args(["-bbox", "-f", &number, "-l", &number]).arg(file).arg("-").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let attribute = |line: &str, name: &str| -> f64 {
        line.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let words = text.lines().filter(|line| line.contains("<word "));
    words
        .map(|line| {
            let word = line.split('>').nth(1).unwrap().split('<').next().unwrap().replace("&amp;", "&");
            (word, ["xMin", "yMin", "xMax", "yMax"].map(|name| attribute(line, name)))
        })
        .collect()
}

fn text_of(file: &Path) -> String {
    let out = Command::new("pdftotext").args(["-layout", "-l", "1"]).arg(file).arg("-").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_leaders_place_is_found_on_ten_letters() {
    let leader = SignAs::Leader { image: signature() };
    for (name, page, lines) in LETTERS {
        let file = sample(name);
        let placed = place(&file, &leader, &[], "").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((placed.visible.page, placed.found.as_slice()), (page, lines.map_to_strings().as_slice()), "{name}");
        assert_eq!(placed.warnings, []);
        // another program says where the words are: the image is between the last of the office and the first of the name
        let words = words(&file, page);
        let signer: Vec<&str> = lines.last().unwrap().split(' ').collect();
        let at = words.windows(signer.len()).position(|w| w.iter().map(|(t, _)| t.as_str()).eq(signer.iter().copied()));
        let at = at.unwrap_or_else(|| panic!("{name}: {words:?}"));
        let (first, last) = (words[at].1, words[at + signer.len() - 1].1);
        let office = lines[lines.len() - 2].split(' ').next_back().unwrap();
        let office = words[..at].iter().rfind(|(word, [left, ..])| word == office && *left > 200.0).unwrap().1;
        let [x, y, width, height] = placed.visible.rect;
        let (top, bottom) = (841.89 - y - height, 841.89 - y);
        let middle = f64::midpoint(first[0], last[2]);
        assert!((x + width / 2.0 - middle).abs() < 12.0, "{name}: {x} + {width} / 2, {middle}");
        assert!(top > office[1] + 0.6 * (office[3] - office[1]) && bottom < first[1] + 5.0, "{name}: {top} {bottom}");
        assert!(height > 25.0 && width > 60.0 && height <= 100.0 && width <= 180.0, "{name}: {width} × {height}");
    }
    // of two who sign, the one whose certificate it is
    let secretary = place(&sample("bb"), &leader, &[], "Bùi Thị Hạnh").unwrap();
    assert_eq!(secretary.found, ["THƯ KÝ", "Bùi Thị Hạnh"]);
    // the two that ministries issued have the place where it was used
    for (file, used) in
        [("vn-50-2026-nd-cp", [339.0, 547.0, 519.0, 647.0]), ("vn-moc-letter", [356.0, 481.0, 536.0, 571.0])]
    {
        let Some(file) = corpus::file(&format!("signed/{file}.pdf")) else { return };
        let placed = place(&file, &leader, &[], "").unwrap();
        let [x, y, width, height] = placed.visible.rect;
        let middle = [x + width / 2.0, y + height / 2.0];
        let theirs = [f64::midpoint(used[0], used[2]), f64::midpoint(used[1], used[3])];
        assert!(middle.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 25.0), "{file:?}: {middle:?} {theirs:?}");
    }
}

trait Strings {
    fn map_to_strings(&self) -> Vec<String>;
}

impl Strings for &[&str] {
    fn map_to_strings(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn number_and_date_go_on_the_blanks_of_ten_letters() {
    let folder = tempfile::tempdir().unwrap();
    let Some(key) = key("p256") else { return };
    let number = SignAs::Number { number: 7, date: date!(2026 - 02 - 05) };
    for (name, ..) in LETTERS {
        let placed = place(&sample(name), &number, &[], "").unwrap_or_else(|error| panic!("{name}: {error}"));
        let texts: Vec<&str> = placed.visible.written.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["07", "05", "02"], "{name}");
        let written = placed.visible.written.clone();
        let file = folder.path().join(format!("{name}.pdf"));
        let visible = Some(placed.visible);
        std::fs::write(&file, sign(&sample(name), &key, &SignOptions { visible, ..options() }).unwrap()).unwrap();
        // another program reads it on one line with the page's own text, on its baseline and in its size
        let text = text_of(&file).replace(['…', '.'], "");
        let packed = text.replace(' ', "");
        // where there are leaders, it reads their line and ours one after the other
        if name != "gm" {
            assert!(packed.contains("Số:07/"), "{name}: {text}");
            assert!(packed.contains("ngày05tháng02năm2026"), "{name}: {text}");
        }
        let words = words(&file, 0);
        let (_, [.., label]) = words.iter().find(|(word, _)| word.starts_with("Số:")).unwrap();
        let (_, [.., ours]) = words.iter().find(|(word, _)| word.contains("07")).unwrap();
        // programs differ in how far letters reach down
        assert!((label - ours).abs() < 2.5, "{name}: {label} {ours}");
        assert!(written.iter().all(|w| w.size > 10.0), "{name}: {written:?}");
    }
}

#[test]
fn what_is_not_found_is_said_and_can_be_given_by_hand() {
    let rect = [300.0, 300.0, 120.0, 40.0];
    let by_hand = [Place { page: 0, rect }];
    let leader = SignAs::Leader { image: signature() };
    let Some(other) = corpus::file("inputs/sample-files-pdflatex-4-pages.pdf") else { return };
    for (sign_as, code) in [
        (leader.clone(), "place.leader"),
        (SignAs::Seal { image: seal(), width: None }, "place.leader"),
        (SignAs::Initials { image: initials() }, "place.leader"),
        (SignAs::Number { number: 1, date: date!(2026 - 11 - 24) }, "place.number"),
    ] {
        assert_eq!(place(&other, &sign_as, &[], "").unwrap_err().code, code);
        let hands = if matches!(sign_as, SignAs::Number { .. }) { by_hand.repeat(3) } else { by_hand.to_vec() };
        let placed = place(&other, &sign_as, &hands, "").unwrap();
        let [x, y, width, height] = placed.visible.rect;
        assert!(x >= 299.0 && y >= 299.0 && x + width <= 421.0 && y + height <= 341.0, "{:?}", placed.visible.rect);
    }
    // a page that says something else already, and blanks that are too narrow
    let number = |number, date| SignAs::Number { number, date };
    let letter = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf");
    let there = place(&letter, &number(46, date!(2026 - 11 - 24)), &[], "").unwrap_err();
    assert!(there.code == "place.number" && there.why.contains("45"), "{there}");
    let narrow = place(&sample("qd"), &number(123_456_789, date!(2026 - 11 - 24)), &[], "").unwrap_err();
    assert!(narrow.code == "place.number" && narrow.why.contains("points"), "{narrow}");
    let year = place(&sample("qd"), &number(1, date!(2027 - 01 - 04)), &[], "").unwrap_err();
    assert!(year.code == "place.date" && year.why.contains("2026"), "{year}");
    // images that are not what the decree asks for
    let opaque = image(60, 30, |x, _| if x < 30.0 { [20, 20, 20, 255] } else { [255; 4] });
    let warned = place(&sample("qd"), &SignAs::Leader { image: opaque }, &[], "").unwrap().warnings;
    assert!(warned.len() == 2 && warned[0].vi.contains("trong suốt") && warned[1].en.contains("blue"), "{warned:?}");
    let red = place(&sample("qd"), &SignAs::Seal { image: signature(), width: None }, &[], "").unwrap().warnings;
    assert!(
        red.iter().any(|w| w.vi.contains("màu đỏ")) && red.iter().any(|w| w.en.contains("not seen yet")),
        "{red:?}"
    );
    let empty = place(&sample("qd"), &SignAs::Leader { image: image(9, 9, |_, _| [0; 4]) }, &[], "").unwrap_err();
    assert_eq!(empty.code, "sign.image");
}

/// The sample turned, cut or made smaller: its content is as it was for whoever looks at it, but for the landscape page.
fn page_kind(name: &str) -> Vec<u8> {
    let (media, crop, rotate, matrix) = match name {
        "landscape" => ([0, 0, 842, 595], None, 0, [0.7, 0.0, 0.0, 0.7, 212.0, 3.0]),
        "rotated-90" => ([0, 0, 842, 595], None, 90, [0.0, 1.0, -1.0, 0.0, 842.0, 0.0]),
        "rotated-180" => ([0, 0, 595, 842], None, 180, [-1.0, 0.0, 0.0, -1.0, 595.0, 842.0]),
        "rotated-270" => ([0, 0, 842, 595], None, 270, [0.0, -1.0, 1.0, 0.0, 0.0, 595.0]),
        "cropped" => ([-30, -40, 700, 950], Some([20, 30, 615, 872]), 0, [1.0, 0.0, 0.0, 1.0, 20.0, 30.0]),
        _ => ([0, 0, 595, 842], None, 0, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    };
    let doc = open(&sample("cv"));
    let page = doc.page(0).unwrap();
    let mut increment = Increment::new(&doc);
    let mut stream = |content: String| {
        let data = StreamData::InMemory(content.into_bytes().into());
        Object::Reference(increment.add(Stream { dictionary: Dictionary::new(), data }))
    };
    let matrix: String = matrix.map(|n: f64| format!("{n} ")).concat();
    let before = stream(format!("q {matrix}cm "));
    let behind = stream(" Q".to_owned());
    let mut dictionary = page.dictionary.clone();
    dictionary.set(b"Contents", vec![before, dictionary.get(b"Contents").unwrap().clone(), behind]);
    let numbers = |all: [i64; 4]| all.map(Object::Integer).to_vec();
    dictionary.set(b"MediaBox", numbers(media));
    if let Some(crop) = crop {
        dictionary.set(b"CropBox", numbers(crop));
    }
    dictionary.set(b"Rotate", rotate);
    increment.set(page.id, dictionary);
    let update = increment.finish([7; 16]).unwrap();
    [std::fs::read(sample("cv")).unwrap(), update.bytes].concat()
}

/// Mean difference of the samples, and the share of pixels that differ much.
fn differ(one: &Picture, other: &Picture) -> (f64, f64) {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let differences: Vec<f64> = one.rgb.iter().zip(&other.rgb).map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
    let count = differences.len() as f64;
    let much = differences.iter().filter(|d| **d > 40.0).count() as f64;
    (differences.iter().sum::<f64>() / count, much / count)
}

fn read_png(file: &Path) -> Picture {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    Picture { width: info.width, height: info.height, rgb }
}

/// Initials, leader, number and date, seal, and a copy's text on pages of all kinds, against pictures that were looked at.
/// `DAUSON_GOLDEN=renew` draws the pictures anew: look at them, then run it without.
#[test]
fn appearances_look_as_they_did_when_they_were_looked_at() {
    let Some(key) = key("p256") else { return };
    let folder = tempfile::tempdir().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/appearances");
    let steps = [
        SignAs::Initials { image: initials() },
        SignAs::Leader { image: signature() },
        SignAs::Number { number: 45, date: date!(2026 - 11 - 24) },
        SignAs::Seal { image: seal(), width: Some(110.0) },
        SignAs::Copy { kind: CopyKind::True, unit: "Ủy ban nhân dân xã Sơn Mẫu".to_owned() },
    ];
    let mut wrong = Vec::new();
    for name in ["portrait", "landscape", "rotated-90", "rotated-180", "rotated-270", "cropped"] {
        let file = folder.path().join(format!("{name}.pdf"));
        std::fs::write(&file, page_kind(name)).unwrap();
        for step in &steps {
            // the landscape page is smaller than what the decree has in mind
            let step = match step {
                SignAs::Seal { image, .. } if name == "landscape" => {
                    SignAs::Seal { image: image.clone(), width: Some(77.0) }
                }
                other => other.clone(),
            };
            let placed = place(&file, &step, &[], "").unwrap_or_else(|error| panic!("{name}: {error}"));
            let options = SignOptions { visible: Some(placed.visible), ..options() };
            let bytes = sign(&file, &key, &options).unwrap();
            std::fs::write(&file, bytes).unwrap();
        }
        let page = open(&file).page(0).unwrap();
        let picture =
            Pages::open(std::fs::read(&file).unwrap(), b"").unwrap().draw(page.id, 520, &Limits::DEFAULT).unwrap();
        // turned and cut, too, it looks as it does upright
        let known = golden.join(if name == "landscape" { "landscape.png" } else { "upright.png" });
        if std::env::var_os("DAUSON_GOLDEN").is_some_and(|v| v == "renew") {
            std::fs::write(&known, picture.png().unwrap()).unwrap();
            continue;
        }
        let (mean, much) = differ(&read_png(&known), &picture);
        if mean > 0.3 || much > 0.001 {
            wrong.push(format!("{name}: {mean:.3}, {much:.5}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn initials_leader_number_and_seal_are_one_chain_that_every_judge_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let data = folder.path().join("data");
    run(&data, ["pki", "init", &path("pki"), "--algorithm", "p256"]).expect(0);
    for (name, image) in [("sig.png", signature()), ("seal.png", seal()), ("ini.png", initials())] {
        std::fs::write(path(name), image).unwrap();
    }
    let (sig, stamp, ini) = (path("sig.png"), path("seal.png"), path("ini.png"));
    let draft = sample("tb").to_str().unwrap().to_owned();
    let key = [path("pki/leader.key"), path("pki/leader.pem"), path("pki/issuing.pem")];
    let steps: [&[&str]; 4] = [
        &["--as", "initials", "--image", &ini],
        &["--as", "leader", "--image", &sig],
        &["--as", "number", "--number", "45", "--date", "2026-11-24"],
        &["--as", "seal", "--image", &stamp],
    ];
    let mut input = draft.clone();
    let mut places = Vec::new();
    for (step, options) in steps.iter().enumerate() {
        let output = path(&format!("{step}.pdf"));
        let told = run(&data, ["sign", &input, "--dry-run", "--json"].into_iter().chain(options.iter().copied()));
        places.push(told.expect(0).json());
        let sign = ["sign", &input, "-o", &output, "--key", &key[0], "--cert", &key[1], "--chain", &key[2]];
        let ran = run(&data, sign.into_iter().chain(options.iter().copied())).expect(0);
        assert!(!ran.stderr.contains("WARN") || ran.stderr.contains("anchors"), "{ran:?}");
        input = output;
    }
    assert_eq!(places[0]["found"][0], "quan biết, thực hiện./.", "{places:?}");
    assert_eq!((&places[1]["page"], &places[2]["page"], &places[3]["page"]), (&2.into(), &1.into(), &2.into()));
    assert_eq!(places[2]["written"][0]["text"], "45");
    // the seal covers a third of the signature on its left
    let rect = |at: usize| -> Vec<f64> {
        places[at]["rect"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
    };
    let (leader, seal) = (rect(1), rect(3));
    assert!((seal[2] - 110.0).abs() < 1.0 && (seal[3] - 110.0).abs() < 1.0, "{seal:?}");
    let covered = (seal[0] + seal[2] - leader[0]) / leader[2];
    assert!((covered - 1.0 / 3.0).abs() < 0.02, "{covered}: {leader:?} {seal:?}");

    let root = path("pki/root.pem");
    let verdict =
        run(&data, ["verify", &input, "--trust", &root, "--revocation", "if-available", "--json"]).expect(0).json();
    let signatures = verdict["signatures"].as_array().unwrap();
    let told = |key: &str| signatures.iter().map(|s| s[key].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(told("indication"), ["TOTAL-PASSED"; 4]);
    assert_eq!(told("modification"), ["form-fill", "form-fill", "form-fill", "none"]);
    let pdfsig = Command::new("pdfsig").arg("-nocert").arg(&input).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&pdfsig.stdout).matches("Signature is Valid").count(), 4);
    let qpdf = Command::new("qpdf").arg("--check").arg(&input).output().unwrap();
    assert!(qpdf.status.success(), "{}", String::from_utf8_lossy(&qpdf.stderr));
    assert!(std::fs::read(&input).unwrap().starts_with(&std::fs::read(&draft).unwrap()));
    let text = text_of(Path::new(&input)).replace(' ', "");
    assert!(text.contains("Số:45/TB-VP") && text.contains("ngày24tháng11năm2026"), "{text}");
    assert_pyhanko_finds_form_filling_only(&input, &root);
}

/// pyHanko's difference analysis of each signature against the last revision.
fn assert_pyhanko_finds_form_filling_only(file: &str, root: &str) {
    const SCRIPT: &str = r"
import sys, logging
logging.disable(logging.CRITICAL)
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
reader = PdfFileReader(open(sys.argv[1], 'rb'))
for s in reader.embedded_signatures:
    trust = ValidationContext(trust_roots=[load_cert_from_pemder(sys.argv[2])], revocation_mode='soft-fail')
    st = validate_pdf_signature(s, trust)
    print(st.bottom_line, st.modification_level.name, st.docmdp_ok)
";
    let python = std::env::var_os("DAUSON_PYTHON").unwrap_or_else(|| "python3".into());
    let has_it = Command::new(&python).args(["-c", "import pyhanko"]).output().is_ok_and(|o| o.status.success());
    if !has_it {
        eprintln!("skipped: pyHanko is not there to judge");
        return;
    }
    let judged = Command::new(&python).args(["-c", SCRIPT, file, root]).output().unwrap();
    let lines = String::from_utf8_lossy(&judged.stdout).into_owned();
    let lines: Vec<&str> = lines.lines().collect();
    let filled = "True FORM_FILLING True";
    assert_eq!(lines, [filled, filled, filled, "True NONE True"], "{}", String::from_utf8_lossy(&judged.stderr));
}

#[test]
fn attachments_and_copies_say_so_at_the_top_right() {
    let of = SignAs::Attachment { of: "45/UBND-VX".to_owned() };
    let placed = place(&sample("cv"), &of, &[], "").unwrap();
    let lines: Vec<&str> = placed.visible.written.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(lines, ["45/UBND-VX", "2026-11-24T08:30:15+07:00"]);
    assert!(placed.visible.written.iter().all(|w| (w.size - 10.0).abs() < 0.001));
    let [x, y, width, height] = placed.visible.rect;
    assert!(
        x + width < 595.0 - 40.0 && x > 400.0 && y > 841.0 - 57.0 && y + height < 841.0,
        "{:?}",
        placed.visible.rect
    );
    let unit = "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính tỉnh Mẫu".to_owned();
    let copy = SignAs::Copy { kind: CopyKind::Extract, unit };
    let placed = place(&sample("cv"), &copy, &[], "").unwrap();
    let lines: Vec<&str> = placed.visible.written.iter().map(|w| w.text.as_str()).collect();
    assert_eq!((lines.len(), lines[0], lines[3]), (4, "Trích sao", "2026-11-24T08:30:15+07:00"), "{lines:?}");
}

#[test]
fn whatever_the_file_looking_for_places_ends() {
    let leader = SignAs::Leader { image: signature() };
    let mut files = 0;
    for folder in ["bad", "inputs"] {
        let Some(folder) = corpus::file(folder) else { return };
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let large = std::fs::metadata(&file).unwrap().len() > 150_000;
            if large || file.extension().is_none_or(|e| e != "pdf") {
                continue;
            }
            let source = Arc::new(FileSource::new(std::fs::File::open(&file).unwrap()).unwrap());
            let start = std::time::Instant::now();
            let Ok(doc) = Document::open_or_recover(source, None, Limits::DEFAULT) else { continue };
            let placed = leader.place(&doc, &[], "", datetime!(2026-11-24 08:30:15 +7));
            let wrong = placed.is_err_and(|error| error.kind.exit_code() == 70);
            assert!(!wrong && start.elapsed().as_secs() < 20, "{file:?}: {:?}", start.elapsed());
            files += 1;
        }
    }
    assert!(files > 50, "{files}");
}
