//! The tree as tiles, the entries as bundles (C2SP tlog-tiles): their paths and bytes, what an append changes,
//! and the complete subtrees that proofs are made of.
//!
//! A tile of level `l` holds up to 256 consecutive hashes of complete subtrees of height `8 * l`. In a tree of a
//! given size at most one tile a level is partial: the right edge, which is all that an append reads.

use super::{EMPTY_ROOT, Hash, TlogError, decimal, node_hash};
use std::fmt;
use std::str::FromStr;

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Levels of subtrees within one tile, as a power of two its width.
const TILE_HEIGHT: u8 = 8;

/// Levels of tiles that a tree of up to 2^64 leaves has.
const LEVELS: u8 = 8;

/// The highest level that a path may name.
const MAX_PATH_LEVEL: u64 = 63;

/// Which tile of hashes: displayed as its path `tile/<L>/<N>[.p/<W>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// Level 0 holds leaf hashes.
    pub level: u8,
    /// Index within the level.
    pub index: u64,
    /// Hashes in it: 1 to 256.
    pub width: u16,
}

impl TileId {
    /// The tile at this place as a tree of `size` leaves has it, if it has any hash there.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let first = index.checked_mul(TILE_WIDTH.into())?;
        let width = hashes_at(level, size).checked_sub(first)?.min(TILE_WIDTH.into());
        u16::try_from(width).ok().filter(|width| *width > 0).map(|width| Self { level, index, width })
    }

    /// The level and the index of the tile that holds the complete subtree `index` of this height.
    ///
    /// Who cannot fetch a tile while a proof is being made, makes the proof twice: once to note the tiles that
    /// it asks for, giving any hash, and again when they are there.
    pub const fn holding(height: u8, index: u64) -> (u8, u64) {
        (height / TILE_HEIGHT, index >> (TILE_HEIGHT - height % TILE_HEIGHT))
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        write_index_and_width(f, self.index, self.width)
    }
}

/// Which bundle of entries: displayed as its path `tile/entries/<N>[.p/<W>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BundleId {
    /// Index, as of the tile of level 0 that holds the entries' hashes.
    pub index: u64,
    /// Entries in it: 1 to 256.
    pub width: u16,
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        write_index_and_width(f, self.index, self.width)
    }
}

/// What a path below `tile/` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TilePath {
    /// `tile/<L>/<N>[.p/<W>]`
    Hashes(TileId),
    /// `tile/entries/<N>[.p/<W>]`
    Entries(BundleId),
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hashes(id) => id.fmt(f),
            Self::Entries(id) => id.fmt(f),
        }
    }
}

impl FromStr for TilePath {
    type Err = TlogError;

    /// Reads a path; only its one canonical spelling.
    fn from_str(path: &str) -> Result<Self, TlogError> {
        let id = parse_path(path).ok_or(TlogError::Malformed { what: "it is not the path of a tile" })?;
        // more zeros before an index than it needs
        if id.to_string() == path { Ok(id) } else { Err(TlogError::Malformed { what: "it is not the path of a tile" }) }
    }
}

fn parse_path(path: &str) -> Option<TilePath> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (digits, width) = match rest.split_once(".p/") {
        Some((digits, width)) => (digits, u16::try_from(decimal(width)?).ok()?),
        None => (rest, TILE_WIDTH),
    };
    // a full tile is named without its width
    if width == 0 || width > TILE_WIDTH || (width == TILE_WIDTH && digits != rest) {
        return None;
    }
    let (higher, last) = digits.rsplit_once('/').map_or((None, digits), |(higher, last)| (Some(higher), last));
    let mut index = 0;
    let groups = higher.into_iter().flat_map(|higher| higher.split('/')).map(|group| group.strip_prefix('x'));
    for group in groups.chain([Some(last)]) {
        let group = group.filter(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))?;
        index = u64::checked_mul(index, 1000)?.checked_add(group.parse().ok()?)?;
    }
    if kind == "entries" {
        return Some(TilePath::Entries(BundleId { index, width }));
    }
    let level = decimal(kind).filter(|level| *level <= MAX_PATH_LEVEL)?;
    Some(TilePath::Hashes(TileId { level: u8::try_from(level).ok()?, index, width }))
}

/// `x001/x234/067` for 1234067, and `.p/<W>` for a partial one.
fn write_index_and_width(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let mut group = 1;
    while index / group >= 1000 {
        group *= 1000;
    }
    while group > 1 {
        write!(f, "x{:03}/", index / group % 1000)?;
        group /= 1000;
    }
    write!(f, "{:03}", index % 1000)?;
    if width < TILE_WIDTH { write!(f, ".p/{width}") } else { Ok(()) }
}

/// A tile with its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Level 0 holds leaf hashes.
    pub level: u8,
    /// Index within the level.
    pub index: u64,
    /// All hashes it has so far: 1 to 256.
    pub hashes: Vec<Hash>,
}

impl Tile {
    /// Its name.
    pub fn id(&self) -> TileId {
        let width = u16::try_from(self.hashes.len()).unwrap_or(TILE_WIDTH);
        TileId { level: self.level, index: self.index, width }
    }

    /// The hashes one after the other, as they are served.
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }
}

/// The hashes of a tile from its bytes.
pub fn parse_tile(bytes: &[u8]) -> Result<Vec<Hash>, TlogError> {
    let (hashes, rest) = bytes.as_chunks();
    if hashes.is_empty() || hashes.len() > TILE_WIDTH.into() || !rest.is_empty() {
        return Err(TlogError::Malformed { what: "a tile is not 1 to 256 hashes of 32 bytes" });
    }
    Ok(hashes.to_vec())
}

/// Entries as a bundle: each with its length in two bytes before it.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, TlogError> {
    if entries.is_empty() || entries.len() > TILE_WIDTH.into() {
        return Err(TlogError::Malformed { what: "a bundle is not of 1 to 256 entries" });
    }
    let mut bundle = Vec::new();
    for entry in entries.iter().map(AsRef::as_ref) {
        let len = u16::try_from(entry.len())
            .map_err(|_| TlogError::TooLarge { what: "an entry, in bytes,", limit: u16::MAX.into() })?;
        bundle.extend(len.to_be_bytes());
        bundle.extend(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle, at most 256. Whether they are as many as the bundle's name says, and whether they
/// hash to the tile of level 0, is for who asked for it.
pub fn decode_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, TlogError> {
    let cut = TlogError::Malformed { what: "a bundle of entries ends within an entry" };
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (len, after) = rest.split_first_chunk().ok_or_else(|| cut.clone())?;
        let (entry, after) = after.split_at_checked(u16::from_be_bytes(*len).into()).ok_or_else(|| cut.clone())?;
        entries.push(entry);
        rest = after;
        if entries.len() > TILE_WIDTH.into() {
            break;
        }
    }
    if entries.is_empty() || entries.len() > TILE_WIDTH.into() {
        return Err(TlogError::Malformed { what: "a bundle is not of 1 to 256 entries" });
    }
    Ok(entries)
}

/// The hash of the complete subtree `index` of this height, for [`super::tree`]. `tile_at(level, index)` gives
/// the hashes that a tile has, which may be more than a smaller tree had.
pub fn node<E: From<TlogError>>(
    height: u8,
    index: u64,
    tile_at: &mut impl FnMut(u8, u64) -> Result<Vec<Hash>, E>,
) -> Result<Hash, E> {
    let (level, tile) = TileId::holding(height, index);
    let hashes = tile_at(level, tile)?;
    // within a tile, 2^inner hashes combine to one of the subtrees
    let inner = height % TILE_HEIGHT;
    let last = index << inner & 0xff | ((1 << inner) - 1);
    let expected = usize::try_from(last).map_or(usize::MAX, |last| last + 1);
    match hashes.get(expected - (1 << inner)..expected) {
        Some(leaves) => Ok(complete_root(leaves)),
        None => Err(TlogError::WrongTile { level, index: tile, found: hashes.len(), expected }.into()),
    }
}

/// The root over a power of two of hashes.
fn complete_root(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied().unwrap_or(EMPTY_ROOT)
}

/// Complete subtrees of height `8 * level` in a tree of this size: the hashes that its tiles of that level hold.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
}

/// The partial tiles of a tree of this size, the lowest level first: what [`Appender::open`] asks for.
pub fn right_edge(size: u64) -> impl Iterator<Item = TileId> {
    (0..LEVELS).filter_map(move |level| TileId::in_tree(level, hashes_at(level, size) / u64::from(TILE_WIDTH), size))
}

/// Appends to a log. It reads the partial tiles of the right edge, at most one a level, whatever the size.
#[derive(Debug, Clone)]
pub struct Appender {
    size: u64,
    /// The partial tile of each level, which may be empty.
    edge: Vec<EdgeTile>,
    /// Tiles that have become full.
    full: Vec<Tile>,
}

#[derive(Debug, Clone)]
struct EdgeTile {
    tile: Tile,
    changed: bool,
}

/// What an append has made of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Leaves of the tree now.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The tiles that are new or have become wider. Of a tile that was partial, all hashes so far.
    pub tiles: Vec<Tile>,
}

impl Appender {
    /// To a tree of `size` leaves. `tile_at(level, index)` is asked for the tiles of [`right_edge`] only, and must
    /// give them with exactly that many hashes: more would be proof of a larger tree, which must not fork.
    pub fn open<E: From<TlogError>>(
        size: u64,
        tile_at: &mut impl FnMut(u8, u64) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        let mut edge: Vec<_> = (0..LEVELS)
            .map(|level| {
                let index = hashes_at(level, size) / u64::from(TILE_WIDTH);
                EdgeTile { tile: Tile { level, index, hashes: Vec::new() }, changed: false }
            })
            .collect();
        for id in right_edge(size) {
            let hashes = tile_at(id.level, id.index)?;
            let expected = id.width.into();
            if hashes.len() != expected {
                let (level, index, found) = (id.level, id.index, hashes.len());
                return Err(TlogError::WrongTile { level, index, found, expected }.into());
            }
            if let Some(level) = edge.get_mut(usize::from(id.level)) {
                level.tile.hashes = hashes;
            }
        }
        Ok(Self { size, edge, full: Vec::new() })
    }

    /// Appends a leaf. Its index is the size before.
    pub fn push(&mut self, leaf_hash: Hash) {
        let mut hash = leaf_hash;
        for EdgeTile { tile, changed } in &mut self.edge {
            tile.hashes.push(hash);
            *changed = true;
            if tile.hashes.len() < TILE_WIDTH.into() {
                break;
            }
            // full: its root goes into the level above, and the next tile begins
            hash = complete_root(&tile.hashes);
            *changed = false;
            let next = Tile { level: tile.level, index: tile.index + 1, hashes: Vec::new() };
            self.full.push(std::mem::replace(tile, next));
        }
        self.size += 1;
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves so far. Every complete subtree that it combines lies in a partial tile of the
    /// right edge: a tile of width `w` has one for each bit of `w`, and the smallest are in the lowest level.
    pub fn root(&self) -> Hash {
        let mut root = None;
        for EdgeTile { tile, .. } in &self.edge {
            let mut rest = tile.hashes.as_slice();
            while !rest.is_empty() {
                let subtree = 1 << rest.len().trailing_zeros();
                let (before, leaves) = rest.split_at(rest.len() - subtree);
                let left = complete_root(leaves);
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                rest = before;
            }
        }
        root.unwrap_or(EMPTY_ROOT)
    }

    /// What has changed since [`Appender::open`].
    pub fn finish(self) -> Appended {
        let root = self.root();
        let partial = self.edge.into_iter().filter(|level| level.changed).map(|level| level.tile);
        Appended { size: self.size, root, tiles: self.full.into_iter().chain(partial).collect() }
    }
}

#[cfg(test)]
mod tests;
