//! Entries' times go forward. A clock that was set back would let what is signed now look older than what is in the log
//! already, so nothing is signed until it is right, or until the log says that it was wrong before.

use super::entry::{Action, Entry};
use crate::error::{Error, Kind, Result};
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// How much earlier than the one before it an entry may be: many sign at once, for some of whom it takes a while, and clocks are
/// put right by seconds.
const LEEWAY: Duration = Duration::minutes(5);

#[derive(Deserialize)]
struct Timed {
    time: String,
}

/// Refuses entries that are earlier than the last one of the log, or than each other.
pub(super) fn check(last: Option<&[u8]>, entries: &[Entry]) -> Result<()> {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let last = last.and_then(|bytes| serde_json::from_slice::<Timed>(bytes).ok());
    let mut latest = last.and_then(|entry| time(&entry.time));
    for entry in entries {
        let now = time(&entry.time);
        if let (Some(now), Some(latest)) = (now, latest)
            && entry.action != Action::ClockCorrected
            && latest - now > LEEWAY
        {
            let why = format!("the clock says {}, and the log's last entry is of {latest}", entry.time);
            return Err(Error::new(Kind::Unavailable, "audit.clock", "audit log", why));
        }
        latest = if entry.action == Action::ClockCorrected { now } else { latest.max(now) };
    }
    Ok(())
}
