//! Permits metadata: the XMP of the document (14.3.2) and its information dictionary (14.3.3).

use super::compare::Step;
use super::place::Root;
use super::{Difference, Kind};

pub fn permits(_: &Step<'_>, difference: &Difference) -> Option<Kind> {
    let place = &difference.place;
    let info = place.root == Root::Trailer && place.is_within(&["Info"]);
    (info || place.is_in_catalog(&["Metadata"])).then_some(Kind::Maintenance)
}
