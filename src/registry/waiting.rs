//! What somebody may do to a document as it stands, and what waits for them: the table of [`machine`](super::machine), read the other way round.

use super::delegations;
use super::machine::{Act, Book, Hat, State, TABLE, next};
use super::{case, view::Line};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::people::permissions::{Caller, Permission};
use crate::store::registry::{DispatchFilter, DispatchRow};
use crate::validation::report::Verdict;

/// The act that brings a document on, where several may be done.
const ONWARD: &[Act] = &[
    Act::Sign,
    Act::Initial,
    Act::Revise,
    Act::Number,
    Act::Seal,
    Act::Register,
    Act::Issue,
    Act::Accept,
    Act::Assign,
];

/// What is done to a document that stands so, in these capacities.
fn acts_in(state: State, caller: &Caller, hats: &[Hat]) -> Vec<Act> {
    let steps = TABLE.iter().filter(|(from, ..)| *from == Some(state)).map(|(_, act, ..)| *act);
    steps.filter(|act| caller.may(act.permission()).is_ok() && next(Some(state), *act, hats).is_some()).collect()
}

async fn hats(folder: &DataFolder, caller: &Caller) -> Result<&'static [Hat]> {
    let is_delegate = !delegations::held(folder, caller).await?.is_empty();
    Ok(Hat::of(caller.role, is_delegate))
}

/// What a caller may do to a document of the own unit now. An older document is replaced by issuing another one, not by an act of its own.
pub async fn acts(folder: &DataFolder, caller: &Caller, row: &DispatchRow) -> Result<Vec<Act>> {
    let hats = hats(folder, caller).await?;
    let mut acts = acts_in(case::state(row)?, caller, hats);
    // what has failed is returned, not registered
    let has_failed = case::particulars(row)?.verdict.as_deref() == Some(Verdict::Failed.as_str());
    acts.retain(|act| *act != Act::Replace && !(has_failed && *act == Act::Accept));
    let rank = |act: &Act| ONWARD.iter().position(|onward| onward == act).unwrap_or(usize::MAX);
    acts.sort_by_key(rank);
    Ok(acts)
}

/// Whether an act brings a document on, and does not hold it up.
pub fn is_onward(act: Act) -> bool {
    ONWARD.contains(&act)
}

/// Documents that wait for the same act.
#[derive(Debug)]
pub struct Waiting {
    /// The register.
    pub book: Book,
    /// How they stand.
    pub state: State,
    /// What is to be done.
    pub act: Act,
    /// The oldest first, urgent ones before others.
    pub lines: Vec<Line>,
    /// Whether there are more.
    pub more: bool,
}

/// What waits for a caller, at most `most` of each; what lies with the own unit only.
pub async fn of(folder: &DataFolder, caller: &Caller, most: u32) -> Result<Vec<Waiting>> {
    if caller.may(Permission::ReadDocuments).is_err() {
        return Ok(Vec::new());
    }
    let hats = hats(folder, caller).await?;
    let mut all = Vec::new();
    let mut tx = folder.store.read().await?;
    for state in State::ALL {
        let acts = acts_in(*state, caller, hats);
        let Some(act) = ONWARD.iter().find(|act| acts.contains(act)).copied() else { continue };
        // a draft that may be revised waits for its initials; what is with somebody already does not wait
        if (act == Act::Revise && *state != State::Returned) || *state == State::Assigned {
            continue;
        }
        let book = if matches!(state, State::Received | State::Accepted) { Book::In } else { Book::Out };
        let filter = DispatchFilter {
            unit: caller.unit.clone(),
            book: book.as_str().to_owned(),
            state: Some(state.as_str().to_owned()),
            ..DispatchFilter::default()
        };
        let mut rows = tx.dispatches(&filter, most.saturating_add(1)).await?;
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        // what was returned waits for who drafts, and of others for who has drafted it
        if *state == State::Returned && !hats.contains(&Hat::Drafter) {
            let mut own = Vec::new();
            for row in rows {
                if tx.dispatch_events(&row.id).await?.first().is_some_and(|first| first.actor == caller.id) {
                    own.push(row);
                }
            }
            rows = own;
        }
        if rows.is_empty() {
            continue;
        }
        rows.sort_by_key(|row| (!row.urgent, row.created));
        let lines = rows.iter().map(Line::new).collect::<Result<_>>()?;
        all.push(Waiting { book, state: *state, act, lines, more });
    }
    Ok(all)
}
