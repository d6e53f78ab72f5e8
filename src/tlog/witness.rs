//! What logs ask of witnesses (C2SP tlog-witness, add-checkpoint).

use super::{Hash, TlogError, decimal, hash_from_base64};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Hashes of a consistency proof at most.
const MOST_HASHES: usize = 63;

/// The body of an `add-checkpoint` request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the log that the witness has last cosigned, 0 if none.
    pub old: u64,
    /// The consistency proof from there (RFC 6962 section 2.1.2).
    pub proof: Vec<Hash>,
    /// The checkpoint, as the note that the log has signed.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// The body as it is sent.
    pub fn text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            text.extend([STANDARD.encode(hash).as_str(), "\n"]);
        }
        text.extend(["\n", &self.checkpoint]);
        text
    }

    /// Reads a body; only its one canonical spelling. The checkpoint is read when its signature is known to be good.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let malformed = |what| TlogError::Malformed { what };
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(malformed("a request to a witness has no empty line before its checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(malformed("a request to a witness does not begin with the old size"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MOST_HASHES {
                return Err(TlogError::TooLarge {
                    what: "the number of a consistency proof's hashes",
                    limit: MOST_HASHES,
                });
            }
            proof.push(
                hash_from_base64(line).ok_or(malformed("a hash of a consistency proof is not 32 bytes in base64"))?,
            );
        }
        Ok(Self { old, proof, checkpoint: checkpoint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the specification.
    const EXAMPLE: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let request = AddCheckpoint::parse(EXAMPLE).unwrap();
        assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
        assert!(request.checkpoint.starts_with("example.com/behind-the-sofa\n20852163\n"));
        assert_eq!(request.text(), EXAMPLE);
    }

    #[test]
    fn other_spellings_are_refused() {
        let hash = EXAMPLE.lines().nth(1).unwrap();
        for wrong in [
            String::new(),
            "old 1".into(),
            EXAMPLE.replace("old 2", "old 02"),
            EXAMPLE.replace("old ", "Old "),
            EXAMPLE.replace("old ", "\nold "),
            EXAMPLE.replace(hash, &hash[1..]),
            EXAMPLE.replace(hash, &format!("{hash} ")),
            EXAMPLE.replace('\n', "\r\n"),
        ] {
            assert!(matches!(AddCheckpoint::parse(&wrong), Err(TlogError::Malformed { .. })), "{wrong}");
        }
        let many = EXAMPLE.replace(hash, &[hash; 61].join("\n"));
        assert!(matches!(AddCheckpoint::parse(&many), Err(TlogError::TooLarge { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn texts_come_back(old: u64, proof in prop::collection::vec(any::<Hash>(), 0..=63), checkpoint in "(.|\n){0,99}") {
            let request = AddCheckpoint { old, proof, checkpoint };
            prop_assert_eq!(AddCheckpoint::parse(&request.text()), Ok(request));
        }

        #[test]
        fn any_text_never_panics(text in "(old [0-9]{1,3}\n)?(.|\n){0,200}") {
            if let Ok(request) = AddCheckpoint::parse(&text) {
                prop_assert_eq!(request.text(), text);
            }
        }
    }
}
