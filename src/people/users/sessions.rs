//! From what a browser holds to who it is. Of what it holds the SHA-256 is kept. A row says nothing that is not sealed, its last use too, so that
//! one that was idle too long is so for good; and each end that somebody made is in the log, which is asked whenever a session is shown: a row
//! that is put back lets nobody in.

use super::{is_sealed, offices, seal_row};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::people::not_found;
use crate::people::permissions::Caller;
use crate::store::users::{OfficeRow, SessionRow, UserRow};
use crate::store::{Sha256, Transaction};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// How a session was begun: with password and code, with a passkey, by a provider of identities.
pub const PASSWORD: &str = "password";
/// With a passkey.
pub const PASSKEY: &str = "passkey";
/// By a provider of identities (OpenID Connect).
pub const OIDC: &str = "oidc";

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Without being used.
    pub idle: Duration,
    /// However much it is used.
    pub longest: Duration,
}

/// How much later a session was used than is kept of it.
const TOUCH: Duration = Duration::MINUTE;
/// Bytes of the longest text that can be a session, and of what a browser calls itself.
const LONGEST_TEXT: usize = 100;
const LONGEST_AGENT: usize = 200;
/// Sessions of one person; the oldest ends when there would be more.
const MOST: usize = 10;

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub row: SessionRow,
    /// Whose it is.
    pub user: UserRow,
    /// The office that is acted in.
    pub office: OfficeRow,
}

impl Session {
    /// Who that is for everything else.
    pub fn caller(&self) -> Result<Caller> {
        Ok(Caller {
            id: self.user.id.clone(),
            name: self.user.name.clone(),
            unit: self.office.unit.clone(),
            role: self.office.role.parse()?,
            signing_key: self.office.signing_key.clone(),
        })
    }
}

/// Begins a session, in a transaction that is under way; the text is what the browser holds.
pub(super) async fn begin(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: UserRow,
    office: OfficeRow,
    (how, agent): (&str, &str),
    terms: Terms,
) -> Result<(Session, Zeroizing<String>)> {
    let now = folder.now();
    tx.forget_sessions(now).await?;
    let others = tx.sessions(&user.id).await?;
    let too_many = (others.len().saturating_add(1)).saturating_sub(MOST);
    let oldest: Vec<&str> = others.iter().take(too_many).map(|row| row.id.as_str()).collect();
    end_those(folder, tx, &user.id, &user.id, |row| oldest.contains(&row.id.as_str())).await?;
    let secret = Zeroizing::new(folder.random::<32>()?);
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect();
    let row = SessionRow {
        hash: sha256(text.as_bytes()),
        id: hex::encode(folder.random::<8>()?),
        user: user.id.clone(),
        office: office.id.clone(),
        agent,
        created: now,
        used: now,
        expires: now.saturating_add(terms.longest),
        how: how.to_owned(),
        sealed: Vec::new(),
    };
    let row = SessionRow { sealed: seal(folder, &row)?, ..row };
    tx.put_session(&row).await?;
    let session = Session { row, user, office };
    folder.log.append_one(tx, entry(folder, Action::SessionBegun, &session)?).await?;
    Ok((session, text))
}

/// The name that it is sealed under, and what.
fn seal_name(row: &SessionRow) -> String {
    format!("session:{}", hex::encode(row.hash))
}

fn said(row: &SessionRow) -> String {
    let [created, used, expires] = [row.created, row.used, row.expires].map(OffsetDateTime::unix_timestamp);
    format!("{} {} {} {} {created} {used} {expires}", row.id, row.user, row.office, row.how)
}

fn seal(folder: &DataFolder, row: &SessionRow) -> Result<Vec<u8>> {
    seal_row(folder, &seal_name(row), &said(row))
}

/// What a row says, as long as that is what was sealed of it, and the log does not say that it was ended.
async fn standing(folder: &DataFolder, tx: &mut dyn Transaction, hash: &Sha256) -> Result<SessionRow> {
    let row = tx.session(hash).await?.ok_or_else(ended)?;
    let is_sealed = is_sealed(folder, &seal_name(&row), &said(&row), &row.sealed);
    if is_sealed && tx.log_entries_of_receipt(&row.id).await?.is_empty() { Ok(row) } else { Err(ended()) }
}

fn entry(folder: &DataFolder, action: Action, session: &Session) -> Result<Entry> {
    let entry = Entry::new(action, folder.now())?.of_unit(&session.office.unit);
    let entry = entry.by(folder.log.pseudonym(&session.user.id));
    Ok(Entry { related: Some(session.office.id.clone()), ..entry })
}

fn ended() -> Error {
    let why = "it is not known, or has ended; sign in again";
    Error::new(Kind::NotAllowed, "auth.session", "session", why)
}

/// Whose session this is.
pub async fn find(folder: &DataFolder, text: &str, terms: Terms) -> Result<Session> {
    if text.len() > LONGEST_TEXT {
        return Err(ended());
    }
    let now = folder.now();
    let mut tx = folder.store.read().await?;
    let row = standing(folder, &mut *tx, &sha256(text.as_bytes())).await?;
    if now >= row.expires || now - row.used >= terms.idle {
        return Err(ended());
    }
    let user = tx.user(&row.user).await?.filter(|user| user.disabled.is_none()).ok_or_else(ended)?;
    let office = tx.office(&row.office).await?.ok_or_else(ended)?;
    drop(tx);
    if office.user != user.id || !offices::is_held(&office, folder.today()) {
        return Err(ended());
    }
    let row = if now - row.used >= TOUCH { touch(folder, row, now).await? } else { row };
    Ok(Session { row, user, office })
}

async fn touch(folder: &DataFolder, row: SessionRow, now: OffsetDateTime) -> Result<SessionRow> {
    let mut tx = folder.store.write().await?;
    // it may have ended while this waited for its turn
    let row = SessionRow { used: now, ..standing(folder, &mut *tx, &row.hash).await? };
    let row = SessionRow { sealed: seal(folder, &row)?, ..row };
    tx.put_session(&row).await?;
    tx.commit().await?;
    Ok(row)
}

/// The sessions of somebody that have not ended.
pub async fn list(folder: &DataFolder, user: &str, terms: Terms) -> Result<Vec<SessionRow>> {
    let now = folder.now();
    let all = folder.store.read().await?.sessions(user).await?;
    Ok(all.into_iter().filter(|row| now < row.expires && now - row.used < terms.idle).collect())
}

/// Ends a session of somebody.
pub async fn end(folder: &DataFolder, by: &Session, id: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    if end_those(folder, &mut *tx, &by.user.id, &by.user.id, |row| row.id == id).await? == 0 {
        return Err(not_found("session", id));
    }
    Ok(tx.commit().await?)
}

/// Ends those sessions of somebody, in a transaction that is under way, with an entry for each, which names it; gives how many.
pub(super) async fn end_those(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    user: &str,
    actor: &str,
    which: impl Fn(&SessionRow) -> bool + Send,
) -> Result<usize> {
    let mut entries = Vec::new();
    for row in tx.sessions(user).await? {
        if which(&row) && tx.end_session(&row.id).await? {
            let entry = Entry::new(Action::SessionEnded, folder.now())?.about(&row.id);
            let entry = entry.by(folder.log.pseudonym(actor));
            let unit = tx.office(&row.office).await?.map(|office| office.unit);
            entries.push(Entry { unit, related: Some(row.office), ..entry });
        }
    }
    if !entries.is_empty() {
        folder.log.append(tx, &entries).await?;
    }
    Ok(entries.len())
}

/// The offices that who has signed in may act in today.
pub async fn offices(folder: &DataFolder, session: &Session) -> Result<Vec<OfficeRow>> {
    offices::held(folder, &mut *folder.store.read().await?, &session.user.id).await
}

/// Goes on in another office of the same person.
pub async fn change_office(folder: &DataFolder, session: Session, office: &str) -> Result<Session> {
    let mut tx = folder.store.write().await?;
    let held = offices::held(folder, &mut *tx, &session.user.id).await?;
    let office = held.into_iter().find(|held| held.id == office).ok_or_else(|| not_found("office", office))?;
    let row = standing(folder, &mut *tx, &session.row.hash).await?;
    let row = SessionRow { office: office.id.clone(), ..row };
    let row = SessionRow { sealed: seal(folder, &row)?, ..row };
    tx.put_session(&row).await?;
    let session = Session { row, office, ..session };
    folder.log.append_one(&mut *tx, entry(folder, Action::SessionBegun, &session)?).await?;
    tx.commit().await?;
    Ok(session)
}
