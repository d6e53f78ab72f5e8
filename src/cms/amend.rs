//! Adds unsigned attributes to a SignedData that is already signed, by anyone.

use super::ber::{Reader, tag};
use super::{Attribute, CmsError, Oid, encode, oid};
use crate::limits::Limits;

/// The same SignedData with unsigned attributes added to its only signer. Everything that was there stays byte
/// for byte, but for the lengths around it, which become definite. Bytes behind the SignedData are dropped.
pub fn add_unsigned_attributes(cms: &[u8], more: &[Attribute], limits: &Limits) -> Result<Vec<u8>, CmsError> {
    let what = "the SignedData";
    let mut info = Reader::new(cms, limits).sequence(what)?;
    let content_type = Oid::read(&mut info, what)?;
    if content_type != oid::SIGNED_DATA {
        return Err(CmsError::NotSignedData { found: content_type });
    }
    let mut members = info.expect(tag::context(0), what)?.children()?.sequence(what)?;
    let mut before = Vec::new();
    let signers = loop {
        let member = members.next(what)?;
        if members.is_empty() {
            break member;
        }
        before.push(member.raw);
    };
    let mut set = signers.children()?;
    let signer = amend_signer(&mut set, more)?;
    if !set.is_empty() {
        let mut found = 1_usize;
        while !set.is_empty() {
            set.next("the SignerInfo")?;
            found = found.saturating_add(1);
        }
        return Err(CmsError::SignerCount { found });
    }
    let signers = encode::tlv(tag::SET, &[&signer]);
    before.push(&signers);
    let signed_data = encode::sequence(&before);
    Ok(encode::sequence(&[&encode::oid(&oid::SIGNED_DATA), &encode::tlv(tag::context(0), &[&signed_data])]))
}

fn amend_signer(set: &mut Reader<'_>, more: &[Attribute]) -> Result<Vec<u8>, CmsError> {
    let what = "the SignerInfo";
    let mut members = set.sequence(what)?;
    let mut kept = Vec::new();
    let mut unsigned: Vec<Vec<u8>> = more.iter().map(Attribute::encode).collect();
    let mut signature_seen = false;
    while !members.is_empty() {
        let member = members.next(what)?;
        // [1] before the signature value can't be: signedAttrs is [0]
        if signature_seen && member.tag == tag::context(1) {
            let mut attributes = member.children()?;
            while !attributes.is_empty() {
                unsigned.push(attributes.next(what)?.raw.to_vec());
            }
        } else {
            signature_seen |= member.tag & !tag::CONSTRUCTED == tag::OCTET_STRING;
            kept.push(member.raw);
        }
    }
    if !signature_seen {
        return Err(CmsError::Malformed { what });
    }
    let unsigned = encode::set_of(tag::context(1), unsigned);
    kept.push(&unsigned);
    Ok(encode::sequence(&kept))
}
