//! Files that appear whole or not at all.

use crate::error::{Error, Kind, Result};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file on its way to `path`: written beside it under a temporary name, moved there by [`OutputFile::commit`].
///
/// Dropped without `commit`, it leaves nothing behind; killed, it leaves a `.dauson-*.tmp` file
/// and never half of `path`.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    overwrite: bool,
    file: NamedTempFile,
}

impl OutputFile {
    /// Starts a file that will appear at `path`. Something that is there already is only replaced with `overwrite`.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self> {
        // an output is an ordinary file: the user's umask decides who reads it
        Self::open(path, overwrite, 0o666)
    }

    /// The same for a secret: only its owner reads it, from the first byte on.
    pub fn create_private(path: &Path, overwrite: bool) -> Result<Self> {
        Self::open(path, overwrite, 0o600)
    }

    fn open(path: &Path, overwrite: bool, mode: u32) -> Result<Self> {
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => {
                return Err(cannot_write(path, "it is a folder"));
            }
            // a device, a pipe or a link must not become a file
            Ok(found) if !found.is_file() => return Err(cannot_write(path, "it is not a regular file")),
            Ok(_) if !overwrite => return Err(exists(path)),
            _ => {}
        }
        if path.file_name().is_none() {
            return Err(cannot_write(path, "it is not the name of a file"));
        }
        let file = builder(mode).tempfile_in(folder_of(path)).map_err(|error| cannot_write(path, error))?;
        Ok(Self { path: path.to_owned(), overwrite, file })
    }

    /// The open file, readable, writable and seekable.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// What was written, from its beginning, through the open file: its name may go.
    pub fn written(&mut self) -> Result<File> {
        let failed = |error| cannot_write(Path::new("the signed file"), error);
        let file = self.file();
        file.rewind().map_err(failed)?;
        file.try_clone().map_err(failed)
    }

    /// The same, in memory.
    pub fn written_bytes(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.written()?.read_to_end(&mut bytes);
        read.map_err(|error| cannot_write(Path::new("the signed file"), error))?;
        Ok(bytes)
    }

    /// Where it will appear.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it durable and moves it to its name.
    pub fn commit(self) -> Result<()> {
        let path = self.path.clone();
        self.commit_as(&path)
    }

    /// Makes it durable and moves it to another name in the same file system.
    pub fn commit_as(self, path: &Path) -> Result<()> {
        self.appear_as(path)?;
        sync_folder_of(path)
    }

    /// Makes its contents durable and moves it to its name. The name is durable after [`sync_folder_of`], which many files
    /// can share.
    pub fn appear(self) -> Result<()> {
        let path = self.path.clone();
        self.appear_as(&path)
    }

    fn appear_as(self, path: &Path) -> Result<()> {
        let Self { overwrite, file, .. } = self;
        file.as_file().sync_all().map_err(|error| cannot_write(path, error))?;
        if overwrite {
            file.persist(path).map_err(|error| cannot_write(path, error.error))?;
        } else {
            file.persist_noclobber(path).map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => exists(path),
                _ => cannot_write(path, error.error),
            })?;
        }
        Ok(())
    }
}

impl std::io::Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl std::io::Seek for OutputFile {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// Writes a whole file at once, see [`OutputFile`].
pub fn write_file(path: &Path, bytes: &[u8], overwrite: bool) -> Result<()> {
    write(OutputFile::create(path, overwrite)?, path, bytes)
}

/// The same for nobody else to read; what is there stays.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    write(OutputFile::create_private(path, false)?, path, bytes)
}

fn write(mut output: OutputFile, path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    output.write_all(bytes).map_err(|error| cannot_write(path, error))?;
    output.commit()
}

/// The error for a file that cannot be written.
pub fn cannot_write(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(
        Kind::CannotWrite,
        "output.cannot_write",
        path.display().to_string(),
        format!("cannot be written: {why}"),
    )
}

fn exists(path: &Path) -> Error {
    Error::new(Kind::CannotWrite, "output.exists", path.display().to_string(), "exists already")
        .hint("--force overwrites it")
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg_attr(not(unix), allow(unused_variables))]
fn builder(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dauson-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    builder
}

/// Makes the names in a file's folder durable.
pub fn sync_folder_of(path: &Path) -> Result<()> {
    sync_folder(folder_of(path))
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder).and_then(|opened| opened.sync_all()).map_err(|error| cannot_write(folder, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.pdf");
        let mut output = OutputFile::create(&path, false).unwrap();
        output.file().write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        write_file(&path, b"whole", false).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_is_kept_unless_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.pdf");
        // it may also come into being while we work
        let raced = OutputFile::create(&path, false).unwrap();
        write_file(&path, b"first", false).unwrap();
        assert_eq!(raced.commit().unwrap_err().code, "output.exists");
        let error = write_file(&path, b"second", false).unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::CannotWrite, "output.exists"));
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        write_file(&path, b"second", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(write_file(folder.path(), b"x", true).unwrap_err().kind, Kind::CannotWrite);
        assert_eq!(write_file(&folder.path().join("no/where"), b"x", true).unwrap_err().kind, Kind::CannotWrite);
    }
    #[cfg(unix)]
    #[test]
    fn a_secret_is_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        write_file(&path, b"open", false).unwrap();
        assert_ne!(mode() & 0o400, 0);
        let mut output = OutputFile::create_private(&path, true).unwrap();
        output.write_all(b"secret").unwrap();
        output.commit().unwrap();
        assert_eq!(mode(), 0o600, "also where a file was that others read");
    }
}
