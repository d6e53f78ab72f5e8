//! The bytes of documents and receipts, found by their SHA-256.

use super::{Sha256, StoreError};
use crate::error::{Error, Kind};
use crate::output::{self, OutputFile};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// Keeps the bytes of several files, each of which has this SHA-256; all are durable when it returns.
    async fn put_all(&self, files: &[(&Sha256, &[u8])]) -> Result<(), StoreError>;

    /// Keeps bytes whose SHA-256 is this.
    async fn put(&self, sha256: &Sha256, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_all(&[(sha256, bytes)]).await
    }
}

/// Files in a folder: `ab/cdef...` for the digest `abcdef...`.
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

    async fn put_all(&self, files: &[(&Sha256, &[u8])]) -> Result<(), StoreError> {
        let new = files.iter().map(|(sha256, bytes)| (self.path(sha256), *bytes)).filter(|(path, _)| !path.exists());
        let new: BTreeMap<PathBuf, &[u8]> = new.collect();
        let folders: BTreeSet<&Path> = new.keys().filter_map(|path| path.parent()).collect();
        for folder in &folders {
            make_folder(folder)?;
        }
        at_once(&new.iter().collect::<Vec<_>>(), |(path, bytes)| {
            let mut file = OutputFile::create(path, true)?;
            file.write_all(bytes).map_err(|error| output::cannot_write(path, error))?;
            file.appear()
        })?;
        at_once(&folders.into_iter().collect::<Vec<_>>(), |folder| output::sync_folder(folder))
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
        match File::open(self.path(sha256)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }
}

/// Does the same with each, several at once: what waits for the disk waits together, and the file system makes many files durable
/// in one write.
fn at_once<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<(), Error> + Sync) -> Result<(), StoreError> {
    let next = AtomicUsize::new(0);
    let run = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item)?;
        }
        Ok::<_, Error>(())
    };
    let done = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..items.len().min(WRITERS)).map(|_| scope.spawn(run)).collect();
        let own = run();
        let lost = |_| Err(Error::new(Kind::Bug, "store.lost", "data folder", "a file was not written"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(lost)).fold(own, Result::and)
    });
    done.map_err(|error| StoreError::CannotWrite(error.why))
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
        blobs.put(&digest, b"text").await.unwrap();
        blobs.put(&digest, b"text").await.unwrap();
        let mut text = String::new();
        blobs.open(&digest).await.unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        drop(blobs.start().await.unwrap());
        let files = std::fs::read_dir(folder.path().join("blobs")).unwrap().count();
        assert_eq!(files, 1, "a dropped file leaves nothing");
    }
}
