//! The audit log in SQLite.

use super::{SqliteTransaction, damaged, digest, int, uint};
use crate::store::StoreError;
use crate::store::log::{LogHead, LogRow, LogTable, WitnessedRow};
use crate::tlog::Hash;
use async_trait::async_trait;
use sqlx::{query, query_scalar};

#[async_trait]
impl LogTable for SqliteTransaction {
    async fn log_head(&mut self) -> Result<Option<LogHead>, StoreError> {
        let row = query!("SELECT size, root, checkpoint FROM log_head WHERE id = 0")
            .fetch_optional(self.connection())
            .await?;
        row.map(|r| Ok(LogHead { size: uint(r.size)?, root: digest(&r.root)?, checkpoint: r.checkpoint })).transpose()
    }

    async fn move_log_head(&mut self, from: Option<u64>, to: &LogHead) -> Result<bool, StoreError> {
        let (size, root) = (int(to.size)?, to.root.as_slice());
        let done = match from {
            None => {
                query!(
                    "INSERT INTO log_head (id, size, root, checkpoint) VALUES (0, ?, ?, ?) ON CONFLICT DO NOTHING",
                    size,
                    root,
                    to.checkpoint
                )
                .execute(self.connection())
                .await?
            }
            Some(from) => {
                let from = int(from)?;
                query!(
                    "UPDATE log_head SET size = ?, root = ?, checkpoint = ? WHERE id = 0 AND size = ?",
                    size,
                    root,
                    to.checkpoint,
                    from
                )
                .execute(self.connection())
                .await?
            }
        };
        Ok(done.rows_affected() == 1)
    }

    async fn log_tile(&mut self, level: u8, index: u64) -> Result<Vec<Hash>, StoreError> {
        let index = int(index)?;
        let hashes = query_scalar!("SELECT hashes FROM log_tile WHERE level = ? AND idx = ?", level, index)
            .fetch_optional(self.connection())
            .await?
            .unwrap_or_default();
        let (hashes, rest) = hashes.as_chunks::<32>();
        if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(damaged("a tile of the log is cut short")) }
    }

    async fn put_log_tile(&mut self, level: u8, index: u64, hashes: &[Hash]) -> Result<(), StoreError> {
        let (index, hashes) = (int(index)?, hashes.as_flattened());
        query!("INSERT OR REPLACE INTO log_tile (level, idx, hashes) VALUES (?, ?, ?)", level, index, hashes)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn put_log_entries(&mut self, first: u64, rows: &[LogRow]) -> Result<(), StoreError> {
        // one statement for all: each costs two changes of thread
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (hex::encode(&row.entry), row.signature.map(hex::encode), row.receipt.as_deref()))
            .collect();
        let (first, rows) = (int(first)?, serde_json::to_string(&rows).map_err(|_| damaged("an entry is not text"))?);
        query!(
            "INSERT INTO log_entry (idx, entry, signature, receipt)
             SELECT ? + key, unhex(value ->> 0), unhex(value ->> 1), value ->> 2 FROM json_each(?)",
            first,
            rows
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn log_entries(&mut self, first: u64, most: u32) -> Result<Vec<(u64, LogRow)>, StoreError> {
        let first = int(first)?;
        let rows = query!(
            r#"SELECT idx AS "idx!", entry, signature, receipt FROM log_entry WHERE idx >= ? ORDER BY idx LIMIT ?"#,
            first,
            most
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                let signature = r.signature.as_deref().map(digest).transpose()?;
                Ok((uint(r.idx)?, LogRow { entry: r.entry, signature, receipt: r.receipt }))
            })
            .collect()
    }

    async fn log_entries_of_signature(&mut self, signature: &Hash) -> Result<Vec<u64>, StoreError> {
        let signature = signature.as_slice();
        let found = query_scalar!(r#"SELECT idx AS "idx!" FROM log_entry WHERE signature = ? ORDER BY idx"#, signature)
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(uint).collect()
    }

    async fn log_entries_of_receipt(&mut self, receipt: &str) -> Result<Vec<u64>, StoreError> {
        let found = query_scalar!(r#"SELECT idx AS "idx!" FROM log_entry WHERE receipt = ? ORDER BY idx"#, receipt)
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(uint).collect()
    }

    async fn misindexed(&mut self, before: u64, most: u32) -> Result<Vec<u64>, StoreError> {
        let before = int(before)?;
        let found = query_scalar!(
            r#"SELECT idx AS "idx!" FROM log_entry WHERE idx < ? AND CASE WHEN json_valid(CAST(entry AS TEXT)) THEN
                   receipt IS NOT CAST(entry AS TEXT) ->> 'receipt'
                   OR CASE WHEN signature IS NULL THEN NULL ELSE lower(hex(signature)) END
                       IS NOT CAST(entry AS TEXT) ->> 'signature'
               ELSE 1 END ORDER BY idx LIMIT ?"#,
            before,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(uint).collect()
    }

    async fn log_cosigned(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        let row =
            query!("SELECT size, checkpoint FROM log_cosigned WHERE id = 0").fetch_optional(self.connection()).await?;
        row.map(|r| Ok((uint(r.size)?, r.checkpoint))).transpose()
    }

    async fn put_log_cosigned(&mut self, size: u64, checkpoint: &str) -> Result<(), StoreError> {
        let size = int(size)?;
        query!(
            "INSERT INTO log_cosigned (id, size, checkpoint) VALUES (0, ?, ?)
             ON CONFLICT DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint WHERE size <= excluded.size",
            size,
            checkpoint
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn log_witness(&mut self, name: &str) -> Result<u64, StoreError> {
        let size = query_scalar!("SELECT size FROM log_witness WHERE name = ?", name)
            .fetch_optional(self.connection())
            .await?;
        size.map_or(Ok(0), uint)
    }

    async fn put_log_witness(&mut self, name: &str, size: u64) -> Result<(), StoreError> {
        let size = int(size)?;
        query!("INSERT OR REPLACE INTO log_witness (name, size) VALUES (?, ?)", name, size)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn witnessed_log(&mut self, origin: &str) -> Result<Option<WitnessedRow>, StoreError> {
        let row =
            query!(r#"SELECT origin AS "origin!", size, root, checkpoint FROM witnessed_log WHERE origin = ?"#, origin)
                .fetch_optional(self.connection())
                .await?;
        row.map(|r| {
            Ok(WitnessedRow { origin: r.origin, size: uint(r.size)?, root: digest(&r.root)?, checkpoint: r.checkpoint })
        })
        .transpose()
    }

    async fn put_witnessed_log(&mut self, row: &WitnessedRow) -> Result<(), StoreError> {
        let (size, root) = (int(row.size)?, row.root.as_slice());
        query!(
            "INSERT OR REPLACE INTO witnessed_log (origin, size, root, checkpoint) VALUES (?, ?, ?, ?)",
            row.origin,
            size,
            root,
            row.checkpoint
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn witnessed_logs(&mut self) -> Result<Vec<WitnessedRow>, StoreError> {
        let rows = query!(r#"SELECT origin AS "origin!", size, root, checkpoint FROM witnessed_log ORDER BY origin"#)
            .fetch_all(self.connection())
            .await?;
        rows.into_iter()
            .map(|r| {
                let (size, root) = (uint(r.size)?, digest(&r.root)?);
                Ok(WitnessedRow { origin: r.origin, size, root, checkpoint: r.checkpoint })
            })
            .collect()
    }

    async fn log_retired_keys(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(query_scalar!(r#"SELECT vkey AS "vkey!" FROM log_retired_key ORDER BY vkey"#)
            .fetch_all(self.connection())
            .await?)
    }

    async fn put_log_retired_key(&mut self, vkey: &str) -> Result<(), StoreError> {
        query!("INSERT OR IGNORE INTO log_retired_key (vkey) VALUES (?)", vkey).execute(self.connection()).await?;
        Ok(())
    }
}
