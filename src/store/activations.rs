//! Signatures that other programs were authorised to have made.

use super::{Sha256, StoreError};
use async_trait::async_trait;
use time::OffsetDateTime;

/// Where an authorisation stands. Each is used for signing once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivationState {
    /// It can be signed with.
    Open,
    /// It was signed with.
    Used,
    /// Another one has taken its place.
    Extended,
}

/// An authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRow {
    /// SHA-256 of the signature activation data.
    pub sad: Sha256,
    /// The key that signs.
    pub signing_key: String,
    /// Who was authorised: the identifier of a token.
    pub token: String,
    /// What may be signed: digests. None: anything.
    pub digests: Option<Vec<Vec<u8>>>,
    /// The secret of a key whose PIN was shown, sealed; none once it was used.
    pub opened: Option<Vec<u8>>,
    /// Signatures that are left of those that were authorised.
    pub remaining: u32,
    /// Where it stands.
    pub state: ActivationState,
    /// Until when it counts.
    pub expires: OffsetDateTime,
    /// Until when it can be extended.
    pub ends: OffsetDateTime,
}

/// Authorisations of signatures.
#[async_trait]
pub trait ActivationTable {
    /// Keeps a new one.
    async fn put_activation(&mut self, row: &ActivationRow) -> Result<(), StoreError>;

    /// One of them.
    async fn activation(&mut self, sad: &Sha256) -> Result<Option<ActivationRow>, StoreError>;

    /// Moves one on from a state to that of the row, with what is left and opened then; false, and nothing is changed, if it is not in
    /// that state.
    async fn move_activation(&mut self, row: &ActivationRow, from: ActivationState) -> Result<bool, StoreError>;

    /// Forgets those of a key that is no more.
    async fn forget_activations_of(&mut self, signing_key: &str) -> Result<(), StoreError>;

    /// Forgets those that ended before this time.
    async fn forget_activations(&mut self, before: OffsetDateTime) -> Result<(), StoreError>;
}
