//! Personal data at rest: sealed under a key of their own, and found again by a keyed digest (blind index), without which nobody can try
//! out names on a copy of the database.

use super::{KeyError, MasterKey};
use crate::messages::folded;
use ring::hmac;
use ring::rand::SecureRandom;
use std::collections::BTreeSet;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of the key: one half seals, the other one digests.
pub const PERSONAL_KEY_LEN: usize = 64;

/// The key for personal data.
pub struct PersonalKey {
    seal: MasterKey,
    index: hmac::Key,
}

/// Never shows the key.
impl fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalKey")
    }
}

impl PersonalKey {
    /// From its 64 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let (seal, index) = bytes.split_at_checked(PERSONAL_KEY_LEN / 2).ok_or(KeyError::MasterKey)?;
        Ok(Self { seal: MasterKey::new(seal)?, index: hmac::Key::new(hmac::HMAC_SHA256, index) })
    }

    /// Seals what is about somebody; it opens only in the same place.
    pub fn seal(&self, place: &str, text: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, KeyError> {
        self.seal.seal(place, text, random)
    }

    /// Opens what [`seal`](Self::seal) sealed for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.seal.open(place, sealed)
    }

    /// What a value is found by in this field: 128 bits, whatever its case and white space.
    pub fn index(&self, field: &str, value: &str) -> Vec<u8> {
        let words: Vec<String> = value.split_whitespace().map(str::to_lowercase).collect();
        let text = format!("{field}\0{}", words.join(" "));
        hmac::sign(&self.index, text.as_bytes()).as_ref().get(..16).unwrap_or_default().to_vec()
    }

    /// What a name is found by, word by word, each once, whatever their order, accents and case: 64 bits of each. The same word is
    /// another one in another unit.
    pub fn words(&self, unit: &str, name: &str) -> Vec<Vec<u8>> {
        let words: BTreeSet<String> = folded(name).into_iter().collect();
        let digest = |word| {
            let text = format!("word\0{unit}\0{word}");
            hmac::sign(&self.index, text.as_bytes()).as_ref().get(..8).unwrap_or_default().to_vec()
        };
        words.into_iter().map(digest).collect()
    }
}
