//! Following a log: each checkpoint must continue the one that was seen last. What an oversight body leaves running.

use super::Trouble;
use super::history::consistent;
use super::note::{Checkpoint, LogKey, Witnesses};
use super::source::{self, Source};
use crate::error::Result;

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// The log as it was, or one that continues it.
    Good(Checkpoint),
    /// What must never be.
    Alarm {
        /// What is wrong, a sentence.
        why: String,
        /// The checkpoint as it came.
        note: String,
    },
}

/// Looks at a log once. `last` is the checkpoint that was seen before.
pub async fn look(
    source: &dyn Source,
    keys: &[LogKey],
    witnesses: &Witnesses,
    last: Option<&Checkpoint>,
) -> Result<Seen> {
    let source::Newest { note, checkpoint, unwitnessed } = source::newest(source, keys, witnesses).await?;
    let new = match unwitnessed.map_or(checkpoint, Err) {
        Ok(new) => new,
        Err(why) => return Ok(Seen::Alarm { why: format!("the checkpoint: {why}"), note }),
    };
    // the first time there is nothing to continue but the empty log, and its tiles must still be those of the checkpoint
    let nothing = Checkpoint { size: 0, root: super::merkle::Range::default().root(), ..new.clone() };
    let old = last.unwrap_or(&nothing);
    if old.origin != new.origin {
        let why = format!("the log is {}, and was {} before", new.origin, old.origin);
        return Ok(Seen::Alarm { why, note });
    }
    match consistent(source, old, &new).await {
        Ok(_) => Ok(Seen::Good(new)),
        Err(Trouble::Log(why)) => Ok(Seen::Alarm { why, note }),
        Err(Trouble::Source(error)) => Err(error),
    }
}
