//! Secrets at rest: sealed with AES-256-GCM under the master key; and what is given out, vouched for by it.

use super::KeyError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::SecureRandom;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a master key.
pub const MASTER_KEY_LEN: usize = 32;

/// Sets the key that vouches apart from the one that seals.
const VOUCHING: &[u8] = b"dauson: what is given out";

/// The key that seals all other secrets, and vouches for what is given out.
pub struct MasterKey {
    seal: LessSafeKey,
    vouch: hmac::Key,
}

/// Never shows the key.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// From its 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| KeyError::Unreadable { what: "the master key" })?;
        let vouch = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), VOUCHING);
        Ok(Self { seal: LessSafeKey::new(key), vouch: hmac::Key::new(hmac::HMAC_SHA256, vouch.as_ref()) })
    }

    /// Vouches for a text under a name (HMAC-SHA-256). Unlike sealing, this may be done for strangers, as often as they ask.
    pub fn vouch(&self, name: &str, text: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(hmac::sign(&self.vouch, &named(name, text)).as_ref());
        out
    }

    /// Whether it was this key that vouched.
    pub fn is_vouched(&self, name: &str, text: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.vouch, &named(name, text), tag).is_ok()
    }

    /// Seals a secret: nonce, ciphertext, tag. It opens only under the same name, so that sealed secrets cannot be
    /// exchanged for one another.
    pub fn seal(&self, name: &str, secret: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| KeyError::GenerationFailed)?;
        let mut sealed = nonce.to_vec();
        let mut text = Zeroizing::new(secret.to_vec());
        let tag = self
            .seal
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut text)
            .map_err(|_| KeyError::GenerationFailed)?;
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`seal`](Self::seal) sealed under this name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let wrong = || KeyError::MasterKey;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut text = Zeroizing::new(text.to_vec());
        let len = self.seal.open_in_place(nonce, Aad::from(name), &mut text).map_err(|_| wrong())?.len();
        text.truncate(len);
        Ok(text)
    }
}

/// Name and text, so that no other pair reads the same.
fn named(name: &str, text: &[u8]) -> Vec<u8> {
    [name.len().to_string().as_bytes(), b":", name.as_bytes(), text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_under_its_key_and_name() {
        let random = ring::rand::SystemRandom::new();
        let (key, other) = (MasterKey::new(&[1; 32]).unwrap(), MasterKey::new(&[2; 32]).unwrap());
        let sealed = key.seal("a", b"secret", &random).unwrap();
        assert_eq!(*key.open("a", &sealed).unwrap(), b"secret");
        assert!(key.open("b", &sealed).is_err() && other.open("a", &sealed).is_err());
        assert_ne!(sealed, key.seal("a", b"secret", &random).unwrap());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open("a", &changed).is_err());
        }
        assert!(key.open("a", &[]).is_err() && MasterKey::new(&[0; 31]).is_err());
        assert_eq!(format!("{key:?}"), "MasterKey");
    }
}
