//! What people are called who did something, and whose pseudonyms are in the log, as far as the data folder and the system know.

use super::tokens;
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::store::Transaction;
use std::collections::BTreeMap;

/// What somebody is called who did something: by the full name, by that of the token, or as the user of the command line.
pub async fn of(tx: &mut dyn Transaction, actor: &str) -> Result<String> {
    if let Some(user) = tx.user(actor).await? {
        return Ok(user.name);
    }
    let token = tx.token(actor).await?;
    Ok(token.map_or_else(|| actor.strip_prefix("local:").unwrap_or(actor).to_owned(), |token| token.name))
}

/// Everybody who is known, by pseudonym: the bearers of tokens, who signs in, and who works on the command line: the system's users, and whoever has done
/// something to a receipt there.
pub async fn by_pseudonym(folder: &DataFolder, system_users: &[String]) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for token in tokens::list(folder).await? {
        let name = format!("{} ({}, {}, token {})", token.name, token.role, token.unit, token.id);
        names.insert(folder.log.pseudonym(&token.id), name);
    }
    let mut tx = folder.store.read().await?;
    for user in tx.users().await? {
        names.insert(folder.log.pseudonym(&user.id), format!("{} (user {}, {})", user.name, user.login, user.unit));
    }
    let actors = tx.actors().await?;
    for user in actors.iter().filter_map(|actor| actor.strip_prefix("local:")).chain(system_users.iter().map(|u| &**u))
    {
        names.insert(folder.log.pseudonym(&format!("local:{user}")), format!("{user} (command line)"));
    }
    Ok(names)
}
