//! What is typed to show the second factor: one-time passwords of a telephone ([`OneTime`]), and what replaces them once when it is lost.

use crate::keys::{OneTime, base32};
use time::OffsetDateTime;

/// The step that a code is of, if it is one of now and later than the last that was taken: a code counts once, however it is spaced.
pub fn step_of(secret: &OneTime, typed: &str, now: OffsetDateTime, taken: u32) -> Option<u32> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    secret.step_of(&digits, now.unix_timestamp(), taken)
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
    use zeroize::Zeroizing;

    #[test]
    fn a_code_counts_once_and_for_a_minute_around_now() {
        let secret = &OneTime::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()));
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

    #[test]
    fn recovery_codes_are_the_same_however_they_are_typed() {
        assert_eq!(recovery([0xff; 7]), "77777-77777");
        assert_eq!(plain(" ABcde-23x "), "abcde23x");
    }
}
