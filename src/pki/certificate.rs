//! X.509 certificates (RFC 5280 section 4), read once with x509-parser and kept in a form of our own.

use super::PkiError;
use super::distribution::read_points;
use super::name::Name;
use crate::cms::CmsError;
use crate::cms::ber::{Reader, tag};
use crate::digest::sha256;
use crate::limits::Limits;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::OffsetDateTime;
use x509_parser::extensions::{GeneralName as Parsed, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::AttributeTypeAndValue;

/// A GeneralName as far as constraints and distribution points need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// directoryName.
    Directory(Name),
    /// dNSName.
    Dns(String),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress: 4 or 16 bytes, in constraints twice as many.
    Ip(Vec<u8>),
    /// Any other form, by its number.
    Other(u8),
}

/// One distribution point of revocation lists (RFC 5280 section 4.2.1.13).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DistributionPoint {
    /// Its names; empty if left out.
    pub names: Vec<GeneralName>,
    /// The reasons that its lists cover, as bits; all if left out.
    pub reasons: Option<u16>,
    /// Who issues its lists, if not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// keyUsage bits (RFC 5280 section 4.2.1.3), the first bit lowest.
pub mod key_usage {
    #![allow(missing_docs)]
    pub const DIGITAL_SIGNATURE: u16 = 1;
    pub const NON_REPUDIATION: u16 = 1 << 1;
    pub const KEY_CERT_SIGN: u16 = 1 << 5;
    pub const CRL_SIGN: u16 = 1 << 6;
}

/// Extended key usage (RFC 5280 section 4.2.1.12).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExtendedKeyUsage {
    /// The extension is critical.
    pub critical: bool,
    /// Dotted object identifiers.
    pub purposes: Vec<String>,
}

/// Extensions that the path validation processes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// keyUsage bits.
    pub key_usage: Option<u16>,
    /// extKeyUsage.
    pub extended_key_usage: Option<ExtendedKeyUsage>,
    /// basicConstraints cA.
    pub ca: Option<bool>,
    /// pathLenConstraint.
    pub path_len: Option<u32>,
    /// subjectKeyIdentifier.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// certificatePolicies.
    pub policies: Option<Vec<String>>,
    /// policyMappings: issuerDomainPolicy, subjectDomainPolicy.
    pub mappings: Vec<(String, String)>,
    /// requireExplicitPolicy.
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping.
    pub inhibit_mapping: Option<u32>,
    /// inhibitAnyPolicy.
    pub inhibit_any: Option<u32>,
    /// permittedSubtrees.
    pub permitted: Option<Vec<GeneralName>>,
    /// excludedSubtrees.
    pub excluded: Vec<GeneralName>,
    /// subjectAltName.
    pub alternative_names: Vec<GeneralName>,
    /// cRLDistributionPoints.
    pub distribution_points: Vec<DistributionPoint>,
    /// OCSP addresses of authorityInfoAccess.
    pub ocsp: Vec<String>,
    /// caIssuers addresses of authorityInfoAccess.
    pub ca_issuers: Vec<String>,
    /// id-pkix-ocsp-nocheck is there.
    pub ocsp_nocheck: bool,
    /// ETSI validity-assured-short-term is there.
    pub short_term: bool,
    /// Critical extensions that are not processed.
    pub unknown_critical: Vec<String>,
}

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    tbs: std::ops::Range<usize>,
    spki: Vec<u8>,
    signature_algorithm: Vec<u8>,
    signature: Vec<u8>,
    subject: Name,
    issuer: Name,
    serial: Vec<u8>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    extensions: Extensions,
}

/// A certificate; cheap to clone.
#[derive(Debug, Clone)]
pub struct Certificate(Arc<Inner>);

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

/// A certificate of honest make has one to ten thousand bytes.
const MOST_BYTES: usize = 256 << 10;

/// What certificates and revocation lists have in common: something to be signed, an algorithm, a signature.
pub(super) struct Signed<'a> {
    /// All three.
    members: &'a [u8],
    pub(super) tbs: &'a [u8],
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Reads the three. The algorithm must be the one that the signed part names, too.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, CmsError> {
        let what = "what is signed";
        let mut outer = Reader::new(der, Limits::in_force());
        let whole = outer.expect(tag::SEQUENCE, what)?;
        outer.finish(what)?;
        let mut members = whole.children()?;
        let tbs = members.expect(tag::SEQUENCE, what)?;
        let algorithm = members.expect(tag::SEQUENCE, what)?.raw;
        let value = members.expect(tag::BIT_STRING, what)?;
        // one that is not of whole octets is no signature of any algorithm
        let signature = value.bit_string_octets(what).unwrap_or_default();
        members.finish(what)?;
        // before the algorithm stand the version and, in a certificate, the serial number
        let mut first = tbs.children()?;
        while matches!(first.peek(), Some(tag::INTEGER | 0xA0)) {
            first.next(what)?;
        }
        if first.expect(tag::SEQUENCE, what)?.raw != algorithm {
            return Err(CmsError::Malformed { what: "the signature algorithm, which is given twice and differs," });
        }
        Ok(Self { members: whole.contents, tbs: tbs.raw, algorithm, signature })
    }
}

const OCSP_NOCHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const SHORT_TERM: &str = "0.4.0.194121.2.1";
const DISTRIBUTION_POINTS: &str = "2.5.29.31";
const OCSP: &str = "1.3.6.1.5.5.7.48.1";
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

impl Certificate {
    /// Reads a certificate in DER; bytes behind it are refused.
    pub fn parse(der: &[u8]) -> Result<Self, PkiError> {
        let malformed = |why: String| PkiError::Certificate { why };
        if der.len() > MOST_BYTES {
            return Err(malformed(format!("it is larger than {MOST_BYTES} bytes")));
        }
        let signed = Signed::read(der).map_err(|e| malformed(e.to_string()))?;
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|e| malformed(e.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow it".into()));
        }
        let start = der.len().saturating_sub(signed.members.len());
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            sha256: sha256(der),
            tbs: start..start.saturating_add(signed.tbs.len()),
            spki: parsed.public_key().raw.to_vec(),
            signature_algorithm: signed.algorithm.to_vec(),
            signature: signed.signature.to_vec(),
            subject: Name::from_parsed(parsed.subject()),
            issuer: Name::from_parsed(parsed.issuer()),
            serial: parsed.raw_serial().to_vec(),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            extensions: extensions(&parsed).map_err(malformed)?,
        })))
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// What its issuer signed.
    pub fn tbs(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.0.spki
    }

    /// The AlgorithmIdentifier of the signature in DER.
    pub fn signature_algorithm(&self) -> &[u8] {
        &self.0.signature_algorithm
    }

    /// The signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Whom it names.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The contents octets of its serial number.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Its serial number, hexadecimal.
    pub fn serial_hex(&self) -> String {
        // a zero octet in front keeps the number positive
        let magnitude = match self.0.serial.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        hex::encode(magnitude)
    }

    /// Valid from then on.
    pub fn not_before(&self) -> OffsetDateTime {
        self.0.not_before
    }

    /// Valid until then.
    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
    }

    /// Its extensions.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_identifier.as_deref()
    }

    /// SHA-256 of the certificate.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Common name of the subject.
    pub fn common_name(&self) -> Option<String> {
        self.0.subject.attribute("2.5.4.3")
    }

    /// Organization of the subject.
    pub fn organization(&self) -> Option<String> {
        self.0.subject.attribute("2.5.4.10")
    }

    /// Tax code from the subject's `UID=MST:...`.
    pub fn tax_code(&self) -> Option<String> {
        self.identifiers().into_iter().find_map(|u| u.strip_prefix("MST:").map(str::to_owned))
    }

    /// What the subject is known by, whatever its name: each `UID`, such as `MST:...` of an agency, `CCCD:...` of a person.
    pub fn identifiers(&self) -> Vec<String> {
        self.0.subject.attributes("0.9.2342.19200300.100.1.1")
    }

    /// Subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// How it is called in messages.
    pub fn display(&self) -> String {
        self.common_name().map_or_else(|| self.0.subject.to_string(), |name| crate::error::plain(&name))
    }
}

fn extensions(parsed: &X509Certificate<'_>) -> Result<Extensions, String> {
    let mut found = Extensions::default();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for extension in parsed.extensions() {
        let oid = extension.oid.to_id_string();
        if !seen.insert(oid.clone()) {
            return Err(format!("the extension {oid} stands twice"));
        }
        match extension.parsed_extension() {
            _ if oid == DISTRIBUTION_POINTS => {
                let points = read_points(extension.value, &Name::from_parsed(parsed.issuer()));
                found.distribution_points = points.map_err(|e| format!("the extension {oid} is malformed: {e}"))?;
            }
            ParsedExtension::KeyUsage(usage) => found.key_usage = Some(usage.flags),
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let known = [
                    (usage.any, "2.5.29.37.0"),
                    (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
                    (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
                    (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
                    (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
                    (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
                    (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
                ];
                let mut purposes: Vec<String> =
                    known.iter().filter(|(on, _)| *on).map(|(_, oid)| (*oid).to_owned()).collect();
                purposes.extend(usage.other.iter().map(x509_parser::der_parser::oid::Oid::to_id_string));
                found.extended_key_usage = Some(ExtendedKeyUsage { critical: extension.critical, purposes });
            }
            ParsedExtension::BasicConstraints(constraints) => {
                found.ca = Some(constraints.ca);
                found.path_len = constraints.path_len_constraint;
            }
            ParsedExtension::SubjectKeyIdentifier(id) => found.subject_key_identifier = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                found.authority_key_identifier = id.key_identifier.as_ref().map(|k| k.0.to_vec());
            }
            ParsedExtension::CertificatePolicies(policies) => {
                found.policies = Some(policies.iter().map(|p| p.policy_id.to_id_string()).collect());
            }
            ParsedExtension::PolicyMappings(mappings) => {
                let pair = |m: &x509_parser::extensions::PolicyMapping<'_>| {
                    (m.issuer_domain_policy.to_id_string(), m.subject_domain_policy.to_id_string())
                };
                found.mappings = mappings.mappings.iter().map(pair).collect();
            }
            ParsedExtension::PolicyConstraints(constraints) => {
                found.require_explicit = constraints.require_explicit_policy;
                found.inhibit_mapping = constraints.inhibit_policy_mapping;
            }
            ParsedExtension::InhibitAnyPolicy(inhibit) => found.inhibit_any = Some(inhibit.skip_certs),
            ParsedExtension::NameConstraints(constraints) => {
                let names = |subtrees: &Vec<x509_parser::extensions::GeneralSubtree<'_>>| -> Vec<GeneralName> {
                    subtrees.iter().map(|s| GeneralName::from_parsed(&s.base)).collect()
                };
                found.permitted = constraints.permitted_subtrees.as_ref().map(names);
                found.excluded = constraints.excluded_subtrees.as_ref().map(names).unwrap_or_default();
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                found.alternative_names = names.general_names.iter().map(GeneralName::from_parsed).collect();
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in &access.accessdescs {
                    if let Parsed::URI(uri) = &description.access_location {
                        match description.access_method.to_id_string().as_str() {
                            OCSP => found.ocsp.push((*uri).to_owned()),
                            CA_ISSUERS => found.ca_issuers.push((*uri).to_owned()),
                            _ => {}
                        }
                    }
                }
            }
            // not needed for a path
            ParsedExtension::IssuerAlternativeName(_) | ParsedExtension::SubjectInfoAccess(_) => {}
            // the identifiers of certificate extensions (id-ce) matter to a path, others only where they are critical
            ParsedExtension::ParseError { error } if extension.critical || oid.starts_with("2.5.29.") => {
                return Err(format!("the extension {oid} is malformed: {error}"));
            }
            _ => match oid.as_str() {
                OCSP_NOCHECK => found.ocsp_nocheck = true,
                SHORT_TERM => found.short_term = true,
                _ if extension.critical => found.unknown_critical.push(oid.clone()),
                _ => {}
            },
        }
    }
    Ok(found)
}

impl GeneralName {
    /// From x509-parser's form.
    pub fn from_parsed(name: &Parsed<'_>) -> Self {
        match name {
            Parsed::DirectoryName(name) => Self::Directory(Name::from_parsed(name)),
            Parsed::DNSName(name) => Self::Dns((*name).to_owned()),
            Parsed::RFC822Name(name) => Self::Email((*name).to_owned()),
            Parsed::URI(name) => Self::Uri((*name).to_owned()),
            Parsed::IPAddress(bytes) => Self::Ip(bytes.to_vec()),
            Parsed::OtherName(..) => Self::Other(0),
            Parsed::X400Address(_) => Self::Other(3),
            Parsed::EDIPartyName(_) => Self::Other(5),
            Parsed::RegisteredID(_) => Self::Other(8),
            Parsed::Invalid(..) => Self::Other(u8::MAX),
        }
    }
}

/// Used by [`Name`] to read an attribute.
pub(super) fn attribute(attribute: &AttributeTypeAndValue<'_>) -> (String, u32, Vec<u8>) {
    let value = attribute.attr_value();
    (attribute.attr_type().to_id_string(), value.tag().0, value.data.to_vec())
}
