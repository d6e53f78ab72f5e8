//! An export: a ZIP file with a log's files under the names that a server has them under.

use super::Source;
use crate::auditor::layout::Tile;
use crate::auditor::note::LogKey;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use async_trait::async_trait;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zip::ZipArchive;
use zip::result::ZipError;

/// The name of the log's key in a bundle.
pub const KEY: &str = "log-key.txt";
/// The name of what says which entry is the first in a bundle that does not have all.
pub const FIRST: &str = "first-entry.txt";
/// Bytes of the longest key.
const LONGEST_KEY: usize = 64 << 10;

/// A bundle.
pub struct BundleFile {
    path: PathBuf,
    archive: Mutex<ZipArchive<BufReader<File>>>,
}

impl BundleFile {
    /// Opens a bundle.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let failed = |why: String| Error::new(Kind::BadInput, "audit.bundle", &*name, why);
        let file = File::open(path).map_err(|error| failed(format!("it cannot be read: {error}")))?;
        let archive = ZipArchive::new(BufReader::new(file))
            .map_err(|error| failed(format!("it is no bundle of an audit log: {error}")))?;
        Ok(Self { path: path.to_owned(), archive: Mutex::new(archive) })
    }

    /// The keys that the bundle itself says are the log's. They prove nothing by themselves: whoever makes up a log makes up a
    /// key for it.
    pub fn own_keys(&self) -> Result<Vec<LogKey>> {
        let text = self.read(KEY, LONGEST_KEY)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&text).lines().filter_map(|line| line.trim().parse().ok()).collect())
    }

    fn read(&self, name: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let failed =
            |why: String| Error::new(Kind::BadInput, "audit.bundle", format!("{}: {name}", self.path.display()), why);
        let file = match archive.by_name(name) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        match file.take(limit).read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            // a checksum that is wrong: what is there is not what was written
            Err(_) => Ok(None),
        }
    }
}

#[async_trait]
impl Source for BundleFile {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    async fn checkpoint(&self) -> Result<String> {
        let missing = || Error::new(Kind::BadInput, "audit.no_log", self.name(), "there is no log in it");
        let note = self.read("checkpoint", Limits::in_force().tlog_note_bytes)?.ok_or_else(missing)?;
        Ok(String::from_utf8_lossy(&note).into_owned())
    }

    async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>> {
        self.read(&tile.to_string(), tile.most())
    }

    fn first(&self) -> Result<u64> {
        let Some(text) = self.read(FIRST, LONGEST_KEY)? else { return Ok(0) };
        let wrong =
            || Error::new(Kind::BadInput, "audit.bundle", format!("{}: {FIRST}", self.path.display()), "no number");
        std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).ok_or_else(wrong)
    }
}
