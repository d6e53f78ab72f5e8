//! Verifying signatures of each level, revocation data required, as multiples of what no verification can avoid: each public-key
//! operation once, and SHA-256 over the file.

use crate::made::{Holder, Pdf, Use, Wanted};
use crate::measure::{Cost, in_process, whole_process};
use dauson::keys::{KeyAlgorithm, SigningKey, pem};
use dauson::limits::Limits;
use dauson::pdf::source::Source;
use dauson::pki::CertificateList;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::path::RevocationMode;
use dauson::validation::{Inputs, validate_pdf};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// A file of a level.
struct File {
    level: &'static str,
    bytes: Vec<u8>,
    /// Signatures that have to be verified: the value, the certificates of signer and CA with a revocation list each; from B-T on
    /// the time-stamp, the TSA's certificate and its revocation list; at B-LTA the document time-stamp.
    signatures: usize,
}

/// Prints a row for each level. `verify_ms` is one signature verified by ring, `sha256_ms` a MiB hashed.
pub fn rows(folder: &Path, name: &str, algorithm: KeyAlgorithm, verify_ms: f64, sha256_ms: f64) {
    let now = OffsetDateTime::now_utc();
    let (start, end) = (now - Duration::days(30), now + Duration::days(3650));
    let wanted = |name: &'static str, usage| Wanted { algorithm, ..Wanted::new(name, usage, start, end) };
    let root = Holder::root(&wanted("Root", Use::Ca));
    let ca = root.issue(&wanted("CA", Use::Ca));
    let signer = ca.issue(&wanted("Signer", Use::Signing));
    let tsa = root.issue(&wanted("TSA", Use::TimeStamping));
    let at = |minutes: i64| now - Duration::minutes(60 - minutes);
    let crls = vec![root.crl(at(2), Duration::days(30), &[]), ca.crl(at(2), Duration::days(30), &[])];

    let b_b = Pdf::new().sign(&signer, at(0), None);
    let b_t = Pdf::new().sign(&signer, at(0), Some((&tsa, at(1))));
    let b_lta = b_t.clone().store(&[&ca, &tsa], &crls, &[]).stamp(&tsa, at(3));
    // the TSA's revocation list is the root's, which is verified once
    let files = [
        File { level: "B-B", bytes: b_b.bytes, signatures: 5 },
        File { level: "B-T", bytes: b_t.bytes, signatures: 7 },
        File { level: "B-LTA", bytes: b_lta.bytes, signatures: 8 },
    ];
    let path = |file: &str| folder.join(format!("validation-{name}-{file}"));
    std::fs::write(path("root.pem"), pem::encode("CERTIFICATE", root.key.certificate()).as_bytes()).unwrap();
    for (index, crl) in crls.iter().enumerate() {
        std::fs::write(path(&format!("{index}.crl")), crl).unwrap();
    }
    let anchors = TrustAnchors::new(vec![root.certificate()]);
    let lists: Vec<CertificateList> = crls.iter().cloned().map(Into::into).collect();
    for file in files {
        let pdf = path(&format!("{}.pdf", file.level));
        std::fs::write(&pdf, &file.bytes).unwrap();
        let command: Vec<OsString> = ["verify".into(), pdf.into(), "--trust".into(), path("root.pem").into()]
            .into_iter()
            .chain((0..crls.len()).flat_map(|index| ["--crl".into(), path(&format!("{index}.crl")).into()]))
            .collect();
        let inside = in_process(100, || judge(&file.bytes, &anchors, &lists, now));
        let outside = whole_process(20, &command);
        let mib = file.bytes.len() as f64 / f64::from(1 << 20);
        let floor = file.signatures as f64 * verify_ms + mib * sha256_ms;
        let ratio = |cost: &Cost| cost.cpu_ms / floor;
        println!(
            "verify {:<9} {:>9.2} ms in-proc ×{:.2}, {:>6.2} ms process ×{:.2}; {} signatures and {:.0} KiB: {floor:.2} ms",
            file.level,
            inside.cpu_ms,
            ratio(&inside),
            outside.cpu_ms,
            ratio(&outside),
            file.signatures,
            mib * 1024.0,
        );
    }
}

fn judge(bytes: &[u8], anchors: &TrustAnchors, crls: &[CertificateList], at: OffsetDateTime) {
    let source: Arc<dyn Source> = Arc::new(bytes.to_vec());
    let inputs = Inputs {
        password: None,
        anchors,
        certificates: &[],
        crls,
        ocsps: &[],
        revocation: RevocationMode::Require,
        at,
        log: dauson::tlog::LogPolicy::default(),
        algorithms: &AlgorithmPolicy::default(),
        limits: &Limits::DEFAULT,
    };
    let signatures = validate_pdf(&source, &inputs).unwrap();
    assert!(signatures.iter().all(|s| s.errors.is_empty()), "{signatures:?}");
}
