//! One-time passwords of the time (TOTP, RFC 6238), as the apps on phones show them: SHA-1, six digits, thirty seconds.

use super::{KeyError, random_bytes};
use ring::hmac;
use ring::rand::SecureRandom;
use std::fmt::Write as _;
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

    /// In base32, as it is typed into an app.
    pub fn base32(&self) -> Zeroizing<String> {
        base32(&self.0)
    }

    /// The address that an app reads as a QR code (the key URI format of authenticator apps): of this account with that issuer.
    pub fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (percent(issuer), percent(account));
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *self.base32()))
    }

    /// The step whose password this is, if it is one of now and of none before `after`: each counts once.
    pub fn step_of(&self, password: &str, unix_time: i64, after: u32) -> Option<u32> {
        let now = unix_time.div_euclid(STEP);
        let steps = now.saturating_sub(SLACK)..=now.saturating_add(SLACK);
        steps
            .filter_map(|step| u32::try_from(step).ok())
            .find(|step| *step > after && self.password(*step).as_deref().is_some_and(|right| right == password))
    }

    /// The password that an app shows at a time.
    pub fn shown_at(&self, unix_time: i64) -> Option<Zeroizing<String>> {
        self.password(u32::try_from(unix_time.div_euclid(STEP)).ok()?)
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

/// Base32 (RFC 4648 section 6) without padding.
pub fn base32(bytes: &[u8]) -> Zeroizing<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    for five in bytes.chunks(5) {
        let missing = 5_usize.saturating_sub(five.len());
        let number = five.iter().chain(std::iter::repeat_n(&0, missing));
        let number = number.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let letters = (0..8_u32).rev().map(|at| (number >> (5 * at)) & 31);
        let letters = letters.take(five.len().saturating_mul(8).div_ceil(5));
        text.extend(letters.filter_map(|letter| LETTERS.get(usize::try_from(letter).ok()?).map(|l| char::from(*l))));
    }
    text
}

/// As a part of an address (RFC 3986 section 2.1).
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10.
    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(*base32(bytes.as_bytes()), text);
        }
        let address = OneTime::from_bytes(Zeroizing::new(b"foobar".to_vec())).address("UBND xã", "lê");
        assert_eq!(*address, "otpauth://totp/UBND%20x%C3%A3:l%C3%AA?secret=MZXW6YTBOI&issuer=UBND%20x%C3%A3");
    }

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
