//! Revocation lists (RFC 5280 section 5): all that a CA has revoked, under numbers that grow.

use super::AuthorityError;
use crate::keys::{LocalKey, SigningKey as _};
use crate::pki::reason_name;
use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams, SerialNumber,
    SigningKey,
};
use std::fmt;
use std::str::FromStr;
use time::{Duration, OffsetDateTime};

/// CRLReason (section 5.3.1): why a certificate is revoked for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason(u8);

/// Those that are given here: no hold, which would have to be lifted, and nothing that is for attribute certificates.
const REASONS: [(u8, RevocationReason); 7] = [
    (0, RevocationReason::Unspecified),
    (1, RevocationReason::KeyCompromise),
    (2, RevocationReason::CaCompromise),
    (3, RevocationReason::AffiliationChanged),
    (4, RevocationReason::Superseded),
    (5, RevocationReason::CessationOfOperation),
    (9, RevocationReason::PrivilegeWithdrawn),
];

impl Reason {
    /// The reason with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        REASONS.iter().any(|(known, _)| *known == code).then_some(Self(code))
    }

    /// Its number.
    pub const fn code(self) -> u8 {
        self.0
    }
}

/// As the standard spells it.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(reason_name(self.0).unwrap_or_default())
    }
}

impl FromStr for Reason {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = || REASONS.iter().map(|(code, _)| Self(*code));
        all().find(|reason| reason.to_string() == text).ok_or_else(|| {
            let names: Vec<String> = all().map(|reason| reason.to_string()).collect();
            format!("the reasons are {}", names.join(", "))
        })
    }
}

/// A certificate that was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The contents octets of its serial number.
    pub serial: Vec<u8>,
    /// Since when.
    pub time: OffsetDateTime,
    /// Why.
    pub reason: Reason,
}

/// What a list says, but for who issues it.
#[derive(Debug)]
pub struct Contents<'a> {
    /// Its number: higher than that of the list before.
    pub number: u64,
    /// When it is made.
    pub this_update: OffsetDateTime,
    /// How long after that the next one comes, at the latest.
    pub valid: Duration,
    /// All that is revoked.
    pub revoked: &'a [Revoked],
}

impl Contents<'_> {
    /// The list, signed by a CA with its key.
    pub fn sign(&self, ca: &LocalKey) -> Result<Vec<u8>, AuthorityError> {
        let issuer = Issuer::from_ca_cert_der(&ca.certificate().into(), KeyPair::try_from(ca.pkcs8())?)?;
        self.sign_as(&issuer)
    }

    pub(super) fn sign_as(&self, issuer: &Issuer<'_, impl SigningKey>) -> Result<Vec<u8>, AuthorityError> {
        let revoked = self.revoked.iter().map(|revoked| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&revoked.serial),
            revocation_time: revoked.time,
            reason_code: REASONS.iter().find(|(code, _)| *code == revoked.reason.0).map(|(_, reason)| *reason),
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: self.this_update,
            next_update: self.this_update.saturating_add(self.valid),
            crl_number: SerialNumber::from(self.number),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(issuer)?.der().to_vec())
    }
}
