//! The key store: private keys, or where they are and what opens them there, with their certificates, sealed under the master key. What
//! is sealed of a key with a PIN is an envelope that only its PIN opens.
//!
//! | file | what |
//! | --- | --- |
//! | `pin` | PINs: set, changed, tried a few times, unblocked |
//! | `shift` | keys that their keepers open for a shift |
//! | `request` | keys that are made here and wait for their certificates |
//! | `terms` | two custodians and quotas, changed later |
//! | `one_time` | one-time passwords |
//! | `control` | stopping, resuming, replacing and destroying keys |
//! | `view` | how keys are listed |
//!
//! Whether a key may sign is asked where its signature gets into the log (`audit/gate.rs`); [`load`] asks the same beforehand, so that nothing
//! is signed for nothing.

pub mod control;
pub mod one_time;
pub mod pin;
pub mod request;
pub mod shift;
pub mod terms;
pub mod view;

use super::{check_name, not_found};
use crate::audit::entry::{Action, Entry};
use crate::audit::{gate, row};
use crate::cms::ber::Reader;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, Envelope, PublicHalf, SigningKey as _};
use crate::limits::Limits;
use crate::messages::both;
use crate::store::Transaction;
use crate::store::control::KeyControl;
use crate::store::people::KeyRow;
use std::sync::Arc;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Keys that take each other's places, one behind the other.
const MOST_SUCCESSORS: usize = 100;

fn seal_name(id: &str) -> String {
    format!("signing-key/{id}")
}

/// How a new key is to be kept.
#[derive(Debug, Default)]
pub struct Terms {
    /// Its PIN; none: whoever has the data folder and the master key signs with it.
    pub pin: Option<Zeroizing<String>>,
    /// Whether two custodians open it.
    pub two_person: bool,
    /// Signatures that it may make in an hour.
    pub per_hour: Option<u32>,
}

/// Keeps a new key without a PIN, for a unit or (without one) for the command line alone.
pub async fn import(folder: &DataFolder, id: &str, unit: Option<&str>, key: &AnyKey) -> Result<()> {
    import_on(folder, id, unit, key, &Terms::default()).await
}

/// Keeps a new key on these terms.
pub async fn import_on(folder: &DataFolder, id: &str, unit: Option<&str>, key: &AnyKey, terms: &Terms) -> Result<()> {
    let mut tx = folder.store.write().await?;
    import_within(folder, &mut *tx, id, unit, key, terms).await?;
    Ok(tx.commit().await?)
}

/// The same, within a transaction that keeps what else belongs to it.
pub async fn import_within(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &str,
    unit: Option<&str>,
    key: &AnyKey,
    terms: &Terms,
) -> Result<()> {
    check_name("key", id)?;
    let sealed = seal_on(folder, id, &key.secret()?, terms)?;
    let now = folder.now();
    is_free(tx, id, unit).await?;
    let row = KeyRow {
        id: id.to_owned(),
        unit: unit.map(str::to_owned),
        certificate: key.certificate().to_vec(),
        chain: key.chain().concat(),
        sealed,
        created: now,
    };
    let has_pin = terms.pin.is_some();
    let Terms { two_person, per_hour, .. } = *terms;
    let control = KeyControl { has_pin, two_person, per_hour, ..untouched(&row) };
    let entry = Entry::new(Action::KeyCreated, now)?.with_certificate(key.certificate());
    let mut entry = entry.on_row(row::key(&row, &control)?);
    entry.unit = unit.map(str::to_owned);
    put_new(folder, tx, &row, &control, entry).await
}

/// Puts a key into the store, and says so in the log. A key that was destroyed does not come back under another name.
async fn put_new(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    row: &KeyRow,
    control: &KeyControl,
    entry: Entry,
) -> Result<()> {
    let same = tx.key_controls_of(&control.certificate).await?;
    if let Some(gone) = same.iter().find(|control| control.destroyed.is_some()) {
        return Err(destroyed(&gone.key));
    }
    tx.put_signing_key(row).await?;
    tx.put_key_control(control).await?;
    folder.log.append_one(tx, entry).await?;
    Ok(())
}

/// Refuses a name that a key has already, and a unit that there is not or that has ended.
async fn is_free(tx: &mut dyn Transaction, id: &str, unit: Option<&str>) -> Result<()> {
    if let Some(unit) = unit {
        super::units::open(tx, unit).await?;
    }
    if tx.signing_key(id).await?.is_some() || tx.key_request(id).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "key.exists", format!("key {id}"), "there is one of that name"));
    }
    Ok(())
}

/// What is sealed of a new key that is kept on these terms.
fn seal_on(folder: &DataFolder, id: &str, secret: &[u8], terms: &Terms) -> Result<Vec<u8>> {
    match &terms.pin {
        None if terms.two_person => {
            let why = "two custodians open a key that has a PIN";
            Err(Error::new(Kind::Usage, "key.two_person", format!("key {id}"), why).hint("--pin-file"))
        }
        None => seal(folder, id, secret),
        Some(pin) => pin::enclose(folder, id, secret, pin),
    }
}

/// Seals what is kept of a key.
fn seal(folder: &DataFolder, id: &str, secret: &[u8]) -> Result<Vec<u8>> {
    Ok(folder.master.seal(&seal_name(id), secret, &*folder.random)?)
}

/// Control over a key to which nothing was done yet.
fn untouched(row: &KeyRow) -> KeyControl {
    KeyControl { key: row.id.clone(), certificate: sha256(&row.certificate), ..KeyControl::default() }
}

/// A key, with control over it.
async fn find(tx: &mut dyn Transaction, id: &str) -> Result<(KeyRow, KeyControl)> {
    let hint = "dauson key list shows the keys there are";
    let Some(row) = tx.signing_key(id).await? else {
        return Err(request::waits(tx, id).await?.unwrap_or_else(|| not_found("key", id).hint(hint)));
    };
    let control = tx.key_control(id).await?.unwrap_or_else(|| untouched(&row));
    Ok((row, control))
}

/// The name of the key that signs now for who names this one: itself, or what has its place.
pub async fn successor(folder: &DataFolder, id: &str) -> Result<String> {
    Ok(in_place(&mut *folder.store.read().await?, id, folder.now()).await?.0)
}

/// The same, with control over it.
async fn in_place(tx: &mut dyn Transaction, id: &str, now: OffsetDateTime) -> Result<(String, Option<KeyControl>)> {
    let mut name = id.to_owned();
    let mut control = tx.key_control(&name).await?;
    for _ in 0..MOST_SUCCESSORS {
        let succeeded = control.as_ref().filter(|control| control.succeeded.is_some_and(|from| now >= from));
        let Some(next) = succeeded.and_then(|control| control.successor.clone()) else { break };
        control = tx.key_control(&next).await?;
        name = next;
    }
    Ok((name, control))
}

/// The key that a token or a unit names, or what has its place, ready to sign.
pub async fn load(folder: &DataFolder, id: &str) -> Result<Arc<AnyKey>> {
    let mut tx = folder.store.read().await?;
    let (name, control) = without_one_time(&mut *tx, id, folder.now()).await?;
    ready(folder, &mut *tx, &name, control).await
}

/// The same; with a PIN it is opened by that, for who gives it and for nobody else: one try, however much is signed with it.
pub async fn load_with(folder: &DataFolder, id: &str, pin: Option<&str>) -> Result<Arc<AnyKey>> {
    let Some(pin) = pin else { return load(folder, id).await };
    let (name, _) = without_one_time(&mut *folder.store.read().await?, id, folder.now()).await?;
    pin::open(folder, &name, pin).await
}

/// What signs for a token or a unit; a key that wants a one-time password does not.
async fn without_one_time(
    tx: &mut dyn Transaction,
    id: &str,
    now: OffsetDateTime,
) -> Result<(String, Option<KeyControl>)> {
    let (name, control) = in_place(tx, id, now).await?;
    if control.as_ref().is_some_and(|control| control.one_time.is_some()) {
        let why = both!(
            "khóa cần mã dùng một lần, chỉ nhập được qua giao diện CSC",
            "it wants a one-time password, which the API of the Cloud Signature Consortium takes"
        );
        return Err(Error::new(Kind::NotAllowed, "key.one_time", gate::named(&name), why));
    }
    Ok((name, control))
}

/// This very key, ready to sign.
pub async fn load_named(folder: &DataFolder, id: &str) -> Result<Arc<AnyKey>> {
    let mut tx = folder.store.read().await?;
    let control = tx.key_control(id).await?;
    ready(folder, &mut *tx, id, control).await
}

/// Opened once, a key without a PIN is kept in memory while the data folder is open; one with a PIN is there where it was opened, and as
/// long as that holds.
async fn ready(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    id: &str,
    control: Option<KeyControl>,
) -> Result<Arc<AnyKey>> {
    let control = control.unwrap_or_default();
    if let Err(refused) = gate::may_sign(&control, folder.now()) {
        folder.keys.forget(id);
        return Err(refused);
    }
    if let Some(key) = open_now(folder, id, &control) {
        return Ok(key);
    }
    if control.has_pin {
        let why = both!("khóa đang bị khóa", "it is locked");
        return Err(Error::new(Kind::NotAllowed, "key.locked", gate::named(id), why));
    }
    let (row, _) = find(tx, id).await?;
    let secret = folder.master.open(&seal_name(id), &row.sealed)?;
    let key = key_of(folder, &row, &secret)?;
    folder.keys.hold(id, &key, None);
    Ok(key)
}

/// The key, if it is open in this process as it has to be by now: by its PIN if it was given one since, and by two if two are needed.
fn open_now(folder: &DataFolder, id: &str, control: &KeyControl) -> Option<Arc<AnyKey>> {
    let (key, now) = (folder.keys.get(id, folder.now())?, folder.now());
    let is_enough = match folder.keys.shift(id, now) {
        None => !control.has_pin,
        Some(shift) => shift.is_by_enough(control.two_person),
    };
    is_enough.then_some(key)
}

/// What has to be shown so that a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// Nothing: it has no PIN, or its keeper has opened it for a shift.
    Now,
    /// Its PIN.
    ByPin,
    /// That it is open: two custodians do that.
    ByCustodians,
}

/// A key as it stands.
pub struct Standing {
    /// Its public half.
    pub public: PublicHalf,
    /// Whether it may sign now; if not, why.
    pub may_sign: Result<()>,
    /// What has to be shown.
    pub opens: Opens,
    /// Whether a one-time password is to be shown as well.
    pub one_time: bool,
}

/// How this very key stands; it is not opened for that.
pub async fn standing(folder: &DataFolder, id: &str) -> Result<Standing> {
    let (row, control) = find(&mut *folder.store.read().await?, id).await?;
    let opens = match (control.has_pin, control.two_person) {
        (true, _) if open_now(folder, id, &control).is_some() => Opens::Now,
        (false, _) => Opens::Now,
        (true, false) => Opens::ByPin,
        (true, true) => Opens::ByCustodians,
    };
    let public = PublicHalf::new(row.certificate, split(&row.chain)?)?;
    let one_time = control.one_time.is_some();
    Ok(Standing { public, may_sign: gate::may_sign(&control, folder.now()), opens, one_time })
}

/// This very key, whose secret somebody had by its PIN, ready to sign.
pub async fn opened(folder: &DataFolder, id: &str, secret: &[u8]) -> Result<Arc<AnyKey>> {
    let (row, control) = find(&mut *folder.store.read().await?, id).await?;
    gate::may_sign(&control, folder.now())?;
    key_of(folder, &row, secret)
}

/// The key of a row whose secret was opened.
fn key_of(folder: &DataFolder, row: &KeyRow, secret: &[u8]) -> Result<Arc<AnyKey>> {
    Ok(Arc::new(AnyKey::from_secret(secret, row.certificate.clone(), split(&row.chain)?, &folder.signing_services)?))
}

/// What is sealed of a key: its secret, or the envelope around it.
fn envelope(folder: &DataFolder, row: &KeyRow) -> Result<Option<Envelope>> {
    Ok(Envelope::of(&folder.master.open(&seal_name(&row.id), &row.sealed)?))
}

/// An entry about what is done to a key.
fn entry(folder: &DataFolder, action: Action, row: &KeyRow, actor: &str) -> Result<Entry> {
    let mut entry =
        Entry::new(action, folder.now())?.with_certificate(&row.certificate).by(folder.log.pseudonym(actor));
    entry.unit.clone_from(&row.unit);
    Ok(entry)
}

fn destroyed(id: &str) -> Error {
    Error::new(Kind::Conflict, "key.destroyed", format!("key {id}"), "it was destroyed")
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
