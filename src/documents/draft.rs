//! A document that is written and not yet seen by anyone: it grows by increments with validation data and document
//! time-stamps.

use super::services::Services;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::Result;
use crate::limits::Limits;
use crate::net::tsp::TimeStamp;
use crate::output::{OutputFile, cannot_write};
use crate::pades::dss::{self, ValidationData};
use crate::pades::{self, PadesError, SignOptions, SubFilter};
use crate::pdf::document::Document;
use crate::pdf::source::{FileSource, Source};
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

/// How often a layout whose room was too small is made anew.
pub const ATTEMPTS: usize = 3;

/// The document, in the file that will appear.
pub struct Draft<'a> {
    out: &'a mut OutputFile,
    password: Option<&'a [u8]>,
    /// Bytes so far.
    len: u64,
    /// SHA-256 of them.
    hasher: Hasher,
}

impl<'a> Draft<'a> {
    /// What `out` holds: so many bytes, whose running SHA-256 is `hasher`.
    pub const fn new(out: &'a mut OutputFile, password: Option<&'a [u8]>, len: u64, hasher: Hasher) -> Self {
        Self { out, password, len, hasher }
    }

    /// A copy of a document.
    pub fn copy(source: &dyn Source, out: &'a mut OutputFile, password: Option<&'a [u8]>) -> Result<Self> {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        pades::copy(source, out, |piece| hasher.update(piece))?;
        Ok(Self::new(out, password, source.len(), hasher))
    }

    /// The document as it is now.
    pub fn open(&mut self) -> Result<Document> {
        let path = self.out.path().to_owned();
        let failed = |error| cannot_write(&path, error);
        let source: Arc<dyn Source> =
            Arc::new(FileSource::new(self.out.file().try_clone().map_err(failed)?).map_err(failed)?);
        Ok(Document::open_or_recover(source, self.password, Limits::DEFAULT)?)
    }

    /// SHA-256 of the file so far.
    pub fn sha256(&self) -> [u8; 32] {
        <[u8; 32]>::try_from(self.hasher.clone().finish()).unwrap_or_default()
    }

    /// Bytes of the file so far.
    pub const fn size(&self) -> u64 {
        self.len
    }

    /// Adds validation data, each under the name of its signature in `/VRI`. False if there was nothing to add.
    pub fn add(&mut self, additions: &BTreeMap<String, ValidationData>) -> Result<bool> {
        let Some(update) = dss::update(&self.open()?, additions)? else { return Ok(false) };
        self.out.seek(SeekFrom::End(0)).and_then(|_| self.out.write_all(&update)).map_err(PadesError::Write)?;
        self.hasher.update(&update);
        self.len = self.len.saturating_add(u64::try_from(update.len()).unwrap_or(u64::MAX));
        Ok(true)
    }

    /// Adds a document time-stamp.
    pub async fn time_stamp(&mut self, services: &Services<'_>) -> Result<TimeStamp> {
        let options = SignOptions::new(services.now(), SubFilter::TimeStamp, DigestAlgorithm::Sha256);
        let mut reserved = services.token_room().await?;
        let mut attempt = 1;
        loop {
            let prepared = pades::prepare(&self.open()?, &options, reserved)?;
            let hashed = prepared.append(self.hasher.clone(), self.out)?;
            let stamp = services.time_stamp(DigestAlgorithm::Sha256, &hashed.digest).await?;
            match prepared.finish(&stamp.token, hashed, self.out) {
                Ok(hasher) => {
                    (self.hasher, self.len) = (hasher, prepared.file_len());
                    return Ok(stamp);
                }
                Err(PadesError::NoRoom { .. }) if attempt < ATTEMPTS => {
                    attempt = attempt.saturating_add(1);
                    reserved = services.token_room().await?.max(stamp.token.len());
                    self.out.file().set_len(self.len).map_err(PadesError::Write)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
