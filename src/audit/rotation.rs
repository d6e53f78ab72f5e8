//! Changing the log's key. For a while old and new sign side by side, so that who knows either believes the log; then the old one
//! ends. Proofs that it has signed stay good: its public key is kept. Each of the two changes is one transaction: a crash leaves the keys of
//! before or those of after it, with a checkpoint that they have signed.

use super::Log;
use super::entry::Entry;
use super::log::{OUTGOING_KEY, SIGNING_KEY, head, sign_head};
use crate::error::{Error, Kind, Result};
use crate::keys::{MasterKey, random_bytes};
use crate::store::Transaction;
use crate::tlog::{Signer, VerifierKey};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// Makes a new key; from now on both sign. Gives the new verifier key. Processes that have the log open refuse to add to it until
/// they are started again.
pub async fn begin(log: &Log, master: &MasterKey, random: &dyn SecureRandom, entry: Entry) -> Result<VerifierKey> {
    let mut tx = log.store().write().await?;
    if tx.secret(OUTGOING_KEY).await?.is_some() {
        let why = "it is being changed already";
        return Err(Error::new(Kind::Conflict, "audit.key", "the log's key", why).hint("--finish ends the change"));
    }
    let old = seed(&mut *tx, master, SIGNING_KEY).await?;
    let new = Zeroizing::new(random_bytes::<32>(random)?);
    let signers = [Signer::from_seed(log.origin(), &new)?, Signer::from_seed(log.origin(), &old)?];
    let key = signers[0].verifier_key().clone();
    record(log, &mut *tx, entry, &key).await?;
    tx.put_secret(OUTGOING_KEY, &master.seal(OUTGOING_KEY, &*old, random)?).await?;
    tx.remove_secret(SIGNING_KEY).await?;
    tx.put_secret(SIGNING_KEY, &master.seal(SIGNING_KEY, &*new, random)?).await?;
    sign_again(&mut *tx, &signers).await?;
    tx.commit().await?;
    Ok(key)
}

/// Ends the old key: the new one signs alone. Gives the new verifier key.
pub async fn finish(log: &Log, master: &MasterKey, entry: Entry) -> Result<VerifierKey> {
    let mut tx = log.store().write().await?;
    if tx.secret(OUTGOING_KEY).await?.is_none() {
        return Err(Error::new(Kind::Conflict, "audit.key", "the log's key", "it is not being changed"));
    }
    let old = Signer::from_seed(log.origin(), &*seed(&mut *tx, master, OUTGOING_KEY).await?)?;
    let signers = [Signer::from_seed(log.origin(), &*seed(&mut *tx, master, SIGNING_KEY).await?)?];
    let key = signers[0].verifier_key().clone();
    record(log, &mut *tx, entry, &key).await?;
    tx.remove_secret(OUTGOING_KEY).await?;
    tx.put_log_retired_key(&old.verifier_key().to_string()).await?;
    sign_again(&mut *tx, &signers).await?;
    tx.commit().await?;
    Ok(key)
}

async fn seed(tx: &mut dyn Transaction, master: &MasterKey, name: &str) -> Result<Zeroizing<[u8; 32]>> {
    let damaged = || Error::new(Kind::BadInput, "audit.damaged", "audit log", "its key is damaged");
    let bytes = master.open(name, &tx.secret(name).await?.ok_or_else(damaged)?)?;
    Ok(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| damaged())?))
}

/// The log says of its own key that it changes, in an entry that the keys of before sign.
async fn record(log: &Log, tx: &mut dyn Transaction, entry: Entry, key: &VerifierKey) -> Result<()> {
    log.append_one(tx, entry.because(&key.to_string())).await?;
    Ok(())
}

/// The same tree, signed anew.
async fn sign_again(tx: &mut dyn Transaction, signers: &[Signer]) -> Result<()> {
    let old = head(tx).await?;
    let new = sign_head(signers, old.size, old.root)?;
    if !tx.move_log_head(Some(old.size), &new).await? {
        return Err(Error::new(Kind::Bug, "audit.fork", "audit log", "its head moved while it was signed"));
    }
    Ok(())
}
