//! A secret under its owner's PIN: sealed with a key that Argon2id (RFC 9106) makes of the PIN. What one try costs is written into the
//! envelope, so that it can rise later.

use super::{KeyError, MasterKey, random_bytes};
use argon2::{Algorithm, Argon2, Params, Version};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// What an envelope begins with; PKCS#8 begins with 30, the place of a token with a letter.
const MARK: u8 = 1;
const SALT_LEN: usize = 16;
/// Mark, memory, passes, salt.
const HEAD_LEN: usize = 1 + 4 + 4 + SALT_LEN;

/// Memory (KiB) and passes of one try: the second choice of RFC 9106 section 4 with one lane, 64 MiB and three passes. Programs that are
/// built without optimisation, as those of tests are, write cheap envelopes; no setting does.
const COST: (u32, u32) = if cfg!(debug_assertions) { (256, 1) } else { FULL_COST };
const FULL_COST: (u32, u32) = (64 << 10, 3);
/// Memory and passes that are taken from an envelope at most: 1 GiB.
const MOST: (u32, u32) = (1 << 20, 64);

/// A secret under a PIN.
#[derive(Debug, Clone)]
pub struct Envelope(Vec<u8>);

impl Envelope {
    /// Puts a secret under a PIN. It opens only under the same name.
    pub fn close(name: &str, secret: &[u8], pin: &str, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        Self::close_at(COST, name, secret, pin, random)
    }

    fn close_at(
        (memory, passes): (u32, u32),
        name: &str,
        secret: &[u8],
        pin: &str,
        random: &dyn SecureRandom,
    ) -> Result<Self, KeyError> {
        let mut bytes = vec![MARK];
        bytes.extend(memory.to_be_bytes());
        bytes.extend(passes.to_be_bytes());
        bytes.extend(random_bytes::<SALT_LEN>(random)?);
        let key = key(&bytes, pin)?;
        bytes.extend(key.seal(name, secret, random)?);
        Ok(Self(bytes))
    }

    /// The envelope that these bytes are; none if they are a secret without one.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        (bytes.first() == Some(&MARK)).then(|| Self(bytes.to_vec()))
    }

    /// As it is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret; [`KeyError::PinRefused`] by another PIN. Takes a moment, on purpose, on the thread that it is called on.
    pub fn open(&self, name: &str, pin: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (head, sealed) = self.0.split_at_checked(HEAD_LEN).ok_or_else(unreadable)?;
        key(head, pin)?.open(name, sealed).map_err(|_| KeyError::PinRefused)
    }
}

fn unreadable() -> KeyError {
    KeyError::Unreadable { what: "the envelope of its PIN" }
}

/// The key that the PIN gives by the head of an envelope.
fn key(head: &[u8], pin: &str) -> Result<MasterKey, KeyError> {
    let number =
        |at: usize| -> Option<u32> { Some(u32::from_be_bytes(head.get(at..at.checked_add(4)?)?.try_into().ok()?)) };
    let (memory, passes) = number(1).zip(number(5)).ok_or_else(unreadable)?;
    if memory > MOST.0 || passes > MOST.1 {
        return Err(unreadable());
    }
    let salt = head.get(HEAD_LEN.saturating_sub(SALT_LEN)..).ok_or_else(unreadable)?;
    let params = Params::new(memory, passes, 1, None).map_err(|_| unreadable())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, &mut *key)
        .map_err(|_| unreadable())?;
    MasterKey::new(&*key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;

    #[test]
    fn an_envelope_opens_by_its_pin_and_under_its_name_only() {
        let random = SystemRandom::new();
        let envelope = Envelope::close("a", b"secret", "482915", &random).unwrap();
        assert_eq!(*envelope.open("a", "482915").unwrap(), b"secret");
        assert_eq!(envelope.open("a", "482916").unwrap_err(), KeyError::PinRefused);
        assert_eq!(envelope.open("b", "482915").unwrap_err(), KeyError::PinRefused);
        assert!(!envelope.bytes().windows(6).any(|bytes| bytes == b"secret"));
        let again = Envelope::close("a", b"secret", "482915", &random).unwrap();
        assert_ne!(envelope.bytes(), again.bytes());
        // bits of memory and passes that cost too much to be tried are left out
        for at in (HEAD_LEN - SALT_LEN)..envelope.bytes().len() {
            let mut changed = envelope.bytes().to_vec();
            changed[at] ^= 1;
            assert!(Envelope::of(&changed).unwrap().open("a", "482915").is_err(), "{at}");
        }
        let dear = [&[MARK][..], &u32::MAX.to_be_bytes(), &[0; 40]].concat();
        assert!(Envelope::of(&dear).unwrap().open("a", "482915").is_err());
        assert!(Envelope::of(&[MARK]).unwrap().open("a", "").is_err());
        assert!(
            Envelope::of(&[0x30, 3]).is_none() && Envelope::of(b"pkcs11:").is_none() && Envelope::of(&[]).is_none()
        );
    }

    /// What an optimised program has written opens in any other, and costs what it should.
    #[test]
    fn an_envelope_says_what_a_try_costs() {
        let random = SystemRandom::new();
        let envelope = Envelope::close_at(FULL_COST, "a", b"secret", "482915", &random).unwrap();
        assert_eq!(envelope.bytes()[1..9], [0, 1, 0, 0, 0, 0, 0, 3]);
        let start = std::time::Instant::now();
        assert_eq!(*envelope.open("a", "482915").unwrap(), b"secret");
        eprintln!("one try: {:?}", start.elapsed());
    }

    /// A test of the reference implementation (phc-winner-argon2, test.c): Argon2id, 2 passes, 256 KiB.
    #[test]
    fn the_key_is_that_of_argon2id() {
        let params = Params::new(256, 2, 1, None).unwrap();
        let mut out = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(b"password", b"somesalt", &mut out)
            .unwrap();
        assert_eq!(hex::encode(out), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
    }
}
