//! What a province counts, kept as it happens; and what units hand in.

use super::StoreError;
use async_trait::async_trait;
use time::{Date, OffsetDateTime};

/// How often something was counted, and over how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureRow {
    /// The unit; of sums over months, the month, `2026-11`.
    pub of: String,
    /// What was counted: `document`, `arrival`, `receipt`, `channel`, `fee`, `dossier`, `handed`.
    pub name: String,
    /// Which of them: `signed`, `portal`, the code of a fee.
    pub key: String,
    /// How often.
    pub count: i64,
    /// Whole dong.
    pub amount: i128,
}

/// What was handed in: a count of a month, or a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedRow {
    /// Of which unit.
    pub unit: String,
    /// `2026`, `2026-Q4` or `2026-11`.
    pub period: String,
    /// What it is: `dossiers`, `target.signed`.
    pub name: String,
    /// How many; of a target hundredths of a percent.
    pub value: u32,
    /// When it was handed in.
    pub handed: OffsetDateTime,
}

/// What is counted.
#[async_trait]
pub trait FigureTable {
    /// What was counted in these days, of each of these units by itself.
    async fn figures(&mut self, units: &[&str], from: Date, to: Date) -> Result<Vec<FigureRow>, StoreError>;

    /// What was counted in each month from the one of this day to the one of that, of all these units together; fees are left out.
    async fn figures_by_month(&mut self, units: &[&str], from: Date, to: Date) -> Result<Vec<FigureRow>, StoreError>;

    /// At most `most` counts that are not what the rows come to that they count, `2026-11 xa-son-mau fee CTBS`.
    async fn miscounted(&mut self, most: u32) -> Result<Vec<String>, StoreError>;

    /// What was handed in under this name.
    async fn handed(&mut self, unit: &str, period: &str, name: &str) -> Result<Option<HandedRow>, StoreError>;

    /// All that was handed in, by unit, period and name; or targets only.
    async fn all_handed(&mut self, only_targets: bool) -> Result<Vec<HandedRow>, StoreError>;

    /// Keeps what was handed in, instead of what was before.
    async fn put_handed(&mut self, row: &HandedRow) -> Result<(), StoreError>;
}
