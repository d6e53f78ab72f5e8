//! Validation of the signatures of an XML document.

use super::cryptographic_verification::Verified;
use super::material::Material;
use super::report::{Coverage, Facts, Integrity, Modification, Remark, SignatureReport, SignatureType, Signer};
use super::signing_certificate::SigningCertificate;
use super::token::{Data, Token};
use super::x509_validation::X509Validation;
use super::{Inputs, basic_signature, finding, log, signature_with_time};
use crate::digest::sha256;
use crate::indication::{Problem, SubIndication};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use crate::xades::{Covered, Record, XadesError, XmlSignature, verify, verify_record};
use std::rc::Rc;
use time::format_description::well_known::Rfc3339;

/// Validates the signatures of an XML document, in their order; none if there are none.
pub fn validate(xml: &[u8], inputs: &Inputs<'_>) -> Result<Vec<SignatureReport>, XadesError> {
    let signatures = verify(xml, inputs.limits)?;
    let mut material = Material::embedded(None, &[], inputs.limits);
    for certificate in signatures.iter().flat_map(|s| &s.certificates) {
        material.add_certificate(certificate);
    }
    let material = material.with(inputs);
    let x509 = X509Validation::new(inputs, &material, signatures.len(), &Rc::default());
    Ok(signatures.into_iter().map(|s| judge(s, &x509, inputs)).collect())
}

/// Validates a signature by this certificate (DER) whose document is not at hand.
pub fn validate_record(record: &Record<'_>, certificate: &[u8], inputs: &Inputs<'_>) -> SignatureReport {
    let mut material = Material::embedded(None, &[], inputs.limits);
    material.add_certificate(certificate);
    let material = material.with(inputs);
    let x509 = X509Validation::new(inputs, &material, 1, &Rc::default());
    judge(verify_record(record, certificate, inputs.limits), &x509, inputs)
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

fn judge(signature: XmlSignature, x509: &X509Validation<'_>, inputs: &Inputs<'_>) -> SignatureReport {
    let token = token(&signature);
    let basic = basic_signature::validate(&token, x509, None);
    let chain = basic.chain().to_vec();
    let mut blocks = basic.blocks;
    let (left, block) = signature_with_time::validate(basic.findings, &chain, None, Vec::new(), x509);
    blocks.push(block);
    let problems: Vec<Problem> = left.into_iter().map(|f| f.problem).collect();
    let path_warnings = basic.path.iter().flat_map(|p| p.warnings.clone());
    let mut warnings: Vec<Remark> = path_warnings.map(|message| Remark { code: "CERTIFICATE_PATH", message }).collect();
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
    let (log, remark) = log::judge(signature.log_proof.as_ref(), &signature.value, inputs.log);
    warnings.extend(remark);
    let certificate = token.certificate.certificate;
    SignatureReport {
        field: signature.id.unwrap_or_default(),
        kind: SignatureType::Signature,
        sub_filter: None,
        level: signature.is_baseline.then_some("B-B"),
        indication,
        sub_indication: main.map(|p| p.sub_indication.as_str()),
        integrity: if token.verified.intact { Integrity::Intact } else { Integrity::Broken },
        coverage,
        modification: Modification::None,
        digest: signature.digest.map(|d| d.name().to_owned()),
        scheme: signature.scheme.map(|s| s.scheme.to_owned()),
        signer: certificate.as_ref().map(Signer::from),
        signing_time: signature.signing_time.and_then(|t| t.format(&Rfc3339).ok()),
        best_signature_time: None,
        certification: None,
        timestamps: Vec::new(),
        log,
        errors: problems.into_iter().map(Remark::from).collect(),
        changes: Vec::new(),
        warnings,
        missing_issuer: basic.path.as_ref().and_then(|p| p.missing.clone()),
        blocks,
        facts: Facts { value: signature.value, digest: None, chain },
    }
}
