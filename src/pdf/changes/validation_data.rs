//! Permits validation data: the document security store (12.8.4.3).

use super::compare::Step;
use super::{Difference, Kind};

pub fn permits(_: &Step<'_>, difference: &Difference) -> Option<Kind> {
    difference.place.is_in_catalog(&["DSS"]).then_some(Kind::Maintenance)
}
