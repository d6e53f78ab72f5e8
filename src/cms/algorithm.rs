//! AlgorithmIdentifier (RFC 5280 section 4.1.1.2).

use super::ber::{Reader, Tlv};
use super::{CmsError, Oid};
use crate::digest::DigestAlgorithm;

/// An algorithm with its parameters, unjudged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// Which algorithm.
    pub oid: Oid,
    /// The parameters as they stand in the input; none if absent.
    pub parameters: Option<Vec<u8>>,
    /// The whole as it stands in the input.
    pub raw: Vec<u8>,
}

impl AlgorithmIdentifier {
    /// Reads one.
    pub fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, CmsError> {
        let value = reader.expect(super::ber::tag::SEQUENCE, what)?;
        Self::from_tlv(&value, what)
    }

    /// From the contents of a value whose tag is the caller's business.
    pub fn from_tlv(value: &Tlv<'_>, what: &'static str) -> Result<Self, CmsError> {
        let mut members = value.children()?;
        let oid = Oid::read(&mut members, what)?;
        let parameters = if members.is_empty() { None } else { Some(members.next(what)?.raw.to_vec()) };
        members.finish(what)?;
        Ok(Self { oid, parameters, raw: value.raw.to_vec() })
    }

    /// The digest algorithm it names, if it is one that is recognised.
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::ALL.into_iter().find(|d| d.oid().as_bytes() == self.oid.as_bytes())
    }
}
