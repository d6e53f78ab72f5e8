//! Looking a certificate up in a revocation list of a million entries, as a multiple of what cannot be avoided: SHA-256 over
//! the list, and its signature and the certificate's verified.

use crate::made::{Holder, Use, Wanted};
use crate::measure::in_process;
use dauson::cms::encode;
use dauson::keys::{KeyAlgorithm, SigningKey};
use dauson::limits::Limits;
use dauson::pki::CertificateList;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::path::{PathInputs, PolicyInputs, Purpose, RevocationMode, validate};
use time::{Duration, OffsetDateTime};

const ENTRIES: u32 = 1_000_000;

/// Prints a row. `verify_ms` is one signature verified by ring, `sha256_ms` a MiB hashed.
pub fn row(algorithm: KeyAlgorithm, verify_ms: f64, sha256_ms: f64) {
    let now = OffsetDateTime::now_utc();
    let wanted = |name: &'static str, usage| Wanted {
        algorithm,
        ..Wanted::new(name, usage, now - Duration::DAY, now + Duration::days(365))
    };
    let root = Holder::root(&wanted("Root", Use::Ca));
    let signer = root.issue(&wanted("Signer", Use::Signing)).certificate();
    let list = list(&root, now);
    let anchors = TrustAnchors::new(vec![root.certificate()]);
    let first = in_process(10, || judge(&signer, &anchors, &[list.clone().into()], now));
    let known: [CertificateList; 1] = [list.clone().into()];
    let further = in_process(100, || judge(&signer, &anchors, &known, now));
    let mib = list.len() as f64 / f64::from(1 << 20);
    let floor = mib * sha256_ms + 2.0 * verify_ms;
    println!(
        "revocation list of {ENTRIES} entries, {mib:.0} MiB: first look-up {:.1} ms ×{:.2}, each further one {:.2} ms; 2 signatures and \
         SHA-256: {floor:.1} ms",
        first.cpu_ms,
        first.cpu_ms / floor,
        further.cpu_ms,
    );
}

fn judge(certificate: &Certificate, anchors: &TrustAnchors, crls: &[CertificateList], at: OffsetDateTime) {
    let inputs = PathInputs {
        anchors,
        intermediates: &[],
        crls,
        ocsps: &[],
        at,
        revocation: RevocationMode::Require,
        purpose: Purpose::Signing,
        policies: PolicyInputs::default(),
        algorithms: &AlgorithmPolicy::default(),
        limits: &Limits::DEFAULT,
    };
    assert!(validate(certificate, &inputs).is_good());
}

/// A list of so many other certificates, half of them with a reason.
fn list(root: &Holder, now: OffsetDateTime) -> Vec<u8> {
    let reason = encode::sequence(&[&encode::sequence(&[&[6, 3, 0x55, 0x1D, 21], &encode::octet_string(&[10, 1, 4])])]);
    let time = encode::time(now - Duration::HOUR);
    let entries: Vec<u8> = (0..ENTRIES)
        .flat_map(|n| {
            let serial =
                [&[2, 16, 0x11, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7][..], &n.wrapping_mul(0x9E37_79B1).to_be_bytes()];
            encode::sequence(&[&serial.concat(), &time, if n % 2 == 0 { &reason } else { &[] }])
        })
        .collect();
    let scheme = root.key.schemes()[0];
    let algorithm = scheme.algorithm_identifier();
    let tbs = encode::sequence(&[
        &encode::integer(1),
        &algorithm,
        root.certificate().subject().raw(),
        &time,
        &encode::time(now + Duration::DAY),
        &encode::sequence(&[&entries]),
    ]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(root.key.sign(scheme, &tbs)).unwrap();
    encode::sequence(&[&tbs, &algorithm, &encode::bit_string(&value)])
}
