//! The built-in authority as it is kept: its CAs, what they issued and revoked, the time-stamps' serial number.

use super::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// A CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaRow {
    /// Its name in addresses, such as `issuing`.
    pub name: String,
    /// Its key in the key store, with its certificate.
    pub signing_key: String,
    /// The newest of its revocation lists, DER.
    pub crl: Vec<u8>,
    /// The number of that list.
    pub crl_number: u64,
    /// When that list was made.
    pub crl_created: OffsetDateTime,
}

/// A certificate that a CA issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRow {
    /// The CA.
    pub ca: String,
    /// The contents octets of its serial number.
    pub serial: Vec<u8>,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// When it was revoked, and the CRLReason, if it was.
    pub revoked: Option<(OffsetDateTime, u8)>,
}

/// CAs, certificates, time-stamps.
#[async_trait]
pub trait AuthorityTable {
    /// A CA.
    async fn ca(&mut self, name: &str) -> Result<Option<CaRow>, StoreError>;

    /// All CAs, by their names.
    async fn cas(&mut self) -> Result<Vec<CaRow>, StoreError>;

    /// Keeps a CA: a new one, or one that is there with a newer revocation list.
    async fn put_ca(&mut self, ca: &CaRow) -> Result<(), StoreError>;

    /// The certificates with this serial number: at most one a CA.
    async fn issued(&mut self, serial: &[u8]) -> Result<Vec<IssuedRow>, StoreError>;

    /// The certificates of a CA that are revoked, in the order of their revocation.
    async fn revoked(&mut self, ca: &str) -> Result<Vec<IssuedRow>, StoreError>;

    /// At most `most` certificates, in the order of CAs and serial numbers, behind `after`.
    async fn all_issued(&mut self, after: Option<(&str, &[u8])>, most: u32) -> Result<Vec<IssuedRow>, StoreError>;

    /// Keeps a certificate: a new one, or one that is there with its revocation.
    async fn put_issued(&mut self, issued: &IssuedRow) -> Result<(), StoreError>;

    /// The serial number of the next time-stamp, and the time of the last one.
    async fn time_stamp_counter(&mut self) -> Result<(u64, OffsetDateTime), StoreError>;

    /// Changes the same.
    async fn put_time_stamp_counter(&mut self, serial: u64, last: OffsetDateTime) -> Result<(), StoreError>;
}
