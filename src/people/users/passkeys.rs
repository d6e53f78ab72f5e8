//! Passkeys: registered by who has just signed in with password and code, or was invited; signed in with, named, revoked. A passkey is two
//! factors in one: the authenticator, and the finger, face or PIN that it asks for.

use super::sessions::{self, Session, Terms};
use super::sign_in::{self, Entrance};
use super::webauthn::{
    ALGORITHMS, Assertion, CreationOptions, Credential, Holder, KeyKind, NewPasskey, Party, PartyName, Registration,
    RequestOptions, Selection,
};
use super::{Administrator, find, invitation, is_sealed, once, seal_row};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::{is_printable, not_found};
use crate::store::Transaction;
use crate::store::users::{PasskeyRow, SessionRow, Tries, UserRow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::Duration;
use zeroize::Zeroizing;

/// How long after signing in with password and code a passkey may be registered: who finds a session open later makes none.
const FRESH: Duration = Duration::minutes(10);
/// Passkeys of one person that are in force.
const MOST: usize = 20;
/// What challenges are for.
const SIGN_IN: &str = "passkey.sign_in";

fn registering(user: &str) -> String {
    format!("passkey.register:{user}")
}

fn milliseconds() -> u64 {
    u64::try_from(once::LIFETIME.whole_milliseconds()).unwrap_or_default()
}

fn entry(folder: &DataFolder, action: Action, user: &UserRow, passkey: &PasskeyRow, actor: &str) -> Result<Entry> {
    let entry = Entry::new(action, folder.now())?.of_unit(&user.unit).by(folder.log.pseudonym(actor));
    Ok(entry.on_row(row::passkey(passkey)?))
}

/// The name that it is sealed under, and what.
fn seal_name(passkey: &PasskeyRow) -> String {
    format!("passkey:{}", passkey.id)
}

fn said_of(passkey: &PasskeyRow) -> String {
    let PasskeyRow { user, credential, key, copied, revoked, .. } = passkey;
    format!("{user} {} {} {copied} {}", hex::encode(credential), hex::encode(key), revoked.is_some())
}

fn sealed(folder: &DataFolder, passkey: PasskeyRow) -> Result<PasskeyRow> {
    Ok(PasskeyRow { sealed: seal_row(folder, &seal_name(&passkey), &said_of(&passkey))?, ..passkey })
}

/// Refuses what does not come from somebody who has just shown password and code.
fn is_fresh(folder: &DataFolder, session: &Session) -> Result<()> {
    if session.row.how == sessions::PASSWORD && folder.now() - session.row.created <= FRESH {
        return Ok(());
    }
    let why = "passkeys are registered within ten minutes of signing in with password and code";
    Err(Error::new(Kind::NotAllowed, "passkey.stale", "passkey", why).hint("sign in anew"))
}

/// What a browser needs to make a passkey for who has signed in.
pub async fn options(folder: &DataFolder, party: &Party, session: &Session) -> Result<CreationOptions> {
    is_fresh(folder, session)?;
    creation(folder, party, &session.user).await
}

/// The same for who was invited.
pub async fn options_invited(folder: &DataFolder, party: &Party, text: &str) -> Result<CreationOptions> {
    let (user, _) = invitation::invited(folder, text).await?;
    creation(folder, party, &user).await
}

async fn creation(folder: &DataFolder, party: &Party, user: &UserRow) -> Result<CreationOptions> {
    let there = folder.store.read().await?.passkeys(Some(&user.id)).await?;
    let there = there.into_iter().filter(|passkey| passkey.revoked.is_none());
    let credential = |passkey: PasskeyRow| URL_SAFE_NO_PAD.encode(passkey.credential);
    Ok(CreationOptions {
        challenge: once::give(folder, &registering(&user.id), &())?,
        rp: PartyName { id: party.id.clone(), name: "Dấu son" },
        user: Holder {
            id: URL_SAFE_NO_PAD.encode(&user.id),
            name: user.login.clone(),
            display_name: user.name.clone(),
        },
        pub_key_cred_params: ALGORITHMS.map(|alg| KeyKind { kind: "public-key", alg }).into(),
        timeout: milliseconds(),
        exclude_credentials: there.map(|p| Credential { kind: "public-key", id: credential(p) }).collect(),
        authenticator_selection: Selection {
            resident_key: "required",
            require_resident_key: true,
            user_verification: "required",
        },
        attestation: "none",
    })
}

/// Registers a passkey of who has signed in.
pub async fn register(
    folder: &DataFolder,
    party: &Party,
    session: &Session,
    name: &str,
    said: &Registration,
) -> Result<PasskeyRow> {
    is_fresh(folder, session)?;
    let (new, challenge) = party.registered(said)?;
    let mut tx = folder.store.write().await?;
    // the account may have been disabled while the authenticator was looked for
    let user = tx.user(&session.user.id).await?.filter(|user| user.disabled.is_none());
    let user = user.ok_or_else(|| not_found("user", &session.user.login))?;
    let passkey = keep(folder, &mut *tx, &user, name, new, &challenge).await?;
    tx.commit().await?;
    Ok(passkey)
}

/// Registers a passkey of who was invited, in place of password and code: what was signed in with before counts no longer.
pub async fn register_invited(
    folder: &DataFolder,
    party: &Party,
    text: &str,
    name: &str,
    said: &Registration,
) -> Result<PasskeyRow> {
    let (user, invited) = invitation::invited(folder, text).await?;
    let (new, challenge) = party.registered(said)?;
    let mut tx = folder.store.write().await?;
    let user = invitation::waiting(folder, &mut *tx, &user.id, &hex::encode(invited.hash)).await?;
    let user = invitation::renew(folder, &mut *tx, user, None, Tries::default()).await?;
    let passkey = keep(folder, &mut *tx, &user, name, new, &challenge).await?;
    tx.commit().await?;
    Ok(passkey)
}

async fn keep(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: &UserRow,
    name: &str,
    new: NewPasskey,
    challenge: &str,
) -> Result<PasskeyRow> {
    let name = named(name)?;
    let once = once::read::<()>(folder, &registering(&user.id), challenge).ok_or_else(stale)?;
    if !once.spend(folder, tx).await? {
        return Err(stale());
    }
    let there = tx.passkeys(Some(&user.id)).await?.iter().filter(|passkey| passkey.revoked.is_none()).count();
    if there >= MOST {
        let why = format!("there are {MOST} already; revoke one first");
        return Err(Error::new(Kind::Conflict, "passkey.many", "passkey", why));
    }
    let NewPasskey { credential, key, copied, counter } = new;
    if tx.passkey_by_credential(&credential).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "passkey.exists", "passkey", "it is, or was, registered already"));
    }
    let passkey = PasskeyRow {
        id: hex::encode(folder.random::<8>()?),
        user: user.id.clone(),
        credential,
        key,
        copied,
        name,
        created: folder.now(),
        revoked: None,
        counter,
        used: None,
        sealed: Vec::new(),
    };
    let passkey = sealed(folder, passkey)?;
    tx.put_passkey(&passkey).await?;
    folder.log.append_one(tx, entry(folder, Action::PasskeyRegistered, user, &passkey, &user.id)?).await?;
    Ok(passkey)
}

fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if is_printable(name) {
        return Ok(name.to_owned());
    }
    let why = "its name has 1 to 200 printable characters, such as: work telephone";
    Err(Error::new(Kind::Usage, "passkey.name", "passkey", why))
}

fn stale() -> Error {
    let why = "the question that it answers was not asked, was answered already, or is too old; begin anew";
    Error::new(Kind::NotAllowed, "passkey.challenge", "passkey", why)
}

/// What a browser needs to have any passkey for this service sign; who it is, the passkey tells.
pub fn sign_in_options(folder: &DataFolder, party: &Party) -> Result<RequestOptions> {
    Ok(RequestOptions {
        challenge: once::give(folder, SIGN_IN, &())?,
        rp_id: party.id.clone(),
        timeout: milliseconds(),
        user_verification: "required",
    })
}

fn refused() -> Error {
    let why = "it is not known here, or signs in for nobody now";
    Error::new(Kind::NotAllowed, "auth.passkey", "passkey", why)
}

/// Signs in with a passkey; the text is what the browser is to hold.
pub async fn sign_in(
    folder: &DataFolder,
    party: &Party,
    said: &Assertion,
    entrance: Entrance<'_>,
    terms: Terms,
) -> Result<(Session, Zeroizing<String>)> {
    let challenge = party.challenge(said)?;
    let once = once::read::<()>(folder, SIGN_IN, &challenge).ok_or_else(stale)?;
    let credential = said.credential()?;
    let passkey = folder.store.read().await?.passkey_by_credential(&credential).await?.ok_or_else(refused)?;
    let counter = party.asserted(said, &passkey.key, passkey.copied)?;
    if !said.is_of(&passkey.user) {
        return Err(refused());
    }
    let mut tx = folder.store.write().await?;
    if !once.spend(folder, &mut *tx).await? {
        return Err(stale());
    }
    let counts = |now: &PasskeyRow| {
        // the key that has verified is still that one, and nobody has written the row who has not the master key
        now.key == passkey.key
            && now.revoked.is_none()
            && is_sealed(folder, &seal_name(now), &said_of(now), &now.sealed)
    };
    let passkey = tx.passkey_by_credential(&credential).await?.filter(counts).ok_or_else(refused)?;
    let user = tx.user(&passkey.user).await?.ok_or_else(refused)?;
    if !sign_in::is_open(&user, folder.now()) {
        return Err(refused());
    }
    // zero is said by authenticators that do not count
    if (counter, passkey.counter) != (0, 0) && counter <= passkey.counter {
        // whoever tried, it is not known
        let entry = Entry { actor: None, ..entry(folder, Action::PasskeyRefused, &user, &passkey, "")? };
        folder.log.append_one(&mut *tx, entry).await?;
        tx.commit().await?;
        let why = "it says that it has signed less often than before, so there may be a copy of it; revoke it and register another one";
        return Err(Error::new(Kind::NotAllowed, "passkey.counter", "passkey", why));
    }
    tx.put_passkey(&PasskeyRow { counter, used: Some(folder.now()), ..passkey }).await?;
    let begun = sign_in::enter(folder, &mut *tx, user, sessions::PASSKEY, entrance, terms).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The passkeys of somebody that are in force.
pub async fn list(folder: &DataFolder, user: &str) -> Result<Vec<PasskeyRow>> {
    let all = folder.store.read().await?.passkeys(Some(user)).await?;
    Ok(all.into_iter().filter(|passkey| passkey.revoked.is_none()).collect())
}

/// One of them.
async fn own(tx: &mut dyn Transaction, user: &str, id: &str) -> Result<PasskeyRow> {
    let all = tx.passkeys(Some(user)).await?;
    let found = all.into_iter().find(|passkey| passkey.id == id && passkey.revoked.is_none());
    found.ok_or_else(|| not_found("passkey", id))
}

/// Gives an own passkey another name.
pub async fn rename(folder: &DataFolder, session: &Session, id: &str, name: &str) -> Result<PasskeyRow> {
    let name = named(name)?;
    let mut tx = folder.store.write().await?;
    let passkey = own(&mut *tx, &session.user.id, id).await?;
    if passkey.name == name {
        return Ok(passkey);
    }
    let passkey = PasskeyRow { name, ..passkey };
    tx.put_passkey(&passkey).await?;
    let entry = entry(folder, Action::PasskeyRenamed, &session.user, &passkey, &session.user.id)?;
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    Ok(passkey)
}

/// Revokes an own passkey; sessions that were begun with one end, but for the one that asks.
pub async fn revoke_own(folder: &DataFolder, session: &Session, id: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let passkey = own(&mut *tx, &session.user.id, id).await?;
    end(folder, &mut *tx, &session.user, passkey, &session.user.id).await?;
    let is_other = |row: &SessionRow| row.how == sessions::PASSKEY && row.id != session.row.id;
    sessions::end_those(folder, &mut *tx, &session.user.id, &session.user.id, is_other).await?;
    Ok(tx.commit().await?)
}

/// Revokes somebody's passkey; sessions that were begun with one end.
pub async fn revoke(folder: &DataFolder, login: &str, id: &str, by: &Administrator) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    let passkey = own(&mut *tx, &user.id, id).await?;
    end(folder, &mut *tx, &user, passkey, &by.actor).await?;
    sessions::end_those(folder, &mut *tx, &user.id, &by.actor, |row| row.how == sessions::PASSKEY).await?;
    Ok(tx.commit().await?)
}

/// Revokes all passkeys of somebody, in a transaction that is under way.
pub(super) async fn revoke_all(folder: &DataFolder, tx: &mut dyn Transaction, user: &UserRow) -> Result<()> {
    for passkey in tx.passkeys(Some(&user.id)).await? {
        if passkey.revoked.is_none() {
            end(folder, tx, user, passkey, &user.id).await?;
        }
    }
    Ok(())
}

async fn end(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: &UserRow,
    passkey: PasskeyRow,
    actor: &str,
) -> Result<()> {
    let passkey = sealed(folder, PasskeyRow { revoked: Some(folder.now()), ..passkey })?;
    tx.put_passkey(&passkey).await?;
    folder.log.append_one(tx, entry(folder, Action::PasskeyRevoked, user, &passkey, actor)?).await?;
    Ok(())
}
