//! Entries of a database the newest first, a page at a time. What has an index (a receipt, a signature) or an order (time) is found by it;
//! anything else is looked for among a bounded number of entries, and gone on with from there.

use super::entry::{Entry, receipt};
use super::filter::Filter;
use crate::error::Result;
use crate::store::Transaction;
use std::collections::BTreeSet;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Entries that are read at a time, and for one page at most.
const CHUNK: u64 = 512;
const MOST_READ: u64 = 32 * CHUNK;
/// Entries' times go forward but for so much, which clocks of several machines may differ by.
const SLACK: Duration = Duration::minutes(6);

/// A page of entries.
#[derive(Debug, Default)]
pub struct Found {
    /// Their indexes and bytes, the newest first.
    pub items: Vec<(u64, Vec<u8>)>,
    /// Before which index to go on; none where there is nothing more.
    pub next: Option<u64>,
}

/// At most `most` entries that match, before an index, or the newest. The log's times are taken to go forward: where a clock was put right,
/// what was entered before is not found by its day from the other side of that entry.
pub async fn newest(view: &mut dyn Transaction, filter: &Filter, before: Option<u64>, most: usize) -> Result<Found> {
    let size = view.log_head().await?.map_or(0, |head| head.size);
    let end = before.map_or(size, |before| before.min(size));
    match indexed(view, filter).await? {
        Some(indexes) => of_these(view, filter, indexes.into_iter().rev().filter(|index| *index < end), most).await,
        None => scanned(view, filter, end, most).await,
    }
}

/// The entries that an index leads to; none where there is none for what is asked.
async fn indexed(view: &mut dyn Transaction, filter: &Filter) -> Result<Option<BTreeSet<u64>>> {
    if let Some(id) = filter.receipt.as_deref().filter(|id| receipt(id).is_some() || !id.contains('/')) {
        let mut found: BTreeSet<u64> = view.log_entries_of_receipt(id).await?.into_iter().collect();
        // a receipt and the one in its place name each other
        for index in found.clone() {
            let other = entry_at(view, index).await?.and_then(|bytes| {
                Entry::parse(&bytes).ok().and_then(|entry| entry.related.map(std::borrow::Cow::into_owned))
            });
            if let Some(other) = other {
                found.extend(view.log_entries_of_receipt(&other).await?);
            }
        }
        return Ok(Some(found));
    }
    let mut found = BTreeSet::new();
    for digest in filter.digests.iter().flatten() {
        if let Some(signature) = hex::decode(digest).ok().and_then(|bytes| bytes.try_into().ok()) {
            found.extend(view.log_entries_of_signature(&signature).await?);
        }
    }
    // it may be the digest of something else
    Ok(if found.is_empty() { None } else { Some(found) })
}

async fn entry_at(view: &mut dyn Transaction, index: u64) -> Result<Option<Vec<u8>>> {
    let rows = view.log_entries(index, 1).await?;
    Ok(rows.into_iter().find(|(found, _)| *found == index).map(|(_, row)| row.entry))
}

async fn of_these(
    view: &mut dyn Transaction,
    filter: &Filter,
    indexes: impl Iterator<Item = u64> + Send,
    most: usize,
) -> Result<Found> {
    let mut found = Found::default();
    for index in indexes {
        let Some(bytes) = entry_at(view, index).await? else { continue };
        if !Entry::parse(&bytes).is_ok_and(|entry| filter.matches(&entry)) {
            continue;
        }
        if found.items.len() == most {
            found.next = found.items.last().map(|(last, _)| *last);
            break;
        }
        found.items.push((index, bytes));
    }
    Ok(found)
}

async fn scanned(view: &mut dyn Transaction, filter: &Filter, end: u64, most: usize) -> Result<Found> {
    let mut end = match filter.until {
        Some(until) => first_after(view, end, until.saturating_add(SLACK)).await?,
        None => end,
    };
    let oldest = filter.since.map(|since| since.saturating_sub(SLACK));
    let lowest = end.saturating_sub(MOST_READ);
    let mut found = Found::default();
    while end > lowest {
        let start = end.saturating_sub(CHUNK).max(lowest);
        let width = u32::try_from(end.saturating_sub(start)).unwrap_or(u32::MAX);
        for (index, row) in view.log_entries(start, width).await?.into_iter().rev() {
            let Ok(entry) = Entry::parse(&row.entry) else { continue };
            if oldest.is_some_and(|oldest| time_of(&entry).is_some_and(|time| time < oldest)) {
                return Ok(found);
            }
            if !filter.matches(&entry) {
                continue;
            }
            if found.items.len() == most {
                found.next = found.items.last().map(|(last, _)| *last);
                return Ok(found);
            }
            found.items.push((index, row.entry));
        }
        end = start;
    }
    found.next = (end > 0).then_some(end);
    Ok(found)
}

fn time_of(entry: &Entry<'_>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&entry.time, &Rfc3339).ok()
}

/// The first entry that may have been made at a time or after it.
pub async fn first_since(view: &mut dyn Transaction, time: OffsetDateTime) -> Result<u64> {
    let size = view.log_head().await?.map_or(0, |head| head.size);
    first_after(view, size, time.saturating_sub(SLACK)).await
}

/// The first of so many entries that was made after a time.
async fn first_after(view: &mut dyn Transaction, size: u64, time: OffsetDateTime) -> Result<u64> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low.midpoint(high);
        let bytes = entry_at(view, middle).await?.unwrap_or_default();
        // what cannot be read is taken for older, so that nothing is passed over
        let is_after = Entry::parse(&bytes).ok().and_then(|entry| time_of(&entry)).is_some_and(|at| at > time);
        if is_after {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Ok(low)
}
