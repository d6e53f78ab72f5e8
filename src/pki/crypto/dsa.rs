//! DSA signatures (FIPS 186-4 section 4.7; RFC 3279 section 2.3.2): found in old chains, and verified so that
//! they can be judged.

use super::{CryptoError, Signed, bits};
use crate::cms::ber::{Reader, Tlv};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd};

/// FIPS 186-4 goes up to 3072.
const MAX_P_BITS: usize = 4096;
/// FIPS 186-4 goes up to 256.
const MAX_Q_BITS: usize = 512;

/// A DSA public key, magnitudes without leading zeros.
pub(super) struct Key<'a> {
    p: &'a [u8],
    q: &'a [u8],
    g: &'a [u8],
    y: &'a [u8],
}

impl<'a> Key<'a> {
    /// From `SEQUENCE { p, q, g }` and the INTEGER y.
    pub(super) fn read(parameters: Option<Tlv<'a>>, y: &'a [u8]) -> Result<Self, CryptoError> {
        let what = "the DSA public key";
        let missing = CryptoError::Malformed { what: "the DSA public key without its parameters" };
        let mut members = parameters.filter(Tlv::is_constructed).ok_or(missing)?.children()?;
        let mut next = || members.next(what)?.unsigned(what);
        let (p, q, g) = (next()?, next()?, next()?);
        members.finish(what)?;
        let y = Reader::new(y, &Limits::DEFAULT).next(what)?.unsigned(what)?;
        for (number, limit) in [(p, MAX_P_BITS), (q, MAX_Q_BITS), (g, MAX_P_BITS), (y, MAX_P_BITS)] {
            if bits(number) > limit {
                return Err(CryptoError::KeyTooLarge { bits: bits(number), limit });
            }
        }
        Ok(Self { p, q, g, y })
    }

    pub(super) fn bits(&self) -> usize {
        bits(self.p)
    }
}

/// Verifies a signature, a DER `SEQUENCE { r INTEGER, s INTEGER }`.
pub(super) fn verify(
    key: &Key<'_>,
    digest: DigestAlgorithm,
    signed: Signed<'_>,
    signature: &[u8],
) -> Result<(), CryptoError> {
    let what = "the DSA signature";
    let mut members = Reader::new(signature, &Limits::DEFAULT).sequence(what)?;
    let r = members.next(what)?.unsigned(what)?;
    let s = members.next(what)?.unsigned(what)?;
    members.finish(what)?;
    match holds(key, &signed.digest(digest), r, s) {
        Some(true) => Ok(()),
        _ => Err(CryptoError::Invalid),
    }
}

/// FIPS 186-4 section 4.7. None if a number is out of its range.
#[allow(clippy::many_single_char_names)] // the standard's names
fn holds(key: &Key<'_>, digest: &[u8], r: &[u8], s: &[u8]) -> Option<bool> {
    let p = Odd::new(BoxedUint::from_be_slice_vartime(key.p)).into_option()?;
    let q = Odd::new(BoxedUint::from_be_slice_vartime(key.q)).into_option()?;
    let (p_bits, q_bits) = (p.bits_precision(), q.bits_precision());
    let below = |number: &[u8], limit: &Odd<BoxedUint>, precision: u32| {
        let number = BoxedUint::from_be_slice(number, precision).ok()?;
        let zero = BoxedUint::zero_with_precision(precision);
        (number > zero && number < **limit).then_some(number)
    };
    let (r, s) = (below(r, &q, q_bits)?, below(s, &q, q_bits)?);
    let (g, y) = (below(key.g, &p, p_bits)?, below(key.y, &p, p_bits)?);
    let modulus: NonZero<BoxedUint> = q.as_nz_ref().clone();

    let inverse = s.invert_odd_mod(&q).into_option()?;
    let hash = leftmost(digest, bits(key.q), q_bits)?.rem_vartime(&modulus);
    let u1 = hash.mul_mod(&inverse, &modulus);
    let u2 = r.mul_mod(&inverse, &modulus);
    let field = BoxedMontyParams::new_vartime(p);
    let power = |base, exponent: &BoxedUint| BoxedMontyForm::new(base, &field).pow(exponent);
    let v = power(g, &u1).mul(&power(y, &u2)).retrieve().rem_vartime(&modulus);
    Some(v == r)
}

/// The leftmost bits of a digest, as many as q has.
fn leftmost(digest: &[u8], q_bits: usize, precision: u32) -> Option<BoxedUint> {
    let octets = digest.get(..q_bits.div_ceil(8).min(digest.len()))?;
    let number = BoxedUint::from_be_slice(octets, precision).ok()?;
    let excess = octets.len().checked_mul(8)?.saturating_sub(q_bits);
    number.shr_vartime(u32::try_from(excess).ok()?)
}
