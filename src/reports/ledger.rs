//! Sums of receipts by unit, fee, channel, cashier, way of payment, month or item of the state budget.

use super::sheet::{Cell, Sheet};
use super::usage::check_period;
use super::{name_of, unit_of};
use crate::data_folder::DataFolder;
use crate::error::Result;
use crate::receipts::life::State;
pub use crate::store::accounts::LedgerFilter;
use crate::store::accounts::LedgerKey;
use serde::{Deserialize, Serialize};

/// The columns of the table.
pub const HEAD: [&str; 8] =
    ["key", "name", "receipts", "amount", "replaced_receipts", "replaced_amount", "voided_receipts", "voided_amount"];

/// By what a ledger is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The unit, with those below it.
    Unit,
    /// The fee.
    Fee,
    /// Counter or portal.
    Channel,
    /// Who issued.
    Cashier,
    /// The way of payment.
    Method,
    /// The month.
    Month,
    /// The item of the state budget.
    Budget,
}

impl From<By> for LedgerKey {
    fn from(by: By) -> Self {
        match by {
            By::Unit => Self::Unit,
            By::Fee => Self::Fee,
            By::Channel => Self::Channel,
            By::Cashier => Self::Cashier,
            By::Method => Self::Method,
            By::Month => Self::Month,
            By::Budget => Self::Budget,
        }
    }
}

/// The receipts of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// What it is called.
    pub name: Option<String>,
    /// Receipts in force.
    pub receipts: u64,
    /// What they brought in, whole dong.
    pub amount: i128,
    /// Receipts that others replaced.
    pub replaced_receipts: u64,
    /// What they were over.
    pub replaced_amount: i128,
    /// Receipts that were voided.
    pub voided_receipts: u64,
    /// What they were over.
    pub voided_amount: i128,
}

/// A unit's receipts of these days, by key; as they stand now.
pub async fn entries(folder: &DataFolder, unit: &str, by: By, which: &LedgerFilter) -> Result<Vec<Entry>> {
    check_period(which.from, which.to)?;
    let rows = {
        let mut tx = folder.store.read().await?;
        unit_of(&mut *tx, unit).await?;
        tx.ledger(unit, by.into(), which).await?
    };
    let mut all: Vec<Entry> = Vec::new();
    for row in rows {
        if all.last().is_none_or(|last| last.key != row.key) {
            let name = match by {
                By::Fee => Some(row.name),
                By::Cashier => Some(name_of(folder, &row.key).await?),
                By::Unit => Some(unit_of(&mut *folder.store.read().await?, &row.key).await?.name),
                By::Channel | By::Method | By::Month | By::Budget => None,
            };
            all.push(Entry { key: row.key, name, ..Entry::default() });
        }
        let Some(entry) = all.last_mut() else { continue };
        let (receipts, amount) = match row.state.as_str() {
            state if state == State::Replaced.as_str() => (&mut entry.replaced_receipts, &mut entry.replaced_amount),
            state if state == State::Voided.as_str() => (&mut entry.voided_receipts, &mut entry.voided_amount),
            _ => (&mut entry.receipts, &mut entry.amount),
        };
        (*receipts, *amount) = (row.receipts, row.amount);
    }
    Ok(all)
}

/// Writes the rows of the table.
pub fn write(entries: &[Entry], mut sheet: Sheet<'_>) -> Result<()> {
    for e in entries {
        sheet.row(&[
            Cell::from(e.key.as_str()),
            e.name.clone().into(),
            e.receipts.into(),
            e.amount.into(),
            e.replaced_receipts.into(),
            e.replaced_amount.into(),
            e.voided_receipts.into(),
            e.voided_amount.into(),
        ])?;
    }
    sheet.finish()
}
