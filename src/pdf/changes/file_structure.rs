//! Permits what a trailer says of the file and not of the document: sizes, positions, file identifiers (7.5.5).

use super::compare::Step;
use super::place::Root;
use super::{Difference, Kind};

/// Keys of trailers and of cross-reference streams.
const KEYS: [&str; 11] =
    ["Size", "Prev", "XRefStm", "ID", "Type", "W", "Index", "Length", "Filter", "DecodeParms", "DocChecksum"];

pub fn permits(_: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let permitted = place.root == Root::Trailer && KEYS.iter().any(|key| place.is_within(&[key]));
    permitted.then_some(Kind::FileStructure)
}
