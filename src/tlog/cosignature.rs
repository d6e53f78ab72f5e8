//! Cosignatures (C2SP tlog-cosignature): witnesses state that a log has only grown, and what it was at a time.

use super::note::{KeyType, Signer};
use super::{Checkpoint, TlogError};

/// What a witness signs of a checkpoint's text (C2SP tlog-cosignature, "Ed25519 signed message").
pub(super) fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The signature line of a witness below a checkpoint, made at a time in seconds since 1970. Whoever calls this has proven
/// that the checkpoint is consistent with all that the witness has cosigned.
pub fn cosign(checkpoint: &Checkpoint, witness: &Signer, time: i64) -> Result<String, TlogError> {
    if witness.verifier_key().key_type() != KeyType::Cosignature {
        return Err(TlogError::BadSignerKey { why: "it is a log's, and a witness's key is wanted" });
    }
    let time = u64::try_from(time).map_err(|_| TlogError::Malformed { what: "a time before 1970 is not cosigned" })?;
    Ok(witness.line(&checkpoint.text(), time))
}

#[cfg(test)]
mod tests {
    use super::super::VerifierKey;
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    const CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn log() -> Signer {
        Signer::from_seed("example.com/behind-the-sofa", &[3; 32]).unwrap()
    }

    #[test]
    fn the_message_is_that_of_the_specification() {
        let want = format!("cosignature/v1\ntime 1679315147\n{CHECKPOINT}");
        assert_eq!(message(CHECKPOINT, 1_679_315_147), want);
    }

    #[test]
    fn a_cosigned_checkpoint_names_its_witnesses_and_their_times() {
        let witness = Signer::cosigner("witness.example/w1", &[4; 32]).unwrap();
        let vkey = witness.verifier_key().to_string();
        let keys = [log().verifier_key().clone(), vkey.parse().unwrap()];
        let checkpoint = Checkpoint::parse(CHECKPOINT).unwrap();
        let note = checkpoint.sign(&[&log()]).unwrap();
        let line = cosign(&checkpoint, &witness, 1_679_315_147).unwrap();
        assert_eq!(line.len(), witness.verifier_key().line_len());
        let cosigned = format!("{note}{line}");
        let opened = Checkpoint::open_cosigned(&cosigned, &keys).unwrap();
        assert_eq!(opened.checkpoint, checkpoint);
        let [(name, time)] = opened.witnesses.as_slice() else { panic!("{opened:?}") };
        assert_eq!((name.as_str(), *time), ("witness.example/w1", 1_679_315_147));
        // a witness alone is not the log, and who does not know the witness does not mind it
        assert_eq!(Checkpoint::open_cosigned(&note, &keys).unwrap().witnesses, []);
        let foreign = TlogError::ForeignOrigin { origin: checkpoint.origin.clone() };
        assert_eq!(Checkpoint::open_cosigned(&cosigned, &keys[1..]), Err(foreign));
        assert_eq!(Checkpoint::open(&cosigned, &keys[0]).unwrap(), checkpoint);
        // another time, another text
        let (head, signature) = line.trim_end().rsplit_once(' ').unwrap();
        for at in 4..12 {
            // after the key id, the time
            let mut bytes = STANDARD.decode(signature).unwrap();
            bytes[at] ^= 1;
            let forged = format!("{note}{head} {}\n", STANDARD.encode(bytes));
            assert!(matches!(Checkpoint::open_cosigned(&forged, &keys), Err(TlogError::BadSignature { .. })));
        }
    }

    #[test]
    fn a_witness_named_like_the_log_does_not_sign_for_it() {
        let witness = Signer::cosigner("example.com/behind-the-sofa", &[4; 32]).unwrap();
        let checkpoint = Checkpoint::parse(CHECKPOINT).unwrap();
        assert!(checkpoint.sign(&[&witness]).is_err());
        let note = format!("{CHECKPOINT}\n{}", cosign(&checkpoint, &witness, 1).unwrap());
        let foreign = TlogError::ForeignOrigin { origin: checkpoint.origin.clone() };
        assert_eq!(Checkpoint::open(&note, witness.verifier_key()), Err(foreign));
        assert!(cosign(&checkpoint, &log(), 1).is_err());
        assert!(cosign(&checkpoint, &witness, -1).is_err());
    }

    #[test]
    fn a_witness_key_has_the_type_of_the_specification() {
        let witness = Signer::cosigner("witness.example/w1", &[4; 32]).unwrap();
        let vkey = witness.verifier_key().to_string();
        let key = vkey.parse::<VerifierKey>().unwrap();
        assert_eq!((key.key_type(), vkey.rsplit('+').next().unwrap().get(..2)), (KeyType::Cosignature, Some("BM")));
    }
}
