//! The record of every signature and of every act on a receipt: entries, how they get into the log.
//!
//! | file | what |
//! | --- | --- |
//! | `entry` | what the log says of an act |
//! | `log` | appending, checkpoints, proofs; group commit |
//! | `publish` | what others get to see: tiles, bundles, entries |

pub mod entry;
mod log;
pub mod publish;

pub use log::{Log, Logged};
