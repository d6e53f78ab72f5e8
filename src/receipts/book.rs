//! The book of series: opened, listed, closed.

use super::ReceiptError;
use super::life::Series;
use super::series::SeriesId;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::store::receipts::SeriesRow;

/// Opens a series of a unit. Its numbers begin with 1.
pub async fn create(folder: &DataFolder, id: &SeriesId, unit: &str, actor: &str) -> Result<SeriesRow> {
    let now = folder.now();
    let mut tx = folder.store.write().await?;
    if tx.unit(unit).await?.is_none() {
        return Err(Error::new(Kind::NotFound, "receipt.unit", format!("unit {unit}"), "there is none of that name")
            .hint("dauson unit put makes it"));
    }
    if tx.series(id.form.as_str(), id.symbol.as_str()).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "receipt.series_exists", format!("series {id}"), "it is there already"));
    }
    let row = SeriesRow {
        form: id.form.to_string(),
        symbol: id.symbol.to_string(),
        unit: unit.to_owned(),
        next: 1,
        is_open: true,
        created: now,
    };
    tx.put_series(&row).await?;
    let mut entry = Entry::new(Action::SeriesOpened, now)?.of_unit(unit).about(id);
    entry.actor = Some(folder.log.pseudonym(actor));
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    Ok(row)
}

/// All series, of one unit if it is given.
pub async fn list(folder: &DataFolder, unit: Option<&str>) -> Result<Vec<SeriesRow>> {
    Ok(folder.store.read().await?.all_series(unit).await?)
}

/// Closes a series for good: no receipt is issued from it any more.
pub async fn close(folder: &DataFolder, id: &SeriesId, actor: &str) -> Result<SeriesRow> {
    let mut tx = folder.store.write().await?;
    let mut row = find(&mut *tx, id).await?;
    if !row.is_open {
        return Err(ReceiptError::SeriesClosed(id.clone()).into());
    }
    row.is_open = false;
    tx.update_series(&row).await?;
    let mut entry = Entry::new(Action::SeriesClosed, folder.now())?.of_unit(&row.unit).about(id);
    entry.actor = Some(folder.log.pseudonym(actor));
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    Ok(row)
}

/// A series as the store has it.
pub(super) async fn find(tx: &mut dyn crate::store::Transaction, id: &SeriesId) -> Result<SeriesRow> {
    tx.series(id.form.as_str(), id.symbol.as_str()).await?.ok_or_else(|| {
        Error::new(Kind::NotFound, "receipt.no_series", format!("series {id}"), "there is no such series")
            .hint("dauson receipt series list shows those there are")
    })
}

/// The rules' view of a stored series.
pub(super) fn rules(id: &SeriesId, row: &SeriesRow) -> Series {
    Series { id: id.clone(), next: row.next, is_open: row.is_open }
}
