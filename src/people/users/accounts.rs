//! Who there is.

use super::{Administrator, entry, find};
use crate::audit::entry::Action;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::is_printable;
use crate::store::Transaction;
use crate::store::users::{IdentityRow, Invitation, OfficeRow, PasskeyRow, Tries, UserRow};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Bytes of a login.
const LONGEST_LOGIN: usize = 64;

/// Makes an account. Nobody signs in with it until an invitation was accepted, and an office given; the text of the first invitation is
/// shown once.
pub async fn create(
    folder: &DataFolder,
    login: &str,
    name: &str,
    unit: &str,
    by: &Administrator,
) -> Result<(UserRow, Zeroizing<String>)> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._@".contains(c);
    if login.is_empty() || login.len() > LONGEST_LOGIN || !login.chars().all(fits) {
        let why = format!("it has 1 to {LONGEST_LOGIN} small letters, digits, -, ., _ and @");
        return Err(Error::new(Kind::Usage, "user.login", format!("login {login:?}"), why));
    }
    let name = name.trim();
    if !is_printable(name) {
        let why = "the full name has 1 to 200 printable characters";
        return Err(Error::new(Kind::Usage, "user.name", format!("user {login}"), why));
    }
    let mut tx = folder.store.write().await?;
    crate::people::units::open(&mut *tx, unit).await?;
    by.cares_for(&mut *tx, unit, "unit", unit).await?;
    if tx.user_by_login(login).await?.is_some() {
        let why = "somebody has this login already";
        return Err(Error::new(Kind::Conflict, "user.exists", format!("user {login}"), why));
    }
    let id = hex::encode(folder.random::<16>()?);
    let (invitation, text) = super::invitation::new(folder, &id)?;
    let user = UserRow {
        id,
        login: login.to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        created: folder.now(),
        disabled: None,
        sealed: None,
        tries: Tries::default(),
        invitation: Some(invitation),
    };
    keep(folder, &mut *tx, &user, Action::UserCreated, by).await?;
    tx.commit().await?;
    Ok((user, text))
}

/// Invites somebody anew, who has forgotten the password or lost the telephone. What was signed in with before goes on counting until the
/// invitation is accepted; the text is shown once.
pub async fn invite(folder: &DataFolder, login: &str, by: &Administrator) -> Result<Zeroizing<String>> {
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    if by.actor == user.id {
        let why = "nobody invites themselves: another administrator, or the command line, does";
        return Err(Error::new(Kind::NotAllowed, "user.own", format!("user {login}"), why));
    }
    everywhere(&mut *tx, &user, by).await?;
    let (invitation, text) = super::invitation::new(folder, &user.id)?;
    let user = UserRow { invitation: Some(Invitation { pending: None, ..invitation }), ..user };
    tx.put_user(&user).await?;
    folder.log.append_one(&mut *tx, entry(folder, Action::UserInvited, &user, &by.actor)?).await?;
    tx.commit().await?;
    Ok(text)
}

/// Disables an account, which ends its sessions, or enables it again.
pub async fn set_disabled(folder: &DataFolder, login: &str, disabled: bool, by: &Administrator) -> Result<UserRow> {
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    if user.disabled.is_some() == disabled {
        return Ok(user);
    }
    if by.actor == user.id {
        let why = "nobody disables the own account";
        return Err(Error::new(Kind::NotAllowed, "user.own", format!("user {login}"), why));
    }
    everywhere(&mut *tx, &user, by).await?;
    let disabled = disabled.then(|| folder.now());
    let user =
        UserRow { disabled, invitation: None, tries: Tries { count: 0, blocked_until: None, ..user.tries }, ..user };
    keep(folder, &mut *tx, &user, Action::UserChanged, by).await?;
    super::sessions::end_those(folder, &mut *tx, &user.id, &by.actor, |_| true).await?;
    tx.commit().await?;
    Ok(user)
}

/// Refuses to touch the account of somebody who holds an office that the administrator does not care for: whoever sets what is signed in
/// with can act in it.
pub(super) async fn everywhere(tx: &mut dyn Transaction, user: &UserRow, by: &Administrator) -> Result<()> {
    for office in tx.offices(Some(&user.id)).await? {
        if office.ended.is_none() && by.cares_for(tx, &office.unit, "office", &office.id).await.is_err() {
            let why = "an office is held in a unit that you do not care for; the administrator above both does this";
            return Err(Error::new(Kind::NotAllowed, "user.elsewhere", format!("user {}", user.login), why));
        }
    }
    Ok(())
}

async fn keep(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: &UserRow,
    action: Action,
    by: &Administrator,
) -> Result<()> {
    tx.put_user(user).await?;
    folder.log.append_one(tx, entry(folder, action, user, &by.actor)?).await?;
    Ok(())
}

/// An account, with what belongs to it.
#[derive(Debug)]
pub struct Account {
    /// Whose it is.
    pub user: UserRow,
    /// The offices, past and future ones too.
    pub offices: Vec<OfficeRow>,
    /// The passkeys that are in force.
    pub passkeys: Vec<PasskeyRow>,
    /// The identities that are bound to it.
    pub identities: Vec<IdentityRow>,
}

impl Account {
    /// How it stands: `invited` where there is nothing to sign in with yet, `active` or `disabled`.
    pub const fn state(&self) -> &'static str {
        match self.user {
            UserRow { disabled: Some(_), .. } => "disabled",
            UserRow { sealed: None, .. } if self.passkeys.is_empty() && self.identities.is_empty() => "invited",
            _ => "active",
        }
    }
}

/// An account that the administrator cares for.
pub async fn show(folder: &DataFolder, login: &str, by: &Administrator) -> Result<Account> {
    let mut tx = folder.store.read().await?;
    let user = find(&mut *tx, login, by).await?;
    let offices = tx.offices(Some(&user.id)).await?;
    let passkeys = tx.passkeys(Some(&user.id)).await?.into_iter().filter(|passkey| passkey.revoked.is_none()).collect();
    let identities = tx.identities(Some(&user.id)).await?.into_iter().filter(|bound| bound.ended.is_none()).collect();
    Ok(Account { user, offices, passkeys, identities })
}

/// The accounts that the administrator cares for.
pub async fn list(folder: &DataFolder, by: &Administrator) -> Result<Vec<Account>> {
    let mut tx = folder.store.read().await?;
    let units = by.units(&mut *tx).await?;
    let mut offices: HashMap<String, Vec<OfficeRow>> = HashMap::new();
    for office in tx.offices(None).await? {
        offices.entry(office.user.clone()).or_default().push(office);
    }
    let mut passkeys: HashMap<String, Vec<PasskeyRow>> = HashMap::new();
    for passkey in tx.passkeys(None).await?.into_iter().filter(|passkey| passkey.revoked.is_none()) {
        passkeys.entry(passkey.user.clone()).or_default().push(passkey);
    }
    let mut identities: HashMap<String, Vec<IdentityRow>> = HashMap::new();
    for identity in tx.identities(None).await?.into_iter().filter(|identity| identity.ended.is_none()) {
        identities.entry(identity.user.clone()).or_default().push(identity);
    }
    let users = tx.users().await?.into_iter();
    let users = users.filter(|user| units.as_ref().is_none_or(|units| units.contains(&user.unit)));
    let whole = |user: UserRow| Account {
        offices: offices.remove(&user.id).unwrap_or_default(),
        passkeys: passkeys.remove(&user.id).unwrap_or_default(),
        identities: identities.remove(&user.id).unwrap_or_default(),
        user,
    };
    Ok(users.map(whole).collect())
}
