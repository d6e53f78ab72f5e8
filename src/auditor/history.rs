//! That a log begins with what it was: from its tiles, without a proof by its server and without reading entries.

use super::Trouble;
use super::layout::{Kind, Tile, WIDTH};
use super::merkle::{Hash, Range, complete};
use super::note::Checkpoint;
use super::source::{self, Source};
use std::collections::HashMap;

/// Tiles that are kept at most, of 8 KiB each.
const MOST_KNOWN: usize = 1_024;

/// The tiles of a log of one size, as they are needed.
pub struct Tiles<'a> {
    source: &'a dyn Source,
    size: u64,
    known: HashMap<(u8, u64), Vec<Hash>>,
}

impl<'a> Tiles<'a> {
    /// Those of the tree of so many entries.
    pub fn new(source: &'a dyn Source, size: u64) -> Self {
        Self { source, size, known: HashMap::new() }
    }

    /// The hashes of a tile.
    pub async fn hashes(&mut self, level: u8, index: u64) -> Result<&[Hash], Trouble> {
        let size = self.size;
        let lacking = || Trouble::Log(format!("a log of {size} entries has no tile {index} of level {level}"));
        if !self.known.contains_key(&(level, index)) {
            let tile = Tile::of(Kind::Level(level), index, size).ok_or_else(lacking)?;
            self.known.insert((level, index), source::hashes(self.source, tile).await?);
        }
        Ok(self.known.get(&(level, index)).map(Vec::as_slice).unwrap_or_default())
    }

    /// The root of the complete subtree of `2^height` leaves that begins at a leaf.
    async fn subtree(&mut self, height: u32, start: u64) -> Result<Hash, Trouble> {
        let (level, within) = (height / 8, height % 8);
        let first = start.checked_shr(level.saturating_mul(8)).unwrap_or_default();
        let at = usize::try_from(first % WIDTH).unwrap_or_default();
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let hashes = self.hashes(level, first / WIDTH).await?;
        let row = hashes.get(at..at.saturating_add(1 << within)).and_then(complete);
        row.ok_or_else(|| Trouble::Log(format!("tile {} of level {level} is too short", first / WIDTH)))
    }

    /// Whether a leaf is that of the tree: its hash is in its tile, and the hash of that tile in the one above, up to those at the tree's right
    /// edge. These are what [`extend`](Self::extend) makes the root of; that it is the root's is the caller's to see.
    pub async fn holds(&mut self, index: u64, leaf: &Hash) -> Result<bool, Trouble> {
        if self.known.len() > MOST_KNOWN {
            self.known.clear();
        }
        let (mut at, mut hash) = (index, Some(*leaf));
        for level in 0.. {
            let hashes = self.hashes(level, at / WIDTH).await?;
            let within = usize::try_from(at % WIDTH).unwrap_or_default();
            if hashes.get(within).copied() != hash {
                return Ok(false);
            }
            if u64::try_from(hashes.len()) != Ok(WIDTH) {
                break;
            }
            (at, hash) = (at / WIDTH, complete(hashes));
            if Tile::of(Kind::Level(level.saturating_add(1)), at / WIDTH, self.size).is_none() {
                break;
            }
        }
        Ok(true)
    }

    /// Extends a compact range to the first `to` leaves.
    pub async fn extend(&mut self, range: &mut Range, to: u64) -> Result<(), Trouble> {
        while range.size() < to {
            let rest = to.saturating_sub(range.size());
            // the largest subtree that may begin here and does not go beyond
            let height = range.size().trailing_zeros().min(rest.ilog2());
            let root = self.subtree(height, range.size()).await?;
            if !range.add(height, root) {
                return Err(Trouble::Log("the tree's size is impossible".to_owned()));
            }
        }
        Ok(())
    }
}

/// Proves that the log of the newer checkpoint begins with that of the older one; gives the range of the older.
pub async fn consistent(source: &dyn Source, old: &Checkpoint, new: &Checkpoint) -> Result<Range, Trouble> {
    if old.size > new.size {
        return Err(Trouble::Log(format!(
            "the log has {} entries, and had {} before: it was cut back",
            new.size, old.size
        )));
    }
    if old.size == new.size && old.root != new.root {
        return Err(Trouble::Log(format!("there are two logs of {} entries: the log was forked", new.size)));
    }
    let mut tiles = Tiles::new(source, new.size);
    let mut range = Range::default();
    tiles.extend(&mut range, old.size).await?;
    let older = range.clone();
    tiles.extend(&mut range, new.size).await?;
    if range.root() != new.root {
        return Err(Trouble::Log("the tiles do not lead to the root hash of the log's checkpoint".to_owned()));
    }
    if older.root() != old.root {
        return Err(Trouble::Log(format!(
            "the log of {} entries does not begin with the {} entries that it had before: it was rewritten",
            new.size, old.size
        )));
    }
    Ok(older)
}
