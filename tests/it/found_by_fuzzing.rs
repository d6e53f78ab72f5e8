//! What libFuzzer found, once: it has to stay found.

use crate::attacks::lab::{Objects, Xref, file};
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
    let visible = Visible { page: 0, rect: [10.0, 10.0, 90.0, 60.0], image: Some(image), text: None };
    let drawn = draw(&visible, &doc.page(0).unwrap(), &mut Increment::new(&doc));
    assert_eq!(drawn.err(), Some(AppearanceError::Image("its palette is malformed".into())));
}

fn png_data(rows: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(rows).unwrap();
    encoder.finish().unwrap()
}
