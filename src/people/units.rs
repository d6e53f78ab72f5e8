//! The agencies.

use super::{check_name, not_found};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::pdf::picture::Picture;
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::people::UnitRow;
use std::io::Read;

/// Units above one another.
const DEEPEST: usize = 16;

/// Keeps a unit: a new one, or new particulars of one that is there. What was issued before keeps the old ones. The log has who did it, and
/// a digest of the particulars.
pub async fn put(folder: &DataFolder, unit: &UnitRow, actor: &str) -> Result<()> {
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
    let old = tx.unit(&unit.id).await?;
    if old.as_ref() == Some(unit) {
        return Ok(());
    }
    let action = if old.is_some() { Action::UnitChanged } else { Action::UnitCreated };
    let mut entry = entry(folder, action, &unit.id, actor)?.of_bytes(&particulars(unit)?);
    if let Some(id) = &unit.receipt_key {
        let key = tx.signing_key(id).await?.ok_or_else(|| not_found("key", id))?;
        is_of(unit, &Certificate::parse(&key.certificate)?)?;
        entry = entry.with_certificate(&key.certificate);
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
    folder.log.append_one(&mut *tx, entry).await?;
    Ok(tx.commit().await?)
}

fn entry(folder: &DataFolder, action: Action, unit: &str, actor: &str) -> Result<Entry> {
    Ok(Entry::new(action, folder.now())?.of_unit(unit).by(folder.log.pseudonym(actor)))
}

/// What the log keeps the digest of: a JSON array of name, tax code, address, telephone, account, receipt key and parent.
fn particulars(unit: &UnitRow) -> Result<Vec<u8>> {
    let UnitRow { id: _, name, tax_code, address, phone, account, receipt_key, parent } = unit;
    serde_json::to_vec(&(name, tax_code, address, phone, account, receipt_key, parent))
        .map_err(|error| Error::new(Kind::Bug, "unit.particulars", format!("unit {}", unit.id), error))
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

/// Bytes of a logo, and pixels: it goes into each receipt.
const LOGO_BYTES: usize = 256 << 10;
const LOGO_PIXELS: usize = 500_000;

/// Sets the logo of a unit, a PNG that its receipts show from now on; or takes it away. The log has its digest.
pub async fn set_logo(folder: &DataFolder, unit: &str, png: Option<&[u8]>, actor: &str) -> Result<()> {
    get(folder, unit).await?;
    let mut tx = folder.write().await?;
    let digest = match png {
        None => None,
        Some(png) => {
            let refused =
                |why: String| Error::new(Kind::BadInput, "unit.logo", format!("logo of the unit {unit}"), why);
            if png.len() > LOGO_BYTES {
                return Err(refused(format!("it has more than {LOGO_BYTES} bytes")));
            }
            let picture = Picture::read(png, LOGO_PIXELS).map_err(refused)?;
            let (width, height) = picture.pixels();
            if u64::from(width).saturating_mul(u64::from(height)) > u64::try_from(LOGO_PIXELS).unwrap_or(u64::MAX) {
                return Err(refused(format!("it has more than {LOGO_PIXELS} pixels")));
            }
            let digest = sha256(png);
            folder.blobs.wait(&[(&digest, png)]).await?;
            Some(digest)
        }
    };
    tx.put_logo(unit, digest.as_ref()).await?;
    let entry = entry(folder, Action::UnitChanged, unit, actor)?;
    let entry = digest.iter().fold(entry, Entry::of_sha256);
    folder.log.append_one(&mut *tx, entry).await?;
    folder.commit(tx, digest.as_slice()).await
}

/// The logo of a unit, if it has one.
pub async fn logo(folder: &DataFolder, tx: &mut dyn Transaction, unit: &str) -> Result<Option<Picture>> {
    let Some(digest) = tx.logo(unit).await? else { return Ok(None) };
    let damaged = || {
        let why = "it is missing or was changed in the store";
        Error::new(Kind::BadInput, "store.damaged", format!("logo of the unit {unit}"), why)
            .hint("dauson unit put --logo sets it anew")
    };
    let mut png = Vec::new();
    let file = folder.blobs.open(&digest).await?.ok_or_else(damaged)?;
    let most = u64::try_from(LOGO_BYTES).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut png).map_err(|_| damaged())?;
    if sha256(&png) != digest {
        return Err(damaged());
    }
    Picture::read(&png, LOGO_PIXELS).map(Some).map_err(|_| damaged())
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
