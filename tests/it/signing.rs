//! Signatures are laid out so that the original is a prefix and other programs accept them.

use crate::corpus;
use dauson::cms::SignedDataBuilder;
use dauson::digest::DigestAlgorithm;
use dauson::error::{Error, Kind};
use dauson::keys::{LocalKey, SigningKey};
use dauson::limits::Limits;
use dauson::pades::{SignOptions, SubFilter, prepare};
use dauson::pdf::document::Document;
use dauson::pdf::source::FileSource;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use time::macros::datetime;

fn key(name: &str) -> Option<LocalKey> {
    let file = corpus::file(&format!("pki/{name}.p12"))?;
    Some(dauson::keys::pkcs12::read(&std::fs::read(file).unwrap(), "secret").unwrap())
}

fn options() -> SignOptions {
    SignOptions {
        field: None,
        reason: Some("Ký thử nghiệm (a) \\ b".into()),
        location: None,
        contact: None,
        name: None,
        signing_time: datetime!(2026-11-24 08:30:15 +7),
        certify: None,
        lock: None,
        sub_filter: SubFilter::Pades,
        digest: DigestAlgorithm::Sha256,
    }
}

/// Signs without a log, as the library's signature floor does it.
fn sign(input: &Path, key: &LocalKey, options: &SignOptions) -> Result<Vec<u8>, Error> {
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
    let sha256 = prepared.finish(&builder.build(&attributes, &value, &[]), hashed, &mut out)?;
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
