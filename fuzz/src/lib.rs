//! What the fuzz targets share: seeds that are cut out of the corpus of real files, and the world that whole verifications
//! and signatures happen in.
//!
//! The corpus lies beside the project, or where `$DAUSON_CORPUS` says. PDF files are seeds as they lie there; what is inside
//! of them (CMS, certificates, revocation data, tokens) is written to `$DAUSON_FUZZ_SEEDS` when a target starts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dauson::keys::{LocalKey, SigningKey as _};
use dauson::limits::Limits;
use dauson::pdf::document::Document;
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::path::RevocationMode;
use dauson::validation::Inputs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use time::OffsetDateTime;
use time::macros::datetime;

/// Files of the corpus that are looked into for seeds.
const MOST_BYTES: u64 = 1 << 20;

/// The limits of the program.
pub const LIMITS: Limits = Limits::DEFAULT;
/// When everything happens.
pub const NOW: OffsetDateTime = datetime!(2026-11-24 08:30:15 +7);

/// The corpus folder.
fn corpus() -> PathBuf {
    std::env::var_os("DAUSON_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(data) if data.is_dir() => files(&entry.path(), found),
            Ok(data) if data.len() <= MOST_BYTES => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Writes seeds: what `cut` finds in each file of the corpus.
pub fn seeds(cut: fn(&Path, Vec<u8>) -> Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os("DAUSON_FUZZ_SEEDS").map(PathBuf::from) else { return };
    let mut found = Vec::new();
    files(&corpus(), &mut found);
    let mut count = 0;
    for path in found {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for seed in cut(&path, bytes) {
            let _ = std::fs::write(folder.join(format!("{count:05}")), seed);
            count += 1;
        }
    }
}

/// The file has this ending.
pub fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e == ending)
}

/// `/Contents` of the signatures of a PDF, with their `/SubFilter`.
pub fn contents(path: &Path, bytes: Vec<u8>) -> Vec<(Vec<u8>, Vec<u8>)> {
    if !ends_with(path, "pdf") {
        return Vec::new();
    }
    let Ok(doc) = Document::open(Arc::new(bytes), None, LIMITS) else { return Vec::new() };
    let values = doc.signature_fields().unwrap_or_default().into_iter().filter_map(|f| f.value);
    let pair = |(_, d): (_, dauson::pdf::object::Dictionary)| {
        let contents = d.get(b"Contents")?.as_string()?.to_vec();
        let end = contents.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
        Some((d.get(b"SubFilter")?.as_name()?.to_vec(), contents[..end].to_vec()))
    };
    values.filter_map(pair).collect()
}

/// Signs and time-stamps in a PDF that can be parsed.
pub fn signed_data(path: &Path, bytes: Vec<u8>) -> Vec<dauson::cms::SignedData> {
    let all = contents(path, bytes).into_iter();
    all.filter_map(|(_, c)| dauson::cms::SignedData::parse(&c, &LIMITS).ok()).map(|(s, _)| s).collect()
}

/// The key of one signer, the same in all runs of a process.
pub fn key() -> &'static (LocalKey, TrustAnchors) {
    static KEY: OnceLock<(LocalKey, TrustAnchors)> = OnceLock::new();
    KEY.get_or_init(|| {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "Fuzz");
        parameters.not_before = datetime!(2026-01-01 0:00 UTC);
        parameters.not_after = datetime!(2036-01-01 0:00 UTC);
        let certificate = parameters.self_signed(&pair).unwrap().der().to_vec();
        let anchors = TrustAnchors::new(vec![Certificate::parse(&certificate).unwrap()]);
        (LocalKey::from_pkcs8(&pair.serialize_der(), certificate, Vec::new()).unwrap(), anchors)
    })
}

/// Calls with the inputs of a verification.
pub fn with_inputs<T>(f: impl FnOnce(&Inputs<'_>) -> T) -> T {
    static POLICY: OnceLock<AlgorithmPolicy> = OnceLock::new();
    f(&Inputs {
        password: None,
        anchors: &key().1,
        certificates: &[],
        crls: &[],
        ocsps: &[],
        revocation: RevocationMode::IfAvailable,
        at: NOW,
        log: dauson::tlog::LogPolicy::default(),
        algorithms: POLICY.get_or_init(AlgorithmPolicy::default),
        limits: &LIMITS,
    })
}

/// A certificate that the trusted CA issued, and a revocation list of that CA.
pub fn subject() -> &'static (Certificate, Certificate, Vec<u8>) {
    static SUBJECT: OnceLock<(Certificate, Certificate, Vec<u8>)> = OnceLock::new();
    SUBJECT.get_or_init(|| {
        let pair = || rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let parameters = |name: &str| {
            let mut parameters = rcgen::CertificateParams::default();
            parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
            parameters.not_before = datetime!(2026-01-01 0:00 UTC);
            parameters.not_after = datetime!(2036-01-01 0:00 UTC);
            parameters
        };
        let mut ca = parameters("Fuzz CA");
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = pair();
        let root = ca.self_signed(&ca_key).unwrap().der().to_vec();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let leaf = parameters("Fuzz leaf").signed_by(&pair(), &issuer).unwrap().der().to_vec();
        let revoked = rcgen::RevokedCertParams {
            serial_number: rcgen::SerialNumber::from(7_u64),
            revocation_time: datetime!(2026-02-01 0:00 UTC),
            reason_code: Some(rcgen::RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = rcgen::CertificateRevocationListParams {
            this_update: datetime!(2026-11-01 0:00 UTC),
            next_update: datetime!(2027-11-01 0:00 UTC),
            crl_number: rcgen::SerialNumber::from(3_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&issuer).unwrap().der().to_vec();
        (Certificate::parse(&leaf).unwrap(), Certificate::parse(&root).unwrap(), list)
    })
}

/// Validates the path of a certificate with this revocation data.
pub fn path_of(target: &Certificate, crls: &[Vec<u8>], ocsps: &[Vec<u8>]) {
    static POLICY: OnceLock<AlgorithmPolicy> = OnceLock::new();
    let (leaf, root, _) = subject();
    let anchors = TrustAnchors::new(vec![root.clone()]);
    let others = [target.clone(), leaf.clone()];
    let crls: Vec<dauson::pki::CertificateList> = crls.iter().cloned().map(Into::into).collect();
    for (anchors, target) in [(&anchors, leaf), (&anchors, target), (&key().1, target)] {
        dauson::pki::path::validate(
            target,
            &dauson::pki::path::PathInputs {
                anchors,
                intermediates: &others,
                crls: &crls,
                ocsps,
                at: NOW,
                revocation: RevocationMode::Require,
                purpose: dauson::pki::path::Purpose::Signing,
                policies: dauson::pki::path::PolicyInputs::default(),
                algorithms: POLICY.get_or_init(AlgorithmPolicy::default),
                limits: &LIMITS,
            },
        );
    }
}

/// The streams below a key of a PDF's document security store.
pub fn validation_data(path: &Path, bytes: Vec<u8>, key: &[u8]) -> Vec<Vec<u8>> {
    let read = || {
        let doc = Document::open(Arc::new(bytes), None, LIMITS).ok()?;
        let catalog = doc.catalog().ok()?;
        let store = doc.value(catalog.as_dictionary()?, b"DSS").ok()?;
        let list = doc.value(store.as_dictionary()?, key).ok()?;
        let streams = list.as_array()?.iter().filter_map(|e| {
            let stream = doc.resolve(e).ok()?;
            doc.stream_data(e.as_reference()?, stream.as_stream()?).ok()
        });
        Some(streams.collect())
    };
    if ends_with(path, "pdf") { read().unwrap_or_default() } else { Vec::new() }
}

/// Packages with a file and without, and a status message.
pub fn edxml_seeds(path: &Path, _: Vec<u8>) -> Vec<Vec<u8>> {
    use dauson::registry::edxml::{self, Attachment, Business, Organ, Package, Reference, Signer, Status, StatusCode};
    if path.file_name().is_none_or(|n| n != "root.pem") {
        return Vec::new();
    }
    let from = Organ { code: "H34.12".into(), name: "Xã".into(), ..Organ::default() };
    let reference = Reference { organ: "H34.12".into(), code: "1/TB-UBND".into(), date: None, document: "d".into() };
    let file = Attachment { name: "a.pdf".into(), media_type: "application/pdf".into(), bytes: b"%PDF-1.7".to_vec() };
    let package = |attachments: Vec<Attachment>| Package {
        from: from.clone(),
        to: vec![from.clone()],
        number: "1".into(),
        notation: "TB-UBND".into(),
        place: None,
        date: Some(NOW.date()),
        kind: Some("Thông báo".into()),
        subject: "s".into(),
        signer: Signer::default(),
        places: vec!["p".into()],
        priority: 0,
        copies: Some(1),
        pages: Some(1),
        appendices: vec!["a".into()],
        document: "d".into(),
        response_for: Some(reference.clone()),
        business: Business::New,
        reason: None,
        trace: vec![("H34.12".into(), "t".into())],
        attachments,
    };
    let status = Status {
        response_for: reference.clone(),
        from: from.clone(),
        code: StatusCode::Received,
        description: None,
        time: Some(NOW),
        staff: None,
    };
    let texts = [edxml::package(&package(vec![file])).0, edxml::package(&package(Vec::new())).0, edxml::status(&status)];
    texts.into_iter().map(String::into_bytes).collect()
}

/// XML documents: those in the corpus, and a signed one.
pub fn xml_seeds(path: &Path, bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if ends_with(path, "xml") {
        return vec![bytes];
    }
    if path.file_name().is_none_or(|n| n != "root.pem") {
        return Vec::new();
    }
    let xml = "<BLai><DLBLai Id=\"data\"><So>1</So></DLBLai></BLai>";
    let key = &key().0;
    let scheme = key.schemes()[0];
    let parameters = dauson::xades::Parameters {
        certificate: key.certificate(),
        chain: &[],
        scheme,
        signing_time: NOW,
        description: None,
    };
    let prepared = dauson::xades::prepare(xml, xml.len() - "</BLai>".len(), &parameters).unwrap();
    let value = at_once(key.sign(scheme, prepared.to_be_signed()));
    vec![prepared.finish(&value, None).unwrap().into_bytes()]
}

/// A document of one page.
pub fn one_page() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>",
    ];
    let mut file = String::from("%PDF-1.7\n");
    let mut table = String::from("xref\n0 4\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = file.len();
    file += &format!("{table}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

fn write(name: &str, seed: &[u8]) {
    if let Some(folder) = std::env::var_os("DAUSON_FUZZ_SEEDS") {
        let _ = std::fs::write(PathBuf::from(folder).join(name), seed);
    }
}

/// Small images of each kind.
pub fn png_seeds() {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    for colour in [Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba] {
        for depth in [png::BitDepth::One, png::BitDepth::Four, png::BitDepth::Eight, png::BitDepth::Sixteen] {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
            encoder.set_color(colour);
            encoder.set_depth(depth);
            if colour == Indexed {
                encoder.set_palette(vec![7; 48]);
            }
            let row = (colour.samples() * 8 * depth as usize).div_ceil(8);
            let Ok(mut writer) = encoder.write_header() else { continue };
            let _ = writer.write_image_data(&vec![0; row * 8]);
            drop(writer);
            write(&format!("{colour:?}-{depth:?}"), &bytes);
        }
    }
}

fn log() -> dauson::tlog::Signer {
    dauson::tlog::Signer::from_seed("fuzz.example/log", &[7; 32]).unwrap()
}

/// The key of a log.
pub fn log_key() -> dauson::tlog::VerifierKey {
    log().verifier_key().clone()
}

/// A proof, a checkpoint, a tile and a bundle.
pub fn tlog_seeds() {
    use dauson::tlog::{Checkpoint, Proof, leaf_hash, node_hash, tile};
    let (entry, sibling) = (leaf_hash(b"entry"), leaf_hash(b"other"));
    let checkpoint = Checkpoint {
        origin: "fuzz.example/log".into(),
        size: 2,
        root: node_hash(&entry, &sibling),
        extensions: Vec::new(),
    };
    let checkpoint = checkpoint.sign(&[&log()]).unwrap();
    let proof = Proof { index: 0, extra: None, hashes: vec![sibling], checkpoint: checkpoint.clone() };
    write("checkpoint", checkpoint.as_bytes());
    write("proof", proof.text().as_bytes());
    write("key", log_key().to_string().as_bytes());
    write("tile", &[entry, sibling].concat());
    write("bundle", &tile::encode_bundle(&[b"entry", b"other"]).unwrap());
    let proof = dauson::cms::logproof::LogProof { entry: b"entry".to_vec(), proof: proof.text() };
    write("attribute", &proof.attribute().values[0]);
}

/// A check text.
pub fn qr_seeds() {
    write(
        "text",
        b"https://bienlai.example/v/abc#1.EBL01/26TAA/00000007.20261124.6000.0102357802.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
    );
}

/// The service's page that passkeys are for.
pub const PAGE: &str = "https://ky.xa.example";
/// How the authenticator calls its key.
const PASSKEY: &[u8] = b"passkey of fuzz.";

/// What a browser vouches for, of this ceremony.
pub fn client_data(kind: &str) -> Vec<u8> {
    format!(r#"{{"type":"{kind}","challenge":"Y2hhbGxlbmdl","origin":"{PAGE}","crossOrigin":false}}"#).into_bytes()
}

/// A public key (COSE, ES256).
fn cose_key() -> Vec<u8> {
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &[7; 32], &[0x22, 0x58, 32], &[9; 32]].concat()
}

/// What an authenticator vouches for: of a key that is made, or of one that signs.
pub fn authenticator_data(makes: bool) -> Vec<u8> {
    let party = dauson::digest::sha256(b"ky.xa.example");
    if makes {
        let length = [0, PASSKEY.len() as u8];
        [&party[..], &[0x45, 0, 0, 0, 1], &[0; 16], &length, PASSKEY, &cose_key()].concat()
    } else {
        [&party[..], &[0x05, 0, 0, 0, 2]].concat()
    }
}

/// What a browser says of a passkey that was made: of what the browser vouches for, and the authenticator.
pub fn registration(client_data: &[u8], object: &[u8]) -> dauson::people::users::webauthn::Registration {
    let [id, client_data, object] = [PASSKEY, client_data, object].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let said = serde_json::json!({"id": id, "response": {"clientDataJSON": client_data, "attestationObject": object}});
    serde_json::from_value(said).unwrap()
}

/// What a browser says of a passkey that has signed.
pub fn assertion(client_data: &[u8], data: &[u8]) -> dauson::people::users::webauthn::Assertion {
    let [id, client_data, data] = [PASSKEY, client_data, data].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let response =
        serde_json::json!({"clientDataJSON": client_data, "authenticatorData": data, "signature": "MAYCAQECAQE"});
    serde_json::from_value(serde_json::json!({"id": id, "response": response})).unwrap()
}

/// What was made, with the key that attests itself and without; what has signed; a key; what a browser vouches for, and says.
pub fn webauthn_seeds() {
    let (made, key) = (authenticator_data(true), cose_key());
    let object = |format: &[u8], statement: &[u8]| {
        let length = [0x58, made.len() as u8];
        [&[0xa3, 0x63][..], b"fmt", format, b"\x67attStmt", statement, b"\x68authData", &length, &made].concat()
    };
    let packed = [&[0xa2, 0x63][..], b"alg", &[0x26], b"\x63sig", &[0x48], &[0x30, 6, 2, 1, 1, 2, 1, 1]].concat();
    write("made", &object(b"\x64none", &[0xa0]));
    write("attested", &object(b"\x66packed", &packed));
    write("signed", &authenticator_data(false));
    write("extended", &[&authenticator_data(false)[..32], &[0x85, 0, 0, 0, 3, 0xa0]].concat());
    write("key", &key);
    for kind in ["webauthn.create", "webauthn.get"] {
        write(kind, &client_data(kind));
    }
    write("registration", br#"{"id":"AA","response":{"clientDataJSON":"AA","attestationObject":"AA"}}"#);
    write("assertion", br#"{"id":"AA","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}"#);
}

/// What a future gives that never waits.
fn at_once<T, E: std::fmt::Debug>(future: impl Future<Output = Result<T, E>>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(done) => done.unwrap(),
        std::task::Poll::Pending => unreachable!("a key in memory signs at once"),
    }
}

/// Signs as the program does, without the log; `None` if the file cannot be signed.
pub fn sign(file: &[u8]) -> Option<Vec<u8>> {
    let key = &key().0;
    let doc = Document::open_or_recover(Arc::new(file.to_vec()), None, LIMITS).ok()?;
    let scheme = key.schemes()[0];
    let options = dauson::pades::SignOptions::new(NOW, dauson::pades::SubFilter::Pades, scheme.digest());
    let identifier = scheme.algorithm_identifier();
    let builder = dauson::cms::SignedDataBuilder::new(options.digest, identifier, key.certificate(), &[]).unwrap();
    let reserved = builder.encoded_len(false, key.signature_len(scheme), &[]);
    let prepared = dauson::pades::prepare(&doc, &options, reserved).ok()?;
    let mut out = std::io::Cursor::new(Vec::new());
    let hashed = prepared.write(&mut out).unwrap();
    let attributes = builder.signed_attributes(&hashed.digest, None);
    let value = at_once(key.sign(scheme, &attributes));
    prepared.finish(&builder.build(&attributes, &value, &[]), hashed, &mut out).unwrap();
    Some(out.into_inner())
}
