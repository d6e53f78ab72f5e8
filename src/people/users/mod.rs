//! People who sign in: accounts, the offices that they hold, sessions.
//!
//! | file | what |
//! | --- | --- |
//! | `accounts` | who there is: made by an administrator, disabled, invited |
//! | `invitation` | setting password and second factor, by an invitation that counts once |
//! | `offices` | what somebody is in a unit, and for how long; which offices one person does not hold together |
//! | `sign_in` | from login, password and code to a session |
//! | `passkeys` | registering passkeys, from one to a session |
//! | `webauthn` | what browsers and authenticators say of passkeys, and whether it is so |
//! | `identities` | who somebody is to a provider of identities |
//! | `oidc` | from a login at that provider to a session |
//! | `once` | challenges and such that count once |
//! | `sessions` | from what a browser holds to who it is |
//! | `codes` | one-time passwords, recovery codes |
//! | `secrets` | what is signed in with, sealed |

pub mod accounts;
mod codes;
pub mod identities;
pub mod invitation;
pub mod offices;
pub mod oidc;
mod once;
pub mod passkeys;
mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod webauthn;

use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::people::permissions::{Caller, Permission};
use crate::store::Transaction;
use crate::store::users::UserRow;
use std::collections::{BTreeMap, BTreeSet};

/// Who may do what with accounts: somebody on the command line, or an administrator and the unit that he cares for, with all below it.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// What the log knows as a pseudonym.
    pub actor: String,
    /// The unit; none: all.
    pub unit: Option<String>,
}

impl Administrator {
    /// Somebody whose role permits this, for the own unit and all below it.
    pub fn of(caller: &Caller, permission: Permission) -> Result<Self> {
        caller.may(permission)?;
        Ok(Self { actor: caller.id.clone(), unit: Some(caller.unit.clone()) })
    }

    /// The identifiers of the units that are cared for; none: all.
    pub async fn units(&self, tx: &mut dyn Transaction) -> Result<Option<BTreeSet<String>>> {
        let Some(own) = &self.unit else { return Ok(None) };
        let mut below: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for unit in tx.units().await? {
            if let Some(parent) = unit.parent {
                below.entry(parent).or_default().push(unit.id);
            }
        }
        let (mut found, mut waiting) = (BTreeSet::new(), vec![own.clone()]);
        while let Some(unit) = waiting.pop() {
            waiting.extend(below.remove(&unit).into_iter().flatten());
            found.insert(unit);
        }
        Ok(Some(found))
    }

    /// Refuses, as if it were not there, what is of a unit that is not cared for.
    pub async fn cares_for(&self, tx: &mut dyn Transaction, unit: &str, what: &str, name: &str) -> Result<()> {
        match &self.unit {
            Some(own) if !super::units::is_within(tx, unit, own).await? => Err(super::not_found(what, name)),
            _ => Ok(()),
        }
    }
}

/// Seals what a row says under a name that is its own: who writes to the database but has not the master key makes no such row, and no other
/// of one.
fn seal_row(folder: &DataFolder, name: &str, said: &str) -> Result<Vec<u8>> {
    Ok(folder.master.seal(name, said.as_bytes(), &*folder.random)?)
}

/// Whether a row says what was sealed of it.
fn is_sealed(folder: &DataFolder, name: &str, said: &str, sealed: &[u8]) -> bool {
    folder.master.open(name, sealed).is_ok_and(|opened| *opened == said.as_bytes())
}

/// An entry about an account, as it is from then on.
fn entry(folder: &DataFolder, action: Action, user: &UserRow, actor: &str) -> Result<Entry> {
    let entry = Entry::new(action, folder.now())?.of_unit(&user.unit).by(folder.log.pseudonym(actor));
    Ok(entry.on_row(row::user(user)?))
}

/// The user of a login, whom the administrator cares for.
async fn find(tx: &mut dyn Transaction, login: &str, by: &Administrator) -> Result<UserRow> {
    let user = tx.user_by_login(login).await?.ok_or_else(|| super::not_found("user", login))?;
    by.cares_for(tx, &user.unit, "user", login).await?;
    Ok(user)
}
