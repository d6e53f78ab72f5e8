//! Validation of all signatures of a PDF: of basic signatures (clause 5.3), with time (5.5), and of document
//! time-stamps, which prove when what they cover existed.

use super::byte_range::{Behind, behind_last_revision};
use super::cryptographic_verification::{self, Verified, digest_needed};
use super::digests::{CoveredRange, digest_ranges};
use super::format_checking::{Content, PdfSignature};
use super::level;
use super::material::Material;
use super::modification::Modifications;
use super::report::{
    Integrity, LogReport, Modification, Remark, SignatureReport, SignatureType, Signer, TimestampReport,
};
use super::signing_certificate::{self, SigningCertificate};
use super::time_stamp::{self, TimeStamp, imprint_algorithm};
use super::x509_validation::X509Validation;
use super::{Inputs, log, signature_acceptance};
use crate::digest::{DigestAlgorithm, Hasher};
use crate::indication::{Indication, Problem, SubIndication};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pdf::document::Document;
use crate::pdf::source::{Prefix, Source};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use std::collections::HashMap;
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Signatures whose ranges are hashed although they cannot be right.
const MOST_ODD: usize = 8;
/// Bytes hashed in one piece.
const BLOCK: usize = 256 << 10;
/// Ends of older revisions that are tried where the newest one cannot be read.
const MOST_ENDS: usize = 16;
/// How far from the end of the file they are looked for.
const REACH: u64 = 64 << 20;

/// Validates the signatures of a PDF, in the order of their revisions; none if there are none.
pub fn validate(file: &Arc<dyn Source>, inputs: &Inputs<'_>) -> Result<Vec<SignatureReport>, PdfError> {
    let (doc, signatures) = open(file, inputs.password, inputs.limits)?;
    if signatures.is_empty() {
        return no_signatures(&doc, &**file);
    }
    let embedded = Material::embedded(Some(&doc), &signatures, inputs.limits);
    let known = embedded.certificates.clone().into_iter().chain(inputs.certificates.iter().cloned());
    let known: Vec<Certificate> = known.collect();
    let certificates: Vec<SigningCertificate> =
        signatures.iter().map(|s| signing_certificate::identify(s, &known, inputs.limits)).collect();
    let digests = digests(&**file, &signatures, &certificates, inputs)?;
    let material = Material::embedded(Some(&doc), &signatures, inputs.limits).with(inputs);
    let x509 = X509Validation::new(inputs, &material, signatures.len());
    let offline = X509Validation::new(inputs, &embedded, signatures.len());
    let process = Process { doc: &doc, inputs, known: &known, x509, embedded: offline };
    let behind = behind_last_revision(&doc, &**file);

    let modifications = Modifications::of(&doc, &signatures);
    let mut found = Vec::new();
    for (index, ((signature, certificate), digest)) in signatures.iter().zip(certificates).zip(digests).enumerate() {
        let verified = cryptographic_verification::verify(signature, certificate.key.as_deref(), digest.as_deref());
        let mut one = Found {
            signature,
            certificate,
            verified,
            modification: Modification::None,
            problems: signature.problems.clone(),
            followed: Vec::new(),
            changes: Vec::new(),
            warnings: signature.warnings.clone(),
        };
        one.judge_what_follows(modifications.after(&signatures, index), behind);
        one.warnings.extend(modifications.odd(signature));
        one.changes = modifications.told(signature);
        found.push(one);
    }
    Ok(process.run(found))
}

/// Opens the file and reads its signatures. If its newest revision cannot be read, the newest one that can counts, and
/// what follows it makes its signatures fail.
pub(super) fn open(
    file: &Arc<dyn Source>,
    password: Option<&[u8]>,
    limits: &Limits,
) -> Result<(Document, Vec<PdfSignature>), PdfError> {
    let limits = *limits;
    let why = match Document::open(Arc::clone(file), password, limits).and_then(|d| read(d, file)) {
        Ok(found) => return Ok(found),
        Err(
            why @ (PdfError::Malformed { .. }
            | PdfError::NoStartxref
            | PdfError::Missing { .. }
            | PdfError::WrongObject { .. }),
        ) => why,
        Err(why) => return Err(why),
    };
    for end in ends_of_revisions(&**file)? {
        let prefix: Arc<dyn Source> = Arc::new(Prefix::new(Arc::clone(file), end));
        let Ok((doc, mut signatures)) = Document::open(prefix, password, limits).and_then(|d| read(d, file)) else {
            continue;
        };
        if signatures.is_empty() {
            break;
        }
        for signature in &mut signatures {
            let message = format!("what was added behind byte {end} is no revision that can be read: {why}");
            signature.problems.push(Problem::new(SubIndication::FormatFailure, message));
        }
        return Ok((doc, signatures));
    }
    Err(why)
}

/// A document without signatures. A signature behind its last revision is one of a file that is cut off or patched up.
fn no_signatures(doc: &Document, file: &dyn Source) -> Result<Vec<SignatureReport>, PdfError> {
    let end = doc.revisions().last().map_or(0, |r| r.end);
    let rest = usize::try_from(file.len().saturating_sub(end)).unwrap_or(usize::MAX);
    let tail = file.read_up_to(end, rest.min(BLOCK))?;
    if tail.windows(10).any(|w| w == b"/ByteRange") {
        let what = "a signature lies behind the last revision that can be read";
        return Err(PdfError::Malformed { position: end, what });
    }
    Ok(Vec::new())
}

fn read(doc: Document, file: &Arc<dyn Source>) -> Result<(Document, Vec<PdfSignature>), PdfError> {
    let mut signatures = Vec::new();
    for field in doc.signature_fields()? {
        match &field.value {
            Some((_, dictionary)) => signatures.push(PdfSignature::read(&doc, &**file, &field, dictionary)),
            None if field.broken_value => signatures.push(PdfSignature::broken(&field)),
            None => {}
        }
    }
    signatures
        .sort_by_key(|s| s.byte_range.ranges.last().map_or(u64::MAX, |(start, length)| start.saturating_add(*length)));
    Ok((doc, signatures))
}

/// Positions behind the `%%EOF`s before the last one, the last first.
fn ends_of_revisions(file: &dyn Source) -> Result<Vec<u64>, PdfError> {
    let word = b"%%EOF";
    let mut ends = Vec::new();
    let mut until = file.len();
    let first = file.len().saturating_sub(REACH);
    while until > first && ends.len() <= MOST_ENDS {
        let step = u64::try_from(BLOCK).unwrap_or(u64::MAX);
        let start = until.saturating_sub(step).max(first);
        let overlap = u64::try_from(word.len()).unwrap_or_default() - 1;
        let length = usize::try_from(until.saturating_sub(start).saturating_add(overlap)).unwrap_or_default();
        let window = file.read_up_to(start, length)?;
        let places: Vec<usize> =
            window.windows(word.len()).enumerate().filter(|(_, w)| w == word).map(|(at, _)| at).collect();
        for at in places.into_iter().rev() {
            let end = u64::try_from(at.saturating_add(word.len())).unwrap_or_default();
            ends.push(start.saturating_add(end));
        }
        until = start;
    }
    if ends.first() == Some(&file.len()) {
        ends.remove(0);
    }
    ends.truncate(MOST_ENDS);
    Ok(ends)
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

/// What is known of one signature before certificates are validated.
struct Found<'a> {
    signature: &'a PdfSignature,
    certificate: SigningCertificate,
    verified: Verified,
    modification: Modification,
    problems: Vec<Problem>,
    /// What is wrong with what follows the signed revision.
    followed: Vec<Problem>,
    changes: Vec<String>,
    warnings: Vec<Remark>,
}

impl Found<'_> {
    /// Format checking, continued: what follows the signed revision.
    fn judge_what_follows(&mut self, changed: (Modification, Vec<String>), behind: Behind) {
        let wrong = |message: String| Problem::new(SubIndication::FormatFailure, message);
        if self.signature.byte_range.revision.is_none() {
            // nobody can tell what was there when it was signed
            self.modification = Modification::Forbidden;
            return;
        }
        let (modification, forbidden) = changed;
        self.modification = modification;
        self.followed.extend(forbidden.into_iter().map(wrong));
        match behind {
            Behind::Something => {
                self.modification = Modification::Forbidden;
                let message = "something that is no revision follows the last revision of the file";
                self.followed.push(wrong(message.to_owned()));
            }
            Behind::Blank => self.warnings.push(Remark {
                code: "APPENDED_BLANK",
                message: "white space or comments follow the last revision of the file".to_owned(),
            }),
            Behind::Nothing => {}
        }
    }

    fn end(&self) -> u64 {
        self.signature.byte_range.covered.map_or(u64::MAX, |r| r.end)
    }
}

/// A document time-stamp that can be believed.
struct Proof {
    /// What it states.
    time: OffsetDateTime,
    /// Where its gap begins: all before that existed.
    covers: u64,
    /// The revision that it ends.
    revision: Option<usize>,
}

struct Process<'a> {
    doc: &'a Document,
    inputs: &'a Inputs<'a>,
    known: &'a [Certificate],
    x509: X509Validation<'a>,
    /// The same with nothing but what the file brings along.
    embedded: X509Validation<'a>,
}

impl Process<'_> {
    /// From the newest to the oldest: a document time-stamp proves that what lies before it existed.
    fn run(&self, found: Vec<Found<'_>>) -> Vec<SignatureReport> {
        let mut proofs: Vec<Proof> = Vec::new();
        let mut reports = Vec::new();
        for one in found.into_iter().rev() {
            let end = one.end();
            let covering: Vec<&Proof> = proofs.iter().filter(|p| end <= p.covers).collect();
            let (report, proof) = match one.signature.kind {
                SignatureType::DocumentTimestamp => self.document_time_stamp(one, &covering),
                SignatureType::Signature => (self.signature(one, &covering), None),
            };
            proofs.extend(proof);
            reports.push(report);
        }
        reports.reverse();
        reports
    }

    fn document_time_stamp(&self, mut one: Found<'_>, covering: &[&Proof]) -> (SignatureReport, Option<Proof>) {
        let existed = covering.iter().map(|p| p.time).min();
        let at = existed.unwrap_or(self.inputs.at);
        self.judge(&mut one, Purpose::TimeStamping, existed, at);
        let Content::TimeStamp(token) = &one.signature.content else {
            return (report(one, Vec::new(), None, None), None);
        };
        one.problems.extend(imprint_algorithm(token, self.inputs, at));
        let time = token.info.gen_time;
        // what follows it cannot unprove what it covers
        let proof = one.problems.is_empty().then(|| Proof {
            time,
            covers: one.signature.byte_range.covered.map_or(0, |r| r.gap_start),
            revision: one.signature.byte_range.revision,
        });
        let shown =
            TimestampReport { kind: "document", time: time.format(&Rfc3339).ok(), indication: worst(&one.problems) };
        (report(one, vec![shown], proof.as_ref().map(|p| p.time), None), proof)
    }

    fn signature(&self, mut one: Found<'_>, covering: &[&Proof]) -> SignatureReport {
        let by_document = covering.iter().map(|p| p.time).min();
        let tokens = one.signature.signer().map(|s| &s.unsigned_attributes);
        let value = one.signature.value();
        let stamps: Vec<TimeStamp> = tokens
            .into_iter()
            .flat_map(crate::cms::Attributes::time_stamps)
            .take(time_stamp::MOST)
            .map(|t| TimeStamp::judge(t, value, self.known, &self.x509, by_document, self.inputs))
            .collect();
        let best = stamps.iter().filter(|s| s.is_good()).filter_map(|s| s.time).chain(by_document).min();
        for problem in stamps.iter().filter_map(|s| s.problems.first()) {
            let message = format!("a time-stamp does not prove anything: {}", problem.message);
            one.warnings.push(Remark { code: "TIMESTAMP_NOT_USED", message });
        }
        let at = best.filter(|t| *t < self.inputs.at).unwrap_or(self.inputs.at);
        self.judge(&mut one, Purpose::Signing, best, at);
        let level = level::of(
            &level::Facts {
                signature: one.signature,
                is_certificate_signed: one.certificate.is_signed,
                best,
                certificate: one.certificate.certificate.as_ref(),
                stamps: &stamps,
                archived_by: covering.iter().filter_map(|p| p.revision).collect(),
            },
            self.doc,
            &self.embedded,
        );
        let shown = stamps.iter().map(|s| s.report("signature")).collect();
        let proof = one.signature.signer().map(|s| s.unsigned_attributes.log_proof(self.inputs.limits));
        let (log, remark) = match proof {
            Some(Ok(proof)) => log::judge(proof.as_ref(), value, self.inputs.log_keys),
            Some(Err(_)) => (LogReport::INVALID, None),
            None => (LogReport::ABSENT, None),
        };
        one.warnings.extend(remark);
        SignatureReport { log, ..report(one, shown, best, level) }
    }

    /// Building blocks 5.2.3 to 5.2.8.
    fn judge(&self, one: &mut Found<'_>, purpose: Purpose, existed: Option<OffsetDateTime>, at: OffsetDateTime) {
        let unnamed = !one.certificate.problems.is_empty();
        one.problems.append(&mut one.certificate.problems);
        let said = one.problems.iter().any(|p| p.sub_indication == SubIndication::NoSigningCertificateFound);
        let verified = one.verified.problems.iter().cloned();
        one.problems
            .extend(verified.filter(|p| !(said && p.sub_indication == SubIndication::NoSigningCertificateFound)));
        if let Some(certificate) = one.certificate.certificate.as_ref().filter(|_| !unnamed) {
            let judged = self.x509.judge(certificate, purpose, existed);
            one.problems.extend(judged.problems);
            let warnings = judged.warnings.into_iter();
            one.warnings.extend(warnings.map(|message| Remark { code: "CERTIFICATE_PATH", message }));
        }
        let Some(facts) = &one.verified.scheme else { return };
        let weak = signature_acceptance::algorithm(self.inputs.algorithms, facts, at);
        let document = digest_needed(one.signature, one.certificate.key.as_deref());
        let weak = weak.or_else(|| {
            let digest = document.filter(|_| one.signature.kind == SignatureType::Signature)?;
            let facts = crate::pki::crypto::SchemeFacts { digest, ..*facts };
            signature_acceptance::algorithm(self.inputs.algorithms, &facts, at)
        });
        one.problems.extend(weak);
    }
}

fn worst(problems: &[Problem]) -> Indication {
    problems.iter().map(|p| p.sub_indication.indication()).max().unwrap_or(Indication::Passed)
}

fn report(
    one: Found<'_>,
    timestamps: Vec<TimestampReport>,
    best: Option<OffsetDateTime>,
    level: Option<&'static str>,
) -> SignatureReport {
    let Found { signature, certificate, verified, modification, mut problems, followed, changes, warnings } = one;
    problems.extend(followed);
    let indication = worst(&problems);
    let main = problems.iter().find(|p| p.sub_indication.indication() == indication);
    let digest = digest_needed(signature, certificate.key.as_deref());
    let certificate = certificate.certificate;
    let attribute = signature.signer().and_then(|s| s.signed_attributes.as_ref()?.signing_time().ok()?);
    let rfc3339 = |t: OffsetDateTime| t.format(&Rfc3339).ok();
    let claimed = match &signature.content {
        Content::TimeStamp(token) => Some(token.info.gen_time),
        _ => signature.claimed.or(attribute),
    };
    SignatureReport {
        field: signature.field.clone(),
        kind: signature.kind,
        sub_filter: signature.sub_filter_name.clone(),
        level,
        indication,
        sub_indication: main.map(|p| p.sub_indication.as_str()),
        integrity: if verified.intact { Integrity::Intact } else { Integrity::Broken },
        coverage: signature.byte_range.coverage,
        modification,
        digest: digest.map(|d| d.name().to_owned()),
        scheme: verified.scheme.map(|s| s.scheme.to_owned()),
        signer: certificate.as_ref().map(Signer::from),
        signing_time: claimed.and_then(rfc3339),
        best_signature_time: best.and_then(rfc3339),
        certification: signature.certification,
        timestamps,
        log: LogReport::ABSENT,
        changes,
        errors: problems.into_iter().map(Remark::from).collect(),
        warnings,
    }
}
