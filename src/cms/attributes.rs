//! Attributes of a SignerInfo (RFC 5652 sections 5.3 and 11).

use super::ber::{Reader, Tlv, tag};
use super::ess::SigningCertificate;
use super::logproof::LogProof;
use super::{CmsError, Oid, encode, oid};
use crate::limits::Limits;
use time::OffsetDateTime;

/// One attribute: a type and its values, each as it stands in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// What it says something about.
    pub oid: Oid,
    /// The values, encoded.
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    /// One with a single value, which is DER.
    pub fn new(oid: Oid, value: Vec<u8>) -> Self {
        Self { oid, values: vec![value] }
    }

    /// DER.
    pub fn encode(&self) -> Vec<u8> {
        encode::sequence(&[&encode::oid(&self.oid), &encode::set_of(tag::SET, self.values.clone())])
    }

    /// Bytes that an attribute with one value of this length takes.
    pub fn encoded_len(oid: &Oid, value_len: usize) -> usize {
        let type_len = encode::tlv_len(oid.as_bytes().len());
        encode::tlv_len(type_len.saturating_add(encode::tlv_len(value_len)))
    }
}

/// The signed or the unsigned attributes of a SignerInfo, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Reads signed attributes as they are signed (RFC 5652 section 5.4): a SET OF in DER, with nothing behind it.
    pub fn parse(der: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the signed attributes";
        let mut reader = Reader::new(der, limits);
        let set = reader.expect(tag::SET, what)?;
        reader.finish(what)?;
        let all = Self::read(&set)?;
        if encode::set_of(tag::SET, all.0.iter().map(Attribute::encode).collect()) != der {
            return Err(CmsError::Malformed { what });
        }
        Ok(all)
    }

    /// Reads the members of a SET OF Attribute.
    pub(super) fn read(set: &Tlv<'_>) -> Result<Self, CmsError> {
        let what = "an attribute";
        let mut all = Vec::new();
        let mut members = set.children()?;
        // the limit holds for the values of all attributes together
        let limit = members.element_limit();
        let mut left = limit;
        while !members.is_empty() {
            let mut attribute = members.sequence(what)?;
            let oid = Oid::read(&mut attribute, what)?;
            let mut set = attribute.expect(tag::SET, what)?.children()?;
            attribute.finish(what)?;
            let mut values = Vec::new();
            while !set.is_empty() {
                left = left.checked_sub(1).ok_or(CmsError::TooMany { what, limit })?;
                values.push(set.next(what)?.raw.to_vec());
            }
            all.push(Attribute { oid, values });
        }
        Ok(Self(all))
    }

    /// All, in the order of the input.
    pub fn as_slice(&self) -> &[Attribute] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of this type is there.
    pub fn contains(&self, oid: &Oid) -> bool {
        self.0.iter().any(|a| a.oid == *oid)
    }

    /// All values of all attributes of this type.
    pub fn values<'a>(&'a self, oid: &'a Oid) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |a| a.oid == *oid).flat_map(|a| a.values.iter().map(Vec::as_slice))
    }

    /// The value of an attribute that may be there once and has one value then (RFC 5652 section 11).
    pub fn single(&self, oid: &Oid, attribute: &'static str) -> Result<Option<&[u8]>, CmsError> {
        let mut found = self.0.iter().filter(|a| a.oid == *oid);
        let Some(first) = found.next() else { return Ok(None) };
        let more = found.count();
        if more > 0 {
            return Err(CmsError::DuplicateAttribute { attribute, found: more.saturating_add(1) });
        }
        match first.values.as_slice() {
            [value] => Ok(Some(value)),
            values => Err(CmsError::AttributeValues { attribute, found: values.len() }),
        }
    }

    /// content-type (RFC 5652 section 11.1).
    pub fn content_type(&self) -> Result<Option<Oid>, CmsError> {
        let Some(value) = self.single(&oid::CONTENT_TYPE, "content-type")? else { return Ok(None) };
        let mut reader = Reader::new(value, &Limits::DEFAULT);
        Oid::read(&mut reader, "the content-type attribute").map(Some)
    }

    /// message-digest (RFC 5652 section 11.2).
    pub fn message_digest(&self) -> Result<Option<Vec<u8>>, CmsError> {
        let Some(value) = self.single(&oid::MESSAGE_DIGEST, "message-digest")? else { return Ok(None) };
        let mut reader = Reader::new(value, &Limits::DEFAULT);
        Ok(Some(reader.octet_string("the message-digest attribute")?.into_owned()))
    }

    /// signing-time (RFC 5652 section 11.3): what the signer claims.
    pub fn signing_time(&self) -> Result<Option<OffsetDateTime>, CmsError> {
        let Some(value) = self.single(&oid::SIGNING_TIME, "signing-time")? else { return Ok(None) };
        let what = "the signing-time attribute";
        Reader::new(value, &Limits::DEFAULT).next(what)?.time(what).map(Some)
    }

    /// signing-certificate (v1) and signing-certificate-v2, which name the signer's certificate; both may be there.
    pub fn signing_certificates(&self, limits: &Limits) -> Result<Vec<SigningCertificate>, CmsError> {
        let mut all = Vec::new();
        if let Some(value) = self.single(&oid::SIGNING_CERTIFICATE, "signing-certificate")? {
            all.push(SigningCertificate::parse_v1(value, limits)?);
        }
        if let Some(value) = self.single(&oid::SIGNING_CERTIFICATE_V2, "signing-certificate-v2")? {
            all.push(SigningCertificate::parse_v2(value, limits)?);
        }
        Ok(all)
    }

    /// signature-time-stamp tokens (RFC 3161 appendix A), each a ContentInfo; an unsigned attribute, several
    /// of which are allowed.
    pub fn time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(|a| a.oid == oid::SIGNATURE_TIME_STAMP).flat_map(|a| a.values.iter().map(Vec::as_slice))
    }

    /// content-time-stamp tokens (ETSI EN 319 122-1 clause 5.2.8) over what is signed; a signed attribute.
    pub fn content_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(|a| a.oid == oid::CONTENT_TIME_STAMP).flat_map(|a| a.values.iter().map(Vec::as_slice))
    }

    /// The audit log's proof, an unsigned attribute.
    pub fn log_proof(&self, limits: &Limits) -> Result<Option<LogProof>, CmsError> {
        self.single(&oid::DAUSON_LOG_PROOF, "id-dauson-logProof")?.map(|v| LogProof::parse(v, limits)).transpose()
    }

    /// adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2): revocation data that the signer signed along.
    pub fn revocation_info_archival(&self, limits: &Limits) -> Result<Option<RevocationInfoArchival>, CmsError> {
        self.single(&oid::ADBE_REVOCATION_INFO_ARCHIVAL, "adbe-revocationInfoArchival")?
            .map(|v| RevocationInfoArchival::parse(v, limits))
            .transpose()
    }
}

/// `SEQUENCE { crl [0] SEQUENCE OF CertificateList, ocsp [1] SEQUENCE OF OCSPResponse, otherRevInfo [2] ... }`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationInfoArchival {
    /// CertificateLists, encoded.
    pub crls: Vec<Vec<u8>>,
    /// OCSPResponses, encoded.
    pub ocsps: Vec<Vec<u8>>,
}

impl RevocationInfoArchival {
    fn parse(value: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the adbe-revocationInfoArchival attribute";
        let mut all = Self::default();
        let mut members = Reader::new(value, limits).sequence(what)?;
        while !members.is_empty() {
            let member = members.next(what)?;
            let list = match member.tag {
                0xA0 => &mut all.crls,
                0xA1 => &mut all.ocsps,
                _ => continue,
            };
            let mut items = member.children()?.sequence(what)?;
            while !items.is_empty() {
                list.push(items.next(what)?.raw.to_vec());
            }
        }
        Ok(all)
    }
}
