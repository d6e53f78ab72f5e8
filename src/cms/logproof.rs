//! The audit log's proof that a signature was logged, as it travels in the signature itself: the unsigned
//! attribute id-dauson-logProof, `SEQUENCE { entry OCTET STRING, proof UTF8String }`.

use super::ber::{Reader, Tlv, tag};
use super::{Attribute, CmsError, encode, oid};
use crate::limits::Limits;

/// Where the attribute is looked for.
const WHERE: &str = "the unsigned attributes of a CMS with a log proof";
/// Levels between ContentInfo and the unsigned attributes: `[0]`, SignedData, SignerInfos, SignerInfo.
const DEPTH: usize = 5;

/// What the attribute carries. Whether the proof proves anything is for who holds the log's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// The log entry's bytes.
    pub entry: Vec<u8>,
    /// A C2SP tlog-proof text.
    pub proof: String,
}

impl LogProof {
    /// Reads the attribute's value.
    pub fn parse(value: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the id-dauson-logProof attribute";
        let mut outer = Reader::new(value, limits);
        let mut members = outer.sequence(what)?;
        let entry = members.octet_string(what)?.into_owned();
        let proof = members.expect(tag::UTF8_STRING, what)?;
        let proof = std::str::from_utf8(proof.contents).map_err(|_| CmsError::Malformed { what })?.to_owned();
        members.finish(what)?;
        outer.finish(what)?;
        Ok(Self { entry, proof })
    }

    /// The attribute.
    pub fn attribute(&self) -> Attribute {
        let proof = encode::tlv(tag::UTF8_STRING, &[self.proof.as_bytes()]);
        Attribute::new(oid::DAUSON_LOG_PROOF, encode::sequence(&[&encode::octet_string(&self.entry), &proof]))
    }

    /// A CMS of one signer with this proof in place of the one that it has; no other attribute changes.
    pub fn put_into(&self, cms: &[u8], limits: &Limits) -> Result<Vec<u8>, CmsError> {
        self.put_below(&Reader::new(cms, limits).next(WHERE)?, DEPTH)
    }

    /// On each level, what leads to the unsigned attributes stands last.
    fn put_below(&self, element: &Tlv<'_>, levels: usize) -> Result<Vec<u8>, CmsError> {
        let mut parts = Vec::new();
        let mut children = element.children()?;
        while !children.is_empty() {
            parts.push(children.next(WHERE)?);
        }
        let Some(above) = levels.checked_sub(1) else {
            if element.tag != tag::context(1) {
                return Err(CmsError::Malformed { what: WHERE });
            }
            let is_proof = |part: &Tlv<'_>| {
                part.children()?.expect(tag::OID, WHERE).map(|oid| oid.contents == oid::DAUSON_LOG_PROOF.as_bytes())
            };
            let mut attributes = vec![self.attribute().encode()];
            for part in &parts {
                if !is_proof(part)? {
                    attributes.push(part.raw.to_vec());
                }
            }
            return Ok(encode::set_of(element.tag, attributes));
        };
        let last = self.put_below(&parts.pop().ok_or(CmsError::Malformed { what: WHERE })?, above)?;
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.raw).chain([last.as_slice()]).collect();
        Ok(encode::tlv(element.tag, &parts))
    }

    /// Bytes of the attribute's value, for room to be reserved before there is a proof.
    pub const fn value_len(entry_len: usize, proof_len: usize) -> usize {
        encode::tlv_len(encode::tlv_len(entry_len).saturating_add(encode::tlv_len(proof_len)))
    }
}
