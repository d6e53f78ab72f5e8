//! The master key among custodians: Shamir's secret sharing (1979), byte by byte over GF(2^8) with the polynomial of AES (FIPS 197 section 4.2).
//! As many shares as are needed give the key, fewer say nothing about it.
//!
//! A share is printable text, `dauson-share-1` and 47 bytes in hexadecimal: split (8), shares needed (1), shares made (1), number (1),
//! values (32), and the first four bytes of the SHA-256 of all that.

use super::{KeyError, MASTER_KEY_LEN, random_bytes};
use crate::digest::sha256;
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// Shares that a key is split into at most.
pub const MOST_SHARES: u8 = 32;

const MARK: &str = "dauson-share-1";
const SPLIT_LEN: usize = 8;
const SUM_LEN: usize = 4;
/// Digits of a share that stand together.
const GROUP: usize = 4;

type Values = Zeroizing<[u8; MASTER_KEY_LEN]>;

/// What is wrong with shares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// It is something else.
    #[error("it is not a share, which begins with {MARK}")]
    Other,
    /// It was mistyped or cut.
    #[error("its checksum does not fit: a digit is wrong or missing")]
    Damaged,
    /// There are not enough of them.
    #[error("{given} of the {need} shares that are needed were given")]
    TooFew {
        /// Those that were given.
        given: usize,
        /// Those that are needed.
        need: u8,
    },
    /// The same share came again.
    #[error("share {number} was given twice")]
    Twice {
        /// Its number.
        number: u8,
    },
    /// They do not belong together.
    #[error("share {number} is of another split of a master key")]
    Foreign {
        /// Its number.
        number: u8,
    },
}

/// What one custodian has.
#[derive(Clone)]
pub struct Share {
    /// What tells one split from others.
    pub split: [u8; SPLIT_LEN],
    /// How many are needed.
    pub need: u8,
    /// How many were made.
    pub of: u8,
    /// Its number, from 1 on.
    pub number: u8,
    values: Values,
}

/// Never shows the values.
impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "share {} of {}", self.number, self.of)
    }
}

/// Splits a key into `of` shares, any `need` of which give it again; both from 2 to [`MOST_SHARES`].
pub fn split(key: &[u8; MASTER_KEY_LEN], need: u8, of: u8, random: &dyn SecureRandom) -> Result<Vec<Share>, KeyError> {
    let split = random_bytes::<SPLIT_LEN>(random)?;
    // the polynomial of each byte: its value at 0 is the key's
    let mut coefficients = vec![Zeroizing::new(*key)];
    for _ in 1..need {
        coefficients.push(Zeroizing::new(random_bytes::<MASTER_KEY_LEN>(random)?));
    }
    let share = |number| {
        let mut values = Zeroizing::new([0; MASTER_KEY_LEN]);
        for coefficient in coefficients.iter().rev() {
            for (value, coefficient) in values.iter_mut().zip(coefficient.iter()) {
                *value = times(*value, number) ^ coefficient;
            }
        }
        Share { split, need, of, number, values }
    };
    Ok((1..=of).map(share).collect())
}

/// The key that these shares are of.
pub fn join(shares: &[Share]) -> Result<Values, ShareError> {
    let Some(first) = shares.first() else { return Err(ShareError::TooFew { given: 0, need: 2 }) };
    for (index, share) in shares.iter().enumerate() {
        if (share.split, share.need, share.of) != (first.split, first.need, first.of) {
            return Err(ShareError::Foreign { number: share.number });
        }
        if shares.iter().take(index).any(|before| before.number == share.number) {
            return Err(ShareError::Twice { number: share.number });
        }
    }
    if shares.len() < usize::from(first.need) {
        return Err(ShareError::TooFew { given: shares.len(), need: first.need });
    }
    // Lagrange's interpolation at 0, where subtracting is adding
    let mut key = Zeroizing::new([0; MASTER_KEY_LEN]);
    for share in shares.iter().take(first.need.into()) {
        let others = shares.iter().take(first.need.into()).filter(|other| other.number != share.number);
        let weight =
            others.fold(1, |weight, other| times(weight, times(other.number, inverse(other.number ^ share.number))));
        for (byte, value) in key.iter_mut().zip(share.values.iter()) {
            *byte ^= times(*value, weight);
        }
    }
    Ok(key)
}

/// The product in the field; takes the same time whatever is multiplied.
fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & ((b >> bit) & 1).wrapping_neg();
        a = (a << 1) ^ (0x1b & (a >> 7).wrapping_neg());
    }
    product
}

/// What gives 1 with it: the power of 254.
fn inverse(a: u8) -> u8 {
    // 254 = 2 + 4 + ... + 128
    let (mut power, mut product) = (a, 1);
    for _ in 0..7 {
        power = times(power, power);
        product = times(product, power);
    }
    product
}

impl Share {
    fn head(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SPLIT_LEN + 3 + MASTER_KEY_LEN + SUM_LEN));
        bytes.extend(self.split);
        bytes.extend([self.need, self.of, self.number]);
        bytes.extend(self.values.iter());
        bytes
    }

    /// As it is written down.
    pub fn text(&self) -> Zeroizing<String> {
        let mut bytes = self.head();
        let sum = checksum(&bytes);
        bytes.extend(sum);
        let digits = Zeroizing::new(hex::encode(&*bytes));
        let mut text = Zeroizing::new(String::with_capacity(MARK.len() + 2 * digits.len()));
        text.push_str(MARK);
        for (index, digit) in digits.chars().enumerate() {
            if index % GROUP == 0 {
                text.push(if index == 0 { ' ' } else { '-' });
            }
            text.push(digit);
        }
        text
    }

    /// Reads a share; lines that begin with `#` are left out, and how its digits are parted does not matter.
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let mut whole = Zeroizing::new(String::with_capacity(text.len()));
        lines.for_each(|line| whole.push_str(line));
        let rest = whole.strip_prefix(MARK).ok_or(ShareError::Other)?;
        let mut digits = Zeroizing::new(String::with_capacity(rest.len()));
        digits.extend(rest.chars().filter(|c| !c.is_whitespace() && *c != '-'));
        let bytes = Zeroizing::new(hex::decode(&*digits).map_err(|_| ShareError::Damaged)?);
        let read = || {
            let (head, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_LEN)?)?;
            let (split, rest) = head.split_at_checked(SPLIT_LEN)?;
            let ([need, of, number], values) = rest.split_first_chunk()?;
            let mut share = Self {
                split: split.try_into().ok()?,
                need: *need,
                of: *of,
                number: *number,
                values: Values::default(),
            };
            if values.len() != MASTER_KEY_LEN || sum != checksum(head) {
                return None;
            }
            share.values.copy_from_slice(values);
            let numbers = 2 <= share.need && share.need <= share.of && (1..=share.of).contains(&share.number);
            numbers.then_some(share)
        };
        read().ok_or(ShareError::Damaged)
    }
}

fn checksum(bytes: &[u8]) -> [u8; SUM_LEN] {
    let sum = sha256(&[MARK.as_bytes(), bytes].concat());
    let mut first = [0; SUM_LEN];
    first.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;

    #[test]
    fn the_field_is_that_of_aes() {
        // FIPS 197 sections 4.2 and 4.2.1
        assert_eq!((times(0x57, 0x83), times(0x57, 0x13), times(0x57, 0x02)), (0xc1, 0xfe, 0xae));
        assert!((1..=255).all(|a| times(a, inverse(a)) == 1));
    }

    #[test]
    fn as_many_as_are_needed_give_the_key_and_fewer_do_not() {
        let key = std::array::from_fn(|i| u8::try_from(i * 7).unwrap());
        let shares = split(&key, 3, 5, &SystemRandom::new()).unwrap();
        for a in 0..5 {
            for b in 0..5 {
                for c in 0..5 {
                    let given = [&shares[a], &shares[b], &shares[c]].map(Clone::clone);
                    match join(&given) {
                        Ok(joined) => assert!(*joined == key && a != b && b != c && a != c),
                        Err(error) => {
                            assert!(matches!(error, ShareError::Twice { .. }) && (a == b || b == c || a == c));
                        }
                    }
                }
            }
        }
        assert_eq!(*join(&shares).unwrap(), key);
        assert_eq!(join(&shares[..2]).unwrap_err(), ShareError::TooFew { given: 2, need: 3 });
        let other = split(&key, 3, 5, &SystemRandom::new()).unwrap();
        let mixed = [shares[0].clone(), shares[1].clone(), other[2].clone()];
        assert_eq!(join(&mixed).unwrap_err(), ShareError::Foreign { number: 3 });
        assert!(shares.iter().all(|share| *share.values != key));
        assert_eq!(format!("{:?}", shares[0]), "share 1 of 5");
    }

    #[test]
    fn what_is_mistyped_is_known() {
        let share = split(&[9; 32], 2, 3, &SystemRandom::new()).unwrap().swap_remove(1);
        let text = share.text();
        let read = Share::parse(&text).unwrap();
        assert_eq!((read.split, read.need, read.of, read.number), (share.split, 2, 3, 2));
        assert_eq!(*read.values, *share.values);
        // as it may be typed
        let typed = format!(
            "# of the chairman\n{}\n\n",
            text.replace('-', " ").replacen("dauson share 1", MARK, 1).to_uppercase().replacen(
                "DAUSON-SHARE-1",
                MARK,
                1
            )
        );
        assert_eq!(*Share::parse(&typed).unwrap().values, *share.values);
        for (index, digit) in text.char_indices().skip(MARK.len() + 1).filter(|(_, c)| *c != '-') {
            let wrong = if digit == '0' { "1" } else { "0" };
            let mut changed = text.to_string();
            changed.replace_range(index..=index, wrong);
            assert_eq!(Share::parse(&changed).unwrap_err(), ShareError::Damaged);
        }
        assert_eq!(Share::parse(&text[..text.len() - 2]).unwrap_err(), ShareError::Damaged);
        assert_eq!(Share::parse(MARK).unwrap_err(), ShareError::Damaged);
        assert_eq!(Share::parse("ABCD").unwrap_err(), ShareError::Other);
    }
}
