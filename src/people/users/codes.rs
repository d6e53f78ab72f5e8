//! Codes that a telephone shows: time-based one-time passwords (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), and what replaces them
//! once when the telephone is lost.

use ring::hmac;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// Bytes of the secret (RFC 4226 section 4 asks for 20).
pub const SECRET_LEN: usize = 20;
/// Seconds of one step.
const STEP: u64 = 30;
/// Steps that a clock may be ahead or behind.
const SKEW: u64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a step (RFC 4226 section 5.3).
fn code(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let bytes = tag.get(at..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
}

/// The step that a code is of, if it is one of now and later than the last that was taken: a code counts once.
pub fn step_of(secret: &[u8], typed: &str, now: OffsetDateTime, taken: u64) -> Option<u64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let step = u64::try_from(now.unix_timestamp()).ok()? / STEP;
    // all of them are looked at: how long that takes says nothing
    let first = step.saturating_sub(SKEW);
    let mut found = (first..=step.saturating_add(SKEW)).filter(|step| code(secret, *step) == typed);
    found.rfind(|step| *step > taken)
}

/// Base 32 (RFC 4648) without padding.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut group = [0_u8; 8];
        for (place, byte) in group.iter_mut().skip(3).zip(chunk) {
            *place = *byte;
        }
        let group = u64::from_be_bytes(group);
        let letters = chunk.len().saturating_mul(8).div_ceil(5);
        for letter in 0..letters {
            let shift = 35_usize.saturating_sub(letter.saturating_mul(5));
            let index = usize::try_from((group >> shift) & 31).unwrap_or_default();
            text.push(char::from(ALPHABET.get(index).copied().unwrap_or_default()));
        }
    }
    text
}

/// The address that a telephone reads as a QR code (the key URI format of authenticator programs).
pub fn address(secret: &[u8], login: &str, issuer: &str) -> String {
    let encoded = |text: &str| {
        text.bytes().fold(String::new(), |mut all, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                all.push(char::from(byte));
            } else {
                let _ = write!(all, "%{byte:02X}");
            }
            all
        })
    };
    let (issuer, login) = (encoded(issuer), encoded(login));
    format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", base32(secret))
}

/// A code for when the telephone is lost, of 50 random bits, as it is written down: `abcde-fghij`.
pub fn recovery(random: [u8; 7]) -> String {
    let text = base32(&random).to_lowercase();
    format!("{}-{}", text.get(..5).unwrap_or_default(), text.get(5..10).unwrap_or_default())
}

/// The same however it was typed.
pub fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B (eight digits there, of which six are the last).
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (time, eight) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(secret, time / STEP), eight % 1_000_000, "{time}");
        }
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_around_now() {
        let secret = b"12345678901234567890";
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        assert_eq!(step_of(secret, "287082", at(59), 0), Some(1));
        assert_eq!(step_of(secret, " 287 082 ", at(59), 0), Some(1));
        assert_eq!(step_of(secret, "287082", at(59), 1), None);
        assert_eq!(step_of(secret, "287082", at(89), 0), Some(1));
        assert_eq!(step_of(secret, "287082", at(90), 0), None);
        for wrong in ["287083", "", "28708", "2870820", "28708a"] {
            assert_eq!(step_of(secret, wrong, at(59), 0), None, "{wrong}");
        }
    }

    /// RFC 4648 section 10.
    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(recovery([0xff; 7]), "77777-77777");
        assert_eq!(plain(" ABcde-23x "), "abcde23x");
        let address = address(b"foobar", "lê", "UBND xã");
        assert_eq!(address, "otpauth://totp/UBND%20x%C3%A3:l%C3%AA?secret=MZXW6YTBOI&issuer=UBND%20x%C3%A3");
    }
}
