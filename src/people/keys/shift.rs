//! Keys that their keepers open for a shift. What is open is in the memory of one process, until the shift ends, the keeper ends it, or the
//! process does; each of several processes has to be asked.

use super::{entry, find, open_now, pin};
use crate::audit::entry::Action;
use crate::audit::gate;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::keys::{Asked, Shift};
use crate::people::permissions::{Caller, Permission};
use time::{Duration, OffsetDateTime};

/// What became of an attempt to open a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlocked {
    /// It is open.
    Open(Shift),
    /// A second custodian has to approve until this time.
    Asked(OffsetDateTime),
}

/// Refuses who may not open this key: its keeper may, and whose token signs with it.
pub async fn may_keep(folder: &DataFolder, caller: &Caller, id: &str) -> Result<()> {
    if caller.may(Permission::KeepKeys).is_ok() {
        return Ok(());
    }
    caller.may(Permission::UnlockOwnKey)?;
    let own = match &caller.signing_key {
        Some(own) => own == id || super::successor(folder, own).await? == id,
        None => false,
    };
    if own {
        return Ok(());
    }
    let why = format!("the role {} opens the key of its own token only", caller.role);
    Err(Error::new(Kind::NotAllowed, "auth.role", "not allowed", why))
}

/// Opens a key with its PIN until this time, or for the longest shift. Of a key that two custodians open, the first one asks by this.
pub async fn unlock(
    folder: &DataFolder,
    caller: &Caller,
    id: &str,
    pin: &str,
    until: Option<OffsetDateTime>,
) -> Result<Unlocked> {
    let (now, rules) = (folder.now(), folder.key_rules);
    let latest = now.saturating_add(rules.longest_shift);
    let until = until.unwrap_or(latest);
    if until <= now || until > latest.saturating_add(Duration::minutes(1)) {
        let why = format!("a shift ends within {} hours", rules.longest_shift.whole_hours());
        return Err(Error::new(Kind::Usage, "key.shift", format!("key {id}"), why));
    }
    let until = until.replace_nanosecond(0).unwrap_or(until);
    let (_, control) = find(&mut *folder.store.read().await?, id).await?;
    let key = pin::open_any(folder, id, pin).await?;
    if control.two_person {
        // what one custodian opened before two were wanted is over
        if folder.keys.shift(id, now).is_some_and(|shift| !shift.is_by_enough(true)) {
            lock(folder, id, &caller.id).await?;
        }
        let expires = now.saturating_add(rules.approval);
        let (keeper, name) = (caller.id.clone(), caller.name.clone());
        folder.keys.ask(id, Asked { key, keeper, name, until, expires });
        return Ok(Unlocked::Asked(expires));
    }
    let asked = Asked { key, keeper: caller.id.clone(), name: caller.name.clone(), until, expires: until };
    open(folder, id, asked, None).await.map(Unlocked::Open)
}

/// Approves, as the second custodian, that a key is opened: with a token of another person than the first.
pub async fn approve(folder: &DataFolder, caller: &Caller, id: &str) -> Result<Shift> {
    let other = |asked: &Asked| {
        if asked.keeper != caller.id && asked.name != caller.name {
            return Ok(());
        }
        let why = "the second custodian is somebody else than the first";
        Err(Error::new(Kind::NotAllowed, "key.second_person", format!("key {id}"), why))
    };
    let asked = folder.keys.approve(id, folder.now(), other)?.ok_or_else(|| {
        let why = "nobody has asked, in this process and in time, that it be opened";
        Error::new(Kind::Conflict, "key.not_asked", format!("key {id}"), why)
    })?;
    open(folder, id, asked, Some(caller.id.clone())).await
}

/// Holds a key open once the log says so.
async fn open(folder: &DataFolder, id: &str, asked: Asked, approver: Option<String>) -> Result<Shift> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    gate::may_sign(&control, folder.now())?;
    let mut entry = entry(folder, Action::KeyUnlocked, &row, &asked.keeper)?.until(asked.until)?;
    entry.approver = approver.as_deref().map(|approver| folder.log.pseudonym(approver));
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    let shift = Shift { until: asked.until, keeper: asked.keeper, approver };
    folder.keys.hold(id, &asked.key, Some(shift.clone()));
    Ok(shift)
}

/// Ends a shift before its time. False if the key was not open.
pub async fn lock(folder: &DataFolder, id: &str, actor: &str) -> Result<bool> {
    let Some(shift) = folder.keys.close(id) else { return Ok(false) };
    tell_of_end(folder, id, &shift, actor).await?;
    Ok(true)
}

/// Ends the shifts that are over, and those of keys that were stopped, destroyed or have retired, or that two custodians open by now; the log says that it was `actor`.
pub async fn end(folder: &DataFolder, actor: &str) -> Result<()> {
    for (id, shift) in folder.keys.ended(folder.now()) {
        tell_of_end(folder, &id, &shift, actor).await?;
    }
    let open = folder.keys.on_shift();
    if open.is_empty() {
        return Ok(());
    }
    let mut stopped = Vec::new();
    let mut tx = folder.store.read().await?;
    for id in open {
        let control = tx.key_control(&id).await?.unwrap_or_default();
        if gate::may_sign(&control, folder.now()).is_err() || open_now(folder, &id, &control).is_none() {
            stopped.push(id);
        }
    }
    drop(tx);
    for id in stopped {
        lock(folder, &id, actor).await?;
    }
    Ok(())
}

async fn tell_of_end(folder: &DataFolder, id: &str, shift: &Shift, actor: &str) -> Result<()> {
    let (row, _) = find(&mut *folder.store.read().await?, id).await?;
    let entry = entry(folder, Action::KeyLocked, &row, actor)?.until(shift.until)?;
    folder.log.record(entry).await?;
    Ok(())
}
