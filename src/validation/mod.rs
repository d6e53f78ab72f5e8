//! Validation of signatures as ETSI EN 319 102-1 describes it: one building block a file, under the
//! standard's own names. A validation is a function of its inputs: no clock, no network, no folder.
//!
//! | file | what | clause |
//! | --- | --- | --- |
//! | `pdf`, `opening` | all signatures of a PDF, from the file on | |
//! | `process` | the order in which they are validated, and their reports | 5.3, 5.5, 5.6.3 |
//! | `xml` | all signatures of an XML document | 5.3 |
//! | `format_checking`, `byte_range` | what a PDF signature must look like, and what it covers | 5.2.2 |
//! | `modification` | whether what changed after a signature is permitted | ISO 32000-2 12.8.2 |
//! | `signing_certificate` | identification of the signing certificate | 5.2.3 |
//! | `revocation_freshness` | revocation freshness checker | 5.2.5 |
//! | `x509_validation` | X.509 certificate validation | 5.2.6 |
//! | `cryptographic_verification` | digest and signature value | 5.2.7 |
//! | `signature_acceptance` | signature acceptance validation: algorithms | 5.2.8 |
//! | `token` | what these blocks look at | |
//! | `basic_signature` | basic signatures: all blocks at the validation time | 5.3 |
//! | `time_stamp` | time-stamps | 5.4 |
//! | `signature_with_time` | signatures with time and long-term validation data | 5.5 |
//! | `past_certificate` | past certificate validation | 5.6.2.1 |
//! | `control_time_sliding` | validation time sliding | 5.6.2.2 |
//! | `poe`, `poe_extraction` | proofs of existence, and what time-stamps prove | 5.6.2.3 |
//! | `past_signature` | past signature validation | 5.6.2.4 |
//! | `archival_data` | signatures with archival data | 5.6.3 |
//! | `finding` | what is wrong, and what it has to do with time | |
//! | `block` | what each block found, constraint by constraint | 5.1.4 |
//! | `extract` | the file as it was when a signature was made | |
//! | `material` | certificates and revocation data that the file brings along | |
//! | `level` | PAdES baseline levels | EN 319 142-1 clause 6 |
//! | `log` | the audit log's proof | |
//! | `digests` | all digests of a file in one pass | |
//! | `report` | verdicts, as they are told | 5.1.3 |
//! | `etsi_report` | the same in XML | TS 119 102-2 |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod archival_data;
mod basic_signature;
pub mod block;
mod byte_range;
mod control_time_sliding;
mod cryptographic_verification;
pub mod digests;
pub mod etsi_report;
mod extract;
mod finding;
mod format_checking;
mod level;
mod log;
mod material;
mod modification;
mod opening;
mod past_certificate;
mod past_signature;
mod pdf;
mod poe;
mod poe_extraction;
mod process;
pub mod report;
mod revocation_freshness;
mod signature_acceptance;
mod signature_with_time;
mod signing_certificate;
mod time_stamp;
mod token;
mod words;
mod x509_validation;
mod xml;

pub use extract::{SignedRevision, signed_revisions};
pub use pdf::validate as validate_pdf;
pub use xml::{validate as validate_xml, validate_record};

use crate::limits::Limits;
use crate::pki::CertificateList;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::anchors::TrustAnchors;
use crate::pki::certificate::Certificate;
use crate::pki::path::RevocationMode;
use crate::tlog::LogPolicy;
use time::OffsetDateTime;

/// What a validation depends on, besides the file.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The password of an encrypted PDF.
    pub password: Option<&'a [u8]>,
    /// Who is believed.
    pub anchors: &'a TrustAnchors,
    /// Further certificates.
    pub certificates: &'a [Certificate],
    /// Further revocation lists, DER.
    pub crls: &'a [CertificateList],
    /// Further OCSP responses, DER.
    pub ocsps: &'a [Vec<u8>],
    /// What is done about revocation.
    pub revocation: RevocationMode,
    /// The validation time.
    pub at: OffsetDateTime,
    /// Public keys of audit logs (C2SP note verifier keys).
    pub log: LogPolicy<'a>,
    /// Which algorithms are good until when.
    pub algorithms: &'a AlgorithmPolicy,
    /// What hostile input may cost.
    pub limits: &'a Limits,
}
