//! Keys that are made in tokens: generated there, certified, listed.

use crate::cli::key_options::TokenOptions;
use crate::cli::{input, output};
use crate::error::{Error, Kind, Result, plain};
use crate::keys::pkcs11::{Held, HeldKind};
use crate::keys::request::Subject;
use crate::keys::{KeyAlgorithm, pem};
use crate::output::write_file;
use crate::pki::certificate::Certificate;
use serde::Serialize;
use std::path::PathBuf;
use time::OffsetDateTime;

/// Bytes of the largest file with a certificate.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub struct GenerateArgs {
    /// Its label (CKA_LABEL) there
    name: String,
    #[command(flatten)]
    token: TokenOptions,
    /// What kind of key
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// Whose key it is: CN=...,O=...,C=VN [default: CN= and the name]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// The request for its certificate (PKCS#10, PEM) is written here
    #[arg(long, value_name = "FILE")]
    csr: PathBuf,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Algorithm {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
}

#[derive(Debug, clap::Args)]
pub struct CertificateArgs {
    /// The label (CKA_LABEL) of the key
    name: String,
    /// Its certificate, PEM or DER; its issuers' may follow in the file
    file: PathBuf,
    #[command(flatten)]
    token: TokenOptions,
}

/// What `key list --on --json` prints for each key and each certificate.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shown {
    Key {
        object: String,
        id: String,
        algorithm: Option<String>,
        extractable: bool,
    },
    Certificate {
        object: String,
        id: String,
        subject: String,
        serial: String,
        #[serde(with = "time::serde::rfc3339")]
        not_after: OffsetDateTime,
        sha256: String,
    },
}

/// Makes a key pair and its request.
pub fn generate(args: &GenerateArgs) -> Result<()> {
    let subject = match &args.subject {
        Some(subject) => subject.parse(),
        None => Subject::common_name(&args.name),
    }?;
    if args.csr.exists() && !args.force {
        // before there is a key whose request is missing
        let why = "it exists already";
        return Err(Error::new(Kind::CannotWrite, "output.exists", args.csr.display().to_string(), why)
            .hint("--force overwrites it"));
    }
    let algorithm = match args.algorithm {
        Algorithm::Rsa2048 => KeyAlgorithm::Rsa2048,
        Algorithm::Rsa3072 => KeyAlgorithm::Rsa3072,
        Algorithm::Rsa4096 => KeyAlgorithm::Rsa4096,
        Algorithm::P256 => KeyAlgorithm::P256,
        Algorithm::P384 => KeyAlgorithm::P384,
    };
    let (id, request) = args.token.open(Some(&args.name))?.generate(algorithm, &subject)?;
    write_file(&args.csr, pem::encode("CERTIFICATE REQUEST", &request).as_bytes(), args.force)?;
    let (name, csr) = (plain(&args.name), args.csr.display());
    output::text(&format!("{name}: in the token, id={}; the request for its certificate is {csr}\n", escaped(&id)))
}

/// Puts a certificate beside its key.
pub fn certificate(args: &CertificateArgs) -> Result<()> {
    let about = |error| Error::from(error).about(args.file.display().to_string());
    let mut certificates = pem::certificates(&input::read(&args.file, LARGEST)?).map_err(about)?.into_iter();
    let certificate = certificates.next().ok_or_else(|| about(crate::keys::KeyError::NoCertificate))?;
    let issuers: Vec<Vec<u8>> = certificates.collect();
    args.token.open(Some(&args.name))?.put_certificate(&certificate, &issuers).map_err(about)?;
    output::text(&format!("{}: its certificate is in the token\n", plain(&args.name)))
}

/// Lists what a token holds.
pub fn list(token: &TokenOptions, json: bool) -> Result<()> {
    for Held { label, id, what } in token.open(None)?.list()? {
        let shown = match what {
            HeldKind::Key { algorithm, is_extractable } => {
                Shown::Key { object: label, id: hex::encode(&id), algorithm, extractable: is_extractable }
            }
            HeldKind::Certificate(der) => {
                // what cannot be read is no certificate to sign with
                let Ok(certificate) = Certificate::parse(&der) else { continue };
                Shown::Certificate {
                    object: label,
                    id: hex::encode(&id),
                    subject: certificate.subject().to_string(),
                    serial: certificate.serial_hex(),
                    not_after: certificate.not_after(),
                    sha256: hex::encode(certificate.sha256()),
                }
            }
        };
        if json {
            output::json(&shown)?;
            continue;
        }
        let id = escaped(&id);
        let line = match shown {
            Shown::Key { object, algorithm, extractable, .. } => {
                let algorithm = algorithm.unwrap_or_else(|| "of another kind".to_owned());
                let leaves = if extractable { "  can leave the token" } else { "" };
                format!("key          object={object};id={id}  {algorithm}{leaves}")
            }
            Shown::Certificate { object, subject, not_after, .. } => {
                format!("certificate  object={object};id={id}  until {}  {subject}", not_after.date())
            }
        };
        output::text(&(plain(&line) + "\n"))?;
    }
    Ok(())
}

/// An identifier as a URI has it.
fn escaped(id: &[u8]) -> String {
    id.iter().flat_map(|byte| ["%".to_owned(), hex::encode([*byte])]).collect()
}
