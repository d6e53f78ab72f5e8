//! The level of the signatures of what is issued. They are raised when it is issued; where TSA or CA cannot be reached then, it is issued with
//! what could be had, and a queue raises it later: each time an act of its own, and the files grow at their end only.

use super::case::{self, Case};
use super::machine::{Act, Book};
use super::notices::Telling;
use super::together::Answer;
use super::{Desk, named};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::documents::extend::extend;
use crate::documents::services::Services;
use crate::documents::sign::Raise;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::net::ChosenBy;
use crate::pades::Level;
use crate::people::permissions::{Caller, Role};
use crate::reports::sending::{HELD, Refusal, judged};
use crate::store::Transaction;
use crate::store::outgoing::{OutgoingKind, OutgoingRow, OutgoingState};
use crate::store::registry::FileRow;
use std::sync::Arc;

/// Who raises when nobody does, as the log's pseudonym has it.
const SERVICE: &str = "service";

/// A file that was raised to a level.
pub(super) struct Raised {
    file: FileRow,
    bytes: Vec<u8>,
    level: Level,
}

/// Whether its signatures have a level, as far as we have made them.
fn has(file: &FileRow, level: Level) -> bool {
    Level::ALL.into_iter().any(|one| one >= level && file.level.as_deref() == Some(one.name()))
}

/// The files of a document at the level of the desk, or as near to it as can be had now, those that are not there already; and why some are not
/// at it. Nothing is kept yet but the entries of the log.
pub(super) async fn raised(desk: &Desk<'_>, id: &str) -> Result<(Vec<Raised>, Vec<String>)> {
    let (mut done, mut lacking) = (Vec::new(), Vec::new());
    let files = desk.folder.store.read().await?.newest_files(&[id]).await?;
    for (_, file) in files {
        if desk.level == Level::B || has(&file, desk.level) {
            continue;
        }
        let bytes = Arc::new(case::bytes(desk.folder, id, &file).await?);
        for level in [desk.level, Level::T] {
            match one(desk, id, Arc::clone(&bytes), level).await {
                Ok(bytes) => {
                    done.push(Raised { file, bytes, level });
                    break;
                }
                Err(error) if error.kind == Kind::Bug => return Err(error),
                Err(error) if level == desk.level => {
                    let (name, level) = (&file.name, level.name());
                    let why = both!(
                        "{name} chưa đạt mức {level}: {error}",
                        "{name} is not at level {level}: {error}",
                        name = name,
                        level = level,
                        error = error
                    );
                    lacking.push(why.to_string());
                    if desk.level == Level::T || has(&file, Level::T) {
                        break;
                    }
                }
                // a time-stamp cannot be had, either
                Err(_) => {}
            }
        }
    }
    Ok((done, lacking))
}

/// A file raised to a level.
async fn one(desk: &Desk<'_>, id: &str, bytes: Arc<Vec<u8>>, level: Level) -> Result<Vec<u8>> {
    let raise = Raise { to: level, services: desk.services, chosen_by: ChosenBy::Certificate };
    let mut out = desk.folder.blobs.start().await?;
    let entry = Entry::new(Action::DocumentExtended, desk.folder.now())?.of_unit(&desk.caller.unit).about(&id);
    let entry = entry.by(desk.folder.log.pseudonym(&desk.caller.id));
    let extended = extend(desk.folder, Arc::clone(&bytes) as Arc<_>, raise, None, entry, &mut out).await?;
    if extended.added.is_empty() { Ok(bytes.to_vec()) } else { out.written_bytes() }
}

/// Puts raised files into the document, as far as nobody else has changed them meanwhile.
pub(super) fn put(case: &mut Case<'_>, files: Vec<Raised>) {
    for Raised { file, bytes, level } in files {
        let is_newest = case.newest(file.file).is_some_and(|newest| newest.version == file.version);
        // what is at the level already, whoever made it so, stays as it is
        if is_newest && u64::try_from(bytes.len()).is_ok_and(|size| size > file.size) {
            case.put_grown(file.file, bytes, level, None);
        }
    }
}

/// Has a document raised later, which was issued below the level of the desk.
pub(super) async fn later(tx: &mut dyn Transaction, case: &Case<'_>) -> Result<()> {
    let (row, kind) = (&case.row, OutgoingKind::Level);
    tx.put_message(&row.id, kind, &row.id, "").await?;
    Ok(tx.put_outgoing(&row.unit, kind, &row.id, case.now).await?)
}

/// Raises an issued document to the level of the desk. What can be had of it now is kept; what cannot is told.
pub async fn raise(desk: &Desk<'_>, id: &str) -> Answer {
    case::may(desk, Book::Out, id, Act::Raise).await?;
    let (files, lacking) = raised(desk, id).await?;
    if files.is_empty()
        && let Some(why) = lacking.first()
    {
        return Err(Error::new(Kind::Unavailable, "registry.level", named(id), why));
    }
    let mut tx = desk.folder.write().await?;
    let mut case = Case::open(&mut *tx, desk, Book::Out, id, Act::Raise, false).await?;
    let before = case.files.len();
    put(&mut case, files);
    if lacking.is_empty() {
        case.facts.level = Some(desk.level.name().to_owned());
        for (_, row) in tx.messages_of(&[id]).await? {
            if row.kind == OutgoingKind::Level && row.state != OutgoingState::Sent {
                tx.update_outgoing(&judged(Ok(()), row, case.now)).await?;
            }
        }
    }
    if case.files.len() == before {
        // nothing was to be done
        let row = case.row;
        tx.commit().await?;
        return Ok((row, lacking));
    }
    case.warnings = lacking;
    case.answer(tx).await
}

/// Raises what waits for that in the caller's unit, and answers each.
pub async fn raise_waiting(desk: &Desk<'_>) -> Result<Vec<(String, Answer)>> {
    desk.caller.may(Act::Raise.permission())?;
    let (mut before, mut waiting) = (None, Vec::new());
    loop {
        let mut tx = desk.folder.store.read().await?;
        let rows = tx.outgoing_of(&desk.caller.unit, Some(OutgoingState::Queued), before, 500).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.id);
        waiting.extend(rows.into_iter().filter(|row| row.kind == OutgoingKind::Level).map(|row| row.item));
    }
    let mut answers = Vec::with_capacity(waiting.len());
    for id in waiting {
        let answer = raise(desk, &id).await;
        answers.push((id, answer));
    }
    Ok(answers)
}

/// Raises what has waited for that the longest, of any unit, and gives how it stands then; nothing if nothing is due.
pub async fn raise_next(
    folder: &DataFolder,
    services: &Services<'_>,
    telling: &Telling,
    level: Level,
) -> Result<Option<OutgoingRow>> {
    let mut tx = folder.store.write().await?;
    let now = folder.now();
    let Some(row) = tx.take_outgoing(OutgoingKind::Level, now, now.saturating_add(HELD)).await? else {
        return Ok(None);
    };
    tx.commit().await?;
    let (id, name, unit) = (SERVICE.to_owned(), SERVICE.to_owned(), row.unit.clone());
    let caller = Caller { id, name, unit, role: Role::Clerk, signing_key: None };
    let desk = Desk { folder, caller: &caller, services, telling, level, once: None };
    let outcome = match raise(&desk, &row.item).await {
        Ok((_, lacking)) if lacking.is_empty() => Ok(()),
        Ok((_, lacking)) => Err(Refusal::NotNow(lacking.join("; "))),
        // it was replaced or withdrawn
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::NotFound) => Err(Refusal::Never(error.to_string())),
        Err(error) => Err(Refusal::NotNow(error.to_string())),
    };
    let row = judged(outcome, row, folder.now());
    let mut tx = folder.store.write().await?;
    tx.update_outgoing(&row).await?;
    tx.commit().await?;
    Ok(Some(row))
}
