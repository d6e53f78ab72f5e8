//! The fee catalogue as it is kept.

use super::StoreError;
use async_trait::async_trait;
use time::Date;

/// A fee of a unit in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRow {
    /// The unit whose catalogue it is in.
    pub unit: String,
    /// Its code.
    pub code: String,
    /// The first day.
    pub valid_from: Date,
    /// The last day, if there is one.
    pub valid_to: Option<Date>,
    /// What else there is to say, JSON.
    pub definition: String,
}

/// Fees.
#[async_trait]
pub trait FeeTable {
    /// The fee with this code that is in force for a unit on a day: its own, else that of the nearest unit above it.
    async fn fee_in_force(&mut self, unit: &str, code: &str, day: Date) -> Result<Option<FeeRow>, StoreError>;

    /// All fees that are in force for a unit on a day, by their codes.
    async fn fees_in_force(&mut self, unit: &str, day: Date) -> Result<Vec<FeeRow>, StoreError>;

    /// Whether the unit or one above it has a catalogue at all.
    async fn has_fees(&mut self, unit: &str) -> Result<bool, StoreError>;

    /// All rows of a unit's own catalogue, by code and first day.
    async fn fees_of(&mut self, unit: &str) -> Result<Vec<FeeRow>, StoreError>;

    /// Keeps a fee: a new one, or another end or definition of one that is there.
    async fn put_fee(&mut self, fee: &FeeRow) -> Result<(), StoreError>;
}
