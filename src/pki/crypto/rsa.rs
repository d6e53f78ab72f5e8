//! RSA signatures (RFC 8017): PKCS#1 v1.5 and PSS.

use super::{CryptoError, Signed, bits};
use crate::cms::ber::{Reader, tag};
use crate::cms::{AlgorithmIdentifier, encode, oid};
use crate::digest::{DigestAlgorithm, Hasher};
use crate::limits::Limits;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use ring::signature as ring_rsa;
use ring::signature::RsaPublicKeyComponents;

/// Larger moduli cost too much; no honest certificate has them.
const MAX_MODULUS_BITS: usize = 16_384;
/// The same of exponents; nearly all are 17 bits long.
const MAX_EXPONENT_BITS: usize = 64;

/// An RSA public key.
pub(super) struct Key<'a> {
    modulus: &'a [u8],
    exponent: &'a [u8],
    /// The parameters to which an id-RSASSA-PSS key is restricted (RFC 4055 section 3.3).
    restriction: Option<Pss>,
}

/// RSASSA-PSS-params (RFC 4055 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pss {
    pub(super) digest: DigestAlgorithm,
    mask_digest: DigestAlgorithm,
    salt_len: usize,
}

impl<'a> Key<'a> {
    /// RSAPublicKey (RFC 8017 appendix A.1.1).
    pub(super) fn read(der: &'a [u8], restriction: Option<Pss>) -> Result<Self, CryptoError> {
        let what = "the RSA public key";
        let mut members = Reader::new(der, &Limits::DEFAULT).sequence(what)?;
        let modulus = members.next(what)?.unsigned(what)?;
        let exponent = members.next(what)?.unsigned(what)?;
        members.finish(what)?;
        let odd = |n: &[u8]| n.last().is_some_and(|b| b & 1 == 1);
        if !odd(modulus) || !odd(exponent) || bits(exponent) < 2 || bits(modulus) < 512 {
            return Err(CryptoError::Malformed { what });
        }
        if bits(modulus) > MAX_MODULUS_BITS {
            return Err(CryptoError::KeyTooLarge { bits: bits(modulus), limit: MAX_MODULUS_BITS });
        }
        if bits(exponent) > MAX_EXPONENT_BITS {
            return Err(CryptoError::KeyTooLarge { bits: bits(exponent), limit: MAX_EXPONENT_BITS });
        }
        Ok(Self { modulus, exponent, restriction })
    }

    pub(super) fn bits(&self) -> usize {
        bits(self.modulus)
    }

    /// Whether ring takes the key: modulus of 1024 to 8192 bits (with some digests 2048), exponent of up to 33.
    fn suits_ring(&self, least: usize) -> bool {
        (least..=8192).contains(&self.bits()) && bits(self.exponent) <= 33
    }

    fn ring_verify(
        &self,
        algorithm: &'static ring_rsa::RsaParameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let key = RsaPublicKeyComponents { n: self.modulus, e: self.exponent };
        key.verify(algorithm, message, signature).map_err(|_| CryptoError::Invalid)
    }

    /// RSAVP1 with I2OSP (RFC 8017 sections 5.2.2 and 4.1): the encoded message, as long as the modulus.
    fn open(&self, signature: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if signature.len() != self.modulus.len() || signature >= self.modulus {
            return Err(CryptoError::Invalid);
        }
        let modulus = Odd::new(BoxedUint::from_be_slice_vartime(self.modulus)).into_option();
        let params = BoxedMontyParams::new_vartime(modulus.ok_or(CryptoError::Invalid)?);
        let value = BoxedUint::from_be_slice(signature, params.bits_precision()).map_err(|_| CryptoError::Invalid)?;
        let exponent = BoxedUint::from_be_slice_vartime(self.exponent);
        let opened = BoxedMontyForm::new(value, &params).pow(&exponent).retrieve().to_be_bytes();
        let start = opened.len().saturating_sub(self.modulus.len());
        Ok(opened.get(start..).unwrap_or_default().to_vec())
    }
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2).
pub(super) fn verify_pkcs1(
    key: &Key<'_>,
    digest: DigestAlgorithm,
    signed: Signed<'_>,
    signature: &[u8],
) -> Result<(), CryptoError> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    if key.restriction.is_some() {
        return Err(CryptoError::WrongKind);
    }
    if let Signed::Message(message) = signed {
        let algorithm = match digest {
            Sha1 => Some((&ring_rsa::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, 1024)),
            Sha256 => Some((&ring_rsa::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, 1024)),
            Sha384 => Some((&ring_rsa::RSA_PKCS1_2048_8192_SHA384, 2048)),
            Sha512 => Some((&ring_rsa::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, 1024)),
            _ => None,
        };
        if let Some((algorithm, least)) = algorithm
            && key.suits_ring(least)
        {
            return key.ring_verify(algorithm, message, signature);
        }
    }
    let opened = key.open(signature)?;
    let expected = emsa_pkcs1(&digest_info(digest, &signed.digest(digest)), opened.len());
    if expected.is_some_and(|e| e == opened) { Ok(()) } else { Err(CryptoError::Invalid) }
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): `00 01 FF .. FF 00 DigestInfo`, at least eight FF.
fn emsa_pkcs1(digest_info: &[u8], len: usize) -> Option<Vec<u8>> {
    let padding = len.checked_sub(digest_info.len())?.checked_sub(3).filter(|p| *p >= 8)?;
    let mut encoded = vec![0, 1];
    encoded.resize(padding.saturating_add(2), 0xFF);
    encoded.push(0);
    encoded.extend_from_slice(digest_info);
    Some(encoded)
}

fn digest_info(algorithm: DigestAlgorithm, digest: &[u8]) -> Vec<u8> {
    let identifier = encode::sequence(&[&encode::tlv(tag::OID, &[algorithm.oid().as_bytes()]), &encode::NULL]);
    encode::sequence(&[&identifier, &encode::octet_string(digest)])
}

/// The digest algorithm that a PKCS#1 signature value names.
pub(super) fn digest_inside(key: &Key<'_>, signature: &[u8]) -> Option<DigestAlgorithm> {
    let opened = key.open(signature).ok()?;
    DigestAlgorithm::ALL.into_iter().find(|algorithm| {
        let (_, digest) = opened.split_at(opened.len().saturating_sub(algorithm.size()));
        emsa_pkcs1(&digest_info(*algorithm, digest), opened.len()).is_some_and(|e| e == opened)
    })
}

impl Pss {
    /// Reads the parameters; those left out have the defaults of RFC 4055 section 3.1.
    pub(super) fn read(parameters: &[u8]) -> Result<Self, CryptoError> {
        let what = "the RSASSA-PSS parameters";
        let mut members = Reader::new(parameters, &Limits::DEFAULT).sequence(what)?;
        let mut pss = Self { digest: DigestAlgorithm::Sha1, mask_digest: DigestAlgorithm::Sha1, salt_len: 20 };
        if let Some(hash) = members.optional(tag::context(0), what)? {
            pss.digest = known(&AlgorithmIdentifier::read(&mut hash.children()?, what)?)?;
        }
        if let Some(mask) = members.optional(tag::context(1), what)? {
            let mask = AlgorithmIdentifier::read(&mut mask.children()?, what)?;
            if mask.oid != oid::MGF1 {
                return Err(CryptoError::Unsupported { what: format!("the mask generation {}", mask.oid) });
            }
            let mut hash = Reader::new(mask.parameters.as_deref().unwrap_or_default(), &Limits::DEFAULT);
            pss.mask_digest = known(&AlgorithmIdentifier::read(&mut hash, what)?)?;
        }
        if let Some(salt) = members.optional(tag::context(2), what)? {
            let salt = salt.children()?.next(what)?.small_integer(what)?;
            pss.salt_len = usize::try_from(salt).map_err(|_| CryptoError::Malformed { what })?;
        }
        if let Some(trailer) = members.optional(tag::context(3), what)?
            && trailer.children()?.next(what)?.small_integer(what)? != 1
        {
            return Err(CryptoError::Malformed { what });
        }
        members.finish(what)?;
        Ok(pss)
    }

    /// The digest algorithm, if the mask has the same and the salt is as long as its value.
    pub(super) fn usual(&self) -> Option<DigestAlgorithm> {
        (self.mask_digest == self.digest && self.salt_len == self.digest.size()).then_some(self.digest)
    }
}

fn known(digest: &AlgorithmIdentifier) -> Result<DigestAlgorithm, CryptoError> {
    digest.digest().ok_or_else(|| CryptoError::Unsupported { what: format!("the digest {}", digest.oid) })
}

/// RSASSA-PSS (RFC 8017 section 8.1.2).
pub(super) fn verify_pss(key: &Key<'_>, pss: &Pss, signed: Signed<'_>, signature: &[u8]) -> Result<(), CryptoError> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    if key
        .restriction
        .is_some_and(|r| r.digest != pss.digest || r.mask_digest != pss.mask_digest || pss.salt_len < r.salt_len)
    {
        return Err(CryptoError::WrongKind);
    }
    if let Signed::Message(message) = signed
        && pss.mask_digest == pss.digest
        && pss.salt_len == pss.digest.size()
        && key.suits_ring(2048)
    {
        let algorithm = match pss.digest {
            Sha256 => Some(&ring_rsa::RSA_PSS_2048_8192_SHA256),
            Sha384 => Some(&ring_rsa::RSA_PSS_2048_8192_SHA384),
            Sha512 => Some(&ring_rsa::RSA_PSS_2048_8192_SHA512),
            _ => None,
        };
        if let Some(algorithm) = algorithm {
            return key.ring_verify(algorithm, message, signature);
        }
    }
    let opened = key.open(signature)?;
    if emsa_pss_verify(&opened, key.bits().saturating_sub(1), pss, &signed.digest(pss.digest)).is_some() {
        Ok(())
    } else {
        Err(CryptoError::Invalid)
    }
}

/// EMSA-PSS-VERIFY (RFC 8017 section 9.1.2); its step numbers in the comments. None: inconsistent.
fn emsa_pss_verify(opened: &[u8], em_bits: usize, pss: &Pss, digest: &[u8]) -> Option<()> {
    let em_len = em_bits.div_ceil(8);
    // if the modulus has 8n + 1 bits, the encoded message is one octet shorter
    let (leading, encoded) = opened.split_at_checked(opened.len().checked_sub(em_len)?)?;
    let hash_len = pss.digest.size();
    // 3, 4
    let (&trailer, encoded) = encoded.split_last()?;
    if leading.iter().any(|b| *b != 0) || trailer != 0xBC {
        return None;
    }
    // 5
    let (masked, hash) = encoded.split_at_checked(encoded.len().checked_sub(hash_len)?)?;
    // 6: the bits beyond em_bits are zero
    let unused = u32::try_from(em_len.checked_mul(8)?.checked_sub(em_bits)?).ok()?;
    let used = 0xFF_u8.checked_shr(unused)?;
    if masked.first()? & !used != 0 {
        return None;
    }
    // 7, 8, 9
    let mask = mgf1(pss.mask_digest, hash, masked.len());
    let mut block: Vec<u8> = masked.iter().zip(mask).map(|(a, b)| a ^ b).collect();
    if let Some(first) = block.first_mut() {
        *first &= used;
    }
    // 10
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(pss.salt_len)?)?;
    let (&one, zeros) = padding.split_last()?;
    if one != 1 || zeros.iter().any(|b| *b != 0) {
        return None;
    }
    // 12, 13, 14
    let mut hasher = Hasher::new(pss.digest);
    hasher.update(&[0; 8]);
    hasher.update(digest);
    hasher.update(salt);
    (hasher.finish() == hash).then_some(())
}

/// MGF1 (RFC 8017 appendix B.2.1).
fn mgf1(digest: DigestAlgorithm, seed: &[u8], len: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(len);
    let mut counter = 0_u32;
    while mask.len() < len {
        let mut hasher = Hasher::new(digest);
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        mask.extend(hasher.finish());
        counter = counter.saturating_add(1);
    }
    mask.truncate(len);
    mask
}
