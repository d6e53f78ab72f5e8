//! Signatures that come later (operation mode `A`): they are made behind the answer, and who asked fetches them, from this process, for some
//! minutes. Which process dies before that leaves what one leaves that dies before an answer: entries whose values nobody was given.

use super::fault::{Answer, Fault};
use crate::data_folder::DataFolder;
use crate::people::permissions::Caller;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an outcome is kept.
const KEPT: Duration = Duration::from_mins(10);
/// Outcomes that are kept or awaited at most.
const MOST: usize = 1_000;

/// What comes later, by what it is asked for with.
#[derive(Default)]
pub struct Later(Mutex<HashMap<String, Pending>>);

struct Pending {
    /// Whose token asked.
    token: String,
    until: Instant,
    /// None: it is being made.
    outcome: Option<Answer<Vec<String>>>,
}

impl Later {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins something for the caller; what it can be asked for with.
    pub fn begin(&self, folder: &DataFolder, caller: &Caller) -> Answer<String> {
        let id = URL_SAFE_NO_PAD.encode(folder.random::<16>()?);
        let (now, mut all) = (Instant::now(), self.all());
        all.retain(|_, pending| now < pending.until);
        if all.len() >= MOST {
            return Err(Fault::unavailable("too many signatures are awaited already".to_owned()));
        }
        let pending = Pending { token: caller.id.clone(), until: now + KEPT, outcome: None };
        all.insert(id.clone(), pending);
        Ok(id)
    }

    /// What came of it.
    pub fn end(&self, id: &str, outcome: Answer<Vec<String>>) {
        if let Some(pending) = self.all().get_mut(id) {
            (pending.outcome, pending.until) = (Some(outcome), Instant::now() + KEPT);
        }
    }

    /// What came of what the caller has asked for; none while it is being made.
    pub fn outcome(&self, id: &str, caller: &Caller) -> Answer<Option<Vec<String>>> {
        let all = self.all();
        let theirs = all.get(id).filter(|pending| pending.token == caller.id && Instant::now() < pending.until);
        theirs.ok_or_else(|| Fault::parameter("requestID"))?.outcome.clone().transpose()
    }
}
