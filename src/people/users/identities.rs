//! Who somebody is to a provider of identities (OpenID Connect), bound to an account by an administrator, or by whom an invitation was given
//! to. Who is not bound does not sign in: no account comes of itself.

use super::{Administrator, accounts, find, is_sealed, seal_row, sessions};
use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::not_found;
use crate::store::Transaction;
use crate::store::users::{IdentityRow, UserRow};

/// Bytes of the longest subject (OpenID Connect Core 1.0 section 2).
const LONGEST: usize = 255;

fn entry(folder: &DataFolder, action: Action, user: &UserRow, identity: &IdentityRow, actor: &str) -> Result<Entry> {
    let entry = Entry::new(action, folder.now())?.of_unit(&user.unit).by(folder.log.pseudonym(actor));
    Ok(entry.on_row(row::identity(identity)?))
}

/// The name that it is sealed under, and what.
fn seal_name(identity: &IdentityRow) -> String {
    format!("identity:{}", identity.id)
}

fn said(identity: &IdentityRow) -> Result<String> {
    let IdentityRow { user, issuer, subject, ended, .. } = identity;
    let bug = |error| Error::new(Kind::Bug, "identity.sealed", "identity", error);
    serde_json::to_string(&(user, issuer, subject, ended.is_some())).map_err(bug)
}

fn sealed(folder: &DataFolder, identity: IdentityRow) -> Result<IdentityRow> {
    Ok(IdentityRow { sealed: seal_row(folder, &seal_name(&identity), &said(&identity)?)?, ..identity })
}

/// Whose account this is at the provider, in a transaction that is under way; none where nobody is bound, or a row was written by who has not
/// the master key.
pub(super) async fn whose(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserRow>> {
    let Some(identity) = tx.identity_of(issuer, subject).await? else { return Ok(None) };
    if !is_sealed(folder, &seal_name(&identity), &said(&identity)?, &identity.sealed) {
        return Ok(None);
    }
    Ok(tx.user(&identity.user).await?)
}

/// Whether a text can be what a provider calls somebody.
pub(super) fn is_subject(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

/// Binds an identity to an account.
pub async fn bind(
    folder: &DataFolder,
    login: &str,
    issuer: &str,
    subject: &str,
    by: &Administrator,
) -> Result<IdentityRow> {
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    if by.actor == user.id {
        let why = "nobody binds an identity to the own account";
        return Err(Error::new(Kind::NotAllowed, "user.own", format!("user {login}"), why));
    }
    accounts::everywhere(&mut *tx, &user, by).await?;
    let identity = keep(folder, &mut *tx, &user, issuer, subject, &by.actor).await?;
    tx.commit().await?;
    Ok(identity)
}

/// Binds it, in a transaction that is under way.
pub(super) async fn keep(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: &UserRow,
    issuer: &str,
    subject: &str,
    actor: &str,
) -> Result<IdentityRow> {
    if !is_subject(subject) {
        let why = format!("it has 1 to {LONGEST} bytes, no control characters, and no blanks around it");
        return Err(Error::new(Kind::Usage, "identity.subject", "identity", why));
    }
    if let Some(there) = tx.identity_of(issuer, subject).await? {
        if there.user == user.id {
            return Ok(there);
        }
        return Err(Error::new(Kind::Conflict, "identity.exists", "identity", "it is bound to another account"));
    }
    let identity = IdentityRow {
        id: hex::encode(folder.random::<8>()?),
        user: user.id.clone(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        created: folder.now(),
        ended: None,
        sealed: Vec::new(),
    };
    let identity = sealed(folder, identity)?;
    tx.put_identity(&identity).await?;
    folder.log.append_one(tx, entry(folder, Action::IdentityBound, user, &identity, actor)?).await?;
    Ok(identity)
}

/// Ends an identity: nobody signs in by it any more, and sessions that were begun by one end.
pub async fn end(folder: &DataFolder, login: &str, id: &str, by: &Administrator) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let user = find(&mut *tx, login, by).await?;
    let all = tx.identities(Some(&user.id)).await?;
    let identity = all.into_iter().find(|identity| identity.id == id && identity.ended.is_none());
    let identity = identity.ok_or_else(|| not_found("identity", id))?;
    let identity = sealed(folder, IdentityRow { ended: Some(folder.now()), ..identity })?;
    tx.put_identity(&identity).await?;
    folder.log.append_one(&mut *tx, entry(folder, Action::IdentityEnded, &user, &identity, &by.actor)?).await?;
    sessions::end_those(folder, &mut *tx, &user.id, &by.actor, |row| row.how == sessions::OIDC).await?;
    Ok(tx.commit().await?)
}
