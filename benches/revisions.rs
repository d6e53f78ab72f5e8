//! Documents of many revisions, whose comparisons are what verifying them costs.

use crate::inputs::{Key, in_process_verify};
use crate::measure::{in_process, whole_process};
use dauson::cms::SignedDataBuilder;
use dauson::digest::DigestAlgorithm;
use dauson::keys::SigningKey;
use dauson::limits::Limits;
use dauson::pades::{SignOptions, SubFilter, prepare};
use dauson::pdf::document::Document;
use dauson::pdf::source::FileSource;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;

/// The rows of this file.
pub fn rows(folder: &Path, key: &Key) {
    println!("## Many revisions, {}", key.name);
    println!("{:<38} {:>9} {:>9} {:>7} {:>9}", "input", "in-proc", "process", "MiB", "hashing");
    for (name, pages, bytes, signatures) in
        [("200 pages, 30 signatures", 200, 4 << 10, 30), ("1,000 pages, 100 MB, 5 revisions", 1_000, 100 << 10, 4)]
    {
        let path = folder.join(format!("revisions-{pages}.pdf"));
        document(&path, pages, bytes);
        for _ in 0..signatures {
            sign(&path, key);
        }
        let inside = in_process_verify(key, &path, 5);
        let command = ["verify".into(), path.clone().into(), "--trust".into(), key.certificate.clone().into()];
        let ignore = ["--revocation".into(), "ignore".into()];
        let process = whole_process(5, &command.into_iter().chain(ignore).collect::<Vec<std::ffi::OsString>>());
        let floor = in_process(5, || crate::inputs::hash(&path));
        println!(
            "{name:<38} {:>9.2} {:>9.2} {:>7.1} {:>9.2}  in-proc ×{:.2}, process ×{:.2}, wall {:.0} ms",
            inside.cpu_ms,
            process.cpu_ms,
            process.peak_mib,
            floor.cpu_ms,
            inside.cpu_ms / floor.cpu_ms,
            process.cpu_ms / floor.cpu_ms,
            process.wall_ms,
        );
    }
    println!();
}

/// A document of this many pages, each with text and an image of its own.
fn document(path: &Path, pages: usize, bytes: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let (mut at, mut table) = (0, String::from("0000000000 65535 f \n"));
    let mut put = |object: &[u8], is_object: bool| {
        if is_object {
            let _ = writeln!(table, "{at:010} 00000 n ");
        }
        file.write_all(object).unwrap();
        at += object.len();
    };
    put(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", false);
    put(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", true);
    let kids = (0..pages).map(|page| format!("{} 0 R", 4 + page * 3)).collect::<Vec<_>>().join(" ");
    put(format!("2 0 obj\n<</Type/Pages/Kids[{kids}]/Count {pages}>>\nendobj\n").as_bytes(), true);
    put(b"3 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n", true);
    let mut state = 0x9e37_79b9_u32;
    let mut noise = vec![0; bytes];
    for page in 0..pages {
        for byte in &mut noise {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = state.to_le_bytes()[0];
        }
        let first = 4 + page * 3;
        let dictionary = format!(
            "{first} 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R/Resources<</Font<</F 3 0 R>>\
             /XObject<</Im {} 0 R>>>>>>\nendobj\n",
            first + 1,
            first + 2
        );
        put(dictionary.as_bytes(), true);
        let content = format!("BT /F 12 Tf 50 800 Td (Page {page}) Tj ET q 400 0 0 400 50 50 cm /Im Do Q");
        let content =
            format!("{} 0 obj\n<</Length {}>>\nstream\n{content}\nendstream\nendobj\n", first + 1, content.len());
        put(content.as_bytes(), true);
        let image = format!(
            "{} 0 obj\n<</Type/XObject/Subtype/Image/Width 1/Height {bytes}/ColorSpace/DeviceGray/BitsPerComponent 8\
             /Length {bytes}>>\nstream\n",
            first + 2
        );
        put(&[image.as_bytes(), &noise, b"\nendstream\nendobj\n"].concat(), true);
    }
    let size = 4 + pages * 3;
    let start = at;
    let end = format!("xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    file.write_all(end.as_bytes()).unwrap();
    file.flush().unwrap();
}

/// One more signature, appended.
fn sign(path: &Path, key: &Key) {
    let source = Arc::new(FileSource::new(File::open(path).unwrap()).unwrap());
    let doc = Document::open(source, None, Limits::DEFAULT).unwrap();
    let local = key.local();
    let scheme = local.schemes()[0];
    let options = SignOptions::new(OffsetDateTime::now_utc(), SubFilter::Pades, DigestAlgorithm::Sha256);
    let identifier = scheme.algorithm_identifier();
    let builder = SignedDataBuilder::new(options.digest, identifier, local.certificate(), local.chain()).unwrap();
    let prepared = prepare(&doc, &options, builder.encoded_len(false, local.signature_len(scheme), &[])).unwrap();
    let out = path.with_extension("new");
    let mut file = File::create(&out).unwrap();
    let hashed = prepared.write(&mut file).unwrap();
    let attributes = builder.signed_attributes(&hashed.digest, None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(local.sign(scheme, &attributes)).unwrap();
    prepared.finish(&builder.build(&attributes, &value, &[]), hashed, &mut file).unwrap();
    std::fs::rename(out, path).unwrap();
}
