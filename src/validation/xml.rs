//! Validation of the signatures of an XML document.

use super::cryptographic_verification::Verified;
use super::material::Material;
use super::poe::ProofsOfExistence;
use super::report::{Coverage, Facts, Integrity, Modification, Remark, SignatureReport, SignatureType, Signer};
use super::signing_certificate::SigningCertificate;
use super::time_stamp::{self, TimeStamp};
use super::token::{Data, Token};
use super::x509_validation::X509Validation;
use super::{Inputs, basic_signature, finding, level, log, revocation_freshness, signature_with_time};
use crate::digest::{DigestAlgorithm, sha256};
use crate::indication::{Problem, SubIndication};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use crate::xades::{Covered, Record, SignatureTimeStamp, XadesError, XmlSignature, verify, verify_record};
use std::rc::Rc;
use time::format_description::well_known::Rfc3339;

/// Validates the signatures of an XML document, in their order; none if there are none.
pub fn validate(xml: &[u8], inputs: &Inputs<'_>) -> Result<Vec<SignatureReport>, XadesError> {
    let signatures = verify(xml, inputs.limits)?;
    let embedded = Material::of_xml(&signatures, inputs.limits);
    let material = embedded.clone().with(inputs);
    let process = Process::new(&embedded, &material, signatures.len(), inputs);
    Ok(signatures.into_iter().map(|s| process.judge(s)).collect())
}

/// Validates a signature by this certificate (DER) whose document is not at hand.
pub fn validate_record(record: &Record<'_>, certificate: &[u8], inputs: &Inputs<'_>) -> SignatureReport {
    let mut embedded = Material::default();
    embedded.add_certificate(certificate);
    let material = embedded.clone().with(inputs);
    Process::new(&embedded, &material, 1, inputs).judge(verify_record(record, certificate, inputs.limits))
}

/// What the signatures of a document are validated with.
struct Process<'a> {
    material: &'a Material,
    x509: X509Validation<'a>,
    /// The same with nothing but what the file brings along.
    embedded: X509Validation<'a>,
}

/// What the building blocks that look at the signature alone found.
fn token(signature: &XmlSignature) -> Token {
    let about_names = |p: &Problem| p.sub_indication == SubIndication::SigConstraintsFailure;
    let (format, verified): (Vec<Problem>, Vec<Problem>) = signature
        .problems
        .iter()
        .cloned()
        .partition(|p| p.sub_indication == SubIndication::FormatFailure || about_names(p));
    let certificate = signature.certificate.as_ref().and_then(|c| Certificate::parse(c).ok());
    let intact = signature.problems.iter().all(about_names) && signature.covered != Covered::Nothing;
    Token {
        identity: sha256(&signature.value),
        purpose: Purpose::Signing,
        format,
        certificate: SigningCertificate { certificate, ..SigningCertificate::default() },
        verified: Verified { intact, scheme: signature.scheme, problems: verified },
        data: signature.digest.map(|digest| (digest, Data::Document)),
    }
}

impl<'a> Process<'a> {
    fn new(embedded: &'a Material, material: &'a Material, count: usize, inputs: &'a Inputs<'a>) -> Self {
        let verified = Rc::default();
        Self {
            material,
            x509: X509Validation::new(inputs, material, count, &verified),
            embedded: X509Validation::new(inputs, embedded, count, &verified),
        }
    }

    /// The time-stamps of a signature (clause 5.4). No younger ones are over them, so that each has to be good now.
    fn time_stamps(&self, signature: &XmlSignature) -> Vec<TimeStamp> {
        let nothing_older = ProofsOfExistence::new(self.x509.inputs().at);
        let judge = |stamp: &SignatureTimeStamp| {
            let digest_of = |algorithm: DigestAlgorithm| Some(algorithm.hash(stamp.over.as_ref()?.as_bytes()));
            let known = &self.material.certificates;
            TimeStamp::of_signature(&stamp.token, Data::SignatureValue, digest_of, known, &self.x509, &nothing_older)
        };
        signature.unsigned.time_stamps.iter().take(time_stamp::MOST).map(judge).collect()
    }

    fn judge(&self, signature: XmlSignature) -> SignatureReport {
        let (x509, inputs) = (&self.x509, self.x509.inputs());
        let token = token(&signature);
        let stamps = self.time_stamps(&signature);
        // 5.3
        let basic = basic_signature::validate(&token, x509, None);
        let chain = basic.chain().to_vec();
        let mut blocks = basic.blocks;
        blocks.extend(time_stamp::blocks(&stamps));
        // 5.5
        let best = stamps.iter().filter_map(TimeStamp::proves).min().filter(|time| *time < inputs.at);
        let (left, block) = signature_with_time::validate(basic.findings, &chain, best, Vec::new(), x509);
        blocks.push(block);
        let older = best.filter(|_| left.is_empty()).and_then(|best| revocation_freshness::older(&chain, best, x509));
        let problems: Vec<Problem> = left.into_iter().map(|f| f.problem).collect();
        let path_warnings = basic.path.iter().flat_map(|p| p.warnings.clone());
        let mut warnings: Vec<Remark> =
            path_warnings.map(|message| Remark { code: "CERTIFICATE_PATH", message }).collect();
        let coverage = match &signature.covered {
            Covered::Document => Coverage::WholeFile,
            Covered::Child(name) => {
                let message = format!("only the element {name} is signed");
                warnings.push(Remark { code: "PARTLY_SIGNED", message });
                Coverage::Partial
            }
            Covered::Nothing => Coverage::Invalid,
        };
        let indication = finding::indication(&problems);
        let main = problems.iter().find(|p| p.sub_indication.indication() == indication);
        warnings.extend(time_stamp::remarks(&stamps, &[]));
        warnings.extend(older);
        let (log, remarks) = log::judge(signature.log_proof.as_ref(), &signature.value, inputs.log, inputs.at);
        warnings.extend(remarks);
        let certificate = token.certificate.certificate;
        let level = level::of_xml(&signature, certificate.as_ref(), best, &stamps, &self.embedded);
        SignatureReport {
            field: signature.id.unwrap_or_default(),
            kind: SignatureType::Signature,
            sub_filter: None,
            level,
            indication,
            sub_indication: main.map(|p| p.sub_indication.as_str()),
            integrity: if token.verified.intact { Integrity::Intact } else { Integrity::Broken },
            coverage,
            modification: Modification::None,
            digest: signature.digest.map(|d| d.name().to_owned()),
            scheme: signature.scheme.map(|s| s.scheme.to_owned()),
            signer: certificate.as_ref().map(Signer::from),
            signing_time: signature.signing_time.and_then(|t| t.format(&Rfc3339).ok()),
            best_signature_time: best.and_then(|t| t.format(&Rfc3339).ok()),
            certification: None,
            timestamps: stamps.iter().map(|s| s.report("signature")).collect(),
            log,
            errors: problems.into_iter().map(Remark::from).collect(),
            changes: Vec::new(),
            warnings,
            missing_issuer: basic.path.as_ref().and_then(|p| p.missing.clone()),
            blocks,
            facts: Facts { value: signature.value, digest: None, chain },
        }
    }
}
