//! What a certificate may be used for: signing documents, time-stamping.

use super::certificate::{Certificate, key_usage};

/// What the target certificate of a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing documents.
    Signing,
    /// Signing time-stamps (RFC 3161 section 2.3).
    TimeStamping,
    /// Nothing in particular: the path alone is judged, by RFC 5280; weak algorithms are warnings.
    Any,
}

pub(super) const ANY_PURPOSE: &str = "2.5.29.37.0";
pub(super) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(super) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// Extended key usages that allow signing documents.
const DOCUMENTS: [&str; 6] = [
    ANY_PURPOSE,
    // id-kp-documentSigning (RFC 9336)
    "1.3.6.1.5.5.7.3.36",
    // emailProtection and clientAuth: what certificates for people had before there was one for documents
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.2",
    // Microsoft document signing, Adobe authentic documents trust
    "1.3.6.1.4.1.311.10.3.12",
    "1.2.840.113583.1.1.5",
];

/// Whether a certificate may sign documents, by its key usage and extended key usage. The error says why not.
pub fn usable_for_signing(certificate: &Certificate) -> Result<(), String> {
    let extensions = certificate.extensions();
    let wanted = key_usage::DIGITAL_SIGNATURE | key_usage::NON_REPUDIATION;
    if extensions.key_usage.is_some_and(|usage| usage & wanted == 0) {
        return Err(format!(
            "the key usage of {} allows neither digitalSignature nor nonRepudiation",
            certificate.display()
        ));
    }
    match &extensions.extended_key_usage {
        Some(usage) if !usage.purposes.iter().any(|p| DOCUMENTS.contains(&p.as_str())) => {
            Err(format!("the extended key usage of {} does not allow signing documents", certificate.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a certificate may sign time-stamps: extended key usage critical, and timeStamping alone (RFC 3161
/// section 2.3). The error says why not.
pub fn usable_for_time_stamping(certificate: &Certificate) -> Result<(), String> {
    let extensions = certificate.extensions();
    let wanted = key_usage::DIGITAL_SIGNATURE | key_usage::NON_REPUDIATION;
    if extensions.key_usage.is_some_and(|usage| usage & wanted == 0) {
        return Err(format!("the key usage of {} does not allow signing time-stamps", certificate.display()));
    }
    match &extensions.extended_key_usage {
        Some(usage) if usage.critical && usage.purposes == [TIME_STAMPING] => Ok(()),
        _ => {
            Err(format!("the extended key usage of {} is not timeStamping alone, and critical", certificate.display()))
        }
    }
}
