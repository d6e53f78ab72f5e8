//! SignedData and SignerInfo (RFC 5652 sections 5.1 and 5.3).

use super::ber::{Reader, Tlv, tag};
use super::{AlgorithmIdentifier, Attributes, CmsError, Oid, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;
use std::borrow::Cow;

/// A parsed SignedData.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// CMSVersion, 1 to 5 in honest files.
    pub version: u64,
    /// The version that goes with what is in it, but for the signers.
    least_version: u64,
    /// digestAlgorithms, which a signer's algorithm should be among.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// eContentType: id-data for PDF signatures, id-ct-TSTInfo for time-stamps.
    pub content_type: Oid,
    /// eContent; none if the signature is detached.
    pub content: Option<Vec<u8>>,
    /// X.509 certificates, encoded, in the order of the input. Attribute certificates are left out.
    pub certificates: Vec<Vec<u8>>,
    /// CertificateLists, encoded.
    pub crls: Vec<Vec<u8>>,
    /// OCSPResponses, encoded (RFC 5940).
    pub ocsps: Vec<Vec<u8>>,
    /// All signers; see [`SignedData::signer`].
    pub signers: Vec<SignerInfo>,
}

/// Who signed: as the SignerInfo names the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// By issuer and serial number.
    IssuerAndSerialNumber {
        /// The issuer's distinguished name, encoded.
        issuer: Vec<u8>,
        /// The contents octets of the serial number.
        serial: Vec<u8>,
    },
    /// By the subject key identifier extension.
    SubjectKeyIdentifier(Vec<u8>),
}

/// One signer's signature and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerInfo {
    /// CMSVersion: 1 with issuer and serial number, 3 with subject key identifier.
    pub version: u64,
    /// Which certificate.
    pub identifier: SignerIdentifier,
    /// The digest algorithm of content and signed attributes.
    pub digest_algorithm: AlgorithmIdentifier,
    /// The signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature value.
    pub signature: Vec<u8>,
    /// The signed attributes; none if the signature is over the content itself.
    pub signed_attributes: Option<Attributes>,
    /// Whether the signed attributes are in DER, as RFC 5652 section 5.3 asks for.
    pub signed_attributes_der: bool,
    /// The unsigned attributes; empty if there are none.
    pub unsigned_attributes: Attributes,
    /// What was signed if there are signed attributes.
    signed_message: Option<Vec<u8>>,
}

impl SignedData {
    /// Parses a ContentInfo that holds a SignedData, at the beginning of these bytes. Also returns how many
    /// bytes it takes: what may follow is for the caller to judge (zeros in a PDF's `/Contents`).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<(Self, usize), CmsError> {
        let what = "the ContentInfo";
        let mut outer = Reader::new(bytes, limits);
        let info = outer.expect(tag::SEQUENCE, what)?;
        let consumed = info.raw.len();
        if consumed > limits.cms_bytes {
            return Err(CmsError::TooLong { len: consumed, limit: limits.cms_bytes });
        }
        let mut info = info.children()?;
        let content_type = Oid::read(&mut info, what)?;
        if content_type != oid::SIGNED_DATA {
            return Err(CmsError::NotSignedData { found: content_type });
        }
        let mut content = info.expect(tag::context(0), what)?.children()?;
        info.finish(what)?;
        let signed_data = Self::read(&mut content)?;
        content.finish(what)?;
        Ok((signed_data, consumed))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CmsError> {
        let what = "the SignedData";
        let mut members = reader.sequence(what)?;
        let version = members.next(what)?.small_integer("the SignedData's version")?;
        let mut digest_algorithms = Vec::new();
        let mut set = members.expect(tag::SET, what)?.children()?;
        while !set.is_empty() {
            digest_algorithms.push(AlgorithmIdentifier::read(&mut set, "a digest algorithm")?);
        }
        let (content_type, content) = read_encapsulated(&mut members)?;
        let mut least_version = if content_type == oid::DATA { 1 } else { 3 };
        let mut certificates = Vec::new();
        if let Some(set) = members.optional(tag::context(0), what)? {
            let mut set = set.children()?;
            while !set.is_empty() {
                let certificate = set.next("a certificate")?;
                match certificate.tag {
                    tag::SEQUENCE => certificates.push(certificate.raw.to_vec()),
                    // attribute certificates of version 1 and 2, other ones
                    0xA1 => least_version = least_version.max(3),
                    0xA2 => least_version = least_version.max(4),
                    _ => least_version = least_version.max(5),
                }
            }
        }
        let (mut crls, mut ocsps) = (Vec::new(), Vec::new());
        if let Some(set) = members.optional(tag::context(1), what)? {
            let mut set = set.children()?;
            while !set.is_empty() {
                let choice = set.next("revocation data")?;
                if choice.tag == tag::SEQUENCE {
                    crls.push(choice.raw.to_vec());
                } else if choice.tag == tag::context(1) {
                    least_version = 5;
                    // OtherRevocationInfoFormat, SEQUENCE { format OID, info ANY }, implicitly tagged
                    let mut other = choice.children()?;
                    if Oid::read(&mut other, "revocation data")? == oid::RI_OCSP_RESPONSE {
                        ocsps.push(other.next("revocation data")?.raw.to_vec());
                    }
                }
            }
        }
        let mut signers = Vec::new();
        let mut set = members.expect(tag::SET, "the SignerInfos")?.children()?;
        while !set.is_empty() {
            signers.push(SignerInfo::read(&mut set)?);
        }
        members.finish(what)?;
        Ok(Self {
            version,
            least_version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            crls,
            ocsps,
            signers,
        })
    }

    /// The only signer (ISO 32000-2, 12.8.3.3.1; RFC 3161 section 2.4.2).
    pub fn signer(&self) -> Result<&SignerInfo, CmsError> {
        match self.signers.as_slice() {
            [signer] => Ok(signer),
            signers => Err(CmsError::SignerCount { found: signers.len() }),
        }
    }

    /// What RFC 5652 sections 5.1 and 5.3 ask of parts that no signature covers: the list of digest algorithms, the versions.
    fn check_forms(&self, signer: &SignerInfo) -> Result<(), CmsError> {
        if self.digest_algorithms.iter().all(|a| a.oid != signer.digest_algorithm.oid) {
            return Err(CmsError::UnlistedDigest);
        }
        let by_key = matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_));
        if signer.version != if by_key { 3 } else { 1 } {
            return Err(CmsError::Version { what: "the SignerInfo", found: signer.version });
        }
        if self.version != self.least_version.max(if by_key { 3 } else { 1 }) {
            return Err(CmsError::Version { what: "the SignedData", found: self.version });
        }
        Ok(())
    }

    /// The digest that the only signer signed as that of the content, after the checks of RFC 5652 sections
    /// 5.3 and 11: content-type is there once and is that of the content, message-digest is there once and as
    /// long as its algorithm says. None if there are no signed attributes, which is allowed for id-data only:
    /// the signature is then over the content's digest itself.
    pub fn signed_digest(&self) -> Result<Option<Vec<u8>>, CmsError> {
        let signer = self.signer()?;
        self.check_forms(signer)?;
        let Some(attributes) = &signer.signed_attributes else {
            if self.content_type == oid::DATA {
                return Ok(None);
            }
            return Err(CmsError::MissingAttribute { attribute: "message-digest" });
        };
        let claimed = attributes.content_type()?.ok_or(CmsError::MissingAttribute { attribute: "content-type" })?;
        if claimed != self.content_type {
            return Err(CmsError::ContentTypeMismatch { signed: claimed, content: self.content_type.clone() });
        }
        let digest = attributes.message_digest()?.ok_or(CmsError::MissingAttribute { attribute: "message-digest" })?;
        if let Some(algorithm) = signer.digest()
            && algorithm.size() != digest.len()
        {
            return Err(CmsError::DigestLength {
                algorithm: algorithm.name(),
                wanted: algorithm.size(),
                found: digest.len(),
            });
        }
        Ok(Some(digest))
    }
}

/// The signature value of adbe.x509.rsa_sha1 (ISO 32000-2, 12.8.3.2): a bare PKCS#1 signature in an OCTET
/// STRING, at the beginning of these bytes. Also returns how many bytes it takes.
pub fn bare_signature(bytes: &[u8], limits: &Limits) -> Result<(Vec<u8>, usize), CmsError> {
    let mut reader = Reader::new(bytes, limits);
    let value = reader.octet_string("the PKCS#1 signature")?.into_owned();
    Ok((value, bytes.len().saturating_sub(reader.rest().len())))
}

/// EncapsulatedContentInfo (RFC 5652 section 5.2). PKCS#7 1.5 (RFC 2315), which adbe.pkcs7.sha1 is, has any
/// type as content, an OCTET STRING for id-data: the same octets.
fn read_encapsulated(reader: &mut Reader<'_>) -> Result<(Oid, Option<Vec<u8>>), CmsError> {
    let what = "the encapsulated content";
    let mut info = reader.sequence(what)?;
    let content_type = Oid::read(&mut info, what)?;
    let content = match info.optional(tag::context(0), what)? {
        None => None,
        Some(explicit) => {
            let mut explicit = explicit.children()?;
            let content = explicit.octet_string(what)?.into_owned();
            explicit.finish(what)?;
            Some(content)
        }
    };
    info.finish(what)?;
    Ok((content_type, content))
}

impl SignerInfo {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CmsError> {
        let what = "the SignerInfo";
        let mut members = reader.sequence(what)?;
        let version = members.next(what)?.small_integer("the SignerInfo's version")?;
        let identifier = SignerIdentifier::read(&mut members)?;
        let digest_algorithm = AlgorithmIdentifier::read(&mut members, "the digest algorithm")?;
        let signed = members.optional(tag::context(0), what)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut members, "the signature algorithm")?;
        let signature = members.octet_string("the signature value")?.into_owned();
        let unsigned = members.optional(tag::context(1), what)?;
        members.finish(what)?;
        let signed_message = signed.as_ref().map(signed_message).transpose()?;
        Ok(Self {
            version,
            identifier,
            digest_algorithm,
            signature_algorithm,
            signature,
            signed_attributes: signed.as_ref().map(Attributes::read).transpose()?,
            signed_attributes_der: signed.as_ref().is_none_or(is_der_set_of),
            unsigned_attributes: unsigned.as_ref().map(Attributes::read).transpose()?.unwrap_or_default(),
            signed_message,
        })
    }

    /// The bytes that the signature is over: the signed attributes as they stand in the input, with the tag of
    /// a SET OF in place of `[0]` (RFC 5652 section 5.4). None if there are no signed attributes.
    pub fn signed_message(&self) -> Option<&[u8]> {
        self.signed_message.as_deref()
    }

    /// The digest algorithm of the content, if it is one that is recognised.
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        self.digest_algorithm.digest()
    }

    /// Whether it names this certificate by issuer and serial number. By subject key identifier, that is for
    /// who reads the certificate's extensions: None.
    pub fn names(&self, certificate: &[u8], limits: &Limits) -> Option<bool> {
        match &self.identifier {
            SignerIdentifier::SubjectKeyIdentifier(_) => None,
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
                Some(super::ess::issuer_and_serial(certificate, limits).is_ok_and(|(i, s)| i == issuer && s == serial))
            }
        }
    }
}

impl SignerIdentifier {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CmsError> {
        let what = "the SignerIdentifier";
        let value = reader.next(what)?;
        if value.tag & !tag::CONSTRUCTED == tag::context_primitive(0) {
            return Ok(Self::SubjectKeyIdentifier(value.octets(what)?.into_owned()));
        }
        if value.tag != tag::SEQUENCE {
            return Err(CmsError::UnexpectedTag { what, wanted: tag::SEQUENCE, found: value.tag });
        }
        let mut members = value.children()?;
        let issuer = members.expect(tag::SEQUENCE, what)?.raw.to_vec();
        let serial = members.expect(tag::INTEGER, what)?.contents.to_vec();
        members.finish(what)?;
        Ok(Self::IssuerAndSerialNumber { issuer, serial })
    }
}

/// The signed attributes as they were signed. Attributes written in indefinite lengths can't have been signed
/// so: they were signed in definite ones.
fn signed_message(attributes: &Tlv<'_>) -> Result<Vec<u8>, CmsError> {
    let mut message = Cow::Borrowed(attributes.raw);
    if attributes.raw.get(1) == Some(&0x80) {
        message = Cow::Owned(attributes.to_definite()?);
    }
    let mut message = message.into_owned();
    if let Some(first) = message.first_mut() {
        *first = tag::SET;
    }
    Ok(message)
}

/// Whether lengths are definite and minimal, and the members in the order of their encodings.
fn is_der_set_of(attributes: &Tlv<'_>) -> bool {
    let Ok(mut members) = attributes.children() else { return false };
    let mut previous: &[u8] = &[];
    while !members.is_empty() {
        let Ok(member) = members.next("an attribute") else { return false };
        if member.raw < previous {
            return false;
        }
        previous = member.raw;
    }
    attributes.to_definite().is_ok_and(|der| der == attributes.raw)
}
