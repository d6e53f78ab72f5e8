//! Keys that are made where they stay, in a token or in the key store: generated, certified; what a token holds, listed.

use super::TermOptions;
use crate::cli::folder::{self, local_actor};
use crate::cli::key_options::{Home, HomeOptions, TokenOptions};
use crate::cli::{block_on, input, output};
use crate::config::Config;
use crate::error::{Error, Kind, Result, plain};
use crate::keys::pkcs11::{Held, HeldKind};
use crate::keys::request::Subject;
use crate::keys::{KeyAlgorithm, pem};
use crate::output::write_file;
use crate::people::keys::request::{self, NewKey};
use crate::pki::certificate::Certificate;
use serde::Serialize;
use std::path::PathBuf;
use time::OffsetDateTime;

/// Bytes of the largest file with a certificate.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub struct GenerateArgs {
    /// Its name there; in a token, its label (CKA_LABEL)
    name: String,
    #[command(flatten)]
    home: HomeOptions,
    /// The unit that may use it, of a key in the store; without one only the command line may
    #[arg(long)]
    unit: Option<String>,
    #[command(flatten)]
    terms: TermOptions,
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
    /// The name of the key; in a token, its label (CKA_LABEL)
    name: String,
    /// Its certificate, PEM or DER; its issuers' may follow in the file
    file: PathBuf,
    #[command(flatten)]
    home: HomeOptions,
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
pub fn generate(args: &GenerateArgs, config: &Config) -> Result<()> {
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
    let (place, request) = match args.home.choose()? {
        Home::Token(token) => {
            if args.unit.is_some() || args.terms.are_given() {
                let why = "the key store has units and terms, which a token has not";
                return Err(Error::new(Kind::Usage, "key.options", "the key", why).hint("--on store"));
            }
            let (id, request) = token.open(Some(&args.name))?.generate(algorithm, &subject)?;
            (format!("in the token, id={}", escaped(&id)), request)
        }
        Home::Store(pin) => {
            let (name, unit, terms) = (&*args.name, args.unit.as_deref(), args.terms.with(pin));
            let new = NewKey { name, unit, algorithm, subject: &subject, terms };
            let request =
                block_on(async { request::generate(&folder::open(config).await?, &new, &local_actor()).await })?;
            ("in the key store".to_owned(), request)
        }
    };
    write_file(&args.csr, pem::encode("CERTIFICATE REQUEST", &request).as_bytes(), args.force)?;
    let (name, csr) = (plain(&args.name), args.csr.display());
    output::text(&format!("{name}: {place}; the request for its certificate is {csr}\n"))
}

/// Puts a certificate beside its key.
pub fn certificate(args: &CertificateArgs, config: &Config) -> Result<()> {
    let about = |error| Error::from(error).about(args.file.display().to_string());
    let mut certificates = pem::certificates(&input::read(&args.file, LARGEST)?).map_err(about)?.into_iter();
    let certificate = certificates.next().ok_or_else(|| about(crate::keys::KeyError::NoCertificate))?;
    let issuers: Vec<Vec<u8>> = certificates.collect();
    let place = match args.home.choose()? {
        Home::Token(token) => {
            token.open(Some(&args.name))?.put_certificate(&certificate, &issuers).map_err(about)?;
            "token"
        }
        Home::Store(_) => {
            block_on(async {
                let folder = folder::open_existing(config).await?;
                request::certify(&folder, &args.name, &certificate, &issuers, &local_actor()).await
            })?;
            "key store"
        }
    };
    output::text(&format!("{}: its certificate is in the {place}\n", plain(&args.name)))
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
