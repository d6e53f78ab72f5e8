//! Small files that ask for much: whatever is decoded, parsed or looked through again and again is paid for from one
//! budget, so that none of them takes long, or much memory.

#![allow(clippy::format_push_string, clippy::format_collect)]

use crate::attacks::lab::{self, Xref};
use crate::program::command;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// A debug build on a busy machine; a release build takes a fraction of it.
const TIME: Duration = Duration::from_secs(15);
/// Kilobytes of memory.
const MEMORY: u64 = 300 << 10;

/// Spaces, or zeros, in a Flate stream.
fn much(head: &[u8], fill: u8, mebibytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(head).unwrap();
    let block = vec![fill; 1 << 20];
    (0..mebibytes).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

#[derive(Default)]
struct Bomb {
    bytes: Vec<u8>,
    /// Kind, place or holder, index of each object.
    rows: Vec<(u32, u8, usize)>,
}

impl Bomb {
    fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n".to_vec(), rows: Vec::new() }
    }

    fn add(&mut self, number: u32, object: &str) {
        self.rows.push((number, 1, self.bytes.len()));
        self.bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }

    fn add_stream(&mut self, number: u32, dictionary: &str, data: &[u8]) {
        self.rows.push((number, 1, self.bytes.len()));
        let head = format!("{number} 0 obj\n<<{dictionary}/Filter/FlateDecode/Length {}>>\nstream\n", data.len());
        self.bytes.extend(head.bytes());
        self.bytes.extend(data);
        self.bytes.extend(b"\nendstream\nendobj\n");
    }

    /// Ends it with a cross-reference stream.
    fn end(mut self) -> Vec<u8> {
        let at = self.bytes.len();
        self.rows.push((999_999, 1, at));
        let (mut index, mut data) = (String::new(), Vec::new());
        for (number, kind, place) in &self.rows {
            index += &format!("{number} 1 ");
            data.push(*kind);
            data.extend((*place as u32).to_be_bytes());
            data.push(0);
        }
        let length = data.len();
        let dictionary = format!("<</Type/XRef/W[1 4 1]/Index[{index}]/Size 1000000/Root 1 0 R/Length {length}>>");
        self.bytes.extend(format!("999999 0 obj\n{dictionary}\nstream\n").bytes());
        self.bytes.extend(data);
        self.bytes.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
        self.bytes
    }
}

/// Runs the program over it: it ends in time, with little memory, and does not say that anything is valid.
fn goes_off_quietly(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.pdf");
    std::fs::write(&file, bytes).unwrap();
    let started = Instant::now();
    let mut child = command(folder.path()).arg("verify").arg(&file).spawn().unwrap();
    let mut most = 0;
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{name} takes longer than {TIME:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(matches!(status.code(), Some(1 | 2 | 3 | 65)), "{name}: {status}");
    assert!(most < MEMORY, "{name}: {most} kB");
}

/// Each cross-reference stream of a long chain decodes to much more than its two rows.
#[test]
fn a_chain_of_cross_reference_streams() {
    let zeros = much(b"", 0, 60);
    for count in [10, 40] {
        let mut bytes = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
        let mut previous = String::new();
        for _ in 0..count {
            let at = bytes.len();
            let length = zeros.len();
            let dictionary = format!(
                "<</Type/XRef/W[1 4 2]/Size 4/Index[0 2]/Root 1 0 R{previous}/Filter/FlateDecode/Length {length}>>"
            );
            bytes.extend(format!("3 0 obj\n{dictionary}\nstream\n").bytes());
            bytes.extend(&zeros);
            bytes.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
            previous = format!("/Prev {at}");
        }
        goes_off_quietly("a chain", &bytes);
    }
}

/// The fields lie in object streams, each of which is large.
#[test]
fn object_streams() {
    for mebibytes in [15, 60] {
        let mut bomb = Bomb::new();
        bomb.add(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>");
        bomb.add(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        bomb.add(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        let mut fields = String::new();
        for field in 1_000..1_040_u32 {
            let holder = 100 + field - 1_000;
            let header = format!("{field} 0 ");
            let data = much(format!("{header}<</FT/Sig/T(a{field})>>").as_bytes(), b' ', mebibytes);
            bomb.add_stream(holder, &format!("/Type/ObjStm/N 1/First {}", header.len()), &data);
            bomb.rows.push((field, 2, holder as usize));
            fields += &format!("{field} 0 R ");
        }
        bomb.add(4, &format!("<</Fields[{}]>>", fields.repeat(3)));
        goes_off_quietly("object streams", &bomb.end());
    }
}

/// Many new fields of a signed file have the same appearance, or appearances that decode to much.
#[test]
fn appearances() {
    use crate::attacks::lab::{Xref, again, signed, update};
    let file = signed(Xref::Table);
    let hex = |bytes: Vec<u8>| bytes.iter().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
    let data = hex(much(b"", b' ', 60));
    let appearance = format!(
        "<</Subtype/Form/BBox[0 0 9 9]/Filter[/ASCIIHexDecode/FlateDecode]/Length {}>>\nstream\n{data}\nendstream",
        data.len()
    );
    let widget = "<</Type/Annot/Subtype/Widget/FT/Sig/T(More)/F 4/P 3 0 R/Rect[0 0 90 90]/AP<</N 7001 0 R>>>>";
    let kids: String = (8_000..8_100).map(|n| format!(" {n} 0 R")).collect();
    let page = again(&file, dauson::pdf::object::ObjectId::new(3), "").replace("8 0 R]", &format!("8 0 R{kids}]"));
    let form = again(&file, dauson::pdf::object::ObjectId::new(6), "").replace("8 0 R]", &format!("8 0 R{kids}]"));
    let mut changes = vec![(3, page.as_str()), (6, form.as_str()), (7_001, appearance.as_str())];
    changes.extend((8_000..8_100).map(|n| (n, widget)));
    goes_off_quietly("appearances", &update(&file, &changes, Xref::Table));
}

/// Streams whose length is wrong, and whose end is far: for each of them it is looked for.
#[test]
fn ends_of_streams() {
    for (count, gap) in [(20_000_u32, 1 << 20), (2_000, 20 << 20)] {
        for reversed in [false, true] {
            let mut bomb = Bomb::new();
            let mut numbers: Vec<u32> = (10..10 + count).collect();
            if reversed {
                numbers.reverse();
            }
            let fields: String = numbers.iter().map(|n| format!("{n} 0 R ")).collect();
            bomb.add(1, &format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{fields}]>>>>"));
            bomb.add(2, "<</Type/Pages/Kids[]/Count 0>>");
            for number in 10..10 + count {
                bomb.rows.push((number, 1, bomb.bytes.len()));
                bomb.bytes.extend(format!("{number} 0 obj\n<</Length 9999999999/FT/Sig>>\nstream\n").bytes());
            }
            bomb.bytes.resize(bomb.bytes.len() + gap, b' ');
            bomb.bytes.extend(b"endstream\nendobj\n");
            goes_off_quietly("ends of streams", &bomb.end());
        }
    }
}

/// Tables that are not written in entries of 20 bytes, which have to be kept in memory.
#[test]
fn loose_tables() {
    let mut bytes = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    let mut previous = String::new();
    for first in 0..4 {
        let at = bytes.len();
        bytes.extend(format!("xref\n{} 500000\n", first * 500_000).bytes());
        (0..500_000).for_each(|_| bytes.extend(b"0 0 f\n"));
        bytes.extend(format!("trailer\n<</Size 9/Root 1 0 R{previous}>>\nstartxref\n{at}\n%%EOF\n").bytes());
        previous = format!("/Prev {at}");
    }
    goes_off_quietly("loose tables", &bytes);
}

/// A changed object to which more ways lead than anybody can go: each of thirty forms draws the next one eight times.
#[test]
fn ways_to_a_changed_object() {
    let form = |resources: &str, drawn| {
        lab::stream(&format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<{resources}>>"), drawn)
    };
    let mut objects = lab::objects();
    for number in 100..130 {
        let next: String = (0..8).map(|name| format!("/X{name} {} 0 R", number + 1)).collect();
        objects.insert(number, form(&format!("/XObject<<{next}>>"), "/X0 Do"));
    }
    objects.insert(130, form("", "0 0 m"));
    let page = objects[&3].replace("/Im 11 0 R", "/Im 100 0 R");
    objects.insert(3, page);
    let signed = lab::sign(&lab::file(&objects, Xref::Table), &lab::options());
    goes_off_quietly("many ways", &lab::update(&signed, &[(130, &form("", "1 1 m"))], Xref::Table));
}
