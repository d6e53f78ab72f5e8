//! What each certificate says: its subject, and its extensions by RFC 5280. Subjects have the form that certificates
//! of Vietnamese agencies have, with `UID=MST:` (tax code) and `UID=CCCD:` (personal identification number).

use super::Agency;
use crate::cms::ber::tag;
use crate::cms::{Oid, encode};
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
};

/// What the CAs and their services call themselves: nobody shall take them for real.
const ORGANIZATION: &str = "Dauson DEMO - no legal value";

/// uid (RFC 4519 section 2.39).
const UID: [u64; 7] = [0, 9, 2342, 19_200_300, 100, 1, 1];
/// id-kp-documentSigning (RFC 9336 section 3).
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];
/// id-kp-timeStamping (RFC 5280 section 4.2.1.12).
const TIME_STAMPING: Oid = Oid::known(&[0x2B, 6, 1, 5, 5, 7, 3, 8]);
/// id-ce-extKeyUsage.
const EXT_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];
/// id-pe-authorityInfoAccess (RFC 5280 section 4.2.2.1).
const AUTHORITY_INFO_ACCESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
/// id-ad-ocsp.
const AD_OCSP: Oid = Oid::known(&[0x2B, 6, 1, 5, 5, 7, 0x30, 1]);
/// id-ad-caIssuers.
const AD_CA_ISSUERS: Oid = Oid::known(&[0x2B, 6, 1, 5, 5, 7, 0x30, 2]);
/// id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1).
const OCSP_NOCHECK: [u64; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];

type Profile = Result<CertificateParams, rcgen::Error>;

/// `mark` tells this authority's CAs from those of all others: revocation lists are found by the issuer's name.
pub(super) fn root(mark: &str) -> Profile {
    ca(&format!("Dauson DEMO Root CA {mark}"), BasicConstraints::Unconstrained)
}

/// Its status is in the root's revocation list only: the OCSP responder, being certified by the issuing CA, may
/// answer for nothing but that CA's certificates (RFC 6960 section 4.2.2.2).
pub(super) fn issuing(mark: &str, url: &str) -> Profile {
    let mut params = ca(&format!("Dauson DEMO Issuing CA {mark}"), BasicConstraints::Constrained(0))?;
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![format!("{url}/crl/root.crl")] }];
    params.custom_extensions.push(information_access(&[(&AD_CA_ISSUERS, format!("{url}/ca/root.cer"))]));
    Ok(params)
}

fn ca(name: &str, constraints: BasicConstraints) -> Profile {
    let subject = [(DnType::OrganizationName, ORGANIZATION), (DnType::CommonName, name)];
    let mut params = named(&subject)?;
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

pub(super) fn leader(agency: &Agency<'_>, url: &str) -> Profile {
    signer(agency, "LÃNH ĐẠO ỦY BAN", agency.leader, &format!("CCCD:{}", agency.leader_id), url)
}

pub(super) fn seal(agency: &Agency<'_>, url: &str) -> Profile {
    signer(agency, "VĂN THƯ", agency.name, &format!("MST:{}", agency.tax_code), url)
}

pub(super) fn receipt(agency: &Agency<'_>, url: &str) -> Profile {
    signer(agency, "BIÊN LAI ĐIỆN TỬ", agency.name, &format!("MST:{}", agency.tax_code), url)
}

fn signer(agency: &Agency<'_>, department: &str, name: &str, uid: &str, url: &str) -> Profile {
    let mut params = named(&[
        (DnType::StateOrProvinceName, agency.province),
        (DnType::LocalityName, agency.commune),
        (DnType::OrganizationName, agency.name),
        (DnType::OrganizationalUnitName, department),
        (DnType::CommonName, name),
        (DnType::CustomDnType(UID.to_vec()), uid),
    ])?;
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::EmailProtection,
        ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec()),
    ];
    Ok(with_status(issued(params), url))
}

pub(super) fn tsa(url: &str) -> Profile {
    let subject = [(DnType::OrganizationName, ORGANIZATION), (DnType::CommonName, "Dauson DEMO TSA")];
    let mut params = issued(named(&subject)?);
    // alone and critical (RFC 3161 section 2.3)
    let purposes = encode::sequence(&[&encode::oid(&TIME_STAMPING)]);
    let mut usage = CustomExtension::from_oid_content(&EXT_KEY_USAGE, purposes);
    usage.set_criticality(true);
    params.custom_extensions.push(usage);
    Ok(with_status(params, url))
}

/// Nothing is said about its own status, anywhere.
pub(super) fn ocsp(url: &str) -> Profile {
    let subject = [(DnType::OrganizationName, ORGANIZATION), (DnType::CommonName, "Dauson DEMO OCSP")];
    let mut params = issued(named(&subject)?);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    params.custom_extensions.push(information_access(&[(&AD_CA_ISSUERS, issuer_certificate(url))]));
    params.custom_extensions.push(CustomExtension::from_oid_content(&OCSP_NOCHECK, encode::NULL.to_vec()));
    Ok(params)
}

/// In Vietnam (`C` is a PrintableString, all else UTF8String: RFC 5280 appendix A.1 and section 4.1.2.4).
fn named(attributes: &[(DnType, &str)]) -> Profile {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, DnValue::PrintableString(PrintableString::try_from("VN")?));
    for (kind, value) in attributes {
        subject.push(kind.clone(), *value);
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    Ok(params)
}

fn issued(mut params: CertificateParams) -> CertificateParams {
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params
}

/// Where the status of a certificate of the issuing CA is found.
fn with_status(mut params: CertificateParams, url: &str) -> CertificateParams {
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![format!("{url}/crl/issuing.crl")] }];
    let places = [(&AD_OCSP, format!("{url}/ocsp")), (&AD_CA_ISSUERS, issuer_certificate(url))];
    params.custom_extensions.push(information_access(&places));
    params
}

fn issuer_certificate(url: &str) -> String {
    format!("{url}/ca/issuing.cer")
}

/// authorityInfoAccess: methods, each with its URI.
fn information_access(places: &[(&Oid, String)]) -> CustomExtension {
    let descriptions: Vec<Vec<u8>> = places
        .iter()
        .map(|(method, uri)| {
            encode::sequence(&[&encode::oid(method), &encode::tlv(tag::context_primitive(6), &[uri.as_bytes()])])
        })
        .collect();
    let descriptions: Vec<&[u8]> = descriptions.iter().map(Vec::as_slice).collect();
    CustomExtension::from_oid_content(&AUTHORITY_INFO_ACCESS, encode::sequence(&descriptions))
}
