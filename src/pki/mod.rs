//! Who is believed, and when: certificates, paths, revocation (RFC 5280, RFC 6960), algorithms.
//!
//! | file | what |
//! | --- | --- |
//! | `certificate`, `name` | X.509 certificates and distinguished names |
//! | `distribution` | where revocation lists are found |
//! | `anchors` | trust anchors |
//! | `material` | anchors, certificates and revocation data from files |
//! | `path` | whether a certificate is good: what is asked and answered |
//! | `build` | path building: which certificates lead to an anchor |
//! | `work` | what validations share, and what each may cost |
//! | `check` | path validation: whether the certificates of a path keep the rules |
//! | `purpose` | what a certificate may be used for |
//! | `constraints`, `policies` | name constraints and certificate policies along a path |
//! | `revocation` | revocation lists and OCSP responses |
//! | `algorithms` | which algorithms are good until when |
//! | `crypto` | signature values |
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod algorithms;
pub mod anchors;
mod build;
pub mod certificate;
mod check;
mod constraints;
pub mod crypto;
mod distribution;
pub mod material;
pub mod name;
pub mod path;
mod policies;
mod purpose;
mod revocation;
mod work;

pub use revocation::{CertificateList, needs_none as needs_no_revocation_data, reason_name};

use crate::error::{Error, Kind};

/// What can be wrong with what the trust floor is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PkiError {
    /// It is no certificate that can be used.
    #[error("it is not a certificate: {why}")]
    Certificate {
        /// Why.
        why: String,
    },
    /// A file is not there.
    #[error("{path}: there is no such file")]
    Missing {
        /// The path.
        path: String,
    },
    /// A PEM file has nothing of what is looked for.
    #[error("{path}: there is no {label} in it")]
    Empty {
        /// The path.
        path: String,
        /// The PEM label.
        label: String,
    },
    /// A file cannot be read.
    #[error("{path}: {why}")]
    File {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
}

impl From<PkiError> for Error {
    fn from(error: PkiError) -> Self {
        let (kind, code) = match error {
            PkiError::Certificate { .. } => (Kind::BadInput, "pki.certificate"),
            PkiError::Missing { .. } => (Kind::NotFound, "pki.missing"),
            PkiError::Empty { .. } => (Kind::BadInput, "pki.empty"),
            PkiError::File { .. } => (Kind::BadInput, "pki.file"),
        };
        Self::new(kind, code, "certificate", error)
    }
}
