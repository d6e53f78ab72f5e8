//! The audit log's proof that travels in a signature: whether it shows that this very signature was logged.

use super::report::LogReport;
use crate::cms::logproof::LogProof;

/// Judges a stapled proof. `_signature` is the signature value that the log entry has to name by its SHA-256.
pub fn judge(proof: Option<&LogProof>, _signature: &[u8], _keys: &[String]) -> LogReport {
    match proof {
        None => LogReport::ABSENT,
        Some(_) => LogReport { status: "no-key", origin: None, index: None },
    }
}
