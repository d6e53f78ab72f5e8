//! Where a log is read. Whatever it is, it gives what a log publishes (C2SP tlog-tiles): a checkpoint, tiles, bundles of entries.
//! What it gives is not believed.
//!
//! | file | what |
//! | --- | --- |
//! | `database` | a data folder's database, in one consistent view |
//! | `web` | a server |
//! | `folder` | a folder of tiles |
//! | `bundle` | an export |

mod bundle;
mod database;
mod folder;
mod web;

pub use bundle::{BundleFile, FIRST, KEY};
pub use database::Database;
pub use folder::Folder;
pub use web::Web;

use super::Trouble;
use super::layout::{self, Kind, Tile};
use super::merkle::Hash;
use super::note::{Checkpoint, LogKey, Witnesses};
use crate::error::{Error, Kind as ErrorKind, Result};
use async_trait::async_trait;
use std::path::Path;
use std::time::Duration;

/// Where a log is read.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it is, for people.
    fn name(&self) -> String;

    /// Its newest checkpoint, a signed note.
    async fn checkpoint(&self) -> Result<String>;

    /// The bytes of a tile or bundle; none if it does not have that one. An entry that is lacking in a bundle is empty there.
    async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>>;

    /// Whether it makes up what it gives as it goes, so that nothing but what is asked bounds it.
    fn may_be_endless(&self) -> bool {
        false
    }

    /// The first entry that it has: of those before it nothing but the tiles of their hashes.
    fn first(&self) -> Result<u64> {
        Ok(0)
    }

    /// What it has noticed by itself to be wrong while it was read, beyond what is published.
    fn noticed(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A log that anybody may name: a server's address, a folder of tiles, a bundle.
pub fn open(name: &str, http: impl FnOnce() -> Result<crate::net::http::Http>) -> Result<Box<dyn Source>> {
    if name.starts_with("http://") || name.starts_with("https://") {
        return Ok(Box::new(Web::new(name, http()?)));
    }
    let path = Path::new(name);
    if path.is_dir() {
        return Ok(Box::new(Folder::new(path)));
    }
    if path.exists() {
        return Ok(Box::new(BundleFile::open(path)?));
    }
    Err(Error::new(ErrorKind::NotFound, "audit.source", name, "there is no such file, folder or address"))
}

/// Times that a checkpoint is looked at until enough witnesses have cosigned it, and the pause between: a log shows what it has signed to
/// its witnesses within seconds.
const LOOKS: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);

/// The newest checkpoint.
pub(super) struct Newest {
    /// As it came.
    pub note: String,
    /// What it says, if one of the keys has signed it; else why not.
    pub checkpoint: std::result::Result<Checkpoint, String>,
    /// What it lacks of cosignatures.
    pub unwitnessed: Option<String>,
}

/// The newest checkpoint of a log; where cosignatures lack, after a while in which they may have come.
pub(super) async fn newest(source: &dyn Source, keys: &[LogKey], witnesses: &Witnesses) -> Result<Newest> {
    let mut looks = 1;
    loop {
        let note = source.checkpoint().await?;
        let checkpoint = Checkpoint::open(&note, keys);
        let unwitnessed = checkpoint.as_ref().ok().and_then(|_| witnesses.cosigned(&note).err());
        if unwitnessed.is_none() || looks == LOOKS {
            return Ok(Newest { note, checkpoint, unwitnessed });
        }
        looks = looks.saturating_add(1);
        tokio::time::sleep(PAUSE).await;
    }
}

/// The first hashes of a tile. A partial tile may be gone once it is full (tlog-tiles, partial tiles).
pub(super) async fn hashes(source: &dyn Source, tile: Tile) -> std::result::Result<Vec<Hash>, Trouble> {
    let found = bytes(source, tile).await?.and_then(|bytes| layout::hashes(&bytes, tile.width));
    found.ok_or_else(|| Trouble::Log(format!("{tile} is missing or malformed")))
}

/// The bytes of a tile that begins as this one does.
pub(super) async fn bytes(source: &dyn Source, tile: Tile) -> Result<Option<Vec<u8>>> {
    match source.tile(tile).await? {
        None if !tile.is_full() => source.tile(tile.full()).await,
        found => Ok(found),
    }
}

/// Where the first entries of a bundle are in its bytes; the error is a sentence.
pub(super) async fn entries(
    source: &dyn Source,
    index: u64,
    size: u64,
) -> std::result::Result<(Vec<u8>, Vec<std::ops::Range<usize>>), Trouble> {
    let wrong = |tile: Tile| Trouble::Log(format!("{tile} is missing or malformed"));
    let tile = Tile::of(Kind::Entries, index, size)
        .ok_or_else(|| Trouble::Log(format!("a log of {size} entries has no bundle {index}")))?;
    let bytes = bytes(source, tile).await?.ok_or_else(|| wrong(tile))?;
    let places = layout::entries(&bytes, tile.width).ok_or_else(|| wrong(tile))?;
    // a partial one may be given as the full one that it has become; behind a full one there is nothing
    if tile.is_full() && places.last().is_some_and(|place| place.end != bytes.len()) {
        return Err(wrong(tile));
    }
    Ok((bytes, places))
}
