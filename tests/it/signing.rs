//! Signatures are laid out so that the original is a prefix and other programs accept them.

use crate::corpus;
use dauson::cms::SignedDataBuilder;
use dauson::digest::DigestAlgorithm;
use dauson::error::{Error, Kind};
use dauson::keys::{LocalKey, SigningKey};
use dauson::limits::Limits;
use dauson::pades::{Certify, Lock, SignOptions, SubFilter, prepare};
use dauson::pdf::appearance::Visible;
use dauson::pdf::document::Document;
use dauson::pdf::source::FileSource;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use time::macros::datetime;

pub fn key(name: &str) -> Option<LocalKey> {
    let file = corpus::file(&format!("pki/{name}.p12"))?;
    Some(dauson::keys::pkcs12::read(&std::fs::read(file).unwrap(), "secret").unwrap())
}

pub fn options() -> SignOptions {
    SignOptions {
        field: None,
        reason: Some("Ký thử nghiệm (a) \\ b".into()),
        location: None,
        contact: None,
        name: None,
        signing_time: datetime!(2026-11-24 08:30:15 +7),
        certify: None,
        lock: None,
        visible: None,
        sub_filter: SubFilter::Pades,
        digest: DigestAlgorithm::Sha256,
    }
}

/// Signs without a log, as the library's signature floor does it.
pub fn sign(input: &Path, key: &LocalKey, options: &SignOptions) -> Result<Vec<u8>, Error> {
    let source = Arc::new(FileSource::new(std::fs::File::open(input).unwrap()).unwrap());
    let doc = Document::open_or_recover(source, None, Limits::DEFAULT)?;
    let scheme = key.schemes()[0];
    let options = SignOptions { digest: scheme.digest(), ..options.clone() };
    let builder =
        SignedDataBuilder::new(options.digest, scheme.algorithm_identifier(), key.certificate(), key.chain()).unwrap();
    let reserved = builder.encoded_len(false, key.signature_len(scheme), &[]);
    let prepared = prepare(&doc, &options, reserved)?;
    let mut out = Cursor::new(Vec::new());
    let hashed = prepared.write(&mut out)?;
    let attributes = builder.signed_attributes(&hashed.digest, None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(key.sign(scheme, &attributes)).unwrap();
    let sha256 = prepared.finish(&builder.build(&attributes, &value, &[]), hashed, &mut out)?.finish();
    let bytes = out.into_inner();
    assert_eq!(sha256, dauson::digest::sha256(&bytes));
    Ok(bytes)
}

fn pdfsig_accepts(file: &Path) -> bool {
    let output = Command::new("pdfsig").arg("-nocert").arg(file).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("Signature is Valid")
}

#[test]
fn every_signable_file_is_signed_so_that_others_accept_it() {
    let Some(manifest) = corpus::file("inputs/manifest.json") else { return };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = [key("rsa2048").unwrap(), key("p256").unwrap()];
    let (mut wrong, mut hard) = (Vec::new(), 0);
    for (index, case) in cases.iter().enumerate() {
        let name = case["file"].as_str().unwrap();
        let input = corpus::file("inputs").unwrap().join(name);
        let output = folder.path().join(format!("{index}.pdf"));
        match (sign(&input, &keys[index % 2], &options()), case["expect_sign"].as_str().unwrap()) {
            (Err(e), "77") if e.kind == Kind::NotAllowed => {}
            (Err(e), "ok or 65") if e.kind == Kind::BadInput => {}
            (Ok(bytes), "ok" | "ok or 65") => {
                assert!(bytes.starts_with(&std::fs::read(&input).unwrap()), "{name}");
                std::fs::write(&output, bytes).unwrap();
                match (case["kind"] == "hard", pdfsig_accepts(&output)) {
                    (true, true) => hard += 1,
                    (_, true) => {}
                    (_, false) => wrong.push(format!("{name}: pdfsig does not accept it")),
                }
            }
            (result, want) => wrong.push(format!("{name}: {:?}, expected {want}", result.map(|b| b.len()))),
        }
    }
    eprintln!("{hard} damaged files signed");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A PNG of a red ring on transparent ground.
fn ring() -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in -60_i32..60 {
        for x in -60_i32..60 {
            let inside = (1600..3600).contains(&(x * x + y * y));
            pixels.extend(if inside { [200, 30, 30, 255] } else { [0, 0, 0, 0] });
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 120, 120);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn a_visible_signature_shows_image_and_text_where_a_person_sees_it() {
    let Some(input) = corpus::file("inputs/sample-files-pdflatex-4-pages.pdf") else { return };
    let key = key("p256").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let visible = Visible {
        image: Some(ring()),
        text: Some("123/QĐ-UBND\n2026-11-24T08:30:15+07:00\nký số bởi Ủy ban nhân dân".into()),
        ..Visible::new(1, [100.0, 150.0, 200.0, 100.0])
    };
    let bytes = sign(&input, &key, &SignOptions { visible: Some(visible), ..options() }).unwrap();
    let file = folder.path().join("visible.pdf");
    std::fs::write(&file, bytes).unwrap();
    assert!(pdfsig_accepts(&file));
    let text = Command::new("pdftotext").args(["-f", "2", "-l", "2"]).arg(&file).arg("-").output().unwrap();
    assert!(String::from_utf8_lossy(&text.stdout).contains("ký số bởi Ủy ban nhân dân"));
    let check = Command::new("qpdf").arg("--check").arg(&file).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    // rendered at 72 dpi a pixel is a point: red is found in the rectangle and nowhere else
    let render = |extra: &[&str]| {
        let out = folder.path().join("page");
        let status = Command::new("pdftoppm")
            .args(["-r", "72", "-png", "-f", "2", "-singlefile"])
            .args(extra)
            .arg(&file)
            .arg(&out)
            .status();
        assert!(status.unwrap().success());
        let decoder =
            png::Decoder::new(std::io::BufReader::new(std::fs::File::open(out.with_extension("png")).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, info.height as usize, pixels)
    };
    let (width, height, pixels) = render(&[]);
    let mut red = 0;
    for (index, pixel) in pixels.chunks_exact(3).enumerate() {
        if pixel[0] > 150 && pixel[1] < 80 {
            let (x, y) = (index % width, height - index / width);
            assert!((100..=300).contains(&x) && (149..=251).contains(&y), "red at {x},{y}");
            red += 1;
        }
    }
    assert!(red > 2000, "{red} red pixels");
}

#[test]
fn signatures_follow_each_other_and_certifications_bind() {
    let Some(input) = corpus::file("inputs/sample-files-pdflatex-image.pdf") else { return };
    let key = key("p256").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed.pdf");
    std::fs::copy(&input, &file).unwrap();
    for round in 1..=3 {
        let certify = (round == 1).then_some(Certify::FormFill);
        let lock = (round == 2).then_some(Lock::All);
        let bytes = sign(&file, &key, &SignOptions { certify, lock, ..options() }).unwrap();
        std::fs::write(&file, bytes).unwrap();
        let output = Command::new("pdfsig").arg("-nocert").arg(&file).output().unwrap();
        let valid = String::from_utf8_lossy(&output.stdout).matches("Signature is Valid").count();
        assert_eq!(valid, round);
    }
    let late = sign(&file, &key, &SignOptions { certify: Some(Certify::NoChanges), ..options() }).unwrap_err();
    assert_eq!((late.kind, late.code), (Kind::NotAllowed, "sign.not_first"));
    let again = sign(&file, &key, &SignOptions { field: Some("Signature1".into()), ..options() }).unwrap_err();
    assert_eq!(again.code, "sign.field_signed");

    let bytes = sign(&input, &key, &SignOptions { certify: Some(Certify::NoChanges), ..options() }).unwrap();
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(sign(&file, &key, &options()).unwrap_err().code, "sign.certified");
}
