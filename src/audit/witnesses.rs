//! Those who watch this log: they are shown its checkpoints and sign that it has only grown (C2SP tlog-witness).
//!
//! A witness sees a checkpoint only after the transaction that it belongs to has committed, so what a crash undoes no witness
//! has ever seen. One that shows a larger checkpoint with this log's own signature proves that the log was rolled back: then
//! nothing is added to it any more. One that only says so, or says nothing, is left alone for a while.

use super::Log;
use super::log::head;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::net::{ChosenBy, Fetch, NetError, Request};
use crate::store::log::LogHead;
use crate::tlog::witness::AddCheckpoint;
use crate::tlog::{Checkpoint, VerifierKey};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// How long a witness that did not answer is not asked again: nobody waits for it meanwhile.
const LEFT_ALONE: Duration = Duration::from_secs(30);
/// Seconds by which a witness's clock may differ from this machine's. Who verifies the proof later allows no more.
const CLOCKS_DIFFER: u64 = 3_600;
/// Bytes of a witness's answer at most.
const LONGEST_ANSWER: usize = 16 << 10;
/// The media type of an answer that says which size the witness has seen.
const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// A witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessAt {
    /// Where it is asked: the address that `/add-checkpoint` follows.
    pub url: String,
    /// Its key.
    pub key: VerifierKey,
}

/// The witnesses of a log.
pub struct Witnesses {
    all: Vec<WitnessAt>,
    quorum: usize,
    limit: Duration,
    fetch: Arc<dyn Fetch>,
    now: fn() -> OffsetDateTime,
    /// Held while they are asked: who waits for it finds what was answered, mostly for the own entry as well.
    turn: Mutex<()>,
    /// Those that did not answer, and when.
    silent: std::sync::Mutex<HashMap<String, Instant>>,
    /// That the log was rolled back, once it is proven.
    rolled_back: OnceLock<Error>,
}

impl Witnesses {
    /// They are asked over this network, and have so long to answer; as many as the quorum are waited for.
    pub fn new(
        all: Vec<WitnessAt>,
        quorum: usize,
        limit: Duration,
        fetch: Arc<dyn Fetch>,
        now: fn() -> OffsetDateTime,
    ) -> Self {
        Self {
            all,
            quorum,
            limit,
            fetch,
            now,
            turn: Mutex::default(),
            silent: std::sync::Mutex::default(),
            rolled_back: OnceLock::new(),
        }
    }

    /// How many must have signed before a signature leaves, if they answer in time.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// Refuses to go on with a log that was rolled back.
    pub(super) fn allow(&self) -> Result<()> {
        self.rolled_back.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    fn is_silent(&self, witness: &WitnessAt) -> bool {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.get(witness.key.name()).is_some_and(|since| since.elapsed() < LEFT_ALONE)
    }

    fn heard(&self, witness: &WitnessAt, answered: bool) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            silent.remove(witness.key.name());
        } else {
            silent.insert(witness.key.name().to_owned(), Instant::now());
        }
    }

    /// All of them.
    pub fn all(&self) -> &[WitnessAt] {
        &self.all
    }

    /// Their keys.
    pub fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.all.iter().map(|witness| &witness.key)
    }

    /// The newest checkpoint that has the entry of this index, with as many cosignatures as came in time.
    pub(super) async fn cosign(&self, log: &Log, index: u64) -> Result<LogHead> {
        let _turn = self.turn.lock().await;
        let kept = log.store().read().await?.log_cosigned().await?;
        if let Some((size, checkpoint)) = kept
            && size > index
            && self.count(log, &checkpoint) >= self.quorum
        {
            return Ok(LogHead { size, root: [0; 32], checkpoint });
        }
        self.ask(log, self.quorum).await
    }

    /// Shows the newest checkpoint to all witnesses, unless they have all signed it; gives the number of those that have.
    pub async fn show(&self, log: &Log) -> Result<usize> {
        let _turn = self.turn.lock().await;
        let mut tx = log.store().read().await?;
        let (kept, newest) = (tx.log_cosigned().await?, head(&mut *tx).await?);
        drop(tx);
        if let Some((size, checkpoint)) = kept
            && size == newest.size
            && self.count(log, &checkpoint) == self.all.len()
        {
            return Ok(self.all.len());
        }
        let cosigned = self.ask(log, self.all.len()).await?;
        Ok(self.count(log, &cosigned.checkpoint))
    }

    /// How many of them have signed a checkpoint.
    pub(super) fn count(&self, log: &Log, checkpoint: &str) -> usize {
        signed_by(self.keys(), log, checkpoint).len()
    }

    /// Shows the newest checkpoint to all witnesses, and waits until so many have signed, all have answered or time is up.
    async fn ask(&self, log: &Log, enough: usize) -> Result<LogHead> {
        let newest = log.head().await?;
        let mut asked: FuturesUnordered<_> = self
            .all
            .iter()
            .filter(|witness| !self.is_silent(witness))
            .map(async |witness| (witness, tokio::time::timeout(self.limit, self.ask_one(log, witness, &newest)).await))
            .collect();
        let (mut checkpoint, mut signed) = (newest.checkpoint.clone(), Vec::new());
        while let Some((witness, answer)) = asked.next().await {
            self.heard(witness, matches!(answer, Ok(Ok(_))));
            match answer {
                Ok(Ok(line)) => {
                    checkpoint.push_str(&line);
                    signed.push(witness.key.name());
                }
                Ok(Err(error)) if error.code == "audit.rolled_back" => {
                    let _ = self.rolled_back.set(error.clone());
                    return Err(error);
                }
                Ok(Err(error)) => tracing::warn!("witness {}: {error}", witness.key.name()),
                Err(_) => {
                    tracing::warn!("witness {}: no answer within {} s", witness.key.name(), self.limit.as_secs());
                }
            }
            if signed.len() >= enough {
                break;
            }
        }
        drop(asked);
        if signed.is_empty() {
            return Ok(newest);
        }
        let mut tx = log.store().write().await?;
        tx.put_log_cosigned(newest.size, &checkpoint).await?;
        for name in signed {
            tx.put_log_witness(name, newest.size).await?;
        }
        tx.commit().await?;
        Ok(LogHead { checkpoint, ..newest })
    }

    /// The line of one witness below this checkpoint.
    async fn ask_one(&self, log: &Log, witness: &WitnessAt, newest: &LogHead) -> Result<String> {
        let mut tx = log.store().read().await?;
        let mut old = tx.log_witness(witness.key.name()).await?.min(newest.size);
        drop(tx);
        let refused = |why: String| Error::new(Kind::Unavailable, "audit.witness", "the witness", why);
        for is_last in [false, true] {
            let mut tx = log.store().read().await?;
            let proof = if old == 0 { Vec::new() } else { log.consistency(&mut *tx, old, newest).await? };
            drop(tx);
            let body = AddCheckpoint { old, proof, checkpoint: newest.checkpoint.clone() }.text();
            let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
            let request = Request {
                url: &url,
                chosen_by: ChosenBy::Operator,
                authorization: None,
                body: Some((MEDIA_TYPE, body.as_bytes())),
                most: LONGEST_ANSWER,
            };
            let seen = match self.fetch.fetch(&request).await {
                Ok(lines) => {
                    let (line, time) = its_line(witness, newest, log, &lines)
                        .ok_or_else(|| refused("its answer is not its cosignature".to_owned()))?;
                    let now = (self.now)().unix_timestamp();
                    if time.abs_diff(now) > CLOCKS_DIFFER {
                        let why =
                            format!("its clock is wrong, or the one here: they differ by {} s", time.abs_diff(now));
                        return Err(refused(why));
                    }
                    return Ok(line);
                }
                Err(NetError::Status { status: 409, body }) if !is_last => {
                    let size = std::str::from_utf8(&body).ok().and_then(|text| text.strip_suffix('\n')?.parse().ok());
                    size.ok_or_else(|| refused("it does not say which size it has seen".to_owned()))?
                }
                Err(error) => return Err(refused(error.to_string())),
            };
            if seen > newest.size && seen > log.head().await?.size {
                let Some(seen) = self.proven(log, witness).await.filter(|proven| *proven > newest.size) else {
                    return Err(refused(format!("it says that it has seen {seen} entries, and does not show it")));
                };
                let why = format!(
                    "witness {} has seen {seen} entries, and there are {}: the log was rolled back, or is another's copy",
                    witness.key.name(),
                    newest.size
                );
                return Err(Error::new(Kind::BadInput, "audit.rolled_back", "audit log", why)
                    .hint("bring back the newest backup; nothing is signed meanwhile"));
            }
            if seen > newest.size {
                return Err(refused("others have shown it a newer checkpoint meanwhile".to_owned()));
            }
            old = seen;
        }
        Err(refused("it does not agree on which size it has seen".to_owned()))
    }

    /// The size of the newest checkpoint of this log that a witness shows, if the log has signed it.
    async fn proven(&self, log: &Log, witness: &WitnessAt) -> Option<u64> {
        let (url, name) = (witness.url.trim_end_matches('/'), hex::encode(sha256(log.origin().as_bytes())));
        for prefix in ["/witness", ""] {
            let url = format!("{url}{prefix}/{name}/checkpoint");
            let request = Request {
                url: &url,
                chosen_by: ChosenBy::Operator,
                authorization: None,
                body: None,
                most: LONGEST_ANSWER,
            };
            let Ok(note) = self.fetch.fetch(&request).await else { continue };
            let note = String::from_utf8(note).ok()?;
            let shown = log.verifier_keys().iter().find_map(|key| Checkpoint::open(&note, key).ok());
            return shown.map(|checkpoint| checkpoint.size);
        }
        None
    }
}

/// The line of the witness among those that it answers with, if it verifies, and its time in seconds since 1970.
fn its_line(witness: &WitnessAt, newest: &LogHead, log: &Log, lines: &[u8]) -> Option<(String, i64)> {
    let mut lines = std::str::from_utf8(lines).ok()?.split_inclusive('\n');
    lines.find_map(|line| {
        let (_, time) = signed_by([&witness.key], log, &format!("{}{line}", newest.checkpoint)).pop()?;
        Some((line.to_owned(), time))
    })
}

/// Which of these witnesses have signed a checkpoint of the log, and when.
fn signed_by<'k>(
    witnesses: impl IntoIterator<Item = &'k VerifierKey>,
    log: &'k Log,
    checkpoint: &str,
) -> Vec<(String, i64)> {
    let keys: Vec<VerifierKey> = log.verifier_keys().iter().chain(witnesses).cloned().collect();
    Checkpoint::open_cosigned(checkpoint, &keys).map_or_else(|_| Vec::new(), |cosigned| cosigned.witnesses)
}
