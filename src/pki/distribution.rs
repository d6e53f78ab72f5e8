//! Distribution points of revocation lists (RFC 5280 sections 4.2.1.13 and 5.2.5), read here because x509-parser does not
//! know the form relative to the issuer.

use super::certificate::{DistributionPoint, GeneralName};
use super::name::Name;
use crate::cms::CmsError;
use crate::cms::ber::{Reader, Tlv, tag};
use crate::cms::encode;
use crate::limits::Limits;
use x509_parser::extensions::GeneralName as Parsed;
use x509_parser::prelude::FromDer;

/// Distribution points of a certificate, names of one of them: each is compared with each.
const MOST: usize = 64;

const WHAT: &str = "a distribution point";

/// issuingDistributionPoint as it stands; what is left out is false or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools)] // the standard's
pub struct IssuingDistributionPoint {
    pub names: Vec<GeneralName>,
    pub only_users: bool,
    pub only_cas: bool,
    pub only_attributes: bool,
    pub reasons: Option<u16>,
    pub indirect: bool,
}

/// The value of cRLDistributionPoints. `issuer` is that of the certificate.
pub fn read_points(value: &[u8], issuer: &Name) -> Result<Vec<DistributionPoint>, CmsError> {
    let mut whole = Reader::new(value, Limits::in_force());
    let mut points = whole.sequence(WHAT)?;
    whole.finish(WHAT)?;
    let mut found = Vec::new();
    while !points.is_empty() {
        let mut members = points.sequence(WHAT)?;
        let name = members.optional(tag::context(0), WHAT)?;
        let reasons = members.optional(tag::context_primitive(1), WHAT)?.map(|r| reason_flags(&r)).transpose()?;
        let crl_issuer = members.optional(tag::context(2), WHAT)?.map(|n| general_names(&n)).transpose()?;
        members.finish(WHAT)?;
        let crl_issuer = crl_issuer.unwrap_or_default();
        let list_issuer = match crl_issuer.first() {
            Some(GeneralName::Directory(name)) => name,
            _ => issuer,
        };
        let names = name.map(|n| point_names(&n, list_issuer)).transpose()?.unwrap_or_default();
        if found.len() >= MOST {
            return Err(CmsError::TooMany { what: WHAT, limit: MOST });
        }
        found.push(DistributionPoint { names, reasons, crl_issuer });
    }
    Ok(found)
}

/// The value of issuingDistributionPoint. `issuer` is that of the list.
pub fn read_issuing(value: &[u8], issuer: &Name) -> Result<IssuingDistributionPoint, CmsError> {
    let mut whole = Reader::new(value, Limits::in_force());
    let mut members = whole.sequence(WHAT)?;
    whole.finish(WHAT)?;
    let mut found = IssuingDistributionPoint::default();
    if let Some(name) = members.optional(tag::context(0), WHAT)? {
        found.names = point_names(&name, issuer)?;
    }
    found.only_users = flag(&mut members, 1)?;
    found.only_cas = flag(&mut members, 2)?;
    found.reasons = members.optional(tag::context_primitive(3), WHAT)?.map(|r| reason_flags(&r)).transpose()?;
    found.indirect = flag(&mut members, 4)?;
    found.only_attributes = flag(&mut members, 5)?;
    members.finish(WHAT)?;
    Ok(found)
}

/// A BOOLEAN with an implicit tag, by default false.
fn flag(members: &mut Reader<'_>, number: u8) -> Result<bool, CmsError> {
    Ok(members.optional(tag::context_primitive(number), WHAT)?.is_some_and(|f| f.contents != [0]))
}

/// DistributionPointName, within its explicit tag.
fn point_names(name: &Tlv<'_>, list_issuer: &Name) -> Result<Vec<GeneralName>, CmsError> {
    let mut choice = name.children()?;
    let name = choice.next(WHAT)?;
    choice.finish(WHAT)?;
    match name.tag {
        0xA0 => general_names(&name),
        0xA1 => {
            let relative = encode::sequence(&[&encode::tlv(tag::SET, &[name.contents])]);
            let relative = Name::parse(&relative).ok_or(CmsError::Malformed { what: WHAT })?;
            Ok(vec![GeneralName::Directory(list_issuer.followed_by(&relative))])
        }
        _ => Err(CmsError::Malformed { what: WHAT }),
    }
}

/// The names within some tag.
pub fn general_names(names: &Tlv<'_>) -> Result<Vec<GeneralName>, CmsError> {
    let mut names = names.children()?;
    let mut found = Vec::new();
    while !names.is_empty() {
        let (_, name) =
            Parsed::from_der(names.next(WHAT)?.raw).map_err(|_| CmsError::Malformed { what: "a general name" })?;
        if found.len() >= MOST {
            return Err(CmsError::TooMany { what: WHAT, limit: MOST });
        }
        found.push(GeneralName::from_parsed(&name));
    }
    if found.is_empty() { Err(CmsError::Malformed { what: WHAT }) } else { Ok(found) }
}

/// ReasonFlags, the first bit lowest.
fn reason_flags(bits: &Tlv<'_>) -> Result<u16, CmsError> {
    let octets = bits.contents.get(1..).ok_or(CmsError::Malformed { what: WHAT })?;
    let reversed = |index: usize| octets.get(index).map_or(0, |o| u16::from(o.reverse_bits()));
    Ok(reversed(0) | reversed(1) << 8)
}
