//! One-time passwords of keys: who has one signs only where the password of the moment is shown, for each authorisation of another
//! program. Wrong ones are counted with wrong PINs; a right one does not make up for a wrong PIN.

use super::{entry, find};
use crate::audit::entry::{Action, Entry};
use crate::audit::{gate, row};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::keys::OneTime;
use crate::store::Transaction;
use crate::store::control::KeyControl;
use zeroize::Zeroizing;

fn secret_name(id: &str) -> String {
    format!("one-time/{id}")
}

/// Has a key want one-time passwords from now on, by a new secret; who has one of before cannot use it any more.
pub async fn set(folder: &DataFolder, id: &str, actor: &str) -> Result<OneTime> {
    let secret = OneTime::new(&*folder.random)?;
    let sealed = folder.master.seal(&secret_name(id), secret.bytes(), &*folder.random)?;
    change(folder, id, Some(&sealed), actor).await?;
    Ok(secret)
}

/// Has a key want none any more.
pub async fn remove(folder: &DataFolder, id: &str, actor: &str) -> Result<()> {
    change(folder, id, None, actor).await
}

async fn change(folder: &DataFolder, id: &str, sealed: Option<&[u8]>, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    if control.destroyed.is_some() {
        return Err(super::destroyed(id));
    }
    tx.remove_secret(&secret_name(id)).await?;
    if let Some(sealed) = sealed {
        tx.put_secret(&secret_name(id), sealed).await?;
    }
    let control = KeyControl { one_time: sealed.map(|_| 0), ..control };
    tx.put_key_control(&control).await?;
    let entry = entry(folder, Action::KeyOneTimeChanged, &row, actor)?.on_row(row::key(&row, &control)?);
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    // of a key without a PIN, which was open for whoever asked
    folder.keys.forget(id);
    Ok(())
}

/// Has the key that takes another one's place want the same passwords, if that one wants some.
pub(super) async fn inherit(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    from: &KeyControl,
    to: &str,
    actor: &str,
) -> Result<()> {
    let (Some(_), Some(sealed)) = (from.one_time, tx.secret(&secret_name(&from.key)).await?) else { return Ok(()) };
    let secret = folder.master.open(&secret_name(&from.key), &sealed)?;
    let sealed = folder.master.seal(&secret_name(to), &secret, &*folder.random)?;
    tx.put_secret(&secret_name(to), &sealed).await?;
    let (row, control) = find(tx, to).await?;
    let control = KeyControl { one_time: from.one_time, ..control };
    tx.put_key_control(&control).await?;
    let entry = entry(folder, Action::KeyOneTimeChanged, &row, actor)?.on_row(row::key(&row, &control)?);
    folder.log.append_one(tx, entry).await?;
    Ok(())
}

/// Takes the password of the moment; it is not taken again. The errors are `key.wrong_one_time` and `key.blocked`.
pub async fn take(folder: &DataFolder, id: &str, password: &str) -> Result<()> {
    let most = folder.key_rules.pin_tries;
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    gate::may_sign(&control, folder.now())?;
    let (Some(sealed), Some(last)) = (tx.secret(&secret_name(id)).await?, control.one_time) else {
        let why = "it wants no one-time password";
        return Err(Error::new(Kind::Usage, "key.no_pin", format!("key {id}"), why));
    };
    if control.tries >= most {
        return Err(super::pin::blocked(id));
    }
    let secret = OneTime::from_bytes(Zeroizing::new(folder.master.open(&secret_name(id), &sealed)?.to_vec()));
    if let Some(step) = secret.step_of(password, folder.now().unix_timestamp(), last) {
        let tries = if control.has_pin { control.tries } else { 0 };
        tx.put_key_control(&KeyControl { one_time: Some(step), tries, ..control }).await?;
        return Ok(tx.commit().await?);
    }
    let tries = control.tries.saturating_add(1);
    tx.put_key_control(&KeyControl { tries, ..control }).await?;
    if tries >= most {
        // whoever tried, it is not known
        let blocked = entry(folder, Action::KeyBlocked, &row, "")?;
        folder.log.append_one(&mut *tx, Entry { actor: None, ..blocked }).await?;
        tx.commit().await?;
        return Err(super::pin::blocked(id));
    }
    tx.commit().await?;
    let why = format!("the one-time password is wrong, or was used; {} more may be tried", most.saturating_sub(tries));
    Err(Error::new(Kind::NotAllowed, "key.wrong_one_time", format!("key {id}"), why))
}
