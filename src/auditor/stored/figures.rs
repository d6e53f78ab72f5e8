//! What a province counts: each count, against the rows that it counts, which are held against the log by themselves.

use super::{CHUNK, Check};
use crate::error::Result;
use crate::messages::audit::{miscounted, uncountable};
use crate::store::StoreError;

impl Check<'_> {
    /// Every count, counted anew.
    pub(super) async fn figures(&mut self) -> Result<()> {
        let found = self.database.view().await.miscounted(CHUNK).await;
        match found {
            Ok(found) => found.iter().for_each(|what| self.findings.tell(miscounted(what))),
            // an act whose facts are no JSON any more, which was named before
            Err(StoreError::Unavailable(why)) => self.findings.tell(uncountable(&why)),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
