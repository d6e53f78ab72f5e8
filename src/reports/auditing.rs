//! What an auditor asks a data folder for: the bundle that is given away, whether everything agrees, whether the log goes on as it was.

use crate::audit::entry::{Action, Entry};
use crate::auditor::browse::first_since;
use crate::auditor::export::{Exported, Scope, export};
use crate::auditor::source::Database;
use crate::auditor::verify::{Insight, Plan};
use crate::auditor::watch::{Seen, look};
use crate::auditor::{Checkpoint, Findings, LogKey, WitnessKey, Witnesses, verify};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::messages::Text;
use std::io::{Seek, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// Faults of a check that are kept.
const MOST_NAMED: usize = 200;

/// The keys of a data folder's own log.
pub fn log_keys(folder: &DataFolder) -> Result<Vec<LogKey>> {
    let bug = |why| Error::new(Kind::Bug, "audit.log_key", "the log's key", why);
    folder.log.verifier_keys().iter().map(|key| key.to_string().parse().map_err(bug)).collect()
}

/// Writes the log as one bundle, all of it or from the entries of a time on. That it was given away is in the log, and so in the bundle.
pub async fn bundle<W: Write + Seek + Send>(
    folder: &DataFolder,
    actor: &str,
    since: Option<OffsetDateTime>,
    out: W,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Exported> {
    let mut entry = Entry::new(Action::ExportMade, folder.now())?;
    entry.actor = Some(folder.log.pseudonym(actor));
    folder.log.record(entry).await?;
    let mut witnesses: Vec<WitnessKey> = Vec::new();
    if let Some(watching) = folder.log.witnesses() {
        watching.show(&folder.log).await?;
        let bug = |why| Error::new(Kind::Bug, "audit.witness_key", "the key of a witness", why);
        witnesses = watching.keys().map(|key| key.to_string().parse().map_err(bug)).collect::<Result<_>>()?;
    }
    let mut view = folder.store.read().await?;
    // certificates that entries may name, as far as they are here
    let known: Vec<Vec<u8>> = view.signing_keys().await?.into_iter().map(|key| key.certificate).collect();
    let first = match since {
        Some(since) => first_since(&mut *view, since).await?,
        None => 0,
    };
    let scope = Scope { witnesses: &witnesses, known: &known, first };
    export(&Database::new(view), &log_keys(folder)?, &scope, out, progress).await
}

/// What came of a check.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// When it was begun.
    pub begun: OffsetDateTime,
    /// When it came to its end.
    pub ended: OffsetDateTime,
    /// What was checked: entries, receipts, documents.
    pub checked: [u64; 3],
    /// How much does not agree.
    pub faults: u64,
    /// The first of that.
    pub named: Vec<Text>,
}

#[derive(Default)]
struct State {
    running: Option<(OffsetDateTime, u64, u64)>,
    last: Option<std::result::Result<Outcome, Error>>,
    seen: Option<Checkpoint>,
    alarm: Option<(OffsetDateTime, String)>,
}

/// The checks of a data folder in one process: one at a time.
#[derive(Default)]
pub struct Checks(Mutex<State>);

impl Checks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn for a check; false while one is going on.
    pub fn begin(&self, folder: &DataFolder) -> bool {
        let mut state = self.state();
        let is_free = state.running.is_none();
        if is_free {
            state.running = Some((folder.now(), 0, 0));
        }
        is_free
    }

    /// Holds log and store against each other; what comes of it is kept. The turn was taken.
    pub async fn run(&self, folder: &DataFolder) {
        let begun = self.state().running.map_or_else(|| folder.now(), |(begun, ..)| begun);
        let done = self.check(folder).await;
        let mut state = self.state();
        state.running = None;
        state.last = Some(done.map(|findings| Outcome {
            begun,
            ended: folder.now(),
            checked: [findings.entries, findings.receipts, findings.documents],
            faults: findings.faults,
            named: findings.named.into_iter().take(MOST_NAMED).collect(),
        }));
    }

    async fn check(&self, folder: &DataFolder) -> Result<Findings> {
        let keys = log_keys(folder)?;
        let progress = |done, all| {
            if let Some(running) = &mut self.state().running {
                (running.1, running.2) = (done, all);
            }
        };
        let plan = Plan { progress: &progress, ..Plan::new(&keys) };
        verify::data(&*folder.store, &*folder.blobs, &plan, Some(folder as &dyn Insight)).await
    }

    /// The check that is going on: since when, and how many entries are done, of how many.
    pub fn running(&self) -> Option<(OffsetDateTime, u64, u64)> {
        self.state().running
    }

    /// What came of the last one; an error where it did not get to its end.
    pub fn last(&self) -> Option<std::result::Result<Outcome, Error>> {
        self.state().last.clone()
    }

    /// Looks whether the log continues what was seen of it last in this process. What was ever found to be wrong stays until the process ends.
    pub async fn watch(&self, folder: &DataFolder) -> Result<Watched> {
        let (seen, alarm) = {
            let state = self.state();
            (state.seen.clone(), state.alarm.clone())
        };
        if let Some((since, why)) = alarm {
            return Ok(Watched::Alarm { since, why });
        }
        match continues(folder, seen.as_ref()).await? {
            Seen::Good(new) => {
                self.state().seen = Some(new.clone());
                Ok(Watched::Good { before: seen.map(|seen| seen.size), size: new.size })
            }
            Seen::Alarm { why, .. } => {
                let since = folder.now();
                self.state().alarm = Some((since, why.clone()));
                Ok(Watched::Alarm { since, why })
            }
        }
    }
}

/// What was seen of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// It continues what it was.
    Good {
        /// Its entries when it was looked at before.
        before: Option<u64>,
        /// Its entries now.
        size: u64,
    },
    /// It does not.
    Alarm {
        /// When that was found.
        since: OffsetDateTime,
        /// What is wrong, a sentence.
        why: String,
    },
}

/// Whether the log as it is now continues what a checkpoint says, which somebody has kept.
pub async fn continues(folder: &DataFolder, kept: Option<&Checkpoint>) -> Result<Seen> {
    let database = Database::new(folder.store.read().await?);
    look(&database, &log_keys(folder)?, Witnesses::none(), kept).await
}
