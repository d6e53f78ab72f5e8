//! Keys that are made in the key store and wait for their certificates. Until those come they sign nothing, and no token or unit can name them.

use super::{Terms, is_free, put_new, seal_on, split};
use crate::audit::entry::{Action, Entry, reason_digest};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::request::{Subject, public_key_info};
use crate::keys::{KeyAlgorithm, KeyError, PublicHalf, generate_for, pem};
use crate::people::{check_name, not_found};
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::control::{KeyControl, KeyRequestRow, TermsRow};
use crate::store::people::KeyRow;
use serde::Serialize;
use time::OffsetDateTime;

/// A key that is to be made.
pub struct NewKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// The unit that may use it; without one only the command line may.
    pub unit: Option<&'a str>,
    /// What kind of key.
    pub algorithm: KeyAlgorithm,
    /// Whose it is.
    pub subject: &'a Subject,
    /// How it is kept.
    pub terms: Terms,
}

/// Makes a key in the store; gives the request for its certificate (PKCS#10, DER).
pub async fn generate(folder: &DataFolder, new: &NewKey<'_>, actor: &str) -> Result<Vec<u8>> {
    let NewKey { name, unit, algorithm, subject, ref terms } = *new;
    check_name("key", name)?;
    // before a key is made for nothing
    is_free(&mut *folder.store.read().await?, name, unit).await?;
    let (pkcs8, request) = generate_for(algorithm, subject)?;
    let sealed = seal_on(folder, name, &pkcs8, terms)?;
    let mut tx = folder.store.write().await?;
    is_free(&mut *tx, name, unit).await?;
    let row = KeyRequestRow {
        id: name.to_owned(),
        unit: unit.map(str::to_owned),
        request,
        sealed,
        has_pin: terms.pin.is_some(),
        terms: TermsRow { two_person: terms.two_person, per_hour: terms.per_hour },
        created: folder.now(),
    };
    tx.put_key_request(&row).await?;
    folder.log.append_one(&mut *tx, entry(folder, Action::KeyRequested, &row, actor)?.of_bytes(&row.request)).await?;
    tx.commit().await?;
    Ok(row.request)
}

fn entry(folder: &DataFolder, action: Action, row: &KeyRequestRow, actor: &str) -> Result<Entry> {
    let mut entry = Entry::new(action, folder.now())?.by(folder.log.pseudonym(actor));
    entry.unit.clone_from(&row.unit);
    Ok(entry)
}

/// Takes the certificate of a key that waits for it, and those of its issuers; from then on it signs. One of another key is refused.
pub async fn certify(
    folder: &DataFolder,
    name: &str,
    certificate: &[u8],
    issuers: &[Vec<u8>],
    actor: &str,
) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let row = tx
        .key_request(name)
        .await?
        .ok_or_else(|| not_found("key", name).hint("dauson key list shows those that wait for their certificates"))?;
    // says whether it is one to sign with, too
    PublicHalf::new(certificate.to_vec(), issuers.to_vec())?;
    if Certificate::parse(certificate)?.subject_public_key_info() != public_key_info(&row.request)? {
        return Err(KeyError::Mismatch.into());
    }
    tx.remove_key_request(name).await?;
    let chain = issuers.concat();
    split(&chain)?;
    let KeyRequestRow { id, unit, request, sealed, has_pin, terms: TermsRow { two_person, per_hour }, .. } = row;
    let key = KeyRow { id, unit, certificate: certificate.to_vec(), chain, sealed, created: folder.now() };
    let control = KeyControl { has_pin, two_person, per_hour, ..super::untouched(&key) };
    let entry = super::entry(folder, Action::KeyCreated, &key, actor)?.of_bytes(&request);
    let entry = entry.on_row(row::key(&key, &control)?);
    put_new(folder, &mut *tx, &key, &control, entry).await?;
    Ok(tx.commit().await?)
}

/// Removes a key that waits for its certificate; false if there is none of that name.
pub(super) async fn discard(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    name: &str,
    reason: &str,
    actor: &str,
) -> Result<bool> {
    let Some(row) = tx.key_request(name).await? else { return Ok(false) };
    tx.remove_key_request(name).await?;
    let related = Some(format!("sha256:{}", hex::encode(sha256(&row.request))));
    let digest = Some(reason_digest(reason));
    let entry = Entry { digest, related, ..entry(folder, Action::KeyDestroyed, &row, actor)? };
    folder.log.append_one(tx, entry).await?;
    Ok(true)
}

/// A key that waits for its certificate.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// Its name.
    pub name: String,
    /// The unit that may use it.
    pub unit: Option<String>,
    /// `requested`.
    pub state: &'static str,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether two custodians will open it.
    pub two_person: bool,
    /// Signatures that it may make in an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// What asks for its certificate, PEM.
    pub request: String,
}

/// The keys that wait, by their names.
pub async fn list(folder: &DataFolder) -> Result<Vec<Waiting>> {
    let rows = folder.store.read().await?.key_requests().await?;
    let waiting = |row: KeyRequestRow| Waiting {
        request: pem::encode("CERTIFICATE REQUEST", &row.request).to_string(),
        name: row.id,
        unit: row.unit,
        state: "requested",
        pin: row.has_pin,
        two_person: row.terms.two_person,
        per_hour: row.terms.per_hour,
        created: row.created,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// The error for a key that has no certificate yet, where one of that name waits for it.
pub(super) async fn waits(tx: &mut dyn Transaction, name: &str) -> Result<Option<Error>> {
    let why = "it waits for its certificate";
    let waits = || Error::new(Kind::NotAllowed, "key.requested", format!("key {name}"), why);
    Ok(tx.key_request(name).await?.map(|_| waits().hint("dauson key certificate NAME FILE")))
}
