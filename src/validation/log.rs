//! The audit log's proof that travels in a signature: whether it shows that this very signature was logged.

use super::report::{LogReport, Remark};
use crate::cms::logproof::LogProof;
use crate::digest::sha256;
use crate::tlog::{LogPolicy, Proof, TlogError, leaf_hash};

/// Judges a stapled proof against the logs and witnesses that are believed. `signature` is the signature value that the log entry has to
/// name by its SHA-256. The remark says why a proof is invalid.
pub fn judge(proof: Option<&LogProof>, signature: &[u8], policy: LogPolicy<'_>) -> (LogReport, Option<Remark>) {
    let Some(stapled) = proof else { return (LogReport::ABSENT, None) };
    let invalid = |message| (LogReport::INVALID, Some(Remark { code: "LOG_PROOF_INVALID", message }));
    if !names(&stapled.entry, signature) {
        return invalid("the log entry that the signature carries is about another signature".to_owned());
    }
    let proof = match Proof::parse(&stapled.proof) {
        Ok(proof) => proof,
        Err(error) => return invalid(format!("the log proof that the signature carries: {error}")),
    };
    let claimed = proof.checkpoint.lines().next().unwrap_or_default().to_owned();
    let unknown =
        LogReport { status: "no-key", origin: Some(claimed), index: Some(proof.index), witnesses: Vec::new() };
    if !policy.keys.iter().any(|key| Some(key.name()) == unknown.origin.as_deref()) {
        return (unknown, None);
    }
    match proof.verify(&leaf_hash(&stapled.entry), policy) {
        Ok(proven) => {
            let witnesses = proven.witnesses.into_iter().map(|(name, _)| name).collect();
            (LogReport { status: "proven", witnesses, ..unknown }, None)
        }
        // a key of the same name, and yet another one
        Err(TlogError::NoKnownSignature | TlogError::ForeignOrigin { .. }) => (unknown, None),
        Err(error) => invalid(format!("the log proof that the signature carries: {error}")),
    }
}

/// Whether a log entry records this signature value.
fn names(entry: &[u8], signature: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Recorded {
        signature: Option<String>,
    }
    let recorded: Option<Recorded> = serde_json::from_slice(entry).ok();
    recorded.and_then(|r| r.signature) == Some(hex::encode(sha256(signature)))
}
