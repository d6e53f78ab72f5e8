//! `--certificate`: a certificate of validation over one file, signed if a key is named.

use crate::audit::entry::{Action, Entry};
use crate::cli::{block_on, folder, input};
use crate::config::Config;
use crate::digest::DigestAlgorithm;
use crate::documents::sign::{Order, Record, sign};
use crate::documents::validation_certificate;
use crate::error::{Error, Kind, Result};
use crate::keys::SigningKey;
use crate::output::{OutputFile, write_file};
use crate::pades::{SignOptions, SubFilter};
use crate::pki::certificate;
use crate::pki::path::usable_for_signing;
use crate::validation::report::Report;
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;

/// What is certified.
pub struct Certificate<'a> {
    /// The report.
    pub report: &'a Report,
    /// The file that it is about.
    pub file: &'a Path,
    /// The time as of which it was validated.
    pub at: OffsetDateTime,
    /// The key of the data folder that signs the certificate.
    pub key: Option<&'a str>,
    /// The file with its PIN.
    pub pin_file: Option<&'a Path>,
}

impl Certificate<'_> {
    /// Writes it.
    pub fn write(&self, path: &Path, force: bool, config: &Config) -> Result<()> {
        let source = input::open(self.file)?;
        let drawn = validation_certificate::draw(self.report, &source, self.at, self.key.is_some())?;
        match self.key {
            None => write_file(path, &drawn, force),
            Some(key) => block_on(sign_certificate(drawn, (key, self.pin_file), path, force, config)),
        }
    }
}

/// Signs a certificate of validation, which the log knows of before it appears.
async fn sign_certificate(
    drawn: Vec<u8>,
    (key, pin_file): (&str, Option<&Path>),
    path: &Path,
    force: bool,
    config: &Config,
) -> Result<()> {
    let folder = folder::open(config).await?;
    let key = folder::stored_key(&folder, key, pin_file).await?;
    let scheme = key.schemes().first().copied();
    let scheme = scheme.ok_or_else(|| Error::new(Kind::Bug, "key.scheme", "the key", "it can sign by no scheme"))?;
    let now = folder.now();
    let signer = certificate::Certificate::parse(key.certificate())?;
    let in_time = signer.not_before() <= now && now <= signer.not_after();
    let usable =
        usable_for_signing(&signer).and_then(|()| in_time.then_some(()).ok_or("it is not valid now".to_owned()));
    usable.map_err(|why| {
        let who = format!("certificate of {}", signer.display());
        Error::new(Kind::NotAllowed, "sign.certificate", who, why)
    })?;
    let mut entry = Entry::new(Action::DocumentSigned, now)?;
    entry.actor = Some(folder.log.pseudonym(&folder::local_actor()));
    let order = Order {
        key: &*key,
        scheme,
        options: SignOptions::new(now, SubFilter::Pades, DigestAlgorithm::Sha256),
        attributes: &[],
        password: None,
        entry,
    };
    let mut out = OutputFile::create(path, force)?;
    sign(&folder, Arc::new(drawn), order, &mut out, Record::AtOnce).await?;
    out.commit()
}
