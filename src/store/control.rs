//! Control over signing keys as it is kept; keys that wait for their certificates.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::OffsetDateTime;

/// Control over a signing key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyControl {
    /// Its name.
    pub key: String,
    /// SHA-256 of its certificate.
    pub certificate: Sha256,
    /// Whether it lies under a PIN.
    pub has_pin: bool,
    /// Wrong PINs since the last right one.
    pub tries: u32,
    /// Whether two custodians open it.
    pub two_person: bool,
    /// Signatures that it may make in an hour.
    pub per_hour: Option<u32>,
    /// The hour, counted since 1970, in which it signed last; kept for keys with `per_hour` only.
    pub hour: i64,
    /// Signatures that it made in that hour.
    pub used: u32,
    /// Of a key that wants one-time passwords: the time step of the last one that was taken, 0 before the first.
    pub one_time: Option<u32>,
    /// Since when it is stopped.
    pub stopped: Option<OffsetDateTime>,
    /// The key that has its place.
    pub successor: Option<String>,
    /// From when on.
    pub succeeded: Option<OffsetDateTime>,
    /// Until when it may be used all the same.
    pub retires: Option<OffsetDateTime>,
    /// When it was destroyed.
    pub destroyed: Option<OffsetDateTime>,
    /// Why it was stopped or destroyed.
    pub reason: Option<String>,
}

/// How a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermsRow {
    /// Whether two custodians open it.
    pub two_person: bool,
    /// Signatures that it may make in an hour.
    pub per_hour: Option<u32>,
}

/// Looser terms of a key that a custodian has asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRow {
    /// The key.
    pub key: String,
    /// How it is to be used.
    pub terms: TermsRow,
    /// The custodian's token.
    pub token: String,
    /// Whose that is.
    pub name: String,
    /// Until when another one can ask for the same.
    pub expires: OffsetDateTime,
}

/// A key that waits for its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequestRow {
    /// Its name.
    pub id: String,
    /// The unit that may use it; none: only the command line.
    pub unit: Option<String>,
    /// What asks for its certificate: PKCS#10, DER.
    pub request: Vec<u8>,
    /// Its PKCS#8, sealed.
    pub sealed: Vec<u8>,
    /// Whether it lies under a PIN.
    pub has_pin: bool,
    /// How it is to be used.
    pub terms: TermsRow,
    /// When it was made.
    pub created: OffsetDateTime,
}

/// Control over keys.
#[async_trait]
pub trait ControlTable {
    /// That over a key; none if nothing was done to it yet.
    async fn key_control(&mut self, key: &str) -> Result<Option<KeyControl>, StoreError>;

    /// That over all keys with the certificate that has this SHA-256.
    async fn key_controls_of(&mut self, certificate: &Sha256) -> Result<Vec<KeyControl>, StoreError>;

    /// Keeps it.
    async fn put_key_control(&mut self, control: &KeyControl) -> Result<(), StoreError>;

    /// Puts another sealed secret in the place of a key's, or none: the bytes of the old one are overwritten.
    async fn reseal_signing_key(&mut self, key: &str, sealed: &[u8]) -> Result<(), StoreError>;

    /// The looser terms that were asked for last.
    async fn terms_asked(&mut self, key: &str) -> Result<Option<AskedRow>, StoreError>;

    /// Keeps what is asked for, in the place of what was before.
    async fn put_terms_asked(&mut self, asked: &AskedRow) -> Result<(), StoreError>;

    /// Forgets what was asked for.
    async fn remove_terms_asked(&mut self, key: &str) -> Result<(), StoreError>;

    /// A key that waits for its certificate.
    async fn key_request(&mut self, id: &str) -> Result<Option<KeyRequestRow>, StoreError>;

    /// All of them, by their names.
    async fn key_requests(&mut self) -> Result<Vec<KeyRequestRow>, StoreError>;

    /// Keeps a new one.
    async fn put_key_request(&mut self, request: &KeyRequestRow) -> Result<(), StoreError>;

    /// Removes one: the bytes of what is sealed are overwritten.
    async fn remove_key_request(&mut self, id: &str) -> Result<(), StoreError>;
}
