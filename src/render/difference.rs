//! Where two pictures of a page differ: the frames around what is not the same.

use super::Picture;
use std::collections::BTreeSet;

/// Pixels of the side of a tile; what differs in neighbouring tiles is one area.
const TILE: u32 = 16;
/// Areas that are told apart; of more than that one frame is drawn around all.
const MOST: usize = 40;

/// A rectangle of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area {
    /// Left edge.
    pub left: u32,
    /// Upper edge.
    pub top: u32,
    /// One beyond the right edge.
    pub right: u32,
    /// One beyond the lower edge.
    pub bottom: u32,
}

impl Area {
    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// The areas in which two pictures differ, from the top; of pictures of different sizes the whole.
pub fn differences(one: &Picture, other: &Picture) -> Vec<Area> {
    if (one.width, one.height) != (other.width, other.height) {
        let (right, bottom) = (one.width.max(other.width), one.height.max(other.height));
        return vec![Area { left: 0, top: 0, right, bottom }];
    }
    let mut areas = merged(joined(tiles(one, other)));
    if areas.len() > MOST {
        areas = areas.into_iter().reduce(Area::with).into_iter().collect();
    }
    areas.sort_by_key(|area| (area.top, area.left));
    areas
}

/// The tiles with a pixel that differs: column and row.
fn tiles(one: &Picture, other: &Picture) -> BTreeSet<(u32, u32)> {
    let row = usize::try_from(one.width).unwrap_or(usize::MAX).saturating_mul(3).max(1);
    let mut tiles = BTreeSet::new();
    for (y, (left, right)) in (0_u32..).zip(one.rgb.chunks(row).zip(other.rgb.chunks(row))) {
        if left != right {
            let pixels = left.as_chunks::<3>().0.iter().zip(right.as_chunks::<3>().0);
            let differing = (0_u32..).zip(pixels).filter(|(_, (a, b))| a != b);
            tiles.extend(differing.map(|(x, _)| (x / TILE, y / TILE)));
        }
    }
    tiles
}

/// The frames around tiles that touch or have one tile between them.
fn joined(mut tiles: BTreeSet<(u32, u32)>) -> Vec<Area> {
    let mut areas = Vec::new();
    while let Some(first) = tiles.pop_first() {
        let mut area = frame(first);
        let mut open = vec![first];
        while let Some((column, row)) = open.pop() {
            area = area.with(frame((column, row)));
            for x in column.saturating_sub(2)..=column.saturating_add(2) {
                for y in row.saturating_sub(1)..=row.saturating_add(1) {
                    open.extend(tiles.take(&(x, y)));
                }
            }
        }
        areas.push(area);
    }
    areas
}

fn frame((column, row): (u32, u32)) -> Area {
    let (left, top) = (column.saturating_mul(TILE), row.saturating_mul(TILE));
    Area { left, top, right: left.saturating_add(TILE), bottom: top.saturating_add(TILE) }
}

/// Frames that lie on each other become one.
fn merged(mut areas: Vec<Area>) -> Vec<Area> {
    let mut apart: Vec<Area> = Vec::new();
    while let Some(mut area) = areas.pop() {
        while let Some(at) = apart.iter().position(|other| other.meets(&area)) {
            area = area.with(apart.swap_remove(at));
        }
        apart.push(area);
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn white(width: u32, height: u32) -> Picture {
        Picture { width, height, rgb: vec![255; (width * height * 3) as usize] }
    }

    #[test]
    fn each_place_that_differs_is_framed() {
        let one = white(200, 300);
        assert_eq!(differences(&one, &one), []);
        let mut other = one.clone();
        for (x, y) in [(5, 5), (40, 6), (150, 290)] {
            other.rgb[(y * 200 + x) * 3 + 1] = 254;
        }
        let areas = differences(&one, &other);
        assert_eq!(
            areas,
            [Area { left: 0, top: 0, right: 48, bottom: 16 }, Area { left: 144, top: 288, right: 160, bottom: 304 }]
        );
        let larger = white(200, 400);
        assert_eq!(differences(&one, &larger), [Area { left: 0, top: 0, right: 200, bottom: 400 }]);
    }

    #[test]
    fn what_differs_everywhere_is_one_area() {
        let (one, mut other) = (white(1_600, 1_600), white(1_600, 1_600));
        for y in (0..1_600).step_by(80) {
            for x in (0..1_600).step_by(80) {
                other.rgb[(y * 1_600 + x) * 3] = 0;
            }
        }
        assert_eq!(differences(&one, &other).len(), 1);
    }
}
