//! The audit log's proof that a signature was logged, as it travels in the signature itself: the unsigned
//! attribute id-dauson-logProof, `SEQUENCE { entry OCTET STRING, proof UTF8String }`.

use super::ber::{Reader, tag};
use super::{Attribute, CmsError, encode, oid};
use crate::limits::Limits;

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

    /// Bytes of the attribute's value, for room to be reserved before there is a proof.
    pub const fn value_len(entry_len: usize, proof_len: usize) -> usize {
        encode::tlv_len(encode::tlv_len(entry_len).saturating_add(encode::tlv_len(proof_len)))
    }
}
