//! The key store: private keys, or where they are and the PIN, sealed under the master key, with their certificates.

use super::{check_name, not_found};
use crate::audit::entry::{Action, Entry};
use crate::cms::ber::Reader;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, SigningKey as _};
use crate::limits::Limits;
use crate::store::Transaction;
use crate::store::people::KeyRow;
use std::sync::Arc;

fn seal_name(id: &str) -> String {
    format!("signing-key/{id}")
}

/// Keeps a new key, for a unit or (without one) for the command line alone.
pub async fn import(folder: &DataFolder, id: &str, unit: Option<&str>, key: &AnyKey) -> Result<()> {
    let mut tx = folder.store.write().await?;
    import_within(folder, &mut *tx, id, unit, key).await?;
    Ok(tx.commit().await?)
}

/// The same, within a transaction that keeps what else belongs to it.
pub async fn import_within(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &str,
    unit: Option<&str>,
    key: &AnyKey,
) -> Result<()> {
    check_name("key", id)?;
    let sealed = folder.master.seal(&seal_name(id), &key.secret()?, &*folder.random)?;
    let now = folder.now();
    if let Some(unit) = unit
        && tx.unit(unit).await?.is_none()
    {
        return Err(not_found("unit", unit));
    }
    if tx.signing_key(id).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "key.exists", format!("key {id}"), "there is one of that name"));
    }
    tx.put_signing_key(&KeyRow {
        id: id.to_owned(),
        unit: unit.map(str::to_owned),
        certificate: key.certificate().to_vec(),
        chain: key.chain().concat(),
        sealed,
        created: now,
    })
    .await?;
    let mut entry = Entry::new(Action::KeyCreated, now)?;
    entry.certificate = Some(hex::encode(crate::digest::sha256(key.certificate())));
    entry.unit = unit.map(str::to_owned);
    folder.log.append_one(tx, entry).await?;
    Ok(())
}

/// The keys that are kept.
pub async fn list(folder: &DataFolder) -> Result<Vec<KeyRow>> {
    Ok(folder.store.read().await?.signing_keys().await?)
}

/// A key, ready to sign. Opened once, it is kept in memory while the data folder is open.
pub async fn load(folder: &DataFolder, id: &str) -> Result<Arc<AnyKey>> {
    if let Some(key) = folder.loaded_key(id) {
        return Ok(key);
    }
    let hint = "dauson key list shows the keys there are";
    let row = folder.store.read().await?.signing_key(id).await?.ok_or_else(|| not_found("key", id).hint(hint))?;
    let secret = folder.master.open(&seal_name(id), &row.sealed)?;
    let key = Arc::new(AnyKey::from_secret(&secret, row.certificate.clone(), split(&row.chain)?)?);
    folder.keep_loaded_key(id, &key);
    Ok(key)
}

/// Certificates in DER that stand one behind the other.
fn split(chain: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut reader = Reader::new(chain, &Limits::DEFAULT);
    let mut certificates = Vec::new();
    while !reader.is_empty() {
        certificates.push(reader.next("a certificate")?.raw.to_vec());
    }
    Ok(certificates)
}
