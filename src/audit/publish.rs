//! What the log shows to others: tiles and entry bundles (C2SP tlog-tiles), and which entry somebody means. It only
//! reads: tiles and bundles are made of the database each time, so there is nothing that a crash could leave half published.

use crate::error::{Error, Kind, Result};
use crate::store::log::LogRow;
use crate::store::{Store, Transaction};
use crate::tlog::Hash;
use crate::tlog::tile::{TILE_WIDTH, TilePath, encode_bundle};

/// The bytes of a tile of hashes or of a bundle of entries; none if the log does not have it yet. Of a tile that has grown
/// meanwhile, an earlier state is given as well: monitors ask for the one that their checkpoint has.
pub async fn tile(store: &dyn Store, path: TilePath) -> Result<Option<Vec<u8>>> {
    let mut tx = store.read().await?;
    match path {
        TilePath::Hashes(id) => {
            if is_beyond(id.index) {
                return Ok(None);
            }
            let hashes = tx.log_tile(id.level, id.index).await?;
            Ok(hashes.get(..usize::from(id.width)).map(<[Hash]>::concat))
        }
        TilePath::Entries(id) => {
            let Some(first) = id.index.checked_mul(TILE_WIDTH.into()) else { return Ok(None) };
            let rows = entries_from(&mut *tx, first, id.width.into()).await?;
            if rows.len() < usize::from(id.width) {
                return Ok(None);
            }
            let entries: Vec<Vec<u8>> = rows.into_iter().map(|(_, row)| row.entry).collect();
            Ok(Some(encode_bundle(&entries)?))
        }
    }
}

/// At most `most` entries from `first` on, with their indexes.
pub async fn entries(store: &dyn Store, first: u64, most: u32) -> Result<Vec<(u64, LogRow)>> {
    entries_from(&mut *store.read().await?, first, most).await
}

async fn entries_from(tx: &mut dyn Transaction, first: u64, most: u32) -> Result<Vec<(u64, LogRow)>> {
    if is_beyond(first) { Ok(Vec::new()) } else { Ok(tx.log_entries(first, most).await?) }
}

/// Indexes are kept in 63 bits; behind them there is nothing.
fn is_beyond(index: u64) -> bool {
    i64::try_from(index).is_err()
}

/// The index of the entry that somebody means by its index, by the SHA-256 of a signature value, or by the identity of a
/// receipt, of which it is the entry of its issue.
pub async fn find(store: &dyn Store, id: &str) -> Result<u64> {
    let hash = hex::decode(id).ok().and_then(|hash| Hash::try_from(hash).ok());
    let found = match (hash, id.parse()) {
        (Some(hash), _) => store.read().await?.log_entries_of_signature(&hash).await?,
        (None, Ok(index)) if is_beyond(index) => Vec::new(),
        (None, Ok(index)) => vec![index],
        (None, Err(_)) => store.read().await?.log_entries_of_receipt(id).await?,
    };
    found.first().copied().ok_or_else(|| {
        let what: String = id.chars().take(80).collect();
        Error::new(Kind::NotFound, "audit.not_found", what, "there is no such entry in the log")
            .hint("a receipt's number, the SHA-256 of a signature value, or an entry's index is wanted")
    })
}
