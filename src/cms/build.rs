//! Makes a SignedData with one signer, in DER.

use super::ber::tag;
use super::ess::{issuer_and_serial, signing_certificate_v2};
use super::{Attribute, CmsError, Oid, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use time::OffsetDateTime;

/// What is fixed before the key signs.
///
/// The order of use: [`encoded_len`](Self::encoded_len) to reserve room, [`signed_attributes`](Self::signed_attributes)
/// once the content's digest is known, the key signs them, [`build`](Self::build).
#[derive(Debug, Clone)]
pub struct SignedDataBuilder<'a> {
    content_type: Oid,
    content: Option<&'a [u8]>,
    digest: DigestAlgorithm,
    signature_algorithm: Vec<u8>,
    certificate: &'a [u8],
    chain: &'a [Vec<u8>],
    /// Issuer and serial number of the certificate, encoded as SignerIdentifier.
    identifier: Vec<u8>,
    with_certificates: bool,
    /// Signed attributes beyond those that each signature has.
    more: &'a [Attribute],
}

impl<'a> SignedDataBuilder<'a> {
    /// A detached signature over id-data, as PDF has it. `digest` is that of content and certificate;
    /// `signature_algorithm` is the key's AlgorithmIdentifier in DER; `chain` are the issuers' certificates to
    /// include, the signer's own left out. Fails if the certificate can't be read.
    pub fn new(
        digest: DigestAlgorithm,
        signature_algorithm: Vec<u8>,
        certificate: &'a [u8],
        chain: &'a [Vec<u8>],
    ) -> Result<Self, CmsError> {
        let (issuer, serial) = issuer_and_serial(certificate, &Limits::DEFAULT)?;
        let identifier = encode::sequence(&[issuer, &encode::tlv(tag::INTEGER, &[serial])]);
        Ok(Self {
            content_type: oid::DATA,
            content: None,
            digest,
            signature_algorithm,
            certificate,
            chain,
            identifier,
            with_certificates: true,
            more: &[],
        })
    }

    /// Carries this content, of this type: a time-stamp's TSTInfo.
    pub fn with_content(mut self, content_type: Oid, content: &'a [u8]) -> Self {
        self.content_type = content_type;
        self.content = Some(content);
        self
    }

    /// Carries no certificates: a time-stamp for one who did not ask for them (RFC 3161 section 2.4.1, certReq).
    pub const fn without_certificates(mut self) -> Self {
        self.with_certificates = false;
        self
    }

    /// With further signed attributes.
    pub const fn with_signed_attributes(mut self, more: &'a [Attribute]) -> Self {
        self.more = more;
        self
    }

    /// What the key signs: the signed attributes content-type, message-digest, signing-certificate-v2, and
    /// signing-time if given (a PAdES signature has none: ETSI EN 319 142-1, 6.3), and what was added, as DER SET OF.
    pub fn signed_attributes(&self, message_digest: &[u8], signing_time: Option<OffsetDateTime>) -> Vec<u8> {
        let mut attributes = vec![
            Attribute::new(oid::CONTENT_TYPE, encode::oid(&self.content_type)).encode(),
            Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(message_digest)).encode(),
            signing_certificate_v2(self.certificate, self.digest).encode(),
        ];
        if let Some(time) = signing_time {
            attributes.push(Attribute::new(oid::SIGNING_TIME, encode::time(time)).encode());
        }
        attributes.extend(self.more.iter().map(Attribute::encode));
        encode::set_of(tag::SET, attributes)
    }

    /// The ContentInfo with the SignedData: `signed_attributes` as they were signed, the signature value, and
    /// unsigned attributes.
    pub fn build(&self, signed_attributes: &[u8], signature: &[u8], unsigned: &[Attribute]) -> Vec<u8> {
        let attributes = implicit(0, signed_attributes);
        let mut unsigned_set = Vec::new();
        if !unsigned.is_empty() {
            unsigned_set = encode::set_of(tag::context(1), unsigned.iter().map(Attribute::encode).collect());
        }
        let digest = encode::digest_algorithm(self.digest);
        let signer = encode::sequence(&[
            &encode::integer(1),
            &self.identifier,
            &digest,
            &attributes,
            &self.signature_algorithm,
            &encode::octet_string(signature),
            &unsigned_set,
        ]);
        let mut certificates = Vec::new();
        if self.with_certificates {
            let all = std::iter::once(self.certificate.to_vec()).chain(self.chain.iter().cloned());
            certificates = encode::set_of(tag::context(0), all.collect());
        }
        // version 3 if the content is not id-data (RFC 5652 section 5.1)
        let version = if self.content_type == oid::DATA { 1 } else { 3 };
        let signed_data = encode::sequence(&[
            &encode::integer(version),
            &encode::tlv(tag::SET, &[&digest]),
            &self.encapsulated(),
            &certificates,
            &encode::tlv(tag::SET, &[&signer]),
        ]);
        encode::sequence(&[&encode::oid(&oid::SIGNED_DATA), &encode::tlv(tag::context(0), &[&signed_data])])
    }

    /// Bytes that [`build`](Self::build) gives, exactly, for a signature of this length and unsigned attributes
    /// that take this many bytes each ([`Attribute::encoded_len`]).
    pub fn encoded_len(&self, with_signing_time: bool, signature_len: usize, unsigned: &[usize]) -> usize {
        let digest = vec![0; self.digest.size()];
        let time = with_signing_time.then_some(OffsetDateTime::UNIX_EPOCH);
        let attributes = self.signed_attributes(&digest, time);
        let digest_algorithm = encode::digest_algorithm(self.digest).len();
        let len = encode::tlv_len;
        let unsigned_len = if unsigned.is_empty() { 0 } else { len(unsigned.iter().sum()) };
        let version = 3;
        let signer = len([
            version,
            self.identifier.len(),
            digest_algorithm,
            attributes.len(),
            self.signature_algorithm.len(),
            len(signature_len),
            unsigned_len,
        ]
        .iter()
        .sum());
        let certificates = self.chain.iter().map(Vec::len).sum::<usize>().saturating_add(self.certificate.len());
        let certificates = if self.with_certificates { len(certificates) } else { 0 };
        let signed_data =
            len([version, len(digest_algorithm), self.encapsulated().len(), certificates, len(signer)].iter().sum());
        len(encode::oid(&oid::SIGNED_DATA).len().saturating_add(len(signed_data)))
    }

    fn encapsulated(&self) -> Vec<u8> {
        let content_type = encode::oid(&self.content_type);
        match self.content {
            None => encode::sequence(&[&content_type]),
            Some(content) => {
                encode::sequence(&[&content_type, &encode::tlv(tag::context(0), &[&encode::octet_string(content)])])
            }
        }
    }
}

/// The same value with the tag `[n] IMPLICIT`.
fn implicit(n: u8, value: &[u8]) -> Vec<u8> {
    let mut tagged = value.to_vec();
    if let Some(first) = tagged.first_mut() {
        *first = tag::context(n);
    }
    tagged
}
