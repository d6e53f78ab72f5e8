//! Stopping keys at once, letting them sign again, giving their place to others, destroying them. What stands in the database holds in all
//! processes from the next signature on (`audit/gate.rs`).

use super::{Terms, destroyed, entry, find, import_within, one_time, request};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, SigningKey as _};
use crate::messages::both;
use crate::people::units;
use crate::pki::certificate::Certificate;
use crate::store::Transaction;
use crate::store::control::KeyControl;
use time::{Duration, OffsetDateTime};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// Longest time in which a key and its successor can both be used.
const LONGEST_OVERLAP: Duration = Duration::days(3_660);

fn check_reason(id: &str, reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
        let why = format!("a reason of 1 to {LONGEST_REASON} printable characters is wanted");
        return Err(Error::new(Kind::Usage, "key.reason", format!("key {id}"), why));
    }
    Ok(reason.to_owned())
}

/// Stops a key: it signs nothing more, in any process, until it is resumed. Once more it changes nothing.
pub async fn stop(folder: &DataFolder, id: &str, reason: &str, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    stop_within(folder, &mut *tx, id, reason, actor).await?;
    tx.commit().await?;
    folder.keys.forget(id);
    Ok(())
}

/// The same, within a transaction; whoever commits it has the key ring forget the key.
async fn stop_within(folder: &DataFolder, tx: &mut dyn Transaction, id: &str, reason: &str, actor: &str) -> Result<()> {
    let reason = check_reason(id, reason)?;
    let (row, control) = find(tx, id).await?;
    if control.destroyed.is_some() {
        return Err(destroyed(id));
    }
    if control.stopped.is_none() {
        let entry = entry(folder, Action::KeyStopped, &row, actor)?.because(&reason);
        let control = KeyControl { stopped: Some(folder.now()), reason: Some(reason), ..control };
        let entry = entry.on_row(row::key(&row, &control)?);
        tx.put_key_control(&control).await?;
        folder.log.append_one(tx, entry).await?;
    }
    Ok(())
}

/// Stops the keys of a unit that ends, in a transaction that is under way: their certificates name what is none any more. Gives those that
/// were not stopped before; whoever commits has the key ring forget them.
pub async fn stop_of_unit(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    unit: &str,
    reason: &str,
    actor: &str,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let keys = tx.signing_keys().await?;
    for key in keys.iter().filter(|key| key.unit.as_deref() == Some(unit)) {
        let mut is_others = false;
        for other in keys.iter().filter(|other| other.certificate == key.certificate) {
            is_others |= match &other.unit {
                Some(other) if other == unit => false,
                Some(other) => units::open(tx, other).await.is_ok(),
                None => true,
            };
        }
        let (_, control) = find(tx, &key.id).await?;
        // keys are known by their certificates: one that another unit signs with would be stopped for that, too
        if !is_others && control.destroyed.is_none() && control.stopped.is_none() {
            stop_within(folder, tx, &key.id, reason, actor).await?;
            all.push(key.id.clone());
        }
    }
    Ok(all)
}

/// Lets a stopped key sign again; one with a PIN has to be opened again.
pub async fn resume(folder: &DataFolder, id: &str, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    if control.destroyed.is_some() {
        return Err(destroyed(id));
    }
    if control.stopped.is_none() {
        return Err(Error::new(Kind::Conflict, "key.not_stopped", format!("key {id}"), "it is not stopped"));
    }
    let control = KeyControl { stopped: None, reason: None, ..control };
    tx.put_key_control(&control).await?;
    let entry = entry(folder, Action::KeyResumed, &row, actor)?.on_row(row::key(&row, &control)?);
    folder.log.append_one(&mut *tx, entry).await?;
    Ok(tx.commit().await?)
}

/// The key that takes another one's place.
pub struct Successor<'a> {
    /// Its name.
    pub name: &'a str,
    /// The key.
    pub key: &'a AnyKey,
    /// How it is kept; two custodians, the quota and the one-time passwords of the old one hold for it, too.
    pub terms: Terms,
    /// From when on it signs for those who name the old one; none: from now on.
    pub from: Option<OffsetDateTime>,
    /// How long who names the old one itself may still use it.
    pub overlap: Duration,
}

/// Gives the place of a key to a new one: tokens and units that name the old one sign with the new one from then on.
pub async fn rotate(folder: &DataFolder, id: &str, successor: Successor<'_>, actor: &str) -> Result<()> {
    let Successor { name, key, terms, from, overlap } = successor;
    let refused = |kind, code, why: &str| Err(Error::new(kind, code, format!("key {id}"), why));
    if !(Duration::ZERO..=LONGEST_OVERLAP).contains(&overlap) {
        return refused(Kind::Usage, "key.overlap", "both keys can be used for at most ten years");
    }
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    if control.destroyed.is_some() {
        return Err(destroyed(id));
    }
    if let Some(other) = &control.successor {
        return refused(Kind::Conflict, "key.rotated", &format!("the key {other} has its place already"));
    }
    if row.certificate == key.certificate() {
        return refused(Kind::Conflict, "key.rotated", "the new key has the same certificate");
    }
    if control.has_pin && terms.pin.is_none() {
        let why = "it has a PIN, and what takes its place has one, too";
        return Err(Error::new(Kind::Usage, "key.pin", format!("key {id}"), why).hint("--pin-file"));
    }
    let of = |der: &[u8]| Certificate::parse(der).map(|certificate| certificate.identifiers());
    let (ours, theirs) = (of(&row.certificate)?, of(key.certificate())?);
    if !ours.is_empty() && !theirs.is_empty() && !ours.iter().any(|id| theirs.contains(id)) {
        let why = both!(
            "chứng thư số mới là của người khác ({theirs}), không phải của {ours}",
            "the new certificate is somebody else's ({theirs}), not that of {ours}",
            theirs = theirs.join(", "),
            ours = ours.join(", ")
        );
        return Err(Error::new(Kind::Conflict, "key.holder", format!("key {id}"), why)
            .hint("a key of somebody else is imported under a name of its own: dauson key import"));
    }
    let now = folder.now();
    let from = from.unwrap_or(now).max(now);
    let retires = from.saturating_add(overlap);
    let terms = Terms {
        two_person: control.two_person || terms.two_person,
        per_hour: terms.per_hour.or(control.per_hour),
        pin: terms.pin,
    };
    import_within(folder, &mut *tx, name, row.unit.as_deref(), key, &terms).await?;
    one_time::inherit(folder, &mut *tx, &control, name, actor).await?;
    let (succeeded, retires, successor) = (Some(from), Some(retires), Some(name.to_owned()));
    let control = KeyControl { successor, succeeded, retires, ..control };
    tx.put_key_control(&control).await?;
    let related = Some(format!("sha256:{}", hex::encode(sha256(key.certificate()))));
    let entry = entry(folder, Action::KeyRotated, &row, actor)?.until(retires.unwrap_or(from))?;
    let entry = entry.on_row(row::key(&row, &control)?);
    folder.log.append_one(&mut *tx, Entry { related, ..entry }).await?;
    Ok(tx.commit().await?)
}

/// Destroys a key: what is sealed of it is overwritten and gone; certificate and record stay, of one that waits for its certificate the
/// record. What backups have of it is not reached.
pub async fn destroy(folder: &DataFolder, id: &str, reason: &str, actor: &str) -> Result<()> {
    let reason = check_reason(id, reason)?;
    let mut tx = folder.store.write().await?;
    if request::discard(folder, &mut *tx, id, &reason, actor).await? {
        tx.commit().await?;
        return Ok(folder.store.forget_overwritten().await?);
    }
    let (row, control) = find(&mut *tx, id).await?;
    if control.destroyed.is_some() {
        return Err(destroyed(id));
    }
    tx.reseal_signing_key(id, &[]).await?;
    // what was opened for signatures that are still to be made
    tx.forget_activations_of(id).await?;
    let entry = entry(folder, Action::KeyDestroyed, &row, actor)?.because(&reason);
    let control = KeyControl { destroyed: Some(folder.now()), reason: Some(reason), ..control };
    let entry = entry.on_row(row::key(&row, &control)?);
    tx.put_key_control(&control).await?;
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    folder.keys.close(id);
    Ok(folder.store.forget_overwritten().await?)
}
