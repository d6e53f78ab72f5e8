//! `dauson pki init`: the keys, certificates and revocation lists of an authority for demos and tests.

use crate::authority::{Agency, Authority, Credential, Plan};
use crate::cli::output::{self, Paint};
use crate::config::Config;
use crate::error::Result;
use crate::keys::{KeyAlgorithm, pem, pkcs12};
use crate::output::{OutputFile, cannot_write};
use crate::pki::certificate::Certificate;
use crate::secret;
use rand::distr::{Alphanumeric, SampleString};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Arguments of `dauson pki init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder that the files are put into; it is made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The kind of the keys
    #[arg(long, value_enum, default_value_t)]
    algorithm: Algorithm,
    /// The address where revocation lists and OCSP are, as the certificates name it [default: that of dauson serve]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The password of the PKCS#12 files is the first line of this file [default: a new one, in DIR/password.txt]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Algorithm {
    /// RSA of 2048 bits, as most certificates of agencies have
    #[default]
    Rsa2048,
    /// ECDSA on P-256
    P256,
}

/// What `--json` prints: the path of each file.
#[derive(Serialize)]
struct Answer {
    trust: PathBuf,
    chain: PathBuf,
    password_file: PathBuf,
    certificates: Vec<Files>,
}

#[derive(Serialize)]
struct Files {
    name: &'static str,
    subject: String,
    certificate: PathBuf,
    key: PathBuf,
    p12: Option<PathBuf>,
    crl: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let given = args.password_file.as_deref().map(secret::read).transpose()?;
    let mut folder = Folder::new(&args.folder, args.force)?;
    let (password, password_file) = match (given, &args.password_file) {
        (Some(password), Some(file)) => (password, file.clone()),
        _ => {
            let password = Zeroizing::new(Alphanumeric.sample_string(&mut rand::rng(), 24));
            let file = folder.add_private("password.txt", password.as_bytes())?;
            (password, file)
        }
    };
    let url = args.url.clone().unwrap_or_else(|| config.public_url());
    let algorithm = match args.algorithm {
        Algorithm::Rsa2048 => KeyAlgorithm::Rsa2048,
        Algorithm::P256 => KeyAlgorithm::P256,
    };
    let plan = Plan { algorithm, url: &url, agency: Agency::SAMPLE, now: OffsetDateTime::now_utc() };
    let authority = Authority::create(&plan, &mut rand::rng())?;

    let mut certificates = Vec::new();
    for (ca, crl) in authority.authorities() {
        let crl = folder.add(&format!("{}.crl", ca.name), crl)?;
        certificates.push(Files { crl: Some(crl), ..folder.add_credential(ca)? });
    }
    for holder in authority.holders() {
        let (name, certificate) = (holder.name, &holder.certificate);
        let file = pkcs12::write(&holder.pkcs8, certificate, &holder.chain, name, &password, pkcs12::ITERATIONS)?;
        let p12 = folder.add_private(&format!("{name}.p12"), &file)?;
        certificates.push(Files { p12: Some(p12), ..folder.add_credential(holder)? });
    }
    let chain = [&authority.issuing, &authority.root].map(certificate_pem).concat();
    let chain = folder.add("chain.pem", chain.as_bytes())?;
    folder.commit()?;

    let trust = args.folder.join(format!("{}.pem", authority.root.name));
    print(args, &Answer { trust, chain, password_file, certificates })?;
    Ok(0)
}

/// Files that appear in a folder once all of them are written.
struct Folder<'a> {
    path: &'a Path,
    overwrite: bool,
    files: Vec<OutputFile>,
}

impl<'a> Folder<'a> {
    fn new(path: &'a Path, overwrite: bool) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|error| cannot_write(path, error))?;
        Ok(Self { path, overwrite, files: Vec::new() })
    }

    fn add(&mut self, name: &str, contents: &[u8]) -> Result<PathBuf> {
        self.write(OutputFile::create(&self.path.join(name), self.overwrite)?, contents)
    }

    fn add_private(&mut self, name: &str, contents: &[u8]) -> Result<PathBuf> {
        self.write(OutputFile::create_private(&self.path.join(name), self.overwrite)?, contents)
    }

    fn write(&mut self, mut file: OutputFile, contents: &[u8]) -> Result<PathBuf> {
        let path = file.path().to_owned();
        file.write_all(contents).map_err(|error| cannot_write(&path, error))?;
        self.files.push(file);
        Ok(path)
    }

    /// The certificate and the key.
    fn add_credential(&mut self, credential: &Credential) -> Result<Files> {
        let name = credential.name;
        Ok(Files {
            name,
            subject: Certificate::parse(&credential.certificate)?.subject().to_string(),
            certificate: self.add(&format!("{name}.pem"), certificate_pem(credential).as_bytes())?,
            key: self.add_private(&format!("{name}.key"), pem::encode("PRIVATE KEY", &credential.pkcs8).as_bytes())?,
            p12: None,
            crl: None,
        })
    }

    fn commit(self) -> Result<()> {
        self.files.into_iter().try_for_each(OutputFile::commit)
    }
}

fn certificate_pem(credential: &Credential) -> String {
    pem::encode("CERTIFICATE", &credential.certificate).to_string()
}

fn print(args: &Args, answer: &Answer) -> Result<()> {
    if args.json {
        return output::json(answer);
    }
    let paint = Paint::stdout();
    let mut text = String::new();
    for files in &answer.certificates {
        let _ = writeln!(text, "{}  {}", paint.bold(&format!("{:8}", files.name)), files.subject);
    }
    let _ = writeln!(
        text,
        "In {}: NAME.pem and NAME.key of each, NAME.p12 of all but the CAs, chain.pem, root.crl, issuing.crl.\n\
         To be trusted in demos and tests only: {}. Password of the PKCS#12 files: {}",
        args.folder.display(),
        answer.trust.display(),
        answer.password_file.display(),
    );
    output::text(&text)
}
