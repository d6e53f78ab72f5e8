//! The bytes of documents and receipts, found by their SHA-256.

use super::{Sha256, StoreError};
use crate::output::OutputFile;
use async_trait::async_trait;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Files by their digest. A file that is there never changes.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// A temporary file to be filled, and then kept; dropped, it leaves nothing.
    async fn start(&self) -> Result<OutputFile, StoreError>;

    /// Keeps a filled file, whose SHA-256 is this; durable when it returns. Bytes that are there already are kept once.
    async fn keep(&self, file: OutputFile, sha256: &Sha256) -> Result<(), StoreError>;

    /// The file with this SHA-256, to be read by position.
    async fn open(&self, sha256: &Sha256) -> Result<Option<File>, StoreError>;

    /// Keeps bytes whose SHA-256 is this.
    async fn put(&self, sha256: &Sha256, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = self.start().await?;
        file.write_all(bytes).map_err(|error| cannot_write(&error))?;
        self.keep(file, sha256).await
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
