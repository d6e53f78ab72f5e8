//! Validation of signatures as ETSI EN 319 102-1 describes it: one building block a file, under the
//! standard's own names. A validation is a function of its inputs: no clock, no network, no folder.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod digests;
pub mod indication;
pub mod report;
