//! Watching the logs of others: a checkpoint that is consistent with all that was cosigned before is cosigned (C2SP tlog-witness).

use crate::error::{Error, Kind, Result};
use crate::keys::{MasterKey, random_bytes};
use crate::store::log::WitnessedRow;
use crate::store::{Store, StoreError};
use crate::tlog::cosignature::cosign;
use crate::tlog::witness::AddCheckpoint;
use crate::tlog::{Checkpoint, EMPTY_ROOT, Signer, TlogError, VerifierKey, tree};
use ring::rand::SecureRandom;
use time::OffsetDateTime;

/// The name under which the witness's secret is kept.
const WITNESS_KEY: &str = "log/witness-key";

/// Why a checkpoint is not cosigned; each has its status in the protocol.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is not one (400).
    #[error("{0}")]
    Malformed(TlogError),
    /// The old size is larger than the checkpoint's (400).
    #[error("the old size is larger than the checkpoint's")]
    Shrunk,
    /// The log is not watched here (404).
    #[error("this log is not watched here")]
    UnknownLog,
    /// No known key of the log has signed, or not properly (403).
    #[error("{0}")]
    Unsigned(TlogError),
    /// The log was last cosigned at another size, which the answer says (409).
    #[error("the log was last cosigned at size {0}")]
    OtherSize(u64),
    /// The checkpoint is not consistent with what was cosigned (422).
    #[error("{0}")]
    Inconsistent(TlogError),
    /// Nothing can be kept.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Cosigns the checkpoints of logs.
pub struct Witness {
    signer: Signer,
}

impl Witness {
    /// With the key of the data folder, which is made at first use. Its name comes from the key.
    pub async fn open(store: &dyn Store, master: &MasterKey, random: &dyn SecureRandom) -> Result<Self> {
        let mut sealed = store.read().await?.secret(WITNESS_KEY).await?;
        if sealed.is_none() {
            let mut tx = store.write().await?;
            // another process may have made it meanwhile
            sealed = tx.secret(WITNESS_KEY).await?;
            if sealed.is_none() {
                let seed = zeroize::Zeroizing::new(random_bytes::<32>(random)?);
                let made = master.seal(WITNESS_KEY, &*seed, random)?;
                tx.put_secret(WITNESS_KEY, &made).await?;
                tx.commit().await?;
                sealed = Some(made);
            }
        }
        let seed = master.open(WITNESS_KEY, &sealed.unwrap_or_default())?;
        let damaged = || Error::new(Kind::BadInput, "audit.damaged", "witness", "its key is damaged");
        let seed = <&[u8; 32]>::try_from(seed.as_slice()).map_err(|_| damaged())?;
        let unnamed = Signer::cosigner("witness", seed)?;
        let name: String = hex::encode(unnamed.verifier_key().public_key()).chars().take(16).collect();
        Ok(Self { signer: Signer::cosigner(&format!("witness.dauson/{name}"), seed)? })
    }

    /// What others check its cosignatures with.
    pub const fn verifier_key(&self) -> &VerifierKey {
        self.signer.verifier_key()
    }

    /// Answers an `add-checkpoint` request for one of these logs with the signature line, once it is durable that it was given.
    pub async fn add_checkpoint(
        &self,
        store: &dyn Store,
        logs: &[VerifierKey],
        body: &str,
        now: OffsetDateTime,
    ) -> std::result::Result<String, Refusal> {
        let request = AddCheckpoint::parse(body).map_err(Refusal::Malformed)?;
        let origin = request.checkpoint.lines().next().unwrap_or_default();
        let keys: Vec<VerifierKey> = logs.iter().filter(|key| key.name() == origin).cloned().collect();
        if keys.is_empty() {
            return Err(Refusal::UnknownLog);
        }
        let opened = Checkpoint::open_cosigned(&request.checkpoint, &keys);
        let checkpoint = opened.map_err(|error| match error {
            TlogError::Malformed { .. } | TlogError::TooLarge { .. } => Refusal::Malformed(error),
            _ => Refusal::Unsigned(error),
        })?;
        let checkpoint = checkpoint.checkpoint;
        if request.old > checkpoint.size {
            return Err(Refusal::Shrunk);
        }
        // looked up and kept in one transaction, of which one runs at a time: no checkpoint is cosigned after a newer one
        let mut tx = store.write().await?;
        let last = tx.witnessed_log(origin).await?;
        let (size, root) = last.map_or((0, EMPTY_ROOT), |row| (row.size, row.root));
        if request.old != size {
            return Err(Refusal::OtherSize(size));
        }
        let consistent = match (request.old, checkpoint.size) {
            (_, 0) if checkpoint.root != EMPTY_ROOT => Err(TlogError::NotConsistent),
            (0, _) if request.proof.is_empty() => Ok(()),
            (0, _) => Err(TlogError::NotConsistent),
            (old, new) => tree::verify_consistency(old, &root, new, &checkpoint.root, &request.proof),
        };
        consistent.map_err(Refusal::Inconsistent)?;
        let line = cosign(&checkpoint, &self.signer, now.unix_timestamp()).map_err(Refusal::Inconsistent)?;
        let note = format!("{}{line}", own_lines(&request.checkpoint, &checkpoint));
        let row =
            WitnessedRow { origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root, checkpoint: note };
        tx.put_witnessed_log(&row).await?;
        tx.commit().await?;
        Ok(line)
    }
}

/// A note with the log's own signature lines: nobody can make the witness show what others have put below it.
fn own_lines(note: &str, checkpoint: &Checkpoint) -> String {
    let prefix = format!("— {} ", checkpoint.origin);
    let (text, lines) = note.rsplit_once("\n\n").unwrap_or_default();
    let own: String = lines.split_inclusive('\n').filter(|line| line.starts_with(&prefix)).collect();
    format!("{text}\n\n{own}")
}
