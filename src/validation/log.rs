//! The audit log's proof that travels in a signature: whether it shows that this very signature was logged, and which witnesses
//! have seen that.
//!
//! A cosignature states that, as of its time, the checkpoint was the largest of the log that the witness had observed (C2SP
//! tlog-cosignature, "Ed25519 signed message"), and a verifier may reject times that lie in the future ("Format"). So one counts only
//! if its time can be right: not before the entry that the checkpoint covers was made, and not after the proof is known to have existed,
//! which is the time of the validation, or that of a document time-stamp over it. Clocks may differ by an hour.

use super::report::{LogReport, Remark};
use crate::cms::logproof::LogProof;
use crate::digest::sha256;
use crate::tlog::{LogPolicy, Proof, TlogError, leaf_hash};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// How much the clocks of a log, its witnesses, a TSA and who verifies may differ.
const CLOCKS_DIFFER: Duration = Duration::hours(1);

/// What is read of the log entry of a signature.
#[derive(serde::Deserialize)]
struct Recorded {
    signature: Option<String>,
    time: Option<String>,
}

/// Judges a stapled proof against the logs and witnesses that are believed. `signature` is the signature value that the log entry has to
/// name by its SHA-256; `existed` is when the proof existed at the latest. The remarks say why a proof is invalid, and which cosignatures
/// do not count.
pub fn judge(
    proof: Option<&LogProof>,
    signature: &[u8],
    policy: LogPolicy<'_>,
    existed: OffsetDateTime,
) -> (LogReport, Vec<Remark>) {
    let Some(stapled) = proof else { return (LogReport::ABSENT, Vec::new()) };
    let invalid = |message| (LogReport::INVALID, vec![Remark { code: "LOG_PROOF_INVALID", message }]);
    let recorded: Option<Recorded> = serde_json::from_slice(&stapled.entry).ok();
    let Some(recorded) = recorded.filter(|r| r.signature == Some(hex::encode(sha256(signature)))) else {
        return invalid("the log entry that the signature carries is about another signature".to_owned());
    };
    let proof = match Proof::parse(&stapled.proof) {
        Ok(proof) => proof,
        Err(error) => return invalid(format!("the log proof that the signature carries: {error}")),
    };
    let claimed = proof.checkpoint.lines().next().unwrap_or_default().to_owned();
    let unknown =
        LogReport { status: "no-key", origin: Some(claimed), index: Some(proof.index), witnesses: Vec::new() };
    if !policy.keys.iter().any(|key| Some(key.name()) == unknown.origin.as_deref()) {
        return (unknown, Vec::new());
    }
    let cosigned = match proof.verify(&leaf_hash(&stapled.entry), policy.keys) {
        Ok(cosigned) => cosigned,
        // a key of the same name, and yet another one
        Err(TlogError::NoKnownSignature | TlogError::ForeignOrigin { .. }) => return (unknown, Vec::new()),
        Err(error) => return invalid(format!("the log proof that the signature carries: {error}")),
    };
    let logged = recorded.time.and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok());
    let (mut witnesses, mut remarks) = (Vec::new(), Vec::new());
    for (name, time) in cosigned.witnesses {
        match untimely(time, logged, existed) {
            None => witnesses.push(name),
            Some(why) => {
                let message = format!("the cosignature of the witness {name} does not count: {why}");
                remarks.push(Remark { code: "COSIGNATURE_TIME", message });
            }
        }
    }
    if witnesses.len() < policy.quorum {
        let error = TlogError::NotWitnessed { found: witnesses.len(), needed: policy.quorum };
        let (report, reasons) = invalid(format!("the log proof that the signature carries: {error}"));
        remarks.extend(reasons);
        return (report, remarks);
    }
    (LogReport { status: "proven", witnesses, ..unknown }, remarks)
}

/// Why the time of a cosignature, in seconds since 1970, cannot be right; nothing if it can.
fn untimely(time: i64, logged: Option<OffsetDateTime>, existed: OffsetDateTime) -> Option<String> {
    let said = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    let Ok(time) = OffsetDateTime::from_unix_timestamp(time) else {
        return Some("its time is none".to_owned());
    };
    let Some(logged) = logged else {
        return Some("the log entry does not say when it was made".to_owned());
    };
    if time.saturating_add(CLOCKS_DIFFER) < logged {
        return Some(format!("it is of {}, before the log's entry of {}", said(time), said(logged)));
    }
    if time > existed.saturating_add(CLOCKS_DIFFER) {
        return Some(format!("it is of {}, and the proof is there since {} at the latest", said(time), said(existed)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::cosignature::cosign;
    use crate::tlog::{Checkpoint, Signer, VerifierKey};
    use time::macros::datetime;

    const LOGGED: OffsetDateTime = datetime!(2026-11-24 01:30:15 UTC);
    const NOW: OffsetDateTime = datetime!(2026-11-26 00:00 UTC);

    /// The only entry of a log, with a checkpoint that witnesses have cosigned at these times.
    fn stapled(entry: &str, times: &[i64]) -> (LogProof, Vec<VerifierKey>) {
        let log = Signer::from_seed("log.example/a", &[1; 32]).unwrap();
        let root = leaf_hash(entry.as_bytes());
        let checkpoint = Checkpoint { origin: "log.example/a".to_owned(), size: 1, root, extensions: Vec::new() };
        let (mut note, mut keys) = (checkpoint.sign(&[&log]).unwrap(), vec![log.verifier_key().clone()]);
        for (number, time) in (2..).zip(times) {
            let witness = Signer::cosigner(&format!("witness.example/{number}"), &[number; 32]).unwrap();
            note.push_str(&cosign(&checkpoint, &witness, *time).unwrap());
            keys.push(witness.verifier_key().clone());
        }
        let proof = Proof { index: 0, extra: None, hashes: Vec::new(), checkpoint: note };
        (LogProof { entry: entry.as_bytes().to_vec(), proof: proof.text() }, keys)
    }

    fn entry(time: &str) -> String {
        format!(r#"{{"action":"document.signed","signature":"{}","time":"{time}","v":1}}"#, hex::encode(sha256(b"s")))
    }

    #[test]
    fn a_cosignature_counts_whose_time_can_be_right() {
        let (logged, now, hour) = (LOGGED.unix_timestamp(), NOW.unix_timestamp(), 3_600);
        for (time, why) in [
            (logged, None),
            (logged + 1, None),
            (logged - hour, None),
            (logged - hour - 1, Some("before the log's entry")),
            (0, Some("of 1970-01-01T00:00:00Z, before the log's entry")),
            (now, None),
            (now + hour, None),
            (now + hour + 1, Some("at the latest")),
            (i64::MAX, Some("its time is none")),
        ] {
            let (proof, keys) = stapled(&entry("2026-11-24T01:30:15Z"), &[time]);
            let (report, remarks) = judge(Some(&proof), b"s", LogPolicy { keys: &keys, quorum: 0 }, NOW);
            assert_eq!((report.status, report.witnesses.len()), ("proven", usize::from(why.is_none())), "{time}");
            let said: Vec<&str> = remarks.iter().map(|remark| remark.code).collect();
            match why {
                None => assert!(remarks.is_empty(), "{time}: {remarks:?}"),
                Some(why) => {
                    assert_eq!(said, ["COSIGNATURE_TIME"]);
                    assert!(remarks[0].message.contains(why), "{time}: {remarks:?}");
                }
            }
            // who wants a witness has none in one that does not count
            let (report, remarks) = judge(Some(&proof), b"s", LogPolicy { keys: &keys, quorum: 1 }, NOW);
            assert_eq!(report.status, if why.is_none() { "proven" } else { "invalid" }, "{time}");
            assert_eq!(remarks.len(), if why.is_none() { 0 } else { 2 });
        }
    }

    #[test]
    fn of_several_cosignatures_those_count_that_can() {
        let (logged, now) = (LOGGED.unix_timestamp(), NOW.unix_timestamp());
        let (proof, keys) = stapled(&entry("2026-11-24T01:30:15Z"), &[0, logged + 5, now + 86_400]);
        for (quorum, status) in [(0, "proven"), (1, "proven"), (2, "invalid")] {
            let (report, remarks) = judge(Some(&proof), b"s", LogPolicy { keys: &keys, quorum }, NOW);
            assert_eq!(report.status, status);
            assert_eq!(remarks.iter().filter(|remark| remark.code == "COSIGNATURE_TIME").count(), 2);
        }
        // a time-stamp over the proof is older than the cosignature in it
        let stamped = LOGGED - Duration::days(1);
        let (report, _) = judge(Some(&proof), b"s", LogPolicy { keys: &keys, quorum: 1 }, stamped);
        assert_eq!(report.status, "invalid");
    }

    #[test]
    fn without_a_time_of_the_entry_no_cosignature_counts() {
        for time in ["", "yesterday"] {
            let (proof, keys) = stapled(&entry(time), &[LOGGED.unix_timestamp()]);
            let (report, remarks) = judge(Some(&proof), b"s", LogPolicy { keys: &keys, quorum: 0 }, NOW);
            assert_eq!((report.status, report.witnesses.len(), remarks.len()), ("proven", 0, 1));
        }
        let (proof, keys) = stapled(&entry("2026-11-24T01:30:15Z"), &[]);
        let (report, _) = judge(Some(&proof), b"another", LogPolicy { keys: &keys, quorum: 0 }, NOW);
        assert_eq!(report.status, "invalid");
    }
}
