//! PINs of keys. A try is counted, durably, before it is made: neither a crash nor many processes at once give more tries than there are.

use super::{entry, envelope, find, key_of, load_named, seal, seal_name};
use crate::audit::entry::{Action, Entry};
use crate::audit::{gate, row};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, Envelope, KeyError, Shift};
use crate::messages::both;
use crate::store::control::KeyControl;
use crate::store::people::KeyRow;
use std::sync::Arc;
use time::Duration;
use zeroize::Zeroizing;

/// Characters of a PIN. Who has database, disk and master key can try PINs without us: more than six digits is better.
const SHORTEST: usize = 6;
const LONGEST: usize = 128;

/// What is sealed of a key with this PIN.
pub(super) fn enclose(folder: &DataFolder, id: &str, secret: &[u8], pin: &str) -> Result<Vec<u8>> {
    if !(SHORTEST..=LONGEST).contains(&pin.chars().count()) || pin.chars().any(char::is_control) {
        let why = format!("a PIN has {SHORTEST} to {LONGEST} printable characters");
        return Err(Error::new(Kind::Usage, "key.pin", format!("key {id}"), why));
    }
    let envelope = Envelope::close(&seal_name(id), secret, pin, &*folder.random)?;
    seal(folder, id, envelope.bytes())
}

/// Opens a key by its PIN, for whoever gives it; one that two custodians open is refused. A wrong PIN is counted, and after so many of them
/// no PIN is taken until the administrator has unblocked the key; the errors are `key.wrong_pin` and `key.blocked`.
pub async fn open(folder: &DataFolder, id: &str, pin: &str) -> Result<Arc<AnyKey>> {
    not_by_two(folder, id).await?;
    open_any(folder, id, pin).await
}

/// The secret of such a key, for one who keeps it sealed.
pub async fn secret_of(folder: &DataFolder, id: &str, pin: &str) -> Result<Zeroizing<Vec<u8>>> {
    not_by_two(folder, id).await?;
    Ok(secret(folder, id, pin).await?.1)
}

/// Refuses a key that two custodians open.
async fn not_by_two(folder: &DataFolder, id: &str) -> Result<()> {
    let (_, control) = find(&mut *folder.store.read().await?, id).await?;
    if control.two_person {
        let why = both!("khóa này do hai người giữ khóa mở, trong dịch vụ", "two custodians open it, in the service");
        return Err(Error::new(Kind::NotAllowed, "key.two_person", gate::named(id), why));
    }
    Ok(())
}

/// The same of any key.
pub(super) async fn open_any(folder: &DataFolder, id: &str, pin: &str) -> Result<Arc<AnyKey>> {
    let (row, secret) = secret(folder, id, pin).await?;
    key_of(folder, &row, &secret)
}

/// Opens a key for what is done on the command line: by its PIN, if it has one and one is given.
pub async fn open_here(folder: &DataFolder, id: &str, pin: Option<&str>) -> Result<Arc<AnyKey>> {
    let Some(pin) = pin else { return load_named(folder, id).await };
    let key = open(folder, id, pin).await?;
    // by its PIN, for as long as a command takes; nobody keeps it open for others
    let until = folder.now().saturating_add(Duration::DAY);
    folder.keys.hold(id, &key, Some(Shift { until, keeper: String::new(), approver: None }));
    Ok(key)
}

/// The secret of a key, by its PIN.
async fn secret(folder: &DataFolder, id: &str, pin: &str) -> Result<(KeyRow, Zeroizing<Vec<u8>>)> {
    let most = folder.key_rules.pin_tries;
    let what = || gate::named(id);
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    gate::may_sign(&control, folder.now())?;
    let Some(envelope) = envelope(folder, &row)? else {
        let why = both!("khóa này không có mã PIN", "it has no PIN");
        return Err(Error::new(Kind::Usage, "key.no_pin", what(), why).hint("dauson key pin --new-pin-file sets one"));
    };
    if control.tries >= most {
        return Err(blocked(id));
    }
    let tries = control.tries.saturating_add(1);
    tx.put_key_control(&KeyControl { tries, ..control }).await?;
    tx.commit().await?;
    match envelope.open(&seal_name(id), pin) {
        Ok(secret) => {
            let mut tx = folder.store.write().await?;
            let (_, control) = find(&mut *tx, id).await?;
            tx.put_key_control(&KeyControl { tries: 0, ..control }).await?;
            tx.commit().await?;
            Ok((row, secret))
        }
        Err(KeyError::PinRefused) if tries >= most => {
            // whoever tried, it is not known
            folder.log.record(Entry { actor: None, ..entry(folder, Action::KeyBlocked, &row, "")? }).await?;
            Err(blocked(id))
        }
        Err(KeyError::PinRefused) => {
            let left = most.saturating_sub(tries);
            let why = both!("mã PIN không đúng; còn được thử {left} lần", "the PIN is wrong; {left} more may be tried");
            Err(Error::new(Kind::NotAllowed, "key.wrong_pin", what(), why))
        }
        Err(error) => Err(Error::from(error).about(what())),
    }
}

pub(super) fn blocked(id: &str) -> Error {
    let why = both!(
        "mã PIN đã bị nhập sai quá nhiều lần: khóa không nhận mã PIN nữa",
        "too many wrong PINs were given: none is taken any more"
    );
    Error::new(Kind::NotAllowed, "key.blocked", gate::named(id), why)
}

/// Gives a key another PIN, or one to a key that has none.
pub async fn change(folder: &DataFolder, id: &str, old: Option<&str>, new: &str, actor: &str) -> Result<()> {
    let (row, control) = find(&mut *folder.store.read().await?, id).await?;
    gate::may_sign(&control, folder.now())?;
    let secret = match (envelope(folder, &row)?, old) {
        (Some(_), None) => {
            let why = "it has a PIN, which has to be given";
            return Err(Error::new(Kind::Usage, "key.pin", format!("key {id}"), why).hint("--old-pin-file"));
        }
        (Some(_), Some(old)) => self::secret(folder, id, old).await?.1,
        (None, Some(_)) => {
            let why = "it has no PIN yet";
            return Err(Error::new(Kind::Usage, "key.no_pin", format!("key {id}"), why)
                .hint("--new-pin-file alone sets the first one"));
        }
        (None, None) => folder.master.open(&seal_name(id), &row.sealed)?,
    };
    let sealed = enclose(folder, id, &secret, new)?;
    let mut tx = folder.store.write().await?;
    let (now, control) = find(&mut *tx, id).await?;
    if now.sealed != row.sealed {
        let why = "somebody else changed it at the same time";
        return Err(Error::new(Kind::Conflict, "key.changed", format!("key {id}"), why));
    }
    tx.reseal_signing_key(id, &sealed).await?;
    let control = KeyControl { has_pin: true, tries: 0, ..control };
    tx.put_key_control(&control).await?;
    let entry = entry(folder, Action::KeyPinChanged, &row, actor)?.on_row(row::key(&row, &control)?);
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    folder.keys.forget(id);
    Ok(folder.store.forget_overwritten().await?)
}

/// Lets a key take PINs again.
pub async fn unblock(folder: &DataFolder, id: &str, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    if control.tries == 0 {
        return Ok(());
    }
    tx.put_key_control(&KeyControl { tries: 0, ..control }).await?;
    folder.log.append_one(&mut *tx, entry(folder, Action::KeyUnblocked, &row, actor)?).await?;
    Ok(tx.commit().await?)
}
