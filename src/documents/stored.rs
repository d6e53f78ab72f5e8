//! Documents that the service keeps: stored, listed, signed, each version a file of its own. A unit sees its own only;
//! another's document is as if it were not there.

use super::deferred::{self, Prepared, Request, Stored};
use super::desk::{self, SignedByCaller, Wish, sign_as};
use super::services::Services;
use super::sign::{Order, Signed};
use super::signer;
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::{Error, Kind, Result};
use crate::keys::{PublicHalf, SignatureScheme};
use crate::limits::Limits;
use crate::net::ChosenBy;
use crate::output::OutputFile;
use crate::pades::{Level, existing};
use crate::pdf::document::Document;
use crate::pdf::source::{FileSource, Source};
use crate::people::permissions::Caller;
use crate::people::units;
use crate::store::documents::{DocumentRow, VersionRow};
use crate::store::{Sha256, StoreError};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Longest name of a document, in characters.
const LONGEST_NAME: usize = 200;

/// Bytes that arrive piece by piece: in a temporary file, hashed on the way, never whole in memory.
pub struct Upload {
    file: OutputFile,
    hasher: Hasher,
    size: u64,
}

impl Upload {
    /// Begins an upload.
    pub async fn start(folder: &DataFolder) -> Result<Self> {
        Ok(Self { file: folder.blobs.start().await?, hasher: Hasher::new(DigestAlgorithm::Sha256), size: 0 })
    }

    /// Adds a piece.
    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.hasher.update(piece);
        self.size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Ok(self.file.write_all(piece).map_err(|error| StoreError::CannotWrite(error.to_string()))?)
    }

    /// Bytes so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of what has arrived.
    pub fn sha256(&self) -> Sha256 {
        Sha256::try_from(self.hasher.clone().finish()).unwrap_or_default()
    }

    /// What has arrived, to be read by position. It is gone with the upload unless it is kept.
    pub fn source(&mut self) -> Result<Arc<dyn Source>> {
        source(self.file.file())
    }
}

/// An open file, to be read by position.
fn source(file: &File) -> Result<Arc<dyn Source>> {
    let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "a stored file", error);
    Ok(Arc::new(FileSource::new(file.try_clone().map_err(unreadable)?).map_err(unreadable)?))
}

/// Pages and signatures of a PDF; document time-stamps are none.
fn counts(source: Arc<dyn Source>) -> Result<(u32, u32)> {
    let doc = Document::open_or_recover(source, None, *Limits::in_force())?;
    let signatures = existing::read(&doc)?.iter().filter(|one| one.proves().is_none()).count();
    let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
    Ok((number(doc.page_count()?), number(signatures)))
}

/// The name of a file, without folders; none if nothing is left.
fn file_name(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn not_found(id: &str) -> Error {
    let what: String = id.chars().take(80).collect();
    Error::new(Kind::NotFound, "document.not_found", format!("document {what}"), "there is no such document")
}

/// Keeps a PDF, and its digest in the log; what cannot be read as one is refused.
pub async fn store(folder: &DataFolder, caller: &Caller, upload: Upload, name: Option<&str>) -> Result<DocumentRow> {
    let mut upload = upload;
    let (pages, signatures) = counts(upload.source()?)?;
    let sha256 = Sha256::try_from(upload.hasher.finish()).unwrap_or_default();
    let now = folder.now();
    let newest = VersionRow {
        version: 0,
        sha256,
        size: upload.size,
        pages,
        signatures,
        log_index: None,
        kept: None,
        created: now,
    };
    let mut document = DocumentRow {
        id: hex::encode(folder.random::<16>()?),
        unit: caller.unit.clone(),
        name: name.and_then(file_name),
        created: now,
        newest,
    };
    folder.blobs.keep(upload.file, &sha256).await?;
    let mut tx = folder.store.write().await?;
    let entry = Entry::new(Action::DocumentStored, now)?.of_unit(&caller.unit).of_sha256(&sha256);
    let entry = entry.by(folder.log.pseudonym(&caller.id)).on_row(row::document(&document)?);
    document.newest.kept = Some(folder.log.append_one(&mut *tx, entry).await?.index);
    tx.put_document(&document).await?;
    tx.commit().await?;
    Ok(document)
}

/// At most `most` documents, the newest first, those behind `after` (its time and identifier) only.
pub async fn list(
    folder: &DataFolder,
    caller: &Caller,
    after: Option<(OffsetDateTime, &str)>,
    most: u32,
) -> Result<Vec<DocumentRow>> {
    let mut tx = folder.store.read().await?;
    let mut all = Vec::new();
    // those of units whose place the caller's has are in its hands, too
    for unit in units::line(&mut *tx, &caller.unit).await? {
        all.extend(tx.documents(&unit, after, most).await?);
    }
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(all)
}

/// A document.
pub async fn get(folder: &DataFolder, caller: &Caller, id: &str) -> Result<DocumentRow> {
    let mut tx = folder.store.read().await?;
    let document = tx.document(id).await?.ok_or_else(|| not_found(id))?;
    if units::answers_for(&mut *tx, &caller.unit, &document.unit).await? { Ok(document) } else { Err(not_found(id)) }
}

/// A document and the bytes of its newest version.
pub async fn open(folder: &DataFolder, caller: &Caller, id: &str) -> Result<(DocumentRow, File)> {
    let document = get(folder, caller, id).await?;
    let missing = || {
        Error::new(Kind::BadInput, "store.damaged", format!("document {id}"), "its file is missing")
            .hint("dauson audit verify")
    };
    let file = folder.blobs.open(&document.newest.sha256).await?.ok_or_else(missing)?;
    Ok((document, file))
}

/// Signs the newest version, which becomes a version of its own. `version` is the one that the signer has seen: where another
/// has come into being since, nothing is signed. Where that happens while the signature is made, the log has its
/// entry, and the file does not appear.
pub async fn sign(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    id: &str,
    version: Option<u32>,
    wish: Wish,
) -> Result<(DocumentRow, SignedByCaller)> {
    let (mut document, file) = open(folder, caller, id).await?;
    if version.is_some_and(|seen| seen != document.newest.version) {
        return Err(outdated(id));
    }
    let mut out = folder.blobs.start().await?;
    let done = sign_as(folder, (caller, None), services, source(&file)?, wish, &mut out).await?;
    keep(folder, &mut document, out, &done.signed, None).await?;
    Ok((document, done))
}

/// The signed file becomes the document's next version; what it was prepared as is finished by that.
async fn keep(
    folder: &DataFolder,
    document: &mut DocumentRow,
    out: OutputFile,
    signed: &Signed,
    prepared: Option<&str>,
) -> Result<()> {
    document.newest = VersionRow {
        version: document.newest.version.saturating_add(1),
        sha256: signed.sha256,
        size: signed.size,
        pages: document.newest.pages,
        signatures: document.newest.signatures.saturating_add(1),
        log_index: Some(signed.logged.index),
        kept: None,
        created: folder.now(),
    };
    folder.blobs.keep(out, &signed.sha256).await?;
    let mut tx = folder.store.write().await?;
    let entry = Entry::new(Action::DocumentKept, folder.now())?.of_unit(&document.unit).of_sha256(&signed.sha256);
    let entry = entry.on_row(row::version(&document.id, &document.newest)?);
    document.newest.kept = Some(folder.log.append_one(&mut *tx, entry).await?.index);
    if !tx.put_version(&document.id, &document.newest).await? {
        return Err(outdated(&document.id));
    }
    if let Some(prepared) = prepared {
        tx.finish_deferred(prepared, folder.now()).await?;
    }
    Ok(tx.commit().await?)
}

fn outdated(id: &str) -> Error {
    let why = "somebody else has signed it meanwhile";
    Error::new(Kind::Conflict, "document.version", format!("document {id}"), why).hint("look at it again")
}

/// A signature by a key that is elsewhere.
pub struct Elsewhere {
    /// The public half of the key.
    pub key: PublicHalf,
    /// By which of its schemes.
    pub scheme: SignatureScheme,
    /// How long the signature is awaited.
    pub lifetime: Duration,
    /// The version that the signer has seen.
    pub version: Option<u32>,
    /// What the signature is to say; its level is B-B.
    pub wish: Wish,
}

/// Lays out the newest version for a key that is elsewhere; with what its holder should know.
pub async fn prepare(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    id: &str,
    asked: Elsewhere,
) -> Result<(DocumentRow, Request, Vec<String>)> {
    let Elsewhere { key, scheme, lifetime, version, wish } = asked;
    if wish.level != Level::B {
        let why = "what is finished later has level B-B";
        return Err(Error::new(Kind::Usage, "deferred.level", format!("document {id}"), why));
    }
    let (document, file) = open(folder, caller, id).await?;
    if version.is_some_and(|seen| seen != document.newest.version) {
        return Err(outdated(id));
    }
    let now = folder.now().to_offset(VIETNAM);
    let warnings = signer::check(&key, services, ChosenBy::Certificate, now).await?;
    let order = Order {
        options: wish.options(key.certificate(), scheme, now)?,
        entry: desk::entry(folder, caller, now)?,
        key: &key,
        scheme,
        attributes: &[],
        password: None,
    };
    let actor = folder.log.pseudonym(&caller.id);
    let stored = Stored { document: document.id.clone(), version: document.newest.version, actor, act: None };
    let request =
        deferred::prepare(folder, &source(&file)?, document.newest.sha256, order, lifetime, Some(stored)).await?;
    Ok((document, request, warnings))
}

/// Makes the next version of what the caller prepared and a key elsewhere has signed. Who does not get the answer asks again with
/// the same value.
pub async fn finish(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    id: &str,
    request: &str,
    signature: &[u8],
) -> Result<(DocumentRow, SignedByCaller)> {
    let (mut document, file) = open(folder, caller, id).await?;
    let actor = folder.log.pseudonym(&caller.id);
    let is_meant = |stored: Option<&Stored>| {
        stored.is_some_and(|stored| stored.document == id && stored.actor == actor && stored.act.is_none())
    };
    let prepared = Prepared::find(folder, request, is_meant).await?;
    if prepared.stored.as_ref().is_some_and(|stored| stored.version != document.newest.version) {
        return Err(outdated(id));
    }
    let now = folder.now().to_offset(VIETNAM);
    let mut warnings = signer::check(&prepared.key, services, ChosenBy::Certificate, now).await?;
    let mut out = folder.blobs.start().await?;
    let signed = prepared.finish(folder, source(&file)?, signature, &mut out).await?;
    keep(folder, &mut document, out, &signed, Some(request)).await?;
    warnings.extend(desk::rebuilt(&signed));
    Ok((document, SignedByCaller { signed, warnings }))
}
