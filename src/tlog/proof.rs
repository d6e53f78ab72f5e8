//! Log proofs (C2SP tlog-proof): that an entry is in a log, for who holds nothing but the log's public key.

use super::checkpoint::Cosigned;
use super::note::VerifierKey;
use super::{Checkpoint, Hash, TlogError, decimal, hash_from_base64, tree};
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1\n";

/// The longest inclusion proof of a tree of up to 2^64 leaves.
const MAX_HASHES: usize = 64;

/// A hash in base64 and its newline.
const HASH_LINE: usize = 45;

/// Whose word a proof needs (C2SP tlog-policy, with a quorum of all witnesses).
#[derive(Debug, Clone, Copy, Default)]
pub struct LogPolicy<'a> {
    /// The keys of the logs that are believed, and of the witnesses that are known.
    pub keys: &'a [VerifierKey],
    /// How many of the witnesses must have cosigned the checkpoint, at a time that can be right.
    pub quorum: usize,
}

/// An inclusion proof with the checkpoint that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry's index in the log, from 0.
    pub index: u64,
    /// Data for whoever computes the leaf hash. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The inclusion proof, from the leaf's sibling to the root's child (RFC 6962 section 2.1.1).
    pub hashes: Vec<Hash>,
    /// A checkpoint, as the note that the log has signed.
    pub checkpoint: String,
}

impl Proof {
    /// The proof as it is stored.
    pub fn text(&self) -> String {
        let mut text = HEADER.to_owned();
        if let Some(extra) = &self.extra {
            text.extend(["extra ", &STANDARD.encode(extra), "\n"]);
        }
        text.extend(["index ", &self.index.to_string(), "\n"]);
        for hash in &self.hashes {
            text.extend([STANDARD.encode(hash).as_str(), "\n"]);
        }
        text.extend(["\n", &self.checkpoint]);
        text
    }

    /// Reads a proof; only its one canonical spelling. The checkpoint is read by [`Proof::verify`], when its
    /// signature is known to be good.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let malformed = |what| TlogError::Malformed { what };
        let limits = Limits::in_force();
        if text.len() > limits.tlog_proof_bytes {
            return Err(TlogError::TooLarge { what: "a log proof, in bytes,", limit: limits.tlog_proof_bytes });
        }
        let rest =
            text.strip_prefix(HEADER).ok_or(malformed("a log proof does not begin with c2sp.org/tlog-proof@v1"))?;
        let (proof, checkpoint) =
            rest.split_once("\n\n").ok_or(malformed("a log proof has no empty line before its checkpoint"))?;
        let mut lines = proof.split('\n').peekable();
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            None => None,
            Some(extra) => {
                lines.next();
                Some(STANDARD.decode(extra).map_err(|_| malformed("the extra data of a log proof is not base64"))?)
            }
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or(malformed("a log proof does not name an index"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == MAX_HASHES {
                return Err(TlogError::TooLarge { what: "the number of a log proof's hashes", limit: MAX_HASHES });
            }
            hashes.push(hash_from_base64(line).ok_or(malformed("a hash of a log proof is not 32 bytes in base64"))?);
        }
        Ok(Self { index, extra, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Verifies that the entry with this leaf hash is in the log, and gives the checkpoint that says so, with its witnesses. One
    /// of the keys must be the log's: it has the checkpoint's origin as its name and has signed it. Whether the witnesses are enough, and
    /// their times can be right, is for who knows the entry (`validation::log`).
    pub fn verify(&self, leaf: &Hash, keys: &[VerifierKey]) -> Result<Cosigned, TlogError> {
        let cosigned = Checkpoint::open_cosigned(&self.checkpoint, keys)?;
        let Checkpoint { size, root, .. } = &cosigned.checkpoint;
        tree::verify_inclusion(leaf, self.index, *size, &self.hashes, root)?;
        Ok(cosigned)
    }

    /// Bytes that a proof without extra data has at most while its tree is not larger than `size` and its
    /// checkpoint not longer than `checkpoint_len`, so that room can be reserved before there is a proof.
    pub fn max_len(size: u64, checkpoint_len: usize) -> usize {
        let last = size.saturating_sub(1);
        let hashes = (0..MAX_HASHES).take_while(|height| last >> height != 0).count();
        let index = "index ".len() + last.to_string().len() + "\n".len();
        HEADER.len() + index + hashes * HASH_LINE + "\n".len() + checkpoint_len
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Signer, testing};
    use super::*;
    use proptest::prelude::*;

    const ORIGIN: &str = "log.example/dauson";

    fn signer() -> Signer {
        Signer::from_seed(ORIGIN, &[3; 32]).unwrap()
    }

    /// The proof of entry `index` in a log of as many leaves.
    fn proof(index: usize, leaves: &[Hash]) -> Proof {
        let (size, root) = (leaves.len() as u64, testing::root(leaves));
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, extensions: Vec::new() };
        let hashes = testing::path(index, leaves);
        Proof { index: index as u64, extra: None, hashes, checkpoint: checkpoint.sign(&[&signer()]).unwrap() }
    }

    #[test]
    fn the_text_is_laid_out_as_the_specification_has_it() {
        let leaves = testing::leaves(3);
        let mut proof = proof(2, &leaves);
        let sibling = STANDARD.encode(proof.hashes[0]);
        let want = format!("c2sp.org/tlog-proof@v1\nindex 2\n{sibling}\n\n{}", proof.checkpoint);
        assert_eq!(proof.text(), want);
        proof.extra = Some(b"more".to_vec());
        assert_eq!(proof.text(), want.replace("index", "extra bW9yZQ==\nindex"));
    }

    #[test]
    fn proofs_verify_for_their_leaf_and_their_log_only() {
        let key = signer().verifier_key().clone();
        let other = Signer::from_seed("log.example/other", &[4; 32]).unwrap();
        let leaves = testing::leaves(23);
        for size in 1..=leaves.len() {
            for index in 0..size {
                let proof = Proof::parse(&proof(index, &leaves[..size]).text()).unwrap();
                let keys = [other.verifier_key().clone(), key.clone()];
                assert_eq!(proof.verify(&leaves[index], &keys).unwrap().checkpoint.size, size as u64);
                assert_eq!(proof.verify(&[1; 32], &keys), Err(TlogError::NotIncluded));
                assert_eq!(proof.verify(&leaves[index], &keys[..1]), Err(TlogError::NoKnownSignature));
                assert_eq!(proof.verify(&leaves[index], &[]), Err(TlogError::NoKnownSignature));
            }
        }
    }

    #[test]
    fn another_known_log_cannot_vouch_for_this_one() {
        let other = Signer::from_seed("log.example/other", &[4; 32]).unwrap();
        let leaves = testing::leaves(1);
        let mut proof = proof(0, &leaves);
        let (text, _) = super::super::note::open(&proof.checkpoint, &[signer().verifier_key().clone()]).unwrap();
        proof.checkpoint = super::super::note::sign(text, &[&other]).unwrap();
        let keys = [other.verifier_key().clone(), signer().verifier_key().clone()];
        assert_eq!(proof.verify(&leaves[0], &keys), Err(TlogError::ForeignOrigin { origin: ORIGIN.into() }));
    }

    #[test]
    fn a_quorum_of_witnesses_must_have_cosigned() {
        let leaves = testing::leaves(3);
        let mut proof = proof(1, &leaves);
        let witnesses = [5, 6].map(|seed| Signer::cosigner(&format!("witness.example/{seed}"), &[seed; 32]).unwrap());
        let checkpoint = Checkpoint::open(&proof.checkpoint, signer().verifier_key()).unwrap();
        proof.checkpoint.push_str(&super::super::cosignature::cosign(&checkpoint, &witnesses[0], 7).unwrap());
        let keys = [&signer(), &witnesses[0], &witnesses[1]].map(|signer| signer.verifier_key().clone());
        assert_eq!(proof.verify(&leaves[1], &keys).unwrap().witnesses, [("witness.example/5".to_owned(), 7)]);
        assert_eq!(proof.verify(&leaves[1], &keys[..1]).unwrap().witnesses, []);
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let leaves = testing::leaves(6);
        let keys = [signer().verifier_key().clone()];
        let text = proof(4, &leaves).text();
        let verify = |text: &str| Proof::parse(text).and_then(|proof| proof.verify(&leaves[4], &keys));
        verify(&text).unwrap();
        for at in 0..text.len() {
            for flip in [1, 2, 4, 0x20] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= flip;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(verify(&changed).is_err(), "byte {at}");
                }
            }
            if text.is_char_boundary(at) {
                assert!(verify(&text[..at]).is_err());
            }
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = proof(1, &testing::leaves(4)).text();
        Proof::parse(&good).unwrap();
        let hash = good.lines().nth(2).unwrap();
        for wrong in [
            String::new(),
            HEADER.into(),
            format!("\n{good}"),
            good.replace("@v1", "@v2"),
            good.replace("@v1\n", "@v1\r\n"),
            good.replace("index 1\n", ""),
            good.replace("index 1", "index 01"),
            good.replace("index 1", "index  1"),
            good.replace("index 1", "index +1"),
            good.replace("index 1", "index 18446744073709551616"),
            good.replace("index 1", "Index 1"),
            good.replace("index 1", "\nindex 1"),
            good.replace("index 1", "extra\nindex 1"),
            good.replace("index 1", "extra !\nindex 1"),
            good.replace("index 1", "extra YQ\nindex 1"),
            good.replace("index 1", "extra YR==\nindex 1"),
            good.replace("index 1", "extra extra YQ==\nindex 1"),
            good.replace("index 1", "extra YQ==\nextra YQ==\nindex 1"),
            good.replace("index 1", "index 1\nextra YQ=="),
            good.replace(hash, &hash[1..]),
            good.replace(hash, &format!("{hash} ")),
            good.replace(hash, &format!("{hash}{hash}")),
            good.replace(hash, "YQ=="),
        ] {
            assert!(matches!(Proof::parse(&wrong), Err(TlogError::Malformed { .. })), "{wrong}");
        }
        let long = good.replace(hash, &[hash; 64].join("\n"));
        assert!(matches!(Proof::parse(&long), Err(TlogError::TooLarge { .. })));
        let large = format!("{good}{}", "a\n".repeat(1 << 20));
        assert!(matches!(Proof::parse(&large), Err(TlogError::TooLarge { .. })));
    }

    #[test]
    fn its_length_is_known_beforehand() {
        let leaves = testing::leaves(40);
        let room = |size, proof: &Proof| Proof::max_len(size, proof.checkpoint.len());
        for size in 1..=leaves.len() {
            let longest = (0..size).map(|index| proof(index, &leaves[..size])).max_by_key(|p| p.text().len()).unwrap();
            assert!(longest.text().len() <= room(size as u64, &longest));
            assert!(longest.text().len() <= room(40, &longest));
            // and no room is wasted where the tree is complete
            assert!(!size.is_power_of_two() || longest.text().len() == room(size as u64, &longest));
        }
        let hashes = vec![[1; 32]; 64];
        let longest = Proof { index: u64::MAX - 1, extra: None, hashes, checkpoint: String::new() };
        assert_eq!(Proof::max_len(u64::MAX, 0), longest.text().len());
        assert_eq!(Proof::max_len(0, 0), Proof::max_len(1, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn texts_come_back(index: u64, extra: Option<Vec<u8>>, hashes in prop::collection::vec(any::<Hash>(), 0..=64), checkpoint in "(.|\n){0,99}") {
            let proof = Proof { index, extra, hashes, checkpoint };
            prop_assert_eq!(Proof::parse(&proof.text()), Ok(proof));
        }

        #[test]
        fn what_is_read_is_written_the_same(middle in "(extra [A-Za-z=]{0,8}\n)?index [0-9]{1,3}\n([AQg=]{43}=\n){0,3}", end in "\n?(.|\n){0,9}") {
            let text = format!("{HEADER}{middle}{end}");
            if let Ok(proof) = Proof::parse(&text) {
                prop_assert_eq!(proof.text(), text);
            }
        }

        #[test]
        fn any_text_never_panics(text in "(.|\n){0,200}") {
            prop_assert!(Proof::parse(&text).is_err());
            let with_header = format!("{HEADER}{text}");
            prop_assert!(Proof::parse(&with_header).is_err());
        }
    }
}
