//! The record of every signature and of every act on a receipt: entries, how they get into the log.
//!
//! | file | what |
//! | --- | --- |
//! | `entry` | what the log says of an act |
//! | `clock` | that entries' times go forward |
//! | `gate` | whether the keys of signatures may sign: stops, successors, quotas |
//! | `log` | appending, checkpoints, proofs; group commit |
//! | `row` | what an entry says of a row of the database |
//! | `rotation` | changing the log's key |
//! | `witnesses` | those who watch this log: asking them for cosignatures |
//! | `witness` | watching the logs of others: cosigning their checkpoints |
//! | `publish` | what others get to see: tiles, bundles, entries |

mod clock;
pub mod entry;
pub mod gate;
mod log;
pub mod publish;
pub mod rotation;
pub mod row;
pub mod witness;
pub mod witnesses;

pub use log::{Log, Logged};
