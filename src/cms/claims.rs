//! Signed attributes in which the signer says more (ETSI EN 319 122-1 clauses 5.2.3, 5.2.6, 5.2.9): under which signature
//! policy, to what end, in which position. The place is said in the PDF's signature dictionary (EN 319 142-1 clause 6.3).

use super::ber::tag;
use super::{Attribute, Oid, encode, oid};
use crate::digest::DigestAlgorithm;

/// What a signer commits to (RFC 5126 section 5.11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commitment {
    /// To have created, approved and sent the document.
    Origin,
    /// To have received it.
    Receipt,
    /// As a provider of a delivery service, to have delivered it.
    Delivery,
    /// To have sent it, whoever created it.
    Sender,
    /// To have approved its content.
    Approval,
    /// To have created it, without approving or sending it.
    Creation,
}

impl Commitment {
    /// id-cti-ets-proofOf...
    const fn oid(self) -> Oid {
        match self {
            Self::Origin => oid::PROOF_OF_ORIGIN,
            Self::Receipt => oid::PROOF_OF_RECEIPT,
            Self::Delivery => oid::PROOF_OF_DELIVERY,
            Self::Sender => oid::PROOF_OF_SENDER,
            Self::Approval => oid::PROOF_OF_APPROVAL,
            Self::Creation => oid::PROOF_OF_CREATION,
        }
    }

    /// commitment-type-indication (clause 5.2.3).
    pub fn attribute(self) -> Attribute {
        Attribute::new(oid::COMMITMENT_TYPE, encode::sequence(&[&encode::oid(&self.oid())]))
    }
}

/// signature-policy-identifier (clause 5.2.9.1) for a policy document, and where that is found, if it is said (`SPuri`).
pub fn signature_policy(policy: &Oid, document: &[u8], digest: DigestAlgorithm, uri: Option<&str>) -> Attribute {
    let hash = encode::sequence(&[&encode::digest_algorithm(digest), &encode::octet_string(&digest.hash(document))]);
    let qualifiers = uri.map(|uri| {
        let uri = encode::tlv(tag::IA5_STRING, &[uri.as_bytes()]);
        encode::sequence(&[&encode::sequence(&[&encode::oid(&oid::POLICY_URI), &uri])])
    });
    let value = encode::sequence(&[&encode::oid(policy), &hash, &qualifiers.unwrap_or_default()]);
    Attribute::new(oid::SIGNATURE_POLICY, value)
}

/// signer-attributes-v2 (clause 5.2.6.1) with the position or function that the signer claims to have.
pub fn claimed_role(role: &str) -> Attribute {
    let title = Attribute::new(oid::TITLE, encode::tlv(tag::UTF8_STRING, &[role.as_bytes()])).encode();
    let claimed = encode::tlv(tag::context(0), &[&encode::sequence(&[&title])]);
    Attribute::new(oid::SIGNER_ATTRIBUTES_V2, encode::sequence(&[&claimed]))
}
