//! Keys and files that are made for the benchmarks, and the work that is measured within this process.

use crate::measure::{Cost, in_process};
use dauson::audit::entry::{Action, Entry};
use dauson::authority::{Agency, Authority, Plan};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::documents::sign::{Order, Record, sign};
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey, pkcs12};
use dauson::limits::Limits;
use dauson::output::OutputFile;
use dauson::pades::{SignOptions, SubFilter};
use dauson::pdf::source::{FileSource, Source};
use dauson::pki::algorithms::AlgorithmPolicy;
use dauson::pki::anchors::TrustAnchors;
use dauson::pki::certificate::Certificate;
use dauson::pki::path::RevocationMode;
use dauson::validation::{Inputs, validate_pdf};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;

/// Iterations of the password's derivation in the PKCS#12 files.
pub const ITERATIONS: u32 = 2_048;
const PASSWORD: &str = "secret";

enum Bare {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

/// A signing key with its files.
pub struct Key {
    pub name: &'static str,
    pub is_rsa: bool,
    pub p12: PathBuf,
    pub password_file: PathBuf,
    /// The root's certificate.
    pub certificate: PathBuf,
    local: LocalKey,
    bare: Bare,
}

impl Key {
    pub fn rsa(folder: &Path) -> Self {
        Self::new(folder, "rsa2048", KeyAlgorithm::Rsa2048)
    }

    pub fn p256(folder: &Path) -> Self {
        Self::new(folder, "p256", KeyAlgorithm::P256)
    }

    fn new(folder: &Path, name: &'static str, algorithm: KeyAlgorithm) -> Self {
        let plan =
            Plan { algorithm, url: "http://127.0.0.1:8080", agency: Agency::SAMPLE, now: OffsetDateTime::now_utc() };
        let authority = Authority::create(&plan, &mut rand::rng()).unwrap();
        let leader = &authority.leader;
        let file = |what: &str| folder.join(format!("{name}.{what}"));
        let p12 =
            pkcs12::write(&leader.pkcs8, &leader.certificate, &leader.chain, "leader", PASSWORD, ITERATIONS).unwrap();
        std::fs::write(file("p12"), p12).unwrap();
        std::fs::write(file("password"), PASSWORD).unwrap();
        std::fs::write(file("pem"), dauson::keys::pem::encode("CERTIFICATE", &authority.root.certificate)).unwrap();
        let bare = match algorithm {
            KeyAlgorithm::Rsa2048 => Bare::Rsa(Box::new(RsaKeyPair::from_pkcs8(&leader.pkcs8).unwrap())),
            _ => Bare::P256(Box::new(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &leader.pkcs8, &SystemRandom::new()).unwrap(),
            )),
        };
        let local = LocalKey::from_pkcs8(&leader.pkcs8, leader.certificate.clone(), leader.chain.clone()).unwrap();
        let is_rsa = matches!(bare, Bare::Rsa(_));
        Self { name, is_rsa, p12: file("p12"), password_file: file("password"), certificate: file("pem"), local, bare }
    }

    /// The key as the program has it.
    pub const fn local(&self) -> &LocalKey {
        &self.local
    }

    fn public(&self) -> UnparsedPublicKey<Vec<u8>> {
        match &self.bare {
            Bare::Rsa(pair) => UnparsedPublicKey::new(ALGORITHMS[0], pair.public().as_ref().to_vec()),
            Bare::P256(pair) => UnparsedPublicKey::new(ALGORITHMS[1], pair.public_key().as_ref().to_vec()),
        }
    }

    /// Ring's signature, and nothing else.
    pub fn bare_sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.bare {
            Bare::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Bare::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

/// CPU milliseconds of one signature verified by ring.
pub fn verify_ms(key: &Key) -> f64 {
    const ROUNDS: usize = 50;
    let message = [7; 64];
    let signature = key.bare_sign(&message);
    let public = key.public();
    let verify = || (0..ROUNDS).for_each(|_| public.verify(&message, &signature).unwrap());
    in_process(20, verify).cpu_ms / ROUNDS as f64
}

/// What no verification can avoid: read, SHA-256, and one signature verified.
pub fn bare_verify(key: &Key, file: &Path, runs: usize) -> Cost {
    let message = [7; 64];
    let signature = key.bare_sign(&message);
    let public = key.public();
    in_process(runs, || {
        let digest = copy_and_hash(file, None);
        public.verify(&message, &signature).unwrap();
        digest
    })
}

const ALGORITHMS: [&dyn VerificationAlgorithm; 2] = [&RSA_PKCS1_2048_8192_SHA256, &ECDSA_P256_SHA256_ASN1];

/// A PDF.
pub struct Input {
    pub name: &'static str,
    pub path: PathBuf,
    pub is_large: bool,
}

impl Input {}

/// The PDFs; made when they are asked for first.
pub fn all(folder: &Path) -> Vec<Input> {
    let input = |name: &'static str, is_large, make: &dyn Fn(&Path)| {
        let path = folder.join(format!("{name}.pdf"));
        if !path.exists() {
            make(&path);
        }
        Input { name, path, is_large }
    };
    vec![
        input("50 KB", false, &|path| std::fs::write(path, include_bytes!("../samples/cong-van.pdf")).unwrap()),
        input("2 MB", false, &|path| synthetic(path, 10, 200 << 10)),
        input("100 MB", true, &|path| synthetic(path, 100, 1 << 20)),
        input("60,000 objects", true, &|path| synthetic(path, 60_000, 64)),
    ]
}

/// A PDF with one page and this many streams of this many bytes, which do not compress, as scans do not.
fn synthetic(path: &Path, streams: usize, bytes: usize) {
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    let mut offsets = Vec::new();
    let mut position = 0;
    let mut state = 0x9e37_79b9_u32;
    let mut put = |file: &mut std::io::BufWriter<File>, data: &[u8]| {
        file.write_all(data).unwrap();
        position += data.len();
        position
    };
    let mut at = put(&mut file, b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    let head: [&[u8]; 3] = [
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>\nendobj\n",
    ];
    for object in head {
        offsets.push(at);
        at = put(&mut file, object);
    }
    let mut noise = vec![0; bytes];
    for number in 4..4 + streams {
        for byte in &mut noise {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = state.to_le_bytes()[0];
        }
        offsets.push(at);
        put(&mut file, format!("{number} 0 obj\n<</Length {bytes}>>\nstream\n").as_bytes());
        put(&mut file, &noise);
        at = put(&mut file, b"\nendstream\nendobj\n");
    }
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
    for offset in &offsets {
        let _ = writeln!(table, "{offset:010} 00000 n ");
    }
    let _ = write!(table, "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", offsets.len() + 1);
    put(&mut file, table.as_bytes());
    file.flush().unwrap();
}

/// Signing as the command does it, with the durable log entry, but without starting a process and opening the key.
pub fn in_process_sign(folder: &Path, key: &Key, input: &Input, runs: usize) -> Cost {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = folder.join(format!("data-{}-inside", key.name));
    let clock = Arc::new(OffsetDateTime::now_utc);
    let data = runtime.block_on(DataFolder::open(&path, &path.join("master.key"), clock)).unwrap();
    let scheme = key.local.schemes()[0];
    let out = folder.join("inside.pdf");
    in_process(runs, || {
        let now = OffsetDateTime::now_utc();
        let order = Order {
            key: &key.local,
            scheme,
            options: SignOptions::new(now, SubFilter::Pades, DigestAlgorithm::Sha256),
            attributes: &[],
            password: None,
            entry: Entry::new(Action::DocumentSigned, now).unwrap(),
        };
        let source = Arc::new(FileSource::new(File::open(&input.path).unwrap()).unwrap());
        let mut file = OutputFile::create(&out, true).unwrap();
        runtime.block_on(sign(&data, source, order, &mut file, Record::AtOnce)).unwrap();
        file.commit().unwrap();
    })
}

/// Verifying as the command does it, but without starting a process and reading the anchors.
pub fn in_process_verify(key: &Key, signed: &Path, runs: usize) -> Cost {
    let root = dauson::pki::anchors::certificates_in(&key.certificate).unwrap();
    let anchors = TrustAnchors::new(root);
    let certificates: [Certificate; 0] = [];
    let algorithms = AlgorithmPolicy::default();
    in_process(runs, || {
        let source: Arc<dyn Source> = Arc::new(FileSource::new(File::open(signed).unwrap()).unwrap());
        let inputs = Inputs {
            password: None,
            anchors: &anchors,
            certificates: &certificates,
            crls: &[],
            ocsps: &[],
            revocation: RevocationMode::Ignore,
            at: OffsetDateTime::now_utc(),
            log: dauson::tlog::LogPolicy::default(),
            algorithms: &algorithms,
            limits: &Limits::DEFAULT,
        };
        validate_pdf(&source, &inputs).unwrap()
    })
}

/// What no program can avoid: read, SHA-256, sign, write and sync.
pub fn bare(folder: &Path, key: &Key, input: &Input, runs: usize) -> Cost {
    let out = folder.join("bare.pdf");
    in_process(runs, || bare_once(key, &input.path, &out))
}

/// One file: read in blocks, hashed, written, signed, synced.
pub fn bare_once(key: &Key, input: &Path, output: &Path) {
    let mut to = File::create(output).unwrap();
    let digest = copy_and_hash(input, Some(&mut to));
    to.write_all(&key.bare_sign(digest.as_ref())).unwrap();
    to.sync_all().unwrap();
}

/// Read and SHA-256, nothing else.
pub fn hash(file: &Path) -> ring::digest::Digest {
    copy_and_hash(file, None)
}

fn copy_and_hash(input: &Path, mut to: Option<&mut File>) -> ring::digest::Digest {
    let mut from = File::open(input).unwrap();
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut block = vec![0; 256 << 10];
    loop {
        let read = from.read(&mut block).unwrap();
        if read == 0 {
            return context.finish();
        }
        context.update(&block[..read]);
        if let Some(to) = &mut to {
            to.write_all(&block[..read]).unwrap();
        }
    }
}
