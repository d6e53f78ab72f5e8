//! What is kept against the log: every receipt and every signed document, their rows and their files.
//!
//! | file | what |
//! | --- | --- |
//! | `receipts` | series and receipts: rows, signed XML, PDF |
//! | `documents` | the signed versions of documents |
//! | `signature` | the signature of a PDF that an entry records |

mod documents;
mod receipts;
mod signature;

pub use signature::signatures_of;

use super::entry::Entry;
use super::findings::Findings;
use super::merkle::{Hash, sha256};
use super::note::{LogKey, Proof};
use crate::cms::logproof::LogProof;
use crate::error::Result;
use crate::store::Transaction;
use crate::store::blobs::Blobs;
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{Read, Seek};

/// Rows that are read at a time.
const CHUNK: u32 = 256;

/// Holds what a database and its files have against the log that was verified in the same view.
pub async fn check(
    view: Box<dyn Transaction>,
    blobs: &dyn Blobs,
    keys: &[LogKey],
    findings: &mut Findings,
) -> Result<()> {
    let mut check = Check { keys, blobs, view, findings };
    check.receipts().await?;
    check.documents().await
}

struct Check<'a> {
    keys: &'a [LogKey],
    blobs: &'a dyn Blobs,
    view: Box<dyn Transaction>,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn fault(&mut self, what: String) {
        self.findings.fault(what);
    }

    /// An entry of the log.
    async fn entry_at(&mut self, index: u64) -> Result<Option<Entry<'static>>> {
        let rows = self.view.log_entries(index, 1).await?;
        let row = rows.into_iter().find(|(found, _)| *found == index);
        Ok(row.and_then(|(_, row)| Entry::parse(&row.entry).ok().map(Entry::into_owned)))
    }

    fn agrees(&mut self, what: &str, entry: &Entry<'_>, signature: &[u8], certificate: Option<&[u8]>) {
        let hash = |bytes: &[u8]| Some(hex::encode(sha256(bytes)));
        if entry.signature.as_deref() != hash(signature).as_deref() {
            self.fault(format!("{what}: its signature is not the one that the log records"));
        }
        if entry.certificate.as_deref() != certificate.and_then(hash).as_deref() {
            self.fault(format!("{what}: its certificate is not the one that the log records"));
        }
    }

    fn stapled(&mut self, what: &str, proof: Option<&LogProof>, index: u64) {
        let Some(stapled) = proof else {
            self.fault(format!("{what}: it carries no proof that it was logged"));
            return;
        };
        let proven = Proof::open(&stapled.proof, &stapled.entry, self.keys).map(|proof| proof.index);
        match proven {
            Ok(found) if found == index => {}
            Ok(found) => self.fault(format!("{what}: it carries the proof of entry {found} instead of {index}")),
            Err(error) => self.fault(format!("{what}: the proof that it carries: {error}")),
        }
    }

    /// A stored file whose bytes are those of its digest.
    async fn blob(&mut self, sha256: &Hash, what: &str) -> Result<Option<File>> {
        let Some(file) = self.blobs.open(sha256).await? else {
            self.fault(format!("{what} is not in the store"));
            return Ok(None);
        };
        match hash_file(&file) {
            Ok(found) if found == *sha256 => Ok(Some(file)),
            Ok(_) => {
                self.fault(format!("{what} was changed in the store"));
                Ok(None)
            }
            Err(error) => {
                self.fault(format!("{what} cannot be read: {error}"));
                Ok(None)
            }
        }
    }
}

fn hash_file(mut file: &File) -> std::io::Result<Hash> {
    let mut context = Context::new(&SHA256);
    let mut block = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        context.update(block.get(..read).unwrap_or_default());
    }
    file.rewind()?;
    Ok(context.finish().as_ref().try_into().unwrap_or_default())
}
