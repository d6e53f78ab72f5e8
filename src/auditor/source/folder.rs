//! A folder with a log's files under the names that a server has them under.

use super::Source;
use crate::auditor::layout::Tile;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use async_trait::async_trait;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A folder of tiles.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// This one.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn read(&self, name: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let path = self.path.join(name);
        let failed = |error: std::io::Error| {
            let what = path.display().to_string();
            Error::new(Kind::BadInput, "audit.unreadable", what, format!("it cannot be read: {error}"))
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(most).min(most).saturating_add(1));
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }
}

#[async_trait]
impl Source for Folder {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    async fn checkpoint(&self) -> Result<String> {
        let missing = || {
            Error::new(
                Kind::NotFound,
                "audit.no_log",
                self.name(),
                "there is no log in this folder: it has no checkpoint",
            )
        };
        let note = self.read("checkpoint", Limits::in_force().tlog_note_bytes)?.ok_or_else(missing)?;
        Ok(String::from_utf8_lossy(&note).into_owned())
    }

    async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>> {
        self.read(&tile.to_string(), tile.most())
    }
}
