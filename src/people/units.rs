//! The agencies.

use super::{check_name, not_found};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::people::UnitRow;

/// Units above one another.
const DEEPEST: usize = 16;

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
    if !is_tax_code(&unit.tax_code) {
        let why = format!("{} is not a tax code: ten digits, or ten, a hyphen and three", unit.tax_code);
        return Err(Error::new(Kind::Usage, "unit.tax_code", format!("unit {}", unit.id), why));
    }
    let mut tx = folder.store.write().await?;
    if let Some(id) = &unit.receipt_key {
        let key = tx.signing_key(id).await?.ok_or_else(|| not_found("key", id))?;
        is_of(unit, &Certificate::parse(&key.certificate)?)?;
    }
    let mut above = unit.parent.clone();
    for _ in 0..DEEPEST {
        let Some(id) = above else { break };
        if id == unit.id {
            let why = "a unit cannot be above itself";
            return Err(Error::new(Kind::Usage, "unit.parent", format!("unit {}", unit.id), why));
        }
        above = tx.unit(&id).await?.ok_or_else(|| not_found("unit", &id))?.parent;
    }
    if above.is_some() {
        let why = format!("there are more than {DEEPEST} units above it");
        return Err(Error::new(Kind::Usage, "unit.parent", format!("unit {}", unit.id), why));
    }
    tx.put_unit(unit).await?;
    Ok(tx.commit().await?)
}

/// Refuses a certificate that names another body than the unit: a receipt is signed by who collects (Nghị định 254/2026/NĐ-CP
/// art. 23.2).
pub fn is_of(unit: &UnitRow, certificate: &Certificate) -> Result<()> {
    match certificate.tax_code() {
        Some(code) if code != unit.tax_code => {
            let why = format!("the certificate is that of the tax code {code}, not {}", unit.tax_code);
            Err(Error::new(Kind::NotAllowed, "receipt.key", format!("unit {}", unit.id), why))
        }
        _ => Ok(()),
    }
}

fn is_tax_code(code: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match code.split_once('-') {
        None => digits(code, 10),
        Some((body, branch)) => digits(body, 10) && digits(branch, 3),
    }
}

/// Whether a unit is another one or below it.
pub async fn is_within(tx: &mut dyn Transaction, unit: &str, above: &str) -> Result<bool> {
    let mut next = Some(unit.to_owned());
    for _ in 0..=DEEPEST {
        let Some(id) = next else { break };
        if id == above {
            return Ok(true);
        }
        next = tx.unit(&id).await?.and_then(|unit| unit.parent);
    }
    Ok(false)
}

/// A unit.
pub async fn get(folder: &DataFolder, id: &str) -> Result<UnitRow> {
    folder.store.read().await?.unit(id).await?.ok_or_else(|| not_found("unit", id))
}

/// All units.
pub async fn list(folder: &DataFolder) -> Result<Vec<UnitRow>> {
    Ok(folder.store.read().await?.units().await?)
}
