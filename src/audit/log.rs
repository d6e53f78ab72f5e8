//! The log: appends entries, signs checkpoints, makes proofs.
//!
//! Who owns what: the tree, its head and the entries are owned by the database transaction that appends; only one
//! writes at a time, whatever the process, and the head moves by compare-and-swap. This struct owns the log's key, which
//! never changes, and the sending end of the queue.
//!
//! What a crash leaves behind: appending and what it records are one transaction, so before its commit there is nothing,
//! whatever was signed in memory; after it there is all. A checkpoint that was signed for a transaction that did
//! not commit has not left the process: it leaves with a proof, and proofs leave after the commit, or lie in a file that
//! waits for it and is removed without it (`receipts/issue.rs`). ARCHITECTURE.md has the table of all steps.

use super::entry::Entry;
use super::witnesses::Witnesses;
use super::{clock, gate};
use crate::cms::logproof::LogProof;
use crate::error::{Error, Kind, Result};
use crate::keys::{MasterKey, random_bytes};
use crate::store::log::{LogHead, LogRow};
use crate::store::{Store, Transaction};
use crate::tlog::tile::{Appender, right_edge};
use crate::tlog::{Checkpoint, EMPTY_ROOT, Hash, Proof, Signer, TlogError, VerifierKey, leaf_hash, tile, tree};
use ring::hmac;
use ring::rand::SecureRandom;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Entries that one transaction takes at most.
const BATCH: usize = 512;
/// Entries that wait at most; more writers than that wait for their turn.
const QUEUE: usize = 4_096;
/// The names under which the log's secrets are kept.
pub(super) const SIGNING_KEY: &str = "log/signing-key";
pub(super) const OUTGOING_KEY: &str = "log/outgoing-key";
const PSEUDONYM_KEY: &str = "log/pseudonym-key";
/// Room is reserved for the proof in a log of this size at least: as many may append at the same time.
const SMALLEST_ROOM: u64 = 64;
/// Bytes of a log's name that tell it from others.
const NAME_BYTES: usize = 8;

/// An entry that is in the log, with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The log's name.
    pub origin: String,
    /// The entry's index.
    pub index: u64,
    /// The size of the log that the proof is for.
    pub size: u64,
    /// The C2SP tlog-proof.
    pub proof: String,
}

impl Logged {
    /// As it is stapled to a signature.
    pub fn log_proof(&self) -> LogProof {
        LogProof { entry: self.entry.clone(), proof: self.proof.clone() }
    }
}

struct Waiting {
    entry: Entry,
    answer: oneshot::Sender<Result<Logged>>,
}

/// The audit log of a data folder.
pub struct Log {
    writer: Arc<Writer>,
    queue: mpsc::Sender<Waiting>,
    pseudonyms: hmac::Key,
    key: VerifierKey,
    /// The log's keys of now and of before, the newest first.
    keys: Vec<VerifierKey>,
    witnesses: Option<Witnesses>,
}

/// What appends.
struct Writer {
    store: Arc<dyn Store>,
    /// The log's key; while it is being changed, the one of before as well.
    signers: Vec<Signer>,
    /// Size of the log when it was last looked at; only a hint, whoever changes it.
    seen: AtomicU64,
}

impl Log {
    /// Opens the log; makes it and its key at first use. Must be called within a Tokio runtime, which then does the queued work.
    pub async fn open(store: &Arc<dyn Store>, master: &MasterKey, random: &dyn SecureRandom) -> Result<Self> {
        let mut tx = store.read().await?;
        if tx.log_head().await?.is_none() {
            drop(tx);
            make(store.write().await?, master, random).await?;
            tx = store.read().await?;
        }
        let missing = || Error::new(Kind::BadInput, "audit.damaged", "audit log", "the database has no key for it");
        let head = tx.log_head().await?.ok_or_else(missing)?;
        let origin = head.checkpoint.lines().next().unwrap_or_default();
        let mut signers = Vec::new();
        for name in [SIGNING_KEY, OUTGOING_KEY] {
            let Some(sealed) = tx.secret(name).await? else { continue };
            let seed = master.open(name, &sealed)?;
            let seed = <&[u8; 32]>::try_from(seed.as_slice()).map_err(|_| missing())?;
            signers.push(Signer::from_seed(origin, seed)?);
        }
        let mut keys: Vec<VerifierKey> = signers.iter().map(|signer| signer.verifier_key().clone()).collect();
        let key = keys.first().cloned().ok_or_else(missing)?;
        for vkey in tx.log_retired_keys().await? {
            keys.push(vkey.parse()?);
        }
        let pseudonyms = master.open(PSEUDONYM_KEY, &tx.secret(PSEUDONYM_KEY).await?.ok_or_else(missing)?)?;
        let pseudonyms = hmac::Key::new(hmac::HMAC_SHA256, &pseudonyms);
        let writer = Arc::new(Writer { store: Arc::clone(store), signers, seen: AtomicU64::new(head.size) });
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(Arc::clone(&writer), waiting));
        Ok(Self { writer, queue, pseudonyms, key, keys, witnesses: None })
    }

    /// The same log, watched by witnesses.
    pub fn watched_by(self, witnesses: Option<Witnesses>) -> Self {
        Self { witnesses, ..self }
    }

    /// Who watches the log.
    pub const fn witnesses(&self) -> Option<&Witnesses> {
        self.witnesses.as_ref()
    }

    /// What others check the log with.
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.key
    }

    /// The same with the keys of before, which older proofs are signed with.
    pub fn verifier_keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        self.key.name()
    }

    /// The name under which the log knows somebody: nobody without the service's secret can tell whose it is.
    pub fn pseudonym(&self, actor: &str) -> String {
        hex::encode(hmac::sign(&self.pseudonyms, actor.as_bytes()).as_ref().get(..16).unwrap_or_default())
    }

    /// Appends an entry and waits until it is durable, and cosigned by as many witnesses as are wanted and answer in time. Entries
    /// that arrive together share one durable write.
    pub async fn record(&self, entry: Entry) -> Result<Logged> {
        self.witnesses.as_ref().map_or(Ok(()), Witnesses::allow)?;
        let gone = || Error::new(Kind::Unavailable, "audit.stopped", "audit log", "it is being closed");
        let (answer, answered) = oneshot::channel();
        self.queue.send(Waiting { entry, answer }).await.map_err(|_| gone())?;
        let logged = answered.await.map_err(|_| gone())??;
        match &self.witnesses {
            Some(witnesses) if witnesses.quorum() > 0 => self.witnessed(witnesses, logged).await,
            _ => Ok(logged),
        }
    }

    /// With a proof that the witnesses have signed, if enough of them answer in time; else as it is.
    async fn witnessed(&self, witnesses: &Witnesses, logged: Logged) -> Result<Logged> {
        let cosigned = witnesses.cosign(self, logged.index).await?;
        let mut tx = self.writer.store.read().await?;
        if cosigned.size <= logged.index {
            return Ok(logged);
        }
        prove(&mut *tx, &mut Tiles::new(), &cosigned, self.origin(), logged.index, logged.entry).await
    }

    /// A proof of the same entry that more witnesses have signed, all of which are asked; `None` if there is none, or it is another
    /// log's.
    pub async fn renew(&self, stapled: &LogProof) -> Result<Option<LogProof>> {
        let (Some(witnesses), Ok(old)) = (&self.witnesses, Proof::parse(&stapled.proof)) else { return Ok(None) };
        if old.checkpoint.lines().next() != Some(self.origin()) {
            return Ok(None);
        }
        let signed = witnesses.count(self, &old.checkpoint);
        if signed == witnesses.keys().count() {
            return Ok(None);
        }
        witnesses.show(self).await?;
        let mut tx = self.writer.store.read().await?;
        let known = tx
            .log_entries(old.index, 1)
            .await?
            .into_iter()
            .any(|(at, row)| at == old.index && row.entry == stapled.entry);
        let Some((size, checkpoint)) = tx.log_cosigned().await? else { return Ok(None) };
        let more = witnesses.count(self, &checkpoint) > signed;
        if !known || !more || size <= old.index {
            return Ok(None);
        }
        let head = LogHead { size, root: EMPTY_ROOT, checkpoint };
        let logged = prove(&mut *tx, &mut Tiles::new(), &head, self.origin(), old.index, stapled.entry.clone()).await?;
        Ok(Some(logged.log_proof()))
    }

    /// Appends entries within the transaction that keeps what they record; they count once it commits.
    pub async fn append(&self, tx: &mut dyn Transaction, entries: &[Entry]) -> Result<Vec<Logged>> {
        self.witnesses.as_ref().map_or(Ok(()), Witnesses::allow)?;
        self.writer.append(tx, entries).await
    }

    /// Appends one entry, as [`append`](Self::append) does.
    pub async fn append_one(&self, tx: &mut dyn Transaction, entry: Entry) -> Result<Logged> {
        self.append(tx, &[entry]).await?.pop().ok_or_else(lost)
    }

    /// Bytes of the proof of an entry that is about to be appended. Others may append meanwhile, so there is room for a
    /// log of twice the size that was last seen.
    pub fn proof_room(&self) -> usize {
        let size = self.writer.seen.load(Ordering::Relaxed).saturating_mul(2).max(SMALLEST_ROOM);
        let signers = self.writer.signers.iter().map(Signer::verifier_key);
        let witnesses = self.witnesses.iter().flat_map(Witnesses::keys);
        Proof::max_len(size, Checkpoint::max_len(self.origin(), size, signers.chain(witnesses)))
    }

    /// The store that it is in.
    pub(super) fn store(&self) -> &dyn Store {
        &*self.writer.store
    }

    /// The proof that the log of now contains that of `old` entries unchanged.
    pub(super) async fn consistency(&self, tx: &mut dyn Transaction, old: u64, head: &LogHead) -> Result<Vec<Hash>> {
        from_tiles(tx, &mut Tiles::new(), |mut hash_at| tree::consistency_proof(old, head.size, &mut hash_at)).await
    }

    /// The newest checkpoint, with cosignatures if there are any yet.
    pub async fn checkpoint(&self) -> Result<String> {
        let mut tx = self.writer.store.read().await?;
        let head = head(&mut *tx).await?;
        let cosigned = tx.log_cosigned().await?.filter(|(_, cosigned)| cosigned.starts_with(&head.checkpoint));
        Ok(cosigned.map_or(head.checkpoint, |(_, cosigned)| cosigned))
    }

    /// The newest head.
    pub async fn head(&self) -> Result<LogHead> {
        head(&mut *self.writer.store.read().await?).await
    }

    /// The proof that an entry is in the log as it is now.
    pub async fn prove(&self, index: u64) -> Result<Logged> {
        let mut tx = self.writer.store.read().await?;
        let head = head(&mut *tx).await?;
        let entries = tx.log_entries(index, 1).await?;
        let Some((_, row)) = entries.into_iter().find(|(found, _)| *found == index && index < head.size) else {
            return Err(TlogError::NoSuchEntry { index, size: head.size }.into());
        };
        prove(&mut *tx, &mut Tiles::new(), &head, self.origin(), index, row.entry).await
    }
}

fn lost() -> Error {
    Error::new(Kind::Bug, "audit.append", "audit log", "the entry was not added")
}

/// Makes the log of an empty data folder, unless another process did so meanwhile.
async fn make(tx: Box<dyn Transaction>, master: &MasterKey, random: &dyn SecureRandom) -> Result<()> {
    let mut tx = tx;
    if tx.log_head().await?.is_some() {
        return Ok(());
    }
    let seed = zeroize::Zeroizing::new(random_bytes::<32>(random)?);
    let origin = format!("log.dauson/{}", hex::encode(random_bytes::<NAME_BYTES>(random)?));
    let signer = Signer::from_seed(&origin, &seed)?;
    tx.put_secret(SIGNING_KEY, &master.seal(SIGNING_KEY, &*seed, random)?).await?;
    let pseudonyms = zeroize::Zeroizing::new(random_bytes::<32>(random)?);
    tx.put_secret(PSEUDONYM_KEY, &master.seal(PSEUDONYM_KEY, &*pseudonyms, random)?).await?;
    let head = sign_head(&[signer], 0, EMPTY_ROOT)?;
    tx.move_log_head(None, &head).await?;
    Ok(tx.commit().await?)
}

pub(super) fn sign_head(signers: &[Signer], size: u64, root: Hash) -> Result<LogHead> {
    let origin = signers.first().map(|signer| signer.verifier_key().name().to_owned()).unwrap_or_default();
    let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
    let checkpoint = checkpoint.sign(&signers.iter().collect::<Vec<_>>())?;
    Ok(LogHead { size, root, checkpoint })
}

pub(super) async fn head(tx: &mut dyn Transaction) -> Result<LogHead> {
    let missing = || Error::new(Kind::BadInput, "audit.damaged", "audit log", "the database has no log");
    tx.log_head().await?.ok_or_else(missing)
}

/// Works through the queue: all that waits becomes one transaction. Who waits when the process ends has nothing in the log.
async fn work(writer: Arc<Writer>, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let (entries, answers): (Vec<Entry>, Vec<_>) = batch.drain(..).map(|w| (w.entry, w.answer)).unzip();
        match writer.record(&entries).await {
            Ok(logged) => {
                for (answer, logged) in answers.into_iter().zip(logged) {
                    // who asked may have gone; the entry stays
                    let _ = answer.send(Ok(logged));
                }
            }
            // one of them is refused: which one shows when each is alone
            Err(error) if error.kind == Kind::NotAllowed && entries.len() > 1 => {
                for (answer, entry) in answers.into_iter().zip(&entries) {
                    let alone = writer.record(std::slice::from_ref(entry)).await;
                    let _ = answer.send(alone.and_then(|mut logged| logged.pop().ok_or_else(lost)));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

impl Writer {
    /// A crash before the commit leaves nothing, one behind it entries whose proofs nobody was given; the next one to append goes
    /// on from there.
    async fn record(&self, entries: &[Entry]) -> Result<Vec<Logged>> {
        let mut tx = self.store.write().await?;
        let logged = self.append(&mut *tx, entries).await?;
        tx.commit().await?;
        Ok(logged)
    }

    /// Head, right edge and last entry are read, entries, tiles and head written within the transaction: a crash at any of these steps
    /// leaves what was there before. What is found that contradicts itself is not gone on from.
    async fn append(&self, tx: &mut dyn Transaction, entries: &[Entry]) -> Result<Vec<Logged>> {
        let old = head(tx).await?;
        // Ed25519 signs the same with the same: who has changed the key meanwhile has signed this checkpoint anew
        if sign_head(&self.signers, old.size, old.root)?.checkpoint != old.checkpoint {
            let why = "its last checkpoint is not signed by the key that this process knows; nothing is added to it";
            return Err(Error::new(Kind::BadInput, "audit.key", "audit log", why)
                .hint("if the log's key was changed, start the service again; else dauson audit verify"));
        }
        let last = match old.size.checked_sub(1) {
            Some(last) => tx.log_entries(last, 1).await?.pop().map(|(_, row)| row.entry),
            None => None,
        };
        clock::check(last.as_deref(), entries)?;
        gate::pass(tx, entries).await?;
        let mut tiles = Tiles::new();
        for id in right_edge(old.size) {
            tiles.insert((id.level, id.index), tx.log_tile(id.level, id.index).await?);
        }
        let mut tile_at = |level, index| Ok::<_, TlogError>(tiles.get(&(level, index)).cloned().unwrap_or_default());
        let mut appender = Appender::open(old.size, &mut tile_at)?;
        if appender.root() != old.root {
            let why = "its tiles do not lead to the root of its last checkpoint; nothing is added to it";
            return Err(Error::new(Kind::BadInput, "audit.damaged", "audit log", why).hint("dauson audit verify"));
        }
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let bytes = entry.bytes()?;
            appender.push(leaf_hash(&bytes));
            let signature = entry.signature.as_deref().and_then(|s| hex::decode(s).ok()?.try_into().ok());
            rows.push(LogRow { entry: bytes, signature, receipt: entry.receipt.clone() });
        }
        tx.put_log_entries(old.size, &rows).await?;
        let appended = appender.finish();
        for tile in appended.tiles {
            tx.put_log_tile(tile.level, tile.index, &tile.hashes).await?;
            tiles.insert((tile.level, tile.index), tile.hashes);
        }
        let new = sign_head(&self.signers, appended.size, appended.root)?;
        if !tx.move_log_head(Some(old.size), &new).await? {
            return Err(Error::new(Kind::Bug, "audit.fork", "audit log", "its head moved while entries were added"));
        }
        self.seen.store(new.size, Ordering::Relaxed);
        let mut logged = Vec::with_capacity(rows.len());
        let origin = self.signers.first().map(|signer| signer.verifier_key().name()).unwrap_or_default();
        for (index, row) in (old.size..).zip(rows) {
            logged.push(prove(tx, &mut tiles, &new, origin, index, row.entry).await?);
        }
        Ok(logged)
    }
}

/// Tiles by level and index.
type Tiles = HashMap<(u8, u64), Vec<Hash>>;

/// What keeps a proof from being made.
enum Lack {
    /// A tile that is not at hand.
    Tile(u8, u64),
    /// What was asked for cannot be.
    Log(TlogError),
}

impl From<TlogError> for Lack {
    fn from(error: TlogError) -> Self {
        Self::Log(error)
    }
}

/// The proof of an entry for this head.
async fn prove(
    tx: &mut dyn Transaction,
    tiles: &mut Tiles,
    head: &LogHead,
    origin: &str,
    index: u64,
    entry: Vec<u8>,
) -> Result<Logged> {
    let hashes = from_tiles(tx, tiles, |mut hash_at| tree::inclusion_proof(index, head.size, &mut hash_at)).await?;
    let proof = Proof { index, extra: None, hashes, checkpoint: head.checkpoint.clone() }.text();
    Ok(Logged { entry, origin: origin.to_owned(), index, size: head.size, proof })
}

/// What is computed of nodes of the tree. Tiles that are not at hand are fetched: one or two a level.
async fn from_tiles<T: Send>(
    tx: &mut dyn Transaction,
    tiles: &mut Tiles,
    compute: impl Fn(&mut dyn FnMut(u8, u64) -> std::result::Result<Hash, Lack>) -> std::result::Result<T, Lack> + Send,
) -> Result<T> {
    loop {
        let computed = {
            let mut tile_at = |level, index| tiles.get(&(level, index)).cloned().ok_or(Lack::Tile(level, index));
            compute(&mut |height, index| tile::node(height, index, &mut tile_at))
        };
        match computed {
            Ok(computed) => return Ok(computed),
            Err(Lack::Log(error)) => return Err(error.into()),
            Err(Lack::Tile(level, index)) => {
                let hashes = tx.log_tile(level, index).await?;
                if hashes.is_empty() {
                    return Err(TlogError::WrongTile { level, index, found: 0, expected: 1 }.into());
                }
                tiles.insert((level, index), hashes);
            }
        }
    }
}
