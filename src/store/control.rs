//! Control over signing keys as it is kept.

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
}
