//! Baseline levels (PAdES: ETSI EN 319 142-1 clause 6; XAdES: EN 319 132-1 clause 6): recognised where what a level asks for is there and holds.

use super::format_checking::{PdfSignature, SubFilter};
use super::time_stamp::TimeStamp;
use super::x509_validation::X509Validation;
use crate::pdf::document::Document;
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use crate::xades::XmlSignature;
use time::OffsetDateTime;

/// What a level depends on.
pub struct Facts<'a> {
    /// The signature.
    pub signature: &'a PdfSignature,
    /// The signing certificate is named by a signed attribute.
    pub is_certificate_signed: bool,
    /// A time at which the signature is proven to have existed.
    pub best: Option<OffsetDateTime>,
    /// The signer's certificate.
    pub certificate: Option<&'a Certificate>,
    /// Its signature time-stamps.
    pub stamps: &'a [TimeStamp],
    /// Revisions that end with a document time-stamp that holds.
    pub archived_by: Vec<usize>,
}

/// The highest level of a signature; `None` if it is not even B-B. `embedded` validates with what the file has.
pub fn of(facts: &Facts<'_>, doc: &Document, embedded: &X509Validation<'_>) -> Option<&'static str> {
    let attributes = facts.signature.signer()?.signed_attributes.as_ref()?;
    // clause 6.3: /M is there, and signing-time is not
    let baseline = facts.signature.sub_filter == Some(SubFilter::Pades)
        && facts.signature.problems.is_empty()
        && facts.is_certificate_signed
        && facts.signature.claimed.is_some()
        && !attributes.contains(&crate::cms::oid::SIGNING_TIME);
    if !baseline {
        return None;
    }
    let Some(best) = facts.best else { return Some("B-B") };
    let last = doc.revisions().len().saturating_sub(1);
    if !has_dss(doc, last) || !is_long_term(facts.certificate, facts.stamps, best, embedded) {
        return Some("B-T");
    }
    let archived = facts.archived_by.iter().any(|revision| has_dss(doc, *revision));
    Some(if archived { "B-LTA" } else { "B-LT" })
}

/// The same of an XML signature; archive time-stamps are not known.
pub fn of_xml(
    signature: &XmlSignature,
    certificate: Option<&Certificate>,
    best: Option<OffsetDateTime>,
    stamps: &[TimeStamp],
    embedded: &X509Validation<'_>,
) -> Option<&'static str> {
    if !signature.is_baseline {
        return None;
    }
    let Some(best) = best else { return Some("B-B") };
    let long_term = !signature.unsigned.values.is_empty() && is_long_term(certificate, stamps, best, embedded);
    Some(if long_term { "B-LT" } else { "B-T" })
}

/// All certificates can be validated, revocation included, with what the file brings along.
fn is_long_term(
    certificate: Option<&Certificate>,
    stamps: &[TimeStamp],
    best: OffsetDateTime,
    embedded: &X509Validation<'_>,
) -> bool {
    let signer = certificate.is_some_and(|c| embedded.is_complete(c, Purpose::Signing, best));
    let good = stamps.iter().filter(|s| s.is_good());
    let mut authorities = good.filter_map(|s| s.certificate.as_ref());
    signer && authorities.all(|c| embedded.is_complete(c, Purpose::TimeStamping, best))
}

/// The document has a document security store in a revision.
fn has_dss(doc: &Document, revision: usize) -> bool {
    let Ok(catalog) = doc.at_revision(revision).and_then(|d| d.catalog()) else { return false };
    catalog.as_dictionary().is_some_and(|c| c.contains(b"DSS"))
}
