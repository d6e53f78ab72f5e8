//! The database of a data folder, in one consistent view.

use super::Source;
use crate::auditor::entry::Entry;
use crate::auditor::layout::{Kind, Tile, WIDTH};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::store::log::LogRow;
use crate::store::{StoreError, Transaction};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Mutex, PoisonError};
use tokio::sync::MutexGuard;

/// One consistent view of a database.
pub struct Database {
    view: tokio::sync::Mutex<Box<dyn Transaction>>,
    noticed: Mutex<Vec<String>>,
}

impl Database {
    /// What this view shows.
    pub fn new(view: Box<dyn Transaction>) -> Self {
        Self { view: tokio::sync::Mutex::new(view), noticed: Mutex::default() }
    }

    /// The view, for what else is to be held against the log.
    pub async fn view(&self) -> MutexGuard<'_, Box<dyn Transaction>> {
        self.view.lock().await
    }

    fn notice(&self, what: String) {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// What was read; none where the database contradicts itself, which is noticed and is no reason to stop.
    fn whole<T>(&self, read: std::result::Result<T, StoreError>) -> Result<Option<T>> {
        match read {
            Ok(found) => Ok(Some(found)),
            Err(error @ StoreError::Damaged { .. }) => {
                self.notice(error.to_string());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The rows of one bundle, packed as a bundle.
    fn pack(&self, tile: Tile, rows: Vec<(u64, LogRow)>) -> Vec<u8> {
        let mut bundle = Vec::new();
        let mut rows = rows.into_iter().peekable();
        let first = tile.index.saturating_mul(WIDTH);
        for index in first..first.saturating_add(tile.width.into()) {
            let mut entry = Vec::new();
            if let Some((_, row)) = rows.next_if(|(found, _)| *found == index) {
                self.check_index(index, &row);
                entry = row.entry;
            }
            let length = u16::try_from(entry.len()).unwrap_or_else(|_| {
                self.notice(format!("entry {index}: it is longer than an entry can be"));
                entry.clear();
                0
            });
            bundle.extend(length.to_be_bytes());
            bundle.extend(entry);
        }
        bundle
    }

    /// What entries are found by must be what they say.
    fn check_index(&self, index: u64, row: &LogRow) {
        let Ok(entry) = Entry::parse(&row.entry) else { return };
        if entry.signature.as_deref() != row.signature.map(hex::encode).as_deref()
            || entry.receipt.as_deref() != row.receipt.as_deref()
        {
            self.notice(format!("entry {index}: the database's index does not agree with what it says"));
        }
    }
}

#[async_trait]
impl Source for Database {
    fn name(&self) -> String {
        "the database".to_owned()
    }

    async fn checkpoint(&self) -> Result<String> {
        let mut view = self.view.lock().await;
        let missing = || Error::new(ErrorKind::BadInput, "audit.damaged", "audit log", "the database has no log");
        let head = view.log_head().await?.ok_or_else(missing)?;
        let mut lines = head.checkpoint.lines().skip(1);
        let (size, root) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        if size != head.size.to_string() {
            self.notice(format!("the checkpoint is of {size} entries, the head of {}", head.size));
        }
        if root != STANDARD.encode(head.root) {
            self.notice("the head's root hash is not that of its checkpoint".to_owned());
        }
        let beyond = match size.parse() {
            Ok(size) if i64::try_from(size).is_ok() => view.log_entries(size, 1).await?,
            _ => Vec::new(),
        };
        if let Some((index, _)) = beyond.first() {
            self.notice(format!("entry {index} is beyond the {size} entries of the checkpoint"));
        }
        let cosigned = view.log_cosigned().await?.filter(|(_, cosigned)| cosigned.starts_with(&head.checkpoint));
        Ok(cosigned.map_or(head.checkpoint, |(_, cosigned)| cosigned))
    }

    async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>> {
        let first = tile.index.saturating_mul(WIDTH);
        if i64::try_from(first.saturating_add(WIDTH)).is_err() {
            return Ok(None);
        }
        let mut view = self.view.lock().await;
        match tile.kind {
            Kind::Level(level) => {
                let hashes = self.whole(view.log_tile(level, tile.index).await)?.unwrap_or_default();
                Ok((hashes.len() >= tile.width.into()).then(|| hashes.concat()))
            }
            Kind::Entries => {
                let rows = self.whole(view.log_entries(first, tile.width.into()).await)?;
                drop(view);
                Ok(rows.map(|rows| self.pack(tile, rows)))
            }
        }
    }

    fn noticed(&self) -> Vec<String> {
        std::mem::take(&mut *self.noticed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
