//! One-time passwords of the time (TOTP, RFC 6238), as the apps on phones show them: SHA-1, six digits, thirty seconds.

use super::{KeyError, random_bytes};
use ring::hmac;
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// Bytes of a secret (RFC 4226 section 4, R6).
const LENGTH: usize = 20;
/// Seconds that a password is shown for.
const STEP: i64 = 30;
/// How many steps the phone's clock, or the person who types, may be off (RFC 6238 section 5.2).
const SLACK: i64 = 1;
const DIGITS: usize = 6;

/// What the passwords of a key come from.
pub struct OneTime(Zeroizing<Vec<u8>>);

impl OneTime {
    /// A new one.
    pub fn new(random: &dyn SecureRandom) -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(random_bytes::<LENGTH>(random)?.to_vec())))
    }

    /// Of the bytes of one.
    pub const fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// In base32 (RFC 4648 section 6), as it is typed into an app.
    pub fn base32(&self) -> Zeroizing<String> {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = Zeroizing::new(String::with_capacity(2 * LENGTH));
        for five in self.0.chunks(5) {
            let number = five.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            let letters = (0..8_u32).rev().map(|at| (number >> (5 * at)) & 31);
            text.extend(
                letters.filter_map(|letter| LETTERS.get(usize::try_from(letter).ok()?).map(|l| char::from(*l))),
            );
        }
        text
    }

    /// The step whose password this is, if it is one of now and of none before `after`: each counts once.
    pub fn step_of(&self, password: &str, unix_time: i64, after: u32) -> Option<u32> {
        let now = unix_time.div_euclid(STEP);
        let steps = now.saturating_sub(SLACK)..=now.saturating_add(SLACK);
        steps
            .filter_map(|step| u32::try_from(step).ok())
            .find(|step| *step > after && self.password(*step).as_deref().is_some_and(|right| right == password))
    }

    /// The password of a step (RFC 4226 section 5.3).
    fn password(&self, step: u32) -> Option<Zeroizing<String>> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let code = hmac::sign(&key, &u64::from(step).to_be_bytes());
        let offset = usize::from(code.as_ref().last()? & 15);
        let four: [u8; 4] = code.as_ref().get(offset..)?.get(..4)?.try_into().ok()?;
        let number = u32::from_be_bytes(four) & 0x7FFF_FFFF;
        Some(Zeroizing::new(format!("{:0DIGITS$}", number % 1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_those_of_the_standard_and_count_once() {
        // RFC 6238 appendix B, whose passwords have eight digits
        let secret = OneTime::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()));
        for (time, password) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u32::try_from(time / STEP).unwrap();
            assert_eq!(secret.step_of(password, time, 0), Some(step));
            for near in [time - 30, time + 30] {
                assert_eq!(secret.step_of(password, near, 0), Some(step));
            }
            for far in [time - 90, time + 90] {
                assert_eq!(secret.step_of(password, far, 0), None);
            }
            assert_eq!(secret.step_of(password, time, step), None, "once");
            for wrong in ["", "000000", &format!("0{password}"), &format!("{password} ")] {
                assert_eq!(secret.step_of(wrong, time, 0), None);
            }
        }
        assert_eq!(secret.base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
