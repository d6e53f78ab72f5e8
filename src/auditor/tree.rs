//! Every entry and every tile against the checkpoint: in one pass, with as much memory for a long log as for a short one.

use super::Trouble;
use super::entry::Entry;
use super::findings::{Findings, range};
use super::hashes;
use super::history::Tiles;
use super::layout::{self, Kind, Tile, WIDTH};
use super::merkle::{Hash, Range, complete, leaf};
use super::source::{self, Source};
use super::told::Acts;
use crate::error::{Error, Kind as ErrorKind, Result};

/// A bundle after it was read.
pub struct Examined {
    /// The index of its first entry.
    pub first: u64,
    /// The hashes of its entries.
    pub leaves: Vec<Hash>,
    /// The root over them, if they are 256.
    root: Option<Hash>,
    /// What its entries tell.
    pub acts: Acts,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// Reads a bundle of a log of so many entries, and holds its entries against the tile of their hashes. Hashing is done on another
/// thread.
pub async fn examine(source: &dyn Source, index: u64, size: u64) -> std::result::Result<Examined, Trouble> {
    let tile = Tile::of(Kind::Level(0), index, size);
    let tile = tile.ok_or_else(|| Trouble::Log(format!("a log of {size} entries has no bundle {index}")))?;
    let bundle = source::entries(source, index, size).await;
    let hashes = source::hashes(source, tile).await;
    let work = move || read(index, bundle, hashes);
    let lost = |error| Error::new(ErrorKind::Bug, "audit.thread", "the audit", error);
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}

type Entries = (Vec<u8>, Vec<std::ops::Range<usize>>);

fn read(
    index: u64,
    bundle: std::result::Result<Entries, Trouble>,
    hashes: std::result::Result<Vec<Hash>, Trouble>,
) -> std::result::Result<Examined, Trouble> {
    let first = index.saturating_mul(WIDTH);
    let mut faults = Vec::new();
    let mut acts = Acts::default();
    let stored = match hashes {
        Ok(hashes) => Some(hashes),
        Err(Trouble::Log(why)) => {
            faults.push(why);
            None
        }
        Err(source) => return Err(source),
    };
    let (bytes, places) = match bundle {
        Ok(bundle) => bundle,
        // the other entries are still to be checked: their neighbours' hashes are in the tile
        Err(Trouble::Log(why)) => {
            faults.push(why);
            let leaves = stored.ok_or_else(|| {
                Trouble::Log(format!("neither the entries from {first} on nor their hashes are there"))
            })?;
            return Ok(Examined { first, root: full_root(&leaves), leaves, acts, faults });
        }
        Err(source) => return Err(source),
    };
    let mut leaves = Vec::with_capacity(places.len());
    let mut missing: Vec<u64> = Vec::new();
    for (at, place) in places.into_iter().enumerate() {
        let entry = bytes.get(place).unwrap_or_default();
        let number = first.saturating_add(u64::try_from(at).unwrap_or_default());
        let in_tile = stored.as_ref().and_then(|stored| stored.get(at)).copied();
        if entry.is_empty() {
            missing.push(number);
            leaves.push(in_tile.unwrap_or_default());
            continue;
        }
        let hash = leaf(entry);
        if in_tile.is_some_and(|expected| expected != hash) {
            faults.push(format!("entry {number} is not the one whose hash is in tile {index} of level 0"));
        }
        leaves.push(hash);
        match Entry::parse(entry) {
            Ok(entry) => {
                faults.extend(acts.note(number, &entry));
                faults.extend(hashes::fault(number, &entry));
            }
            Err(why) => faults.push(format!("entry {number}: {why}")),
        }
    }
    for run in missing.chunk_by(|before, after| before.saturating_add(1) == *after) {
        if let [first, ..] = run
            && let [.., last] = run
        {
            faults.push(format!("{} missing from the log", range("entry", "entries", *first, *last)));
        }
    }
    Ok(Examined { first, root: full_root(&leaves), leaves, acts, faults })
}

fn full_root(leaves: &[Hash]) -> Option<Hash> {
    if leaves.len() == 256 { complete(leaves) } else { None }
}

/// The tree as it grows: its compact range, and the tiles above those that were read.
pub struct Tree {
    /// The compact range of the entries so far.
    pub range: Range,
    /// By level, from 1 on: the hashes of the tile that grows.
    upper: Vec<Vec<Hash>>,
}

impl Tree {
    /// Goes on from a tree that was verified earlier; its tiles must still be those.
    pub async fn from(range: Range, tiles: &mut Tiles<'_>) -> std::result::Result<Self, Trouble> {
        let mut upper = Vec::new();
        for level in 1..8_u8 {
            let all = range.size() >> (u32::from(level) * 8);
            let width = usize::try_from(all % WIDTH).unwrap_or_default();
            let hashes = if width == 0 { &[][..] } else { tiles.hashes(level, all / WIDTH).await? };
            let so_far = hashes.get(..width);
            upper.push(so_far.ok_or_else(|| Trouble::Log(format!("a tile of level {level} is too short")))?.to_vec());
        }
        Ok(Self { range, upper })
    }

    /// Adds what a bundle has from the end of the tree on. Tiles that it fills are held against those that are published.
    pub async fn grow(&mut self, source: &dyn Source, bundle: &Examined, findings: &mut Findings) -> Result<()> {
        let known = self.range.size().saturating_sub(bundle.first);
        match bundle.root {
            Some(root) if known == 0 => {
                let _ = self.range.add(8, root);
            }
            _ => {
                let known = usize::try_from(known).unwrap_or_default();
                bundle.leaves.iter().skip(known).for_each(|leaf| self.range.push(*leaf));
            }
        }
        let mut filled = bundle.root;
        let mut index = bundle.first / WIDTH;
        for (level, hashes) in (1_u8..).zip(&mut self.upper) {
            let Some(hash) = filled.take() else { break };
            hashes.push(hash);
            index /= WIDTH;
            if hashes.len() == 256 {
                let hashes = std::mem::take(hashes);
                filled = complete(&hashes);
                check_tile(source, Tile { kind: Kind::Level(level), index, width: 256 }, &hashes, findings).await?;
            }
        }
        Ok(())
    }

    /// Holds the tiles on the right edge, which are not full, against those that are published.
    pub async fn finish(&self, source: &dyn Source, findings: &mut Findings) -> Result<()> {
        for (level, hashes) in (1_u8..).zip(&self.upper) {
            let Ok(width @ 1..) = u16::try_from(hashes.len()) else { continue };
            let index = self.range.size().checked_shr(u32::from(level).saturating_add(1) * 8).unwrap_or_default();
            check_tile(source, Tile { kind: Kind::Level(level), index, width }, hashes, findings).await?;
        }
        Ok(())
    }
}

async fn check_tile(source: &dyn Source, tile: Tile, hashes: &[Hash], findings: &mut Findings) -> Result<()> {
    let found = source::bytes(source, tile).await?.and_then(|bytes| layout::hashes(&bytes, tile.width));
    if found.as_deref() != Some(hashes) {
        findings.fault(format!("{tile} is not that of the entries"));
    }
    Ok(())
}
