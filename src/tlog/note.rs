//! Signed notes (C2SP signed-note): a text and lines with signatures over it, by Ed25519 keys that have names.

use super::{TlogError, cosignature};
use crate::digest::sha256;
use crate::limits::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;

/// What a signature line begins with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "— ";

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// The text of a note, as a log does with its checkpoints (C2SP signed-note, Ed25519).
    Ed25519,
    /// That a log has only grown, at a time, as a witness does (C2SP tlog-cosignature, Ed25519).
    Cosignature,
}

impl KeyType {
    /// The signature type identifier byte.
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::Cosignature),
            _ => None,
        }
    }

    /// Bytes of a signature without its key id.
    const fn signature_len(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::Cosignature => 8 + 64,
        }
    }
}

/// Tells keys of the same name apart; nothing that one could rely on.
type KeyId = [u8; 4];

/// A private key with its name.
pub struct Signer {
    pair: Ed25519KeyPair,
    public: VerifierKey,
}

impl Signer {
    /// Signs notes, with the private key of RFC 8032: 32 random bytes.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, TlogError> {
        Self::new(name, KeyType::Ed25519, seed)
    }

    /// Cosigns the checkpoints of logs, with the private key of RFC 8032: 32 random bytes, which sign nothing else.
    pub fn cosigner(name: &str, seed: &[u8; 32]) -> Result<Self, TlogError> {
        Self::new(name, KeyType::Cosignature, seed)
    }

    fn new(name: &str, key_type: KeyType, seed: &[u8; 32]) -> Result<Self, TlogError> {
        let not_a_key = TlogError::BadSignerKey { why: "it is not an Ed25519 key" };
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| not_a_key.clone())?;
        let public_key = pair.public_key().as_ref().try_into().map_err(|_| not_a_key)?;
        if !is_key_name(name) {
            return Err(TlogError::BadSignerKey {
                why: "a key name is not empty and has neither spaces nor plus signs",
            });
        }
        Ok(Self { pair, public: VerifierKey { name: name.to_owned(), key_type, public_key } })
    }

    /// What others verify its signatures with.
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.public
    }

    /// The line that this key puts below a note of this text; a witness signs with the `time`, in seconds since 1970.
    pub(super) fn line(&self, text: &str, time: u64) -> String {
        let mut signature = self.public.key_id().to_vec();
        match self.public.key_type {
            KeyType::Ed25519 => signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref()),
            KeyType::Cosignature => {
                signature.extend_from_slice(&time.to_be_bytes());
                signature.extend_from_slice(self.pair.sign(cosignature::message(text, time).as_bytes()).as_ref());
            }
        }
        [SIGNATURE_PREFIX, &self.public.name, " ", &STANDARD.encode(signature), "\n"].concat()
    }
}

/// Never shows the private key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A public key with its name, written as `<name>+<key id in hex>+<base64(type || public key)>` (a *vkey*).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    key_type: KeyType,
    public_key: [u8; 32],
}

impl VerifierKey {
    /// The key's name. A log's is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The Ed25519 public key (RFC 8032).
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// The first four bytes of SHA-256(name || 0x0A || type || public key).
    pub fn key_id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &self.typed_key()].concat());
        [a, b, c, d]
    }

    fn typed_key(&self) -> Vec<u8> {
        [&[self.key_type.byte()], self.public_key.as_slice()].concat()
    }

    /// Bytes of the line that it puts below a note.
    pub(super) fn line_len(&self) -> usize {
        let base64 = (4 + self.key_type.signature_len()).div_ceil(3) * 4;
        SIGNATURE_PREFIX.len() + self.name.len() + " ".len() + base64 + "\n".len()
    }

    /// The signature as what it says, if it verifies.
    fn verify(&self, text: &str, signature: &[u8]) -> Option<Signature<'_>> {
        let key = UnparsedPublicKey::new(&ED25519, &self.public_key);
        match self.key_type {
            KeyType::Ed25519 => key.verify(text.as_bytes(), signature).ok()?,
            KeyType::Cosignature => {
                let (time, signature) = signature.split_first_chunk()?;
                let time = u64::from_be_bytes(*time);
                key.verify(cosignature::message(text, time).as_bytes(), signature).ok()?;
                return Some(Signature { key: self, time: i64::try_from(time).ok() });
            }
        }
        Some(Signature { key: self, time: None })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex::encode(self.key_id()), STANDARD.encode(self.typed_key()))
    }
}

impl FromStr for VerifierKey {
    type Err = TlogError;

    /// Reads a vkey; only its one canonical spelling, and Ed25519 only: of a log or of a witness.
    fn from_str(vkey: &str) -> Result<Self, TlogError> {
        let bad = |why| TlogError::BadVerifierKey { why };
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(key_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is not of the form name+id+key"));
        };
        if !is_key_name(name) {
            return Err(bad("its name is empty or has spaces or control characters"));
        }
        let key = STANDARD.decode(key).map_err(|_| bad("its key is not base64"))?;
        let (key_type, key) = key.split_first().ok_or(bad("its key is empty"))?;
        let key_type = KeyType::of(*key_type).ok_or(bad("it is not an Ed25519 key"))?;
        let public_key = key.try_into().map_err(|_| bad("its key is not of 32 bytes"))?;
        let parsed = Self { name: name.to_owned(), key_type, public_key };
        if hex::encode(parsed.key_id()) == key_id { Ok(parsed) } else { Err(bad("its id is not that of name and key")) }
    }
}

/// Not empty, no Unicode spaces, no plus; and nothing that a note must not contain.
fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

/// Lines that all end in a newline, without control characters.
fn is_note_text(text: &str) -> bool {
    text.ends_with('\n') && !text.contains(|c: char| c < ' ' && c != '\n')
}

/// The text as a note with the signatures of these keys.
pub fn sign(text: &str, signers: &[&Signer]) -> Result<String, TlogError> {
    if !is_note_text(text) {
        return Err(TlogError::Malformed {
            what: "a note's text has control characters, or does not end in a newline",
        });
    }
    if signers.is_empty() || signers.len() > Limits::DEFAULT.tlog_note_signatures {
        return Err(TlogError::Malformed { what: "a note has no signatures, or too many" });
    }
    let mut note = format!("{text}\n");
    note.extend(signers.iter().map(|signer| signer.line(text, 0)));
    Ok(note)
}

/// A signature that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'k> {
    /// Whose.
    pub key: &'k VerifierKey,
    /// When a witness cosigned, in seconds since 1970.
    pub time: Option<i64>,
}

/// Verifies a note. Gives its text and the signatures of known keys, in their order, one of each key. Signatures of other keys
/// are ignored; one of a known key that does not verify is an error, and so it is when no known key has signed.
pub fn open<'n, 'k>(note: &'n str, keys: &'k [VerifierKey]) -> Result<(&'n str, Vec<Signature<'k>>), TlogError> {
    let malformed = |what| TlogError::Malformed { what };
    let limits = Limits::in_force();
    if note.len() > limits.tlog_note_bytes {
        return Err(TlogError::TooLarge { what: "a note, in bytes,", limit: limits.tlog_note_bytes });
    }
    if !is_note_text(note) {
        return Err(malformed("a note has control characters, or does not end in a newline"));
    }
    // the last empty line separates the text from the signatures
    let (before, signatures) =
        note.rsplit_once("\n\n").ok_or(malformed("a note has no empty line before its signatures"))?;
    let text = note.get(..=before.len()).unwrap_or_default();
    if signatures.lines().count() > limits.tlog_note_signatures {
        return Err(TlogError::TooLarge {
            what: "the number of a note's signatures",
            limit: limits.tlog_note_signatures,
        });
    }
    let known: Vec<(KeyId, &VerifierKey)> = keys.iter().map(|key| (key.key_id(), key)).collect();
    let mut found: Vec<Signature<'_>> = Vec::new();
    let mut signed = false;
    for line in signatures.lines() {
        signed = true;
        let (name, key_id, signature) =
            parse_signature(line).ok_or(malformed("a note has a malformed signature line"))?;
        let mut candidates = known.iter().filter(|(id, key)| *id == key_id && key.name == name).peekable();
        if candidates.peek().is_none() {
            continue;
        }
        let verified = candidates.find_map(|(_, key)| key.verify(text, &signature));
        let verified = verified.ok_or_else(|| TlogError::BadSignature { name: name.to_owned() })?;
        if !found.iter().any(|earlier| earlier.key == verified.key) {
            found.push(verified);
        }
    }
    if !signed {
        return Err(malformed("a note has no signatures"));
    }
    if found.is_empty() { Err(TlogError::NoKnownSignature) } else { Ok((text, found)) }
}

/// `— <key name> base64(key id || signature)`.
fn parse_signature(line: &str) -> Option<(&str, KeyId, Vec<u8>)> {
    let (name, signature) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let signature = STANDARD.decode(signature).ok()?;
    let (key_id, signature) = signature.split_first_chunk()?;
    (is_key_name(name) && !signature.is_empty()).then(|| (name, *key_id, signature.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::slice::from_ref;

    // the published example of golang.org/x/mod/sumdb/note
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const PETER_LINE: &str =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const ENOCH_LINE: &str =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn key(vkey: &str) -> VerifierKey {
        vkey.parse().unwrap()
    }

    fn peter() -> Signer {
        let seed = STANDARD.decode(PETER_SEED).unwrap();
        Signer::from_seed("PeterNeumann", seed[1..].try_into().unwrap()).unwrap()
    }

    /// The text, and the names of those who have signed.
    fn open<'n, 'k>(note: &'n str, keys: &'k [VerifierKey]) -> Result<(&'n str, Vec<&'k str>), TlogError> {
        let (text, signatures) = super::open(note, keys)?;
        Ok((text, signatures.iter().map(|signature| signature.key.name()).collect()))
    }

    fn note(lines: &[&str]) -> String {
        format!("{TEXT}\n{}", lines.concat())
    }

    #[test]
    fn signs_and_opens_the_published_example() {
        let signer = peter();
        assert_eq!(signer.verifier_key().to_string(), PETER);
        assert_eq!(sign(TEXT, &[&signer]).unwrap(), note(&[PETER_LINE]));
        assert_eq!(open(&note(&[PETER_LINE]), &[key(PETER)]), Ok((TEXT, vec!["PeterNeumann"])));
    }

    #[test]
    fn opens_the_example_of_the_specification() {
        let vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        assert_eq!(open(note, &[key(vkey)]), Ok(("This is an example message.\n", vec!["example.com/foo"])));
    }

    #[test]
    fn unknown_signatures_are_ignored_and_one_known_must_verify() {
        let (peter, enoch) = (key(PETER), key(ENOCH));
        let both = note(&[PETER_LINE, ENOCH_LINE]);
        let open = |note: &str, keys: &[VerifierKey]| {
            open(note, keys).map(|(_, names)| names.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(open(&both, from_ref(&peter)).unwrap(), ["PeterNeumann"]);
        assert_eq!(open(&both, from_ref(&enoch)).unwrap(), ["EnochRoot"]);
        assert_eq!(open(&both, &[enoch.clone(), peter.clone()]).unwrap(), ["PeterNeumann", "EnochRoot"]);
        assert_eq!(open(&note(&[PETER_LINE, PETER_LINE]), &[peter.clone(), peter.clone()]).unwrap(), ["PeterNeumann"]);
        assert_eq!(open(&both, &[]), Err(TlogError::NoKnownSignature));
        assert_eq!(open(&note(&[PETER_LINE]), from_ref(&enoch)), Err(TlogError::NoKnownSignature));
        // same name, another id: another key
        let renamed = Signer::from_seed("PeterNeumann", &[1; 32]).unwrap();
        let other = renamed.verifier_key().clone();
        assert_eq!(open(&both, from_ref(&other)), Err(TlogError::NoKnownSignature));
        assert_eq!(open(&both, &[other, peter.clone()]).unwrap(), ["PeterNeumann"]);
        // a bad signature of a known key spoils the note, whoever else has signed
        let bad = PETER_LINE.replace("SffcvIAQ", "SffcvIAR");
        let error = TlogError::BadSignature { name: "PeterNeumann".into() };
        assert_eq!(open(&note(&[ENOCH_LINE, &bad]), &[peter.clone(), enoch.clone()]), Err(error.clone()));
        assert_eq!(open(&note(&[PETER_LINE, &bad]), from_ref(&peter)), Err(error));
        assert_eq!(open(&note(&[ENOCH_LINE, &bad]), &[enoch]).unwrap(), ["EnochRoot"]);
    }

    #[test]
    fn malformed_notes_are_refused() {
        let keys = [key(PETER)];
        let good = note(&[PETER_LINE]);
        open(&good, &keys).unwrap();
        for wrong in [
            String::new(),
            "\n".into(),
            "\n\n".into(),
            TEXT.into(),
            format!("{TEXT}\n"),
            format!("\n{PETER_LINE}"),
            format!("{TEXT}{PETER_LINE}"),
            good.trim_end().into(),
            format!("{good}\n"),
            format!("\x01{good}"),
            good.replace('\n', "\r\n"),
            format!("{good}Unexpected line.\n"),
            good.replace("— PeterNeumann", "— Peter Neumann"),
            good.replace("— PeterNeumann", "— Peter+Neumann"),
            good.replace("— PeterNeumann", "— Peter\u{a0}Neumann"),
            good.replace("— PeterNeumann", "— "),
            good.replace("— ", "- "),
            good.replace("JnAM=\n", "JnAM\n"),
            good.replace("JnAM=\n", "JnAN=\n"),
            format!("{good}— x xxxx\n"),
            format!("{good}— x xxxxxw==\n"),
        ] {
            assert!(matches!(open(&wrong, &keys), Err(TlogError::Malformed { .. })), "{wrong}");
        }
        let many = note(&[PETER_LINE; 100]);
        open(&many, &keys).unwrap();
        assert!(matches!(open(&note(&[PETER_LINE; 101]), &keys), Err(TlogError::TooLarge { .. })));
        assert!(matches!(open(&"a\n".repeat(1 << 20), &keys), Err(TlogError::TooLarge { .. })));
        // and none is made
        for wrong in ["", "no newline", "a\tb\n", "a\r\n", "a\0\n"] {
            assert!(sign(wrong, &[&peter()]).is_err(), "{wrong:?}");
        }
        assert!(sign(TEXT, &[]).is_err());
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let good = note(&[PETER_LINE]);
        let keys = [key(PETER)];
        for at in 0..good.len() {
            for flip in [1, 2, 0x20] {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= flip;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(open(&changed, &keys).is_err(), "byte {at}");
                }
            }
            if good.is_char_boundary(at) {
                assert!(open(&good[..at], &keys).is_err());
            }
        }
    }

    #[test]
    fn verifier_keys_have_one_spelling() {
        for start in 0..PETER.len() {
            for end in start..=PETER.len() {
                assert!(end - start == PETER.len() || PETER[start..end].parse::<VerifierKey>().is_err());
            }
            for flip in [1, 2, 0x20] {
                let mut changed = PETER.as_bytes().to_vec();
                changed[start] ^= flip;
                assert!(String::from_utf8(changed).unwrap().parse::<VerifierKey>().is_err());
            }
        }
        for wrong in [
            // a longer key and an unknown algorithm, each with an id that fits
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
            " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_follow_the_rules() {
        for wrong in ["", " ", "a b", "a+b", "a\nb", "a\u{2003}b", "a\u{85}b", "a\0b"] {
            assert!(matches!(Signer::from_seed(wrong, &[0; 32]), Err(TlogError::BadSignerKey { .. })), "{wrong:?}");
        }
        let signer = Signer::from_seed("ký-số.example/nhật-ký", &[0; 32]).unwrap();
        let note = sign("một\n", &[&signer]).unwrap();
        let names = vec!["ký-số.example/nhật-ký"];
        assert_eq!(open(&note, &[key(&signer.verifier_key().to_string())]), Ok(("một\n", names)));
    }

    #[test]
    fn a_key_is_never_shown() {
        // RFC 8032 section 7.1, test 1
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let signer = Signer::from_seed("log.example", seed.as_slice().try_into().unwrap()).unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(hex::encode(signer.verifier_key().public_key()), public);
        let shown = format!("{signer:?}");
        assert!(!shown.contains("9d61b19d") && !shown.contains("157, 97"), "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_signed_is_what_is_opened(text in "([^\\p{Cc}]|\n){0,200}", seeds in prop::collection::vec(any::<[u8; 32]>(), 1..5)) {
            let text = format!("{text}\n");
            let signers: Vec<Signer> = seeds.iter().map(|seed| Signer::from_seed("log", seed).unwrap()).collect();
            let keys: Vec<VerifierKey> = signers.iter().map(|signer| signer.verifier_key().clone()).collect();
            let note = sign(&text, &signers.iter().collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(open(&note, &keys), Ok((text.as_str(), vec!["log"; keys.len()])));
        }

        #[test]
        fn any_text_never_panics(before in ".{0,40}", name in ".{0,9}", base64 in "[A-Za-z0-9+/]{0,99}={0,2}", after in "\n{0,2}.{0,9}") {
            let keys = [key(PETER)];
            for note in [format!("{before}\n\n— {name} {base64}{after}\n"), format!("{before}\n\n— PeterNeumann {base64}\n"), before.clone()] {
                prop_assert!(open(&note, &keys).is_err());
            }
            for vkey in [format!("{name}+c74f20a3+{base64}"), before] {
                prop_assert!(vkey.parse::<VerifierKey>().is_err());
            }
        }
    }
}
