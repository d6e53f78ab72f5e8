//! Checkpoints (C2SP tlog-checkpoint): what a log signs of its tree.

use super::note::{self, KeyType, Signer, VerifierKey};
use super::{Hash, TlogError, decimal, hash_from_base64};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The tree of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; the name of the key that it signs with.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// Further lines, of which no monitor knows anything.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        for extension in &self.extensions {
            text.extend([extension, "\n"]);
        }
        text
    }

    /// Reads the text of a checkpoint; only its one canonical spelling.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let malformed = |what| TlogError::Malformed { what };
        let body = text.strip_suffix('\n').ok_or(malformed("a checkpoint does not end in a newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed("a checkpoint has fewer than three lines"));
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(malformed("a checkpoint has an empty line"));
        }
        let size = decimal(size).ok_or(malformed("a checkpoint's tree size is not a decimal number"))?;
        let root = hash_from_base64(root).ok_or(malformed("a checkpoint's root hash is not 32 bytes in base64"))?;
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The checkpoint as a note with the log's signatures: one, or while its key is being changed two. The origin must be the
    /// signers' name.
    pub fn sign(&self, signers: &[&Signer]) -> Result<String, TlogError> {
        if signers.iter().any(|signer| !self.is_of(signer.verifier_key())) {
            return Err(TlogError::ForeignOrigin { origin: self.origin.clone() });
        }
        let text = self.text();
        // a line break within a line would be read as something else
        if Self::parse(&text)? != *self {
            return Err(TlogError::Malformed { what: "a line of the checkpoint is more than one line" });
        }
        note::sign(&text, signers)
    }

    /// Whether this is a key of the log.
    fn is_of(&self, key: &VerifierKey) -> bool {
        key.key_type() == KeyType::Ed25519 && key.name() == self.origin
    }

    /// Verifies a note and reads the checkpoint in it. The origin must be the key's name.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, TlogError> {
        Ok(Self::open_cosigned(note, std::slice::from_ref(key))?.checkpoint)
    }

    /// The same where any of several logs may have signed: the one whose name is the origin must have. Of the keys, those
    /// of witnesses say who has cosigned.
    pub fn open_cosigned(note: &str, keys: &[VerifierKey]) -> Result<Cosigned, TlogError> {
        let (text, signatures) = note::open(note, keys)?;
        let checkpoint = Self::parse(text)?;
        if !signatures.iter().any(|signature| checkpoint.is_of(signature.key)) {
            return Err(TlogError::ForeignOrigin { origin: checkpoint.origin });
        }
        let witness = |signature: &note::Signature<'_>| Some((signature.key.name().to_owned(), signature.time?));
        Ok(Cosigned { witnesses: signatures.iter().filter_map(witness).collect(), checkpoint })
    }

    /// Bytes that a checkpoint without extensions, signed with these keys alone, has at most while its tree is not larger than
    /// `size`.
    pub fn max_len<'k>(origin: &str, size: u64, keys: impl IntoIterator<Item = &'k VerifierKey>) -> usize {
        let hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=".len();
        let text = origin.len() + size.to_string().len() + hash + 3;
        text + "\n".len() + keys.into_iter().map(VerifierKey::line_len).sum::<usize>()
    }
}

/// A checkpoint that its log has signed, and who else has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// Names of the witnesses that have cosigned it, with the time at which each did, in seconds since 1970.
    pub witnesses: Vec<(String, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORIGIN: &str = "log.example/kiểm-tra";

    fn signer() -> Signer {
        Signer::from_seed(ORIGIN, &[5; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size: 20_852_163, root: [9; 32], extensions: Vec::new() }
    }

    #[test]
    fn the_text_is_that_of_the_specification() {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let parsed = Checkpoint::parse(text).unwrap();
        assert_eq!((parsed.origin.as_str(), parsed.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(parsed.text(), text);
        let with_more = format!("{text}one\ntwo\n");
        assert_eq!(Checkpoint::parse(&with_more).unwrap().extensions, ["one", "two"]);
    }

    #[test]
    fn other_spellings_are_refused() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        Checkpoint::parse(&format!("log\n0\n{root}\n")).unwrap();
        for wrong in [
            String::new(),
            "\n".into(),
            "log\n".into(),
            "log\n1\n".into(),
            format!("log\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("log\n01\n{root}\n"),
            format!("log\n00\n{root}\n"),
            format!("log\n+1\n{root}\n"),
            format!("log\n-1\n{root}\n"),
            format!("log\n 1\n{root}\n"),
            format!("log\n\n{root}\n"),
            format!("log\n18446744073709551616\n{root}\n"),
            format!("log\n1\n{root}\n\n"),
            format!("log\n1\n{root}\n\nmore\n"),
            format!("log\n1\n{root} \n"),
            format!("log\n1\n{}\n", root.replace("q2I=", "q2J=")),
            format!("log\n1\n{}\n", root.replace('=', "")),
            format!("log\n1\n{}\n", root.replace('/', "_")),
            "log\n1\nAAAA\n".into(),
        ] {
            assert!(matches!(Checkpoint::parse(&wrong), Err(TlogError::Malformed { .. })), "{wrong}");
        }
    }

    #[test]
    fn opens_only_with_the_key_of_its_origin() {
        let (signer, checkpoint) = (signer(), checkpoint());
        let note = checkpoint.sign(&[&signer]).unwrap();
        assert_eq!(Checkpoint::open(&note, signer.verifier_key()).unwrap(), checkpoint);
        let other = Signer::from_seed("log.example/other", &[5; 32]).unwrap();
        assert_eq!(Checkpoint::open(&note, other.verifier_key()), Err(TlogError::NoKnownSignature));
        let foreign = TlogError::ForeignOrigin { origin: ORIGIN.into() };
        assert_eq!(checkpoint.sign(&[&other]), Err(foreign.clone()));
        // another log's key, although known, must not speak for this log
        let theirs = note::sign(&checkpoint.text(), &[&other]).unwrap();
        assert_eq!(Checkpoint::open(&theirs, other.verifier_key()), Err(foreign));
    }

    #[test]
    fn nothing_is_signed_that_would_be_read_differently() {
        for extension in ["", "a\nb", "a\n", "a\tb"] {
            let changed = Checkpoint { extensions: vec![extension.into()], ..checkpoint() };
            assert!(changed.sign(&[&signer()]).is_err(), "{extension:?}");
        }
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let key = signer().verifier_key().clone();
        let note = checkpoint().sign(&[&signer()]).unwrap();
        for at in 0..note.len() {
            for flip in [1, 4, 0x20] {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= flip;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(Checkpoint::open(&changed, &key).is_err(), "byte {at}");
                }
            }
        }
    }

    #[test]
    fn its_length_is_known_beforehand() {
        for size in [0, 9, 10, u64::MAX] {
            let note = Checkpoint { size, ..checkpoint() }.sign(&[&signer()]).unwrap();
            assert_eq!(note.len(), Checkpoint::max_len(ORIGIN, size, [signer().verifier_key()]));
            assert!(note.len() <= Checkpoint::max_len(ORIGIN, size.saturating_add(1), [signer().verifier_key()]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn texts_come_back(origin in "[^\n]{1,20}", size: u64, root: Hash, extensions in prop::collection::vec("[^\n]{1,9}", 0..4)) {
            let checkpoint = Checkpoint { origin, size, root, extensions };
            prop_assert_eq!(Checkpoint::parse(&checkpoint.text()), Ok(checkpoint));
        }

        #[test]
        fn what_is_read_is_written_the_same(text in "[a\n]{0,4}\n[0-9]{0,3}\n[AQg=]{42,43}=\n(.|\n){0,9}") {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.text(), text);
            }
        }
    }
}
