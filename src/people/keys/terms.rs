//! How a key may be used, changed later: what is stricter counts at once; what is looser, once a second person wants the same.

use super::{destroyed, entry, find, shift};
use crate::audit::entry::Action;
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::permissions::Caller;
use crate::store::Transaction;
use crate::store::control::{AskedRow, KeyControl, TermsRow};
use crate::store::people::KeyRow;
use serde::Serialize;
use time::OffsetDateTime;

/// What is to change; what is not said stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// Whether two custodians open it.
    pub two_person: Option<bool>,
    /// Signatures that it may make in an hour; `Some(None)`: as many as there are.
    pub per_hour: Option<Option<u32>>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It counts.
    Now,
    /// It is looser: somebody else has to want the same until this time.
    Asked(OffsetDateTime),
}

/// What the log keeps the digest of: as canonical JSON.
#[derive(Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    per_hour: Option<u32>,
    two_person: bool,
}

impl Change {
    /// The terms that come of it.
    fn of(self, id: &str, control: &KeyControl) -> Result<TermsRow> {
        let refused = |why| Err(Error::new(Kind::Usage, "key.terms", format!("key {id}"), why));
        if control.destroyed.is_some() {
            return Err(destroyed(id));
        }
        if self.two_person.is_none() && self.per_hour.is_none() {
            return refused("what is to change is not said");
        }
        if self.per_hour == Some(Some(0)) {
            return refused("a key makes one signature an hour at least; one that makes none is stopped");
        }
        let two_person = self.two_person.unwrap_or(control.two_person);
        if two_person && !control.has_pin {
            return refused("two custodians open a key that has a PIN");
        }
        Ok(TermsRow { two_person, per_hour: self.per_hour.unwrap_or(control.per_hour) })
    }
}

/// Whether these terms permit what those of now do not.
fn is_looser(terms: TermsRow, control: &KeyControl) -> bool {
    let more = match (control.per_hour, terms.per_hour) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(now), Some(then)) => then > now,
    };
    more || (control.two_person && !terms.two_person)
}

/// Changes the terms of a key for who has no token; looser ones are refused.
pub async fn tighten(folder: &DataFolder, id: &str, change: Change, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    let terms = change.of(id, &control)?;
    if is_looser(terms, &control) {
        let why = "that is looser than before: two people have to ask the service for it";
        return Err(Error::new(Kind::NotAllowed, "key.looser", format!("key {id}"), why)
            .hint("each with --token-file, a keeper's or an administrator's"));
    }
    put(folder, tx, &row, control, terms, actor, None).await
}

/// Changes the terms of a key. Looser ones are kept as asked for, until somebody else asks for the very same.
pub async fn change(folder: &DataFolder, id: &str, change: Change, caller: &Caller) -> Result<Changed> {
    let mut tx = folder.store.write().await?;
    let (row, control) = find(&mut *tx, id).await?;
    let (terms, now) = (change.of(id, &control)?, folder.now());
    if !is_looser(terms, &control) {
        put(folder, tx, &row, control, terms, &caller.id, None).await?;
        return Ok(Changed::Now);
    }
    let asked = tx.terms_asked(id).await?.filter(|asked| now < asked.expires && asked.terms == terms);
    if let Some(first) = asked.filter(|first| first.token != caller.id && first.name != caller.name) {
        put(folder, tx, &row, control, terms, &first.token, Some(&caller.id)).await?;
        return Ok(Changed::Now);
    }
    let expires = now.saturating_add(folder.key_rules.approval);
    let (key, token, name) = (id.to_owned(), caller.id.clone(), caller.name.clone());
    tx.put_terms_asked(&AskedRow { key, terms, token, name, expires }).await?;
    tx.commit().await?;
    Ok(Changed::Asked(expires))
}

async fn put(
    folder: &DataFolder,
    tx: Box<dyn Transaction>,
    row: &KeyRow,
    control: KeyControl,
    terms: TermsRow,
    actor: &str,
    approver: Option<&str>,
) -> Result<()> {
    let mut tx = tx;
    let TermsRow { two_person, per_hour } = terms;
    if (two_person, per_hour) == (control.two_person, control.per_hour) {
        return Ok(());
    }
    let bug = |error| Error::new(Kind::Bug, "key.terms", format!("key {}", row.id), error);
    let said = serde_json::to_vec(&Said { per_hour, two_person }).map_err(bug)?;
    let control = KeyControl { two_person, per_hour, ..control };
    let mut entry =
        entry(folder, Action::KeyTermsChanged, row, actor)?.of_bytes(&said).on_row(row::key(row, &control)?);
    entry.approver = approver.map(|approver| folder.log.pseudonym(approver));
    tx.put_key_control(&control).await?;
    tx.remove_terms_asked(&row.id).await?;
    folder.log.append_one(&mut *tx, entry).await?;
    tx.commit().await?;
    // one that somebody has opened alone
    shift::end(folder, actor).await
}
