//! Whose pseudonyms are in the log, as far as the data folder and the system know.

use super::tokens;
use crate::data_folder::DataFolder;
use crate::error::Result;
use std::collections::BTreeMap;

/// Everybody who is known, by pseudonym: the bearers of tokens, and the system's users, who work on the command line.
pub async fn by_pseudonym(folder: &DataFolder, system_users: &[String]) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for token in tokens::list(folder).await? {
        let name = format!("{} ({}, {}, token {})", token.name, token.role, token.unit, token.id);
        names.insert(folder.log.pseudonym(&token.id), name);
    }
    for user in system_users {
        names.insert(folder.log.pseudonym(&format!("local:{user}")), format!("{user} (command line)"));
    }
    Ok(names)
}
