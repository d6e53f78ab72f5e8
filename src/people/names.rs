//! What people are called who did something, and whose pseudonyms are in the log, as far as the data folder and the system know.

use super::permissions::{Caller, Permission};
use super::{tokens, units};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::store::Transaction;
use std::collections::BTreeMap;
use std::fmt;

/// What somebody is called who did something: by the full name, by that of the token, or as the user of the command line.
pub async fn of(tx: &mut dyn Transaction, actor: &str) -> Result<String> {
    let known = known(tx, actor).await?;
    Ok(known.unwrap_or_else(|| actor.strip_prefix("local:").unwrap_or(actor).to_owned()))
}

/// What an account or a token is called, if there is one of this identifier.
pub async fn known(tx: &mut dyn Transaction, actor: &str) -> Result<Option<String>> {
    if let Some(user) = tx.user(actor).await? {
        return Ok(Some(user.name));
    }
    Ok(tx.token(actor).await?.map(|token| token.name))
}

/// Somebody whom the log knows by a pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The bearer of a token.
    Token {
        /// Its identifier.
        id: String,
        /// What it is for.
        name: String,
        /// Its role.
        role: String,
        /// Its unit.
        unit: String,
    },
    /// Somebody who signs in.
    User {
        /// The login.
        login: String,
        /// The full name.
        name: String,
        /// The unit whose administrator cares for the account.
        unit: String,
    },
    /// Somebody who works on the command line, by the name that the system has.
    Local(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { id, name, role, unit } => write!(f, "{name} ({role}, {unit}, token {id})"),
            Self::User { login, name, unit } => write!(f, "{name} (user {login}, {unit})"),
            Self::Local(name) => write!(f, "{name} (command line)"),
        }
    }
}

/// Everybody who is known, by pseudonym: the bearers of tokens, who signs in, and who works on the command line: the system's users, these
/// besides, and whoever has done something to a receipt there.
pub async fn by_pseudonym(folder: &DataFolder, besides: &[String]) -> Result<BTreeMap<String, Actor>> {
    let mut names = BTreeMap::new();
    for token in tokens::list(folder).await? {
        let pseudonym = folder.log.pseudonym(&token.id);
        names.insert(pseudonym, Actor::Token { id: token.id, name: token.name, role: token.role, unit: token.unit });
    }
    let mut tx = folder.store.read().await?;
    for user in tx.users().await? {
        let pseudonym = folder.log.pseudonym(&user.id);
        names.insert(pseudonym, Actor::User { login: user.login, name: user.name, unit: user.unit });
    }
    let actors = tx.actors().await?;
    let local = actors.iter().filter_map(|actor| actor.strip_prefix("local:")).map(str::to_owned);
    for user in local.chain(system_users()).chain(besides.iter().cloned()) {
        names.insert(folder.log.pseudonym(&format!("local:{user}")), Actor::Local(user));
    }
    Ok(names)
}

/// The users of the system, of which some have worked on the command line.
fn system_users() -> Vec<String> {
    let listed = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    listed.lines().filter_map(|line| line.split(':').next()).map(str::to_owned).collect()
}

/// Who is behind a pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// Somebody of the unit or of one below it, or who works on the command line.
    Known(Actor),
    /// Somebody of another unit, of whom nothing is said.
    Elsewhere,
    /// Nobody who is known here.
    Nobody,
}

/// Looks up who is behind a pseudonym. That this was asked is in the log before anything is told.
pub async fn behind(folder: &DataFolder, caller: &Caller, pseudonym: &str) -> Result<Behind> {
    caller.may(Permission::ResolveActors)?;
    let entry = Entry::new(Action::PseudonymResolved, folder.now())?.of_unit(&caller.unit);
    folder.log.record(entry.by(folder.log.pseudonym(&caller.id))).await?;
    let Some(actor) = by_pseudonym(folder, &[]).await?.remove(pseudonym) else { return Ok(Behind::Nobody) };
    let is_near = match &actor {
        Actor::Token { unit, .. } | Actor::User { unit, .. } => {
            units::is_within(&mut *folder.store.read().await?, unit, &caller.unit).await?
        }
        Actor::Local(_) => true,
    };
    Ok(if is_near { Behind::Known(actor) } else { Behind::Elsewhere })
}
