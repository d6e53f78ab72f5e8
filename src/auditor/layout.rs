//! Where a log keeps what, and how it is packed (C2SP tlog-tiles).

use super::merkle::Hash;
use std::fmt;
use std::ops::Range;

/// Hashes of a full tile, entries of a full bundle.
pub const WIDTH: u64 = 256;
/// Bytes of the longest bundle: 256 entries with their lengths.
pub const LONGEST_BUNDLE: usize = 256 * (2 + 65_535);
/// Bytes of a full tile.
pub const LONGEST_TILE: usize = 256 * 32;

/// What a tile has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Entries.
    Entries,
    /// Hashes of this level.
    Level(u8),
}

/// A tile of hashes, or a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What is in it.
    pub kind: Kind,
    /// Which one.
    pub index: u64,
    /// How much of it, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// That of a tree of `size` leaves; none if such a tree has none there.
    pub fn of(kind: Kind, index: u64, size: u64) -> Option<Self> {
        let level = match kind {
            Kind::Entries => 0,
            Kind::Level(level) => u32::from(level),
        };
        let all = size.checked_shr(level.checked_mul(8)?)?;
        let before = index.checked_mul(WIDTH)?;
        let width = u16::try_from(all.checked_sub(before)?.min(WIDTH)).ok()?;
        (width > 0).then_some(Self { kind, index, width })
    }

    /// The full one, of which this is the beginning.
    pub const fn full(self) -> Self {
        Self { width: 256, ..self }
    }

    /// Whether it is full.
    pub const fn is_full(self) -> bool {
        self.width >= 256
    }

    /// Bytes that it has at most.
    pub const fn most(self) -> usize {
        match self.kind {
            Kind::Entries => LONGEST_BUNDLE,
            Kind::Level(_) => LONGEST_TILE,
        }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Entries => f.write_str("tile/entries")?,
            Kind::Level(level) => write!(f, "tile/{level}")?,
        }
        let digits = self.index.to_string();
        let padded = format!("{}{digits}", "0".repeat(digits.len().next_multiple_of(3).saturating_sub(digits.len())));
        let groups = padded.len() / 3;
        for group in 0..groups {
            let last = group.saturating_add(1) == groups;
            let at = group.saturating_mul(3);
            let three = padded.get(at..at.saturating_add(3)).unwrap_or_default();
            write!(f, "/{}{three}", if last { "" } else { "x" })?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Where in a bundle its first `width` entries are; none if it does not have as many, or is cut off.
pub fn entries(bundle: &[u8], width: u16) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::with_capacity(usize::from(width));
    let mut at = 0_usize;
    for _ in 0..width {
        let start = at.checked_add(2)?;
        let length = bundle.get(at..start).and_then(|two| <[u8; 2]>::try_from(two).ok())?;
        let end = start.checked_add(usize::from(u16::from_be_bytes(length)))?;
        bundle.get(start..end)?;
        found.push(start..end);
        at = end;
    }
    Some(found)
}

/// The first `width` hashes of a tile; none if it does not have as many.
pub fn hashes(tile: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = tile.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() > 256 {
        return None;
    }
    hashes.get(..usize::from(width)).map(<[Hash]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_those_of_the_specification() {
        let path = |kind, index, size| Tile::of(kind, index, size).map(|tile| tile.to_string());
        let size = 70_000;
        assert_eq!(path(Kind::Level(0), 272, size).unwrap(), "tile/0/272");
        assert_eq!(path(Kind::Level(0), 273, size).unwrap(), "tile/0/273.p/112");
        assert_eq!(path(Kind::Entries, 273, size).unwrap(), "tile/entries/273.p/112");
        assert_eq!(path(Kind::Level(1), 1, size).unwrap(), "tile/1/001.p/17");
        assert_eq!(path(Kind::Level(2), 0, size).unwrap(), "tile/2/000.p/1");
        assert_eq!(path(Kind::Level(0), 274, size), None);
        assert_eq!(path(Kind::Level(3), 0, size), None);
        assert_eq!(path(Kind::Level(200), 0, u64::MAX), None);
        assert_eq!(path(Kind::Level(0), 1_234_067, u64::MAX).unwrap(), "tile/0/x001/x234/067");
    }

    #[test]
    fn bundles_and_tiles_that_are_cut_off_are_nothing() {
        let bundle = [0, 1, 7, 0, 0, 0, 2, 8, 9];
        assert_eq!(entries(&bundle, 3), Some(vec![2..3, 5..5, 7..9]));
        assert_eq!(entries(&bundle, 2), Some(vec![2..3, 5..5]));
        assert_eq!(entries(&bundle, 4), None);
        assert_eq!(entries(&bundle[..8], 3), None);
        assert_eq!(hashes(&[7; 64], 2), Some(vec![[7; 32]; 2]));
        assert_eq!(hashes(&[7; 64], 3), None);
        assert_eq!(hashes(&[7; 65], 1), None);
    }
}
