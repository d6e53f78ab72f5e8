//! Validation of all signatures of a PDF: from the file to what is validated in [`process`](super::process).

use super::Inputs;
use super::byte_range::behind_last_revision;
use super::cryptographic_verification::{self, digest_needed};
use super::digests::{CoveredRange, digest_ranges};
use super::format_checking::PdfSignature;
use super::material::Material;
use super::modification::Modifications;
use super::opening::{no_signatures, open};
use super::process::{Found, Process};
use super::report::SignatureReport;
use super::signing_certificate::{self, SigningCertificate};
use super::x509_validation::X509Validation;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::pdf::PdfError;
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Signatures whose ranges are hashed although they cannot be right.
const MOST_ODD: usize = 8;
/// Bytes hashed in one piece.
const BLOCK: usize = 256 << 10;

/// Validates the signatures of a PDF, in the order of their revisions; none if there are none.
pub fn validate(file: &Arc<dyn Source>, inputs: &Inputs<'_>) -> Result<Vec<SignatureReport>, PdfError> {
    let (doc, signatures) = open(file, inputs.password, inputs.limits)?;
    if signatures.is_empty() {
        return no_signatures(&doc, &**file);
    }
    let embedded = Material::embedded(Some(&doc), &signatures, inputs.limits);
    let material = embedded.clone().with(inputs);
    let known: &[Certificate] = &material.certificates;
    let certificates: Vec<SigningCertificate> =
        signatures.iter().map(|s| signing_certificate::identify(s, known, inputs.limits)).collect();
    let digests = digests(&**file, &signatures, &certificates, inputs)?;
    let verified = Rc::default();
    let process = Process {
        doc: &doc,
        signatures: &signatures,
        material: &material,
        x509: X509Validation::new(inputs, &material, signatures.len(), &verified),
        embedded: X509Validation::new(inputs, &embedded, signatures.len(), &verified),
    };
    let behind = behind_last_revision(&doc, &**file);
    let modifications = Modifications::of(&doc, &signatures);
    let mut found = Vec::new();
    for (index, ((signature, certificate), digest)) in signatures.iter().zip(certificates).zip(digests).enumerate() {
        let verified = cryptographic_verification::verify(signature, certificate.key.as_deref(), digest.as_deref());
        let mut one = Found::new(signature, certificate, verified, digest);
        one.judge_what_follows(modifications.after(&signatures, index), behind);
        one.warnings.extend(modifications.odd(signature));
        one.changes = modifications.told(&signatures, index);
        one.warnings.extend(modifications.doubts(signature));
        found.push(one);
    }
    Ok(process.run(found))
}

/// The digest of what each signature covers: all in one pass over the file.
fn digests(
    file: &dyn Source,
    signatures: &[PdfSignature],
    certificates: &[SigningCertificate],
    inputs: &Inputs<'_>,
) -> Result<Vec<Option<Vec<u8>>>, PdfError> {
    let needed: Vec<Option<DigestAlgorithm>> =
        signatures.iter().zip(certificates).map(|(s, c)| digest_needed(s, c.key.as_deref())).collect();
    // fields that share a signature share its digest
    let mut ranges: Vec<(DigestAlgorithm, CoveredRange)> = Vec::new();
    let mut ends: HashMap<u64, usize> = HashMap::new();
    let mut indices: Vec<Option<usize>> = Vec::new();
    for (signature, needed) in signatures.iter().zip(&needed) {
        let wanted = needed.zip(signature.byte_range.covered);
        let known = wanted.and_then(|w| ranges.iter().rev().take(MOST_ODD).position(|r| *r == w));
        indices.push(match (wanted, known) {
            (Some(_), Some(back)) => Some(ranges.len().saturating_sub(back).saturating_sub(1)),
            (Some(wanted), None) => {
                // two signatures that cover each other cannot both be right, and each costs the whole file
                let count = ends.entry(wanted.1.end).or_default();
                *count = count.saturating_add(1);
                (*count <= MOST_ODD).then(|| {
                    ranges.push(wanted);
                    ranges.len().saturating_sub(1)
                })
            }
            (None, _) => None,
        });
    }
    let digests = digest_ranges(file, &ranges, inputs.limits)?;
    let mut all: Vec<Option<Vec<u8>>> =
        indices.into_iter().map(|index| index.and_then(|i| digests.get(i)).cloned()).collect();
    let odd = signatures.iter().zip(needed).zip(&mut all);
    let is_odd = |signature: &PdfSignature| signature.byte_range.covered.is_none();
    for ((signature, needed), slot) in odd.filter(|((signature, _), _)| is_odd(signature)).take(MOST_ODD) {
        if let (Some(algorithm), false) = (needed, signature.byte_range.ranges.is_empty()) {
            *slot = Some(hash(file, algorithm, &signature.byte_range.ranges)?);
        }
    }
    Ok(all)
}

fn hash(file: &dyn Source, algorithm: DigestAlgorithm, ranges: &[(u64, u64)]) -> Result<Vec<u8>, PdfError> {
    let mut hasher = Hasher::new(algorithm);
    for (start, length) in ranges {
        let mut position = *start;
        let end = start.saturating_add(*length);
        while position < end {
            let length = usize::try_from(end.saturating_sub(position)).unwrap_or(usize::MAX).min(BLOCK);
            hasher.update(&file.read_up_to(position, length)?);
            position = position.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
    }
    Ok(hasher.finish())
}
