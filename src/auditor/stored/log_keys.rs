//! The keys that the log has signed with before, by which proofs in older files are believed: somebody who adds a key of his own there would be
//! believed as well.

use super::Check;
use crate::auditor::merkle::sha256;
use crate::auditor::note::{Checkpoint, LogKey};
use crate::auditor::told::Told;
use crate::error::Result;
use crate::messages::audit::{former_key, stranger_key};

impl Check<'_> {
    /// Each came into the log as it was changed, but for the first one; and none of them has signed the newest checkpoint alone.
    pub(super) async fn log_keys(&mut self, note: &str) -> Result<()> {
        let former = self.database.view().await.log_retired_keys().await?;
        let is_current = |key: &&LogKey| !former.contains(&key.to_string());
        let current: Vec<LogKey> = self.keys.iter().filter(is_current).cloned().collect();
        if self.checkpoint.is_some() && Checkpoint::open(note, &current).is_err() {
            self.findings.tell(former_key());
        }
        let Some(tally) = self.told.and_then(Told::tally) else { return Ok(()) };
        let is_known =
            |key: &&String| tally.log_keys.contains(&format!("sha256:{}", hex::encode(sha256(key.as_bytes()))));
        let mut unknown: Vec<&String> = former.iter().filter(|key| !is_known(key)).collect();
        // a log that has changed its key had one before that
        if unknown.len() == 1 && !tally.log_keys.is_empty() {
            unknown.clear();
        }
        for key in unknown {
            self.findings.tell(stranger_key(key));
        }
        Ok(())
    }
}
