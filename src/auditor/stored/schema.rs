//! What is none of the program's in the database: strange tables and triggers, rows that hang in the air; and by what entries are found.

use super::{CHUNK, Check};
use crate::error::Result;
use crate::messages::audit::{altered, misindexed, orphans, stranger};
use crate::store::Oddity;

impl Check<'_> {
    /// The database is as the program makes it; entries that were not read this time are found by what they say.
    pub(super) async fn schema(&mut self) -> Result<()> {
        let oddities = self.database.view().await.oddities().await?;
        for oddity in oddities {
            self.findings.tell(match oddity {
                Oddity::Stranger(what) => stranger(&what),
                Oddity::Changed(what) => altered(&what),
                Oddity::Orphan(table, parent) => orphans(&table, &parent),
            });
        }
        let unread = self.unread;
        if unread > 0 {
            for index in self.database.view().await.misindexed(unread, CHUNK).await? {
                self.findings.tell(misindexed(index));
            }
        }
        Ok(())
    }
}
