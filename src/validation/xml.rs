//! Validation of the signatures of an XML document.

use super::material::Material;
use super::report::{Coverage, Integrity, Modification, Remark, SignatureReport, SignatureType, Signer};
use super::x509_validation::X509Validation;
use super::{Inputs, log, signature_acceptance};
use crate::indication::{Indication, Problem, SubIndication};
use crate::pki::certificate::Certificate;
use crate::pki::path::Purpose;
use crate::xades::{Covered, XadesError, XmlSignature, verify};
use time::format_description::well_known::Rfc3339;

/// Validates the signatures of an XML document, in their order; none if there are none.
pub fn validate(xml: &[u8], inputs: &Inputs<'_>) -> Result<Vec<SignatureReport>, XadesError> {
    let signatures = verify(xml, inputs.limits)?;
    let mut material = Material::embedded(None, &[], inputs.limits);
    for certificate in signatures.iter().flat_map(|s| &s.certificates) {
        material.add_certificate(certificate);
    }
    let material = material.with(inputs);
    let x509 = X509Validation::new(inputs, &material, signatures.len());
    Ok(signatures.into_iter().map(|s| judge(s, &x509, inputs)).collect())
}

fn judge(signature: XmlSignature, x509: &X509Validation<'_>, inputs: &Inputs<'_>) -> SignatureReport {
    let certificate = signature.certificate.as_ref().and_then(|c| Certificate::parse(c).ok());
    let about_names = |p: &Problem| p.sub_indication == SubIndication::SigConstraintsFailure;
    let intact = signature.problems.iter().all(about_names) && signature.covered != Covered::Nothing;
    let mut problems: Vec<Problem> = signature.problems;
    let mut warnings = Vec::new();
    if let Some(certificate) = &certificate {
        let judged = x509.judge(certificate, Purpose::Signing, None);
        problems.extend(judged.problems);
        warnings.extend(judged.warnings.into_iter().map(|message| Remark { code: "CERTIFICATE_PATH", message }));
    }
    if let Some(facts) = &signature.scheme {
        problems.extend(signature_acceptance::algorithm(inputs.algorithms, facts, inputs.at));
        if let Some(digest) = signature.digest {
            let facts = crate::pki::crypto::SchemeFacts { digest, ..*facts };
            let weak = signature_acceptance::algorithm(inputs.algorithms, &facts, inputs.at);
            problems.extend(weak.filter(|w| !problems.contains(w)));
        }
    }
    let coverage = match &signature.covered {
        Covered::Document => Coverage::WholeFile,
        Covered::Child(name) => {
            let message = format!("only the element {name} is signed");
            warnings.push(Remark { code: "PARTLY_SIGNED", message });
            Coverage::Partial
        }
        Covered::Nothing => Coverage::Invalid,
    };
    let indication = problems.iter().map(|p| p.sub_indication.indication()).max().unwrap_or(Indication::Passed);
    let main = problems.iter().find(|p| p.sub_indication.indication() == indication);
    let (log, remark) = log::judge(signature.log_proof.as_ref(), &signature.value, inputs.log_keys);
    warnings.extend(remark);
    SignatureReport {
        field: signature.id.unwrap_or_default(),
        kind: SignatureType::Signature,
        sub_filter: None,
        level: signature.is_baseline.then_some("B-B"),
        indication,
        sub_indication: main.map(|p| p.sub_indication.as_str()),
        integrity: if intact { Integrity::Intact } else { Integrity::Broken },
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
        warnings,
        changes: Vec::new(),
    }
}
