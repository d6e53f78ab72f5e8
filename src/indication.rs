//! Indications and sub-indications, spelled as in ETSI EN 319 102-1 clause 5.1.3 (tables 5 and 6).

use serde::Serialize;

/// The status of a validation: of one signature, of one building block, or of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Indication {
    /// All checks succeeded.
    #[serde(rename = "TOTAL-PASSED")]
    Passed,
    /// What is at hand is not enough to say that it passed or failed.
    #[serde(rename = "INDETERMINATE")]
    Indeterminate,
    /// The signature is not what it claims to be.
    #[serde(rename = "TOTAL-FAILED")]
    Failed,
}

impl Indication {
    /// As spelled in the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::Failed => "TOTAL-FAILED",
        }
    }
}

/// Why a validation did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubIndication {
    /// The signature does not conform to a base standard, or what changed after it is not permitted.
    FormatFailure,
    /// The digest of the signed data is not the one that was signed.
    HashFailure,
    /// The signature value does not verify with the signer's public key.
    SigCryptoFailure,
    /// The certificate was revoked before the signature was made.
    Revoked,
    /// The signature was made after the certificate had expired.
    Expired,
    /// The signature was made before the certificate became valid.
    NotYetValid,
    /// Properties of the signature do not match the constraints.
    SigConstraintsFailure,
    /// The certificate chain does not match the constraints.
    ChainConstraintsFailure,
    /// The set of certificates gives no chain for an unspecified reason.
    CertificateChainGeneralFailure,
    /// An algorithm or key size was below the required level when the signature was made.
    CryptoConstraintsFailure,
    /// The constraints of a signature policy could not be processed.
    PolicyProcessingError,
    /// The signature policy is not at hand.
    SignaturePolicyNotAvailable,
    /// The order of time-stamps is not as it must be.
    TimestampOrderFailure,
    /// The signing certificate cannot be identified.
    NoSigningCertificateFound,
    /// No chain leads to a trust anchor.
    NoCertificateChainFound,
    /// A chain leads to an anchor that is not trusted any more, and nothing proves that the signature is older.
    NoCertificateChainFoundNoPoe,
    /// The certificate is revoked and nothing proves that the signature is older.
    RevokedNoPoe,
    /// A CA of the chain is revoked and nothing proves that the signature is older.
    RevokedCaNoPoe,
    /// The certificate is not valid now and it is known not to be revoked.
    OutOfBoundsNotRevoked,
    /// The certificate is not valid now and nothing proves that the signature was made while it was.
    OutOfBoundsNoPoe,
    /// An algorithm is below the required level and nothing proves that the signature is older than its end.
    CryptoConstraintsFailureNoPoe,
    /// Revocation data is not proven to be from the time when the certificate of its issuer was valid.
    RevocationOutOfBoundsNoPoe,
    /// Nothing proves that the signature existed before some event.
    NoPoe,
    /// Revocation data is missing or too old; later it may be had.
    TryLater,
    /// The signed data cannot be obtained.
    SignedDataNotFound,
}

impl SubIndication {
    /// The indication that goes with it (table 6).
    pub const fn indication(self) -> Indication {
        match self {
            Self::FormatFailure
            | Self::HashFailure
            | Self::SigCryptoFailure
            | Self::Revoked
            | Self::Expired
            | Self::NotYetValid => Indication::Failed,
            _ => Indication::Indeterminate,
        }
    }

    /// As spelled in the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormatFailure => "FORMAT_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::CertificateChainGeneralFailure => "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::PolicyProcessingError => "POLICY_PROCESSING_ERROR",
            Self::SignaturePolicyNotAvailable => "SIGNATURE_POLICY_NOT_AVAILABLE",
            Self::TimestampOrderFailure => "TIMESTAMP_ORDER_FAILURE",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::NoCertificateChainFoundNoPoe => "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::RevokedCaNoPoe => "REVOKED_CA_NO_POE",
            Self::OutOfBoundsNotRevoked => "OUT_OF_BOUNDS_NOT_REVOKED",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::CryptoConstraintsFailureNoPoe => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            Self::RevocationOutOfBoundsNoPoe => "REVOCATION_OUT_OF_BOUNDS_NO_POE",
            Self::NoPoe => "NO_POE",
            Self::TryLater => "TRY_LATER",
            Self::SignedDataNotFound => "SIGNED_DATA_NOT_FOUND",
        }
    }
}

/// One reason, with the words that go into the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it means for the verdict.
    pub sub_indication: SubIndication,
    /// One sentence that names the facts.
    pub message: String,
}

impl Problem {
    /// A reason.
    pub fn new(sub_indication: SubIndication, message: impl Into<String>) -> Self {
        Self { sub_indication, message: message.into() }
    }
}
