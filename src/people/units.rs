//! The agencies.

use super::{check_name, not_found};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::store::people::UnitRow;

/// Keeps a unit: a new one, or new particulars of one that is there. What was issued before keeps the old ones.
pub async fn put(folder: &DataFolder, unit: &UnitRow) -> Result<()> {
    check_name("unit", &unit.id)?;
    let texts =
        [Some(&unit.name), Some(&unit.tax_code), Some(&unit.address), unit.phone.as_ref(), unit.account.as_ref()];
    for text in texts.into_iter().flatten() {
        if text.trim().is_empty() || text.chars().count() > 300 || text.chars().any(char::is_control) {
            let why = "name, tax code, address, telephone and account have 1 to 300 printable characters";
            return Err(Error::new(Kind::Usage, "unit.text", format!("unit {}", unit.id), why));
        }
    }
    let mut tx = folder.store.write().await?;
    if let Some(key) = &unit.receipt_key
        && tx.signing_key(key).await?.is_none()
    {
        return Err(not_found("key", key));
    }
    tx.put_unit(unit).await?;
    Ok(tx.commit().await?)
}

/// A unit.
pub async fn get(folder: &DataFolder, id: &str) -> Result<UnitRow> {
    folder.store.read().await?.unit(id).await?.ok_or_else(|| not_found("unit", id))
}

/// All units.
pub async fn list(folder: &DataFolder) -> Result<Vec<UnitRow>> {
    Ok(folder.store.read().await?.units().await?)
}
