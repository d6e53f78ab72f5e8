//! What is kept against the log: every receipt and every signed document, their rows and their files.
//!
//! | file | what |
//! | --- | --- |
//! | `receipts` | series and receipts: rows, signed XML, PDF |
//! | `said` | what the signed XML of a receipt says of what the database says, too |
//! | `accounts` | what reports are made from: lines of receipts, events |
//! | `figures` | what a province counts |
//! | `people` | units and tokens |
//! | `rows` | series, keys, accounts and offices, certificates of the built-in authority |
//! | `particulars` | what stands in rows, as entries name it |
//! | `schema` | what is none of the program's in the database; what entries are found by |
//! | `log_keys` | keys that the log has signed with before |
//! | `legacy` | receipts of the law before |
//! | `fees` | fee catalogues |
//! | `papers` | daily reports, shifts, notices of errors |
//! | `registry` | official documents, their acts, numbers and files; delegations |
//! | `documents` | the versions of documents |
//! | `hashes` | digests that were signed for other programs |
//! | `signature` | the signature of a PDF that an entry records |

mod accounts;
mod documents;
mod fees;
mod figures;
mod hashes;
mod legacy;
mod log_keys;
mod papers;
mod particulars;
mod people;
mod receipts;
mod registry;
mod rows;
mod said;
mod schema;
mod signature;

pub use signature::{checkpoints_of, digests_of};

use super::Trouble;
use super::entry::Entry;
use super::findings::Findings;
use super::history::Tiles;
use super::merkle::{Hash, Range, leaf, sha256};
use super::note::{Checkpoint, LogKey, Proof};
use super::source::{Database, Source};
use super::told::Told;
use super::verify::Insight;
use crate::cms::logproof::LogProof;
use crate::error::Result;
use crate::messages::audit::{Kept, rewritten};
use crate::store::blobs::Blobs;
use particulars::Particulars;
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{Read, Seek};

/// Rows that are read at a time.
const CHUNK: u32 = 256;

/// Holds what a database and its files have against the log that was verified in the same view.
pub async fn check(
    database: &Database,
    blobs: &dyn Blobs,
    keys: &[LogKey],
    insight: Option<&dyn Insight>,
    findings: &mut Findings,
) -> Result<()> {
    // a checkpoint that does not verify was named; without it there is no history to hold proofs against
    let note = database.checkpoint().await.unwrap_or_default();
    let checkpoint = Checkpoint::open(&note, keys).ok();
    let told = findings.told.take();
    let unread = findings.entries.saturating_sub(findings.read);
    let tiles = Tiles::new(database, findings.entries);
    let mut check = Check { keys, blobs, database, insight, checkpoint, told: told.as_ref(), unread, tiles, findings };
    macro_rules! each {
        ($($what:literal: $part:ident($($with:expr)?),)*) => { $(
            let done = check.$part($($with)?).await;
            check.readable($what, done)?;
        )* };
    }
    each! {
        "the schema": schema(),
        "keys of the log": log_keys(&note),
        "units and tokens": people(),
        "fee catalogues": fees(),
        "series, keys, accounts, offices, certificates": rows(),
        "digests signed for other programs": hashes(),
        "receipts": receipts(),
        "receipts of the law before": legacies(),
        "reports, shifts, notices": papers(),
        "official documents": registry(),
        "figures": figures(),
        "documents": documents(),
    }
    Ok(())
}

struct Check<'a> {
    keys: &'a [LogKey],
    blobs: &'a dyn Blobs,
    database: &'a Database,
    insight: Option<&'a dyn Insight>,
    checkpoint: Option<Checkpoint>,
    /// What the log tells, where it was read to its end.
    told: Option<&'a Told>,
    /// Entries from the first one on that were verified at an earlier time, and not read this time.
    unread: u64,
    tiles: Tiles<'a>,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn fault(&mut self, what: String) {
        self.findings.fault(what);
    }

    /// A value in the database that cannot be read is a fault of what it belongs to, and keeps nothing else from being held against the log.
    fn readable(&mut self, what: &str, done: Result<()>) -> Result<()> {
        match done {
            Err(error) if error.code == "store.damaged" => {
                self.fault(format!("{what}: {}; nothing behind it there was looked at", error.why));
                Ok(())
            }
            done => done,
        }
    }

    /// Whether an entry was made by somebody; taken on trust where pseudonyms are not known.
    fn is_by(&self, entry: &Entry<'_>, actor: &str) -> bool {
        self.insight.is_none_or(|insight| entry.actor.as_deref() == Some(&insight.pseudonym(actor)))
    }

    /// All entries about a receipt, with their indexes.
    async fn history(&mut self, receipt: &str) -> Result<Vec<(u64, Entry<'static>)>> {
        let mut history = Vec::new();
        let entries = self.database.view().await.log_entries_of_receipt(receipt).await?;
        for index in entries {
            history.extend(self.entry_at(index).await?.map(|entry| (index, entry)));
        }
        Ok(history)
    }

    /// An entry of the log. One that was not read this time is held against the tree's tiles first.
    async fn entry_at(&mut self, index: u64) -> Result<Option<Entry<'static>>> {
        let rows = self.database.view().await.log_entries(index, 1).await?;
        let Some((_, row)) = rows.into_iter().find(|(found, _)| *found == index) else { return Ok(None) };
        if index < self.unread {
            match self.tiles.holds(index, &leaf(&row.entry)).await {
                Ok(true) => {}
                Ok(false) => {
                    self.findings.tell(rewritten(index));
                    return Ok(None);
                }
                Err(Trouble::Log(why)) => {
                    self.fault(why);
                    return Ok(None);
                }
                Err(Trouble::Source(error)) => return Err(error),
            }
        }
        Ok(Entry::parse(&row.entry).ok().map(Entry::into_owned))
    }

    /// That what stands in a row is what its entry says of it; entries of before say nothing.
    fn stands(&mut self, kept: Kept<'_>, entry: &Entry<'_>, particulars: &Particulars) {
        if entry.row.as_deref().is_some_and(|row| row != particulars.naming()) {
            self.findings.tell(kept.changed());
        }
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

    /// The proof that a signature carries must be that of its entry.
    async fn stapled(&mut self, what: &str, proof: Option<&LogProof>, index: u64) -> Result<()> {
        let Some(stapled) = proof else {
            self.fault(format!("{what}: it carries no proof that it was logged"));
            return Ok(());
        };
        match Proof::open(&stapled.proof, &stapled.entry, self.keys) {
            Ok(proof) if proof.index == index => self.remembered(what, &proof.checkpoint).await?,
            Ok(proof) => {
                self.fault(format!("{what}: it carries the proof of entry {} instead of {index}", proof.index));
            }
            Err(error) => self.fault(format!("{what}: the proof that it carries: {error}")),
        }
        Ok(())
    }

    /// What the log has signed once, it must still begin with: each proof carries such a checkpoint.
    async fn remembered(&mut self, what: &str, then: &Checkpoint) -> Result<()> {
        let Some(now) = self.checkpoint.as_ref().filter(|now| now.origin == then.origin) else { return Ok(()) };
        if then.size > now.size {
            let fault =
                format!("{what}: the log had {} entries then, and has {} now: it was cut back", then.size, now.size);
            self.fault(fault);
            return Ok(());
        }
        let mut range = Range::default();
        match Tiles::new(self.database, now.size).extend(&mut range, then.size).await {
            Ok(()) if range.root() != then.root => {
                self.fault(format!(
                    "{what}: the log does not begin with the {} entries that it had then: it was rewritten",
                    then.size
                ));
            }
            // tiles that are damaged were named before
            Ok(()) | Err(Trouble::Log(_)) => {}
            Err(Trouble::Source(error)) => return Err(error),
        }
        Ok(())
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
