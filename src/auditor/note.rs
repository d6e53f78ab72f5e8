//! Keys of logs and witnesses, signed notes, checkpoints with their cosignatures, proofs: read and verified (C2SP signed-note, tlog-checkpoint,
//! tlog-cosignature, tlog-proof).

use super::merkle::{Hash, follow, leaf, sha256};
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;

/// The signature type of Ed25519 signatures by logs.
const ED25519_TYPE: u8 = 1;
/// That of Ed25519 cosignatures by witnesses.
const COSIGNATURE_TYPE: u8 = 4;
/// Seconds that a witness's clock may be ahead.
const CLOCKS_DIFFER: i64 = 3_600;

/// A log's public key: a verifier key of type Ed25519.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The key's name, which is the log's.
    pub name: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl LogKey {
    /// SHA-256 of the public key, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        hex::encode(sha256(&self.public))
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519_TYPE], &self.public[..]].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id))
    }
}

impl FromStr for LogKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, id, public) = key(text, ED25519_TYPE, "the log key is not an Ed25519 key of a log")?;
        Ok(Self { name, id, public })
    }
}

/// A witness's public key: a verifier key of the type of cosignatures (C2SP tlog-cosignature, "Format").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    /// The witness's name.
    pub name: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[COSIGNATURE_TYPE], &self.public[..]].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id))
    }
}

impl FromStr for WitnessKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, id, public) = key(text, COSIGNATURE_TYPE, "the key is not an Ed25519 key of a witness")?;
        Ok(Self { name, id, public })
    }
}

/// Name, ID and public key of a verifier key of this type (C2SP signed-note, "Verifier keys").
fn key(text: &str, kind: u8, other: &'static str) -> Result<(String, [u8; 4], [u8; 32]), &'static str> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("a key is NAME+ID+KEY");
    };
    if name.is_empty() || name.chars().any(char::is_whitespace) {
        return Err("the name in the key is none");
    }
    let id: [u8; 4] =
        hex::decode(id).ok().and_then(|id| id.try_into().ok()).ok_or("the ID in the key is not four bytes")?;
    let bytes = STANDARD.decode(key).map_err(|_| "the key is not base64")?;
    let public = bytes.split_first().filter(|(found, _)| **found == kind).ok_or(other)?.1;
    let public = public.try_into().map_err(|_| "the key does not have 32 bytes")?;
    let expected = sha256(&[name.as_bytes(), b"\n", &bytes].concat());
    if !expected.starts_with(&id) {
        return Err("the ID in the key is not that of the key: a letter of it was changed");
    }
    Ok((name.to_owned(), id, public))
}

/// The witnesses that are known, and how many of them must have cosigned a checkpoint.
#[derive(Debug, Clone)]
pub struct Witnesses {
    keys: Vec<WitnessKey>,
    quorum: usize,
    clock: fn() -> OffsetDateTime,
}

impl Witnesses {
    /// None, and none is wanted.
    pub fn none() -> &'static Self {
        static NONE: Witnesses = Witnesses::new(Vec::new(), 0, || OffsetDateTime::UNIX_EPOCH);
        &NONE
    }

    /// These, of which so many must have signed; a cosignature counts if its time is not in the future.
    pub const fn new(keys: Vec<WitnessKey>, quorum: usize, clock: fn() -> OffsetDateTime) -> Self {
        Self { keys, quorum, clock }
    }

    /// The names of those that have cosigned a checkpoint; the error says whose cosignature is bad, or how many lack (C2SP
    /// tlog-cosignature, "Ed25519 signed message").
    pub fn cosigned(&self, note: &str) -> Result<Vec<&str>, String> {
        let (text, signatures) = split(note)?;
        let latest = (self.clock)().unix_timestamp().saturating_add(CLOCKS_DIFFER);
        let mut found: Vec<&WitnessKey> = Vec::new();
        for (name, bytes) in signatures {
            for key in self.keys.iter().filter(|key| key.name == name) {
                let Some(stamped) = bytes.strip_prefix(&key.id) else { continue };
                let bad = || format!("the cosignature of {name} does not verify");
                let (time, signature) = stamped.split_first_chunk().ok_or_else(bad)?;
                let time = u64::from_be_bytes(*time);
                let message = format!("cosignature/v1\ntime {time}\n{text}");
                let verified = UnparsedPublicKey::new(&ED25519, key.public).verify(message.as_bytes(), signature);
                verified.map_err(|_| bad())?;
                if i64::try_from(time).is_ok_and(|time| time <= latest) && !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        if found.len() < self.quorum {
            return Err(format!(
                "{} of the witnesses that are known have cosigned it, and {} must have",
                found.len(),
                self.quorum
            ));
        }
        Ok(found.into_iter().map(|key| key.name.as_str()).collect())
    }
}

/// What a log signs of its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The signed note that it was read from.
    pub note: String,
}

impl Checkpoint {
    /// Reads a checkpoint whose signature is that of one of these keys, of its own log; the others' signatures, if there are any,
    /// must be good as well.
    pub fn open(note: &str, keys: &[LogKey]) -> Result<Self, String> {
        let (text, signatures) = split(note)?;
        let checkpoint = Self::parse(text, note)?;
        let mut signed = false;
        for (name, bytes) in signatures {
            for key in keys.iter().filter(|key| key.name == name) {
                let Some(signature) = bytes.strip_prefix(&key.id) else { continue };
                UnparsedPublicKey::new(&ED25519, key.public)
                    .verify(text.as_bytes(), signature)
                    .map_err(|_| format!("the signature of {name} does not verify"))?;
                signed |= name == checkpoint.origin;
            }
        }
        if signed {
            Ok(checkpoint)
        } else {
            Err(format!("it is not signed with a log key of {} that is known", checkpoint.origin))
        }
    }

    fn parse(text: &str, note: &str) -> Result<Self, String> {
        let mut lines = text.strip_suffix('\n').unwrap_or_default().split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err("a checkpoint has fewer than three lines".to_owned());
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err("a checkpoint has an empty line".to_owned());
        }
        let size = decimal(size).ok_or("the tree size is not a number")?;
        let most = Limits::in_force().tlog_entries;
        if size > most {
            return Err(format!("it claims {size} entries, and a log of more than {most} is not read"));
        }
        let root = hash(root).ok_or("the root hash is not 32 bytes in base64")?;
        Ok(Self { origin: origin.to_owned(), size, root, note: note.to_owned() })
    }
}

/// A signature line: the name, and what is signed with, key ID and signature.
type Signature<'a> = (&'a str, Vec<u8>);

/// The text of a note and its signature lines.
fn split(note: &str) -> Result<(&str, Vec<Signature<'_>>), String> {
    let limits = Limits::in_force();
    if note.len() > limits.tlog_note_bytes {
        return Err(format!("it is longer than {} bytes", limits.tlog_note_bytes));
    }
    if note.bytes().any(|b| b < 0x20 && b != b'\n') {
        return Err("there is a control character in it".to_owned());
    }
    let at = note.rfind("\n\n").ok_or("it is not a signed note")?;
    let (text, rest) = note.split_at(at.saturating_add(1));
    let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n')).ok_or("it is not a signed note")?;
    let mut signatures = Vec::new();
    for line in lines.split('\n') {
        let (name, base64) =
            line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or("a signature line is malformed")?;
        let bytes = STANDARD.decode(base64).map_err(|_| "a signature is not base64")?;
        if name.is_empty() || bytes.len() < 5 || signatures.len() >= limits.tlog_note_signatures {
            return Err("a signature line is malformed, or there are too many of them".to_owned());
        }
        signatures.push((name, bytes));
    }
    Ok((text, signatures))
}

/// A proof that something is in a log (C2SP tlog-proof).
#[derive(Debug)]
pub struct Proof {
    /// The entry's index.
    pub index: u64,
    /// The tree that it is in.
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// Reads a proof, and verifies that it is that of these bytes.
    pub fn open(text: &str, entry: &[u8], keys: &[LogKey]) -> Result<Self, String> {
        if text.len() > Limits::in_force().tlog_proof_bytes {
            return Err("it is too long".to_owned());
        }
        let (head, note) = text.split_once("\n\n").ok_or("it is not a proof")?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some("c2sp.org/tlog-proof@v1") {
            return Err("it is not a proof of version 1".to_owned());
        }
        let _ = lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or("it does not say which entry it is of")?;
        let hashes: Vec<Hash> = lines.map(hash).collect::<Option<_>>().ok_or("a hash in it is malformed")?;
        let checkpoint = Checkpoint::open(note, keys)?;
        if follow(leaf(entry), index, checkpoint.size, &hashes) != Some(checkpoint.root) {
            return Err("it does not lead to the root hash of its checkpoint".to_owned());
        }
        Ok(Self { index, checkpoint })
    }
}

/// Decimal digits without leading zeros.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hash(base64: &str) -> Option<Hash> {
    STANDARD.decode(base64).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    fn signer(name: &str, seed: u8) -> (LogKey, impl Fn(&str) -> String) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let mut public = vec![ED25519_TYPE];
        public.extend(pair.public_key().as_ref());
        let id = hex::encode(&sha256(&[name.as_bytes(), b"\n", &public].concat())[..4]);
        let key: LogKey = format!("{name}+{id}+{}", STANDARD.encode(&public)).parse().unwrap();
        let (name, id) = (name.to_owned(), key.id);
        let line = move |text: &str| {
            let signature = [&id[..], pair.sign(text.as_bytes()).as_ref()].concat();
            format!("— {name} {}\n", STANDARD.encode(signature))
        };
        (key, line)
    }

    #[test]
    fn the_key_and_note_of_the_specification() {
        let key: LogKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
        let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        let (text, signatures) = split(note).unwrap();
        let signature = signatures[0].1.strip_prefix(&key.id).unwrap();
        UnparsedPublicKey::new(&ED25519, key.public).verify(text.as_bytes(), signature).unwrap();
        for wrong in [
            "",
            "a",
            "a+b",
            "a+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l",
        ] {
            assert!(wrong.parse::<LogKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_checkpoint_counts_when_its_own_log_has_signed_it_and_no_known_signature_is_bad() {
        let (key, sign) = signer("log/a", 1);
        let (other, sign_other) = signer("log/b", 2);
        let text = format!("log/a\n3\n{}\n", STANDARD.encode([7; 32]));
        let note = |lines: &[String]| format!("{text}\n{}", lines.concat());
        let keys = [key.clone(), other.clone()];
        let good = note(&[sign(&text)]);
        assert_eq!(Checkpoint::open(&good, &keys).unwrap().size, 3);
        assert!(Checkpoint::open(&good, std::slice::from_ref(&other)).is_err());
        assert!(Checkpoint::open(&note(&[sign_other(&text)]), &keys).is_err(), "another log's key");
        assert!(Checkpoint::open(&note(&[sign(&text), sign_other("x")]), &keys).is_err(), "a bad one beside");
        Checkpoint::open(&note(&[sign(&text), sign_other("x")]), std::slice::from_ref(&key)).unwrap();
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= 4;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(Checkpoint::open(&changed, std::slice::from_ref(&key)).is_err(), "byte {at}");
            }
        }
    }

    /// The published example of the specification has no key with it, so one is made; the message is written out here.
    #[test]
    fn cosignatures_are_counted_by_witness() {
        let pair = |seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let witness = |name: &str, seed| -> WitnessKey {
            let typed = [&[COSIGNATURE_TYPE], pair(seed).public_key().as_ref()].concat();
            let id = hex::encode(&sha256(&[name.as_bytes(), b"\n", &typed].concat())[..4]);
            format!("{name}+{id}+{}", STANDARD.encode(typed)).parse().unwrap()
        };
        let text = format!("log/a\n3\n{}\n", STANDARD.encode([7; 32]));
        let line = |key: &WitnessKey, seed, time: u64| {
            let signature = pair(seed).sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
            format!(
                "— {} {}\n",
                key.name,
                STANDARD.encode([&key.id[..], &time.to_be_bytes(), signature.as_ref()].concat())
            )
        };
        let (one, two) = (witness("w/1", 1), witness("w/2", 2));
        assert_eq!(one.to_string().parse(), Ok(one.clone()));
        assert!(one.to_string().parse::<LogKey>().is_err(), "a witness is no log");
        let clock = || OffsetDateTime::from_unix_timestamp(1_000_000).unwrap();
        let known = |quorum| Witnesses::new(vec![one.clone(), two.clone()], quorum, clock);
        let note = |lines: &[String]| format!("{text}\n{}", lines.concat());
        let both = note(&[line(&one, 1, 999_999), line(&two, 2, 1_003_600)]);
        assert_eq!(known(2).cosigned(&both).unwrap(), ["w/1", "w/2"]);
        // in the future, twice, another's key of the same name, changed in any byte
        assert!(known(2).cosigned(&note(&[line(&one, 1, 1), line(&two, 2, 1_003_601)])).is_err());
        assert!(known(2).cosigned(&note(&[line(&one, 1, 1), line(&one, 1, 2)])).unwrap_err().starts_with("1 of"));
        assert!(known(1).cosigned(&note(&[line(&one, 1, u64::MAX)])).is_err());
        let stranger = witness("w/1", 3);
        assert_eq!(known(0).cosigned(&note(&[line(&stranger, 3, 1)])).unwrap(), Vec::<&str>::new());
        assert!(known(0).cosigned(&note(&[line(&one, 3, 1)])).unwrap_err().contains("does not verify"));
        for at in 0..text.len() {
            let mut bytes = both.clone().into_bytes();
            bytes[at] ^= 4;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(known(2).cosigned(&changed).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_log_that_claims_to_be_endless_is_not_read() {
        let (key, sign) = signer("log/a", 1);
        for (size, is_read) in [(1_u64 << 32, true), ((1 << 32) + 1, false), (1 << 63, false), (u64::MAX, false)] {
            let text = format!("log/a\n{size}\n{}\n", STANDARD.encode([7; 32]));
            let opened = Checkpoint::open(&format!("{text}\n{}", sign(&text)), std::slice::from_ref(&key));
            assert_eq!(opened.is_ok(), is_read, "{size}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics(text in ".{0,60}(\n|\n\n)?.{0,60}(— a [A-Za-z0-9+/]{8}\n)?") {
            let _ = text.parse::<LogKey>();
            let _ = Checkpoint::open(&text, &[]);
            let _ = Proof::open(&text, b"", &[]);
        }
    }
}
