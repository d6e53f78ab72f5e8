//! Keys that are open in this process: those without a PIN since they were first used, those with one for the shift of their keeper.

use super::AnyKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// For how long a key is open, and by whom it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// When it ends.
    pub until: OffsetDateTime,
    /// The keeper's token.
    pub keeper: String,
    /// The token of the second custodian, where two are needed.
    pub approver: Option<String>,
}

impl Shift {
    /// Whether those who opened the key are enough: two where two are needed, which may be wanted only since one of them did.
    pub fn is_by_enough(&self, two_person: bool) -> bool {
        !two_person || self.approver.is_some()
    }
}

/// A key that its keeper has opened, and that a second custodian has to approve of.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The key.
    pub key: Arc<AnyKey>,
    /// The keeper's token.
    pub keeper: String,
    /// Whose token that is.
    pub name: String,
    /// When the shift is to end.
    pub until: OffsetDateTime,
    /// Until when it can be approved.
    pub expires: OffsetDateTime,
}

#[derive(Debug)]
struct Held {
    key: Arc<AnyKey>,
    /// None: for as long as the process lives.
    shift: Option<Shift>,
}

#[derive(Debug, Default)]
struct Keys {
    held: HashMap<String, Held>,
    asked: HashMap<String, Asked>,
}

/// The keys that are open, by name. What is taken out is zeroed once nobody signs with it any more.
#[derive(Debug, Default)]
pub struct KeyRing(Mutex<Keys>);

impl KeyRing {
    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, if it is open now.
    pub fn get(&self, id: &str, now: OffsetDateTime) -> Option<Arc<AnyKey>> {
        let keys = self.keys();
        let held = keys.held.get(id)?;
        held.shift.as_ref().is_none_or(|shift| now < shift.until).then(|| Arc::clone(&held.key))
    }

    /// The shift for which the key is open now.
    pub fn shift(&self, id: &str, now: OffsetDateTime) -> Option<Shift> {
        self.keys().held.get(id)?.shift.clone().filter(|shift| now < shift.until)
    }

    /// Until when a second custodian can approve that the key be opened.
    pub fn asked(&self, id: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.keys().asked.get(id).map(|asked| asked.expires).filter(|expires| now < *expires)
    }

    /// Holds an open key: for a shift, or without one for as long as the process lives.
    pub fn hold(&self, id: &str, key: &Arc<AnyKey>, shift: Option<Shift>) {
        let mut keys = self.keys();
        keys.asked.remove(id);
        keys.held.insert(id.to_owned(), Held { key: Arc::clone(key), shift });
    }

    /// Holds an open key until a second custodian approves.
    pub fn ask(&self, id: &str, asked: Asked) {
        self.keys().asked.insert(id.to_owned(), asked);
    }

    /// What waits for a second custodian, if `may` says that it is for this one.
    pub fn approve<E>(
        &self,
        id: &str,
        now: OffsetDateTime,
        may: impl FnOnce(&Asked) -> Result<(), E>,
    ) -> Result<Option<Asked>, E> {
        let mut keys = self.keys();
        let Some(asked) = keys.asked.get(id).filter(|asked| now < asked.expires) else { return Ok(None) };
        may(asked)?;
        Ok(keys.asked.remove(id))
    }

    /// Takes a key out that is open without a shift: it is opened anew. A shift is ended by whoever logs that.
    pub fn forget(&self, id: &str) {
        self.keys().held.retain(|name, held| name != id || held.shift.is_some());
    }

    /// Takes a key out; the shift that it was open for.
    pub fn close(&self, id: &str) -> Option<Shift> {
        let mut keys = self.keys();
        keys.asked.remove(id);
        keys.held.remove(id)?.shift
    }

    /// The names of keys that are open for a shift.
    pub fn on_shift(&self) -> Vec<String> {
        self.keys().held.iter().filter(|(_, held)| held.shift.is_some()).map(|(id, _)| id.clone()).collect()
    }

    /// Takes out what is over: the names of keys with the shifts that have ended. What nobody approved in time is forgotten.
    pub fn ended(&self, now: OffsetDateTime) -> Vec<(String, Shift)> {
        let mut keys = self.keys();
        keys.asked.retain(|_, asked| now < asked.expires);
        let is_over = |held: &Held| held.shift.as_ref().is_some_and(|shift| now >= shift.until);
        keys.held.extract_if(|_, held| is_over(held)).filter_map(|(id, held)| Some((id, held.shift?))).collect()
    }
}
