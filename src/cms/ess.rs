//! Which certificate was signed with: signing-certificate (RFC 2634 section 5.4, SHA-1) and
//! signing-certificate-v2 (RFC 5035 section 3, any digest).

use super::ber::{Reader, Tlv, tag};
use super::{AlgorithmIdentifier, Attribute, CmsError, Oid, encode, oid};
use crate::digest::DigestAlgorithm;
use crate::limits::Limits;

/// A signing-certificate or signing-certificate-v2 attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertificate {
    /// 1 or 2.
    pub version: u8,
    /// The first names the signer's certificate, the others its issuers'. There is at least one.
    pub ids: Vec<EssCertId>,
}

/// ESSCertID or ESSCertIDv2: one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EssCertId {
    /// The digest algorithm's identifier: SHA-1 in version 1, SHA-256 unless given in version 2.
    pub digest_oid: Oid,
    /// The same, if it is recognised.
    pub digest: Option<DigestAlgorithm>,
    /// Digest of the certificate.
    pub cert_hash: Vec<u8>,
    /// Issuer and serial number, if given.
    pub issuer_serial: Option<IssuerSerial>,
}

/// IssuerSerial (RFC 5755 section 4.1 as RFC 5035 uses it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSerial {
    /// The issuer's distinguished name, encoded; none if the GeneralNames are no single directoryName.
    pub issuer: Option<Vec<u8>>,
    /// The contents octets of the serial number.
    pub serial: Vec<u8>,
}

impl SigningCertificate {
    /// `SigningCertificate ::= SEQUENCE { certs SEQUENCE OF ESSCertID, policies SEQUENCE OF PolicyInformation OPTIONAL }`
    pub(super) fn parse_v1(value: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        Self::parse(value, 1, "the signing-certificate attribute", limits)
    }

    /// The same with ESSCertIDv2.
    pub(super) fn parse_v2(value: &[u8], limits: &Limits) -> Result<Self, CmsError> {
        Self::parse(value, 2, "the signing-certificate-v2 attribute", limits)
    }

    fn parse(value: &[u8], version: u8, what: &'static str, limits: &Limits) -> Result<Self, CmsError> {
        let mut members = Reader::new(value, limits).sequence(what)?;
        let mut certs = members.sequence(what)?;
        let mut ids = Vec::new();
        while !certs.is_empty() {
            ids.push(EssCertId::read(&mut certs, version, what)?);
        }
        if ids.is_empty() {
            return Err(CmsError::Malformed { what });
        }
        Ok(Self { version, ids })
    }

    /// Whether it names this certificate as the signer's: the digest agrees, and issuer and serial number if
    /// they are given. None if the digest algorithm is not recognised.
    pub fn names(&self, certificate: &[u8], limits: &Limits) -> Option<bool> {
        let id = self.ids.first()?;
        if id.digest?.hash(certificate) != id.cert_hash {
            return Some(false);
        }
        let Some(wanted) = &id.issuer_serial else { return Some(true) };
        let Ok((issuer, serial)) = issuer_and_serial(certificate, limits) else { return Some(false) };
        Some(wanted.serial == serial && wanted.issuer.as_ref().is_none_or(|i| *i == issuer))
    }
}

impl EssCertId {
    fn read(reader: &mut Reader<'_>, version: u8, what: &'static str) -> Result<Self, CmsError> {
        let mut members = reader.sequence(what)?;
        let mut digest_oid = Oid::from_contents(DigestAlgorithm::Sha1.oid().as_bytes());
        if version == 2 {
            digest_oid = if members.peek() == Some(tag::SEQUENCE) {
                AlgorithmIdentifier::read(&mut members, what)?.oid
            } else {
                Oid::from_contents(DigestAlgorithm::Sha256.oid().as_bytes())
            };
        }
        let cert_hash = members.octet_string(what)?.into_owned();
        let issuer_serial = if members.is_empty() { None } else { Some(IssuerSerial::read(&mut members, what)?) };
        members.finish(what)?;
        let digest = DigestAlgorithm::ALL.into_iter().find(|d| d.oid().as_bytes() == digest_oid.as_bytes());
        Ok(Self { digest_oid, digest, cert_hash, issuer_serial })
    }
}

impl IssuerSerial {
    fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, CmsError> {
        let mut members = reader.sequence(what)?;
        let mut names = members.sequence(what)?;
        let serial = members.expect(tag::INTEGER, what)?.contents.to_vec();
        members.finish(what)?;
        // directoryName is [4] EXPLICIT, because Name is a CHOICE
        let directory_name = names.optional(tag::context(4), what)?;
        let issuer = match directory_name {
            Some(name) if names.is_empty() => Some(name.contents.to_vec()),
            _ => None,
        };
        Ok(Self { issuer, serial })
    }
}

/// The signing-certificate-v2 attribute for this certificate, with issuer and serial number left out: the
/// digest names the certificate, and the SignerInfo's identifier has them already (ETSI EN 319 122-1, 5.2.2.3).
pub fn signing_certificate_v2(certificate: &[u8], digest: DigestAlgorithm) -> Attribute {
    let hash = encode::octet_string(&digest.hash(certificate));
    let id = if digest == DigestAlgorithm::Sha256 {
        // DEFAULT sha256 is left out in DER
        encode::sequence(&[&hash])
    } else {
        encode::sequence(&[&encode::digest_algorithm(digest), &hash])
    };
    Attribute::new(oid::SIGNING_CERTIFICATE_V2, encode::sequence(&[&encode::sequence(&[&id])]))
}

/// Issuer (encoded) and serial number (contents octets) of a certificate (RFC 5280 section 4.1).
pub fn issuer_and_serial<'a>(certificate: &'a [u8], limits: &Limits) -> Result<(&'a [u8], &'a [u8]), CmsError> {
    let fields = CertificateFields::read(certificate, limits)?;
    Ok((fields.issuer, fields.serial))
}

/// The SubjectPublicKeyInfo of a certificate, encoded.
pub fn subject_public_key_info<'a>(certificate: &'a [u8], limits: &Limits) -> Result<&'a [u8], CmsError> {
    Ok(CertificateFields::read(certificate, limits)?.spki)
}

/// The fields that CMS needs of a certificate; judging it is the trust floor's work.
struct CertificateFields<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    spki: &'a [u8],
}

impl<'a> CertificateFields<'a> {
    fn read(certificate: &'a [u8], limits: &Limits) -> Result<Self, CmsError> {
        let what = "the certificate";
        let mut tbs = Reader::new(certificate, limits).sequence(what)?.sequence(what)?;
        tbs.optional(tag::context(0), what)?;
        let serial = tbs.expect(tag::INTEGER, what)?.contents;
        let mut sequence = || -> Result<Tlv<'a>, CmsError> { tbs.expect(tag::SEQUENCE, what) };
        let (_signature, issuer, _validity, _subject, spki) =
            (sequence()?, sequence()?, sequence()?, sequence()?, sequence()?);
        Ok(Self { serial, issuer: issuer.raw, spki: spki.raw })
    }
}
