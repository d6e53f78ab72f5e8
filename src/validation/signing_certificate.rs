//! Identification of the signing certificate (clause 5.2.3).

use super::format_checking::{Content, PdfSignature, SubFilter};
use crate::cms::{SignedData, SignerIdentifier, ess};
use crate::indication::{Problem, SubIndication};
use crate::limits::Limits;
use crate::pki::certificate::Certificate;

/// The signer's certificate, and what is wrong with how it is named.
#[derive(Debug, Default)]
pub struct SigningCertificate {
    /// The certificate.
    pub certificate: Option<Certificate>,
    /// Its SubjectPublicKeyInfo, also where the certificate breaks rules and is not usable otherwise.
    pub key: Option<Vec<u8>>,
    /// It is named by a signed attribute.
    pub is_signed: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Finds the certificate that a PDF signature was made with.
pub fn identify(signature: &PdfSignature, known: &[Certificate], limits: &Limits) -> SigningCertificate {
    let mut found = find(signature, known, limits);
    if let Some(certificate) = &found.certificate {
        found.key = Some(certificate.subject_public_key_info().to_vec());
    }
    found
}

fn find(signature: &PdfSignature, known: &[Certificate], limits: &Limits) -> SigningCertificate {
    match &signature.content {
        Content::Nothing => SigningCertificate::default(),
        Content::Bare { certificates, .. } => {
            let certificate = certificates.first().and_then(|c| Certificate::parse(c).ok());
            let missing = "the signature dictionary has no signer's certificate in /Cert";
            let problems = if certificate.is_none() { vec![not_found(missing)] } else { Vec::new() };
            SigningCertificate { certificate, key: None, is_signed: false, problems }
        }
        Content::Cms(signed_data) => {
            let mut found = identify_in(signed_data, known, limits);
            if !found.is_signed && found.problems.is_empty() && signature.sub_filter == Some(SubFilter::Pades) {
                // EN 319 142-1 clause 6.3: signing-certificate-v2 is mandatory
                let message = "the signature does not sign which certificate it was made with";
                found.problems.push(Problem::new(SubIndication::SigConstraintsFailure, message));
            }
            found
        }
        Content::TimeStamp(token) => identify_in(&token.signed_data, known, limits),
    }
}

/// Finds the certificate of the only signer of a SignedData: the one that its identifier names, which has to be the one
/// that its signed attribute names, if it has one.
pub fn identify_in(signed_data: &SignedData, known: &[Certificate], limits: &Limits) -> SigningCertificate {
    let mut found = SigningCertificate::default();
    let Ok(signer) = signed_data.signer() else { return found };
    let is_named = |c: &&Certificate| match &signer.identifier {
        SignerIdentifier::IssuerAndSerialNumber { .. } => signer.names(c.der(), limits) == Some(true),
        SignerIdentifier::SubjectKeyIdentifier(id) => c.subject_key_identifier() == Some(id.as_slice()),
    };
    let own: Vec<Certificate> = signed_data.certificates.iter().filter_map(|c| Certificate::parse(c).ok()).collect();
    let candidates: Vec<&Certificate> = own.iter().chain(known).filter(is_named).collect();
    found.certificate = candidates.first().map(|c| (*c).clone());
    if candidates.is_empty() {
        let raw = signed_data.certificates.iter().find(|c| signer.names(c, limits) == Some(true));
        found.key = raw.and_then(|c| ess::subject_public_key_info(c, limits).ok()).map(<[u8]>::to_vec);
        found.problems.push(not_found(if found.key.is_some() {
            "the certificate it was made with breaks the rules for certificates"
        } else {
            "the certificate it was made with is not at hand"
        }));
    }
    let attributes = match signer.signed_attributes.as_ref().map(|a| a.signing_certificates(limits)) {
        None => return found,
        Some(Ok(attributes)) => attributes,
        Some(Err(error)) => {
            found.problems.push(Problem::new(SubIndication::FormatFailure, error.to_string()));
            return found;
        }
    };
    for attribute in attributes {
        let agrees = |c: &&&Certificate| attribute.names(c.der(), limits) == Some(true);
        match candidates.iter().find(agrees) {
            Some(certificate) => {
                found.certificate = Some((**certificate).clone());
                found.is_signed = true;
            }
            None if candidates.is_empty() => {}
            None => {
                found.is_signed = false;
                found.problems.push(not_found("it was not made with the certificate that its signed attribute names"));
                break;
            }
        }
    }
    found
}

fn not_found(message: &str) -> Problem {
    Problem::new(SubIndication::NoSigningCertificateFound, message)
}
