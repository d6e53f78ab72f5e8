//! Puts a private key from one encoding into another.

use crate::cms::ber::{Reader, tag};
use crate::cms::{CmsError, Oid, encode, oid};
use crate::limits::Limits;
use zeroize::Zeroizing;

/// pkcs8ShroudedKeyBag (RFC 7292 section 4.2.2).
const SHROUDED_KEY_BAG: Oid = Oid::known(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x02]);

/// RSAPrivateKey (PKCS#1) as PKCS#8.
pub(super) fn pkcs1(key: &[u8]) -> Zeroizing<Vec<u8>> {
    pkcs8(&encode::sequence(&[&encode::oid(&oid::RSA_ENCRYPTION), &encode::NULL]), key)
}

/// The modulus of an RSAPrivateKey, without leading zeros.
pub(super) fn rsa_modulus(key: &[u8]) -> Result<&[u8], CmsError> {
    let what = "the RSA private key";
    let mut members = Reader::new(key, &Limits::DEFAULT).sequence(what)?;
    members.next(what)?;
    members.next(what)?.unsigned(what)
}

/// ECPrivateKey (SEC1, RFC 5915) as PKCS#8. The curve must be named in it.
pub(super) fn sec1(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, CmsError> {
    let what = "the EC private key";
    let mut members = Reader::new(key, &Limits::DEFAULT).sequence(what)?;
    members.expect(tag::INTEGER, what)?;
    members.octet_string(what)?;
    let curve = members.expect(tag::context(0), what)?;
    Ok(pkcs8(&encode::sequence(&[&encode::oid(&oid::EC_PUBLIC_KEY), curve.contents]), key))
}

/// A PKCS#8 key in version 1 (RFC 5208): without attributes and public key.
pub(super) fn without_public_key(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, CmsError> {
    let what = "the private key";
    let mut members = Reader::new(key, &Limits::DEFAULT).sequence(what)?;
    members.expect(tag::INTEGER, what)?;
    let algorithm = members.expect(tag::SEQUENCE, what)?;
    let key = members.expect(tag::OCTET_STRING, what)?;
    Ok(pkcs8(algorithm.raw, key.contents))
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(encode::octet_string(key));
    Zeroizing::new(encode::sequence(&[&encode::integer(0), algorithm, &key]))
}

/// An EncryptedPrivateKeyInfo as a PKCS#12 file that holds nothing else, and has no MAC.
pub(super) fn shrouded_key(encrypted: &[u8]) -> Vec<u8> {
    let data = |contents: &[u8]| {
        let explicit = encode::tlv(tag::context(0), &[&encode::octet_string(contents)]);
        encode::sequence(&[&encode::oid(&oid::DATA), &explicit])
    };
    let value = encode::tlv(tag::context(0), &[encrypted]);
    let bag = encode::sequence(&[&encode::oid(&SHROUDED_KEY_BAG), &value]);
    let authenticated_safe = encode::sequence(&[&data(&encode::sequence(&[&bag]))]);
    encode::sequence(&[&encode::integer(3), &data(&authenticated_safe)])
}
