//! The signatures of a PDF, one after the other: time-stamps from the newest to the oldest, because the newer ones prove
//! what the older ones need (clause 5.6.3 step 5), then signatures (5.3, 5.5, 5.6.3).

use super::byte_range::Behind;
use super::cryptographic_verification::{Verified, digest_needed};
use super::format_checking::{Content, PdfSignature};
use super::material::Material;
use super::poe::ProofsOfExistence;
use super::poe_extraction::{by_document_time_stamp, by_signature_time_stamp, covers};
use super::report::{
    ChangeReport, Facts, Integrity, LogReport, Modification, Remark, SignatureReport, SignatureType, Signer,
};
use super::signing_certificate::SigningCertificate;
use super::time_stamp::{self, TimeStamp};
use super::token::{Data, Token};
use super::x509_validation::X509Validation;
use super::{
    archival_data, basic_signature, block::Block, finding, level, log, revocation_freshness, signature_with_time,
};
use crate::cms::Attributes;
use crate::digest::{DigestAlgorithm, sha256};
use crate::indication::{Problem, SubIndication};
use crate::pdf::document::Document;
use crate::pki::path::{PathReport, Purpose};
use std::rc::Rc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What is known of one signature before certificates are validated.
pub struct Found<'a> {
    signature: &'a PdfSignature,
    token: Token,
    /// Digest of the bytes it covers, by the algorithm it needs.
    digest: Option<(DigestAlgorithm, Vec<u8>)>,
    modification: Modification,
    /// What is wrong with what follows the signed revision.
    followed: Vec<Problem>,
    /// What changed after it, in words.
    pub changes: Vec<ChangeReport>,
    pub warnings: Vec<Remark>,
}

impl<'a> Found<'a> {
    /// What the building blocks found that look at the signature alone.
    pub fn new(
        signature: &'a PdfSignature,
        certificate: SigningCertificate,
        verified: Verified,
        digest: Option<Vec<u8>>,
    ) -> Self {
        let algorithm = digest_needed(signature, certificate.key.as_deref());
        let token = Token {
            identity: sha256(signature.value()),
            purpose: match signature.kind {
                SignatureType::Signature => Purpose::Signing,
                SignatureType::DocumentTimestamp => Purpose::TimeStamping,
            },
            format: signature.problems.clone(),
            certificate,
            verified,
            data: algorithm.map(|digest| (digest, Data::Document)),
        };
        Self {
            signature,
            token,
            digest: algorithm.zip(digest),
            modification: Modification::None,
            followed: Vec::new(),
            changes: Vec::new(),
            warnings: signature.warnings.clone(),
        }
    }

    /// Format checking, continued: what follows the signed revision.
    pub fn judge_what_follows(&mut self, changed: (Modification, Vec<String>), behind: Behind) {
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
            Behind::Blank => {
                self.warn("APPENDED_BLANK", "white space or comments follow the last revision of the file".to_owned());
            }
            Behind::Nothing => {}
        }
    }

    fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(Remark { code, message });
    }
}

/// The time-stamps of one signature; a document time-stamp has itself.
#[derive(Default)]
struct Stamps {
    /// Over the signature value, or the document time-stamp.
    own: Vec<TimeStamp>,
    /// Over what is signed (content time-stamps).
    content: Vec<TimeStamp>,
}

/// What a verdict is put together from.
struct Outcome {
    problems: Vec<Problem>,
    path: Option<Rc<PathReport>>,
    blocks: Vec<Block>,
}

/// What the signatures of a document are validated with.
pub struct Process<'a> {
    /// The document.
    pub doc: &'a Document,
    /// Its signatures, in the order of their revisions.
    pub signatures: &'a [PdfSignature],
    /// All certificates and revocation data.
    pub material: &'a Material,
    /// Validates certificates.
    pub x509: X509Validation<'a>,
    /// The same with nothing but what the file brings along.
    pub embedded: X509Validation<'a>,
}

impl Process<'_> {
    /// The reports, in the order of the signatures.
    pub fn run(&self, found: Vec<Found<'_>>) -> Vec<SignatureReport> {
        let mut poes = ProofsOfExistence::new(self.x509.inputs().at);
        let mut stamps: Vec<Stamps> = Vec::new();
        for (index, one) in found.iter().enumerate().rev() {
            let judged = self.stamps_of(one, &poes);
            for time in judged.own.iter().filter_map(TimeStamp::proves) {
                if one.signature.kind == SignatureType::DocumentTimestamp {
                    by_document_time_stamp(one.signature, time, self.signatures, self.material, &mut poes);
                } else {
                    let certificate = &one.token.certificate;
                    by_signature_time_stamp(index, one.signature, certificate, time, self.material, &mut poes);
                }
            }
            stamps.push(judged);
        }
        stamps.reverse();
        let reports = found.into_iter().enumerate().map(|(index, one)| match one.signature.kind {
            SignatureType::DocumentTimestamp => self.document_time_stamp(one, stamps.get(index)),
            SignatureType::Signature => self.signature(one, index, &stamps, &poes),
        });
        reports.collect()
    }

    fn stamps_of(&self, one: &Found<'_>, poes: &ProofsOfExistence) -> Stamps {
        match &one.signature.content {
            Content::TimeStamp(token) => {
                let own = vec![TimeStamp::validate(&one.token, &token.info, &self.x509, poes)];
                Stamps { own, ..Stamps::default() }
            }
            _ => {
                let Some(signer) = one.signature.signer() else { return Stamps::default() };
                let known = &self.material.certificates;
                let value = |algorithm: DigestAlgorithm| Some(algorithm.hash(one.signature.value()));
                let judge =
                    |token| TimeStamp::of_signature(token, Data::SignatureValue, value, known, &self.x509, poes);
                let own = signer.unsigned_attributes.time_stamps().take(time_stamp::MOST).map(judge).collect();
                let signed = |wanted: DigestAlgorithm| {
                    one.digest.as_ref().filter(|(algorithm, _)| *algorithm == wanted).map(|(_, digest)| digest.clone())
                };
                let content = signer.signed_attributes.iter().flat_map(Attributes::content_time_stamps);
                let judge = |token| TimeStamp::of_signature(token, Data::Document, signed, known, &self.x509, poes);
                Stamps { own, content: content.take(time_stamp::MOST).map(judge).collect() }
            }
        }
    }

    fn document_time_stamp(&self, mut one: Found<'_>, stamps: Option<&Stamps>) -> SignatureReport {
        let Some(stamp) = stamps.and_then(|s| s.own.first()) else {
            let basic = basic_signature::validate(&one.token, &self.x509, None);
            let problems = basic.findings.into_iter().map(|f| f.problem).collect();
            return report(one, Outcome { problems, path: basic.path, blocks: basic.blocks }, None);
        };
        let certificate = one.token.certificate.certificate.as_ref();
        let path = certificate.map(|c| self.x509.validate(c, Purpose::TimeStamping));
        for warning in path.iter().flat_map(|p| p.warnings.clone()) {
            one.warn("CERTIFICATE_PATH", warning);
        }
        let outcome = Outcome { problems: stamp.problems.clone(), path, blocks: stamp.blocks.clone() };
        // what follows it cannot unprove what it covers
        let best = stamp.proves();
        let shown = vec![stamp.report("document")];
        SignatureReport { timestamps: shown, ..report(one, outcome, best) }
    }

    fn signature(
        &self,
        mut one: Found<'_>,
        index: usize,
        stamps: &[Stamps],
        poes: &ProofsOfExistence,
    ) -> SignatureReport {
        let empty = Stamps::default();
        let own = stamps.get(index).unwrap_or(&empty);
        let document_stamps: Vec<(&PdfSignature, &TimeStamp)> = self
            .signatures
            .iter()
            .zip(stamps)
            .filter(|(s, _)| s.kind == SignatureType::DocumentTimestamp)
            .filter_map(|(s, stamps)| Some((s, stamps.own.first()?)))
            .collect();
        let covering: Vec<(&PdfSignature, &TimeStamp)> =
            document_stamps.iter().copied().filter(|(s, _)| covers(s, one.signature)).collect();
        let signed: Vec<&TimeStamp> = own
            .content
            .iter()
            .chain(document_stamps.iter().filter(|(s, _)| covers(one.signature, s)).map(|(_, stamp)| *stamp))
            .collect();
        let after: Vec<&TimeStamp> = covering.iter().map(|(_, stamp)| *stamp).collect();
        one.warnings.extend(time_stamp::remarks(&own.own, &own.content));

        // 5.3
        let not_yet = signed.iter().filter_map(|s| s.proves()).max();
        let basic = basic_signature::validate(&one.token, &self.x509, not_yet);
        let chain = basic.chain().to_vec();
        let mut blocks = basic.blocks;
        blocks.extend(time_stamp::blocks(&own.own));
        // 5.5
        let at = self.x509.inputs().at;
        let good_now = own.own.iter().chain(after.iter().copied()).filter(|s| s.is_good_now);
        let best_now = good_now.filter_map(TimeStamp::proves).min().filter(|time| *time < at);
        let over_value: Vec<&TimeStamp> = own.own.iter().collect();
        let order = [(&signed, &over_value), (&signed, &after), (&over_value, &after)];
        let order = order.into_iter().find_map(|(earlier, later)| time_stamp::order(earlier, later));
        let (left, block) =
            signature_with_time::validate(basic.findings, &chain, best_now, order.into_iter().collect(), &self.x509);
        blocks.push(block);
        // 5.6.3: where there is material for long-term availability and integrity
        let left = if covering.is_empty() {
            left
        } else {
            archival_data::validate(&one.token, left, &self.x509, poes, &mut blocks)
        };
        let best = poes.proven(&one.token.identity);
        for warning in basic.path.iter().flat_map(|p| p.warnings.clone()) {
            one.warn("CERTIFICATE_PATH", warning);
        }
        if let Some(best) = best.filter(|_| left.is_empty()) {
            one.warnings.extend(revocation_freshness::older(&chain, best, &self.x509));
        }

        let level = level::of(
            &level::Facts {
                signature: one.signature,
                is_certificate_signed: one.token.certificate.is_signed,
                best,
                certificate: one.token.certificate.certificate.as_ref(),
                stamps: &own.own,
                archived_by: covering
                    .iter()
                    .filter(|(_, stamp)| stamp.is_good())
                    .filter_map(|(s, _)| s.byte_range.revision)
                    .collect(),
            },
            self.doc,
            &self.embedded,
        );
        let timestamps = own.own.iter().map(|s| s.report("signature")).collect();
        let proof = one.signature.signer().map(|s| s.unsigned_attributes.log_proof(self.x509.inputs().limits));
        // what a document time-stamp covers has not changed since
        let existed = after.iter().filter_map(|stamp| stamp.proves()).min().map_or(at, |stamped| stamped.min(at));
        let (log, remarks) = match proof {
            Some(Ok(proof)) => log::judge(proof.as_ref(), one.signature.value(), self.x509.inputs().log, existed),
            Some(Err(_)) => (LogReport::INVALID, Vec::new()),
            None => (LogReport::ABSENT, Vec::new()),
        };
        one.warnings.extend(remarks);
        let problems = left.into_iter().map(|f| f.problem).collect();
        let outcome = Outcome { problems, path: basic.path, blocks };
        SignatureReport { level, timestamps, log, ..report(one, outcome, best) }
    }
}

fn report(one: Found<'_>, outcome: Outcome, best: Option<OffsetDateTime>) -> SignatureReport {
    let Found { signature, token, digest, modification, followed, changes, warnings } = one;
    let Outcome { mut problems, path, mut blocks } = outcome;
    if let Some(block) = blocks.iter_mut().find(|b| b.block == "Format Checking" && b.about.is_none()) {
        block.check("what was changed after signing is permitted", &followed);
    }
    problems.extend(followed);
    let indication = finding::indication(&problems);
    let main = problems.iter().find(|p| p.sub_indication.indication() == indication);
    let certificate = token.certificate.certificate;
    let attribute = signature.signer().and_then(|s| s.signed_attributes.as_ref()?.signing_time().ok()?);
    let rfc3339 = |t: OffsetDateTime| t.format(&Rfc3339).ok();
    let claimed = match &signature.content {
        Content::TimeStamp(token) => Some(token.info.gen_time),
        _ => signature.claimed.or(attribute),
    };
    let missing_issuer = path.as_ref().and_then(|p| p.missing.clone());
    SignatureReport {
        field: signature.field.clone(),
        kind: signature.kind,
        sub_filter: signature.sub_filter_name.clone(),
        level: None,
        indication,
        sub_indication: main.map(|p| p.sub_indication.as_str()),
        integrity: if token.verified.intact { Integrity::Intact } else { Integrity::Broken },
        coverage: signature.byte_range.coverage,
        modification,
        digest: token.data.map(|(digest, _)| digest.name().to_owned()),
        scheme: token.verified.scheme.map(|s| s.scheme.to_owned()),
        signer: certificate.as_ref().map(Signer::from),
        signing_time: claimed.and_then(rfc3339),
        best_signature_time: best.and_then(rfc3339),
        certification: signature.certification,
        timestamps: Vec::new(),
        log: LogReport::ABSENT,
        errors: problems.into_iter().map(Remark::from).collect(),
        changes,
        warnings,
        missing_issuer,
        blocks,
        facts: Facts {
            value: signature.value().to_vec(),
            digest: digest.map(|(_, digest)| digest),
            chain: path.map_or_else(|| certificate.into_iter().collect(), |p| p.path.clone()),
        },
    }
}
