//! The bytes of documents and receipts, found by their SHA-256.
//!
//! What is signed within a transaction carries a proof of a log that does not exist before the commit: should the transaction
//! fail, neither its files nor their proofs may stay. So such a file waits in a folder of its own until the commit, and whoever
//! writes next settles what a crash has left there, by what the database says.

use super::{Sha256, StoreError};
use crate::error::{Error, Kind};
use crate::output::{self, OutputFile};
use crate::parallel;
use async_trait::async_trait;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Files that are written at the same time.
const WRITERS: usize = 16;

/// Files by their digest. A file that is there never changes.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// A temporary file to be filled, and then kept; dropped, it leaves nothing.
    async fn start(&self) -> Result<OutputFile, StoreError>;

    /// Keeps a filled file, whose SHA-256 is this; durable when it returns. Bytes that are there already are kept once.
    async fn keep(&self, file: OutputFile, sha256: &Sha256) -> Result<(), StoreError>;

    /// The file with this SHA-256, to be read by position.
    async fn open(&self, sha256: &Sha256) -> Result<Option<File>, StoreError>;

    /// Lets files, each the bytes with this SHA-256, wait for the commit of the transaction that leads to them; durable when it
    /// returns. For whoever has started the transaction that writes, which nobody else has then.
    async fn wait(&self, files: &[(&Sha256, &[u8])]) -> Result<(), StoreError>;

    /// What waits.
    async fn waiting(&self) -> Result<Vec<Sha256>, StoreError>;

    /// The transaction has committed: the file is kept. Until then it is found where it waits.
    async fn settle(&self, sha256: &Sha256) -> Result<(), StoreError>;

    /// The transaction has failed: what waited for it is removed.
    async fn discard(&self, sha256: &Sha256) -> Result<(), StoreError>;
}

/// Where files wait.
const WAITING: &str = "waiting";

/// Files in a folder: `ab/cdef...` for the digest `abcdef...`, `waiting/abcdef...` while they wait.
#[derive(Debug)]
pub struct FolderBlobs {
    folder: PathBuf,
}

impl FolderBlobs {
    /// In this folder, which is made when the first file is kept.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, sha256: &Sha256) -> PathBuf {
        let name = hex::encode(sha256);
        let (first, rest) = name.split_at(2);
        self.folder.join(first).join(rest)
    }

    fn waiting_path(&self, sha256: &Sha256) -> PathBuf {
        self.folder.join(WAITING).join(hex::encode(sha256))
    }
}

fn open(path: &Path) -> Result<Option<File>, StoreError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

/// Makes a folder, so that it survives a power failure.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| cannot_write(&error))?;
    match folder.parent() {
        Some(parent) if cfg!(unix) => File::open(parent).and_then(|f| f.sync_all()).map_err(|e| cannot_write(&e)),
        _ => Ok(()),
    }
}

fn cannot_write(error: &std::io::Error) -> StoreError {
    StoreError::CannotWrite(error.to_string())
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn start(&self) -> Result<OutputFile, StoreError> {
        make_folder(&self.folder)?;
        OutputFile::create(&self.folder.join("incoming"), true).map_err(|error| StoreError::CannotWrite(error.why))
    }

    async fn keep(&self, file: OutputFile, sha256: &Sha256) -> Result<(), StoreError> {
        let path = self.path(sha256);
        if path.exists() {
            return Ok(());
        }
        make_folder(path.parent().unwrap_or(&self.folder))?;
        file.commit_as(&path).map_err(|error| StoreError::CannotWrite(error.why))
    }

    async fn open(&self, sha256: &Sha256) -> Result<Option<File>, StoreError> {
        let path = self.path(sha256);
        // one that is settled between the first and the second look is found by the third
        for path in [&path, &self.waiting_path(sha256), &path] {
            if let Some(file) = open(path)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    async fn wait(&self, files: &[(&Sha256, &[u8])]) -> Result<(), StoreError> {
        let new: Vec<_> = files.iter().filter(|(sha256, _)| !self.path(sha256).exists()).collect();
        let folder = self.folder.join(WAITING);
        make_folder(&folder)?;
        let write = |(sha256, bytes): &&(&Sha256, &[u8])| {
            let mut file = OutputFile::create(&self.waiting_path(sha256), true)?;
            file.write_all(bytes).map_err(|error| output::cannot_write(file.path(), error))?;
            file.appear()
        };
        let lost = || Error::new(Kind::Bug, "store.lost", "data folder", "a file was not written");
        // what waits for the disk waits together, and the file system makes many files durable in one write
        parallel::each(WRITERS, &new, write, lost)
            .and_then(|_| output::sync_folder(&folder))
            .map_err(|error| StoreError::CannotWrite(error.why))
    }

    async fn waiting(&self) -> Result<Vec<Sha256>, StoreError> {
        let files = match std::fs::read_dir(self.folder.join(WAITING)) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::Unavailable(error.to_string())),
        };
        let digest = |name: std::ffi::OsString| Sha256::try_from(hex::decode(name.to_str()?).ok()?).ok();
        Ok(files.flatten().filter_map(|file| digest(file.file_name())).collect())
    }

    async fn settle(&self, sha256: &Sha256) -> Result<(), StoreError> {
        let path = self.path(sha256);
        make_folder(path.parent().unwrap_or(&self.folder))?;
        // not synced: should the power fail, it still waits
        match std::fs::rename(self.waiting_path(sha256), path) {
            // somebody else was faster, or it was there already
            Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot_write(&error)),
            _ => Ok(()),
        }
    }

    async fn discard(&self, sha256: &Sha256) -> Result<(), StoreError> {
        match std::fs::remove_file(self.waiting_path(sha256)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot_write(&error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;
    use std::io::Read;

    #[tokio::test]
    async fn bytes_are_found_by_their_digest() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path().join("blobs"));
        let digest = sha256(b"text");
        assert!(blobs.open(&digest).await.unwrap().is_none());
        for _ in 0..2 {
            let mut file = blobs.start().await.unwrap();
            file.write_all(b"text").unwrap();
            blobs.keep(file, &digest).await.unwrap();
        }
        let mut text = String::new();
        blobs.open(&digest).await.unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        drop(blobs.start().await.unwrap());
        let files = std::fs::read_dir(folder.path().join("blobs")).unwrap().count();
        assert_eq!(files, 1, "a dropped file leaves nothing");
    }

    #[tokio::test]
    async fn what_waits_is_there_until_it_is_settled_or_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path().join("blobs"));
        let (kept, lost) = (sha256(b"kept"), sha256(b"lost"));
        assert_eq!(blobs.waiting().await.unwrap(), Vec::<Sha256>::new());
        blobs.wait(&[(&kept, b"kept")]).await.unwrap();
        blobs.wait(&[(&lost, b"lost")]).await.unwrap();
        assert_eq!(blobs.waiting().await.unwrap().len(), 2);
        assert!(blobs.open(&kept).await.unwrap().is_some());
        for _ in 0..2 {
            blobs.settle(&kept).await.unwrap();
            blobs.discard(&lost).await.unwrap();
        }
        assert!(blobs.open(&kept).await.unwrap().is_some() && blobs.open(&lost).await.unwrap().is_none());
        blobs.wait(&[(&kept, b"kept")]).await.unwrap();
        assert_eq!(blobs.waiting().await.unwrap(), Vec::<Sha256>::new(), "it is there already");
    }
}
