//! Signed notes, checkpoints, log proofs and tiles.
#![no_main]

use dauson::tlog::witness::AddCheckpoint;
use dauson::tlog::{Checkpoint, Proof, VerifierKey, leaf_hash, note};
use dauson_fuzz::{log_key, tlog_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: tlog_seeds(),
    |data: &[u8]| {
        let _ = (dauson::tlog::tile::parse_tile(data), dauson::tlog::tile::decode_bundle(data));
        let _ = dauson::cms::logproof::LogProof::parse(data, &dauson_fuzz::LIMITS);
        let Ok(text) = std::str::from_utf8(data) else { return };
        let keys = [log_key()];
        let _ = (note::open(text, &keys), Checkpoint::parse(text), text.parse::<VerifierKey>());
        if let Ok(request) = AddCheckpoint::parse(text) {
            assert_eq!(request.text(), text);
        }
        if let Ok(proof) = Proof::parse(text) {
            let _ = proof.verify(&leaf_hash(b"entry"), &keys);
            assert_eq!(proof.text(), text);
        }
    }
);
