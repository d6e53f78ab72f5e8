//! POE extraction (clause 5.6.2.3): what a time-stamp that is believed proves to have existed when it was made.

use super::format_checking::PdfSignature;
use super::material::{Material, Place};
use super::poe::ProofsOfExistence;
use super::signing_certificate::SigningCertificate;
use crate::digest::sha256;
use time::OffsetDateTime;

/// A document time-stamp proves all that its ByteRange covers: the signatures and time-stamps before it, what is in them, and
/// the document security store as it was in its revision.
pub fn by_document_time_stamp(
    stamp: &PdfSignature,
    time: OffsetDateTime,
    signatures: &[PdfSignature],
    material: &Material,
    poes: &mut ProofsOfExistence,
) {
    for (identity, place) in &material.places {
        let covered = match place {
            Place::Cms(index) | Place::Signed(index) => signatures.get(*index).is_some_and(|s| covers(stamp, s)),
            Place::Dss(revision) => stamp.byte_range.revision.is_some_and(|own| *revision <= own),
        };
        if covered {
            poes.add(*identity, time);
        }
    }
}

/// Whether a document time-stamp covers the whole of a signature.
pub fn covers(stamp: &PdfSignature, signature: &PdfSignature) -> bool {
    match (stamp.byte_range.covered, signature.byte_range.covered) {
        (Some(stamp), Some(signature)) => signature.end <= stamp.gap_start,
        _ => false,
    }
}

/// A signature time-stamp proves the signature value, and with it what the signature signs: the revocation data among its signed
/// attributes, and the certificate that they name.
pub fn by_signature_time_stamp(
    index: usize,
    signature: &PdfSignature,
    certificate: &SigningCertificate,
    time: OffsetDateTime,
    material: &Material,
    poes: &mut ProofsOfExistence,
) {
    poes.add(sha256(signature.value()), time);
    if let Some(named) = certificate.certificate.as_ref().filter(|_| certificate.is_signed) {
        poes.add(named.sha256(), time);
    }
    let signed = material.places.iter().filter(|(_, place)| *place == Place::Signed(index));
    for (identity, _) in signed {
        poes.add(*identity, time);
    }
}
