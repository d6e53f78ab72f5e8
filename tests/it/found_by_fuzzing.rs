//! What libFuzzer found, once: it has to stay found.

use crate::attacks::lab::{Objects, Xref, file, options, sign};
use dauson::limits::Limits;
use dauson::pdf::appearance::{AppearanceError, Visible, draw};
use dauson::pdf::document::Document;
use dauson::pdf::increment::Increment;
use std::sync::Arc;

/// A palette that is not three bytes a colour, which the decoder trips over.
#[test]
fn a_png_with_a_cut_palette_is_refused() {
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    let pixels = png_data(&[0; 16]);
    for (kind, data) in [
        (b"IHDR", [0, 0, 0, 8, 0, 0, 0, 8, 1, 3, 0, 0, 0].as_slice()),
        (b"PLTE", &[7; 53]),
        (b"IDAT", &pixels),
        (b"IEND", &[]),
    ] {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(data);
        let length = (data.len() as u32).to_be_bytes();
        image.extend([&length, kind.as_slice(), data, &crc.sum().to_be_bytes()].concat());
    }
    let objects: Objects = [
        (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>".to_owned()),
    ]
    .into();
    let doc = Document::open(Arc::new(file(&objects, Xref::Table)), None, Limits::DEFAULT).unwrap();
    let visible = Visible { image: Some(image), ..Visible::new(0, [10.0, 10.0, 90.0, 60.0]) };
    let drawn = draw(&visible, &doc.page(0).unwrap(), &mut Increment::new(&doc));
    assert_eq!(drawn.err(), Some(AppearanceError::Image("its palette is malformed".into())));
}

/// A form that is the encryption dictionary at the same time: a new field in it makes the file unreadable.
#[test]
fn an_encryption_dictionary_that_is_a_form_is_not_written_to() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("in.pdf");
    let encrypt = ["--encrypt", "", "owner", "128", "--use-aes=y", "--", "samples/cong-van.pdf"];
    match std::process::Command::new("qpdf").args(encrypt).arg(&path).status() {
        Ok(status) => assert!(status.success()),
        Err(error) => return eprintln!("skipped: qpdf: {error}"),
    }
    let mut bytes = std::fs::read(&path).unwrap();
    let (id, pages, first, previous) = {
        let doc = Document::open(Arc::new(bytes.clone()), None, Limits::DEFAULT).unwrap();
        let number = |key: &[u8]| doc.trailer().get(key).unwrap().as_reference().unwrap().number;
        let catalog = doc.catalog().unwrap();
        let pages = catalog.as_dictionary().unwrap().get(b"Pages").unwrap().as_reference().unwrap().number;
        let first = doc.trailer().get(b"ID").unwrap().as_array().unwrap()[0].as_string().unwrap().to_vec();
        ((number(b"Root"), number(b"Encrypt")), pages, hex::encode(first), doc.revisions()[0].startxref)
    };
    let (root, encrypt) = id;
    let catalog = bytes.len();
    bytes.extend(format!("{root} 0 obj\n<</Type/Catalog/Pages {pages} 0 R/AcroForm {encrypt} 0 R>>\nendobj\n").bytes());
    let table = bytes.len();
    bytes.extend(format!("xref\n{root} 1\n{catalog:010} 00000 n \n").bytes());
    let trailer = format!("<</Size 999/Root {root} 0 R/Encrypt {encrypt} 0 R/Prev {previous}/ID[<{first}><{first}>]>>");
    bytes.extend(format!("trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n").bytes());
    let doc = Document::open(Arc::new(bytes), None, Limits::DEFAULT).unwrap();
    let options = dauson::pades::SignOptions::new(
        time::macros::datetime!(2026-11-25 08:00 UTC),
        dauson::pades::SubFilter::Pades,
        dauson::digest::DigestAlgorithm::Sha256,
    );
    let refused = dauson::pades::prepare(&doc, &options, 9_000).err().unwrap();
    assert!(refused.to_string().contains("encryption dictionary"), "{refused}");
}

fn png_data(rows: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(rows).unwrap();
    encoder.finish().unwrap()
}

/// A damaged file whose last definition of the catalog is of another generation than the trailer says: what is signed of it can be read as it
/// is written.
#[test]
fn a_damaged_file_is_signed_by_the_generations_that_it_has() {
    let objects: Objects = [
        (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>".to_owned()),
    ]
    .into();
    let mut damaged = file(&objects, Xref::Table);
    damaged.extend(b"1 5 obj\n<</Type/Catalog/Pages 2 0 R/Lang(vi)>>\nendobj\ntrailer\n<</Root 1 0 R/Size 4>>\n");
    damaged.extend(b"startxref\n99999\n%%EOF\n");
    let signed = sign(&damaged, &options());
    assert!(signed.starts_with(&damaged));
    let doc = Document::open(Arc::new(signed), None, Limits::DEFAULT).unwrap();
    let catalog = doc.catalog().unwrap();
    assert!(catalog.as_dictionary().unwrap().contains(b"Lang"));
    assert_eq!(doc.signature_fields().unwrap().len(), 1);
}
