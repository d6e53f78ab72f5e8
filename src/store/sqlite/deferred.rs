//! Documents that wait for a signature from elsewhere, in SQLite.

use super::{SqliteTransaction, digest, int, time_of, time_text, uint};
use crate::store::deferred::{DeferredRow, DeferredTable};
use crate::store::{Sha256, StoreError};
use async_trait::async_trait;
use sqlx::query;
use time::OffsetDateTime;

#[async_trait]
impl DeferredTable for SqliteTransaction {
    async fn put_deferred(&mut self, row: &DeferredRow) -> Result<(), StoreError> {
        let expires = time_text(row.expires)?;
        query!(
            "INSERT INTO deferred (id, terms, increment, expires) VALUES (?, ?, ?, ?)",
            row.id,
            row.terms,
            row.increment,
            expires
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn deferred(&mut self, id: &str) -> Result<Option<DeferredRow>, StoreError> {
        let found =
            query!("SELECT terms, increment, expires, entry, signature, finished FROM deferred WHERE id = ?", id)
                .fetch_optional(self.connection())
                .await?;
        let Some(found) = found else { return Ok(None) };
        let logged = match (found.entry, found.signature) {
            (Some(entry), Some(signature)) => Some((uint(entry)?, digest(&signature)?)),
            _ => None,
        };
        Ok(Some(DeferredRow {
            id: id.to_owned(),
            terms: found.terms,
            increment: found.increment,
            expires: time_of(&found.expires)?,
            logged,
            finished: found.finished.as_deref().map(time_of).transpose()?,
        }))
    }

    async fn log_deferred(&mut self, id: &str, entry: u64, signature: &Sha256) -> Result<bool, StoreError> {
        let (entry, signature) = (int(entry)?, signature.as_slice());
        let done =
            query!("UPDATE deferred SET entry = ?, signature = ? WHERE id = ? AND entry IS NULL", entry, signature, id)
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn finish_deferred(&mut self, id: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let at = time_text(at)?;
        query!("UPDATE deferred SET finished = ? WHERE id = ?", at, id).execute(self.connection()).await?;
        Ok(())
    }

    async fn forget_deferred(&mut self, before: OffsetDateTime) -> Result<(), StoreError> {
        let before = time_text(before)?;
        query!("DELETE FROM deferred WHERE expires < ?", before).execute(self.connection()).await?;
        Ok(())
    }
}
